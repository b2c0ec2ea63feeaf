/* A connection's life: making it, its events, and what its user may ask and switch. */
#include "http1/conn_int.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "common/alloc.h"
#include "common/clock.h"

const struct h1_limits h1_server_limits = {
    .head_ms = 10000,
    .idle_ms = 75000,
    .body_quiet_ms = 10000,
    .body_min_rate = 1024,
    .write_ms = 30000,
    .high = 256u << 10,
    .low = 64u << 10,
};

void conn_enter(struct h1_conn *c)
{
    c->entered = true;
}

static void settle(struct h1_conn *c)
{
    if (c->entered)
        return;
    conn_reading(c);
    conn_arm(c);
}

void conn_leave(struct h1_conn *c)
{
    c->entered = false;
    if (c->gone)
        conn_free(c);
    else
        settle(c);
}

void conn_state(struct h1_conn *c, enum conn_in s)
{
    c->in_state = s;
    c->since = clock_mono();
}

void conn_kick(struct h1_conn *c)
{
    if (c->kicked)
        return;
    c->kicked = true;
    c->armed = 0;
    event_add(&c->timer, &(struct timeval){0, 0});
}

void conn_break(struct h1_conn *c, enum h1_end why)
{
    if (!c->broken)
        c->broken = 1 + (int)why;
    conn_kick(c);
}

/* While reading is off, a server still wants to know whether the client leaves. Edge-triggered,
 * since the unread bytes would wake the loop for ever, and EV_READ beside EV_CLOSED, since libevent
 * tells a reset as readable and writable only. */
static void check_peer(struct h1_conn *c)
{
    struct pollfd p = {.fd = c->t.fd, .events = POLLRDHUP};
    if (poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)))
        conn_gone(c, p.revents & POLLERR ? H1_END_RESET : H1_END_TRUNCATED);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct h1_conn *c = arg;
    (void)fd;
    (void)what;
    conn_enter(c);
    if (c->reading == READING_WATCH)
        check_peer(c);
    else
        conn_read(c);
    conn_leave(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct h1_conn *c = arg;
    (void)fd;
    (void)what;
    conn_enter(c);
    conn_flush(c);
    if (!c->gone && c->read_blocked)
        conn_read(c);
    conn_leave(c);
}

/* What public calls left to be done from the loop. */
static void turn(struct h1_conn *c)
{
    if (c->broken) {
        conn_gone(c, (enum h1_end)(c->broken - 1));
        return;
    }
    conn_flush(c);
    if (!c->gone)
        conn_process_kept(c);
    if (!c->gone && c->resumed) {
        c->resumed = false;
        if (c->reading == READING_ON)
            conn_read(c);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct h1_conn *c = arg;
    (void)fd;
    (void)what;
    conn_enter(c);
    c->armed = INT64_MAX;
    if (c->kicked) {
        c->kicked = false;
        turn(c);
    }
    int64_t now = clock_mono();
    if (!c->gone && conn_deadline(c) <= now)
        conn_expire(c, now);
    conn_leave(c);
}

/* libevent wants edge or level for both directions of a descriptor alike. */
static void set_events(struct h1_conn *c, enum conn_reading reading, bool writing)
{
    short edge = reading == READING_WATCH ? EV_ET : 0;
    short rd = reading == READING_WATCH ? EV_READ | EV_CLOSED : EV_READ;
    bool mode = (c->reading == READING_WATCH) != (reading == READING_WATCH);
    if (c->reading != reading && c->reading != READING_OFF)
        event_del(&c->rd);
    if (c->wr_on && (!writing || mode))
        event_del(&c->wr);
    if (c->reading != reading && reading != READING_OFF) {
        event_assign(&c->rd, c->base, c->t.fd, (short)(rd | edge | EV_PERSIST), on_readable, c);
        event_add(&c->rd, NULL);
    }
    if (writing && (!c->wr_on || mode)) {
        event_assign(
            &c->wr, c->base, c->t.fd, (short)(EV_WRITE | edge | EV_PERSIST), on_writable, c);
        event_add(&c->wr, NULL);
    }
    c->reading = reading;
    c->wr_on = writing;
}

void conn_writing(struct h1_conn *c, bool on)
{
    if (c->wr_on != on)
        set_events(c, c->reading, on);
}

void conn_reading(struct h1_conn *c)
{
    enum conn_reading off = c->server ? READING_WATCH : READING_OFF, want = READING_ON;
    if (c->in_state == IN_BODY && c->paused)
        want = off;
    else if (c->server && c->in_state != IN_HEAD && c->in.len >= CONN_PIPELINE_MAX)
        want = off;
    if (want == c->reading)
        return;
    set_events(c, want, c->wr_on);
    /* Poll will not show what the transport took in meanwhile. */
    if (want == READING_ON && c->t.pending) {
        c->resumed = true;
        conn_kick(c);
    }
}

struct h1_conn *h1_conn_create(struct event_base *base, struct h1_transport t, bool server,
    const struct h1_limits *limits, const struct h1_conn_ops *ops, void *self)
{
    struct h1_conn *c = xcalloc(1, sizeof *c);
    c->base = base;
    c->t = t;
    c->server = server;
    c->limits = *limits;
    c->ops = ops;
    c->self = self;
    c->armed = INT64_MAX;
    buf_init(&c->in);
    buf_init(&c->out);
    event_assign(&c->timer, base, -1, 0, on_timer, c);
    if (server) {
        /* Left alone, the kernel grows a slow client's buffer to megabytes. */
        int size = 256 << 10, on = 1;
        setsockopt(t.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        setsockopt(t.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    conn_state(c, server ? IN_HEAD : IN_IDLE);
    settle(c);
    return c;
}

void h1_conn_set_self(struct h1_conn *c, const struct h1_conn_ops *ops, void *self)
{
    c->ops = ops;
    c->self = self;
}

void h1_conn_pause(struct h1_conn *c)
{
    if (c->paused)
        return;
    c->paused = true;
    c->since = clock_mono();
    settle(c);
}

void h1_conn_resume(struct h1_conn *c)
{
    if (!c->paused)
        return;
    c->paused = false;
    /* The sender is not to be blamed for the time that we did not read. */
    c->since = c->window_at = clock_mono();
    c->window_bytes = 0;
    conn_kick(c);
    settle(c);
}

void h1_conn_accept_body(struct h1_conn *c)
{
    if (c->in_state != IN_HELD)
        return;
    if (c->expect && c->in.len == 0 && c->out_state == OUT_NONE && !c->early) {
        static char go[] = "HTTP/1.1 100 Continue\r\n\r\n";
        conn_send(c, &(struct iovec){go, sizeof go - 1}, 1);
    }
    conn_state(c, IN_BODY);
    c->window_at = c->since;
    c->window_bytes = 0;
    if (!c->processing)
        conn_kick(c);
    settle(c);
}

void h1_conn_last(struct h1_conn *c)
{
    c->last = true;
}

bool h1_reply_started(const struct h1_conn *c)
{
    return c->out_state != OUT_NONE;
}

bool h1_conn_reusable(const struct h1_conn *c)
{
    return !c->server && c->in_state == IN_DONE && c->keep && !c->extra && !c->broken && !c->gone &&
           !c->unsendable && h1_conn_queued(c) == 0;
}

bool h1_request_sent_any(const struct h1_conn *c)
{
    return c->sent_any;
}

bool h1_response_seen_any(const struct h1_conn *c)
{
    return c->seen_any;
}

void h1_conn_peer(const struct h1_conn *c, char out[64])
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    memset(&a, 0, sizeof a);
    out[0] = '\0';
    if (getpeername(c->t.fd, (struct sockaddr *)&a, &n) != 0)
        return;
    if (a.ss_family == AF_INET) {
        inet_ntop(AF_INET, &((struct sockaddr_in *)&a)->sin_addr, out, 64);
    } else if (a.ss_family == AF_INET6) {
        const struct in6_addr *in6 = &((struct sockaddr_in6 *)&a)->sin6_addr;
        /* A dual-stack listener shows IPv4 peers as ::ffff:a.b.c.d. */
        if (IN6_IS_ADDR_V4MAPPED(in6))
            inet_ntop(AF_INET, &in6->s6_addr[12], out, 64);
        else
            inet_ntop(AF_INET6, in6, out, 64);
    } else if (a.ss_family == AF_UNIX) {
        memcpy(out, "unix", sizeof "unix");
    }
}
