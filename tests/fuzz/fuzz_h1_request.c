/* A request head from strangers: no verdict may hang on how the bytes were cut, and what is taken
 * must be what the header promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "http1/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct span s, const char *p, size_t n)
{
    if (s.n && s.p != p && (s.p < p || s.p + s.n > p + n) && !(s.n == 1 && *s.p == '/'))
        abort();
}

static void check_head(const struct h1_head *h, const char *p, size_t n)
{
    if (h->size > n || h->size < 16 || memcmp(p + h->size - 4, "\r\n\r\n", 4) != 0)
        abort();
    if (h->n_fields > H1_FIELDS_MAX || h->target.n > H1_TARGET_MAX || h->target.p[0] != '/')
        abort();
    inside(h->method, p, n);
    inside(h->target, p, n);
    struct buf again = BUF_INIT;
    for (unsigned i = 0; i < h->n_fields; i++) {
        inside(h->fields[i].name, p, n);
        inside(h->fields[i].value, p, n);
        /* What can be read can be written, and nothing in it breaks a line. */
        if (h1_add_field(&again, h->fields[i].name, h->fields[i].value) != 0)
            abort();
        h1_is_hop_by_hop(h, h->fields[i].name);
    }
    buf_release(&again);
    if (h->framing == H1_UNTIL_CLOSE || (h->framing == H1_CHUNKED && h->minor == 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct h1_head h;
    const char *p = (const char *)data;
    enum h1_fault whole = h1_parse_request(p, size, &h);
    if (whole == H1_OK)
        check_head(&h, p, size);
    size_t head = whole == H1_OK ? h.size : size;
    /* Some prefixes, each in memory of its own: a read beyond it is found. */
    for (size_t cut = 0, step = head / 37 + 1; cut < head; cut += step) {
        char *copy = malloc(cut ? cut : 1);
        memcpy(copy, p, cut);
        enum h1_fault early = h1_parse_request(copy, cut, &h);
        free(copy);
        if (early == H1_OK || (early != H1_MORE && (whole == H1_OK || whole == H1_MORE)))
            abort();
    }
    return 0;
}
