/* An error as a client is told of it: one value, written in the shape of each dialect, as a reply
 * or as an event of a stream that has begun. Which status and header make which client show the
 * text rather than hide it or retry for minutes was measured; see fault_table in fault.c. */
#ifndef CRS_FLOW_FAULT_H
#define CRS_FLOW_FAULT_H

#include "common/buf.h"
#include "core/core.h"
#include "provider/provider.h"
#include "rule/rule.h"

enum fault_kind {
    FAULT_AUTH,        /* 401 */
    FAULT_DENIED,      /* 403 */
    FAULT_MONEY,       /* 402 */
    FAULT_RATE,        /* 429: a window that ends at a known time */
    FAULT_BUSY,        /* 429: too much at once; it passes by itself */
    FAULT_INVALID,     /* 400 */
    FAULT_NO_ROUTE,    /* 404 */
    FAULT_METHOD,      /* 405 */
    FAULT_UPGRADE,     /* 426 */
    FAULT_TIME,        /* 408 */
    FAULT_TOO_LARGE,   /* 413 */
    FAULT_UPSTREAM,    /* 502: the upstream broke */
    FAULT_UNAVAILABLE, /* 503: none can serve it now */
    FAULT_SLOW,        /* 504 */
    FAULT_INTERNAL,    /* 500 */
    FAULT_KINDS
};

struct fault {
    enum fault_kind kind;
    int64_t reset;  /* wall ms when it may work again; 0: unknown or never by itself */
    bool again;     /* a retry within a minute or so can heal it */
    int status;     /* instead of the kind's, see fault_suit; 0: the kind's */
    size_t said;    /* length of text without the time at its end; 0: it has none */
    char text[512]; /* a sentence for people, without full stop at its end */
};

int fault_status(const struct fault *f);
/* text by format; reset 0, again by the kind. */
void fault_set(struct fault *f, enum fault_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The refusal of the core, in words with its numbers. zone: for the time of reset; key: the name.
 */
void fault_from_refusal(struct fault *f, const struct refusal *r, const char *key_name,
    const struct zone *zone, int64_t now);

/* For a client with words of its own for a 429 or 5xx, or minutes of silent tries: what waiting
 * does not heal is told with its final_status, where the usual one is final_from or above; all else
 * as it was. */
void fault_suit(struct fault *f, const struct client_match *client, int64_t now);

/* The body of a reply: {"type":"error",…}, {"error":{…}} or Google's. */
void fault_body(
    const struct fault *f, enum dialect d, const char *request_id, int64_t now, struct buf *out);
/* The body of an upstream's error, in its own words, of which only these are known. type NULL: by
 * the dialect's habit. */
void fault_words(
    enum dialect d, int status, const char *type, const char *message, struct buf *out);
/* Header lines for it: content type, x-should-retry, retry-after, request id. */
void fault_fields(
    const struct fault *f, enum dialect d, const char *request_id, int64_t now, struct buf *out);
/* The error as one event of a stream of that dialect. */
void fault_event(
    const struct fault *f, enum dialect d, const char *request_id, int64_t now, struct buf *out);

#endif
