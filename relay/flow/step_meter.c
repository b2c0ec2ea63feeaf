/* Meter: what the last attempt used and cost, charged to key and account; then slot and account are
 * free for others. Runs for every exchange, never fails. */
#include "flow/steps_int.h"

#include <string.h>

#include "common/text.h"

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
        .model = x->facts.model,
        .now = clock_now(),
    };

    core_charge(x->flow->house->core, x->ticket, x->key, &c);
}

enum step_verdict step_meter(struct exchange *x)
{
    struct core *core = x->flow->house->core;

    if (x->tap) {
        tap_finish(x->tap, &x->usage);
        if (!x->trial.fault[0] && tap_error_type(x->tap))
            attempt_fault(x, tap_error_type(x->tap));
    }
    if (attempt_is_booked(x)) {
        price(x);
        charge(x);
    }
    if (x->ticket)
        core_leave(core, x->ticket, clock_now());
    x->ticket = NULL;
    return STEP_NEXT;
}
