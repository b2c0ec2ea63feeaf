/* What was used: counters of keys and accounts, today's totals, requests a minute; and their return
 * at start, out of the ledger. */
#include "core/core_int.h"

static nano not_negative(int64_t v)
{
    return v > 0 ? v : 0;
}

void totals_roll(struct core *c, int64_t now)
{
    struct totals *t = &c->today;
    struct period at = {.start = t->start, .end = t->end};
    struct period_rule day = rule_day(c);

    core_assert_held(c);
    period_roll(&at, &day, now);
    if (t->end && at.start >= t->end)
        *t = (struct totals){0};
    t->start = at.start;
    t->end = at.end;
}

void minute_add(struct minute *m, int64_t now)
{
    int64_t second = now / MS_SECOND;
    size_t i = (size_t)(second % 60);

    if (m->second[i] != second) {
        m->second[i] = second;
        m->v[i] = 0;
    }
    m->v[i]++;
}

int minute_sum(const struct minute *m, int64_t now)
{
    int64_t second = now / MS_SECOND;
    int sum = 0;

    for (size_t i = 0; i < 60; i++) {
        if (m->second[i] > second - 60 && m->second[i] <= second)
            sum += m->v[i];
    }
    return sum;
}

void tally_error(struct core *c, struct account_state *as, int64_t now)
{
    struct period_rule day = rule_day(c);

    core_assert_held(c);
    period_add(&as->errors, &day, now, 0, 1);
    totals_roll(c, now);
    c->today.errors++;
    minute_add(&c->errors, now);
}

/* What an attempt cost is no longer expected. The rest stays reserved: another attempt may come. */
static void ticket_settle(struct ticket *t, nano cost, int64_t tokens)
{
    nano paid = cost < t->held ? cost : t->held;
    int64_t counted = tokens < t->held_tokens ? tokens : t->held_tokens;

    t->held -= paid;
    t->held_tokens -= counted;
    if (!t->slot) /* taken back: its reservation is gone already */
        return;
    t->key->held -= paid;
    t->key->held_tokens -= counted;
    if (t->opus)
        t->key->held_opus -= paid;
}

static void charge_key(struct core *c, struct key_state *ks, const char *model,
    const struct counts *used, int64_t requests, int64_t now)
{
    struct period_rule day = rule_day(c), week = rule_week(c, ks->key), month = rule_month(c);

    window_add(&ks->window, now, used);
    period_add(&ks->day, &day, now, used->cost, requests);
    period_add(&ks->week, &week, now, used->cost, 0);
    period_add(&ks->month, &month, now, used->cost, 0);
    if (model_is_opus_class(model))
        period_add(&ks->opus, &week, now, used->cost, 0);
    ks->total = add_capped(ks->total, used->cost);
}

static void charge_account(
    struct core *c, struct account_state *as, const struct key *k, nano cost, int64_t now)
{
    struct period_rule day = rule_day(c);

    period_add(&as->day, &day, now, cost, 1);
    if (!k || !as->account->set.fair_share)
        return;
    fair_roll(&as->fair, as->quota.five_hour.reset, now);
    fair_add(&as->fair, k->id, k->set.weight, cost);
}

static void charge_totals(
    struct core *c, const struct usage *u, nano cost, int64_t requests, int64_t now)
{
    struct totals *t = &c->today;

    totals_roll(c, now);
    t->cost = add_capped(t->cost, cost);
    t->requests += requests;
    t->input = add_capped(t->input, not_negative(u->input));
    t->output = add_capped(t->output, not_negative(u->output));
    t->cache_read = add_capped(t->cache_read, not_negative(u->cache_read));
    t->cache_write = add_capped(t->cache_write, not_negative(u->cache_write_5m));
    t->cache_write = add_capped(t->cache_write, not_negative(u->cache_write_1h));
}

void core_charge(struct core *c, struct ticket *t, const struct key *k, const struct charge *ch)
{
    const struct counts used = {
        .tokens = not_negative(usage_tokens(ch->usage)), .cost = not_negative(ch->cost->total)};
    const char *model = ch->model ? ch->model : "";
    struct account_state *as = NULL;
    struct key_state *ks;
    int64_t requests; /* the first attempt of a request counts as the request */

    core_lock(c, ch->now);
    requests = t && t->counted ? 0 : 1;
    if (t) {
        t->counted = true;
        ticket_settle(t, used.cost, used.tokens);
    }
    ks = k ? key_state_find(c, k->id) : NULL;
    if (ks)
        charge_key(c, ks, model, &used, requests, ch->now);
    if (ch->account_id && *ch->account_id)
        as = account_state_find(c, ch->account_id);
    if (as)
        charge_account(c, as, k, used.cost, ch->now);
    charge_totals(c, ch->usage, used.cost, requests, ch->now);
    core_unlock(c);
}

static void replay_key(struct core *c, struct key_state *ks, const struct replay *r)
{
    struct period_rule day = rule_day(c), week = rule_week(c, ks->key), month = rule_month(c);

    period_replay(&ks->day, &day, r->at, r->cost, r->requests);
    period_replay(&ks->week, &week, r->at, r->cost, 0);
    period_replay(&ks->month, &month, r->at, r->cost, 0);
    if (r->model && model_is_opus_class(r->model))
        period_replay(&ks->opus, &week, r->at, r->cost, 0);
    ks->total = add_capped(ks->total, r->cost);
}

static void replay_fair(struct account_state *as, const struct key *k, const struct replay *r)
{
    int64_t reset = as->quota.five_hour.reset;

    if (!as->account->set.fair_share || !reset || r->at < reset - 5 * MS_HOUR)
        return;
    fair_roll(&as->fair, reset, r->at);
    fair_add(&as->fair, k->id, k->set.weight, r->cost);
}

static void replay_totals(struct core *c, const struct replay *r)
{
    if (c->today.end && r->at < c->today.start)
        return;
    totals_roll(c, r->at);
    struct totals *t = &c->today;
    t->cost = add_capped(t->cost, r->cost);
    t->requests = add_capped(t->requests, r->requests);
    t->input = add_capped(t->input, r->input);
    t->output = add_capped(t->output, r->output);
    t->cache_read = add_capped(t->cache_read, r->cache_read);
    t->cache_write = add_capped(t->cache_write, r->cache_write);
    t->errors = add_capped(t->errors, r->errors);
}

static void replay_hour(
    struct core *c, struct key_state *ks, struct account_state *as, const struct replay *r)
{
    struct period_rule day = rule_day(c);

    if (ks)
        replay_key(c, ks, r);
    if (as) {
        period_replay(&as->day, &day, r->at, r->cost, r->attempts);
        period_replay(&as->errors, &day, r->at, 0, r->errors);
    }
    replay_totals(c, r);
}

static void replay_attempt(struct key_state *ks, struct account_state *as, const struct replay *r)
{
    const struct counts used = {.requests = r->requests, .tokens = r->tokens, .cost = r->cost};

    if (ks)
        window_add(&ks->window, r->at, &used);
    if (ks && as)
        replay_fair(as, ks->key, r);
}

void core_replay(struct core *c, const struct replay *r)
{
    struct key_state *ks;
    struct account_state *as;

    core_lock(c, 0);
    ks = r->key_id ? key_state_find(c, r->key_id) : NULL;
    as = r->account_id ? account_state_find(c, r->account_id) : NULL;
    if (ks && ks->last_used < r->at)
        ks->last_used = r->at;
    if (as && as->last_used < r->at)
        as->last_used = r->at;
    if (r->hourly)
        replay_hour(c, ks, as, r);
    else
        replay_attempt(ks, as, r);
    core_unlock(c);
}
