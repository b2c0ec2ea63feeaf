/* Ends: of a message, and of the connection. */
#include "http1/conn_int.h"

#include <stdlib.h>
#include <sys/socket.h>

bool conn_message_in(const struct h1_conn *c)
{
    if (c->in_state == IN_DONE)
        return true;
    if (c->in_state != IN_HELD && c->in_state != IN_BODY)
        return false;
    return c->framing == H1_NO_BODY || (c->framing == H1_LENGTH && c->left == 0) ||
           (c->framing == H1_CHUNKED && c->chunk.state == CHUNK_DONE);
}

void conn_next(struct h1_conn *c)
{
    if (c->broken)
        return;
    if (!c->keep || c->last || !conn_message_in(c)) {
        conn_linger(c);
    } else {
        conn_state(c, IN_IDLE);
        c->out_state = OUT_NONE;
        c->paused = false;
        if (c->in.len)
            conn_kick(c);
    }
    if (!c->entered) {
        conn_reading(c);
        conn_arm(c);
    }
}

/* Closing with unread bytes makes the kernel send a reset, which may overtake the reply and take it
 * from the client. So the write side is shut first, and what still comes is read away for a while.
 */
void conn_linger(struct h1_conn *c)
{
    if (!c->closing) {
        c->closing = true;
        conn_state(c, IN_DISCARD);
        /* Under a callback its spans may still point there. */
        if (!c->entered)
            buf_release(&c->in);
    }
    if (c->shut || h1_conn_queued(c) > 0)
        return;
    c->shut = true;
    c->drained = 0;
    conn_state(c, IN_DISCARD);
    if (c->t.shut)
        c->t.shut(c->t.self);
    else
        shutdown(c->t.fd, SHUT_WR);
}

void conn_gone(struct h1_conn *c, enum h1_end why)
{
    const struct h1_conn_ops *ops = c->ops;
    c->ops = NULL;
    c->gone = true;
    if (ops && ops->on_closed)
        ops->on_closed(c->self, why);
}

void conn_cut(struct h1_conn *c)
{
    struct linger cut = {.l_onoff = 1, .l_linger = 0};
    setsockopt(c->t.fd, SOL_SOCKET, SO_LINGER, &cut, sizeof cut);
}

void conn_free(struct h1_conn *c)
{
    event_del(&c->timer);
    if (c->reading != READING_OFF)
        event_del(&c->rd);
    if (c->wr_on)
        event_del(&c->wr);
    c->t.close(c->t.self);
    buf_release(&c->in);
    buf_release(&c->out);
    body_unref(c->body);
    body_edits_release(&c->edits);
    free(c);
}

static void end_now(struct h1_conn *c)
{
    c->gone = true;
    if (!c->entered)
        conn_free(c);
}

void h1_conn_close(struct h1_conn *c)
{
    c->ops = NULL;
    if (c->gone)
        return;
    bool unread = c->in_state == IN_HELD || c->in_state == IN_BODY || c->in_state == IN_DISCARD;
    bool fresh = c->out_state != OUT_NONE || h1_conn_queued(c) > 0;
    if (!c->server || c->broken || !(unread || fresh)) {
        end_now(c);
        return;
    }
    conn_linger(c);
    if (!c->entered) {
        conn_reading(c);
        conn_arm(c);
    }
}

void h1_conn_abort(struct h1_conn *c)
{
    c->ops = NULL;
    if (c->gone)
        return;
    conn_cut(c);
    end_now(c);
}
