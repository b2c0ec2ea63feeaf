/* The clock that tests turn; zones and their edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/units.h"
#include "common/zone_int.h"

static int64_t utc(const char *stamp)
{
    int64_t ms;
    if (units_parse_time(stamp, NULL, 0, 0, &ms, NULL) < 0)
        fail_msg("bad stamp %s", stamp);
    return ms;
}

static void same(int64_t got, const char *wanted)
{
    char text[UNITS_MAX];
    if (got != utc(wanted))
        fail_msg("got %s, wanted %s", units_rfc3339(text, got), wanted);
}

static struct zone *zone(const char *name)
{
    struct err err = {0};
    struct zone *z = zone_open(name, &err);
    if (!z)
        fail_msg("%s", err.text);
    assert_string_equal(zone_name(z), name);
    return z;
}

static void the_clock_can_be_turned(void **state)
{
    (void)state;
    char path[] = "/tmp/crs-clock-XXXXXX";
    int fd = mkstemp(path);
    int64_t turn = 0;
    assert_int_equal(pwrite(fd, &turn, sizeof turn, 0), sizeof turn);
    setenv("CRS_TEST_CLOCK", path, 1);
    int64_t real = (int64_t)time(NULL) * 1000;
    assert_true(llabs(clock_now() - real) < 5000);
    int64_t mono = clock_mono();
    turn = 40 * MS_DAY;
    assert_int_equal(pwrite(fd, &turn, sizeof turn, 0), sizeof turn);
    assert_true(llabs(clock_now() - real - 40 * MS_DAY) < 5000);
    assert_true(clock_mono() - mono < 5000);
    close(fd);
    unlink(path);
}

static void offsets(void **state)
{
    (void)state;
    static const struct {
        const char *name, *at;
        int seconds;
    } rows[] = {
        {"UTC", "2026-03-01T00:00:00Z", 0},
        {"Europe/Berlin", "2026-03-29T00:59:59Z", 3600},
        {"Europe/Berlin", "2026-03-29T01:00:00Z", 7200},
        {"Europe/Berlin", "2026-10-25T00:59:59Z", 7200},
        {"Europe/Berlin", "2026-10-25T01:00:00Z", 3600},
        {"Europe/Berlin", "2096-07-01T00:00:00Z", 7200}, /* by the rule at the end of the file */
        {"Europe/Berlin", "2096-01-01T00:00:00Z", 3600},
        {"Europe/Berlin", "1945-06-01T00:00:00Z", 10800},
        {"Europe/Berlin", "1800-01-01T00:00:00Z", 3208}, /* local mean time */
        {"America/New_York", "2026-03-08T06:59:59Z", -18000},
        {"America/New_York", "2026-03-08T07:00:00Z", -14400},
        {"America/New_York", "2050-11-06T05:59:59Z", -14400},
        {"America/New_York", "2050-11-06T06:00:00Z", -18000},
        {"Asia/Kolkata", "2026-03-01T00:00:00Z", 19800},
        {"Asia/Shanghai", "2026-07-01T00:00:00Z", 28800},
        {"Asia/Shanghai", "1988-07-01T00:00:00Z", 32400},
        {"Australia/Lord_Howe", "2026-04-04T14:59:59Z", 39600},
        {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", 37800},
        {"Australia/Lord_Howe", "2060-01-01T00:00:00Z", 39600}, /* summer across the new year */
        {"Australia/Lord_Howe", "2060-06-01T00:00:00Z", 37800},
        {"Pacific/Apia", "2011-12-30T09:59:59Z", -36000},
        {"Pacific/Apia", "2011-12-30T10:00:00Z", 50400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct zone *z = zone(rows[i].name);
        int got = zone_offset(z, utc(rows[i].at));
        if (got != rows[i].seconds)
            fail_msg("%s at %s: %d", rows[i].name, rows[i].at, got);
        zone_free(z);
    }
}

/* The C library reads the same files: every offset for 150 years agrees. */
static void agrees_with_the_c_library(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/Berlin", "America/New_York", "Asia/Kolkata",
        "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca",
        "Asia/Gaza", "America/Nuuk", "Europe/Dublin", "Pacific/Apia", "Antarctica/Troll",
        "Asia/Tehran", "Etc/GMT+12"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct zone *z = zone(names[i]);
        setenv("TZ", names[i], 1);
        tzset();
        for (time_t t = -2000000000; t < 4000000000; t += 4 * 86400 + 3571) {
            struct tm tm;
            localtime_r(&t, &tm);
            if (zone_offset(z, (int64_t)t * 1000) != tm.tm_gmtoff)
                fail_msg("%s at %lld: %d, not %ld", names[i], (long long)t,
                    zone_offset(z, (int64_t)t * 1000), tm.tm_gmtoff);
            struct civil c = civil_at(z, (int64_t)t * 1000);
            assert_int_equal(c.year, tm.tm_year + 1900);
            assert_int_equal(c.month, tm.tm_mon + 1);
            assert_int_equal(c.day, tm.tm_mday);
            assert_int_equal(c.hour, tm.tm_hour);
            assert_int_equal(c.minute, tm.tm_min);
            assert_int_equal(c.second, tm.tm_sec);
            assert_int_equal(c.weekday, tm.tm_wday ? tm.tm_wday : 7);
        }
        zone_free(z);
    }
    unsetenv("TZ");
}

static void local_times(void **state)
{
    (void)state;
    struct zone *z = zone("Europe/Berlin");
    same(civil_ms(z, 2026, 3, 29, 2, 30, 0), "2026-03-29T01:00:00Z");  /* skipped */
    same(civil_ms(z, 2026, 10, 25, 2, 30, 0), "2026-10-25T00:30:00Z"); /* the first of two */
    same(civil_ms(z, 2026, 13, 1, 0, 0, 0), "2026-12-31T23:00:00Z");
    same(civil_ms(z, 2026, 0, 1, 0, 0, 0), "2025-11-30T23:00:00Z");
    zone_free(z);
    z = zone("Australia/Lord_Howe");
    same(civil_ms(z, 2026, 10, 4, 2, 10, 0), "2026-10-03T15:30:00Z");
    same(civil_ms(z, 2026, 4, 5, 1, 45, 0), "2026-04-04T14:45:00Z");
    zone_free(z);
    z = zone("Pacific/Apia"); /* 30 December 2011 did not happen */
    same(civil_ms(z, 2011, 12, 30, 12, 0, 0), "2011-12-30T10:00:00Z");
    zone_free(z);
}

static void days_and_hours(void **state)
{
    (void)state;
    struct zone *z = zone("Europe/Berlin");
    same(edge_day(z, utc("2026-03-29T12:00:00Z")), "2026-03-28T23:00:00Z");
    same(edge_next_day(z, utc("2026-03-29T12:00:00Z")), "2026-03-29T22:00:00Z"); /* 23 hours */
    same(edge_day(z, utc("2026-10-25T22:59:59Z")), "2026-10-24T22:00:00Z");
    same(edge_next_day(z, utc("2026-10-25T22:59:59Z")), "2026-10-25T23:00:00Z"); /* 25 hours */
    same(edge_day(z, utc("2026-10-25T23:00:00Z")), "2026-10-25T23:00:00Z");
    same(edge_hour(z, utc("2026-10-25T00:59:59Z")), "2026-10-25T00:00:00Z");
    same(edge_hour(z, utc("2026-10-25T01:30:00Z")), "2026-10-25T01:00:00Z"); /* 2 h again */
    zone_free(z);
    z = zone("Asia/Kolkata");
    same(edge_hour(z, utc("2026-03-01T00:10:00Z")), "2026-02-28T23:30:00Z");
    same(edge_day(z, utc("2026-03-01T00:10:00Z")), "2026-02-28T18:30:00Z");
    zone_free(z);
    z = zone("Australia/Lord_Howe");
    same(edge_hour(z, utc("2026-10-03T15:40:00Z")), "2026-10-03T15:30:00Z"); /* jump to 2:30 */
    same(edge_hour(z, utc("2026-04-04T15:10:00Z")), "2026-04-04T15:00:00Z"); /* back to 1:30 */
    zone_free(z);
    z = zone("America/Sao_Paulo"); /* midnight itself was skipped, 2018-11-04 */
    same(edge_day(z, utc("2018-11-04T12:00:00Z")), "2018-11-04T03:00:00Z");
    zone_free(z);
}

static void weeks_and_months(void **state)
{
    (void)state;
    struct zone *z = zone("America/New_York");
    /* 2026-03-08 is a Sunday, the clock goes forward at 2:00. */
    same(edge_week(z, utc("2026-03-08T12:00:00Z"), 1, 0), "2026-03-02T05:00:00Z");
    same(edge_next_week(z, utc("2026-03-08T12:00:00Z"), 1, 0), "2026-03-09T04:00:00Z");
    same(edge_week(z, utc("2026-03-08T12:00:00Z"), 7, 2), "2026-03-08T07:00:00Z"); /* skipped */
    same(edge_week(z, utc("2026-03-08T06:59:59Z"), 7, 2), "2026-03-01T07:00:00Z");
    same(edge_week(z, utc("2026-03-04T12:00:00Z"), 3, 9), "2026-02-25T14:00:00Z");
    same(edge_week(z, utc("2026-03-04T14:00:00Z"), 3, 9), "2026-03-04T14:00:00Z");
    same(edge_month(z, utc("2026-03-15T12:00:00Z")), "2026-03-01T05:00:00Z");
    same(edge_next_month(z, utc("2026-03-15T12:00:00Z")), "2026-04-01T04:00:00Z");
    same(edge_month(z, utc("2026-03-01T04:59:59Z")), "2026-02-01T05:00:00Z");
    same(edge_next_month(z, utc("2026-12-31T12:00:00Z")), "2027-01-01T05:00:00Z");
    zone_free(z);
}

/* At any moment: edge <= ms < next, the edge is its own edge, and next's edge is next. */
static void edges_are_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {"UTC", "Europe/Berlin", "America/Havana", "Asia/Beirut",
        "America/Goose_Bay", "Pacific/Apia", "Australia/Lord_Howe", "America/Sao_Paulo"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct zone *z = zone(names[i]);
        for (int64_t ms = utc("2005-01-01T00:00:00Z"); ms < utc("2013-01-01T00:00:00Z");
             ms += 37 * MS_MINUTE + 11) {
            int64_t day = edge_day(z, ms), next = edge_next_day(z, ms), hour = edge_hour(z, ms);
            assert_true(day <= ms && ms < next);
            assert_true(edge_day(z, day) == day && edge_day(z, next) == next);
            assert_true(edge_next_day(z, day) == next && edge_day(z, next - 1) == day);
            assert_true(hour <= ms && ms - hour < MS_HOUR && edge_hour(z, hour) == hour);
            if (ms % 97)
                continue;
            int64_t week = edge_week(z, ms, 5, 13), month = edge_month(z, ms);
            assert_true(week <= ms && ms < edge_next_week(z, ms, 5, 13));
            assert_true(edge_week(z, week, 5, 13) == week);
            assert_true(month <= ms && ms < edge_next_month(z, ms));
            assert_true(edge_month(z, month) == month);
        }
        zone_free(z);
    }
}

static void bad_zones(void **state)
{
    (void)state;
    static const char *const names[] = {"", "/etc/passwd", "../../etc/passwd", "Europe/../../x",
        "Mars/Olympus", "Europe", "zone.tab", "a b", "Europe/Berlin\n"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct err err = {0};
        assert_null(zone_open(names[i], &err));
        assert_true(err.text[0] != 0);
    }
    struct err err = {0};
    setenv("TZDIR", "/nonexistent", 1);
    assert_null(zone_open("Europe/Berlin", &err));
    assert_int_equal(err.code, ERR_USAGE);
    struct zone *z = zone("UTC"); /* needs no file */
    zone_free(z);
    unsetenv("TZDIR");
}

static void rules(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int ret, std, dst;
    } rows[] = {
        {"CET-1CEST,M3.5.0,M10.5.0/3", 0, 3600, 7200},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 0, -7200, -3600},
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 0, 37800, 39600},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", 0, 3600, 0},
        {"XXX3YYY,J60/0,365/167:59:59", 0, -10800, -7200},
        {"UTC0", 0, 0, 0},
        {"", -1, 0, 0},
        {"UT0", -1, 0, 0},
        {"CET", -1, 0, 0},
        {"CET-1CEST", -1, 0, 0},
        {"CET-1CEST,M3.5.0", -1, 0, 0},
        {"CET-1CEST,M13.5.0,M10.5.0", -1, 0, 0},
        {"CET-1CEST,M3.6.0,M10.5.0", -1, 0, 0},
        {"CET-1CEST,M3.5.7,M10.5.0", -1, 0, 0},
        {"CET-1CEST,J0,J1", -1, 0, 0},
        {"CET-1CEST,M3.5.0,M10.5.0x", -1, 0, 0},
        {"<+1", -1, 0, 0},
        {"CET-999", -1, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct zone_rule r;
        if (zone_rule_parse(&r, rows[i].text, strlen(rows[i].text)) != rows[i].ret)
            fail_msg("%s", rows[i].text);
        if (rows[i].ret == 0) {
            assert_int_equal(r.std, rows[i].std);
            assert_int_equal(r.dst, rows[i].dst);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_can_be_turned),
        cmocka_unit_test(offsets),
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(local_times),
        cmocka_unit_test(days_and_hours),
        cmocka_unit_test(weeks_and_months),
        cmocka_unit_test(edges_are_in_order),
        cmocka_unit_test(bad_zones),
        cmocka_unit_test(rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
