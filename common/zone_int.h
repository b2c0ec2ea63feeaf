/* Inside of time zones, in seconds since 1970: shared by zone*.c and civil.c only. */
#ifndef CRS_COMMON_ZONE_INT_H
#define CRS_COMMON_ZONE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A POSIX TZ rule (RFC 9636 section 3.3.1, POSIX.1-2017 section 8.3): what holds after the last
 * transition that the file lists. */
struct zone_edge {
    char kind;            /* 'M' month.week.day, 'J' day 1..365 without leap days, 'n' day 0..365 */
    int month, week, day; /* day: of the week, 0 Sunday; or of the year */
    int time;             /* seconds after local midnight, may be negative */
};
struct zone_rule {
    int std, dst; /* seconds east of UTC; the same when there is no daylight saving */
    struct zone_edge begin, end;
};

struct zone;
int zone_offset_s(const struct zone *z, int64_t s);
/* The first moment after s at which the offset may change; INT64_MAX: never again. */
int64_t zone_next_s(const struct zone *z, int64_t s);

/* 0, or -1 when text[0..n) is no rule. */
int zone_rule_parse(struct zone_rule *r, const char *text, size_t n);
int zone_rule_offset(const struct zone_rule *r, int64_t s);
int64_t zone_rule_next(const struct zone_rule *r, int64_t s);

/* Days since 1970 of a date in the Gregorian calendar; months outside 1..12 carry into the year. */
int64_t civil_days(int64_t year, int64_t month, int64_t day);
/* And back: the date of a day. */
void civil_of_days(int64_t days, int *year, int *month, int *day);

static inline int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

#endif
