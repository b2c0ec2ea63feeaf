/* What arrives: heads, bodies, and bytes that nobody asked for yet. */
#include "http1/conn_int.h"

#include <errno.h>
#include <string.h>
#include "common/clock.h"

/* Reads in one go before the others on the loop get their turn. */
#define READ_ROUNDS 8

void conn_fault(struct h1_conn *c, enum h1_fault f)
{
    enum h1_end why = f == H1_TOO_SLOW ? H1_END_TIMEOUT : H1_END_PROTOCOL;
    c->fault = f;
    c->last = true;
    buf_reset(&c->in);
    conn_state(c, IN_DISCARD);
    bool told = c->ops && c->ops->on_fault;
    if (told)
        c->ops->on_fault(c->self, f);
    if (!c->gone && !c->closing && (!c->server || !told))
        conn_gone(c, why);
}

static void begin_message(struct h1_conn *c, const struct h1_head *h)
{
    c->framing = h->framing;
    c->left = h->content_length;
    c->chunk = (struct h1_chunk){0};
    c->keep = h->keep_alive;
}

/* Gives the bytes used: 0 asks for more. */
static size_t request_head(struct h1_conn *c, const char *p, size_t n)
{
    struct h1_head h;
    enum h1_fault f = h1_parse_request(p, n, &h);
    if (f == H1_MORE)
        return 0;
    c->out_state = OUT_NONE;
    c->http10 = c->head_method = c->expect = c->no_body = false;
    if (f != H1_OK) {
        conn_fault(c, f);
        return n;
    }
    begin_message(c, &h);
    c->http10 = h.minor == 0;
    c->head_method = span_eq(h.method, "HEAD");
    c->expect = h.expect_continue;
    c->early = n > h.size;
    conn_state(c, IN_HELD);
    size_t size = h.size;
    if (c->ops && c->ops->on_head)
        c->ops->on_head(c->self, &h);
    return size;
}

static size_t response_head(struct h1_conn *c, const char *p, size_t n)
{
    struct h1_head h;
    enum h1_fault f = h1_parse_response(p, n, c->head_method, &h);
    if (f == H1_MORE)
        return 0;
    /* 101 would turn the connection into something else: nobody asked for it. */
    if (f == H1_OK && h.status == 101)
        f = H1_BAD;
    if (f != H1_OK) {
        conn_fault(c, f);
        return n;
    }
    size_t size = h.size;
    if (h.status < 200)
        return size;
    begin_message(c, &h);
    conn_state(c, IN_BODY);
    if (c->ops && c->ops->on_head)
        c->ops->on_head(c->self, &h);
    return size;
}

static void tell_body(struct h1_conn *c, const char *p, size_t n)
{
    if (n == 0)
        return;
    if (c->server) {
        c->since = clock_mono();
        c->window_bytes += n;
    }
    if (c->ops && c->ops->on_body)
        c->ops->on_body(c->self, p, n);
}

static size_t body_bytes(struct h1_conn *c, char *p, size_t n)
{
    if (c->framing == H1_UNTIL_CLOSE) {
        tell_body(c, p, n);
        return n;
    }
    if (c->framing == H1_LENGTH) {
        size_t take = n < c->left ? n : (size_t)c->left;
        c->left -= take;
        c->extra = take < n;
        tell_body(c, p, take);
        return take;
    }
    char *data;
    size_t len, used;
    enum h1_fault f = h1_chunk_decode(&c->chunk, p, n, &data, &len, &used);
    c->extra = used < n;
    tell_body(c, data, len);
    if (f != H1_OK && f != H1_MORE && !c->gone && !c->closing) {
        conn_fault(c, f);
        return n;
    }
    return used;
}

static size_t discard(struct h1_conn *c, size_t n)
{
    c->drained += n;
    if (c->shut && c->drained > CONN_LINGER_BYTES)
        conn_gone(c, H1_END_DONE);
    return n;
}

/* Something was sent that nobody asked for: the next response would be taken for another's. */
static size_t unasked(struct h1_conn *c, size_t n)
{
    c->extra = true;
    conn_gone(c, H1_END_PROTOCOL);
    return n;
}

static size_t step(struct h1_conn *c, char *p, size_t n)
{
    switch (c->in_state) {
    case IN_IDLE:
        if (!c->server)
            return unasked(c, n);
        /* One request at a time, its reply included: else pipelining outruns a slow reader. */
        if (h1_conn_queued(c) > 0)
            return 0;
        conn_state(c, IN_HEAD);
        return request_head(c, p, n);
    case IN_HEAD:
        c->seen_any = true;
        return c->server ? request_head(c, p, n) : response_head(c, p, n);
    case IN_BODY:
        return body_bytes(c, p, n);
    case IN_DISCARD:
        return discard(c, n);
    case IN_HELD:
    case IN_DONE:
        break;
    }
    return c->server ? 0 : unasked(c, n);
}

static void end_message(struct h1_conn *c, bool more)
{
    /* Known before the user decides about reuse. */
    c->extra = more;
    conn_state(c, IN_DONE);
    if (c->ops && c->ops->on_message_end)
        c->ops->on_message_end(c->self);
}

/* Gives how many of the bytes were used up; the rest waits. */
static size_t process(struct h1_conn *c, char *p, size_t n)
{
    size_t at = 0;
    c->processing = true;
    while (!c->gone) {
        if (c->in_state == IN_BODY && c->paused)
            break;
        if (c->in_state == IN_BODY && conn_message_in(c)) {
            end_message(c, at < n);
            continue;
        }
        size_t used = at < n ? step(c, p + at, n - at) : 0;
        if (!used)
            break;
        at += used;
    }
    c->processing = false;
    return at;
}

void conn_process_kept(struct h1_conn *c)
{
    size_t used = process(c, c->in.data, c->in.len);
    if (c->gone)
        return;
    if (used >= c->in.len)
        buf_release(&c->in);
    else
        buf_drop(&c->in, used);
}

static void feed(struct h1_conn *c, char *p, size_t n)
{
    if (c->in.len == 0) {
        size_t used = process(c, p, n);
        if (!c->gone && used < n)
            buf_add(&c->in, p + used, n - used);
        return;
    }
    buf_add(&c->in, p, n);
    /* A head dribbling in is not parsed again for every byte, only for every line. */
    if (c->in_state == IN_HEAD && !memchr(p, '\n', n) && c->in.len < H1_HEAD_MAX)
        return;
    conn_process_kept(c);
}

void conn_eof(struct h1_conn *c)
{
    if (!c->server) {
        bool partial = c->in_state == IN_HEAD || c->in_state == IN_BODY;
        if (c->in_state == IN_BODY && c->framing == H1_UNTIL_CLOSE) {
            end_message(c, false);
            partial = false;
        }
        if (!c->gone)
            conn_gone(c, partial ? H1_END_TRUNCATED : H1_END_DONE);
        return;
    }
    bool fresh = c->in_state == IN_IDLE || (c->in_state == IN_HEAD && c->in.len == 0);
    if (c->in_state == IN_DISCARD)
        conn_gone(c, c->shut ? H1_END_DONE : c->fault ? H1_END_PROTOCOL : H1_END_TRUNCATED);
    else
        conn_gone(c, fresh && h1_conn_queued(c) == 0 ? H1_END_DONE : H1_END_TRUNCATED);
}

static void read_error(struct h1_conn *c)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        c->read_blocked = c->t.wants_write && c->t.wants_write(c->t.self);
        if (c->read_blocked)
            conn_writing(c, true);
        return;
    }
    conn_gone(c, c->shut ? H1_END_DONE : H1_END_RESET);
}

void conn_read(struct h1_conn *c)
{
    char scratch[CONN_READ_MAX];
    c->read_blocked = false;
    for (int i = 0; i < READ_ROUNDS; i++) {
        /* What is not a body yet comes in small steps, so that little is kept when it is not taken.
         */
        bool body = c->in_state == IN_BODY || c->in_state == IN_DISCARD;
        ssize_t n = c->t.recv(c->t.self, scratch, body ? CONN_READ_MAX : CONN_PIPELINE_MAX);
        if (n < 0) {
            read_error(c);
            return;
        }
        if (n == 0) {
            conn_eof(c);
            return;
        }
        feed(c, scratch, (size_t)n);
        if (c->gone)
            return;
        conn_reading(c);
        if (c->reading != READING_ON || !c->t.pending || !c->t.pending(c->t.self))
            return;
    }
    /* The transport holds more that poll will not show. */
    c->resumed = true;
    conn_kick(c);
}
