/* What lasts: records (keys, accounts, ...), the ledger of attempts, requests, tallies, audit. Two
 * backends, one behaviour (tests/unit/test_store.c runs over both).
 *
 * Writes are queued to one writer thread that commits all that waits in one transaction, then calls
 * each writer's `done` on that thread: post a message from it, nothing more. What `done` says is
 * committed survives kill -9 and power loss. Reports run on a reader thread of their own.
 */
#ifndef CRS_STORE_H
#define CRS_STORE_H

#include <cjson/cJSON.h>
#include "common/err.h"
#include "common/secret.h"
#include "meter/price.h"
#include "meter/usage.h"

struct store;
struct store_options {
    const char *path;         /* "…/crs.db" or "redis://…" */
    const struct vault *vault; /* seals record secrets; outlives the store */
    const struct zone *zone;  /* of days and months in reports */
    int64_t keep_requests_ms; /* request rows are pruned after this, default 90 days */
    size_t max_queue;         /* waiting writes before store_busy, default 100000 */
};
/* Opens, checks integrity, migrates. Refuses a database of a newer version or a damaged one, with what
 * to do as the hint; never repairs silently. */
struct store *store_open(const struct store_options *o, struct err *err);
void store_close(struct store *s); /* finishes what is queued */
/* True when the queue is over its bound or the last commit failed: admission refuses then. */
bool store_busy(struct store *s, struct err *why);

typedef void store_done(void *arg, const struct err *failure); /* NULL: committed */

/* Records: kind is "key", "account", "health", "template", "group", "meta"; doc is JSON text; secret
 * (may be NULL: unchanged; n 0 with non-NULL: removed) is sealed with "kind/id". */
void store_put(struct store *s, const char *kind, const char *id, const char *doc,
    const void *secret, size_t n, store_done *done, void *arg);
void store_delete(struct store *s, const char *kind, const char *id, store_done *done, void *arg);
/* All of a kind, at start, on the caller's thread. secret is NULL when none. f returns false to stop. */
int store_load(struct store *s, const char *kind,
    bool (*f)(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n), void *arg,
    struct err *err);

/* One upstream attempt, as booked. Strings are borrowed during the call. */
struct attempt {
    const char *request;   /* request id */
    int number;            /* 1, 2, ... within the request */
    const char *key_id, *account_id, *kind; /* provider kind */
    const char *model_asked, *dialect, *client;
    int64_t started, first_byte, ended; /* ms; first_byte 0: none came */
    int status;            /* upstream's; 0: no answer */
    const char *fault;     /* network fault or ""; error type of the upstream otherwise */
    bool aborted;          /* the client left, or it was cancelled */
    bool partial;          /* the stream was cut: usage is what was seen */
    struct usage usage;    /* model served is in here */
    struct cost cost;
};
/* One client request, refused or served. */
struct request_row {
    const char *id, *key_id, *path, *dialect, *model, *client, *address, *session;
    int64_t started, ended;
    int status;            /* sent to the client; 0: it left before */
    const char *outcome;   /* "done", "refused", "failed", "aborted", "cancelled" */
    const char *reason;    /* sentence, "" none */
    const char *trail;     /* JSON: the decision record */
    nano cost;
    int attempts;
};
/* Books attempts[0..n) and the request (NULL: attempts only) and the hourly tallies in one
 * transaction. An attempt (request, number) that is there already is not booked again. */
void store_book(struct store *s, const struct attempt *attempts, size_t n,
    const struct request_row *r, store_done *done, void *arg);

struct audit_row {
    int64_t at;
    int64_t uid;
    const char *who, *from, *method, *subject, *change; /* change: JSON without secrets */
    bool ok;
};
void store_audit(struct store *s, const struct audit_row *a);

/* Reports; `done` gets the answer (its to delete) or NULL and the error, on the reader thread.
 * What: "usage" {by,since,until,key,account,model,client}, "requests" {key,account,status,outcome,
 * since,until,limit,before}, "request" {id} (with its attempts and trail), "audit" {since,limit,who,
 * method}, "series" {metric,since,until,step_ms,key,account}, "check" {} (integrity, size, counts). */
typedef void store_answer(void *arg, cJSON *result, const struct err *err);
void store_query(struct store *s, const char *what, const cJSON *params, store_answer *done,
    void *arg);
/* For the start: hourly tallies, then attempts since a moment, oldest first, on this thread. */
struct store_sum {
    const char *key_id, *account_id, *model;
    int64_t at, requests, tokens;
    nano cost;
};
int store_replay(struct store *s, int64_t attempts_since, void (*hourly)(void *, const struct store_sum *),
    void (*attempt)(void *, const struct store_sum *), void *arg, struct err *err);
/* A consistent copy while running (SQLite: online backup), mode 0600. */
void store_backup(struct store *s, const char *path, store_done *done, void *arg);
/* Deletes what is over its time; returns at once. Daily. */
void store_prune(struct store *s, int64_t now);

#endif
