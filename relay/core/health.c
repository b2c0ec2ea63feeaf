/* One health state an account, with an end. It ends by itself when its time is over, at the next
 * look at it; nothing has to run for that. What is worse stays over what is lesser:
 * login > blocked > limited > cooling. */
#include "core/core_int.h"

#include <string.h>
#include "core/quota_int.h"

#define LIMITED_DEFAULT (5 * MS_MINUTE) /* a 429 that tells no time */
#define BLOCKED_DEFAULT MS_HOUR         /* then it is tried again */
#define UNTIL_MAX (32 * MS_DAY)         /* the longest quota window is a month */
#define COOLING_TIMES_MAX 10
/* An answer may come to a request that began before the state did; a success that arrives this soon
 * after it proves nothing. */
#define DISPROOF_NEEDS (5 * MS_SECOND)

const char *health_name(enum health h)
{
    static const char *const names[] = {
        [HEALTH_READY] = "ready",
        [HEALTH_LIMITED] = "limited",
        [HEALTH_COOLING] = "cooling",
        [HEALTH_BLOCKED] = "blocked",
        [HEALTH_LOGIN] = "login",
    };

    return names[h];
}

static int health_rank(enum health h)
{
    static const int rank[] = {
        [HEALTH_READY] = 0,
        [HEALTH_COOLING] = 1,
        [HEALTH_LIMITED] = 2,
        [HEALTH_BLOCKED] = 3,
        [HEALTH_LOGIN] = 4,
    };

    return rank[h];
}

static void health_clear(struct health_state *h, int64_t now)
{
    h->health = HEALTH_READY;
    h->since = now;
    h->until = 0;
    h->reason[0] = 0;
}

/* The clock was turned back behind the beginning: the rest lasts as long as it was meant to. */
static void span_shift(int64_t *since, int64_t *until, int64_t now)
{
    if (*until && now < *since - MS_MINUTE) {
        *until -= *since - now;
        *since = now;
    }
}

bool health_settle(struct core *c, struct account_state *as, int64_t now)
{
    struct health_state *h = &as->health;
    bool changed = false;

    core_assert_held(c);
    span_shift(&h->since, &h->until, now);
    if (h->health != HEALTH_READY && h->until && now >= h->until) {
        health_clear(h, now);
        changed = true;
    }
    for (size_t f = 0; f < FAMILIES; f++) {
        span_shift(&h->family_since[f], &h->family_until[f], now);
        if (h->family_until[f] && now >= h->family_until[f]) {
            h->family_until[f] = 0;
            changed = true;
        }
    }
    quota_settle(&as->quota, now);
    if (changed)
        core_note_account(c, as->account);
    return changed;
}

static int64_t cooling_base(const struct account_settings *set, int status)
{
    if (status == 529)
        return set->cool_overload;
    return status == 403 ? set->cool_denied : set->cool_error;
}

/* Doubled with each rest in a row, up to ten times; many answers that fail in the same rest are one
 * failure. */
static int64_t cooling_time(const struct account_state *as, int status)
{
    int64_t base = cooling_base(&as->account->set, status);
    unsigned doubled = as->health.fails < 4 ? as->health.fails : 4;
    int64_t times = INT64_C(1) << doubled;

    if (base <= 0)
        base = 30 * MS_SECOND;
    return base * (times < COOLING_TIMES_MAX ? times : COOLING_TIMES_MAX);
}

static int64_t health_end(const struct account_state *as, const struct verdict *v, int64_t now)
{
    if (v->until > now)
        return v->until - now < UNTIL_MAX ? v->until : now + UNTIL_MAX;
    switch (v->health) {
    case HEALTH_LIMITED:
        return now + LIMITED_DEFAULT;
    case HEALTH_COOLING:
        return now + cooling_time(as, v->status);
    case HEALTH_BLOCKED:
        return now + BLOCKED_DEFAULT;
    case HEALTH_LOGIN:
    case HEALTH_READY:
        break;
    }
    return 0;
}

/* Whether anything changed. */
static bool health_worsen(struct account_state *as, const struct verdict *v, int64_t now)
{
    struct health_state *h = &as->health;
    bool told = v->until > now;

    if (health_rank(v->health) < health_rank(h->health))
        return false;
    if (v->health == h->health && (!told || v->until == h->until)) /* one more of the same rest */
        return false;
    h->until = v->health == HEALTH_LOGIN ? 0 : health_end(as, v, now);
    if (v->health == HEALTH_COOLING && h->health != HEALTH_COOLING)
        h->fails++;
    h->health = v->health;
    h->since = now;
    memcpy(h->reason, v->reason, sizeof h->reason);
    h->reason[sizeof h->reason - 1] = 0;
    return true;
}

static bool family_limit(
    struct account_state *as, enum family family, const struct verdict *v, int64_t now)
{
    struct health_state *h = &as->health;

    if (h->family_until[family] && v->until <= now)
        return false;
    h->family_until[family] = health_end(as, v, now);
    h->family_since[family] = now;
    return true;
}

static bool use_left(const struct window_use *u)
{
    return !u->known || u->used < 1;
}

/* A success clears what it disproves. A limit is not disproved by an answer that itself says that
 * the window is used up (overage is paid for request by request). */
static bool health_better(
    struct account_state *as, enum family family, const struct verdict *v, int64_t now)
{
    struct health_state *h = &as->health;
    bool changed = false, room = use_left(&v->quota.five_hour) && use_left(&v->quota.seven_day);

    if (h->health == HEALTH_COOLING ||
        (h->health != HEALTH_READY && now - h->since >= DISPROOF_NEEDS &&
            (room || h->health != HEALTH_LIMITED))) {
        health_clear(h, now);
        changed = true;
    }
    if (h->family_until[family] && room && now - h->family_since[family] >= DISPROOF_NEEDS) {
        h->family_until[family] = 0;
        changed = true;
    }
    if (h->health == HEALTH_READY)
        h->fails = 0;
    return changed;
}

void health_apply(struct core *c, struct account_state *as, const char *model,
    const struct verdict *v, int64_t now)
{
    enum family family = model_family(model);
    bool changed = false, moved;

    core_assert_held(c);
    health_settle(c, as, now);
    moved = quota_merge(&as->quota, &v->quota, now);
    if (v->action != ACT_OK && v->action != ACT_CLIENT)
        tally_error(c, as, now);
    if (v->action == ACT_OK && v->health == HEALTH_READY) {
        changed = health_better(as, family, v, now);
    } else if (v->action != ACT_CLIENT && v->health != HEALTH_READY) {
        if (v->health == HEALTH_LIMITED && v->family_only && v->family != FAMILY_OTHER)
            changed = family_limit(as, v->family, v, now);
        else
            changed = health_worsen(as, v, now);
    }
    if (changed || moved)
        core_note_account(c, as->account);
}

void health_signed_in(struct core *c, struct account_state *as)
{
    core_assert_held(c);
    if (as->health.health != HEALTH_LOGIN)
        return;
    health_clear(&as->health, c->now);
    core_note_account(c, as->account);
}

void core_verdict(
    struct core *c, const char *account_id, const char *model, const struct verdict *v, int64_t now)
{
    struct account_state *as;

    core_lock(c, now);
    as = account_state_find(c, account_id);
    if (as)
        health_apply(c, as, model ? model : "", v, now);
    core_unlock(c);
}

void core_account_reset(struct core *c, const char *account_id, int64_t now)
{
    struct account_state *as;

    core_lock(c, now);
    as = account_state_find(c, account_id);
    if (as) {
        health_clear(&as->health, now);
        as->health.fails = 0;
        memset(as->health.family_until, 0, sizeof as->health.family_until);
        core_note_account(c, as->account);
    }
    core_unlock(c);
}
