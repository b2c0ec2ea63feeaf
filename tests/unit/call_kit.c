/* See call_kit.h. */
#include "call_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    if (w->again) {
        w->call = call_start(w->u, w->again, &world_ops, w, NULL);
        w->again = NULL;
    }
}

static void told_fail(void *self, enum call_fault f, const char *text)
{
    struct world *w = self;
    assert_true(strlen(text) > 3);
    buf_addf(&w->told, "fail %s; ", call_fault_name(f));
    w->reused = call_reused(w->call);
    w->call = NULL;
}

const struct call_ops world_ops = {
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

void world_open(
    struct world *w, void (*serve)(struct peer_conn *), const struct upstream_options *o)
{
    *w = (struct world){.told = BUF_INIT, .body = BUF_INIT};
    w->base = event_base_new();
    w->guard = event_new(w->base, -1, 0, on_guard, w);
    peer_open(&w->peer, w->base, serve);
    w->u = upstream_create(w->base, o);
    snprintf(w->origin, sizeof w->origin, "http://127.0.0.1:%d", w->peer.port);
}

void world_close(struct world *w)
{
    upstream_free(w->u);
    peer_close(&w->peer);
    event_free(w->guard);
    event_base_free(w->base);
    buf_release(&w->told);
    buf_release(&w->body);
}

void world_pass(struct world *w, int ms)
{
    struct timeval tv = {ms / 1000, ms % 1000 * 1000};
    w->expired = 0;
    event_add(w->guard, &tv);
    while (!w->expired)
        event_base_loop(w->base, EVLOOP_ONCE);
}

void world_finish(struct world *w)
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

struct call_request world_request(struct world *w, const char *method)
{
    return (struct call_request){
        .target = {.origin = w->origin, .identity = "ac_1"},
        .method = method,
        .path = "/v1/messages?beta=true",
    };
}

void world_start(struct world *w, const struct call_request *r)
{
    struct err err;
    buf_reset(&w->told);
    buf_reset(&w->body);
    w->call = call_start(w->u, r, &world_ops, w, &err);
    assert_non_null(w->call);
}

void world_run(struct world *w, const struct call_request *r)
{
    world_start(w, r);
    assert_int_equal(w->told.len, 0);
    world_finish(w);
}

void world_run_post(struct world *w, struct call_request r)
{
    struct body *b = body_create();
    body_add(b, "{}", 2);
    r.method = "POST";
    r.body = b;
    world_run(w, &r);
    body_unref(b);
}

void serve_ok(struct peer_conn *c)
{
    while (peer_request(c))
        peer_say(c, OK);
}

const char *peer_answer;
int peer_answer_ends; /* 1 close, 2 reset */

void serve_answer(struct peer_conn *c)
{
    if (!peer_request(c))
        return;
    peer_say(c, peer_answer);
    if (peer_answer_ends == 1)
        peer_end(c);
    else if (peer_answer_ends == 2)
        peer_reset(c);
}

int world_closed_port(struct world *w)
{
    struct peer p;
    peer_open(&p, w->base, serve_ok);
    int port = p.port;
    peer_close(&p);
    return port;
}
