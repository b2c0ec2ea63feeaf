/* A scripted server on the test's own loop: it collects what each connection says and lets a
 * function answer. It speaks plain bytes, so that it can also misbehave, and be a proxy. */
#ifndef CRS_TEST_PEER_KIT_H
#define CRS_TEST_PEER_KIT_H

#include <event2/event.h>
#include <stdbool.h>
#include "common/buf.h"

struct peer;
struct peer_conn {
    struct peer *peer;
    struct peer_conn *next;
    struct event *event;
    int fd, number, stage; /* stage is the script's own */
    struct buf in;         /* bytes not taken by the script */
};
struct peer {
    struct event_base *base;
    struct event *event;
    int fd, port;
    int accepted, open; /* connections ever, and now */
    struct peer_conn *conns;
    /* New bytes came. Takes what it used off c->in; may say, close, reset. */
    void (*serve)(struct peer_conn *c);
    int requests;    /* the script's own */
    struct buf seen; /* the script's own */
};

void peer_open(struct peer *p, struct event_base *base, void (*serve)(struct peer_conn *c));
void peer_close(struct peer *p);
void peer_say(struct peer_conn *c, const char *s);
void peer_send(struct peer_conn *c, const void *bytes, size_t n);
/* Both free c. */
void peer_end(struct peer_conn *c);
void peer_reset(struct peer_conn *c);
/* A whole request is there: moved to p->seen (which is emptied first), true. */
bool peer_request(struct peer_conn *c);

#endif
