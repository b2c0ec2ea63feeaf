/* The state behind one lock: keys, accounts, limits, slots, health, sticky sessions, tallies.
 * Every call here takes the lock for microseconds, does no I/O and calls nobody back while it is
 * held. Values and references come out; nothing inside is ever exposed.
 *
 * The core knows neither store nor provider: what must be kept goes out through core_sink, what an
 * upstream said comes in as a struct verdict. Times are wall ms; `now` is given by the caller so
 * that a request sees one moment and tests can turn the clock.
 */
#ifndef CRS_CORE_H
#define CRS_CORE_H

#include "common/clock.h"
#include "core/account.h"
#include "core/key.h"
#include "meter/price.h"
#include "meter/usage.h"
#include "rule/rule.h"

struct core;

/* Called without the lock, one at a time and in order, on a thread that is in a call here: what is
 * stored last is what is true. Must not block; may call the core. */
struct core_sink {
    void *self;
    void (*key_changed)(void *self, const struct key *k);         /* first use: store it */
    void (*health_changed)(void *self, const struct account *a);  /* store core_health_json */
};

struct core_options {
    const struct zone *zone; /* days, weeks, months of limits; outlives the core */
    int64_t sticky_ms;       /* life of a session's binding since its last use, default 1 h */
    int64_t lease_ms;        /* a slot whose holder vanished is freed after this, default 15 min
                                without core_touch */
};
struct core *core_create(const struct core_options *o, const struct core_sink *sink);
void core_free(struct core *c);
void core_set_options(struct core *c, const struct core_options *o);

/* --- records: keys, accounts, templates ------------------------------------------------------ */

/* Puts a record in, new or instead of the one with its id; takes the reference, also when it fails.
 * ERR_CONFLICT when the name (or hash) belongs to another. Call after the store has it. Those who
 * wait in line on the key are looked at anew at once: granted when there is room now, refused when
 * the key may no longer be used. A first use that the editor has not seen is kept (key_changed). */
int core_key_put(struct core *c, struct key *k, struct err *err);
void core_key_drop(struct core *c, const char *id); /* purge */
/* Whether core_key_put would succeed, changing nothing. */
int core_key_check(struct core *c, const struct key *k, struct err *err);
/* By name, id, or unambiguous start of either; a reference. removed: also removed ones. */
const struct key *core_key_find(struct core *c, const char *name, bool removed, struct err *err);
/* By its whole id, removed or not; a reference, or NULL. */
const struct key *core_key_by_id(struct core *c, const char *id);
/* All, sorted by name; *n of references in a heap array. */
const struct key **core_keys(struct core *c, size_t *n);
const struct key *core_key_by_hash(struct core *c, enum key_hash_kind kind,
    const unsigned char hash[KEY_HASH_BYTES], int64_t now);

/* Takes both, also when it fails. cr NULL: the credential stays as it is. */
int core_account_put(struct core *c, struct account *a, struct credential *cr, struct err *err);
int core_account_check(struct core *c, const struct account *a, struct err *err);
void core_account_drop(struct core *c, const char *id);
const struct account *core_account_find(struct core *c, const char *name, struct err *err);
const struct account **core_accounts(struct core *c, size_t *n);
const struct credential *core_credential(struct core *c, const char *account_id);
/* Swaps the credential of an account (after the store has it); takes the reference. Ends
 * HEALTH_LOGIN. */
void core_credential_put(struct core *c, const char *account_id, struct credential *cr);

/* --- authenticate ---------------------------------------------------------------------------- */

enum refusal_code {
    REFUSE_NONE,
    REFUSE_NO_KEY, REFUSE_UNKNOWN_KEY,                                           /* 401 */
    REFUSE_PAUSED, REFUSE_EXPIRED, REFUSE_SERVICE, REFUSE_MODEL, REFUSE_CLIENT,
    REFUSE_ADDRESS, REFUSE_BINDING,                                              /* 403 */
    REFUSE_DAILY_COST, REFUSE_WEEKLY_COST, REFUSE_MONTHLY_COST, REFUSE_TOTAL_COST,
    REFUSE_OPUS_COST,                                                            /* 402 */
    REFUSE_RATE_REQUESTS, REFUSE_RATE_TOKENS, REFUSE_RATE_COST, REFUSE_AT_ONCE,
    REFUSE_LINE_FULL, REFUSE_LINE_TIME, REFUSE_ADDRESSES,                        /* 429 */
    REFUSE_NO_ACCOUNT,      /* 503: none that could ever serve this */
    REFUSE_ACCOUNTS_RESTING,/* 503 or 429: all that could are limited or cooling, see reset */
    REFUSE_DRAINING,        /* 503 */
    REFUSE_STORE,           /* 503: usage could not be booked */
    REFUSAL_CODES
};
struct refusal {
    enum refusal_code code;
    int64_t used, limit; /* in the limit's unit: requests, tokens, nano-dollars; 0: none */
    int64_t reset;       /* ms when it may work again; 0: not by time. A ceiling that only the
                            reservations of requests under way have reached has none */
    int64_t since;       /* ms when an expired key ended; 0: another refusal */
    char detail[192];    /* which rule, which account, for people */
};

/* The key for this secret hash if it may be used at all now, as a reference. Both hashes of the
 * secret are given; legacy may be NULL. On refusal NULL. Starts the life of a key that counts from
 * first use (sink key_changed). */
const struct key *core_authenticate(struct core *c, const unsigned char own[KEY_HASH_BYTES],
    const unsigned char *legacy, int64_t now, struct refusal *r);

/* --- admit: limits and the place in line ------------------------------------------------------ */

struct admit_ask {
    const struct key *key;
    enum service service;
    const char *model;   /* "" when the operation has none */
    const char *address; /* client address */
    nano expected;       /* reserved until settled */
    int64_t expected_tokens; /* as expected, against rate_tokens; 0: unknown */
    bool free;           /* helper call: no slot, no window, no reservation (count_tokens, models) */
    int64_t now;
    /* Called once, from any thread without the lock, when a waiting ask is granted or gives up by
     * time; never after core_leave returned for it. Only posts a message. */
    void (*wake)(void *arg);
    void *wake_arg;
};
enum admit_answer { ADMIT_GRANTED, ADMIT_WAITING, ADMIT_REFUSED };
struct ticket; /* owned by the asker until core_leave */
/* Checks service, model, address range, ceilings, windows, address count, then takes a slot or a
 * place in line (strict first in, first out). Client recognition is done before by rule/. What is
 * refused has counted nowhere.
 *
 * Ceilings and the windows of tokens and cost: admitted while spent and reserved are under the
 * limit, so that the last one admitted may pass it, by its own cost at most as far as the
 * reservations were right. The window of requests admits exactly its number. Fixed windows begin
 * with the first request; sliding ones are kept in 120 slices: a request may count up to 1/120 of
 * the window longer, never shorter. Days, weeks and months end at their edge in the zone. An address
 * counts while a request of it is here and 5 minutes after the last. Free asks: the rules only. */
enum admit_answer core_admit(struct core *c, const struct admit_ask *ask, struct ticket **t,
    struct refusal *r);
/* After wake: granted, refused (line time, or a limit met meanwhile), or still waiting. */
enum admit_answer core_admit_result(struct core *c, struct ticket *t, int64_t now,
    struct refusal *r);
int core_line_place(struct core *c, const struct ticket *t); /* 1 = next; 0: not in line */
/* Keeps the slot's lease alive; takes the slot back when it was lost, over the limit if need be. */
void core_touch(struct core *c, struct ticket *t, int64_t now);
/* Line deadlines that have passed: wakes them. Also leases, health, sessions and addresses whose
 * time is over. The daemon calls it at least once a second. */
void core_tick(struct core *c, int64_t now);
/* Books one attempt's usage and cost on key and account (counters and tallies): each that is booked
 * in the ledger, also one that failed. It counts as a request of the account, the first of a ticket
 * as one of the key; t may be NULL, and k where no key was used. What it cost leaves the
 * reservation, whose rest stays until core_leave. */
struct charge {
    const struct usage *usage;
    const struct cost *cost;
    const char *account_id; /* "" none */
    /* That served, the one asked for when it is not known: it decides what counts to the opus class,
     * since that is what was paid for, and what the ledger tells after a restart. What may be asked
     * for, and what is reserved meanwhile, goes by the model asked: no other is known then. */
    const char *model;
    int64_t now;
};
void core_charge(struct core *c, struct ticket *t, const struct key *k, const struct charge *ch);
/* Ends it, whatever its state: frees slot and reservation, wakes the next in line; waits for a wake
 * of this ticket that is under way on another thread. NULL is fine. */
void core_leave(struct core *c, struct ticket *t, int64_t now);

/* --- choose: an account for one attempt -------------------------------------------------------- */

enum pass_reason { /* why a candidate was not taken; PASS_TAKEN marks the one that was */
    PASS_TAKEN, PASS_TRIED, PASS_OFF, PASS_NOT_BOUND, PASS_NOT_POOL, PASS_KIND, PASS_MODEL, PASS_OPUS_COST,
    PASS_LIMITED, PASS_FAMILY_LIMITED, PASS_COOLING, PASS_BLOCKED, PASS_LOGIN, PASS_FULL,
    PASS_DAILY_COST, PASS_PAUSED_AT, PASS_RESERVE, PASS_FAIR_SHARE, PASS_EXPIRED, PASS_LATER,
    PASS_REASONS
};
const char *pass_reason_text(enum pass_reason r); /* "limited until", "tried already" */

struct candidate_note {
    char account[24];
    enum pass_reason reason;
    int64_t until; /* ms, 0: none */
};
struct choose_ask {
    const struct key *key;
    const char *const *kinds; /* provider kinds that can serve this request, NULL-ended */
    const char *model;
    const char *session;      /* "" none; the core scopes it by key */
    const char *const *tried; /* account ids of earlier attempts, NULL-ended */
    bool free;                /* as in struct admit_ask */
    int64_t now;
};
struct lease {
    const struct account *account;       /* reference */
    const struct credential *credential; /* reference */
    const char *because;                 /* "bound", "session", "priority", "headroom", "least recent"; "test" */
    unsigned serial;                     /* for core_release */
};
#define NOTES_MAX 64
struct choice_notes {
    struct candidate_note v[NOTES_MAX];
    size_t n; /* when more accounts exist, the first NOTES_MAX */
};
/* 0 and a lease (counts as one running on the account), or -1 and the refusal. notes may be NULL.
 *
 * Binding of the key, then the session's account, then priority (lower first), headroom, least
 * recently chosen. Headroom: the account whose unused quota would lapse soonest, as unused share /
 * share of the time left, the least of its windows. A session moves when its account cannot take it
 * any more; not when that is full for a moment or lacks this one model. Where an account's model map
 * leads to the opus class, the ceiling of that class is looked at here, as admission knew only the
 * model asked; nothing was reserved for it. */
int core_choose(struct core *c, const struct choose_ask *ask, struct lease *l,
    struct choice_notes *notes, struct refusal *r);
/* Takes one account by id for a test, whatever its state. */
int core_lease_account(struct core *c, const char *account_id, struct lease *l, struct err *err);
/* Also drops the references; an empty lease, or one released already, is fine. */
void core_release(struct core *c, struct lease *l, int64_t now);
void core_session_forget(struct core *c, const struct key *k, const char *session);

/* --- verdict: what an upstream's answer says of its account -------------------------------------- */

/* Every state but LOGIN ends by time, at the next look at the account: LIMITED as told or after 5
 * minutes, COOLING as told or after the account's rest (doubled with each rest in a row, up to ten
 * times, anew after a success), BLOCKED after an hour. LOGIN stays until there is a new credential or
 * a test succeeds; such an account is not chosen, it is care's to try its refresh token again. A worse
 * state is not replaced by a lesser one: LOGIN, BLOCKED, LIMITED, COOLING. */
enum health { HEALTH_READY, HEALTH_LIMITED, HEALTH_COOLING, HEALTH_BLOCKED, HEALTH_LOGIN };
const char *health_name(enum health h); /* "ready", "limited", ... */

struct window_use { /* one quota window as the upstream tells it */
    bool known;
    double used;   /* 0..1, may exceed 1 */
    int64_t reset; /* ms; 0 unknown */
    int64_t at;    /* ms when told */
    const char *by; /* which field or question told it, static; NULL: not known any more */
};
struct quota {
    struct window_use five_hour, seven_day, seven_day_opus, seven_day_sonnet;
    struct window_use requests, tokens; /* x-ratelimit-*: share used */
};
enum verdict_action {
    ACT_OK,           /* fine: clears cooling; and other states that are 5 s old or more (the
                         answer may be to an older request), a limit only when no window that
                         comes along is used up */
    ACT_SAME_AGAIN,   /* wait retry_ms, same account (overload, short 429) */
    ACT_RENEW,        /* 401: renew the token once, then again */
    ACT_NEXT,         /* try another account */
    ACT_CLIENT        /* the client's own fault: pass it on, account unaffected */
};
struct verdict {
    enum verdict_action action;
    enum health health;      /* new state; READY: unchanged unless action is OK */
    int64_t until;           /* ms end of LIMITED / COOLING; 0: core decides by class */
    enum family family;      /* LIMITED for this family only; FAMILY_OTHER: the whole account */
    bool family_only;
    int64_t retry_ms;        /* SAME_AGAIN */
    struct quota quota;      /* what was told; unknown windows stay as they were */
    int status;              /* upstream status, 0: none */
    char reason[192];        /* for people: "429 rate limit, resets 14:55", no secrets */
};
void core_verdict(struct core *c, const char *account_id, const char *model,
    const struct verdict *v, int64_t now);
void core_account_reset(struct core *c, const char *account_id, int64_t now);
/* Health as a stored document (NULL: no such account), and back at start. */
cJSON *core_health_json(struct core *c, const char *account_id);
void core_health_load(struct core *c, const char *account_id, const cJSON *doc);

/* --- views for control ------------------------------------------------------------------------- */

struct account_live {
    enum health health;
    int64_t since, until;
    char reason[192];
    struct { enum family family; int64_t until; } family_limits[FAMILIES];
    size_t n_family_limits;
    int running;
    int64_t last_used;
    struct quota quota;
    nano cost_today;
    int64_t requests_today, errors_today;
    int64_t empty_at;     /* forecast: ms when the 5-hour window runs out at this pace; 0: not */
    int sessions;         /* sticky sessions on it */
    int64_t token_expires;
};
void core_account_live(struct core *c, const char *account_id, int64_t now,
    struct account_live *out);
struct limit_view { int64_t used, reserved, limit, reset; };
struct key_live {
    int running, waiting;
    int64_t oldest_wait_ms, last_used;
    struct limit_view rate_requests, rate_tokens, rate_cost, day, week, month, total, opus;
    int addresses;
    nano cost_today;
    int64_t requests_today;
};
void core_key_live(struct core *c, const char *key_id, int64_t now, struct key_live *out);
struct session_view { char session[80], key[24], account[24]; int64_t last, until; };
struct session_view *core_sessions(struct core *c, size_t *n); /* heap; the 10,000 used last */
struct core_totals {
    int running, waiting;
    nano cost_today;
    int64_t requests_today, input_today, output_today, cache_read_today, cache_write_today;
    int64_t errors_today;
    int requests_last_minute, errors_last_minute;
};
void core_totals(struct core *c, int64_t now, struct core_totals *out);

/* --- start: counters from the ledger -------------------------------------------------------------- */

/* One booked attempt or hourly sum, replayed oldest first before the first admit; keys, accounts and
 * their health are in by then. */
struct replay {
    const char *key_id, *account_id, *model;
    int64_t at;
    int64_t requests, tokens; /* tokens: all classes */
    nano cost;
    int64_t attempts, errors, input, output, cache_read, cache_write; /* hourly only */
    bool hourly; /* an hourly tally: counts for costs and totals, not for windows. Otherwise one
                    booked attempt: counts for windows only, since its hour's tally has its cost */
};
void core_replay(struct core *c, const struct replay *r);

#endif
