/* One call under way: from the check of its parameters to its answer, over the store where it needs
 * that. */
#ifndef CRS_CONTROL_ORDER_INT_H
#define CRS_CONTROL_ORDER_INT_H

#include "control/control_int.h"

struct order {
    struct control *c;
    struct peer *peer; /* NULL: gone */
    struct order *next, **prev;
    const struct method *m;
    cJSON *tree; /* the message; owns id and params */
    const cJSON *id;
    const cJSON *params; /* checked; may be NULL */
    bool dry_run;
    int64_t now;
    char who[64], from[80];
    int64_t uid;
    enum lang lang; /* of its answer */
    char *subject;  /* for the audit: what it was done to */
    cJSON *change;  /* for the audit: {setting: {from, to}} */
    bool audited;   /* rows were written one by one */
    bool turn;      /* waits for or has the turn */
    bool running;
    struct order *next_turn;
    struct order *next_waiter; /* drain */
};
/* A handler: ends in exactly one order_done or order_fail, at once or later. */
#define METHOD(id, wire, level, flags) void on_##id(struct order *o);
#include "common/methods.def"
#undef METHOD

/* Checks level and parameters, then runs the handler, or puts the order in line. Takes m's tree. */
void order_begin(struct peer *p, struct rpc_msg *m);
void order_done(struct order *o, cJSON *result); /* takes it */
void order_fail(struct order *o, const struct err *err);
/* Lets the next order that changes something begin while this one goes on. */
void order_yield(struct order *o);
void order_subject(struct order *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void order_change(struct order *o, cJSON *change); /* takes it */
/* A row of the audit; change is borrowed. Also tells watchers of the topic admin when ok. */
void order_audit(struct order *o, const char *subject, const cJSON *change, bool ok);

const char *order_text(const struct order *o, const char *name); /* NULL: not given */
bool order_flag(const struct order *o, const char *name);
int64_t order_int(const struct order *o, const char *name, int64_t dflt);
int64_t order_span(const struct order *o, const char *name, int64_t dflt); /* ms */
int64_t order_time(const struct order *o, const char *name, int64_t dflt); /* ms */
const cJSON *order_list(const struct order *o, const char *name);          /* array or NULL */

/* Waiting for the store. `next` runs on the main thread, with the failure or NULL; when the control
 * plane has ended meanwhile the failure says so. */
typedef void order_next(struct order *o, void *arg, const struct err *failure);
/* doc is taken; secret as in store_put. */
void order_put(struct order *o, const char *kind, const char *id, cJSON *doc, const void *secret,
    size_t n, order_next *next, void *arg);
void order_delete(struct order *o, const char *kind, const char *id, order_next *next, void *arg);
void order_backup(struct order *o, const char *path, order_next *next, void *arg);
/* `result` is next's to delete; NULL with a failure. params is taken. */
typedef void order_result(struct order *o, void *arg, cJSON *result, const struct err *failure);
void order_query(struct order *o, const char *what, cJSON *params, order_result *next, void *arg);
/* A key away: store, then core, then its event. Takes k. */
void order_put_key(
    struct order *o, struct key *k, const void *secret, size_t n, order_next *next, void *arg);

#endif
