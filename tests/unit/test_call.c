/* Calls to a scripted upstream: reuse, faults at every place, time limits, pauses, cancels. */
#include "call_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_reuse(void **state)
{
    (void)state;
    struct world w;
    struct buf fields = BUF_INIT;
    struct body *b = body_create();
    world_open(&w, serve_ok, NULL);
    struct call_request r = world_request(&w, "POST");
    h1_add_fieldz(&fields, "x-api-key", "secret");
    body_add(b, "0123456789", 10);
    for (int i = 0; i < 4; i++) {
        struct body_edits e = {0};
        body_edits_add(&e, 1, 9, "-", 1);
        r.fields = &fields;
        r.body = b;
        r.edits = &e;
        world_run(&w, &r);
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
    struct call_request r = world_request(&w, "GET");
    world_run(&w, &r);
    r.target.identity = "ac_2";
    world_run(&w, &r);
    assert_int_equal(w.reused, 0);
    assert_int_equal(w.peer.accepted, 2);
    world_run(&w, &r);
    assert_int_equal(w.reused, 1);
    r.target.identity = NULL;
    world_run(&w, &r);
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
    struct call_request r = world_request(&w, "GET");
    struct world others[3];
    for (int i = 0; i < 3; i++) {
        others[i] = w;
        others[i].told = others[i].body = (struct buf)BUF_INIT;
        world_start(&others[i], &r);
    }
    for (int i = 0; i < 3; i++) {
        world_finish(&others[i]);
        buf_release(&others[i].told);
        buf_release(&others[i].body);
    }
    world_finish(&w);
    assert_int_equal(w.peer.accepted, 3);
    assert_int_equal(w.peer.open, 2);
    world_pass(&w, 250);
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

/* The peer gives a kept connection up: seen at rest, or only when it is wanted again. With a body,
 * so that nothing is tried a second time. */
static void test_stale(void **state)
{
    (void)state;
    struct world w;
    struct body *b = body_create();
    body_add(b, "{}", 2);
    world_open(&w, serve_ok_and_close, NULL);
    struct call_request r = world_request(&w, "POST");
    r.body = b;
    for (int i = 1; i <= 4; i++) {
        world_start(&w, &r);
        while (w.call)
            event_base_loop(w.base, EVLOOP_ONCE); /* no turn for the loop after the end */
        assert_string_equal(w.told.data, "head 200; end; ");
        assert_int_equal(w.peer.accepted, i);
        if (i % 2)
            world_pass(&w, 5);
    }
    body_unref(b);
    world_close(&w);
}

/* Two answers to one request: the second must not be taken for the next request's. */
static void serve_two_then_one(struct peer_conn *c)
{
    while (peer_request(c))
        peer_say(c, c->number == 1 ? OK "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil" : OK);
}

static void test_answer_of_nobody(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, serve_two_then_one, NULL);
    struct call_request r = world_request(&w, "GET");
    w.again = &r;
    world_run(&w, &r);
    assert_string_equal(w.told.data, "head 200; end; head 200; end; ");
    assert_string_equal(w.body.data, "okok");
    assert_int_equal(w.peer.accepted, 2);
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
    struct call_request r = world_request(&w, "GET");
    world_run(&w, &r);
    /* Without a body: again on a fresh one, silently. */
    world_run(&w, &r);
    assert_string_equal(w.told.data, "head 200; end; ");
    assert_int_equal(w.peer.accepted, 2);
    assert_int_equal(w.peer.requests, 3);
    /* A body may have been worked on: the caller decides. */
    world_run_post(&w, r);
    assert_string_equal(w.told.data, "fail reset; ");
    assert_int_equal(w.reused, 1);
    assert_int_equal(w.peer.requests, 4);
    world_close(&w);
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
        peer_answer = rows[i].answer;
        peer_answer_ends = rows[i].ends;
        world_open(&w, serve_answer, NULL);
        struct call_request r = world_request(&w, "GET");
        world_run_post(&w, r);
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
    struct call_request r = world_request(&w, "GET");
    world_run(&w, &r);
    assert_string_equal(w.told.data, "fail protocol; ");
    world_close(&w);
}

static void test_times(void **state)
{
    (void)state;
    struct world w;
    peer_answer_ends = 0;
    world_open(&w, serve_answer, NULL);
    struct call_request r = world_request(&w, "GET");
    r.first_byte_ms = 60;
    r.idle_ms = 60;
    peer_answer = "";
    world_run(&w, &r);
    assert_string_equal(w.told.data, "fail timeout; ");
    assert_int_equal(w.peer.open, 0);
    peer_answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok";
    world_run(&w, &r);
    assert_string_equal(w.told.data, "head 200; fail timeout; ");
    assert_int_equal(w.peer.open, 0);
    /* Silence that we made ourselves does not count. */
    world_start(&w, &r);
    w.pause_in_body = true;
    world_pass(&w, 200);
    assert_string_equal(w.told.data, "head 200; ");
    w.pause_in_body = false;
    call_resume(w.call);
    world_finish(&w);
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
    struct call_request r = world_request(&w, "GET");
    world_start(&w, &r);
    w.pause_in_body = true;
    while (w.body.len == 0)
        event_base_loop(w.base, EVLOOP_ONCE);
    while (w.call) {
        size_t before = w.body.len;
        world_pass(&w, 5);
        assert_int_equal(w.body.len, before);
        call_resume(w.call);
        while (w.call && w.body.len == before)
            event_base_loop(w.base, EVLOOP_ONCE);
        if (w.body.len == 131072 && w.call) {
            call_resume(w.call);
            world_finish(&w);
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
    struct call_request r = world_request(&w, "GET");
    for (int where = 1; where <= 3; where++) {
        w.cancel_in = where;
        world_run(&w, &r);
        assert_int_equal(w.peer.open, where == 3);
    }
    w.cancel_in = 0;
    /* on the way, at once, and waiting for the answer */
    w.peer.serve = serve_answer;
    peer_answer = "";
    r.target.identity = "ac_9";
    world_start(&w, &r);
    call_cancel(w.call);
    world_pass(&w, 5);
    int before = w.peer.requests;
    world_start(&w, &r);
    while (w.peer.requests == before)
        event_base_loop(w.base, EVLOOP_ONCE);
    call_cancel(w.call);
    w.call = NULL;
    world_pass(&w, 5);
    assert_int_equal(w.peer.open, 1); /* the one at rest of ac_1 */
    assert_int_equal(w.told.len, 0);
    world_close(&w);
}

/* Calls under way when the thread ends. */
static void test_free_under_way(void **state)
{
    (void)state;
    struct world w;
    peer_answer = "";
    peer_answer_ends = 0;
    world_open(&w, serve_answer, NULL);
    struct call_request r = world_request(&w, "GET");
    world_start(&w, &r);
    while (w.peer.requests == 0)
        event_base_loop(w.base, EVLOOP_ONCE);
    world_start(&w, &r);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_apart),
        cmocka_unit_test(test_idle_bounds),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_answer_of_nobody),
        cmocka_unit_test(test_reset_on_kept),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_endless_head),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_free_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
