/* The server side of a connection over real sockets: requests and replies in order. */
#include "h1_kit.h"

#include <stdio.h>
#include <string.h>

#define HOST "Host: a\r\n"
#define GET "GET /x HTTP/1.1\r\n" HOST "\r\n"

static void test_keep_alive(void **state)
{
    (void)state;
    struct kit k;
    kit_open(&k, true, true, NULL);
    k.on_head = kit_reply_hello;
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
    k.on_head = kit_accept_body;
    k.on_end = kit_reply_size;
    kit_say(&k, GET "POST /y HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
                    "POST /z HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                    "2\r\nde\r\n0\r\nT: t\r\n\r\n" GET
                    "GET /l HTTP/1.1\r\nConnection: close\r\n" HOST "\r\n" GET);
    kit_until_told(&k, "GET /l; end");
    kit_until(&k, kit_peer_done);
    assert_int_equal(kit_count(&k.got, "HTTP/1.1 200"), 5);
    assert_int_equal(kit_count(&k.got, "Connection: close"), 1);
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
    k.on_head = kit_accept_body;
    k.on_end = kit_reply_size;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        kit_write(&k, text + i, 1);
        kit_settle(&k);
    }
    kit_until_told(&k, "GET /x; end");
    assert_string_equal(k.bodies.data, "hello!!!");
    assert_int_equal(kit_count(&k.told, "fault"), 0);
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
    k.on_end = kit_reply_size;
    h1_conn_accept_body(k.conn);
    kit_until_got(&k, "HTTP/1.1 100 Continue\r\n\r\n");
    kit_say(&k, "abc");
    kit_until_got(&k, "\r\n\r\n3");
    /* Not when the body is there already, nor when the answer is no. */
    buf_reset(&k.got);
    k.on_head = kit_accept_body;
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nd");
    kit_until_got(&k, "\r\n\r\n4");
    assert_int_equal(kit_count(&k.got, "100 Continue"), 0);
    buf_reset(&k.got);
    k.on_head = kit_reply_hello;
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    kit_until(&k, kit_peer_done);
    assert_int_equal(kit_count(&k.got, "100 Continue"), 0);
    assert_int_equal(kit_count(&k.got, "Connection: close"), 1);
    kit_close(&k);
}

static void test_held_body(void **state)
{
    (void)state;
    struct kit k;
    static char body[200000];
    memset(body, 'b', sizeof body);
    kit_open(&k, true, true, NULL);
    k.on_end = kit_reply_size;
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
    k.on_head = kit_accept_body;
    k.on_body = pause_now;
    k.on_end = kit_reply_size;
    kit_say(&k, "POST / HTTP/1.1\r\n" HOST "Content-Length: 655360\r\n\r\n");
    for (int i = 0; i < 10; i++)
        kit_write(&k, body, sizeof body);
    assert_int_equal(kit_count(&k.told, "body"), 1);
    while (kit_count(&k.told, "end") == 0) {
        size_t before = kit_count(&k.told, "body");
        h1_conn_resume(k.conn);
        kit_pass(&k, 5);
        assert_true(kit_count(&k.told, "body") <= before + 1);
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
        assert_int_equal(kit_count(&k.told, "drained"), round);
        kit_peer_read(&k, true);
        while (kit_count(&k.told, "drained") == round)
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
        assert_int_equal(kit_peer_done(&k), rows[i].closes);
        kit_close(&k);
    }
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
    kit_reply(&k, 200, "bye");
    kit_until_got(&k, "Connection: close\r\n\r\nbye");
    kit_until_told(&k, "flushed");
    kit_until(&k, kit_peer_done);
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
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_last),
        cmocka_unit_test(test_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
