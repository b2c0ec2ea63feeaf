/* Allocation that ends the process when memory is out: sizes asked for here are bounded by our own
 * limits, so that a client can never cause it. The log says so before the end. */
#ifndef CRS_COMMON_ALLOC_H
#define CRS_COMMON_ALLOC_H

#include <stddef.h>

/* Gives p back; ends the process when it is NULL: for what other libraries allocate. */
void *xcheck(void *p);
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
/* Array of n elements; ends the process when n * size overflows. */
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);           /* NULL gives NULL */
char *xstrndup(const char *s, size_t n);
void *xmemdup(const void *p, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
