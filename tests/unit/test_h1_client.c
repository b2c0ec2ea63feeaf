/* The client side of a connection over real sockets. */
#include "h1_kit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void note_reusable(struct kit *k)
{
    buf_adds(&k->told, h1_conn_reusable(k->conn) ? "reusable; " : "spent; ");
}

static void ask(struct kit *k, const char *head, struct body *body, struct body_edits *edits)
{
    struct buf b = BUF_INIT;
    buf_adds(&b, head);
    h1_request_send(k->conn, &b, body, edits, strncmp(head, "HEAD", 4) == 0);
    buf_release(&b);
}

static const struct h1_limits none = {.high = 256 << 10, .low = 64 << 10};

static void open_and_ask(struct kit *k, const char *method)
{
    char head[64];
    kit_open(k, false, true, &none);
    k->on_end = note_reusable;
    snprintf(head, sizeof head, "%s / HTTP/1.1\r\n", method);
    ask(k, head, NULL, NULL);
    kit_until_got(k, "\r\n\r\n");
}

static const struct row {
    const char *method, *answer, *told, *body;
    bool closes;
} rows[] = {
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "head 200; body 3; end; reusable; ",
        "abc", 0},
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "head 200; end; reusable; ", "", 0},
    {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        "head 200; body 5; end; reusable; ", "abcde", 0},
    {"GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na",
        "head 200; body 1; end; spent; ", "a", 0},
    {"GET", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "head 200; body 1; end; spent; ", "a",
        0},
    {"GET", "HTTP/1.1 200 OK\r\n\r\nabc", "head 200; body 3; end; spent; closed done; ", "abc", 1},
    {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "head 200; end; reusable; ", "", 0},
    {"GET", "HTTP/1.1 204 OK\r\n\r\n", "head 204; end; reusable; ", "", 0},
    {"GET", "HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 100 Go\r\n\r\nHTTP/1.1 204 OK\r\n\r\n",
        "head 204; end; reusable; ", "", 0},
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naX",
        "head 200; body 1; end; spent; closed protocol; ", "a", 0},
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n",
        "head 200; end; spent; closed protocol; ", "", 0},
    {"GET", "HTTP/1.1 101 Up\r\n\r\n", "fault 400; closed protocol; ", "", 0},
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "fault 400; closed protocol; ", "", 0},
    {"GET", "220 mail ready\r\n", "fault 400; closed protocol; ", "", 0},
    {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX",
        "head 200; body 3; fault 400; closed protocol; ", "abc", 0},
    {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "head 200; body 3; closed truncated; ", "abc", 1},
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "head 200; body 3; closed truncated; ", "abc", 1},
    {"GET", "HTTP/1.1 200 OK\r\nContent-", "closed truncated; ", "", 1},
    {"GET", "", "closed truncated; ", "", 1},
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kit k;
        open_and_ask(&k, rows[i].method);
        assert_int_equal(send(k.peer, rows[i].answer, strlen(rows[i].answer), 0),
            (ssize_t)strlen(rows[i].answer));
        if (rows[i].closes)
            kit_peer_close(&k);
        kit_until_told(&k, rows[i].told);
        kit_settle(&k);
        assert_string_equal(k.told.data, rows[i].told);
        assert_string_equal(k.bodies.data, rows[i].body);
        kit_close(&k);
    }
}

/* The same answers, a byte at a time: nothing may hang on the cuts but the number of body calls. */
static void test_answers_in_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kit k;
        open_and_ask(&k, rows[i].method);
        for (const char *p = rows[i].answer; *p && k.conn; p++) {
            kit_write(&k, p, 1);
            kit_settle(&k);
        }
        if (rows[i].closes)
            kit_peer_close(&k);
        if (strstr(rows[i].told, "closed"))
            kit_until(&k, kit_conn_done);
        assert_string_equal(k.bodies.data, rows[i].body);
        assert_int_equal(strstr(rows[i].told, "end") != NULL, strstr(k.told.data, "end") != NULL);
        assert_int_equal(
            strstr(rows[i].told, "fault") != NULL, strstr(k.told.data, "fault") != NULL);
        kit_close(&k);
    }
}

static void test_reset(void **state)
{
    (void)state;
    struct kit k;
    open_and_ask(&k, "GET");
    kit_peer_reset(&k);
    kit_until_told(&k, "closed reset");
    kit_close(&k);
}

static void test_reuse(void **state)
{
    (void)state;
    struct kit k;
    open_and_ask(&k, "GET");
    for (int i = 0; i < 3; i++) {
        buf_reset(&k.told);
        kit_say(&k, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        kit_until_told(&k, "reusable");
        buf_reset(&k.got);
        ask(&k, "GET /next HTTP/1.1\r\n", NULL, NULL);
        kit_until_got(&k, "GET /next HTTP/1.1\r\n\r\n");
    }
    kit_close(&k);
}

/* A byte before anything was asked: an answer to a question of nobody. */
static void test_unasked(void **state)
{
    (void)state;
    struct kit k;
    kit_open(&k, false, true, &none);
    kit_say(&k, "H");
    kit_until_told(&k, "closed protocol");
    kit_close(&k);
    kit_open(&k, false, true, &none);
    kit_peer_close(&k);
    kit_until_told(&k, "closed done");
    kit_close(&k);
}

static void test_body(void **state)
{
    (void)state;
    struct kit k;
    struct body *b = body_create();
    struct body_edits e = {0};
    body_add(b, "{\"model\":\"a\"}", 13);
    body_edits_add(&e, 10, 11, "other", 5);
    kit_open(&k, false, true, &none);
    ask(&k, "POST / HTTP/1.1\r\n", b, &e);
    assert_null(e.v);
    body_unref(b);
    kit_until_got(&k, "Content-Length: 17\r\n\r\n{\"model\":\"other\"}");
    kit_close(&k);
    b = body_create();
    kit_open(&k, false, true, &none);
    ask(&k, "POST / HTTP/1.1\r\n", b, NULL);
    kit_until_got(&k, "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    body_unref(b);
    kit_close(&k);
}

/* More than the socket takes: the rest goes by reference as the peer reads. */
static void test_large_body(void **state)
{
    (void)state;
    struct kit k;
    struct body *b = body_create();
    char piece[1000];
    for (int i = 0; i < 10000; i++) {
        memset(piece, 'a' + i % 26, sizeof piece);
        body_add(b, piece, sizeof piece);
    }
    kit_open(&k, false, true, &none);
    kit_peer_read(&k, false);
    ask(&k, "POST / HTTP/1.1\r\n", b, NULL);
    body_unref(b);
    size_t queued = h1_conn_queued(k.conn);
    assert_true(queued > 1 << 20);
    assert_true(kit_pass(&k, 30) < 20);
    kit_peer_read(&k, true);
    static const char head[] = "POST / HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n";
    while (k.got.len < sizeof head - 1 + 10000000)
        event_base_loop(k.base, EVLOOP_ONCE);
    for (size_t i = 0; i < 10000000; i++)
        if (k.got.data[sizeof head - 1 + i] != 'a' + (int)(i / 1000 % 26))
            fail_msg("byte %zu differs", i);
    assert_int_equal(h1_conn_queued(k.conn), 0);
    kit_close(&k);
}

/* An answer before the whole request was taken, then a close: the answer must not be lost. */
static void test_early_answer(void **state)
{
    (void)state;
    struct kit k;
    struct body *b = body_create();
    static char piece[1 << 20];
    for (int i = 0; i < 20; i++)
        body_add(b, piece, sizeof piece);
    kit_open(&k, false, true, &none);
    k.on_end = note_reusable;
    kit_peer_read(&k, false);
    ask(&k, "POST / HTTP/1.1\r\n", b, NULL);
    body_unref(b);
    static const char answer[] = "HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno";
    assert_int_equal(send(k.peer, answer, sizeof answer - 1, 0), sizeof answer - 1);
    kit_peer_close(&k); /* with bytes unread: a reset */
    kit_until_told(&k, "head 413; body 2; end; spent; ");
    kit_close(&k);
}

static void pause_now(struct kit *k)
{
    h1_conn_pause(k->conn);
}

static void test_pause(void **state)
{
    (void)state;
    struct kit k;
    open_and_ask(&k, "GET");
    k.on_body = pause_now;
    kit_say(&k, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    kit_until_told(&k, "body 1");
    kit_say(&k, "2\r\nbc\r\n0\r\n\r\n");
    assert_true(kit_pass(&k, 30) < 10);
    assert_string_equal(k.bodies.data, "a");
    /* The end, too, waits. */
    k.on_body = NULL;
    h1_conn_resume(k.conn);
    kit_until_told(&k, "body 2; end; reusable; ");
    assert_string_equal(k.bodies.data, "abc");
    kit_close(&k);
}

static void close_now(struct kit *k)
{
    h1_conn_close(k->conn);
    k->conn = NULL;
}

static void close_in_head(struct kit *k, const struct h1_head *h)
{
    (void)h;
    close_now(k);
}

static void test_close_in_callbacks(void **state)
{
    (void)state;
    for (int where = 0; where < 3; where++) {
        struct kit k;
        open_and_ask(&k, "GET");
        k.on_head = where == 0 ? close_in_head : NULL;
        k.on_body = where == 1 ? close_now : NULL;
        k.on_end = where == 2 ? close_now : NULL;
        kit_say(&k, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore");
        kit_until(&k, kit_conn_done);
        assert_null(strstr(k.told.data, "closed"));
        kit_close(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_answers_in_bytes),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_unasked),
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_large_body),
        cmocka_unit_test(test_early_answer),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_close_in_callbacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
