/* What upstreams tell of their quota windows: merged, void after their reset, and read as headroom
 * and as a forecast. Pure. */
#ifndef CRS_CORE_QUOTA_INT_H
#define CRS_CORE_QUOTA_INT_H

#include "core/core.h"

/* Whether a window of hours or days now stands where it is worth keeping over a kill: another
 * percent, another reset. */
bool quota_merge(struct quota *to, const struct quota *told, int64_t now);
/* Forgets windows whose reset has passed (without a reset: that are older than their length). */
void quota_settle(struct quota *q, int64_t now);
/* How much faster than evenly an account may be used up so that nothing lapses at the reset: unused
 * share / share of the time left, the least over the windows that count for the family; 1 is even,
 * also when nothing is known. In steps of a quarter doubling, so that near-equals count as equal:
 * 0 is even, 4 twice as fast, -4 half; -40 nothing left. */
int quota_headroom(const struct quota *q, enum family family, int64_t now);
/* Whether the family's own 7-day window is used up; until gets its reset. */
bool quota_family_spent(const struct quota *q, enum family family, int64_t now, int64_t *until);
/* When the 5-hour window is used up if the pace since its beginning goes on; 0: not before its
 * reset, or not known (also in its first five minutes, when a pace says little). */
int64_t quota_empty_at(const struct quota *q, int64_t now);
/* Share of the 5-hour window's time that has passed; -1 unknown. */
double quota_elapsed(const struct quota *q, int64_t now);

#endif
