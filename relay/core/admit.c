/* Admission: may this key do this now? Rules, then ceilings of money, then windows, then a slot or
 * a place in line. A refused request has consumed nothing.
 *
 * Money comes before the windows: a client that waits for a window and then hears that the month's
 * budget is gone has waited for nothing.
 */
#include "core/core_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"

bool admit_rules(const struct key_state *ks, const struct ticket *t, struct refusal *r)
{
    const struct key_settings *set = &ks->key->set;

    if (set->services.n && !strlist_has(&set->services, service_name(t->service)))
        return refuse(r, REFUSE_SERVICE, "%s", service_name(t->service));
    if (*t->model && (set->models.n || set->not_models.n) &&
        !model_allowed(t->model, &set->models, &set->not_models))
        return refuse(r, REFUSE_MODEL, "'%.80s'", t->model);
    if (set->from.n && !address_in(t->from, &set->from))
        return refuse(r, REFUSE_ADDRESS, "%.60s", *t->from ? t->from : _("an unknown address"));
    return true;
}

/* A ceiling is reached when what is spent and what requests under way have reserved come up to it:
 * the last one admitted may pass it, by at most its own cost. */
struct ceiling {
    enum refusal_code code;
    const char *name;
    nano limit, spent;
    int64_t reset; /* when spent falls; 0: never */
};

static bool ceiling_holds(const struct ceiling *m, nano held, struct refusal *r)
{
    char used[UNITS_MAX], limit[UNITS_MAX], kept[UNITS_MAX];

    if (m->limit <= 0 || add_capped(m->spent, held) < m->limit)
        return true;
    units_money(used, m->spent);
    units_money(limit, m->limit);
    if (m->spent >= m->limit)
        refuse(r, m->code, "%s: %s of %s used", _(m->name), used, limit);
    else
        refuse(r, m->code, "%s: %s of %s used, %s reserved by requests under way", _(m->name), used,
            limit, units_money(kept, held));
    r->used = m->spent;
    r->limit = m->limit;
    r->reset = m->spent >= m->limit ? m->reset : 0;
    return false;
}

bool admit_opus(struct core *c, struct key_state *ks, int64_t now, struct refusal *r)
{
    struct period_rule week = rule_week(c, ks->key);

    core_assert_held(c);
    period_roll(&ks->opus, &week, now);
    const struct ceiling dear = {REFUSE_OPUS_COST, N_("weekly cost of the opus class"),
        ks->key->set.weekly_opus_cost, ks->opus.spent, ks->opus.end};

    return ceiling_holds(&dear, ks->held_opus, r);
}

static bool ceilings_hold(
    struct core *c, struct key_state *ks, const struct ticket *t, int64_t now, struct refusal *r)
{
    const struct key_settings *set = &ks->key->set;
    struct period_rule day = rule_day(c), week = rule_week(c, ks->key), month = rule_month(c);

    period_roll(&ks->day, &day, now);
    period_roll(&ks->week, &week, now);
    period_roll(&ks->month, &month, now);
    const struct ceiling all[] = {
        {REFUSE_TOTAL_COST, N_("total cost"), set->total_cost, ks->total, 0},
        {REFUSE_MONTHLY_COST, N_("monthly cost"), set->monthly_cost, ks->month.spent,
            ks->month.end},
        {REFUSE_WEEKLY_COST, N_("weekly cost"), set->weekly_cost, ks->week.spent, ks->week.end},
        {REFUSE_DAILY_COST, N_("daily cost"), set->daily_cost, ks->day.spent, ks->day.end},
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!ceiling_holds(&all[i], ks->held, r))
            return false;
    }
    return !t->opus || admit_opus(c, ks, now, r);
}

static bool window_holds(struct key_state *ks, enum count_of what, int64_t held, int64_t limit,
    int64_t now, struct refusal *r)
{
    static const struct {
        enum refusal_code code;
        const char *name;
    } names[] = {
        [COUNT_REQUESTS] = {REFUSE_RATE_REQUESTS, N_("requests")},
        [COUNT_TOKENS] = {REFUSE_RATE_TOKENS, N_("tokens")},
        [COUNT_COST] = {REFUSE_RATE_COST, N_("cost")},
    };
    struct counts sum;
    char length[UNITS_MAX];
    int64_t used;

    if (limit <= 0)
        return true;
    sum = window_sum(&ks->window, now);
    used = counts_get(&sum, what);
    if (add_capped(used, held) < limit)
        return true;
    refuse(r, names[what].code, "%s in %s", _(names[what].name),
        units_duration(length, ks->window.length));
    r->used = used;
    r->limit = limit;
    r->reset = window_reset(&ks->window, what, limit);
    return false;
}

bool admit_limits(
    struct core *c, struct key_state *ks, const struct ticket *t, int64_t now, struct refusal *r)
{
    const struct key_settings *set = &ks->key->set;

    core_assert_held(c);
    return ceilings_hold(c, ks, t, now, r) &&
           window_holds(ks, COUNT_REQUESTS, 0, set->rate_requests, now, r) &&
           window_holds(ks, COUNT_TOKENS, ks->held_tokens, set->rate_tokens, now, r) &&
           window_holds(ks, COUNT_COST, ks->held, set->rate_cost, now, r);
}

static struct ticket *ticket_create(const struct admit_ask *ask)
{
    struct ticket *t = xcalloc(1, sizeof *t);

    link_init(&t->place);
    link_init(&t->to_wake);
    t->model = xstrdup(ask->model ? ask->model : "");
    t->from = xstrdup(ask->address ? ask->address : "");
    t->service = ask->service;
    t->free = ask->free;
    t->opus = model_is_opus_class(t->model);
    if (!ask->free) {
        t->expected = ask->expected > 0 ? ask->expected : 0;
        t->expected_tokens = ask->expected_tokens > 0 ? ask->expected_tokens : 0;
    }
    t->since = ask->now;
    t->wake = ask->wake;
    t->wake_arg = ask->wake_arg;
    return t;
}

static void ticket_free(struct ticket *t)
{
    free(t->model);
    free(t->from);
    free(t);
}

static bool line_has_room(const struct key_state *ks, struct refusal *r)
{
    const struct key_settings *set = &ks->key->set;

    if (ks->waiting < set->in_line)
        return true;
    if (set->in_line > 0) {
        refuse(r, REFUSE_LINE_FULL, "%d requests are waiting already", ks->waiting);
        r->used = ks->waiting;
        r->limit = set->in_line;
    } else {
        refuse(r, REFUSE_AT_ONCE, "%d requests are running already", ks->running);
        r->used = ks->running;
        r->limit = set->at_once;
    }
    return false;
}

static enum admit_answer admit(
    struct core *c, struct key_state *ks, struct ticket *t, int64_t now, struct refusal *r)
{
    bool slot;

    t->key = ks;
    if (!key_usable(ks->key, now, r) || !admit_rules(ks, t, r))
        return ADMIT_REFUSED;
    if (t->free) {
        t->state = TICKET_RUNNING;
        ks->tickets++;
        return ADMIT_GRANTED;
    }
    line_advance(c, ks, now);
    slot = slot_is_free(ks) && link_alone(&ks->line);
    if (!admit_limits(c, ks, t, now, r) || (!slot && !line_has_room(ks, r)) ||
        !address_hold(c, t, now, r))
        return ADMIT_REFUSED;
    ks->tickets++;
    if (slot)
        slot_take(c, t, now);
    else
        line_join(c, t);
    return slot ? ADMIT_GRANTED : ADMIT_WAITING;
}

enum admit_answer core_admit(
    struct core *c, const struct admit_ask *ask, struct ticket **t, struct refusal *r)
{
    struct ticket *mine = ticket_create(ask);
    enum admit_answer answer = ADMIT_REFUSED;
    struct key_state *ks;

    *r = (struct refusal){0};
    core_lock(c, ask->now);
    ks = key_state_find(c, ask->key->id);
    if (ks)
        answer = admit(c, ks, mine, ask->now, r);
    else
        refuse(r, REFUSE_UNKNOWN_KEY, "key was removed");
    *t = answer == ADMIT_REFUSED ? NULL : mine; /* a wake may come as soon as the lock is free */
    core_unlock(c);
    if (answer == ADMIT_REFUSED)
        ticket_free(mine);
    return answer;
}

enum admit_answer core_admit_result(
    struct core *c, struct ticket *t, int64_t now, struct refusal *r)
{
    enum admit_answer answer = ADMIT_WAITING;

    *r = (struct refusal){0};
    core_lock(c, now);
    if (t->state == TICKET_RUNNING) {
        answer = ADMIT_GRANTED;
    } else if (t->state == TICKET_REFUSED) {
        answer = ADMIT_REFUSED;
        *r = t->refusal;
    }
    core_unlock(c);
    return answer;
}

void core_leave(struct core *c, struct ticket *t, int64_t now)
{
    struct key_state *ks;

    if (!t)
        return;
    core_lock(c, now);
    ks = t->key;
    ticket_let_go(c, t, now);
    line_advance(c, ks, now);
    link_remove(&t->to_wake);
    t->leaving = true;
    while (t->waking)
        core_wait(c);
    ks->tickets--;
    key_state_settle(c, ks);
    core_unlock(c);
    ticket_free(t);
}
