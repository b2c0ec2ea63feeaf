/* The opening of a stream: its head and first events wait until one of them says something, so that
 * an error in place of an answer can still be met by another account. What counts as prelude and
 * what as an error stands with the wires, in meter/opening.c.
 *
 * message_start is kept back with the rest: behind it an overloaded upstream says so, and once a
 * client has it no answer of another account, which begins with one of its own, can follow. It
 * costs the gap to the event behind it, which opens the block: with 300 ms between events Claude
 * Code has its first event 300 ms later than from the upstream itself (374 ms, not 92), its first
 * text at the same time. */
#include "dialect/transform.h"
#include "flow/steps_int.h"

#include <string.h>

#define FINAL_GRACE_MS 2000 /* for a connection that stays open behind the last event */
#define OPENING_MAX                                                                                \
    ((size_t)256 << 10) /* prelude that is held: Responses echo their instructions */

/* Whether the client's bytes are made at the end, out of all of them: then all of it is opening. */
static bool collected(const struct exchange *x)
{
    return x->plan.transform && x->plan.transform->whole;
}

/* A stream in a JSON array, as Google sends it without alt=sse. */
static bool array_stream(const struct exchange *x)
{
    return x->plan.wire == WIRE_GEMINI && x->facts.stream && !x->plan.transform;
}

static void passed(struct exchange *x)
{
    x->opening = false;
    x->opened = true;
    wait_stop(x);
    judge_answer(x, CALL_OK, NULL);
}

static void show(struct exchange *x)
{
    struct live_view *v = live_edit(x->live);

    v->first_byte = x->trial.first_byte;
    if (collected(x))
        v->state = LIVE_STREAM;
    live_edit_done(x->live);
}

bool opening_begin(struct exchange *x)
{
    bool events = collected(x) ? x->plan.stream : x->answer_events;

    if (x->plan.wire == WIRE_NONE || !(events || array_stream(x)))
        return false;
    x->opening = true;
    attempt_meter(x, events);
    show(x);
    /* A client of a stream is not left in silence for longer than this. */
    if (!x->replied && !collected(x))
        wait_start(x, x->settings->v.ping_after, passed);
    return true;
}

static void look(struct exchange *x)
{
    enum opening o = tap_opening(x->tap);
    bool error = o == OPENING_ERROR || (collected(x) && tap_error_type(x->tap));

    if (error && judge_event(x, tap_error_type(x->tap), tap_error_message(x->tap)))
        return;
    if (collected(x) && !x->answer_ended)
        return;
    if (error || o == OPENING_CONTENT || x->answer_ended || x->answer.body.len > OPENING_MAX)
        passed(x);
}

static void broken(struct exchange *x, enum call_fault fault, const char *text)
{
    x->trial.partial = true;
    judge_answer(x, fault, text);
}

void opening_bytes(struct exchange *x, const char *p, size_t n)
{
    struct transform *t = x->plan.transform;
    struct buf *to = &x->answer.body;
    size_t before = to->len;
    bool over = tap_complete(x->tap);
    struct err e;

    err_clear(&e);
    if (!t)
        buf_add(to, p, n);
    else if (t->feed(t, p, n, to, &e) < 0) {
        broken(x, CALL_PROTOCOL, e.text);
        return;
    }
    if (t && t->metered_before)
        tap_feed(x->tap, p, n);
    else
        tap_feed(x->tap, to->data + before, to->len - before);
    if (collected(x) && !over && tap_complete(x->tap))
        wait_start(x, FINAL_GRACE_MS, opening_end);
    tick_progress(x);
    look(x);
}

/* Whether what ended is less than an answer. */
static bool cut_short(struct exchange *x)
{
    if (collected(x))
        return !tap_complete(x->tap) && !tap_error_type(x->tap);
    return x->answer_events && tap_opening(x->tap) == OPENING_PRELUDE;
}

void opening_end(struct exchange *x)
{
    struct usage unused;

    if (x->call)
        call_cancel(x->call);
    x->call = NULL;
    x->answer_ended = true;
    if (x->answer_events || collected(x))
        tap_feed(x->tap, "\n\n", 2); /* the last event may lack the empty line behind it */
    else
        tap_finish(x->tap, &unused);
    if (cut_short(x))
        broken(x, CALL_TRUNCATED, "it ended before it had said anything");
    else
        look(x);
}

void opening_broken(struct exchange *x, enum call_fault fault, const char *text)
{
    /* Behind the last event nothing was missing. */
    if (collected(x) && tap_complete(x->tap))
        opening_end(x);
    else
        broken(x, fault, text);
}
