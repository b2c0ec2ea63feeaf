/* The last bytes of a reply, which go out only now that the row is committed; then the end of the
 * exchange itself. */
#include "flow/steps_int.h"

#include <stdlib.h>

#include "base/log.h"
#include "common/alloc.h"
#include "common/json.h"

void reply_release(struct reply *r)
{
    buf_release(&r->fields);
    buf_release(&r->body);
    r->status = 0;
}

/* The connection may take its next request before these return; the exchange is through with it. */
static void give_back(struct exchange *x)
{
    struct h1_conn *conn = x->conn;

    x->conn = NULL;
    x->door.ended(x->door.self);
    h1_send_end(conn);
}

static void send_reply(struct exchange *x)
{
    reply_head(x, x->reply.status, &x->reply.fields, (int64_t)x->reply.body.len);
    if (x->reply.body.len)
        reply_bytes(x, x->reply.body.data, x->reply.body.len);
    give_back(x);
}

/* A stream that cannot be completed says so in words of its dialect, then ends without the last
 * chunk, so that nobody takes it for whole. */
static void end_broken(struct exchange *x)
{
    struct buf event = BUF_INIT;

    hold_drop(&x->hold);
    /* One error event is enough: the upstream's own, if it sent one. */
    bool told = x->tap && tap_error_type(x->tap);
    if (x->events && !told && hold_between(&x->hold)) {
        fault_event(&x->fault, x->dialect, x->id, clock_now(), &event);
        reply_bytes(x, event.data, event.len);
    }
    buf_release(&event);
    x->conn = NULL;
    x->door.cut(x->door.self);
}

void exchange_last_bytes(struct exchange *x)
{
    if (!x->conn) {
        exchange_bury(x);
        return;
    }
    if (!x->replied) {
        if (!x->reply.status)
            reply_set_fault(x);
        send_reply(x);
    } else if (x->how == FINISH_DONE) {
        hold_flush(&x->hold);
        give_back(x);
    } else {
        end_broken(x);
    }
    exchange_bury(x);
}

/* Frees later, from the loop: callers up the stack still look at x. */
void exchange_bury(struct exchange *x)
{
    struct flow *f = x->flow;

    if (x->buried)
        return;
    x->buried = true;
    x->finishing = true;
    flow_slot_give(f, x);
    x->next_dead = f->dead;
    f->dead = x;
    event_active(&f->reap, EV_TIMEOUT, 0);
}

static void tried_free(struct exchange *x)
{
    for (size_t i = 0; i < x->n_tried; i++)
        free(x->tried[i]);
    free(x->tried);
}

static void exchange_free(struct exchange *x)
{
    struct core *core = x->flow->house->core;

    tick_stop(x);
    wait_stop(x);
    if (x->live)
        live_end(x->live);
    x->trail.live = NULL;
    if (x->call)
        call_cancel(x->call);
    if (x->leased)
        core_release(core, &x->lease, clock_now());
    if (x->served)
        account_unref(x->served);
    if (x->ticket)
        core_leave(core, x->ticket, clock_now());
    exchange_forget_request(x);
    free(x->answer_head);
    plan_release(&x->plan);
    if (x->tap)
        tap_free(x->tap);
    hold_release(&x->hold);
    buf_release(&x->whole);
    reply_release(&x->answer);
    reply_release(&x->kept);
    reply_release(&x->reply);
    facts_release(&x->facts);
    route_match_release(&x->match);
    trail_release(&x->trail);
    tried_free(x);
    if (x->key)
        key_unref(x->key);
    settings_unref(x->settings);
    dataset_unref(x->data);
    free(x);
}

/* A held stream keeps nothing of its request in memory. */
void exchange_forget_request(struct exchange *x)
{
    struct house *h = x->flow->house;

    free(x->head);
    x->head = NULL;
    if (x->scan)
        jscan_free(x->scan);
    x->scan = NULL;
    body_unref(x->body);
    x->body = NULL;
    atomic_fetch_sub_explicit(&h->body_bytes, (long long)x->budgeted, memory_order_relaxed);
    x->budgeted = 0;
}

static void reap(evutil_socket_t fd, short what, void *arg)
{
    struct flow *f = arg;

    (void)fd;
    (void)what;
    while (f->dead) {
        struct exchange *x = f->dead;
        f->dead = x->next_dead;
        exchange_free(x);
    }
}

struct flow *flow_create(
    struct house *h, struct event_base *base, struct mailbox *mailbox, struct upstream *upstream)
{
    struct flow *f = xcalloc(1, sizeof *f);

    f->house = h;
    f->base = base;
    f->mailbox = mailbox;
    f->upstream = upstream;
    event_assign(&f->reap, base, -1, 0, reap, f);
    return f;
}

void flow_free(struct flow *f)
{
    if (!f)
        return;
    for (uint32_t i = 0; i < f->n_slots; i++)
        if (f->slots[i].x)
            exchange_bury(f->slots[i].x);
    event_del(&f->reap);
    reap(-1, 0, f);
    free(f->slots);
    free(f);
}

size_t flow_running(const struct flow *f)
{
    return atomic_load_explicit(&f->running, memory_order_relaxed);
}
