/* What control shows of keys, accounts, sessions and totals: copies, settled to the moment. */
#include "core/core_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "core/quota_int.h"
#include "core/sticky_int.h"

void core_account_live(
    struct core *c, const char *account_id, int64_t now, struct account_live *out)
{
    struct period_rule day = rule_day(c);
    struct account_state *as;

    *out = (struct account_live){0};
    core_lock(c, now);
    as = account_state_find(c, account_id);
    if (as) {
        health_settle(c, as, now);
        period_roll(&as->day, &day, now);
        period_roll(&as->errors, &day, now);
        out->health = as->health.health;
        out->since = as->health.since;
        out->until = as->health.until;
        memcpy(out->reason, as->health.reason, sizeof out->reason);
        for (int f = 0; f < FAMILIES; f++) {
            if (!as->health.family_until[f])
                continue;
            out->family_limits[out->n_family_limits].family = (enum family)f;
            out->family_limits[out->n_family_limits++].until = as->health.family_until[f];
        }
        out->running = as->running;
        out->last_used = as->last_used;
        out->quota = as->quota;
        out->cost_today = as->day.spent;
        out->requests_today = as->day.count;
        out->errors_today = as->errors.count;
        out->empty_at = quota_empty_at(&as->quota, now);
        out->sessions = as->n_sessions;
        out->token_expires = as->credential->expires;
    }
    core_unlock(c);
}

static struct limit_view window_view(
    struct key_state *ks, enum count_of what, int64_t reserved, int64_t limit, int64_t now)
{
    struct counts sum = window_sum(&ks->window, now);

    return (struct limit_view){.used = counts_get(&sum, what),
        .reserved = reserved,
        .limit = limit,
        .reset = limit > 0 ? window_reset(&ks->window, what, limit) : 0};
}

static struct limit_view period_view(
    struct period *p, const struct period_rule *rule, nano reserved, nano limit, int64_t now)
{
    period_roll(p, rule, now);
    return (struct limit_view){
        .used = p->spent, .reserved = reserved, .limit = limit, .reset = p->end};
}

static void key_view(struct core *c, struct key_state *ks, int64_t now, struct key_live *out)
{
    const struct key_settings *set = &ks->key->set;
    struct period_rule day = rule_day(c), week = rule_week(c, ks->key), month = rule_month(c);

    address_tick(c, now);
    out->running = ks->running;
    out->waiting = ks->waiting;
    if (!link_alone(&ks->line)) {
        int64_t since = container_of(ks->line.next, struct ticket, place)->since;

        out->oldest_wait_ms = now > since ? now - since : 0;
    }
    out->last_used = ks->last_used;
    out->rate_requests = window_view(ks, COUNT_REQUESTS, 0, set->rate_requests, now);
    out->rate_tokens = window_view(ks, COUNT_TOKENS, ks->held_tokens, set->rate_tokens, now);
    out->rate_cost = window_view(ks, COUNT_COST, ks->held, set->rate_cost, now);
    out->day = period_view(&ks->day, &day, ks->held, set->daily_cost, now);
    out->week = period_view(&ks->week, &week, ks->held, set->weekly_cost, now);
    out->month = period_view(&ks->month, &month, ks->held, set->monthly_cost, now);
    out->opus = period_view(&ks->opus, &week, ks->held_opus, set->weekly_opus_cost, now);
    out->total =
        (struct limit_view){.used = ks->total, .reserved = ks->held, .limit = set->total_cost};
    out->addresses = ks->n_addresses;
    out->cost_today = ks->day.spent;
    out->requests_today = ks->day.count;
}

void core_key_live(struct core *c, const char *key_id, int64_t now, struct key_live *out)
{
    struct key_state *ks;

    *out = (struct key_live){0};
    core_lock(c, now);
    ks = key_state_find(c, key_id);
    if (ks)
        key_view(c, ks, now, out);
    core_unlock(c);
}

struct session_view *core_sessions(struct core *c, size_t *n)
{
    struct session_view *v = xcalloc(SESSIONS_SHOWN_MAX, sizeof *v);
    size_t i = 0;

    core_lock(c, 0);
    for (const struct link *l = c->session_ages.prev;
         l != &c->session_ages && i < SESSIONS_SHOWN_MAX; l = l->prev) {
        const struct session *s = container_of(l, struct session, age);
        struct session_view *to = &v[i];

        if (c->now - s->last >= c->o.sticky_ms)
            break;
        memcpy(to->session, s->name, sizeof to->session);
        memcpy(to->key, s->key->key->id, sizeof to->key);
        memcpy(to->account, s->account->account->id, sizeof to->account);
        to->last = s->last;
        to->until = s->last + c->o.sticky_ms;
        i++;
    }
    core_unlock(c);
    *n = i;
    return v;
}

void core_totals(struct core *c, int64_t now, struct core_totals *out)
{
    core_lock(c, now);
    totals_roll(c, now);
    *out = (struct core_totals){.running = c->running,
        .waiting = c->waiting,
        .cost_today = c->today.cost,
        .requests_today = c->today.requests,
        .input_today = c->today.input,
        .output_today = c->today.output,
        .cache_read_today = c->today.cache_read,
        .cache_write_today = c->today.cache_write,
        .errors_today = c->today.errors,
        .requests_last_minute = minute_sum(&c->requests, now),
        .errors_last_minute = minute_sum(&c->errors, now)};
    core_unlock(c);
}
