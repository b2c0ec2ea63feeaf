/* Route: which dialect and operation the path means; what is refused on sight. */
#include "flow/steps_int.h"

#include <string.h>

#include "base/log.h"
#include "common/alloc.h"

static size_t head_bytes(const struct h1_head *h)
{
    size_t n = h->method.n + h->target.n + h->reason.n;

    for (unsigned i = 0; i < h->n_fields; i++)
        n += h->fields[i].name.n + h->fields[i].value.n;
    return n;
}

static struct span move_span(struct span s, char **to)
{
    char *at = *to;

    if (!s.p)
        return s;
    memcpy(at, s.p, s.n);
    *to += s.n;
    return (struct span){at, s.n};
}

struct head_copy *head_copy(const struct h1_head *head)
{
    struct head_copy *c = xmalloc(sizeof *c + head_bytes(head) + 1);
    char *to = c->bytes;

    c->head = *head;
    c->head.method = move_span(head->method, &to);
    c->head.target = move_span(head->target, &to);
    c->head.reason = move_span(head->reason, &to);
    for (unsigned i = 0; i < head->n_fields; i++) {
        c->head.fields[i].name = move_span(head->fields[i].name, &to);
        c->head.fields[i].value = move_span(head->fields[i].value, &to);
    }
    return c;
}

static enum step_verdict fail_route(struct exchange *x, const struct err *e)
{
    enum fault_kind kind = FAULT_INVALID;

    if (e->code == ERR_NOT_FOUND)
        kind = FAULT_NO_ROUTE;
    else if (e->code == ERR_CONFLICT)
        kind = FAULT_METHOD;
    fault_set(&x->fault, kind, "%s", e->text);
    x->has_fault = true;
    return STEP_FAIL;
}

enum step_verdict step_route(struct exchange *x)
{
    const struct h1_head *head = &x->head->head;
    struct err e;

    err_clear(&e);
    /* Codex tries a WebSocket first; told at once that there is none, it goes on with POST. */
    bool upgrade = h1_get(head, "upgrade").n > 0;
    int rc = route_find(head->method, head->target, &x->match, &x->dialect, &e);
    if (upgrade && (rc == 0 || e.code == ERR_CONFLICT)) {
        fault_set(&x->fault, FAULT_UPGRADE, "this relay speaks plain HTTP, not '%.*s'",
            (int)(h1_get(head, "upgrade").n > 40 ? 40 : h1_get(head, "upgrade").n),
            h1_get(head, "upgrade").p);
        x->has_fault = true;
        return STEP_FAIL;
    }
    if (rc < 0)
        return fail_route(x, &e);
    x->service = x->match.route->service;
    if (x->match.route->flags & ROUTE_OPEN)
        return answer_own(x);
    return STEP_NEXT;
}
