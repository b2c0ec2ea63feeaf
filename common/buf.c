/* Growable bytes. */
#include "common/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

/* Shared by all empty buffers and never written: cap is 0 while a buffer points at it. */
char buf_empty[1];

void buf_init(struct buf *b)
{
    *b = (struct buf)BUF_INIT;
}

void buf_release(struct buf *b)
{
    if (b->cap)
        free(b->data);
    buf_init(b);
}

void buf_wipe(struct buf *b)
{
    if (b->cap)
        explicit_bzero(b->data, b->cap);
    buf_release(b);
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    if (b->cap)
        b->data[0] = 0;
}

void buf_reserve(struct buf *b, size_t extra)
{
    if (b->cap && extra < b->cap - b->len)
        return;
    /* Beyond half the address space there is no memory. */
    if (extra >= SIZE_MAX / 2 - b->len)
        xcheck(NULL);
    size_t need = b->len + extra + 1;
    size_t cap = b->cap < 64 ? 64 : b->cap + b->cap / 2;
    if (cap < need)
        cap = need;
    char *data = xrealloc(b->cap ? b->data : NULL, cap);
    data[b->len] = 0;
    b->data = data;
    b->cap = cap;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    buf_reserve(b, n);
    memcpy(b->data + b->len, p, n);
    b->len += n;
    b->data[b->len] = 0;
}

void buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
    buf_reserve(b, 1);
    b->data[b->len++] = c;
    b->data[b->len] = 0;
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(b, fmt, ap);
    va_end(ap);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    buf_reserve(b, 64);
    int n = vsnprintf(b->data + b->len, b->cap - b->len, fmt, ap);
    if (n > 0 && (size_t)n >= b->cap - b->len) {
        buf_reserve(b, (size_t)n);
        n = vsnprintf(b->data + b->len, b->cap - b->len, fmt, again);
    }
    va_end(again);
    if (n > 0)
        b->len += (size_t)n;
    b->data[b->len] = 0;
}

void buf_drop(struct buf *b, size_t n)
{
    if (n == 0)
        return;
    if (n >= b->len) {
        buf_reset(b);
        return;
    }
    memmove(b->data, b->data + n, b->len - n + 1);
    b->len -= n;
}

char *buf_steal(struct buf *b, size_t *len)
{
    if (len)
        *len = b->len;
    char *data = b->cap ? b->data : xcalloc(1, 1);
    buf_init(b);
    return data;
}
