/* A connection under test and its peer, a plain socket, on one loop. What the connection tells is
 * written down as a line of words; what the peer gets is collected. */
#ifndef CRS_TEST_H1_KIT_H
#define CRS_TEST_H1_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <event2/event.h>
#include "common/buf.h"
#include "http1/conn.h"

struct kit {
    struct event_base *base;
    struct h1_conn *conn; /* NULL once closed */
    int peer;             /* -1 once closed */
    struct buf told;      /* "head GET /x; body 5; end; ..." */
    struct buf bodies;    /* all body bytes */
    struct buf got;       /* what the peer read */
    bool peer_eof, peer_reset, reading;
    struct event *peer_event, *guard;
    /* What to do in a callback; NULL: only write it down. */
    void (*on_head)(struct kit *k, const struct h1_head *h);
    void (*on_body)(struct kit *k);
    void (*on_end)(struct kit *k);
    void (*on_fault)(struct kit *k, enum h1_fault f);
    void (*on_drained)(struct kit *k);
    bool expired;
};

extern const struct h1_conn_ops kit_ops;

/* tcp: over loopback instead of a socket pair. limits NULL: the server's. */
void kit_open(struct kit *k, bool server, bool tcp, const struct h1_limits *limits);
void kit_close(struct kit *k);
/* Writes all of it from the peer, running the loop as needed; gives up when no more is taken, with
 * what was. */
size_t kit_write(struct kit *k, const char *p, size_t n);
void kit_say(struct kit *k, const char *s);
/* Runs the loop until the text is in there / the condition holds; fails after ten seconds. */
void kit_until_told(struct kit *k, const char *text);
void kit_until_got(struct kit *k, const char *text);
void kit_until(struct kit *k, bool (*holds)(struct kit *k));
/* Runs what is ready now, without waiting. */
void kit_settle(struct kit *k);
/* Lets time pass on the loop; gives how often it woke. */
int kit_pass(struct kit *k, int ms);
void kit_peer_close(struct kit *k);
void kit_peer_reset(struct kit *k);
void kit_peer_read(struct kit *k, bool on);

/* What a server under test may do: answer, take the body, answer with the body's size. */
void kit_reply(struct kit *k, int status, const char *text);
void kit_reply_hello(struct kit *k, const struct h1_head *h);
void kit_accept_body(struct kit *k, const struct h1_head *h);
void kit_reply_size(struct kit *k);
void kit_reply_fault(struct kit *k, enum h1_fault f);
/* How often the text stands there. */
size_t kit_count(const struct buf *b, const char *text);
bool kit_peer_done(struct kit *k);
bool kit_conn_done(struct kit *k);

/* Two connected sockets, both non-blocking. */
void kit_pair(int fd[2], bool tcp);

#endif
