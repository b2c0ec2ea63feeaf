/* What is sent: replies and requests, straight from the caller's bytes when the socket takes them.
 */
#include "http1/conn_int.h"

#include <errno.h>
#include <string.h>
#include "common/clock.h"

#define IOV_MAX_OUT 16
#define WRITE_ROUNDS 16 /* before the others on the loop get their turn */

size_t h1_conn_queued(const struct h1_conn *c)
{
    return c->out.len - c->out_at + (size_t)(c->body_end - c->body_at);
}

static void drop_output(struct h1_conn *c)
{
    buf_release(&c->out);
    c->out_at = 0;
    body_unref(c->body);
    c->body = NULL;
    body_edits_release(&c->edits);
    c->body_at = c->body_end = 0;
}

/* Bytes of a write; 0 when the socket takes none now, -1 when it never will again. */
static ssize_t write_some(struct h1_conn *c, const struct iovec *iov, int n)
{
    ssize_t w = c->t.sendv(c->t.self, iov, n);
    if (w > 0) {
        c->sent_any = true;
        return w;
    }
    if (w == 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return 0;
    drop_output(c);
    c->unsendable = true;
    conn_writing(c, false);
    /* An upstream may have answered before it closed: reading goes on and finds either. */
    if (c->server)
        conn_break(c, H1_END_RESET);
    return -1;
}

/* Takes w sent bytes off the queue: kept bytes first, then the body. */
static void advance(struct h1_conn *c, size_t w)
{
    size_t kept = c->out.len - c->out_at;
    if (w < kept) {
        c->out_at += w;
        return;
    }
    c->body_at += w - kept;
    buf_release(&c->out);
    c->out_at = 0;
    if (c->body && c->body_at == c->body_end)
        drop_output(c);
}

static int queue_iov(struct h1_conn *c, struct iovec *iov, int n)
{
    int filled = 0;
    if (c->out.len > c->out_at)
        iov[filled++] = (struct iovec){c->out.data + c->out_at, c->out.len - c->out_at};
    if (c->body)
        filled += body_iov(c->body, &c->edits, c->body_at, iov + filled, n - filled);
    return filled;
}

static size_t iov_size(const struct iovec *iov, int n)
{
    size_t size = 0;
    for (int i = 0; i < n; i++)
        size += iov[i].iov_len;
    return size;
}

/* Writes what is queued until all is out or the socket is full; tells nobody. */
static void push(struct h1_conn *c)
{
    struct iovec iov[IOV_MAX_OUT];
    for (int i = 0; h1_conn_queued(c) > 0; i++) {
        if (i == WRITE_ROUNDS) {
            conn_kick(c);
            return;
        }
        int n = queue_iov(c, iov, IOV_MAX_OUT);
        ssize_t w = write_some(c, iov, n);
        if (w < 0)
            return;
        if (w > 0) {
            c->progress_at = clock_mono();
            advance(c, (size_t)w);
        } else {
            conn_writing(c, true);
            return;
        }
    }
    conn_writing(c, c->read_blocked);
}

void conn_flush(struct h1_conn *c)
{
    push(c);
    if (c->over_high && h1_conn_queued(c) <= c->limits.low) {
        c->over_high = false;
        if (c->ops && c->ops->on_drained)
            c->ops->on_drained(c->self);
    }
    if (c->gone || c->broken || h1_conn_queued(c) > 0)
        return;
    if (c->closing)
        conn_linger(c);
    if (c->tell_flushed) {
        c->tell_flushed = false;
        if (c->ops && c->ops->on_flushed)
            c->ops->on_flushed(c->self);
    }
    if (!c->gone && c->in_state == IN_IDLE && c->in.len)
        conn_kick(c);
}

static void keep_rest(struct h1_conn *c, const struct iovec *iov, int n, size_t skip)
{
    if (c->out_at && c->out_at >= c->out.len / 2) {
        buf_drop(&c->out, c->out_at);
        c->out_at = 0;
    }
    for (int i = 0; i < n; i++) {
        size_t off = skip < iov[i].iov_len ? skip : iov[i].iov_len;
        skip -= off;
        buf_add(&c->out, (const char *)iov[i].iov_base + off, iov[i].iov_len - off);
    }
}

/* n <= 3. In one write with what waits, unless the socket is known to be full. */
void conn_send(struct h1_conn *c, const struct iovec *iov, int n)
{
    if (c->broken || c->unsendable)
        return;
    size_t kept = c->out.len - c->out_at, w = 0;
    if (!c->wr_on) {
        struct iovec all[4] = {{c->out.data + c->out_at, kept}};
        memcpy(all + 1, iov, (size_t)n * sizeof *iov);
        ssize_t sent = write_some(c, kept ? all : all + 1, kept ? n + 1 : n);
        if (sent < 0)
            return;
        w = (size_t)sent;
    }
    if (w >= kept + iov_size(iov, n)) {
        buf_release(&c->out);
        c->out_at = 0;
        return;
    }
    if (!kept || w)
        c->progress_at = clock_mono();
    if (w < kept)
        c->out_at += w;
    else
        c->out_at = c->out.len;
    keep_rest(c, iov, n, w < kept ? 0 : w - kept);
    if (h1_conn_queued(c) > c->limits.high)
        c->over_high = true;
    conn_writing(c, true);
    if (!c->entered)
        conn_arm(c);
}

void h1_reply_head(struct h1_conn *c, int status, const struct buf *fields, int64_t length)
{
    if (c->broken || c->closing || c->out_state != OUT_NONE)
        return;
    c->no_body = length == -2 || c->head_method || status == 204 || status == 304;
    c->chunked = length == -1 && !c->http10 && !c->no_body;
    c->out_left = length >= 0 ? (uint64_t)length : UINT64_MAX;
    /* A body still on its way would be taken for the next request. */
    if (!conn_message_in(c) || (length == -1 && c->http10))
        c->last = true;
    buf_addf(&c->out, "HTTP/1.1 %d %s\r\n", status, h1_reason(status));
    if (fields)
        buf_add(&c->out, fields->data, fields->len);
    if (length >= 0)
        buf_addf(&c->out, "Content-Length: %lld\r\n", (long long)length);
    else if (c->chunked)
        buf_adds(&c->out, "Transfer-Encoding: chunked\r\n");
    if (c->last || !c->keep)
        buf_adds(&c->out, "Connection: close\r\n");
    else if (c->http10)
        buf_adds(&c->out, "Connection: keep-alive\r\n");
    buf_adds(&c->out, "\r\n");
    c->out_state = OUT_REPLY;
    c->progress_at = clock_mono();
    conn_kick(c);
}

void h1_send_body(struct h1_conn *c, const void *p, size_t n)
{
    if (c->out_state != OUT_REPLY || c->no_body || c->closing)
        return;
    /* More than was announced would be read as the next reply. */
    if (n > c->out_left)
        n = (size_t)c->out_left;
    if (n == 0)
        return;
    if (c->out_left != UINT64_MAX)
        c->out_left -= n;
    /* iovecs are for reading too, hence the cast. */
    struct iovec body = {(void *)(uintptr_t)p, n};
    if (!c->chunked) {
        conn_send(c, &body, 1);
        return;
    }
    char size[20];
    static char crlf[] = "\r\n";
    conn_send(c, (struct iovec[]){{size, h1_chunk_head(size, n)}, body, {crlf, 2}}, 3);
}

void h1_send_end(struct h1_conn *c)
{
    static char last_chunk[] = "0\r\n\r\n";
    if (c->out_state != OUT_REPLY || c->closing)
        return;
    c->out_state = OUT_ENDED;
    if (c->chunked)
        conn_send(c, &(struct iovec){last_chunk, 5}, 1);
    else if (!c->no_body && c->out_left > 0 && c->out_left != UINT64_MAX)
        c->last = true; /* shorter than announced: only the close tells */
    conn_next(c);
}

void h1_request_send(struct h1_conn *c, const struct buf *head, struct body *body,
    struct body_edits *edits, bool head_method)
{
    conn_state(c, IN_HEAD);
    c->head_method = head_method;
    c->extra = c->keep = c->sent_any = c->seen_any = c->paused = false;
    buf_add(&c->out, head->data, head->len);
    if (body) {
        if (edits) {
            c->edits = *edits;
            *edits = (struct body_edits){0};
        }
        c->body = body_ref(body);
        c->body_at = 0;
        c->body_end = body_edited_size(body, &c->edits);
        buf_addf(&c->out, "Content-Length: %llu\r\n", (unsigned long long)c->body_end);
    } else if (edits) {
        body_edits_release(edits);
    }
    buf_adds(&c->out, "\r\n");
    if (c->body && c->body_end == 0) {
        body_unref(c->body);
        c->body = NULL;
    }
    c->progress_at = clock_mono();
    push(c);
    if (!c->entered) {
        conn_reading(c);
        conn_arm(c);
    }
}

void h1_conn_notify_flushed(struct h1_conn *c)
{
    c->tell_flushed = true;
    if (h1_conn_queued(c) == 0)
        conn_kick(c);
}
