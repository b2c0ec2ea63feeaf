/* What is behind the one lock. Private to this room: every function here expects the lock to be
 * held unless it says otherwise. */
#ifndef CRS_CORE_INT_H
#define CRS_CORE_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include "core/core.h"
#include "core/fair_int.h"
#include "core/limit_int.h"
#include "core/map_int.h"

#define SESSIONS_MAX 65536        /* sticky sessions in all */
#define SESSIONS_PER_KEY_MAX 4096 /* so that one key cannot push out the sessions of others */
#define SESSIONS_SHOWN_MAX 10000  /* of core_sessions: those used last */
#define ADDRESS_LINGER (5 * MS_MINUTE)
#define ADDRESSES_SHOWN_MAX 1024 /* followed for a key without a limit on them */

/* One key: its present record and what it has used. Lives until it is dropped and the last ticket
 * on it has left. */
struct key_state {
    struct map_node by_id, by_name, by_hash, by_old;
    bool named, old_hashed; /* whether by_name and by_old are in their tables */
    bool dropped;
    const struct key *key;
    int tickets;
    struct window window;
    struct period day, week, month, opus; /* day.count: requests of the day */
    nano total, held, held_opus; /* held: reserved by requests under way, by those of the class */
    int64_t held_tokens;
    int running, waiting;
    struct link line;     /* of tickets, first in first */
    struct link in_lines; /* in core.lines while someone waits */
    struct link addresses;
    int n_addresses;
    struct link sessions; /* least recently used first */
    int n_sessions;
    int64_t last_used;
};

struct health_state {
    enum health health;
    int64_t since, until;
    unsigned fails; /* rests in a row without a success between */
    char reason[192];
    int64_t family_since[FAMILIES], family_until[FAMILIES];
};

struct account_state {
    struct map_node by_id;
    const struct account *account;
    const struct credential *credential;
    unsigned serial; /* tells this one from a later one with the same id */
    int running;
    int64_t last_used;
    uint64_t order; /* of its last choice: exact where ms are not */
    struct health_state health;
    struct quota quota;
    struct period day;
    struct period errors; /* count only */
    struct fair fair;
    struct link sessions;
    int n_sessions;
};

enum ticket_state { TICKET_WAITING, TICKET_RUNNING, TICKET_REFUSED };
struct ticket {
    enum ticket_state state;
    struct key_state *key;
    struct link place;   /* in the key's line while waiting, in core.leases while it has a slot */
    struct link to_wake; /* in core.wakes until its wake is called */
    struct address *address;
    bool free, opus, slot, counted, waking, leaving;
    char *model, *from;
    enum service service;
    nano expected, held;
    int64_t expected_tokens, held_tokens;
    int64_t since, touched;
    void (*wake)(void *arg);
    void *wake_arg;
    struct refusal refusal;
};

struct minute { /* events of the last 60 s, by second */
    int64_t second[60];
    int v[60];
};
struct totals {
    int64_t start, end;
    nano cost;
    int64_t requests, input, output, cache_read, cache_write, errors;
};

struct core {
    pthread_mutex_t lock;
    pthread_cond_t woken;         /* a wake that core_leave waits for is over */
    _Atomic(const void *) holder; /* who has the lock: the address of a thread's own variable */
    struct core_options o;
    struct zone *own_zone;
    struct core_sink sink;
    unsigned char hash_key[MAP_HASH_KEY];
    int64_t now; /* the last moment a caller gave: for calls that bring none */

    struct map keys, key_names, key_hashes, old_hashes;
    struct map account_ids;
    struct account_state **accounts; /* by name */
    size_t n_accounts;
    unsigned serial;
    uint64_t order;

    struct link wakes; /* tickets to be woken once the lock is free */
    struct link notes; /* for the sink */
    bool sinking;
    struct link leases; /* tickets with a slot, longest untouched first */
    struct link lines;  /* keys where someone waits */
    struct map addresses;
    struct link idle_addresses; /* longest idle first */
    struct map sessions;
    struct link session_ages; /* least recently used first */

    int running, waiting;
    struct totals today;
    struct minute requests, errors;
};

/* core.c */
void core_lock(struct core *c, int64_t now); /* now 0: none to tell */
/* Unlocks, then calls the wakes and sink calls that have come up. */
void core_unlock(struct core *c);
void core_assert_held(const struct core *c);
void core_wait(struct core *c); /* for core.woken */
void core_note_key(struct core *c, const struct key *k);
void core_note_account(struct core *c, const struct account *a);

/* records.c, records_account.c */
struct key_state *key_state_find(struct core *c, const char *id);
struct key_state *key_by_hash(struct core *c, const unsigned char *hash);
struct key_state *key_by_old_hash(struct core *c, const unsigned char *hash);
struct account_state *account_state_find(struct core *c, const char *id);
void key_state_settle(struct core *c, struct key_state *ks); /* frees it when nothing needs it */
void records_clear(struct core *c);
struct period_rule rule_day(const struct core *c);
struct period_rule rule_week(const struct core *c, const struct key *k);
struct period_rule rule_month(const struct core *c);
void records_reshape(struct core *c); /* the zone changed */
void accounts_reshape(struct core *c);
void accounts_clear(struct core *c);

/* authenticate.c */
bool key_usable(const struct key *k, int64_t now, struct refusal *r); /* at all */
bool refuse(struct refusal *r, enum refusal_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))); /* always false */

/* admit.c: service, model, address; ceilings and windows; the ceiling of the opus class alone */
bool admit_rules(const struct key_state *ks, const struct ticket *t, struct refusal *r);
bool admit_limits(
    struct core *c, struct key_state *ks, const struct ticket *t, int64_t now, struct refusal *r);
bool admit_opus(struct core *c, struct key_state *ks, int64_t now, struct refusal *r);

/* line.c: slots and the waiting line */
bool slot_is_free(const struct key_state *ks);
void slot_take(struct core *c, struct ticket *t, int64_t now);
void slot_free(struct core *c, struct ticket *t);
void line_join(struct core *c, struct ticket *t);
void line_advance(struct core *c, struct key_state *ks, int64_t now);
void line_refuse_all(struct core *c, struct key_state *ks, enum refusal_code code);
void line_tick(struct core *c, int64_t now);
void ticket_let_go(struct core *c, struct ticket *t, int64_t now); /* all but memory and wake */

/* address.c */
/* Counts an address for a ticket; false when that would be one too many. */
bool address_hold(struct core *c, struct ticket *t, int64_t now, struct refusal *r);
void address_let_go(struct core *c, struct ticket *t, bool used, int64_t now);
void address_tick(struct core *c, int64_t now);
void address_forget(struct core *c, struct key_state *ks);

/* health.c */
bool health_settle(struct core *c, struct account_state *as, int64_t now); /* lazily, by time */
void health_apply(struct core *c, struct account_state *as, const char *model,
    const struct verdict *v, int64_t now);
void health_signed_in(struct core *c, struct account_state *as);

/* sticky.c */
struct session;
struct session *sticky_find(struct core *c, struct key_state *ks, const char *name, int64_t now);
struct account_state *sticky_account(const struct session *s);
void sticky_set(
    struct core *c, struct key_state *ks, const char *name, struct account_state *as, int64_t now);
void sticky_drop(struct core *c, struct session *s);
void sticky_drop_account(struct core *c, struct account_state *as);
void sticky_drop_key(struct core *c, struct key_state *ks);
void sticky_tick(struct core *c, int64_t now);

/* tally.c */
void totals_roll(struct core *c, int64_t now);
void minute_add(struct minute *m, int64_t now);
int minute_sum(const struct minute *m, int64_t now);
void tally_error(struct core *c, struct account_state *as, int64_t now);

#endif
