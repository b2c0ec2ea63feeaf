/* Fair share: one subscription window divided among the keys that use it. Pure.
 *
 * A key owns weight / sum of weights of the window; keys count when they used the account in this
 * window or in the one before. It may always use its own part. What others did not use of the part
 * that has come due for them (their part times the elapsed share of the window) is lent to whoever
 * asks: little at the beginning, all that is left at the reset, where it would lapse. Nobody's
 * claim on the time still to come is lent.
 *
 * Upstreams tell only the use of the whole window; it is split by the cost that each key booked.
 */
#ifndef CRS_CORE_FAIR_INT_H
#define CRS_CORE_FAIR_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/units.h"

#define FAIR_KEYS_MAX 1024 /* further keys are not restrained */

struct fair_key {
    char key[24];
    int64_t weight;
    nano now, before; /* cost in this window and the one before */
};
struct fair {
    int64_t reset; /* ms end of the window that `now` counts; 0: not told yet */
    struct fair_key *v;
    size_t n;
};
/* The window as last told ends at `reset` (0: not known). Starts a new one when the old is over. */
void fair_roll(struct fair *f, int64_t reset, int64_t now);
void fair_add(struct fair *f, const char *key, int64_t weight, nano cost);
/* Whether this key may go on. used: share of the window used by all; elapsed: share of its time. */
bool fair_allows(
    const struct fair *f, const char *key, int64_t weight, double used, double elapsed);
/* The elapsed share from which on it may, were nothing used meanwhile; 1 at the latest. */
double fair_when(
    const struct fair *f, const char *key, int64_t weight, double used, double elapsed);
void fair_release(struct fair *f);

#endif
