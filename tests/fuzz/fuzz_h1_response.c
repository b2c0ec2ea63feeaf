/* A whole answer from an upstream, through the real connection: bytes in, cut as the input says. */
#include <event2/event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "http1/conn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The transport is the input: the first byte says how it is cut. */
struct source {
    const uint8_t *p;
    size_t n, step;
    bool heads, ended, closed;
    struct h1_conn *conn;
    size_t body;
};

static ssize_t source_recv(void *self, void *p, size_t n)
{
    struct source *s = self;
    size_t take = s->n < s->step ? s->n : s->step;
    take = take < n ? take : n;
    if (take)
        memcpy(p, s->p, take);
    s->p += take;
    s->n -= take;
    return (ssize_t)take;
}

static ssize_t source_sendv(void *self, const struct iovec *iov, int n)
{
    ssize_t sum = 0;
    (void)self;
    for (int i = 0; i < n; i++)
        sum += (ssize_t)iov[i].iov_len;
    return sum;
}

static bool source_pending(void *self)
{
    (void)self;
    return true;
}

static void source_close(void *self)
{
    ((struct source *)self)->closed = true;
}

static void on_head(void *self, const struct h1_head *h)
{
    struct source *s = self;
    if (s->heads || h->status < 200 || h->status > 599)
        abort();
    s->heads = true;
}

static void on_body(void *self, const char *p, size_t n)
{
    struct source *s = self;
    volatile char last = p[n - 1];
    (void)last;
    if (!s->heads || s->ended)
        abort();
    s->body += n;
}

static void on_end(void *self)
{
    struct source *s = self;
    if (!s->heads || s->ended)
        abort();
    s->ended = true;
    if (h1_conn_reusable(s->conn) && s->n && s->step > 70000)
        abort();
}

static void on_closed(void *self, enum h1_end why)
{
    (void)why;
    ((struct source *)self)->conn = NULL;
}

static const struct h1_conn_ops ops = {
    .on_head = on_head,
    .on_body = on_body,
    .on_message_end = on_end,
    .on_closed = on_closed,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = {1, 2, 3, 7, 64, 1000, 16384, 100000};
    if (size < 1)
        return 0;
    struct source s = {.p = data + 1, .n = size - 1, .step = steps[data[0] & 7]};
    struct h1_transport t = {
        .recv = source_recv,
        .sendv = source_sendv,
        .pending = source_pending,
        .close = source_close,
        .self = &s,
        .fd = -1,
    };
    struct h1_limits limits = {.high = 1 << 18, .low = 1 << 16};
    struct event_base *base = event_base_new();
    struct buf head = BUF_INIT;
    buf_adds(&head, "GET / HTTP/1.1\r\n");
    s.conn = h1_conn_create(base, t, false, &limits, &ops, &s);
    h1_request_send(s.conn, &head, NULL, NULL, data[0] & 8);
    /* A pause and its end make the loop read without a descriptor. */
    for (int i = 0; s.conn && !s.closed && i < 100000; i++) {
        h1_conn_pause(s.conn);
        h1_conn_resume(s.conn);
        event_base_loop(base, EVLOOP_NONBLOCK);
    }
    if (s.conn)
        h1_conn_close(s.conn);
    if (!s.closed)
        abort();
    buf_release(&head);
    event_base_free(base);
    return 0;
}
