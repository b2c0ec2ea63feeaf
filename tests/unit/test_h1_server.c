/* The server side of a connection over real sockets. */
#include "h1_kit.h"

#include <stdio.h>
#include <string.h>

#define HOST "Host: a\r\n"
#define GET "GET /x HTTP/1.1\r\n" HOST "\r\n"

static void reply(struct kit *k, int status, const char *text)
{
    h1_reply_head(k->conn, status, NULL, (int64_t)strlen(text));
    h1_send_body(k->conn, text, strlen(text));
    h1_send_end(k->conn);
}

static void reply_hello(struct kit *k, const struct h1_head *h)
{
    (void)h;
    reply(k, 200, "hello");
}

static void accept_body(struct kit *k, const struct h1_head *h)
{
    (void)h;
    h1_conn_accept_body(k->conn);
}

static void reply_size(struct kit *k)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", k->bodies.len);
    reply(k, 200, text);
}

static size_t count(const struct buf *b, const char *text)
{
    size_t n = 0;
    for (const char *p = b->data; (p = strstr(p, text)); p++)
        n++;
    return n;
}

static bool peer_done(struct kit *k)
{
    return k->peer_eof || k->peer_reset;
}

static bool conn_done(struct kit *k)
{
    return k->conn == NULL;
}

static void test_keep_alive(void **state)
{
    (void)state;
    struct kit k;
    kit_open(&k, true, true, NULL);
    k.on_head = reply_hello;
    for (int i = 0; i < 3; i++) {
        buf_reset(&k.got);
        kit_say(&k, GET);
        kit_until_got(&k, "hello");
        assert_string_equal(k.got.data, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    }
    assert_string_equal(k.told.data, "head GET /x; head GET /x; head GET /x; ");
    kit_peer_close(&k);
    kit_until_told(&k, "closed done");
    kit_close(&k);
}

static void test_pipeline(void **state)
{
    (void)state;
    struct kit k;
    kit_open(&k, true, false, NULL);
    k.on_head = accept_body;
    k.on_end = reply_size;
    kit_say(&k, GET "POST /y HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
                    "POST /z HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                    "2\r\nde\r\n0\r\nT: t\r\n\r\n" GET
                    "GET /l HTTP/1.1\r\nConnection: close\r\n" HOST "\r\n" GET);
    kit_until_told(&k, "GET /l; end");
    kit_until(&k, peer_done);
    assert_int_equal(count(&k.got, "HTTP/1.1 200"), 5);
    assert_int_equal(count(&k.got, "Connection: close"), 1);
    assert_string_equal(k.told.data, "head GET /x; end; head POST /y; body 3; end; head POST /z; "
                                     "body 2; end; head GET /x; end; head GET /l; end; ");
    assert_string_equal(k.bodies.data, "abcde");
    kit_close(&k);
}

static void test_byte_by_byte(void **state)
{
    (void)state;
    static const char text[] = "POST /z HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                               "5;x=y\r\nhello\r\n3\r\n!!!\r\n0\r\nT: t\r\n\r\n" GET;
    struct kit k;
    kit_open(&k, true, true, NULL);
    k.on_head = accept_body;
    k.on_end = reply_size;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        kit_write(&k, text + i, 1);
        kit_settle(&k);
    }
    kit_until_told(&k, "GET /x; end");
    assert_string_equal(k.bodies.data, "hello!!!");
    assert_int_equal(count(&k.told, "fault"), 0);
    kit_close(&k);
}

static void test_continue(void **state)
{
    (void)state;
    struct kit k;
    kit_open(&k, true, true, NULL);
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    kit_until_told(&k, "head POST /");
    kit_settle(&k);
    assert_int_equal(k.got.len, 0);
    k.on_end = reply_size;
    h1_conn_accept_body(k.conn);
    kit_until_got(&k, "HTTP/1.1 100 Continue\r\n\r\n");
    kit_say(&k, "abc");
    kit_until_got(&k, "\r\n\r\n3");
    /* Not when the body is there already, nor when the answer is no. */
    buf_reset(&k.got);
    k.on_head = accept_body;
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nd");
    kit_until_got(&k, "\r\n\r\n4");
    assert_int_equal(count(&k.got, "100 Continue"), 0);
    buf_reset(&k.got);
    k.on_head = reply_hello;
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    kit_until(&k, peer_done);
    assert_int_equal(count(&k.got, "100 Continue"), 0);
    assert_int_equal(count(&k.got, "Connection: close"), 1);
    kit_close(&k);
}

static void test_held_body(void **state)
{
    (void)state;
    struct kit k;
    static char body[200000];
    memset(body, 'b', sizeof body);
    kit_open(&k, true, true, NULL);
    k.on_end = reply_size;
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Content-Length: 200000\r\n\r\n");
    kit_until_told(&k, "head POST");
    kit_write(&k, body, 50000);
    kit_settle(&k);
    assert_int_equal(k.bodies.len, 0);
    assert_true(kit_pass(&k, 60) < 20); /* does not turn on what it does not read */
    h1_conn_accept_body(k.conn);
    kit_write(&k, body, 150000);
    kit_until_got(&k, "\r\n\r\n200000");
    kit_close(&k);
}

static void pause_now(struct kit *k)
{
    h1_conn_pause(k->conn);
}

static void test_pause_body(void **state)
{
    (void)state;
    struct kit k;
    static char body[65536];
    kit_open(&k, true, true, NULL);
    k.on_head = accept_body;
    k.on_body = pause_now;
    k.on_end = reply_size;
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Content-Length: 655360\r\n\r\n");
    for (int i = 0; i < 10; i++)
        kit_write(&k, body, sizeof body);
    assert_int_equal(count(&k.told, "body"), 1);
    while (count(&k.told, "end") == 0) {
        size_t before = count(&k.told, "body");
        h1_conn_resume(k.conn);
        kit_pass(&k, 5);
        assert_true(count(&k.told, "body") <= before + 1);
    }
    assert_int_equal(k.bodies.len, 655360);
    kit_until_got(&k, "\r\n\r\n655360");
    kit_close(&k);
}

static void test_slow_reader(void **state)
{
    (void)state;
    struct kit k;
    static char piece[32768];
    size_t all = 0;
    memset(piece, '~', sizeof piece);
    kit_open(&k, true, true, NULL);
    kit_say(&k, GET);
    kit_until_told(&k, "head");
    kit_peer_read(&k, false);
    h1_reply_head(k.conn, 200, NULL, -1);
    for (size_t round = 0, sent = 0; round < 3; round++) {
        for (; h1_conn_queued(k.conn) <= 256 << 10; sent += sizeof piece)
            h1_send_body(k.conn, piece, sizeof piece);
        assert_true(sent < 32 << 20);
        kit_settle(&k);
        assert_int_equal(count(&k.told, "drained"), round);
        kit_peer_read(&k, true);
        while (count(&k.told, "drained") == round)
            event_base_loop(k.base, EVLOOP_ONCE);
        assert_true(h1_conn_queued(k.conn) <= 64 << 10);
        kit_peer_read(&k, false);
        all = sent;
    }
    h1_send_end(k.conn);
    kit_peer_read(&k, true);
    kit_until_got(&k, "0\r\n\r\n");
    size_t letters = 0;
    for (size_t i = 0; i < k.got.len; i++)
        letters += k.got.data[i] == '~';
    assert_int_equal(letters, all);
    kit_close(&k);
}

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
    kit_until(&k, conn_done);
    assert_true(strstr(k.told.data, "closed truncated") || strstr(k.told.data, "closed reset"));
    assert_int_equal(count(&k.told, "head"), 1);
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
        kit_until(&k, conn_done);
        kit_close(&k);
    }
}

static void reply_413(struct kit *k, const struct h1_head *h)
{
    (void)h;
    reply(k, 413, "{\"error\":\"too much\"}");
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
        kit_until(&k, peer_done);
        assert_true(k.peer_eof);
        assert_non_null(strstr(k.got.data, "HTTP/1.1 413 Content Too Large\r\n"));
        assert_non_null(strstr(k.got.data, "Connection: close\r\n\r\n{\"error\":\"too much\"}"));
        kit_peer_close(&k);
        if (!closes)
            kit_until_told(&k, "closed done");
        kit_close(&k);
    }
}

static void reply_fault(struct kit *k, enum h1_fault f)
{
    assert_false(h1_reply_started(k->conn));
    reply(k, h1_fault_status(f), h1_fault_text(f));
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
        k.on_head = i == 3 ? reply_hello : accept_body;
        k.on_fault = reply_fault;
        kit_say(&k, rows[i].text);
        kit_until(&k, peer_done);
        assert_true(k.peer_eof);
        assert_non_null(strstr(k.got.data, rows[i].status));
        assert_int_equal(count(&k.got, "Connection: close"), 1);
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
    assert_int_equal(count(&k.told, "fault"), 0);
    kit_close(&k);
    /* a byte now and then does not help */
    kit_open(&k, true, true, &limits);
    k.on_fault = reply_fault;
    say_slowly(&k, "GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaa");
    kit_until_got(&k, "HTTP/1.1 408 Request Timeout");
    kit_until(&k, peer_done);
    kit_close(&k);
    /* nobody answers the fault */
    kit_open(&k, true, true, &limits);
    kit_say(&k, "GET");
    kit_until_told(&k, "closed timeout");
    kit_close(&k);
    /* a kept connection counts from the first byte of the next request */
    limits.idle_ms = 5000;
    kit_open(&k, true, true, &limits);
    k.on_head = reply_hello;
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
    k.on_head = reply_hello;
    kit_say(&k, GET);
    kit_until_told(&k, "closed done");
    kit_until(&k, peer_done);
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
    k.on_head = accept_body;
    k.on_fault = reply_fault;
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n");
    say_slowly(&k, "0123456789");
    assert_int_equal(count(&k.told, "fault"), 0);
    kit_until_told(&k, "fault 408");
    kit_until_got(&k, "HTTP/1.1 408");
    kit_close(&k);
    /* not while it is us who do not read */
    kit_open(&k, true, true, &limits);
    k.on_head = accept_body;
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n");
    kit_until_told(&k, "head");
    h1_conn_pause(k.conn);
    kit_pass(&k, 150);
    assert_int_equal(count(&k.told, "fault"), 0);
    h1_conn_resume(k.conn);
    kit_until_told(&k, "fault 408");
    kit_close(&k);
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

static void test_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        int status;
        int64_t length;
        const char *body, *want;
        bool closes;
    } rows[] = {
        {GET, 200, -1, "ab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", false},
        {GET, 200, 2, "ab", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", false},
        {GET, 200, 2, "abcd", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", false},
        {GET, 200, 3, "ab", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", true},
        {GET, 204, -2, "ab", "HTTP/1.1 204 No Content\r\n\r\n", false},
        {GET, 299, 0, "", "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n", false},
        {"HEAD / HTTP/1.1\r\n" HOST "\r\n", 200, 2, "ab",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", false},
        {"HEAD / HTTP/1.1\r\n" HOST "\r\n", 200, -1, "ab", "HTTP/1.1 200 OK\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", 200, 2, "ab",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab", true},
        {"GET / HTTP/1.0\r\n\r\n", 200, -1, "ab", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nab",
            true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, 2, "ab",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nab", false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, -1, "ab",
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nab", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kit k;
        kit_open(&k, true, true, NULL);
        kit_say(&k, rows[i].request);
        kit_until_told(&k, "head");
        h1_reply_head(k.conn, rows[i].status, NULL, rows[i].length);
        h1_send_body(k.conn, rows[i].body, strlen(rows[i].body));
        h1_send_end(k.conn);
        kit_until_got(&k, rows[i].want);
        kit_pass(&k, 5);
        assert_string_equal(k.got.data, rows[i].want);
        assert_int_equal(peer_done(&k), rows[i].closes);
        kit_close(&k);
    }
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
        k.on_head = where == 0 ? close_in_head : accept_body;
        k.on_body = where == 1 ? close_now : NULL;
        k.on_end = where == 2 ? close_now : NULL;
        k.on_fault = where == 3 ? close_in_fault : NULL;
        kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
        kit_say(&k, where == 3 ? "no size" : "0\r\n\r\n" GET GET);
        kit_until(&k, peer_done);
        assert_null(k.conn);
        assert_int_equal(count(&k.told, "closed"), 0);
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
    kit_until(&k, peer_done);
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
    kit_until(&k, peer_done);
    assert_true(k.peer_eof);
    assert_int_equal(count(&k.got, "4\r\npart\r\n"), 1);
    assert_int_equal(count(&k.got, "0\r\n\r\n"), 0);
    kit_close(&k);
}

static void test_last(void **state)
{
    (void)state;
    struct kit k;
    kit_open(&k, true, true, NULL);
    kit_say(&k, GET);
    kit_until_told(&k, "head");
    h1_conn_last(k.conn);
    h1_conn_notify_flushed(k.conn);
    reply(&k, 200, "bye");
    kit_until_got(&k, "Connection: close\r\n\r\nbye");
    kit_until_told(&k, "flushed");
    kit_until(&k, peer_done);
    kit_close(&k);
}

static void test_peer(void **state)
{
    (void)state;
    struct kit k;
    char name[64];
    kit_open(&k, true, true, NULL);
    h1_conn_peer(k.conn, name);
    assert_string_equal(name, "127.0.0.1");
    kit_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_pipeline),
        cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_continue),
        cmocka_unit_test(test_held_body),
        cmocka_unit_test(test_pause_body),
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_client_gone),
        cmocka_unit_test(test_gone_while_streaming),
        cmocka_unit_test(test_linger),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_head_time),
        cmocka_unit_test(test_idle_time),
        cmocka_unit_test(test_body_time),
        cmocka_unit_test(test_write_time),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_close_in_callbacks),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_last),
        cmocka_unit_test(test_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
