/* The loop that drives a request through the steps, and the one door out. */
#include "flow/steps_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"
#include "common/secret.h"

#define ID_RANDOM 16 /* characters: 80 bits */

static void cancelled(struct exchange *x, const struct letter *l)
{
    (void)l;
    if (x->finishing)
        return;
    fault_set(&x->fault, FAULT_UNAVAILABLE, "an administrator ended this request");
    x->has_fault = true;
    exchange_finish(x, FINISH_CANCELLED);
}

int64_t exchange_ms(const struct exchange *x)
{
    return clock_mono() - x->began_mono;
}

static void enter(struct exchange *x, enum step_id id, enum step_verdict *v)
{
    x->step = id;
    *v = flow_steps[id].enter(x);
}

void exchange_go(struct exchange *x, enum step_verdict v)
{
    while (v != STEP_WAIT && !x->buried) {
        if (v == STEP_NEXT && x->step == AT_RECORD) {
            exchange_last_bytes(x);
            return;
        }
        if (v == STEP_NEXT)
            enter(x, x->step + 1, &v);
        else if (v == STEP_RETRY)
            enter(x, AT_CHOOSE, &v);
        else if (v == STEP_FAIL) {
            exchange_fail(x);
            return;
        } else {
            exchange_finish(x, FINISH_DONE);
            return;
        }
    }
}

/* What is on the way for this exchange, in reverse order of how it came about. Slot and lease stay
 * until the usage is charged. */
static void let_go(struct exchange *x)
{
    tick_stop(x);
    wait_stop(x);
    if (x->call)
        call_cancel(x->call);
    x->call = NULL;
    x->paused = false;
}

void exchange_finish(struct exchange *x, enum finish how)
{
    if (x->finishing)
        return;
    x->finishing = true;
    x->how = how;
    if (how == FINISH_ABORTED || how == FINISH_CANCELLED)
        trail_say(&x->trail, exchange_ms(x), flow_steps[x->step].name, "%s",
            how == FINISH_ABORTED ? "the client left" : x->fault.text);
    exchange_state(x, LIVE_RECORD);
    let_go(x);
    x->step = AT_METER - 1;
    exchange_go(x, STEP_NEXT);
}

void exchange_fail(struct exchange *x)
{
    bool theirs =
        x->has_kept ||
        (x->has_fault && (x->fault.kind == FAULT_UPSTREAM || x->fault.kind == FAULT_SLOW));

    exchange_finish(x, theirs || x->streaming ? FINISH_FAILED : FINISH_REFUSED);
}

void exchange_state(struct exchange *x, enum live_state s)
{
    struct live_view *v;

    if (!x->live)
        return;
    v = live_edit(x->live);
    v->state = s;
    live_edit_done(x->live);
}

/* Called on the control thread; x is there until live_end, and what is read of it never changes. */
static void cancel_from_outside(void *arg)
{
    letter_post(letter_create(arg, cancelled));
}

static void live_start(struct exchange *x)
{
    struct live_view v = {.state = LIVE_READ, .started = x->began};

    snprintf(v.id, sizeof v.id, "%s", x->id);
    snprintf(v.key, sizeof v.key, "%s", x->key->id);
    snprintf(v.key_name, sizeof v.key_name, "%s", x->key->name);
    snprintf(v.address, sizeof v.address, "%s", x->address);
    snprintf(v.path, sizeof v.path, "%s", x->match.path);
    x->live = live_begin(x->flow->house->live, &v, cancel_from_outside, x);
    live_trail(x->live, &x->trail.items);
    x->trail.live = x->live;
}

void exchange_known(struct exchange *x, const struct key *key)
{
    x->key = key;
    trail_say(
        &x->trail, exchange_ms(x), "authenticate", "key '%s', from %s", key->name, x->address);
    if (!(x->match.route->flags & ROUTE_OWN))
        live_start(x);
}

struct exchange *exchange_create(
    struct flow *f, struct h1_conn *conn, const struct door *door, const char *address)
{
    struct exchange *x = xcalloc(1, sizeof *x);

    x->flow = f;
    x->conn = conn;
    x->door = *door;
    x->began = clock_now();
    x->began_mono = clock_mono();
    memcpy(x->id, "req_", 4);
    secret_id(x->id + 4, ID_RANDOM);
    snprintf(x->address, sizeof x->address, "%s", address);
    x->settings = settings_get(f->house->settings);
    x->data = dataset_get(f->house->data);
    x->answer_length = -1;
    trail_init(&x->trail);
    buf_init(&x->answer.fields);
    buf_init(&x->answer.body);
    buf_init(&x->kept.fields);
    buf_init(&x->kept.body);
    buf_init(&x->reply.fields);
    buf_init(&x->reply.body);
    buf_init(&x->whole);
    buf_init(&x->plan.fields);
    hold_init(&x->hold, HOLD_OPEN, 0, reply_bytes, x);
    tick_init(x);
    flow_slot_take(f, x);
    return x;
}

void exchange_start(struct exchange *x, const struct h1_head *head)
{
    enum step_verdict v;

    x->head = head_copy(head);
    enter(x, AT_ROUTE, &v);
    exchange_go(x, v);
}

void exchange_drained(struct exchange *x)
{
    if (!x->paused || !x->call)
        return;
    x->paused = false;
    call_resume(x->call);
}

void exchange_client_gone(struct exchange *x)
{
    x->conn = NULL;
    exchange_finish(x, FINISH_ABORTED);
}

void flow_cut_all(struct flow *f)
{
    for (uint32_t i = 0; i < f->n_slots; i++) {
        struct exchange *x = f->slots[i].x;
        if (!x || x->finishing)
            continue;
        fault_set(&x->fault, FAULT_UNAVAILABLE, "the relay is stopping");
        x->fault.again = x->has_fault = true;
        exchange_finish(x, FINISH_CANCELLED);
    }
}
