/* Connections of the fake upstream: reads requests, runs the steps of an answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include "tests/upstream/answer.h"

struct step {
    TAILQ_ENTRY(step) link;
    enum step_kind kind;
    char *bytes;
    size_t n;
    long ms;
    char *id, *model;
    struct tokens tokens;
    bool done;
};

struct conn {
    TAILQ_ENTRY(conn) link; /* among those that have a request */
    struct fake *fake;
    struct bufferevent *bev;
    struct event *timer;
    TAILQ_HEAD(, step) steps;
    struct request request;
    char *credential;
    bool busy, hanging;
    bool counted; /* in flight */
};

struct event_base *conn_base(struct conn *c)
{
    return c->fake->base;
}
struct fake *conn_fake(struct conn *c)
{
    return c->fake;
}

const char *request_header(const struct request *r, const char *name)
{
    for (int i = 0; i < r->n_headers; i++)
        if (strcasecmp(r->headers[i].name, name) == 0)
            return r->headers[i].value;
    return NULL;
}

static void request_clear(struct request *r)
{
    free(r->target);
    free(r->path);
    free(r->body);
    free(r->credential);
    for (int i = 0; i < r->n_headers; i++) {
        free(r->headers[i].name);
        free(r->headers[i].value);
    }
    memset(r, 0, sizeof *r);
}

static struct step *step_add(struct conn *c, enum step_kind kind)
{
    struct step *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->kind = kind;
    TAILQ_INSERT_TAIL(&c->steps, s, link);
    return s;
}

static void step_free(struct conn *c, struct step *s)
{
    TAILQ_REMOVE(&c->steps, s, link);
    free(s->bytes);
    free(s->id);
    free(s->model);
    free(s);
}

void answer_write(struct conn *c, const void *bytes, size_t n)
{
    struct step *s = step_add(c, STEP_WRITE);
    s->bytes = malloc(n + 1);
    if (!s->bytes)
        abort();
    memcpy(s->bytes, bytes, n);
    s->n = n;
}

void answer_printf(struct conn *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct step *s = step_add(c, STEP_WRITE);
    int n = vasprintf(&s->bytes, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    s->n = (size_t)n;
}

void answer_delay(struct conn *c, long ms)
{
    if (ms > 0)
        step_add(c, STEP_DELAY)->ms = ms;
}
void answer_close(struct conn *c)
{
    step_add(c, STEP_CLOSE);
}
void answer_reset(struct conn *c)
{
    step_add(c, STEP_RESET);
}
void answer_hang(struct conn *c)
{
    step_add(c, STEP_HANG);
}
void answer_count(
    struct conn *c, const char *id, const char *model, const struct tokens *t, bool done)
{
    struct step *s = step_add(c, STEP_COUNT);
    s->id = strdup(id);
    s->model = strdup(model ? model : "");
    s->tokens = *t;
    s->done = done;
}

void answer_text(struct conn *c, int status, const char *type, const char *extra, const char *body)
{
    answer_printf(c, "HTTP/1.1 %d Fake\r\ncontent-type: %s\r\ncontent-length: %zu\r\n%s\r\n",
        status, type, strlen(body), extra ? extra : "");
    answer_write(c, body, strlen(body));
}

void answer_json(struct conn *c, int status, const char *extra, const cJSON *body)
{
    char *text = cJSON_PrintUnformatted(body);
    answer_text(c, status, "application/json", extra, text);
    free(text);
}

void answer_head(struct conn *c, int status, const char *type, const char *extra)
{
    answer_printf(c, "HTTP/1.1 %d Fake\r\ncontent-type: %s\r\ntransfer-encoding: chunked\r\n%s\r\n",
        status, type, extra ? extra : "");
}

void answer_chunk(struct conn *c, const struct directive *d, const void *bytes, size_t n)
{
    char head[32];
    int m = snprintf(head, sizeof head, "%zx\r\n", n);
    struct step *s = step_add(c, STEP_WRITE);
    s->bytes = malloc((size_t)m + n + 2);
    if (!s->bytes)
        abort();
    memcpy(s->bytes, head, (size_t)m);
    memcpy(s->bytes + m, bytes, n);
    memcpy(s->bytes + m + n, "\r\n", 2);
    s->n = (size_t)m + n + 2;
    if (d && d->split > 0) { /* many small steps, one turn of the loop each */
        size_t piece = (size_t)d->split, total = s->n;
        for (size_t at = piece; at < total; at += piece) {
            step_add(c, STEP_DELAY)->ms = 0;
            answer_write(c, s->bytes + at, total - at < piece ? total - at : piece);
        }
        if (total > piece)
            s->n = piece;
    }
    answer_delay(c, d ? d->event_delay : -1);
}

void answer_end(struct conn *c)
{
    answer_write(c, "0\r\n\r\n", 5);
}

/* In flight: from the request read until the answer has gone or the relay has left. */
static void count_end(struct conn *c)
{
    if (!c->counted)
        return;
    c->counted = false;
    TAILQ_REMOVE(&c->fake->working, c, link);
    record_end(c->fake->record, c->credential);
}

/* Those that the relay has left already no longer count, though the loop has not told yet. */
static void count_left(struct fake *f)
{
    struct conn *c, *next;
    char byte;
    for (c = TAILQ_FIRST(&f->working); c; c = next) {
        next = TAILQ_NEXT(c, link);
        ssize_t n = recv(bufferevent_getfd(c->bev), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            count_end(c);
    }
}

static void count_begin(struct conn *c)
{
    if (strncmp(c->request.path, "/fake/", 6) == 0)
        return;
    count_left(c->fake);
    c->counted = true;
    TAILQ_INSERT_TAIL(&c->fake->working, c, link);
    record_begin(c->fake->record, c->credential);
}

static void conn_free(struct conn *c)
{
    struct step *s;
    while ((s = TAILQ_FIRST(&c->steps)))
        step_free(c, s);
    count_end(c);
    request_clear(&c->request);
    free(c->credential);
    event_free(c->timer);
    bufferevent_free(c->bev);
    free(c);
}

static void conn_next(struct conn *c);

static void conn_reset(struct conn *c)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(bufferevent_getfd(c->bev), SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    conn_free(c);
}

static void conn_report(struct conn *c, const struct step *s)
{
    const struct report p = {
        .id = s->id,
        .credential = c->credential,
        .model = s->model,
        .t = s->tokens,
        .done = s->done,
    };
    record_tokens(c->fake->record, &p);
}

/* Runs steps until one must wait. Close and reset wait until what was written has left. */
static void conn_run(struct conn *c)
{
    struct step *s;
    while ((s = TAILQ_FIRST(&c->steps))) {
        struct timeval tv = {s->ms / 1000, s->ms % 1000 * 1000};
        bool flushed = evbuffer_get_length(bufferevent_get_output(c->bev)) == 0;
        switch (s->kind) {
        case STEP_WRITE:
            bufferevent_write(c->bev, s->bytes, s->n);
            break;
        case STEP_COUNT:
            conn_report(c, s);
            break;
        case STEP_DELAY:
            step_free(c, s);
            event_add(c->timer, &tv);
            return;
        case STEP_CLOSE:
        case STEP_RESET:
            if (!flushed)
                return; /* on_written comes back */
            if (s->kind == STEP_RESET)
                conn_reset(c);
            else
                conn_free(c);
            return;
        case STEP_HANG:
            c->hanging = true;
            return;
        }
        step_free(c, s);
    }
    count_end(c);
    c->busy = false;
    conn_next(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    conn_run(arg);
}

static void on_written(struct bufferevent *bev, void *arg)
{
    struct conn *c = arg;
    (void)bev;
    struct step *s = TAILQ_FIRST(&c->steps);
    if (s && (s->kind == STEP_CLOSE || s->kind == STEP_RESET))
        conn_run(c);
}

/* Takes the credential out of the headers that clients use. */
static char *credential_of(const struct request *r)
{
    const char *v = request_header(r, "x-api-key");
    if (!v)
        v = request_header(r, "x-goog-api-key");
    if (!v)
        v = request_header(r, "api-key");
    if (v)
        return strdup(v);
    v = request_header(r, "authorization");
    if (v && strncasecmp(v, "bearer ", 7) == 0)
        return strdup(v + 7);
    return strdup(v ? v : "");
}

static bool parse_head(struct request *r, char *head)
{
    char *save = NULL, *line = strtok_r(head, "\r\n", &save);
    if (!line)
        return false;
    char *sp = strchr(line, ' '), *sp2 = sp ? strchr(sp + 1, ' ') : NULL;
    if (!sp2 || (size_t)(sp - line) >= sizeof r->method)
        return false;
    memcpy(r->method, line, (size_t)(sp - line));
    r->target = strndup(sp + 1, (size_t)(sp2 - sp - 1));
    r->path = strdup(r->target);
    char *q = strchr(r->path, '?');
    if (q) {
        *q = 0;
        r->query = q + 1;
    }
    while ((line = strtok_r(NULL, "\r\n", &save)) && r->n_headers < FAKE_HEADERS) {
        char *colon = strchr(line, ':');
        if (!colon)
            return false;
        char *value = colon + 1 + strspn(colon + 1, " \t");
        r->headers[r->n_headers].name = strndup(line, (size_t)(colon - line));
        r->headers[r->n_headers++].value = strdup(value);
    }
    r->credential = credential_of(r);
    return true;
}

/* A whole request in the input buffer, or nothing yet. -1: broken. */
static int take_request(struct conn *c)
{
    struct evbuffer *in = bufferevent_get_input(c->bev);
    struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
    if (end.pos < 0)
        return 0;
    size_t head_len = (size_t)end.pos + 4;
    char *head = malloc(head_len + 1);
    if (!head)
        abort();
    evbuffer_copyout(in, head, head_len);
    head[head_len] = 0;
    request_clear(&c->request);
    bool good = parse_head(&c->request, head);
    free(head);
    if (!good)
        return -1;
    const char *length = request_header(&c->request, "content-length");
    size_t n = length ? strtoul(length, NULL, 10) : 0;
    if (evbuffer_get_length(in) < head_len + n) {
        request_clear(&c->request);
        return 0;
    }
    evbuffer_drain(in, head_len);
    c->request.body = malloc(n + 1);
    if (!c->request.body)
        abort();
    evbuffer_remove(in, c->request.body, n);
    c->request.body[n] = 0;
    c->request.body_len = n;
    free(c->credential);
    c->credential = strdup(c->request.credential);
    return 1;
}

static void conn_next(struct conn *c)
{
    if (c->busy)
        return;
    int got = take_request(c);
    if (got < 0) {
        conn_free(c);
        return;
    }
    if (got == 0)
        return;
    c->busy = true;
    count_begin(c);
    fake_dispatch(c->fake, c, &c->request);
    conn_run(c);
}

static void on_readable(struct bufferevent *bev, void *arg)
{
    (void)bev;
    conn_next(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        conn_free(arg);
}

void conn_accept(
    struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len, void *arg)
{
    (void)l;
    (void)sa;
    (void)len;
    struct fake *f = arg;
    struct conn *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->fake = f;
    TAILQ_INIT(&c->steps);
    c->bev = bufferevent_socket_new(f->base, fd, BEV_OPT_CLOSE_ON_FREE);
    c->timer = evtimer_new(f->base, on_timer, c);
    bufferevent_setcb(c->bev, on_readable, on_written, on_event, c);
    bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}
