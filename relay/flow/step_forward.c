/* Forward: one attempt with the chosen account, up to the head of its answer. What the answer means
 * is in judge.c, how its bytes pass in pump.c. */
#include "flow/steps_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"

void pump_fill_ask(struct exchange *x, struct ask *ask)
{
    memset(ask, 0, sizeof *ask);
    ask->dialect = x->dialect;
    ask->op = x->match.route->op;
    ask->head = &x->head->head;
    ask->path = x->match.path;
    ask->query = x->match.query;
    ask->model = x->facts.model;
    ask->method_name = x->match.method_name ? x->match.method_name : "";
    ask->stream = x->facts.stream;
    ask->body = body_size(x->body) ? x->body : NULL;
    ask->model_begin = x->facts.model_begin;
    ask->model_end = x->facts.model_end;
    ask->stream_options = x->facts.stream_options;
    ask->include_usage = x->facts.include_usage;
}

/* The account cannot even be asked (no URL, no key): that is its fault, not the client's. */
static enum step_verdict no_plan(struct exchange *x, const struct err *e)
{
    log_line(LOG_WARN, AREA_ACCOUNT, x->id, "account '%s' cannot be used: %s",
        x->lease.account->name, e->text);
    fault_set(&x->kept_fault, FAULT_UNAVAILABLE, "upstream account '%s' cannot be used: %s",
        x->lease.account->name, e->text);
    reply_release(&x->kept);
    x->has_kept = true;
    choose_exclude(x);
    return STEP_RETRY;
}

static int start_call(struct exchange *x, struct err *e)
{
    const struct account *a = x->lease.account;
    const struct credential *c = x->lease.credential;
    const struct settings_values *v = &x->settings->v;
    struct call_request r = {
        .target = {.origin = x->plan.origin,
            .identity = a->id,
            .proxy = a->set.proxy,
            .proxy_user = c ? c->proxy_user : NULL,
            .proxy_password = c ? c->proxy_password : NULL},
        .method = x->plan.method,
        .path = x->plan.path,
        .fields = &x->plan.fields,
        .body = x->plan.body,
        .edits = &x->plan.edits,
        .first_byte_ms = (int)v->first_byte_timeout,
        .idle_ms = (int)v->idle_timeout,
    };

    x->call = call_start(x->flow->upstream, &r, &pump_ops, x, e);
    return x->call ? 0 : -1;
}

enum step_verdict step_forward(struct exchange *x)
{
    const struct provider *p = provider_by_kind(x->lease.account->kind);
    struct ask ask;
    struct err e;

    err_clear(&e);
    if (!x->forward_since)
        x->forward_since = clock_mono();
    pump_fill_ask(x, &ask);
    plan_release(&x->plan);
    if (p->plan(x->data->providers, x->lease.account, x->lease.credential, &ask, &x->plan, &e) < 0)
        return no_plan(x, &e);
    attempt_begin(x);
    if (start_call(x, &e) < 0) {
        x->trial.open = false;
        return no_plan(x, &e);
    }
    /* The credential is on its way; no need to hold another copy of it. */
    buf_wipe(&x->plan.fields);
    exchange_state(x, LIVE_FIRST);
    return STEP_WAIT;
}
