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
    const char *path;          /* "…/crs.db" or "redis://…" */
    const struct vault *vault; /* seals record secrets; outlives the store */
    const struct zone *zone;   /* of days and months in reports */
    int64_t keep_requests_ms;  /* request rows are pruned after this, default 90 days */
    size_t max_queue;          /* waiting writes before store_busy, default 100000 */
};
/* Opens, checks integrity, migrates. Refuses a database of a newer version or a damaged one, with
 * what to do as the hint; never repairs silently. */
struct store *store_open(const struct store_options *o, struct err *err);
void store_close(struct store *s); /* finishes what is queued */
/* True when the queue is over its bound, or when what comes may soon not be kept: the database
 * takes nothing and the spill file beside it ("PATH-spill", which keeps writes durably until the
 * database takes them again) is three quarters full or failed too. Admission refuses then. */
bool store_busy(struct store *s, struct err *why);

typedef void store_done(void *arg, const struct err *failure); /* NULL: committed */

/* Records: kind is "key", "account", "health", "template", "group", "meta"; doc is JSON text;
 * secret (may be NULL: unchanged; n 0 with non-NULL: removed) is sealed with "kind/id". */
void store_put(struct store *s, const char *kind, const char *id, const char *doc,
    const void *secret, size_t n, store_done *done, void *arg);
void store_delete(struct store *s, const char *kind, const char *id, store_done *done, void *arg);
/* All of a kind, at start, on the caller's thread. secret is NULL when none. f returns false to
 * stop. */
int store_load(struct store *s, const char *kind,
    bool (*f)(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n), void *arg,
    struct err *err);

/* One upstream attempt, as booked. Strings are borrowed during the call. */
struct attempt {
    const char *request;                    /* request id */
    int number;                             /* 1, 2, ... within the request */
    const char *key_id, *account_id, *kind; /* provider kind */
    const char *model_asked, *dialect, *client;
    int64_t started, first_byte, ended; /* ms; first_byte 0: none came */
    int status;                         /* upstream's; 0: no answer */
    const char *fault;  /* network fault or ""; error type of the upstream otherwise */
    bool aborted;       /* the client left, or it was cancelled */
    bool partial;       /* the stream was cut: usage is what was seen */
    struct usage usage; /* model served is in here */
    struct cost cost;
};
/* One client request, refused or served. */
struct request_row {
    const char *id, *key_id, *path, *dialect, *model, *client, *address, *session;
    int64_t started, ended;
    int status;          /* sent to the client; 0: it left before */
    const char *outcome; /* "done", "refused", "failed", "aborted", "cancelled" */
    const char *reason;  /* sentence, "" none */
    const char *trail;   /* JSON: the decision record */
    nano cost;
    int attempts;
};
/* Books attempts[0..n) and the request (NULL: attempts only) and the tallies in one transaction. An
 * attempt (request, number) that is there already is not booked again, nor is a request.
 *
 * Tallies are sums for each quarter of an hour UTC (of `ended`), key, account, model (served, else
 * asked) and client; quarters make the edges of days and months exact in every zone. They count
 * attempts; requests (attempts with number 1); errors: attempts without an answer, with a
 * status of 400 or more or a fault, unless aborted; and unmetered: answered with 2xx, but no usage was
 * told. Tallies are kept for good, attempts and audit
 * for 400 days or keep_requests_ms, whichever is longer. */
void store_book(struct store *s, const struct attempt *attempts, size_t n,
    const struct request_row *r, store_done *done, void *arg);

struct audit_row {
    int64_t at;
    int64_t uid;
    const char *who, *from, *method, *subject, *change; /* change: JSON without secrets */
    bool ok;
};
void store_audit(struct store *s, const struct audit_row *a);

/* Reports; `done` gets the answer (its to delete) or NULL and the error, on the reader thread; or
 * at once on the caller's, with ERR_BUSY, when too many wait. Parameters may be left out or null;
 * times are ms in parameters and RFC 3339 in answers, money is dollars, spans are seconds; since is
 * included, until is not; keys and accounts are ids.
 *
 * "usage" {by,since,until,key,account,model,client,limit}: by is any of key account model client
 * and at most one of hour day month, with commas: "day,model".
 * {"rows":[...],"total":{...},"more":n}: rows have a member for each of by (a moment also "at"),
 * and all sums: attempts requests errors unmetered tokens (all classes) input output cache_write_5m
 * cache_write_1h cache_write (both) cache_read reasoning web_searches images, cost and X_cost of
 * each class. Moments in order, then the dearest first; rows over the limit (at most 5000) are
 * counted in more and are in the total. "series"
 * {metric,since,until,step_ms,key,account,model,client}: metric is one of those sums.
 *   {"since":t,"step_ms":n,"values":[...]}, at most 2000, from since on.
 * "requests" {key,account,status,outcome,since,until,limit,before}: newest first, by started;
 *   {"items":[...]}. before: id of the last one of the page before.
 * "request" {id}: as an item of the list, but "attempts" is a list; and "trail".
 * "audit" {since,until,limit,who,method,before}: newest first; {"items":[...]}.
 * "check" {full}: {"ok":bool,"problems":[...]}: the database is whole (full: its indexes agree with
 * its tables, which takes several times as long) and the tallies are the sum of the attempts;
 * sizes, counts, what waits and what is spilled. Seconds for each million of attempts. */
typedef void store_answer(void *arg, cJSON *result, const struct err *err);
void store_query(
    struct store *s, const char *what, const cJSON *params, store_answer *done, void *arg);
/* For the start: tallies, then attempts since a moment, each oldest first, on this thread. Slots
 * older than 40 days come as one sum for each key, account and model, at the time of its last slot.
 */
struct store_sum {
    const char *key_id, *account_id, *model;
    int64_t at, requests, tokens; /* tokens: all classes */
    nano cost;
    int64_t attempts, errors, input, output, cache_read, cache_write;
};
int store_replay(struct store *s, int64_t attempts_since,
    void (*hourly)(void *, const struct store_sum *),
    void (*attempt)(void *, const struct store_sum *), void *arg, struct err *err);
/* A consistent copy while running (SQLite: online backup), mode 0600. */
void store_backup(struct store *s, const char *path, store_done *done, void *arg);
/* Putting a backup back. It is copied, checked (whole, ours, not newer, its secrets open with this
 * master key) and, unless only that is wanted, laid beside the database at `path`; the next
 * store_open takes it in and keeps what was there as "PATH-before-TIME". Reads all of the file. No
 * store has to be open; on one that is, ask with store_query "restore" {file,only_check}.
 * {"file","bytes","keys","accounts","until"} (until: end of its last attempt), NULL with err. */
cJSON *store_stage(const char *path, const char *file, const struct vault *v, bool only_check,
    struct err *err);
/* Deletes what is over its time; returns at once. Daily. */
void store_prune(struct store *s, int64_t now);

#endif
