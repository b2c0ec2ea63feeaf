/* One who is connected, whatever the way: the first words, the lines, what is sent. */
#include "control/order_int.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "common/alloc.h"

void peer_init(struct peer *p, struct control *c, const struct peer_ops *ops)
{
    p->c = c;
    p->ops = ops;
    p->lang = LANG_PROCESS;
    p->next = c->peers;
    p->prev = &c->peers;
    if (p->next)
        p->next->prev = &p->next;
    c->peers = p;
    c->n_peers++;
}

void peer_release(struct peer *p)
{
    follow_stop(p);
    log_follow_stop(p);
    for (struct order *o = p->orders, *next; o; o = next) {
        next = o->next;
        o->peer = NULL;
        o->next = NULL;
        o->prev = NULL;
    }
    p->orders = NULL;
    *p->prev = p->next;
    if (p->next)
        p->next->prev = p->prev;
    p->c->n_peers--;
}

void peer_send(struct peer *p, const struct buf *lines)
{
    p->sent = true;
    p->ops->send(p, lines->data, lines->len);
}

void peer_notify(struct peer *p, const char *method, const cJSON *params)
{
    struct buf line = BUF_INIT;
    rpc_put_notify(&line, method, params);
    peer_send(p, &line);
    buf_release(&line);
}

static void answer_error(struct peer *p, const cJSON *id, const struct err *err)
{
    struct buf line = BUF_INIT;
    p->status = err_row(err->code)->http;
    rpc_put_error(&line, id, err);
    peer_send(p, &line);
    buf_release(&line);
}

static int hello(struct peer *p, const struct rpc_msg *m)
{
    struct err err;
    int64_t protocol = json_int(m->params, "protocol", 0);
    if (protocol != RPC_PROTOCOL) {
        err_set(&err, ERR_UNREACHABLE, "protocol %lld is not spoken here, this relay speaks %d",
            (long long)protocol, RPC_PROTOCOL);
        err_hint(&err, "use the crs of the relay's version, %s", CRS_VERSION);
        answer_error(p, m->id, &err);
        return -1;
    }
    if (json_str(m->params, "lang"))
        p->lang = lang_of(json_str(m->params, "lang"));
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    cJSON *r = xcheck(cJSON_CreateObject());
    json_put_int(r, "protocol", RPC_PROTOCOL);
    json_put_str(r, "server", CRS_VERSION);
    json_put_str(r, "name", host);
    json_put_str(r, "level", level_name(p->level));
    json_put_int(r, "uid", p->uid);
    json_put_str(r, "user", p->who);
    json_put_str(r, "zone", zone_name(p->c->p.zone));
    struct buf line = BUF_INIT;
    rpc_put_result(&line, m->id, r);
    peer_send(p, &line);
    buf_release(&line);
    cJSON_Delete(r);
    p->greeted = true;
    return 0;
}

static int not_greeted(struct peer *p, const struct rpc_msg *m)
{
    struct err err;
    err_set(&err, ERR_PROTOCOL, "'%.40s' before hello", m->method);
    err_hint(&err, "begin with the method hello and {\"protocol\":%d}", RPC_PROTOCOL);
    answer_error(p, m->id, &err);
    return -1;
}

static int line_take(struct peer *p, char *line, size_t n)
{
    struct err err;
    struct rpc_msg m = {0};
    int r = rpc_parse(&m, line, n, &err);
    memset(line, 0, n);
    if (r < 0) {
        answer_error(p, NULL, &err);
        rpc_msg_release(&m);
        return -1;
    }
    /* Answers and notifications have no place here; nobody waits for a word on them. */
    if (!m.method || !m.id) {
        rpc_msg_release(&m);
        return 0;
    }
    if (strcmp(m.method, "hello") == 0)
        r = hello(p, &m);
    else if (!p->greeted)
        r = not_greeted(p, &m);
    else
        order_begin(p, &m);
    rpc_msg_release(&m);
    return r;
}

int peer_line(struct peer *p, char *line, size_t n)
{
    enum lang was = i18n_speak(p->lang);
    int r = line_take(p, line, n);
    i18n_speak(was);
    return r;
}
