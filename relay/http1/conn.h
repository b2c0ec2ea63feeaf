/* One HTTP/1.1 connection on an event loop, either side, over a plain socket, server-side TLS, or a
 * transport that libcurl made. It parses heads, decodes bodies in place, frames what is sent, and
 * keeps what the socket does not take, up to a bound that its user watches.
 *
 * All callbacks run on the loop's thread. Any of them may call h1_conn_close on its own connection
 * (the memory goes when the callback has returned). After on_closed nothing more is called.
 */
#ifndef CRS_HTTP1_CONN_H
#define CRS_HTTP1_CONN_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>
#include "http1/body.h"
#include "http1/head.h"

/* How bytes move. recv / sendv give bytes, 0 at the end of the stream (recv), or -1 with errno
 * (EAGAIN: wait; wants_write tells a recv that needs the socket writable, as TLS may). pending,
 * wants_write and shut may be NULL. */
struct h1_transport {
    ssize_t (*recv)(void *self, void *p, size_t n);
    ssize_t (*sendv)(void *self, const struct iovec *iov, int n);
    bool (*pending)(void *self); /* there may be bytes inside that poll does not show */
    void (*close)(void *self);   /* frees self and closes the descriptor */
    void *self;
    int fd;
    bool (*wants_write)(void *self);
    void (*shut)(void *self); /* no more output; NULL: shutdown(fd, SHUT_WR) */
};
/* Takes fd, non-blocking. */
struct h1_transport h1_transport_socket(int fd);
/* Server side of TLS on fd; ctx is an SSL_CTX. The process must ignore SIGPIPE. */
struct h1_transport h1_transport_tls(int fd, void *ssl_ctx);
/* A new SSL on fd, set up as a transport wants it; and a transport that takes fd and such an SSL,
 * for a client after its handshake. */
void *h1_tls_session(int fd, void *ssl_ctx);
struct h1_transport h1_transport_session(int fd, void *ssl);

enum h1_end {
    H1_END_DONE,      /* peer closed between messages, or we did */
    H1_END_TRUNCATED, /* peer closed in a message, or (server) before it had its whole reply */
    H1_END_RESET,
    H1_END_TIMEOUT,   /* a head, body or write time ran out */
    H1_END_PROTOCOL,  /* peer broke the format; fault tells how */
};

struct h1_conn;
struct h1_conn_ops {
    /* A whole head. Server: the request's; answer with h1_reply_*. Client: the final response's. The
     * spans live until the callback returns (copy what is kept). */
    void (*on_head)(void *self, const struct h1_head *head);
    /* Decoded body bytes, valid during the call. Not called while paused. */
    void (*on_body)(void *self, const char *p, size_t n);
    /* The message is complete; comes for one without a body as well. Server: only after
     * h1_conn_accept_body. Client: h1_conn_reusable tells now whether to keep the connection. */
    void (*on_message_end)(void *self);
    /* Queued output fell to the low watermark after it had been over the high one. */
    void (*on_drained)(void *self);
    /* All queued output has reached the socket (after h1_conn_notify_flushed). */
    void (*on_flushed)(void *self);
    /* The peer broke the format, or was too slow with a head or body (server: before on_head or in
     * a body). Server: may still send a reply, now or later, unless h1_reply_started; the connection
     * closes lingering after it. NULL: closed at once. Client: on_closed follows. */
    void (*on_fault)(void *self, enum h1_fault fault);
    /* The connection is over and its memory goes when this has returned: c is not to be used again.
     * Server: comes at last after every end that h1_conn_close or h1_conn_abort did not make. */
    void (*on_closed)(void *self, enum h1_end why);
};

struct h1_limits { /* ms; 0: none */
    int head_ms;       /* from accept, or from the first byte of the next request, to the head's end */
    int idle_ms;       /* between requests on a kept connection */
    int body_quiet_ms; /* silence while a request body is due */
    int body_min_rate; /* bytes a second, over each body_rate_ms that a body takes; 0: none */
    int body_rate_ms;  /* 0: 10 s */
    int write_ms;      /* no progress while output waits */
    size_t high, low;  /* output watermarks, bytes */
};
extern const struct h1_limits h1_server_limits; /* 10 s, 75 s, 10 s, 1024, 30 s, 256 KiB, 64 KiB */

struct h1_conn *h1_conn_create(struct event_base *base, struct h1_transport t, bool server,
    const struct h1_limits *limits, const struct h1_conn_ops *ops, void *self);
void h1_conn_set_self(struct h1_conn *c, const struct h1_conn_ops *ops, void *self);
/* Ends it now; no on_closed. Server with an unread request body or fresh reply: lingering close
 * (shutdown write, drain at most 1 MiB or 2 s) happens behind the scenes after queued output. A
 * reply that was not ended is cut: a chunked or counted one shows it, another needs h1_conn_abort. */
void h1_conn_close(struct h1_conn *c);
/* Cuts it with a reset, at once: an abnormal end the peer can tell from a finished message. */
void h1_conn_abort(struct h1_conn *c);

/* Stops and resumes reading the body (close of the peer is still noticed while paused). */
void h1_conn_pause(struct h1_conn *c);
void h1_conn_resume(struct h1_conn *c);

/* Server: on_head hands over a request whose body is not read until one of these: */
void h1_conn_accept_body(struct h1_conn *c); /* sends 100 Continue when asked for, then on_body */
/* The present message is the last: the reply says Connection: close if its head is not out yet. */
void h1_conn_last(struct h1_conn *c);
/* Server replies. The head: "HTTP/1.1 STATUS reason", then `fields` (made with h1_add_field), then
 * framing: length >= 0 gives Content-Length, -1 chunked (close-delimited for a 1.0 client), -2 no
 * body. Written together with the first body bytes when these follow in the same loop turn. Date
 * and everything else comes from the caller. status is a final one, not 1xx. */
void h1_reply_head(struct h1_conn *c, int status, const struct buf *fields, int64_t length);
/* Body bytes, framed; sent straight from p when the socket takes them, only the rest is copied. */
void h1_send_body(struct h1_conn *c, const void *p, size_t n);
/* The end of the message: the last chunk. The connection then waits for the next request, or closes
 * lingering when keep-alive ended or the request body was not read. */
void h1_send_end(struct h1_conn *c);
bool h1_reply_started(const struct h1_conn *c);

/* Client: sends a request head as made (request line and fields, no framing, no empty line) and the
 * body with its length (NULL: no Content-Length at all); the body is taken by reference as the
 * socket accepts it. edits are taken over (emptied); may be NULL. */
void h1_request_send(struct h1_conn *c, const struct buf *head, struct body *body,
    struct body_edits *edits, bool head_method);
/* True when the finished response leaves the connection fit for another request. */
bool h1_conn_reusable(const struct h1_conn *c);
bool h1_request_sent_any(const struct h1_conn *c); /* a byte of the request left */
bool h1_response_seen_any(const struct h1_conn *c); /* a byte of the answer came */

size_t h1_conn_queued(const struct h1_conn *c); /* output bytes not yet taken by the socket */
void h1_conn_notify_flushed(struct h1_conn *c); /* on_flushed once, when (or if already) empty */
/* Peer address as text ("192.0.2.7"), UTF-8, without port; out has 64 bytes. */
void h1_conn_peer(const struct h1_conn *c, char out[64]);

#endif
