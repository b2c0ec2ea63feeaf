/* Growable bytes. Invariants: data is never NULL (an empty buffer points at a shared NUL byte),
 * data[len] is 0, and the bytes before it may hold anything. */
#ifndef CRS_COMMON_BUF_H
#define CRS_COMMON_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t len;
    size_t cap; /* 0 while data is the shared empty string */
};

extern char buf_empty[1];
#define BUF_INIT {.data = buf_empty}

void buf_init(struct buf *b);
void buf_release(struct buf *b);  /* frees; the buffer is empty and usable again */
void buf_wipe(struct buf *b);     /* as release, but the bytes are zeroed first: for secrets */
void buf_reset(struct buf *b);    /* len = 0, keeps the memory */
void buf_reserve(struct buf *b, size_t extra);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_drop(struct buf *b, size_t n); /* removes n bytes at the front */
/* Gives the bytes away (free with free()); the buffer is empty afterwards. */
char *buf_steal(struct buf *b, size_t *len);

#endif
