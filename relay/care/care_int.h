/* Private to the care of accounts. Everything here runs on the main thread, except where said. */
#ifndef CRS_CARE_INT_H
#define CRS_CARE_INT_H

#include <stdatomic.h>
#include "care/care.h"
#include "upstream/upstream.h"

#define LOGIN_LIFE (10 * MS_MINUTE)
#define LOGINS_MAX 64

struct renewal;
struct chore;
struct pending;
struct signing; /* a sign-in under way */

struct care {
    struct care_options o;
    char *ca_file;
    struct upstream *upstream;
    struct provider_data *data;
    struct prices *prices; /* may be NULL */
    struct op *ops; /* under way */
    struct renewal *renewals;
    struct pending *pending; /* writes given to the store, oldest first */
    struct signing *signings;
    struct chore *chores;
    size_t n_chores;
    bool closed;
    atomic_int refs; /* the owner's, one for each op and for each message on its way */
};
struct care *care_ref(struct care *c); /* any thread */
void care_unref(struct care *c);

/* --- op.c: one thing that takes several steps
 * ------------------------------------------------------ */

/* First member of each thing under way. At most one of fetch, timer and store is waited for. */
struct op {
    struct care *care;
    struct op *prev, *next;
    struct fetch *fetch;
    struct event *timer;
    bool at_store;
    void (*answered)(struct op *, const struct fetch_answer *);
    void (*woken)(struct op *);
    void (*kept)(struct op *, const struct err *failure);
    void (*drop)(struct op *); /* frees what the op owns, and the op */
};
void op_begin(struct op *op, struct care *c, void (*drop)(struct op *));
void op_end(struct op *op);
/* The way to an upstream: as the account's own requests go. */
struct way {
    const char *identity, *proxy, *proxy_user, *proxy_password;
};
struct way way_of(const struct account *a, const struct credential *cr);
/* Makes the request (released here) and calls answered later. */
void op_fetch(struct op *op, const struct way *w, struct token_request *r,
    void (*answered)(struct op *, const struct fetch_answer *));
void op_sleep(struct op *op, int64_t ms, void (*woken)(struct op *));

/* --- keep.c: store first, core afterwards
 * ------------------------------------------------------------ */

/* Writes the record (and the credential, when not NULL), then puts it into the core, then calls
 * kept. Takes references of its own. */
void op_put(struct op *op, const struct account *a, const struct credential *cr,
    void (*kept)(struct op *, const struct err *));
/* Writes the latest record of the account with this credential, then swaps it in. */
void op_put_credential(struct op *op, const char *account_id, const struct credential *cr,
    void (*kept)(struct op *, const struct err *));
void op_delete(
    struct op *op, const char *account_id, void (*kept)(struct op *, const struct err *));
/* The account as it will be when all writes under way are done: references, or false when it is not
 * there or going away. cr may be NULL. */
bool care_latest(struct care *c, const char *account_id, const struct account **a,
    const struct credential **cr, struct err *err);
/* core_account_check, looking also at what is on its way to the store. */
int keep_name_check(const struct care *c, const struct account *a, struct err *err);
void keep_release(struct care *c);

/* --- the rest
 * ------------------------------------------------------------------------------------------ */

void renew_release(struct care *c);
/* Starts or joins a renewal; as care_renew, on the main thread. */
void renew_here(
    struct care *c, const char *account_id, unsigned generation, care_done *done, void *arg);
bool renew_running(const struct care *c, const char *account_id);

/* Reads profile and quota of the account, puts them away, then calls done with the record as it is
 * then. Failures are told, but whoever adds an account goes on. */
typedef void profile_done(void *arg, const struct account *a, const struct err *failure);
void profile_here(struct care *c, const char *account_id, profile_done *done, void *arg);

/* Fills what a new record needs (id, times, service) and checks it: kind known, settings that it
 * needs, name free. */
int account_prepare(struct care *c, struct account *a, struct err *err);

void signings_expire(struct care *c, int64_t now);
void signings_release(struct care *c);
void chores_release(struct care *c);

/* A dashboard's event on the account: what happened in a word. */
void care_tell(struct care *c, const struct account *a, const char *what);

#endif
