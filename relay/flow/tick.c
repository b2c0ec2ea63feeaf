/* What time brings to an exchange that waits or streams: pings, the answer to one that stands long
 * in line, the lease of its slot, the end of its time, its progress for the dashboard. One timer.
 */
#include "flow/steps_int.h"

#define TOUCH_MS (60 * MS_SECOND) /* the slot's lease lives for many of these */
#define PROGRESS_MS 500           /* between two reports of one stream */

static void tick_arm(struct exchange *x, int64_t in)
{
    struct timeval tv;

    if (in < 1)
        in = 1;
    if (in > TOUCH_MS)
        in = TOUCH_MS;
    tv.tv_sec = in / MS_SECOND;
    tv.tv_usec = (in % MS_SECOND) * 1000;
    event_add(&x->tick, &tv);
}

/* Whether the client can be told before an upstream has answered. */
static bool line_answerable(const struct exchange *x)
{
    return x->line_since && !x->replied && x->facts.events && x->conn;
}

static int64_t line_due(const struct exchange *x)
{
    return x->line_since + x->settings->v.line_answer_after;
}

static bool pingable(const struct exchange *x)
{
    return x->conn && x->replied && x->events && hold_between(&x->hold) && !x->hold.final;
}

static int64_t ping_due(const struct exchange *x)
{
    return x->out_at + x->settings->v.ping_after;
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t next_due(const struct exchange *x, int64_t now)
{
    int64_t due = now + TOUCH_MS;

    if (line_answerable(x))
        due = min64(due, line_due(x));
    if (x->conn && x->replied && x->events)
        due = min64(due, pingable(x) ? ping_due(x) : now + x->settings->v.ping_after);
    if (x->settings->v.total_timeout)
        due = min64(due, x->began_mono + x->settings->v.total_timeout);
    return due;
}

static bool time_is_up(struct exchange *x, int64_t now)
{
    int64_t total = x->settings->v.total_timeout;

    if (!total || now < x->began_mono + total)
        return false;
    fault_set(&x->fault, FAULT_SLOW, "the request took longer than the %lld s that it may",
        (long long)(total / MS_SECOND));
    x->has_fault = true;
    x->trial.partial = x->streaming;
    exchange_finish(x, FINISH_FAILED);
    return true;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct exchange *x = arg;
    int64_t now = clock_mono();

    (void)fd;
    (void)what;
    if (x->finishing || time_is_up(x, now))
        return;
    if (x->ticket)
        core_touch(x->flow->house->core, x->ticket, clock_now());
    if (line_answerable(x) && now >= line_due(x))
        reply_line(x);
    if (pingable(x) && now >= ping_due(x))
        reply_ping(x);
    tick_arm(x, next_due(x, now) - now);
}

static void on_wait(evutil_socket_t fd, short what, void *arg)
{
    struct exchange *x = arg;

    (void)fd;
    (void)what;
    x->waited(x);
}

void tick_init(struct exchange *x)
{
    event_assign(&x->tick, x->flow->base, -1, 0, on_tick, x);
    event_assign(&x->wait, x->flow->base, -1, 0, on_wait, x);
}

void wait_start(struct exchange *x, int64_t ms, void (*waited)(struct exchange *x))
{
    const struct timeval tv = {.tv_sec = ms / MS_SECOND, .tv_usec = (ms % MS_SECOND) * 1000};

    x->waited = waited;
    event_add(&x->wait, &tv);
}

void wait_stop(struct exchange *x)
{
    event_del(&x->wait);
}

void tick_start(struct exchange *x)
{
    int64_t now = clock_mono();

    tick_arm(x, next_due(x, now) - now);
}

void tick_stop(struct exchange *x)
{
    event_del(&x->tick);
}

void tick_progress(struct exchange *x)
{
    int64_t now = clock_mono();
    struct live_view *v;

    if (!x->live || now - x->live_at < PROGRESS_MS)
        return;
    x->live_at = now;
    v = live_edit(x->live);
    v->output = x->tap ? tap_output_so_far(x->tap) : 0;
    v->bytes_out = x->bytes_out;
    live_edit_done(x->live);
}
