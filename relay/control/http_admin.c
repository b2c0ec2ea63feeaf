/* The HTTP admin: POST /rpc and GET /events on a listener of its own, off by default. The same
 * dispatcher as behind the socket, and one gate before all of it. */
#include "control/http_admin_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include "base/log.h"
#include "common/alloc.h"

#define ADMIN_CONNECTIONS_MAX 32
#define ADMIN_BODY_MAX ((size_t)1 << 20)

/* --- a visit -------------------------------------------------------------------------------------
 */

static struct visit *visit_of(const struct peer *p)
{
    return (struct visit *)(void *)((char *)(uintptr_t)p - offsetof(struct visit, peer));
}

static void reply(struct visit *v, int status, const char *type, const char *body, size_t n)
{
    struct buf fields = BUF_INIT;
    h1_add_fieldz(&fields, "Cache-Control", "no-store");
    h1_add_fieldz(&fields, "X-Content-Type-Options", "nosniff");
    if (type)
        h1_add_fieldz(&fields, "Content-Type", type);
    if (status == 401)
        h1_add_fieldz(&fields, "WWW-Authenticate", "Bearer");
    if (status == 429)
        h1_add_fieldz(&fields, "Retry-After", "10");
    h1_reply_head(v->conn, status, &fields, type ? (int64_t)n : -2);
    if (n)
        h1_send_body(v->conn, body, n);
    h1_send_end(v->conn);
    buf_release(&fields);
}

static void reply_error(struct visit *v, int status, enum err_code code, const char *text)
{
    struct err err;
    struct buf line = BUF_INIT;
    err_set(&err, code, "%s", text);
    rpc_put_error(&line, NULL, &err);
    reply(v, status, "application/json", line.data, line.len);
    buf_release(&line);
}

/* Each line becomes one server-sent event with the message of the protocol as its data. */
static void send_events(struct visit *v, const char *bytes, size_t n)
{
    struct buf out = BUF_INIT;
    for (const char *end = bytes + n; bytes < end;) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t len = (size_t)((newline ? newline : end) - bytes);
        buf_adds(&out, "data: ");
        buf_add(&out, bytes, len);
        buf_adds(&out, "\n\n");
        bytes += len + 1;
    }
    h1_send_body(v->conn, out.data, out.len);
    buf_wipe(&out);
}

static void visit_send(struct peer *p, const char *bytes, size_t n)
{
    struct visit *v = visit_of(p);
    if (v->events)
        send_events(v, bytes, n);
    else if (!v->answered)
        reply(v, p->status ? p->status : 200, "application/json", bytes, n);
    v->answered = true;
}

static size_t visit_queued(const struct peer *p)
{
    return h1_conn_queued(visit_of(p)->conn);
}

/* A POST has its answer and the connection goes on; an event stream that is broken off must be seen
 * to be. */
static void visit_finish(struct peer *p)
{
    struct visit *v = visit_of(p);
    if (!v->events)
        return;
    h1_conn_abort(v->conn);
    visit_free(v);
}

static const struct peer_ops visit_ops = {visit_send, visit_queued, visit_finish};

void visit_free(struct visit *v)
{
    peer_release(&v->peer);
    *v->prev = v->next;
    if (v->next)
        v->next->prev = v->prev;
    v->door->n_visits--;
    buf_wipe(&v->body);
    free(v);
}

/* --- requests
 * ------------------------------------------------------------------------------------- */

static void run_line(struct visit *v)
{
    v->answered = false;
    v->peer.status = 0;
    peer_line(&v->peer, v->body.data, v->body.len);
    if (!v->answered && v->peer.in_flight == 0)
        reply(v, 204, NULL, NULL, 0);
    buf_wipe(&v->body);
}

/* "topics=a,b" and "snapshot" of the query, as the call that a socket client would make. */
static void subscribe_line(struct span query, struct buf *out)
{
    cJSON *params = xcheck(cJSON_CreateObject());
    char *text = span_dup(query);
    struct strlist parts = {0}, topics = {0};
    strlist_split(&parts, text, "&");
    for (size_t i = 0; i < parts.n; i++) {
        if (text_starts(parts.v[i], "topics="))
            strlist_split(&topics, parts.v[i] + 7, ",");
        else if (strcmp(parts.v[i], "snapshot") == 0 || strcmp(parts.v[i], "snapshot=1") == 0)
            json_put_bool(params, "snapshot", true);
    }
    if (topics.n)
        json_put_strlist(params, "topics", &topics);
    rpc_put_request(out, 0, "event.subscribe", params);
    strlist_release(&parts);
    strlist_release(&topics);
    free(text);
    cJSON_Delete(params);
}

static void start_events(struct visit *v, struct span query)
{
    struct buf line = BUF_INIT, fields = BUF_INIT;
    h1_add_fieldz(&fields, "Content-Type", "text/event-stream");
    h1_add_fieldz(&fields, "Cache-Control", "no-store");
    h1_reply_head(v->conn, 200, &fields, -1);
    buf_release(&fields);
    v->events = true;
    v->peer.one_answer = false;
    subscribe_line(query, &line);
    peer_line(&v->peer, line.data, line.len - 1);
    buf_release(&line);
}

/* The one gate: nothing below is reached without it. */
static bool pass_gate(struct visit *v, const struct h1_head *head)
{
    switch (admin_gate(v->door, h1_get(head, "authorization"), h1_count(head, "authorization"))) {
    case GATE_OPEN:
        v->peer.level = LEVEL_ADMIN;
        v->peer.greeted = true;
        return true;
    case GATE_BUSY:
        reply_error(v, 429, ERR_BUSY, "too many wrong tokens, wait a little");
        break;
    case GATE_SHUT:
        log_line(LOG_WARN, AREA_ADMIN, NULL, "wrong token from=%s", v->peer.from);
        reply_error(v, 401, ERR_DENIED, "a bearer token is needed");
        break;
    }
    return false;
}

static void on_head(void *self, const struct h1_head *head)
{
    struct visit *v = self;
    struct span path = head->target, query = {0};
    const char *mark = memchr(path.p, '?', path.n);
    if (mark) {
        query = (struct span){mark + 1, path.n - (size_t)(mark + 1 - path.p)};
        path.n = (size_t)(mark - path.p);
    }
    v->peer.level = LEVEL_NONE;
    v->peer.greeted = false;
    v->taking = false;
    buf_reset(&v->body);
    if (!pass_gate(v, head))
        return;
    if (span_eq(path, "/rpc") && span_eq(head->method, "POST")) {
        if (head->framing == H1_LENGTH && head->content_length > ADMIN_BODY_MAX) {
            reply_error(v, 413, ERR_USAGE, "request body over 1 MiB");
            return;
        }
        v->taking = true;
        h1_conn_accept_body(v->conn);
    } else if (span_eq(path, "/events") && span_eq(head->method, "GET")) {
        start_events(v, query);
    } else if (span_eq(path, "/rpc") || span_eq(path, "/events")) {
        reply_error(v, 405, ERR_USAGE, "POST /rpc or GET /events");
    } else {
        reply_error(v, 404, ERR_NOT_FOUND, "nothing here but POST /rpc and GET /events");
    }
}

static void on_body(void *self, const char *p, size_t n)
{
    struct visit *v = self;
    if (!v->taking)
        return;
    if (v->body.len + n > ADMIN_BODY_MAX) {
        v->taking = false;
        reply_error(v, 413, ERR_USAGE, "request body over 1 MiB");
        return;
    }
    buf_add(&v->body, p, n);
}

static void on_message_end(void *self)
{
    struct visit *v = self;
    if (v->taking) {
        v->taking = false;
        run_line(v);
    }
}

static void on_drained(void *self)
{
    struct visit *v = self;
    follow_pump(&v->peer);
}

static void on_fault(void *self, enum h1_fault fault)
{
    struct visit *v = self;
    reply_error(v, 400, ERR_PROTOCOL, h1_fault_text(fault));
}

static void on_closed(void *self, enum h1_end why)
{
    (void)why;
    visit_free(self);
}

static const struct h1_conn_ops conn_ops = {.on_head = on_head,
    .on_body = on_body,
    .on_message_end = on_message_end,
    .on_drained = on_drained,
    .on_fault = on_fault,
    .on_closed = on_closed};

/* --- the listener
 * ----------------------------------------------------------------------------------- */

static void visit_open(struct admin_door *d, int fd)
{
    struct visit *v = xcalloc(1, sizeof *v);
    v->door = d;
    buf_init(&v->body);
    peer_init(&v->peer, d->c, &visit_ops);
    v->peer.uid = -1;
    v->peer.one_answer = true;
    snprintf(v->peer.who, sizeof v->peer.who, "http-admin");
    v->next = d->visits;
    v->prev = &d->visits;
    if (v->next)
        v->next->prev = &v->next;
    d->visits = v;
    d->n_visits++;
    struct h1_transport t = d->tls ? h1_transport_tls(fd, d->tls) : h1_transport_socket(fd);
    v->conn = h1_conn_create(d->c->p.base, t, true, &h1_server_limits, &conn_ops, v);
    h1_conn_peer(v->conn, v->peer.from);
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct admin_door *d = arg;
    for (int i = 0; i < 16; i++) {
        int conn = accept4((int)fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (conn < 0)
            return;
        if (d->n_visits >= ADMIN_CONNECTIONS_MAX)
            close(conn);
        else
            visit_open(d, conn);
    }
}

static bool is_loopback(const struct sockaddr_storage *a)
{
    if (a->ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

static void *tls_context(const struct settings *s, struct err *err)
{
    SSL_CTX *ctx = xcheck(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    if (SSL_CTX_use_certificate_chain_file(ctx, s->v.admin_tls_cert) == 1 &&
        SSL_CTX_use_PrivateKey_file(ctx, s->v.admin_tls_key, SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_check_private_key(ctx) == 1)
        return ctx;
    SSL_CTX_free(ctx);
    err_set(err, ERR_USAGE, "cannot use the certificate '%s' with the key '%s'",
        s->v.admin_tls_cert, s->v.admin_tls_key);
    return NULL;
}

static bool is_set(const char *s)
{
    return s && *s;
}

static int listen_at(const struct sockaddr_storage *a, int len, const char *text, struct err *err)
{
    int on = 1, fd = socket(a->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)(const void *)a, (socklen_t)len) == 0 &&
        listen(fd, 64) == 0)
        return fd;
    err_set(err, ERR_FAILED, "cannot listen on '%s' for the HTTP admin: %s", text, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

struct admin_door *admin_open(struct control *c, const struct settings *s, struct err *err)
{
    struct sockaddr_storage a = {0};
    int len = sizeof a;
    const char *text = s->v.admin_listen;
    if (evutil_parse_sockaddr_port(text, (struct sockaddr *)(void *)&a, &len) < 0) {
        err_set(err, ERR_USAGE, "admin.admin_listen is no address and port: '%.100s'", text);
        return NULL;
    }
    bool tls = is_set(s->v.admin_tls_cert) && is_set(s->v.admin_tls_key);
    if (!tls && !is_loopback(&a)) {
        err_set(err, ERR_USAGE, "the HTTP admin on '%s' needs TLS", text);
        err_hint(err, "set admin.admin_tls_cert and admin_tls_key, or listen on 127.0.0.1");
        return NULL;
    }
    void *ctx = tls ? tls_context(s, err) : NULL;
    int fd = tls && !ctx ? -1 : listen_at(&a, len, text, err);
    if (fd < 0) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    struct admin_door *d = xcalloc(1, sizeof *d);
    d->c = c;
    d->fd = fd;
    d->tls = ctx;
    secret_random(d->cache_key, sizeof d->cache_key);
    d->ev = xcheck(event_new(c->p.base, fd, EV_READ | EV_PERSIST, on_accept, d));
    event_add(d->ev, NULL);
    log_line(LOG_INFO, AREA_ADMIN, NULL, "HTTP admin on %s%s", text, tls ? " with TLS" : "");
    return d;
}

void admin_close(struct admin_door *d)
{
    if (!d)
        return;
    while (d->visits) {
        h1_conn_abort(d->visits->conn);
        visit_free(d->visits);
    }
    event_free(d->ev);
    close(d->fd);
    SSL_CTX_free(d->tls);
    sodium_memzero(d, sizeof *d);
    free(d);
}
