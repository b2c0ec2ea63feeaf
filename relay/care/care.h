/* The care of accounts: signing in, renewing tokens once for all who wait, profiles and quota,
 * tests. Lives on the main thread's loop; the calls marked "any thread" only post there.
 *
 * A new refresh token is in the store before it is used: the order is fetch, store, core.
 */
#ifndef CRS_CARE_H
#define CRS_CARE_H

#include <event2/event.h>
#include "common/mailbox.h"
#include "core/core.h"
#include "core/event.h"
#include "provider/provider.h"
#include "store/store.h"

struct care;
struct care_options {
    struct event_base *base; /* main thread's */
    struct mailbox *mailbox; /* main thread's */
    struct core *core;
    struct store *store;
    struct bus *bus;         /* may be NULL */
    const char *ca_file;     /* for fetches; NULL: system's */
    int64_t renew_ahead_ms;  /* default 10 min before expiry */
    int retry_ms;            /* first pause before a failed renewal is repeated, default 500; doubled */
};
struct care *care_create(const struct care_options *o);
/* Cancels what runs. No `done` is called any more, also for what was asked and still waits; writes that
 * the store already has will still be committed. */
void care_free(struct care *c);
/* Takes a reference; what begins afterwards uses it. Main thread. */
void care_set_data(struct care *c, struct provider_data *d);
/* As care_set_data: by what tests of accounts are priced; without, they cost nothing. */
void care_set_prices(struct care *c, struct prices *p);

/* Any thread. Makes sure the account's token is newer than `generation` (that of the credential the
 * caller found wanting): joins a renewal under way, starts one, or answers at once when it was
 * renewed meanwhile. done runs on the main thread: post from it. A refused refresh token puts the
 * account into HEALTH_LOGIN; a network fault does not. */
typedef void care_done(void *arg, const struct err *failure);
void care_renew(struct care *c, const char *account_id, unsigned generation, care_done *done,
    void *arg);

/* The rest: main thread only; answers come later on the same thread. */

/* Begins a sign-in. proxy may be NULL; credentials of it apart. The login lives in care until it ends
 * or 10 minutes have passed; `l` is valid during the call. device mode: user_code and url are set. */
typedef void care_login_begun(void *arg, const struct login *l, const struct err *failure);
void care_login_begin(struct care *c, const char *kind, const char *mode, const char *proxy,
    const char *proxy_user, const char *proxy_password, care_login_begun *done, void *arg);
/* Ends it with what was pasted (device: NULL, polls once: ERR_BUSY means not yet). Fills a copy of
 * `proto` (kind, name, settings) and puts it away: store, then core; an existing id is signed in
 * again, keeping everything else. Then reads the profile. */
typedef void care_added(void *arg, const struct account *a, const struct err *failure);
void care_login_finish(struct care *c, const char *login_id, const char *pasted,
    const struct account *proto, care_added *done, void *arg);
/* Adds an account with a given credential (key, token, imported file). Takes both. */
void care_add(struct care *c, struct account *a, struct credential *cr, care_added *done, void *arg);
/* Puts an edited record (and, when cr is not NULL, its credential) away: store, then core. Takes both. */
void care_put(struct care *c, struct account *a, struct credential *cr, care_added *done, void *arg);
void care_remove(struct care *c, const char *account_id, care_done *done, void *arg);

/* One small request through the account, booked on it under no key (""), client "account-test". The result: ok, ms, status, sentence. */
struct care_tested {
    bool ok;
    int status;
    int64_t ms;
    char text[256];
};
typedef void care_test_done(void *arg, const struct care_tested *t);
void care_test(struct care *c, const char *account_id, const char *model, care_test_done *done,
    void *arg);
/* Profile and quota anew (where the provider has them). */
void care_profile(struct care *c, const char *account_id, care_done *done, void *arg);
/* Once a minute or so: renewals ahead of expiry, scheduled tests, quota of idle accounts. */
void care_tick(struct care *c, int64_t now);

#endif
