/* Read: the body into pieces as it arrives, scanned once on the way. */
#include "flow/steps_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/units.h"

static enum step_verdict fail(struct exchange *x, enum fault_kind kind, const char *text)
{
    fault_set(&x->fault, kind, "%s", _(text));
    x->has_fault = true;
    return STEP_FAIL;
}

static enum step_verdict too_large(struct exchange *x)
{
    char limit[UNITS_MAX], text[128];

    snprintf(text, sizeof text, _("the request is larger than the %s that this relay takes"),
        units_size(limit, x->settings->v.max_body));
    return fail(x, FAULT_TOO_LARGE, text);
}

static bool over_limit(const struct exchange *x, uint64_t size)
{
    return size > (uint64_t)x->settings->v.max_body;
}

/* Counts n more bytes of bodies in memory; false when there are too many. */
static bool budget(struct exchange *x, size_t n)
{
    struct house *h = x->flow->house;
    long long now = atomic_fetch_add_explicit(&h->body_bytes, (long long)n, memory_order_relaxed) +
                    (long long)n;

    x->budgeted += n;
    return now <= x->settings->v.body_budget;
}

enum step_verdict step_read(struct exchange *x)
{
    const struct h1_head *head = &x->head->head;
    struct span coding = h1_get(head, "content-encoding");

    if (head->framing == H1_LENGTH && over_limit(x, head->content_length))
        return too_large(x);
    if (coding.n && !span_caseeq(coding, "identity"))
        return fail(x, FAULT_INVALID, N_("the request's body must not be compressed"));
    x->body = body_create();
    x->scan = jscan_create(fact_paths, fact_count);
    h1_conn_accept_body(x->conn);
    return STEP_WAIT;
}

static bool reading(const struct exchange *x)
{
    return x->step == AT_READ && !x->finishing;
}

void exchange_body(struct exchange *x, const char *p, size_t n)
{
    struct err e;

    if (!reading(x))
        return;
    if (over_limit(x, body_size(x->body) + n)) {
        exchange_go(x, too_large(x));
        return;
    }
    if (!budget(x, n)) {
        fail(x, FAULT_UNAVAILABLE, N_("the relay holds as many request bodies as it may"));
        x->fault.reset = clock_now() + 2 * MS_SECOND;
        exchange_go(x, STEP_FAIL);
        return;
    }
    body_add(x->body, p, n);
    if (jscan_feed(x->scan, p, n, &e) == 0)
        return;
    fault_set(&x->fault, FAULT_INVALID, "the request's body is not usable JSON: %s", e.text);
    x->has_fault = true;
    exchange_go(x, STEP_FAIL);
}

void exchange_body_fault(struct exchange *x, enum h1_fault fault)
{
    if (x->finishing)
        return;
    if (!reading(x)) {
        exchange_client_gone(x);
        return;
    }
    fail(x, fault == H1_TOO_SLOW ? FAULT_TIME : FAULT_INVALID, h1_fault_text(fault));
    exchange_go(x, STEP_FAIL);
}

/* Operations that cannot go on without a model's name. */
static bool needs_model(const struct exchange *x)
{
    return x->match.route->op != OP_INTERNAL && x->dialect != DIALECT_GEMINI_INTERNAL &&
           x->match.route->op != OP_IMAGES;
}

static bool asks_for_events(const struct exchange *x)
{
    bool gemini = x->dialect == DIALECT_GEMINI || x->dialect == DIALECT_GEMINI_INTERNAL;

    return x->facts.stream && (!gemini || strstr(x->match.query, "alt=sse"));
}

static bool asks_for_long_context(const struct h1_head *head)
{
    for (unsigned i = 0; i < head->n_fields; i++) {
        struct span v = head->fields[i].value;
        if (span_caseeq(head->fields[i].name, "anthropic-beta") &&
            memmem(v.p, v.n, "context-1m", 10))
            return true;
    }
    return false;
}

static enum step_verdict scanned(struct exchange *x)
{
    struct err e;

    if (jscan_end(x->scan, &e) < 0) {
        fault_set(&x->fault, FAULT_INVALID, "the request's body is not usable JSON: %s", e.text);
        x->has_fault = true;
        return STEP_FAIL;
    }
    if (jscan_root(x->scan) != JSCAN_OBJECT)
        return fail(x, FAULT_INVALID, N_("the request's body must be a JSON object"));
    x->has_fault = facts_read(&x->facts, x->scan, &x->fault) < 0;
    return x->has_fault ? STEP_FAIL : STEP_NEXT;
}

static void say_read(struct exchange *x)
{
    const struct facts *f = &x->facts;
    char size[UNITS_MAX];

    trail_say(&x->trail, exchange_ms(x), "read", "%s for model '%s'%s, %s",
        units_size(size, (int64_t)body_size(x->body)), f->model, f->stream ? ", streaming" : "",
        *f->session ? "of a session" : "of no session");
}

static enum step_verdict understand(struct exchange *x)
{
    struct facts *f = &x->facts;
    bool empty = body_size(x->body) == 0 && !needs_model(x);

    if (!empty && scanned(x) == STEP_FAIL)
        return STEP_FAIL;
    f->session = session_find(&x->head->head, empty ? NULL : x->scan, empty ? NULL : x->body);
    jscan_free(x->scan);
    x->scan = NULL;
    x->long_context = asks_for_long_context(&x->head->head);
    if (x->match.model) {
        /* Of Gemini the path names the model; one in the body besides is not looked at there. */
        free(f->model);
        f->model = xstrdup(x->match.model);
        f->model_begin = f->model_end = 0;
    }
    if (!f->model)
        f->model = xstrdup("");
    if (!*f->model && needs_model(x))
        return fail(x, FAULT_INVALID, N_("the request names no 'model'"));
    if (x->match.route->op == OP_STREAM_GENERATE)
        f->stream = true;
    if (x->match.route->flags & ROUTE_BY_MODEL)
        x->service = service_of_model(f->model);
    f->events = asks_for_events(x);
    say_read(x);
    return STEP_NEXT;
}

void exchange_body_end(struct exchange *x)
{
    if (reading(x))
        exchange_go(x, understand(x));
}
