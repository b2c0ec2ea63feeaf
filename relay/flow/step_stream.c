/* Stream: the answer's bytes to the client as they come, past the meter, with back pressure. The
 * last ones wait in x->hold until the row is committed. */
#include "dialect/transform.h"
#include "flow/steps_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"

/* An upstream that keeps its connection open behind the last event is not waited for longer. */
#define FINAL_GRACE_MS 2000
#define WHOLE_MAX (16 << 10) /* bytes of a counted body that is sent in one piece */

static void grace_over(struct exchange *x)
{
    exchange_finish(x, FINISH_DONE);
}

static void last_event_seen(struct exchange *x)
{
    hold_final(&x->hold);
    wait_start(x, FINAL_GRACE_MS, grace_over);
}

static void press_back(struct exchange *x)
{
    if (!x->conn || !x->call || x->paused || h1_conn_queued(x->conn) <= h1_server_limits.high)
        return;
    x->paused = true;
    call_pause(x->call);
}

static struct transform *active_transform(const struct exchange *x)
{
    struct transform *t = x->answer.status < 300 ? x->plan.transform : NULL;

    return t && t->events_only && !x->answer_events ? NULL : t;
}

/* Bytes that were metered. */
static void emit(struct exchange *x, const char *p, size_t n)
{
    if (x->tap && x->events && !x->hold.final && tap_complete(x->tap))
        last_event_seen(x);
    hold_feed(&x->hold, p, n);
    press_back(x);
    tick_progress(x);
}

static void client_bytes(struct exchange *x, const char *p, size_t n)
{
    const struct transform *t = active_transform(x);

    if (!n)
        return;
    if (x->tap && !(t && t->metered_before))
        tap_feed(x->tap, p, n);
    emit(x, p, n);
}

/* Whether the client gets one reply at the end: a transform wants it so, or it is so short that its
 * bytes would wait for the commit anyway. */
static bool makes_whole(const struct exchange *x)
{
    const struct transform *t = active_transform(x);

    if (t || x->answer_events)
        return t && t->whole;
    return !x->opened && x->answer_length >= 0 && x->answer_length <= WHOLE_MAX;
}

static void pass(struct exchange *x, const char *p, size_t n)
{
    if (makes_whole(x))
        buf_add(&x->whole, p, n);
    else
        client_bytes(x, p, n);
}

static void drop_call(struct exchange *x)
{
    if (x->call)
        call_cancel(x->call);
    x->call = NULL;
}

static void broken(struct exchange *x, enum call_fault fault, const char *text)
{
    const struct account *a = x->lease.account;
    struct upstream_answer ans = {.fault = fault, .now = clock_now()};
    struct verdict v = {0};

    provider_by_kind(a->kind)->judge(a, &ans, &v);
    core_verdict(x->flow->house->core, a->id, x->facts.model, &v, ans.now);
    x->trial.partial = true;
    /* An upstream that says what is wrong and then hangs up is booked with its own word. */
    const char *said = x->tap ? tap_error_type(x->tap) : NULL;
    attempt_fault(x, said ? said : call_fault_name(fault));
    log_line(LOG_INFO, AREA_UPSTREAM, x->id, "answer of account '%s' broke off: %s, %s", a->name,
        call_fault_name(fault), text ? text : "");
    fault_set(&x->fault, FAULT_UPSTREAM, "the upstream's answer broke off: %s%s%s",
        call_fault_name(fault), text && *text ? ", " : "", text ? text : "");
    x->has_fault = true;
    trail_say(&x->trail, exchange_ms(x), "stream", "%s", x->fault.text);
    exchange_go(x, STEP_FAIL);
}

/* ERR_FAILED: the upstream itself said that it failed; anything else is a broken format. */
static void transform_failed(struct exchange *x, const struct err *e)
{
    drop_call(x);
    if (e->code != ERR_FAILED) {
        broken(x, CALL_PROTOCOL, e->text);
        return;
    }
    const char *said = x->tap ? tap_error_type(x->tap) : NULL;
    attempt_fault(x, said ? said : "failed");
    fault_set(&x->fault, FAULT_UPSTREAM, "%s", e->text);
    x->has_fault = true;
    exchange_go(x, STEP_FAIL);
}

void stream_bytes(struct exchange *x, const char *p, size_t n)
{
    struct transform *t = active_transform(x);
    struct buf out = BUF_INIT;
    struct err e;

    if (!t) {
        pass(x, p, n);
        return;
    }
    if (t->metered_before && x->tap)
        tap_feed(x->tap, p, n);
    err_clear(&e);
    int rc = t->feed(t, p, n, &out, &e);
    pass(x, out.data, out.len);
    buf_release(&out);
    if (rc < 0)
        transform_failed(x, &e);
}

static void end_whole(struct exchange *x)
{
    if (x->tap && !x->opened)
        tap_feed(x->tap, x->whole.data, x->whole.len);
    reply_release(&x->reply);
    x->reply.status = x->answer.status;
    x->reply.fields = x->answer.fields;
    buf_init(&x->answer.fields);
    x->reply.body = x->whole;
    buf_init(&x->whole);
}

void stream_end(struct exchange *x)
{
    struct transform *t = active_transform(x);
    struct buf out = BUF_INIT;
    struct err e;

    err_clear(&e);
    if (t) {
        int rc = t->finish(t, &out, &e);
        if (rc == 0)
            pass(x, out.data, out.len);
        buf_release(&out);
        if (rc < 0) {
            transform_failed(x, &e);
            return;
        }
    }
    if (makes_whole(x))
        end_whole(x);
    /* Ended in due form, but without the event that ends such a stream: the client gets it as it
     * is and sees for itself. */
    x->trial.partial = x->tap && x->events && !tap_complete(x->tap);
    exchange_finish(x, FINISH_DONE);
}

/* Behind the last event nothing was missing. */
void stream_broken(struct exchange *x, enum call_fault fault, const char *text)
{
    if (x->hold.final)
        exchange_finish(x, FINISH_DONE);
    else
        broken(x, fault, text);
}

static enum step_verdict only_an_event(struct exchange *x)
{
    if (x->answer.status >= 300) {
        judge_words(x, &x->answer);
    } else {
        fault_set(&x->fault, FAULT_UPSTREAM, "the upstream answered without a stream");
        x->has_fault = true;
    }
    return STEP_FAIL;
}

static void begin_reply(struct exchange *x)
{
    bool changed = active_transform(x) != NULL;
    int64_t length = changed ? -1 : x->answer_length;

    x->events = x->answer_events;
    if (x->events)
        length = -1;
    hold_init(&x->hold,
        x->events     ? HOLD_EVENTS
        : length >= 0 ? HOLD_LENGTH
                      : HOLD_OPEN,
        length >= 0 ? (uint64_t)length : 0, reply_bytes, x);
    reply_head(x, x->answer.status, &x->answer.fields, length);
    buf_release(&x->answer.fields);
}

static void show_stream(struct exchange *x)
{
    struct live_view *v = live_edit(x->live);

    v->state = LIVE_STREAM;
    v->first_byte = x->trial.first_byte;
    live_edit_done(x->live);
}

enum step_verdict step_stream(struct exchange *x)
{
    struct buf first = x->answer.body;

    if (x->replied && !(x->answer_events && x->answer.status < 300))
        return only_an_event(x);
    if (x->answer.status < 300 && !x->opened)
        attempt_meter(x, makes_whole(x) ? false : x->answer_events);
    else if (x->answer.status >= 300)
        judge_words(x, &x->answer);
    if (!x->replied && !makes_whole(x))
        begin_reply(x);
    body_unref(x->plan.body);
    x->plan.body = NULL;
    free(x->answer_head);
    x->answer_head = NULL;
    exchange_forget_request(x);
    show_stream(x);
    tick_start(x);
    x->streaming = true;
    trail_say(&x->trail, exchange_ms(x), "stream", "status %d to the client", x->answer.status);
    buf_init(&x->answer.body);
    if (first.len && x->opened)
        emit(x, first.data, first.len);
    else if (first.len)
        stream_bytes(x, first.data, first.len);
    buf_release(&first);
    if (x->answer_ended && !x->finishing)
        stream_end(x);
    return STEP_WAIT;
}
