/* A transform turns an upstream's body bytes into the bytes that the client's dialect expects, while
 * they stream: Bedrock event-stream frames into SSE, a stream into one whole answer. */
#ifndef CRS_DIALECT_TRANSFORM_H
#define CRS_DIALECT_TRANSFORM_H

#include "common/buf.h"
#include "common/err.h"

struct transform {
    /* Client's content type, instead of the upstream's; NULL: unchanged. */
    const char *content_type;
    /* The client gets one whole answer with a length, sent at finish. */
    bool whole;
    /* The meter reads the upstream's stream, because what comes of it says less, or only at its end.
     */
    bool metered_before;
    /* Takes effect on an answer that is a stream of events; others pass unchanged. */
    bool events_only;
    /* Adds what can be said now to out. -1: the upstream broke its format. */
    int (*feed)(struct transform *t, const char *p, size_t n, struct buf *out, struct err *err);
    int (*finish)(struct transform *t, struct buf *out, struct err *err);
    void (*free)(struct transform *t);
};

#endif
