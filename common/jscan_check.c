/* The JSON scanner: a whole text at once, with every member name compared. */
#include "common/jscan_int.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

static uint64_t head_of(const char *p, size_t n)
{
    uint64_t head = 0;
    for (size_t i = 0; i < 8; i++)
        head = head << 8 | (i < n ? (unsigned char)p[i] : 0);
    return head;
}

void jscan_names_add(struct jscan_names *names, const char *p, size_t n)
{
    if (names->n == names->cap) {
        names->cap = names->cap ? 2 * names->cap : 64;
        names->v = xreallocarray(names->v, names->cap, sizeof *names->v);
    }
    names->v[names->n++] = (struct jscan_name){names->bytes.len, n, head_of(p, n)};
    buf_add(&names->bytes, p, n);
}

static int compare(const void *a, const void *b, void *bytes)
{
    const struct jscan_name *x = a, *y = b;
    const char *base = bytes;
    if (x->head != y->head)
        return x->head < y->head ? -1 : 1;
    size_t n = x->len < y->len ? x->len : y->len;
    int d = n ? memcmp(base + x->at, base + y->at, n) : 0;
    return d ? d : (x->len > y->len) - (x->len < y->len);
}

/* Sorting, not hashing: no choice of names by a stranger makes it slow. */
const struct jscan_name *jscan_names_close(struct jscan_names *names, size_t from)
{
    size_t n = names->n - from;
    struct jscan_name *v = names->n ? names->v + from : NULL;
    const struct jscan_name *twice = NULL;
    if (n == 0)
        return NULL;
    size_t at = v[0].at;
    qsort_r(v, n, sizeof *v, compare, names->bytes.data);
    for (size_t i = 1; i < n && !twice; i++)
        if (compare(&v[i - 1], &v[i], names->bytes.data) == 0)
            twice = &v[i];
    names->n = from;
    names->bytes.len = at;
    return twice;
}

int jscan_check_flags(const void *bytes, size_t n, int max_depth, unsigned flags, struct err *err)
{
    struct jscan_names names = {.bytes = BUF_INIT};
    struct jscan *s = jscan_create(NULL, 0);
    s->max_depth = max_depth < JSCAN_DEPTH_MAX ? max_depth : JSCAN_DEPTH_MAX;
    s->dup = flags & JSCAN_UNIQUE ? &names : NULL;
    s->plain = flags & JSCAN_PLAIN;
    int ret = jscan_feed(s, bytes, n, err) < 0 || jscan_end(s, err) < 0 ? -1 : 0;
    jscan_free(s);
    free(names.v);
    buf_release(&names.bytes);
    return ret;
}

int jscan_check(const void *bytes, size_t n, int max_depth, bool no_duplicates, struct err *err)
{
    return jscan_check_flags(bytes, n, max_depth, no_duplicates ? JSCAN_UNIQUE : 0, err);
}
