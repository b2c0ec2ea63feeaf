/* The server side of a connection over real sockets: clients that leave, break the format, are
 * slow, or do not read. */
#include "h1_kit.h"

#include <stdio.h>
#include <string.h>

#define HOST "Host: a\r\n"
#define GET "GET /x HTTP/1.1\r\n" HOST "\r\n"

static void gone(bool tcp, bool reset, const char *more, size_t n)
{
    struct kit k;
    kit_open(&k, true, tcp, NULL);
    kit_say(&k, GET);
    kit_until_told(&k, "head");
    for (size_t i = 0; i < n; i += strlen(more))
        kit_say(&k, more);
    if (n > 16384)
        assert_true(kit_pass(&k, 60) < 20);
    assert_non_null(k.conn);
    if (reset)
        kit_peer_reset(&k);
    else
        kit_peer_close(&k);
    kit_until(&k, kit_conn_done);
    assert_true(strstr(k.told.data, "closed truncated") || strstr(k.told.data, "closed reset"));
    assert_int_equal(kit_count(&k.told, "head"), 1);
    kit_close(&k);
}

static void test_client_gone(void **state)
{
    (void)state;
    gone(true, false, GET, 0);
    gone(true, true, GET, 0);
    gone(false, false, GET, 0);
    gone(true, false, GET, 100);
    gone(true, true, GET, 100);
    /* more than is kept: reading is off */
    gone(true, false, GET, 60000);
    gone(true, true, GET, 60000);
    gone(false, false, GET, 60000);
}

/* A client that says more than it is asked for has to keep most of it. */
static void test_unasked_is_left(void **state)
{
    (void)state;
    static char more[1 << 20];
    struct kit k;
    size_t taken = 0, n;
    kit_open(&k, true, true, NULL);
    kit_say(&k, GET);
    kit_until_told(&k, "head");
    while (taken < 64 << 20 && (n = kit_write(&k, more, sizeof more)) > 0)
        taken += n;
    assert_true(taken < 16 << 20); /* all of it in the kernel */
    kit_close(&k);
}

static void test_gone_while_streaming(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        struct kit k;
        kit_open(&k, true, true, NULL);
        kit_say(&k, GET);
        kit_until_told(&k, "head");
        h1_reply_head(k.conn, 200, NULL, -1);
        h1_send_body(k.conn, "data", 4);
        kit_until_got(&k, "4\r\ndata\r\n");
        if (reset)
            kit_peer_reset(&k);
        else
            kit_peer_close(&k);
        /* Writing into the closed connection must not be an accident either. */
        for (int i = 0; i < 10 && k.conn; i++) {
            h1_send_body(k.conn, "more", 4);
            kit_settle(&k);
        }
        kit_until(&k, kit_conn_done);
        kit_close(&k);
    }
}

static void reply_413(struct kit *k, const struct h1_head *h)
{
    (void)h;
    kit_reply(k, 413, "{\"error\":\"too much\"}");
}

static void test_linger(void **state)
{
    (void)state;
    for (int closes = 0; closes < 2; closes++) {
        struct kit k;
        static char body[900000];
        kit_open(&k, true, true, NULL);
        k.on_head = reply_413;
        kit_peer_read(&k, false);
        kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Content-Length: 900000\r\n\r\n");
        kit_until_told(&k, "head");
        if (closes) {
            h1_conn_close(k.conn);
            k.conn = NULL;
        }
        kit_write(&k, body, sizeof body);
        kit_peer_read(&k, true);
        kit_until(&k, kit_peer_done);
        assert_true(k.peer_eof);
        assert_non_null(strstr(k.got.data, "HTTP/1.1 413 Content Too Large\r\n"));
        assert_non_null(strstr(k.got.data, "Connection: close\r\n\r\n{\"error\":\"too much\"}"));
        kit_peer_close(&k);
        if (!closes)
            kit_until_told(&k, "closed done");
        kit_close(&k);
    }
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *status;
    } rows[] = {
        {"GET / HTTP/1.1\n", "400 Bad Request"},
        {"GET / HTTP/3.0\r\n", "505 HTTP Version Not Supported"},
        {"TRACE / HTTP/1.1\r\n" HOST "\r\n", "405 Method Not Allowed"},
        {GET "\x16\x03\x01", "400 Bad Request"},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX", "400 Bad"},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0x1\r\n", "400 Bad"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kit k;
        kit_open(&k, true, true, NULL);
        k.on_head = i == 3 ? kit_reply_hello : kit_accept_body;
        k.on_fault = kit_reply_fault;
        kit_say(&k, rows[i].text);
        kit_until(&k, kit_peer_done);
        assert_true(k.peer_eof);
        assert_non_null(strstr(k.got.data, rows[i].status));
        assert_int_equal(kit_count(&k.got, "Connection: close"), 1);
        kit_peer_close(&k);
        kit_until_told(&k, "closed done");
        kit_close(&k);
    }
}

static void say_slowly(struct kit *k, const char *text)
{
    for (const char *p = text; *p && k->conn; p++) {
        kit_write(k, p, 1);
        kit_pass(k, 10);
    }
}

static void test_head_time(void **state)
{
    (void)state;
    struct h1_limits limits = h1_server_limits;
    limits.head_ms = 60;
    struct kit k;
    /* never a byte */
    kit_open(&k, true, true, &limits);
    kit_until_told(&k, "closed timeout");
    assert_int_equal(kit_count(&k.told, "fault"), 0);
    kit_close(&k);
    /* a byte now and then does not help */
    kit_open(&k, true, true, &limits);
    k.on_fault = kit_reply_fault;
    say_slowly(&k, "GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaa");
    kit_until_got(&k, "HTTP/1.1 408 Request Timeout");
    kit_until(&k, kit_peer_done);
    kit_close(&k);
    /* nobody answers the fault */
    kit_open(&k, true, true, &limits);
    kit_say(&k, "GET");
    kit_until_told(&k, "closed timeout");
    kit_close(&k);
    /* a kept connection counts from the first byte of the next request */
    limits.idle_ms = 5000;
    kit_open(&k, true, true, &limits);
    k.on_head = kit_reply_hello;
    kit_say(&k, GET);
    kit_until_got(&k, "hello");
    kit_pass(&k, 120);
    assert_non_null(k.conn);
    kit_say(&k, "G");
    kit_until_told(&k, "fault 408");
    kit_close(&k);
}

static void test_idle_time(void **state)
{
    (void)state;
    struct h1_limits limits = h1_server_limits;
    limits.idle_ms = 50;
    struct kit k;
    kit_open(&k, true, true, &limits);
    k.on_head = kit_reply_hello;
    kit_say(&k, GET);
    kit_until_told(&k, "closed done");
    kit_until(&k, kit_peer_done);
    assert_true(k.peer_eof);
    kit_close(&k);
}

static void test_body_time(void **state)
{
    (void)state;
    struct h1_limits limits = h1_server_limits;
    limits.body_quiet_ms = 60;
    struct kit k;
    kit_open(&k, true, true, &limits);
    k.on_head = kit_accept_body;
    k.on_fault = kit_reply_fault;
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n");
    say_slowly(&k, "0123456789");
    assert_int_equal(kit_count(&k.told, "fault"), 0);
    kit_until_told(&k, "fault 408");
    kit_until_got(&k, "HTTP/1.1 408");
    kit_close(&k);
    /* not while it is us who do not read */
    kit_open(&k, true, true, &limits);
    k.on_head = kit_accept_body;
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n");
    kit_until_told(&k, "head");
    h1_conn_pause(k.conn);
    kit_pass(&k, 150);
    assert_int_equal(kit_count(&k.told, "fault"), 0);
    h1_conn_resume(k.conn);
    kit_until_told(&k, "fault 408");
    kit_close(&k);
}

static void test_body_rate(void **state)
{
    (void)state;
    struct h1_limits limits = h1_server_limits;
    limits.body_min_rate = 1000;
    limits.body_rate_ms = 100;
    for (int fast = 0; fast < 2; fast++) {
        static char piece[100];
        struct kit k;
        kit_open(&k, true, true, &limits);
        k.on_head = kit_accept_body;
        k.on_fault = kit_reply_fault;
        kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n");
        for (int i = 0; i < 15; i++) {
            kit_write(&k, piece, fast ? sizeof piece : 1);
            kit_pass(&k, 20);
        }
        assert_int_equal(kit_count(&k.told, "fault 408"), !fast);
        kit_close(&k);
    }
}

static void test_write_time(void **state)
{
    (void)state;
    struct h1_limits limits = h1_server_limits;
    limits.write_ms = 60;
    static char piece[65536];
    struct kit k;
    kit_open(&k, true, true, &limits);
    kit_say(&k, GET);
    kit_until_told(&k, "head");
    kit_peer_read(&k, false);
    h1_reply_head(k.conn, 200, NULL, -1);
    while (h1_conn_queued(k.conn) < 4 << 20) /* more than the kernel can still take */
        h1_send_body(k.conn, piece, sizeof piece);
    kit_until_told(&k, "closed timeout");
    kit_close(&k);
}

static void close_in_head(struct kit *k, const struct h1_head *h)
{
    h1_conn_close(k->conn);
    k->conn = NULL;
    assert_true(span_eq(h->method, "POST"));
}

static void close_now(struct kit *k)
{
    h1_conn_close(k->conn);
    k->conn = NULL;
}

static void close_in_fault(struct kit *k, enum h1_fault f)
{
    (void)f;
    close_now(k);
}

static void test_close_in_callbacks(void **state)
{
    (void)state;
    for (int where = 0; where < 4; where++) {
        struct kit k;
        kit_open(&k, true, true, NULL);
        k.on_head = where == 0 ? close_in_head : kit_accept_body;
        k.on_body = where == 1 ? close_now : NULL;
        k.on_end = where == 2 ? close_now : NULL;
        k.on_fault = where == 3 ? close_in_fault : NULL;
        kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
        kit_say(&k, where == 3 ? "no size" : "0\r\n\r\n" GET GET);
        kit_until(&k, kit_peer_done);
        assert_null(k.conn);
        assert_int_equal(kit_count(&k.told, "closed"), 0);
        kit_close(&k);
    }
}

static void test_abort(void **state)
{
    (void)state;
    struct kit k;
    kit_open(&k, true, true, NULL);
    kit_say(&k, GET);
    kit_until_told(&k, "head");
    h1_reply_head(k.conn, 200, NULL, -1);
    h1_send_body(k.conn, "part", 4);
    kit_until_got(&k, "part");
    h1_conn_abort(k.conn);
    k.conn = NULL;
    kit_until(&k, kit_peer_done);
    assert_true(k.peer_reset);
    kit_close(&k);
    /* Closed without the last chunk: the client can tell as well. */
    kit_open(&k, true, true, NULL);
    kit_say(&k, GET);
    kit_until_told(&k, "head");
    h1_reply_head(k.conn, 200, NULL, -1);
    h1_send_body(k.conn, "part", 4);
    h1_conn_close(k.conn);
    k.conn = NULL;
    kit_until(&k, kit_peer_done);
    assert_true(k.peer_eof);
    assert_int_equal(kit_count(&k.got, "4\r\npart\r\n"), 1);
    assert_int_equal(kit_count(&k.got, "0\r\n\r\n"), 0);
    kit_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_gone),
        cmocka_unit_test(test_unasked_is_left),
        cmocka_unit_test(test_gone_while_streaming),
        cmocka_unit_test(test_linger),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_head_time),
        cmocka_unit_test(test_idle_time),
        cmocka_unit_test(test_body_time),
        cmocka_unit_test(test_body_rate),
        cmocka_unit_test(test_write_time),
        cmocka_unit_test(test_close_in_callbacks),
        cmocka_unit_test(test_abort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
