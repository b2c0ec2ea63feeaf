/* Whole fetches: what is sent, what is refused, and the bounds. */
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

struct world {
    struct event_base *base;
    struct upstream *u;
    struct peer peer;
    char origin[64];
    int done, status;
    enum err_code code;
    struct buf body, type;
    struct fetch *cancel; /* from inside done */
};

static const char *answer;
static int answer_ends;

static void serve(struct peer_conn *c)
{
    if (!peer_request(c))
        return;
    peer_say(c, answer);
    if (answer_ends)
        peer_end(c);
}

static void world_open(struct world *w)
{
    *w = (struct world){.body = BUF_INIT, .type = BUF_INIT};
    w->base = event_base_new();
    peer_open(&w->peer, w->base, serve);
    w->u = upstream_create(w->base, NULL);
    snprintf(w->origin, sizeof w->origin, "http://127.0.0.1:%d", w->peer.port);
    answer_ends = 0;
}

static void world_close(struct world *w)
{
    upstream_free(w->u);
    peer_close(&w->peer);
    event_base_free(w->base);
    buf_release(&w->body);
    buf_release(&w->type);
}

static void on_done(void *self, const struct fetch_answer *a)
{
    struct world *w = self;
    w->done++;
    w->status = a->status;
    w->code = a->err.code;
    assert_int_equal(a->status == 0, a->err.code != ERR_NONE);
    assert_int_equal(a->status == 0, a->head == NULL);
    assert_true(a->ms >= 0);
    buf_reset(&w->body);
    buf_reset(&w->type);
    buf_add(&w->body, a->body.data, a->body.len);
    if (a->head) {
        struct span type = h1_get(a->head, "content-type");
        buf_add(&w->type, type.p ? type.p : "", type.n);
    }
    if (w->cancel)
        fetch_cancel(w->cancel);
}

static struct fetch_request request_of(struct world *w, const char *method)
{
    return (struct fetch_request){
        .target = {.origin = w->origin, .identity = "ac_1"},
        .method = method,
        .path = "/v1/../token?a=b",
    };
}

static void run(struct world *w, const struct fetch_request *r)
{
    int before = w->done;
    fetch_start(w->u, r, on_done, w);
    assert_int_equal(w->done, before);
    while (w->done == before)
        event_base_loop(w->base, EVLOOP_ONCE);
}

static void test_post(void **state)
{
    (void)state;
    struct world w;
    struct buf fields = BUF_INIT;
    world_open(&w);
    answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 No\r\nContent-Type: a/b\r\n"
             "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n";
    h1_add_fieldz(&fields, "Content-Type", "application/json");
    h1_add_fieldz(&fields, "X-Empty", "");
    h1_add_fieldz(&fields, "X-Semi", "a;b");
    struct fetch_request r = request_of(&w, "POST");
    r.fields = &fields;
    r.body = "{\"x\":1}";
    r.body_len = 7;
    run(&w, &r);
    assert_int_equal(w.status, 400);
    assert_string_equal(w.body.data, "{}");
    assert_string_equal(w.type.data, "a/b");
    const char *seen = w.peer.seen.data;
    assert_non_null(strstr(seen, "POST /v1/../token?a=b HTTP/1.1\r\n"));
    assert_non_null(strstr(seen, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(seen, "\r\nX-Empty:\r\n"));
    assert_non_null(strstr(seen, "\r\nX-Semi: a;b\r\n"));
    assert_non_null(strstr(seen, "\r\n\r\n{\"x\":1}"));
    assert_null(strstr(seen, "Expect"));
    assert_non_null(strstr(seen, "Accept-Encoding: identity\r\n"));
    buf_release(&fields);
    world_close(&w);
}

static void test_methods(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET", "DELETE", "HEAD", "PUT", "POST"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct world w;
        world_open(&w);
        answer = i == 2 ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                        : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        struct fetch_request r = request_of(&w, methods[i]);
        run(&w, &r);
        assert_int_equal(w.status, 200);
        assert_int_equal(strncmp(w.peer.seen.data, methods[i], strlen(methods[i])), 0);
        assert_string_equal(w.body.data, i == 2 ? "" : "ok");
        world_close(&w);
    }
}

static void test_bad_answers(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int ends;
        enum err_code code;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\nok", 0, ERR_PROTOCOL},
        {"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0123456789abcdefghij", 0, ERR_PROTOCOL},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", 1, ERR_UNREACHABLE},
        {"", 1, ERR_UNREACHABLE},
        {"", 0, ERR_TIMEOUT},
        {"nonsense\r\n\r\n", 1, ERR_UNREACHABLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        world_open(&w);
        answer = rows[i].answer;
        answer_ends = rows[i].ends;
        struct fetch_request r = request_of(&w, "GET");
        r.max_bytes = 16;
        r.timeout_ms = 200;
        run(&w, &r);
        assert_int_equal(w.status, 0);
        assert_int_equal(w.code, rows[i].code);
        assert_int_equal(w.body.len, 0);
        world_close(&w);
    }
}

static void test_redirect_is_an_answer(void **state)
{
    (void)state;
    struct world w;
    char text[256];
    world_open(&w);
    snprintf(text, sizeof text, "HTTP/1.1 302 Go\r\nLocation: %s/x\r\nContent-Length: 0\r\n\r\n",
        w.origin);
    answer = text;
    struct fetch_request r = request_of(&w, "GET");
    run(&w, &r);
    assert_int_equal(w.status, 302);
    assert_int_equal(w.peer.accepted, 1);
    world_close(&w);
}

static void test_malformed(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    static const char *const paths[] = {"", "x", "/a b", "/a\r\nX: y", "/a#b"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct fetch_request r = request_of(&w, "GET");
        r.path = paths[i];
        run(&w, &r);
        assert_int_equal(w.code, ERR_USAGE);
    }
    struct fetch_request r = request_of(&w, "G T");
    run(&w, &r);
    assert_int_equal(w.code, ERR_USAGE);
    assert_int_equal(w.peer.accepted, 0);
    world_close(&w);
}

static void test_cancel(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    answer = "";
    struct fetch_request r = request_of(&w, "GET");
    fetch_cancel(fetch_start(w.u, &r, on_done, &w));
    struct fetch *f = fetch_start(w.u, &r, on_done, &w);
    while (w.peer.requests == 0)
        event_base_loop(w.base, EVLOOP_ONCE);
    fetch_cancel(f);
    while (w.peer.open)
        event_base_loop(w.base, EVLOOP_ONCE);
    assert_int_equal(w.done, 0);
    answer = "HTTP/1.1 204 No\r\n\r\n";
    w.cancel = fetch_start(w.u, &r, on_done, &w);
    while (!w.done)
        event_base_loop(w.base, EVLOOP_ONCE);
    w.cancel = NULL;
    answer = "";
    fetch_start(w.u, &r, on_done, &w); /* under way at the end */
    world_close(&w);
}

static void test_proxy(void **state)
{
    (void)state;
    struct world w;
    struct peer trap;
    char url[64];
    world_open(&w);
    peer_open(&trap, w.base, serve);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", trap.port);
    setenv("http_proxy", url, 1);
    answer = "HTTP/1.1 204 No\r\n\r\n";
    struct fetch_request r = request_of(&w, "GET");
    run(&w, &r);
    assert_int_equal(w.status, 204);
    assert_int_equal(trap.accepted, 0);
    unsetenv("http_proxy");
    answer = "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n";
    int before = w.peer.accepted;
    r.target.proxy = url;
    run(&w, &r);
    assert_int_equal(w.status, 0);
    assert_int_equal(w.peer.accepted, before);
    peer_close(&trap);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_post),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_bad_answers),
        cmocka_unit_test(test_redirect_is_an_answer),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
