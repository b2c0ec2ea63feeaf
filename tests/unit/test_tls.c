/* TLS from end to end: our server side, our way to upstreams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "http1/conn.h"
#include "tls_kit.h"
#include "upstream/upstream.h"

struct served { /* one connection of the server */
    struct world *w;
    struct h1_conn *conn;
    uint64_t got;
    struct served *next;
};

struct world {
    struct event_base *base;
    struct event *listen, *guard;
    SSL_CTX *ctx;
    struct served *served;
    struct tunnel *tunnels;
    bool proxy;
    int fd, accepted, ended, expired;
    bool hold; /* answer the head and a first event only */
    struct upstream *u;
    char origin[64], ca[64];
};

struct client { /* one call */
    struct world *w;
    struct call *call; /* NULL once over */
    struct buf told, body;
};

/* --- the server: answers with as many bytes as it got */

static void on_request(void *self, const struct h1_head *h)
{
    struct served *s = self;
    (void)h;
    s->got = 0;
    h1_conn_accept_body(s->conn);
}

static void on_request_body(void *self, const char *p, size_t n)
{
    (void)p;
    ((struct served *)self)->got += n;
}

static void on_request_end(void *self)
{
    struct served *s = self;
    static char piece[50000];
    memset(piece, 'T', sizeof piece);
    h1_reply_head(s->conn, 200, NULL, -1);
    if (s->w->hold) {
        h1_send_body(s->conn, "data: 1\n\n", 9);
        return;
    }
    for (uint64_t left = s->got; left > 0;) {
        size_t n = left < sizeof piece ? (size_t)left : sizeof piece;
        h1_send_body(s->conn, piece, n);
        left -= n;
    }
    h1_send_end(s->conn);
}

static void on_server_closed(void *self, enum h1_end why)
{
    struct served *s = self;
    (void)why;
    s->conn = NULL;
    s->w->ended++;
}

static const struct h1_conn_ops server_ops = {
    .on_head = on_request,
    .on_body = on_request_body,
    .on_message_end = on_request_end,
    .on_closed = on_server_closed,
};

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
    struct world *w = arg;
    (void)what;
    int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
    if (w->proxy) {
        tunnel_accept(&w->tunnels, w->base, w->ctx, client);
        w->accepted++;
        return;
    }
    struct served *s = calloc(1, sizeof *s);
    s->w = w;
    s->next = w->served;
    w->served = s;
    w->accepted++;
    s->conn = h1_conn_create(
        w->base, h1_transport_tls(client, w->ctx), true, &h1_server_limits, &server_ops, s);
}

/* --- the client */

static void told_head(void *self, const struct h1_head *h)
{
    buf_addf(&((struct client *)self)->told, "head %d; ", h->status);
}

static void told_body(void *self, const char *p, size_t n)
{
    buf_add(&((struct client *)self)->body, p, n);
}

static void told_end(void *self)
{
    struct client *c = self;
    buf_adds(&c->told, "end; ");
    c->call = NULL;
}

static void told_fail(void *self, enum call_fault f, const char *text)
{
    struct client *c = self;
    (void)text;
    buf_addf(&c->told, "fail %s; ", call_fault_name(f));
    c->call = NULL;
}

static const struct call_ops ops = {
    .on_head = told_head,
    .on_body = told_body,
    .on_end = told_end,
    .on_fail = told_fail,
};

static void on_guard(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    ((struct world *)arg)->expired = 1;
}

static void world_open(struct world *w, bool trusted)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    *w = (struct world){.ca = "/tmp/crs-test-ca-XXXXXX"};
    w->base = event_base_new();
    w->guard = event_new(w->base, -1, 0, on_guard, w);
    w->ctx = SSL_CTX_new(TLS_server_method());
    close(mkstemp(w->ca));
    make_certificate(w->ctx, w->ca);
    w->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(w->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(w->fd, 512), 0);
    getsockname(w->fd, (struct sockaddr *)&a, &n);
    snprintf(w->origin, sizeof w->origin, "https://127.0.0.1:%d", ntohs(a.sin_port));
    w->listen = event_new(w->base, w->fd, EV_READ | EV_PERSIST, on_accept, w);
    event_add(w->listen, NULL);
    struct upstream_options o = {.ca_file = trusted ? w->ca : NULL, .max_idle_per_target = 1000};
    w->u = upstream_create(w->base, &o);
}

static void world_close(struct world *w)
{
    upstream_free(w->u);
    for (struct served *s; (s = w->served);) {
        w->served = s->next;
        if (s->conn)
            h1_conn_abort(s->conn);
        free(s);
    }
    tunnel_free_all(&w->tunnels);
    event_free(w->listen);
    event_free(w->guard);
    event_base_loop(w->base, 0);
    event_base_free(w->base);
    SSL_CTX_free(w->ctx);
    close(w->fd);
    unlink(w->ca);
}

static void start(struct client *c, struct world *w, struct body *body)
{
    struct err err;
    struct call_request r = {
        .target = {.origin = w->origin, .identity = "ac_1"},
        .method = "POST",
        .path = "/",
        .body = body,
    };
    if (w->proxy) {
        r.target.proxy = w->origin;
        r.target.origin = "http://target.invalid";
    }
    *c = (struct client){.w = w, .told = BUF_INIT, .body = BUF_INIT};
    c->call = call_start(w->u, &r, &ops, c, &err);
    assert_non_null(c->call);
}

static void release(struct client *c)
{
    buf_release(&c->told);
    buf_release(&c->body);
}

static void pass(struct world *w, int ms)
{
    struct timeval tv = {ms / 1000, ms % 1000 * 1000};
    w->expired = 0;
    event_add(w->guard, &tv);
    while (!w->expired)
        event_base_loop(w->base, EVLOOP_ONCE);
}

/* Until the call is over, or has so much of a body. */
static void run(struct client *c, size_t enough)
{
    struct timeval limit = {20, 0};
    c->w->expired = 0;
    event_add(c->w->guard, &limit);
    while (c->call && c->body.len < enough && !c->w->expired)
        event_base_loop(c->w->base, EVLOOP_ONCE);
    event_del(c->w->guard);
    assert_false(c->w->expired);
}

static struct body *body_of(size_t n)
{
    struct body *b = body_create();
    char piece[1000] = {0};
    for (; n > 0; n -= n < sizeof piece ? n : sizeof piece)
        body_add(b, piece, n < sizeof piece ? n : sizeof piece);
    return b;
}

static void test_exchange(void **state)
{
    (void)state;
    struct world w;
    static const size_t sizes[] = {0, 1, 16383, 16385, 100000, 5000000};
    world_open(&w, true);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct body *b = body_of(sizes[i]);
        struct client c;
        start(&c, &w, b);
        run(&c, SIZE_MAX);
        assert_string_equal(c.told.data, "head 200; end; ");
        assert_int_equal(c.body.len, sizes[i]);
        body_unref(b);
        release(&c);
    }
    assert_int_equal(w.accepted, 1);
    world_close(&w);
}

static void test_untrusted(void **state)
{
    (void)state;
    struct world w;
    struct client c;
    world_open(&w, false);
    start(&c, &w, NULL);
    run(&c, SIZE_MAX);
    assert_string_equal(c.told.data, "fail tls; ");
    release(&c);
    world_close(&w);
}

/* The certificate is for the address, not for a name that leads there. */
static void test_wrong_name(void **state)
{
    (void)state;
    struct world w;
    struct client c;
    char origin[64];
    world_open(&w, true);
    snprintf(origin, sizeof origin, "https://localhost%s", strrchr(w.origin, ':'));
    memcpy(w.origin, origin, sizeof origin);
    start(&c, &w, NULL);
    run(&c, SIZE_MAX);
    assert_string_equal(c.told.data, "fail tls; ");
    release(&c);
    world_close(&w);
}

/* An https proxy leaves its connections in libcurl's hands. In use, one with bytes unread and
 * nobody looking, they stay while others are made and end: once a second libcurl throws out what it
 * takes for dead connections. */
static void test_https_proxy(void **state)
{
    (void)state;
    enum { N = 8 };
    struct world w;
    struct client held[N], other;
    struct tunnel *tunnels[N];
    world_open(&w, true);
    w.proxy = true;
    for (size_t i = 0; i < N; i++) {
        start(&held[i], &w, NULL);
        run(&held[i], 9);
        tunnels[i] = w.tunnels;
    }
    assert_int_equal(w.accepted, N);
    call_pause(held[0].call);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < N; i++)
            tunnel_say(tunnels[i], "9\r\ndata: 2\n\n\r\n");
        pass(&w, 1100);
        start(&other, &w, NULL);
        run(&other, 9);
        call_cancel(other.call);
        release(&other);
    }
    call_resume(held[0].call);
    for (size_t i = 0; i < N; i++) {
        tunnel_say(tunnels[i], "0\r\n\r\n");
        run(&held[i], SIZE_MAX);
        assert_string_equal(held[i].told.data, "head 200; end; ");
        assert_int_equal(held[i].body.len, 27);
        release(&held[i]);
    }
    start(&other, &w, NULL);
    run(&other, 9);
    assert_true(call_reused(other.call));
    release(&other);
    world_close(&w);
}

/* A close without TLS's own end is no end of an answer that lasts until the close. */
static void test_cut(void **state)
{
    (void)state;
    struct world w;
    struct client c;
    world_open(&w, true);
    w.hold = true;
    start(&c, &w, NULL);
    run(&c, 9);
    h1_conn_abort(w.served->conn);
    w.served->conn = NULL;
    run(&c, SIZE_MAX);
    assert_string_equal(c.told.data, "head 200; fail truncated; ");
    release(&c);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_untrusted),
        cmocka_unit_test(test_wrong_name),
        cmocka_unit_test(test_https_proxy),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
