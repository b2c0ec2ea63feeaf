/* What the clock asks for: renewals ahead of expiry, tests on schedule, quota of idle accounts. */
#include "care/care_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

#define STARTS_A_TICK 8              /* a thousand accounts shall not be asked at once */
#define QUOTA_EVERY (15 * MS_MINUTE) /* of an account that no request has told about */
#define RENEW_PAUSE MS_MINUTE        /* after a failed renewal ahead of time; doubled */
#define RENEW_PAUSE_MAX (30 * MS_MINUTE)

/* What was done when, by account. */
struct chore {
    char id[24];
    int64_t renew_after, quota_at, test_at;
    int failures;
    bool seen;
};

void chores_release(struct care *c)
{
    free(c->chores);
    c->chores = NULL;
    c->n_chores = 0;
}

static struct chore *chore_find(struct care *c, const char *id)
{
    for (size_t i = 0; i < c->n_chores; i++)
        if (strcmp(c->chores[i].id, id) == 0)
            return &c->chores[i];
    return NULL;
}

static struct chore *chore_of(struct care *c, const struct account *a, int64_t now)
{
    struct chore *k = chore_find(c, a->id);
    if (!k) {
        c->chores = xreallocarray(c->chores, c->n_chores + 1, sizeof *c->chores);
        k = &c->chores[c->n_chores++];
        *k = (struct chore){.quota_at = now + MS_MINUTE, .test_at = now};
        memcpy(k->id, a->id, sizeof k->id);
    }
    k->seen = true;
    return k;
}

/* Accounts that are gone are forgotten. */
static void chores_sweep(struct care *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_chores; i++)
        if (c->chores[i].seen)
            c->chores[n++] = c->chores[i];
    c->n_chores = n;
    for (size_t i = 0; i < n; i++)
        c->chores[i].seen = false;
}

struct renewing {
    struct op op;
    char id[24];
};

static void renewing_drop(struct op *op)
{
    free(op);
}

static void renewed(void *arg, const struct err *failure)
{
    struct renewing *r = arg;
    struct chore *k = chore_find(r->op.care, r->id);
    if (k && failure) {
        int64_t pause = RENEW_PAUSE << (k->failures < 5 ? k->failures : 5);
        k->failures++;
        k->renew_after = clock_now() + (pause < RENEW_PAUSE_MAX ? pause : RENEW_PAUSE_MAX);
    } else if (k) {
        k->failures = 0;
    }
    op_end(&r->op);
}

static bool renew_due(struct care *c, const struct account *a, const struct chore *k, int64_t now)
{
    const struct provider *p = provider_by_kind(a->kind);
    const struct credential *cr = core_credential(c->o.core, a->id);
    bool due = p && p->renew_request && cr && cr->refresh && cr->expires &&
               cr->expires - c->o.renew_ahead_ms <= now && k->renew_after <= now &&
               !renew_running(c, a->id);
    credential_unref(cr);
    return due;
}

static void renew_ahead(struct care *c, const struct account *a, struct chore *k, int64_t now)
{
    struct renewing *r = xcalloc(1, sizeof *r);
    op_begin(&r->op, c, renewing_drop);
    memcpy(r->id, a->id, sizeof r->id);
    /* Not again while this one may still run. */
    k->renew_after = now + RENEW_PAUSE;
    const struct credential *cr = core_credential(c->o.core, a->id);
    unsigned generation = cr ? cr->generation : 0;
    credential_unref(cr);
    renew_here(c, a->id, generation, renewed, r);
}

static bool quota_due(struct care *c, const struct account *a, struct chore *k, int64_t now)
{
    const struct provider *p = provider_by_kind(a->kind);
    if (!p || !p->profile_request || k->quota_at > now)
        return false;
    k->quota_at = now + QUOTA_EVERY;
    struct account_live live;
    core_account_live(c->o.core, a->id, now, &live);
    bool told = live.quota.five_hour.known && live.quota.five_hour.at > now - QUOTA_EVERY;
    return !told && live.health != HEALTH_LOGIN && live.health != HEALTH_BLOCKED;
}

static bool test_due(const struct account *a, struct chore *k, int64_t now)
{
    if (a->set.test_every <= 0 || now - k->test_at < a->set.test_every)
        return false;
    k->test_at = now;
    return true;
}

/* At most one thing an account and tick; a renewal goes before all. */
static bool account_tick(struct care *c, const struct account *a, int64_t now)
{
    struct chore *k = chore_of(c, a, now);
    if (a->off)
        return false;
    if (renew_due(c, a, k, now))
        renew_ahead(c, a, k, now);
    else if (test_due(a, k, now))
        care_test(c, a->id, NULL, NULL, NULL);
    else if (quota_due(c, a, k, now))
        care_profile(c, a->id, NULL, NULL);
    else
        return false;
    return true;
}

void care_tick(struct care *c, int64_t now)
{
    signings_expire(c, now);
    size_t n;
    const struct account **all = core_accounts(c->o.core, &n);
    int started = 0;
    for (size_t i = 0; i < n; i++) {
        if (started < STARTS_A_TICK)
            started += account_tick(c, all[i], now);
        else
            chore_of(c, all[i], now);
        account_unref(all[i]);
    }
    free(all);
    chores_sweep(c);
}
