/* Whose request it is when proxies stand between. */
#include "http/http_int.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "rule/rule.h"

/* One entry of X-Forwarded-For as a bare address: blanks, a port and brackets taken off. False when
 * it is none. */
static bool entry_address(struct span s, char out[64])
{
    unsigned char parsed[16];
    const char *colon;

    s = span_trim(s);
    if (s.n > 2 && s.p[0] == '[') {
        const char *end = memchr(s.p, ']', s.n);
        if (!end)
            return false;
        s = (struct span){s.p + 1, (size_t)(end - s.p) - 1};
    } else if ((colon = memchr(s.p ? s.p : "", ':', s.n)) &&
               !memchr(colon + 1, ':', s.n - (size_t)(colon + 1 - s.p))) {
        s.n = (size_t)(colon - s.p);
    }
    if (!s.n || s.n >= 64)
        return false;
    memcpy(out, s.p, s.n);
    out[s.n] = 0;
    return inet_pton(AF_INET, out, parsed) == 1 || inet_pton(AF_INET6, out, parsed) == 1;
}

/* All X-Forwarded-For fields as one list, heap, or NULL. */
static char *forwarded_list(const struct h1_head *head)
{
    struct buf all = BUF_INIT;

    for (unsigned i = 0; i < head->n_fields; i++) {
        if (!span_caseeq(head->fields[i].name, "x-forwarded-for"))
            continue;
        if (all.len)
            buf_addc(&all, ',');
        buf_add(&all, head->fields[i].value.p, head->fields[i].value.n);
    }
    if (!all.len) {
        buf_release(&all);
        return NULL;
    }
    return buf_steal(&all, NULL);
}

void client_address(
    const char *peer, const struct h1_head *head, const struct strlist *trusted, char out[64])
{
    char *list, entry[64];

    snprintf(out, 64, "%s", peer);
    if (!trusted->n || !address_in(peer, trusted))
        return;
    list = forwarded_list(head);
    if (!list)
        return;
    /* From the right: each proxy adds its peer at the end, so what a stranger wrote stands left of
     * the first address that is not one of ours. */
    size_t end = strlen(list);
    while (address_in(out, trusted)) {
        size_t begin = end;
        while (begin > 0 && list[begin - 1] != ',')
            begin--;
        if (!entry_address((struct span){list + begin, end - begin}, entry))
            break;
        memcpy(out, entry, sizeof entry);
        if (begin == 0)
            break;
        end = begin - 1;
    }
    free(list);
}
