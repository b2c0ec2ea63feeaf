/* Admit: which client this is, whether the key may do this now, and a slot or a place in the line.
 */
#include "flow/steps_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"

static enum step_verdict refuse(struct exchange *x, const struct refusal *r)
{
    fault_from_refusal(&x->fault, r, x->key->name, x->flow->house->zone, clock_now());
    x->has_fault = true;
    trail_refused(&x->trail, exchange_ms(x), "admit", r->code, x->fault.text);
    return STEP_FAIL;
}

static bool client_fits(struct exchange *x, struct refusal *r)
{
    const struct key_settings *set = &x->key->set;
    /* The whole of it: behind its prefix one client's path looks like another's. */
    char *path = route_path(x->head->head.target, NULL);
    struct client_facts facts = {
        .head = &x->head->head,
        .path = path ? path : "",
        .user_id = x->facts.user_id,
        .has_system = x->facts.has_system,
        .helper = (x->match.route->flags & ROUTE_FREE) != 0,
    };
    char why[160] = "";

    clients_recognise(x->data->clients, &facts, &x->client);
    bool fits = !set->clients.n || clients_allowed(x->data->clients, &set->clients, &facts, why);
    free(path);
    if (fits)
        return true;
    r->code = REFUSE_CLIENT;
    snprintf(r->detail, sizeof r->detail, "%s", why);
    return false;
}

static void show_request(struct exchange *x)
{
    struct live_view *v = live_edit(x->live);

    snprintf(v->model, sizeof v->model, "%s", x->facts.model);
    snprintf(v->client, sizeof v->client, "%s", x->client.name);
    v->stream = x->facts.stream;
    live_edit_done(x->live);
}

static void leave_line(struct exchange *x)
{
    int64_t now = clock_mono();

    trail_line(&x->trail, exchange_ms(x), now - x->line_since, x->line_place);
    /* Answered already or not: the wait in line is over, other waits do not count as one. */
    x->line_since = 0;
}

static enum step_verdict answered(struct exchange *x, enum admit_answer a, const struct refusal *r)
{
    if (a == ADMIT_WAITING)
        return STEP_WAIT;
    if (x->line_since)
        leave_line(x);
    return a == ADMIT_GRANTED ? STEP_NEXT : refuse(x, r);
}

static void woken(struct exchange *x, const struct letter *l)
{
    struct refusal r = {0};
    enum step_verdict v;

    (void)l;
    if (x->finishing || x->step != AT_ADMIT || !x->ticket)
        return;
    v = answered(x, core_admit_result(x->flow->house->core, x->ticket, clock_now(), &r), &r);
    exchange_go(x, v);
}

/* Any thread. x is there until core_leave has returned, and what is read of it never changes. */
static void wake(void *arg)
{
    letter_post(letter_create(arg, woken));
}

enum step_verdict step_admit(struct exchange *x)
{
    struct house *h = x->flow->house;
    bool nothing_booked = (x->match.route->flags & ROUTE_FREE) != 0;
    struct admit_ask ask = {
        .key = x->key,
        .service = x->service,
        .model = x->facts.model,
        .address = x->address,
        .free = nothing_booked,
        .now = clock_now(),
        .wake = wake,
        .wake_arg = x,
    };
    struct refusal r = {0};
    enum admit_answer a;

    if (store_busy(h->store, NULL)) {
        r.code = REFUSE_STORE;
        return refuse(x, &r);
    }
    if (!client_fits(x, &r))
        return refuse(x, &r);
    show_request(x);
    if (!nothing_booked) {
        uint64_t size = body_size(x->body);
        ask.expected = price_expect(x->data->prices, x->facts.model, size, x->facts.max_tokens);
        ask.expected_tokens = tokens_expect(size, x->facts.max_tokens);
    }
    tick_start(x);
    a = core_admit(h->core, &ask, &x->ticket, &r);
    if (a == ADMIT_WAITING) {
        x->line_since = clock_mono();
        x->line_place = core_line_place(h->core, x->ticket);
        struct live_view *v = live_edit(x->live);
        v->state = LIVE_LINE;
        v->line_since = x->line_since;
        live_edit_done(x->live);
        tick_start(x);
    }
    return answered(x, a, &r);
}
