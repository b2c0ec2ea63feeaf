/* Edits of a client's body: single root members, all other bytes as they came. */
#include "provider/provider_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

#define REACH 256 /* white space beyond this around a member is nobody's honest formatting */

struct range {
    uint64_t begin, end;
};

size_t body_peek(const struct body *b, uint64_t from, char *p, size_t n)
{
    struct iovec iov[8];
    size_t got = 0;
    while (got < n) {
        int k = body_iov(b, NULL, from + got, iov, 8);
        if (k <= 0)
            break;
        for (int i = 0; i < k && got < n; i++) {
            size_t take = iov[i].iov_len < n - got ? iov[i].iov_len : n - got;
            memcpy(p + got, iov[i].iov_base, take);
            got += take;
        }
    }
    return got;
}

struct jscan *body_scan(const struct body *b, const char *const *paths, size_t n, struct err *err)
{
    struct jscan *s = jscan_create(paths, n);
    struct iovec iov[8];
    uint64_t at = 0;
    int k = 0, r = 0;
    while (r == 0 && (k = body_iov(b, NULL, at, iov, 8)) > 0)
        for (int i = 0; i < k && r == 0; i++) {
            r = jscan_feed(s, iov[i].iov_base, iov[i].iov_len, err);
            at += iov[i].iov_len;
        }
    if (r == 0)
        r = jscan_end(s, err);
    if (r == 0 && jscan_root(s) != JSCAN_OBJECT)
        r = err_set(err, ERR_USAGE, "the request body is no JSON object");
    if (r == 0)
        return s;
    jscan_free(s);
    return NULL;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The first byte at or behind `from` that is not white space: its place, UINT64_MAX when out of
 * reach. */
static uint64_t next_byte(const struct body *b, uint64_t from, char *c)
{
    char text[REACH];
    size_t n = body_peek(b, from, text, sizeof text);
    for (size_t i = 0; i < n; i++)
        if (!blank(text[i])) {
            *c = text[i];
            return from + i;
        }
    return UINT64_MAX;
}

/* The last one before `to`. */
static uint64_t byte_before(const struct body *b, uint64_t to, char *c)
{
    char text[REACH];
    size_t n = to < sizeof text ? (size_t)to : sizeof text;
    uint64_t from = to - n;
    n = body_peek(b, from, text, n);
    while (n && blank(text[n - 1]))
        n--;
    if (n == 0)
        return UINT64_MAX;
    *c = text[n - 1];
    return from + n - 1;
}

/* Where the key of a value begins, with its quote. A key with escapes is not found: upstreams would
 * read it as we do, but a rewriter had better not guess. */
static int key_begin(
    const struct body *b, const char *name, uint64_t value, uint64_t *begin, struct err *err)
{
    char c = 0, key[64];
    size_t n = strlen(name) + 2;
    uint64_t colon = byte_before(b, value, &c);
    if (colon != UINT64_MAX && c == ':') {
        uint64_t quote = byte_before(b, colon, &c);
        if (quote != UINT64_MAX && c == '"' && quote + 1 >= n && n <= sizeof key &&
            body_peek(b, quote + 1 - n, key, n) == n && key[0] == '"' &&
            memcmp(key + 1, name, n - 2) == 0) {
            *begin = quote + 1 - n;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "the member '%s' of the request is written in an odd way", name);
}

int edit_member(struct plan *out, const char *name, uint64_t begin, uint64_t end, const char *with,
    struct err *err)
{
    uint64_t key;
    if (key_begin(out->body, name, begin, &key, err))
        return -1;
    body_edits_add(&out->edits, key, end, with, strlen(with));
    return 0;
}

/* The brace is what is replaced, so that an edit of the first member does not meet this one; a second
 * insertion goes into the first. */
int edit_insert(struct plan *out, const char *members, struct err *err)
{
    char c = 0;
    uint64_t brace = next_byte(out->body, 0, &c);
    if (brace == UINT64_MAX || c != '{')
        return err_set(err, ERR_USAGE, "the request body is no JSON object");
    for (size_t i = 0; i < out->edits.n; i++) {
        struct body_edit *e = &out->edits.v[i];
        if (e->begin != brace)
            continue;
        size_t n = strlen(members);
        e->with = xrealloc(e->with, e->n + n);
        memcpy(e->with + e->n, members, n);
        e->n += n;
        return 0;
    }
    char *with = xasprintf("{%s", members);
    body_edits_add(&out->edits, brace, brace + 1, with, strlen(with));
    free(with);
    return 0;
}

static int range_order(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* Takes out a run of members that stand side by side: with the comma behind it, or, at the end of
 * the object, the one before it. */
static size_t drop_run(struct plan *out, const struct range *r, size_t n)
{
    const struct body *b = out->body;
    uint64_t begin = r[0].begin, end = r[0].end, comma;
    size_t used = 1;
    char c = 0;
    for (;;) {
        comma = next_byte(b, end, &c);
        if (comma == UINT64_MAX || c != ',') {
            comma = UINT64_MAX;
            break;
        }
        if (used == n || next_byte(b, comma + 1, &c) != r[used].begin)
            break;
        end = r[used++].end;
    }
    if (comma != UINT64_MAX) {
        end = comma + 1;
    } else {
        uint64_t before = byte_before(b, begin, &c);
        if (before != UINT64_MAX && c == ',')
            begin = before;
    }
    body_edits_add(&out->edits, begin, end, "", 0);
    return used;
}

int edit_drop(
    struct plan *out, const struct jscan *s, const char *const *paths, size_t n, struct err *err)
{
    struct range *r = xcalloc(n ? n : 1, sizeof *r);
    size_t k = 0;
    int bad = 0;
    for (size_t i = 0; i < n && !bad; i++) {
        const struct jscan_hit *h = jscan_hit(s, i);
        if (h->kind == JSCAN_ABSENT)
            continue;
        bad = key_begin(out->body, paths[i], h->begin, &r[k].begin, err);
        r[k++].end = h->end;
    }
    if (!bad) {
        qsort(r, k, sizeof *r, range_order);
        for (size_t i = 0; i < k;)
            i += drop_run(out, r + i, k - i);
    }
    free(r);
    return bad;
}
