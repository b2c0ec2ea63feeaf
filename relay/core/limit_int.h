/* Windows and ceilings: arithmetic over a clock that the caller holds; no lock, no state elsewhere.
 *
 * The wall clock may be turned. Forward, windows end early; backward by more than a minute (or two
 * hours for days and longer) what was counted is moved along, so that a limit is neither forgotten
 * nor frozen until the old time comes again. Smaller steps back count as "now": threads read the
 * clock before they take the lock, so that moments arrive a little out of order.
 */
#ifndef CRS_CORE_LIMIT_INT_H
#define CRS_CORE_LIMIT_INT_H

#include <stdbool.h>
#include <stdint.h>
#include "common/clock.h"
#include "common/units.h"

struct counts {
    int64_t requests, tokens;
    nano cost;
};
enum count_of { COUNT_REQUESTS, COUNT_TOKENS, COUNT_COST };
int64_t counts_get(const struct counts *c, enum count_of what);

/* a + b, both >= 0, held at INT64_MAX. */
int64_t add_capped(int64_t a, int64_t b);

/* Fixed: starts with the first event counted, ends `length` later. Sliding: the last `length` at
 * any moment, in at most WINDOW_RING slices of length / WINDOW_SLICES. A slice leaves when its
 * newest event is `length` old: an event may count up to 1/120 of the length longer than it should,
 * never shorter, so that no stretch of `length` ever holds more than the limit. Events that are
 * further apart than a slice are exact. */
#define WINDOW_SLICES 120
#define WINDOW_RING (WINDOW_SLICES + 4)
struct slice {
    int64_t first, last; /* oldest and newest event, ms */
    struct counts sum;
};
struct window {
    bool sliding;
    int64_t length; /* ms */
    int64_t start;  /* fixed: when the window under way began; 0: none */
    struct counts sum;
    struct slice *ring; /* sliding, heap; NULL before the first event */
    unsigned head, n;
};
/* Sets kind and length; what is counted now stays counted, as if it had happened at `now`. */
void window_shape(struct window *w, bool sliding, int64_t length, int64_t now);
struct counts window_sum(struct window *w, int64_t now);
void window_add(struct window *w, int64_t now, const struct counts *add);
/* When the sum of what is counted falls under the limit; 0 when it is under it already. Call
 * window_sum first. */
int64_t window_reset(const struct window *w, enum count_of what, int64_t limit);
void window_release(struct window *w);

/* A day, week or month in a zone and what was spent in it. All zero is a good start. */
enum period_kind { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH };
struct period_rule {
    enum period_kind kind;
    const struct zone *zone;
    int week_day, week_hour;
};
struct period {
    int64_t start, end; /* ms; end 0: never used */
    nano spent;
    int64_t count; /* requests */
};
void period_roll(struct period *p, const struct period_rule *r, int64_t now);
/* Rolls, then adds. */
void period_add(
    struct period *p, const struct period_rule *r, int64_t now, nano spent, int64_t count);
/* As period_add for something that happened at `at`: nothing when that is before the period. */
void period_replay(
    struct period *p, const struct period_rule *r, int64_t at, nano spent, int64_t count);
/* The zone or the week's edge changed: new edges around now; what the period under way had spent
 * stays spent. */
void period_reshape(struct period *p, const struct period_rule *r, int64_t now);

#endif
