/* One upstream, one scripted peer and one call at a time, on one loop. What the call tells is
 * written down as a line of words. */
#ifndef CRS_TEST_CALL_KIT_H
#define CRS_TEST_CALL_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "peer_kit.h"
#include "upstream/upstream.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

struct world {
    struct event_base *base;
    struct upstream *u;
    struct peer peer;
    struct call *call; /* NULL once over */
    struct event *guard;
    struct buf told, body;
    char origin[64];
    int expired, reused;
    int cancel_in; /* 1 head, 2 body, 3 end */
    bool pause_in_body;
    const struct call_request *again; /* started from inside the end of the next call */
};

extern const struct call_ops world_ops;

/* o NULL: the defaults. */
void world_open(
    struct world *w, void (*serve)(struct peer_conn *), const struct upstream_options *o);
void world_close(struct world *w);
void world_pass(struct world *w, int ms); /* lets time pass on the loop */
/* A request to the peer without a body, for account ac_1. */
struct call_request world_request(struct world *w, const char *method);
void world_start(struct world *w, const struct call_request *r);
void world_finish(struct world *w);                            /* until the call is over */
void world_run(struct world *w, const struct call_request *r); /* both */
void world_run_post(struct world *w, struct call_request r);   /* with a small body */
int world_closed_port(struct world *w);                        /* nobody listens there */

/* Scripts: a fixed good answer; peer_answer, after which the connection stays, or ends. */
void serve_ok(struct peer_conn *c);
void serve_answer(struct peer_conn *c);
extern const char *peer_answer;
extern int peer_answer_ends; /* 1 close, 2 reset */

#endif
