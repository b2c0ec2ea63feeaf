/* Time. Wall times are int64 milliseconds since 1970 UTC ("ms"); timers use the monotonic clock.
 * The test suite moves the wall clock through CRS_TEST_CLOCK (see clock_now). */
#ifndef CRS_COMMON_CLOCK_H
#define CRS_COMMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include "common/err.h"

#define MS_SECOND INT64_C(1000)
#define MS_MINUTE (60 * MS_SECOND)
#define MS_HOUR (60 * MS_MINUTE)
#define MS_DAY (24 * MS_HOUR)

/* Wall time in ms. When the environment names a file in CRS_TEST_CLOCK at start, its 8 bytes
 * (int64, host order, mapped) are an offset in ms that is added: tests turn the clock that way. */
int64_t clock_now(void);
int64_t clock_mono(void); /* monotonic ms, never turned */

/* A time zone by IANA name ("Europe/Berlin", "UTC"); reads the system's zone files itself, so that
 * several zones can be used at once and TZ of the process does not matter. Immutable, shareable. */
struct zone;
struct zone *zone_open(const char *name, struct err *err);
void zone_free(struct zone *z);
const char *zone_name(const struct zone *z);
int zone_offset(const struct zone *z, int64_t ms); /* seconds east of UTC at that moment */

struct civil {
    int year, month, day;     /* month 1..12 */
    int hour, minute, second; /* 0.. */
    int weekday;              /* 1 = Monday .. 7 = Sunday */
};
struct civil civil_at(const struct zone *z, int64_t ms);
/* The first moment at or after the given local time (a time skipped by DST gives the jump). */
int64_t civil_ms(const struct zone *z, int year, int month, int day, int hour, int minute, int second);

/* Edges in the zone: the last one at or before ms. */
int64_t edge_hour(const struct zone *z, int64_t ms);
int64_t edge_day(const struct zone *z, int64_t ms);
int64_t edge_week(const struct zone *z, int64_t ms, int reset_day, int reset_hour);
int64_t edge_month(const struct zone *z, int64_t ms);
/* And the next one strictly after ms. */
int64_t edge_next_day(const struct zone *z, int64_t ms);
int64_t edge_next_week(const struct zone *z, int64_t ms, int reset_day, int reset_hour);
int64_t edge_next_month(const struct zone *z, int64_t ms);

#endif
