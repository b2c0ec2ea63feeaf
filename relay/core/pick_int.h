/* The choice itself: may this account take this request, and which of those that may is best. Looks
 * only at what it is given. */
#ifndef CRS_CORE_PICK_INT_H
#define CRS_CORE_PICK_INT_H

#include "core/core_int.h"

struct pick_ask {
    const struct key *key;
    const char *const *kinds;
    const char *const *tried;
    const char *model;
    enum family family;
    bool no_opus; /* an account whose map leads to the opus class may not serve it */
    int64_t now;
};
bool key_is_bound(const struct key *k);
/* PASS_TAKEN: it may. holds: the session is on it already. until: when this may change, 0 unknown.
 * The account must be settled. */
enum pass_reason pick_pass(
    const struct account_state *as, const struct pick_ask *ask, bool holds, int64_t *until);
/* Whether an account passed over for this may serve such a request at another time by itself. */
bool pass_is_rest(enum pass_reason r);

struct pick {
    struct account_state *best;
    int headroom;        /* of best */
    const char *because; /* the finest rule that set it before another of the same priority */
};
/* Takes one more into the comparison: priority, headroom, least recently chosen. */
void pick_offer(struct pick *p, struct account_state *as, const struct pick_ask *ask);

#endif
