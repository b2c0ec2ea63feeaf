/* Calls to a scripted upstream: reuse, faults at every place, time limits, pauses, proxies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "peer_kit.h"
#include "upstream/upstream.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

struct world {
    struct event_base *base;
    struct upstream *u;
    struct peer peer;
    struct call *call; /* NULL once over */
    struct event *guard;
    struct buf told, body;
    char origin[64];
    int expired, reused;
    int cancel_in; /* 1 head, 2 body, 3 end */
    bool pause_in_body;
};

static void told_head(void *self, const struct h1_head *h)
{
    struct world *w = self;
    buf_addf(&w->told, "head %d; ", h->status);
    w->reused = call_reused(w->call);
    if (w->cancel_in == 1) {
        call_cancel(w->call);
        w->call = NULL;
    }
}

static void told_body(void *self, const char *p, size_t n)
{
    struct world *w = self;
    buf_add(&w->body, p, n);
    if (w->pause_in_body)
        call_pause(w->call);
    if (w->cancel_in == 2) {
        call_cancel(w->call);
        w->call = NULL;
    }
}

static void told_end(void *self)
{
    struct world *w = self;
    buf_adds(&w->told, "end; ");
    if (w->cancel_in == 3)
        call_cancel(w->call);
    w->call = NULL;
}

static void told_fail(void *self, enum call_fault f, const char *text)
{
    struct world *w = self;
    assert_true(strlen(text) > 3);
    buf_addf(&w->told, "fail %s; ", call_fault_name(f));
    w->reused = call_reused(w->call);
    w->call = NULL;
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

static void world_open(
    struct world *w, void (*serve)(struct peer_conn *), const struct upstream_options *o)
{
    *w = (struct world){.told = BUF_INIT, .body = BUF_INIT};
    w->base = event_base_new();
    w->guard = event_new(w->base, -1, 0, on_guard, w);
    peer_open(&w->peer, w->base, serve);
    w->u = upstream_create(w->base, o);
    snprintf(w->origin, sizeof w->origin, "http://127.0.0.1:%d", w->peer.port);
}

static void world_close(struct world *w)
{
    upstream_free(w->u);
    peer_close(&w->peer);
    event_free(w->guard);
    event_base_free(w->base);
    buf_release(&w->told);
    buf_release(&w->body);
}

static void pass(struct world *w, int ms)
{
    struct timeval tv = {ms / 1000, ms % 1000 * 1000};
    w->expired = 0;
    event_add(w->guard, &tv);
    while (!w->expired)
        event_base_loop(w->base, EVLOOP_ONCE);
}

static void finish(struct world *w)
{
    struct timeval ten = {10, 0};
    w->expired = 0;
    event_add(w->guard, &ten);
    while (w->call && !w->expired)
        event_base_loop(w->base, EVLOOP_ONCE);
    event_del(w->guard);
    if (w->expired)
        fail_msg("nothing more happened; told: %s", w->told.data);
    /* Whatever the call left to do at the peer. */
    for (int i = 0; i < 20; i++)
        event_base_loop(w->base, EVLOOP_NONBLOCK);
}

static struct call_request request_of(struct world *w, const char *method)
{
    return (struct call_request){
        .target = {.origin = w->origin, .identity = "ac_1"},
        .method = method,
        .path = "/v1/messages?beta=true",
    };
}

static void start(struct world *w, const struct call_request *r)
{
    struct err err;
    buf_reset(&w->told);
    buf_reset(&w->body);
    w->call = call_start(w->u, r, &ops, w, &err);
    assert_non_null(w->call);
}

static void run(struct world *w, const struct call_request *r)
{
    start(w, r);
    assert_int_equal(w->told.len, 0);
    finish(w);
}

static void run_post(struct world *w, struct call_request r)
{
    struct body *b = body_create();
    body_add(b, "{}", 2);
    r.method = "POST";
    r.body = b;
    run(w, &r);
    body_unref(b);
}

static void serve_ok(struct peer_conn *c)
{
    while (peer_request(c))
        peer_say(c, OK);
}

static void test_reuse(void **state)
{
    (void)state;
    struct world w;
    struct buf fields = BUF_INIT;
    struct body *b = body_create();
    world_open(&w, serve_ok, NULL);
    struct call_request r = request_of(&w, "POST");
    h1_add_fieldz(&fields, "x-api-key", "secret");
    body_add(b, "0123456789", 10);
    for (int i = 0; i < 4; i++) {
        struct body_edits e = {0};
        body_edits_add(&e, 1, 9, "-", 1);
        r.fields = &fields;
        r.body = b;
        r.edits = &e;
        run(&w, &r);
        assert_string_equal(w.told.data, "head 200; end; ");
        assert_string_equal(w.body.data, "ok");
        assert_int_equal(w.reused, i > 0);
        assert_int_equal(e.n, 0);
        char want[256];
        snprintf(want, sizeof want,
            "POST /v1/messages?beta=true HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nx-api-key: secret\r\n"
            "Content-Length: 3\r\n\r\n0-9",
            w.peer.port);
        assert_string_equal(w.peer.seen.data, want);
    }
    assert_int_equal(w.peer.accepted, 1);
    body_unref(b);
    buf_release(&fields);
    world_close(&w);
}

static void test_apart(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, serve_ok, NULL);
    struct call_request r = request_of(&w, "GET");
    run(&w, &r);
    r.target.identity = "ac_2";
    run(&w, &r);
    assert_int_equal(w.reused, 0);
    assert_int_equal(w.peer.accepted, 2);
    run(&w, &r);
    assert_int_equal(w.reused, 1);
    r.target.identity = NULL;
    run(&w, &r);
    assert_int_equal(w.reused, 0);
    assert_int_equal(w.peer.accepted, 3);
    world_close(&w);
}

static void test_idle_bounds(void **state)
{
    (void)state;
    struct world w;
    struct upstream_options o = {.max_idle_per_target = 2, .idle_ms = 100};
    world_open(&w, serve_ok, &o);
    struct call_request r = request_of(&w, "GET");
    struct world others[3];
    for (int i = 0; i < 3; i++) {
        others[i] = w;
        others[i].told = others[i].body = (struct buf)BUF_INIT;
        start(&others[i], &r);
    }
    for (int i = 0; i < 3; i++) {
        finish(&others[i]);
        buf_release(&others[i].told);
        buf_release(&others[i].body);
    }
    finish(&w);
    assert_int_equal(w.peer.accepted, 3);
    assert_int_equal(w.peer.open, 2);
    pass(&w, 250);
    assert_int_equal(w.peer.open, 0);
    world_close(&w);
}

static void serve_ok_and_close(struct peer_conn *c)
{
    if (peer_request(c)) {
        peer_say(c, OK);
        peer_end(c);
    }
}

/* The peer gives a kept connection up: seen at rest, or only when it is wanted again. */
static void test_stale(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, serve_ok_and_close, NULL);
    struct call_request r = request_of(&w, "GET");
    for (int i = 1; i <= 4; i++) {
        start(&w, &r);
        while (w.call)
            event_base_loop(w.base, EVLOOP_ONCE); /* no turn for the loop after the end */
        assert_string_equal(w.told.data, "head 200; end; ");
        assert_int_equal(w.peer.accepted, i);
        if (i % 2)
            pass(&w, 5);
    }
    world_close(&w);
}

static void serve_once_then_reset(struct peer_conn *c)
{
    while (peer_request(c)) {
        if (c->stage++ == 1) {
            peer_reset(c);
            return;
        }
        peer_say(c, OK);
    }
}

static void test_reset_on_kept(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, serve_once_then_reset, NULL);
    struct call_request r = request_of(&w, "GET");
    run(&w, &r);
    /* Without a body: again on a fresh one, silently. */
    run(&w, &r);
    assert_string_equal(w.told.data, "head 200; end; ");
    assert_int_equal(w.peer.accepted, 2);
    assert_int_equal(w.peer.requests, 3);
    /* A body may have been worked on: the caller decides. */
    run_post(&w, r);
    assert_string_equal(w.told.data, "fail reset; ");
    assert_int_equal(w.reused, 1);
    assert_int_equal(w.peer.requests, 4);
    world_close(&w);
}

static const char *answer;
static int answer_ends; /* 1 close, 2 reset */

static void serve_answer(struct peer_conn *c)
{
    if (!peer_request(c))
        return;
    peer_say(c, answer);
    if (answer_ends == 1)
        peer_end(c);
    else if (answer_ends == 2)
        peer_reset(c);
}

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int ends;
        const char *told, *body;
        bool kept;
    } rows[] = {
        {OK, 0, "head 200; end; ", "ok", true},
        {"HTTP/1.1 100 Go\r\n\r\n" OK, 0, "head 200; end; ", "ok", true},
        {OK "more", 0, "head 200; end; ", "ok", false},
        {"HTTP/1.1 200 OK\r\n\r\nall", 1, "head 200; end; ", "all", false},
        {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 0,
            "head 200; end; ", "ok", false},
        {"HTTP/1.1 429 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 0,
            "head 429; end; ", "a", true},
        {"", 1, "fail reset; ", "", false},
        {"", 2, "fail reset; ", "", false},
        {"HTTP/1.1 200 OK\r\nContent-", 1, "fail reset; ", "", false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", 1, "head 200; fail truncated; ", "ok",
            false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", 1,
            "head 200; fail truncated; ", "ok", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokX", 0,
            "head 200; fail protocol; ", "ok", false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", 0,
            "fail protocol; ", "", false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok", 0,
            "fail protocol; ", "", false},
        {"HTTP/1.1 101 Up\r\n\r\n", 0, "fail protocol; ", "", false},
        {"SSH-2.0-x\r\n", 0, "fail protocol; ", "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        answer = rows[i].answer;
        answer_ends = rows[i].ends;
        world_open(&w, serve_answer, NULL);
        struct call_request r = request_of(&w, "GET");
        run_post(&w, r);
        assert_string_equal(w.told.data, rows[i].told);
        assert_string_equal(w.body.data, rows[i].body);
        assert_int_equal(w.peer.open, rows[i].kept);
        assert_int_equal(w.peer.accepted, 1);
        world_close(&w);
    }
}

static void serve_endless_head(struct peer_conn *c)
{
    if (!peer_request(c))
        return;
    peer_say(c, "HTTP/1.1 200 OK\r\nX: ");
    for (int i = 0; i < 80; i++) {
        char bytes[1000];
        memset(bytes, 'x', sizeof bytes);
        peer_send(c, bytes, sizeof bytes);
    }
}

static void test_endless_head(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, serve_endless_head, NULL);
    struct call_request r = request_of(&w, "GET");
    run(&w, &r);
    assert_string_equal(w.told.data, "fail protocol; ");
    world_close(&w);
}

static void test_times(void **state)
{
    (void)state;
    struct world w;
    answer_ends = 0;
    world_open(&w, serve_answer, NULL);
    struct call_request r = request_of(&w, "GET");
    r.first_byte_ms = 60;
    r.idle_ms = 60;
    answer = "";
    run(&w, &r);
    assert_string_equal(w.told.data, "fail timeout; ");
    assert_int_equal(w.peer.open, 0);
    answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok";
    run(&w, &r);
    assert_string_equal(w.told.data, "head 200; fail timeout; ");
    assert_int_equal(w.peer.open, 0);
    /* Silence that we made ourselves does not count. */
    start(&w, &r);
    w.pause_in_body = true;
    pass(&w, 200);
    assert_string_equal(w.told.data, "head 200; ");
    w.pause_in_body = false;
    call_resume(w.call);
    finish(&w);
    assert_string_equal(w.told.data, "head 200; fail timeout; ");
    world_close(&w);
}

static void serve_large(struct peer_conn *c)
{
    if (!peer_request(c))
        return;
    static char piece[1 << 16];
    memset(piece, 'L', sizeof piece);
    peer_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 131072\r\n\r\n");
    peer_send(c, piece, sizeof piece);
    peer_send(c, piece, sizeof piece);
}

static void test_pause(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, serve_large, NULL);
    struct call_request r = request_of(&w, "GET");
    start(&w, &r);
    w.pause_in_body = true;
    while (w.body.len == 0)
        event_base_loop(w.base, EVLOOP_ONCE);
    while (w.call) {
        size_t before = w.body.len;
        pass(&w, 5);
        assert_int_equal(w.body.len, before);
        call_resume(w.call);
        while (w.call && w.body.len == before)
            event_base_loop(w.base, EVLOOP_ONCE);
        if (w.body.len == 131072 && w.call) {
            call_resume(w.call);
            finish(&w);
        }
    }
    assert_int_equal(w.body.len, 131072);
    assert_string_equal(w.told.data, "head 200; end; ");
    world_close(&w);
}

static void test_cancel(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, serve_ok, NULL);
    struct call_request r = request_of(&w, "GET");
    for (int where = 1; where <= 3; where++) {
        w.cancel_in = where;
        run(&w, &r);
        assert_int_equal(w.peer.open, where == 3);
    }
    w.cancel_in = 0;
    /* on the way, at once, and waiting for the answer */
    w.peer.serve = serve_answer;
    answer = "";
    r.target.identity = "ac_9";
    start(&w, &r);
    call_cancel(w.call);
    pass(&w, 5);
    int before = w.peer.requests;
    start(&w, &r);
    while (w.peer.requests == before)
        event_base_loop(w.base, EVLOOP_ONCE);
    call_cancel(w.call);
    w.call = NULL;
    pass(&w, 5);
    assert_int_equal(w.peer.open, 1); /* the one at rest of ac_1 */
    assert_int_equal(w.told.len, 0);
    world_close(&w);
}

/* Calls under way when the thread ends. */
static void test_free_under_way(void **state)
{
    (void)state;
    struct world w;
    answer = "";
    answer_ends = 0;
    world_open(&w, serve_answer, NULL);
    struct call_request r = request_of(&w, "GET");
    start(&w, &r);
    while (w.peer.requests == 0)
        event_base_loop(w.base, EVLOOP_ONCE);
    start(&w, &r);
    world_close(&w);
}

static int closed_port(struct world *w)
{
    struct peer p;
    peer_open(&p, w->base, serve_ok);
    int port = p.port;
    peer_close(&p);
    return port;
}

static void test_no_connection(void **state)
{
    (void)state;
    struct world w;
    char origin[64];
    world_open(&w, serve_ok, NULL);
    struct call_request r = request_of(&w, "GET");
    snprintf(origin, sizeof origin, "http://127.0.0.1:%d", closed_port(&w));
    r.target.origin = origin;
    run(&w, &r);
    assert_string_equal(w.told.data, "fail connect; ");
    world_close(&w);
    struct upstream_options o = {.connect_ms = 300};
    world_open(&w, serve_ok, &o);
    r.target.origin = "http://name.invalid:80";
    run(&w, &r);
    assert_string_equal(w.told.data, "fail dns; ");
    world_close(&w);
}

static void serve_nothing(struct peer_conn *c)
{
    buf_reset(&c->in);
}

static void serve_no_tls(struct peer_conn *c)
{
    peer_say(c, "HTTP/1.1 400 This is no TLS\r\n\r\n");
}

static void test_no_handshake(void **state)
{
    (void)state;
    struct upstream_options o = {.connect_ms = 200};
    for (int i = 0; i < 4; i++) {
        struct world w;
        o.ca_file = i == 3 ? "/nonexistent/ca.pem" : NULL;
        world_open(&w, i == 0 ? serve_nothing : i == 1 ? serve_no_tls : peer_end, &o);
        snprintf(w.origin, sizeof w.origin, "https://127.0.0.1:%d", w.peer.port);
        struct call_request r = request_of(&w, "GET");
        run(&w, &r);
        assert_string_equal(w.told.data, "fail tls; ");
        assert_int_equal(w.peer.open, 0);
        start(&w, &r);
        pass(&w, 10);
        world_close(&w); /* in the handshake, or over */
    }
}

static void test_malformed(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, serve_ok, NULL);
    static const char *const origins[] = {"", "ftp://a", "http://", "http://a/b", "http://a b",
        "http://a:0", "http://a:70000", "http://u@a", "http://a\r\nX: y", "https://[::1"};
    static const char *const paths[] = {"", "x", "/a b", "/a\r\nX: y", "/\x7f"};
    static const char *const methods[] = {"", "GE T", "GET\r\n"};
    static const char *const proxies[] = {"", "a:1", "ftp://a:1", "http://a", "socks4://a:1",
        "http://u:p@a:1", "http://a:1/", "socks5h://a:x"};
    struct err err;
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        struct call_request r = request_of(&w, "GET");
        r.target.origin = origins[i];
        assert_null(call_start(w.u, &r, &ops, &w, &err));
    }
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct call_request r = request_of(&w, "GET");
        r.path = paths[i];
        assert_null(call_start(w.u, &r, &ops, &w, &err));
    }
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct call_request r = request_of(&w, methods[i]);
        assert_null(call_start(w.u, &r, &ops, &w, &err));
    }
    for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++) {
        struct call_request r = request_of(&w, "GET");
        r.target.proxy = proxies[i];
        assert_null(call_start(w.u, &r, &ops, &w, &err));
        assert_int_equal(proxy_check(proxies[i], &err), -1);
        assert_true(err.hint[0]);
    }
    assert_int_equal(proxy_check("socks5://[::1]:1080", &err), 0);
    world_close(&w);
}

static void test_environment_proxy(void **state)
{
    (void)state;
    struct world w;
    struct peer trap;
    char url[64];
    world_open(&w, serve_ok, NULL);
    peer_open(&trap, w.base, serve_ok);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", trap.port);
    setenv("http_proxy", url, 1);
    setenv("https_proxy", url, 1);
    setenv("ALL_PROXY", url, 1);
    struct call_request r = request_of(&w, "GET");
    run(&w, &r);
    assert_string_equal(w.told.data, "head 200; end; ");
    assert_int_equal(w.peer.accepted, 1);
    /* And NO_PROXY does not lead around a proxy that was asked for. */
    setenv("no_proxy", "127.0.0.1", 1);
    r.target.proxy = url;
    run(&w, &r);
    assert_int_equal(w.peer.accepted, 1);
    assert_int_equal(trap.accepted, 1);
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("ALL_PROXY");
    unsetenv("no_proxy");
    peer_close(&trap);
    world_close(&w);
}

/* A CONNECT proxy that also plays the target behind it. */
static void serve_connect(struct peer_conn *c)
{
    while (peer_request(c)) {
        const char *seen = c->peer->seen.data;
        if (c->stage == 1) {
            peer_say(c, OK);
        } else if (strncmp(seen, "CONNECT target.invalid:8080 HTTP/1.1\r\n", 38) == 0 &&
                   strstr(seen, "\r\nProxy-Authorization: Basic dXNlcjpwYTpzcw==\r\n")) {
            c->stage = 1;
            peer_say(c, "HTTP/1.1 200 Connection established\r\n\r\n");
        } else {
            peer_say(c, "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                        "Content-Length: 0\r\n\r\n");
        }
    }
}

static void test_connect_proxy(void **state)
{
    (void)state;
    struct world w;
    char url[64];
    world_open(&w, serve_connect, NULL);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", w.peer.port);
    struct call_request r = request_of(&w, "GET");
    r.target.origin = "http://target.invalid:8080";
    r.target.proxy = url;
    r.target.proxy_user = "user";
    r.target.proxy_password = "pa:ss";
    run(&w, &r);
    assert_string_equal(w.told.data, "head 200; end; ");
    assert_non_null(strstr(w.peer.seen.data, "\r\nHost: target.invalid:8080\r\n"));
    assert_null(strstr(w.peer.seen.data, "Proxy-"));
    run(&w, &r);
    assert_int_equal(w.reused, 1);
    r.target.proxy_password = "other";
    run(&w, &r);
    assert_string_equal(w.told.data, "fail proxy; ");
    world_close(&w);
}

/* A SOCKS5 proxy with a password (RFC 1928, 1929) that also plays the target. */
static void serve_socks(struct peer_conn *c)
{
    static const char name[] = "\x05\x01\x00\x03\x0etarget.invalid\x1f\x90";
    if (c->stage == 0 && c->in.len >= 2 && c->in.len >= 2u + (unsigned char)c->in.data[1]) {
        buf_reset(&c->in);
        c->stage = 1;
        peer_send(c, "\x05\x02", 2);
    } else if (c->stage == 1 && c->in.len >= 12) {
        c->stage = memcmp(c->in.data, "\x01\x04user\x05pa:ss", 12) == 0 ? 2 : 9;
        buf_reset(&c->in);
        peer_send(c, c->stage == 2 ? "\x01\x00" : "\x01\x01", 2);
    } else if (c->stage == 2 && c->in.len >= sizeof name - 1) {
        c->stage = memcmp(c->in.data, name, sizeof name - 1) == 0 ? 3 : 9;
        buf_reset(&c->in);
        peer_send(
            c, c->stage == 3 ? "\x05\x00\x00\x01\0\0\0\0\0\0" : "\x05\x01\x00\x01\0\0\0\0\0\0", 10);
    } else if (c->stage == 3) {
        serve_ok(c);
    }
}

static void test_socks_proxy(void **state)
{
    (void)state;
    static const char *const schemes[] = {"socks5", "socks5h"};
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        char url[64];
        world_open(&w, serve_socks, NULL);
        snprintf(url, sizeof url, "%s://127.0.0.1:%d", schemes[i], w.peer.port);
        struct call_request r = request_of(&w, "GET");
        r.target.origin = "http://target.invalid:8080";
        r.target.proxy = url;
        r.target.proxy_user = "user";
        r.target.proxy_password = "pa:ss";
        run(&w, &r);
        assert_string_equal(w.told.data, "head 200; end; ");
        r.target.proxy_password = "wrong";
        run(&w, &r);
        assert_string_equal(w.told.data, "fail proxy; ");
        world_close(&w);
    }
}

static void test_dead_proxy(void **state)
{
    (void)state;
    static const char *const schemes[] = {"http", "https", "socks5", "socks5h"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct world w;
        char url[64];
        world_open(&w, serve_ok, NULL);
        snprintf(url, sizeof url, "%s://127.0.0.1:%d", schemes[i], closed_port(&w));
        struct call_request r = request_of(&w, "GET");
        r.target.proxy = url;
        run(&w, &r);
        assert_string_equal(w.told.data, "fail proxy; ");
        assert_int_equal(w.peer.accepted, 0);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_apart),
        cmocka_unit_test(test_idle_bounds),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_reset_on_kept),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_endless_head),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_free_under_way),
        cmocka_unit_test(test_no_connection),
        cmocka_unit_test(test_no_handshake),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_environment_proxy),
        cmocka_unit_test(test_connect_proxy),
        cmocka_unit_test(test_socks_proxy),
        cmocka_unit_test(test_dead_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
