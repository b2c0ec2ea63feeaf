/* What of an answer may go to the client now, and what waits: a response's last bytes go out only
 * when its row is committed, and an event of a stream goes out whole, so that between any two
 * writes the relay can put a ping or an error event. Copies only what waits. */
#ifndef CRS_FLOW_HOLD_H
#define CRS_FLOW_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

#define HOLD_EVENT_MAX (64u << 10) /* a longer piece of one event is not kept back */
#define HOLD_LAST_MAX (1u << 20)   /* nor more than this behind the event that seemed the last */
#define HOLD_TAIL 1024             /* of a body with a length: at most this much of its end */

enum hold_mode {
    HOLD_EVENTS, /* server-sent events */
    HOLD_LENGTH, /* a body of known length */
    HOLD_OPEN    /* the end shows by itself (last chunk): nothing waits */
};

struct hold {
    enum hold_mode mode;
    struct buf kept;
    uint64_t left; /* HOLD_LENGTH: bytes of the body that are still to come */
    char last[2];  /* the two bytes before the next one that comes */
    bool broken;   /* part of an event went out: not between events */
    bool final;    /* the last event was seen */
    void (*emit)(void *self, const char *p, size_t n);
    void *self;
};

void hold_init(struct hold *h, enum hold_mode mode, uint64_t length,
    void (*emit)(void *, const char *, size_t), void *self);
/* Takes the next bytes and emits what may go. */
void hold_feed(struct hold *h, const char *p, size_t n);
/* Says before the bytes are fed that they have the last event in them: these and all behind wait.
 */
void hold_final(struct hold *h);
/* Whether what went out so far ends between two events. */
bool hold_between(const struct hold *h);
/* Emits all that waits: the row is committed. */
void hold_flush(struct hold *h);
/* Forgets what waits; the start of an event that will not be completed. */
void hold_drop(struct hold *h);
void hold_release(struct hold *h);

#endif
