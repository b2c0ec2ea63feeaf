/* One call: a kept or new connection, the request on it, and the answer told as it comes. */
#include "upstream/upstream_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"

struct call {
    struct chain chain;
    struct upstream *u;
    const struct call_ops *ops;
    void *self;
    struct event timer;
    struct dial *dial; /* while connecting */
    struct link *link; /* while speaking */
    char *key;         /* until there is a link */
    size_t key_len;
    struct target target; /* own copies, for a second connection; until the answer begins */
    struct buf request;   /* the same: head as sent, without framing */
    struct body *body;
    struct body_edits edits;
    struct h1_head *head; /* the answer's, with its bytes behind it */
    int first_byte_ms, idle_ms;
    int64_t moved; /* clock_mono of the last progress */
    size_t queued; /* of the request, when last looked at */
    enum h1_fault fault;
    bool head_method, bodyless, reused, retried, paused, ended;
};

static const struct h1_conn_ops conn_ops;

const char *call_fault_name(enum call_fault f)
{
    static const char *const names[] = {
        "ok", "dns", "connect", "proxy", "tls", "reset", "truncated", "protocol", "timeout"};
    size_t i = (size_t)f;
    return i < sizeof names / sizeof *names ? names[i] : "unknown";
}

/* --- the request */

static void target_copy(struct target *to, const struct target *from)
{
    to->origin = xstrdup(from->origin);
    to->identity = xstrdup(from->identity);
    to->proxy = xstrdup(from->proxy);
    to->proxy_user = xstrdup(from->proxy_user);
    to->proxy_password = xstrdup(from->proxy_password);
}

static void free_const(const char *s)
{
    if (s)
        explicit_bzero((void *)(uintptr_t)s, strlen(s));
    free((void *)(uintptr_t)s);
}

/* What only a second attempt would need: not kept through a long answer. */
static void forget_request(struct call *c)
{
    free_const(c->target.origin);
    free_const(c->target.identity);
    free_const(c->target.proxy);
    free_const(c->target.proxy_user);
    free_const(c->target.proxy_password);
    c->target = (struct target){0};
    buf_wipe(&c->request); /* the account's credential is in it */
    body_unref(c->body);
    c->body = NULL;
    body_edits_release(&c->edits);
    link_key_free(c->key, c->key_len);
    c->key = NULL;
}

static void call_free(struct call *c)
{
    forget_request(c);
    chain_remove(&c->chain);
    event_del(&c->timer);
    free(c->head);
    free(c);
}

static bool visible(const char *s)
{
    for (; *s; s++)
        if (*s <= ' ' || *s == 0x7f)
            return false;
    return true;
}

static int check_request(const struct call_request *r, struct err *err)
{
    struct buf probe = BUF_INIT;
    /* A method is a token, as a field name is: one judge for both. */
    int bad = h1_add_fieldz(&probe, r->method, "");
    buf_release(&probe);
    if (bad)
        return err_set(err, ERR_USAGE, "bad method '%s'", r->method);
    if (r->path[0] != '/' || !visible(r->path))
        return err_set(err, ERR_USAGE, "bad path '%s'", r->path);
    return target_check(&r->target, err);
}

static void build_request(struct call *c, const struct call_request *r)
{
    buf_addf(&c->request, "%s %s HTTP/1.1\r\nHost: %s\r\n", r->method, r->path,
        target_authority(&r->target));
    if (r->fields)
        buf_add(&c->request, r->fields->data, r->fields->len);
    c->head_method = strcmp(r->method, "HEAD") == 0;
    c->bodyless = !r->body;
    if (r->body)
        c->body = body_ref(r->body);
    else if (strcmp(r->method, "POST") == 0 || strcmp(r->method, "PUT") == 0 ||
             strcmp(r->method, "PATCH") == 0)
        c->body = body_create(); /* servers want to see that the length is 0 */
    if (r->edits) {
        c->edits = *r->edits;
        *r->edits = (struct body_edits){0};
    }
}

/* --- time */

static void set_timer(struct call *c, int64_t ms)
{
    ms = ms > 0 ? ms : 0;
    struct timeval tv = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (ms % 1000) * 1000};
    event_add(&c->timer, &tv);
}

static int limit_of(const struct call *c)
{
    if (!c->link || c->paused)
        return 0;
    return c->head ? c->idle_ms : c->first_byte_ms;
}

/* Sets the limit of the present phase anew. Progress itself does not touch the timer: when it fires
 * it looks at what has moved. */
static void begin_wait(struct call *c)
{
    c->moved = clock_mono();
    int limit = limit_of(c);
    if (limit)
        set_timer(c, limit);
    else
        event_del(&c->timer);
}

static void call_fail(struct call *c, enum call_fault f, const char *text)
{
    c->ended = true;
    if (c->ops->on_fail)
        c->ops->on_fail(c->self, f, text);
    call_free(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct call *c = arg;
    (void)fd;
    (void)what;
    int limit = limit_of(c);
    if (!limit)
        return;
    int64_t now = clock_mono();
    size_t queued = c->head ? 0 : h1_conn_queued(c->link->conn);
    if (queued != c->queued) {
        c->queued = queued;
        c->moved = now;
    }
    if (now - c->moved < limit) {
        set_timer(c, limit - (now - c->moved));
        return;
    }
    link_close(c->link);
    c->link = NULL;
    call_fail(
        c, CALL_TIMEOUT, c->head ? "no more of the answer came in time" : "no answer in time");
}

/* --- the connection */

static void send_request(struct call *c)
{
    struct body_edits edits = {0};
    /* The originals stay for a second connection, which only a kept one can need. */
    if (c->reused)
        for (size_t i = 0; i < c->edits.n; i++)
            body_edits_add(&edits, c->edits.v[i].begin, c->edits.v[i].end, c->edits.v[i].with,
                c->edits.v[i].n);
    h1_request_send(
        c->link->conn, &c->request, c->body, c->reused ? &edits : &c->edits, c->head_method);
    c->queued = h1_conn_queued(c->link->conn);
    begin_wait(c);
}

static void on_dialled(
    void *self, enum call_fault f, const char *text, const struct h1_transport *t)
{
    struct call *c = self;
    c->dial = NULL;
    if (f) {
        call_fail(c, f, text);
        return;
    }
    c->reused = false;
    c->link = link_create(c->u, t, c->key, c->key_len, &conn_ops, c);
    c->key = NULL;
    send_request(c);
}

static void dial_for(struct call *c)
{
    c->dial = dial_start(c->u, &c->target, on_dialled, c);
}

struct call *call_start(struct upstream *u, const struct call_request *r,
    const struct call_ops *ops, void *self, struct err *err)
{
    if (check_request(r, err) != 0)
        return NULL;
    struct call *c = xcalloc(1, sizeof *c);
    c->u = u;
    c->ops = ops;
    c->self = self;
    c->first_byte_ms = r->first_byte_ms;
    c->idle_ms = r->idle_ms;
    event_assign(&c->timer, u->base, -1, 0, on_timer, c);
    chain_add(&u->calls, &c->chain);
    buf_init(&c->request);
    build_request(c, r);
    target_copy(&c->target, &r->target);
    c->key = link_key(&c->target, &c->key_len);
    c->link = pool_take(u, c->key, c->key_len);
    if (!c->link) {
        dial_for(c);
        return c;
    }
    c->reused = true;
    h1_conn_set_self(c->link->conn, &conn_ops, c);
    send_request(c);
    return c;
}

void call_pause(struct call *c)
{
    if (c->paused || c->ended)
        return;
    c->paused = true;
    if (c->link)
        h1_conn_pause(c->link->conn);
}

void call_resume(struct call *c)
{
    if (!c->paused || c->ended)
        return;
    c->paused = false;
    begin_wait(c);
    if (c->link)
        h1_conn_resume(c->link->conn);
}

void call_cancel(struct call *c)
{
    if (c->ended)
        return; /* its last callback is running: it frees itself after */
    if (c->dial)
        dial_cancel(c->dial);
    if (c->link)
        link_close(c->link);
    call_free(c);
}

bool call_reused(const struct call *c)
{
    return c->reused;
}

void call_drop_all(struct upstream *u)
{
    while (u->calls.next != &u->calls)
        call_cancel((struct call *)u->calls.next);
}

/* --- the answer */

static struct span moved_span(struct span s, const char *from, const char *to)
{
    return s.p ? (struct span){to + (s.p - from), s.n} : s;
}

/* The connection's spans live for one callback; the call's live as long as it does. */
static void keep_head(struct call *c, const struct h1_head *h)
{
    const char *from = h->reason.p ? h->reason.p : h->n_fields ? h->fields[0].name.p : NULL;
    const char *end = from;
    if (h->n_fields) {
        const struct h1_field *last = &h->fields[h->n_fields - 1];
        end = last->value.p + last->value.n;
    } else if (from) {
        end = from + h->reason.n;
    }
    size_t n = (size_t)(end - from);
    c->head = xmalloc(sizeof *h + n);
    char *to = (char *)(c->head + 1);
    if (n)
        memcpy(to, from, n);
    *c->head = *h;
    c->head->reason = moved_span(h->reason, from, to);
    for (unsigned i = 0; i < h->n_fields; i++) {
        c->head->fields[i].name = moved_span(h->fields[i].name, from, to);
        c->head->fields[i].value = moved_span(h->fields[i].value, from, to);
    }
}

static void on_head(void *self, const struct h1_head *head)
{
    struct call *c = self;
    keep_head(c, head);
    forget_request(c);
    begin_wait(c);
    if (c->paused)
        h1_conn_pause(c->link->conn);
    if (c->ops->on_head)
        c->ops->on_head(c->self, c->head);
}

static void on_body(void *self, const char *p, size_t n)
{
    struct call *c = self;
    if (c->idle_ms)
        c->moved = clock_mono();
    if (c->ops->on_body)
        c->ops->on_body(c->self, p, n);
}

static void on_message_end(void *self)
{
    struct call *c = self;
    struct link *l = c->link;
    c->link = NULL;
    c->ended = true;
    if (h1_conn_reusable(l->conn))
        pool_put(l);
    else
        link_close(l);
    if (c->ops->on_end)
        c->ops->on_end(c->self);
    call_free(c);
}

static void on_fault(void *self, enum h1_fault f)
{
    ((struct call *)self)->fault = f;
}

/* A kept connection that the peer had given up: as good as never having had it, as long as nothing
 * can have been done there. */
static bool may_retry(const struct call *c)
{
    return c->reused && !c->retried && !c->head && !h1_response_seen_any(c->link->conn) &&
           (c->bodyless || !h1_request_sent_any(c->link->conn));
}

static void on_closed(void *self, enum h1_end why)
{
    struct call *c = self;
    if (why != H1_END_PROTOCOL && may_retry(c)) {
        c->retried = true;
        link_forget(c->link);
        c->link = NULL;
        dial_for(c);
        return;
    }
    link_forget(c->link);
    c->link = NULL;
    if (why == H1_END_PROTOCOL)
        call_fail(c, CALL_PROTOCOL, h1_fault_text(c->fault ? c->fault : H1_BAD));
    else if (c->head)
        call_fail(c, CALL_TRUNCATED, "connection closed before the end of the answer");
    else
        call_fail(c, CALL_RESET, "connection closed before the answer");
}

static const struct h1_conn_ops conn_ops = {
    .on_head = on_head,
    .on_body = on_body,
    .on_message_end = on_message_end,
    .on_fault = on_fault,
    .on_closed = on_closed,
};
