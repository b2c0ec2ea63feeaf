/* Watches a byte stream of server-sent events pass by (WHATWG HTML 9.2): tells events to the meter
 * and where the stream stands, without touching a byte. */
#ifndef CRS_UPSTREAM_SSE_H
#define CRS_UPSTREAM_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include "common/buf.h"

#define SSE_EVENT_MAX (1u << 20) /* longer events pass, but are not told (oversize counts them) */

struct sse {
    struct buf line, data;
    char event[64];
    bool skip;      /* this event is too long: not told */
    bool cr;        /* the last byte was CR: an LF belongs to it */
    bool fresh;     /* no byte of an event so far */
    bool started;   /* past the place of a byte order mark */
    bool has_data;
    unsigned oversize;
    void (*on_event)(void *self, const char *event, const char *data, size_t n);
    void *self;
};
/* event is "" when the stream names none; data has '\n' between data lines and is NUL-terminated. */
void sse_init(struct sse *s, void (*on_event)(void *, const char *, const char *, size_t),
    void *self);
void sse_feed(struct sse *s, const char *p, size_t n);
/* True when the bytes so far end exactly between two events: a place where a ping may be put. */
bool sse_between(const struct sse *s);
void sse_release(struct sse *s);

#endif
