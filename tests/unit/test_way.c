/* The way to an upstream: names, ports, handshakes, proxies of every kind, and what is refused. */
#include "call_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_no_connection(void **state)
{
    (void)state;
    struct world w;
    char origin[64];
    world_open(&w, serve_ok, NULL);
    struct call_request r = world_request(&w, "GET");
    snprintf(origin, sizeof origin, "http://127.0.0.1:%d", world_closed_port(&w));
    r.target.origin = origin;
    world_run(&w, &r);
    assert_string_equal(w.told.data, "fail connect; ");
    world_close(&w);
    struct upstream_options o = {.connect_ms = 300};
    world_open(&w, serve_ok, &o);
    r.target.origin = "http://name.invalid:80";
    world_run(&w, &r);
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
        struct call_request r = world_request(&w, "GET");
        world_run(&w, &r);
        assert_string_equal(w.told.data, "fail tls; ");
        assert_int_equal(w.peer.open, 0);
        world_start(&w, &r);
        world_pass(&w, 10);
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
        struct call_request r = world_request(&w, "GET");
        r.target.origin = origins[i];
        assert_null(call_start(w.u, &r, &world_ops, &w, &err));
    }
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct call_request r = world_request(&w, "GET");
        r.path = paths[i];
        assert_null(call_start(w.u, &r, &world_ops, &w, &err));
    }
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct call_request r = world_request(&w, methods[i]);
        assert_null(call_start(w.u, &r, &world_ops, &w, &err));
    }
    for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++) {
        struct call_request r = world_request(&w, "GET");
        r.target.proxy = proxies[i];
        assert_null(call_start(w.u, &r, &world_ops, &w, &err));
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
    struct call_request r = world_request(&w, "GET");
    world_run(&w, &r);
    assert_string_equal(w.told.data, "head 200; end; ");
    assert_int_equal(w.peer.accepted, 1);
    /* And NO_PROXY does not lead around a proxy that was asked for. */
    setenv("no_proxy", "127.0.0.1", 1);
    r.target.proxy = url;
    world_run(&w, &r);
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
    struct call_request r = world_request(&w, "GET");
    r.target.origin = "http://target.invalid:8080";
    r.target.proxy = url;
    r.target.proxy_user = "user";
    r.target.proxy_password = "pa:ss";
    world_run(&w, &r);
    assert_string_equal(w.told.data, "head 200; end; ");
    assert_non_null(strstr(w.peer.seen.data, "\r\nHost: target.invalid:8080\r\n"));
    assert_null(strstr(w.peer.seen.data, "Proxy-"));
    world_run(&w, &r);
    assert_int_equal(w.reused, 1);
    r.target.proxy_password = "other";
    world_run(&w, &r);
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
        struct call_request r = world_request(&w, "GET");
        r.target.origin = "http://target.invalid:8080";
        r.target.proxy = url;
        r.target.proxy_user = "user";
        r.target.proxy_password = "pa:ss";
        world_run(&w, &r);
        assert_string_equal(w.told.data, "head 200; end; ");
        r.target.proxy_password = "wrong";
        world_run(&w, &r);
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
        snprintf(url, sizeof url, "%s://127.0.0.1:%d", schemes[i], world_closed_port(&w));
        struct call_request r = world_request(&w, "GET");
        r.target.proxy = url;
        world_run(&w, &r);
        assert_string_equal(w.told.data, "fail proxy; ");
        assert_int_equal(w.peer.accepted, 0);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
