/* An answer through the real rooms. */
#include "tests/conversations/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "common/alloc.h"
#include "dialect/dialect.h"
#include "http1/conn.h"

void outcome_release(struct outcome *o)
{
    buf_release(&o->heard);
    buf_release(&o->request);
    free(o->model);
    free(o->origin);
}

/* --- a transport in memory
 * ------------------------------------------------------------------------------ */

struct passage {
    const char *wire;
    const size_t *cuts;
    size_t n, piece, at;
    bool closed;
    struct buf request;
    bool over;
    struct walk *walk;
    struct plan plan;
    struct outcome *out;
    struct h1_head *head;
    struct tap *tap;
    struct buf whole, error;
    bool whole_mode, gone;
};

static ssize_t passage_recv(void *self, void *p, size_t n)
{
    struct passage *g = self;

    if (g->piece == g->n) {
        if (g->closed)
            return 0;
        errno = EAGAIN;
        return -1;
    }
    size_t left = g->cuts[g->piece] - g->at;
    if (left == 0) {
        g->piece++;
        errno = EAGAIN;
        return -1;
    }
    n = n < left ? n : left;
    memcpy(p, g->wire + g->at, n);
    g->at += n;
    return (ssize_t)n;
}

static ssize_t passage_sendv(void *self, const struct iovec *iov, int n)
{
    struct passage *g = self;
    ssize_t all = 0;

    for (int i = 0; i < n; i++) {
        buf_add(&g->request, iov[i].iov_base, iov[i].iov_len);
        all += (ssize_t)iov[i].iov_len;
    }
    return all;
}

static void passage_close(void *self)
{
    (void)self;
}

/* --- what the steps forward and stream do with an answer
 * ------------------------------------------------ */

static void passage_judge(struct passage *g, enum call_fault fault)
{
    struct upstream_answer ans = {.fault = fault,
        .head = g->head,
        .body = g->error.data,
        .n = g->error.len,
        .now = clock_now()};

    g->out->judged = true;
    g->walk->provider->judge(g->walk->account, &ans, &g->out->verdict);
}

static bool is_type(const struct h1_head *head, const char *type)
{
    struct span v = h1_get(head, "content-type");

    return v.n >= strlen(type) && strncasecmp(v.p, type, strlen(type)) == 0;
}

static struct transform *transform_of(const struct passage *g)
{
    struct transform *t = g->out->status < 300 ? g->plan.transform : NULL;

    return t && t->events_only && !g->out->streamed ? NULL : t;
}

static void heard_add(struct passage *g, const char *p, size_t n)
{
    const struct transform *t = transform_of(g);

    if (g->whole_mode) {
        buf_add(&g->whole, p, n);
        return;
    }
    if (g->tap && !(t && t->metered_before))
        tap_feed(g->tap, p, n);
    buf_add(&g->out->heard, p, n);
}

static void passage_fail(struct passage *g, const struct err *e)
{
    g->out->failed = true;
    g->over = true;
    snprintf(g->out->reason, sizeof g->out->reason, "%.380s", e->text);
}

static void start_meter(struct passage *g, bool stream)
{
    struct span tier = {0};

    g->tap = tap_create(g->plan.wire, stream);
    if (g->plan.wire == WIRE_GEMINI)
        tier = h1_get(g->head, "x-gemini-service-tier");
    if (tier.n)
        tap_tier(g->tap, tier.p, tier.n);
}

static void on_head(void *self, const struct h1_head *head)
{
    struct passage *g = self;
    struct outcome *o = g->out;

    o->status = head->status;
    /* The spans of a head live no longer than this call; errors are judged at their end. */
    g->head = &head_copy(head)->head;
    if (head->status < 300)
        passage_judge(g, CALL_OK);
    const struct transform *t = transform_of(g);
    o->streamed = t && t->content_type ? text_starts(t->content_type, "text/event-stream")
                                       : is_type(head, "text/event-stream");
    g->whole_mode = t ? t->whole : false;
    if (head->status < 300)
        start_meter(g, (t && t->metered_before) || o->streamed);
}

static void on_body(void *self, const char *p, size_t n)
{
    struct passage *g = self;
    struct transform *t = transform_of(g);
    struct buf out = BUF_INIT;
    struct err e;

    if (g->over)
        return;
    if (g->out->status >= 300)
        buf_add(&g->error, p, n);
    err_clear(&e);
    if (!t) {
        heard_add(g, p, n);
        return;
    }
    if (t->metered_before)
        tap_feed(g->tap, p, n);
    int r = t->feed(t, p, n, &out, &e);
    heard_add(g, out.data, out.len);
    buf_release(&out);
    if (r)
        passage_fail(g, &e);
}

static void on_message_end(void *self)
{
    struct passage *g = self;
    struct transform *t = transform_of(g);
    struct buf out = BUF_INIT;
    struct err e;

    err_clear(&e);
    if (g->over)
        return;
    g->over = true;
    g->out->ended = true;
    if (t && t->finish(t, &out, &e))
        passage_fail(g, &e);
    else
        heard_add(g, out.data, out.len);
    buf_release(&out);
    if (g->out->status >= 300)
        passage_judge(g, CALL_OK);
    if (g->whole_mode && !g->out->failed) {
        if (!t->metered_before)
            tap_feed(g->tap, g->whole.data, g->whole.len);
        buf_add(&g->out->heard, g->whole.data, g->whole.len);
    }
}

static void on_closed(void *self, enum h1_end why)
{
    struct passage *g = self;

    g->gone = true;
    if (g->over)
        return;
    g->over = true;
    if (!g->out->status)
        passage_judge(g, why == H1_END_PROTOCOL ? CALL_PROTOCOL : CALL_RESET);
    else if (g->out->status >= 300)
        passage_judge(g, CALL_OK);
}

static const struct h1_conn_ops ops = {.on_head = on_head,
    .on_body = on_body,
    .on_message_end = on_message_end,
    .on_closed = on_closed};

/* --- all of it
 * ------------------------------------------------------------------------------------------ */

/* One loop and one descriptor, which is always ready, for all runs of the program. */
static struct event_base *loop(int *fd)
{
    static struct event_base *base;
    static int ready = -1;

    if (!base) {
        base = event_base_new();
        ready = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
    }
    *fd = ready;
    return base;
}

static void passage_send(struct passage *g, struct h1_conn *conn)
{
    struct plan *p = &g->plan;
    struct buf head = BUF_INIT;
    const char *host = strstr(p->origin, "//");

    buf_addf(&head, "%s %s HTTP/1.1\r\nHost: %s\r\n", p->method, p->path, host ? host + 2 : "");
    buf_add(&head, p->fields.data, p->fields.len);
    h1_request_send(conn, &head, p->body, &p->edits, false);
    buf_release(&head);
}

static void passage_end(struct passage *g)
{
    struct outcome *o = g->out;

    if (g->tap) {
        tap_finish(g->tap, &o->usage);
        o->complete = tap_complete(g->tap);
        snprintf(
            o->fault, sizeof o->fault, "%s", tap_error_type(g->tap) ? tap_error_type(g->tap) : "");
        tap_free(g->tap);
    }
    if (g->head)
        free((char *)g->head - offsetof(struct head_copy, head));
    o->request = g->request;
    o->origin = g->plan.origin;
    o->model = g->plan.model;
    g->plan.origin = g->plan.model = NULL;
    buf_release(&g->whole);
    buf_release(&g->error);
    plan_release(&g->plan);
}

int walk_run(struct walk *c, const char *wire, const size_t *cuts, size_t n, bool closed,
    struct outcome *out)
{
    struct passage g = {
        .wire = wire, .cuts = cuts, .n = n, .closed = closed, .walk = c, .out = out};
    const struct h1_limits limits = {.high = 1u << 20, .low = 1u << 16};
    struct err err;
    int fd;

    memset(out, 0, sizeof *out);
    buf_init(&out->heard);
    buf_init(&g.request);
    buf_init(&g.whole);
    buf_init(&g.error);
    err_clear(&err);
    if (*c->refused)
        return -1;
    if (c->provider->plan(c->data, c->account, c->credential, &c->ask, &g.plan, &err)) {
        snprintf(c->refused, sizeof c->refused, "%.380s", err.text);
        return -1;
    }
    struct event_base *base = loop(&fd);
    struct h1_transport t = {
        .recv = passage_recv, .sendv = passage_sendv, .close = passage_close, .self = &g, .fd = fd};
    struct h1_conn *conn = h1_conn_create(base, t, false, &limits, &ops, &g);
    passage_send(&g, conn);
    while (!g.over)
        event_base_loop(base, EVLOOP_ONCE);
    if (!g.gone)
        h1_conn_close(conn);
    passage_end(&g);
    return 0;
}
