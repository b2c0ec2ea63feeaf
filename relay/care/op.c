/* Things that take several steps: one answer, pause or write at a time, and an end that frees. */
#include "care/care_int.h"

#include <stdlib.h>
#include "common/alloc.h"

void op_begin(struct op *op, struct care *c, void (*drop)(struct op *))
{
    op->care = care_ref(c);
    op->drop = drop;
    op->next = c->ops;
    if (c->ops)
        c->ops->prev = op;
    c->ops = op;
}

void op_end(struct op *op)
{
    struct care *c = op->care;
    if (op->fetch)
        fetch_cancel(op->fetch);
    if (op->timer)
        event_free(op->timer);
    if (op->prev)
        op->prev->next = op->next;
    else
        c->ops = op->next;
    if (op->next)
        op->next->prev = op->prev;
    op->drop(op);
    care_unref(c);
}

struct way way_of(const struct account *a, const struct credential *cr)
{
    bool has = a->set.proxy && *a->set.proxy;
    return (struct way){.identity = a->id,
        .proxy = has ? a->set.proxy : NULL,
        .proxy_user = has && cr ? cr->proxy_user : NULL,
        .proxy_password = has && cr ? cr->proxy_password : NULL};
}

static void fetch_ended(void *self, const struct fetch_answer *ans)
{
    struct op *op = self;
    op->fetch = NULL;
    op->answered(op, ans);
}

void op_fetch(struct op *op, const struct way *w, struct token_request *r,
    void (*answered)(struct op *, const struct fetch_answer *))
{
    op->answered = answered;
    struct fetch_request q = {.target = {.origin = r->origin,
                                  .identity = w->identity,
                                  .proxy = w->proxy,
                                  .proxy_user = w->proxy_user,
                                  .proxy_password = w->proxy_password},
        .method = r->method,
        .path = r->path,
        .fields = &r->fields,
        .body = r->body.len ? r->body.data : NULL,
        .body_len = r->body.len,
        .timeout_ms = 30000};
    op->fetch = fetch_start(op->care->upstream, &q, fetch_ended, op);
    token_request_release(r);
}

static void timer_rang(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct op *op = arg;
    event_free(op->timer);
    op->timer = NULL;
    op->woken(op);
}

void op_sleep(struct op *op, int64_t ms, void (*woken)(struct op *))
{
    op->woken = woken;
    op->timer = xcheck(evtimer_new(op->care->o.base, timer_rang, op));
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    evtimer_add(op->timer, &tv);
}
