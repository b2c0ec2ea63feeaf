/* What the relay's rooms make of one conversation, without a network between them: routing, what is
 * read of the request, the plan of the kind, the connection's codec over a transport in memory, the
 * verdict, the transform, the meter.
 */
#ifndef CRS_TESTS_WALK_H
#define CRS_TESTS_WALK_H

#include "common/jscan.h"
#include "flow/reading_int.h"
#include "flow/route.h"
#include "provider/provider.h"
#include "tests/conversations/talk.h"

struct walk {
    const struct talk *talk;
    struct provider_data *data;
    struct account *account;
    struct credential *credential;
    const struct provider *provider;
    struct h1_head head;
    struct route_match match;
    struct facts facts;
    struct body *body;
    struct ask ask;
    struct head_copy *kept;
    char refused[400]; /* why nothing can be sent at all; "" when it can */
};
void walk_init(struct walk *c, const struct talk *t, struct provider_data *data);
void walk_release(struct walk *c);

struct outcome {
    int status; /* 0: no head came */
    bool judged, ended, complete, failed;
    bool streamed;  /* the client's answer is a stream of events */
    char fault[64]; /* type of an error that the answer itself tells */
    char reason[400];
    struct verdict verdict;
    struct usage usage;
    struct buf heard;
    char *model; /* as sent */
    /* of the request: */
    struct buf request; /* as it goes over the wire */
    char *origin;
};
void outcome_release(struct outcome *o);

/* Runs it with the answer in pieces that end at cuts[0..n), the last byte of it included; closed:
 * the connection ends behind the last piece, else it stays open. -1: no plan (c->refused). */
int walk_run(struct walk *c, const char *wire, const size_t *cuts, size_t n, bool closed,
    struct outcome *out);

#endif
