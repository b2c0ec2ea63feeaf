/* Attempts: what was asked of which account, and what it used. Each is booked once: alone as soon
 * as another follows it, the last one together with the request. */
#include "flow/steps_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

void attempt_begin(struct exchange *x)
{
    int number = x->trial.number + 1;

    memset(&x->trial, 0, sizeof x->trial);
    x->trial.number = number;
    x->trial.started = clock_now();
    x->trial.open = true;
    reply_release(&x->answer);
    free(x->answer_head);
    x->answer_head = NULL;
    x->opened = false;
    struct live_view *v = live_edit(x->live);
    v->attempts = number;
    live_edit_done(x->live);
}

/* Gemini tells the service tier, which decides the price, in the head alone. */
void attempt_meter(struct exchange *x, bool stream)
{
    struct span tier = {0};

    x->tap = tap_create(x->plan.wire, stream);
    if (x->plan.wire == WIRE_GEMINI && x->answer_head)
        tier = h1_get(&x->answer_head->head, "x-gemini-service-tier");
    if (tier.n)
        tap_tier(x->tap, tier.p, tier.n);
}

void attempt_fault(struct exchange *x, const char *word)
{
    snprintf(x->trial.fault, sizeof x->trial.fault, "%s", word);
}

void attempt_fill(struct exchange *x, struct attempt *a)
{
    memset(a, 0, sizeof *a);
    a->request = x->id;
    a->number = x->trial.number;
    a->key_id = x->key->id;
    a->account_id = x->lease.account->id;
    a->kind = x->lease.account->kind;
    a->model_asked = x->facts.model;
    a->dialect = dialect_name(x->dialect);
    a->client = x->client.name;
    a->started = x->trial.started;
    a->first_byte = x->trial.first_byte;
    a->ended = clock_now();
    a->status = x->trial.status;
    a->fault = x->trial.fault;
    a->aborted = x->how == FINISH_ABORTED || x->how == FINISH_CANCELLED;
    a->partial = x->trial.partial;
    a->usage = x->usage;
    a->cost = x->cost;
}

static void booked(void *arg, const struct err *failure)
{
    (void)arg;
    if (failure)
        log_line(LOG_ERROR, AREA_STORE, NULL, "an attempt was not booked: %s", failure->text);
}

const char *attempt_secret(const struct exchange *x)
{
    return x->leased && x->lease.credential ? x->lease.credential->access : NULL;
}

bool attempt_is_booked(const struct exchange *x)
{
    return x->trial.open && !(x->match.route->flags & ROUTE_FREE);
}

void attempt_close(struct exchange *x)
{
    struct attempt a;

    if (!x->trial.open)
        return;
    meter_attempt(x);
    if (attempt_is_booked(x)) {
        attempt_fill(x, &a);
        store_book(x->flow->house->store, &a, 1, NULL, booked, NULL);
    }
    memset(&x->usage, 0, sizeof x->usage);
    memset(&x->cost, 0, sizeof x->cost);
    x->trial.open = false;
}
