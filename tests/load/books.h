/* Comparing the ledger with what clients saw and what the upstream told. */
#ifndef CRS_TESTS_BOOKS_H
#define CRS_TESTS_BOOKS_H

#include "tests/flow/ask.h"
#include "tests/flow/rig.h"

/* Answers whose end a client saw, by the serial number in the id that the fake upstream gives. */
struct seen {
    unsigned char *v;
    long n;
};
void seen_add(struct seen *s, const struct answer *a);
void seen_release(struct seen *s);

/* Each of them is in the ledger, final; and none is there twice. */
void books_have_seen(struct rig *r, const struct seen *s);
/* No row says other than the upstream told; one that was cut, no more than it told. The number of
 * rows that were compared. */
long books_are_told(struct rig *r);
/* The tallies are the sums of the rows. */
void books_tallies(struct rig *r);

#endif
