/* The inside of a connection, shared by the files conn*.c.
 *
 * No public function calls back: what must be told is put off to the loop by conn_kick. So a
 * callback only ever runs under conn_enter .. conn_leave, and memory goes in conn_leave alone. */
#ifndef CRS_HTTP1_CONN_INT_H
#define CRS_HTTP1_CONN_INT_H

#include <event2/event_struct.h>
#include "http1/chunk_int.h"
#include "http1/conn.h"

#define CONN_READ_MAX (64u << 10)     /* one read of body bytes; on the stack */
#define CONN_PIPELINE_MAX (16u << 10) /* bytes kept of what is not asked for yet */
#define CONN_LINGER_MS 2000
#define CONN_LINGER_BYTES (1u << 20)
#define CONN_RATE_MS 10000 /* the span over which a body's rate is taken */

enum conn_in {
    IN_IDLE,   /* server: between requests; client: nothing asked for yet */
    IN_HEAD,   /* a head is due */
    IN_HELD,   /* server: the head was handed over, the body is not accepted */
    IN_BODY,   /* body bytes are due (or known to be complete) */
    IN_DONE,   /* server: the reply is due; client: the response is complete */
    IN_DISCARD /* after a fault or the last reply: bytes are read and thrown away */
};

enum conn_out {
    OUT_NONE,  /* no reply yet */
    OUT_REPLY, /* its head is queued or gone */
    OUT_ENDED
};

enum conn_reading { READING_OFF, READING_ON, READING_WATCH /* only whether the peer leaves */ };

struct h1_conn {
    struct event_base *base;
    struct h1_transport t;
    const struct h1_conn_ops *ops; /* NULL: nobody is told any more */
    void *self;
    struct h1_limits limits;
    struct event rd, wr, timer;

    bool server, entered, processing, gone;
    bool kicked, wr_on, paused, resumed;
    bool keep; /* the peer lets the connection live on */
    bool last; /* we do not */
    bool http10, head_method, expect;
    bool early;        /* body bytes came with the head, so nobody waits for 100 Continue */
    bool extra;        /* client: bytes after the response */
    bool no_body;      /* the reply has none, whatever is sent */
    bool read_blocked; /* reading waits for the socket to be writable */
    bool closing;      /* no next message: linger once the output is out */
    bool shut;         /* the write side is shut */
    bool over_high, tell_flushed, chunked, sent_any, unsendable, seen_any;
    int broken; /* 1 + enum h1_end that is still to be told */
    enum conn_in in_state;
    enum conn_out out_state;
    enum conn_reading reading;
    enum h1_fault fault;

    struct buf in; /* kept raw bytes: part of a head, or what is not asked for yet */
    enum h1_framing framing;
    uint64_t left; /* of a counted body */
    struct h1_chunk chunk;

    struct buf out; /* what the socket did not take */
    size_t out_at;
    uint64_t out_left; /* reply of known length: bytes still to come */
    struct body *body; /* client: the rest of the request */
    struct body_edits edits;
    uint64_t body_at, body_end;

    int64_t since;     /* when in_state (or its last body byte) began, clock_mono */
    int64_t window_at; /* start of the present rate span */
    uint64_t window_bytes;
    int64_t progress_at; /* when queued output last moved */
    int64_t armed;       /* when the timer fires; INT64_MAX: not armed */
    size_t drained;      /* bytes thrown away while lingering */
};

/* conn.c */
void conn_enter(struct h1_conn *c);
void conn_leave(struct h1_conn *c);
void conn_kick(struct h1_conn *c);                   /* conn_turn from the loop, soon */
void conn_break(struct h1_conn *c, enum h1_end why); /* on_closed from the loop, soon */
void conn_state(struct h1_conn *c, enum conn_in s);
void conn_reading(struct h1_conn *c); /* sets the read event to what the state wants */
void conn_writing(struct h1_conn *c, bool on);

/* conn_in.c: only between enter and leave. */
void conn_read(struct h1_conn *c);
void conn_process_kept(struct h1_conn *c);
void conn_eof(struct h1_conn *c);
void conn_fault(struct h1_conn *c, enum h1_fault f);

/* conn_out.c */
void conn_send(struct h1_conn *c, const struct iovec *iov, int n);
void conn_flush(struct h1_conn *c);

/* conn_end.c */
void conn_gone(struct h1_conn *c, enum h1_end why); /* between enter and leave */
void conn_next(struct h1_conn *c);   /* the message is over on both sides, or the connection ends */
void conn_linger(struct h1_conn *c); /* shuts the write side once the output is out */
void conn_cut(struct h1_conn *c);    /* the close to come is a reset */
void conn_free(struct h1_conn *c);
bool conn_message_in(const struct h1_conn *c); /* the whole message has arrived */

/* conn_time.c */
int64_t conn_deadline(const struct h1_conn *c);   /* INT64_MAX: none */
void conn_expire(struct h1_conn *c, int64_t now); /* between enter and leave */
void conn_arm(struct h1_conn *c); /* sets the timer when the deadline is before it */

#endif
