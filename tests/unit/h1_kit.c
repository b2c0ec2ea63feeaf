/* See h1_kit.h. */
#include "h1_kit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void tell(struct kit *k, const char *what)
{
    buf_adds(&k->told, what);
    buf_adds(&k->told, "; ");
}

static void on_head(void *self, const struct h1_head *h)
{
    struct kit *k = self;
    if (h->status)
        buf_addf(&k->told, "head %d; ", h->status);
    else
        buf_addf(&k->told, "head %.*s %.*s; ", (int)h->method.n, h->method.p, (int)h->target.n,
            h->target.p);
    if (k->on_head)
        k->on_head(k, h);
}

static void on_body(void *self, const char *p, size_t n)
{
    struct kit *k = self;
    buf_add(&k->bodies, p, n);
    buf_addf(&k->told, "body %zu; ", n);
    if (k->on_body)
        k->on_body(k);
}

static void on_end(void *self)
{
    struct kit *k = self;
    tell(k, "end");
    if (k->on_end)
        k->on_end(k);
}

static void on_drained(void *self)
{
    struct kit *k = self;
    tell(k, "drained");
    if (k->on_drained)
        k->on_drained(k);
}

static void on_flushed(void *self)
{
    tell(self, "flushed");
}

static void on_fault(void *self, enum h1_fault f)
{
    struct kit *k = self;
    buf_addf(&k->told, "fault %d; ", h1_fault_status(f));
    if (k->on_fault)
        k->on_fault(k, f);
}

static void on_closed(void *self, enum h1_end why)
{
    static const char *const names[] = {"done", "truncated", "reset", "timeout", "protocol"};
    struct kit *k = self;
    buf_addf(&k->told, "closed %s; ", names[why]);
    k->conn = NULL;
}

const struct h1_conn_ops kit_ops = {
    .on_head = on_head,
    .on_body = on_body,
    .on_message_end = on_end,
    .on_drained = on_drained,
    .on_flushed = on_flushed,
    .on_fault = on_fault,
    .on_closed = on_closed,
};

static void peer_readable(evutil_socket_t fd, short what, void *arg)
{
    struct kit *k = arg;
    char bytes[65536];
    (void)what;
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    if (n > 0) {
        buf_add(&k->got, bytes, (size_t)n);
        return;
    }
    if (n < 0 && errno == EAGAIN)
        return;
    k->peer_eof = n == 0;
    k->peer_reset = n < 0;
    kit_peer_read(k, false);
}

static void on_guard(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    ((struct kit *)arg)->expired = true;
}

void kit_pair(int fd[2], bool tcp)
{
    if (!tcp) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
        return;
    }
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &n), 0);
    fd[1] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd[1], (struct sockaddr *)&a, sizeof a), 0);
    fd[0] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(fd[0] >= 0);
    fcntl(fd[1], F_SETFL, O_NONBLOCK);
    close(listener);
}

void kit_open(struct kit *k, bool server, bool tcp, const struct h1_limits *limits)
{
    int fd[2];
    *k = (struct kit){.told = BUF_INIT, .bodies = BUF_INIT, .got = BUF_INIT};
    k->base = event_base_new();
    kit_pair(fd, tcp);
    k->peer = fd[1];
    k->peer_event = event_new(k->base, k->peer, EV_READ | EV_PERSIST, peer_readable, k);
    k->guard = event_new(k->base, -1, 0, on_guard, k);
    kit_peer_read(k, true);
    k->conn = h1_conn_create(k->base, h1_transport_socket(fd[0]), server,
        limits ? limits : &h1_server_limits, &kit_ops, k);
}

void kit_close(struct kit *k)
{
    if (k->conn)
        h1_conn_abort(k->conn);
    if (k->peer >= 0)
        kit_peer_close(k);
    event_free(k->peer_event);
    event_free(k->guard);
    /* A connection may linger: its peer is gone, so it ends by itself. */
    event_base_loop(k->base, 0);
    event_base_free(k->base);
    buf_release(&k->told);
    buf_release(&k->bodies);
    buf_release(&k->got);
}

void kit_until(struct kit *k, bool (*holds)(struct kit *k))
{
    struct timeval ten = {10, 0};
    k->expired = false;
    event_add(k->guard, &ten);
    while (!holds(k) && !k->expired)
        event_base_loop(k->base, EVLOOP_ONCE);
    event_del(k->guard);
    if (k->expired)
        fail_msg("nothing more happened; told: %s got: %s", k->told.data, k->got.data);
}

static void until_in(struct kit *k, const struct buf *b, const char *text)
{
    struct timeval ten = {10, 0};
    k->expired = false;
    event_add(k->guard, &ten);
    while (!memmem(b->data, b->len, text, strlen(text)) && !k->expired)
        event_base_loop(k->base, EVLOOP_ONCE);
    event_del(k->guard);
    if (k->expired)
        fail_msg("no '%s'; told: %s got: %s", text, k->told.data, k->got.data);
}

void kit_until_told(struct kit *k, const char *text)
{
    until_in(k, &k->told, text);
}

void kit_until_got(struct kit *k, const char *text)
{
    until_in(k, &k->got, text);
}

size_t kit_write(struct kit *k, const char *p, size_t n)
{
    size_t all = n;
    for (int idle = 0; n > 0 && idle < 1000;) {
        ssize_t w = send(k->peer, p, n, MSG_NOSIGNAL);
        if (w > 0) {
            p += w;
            n -= (size_t)w;
        }
        idle = w > 0 ? 0 : idle + 1;
        event_base_loop(k->base, EVLOOP_NONBLOCK);
    }
    return all - n;
}

void kit_say(struct kit *k, const char *s)
{
    kit_write(k, s, strlen(s));
}

void kit_settle(struct kit *k)
{
    for (int i = 0; i < 20; i++)
        event_base_loop(k->base, EVLOOP_NONBLOCK);
}

int kit_pass(struct kit *k, int ms)
{
    struct timeval tv = {ms / 1000, ms % 1000 * 1000};
    int woke = 0;
    k->expired = false;
    event_add(k->guard, &tv);
    for (; !k->expired; woke++)
        event_base_loop(k->base, EVLOOP_ONCE);
    return woke;
}

void kit_peer_read(struct kit *k, bool on)
{
    if (k->reading == on)
        return;
    k->reading = on;
    if (on)
        event_add(k->peer_event, NULL);
    else
        event_del(k->peer_event);
}

void kit_peer_close(struct kit *k)
{
    kit_peer_read(k, false);
    close(k->peer);
    k->peer = -1;
}

void kit_peer_reset(struct kit *k)
{
    struct linger cut = {1, 0};
    setsockopt(k->peer, SOL_SOCKET, SO_LINGER, &cut, sizeof cut);
    kit_peer_close(k);
}

void kit_reply(struct kit *k, int status, const char *text)
{
    h1_reply_head(k->conn, status, NULL, (int64_t)strlen(text));
    h1_send_body(k->conn, text, strlen(text));
    h1_send_end(k->conn);
}

void kit_reply_hello(struct kit *k, const struct h1_head *h)
{
    (void)h;
    kit_reply(k, 200, "hello");
}

void kit_accept_body(struct kit *k, const struct h1_head *h)
{
    (void)h;
    h1_conn_accept_body(k->conn);
}

void kit_reply_size(struct kit *k)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", k->bodies.len);
    kit_reply(k, 200, text);
}

size_t kit_count(const struct buf *b, const char *text)
{
    size_t n = 0;
    for (const char *p = b->data; (p = strstr(p, text)); p++)
        n++;
    return n;
}

bool kit_peer_done(struct kit *k)
{
    return k->peer_eof || k->peer_reset;
}

bool kit_conn_done(struct kit *k)
{
    return k->conn == NULL;
}

void kit_reply_fault(struct kit *k, enum h1_fault f)
{
    assert_false(h1_reply_started(k->conn));
    kit_reply(k, h1_fault_status(f), h1_fault_text(f));
}
