/* One call from the check of its parameters to its answer. Those that change something run one at a
 * time, so that what a handler looked at still holds when the store has taken the change. */
#include "control/order_int.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "base/log.h"
#include "common/alloc.h"

typedef void handler(struct order *o);
static handler *const handlers[METHOD_COUNT] = {
#define METHOD(id, wire, level, flags) [M_##id] = on_##id,
#include "common/methods.def"
#undef METHOD
};

/* Secrets of people pass through the trees of calls. */
static void wipe(cJSON *v)
{
    for (; v; v = v->next) {
        if (cJSON_IsString(v) && v->valuestring)
            sodium_memzero(v->valuestring, strlen(v->valuestring));
        wipe(v->child);
    }
}

static void tree_free(struct order *o, cJSON *tree)
{
    if (o->m->flags & M_SECRET)
        wipe(tree);
    cJSON_Delete(tree);
}

static void order_run(struct order *o)
{
    struct err err;
    enum lang was = i18n_speak(o->lang);
    if (o->c->dead) {
        err_set(&err, ERR_FAILED, "the relay is stopping");
        order_fail(o, &err);
    } else {
        handlers[o->m->id](o);
    }
    i18n_speak(was);
}

static void turn_next(struct control *c)
{
    if (c->turn_busy)
        return;
    c->turn_busy = true;
    while (c->turn_first && !c->turn_first->running) {
        struct order *o = c->turn_first;
        o->running = true;
        order_run(o);
    }
    c->turn_busy = false;
}

void order_yield(struct order *o)
{
    struct control *c = o->c;
    if (!o->turn)
        return;
    o->turn = false;
    /* Only the first one runs, so only the first one can yield. */
    c->turn_first = o->next_turn;
    if (!c->turn_first)
        c->turn_last = &c->turn_first;
    turn_next(c);
}

static void order_free(struct order *o)
{
    struct control *c = o->c;
    if (o->peer) {
        o->peer->in_flight--;
        *o->prev = o->next;
        if (o->next)
            o->next->prev = o->prev;
    }
    order_yield(o);
    tree_free(o, o->tree);
    cJSON_Delete(o->change);
    free(o->subject);
    free(o);
    c->n_orders--;
    control_unref(c);
}

static void order_audit_end(struct order *o, bool ok)
{
    unsigned flags = o->m->flags;
    if (flags & M_MUTATES && !(flags & M_NO_AUDIT) && !o->dry_run && !o->audited)
        order_audit(o, o->subject ? o->subject : "", o->change, ok);
}

static void answer(struct order *o, cJSON *result, const struct err *err)
{
    struct buf line = BUF_INIT;
    if (err)
        rpc_put_error(&line, o->id, err);
    else
        rpc_put_result(&line, o->id, result);
    if (o->peer) {
        o->peer->status = err_row(err ? err->code : ERR_NONE)->http;
        peer_send(o->peer, &line);
    }
    buf_wipe(&line);
}

void order_done(struct order *o, cJSON *result)
{
    if (!result)
        result = xcheck(cJSON_CreateObject());
    if (o->dry_run)
        json_put_bool(result, "dry_run", true);
    order_audit_end(o, true);
    answer(o, result, NULL);
    tree_free(o, result);
    order_free(o);
}

void order_fail(struct order *o, const struct err *err)
{
    order_audit_end(o, false);
    answer(o, NULL, err);
    order_free(o);
}

void order_subject(struct order *o, const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    free(o->subject);
    o->subject = buf_steal(&b, NULL);
}

void order_change(struct order *o, cJSON *change)
{
    cJSON_Delete(o->change);
    o->change = change;
}

static void tell_admins(const struct order *o, const char *subject, const cJSON *change)
{
    if (!o->c->p.bus || !bus_wants(o->c->p.bus, TOPIC_ADMIN))
        return;
    cJSON *e = xcheck(cJSON_CreateObject());
    json_put_str(e, "who", o->who);
    json_put_str(e, "method", o->m->wire);
    json_put_str(e, "subject", subject);
    if (change)
        json_put(e, "change", xcheck(cJSON_Duplicate(change, true)));
    bus_publish(o->c->p.bus, TOPIC_ADMIN, e);
}

void order_audit(struct order *o, const char *subject, const cJSON *change, bool ok)
{
    if (o->c->dead)
        return;
    struct buf text = BUF_INIT;
    if (change)
        json_print(change, &text);
    struct audit_row row = {.at = o->now,
        .uid = o->uid,
        .who = o->who,
        .from = o->from,
        .method = o->m->wire,
        .subject = subject,
        .change = text.data,
        .ok = ok};
    store_audit(o->c->p.store, &row);
    buf_release(&text);
    log_line(LOG_INFO, AREA_ADMIN, NULL, "%s by %s: %s %s", ok ? "done" : "failed", o->who,
        o->m->wire, subject);
    if (ok)
        tell_admins(o, subject, change);
}

static struct order *order_create(struct peer *p, struct rpc_msg *msg, const struct method *m)
{
    struct order *o = xcalloc(1, sizeof *o);
    o->c = p->c;
    control_ref(o->c);
    o->c->n_orders++;
    o->peer = p;
    p->in_flight++;
    o->next = p->orders;
    o->prev = &p->orders;
    if (o->next)
        o->next->prev = &o->next;
    p->orders = o;
    o->m = m;
    o->tree = msg->tree;
    o->id = msg->id;
    o->params = msg->params;
    msg->tree = NULL; /* it is the order's now */
    o->now = clock_now();
    o->uid = p->uid;
    o->lang = p->lang;
    memcpy(o->who, p->who, sizeof o->who);
    memcpy(o->from, p->from, sizeof o->from);
    return o;
}

/* JSON-RPC 2.0 has its own number for this, which none of our codes has. */
static void answer_unknown(struct peer *p, const struct rpc_msg *msg)
{
    const char *names[METHOD_COUNT];
    for (size_t i = 0; i < METHOD_COUNT; i++)
        names[i] = method_by_id((enum method_id)i)->wire;
    const char *near = text_nearest(msg->method, names, METHOD_COUNT);
    struct buf line = BUF_INIT, text = BUF_INIT;
    buf_addf(&text, _("no such method '%.60s'"), msg->method);
    buf_adds(&line, "{\"jsonrpc\":\"2.0\",\"id\":");
    json_print(msg->id, &line);
    buf_adds(&line, ",\"error\":{\"code\":-32601,\"message\":");
    json_quote(&line, text.data, text.len);
    buf_adds(&line, ",\"data\":{\"code\":\"not_found\"");
    if (near)
        buf_addf(&line, ",\"hint\":\"did you mean '%s'?\"", near);
    buf_adds(&line, "}}}\n");
    p->status = err_row(ERR_NOT_FOUND)->http;
    peer_send(p, &line);
    buf_release(&text);
    buf_release(&line);
}

static int order_allowed(const struct order *o, struct err *err)
{
    const struct peer *p = o->peer;
    if (p->in_flight > IN_FLIGHT_MAX || o->c->n_orders > ORDERS_MAX) {
        err_set(err, ERR_BUSY, "too many calls under way");
        return err_hint(err, "at most %d on one connection; wait for an answer", IN_FLIGHT_MAX);
    }
    if (p->level >= o->m->level)
        return 0;
    err_set(err, ERR_DENIED, "%s is not allowed: it needs level %s, you are %s with level %s",
        o->m->wire, level_name(o->m->level), p->who, level_name(p->level));
    return err_hint(err, "ask for membership of the relay's %s group",
        o->m->level == LEVEL_ADMIN ? "admin" : "socket");
}

void order_begin(struct peer *p, struct rpc_msg *msg)
{
    const struct method *m = method_by_wire(msg->method);
    if (!m) {
        answer_unknown(p, msg);
        return;
    }
    struct err err;
    struct order *o = order_create(p, msg, m);
    if (order_allowed(o, &err) < 0 || method_check(m, o->params, &err) < 0) {
        /* What was never begun is no act: refusals would let anyone fill the audit. */
        o->audited = true;
        order_fail(o, &err);
        return;
    }
    o->dry_run = m->flags & M_MUTATES && order_flag(o, "dry_run");
    if (!(m->flags & M_MUTATES) || m->flags & M_SLOW || o->dry_run) {
        order_run(o);
        return;
    }
    o->turn = true;
    *o->c->turn_last = o;
    o->c->turn_last = &o->next_turn;
    turn_next(o->c);
}
