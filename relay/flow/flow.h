/* The walk of a request: one `struct exchange` goes through a table of steps (steps.c), on the
 * worker that took it in, and leaves through one door (exchange_finish).
 *
 * Three things have lives of their own: the client's connection (owned by relay/http), the upstream
 * call (owned by the exchange, gone with a cancel), and the usage record (owned by the store once
 * booked). An exchange outlives a client that left until its record is committed. */
#ifndef CRS_FLOW_H
#define CRS_FLOW_H

#include <stdatomic.h>

#include "base/settings.h"
#include "care/care.h"
#include "common/mailbox.h"
#include "core/core.h"
#include "core/event.h"
#include "core/live.h"
#include "flow/guard.h"
#include "http1/conn.h"
#include "provider/dataset.h"
#include "store/store.h"
#include "upstream/upstream.h"

/* What all workers share. All borrowed; all outlive the workers. */
struct house {
    struct core *core;
    struct store *store;
    struct care *care;
    struct bus *bus;
    struct live *live;
    struct settings_holder *settings;
    struct dataset_holder *data;
    const struct vault *vault;
    const struct zone *zone;
    const char *pepper; /* of legacy key hashes, NULL: none */
    struct guard *guard;
    int64_t started;              /* wall ms */
    atomic_bool draining;         /* new requests are refused */
    atomic_llong body_bytes;      /* request bodies in memory, all workers */
    atomic_llong unauthenticated; /* requests refused for want of a good key, since the start */
};

/* One worker's part: its exchanges. */
struct flow;
struct flow *flow_create(
    struct house *h, struct event_base *base, struct mailbox *mailbox, struct upstream *upstream);
/* Frees what is left of its exchanges; nothing more is booked. */
void flow_free(struct flow *f);
size_t flow_running(const struct flow *f); /* any thread */
/* Ends all that run, with an error event where a stream is under way; they are booked still. */
void flow_cut_all(struct flow *f);

/* How the exchange tells the client's connection that it is through with it. After either call the
 * exchange never touches the connection again. */
struct door {
    void (*ended)(void *self); /* the reply was given whole: more requests may come */
    void (*cut)(void *self);   /* close the connection now: the reply ends abnormally */
    void *self;
};

struct exchange;
/* address: the client's. The exchange frees itself; it is not to be used after door.ended or .cut,
 * nor after exchange_client_gone. */
struct exchange *exchange_create(
    struct flow *f, struct h1_conn *conn, const struct door *door, const char *address);
/* Begins the walk; may end it at once. The head is copied where it must live longer. */
void exchange_start(struct exchange *x, const struct h1_head *head);
/* What happens on the connection. */
void exchange_body(struct exchange *x, const char *p, size_t n);
void exchange_body_end(struct exchange *x);
void exchange_body_fault(struct exchange *x, enum h1_fault fault);
void exchange_drained(struct exchange *x);
void exchange_client_gone(struct exchange *x);

/* An error of the HTTP layer before there is an exchange (bad head): status and a JSON body. */
void flow_reply_fault(struct h1_conn *c, enum h1_fault fault);

#endif
