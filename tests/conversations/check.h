/* What came of a conversation against what its file says. */
#ifndef CRS_TESTS_CHECK_H
#define CRS_TESTS_CHECK_H

#include "meter/price.h"
#include "tests/conversations/walk.h"

/* The request that the upstream gets: method, address, fields, body. */
bool check_request(struct walk *c, const struct outcome *o);
/* Client's bytes, usage, cost, verdict, quota, end. */
bool check_answer(struct walk *c, const struct outcome *o, const struct prices *prices);
/* A conversation that must not reach this kind ("fails TEXT" without an answer). */
bool check_refused(struct walk *c);
/* One usage against "input=1 output=2 …": numbers that are not named must be 0. */
bool check_usage(const struct talk *t, const struct usage *u);

#endif
