/* The HTTP admin: its listener, its visitors, its gate. */
#ifndef CRS_CONTROL_HTTP_ADMIN_INT_H
#define CRS_CONTROL_HTTP_ADMIN_INT_H

#include <sodium.h>
#include "common/secret.h"
#include "control/view_int.h"
#include "http1/conn.h"

struct visit {
    struct peer peer;
    struct visit *next, **prev;
    struct admin_door *door;
    struct h1_conn *conn;
    struct buf body;
    bool taking;   /* a body that is wanted */
    bool answered; /* the call has its answer */
    bool events;   /* a stream: it lasts */
};
struct admin_door {
    struct control *c;
    struct event *ev;
    int fd;
    void *tls; /* SSL_CTX; NULL: plain, loopback */
    struct visit *visits;
    size_t n_visits;
    /* A token that was found good is remembered as a keyed hash: Argon2id is slow by design. */
    unsigned char cache_key[32], good[32];
    bool has_good;
    int64_t tries_from; /* monotonic ms: of the present span of counting */
    int tries;          /* tokens that were put to Argon2id in it */
};
void visit_free(struct visit *v);

enum gate { GATE_OPEN, GATE_SHUT, GATE_BUSY };
/* Whether the one field value carries the token. Unknown, malformed and missing look the same. */
enum gate admin_gate(struct admin_door *d, struct span authorization, unsigned count);

#endif
