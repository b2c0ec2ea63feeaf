/* Calendar time in a zone, and the edges of hours, days, weeks and months. */
#include "common/clock.h"
#include "common/zone_int.h"

enum { HOUR = 3600, DAY = 86400, WEEK = 7 * DAY };

/* The calendar repeats every 400 years = 146097 days. Counting years from March puts the leap day
 * at the end, so that the days before a month follow (153 m + 2) / 5. */
int64_t civil_days(int64_t year, int64_t month, int64_t day)
{
    int64_t m = month - 3;
    int64_t y = year + floor_div(m, 12);
    m -= 12 * floor_div(m, 12);
    int64_t era = floor_div(y, 400), in_era = y - 400 * era;
    int64_t days = in_era * 365 + in_era / 4 - in_era / 100 + (153 * m + 2) / 5 + day - 1;
    return era * 146097 + days - 719468; /* 0000-03-01 to 1970-01-01 */
}

void civil_of_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = floor_div(days, 146097), in_era = days - 146097 * era;
    int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * in_year + 2) / 153;
    *day = (int)(in_year - (153 * m + 2) / 5) + 1;
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + 400 * era + (*month <= 2));
}

struct civil civil_at(const struct zone *z, int64_t ms)
{
    int64_t s = floor_div(ms, MS_SECOND);
    int64_t local = s + zone_offset_s(z, s), days = floor_div(local, DAY);
    int in_day = (int)(local - days * DAY);
    struct civil c = {
        .hour = in_day / HOUR,
        .minute = in_day / 60 % 60,
        .second = in_day % 60,
        .weekday = (int)(days + 3 - 7 * floor_div(days + 3, 7)) + 1, /* 1970-01-01: Thursday */
    };
    civil_of_days(days, &c.year, &c.month, &c.day);
    return c;
}

/* The first second whose local time is at or after `local`. Between two changes of the offset local
 * time runs straight, so each stretch is tried in turn, from one that is surely too early. */
static int64_t first_at(const struct zone *z, int64_t local)
{
    int64_t from = local - 2 * DAY;
    for (;;) {
        int64_t s = local - zone_offset_s(z, from), next = zone_next_s(z, from);
        if (s < from)
            s = from;
        if (s < next)
            return s;
        from = next;
    }
}

int64_t civil_ms(
    const struct zone *z, int year, int month, int day, int hour, int minute, int second)
{
    int64_t local =
        civil_days(year, month, day) * DAY + (int64_t)hour * HOUR + (int64_t)minute * 60 + second;
    return first_at(z, local) * MS_SECOND;
}

/* A clock set back repeats an hour; each of the two is an hour of its own, and a change of the
 * offset inside an hour is an edge too, so that no two edges are more than an hour apart. */
int64_t edge_hour(const struct zone *z, int64_t ms)
{
    int64_t s = floor_div(ms, MS_SECOND), local = s + zone_offset_s(z, s);
    int64_t edge = s - (local - floor_div(local, HOUR) * HOUR);
    for (int64_t next = zone_next_s(z, edge); next <= s; next = zone_next_s(z, next))
        if (zone_offset_s(z, next) != zone_offset_s(z, next - 1))
            edge = next;
    return edge * MS_SECOND;
}

/* Periods of equal local length, one of which begins at local second `phase`. Starts are the first
 * moments of their local times, so they stand in order even where local time does not. Gives the
 * last one at or before s, or the first one after it. */
static int64_t periodic(const struct zone *z, int64_t ms, int64_t length, int64_t phase, bool next)
{
    int64_t s = floor_div(ms, MS_SECOND), local = s + zone_offset_s(z, s);
    int64_t k = floor_div(local - phase, length) + 1;
    while (first_at(z, k * length + phase) > s)
        k--;
    while (first_at(z, (k + 1) * length + phase) <= s)
        k++;
    return first_at(z, (next ? k + 1 : k) * length + phase) * MS_SECOND;
}

static int64_t week_phase(int reset_day, int reset_hour)
{
    return (int64_t)(reset_day - 4) * DAY + (int64_t)reset_hour * HOUR;
}

static int64_t monthly(const struct zone *z, int64_t ms, bool next)
{
    struct civil c = civil_at(z, ms);
    int month = c.month + 1;
    while (civil_ms(z, c.year, month, 1, 0, 0, 0) > ms)
        month--;
    return civil_ms(z, c.year, next ? month + 1 : month, 1, 0, 0, 0);
}

int64_t edge_day(const struct zone *z, int64_t ms)
{
    return periodic(z, ms, DAY, 0, false);
}

int64_t edge_next_day(const struct zone *z, int64_t ms)
{
    return periodic(z, ms, DAY, 0, true);
}

int64_t edge_week(const struct zone *z, int64_t ms, int reset_day, int reset_hour)
{
    return periodic(z, ms, WEEK, week_phase(reset_day, reset_hour), false);
}

int64_t edge_next_week(const struct zone *z, int64_t ms, int reset_day, int reset_hour)
{
    return periodic(z, ms, WEEK, week_phase(reset_day, reset_hour), true);
}

int64_t edge_month(const struct zone *z, int64_t ms)
{
    return monthly(z, ms, false);
}

int64_t edge_next_month(const struct zone *z, int64_t ms)
{
    return monthly(z, ms, true);
}
