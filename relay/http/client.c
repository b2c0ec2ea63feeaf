/* One client connection: what arrives on it goes to the exchange that runs on it, one at a time. */
#include "http/http_int.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "common/alloc.h"

static void client_free(struct client *c)
{
    struct server *s = c->server;

    if (c->prev)
        c->prev->next = c->next;
    else
        s->clients = c->next;
    if (c->next)
        c->next->prev = c->prev;
    atomic_fetch_sub_explicit(&s->n_clients, 1, memory_order_relaxed);
    gate_leave(s->gate, c->peer);
    free(c);
}

static void reply_ended(void *self)
{
    struct client *c = self;

    c->x = NULL;
}

static void reply_cut(void *self)
{
    struct client *c = self;

    c->x = NULL;
    h1_conn_close(c->conn);
    client_free(c);
}

static void on_head(void *self, const struct h1_head *head)
{
    struct client *c = self;
    const struct settings *s = settings_get(c->server->settings);
    const struct door door = {.ended = reply_ended, .cut = reply_cut, .self = c};
    char address[64];

    client_address(c->peer, head, &s->v.trusted_proxies, address);
    settings_unref(s);
    if (c->server->closing)
        h1_conn_last(c->conn);
    c->x = exchange_create(c->server->flow, c->conn, &door, address);
    exchange_start(c->x, head);
}

static void on_body(void *self, const char *p, size_t n)
{
    struct client *c = self;

    if (c->x)
        exchange_body(c->x, p, n);
}

static void on_message_end(void *self)
{
    struct client *c = self;

    if (c->x)
        exchange_body_end(c->x);
}

static void on_drained(void *self)
{
    struct client *c = self;

    if (c->x)
        exchange_drained(c->x);
}

static void on_fault(void *self, enum h1_fault fault)
{
    struct client *c = self;

    if (c->x)
        exchange_body_fault(c->x, fault);
    else if (!h1_reply_started(c->conn))
        flow_reply_fault(c->conn, fault);
}

static void on_closed(void *self, enum h1_end why)
{
    struct client *c = self;

    (void)why;
    c->conn = NULL;
    if (c->x)
        exchange_client_gone(c->x);
    client_free(c);
}

static const struct h1_conn_ops client_ops = {
    .on_head = on_head,
    .on_body = on_body,
    .on_message_end = on_message_end,
    .on_drained = on_drained,
    .on_fault = on_fault,
    .on_closed = on_closed,
};

void client_accept(struct server *s, int fd)
{
    const struct settings *now = settings_get(s->settings);
    struct client *c = xcalloc(1, sizeof *c);
    struct h1_transport t =
        s->gate->tls ? h1_transport_tls(fd, s->gate->tls) : h1_transport_socket(fd);

    c->server = s;
    c->conn = h1_conn_create(s->base, t, true, &h1_server_limits, &client_ops, c);
    h1_conn_peer(c->conn, c->peer);
    bool in = fd < s->gate->fd_high && gate_enter(s->gate, c->peer, now);
    settings_unref(now);
    if (!in) {
        log_line(LOG_DEBUG, AREA_HTTP, NULL, "too many connections, %s sent away", c->peer);
        h1_conn_abort(c->conn);
        free(c);
        return;
    }
    c->next = s->clients;
    if (c->next)
        c->next->prev = c;
    s->clients = c;
    atomic_fetch_add_explicit(&s->n_clients, 1, memory_order_relaxed);
}

void client_close(struct client *c)
{
    if (c->conn)
        h1_conn_close(c->conn);
    c->conn = NULL;
    if (c->x)
        exchange_client_gone(c->x);
    client_free(c);
}
