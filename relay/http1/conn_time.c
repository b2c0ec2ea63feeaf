/* Time limits: one timer a connection, set only when a limit lies before it, and asked again when
 * it fires. In the usual course of a request it is never touched. */
#include "http1/conn_int.h"

#include "common/clock.h"

static int64_t after(int64_t since, int ms)
{
    return ms > 0 ? since + ms : INT64_MAX;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t rate_ms(const struct h1_conn *c)
{
    return c->limits.body_rate_ms ? c->limits.body_rate_ms : CONN_RATE_MS;
}

static int64_t body_deadline(const struct h1_conn *c)
{
    if (c->paused)
        return INT64_MAX;
    int64_t at = after(c->since, c->limits.body_quiet_ms);
    return c->limits.body_min_rate ? sooner(at, c->window_at + rate_ms(c)) : at;
}

static int64_t state_deadline(const struct h1_conn *c)
{
    if (c->shut)
        return c->since + CONN_LINGER_MS;
    if (!c->server)
        return c->in_state == IN_IDLE || c->in_state == IN_DONE ? after(c->since, c->limits.idle_ms)
                                                                : INT64_MAX;
    switch (c->in_state) {
    case IN_IDLE:
        return h1_conn_queued(c) ? INT64_MAX : after(c->since, c->limits.idle_ms);
    case IN_HEAD:
        return after(c->since, c->limits.head_ms);
    case IN_BODY:
        return body_deadline(c);
    case IN_DISCARD: /* a fault that is not answered */
        return c->out_state == OUT_NONE ? after(c->since, c->limits.head_ms) : INT64_MAX;
    case IN_HELD:
    case IN_DONE:
        break;
    }
    return INT64_MAX;
}

int64_t conn_deadline(const struct h1_conn *c)
{
    int64_t at = state_deadline(c);
    return h1_conn_queued(c) ? sooner(at, after(c->progress_at, c->limits.write_ms)) : at;
}

/* The rate span is over, the sender was fast enough: the next one begins. */
static bool next_window(struct h1_conn *c, int64_t now)
{
    if (c->in_state != IN_BODY || !c->server || now < c->window_at + rate_ms(c))
        return false;
    if (after(c->since, c->limits.body_quiet_ms) <= now ||
        c->window_bytes < (uint64_t)c->limits.body_min_rate * (uint64_t)rate_ms(c) / 1000)
        return false;
    c->window_at = now;
    c->window_bytes = 0;
    return true;
}

void conn_expire(struct h1_conn *c, int64_t now)
{
    if (c->shut) {
        conn_gone(c, H1_END_DONE);
    } else if (h1_conn_queued(c) && after(c->progress_at, c->limits.write_ms) <= now) {
        /* A reset frees what the kernel holds for a reader that does not read. */
        conn_cut(c);
        conn_gone(c, H1_END_TIMEOUT);
    } else if (c->in_state == IN_IDLE || c->in_state == IN_DONE) {
        conn_gone(c, H1_END_DONE);
    } else if (c->in_state == IN_DISCARD) {
        conn_gone(c, c->fault == H1_TOO_SLOW ? H1_END_TIMEOUT : H1_END_PROTOCOL);
    } else if (c->in_state == IN_HEAD && c->in.len == 0) {
        conn_gone(c, H1_END_TIMEOUT);
    } else if (!next_window(c, now)) {
        conn_fault(c, H1_TOO_SLOW);
    }
}

void conn_arm(struct h1_conn *c)
{
    int64_t at = conn_deadline(c);
    if (at >= c->armed)
        return;
    int64_t wait = at - clock_mono();
    wait = wait > 0 ? wait : 0;
    struct timeval tv = {.tv_sec = (time_t)(wait / 1000), .tv_usec = (wait % 1000) * 1000};
    c->armed = at;
    event_add(&c->timer, &tv);
}
