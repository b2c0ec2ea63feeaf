/* Meter: what the last attempt used and cost, charged to key and account; then its slot is
 * free for others. Runs for every exchange, never fails. */
#include "flow/steps_int.h"

#include <string.h>

#include "base/log.h"
#include "common/text.h"
#include "common/units.h"

static bool asks_for_long_context(const struct exchange *x)
{
    return x->long_context || text_ends(x->facts.model, "[1m]");
}

static void price(struct exchange *x)
{
    const struct price_hints hints = {.long_context_beta = asks_for_long_context(x)};
    const char *model = x->usage.model;

    if (!*model)
        model = x->plan.model ? x->plan.model : x->facts.model;
    price_cost(x->data->prices, model, &x->usage, &hints, &x->cost);
}

static void charge(struct exchange *x)
{
    struct charge c = {
        .usage = &x->usage,
        .cost = &x->cost,
        .account_id = x->lease.account->id,
        /* As in the ledger, out of which the counters come back at a start. */
        .model = *x->usage.model ? x->usage.model : x->facts.model,
        .now = clock_now(),
    };

    core_charge(x->flow->house->core, x->ticket, x->key, &c);
}

static void say_meter(struct exchange *x)
{
    const struct usage *u = &x->usage;
    char cost[UNITS_MAX];

    if (!u->seen) {
        trail_say(&x->trail, exchange_ms(x), "meter", "the upstream told no usage");
        return;
    }
    trail_say(&x->trail, exchange_ms(x), "meter",
        "%lld tokens in, %lld out, $%s by the prices of '%s'%s",
        (long long)(usage_tokens(u) - u->output), (long long)u->output,
        units_money_exact(cost, x->cost.total), x->cost.row,
        x->cost.fallback ? " for want of its own" : "");
}

/* It came too late for another account to be tried; the requests that follow need not run into it.
 */
static void judge_error_event(struct exchange *x)
{
    const struct account *a = x->lease.account;
    const char *type = tap_error_type(x->tap), *message = tap_error_message(x->tap);
    struct verdict v = {0};
    int64_t now = clock_now();

    if (!x->streaming || x->answer.status >= 300 || (!type && !message) ||
        !provider_judge_event(a, type, message, now, &v))
        return;
    core_verdict(x->flow->house->core, a->id, x->facts.model, &v, now);
    log_line(LOG_INFO, AREA_UPSTREAM, x->id, "account '%s' sent an error in its answer: %s",
        a->name, v.reason);
    trail_say(&x->trail, exchange_ms(x), "stream", "the upstream sent an error: %s", v.reason);
}

void meter_attempt(struct exchange *x)
{
    if (x->tap) {
        tap_finish(x->tap, &x->usage);
        tap_free(x->tap);
        x->tap = NULL;
    }
    if (!attempt_is_booked(x))
        return;
    if (x->usage.seen)
        price(x);
    charge(x); /* one that failed was a request as well: so the ledger counts */
}

enum step_verdict step_meter(struct exchange *x)
{
    struct core *core = x->flow->house->core;

    if (x->tap) {
        tap_finish(x->tap, &x->usage);
        if (!x->trial.fault[0] && tap_error_type(x->tap))
            attempt_fault(x, tap_error_type(x->tap));
        judge_error_event(x);
    }
    if (attempt_is_booked(x)) {
        price(x);
        charge(x);
        say_meter(x);
    }
    if (x->ticket)
        core_leave(core, x->ticket, clock_now());
    x->ticket = NULL;
    return STEP_NEXT;
}
