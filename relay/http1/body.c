/* The pieces of a body: memory grows with what arrives, not with what was announced. */
#include "http1/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

/* Pieces double up to this: a short prompt costs one small piece, a long one few large ones. */
#define PIECE_MIN ((size_t)4 << 10)
#define PIECE_MAX ((size_t)64 << 10)

struct piece {
    char *data;
    size_t len, cap;
    uint64_t at; /* position of data[0] in the body */
};

struct body {
    struct piece *v;
    size_t n, cap;
    uint64_t size;
    unsigned refs;
};

struct body *body_create(void)
{
    struct body *b = xcalloc(1, sizeof *b);
    b->refs = 1;
    return b;
}

struct body *body_ref(struct body *b)
{
    b->refs++;
    return b;
}

void body_unref(struct body *b)
{
    if (!b || --b->refs)
        return;
    for (size_t i = 0; i < b->n; i++)
        free(b->v[i].data);
    free(b->v);
    free(b);
}

static struct piece *piece_add(struct body *b, size_t cap)
{
    if (b->n == b->cap) {
        b->cap = b->cap ? b->cap * 2 : 4;
        b->v = xreallocarray(b->v, b->cap, sizeof *b->v);
    }
    struct piece *p = &b->v[b->n++];
    *p = (struct piece){.data = xmalloc(cap), .cap = cap, .at = b->size};
    return p;
}

static size_t next_cap(const struct body *b)
{
    size_t cap = b->n ? b->v[b->n - 1].cap * 2 : PIECE_MIN;
    return cap < PIECE_MAX ? cap : PIECE_MAX;
}

void *body_room(struct body *b, size_t *n)
{
    struct piece *p = b->n ? &b->v[b->n - 1] : NULL;
    if (!p || p->len == p->cap)
        p = piece_add(b, next_cap(b));
    *n = p->cap - p->len;
    return p->data + p->len;
}

void body_commit(struct body *b, size_t n)
{
    if (n == 0)
        return;
    struct piece *p = &b->v[b->n - 1];
    assert(n <= p->cap - p->len);
    p->len += n;
    b->size += n;
}

void body_add(struct body *b, const void *p, size_t n)
{
    const char *from = p;
    while (n > 0) {
        size_t room;
        void *to = body_room(b, &room);
        size_t take = n < room ? n : room;
        memcpy(to, from, take);
        body_commit(b, take);
        from += take;
        n -= take;
    }
}

uint64_t body_size(const struct body *b)
{
    return b->size;
}

void body_edits_add(struct body_edits *e, uint64_t begin, uint64_t end, const void *with, size_t n)
{
    assert(begin <= end);
    size_t at = e->n;
    while (at > 0 && e->v[at - 1].begin > begin)
        at--;
    assert(at == 0 || e->v[at - 1].end <= begin);
    assert(at == e->n || end <= e->v[at].begin);
    e->v = xreallocarray(e->v, e->n + 1, sizeof *e->v);
    memmove(e->v + at + 1, e->v + at, (e->n - at) * sizeof *e->v);
    e->v[at] = (struct body_edit){.begin = begin, .end = end, .with = xmalloc(n ? n : 1), .n = n};
    if (n)
        memcpy(e->v[at].with, with, n);
    e->n++;
}

void body_edits_release(struct body_edits *e)
{
    for (size_t i = 0; i < e->n; i++)
        free(e->v[i].with);
    free(e->v);
    *e = (struct body_edits){0};
}

uint64_t body_edited_size(const struct body *b, const struct body_edits *e)
{
    uint64_t size = b->size;
    for (size_t i = 0; e && i < e->n; i++)
        size = size - (e->v[i].end - e->v[i].begin) + e->v[i].n;
    return size;
}

/* The piece that holds original position `at` (at < size). */
static size_t piece_at(const struct body *b, uint64_t at)
{
    size_t low = 0, high = b->n - 1;
    while (low < high) {
        size_t mid = high - (high - low) / 2;
        if (b->v[mid].at <= at)
            low = mid;
        else
            high = mid - 1;
    }
    return low;
}

/* Original bytes [begin, end) as iovecs. */
static int range_iov(const struct body *b, uint64_t begin, uint64_t end, struct iovec *iov, int n)
{
    int filled = 0;
    if (end > b->size)
        end = b->size;
    if (begin >= end)
        return 0;
    for (size_t i = piece_at(b, begin); begin < end && filled < n; i++) {
        const struct piece *p = &b->v[i];
        size_t skip = (size_t)(begin - p->at), len = p->len - skip;
        if (len > end - begin)
            len = (size_t)(end - begin);
        iov[filled++] = (struct iovec){p->data + skip, len};
        begin += len;
    }
    return filled;
}

int body_iov(
    const struct body *b, const struct body_edits *e, uint64_t from, struct iovec *iov, int n)
{
    int filled = 0;
    uint64_t original = 0, edited = 0; /* where the walk stands in both bodies */
    size_t edits = e ? e->n : 0;
    for (size_t i = 0; i <= edits && filled < n; i++) {
        uint64_t stop = i < edits ? e->v[i].begin : b->size;
        uint64_t run = stop - original, skip = from > edited ? from - edited : 0;
        if (skip < run)
            filled += range_iov(b, original + skip, stop, iov + filled, n - filled);
        edited += run;
        if (i == edits)
            break;
        skip = from > edited ? from - edited : 0;
        if (skip < e->v[i].n && filled < n)
            iov[filled++] = (struct iovec){e->v[i].with + skip, e->v[i].n - (size_t)skip};
        edited += e->v[i].n;
        original = e->v[i].end;
    }
    return filled;
}
