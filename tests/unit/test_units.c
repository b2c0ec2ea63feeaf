/* What people write and read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/units.h"

#define BAD INT64_MIN
#define NOW INT64_C(1772366400000) /* 2026-03-01T12:00:00Z */

struct row {
    const char *text;
    int64_t value; /* BAD: refused */
};

static void check(
    const struct row *rows, size_t n, int (*parse)(const char *, int64_t *, struct err *))
{
    for (size_t i = 0; i < n; i++) {
        struct err err = {0};
        int64_t v = BAD;
        int ret = parse(rows[i].text, &v, &err);
        if (ret < 0)
            v = BAD;
        if (v != rows[i].value)
            fail_msg(
                "'%s' gave %lld, not %lld", rows[i].text, (long long)v, (long long)rows[i].value);
        if (ret < 0) {
            assert_int_equal(err.code, ERR_USAGE);
            assert_true(err.hint[0] != 0);
        }
    }
}

static void money(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"20", 20 * NANO_PER_DOLLAR},
        {"$20", 20 * NANO_PER_DOLLAR},
        {"0.5", NANO_PER_DOLLAR / 2},
        {".5", NANO_PER_DOLLAR / 2},
        {"$0.000000001", 1},
        {"8999999.999999999", NANO_MAX - 1},
        {"9000000", NANO_MAX},
        {"9000000.000000001", BAD},
        {"99999999999999999999", BAD},
        {"0000000000000000000000000001", NANO_PER_DOLLAR},
        {"none", 0},
        {"0", 0},
        {"0.0000000001", BAD},
        {"-1", BAD},
        {"", BAD},
        {"$", BAD},
        {"1.", BAD},
        {".", BAD},
        {"1.2.3", BAD},
        {"1e3", BAD},
        {"1 ", BAD},
        {" 1", BAD},
        {"1,000", BAD},
        {"20$", BAD},
    };
    check(rows, sizeof rows / sizeof rows[0], units_parse_money);
}

static void durations(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"30s", 30000},
        {"15m", 900000},
        {"15min", 900000},
        {"4h", 4 * MS_HOUR},
        {"7d", 7 * MS_DAY},
        {"2w", 14 * MS_DAY},
        {"1h30m", 90 * MS_MINUTE},
        {"3d 4h", 76 * MS_HOUR},
        {"250ms", 250},
        {"90", 90000},
        {"1.5", 1500},
        {"0.5h", 30 * MS_MINUTE},
        {"0", 0},
        {"1H", MS_HOUR},
        {"100000w", BAD},
        {"36525d", 36525 * MS_DAY},
        {"36525d1ms", BAD},
        {"30m1h", BAD},
        {"1h1h", BAD},
        {"1h30", BAD},
        {"30 1h", BAD},
        {"1 h", BAD},
        {"h", BAD},
        {"1y", BAD},
        {"-5m", BAD},
        {"", BAD},
        {"5m ", BAD},
        {"9223372036854775807d", BAD},
    };
    check(rows, sizeof rows / sizeof rows[0], units_parse_duration);
}

static void sizes_and_counts(void **state)
{
    (void)state;
    static const struct row sizes[] = {
        {"64MiB", 64 << 20},
        {"64 MB", 64 << 20},
        {"512k", 512 << 10},
        {"1048576", 1048576},
        {"1.5G", 3 * (INT64_C(1) << 29)},
        {"1b", 1},
        {"8191T", INT64_C(8191) << 40},
        {"9999T", BAD},
        {"1.5", BAD},
        {"1x", BAD},
        {"MiB", BAD},
        {"1 ", BAD},
        {"", BAD},
    };
    static const struct row counts[] = {
        {"1200", 1200},
        {"50k", 50000},
        {"1.2M", 1200000},
        {"41.2m", 41200000},
        {"2B", INT64_C(2000000000)},
        {"1,904", 1904},
        {"12,345,678", 12345678},
        {"9,007,199,254,740,992", INT64_C(1) << 53},
        {"0.0000005M", 1},
        {"1,90", BAD},
        {"1,,904", BAD},
        {",904", BAD},
        {"1234,567", BAD},
        {"1.5", BAD},
        {"9007199254740993", BAD},
        {"", BAD},
    };
    check(sizes, sizeof sizes / sizeof sizes[0], units_parse_size);
    check(counts, sizeof counts / sizeof counts[0], units_parse_count);
}

static void times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int past;
        const char *utc; /* NULL: refused */
    } rows[] = {
        {"2026-03-01", 0, "2026-02-28T23:00:00Z"}, /* Berlin is an hour ahead in winter */
        {"2026-07-01", 0, "2026-06-30T22:00:00Z"},
        {"2026-03-01 09:00", 0, "2026-03-01T08:00:00Z"},
        {"2026-03-01T09:00:30", 0, "2026-03-01T08:00:30Z"},
        {"2026-03-01T09:00:00Z", 0, "2026-03-01T09:00:00Z"},
        {"2026-03-01t09:00:00.25z", 0, "2026-03-01T09:00:00.250Z"},
        {"2026-03-01T09:00:00.123456789+05:30", 0, "2026-03-01T03:30:00.123Z"},
        {"2026-03-01 09:00-08:00", 0, "2026-03-01T17:00:00Z"},
        {"2016-12-31T23:59:60Z", 0, "2017-01-01T00:00:00Z"},
        {"2026-03-29 02:30", 0, "2026-03-29T01:00:00Z"}, /* skipped: the jump */
        {"2024-02-29", 0, "2024-02-28T23:00:00Z"},
        {"0000-01-01T00:00:00Z", 0, "0000-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59Z", 0, "9999-12-31T23:59:59Z"},
        {"now", 0, "2026-03-01T12:00:00Z"},
        {"today", 0, "2026-02-28T23:00:00Z"},
        {"Yesterday", 0, "2026-02-27T23:00:00Z"},
        {"15m", 1, "2026-03-01T11:45:00Z"},
        {"7d", 0, "2026-03-08T12:00:00Z"},
        {"2026-02-29", 0, NULL},
        {"2026-13-01", 0, NULL},
        {"2026-00-10", 0, NULL},
        {"2026-04-31", 0, NULL},
        {"2026-3-1", 0, NULL},
        {"2026-03-01T", 0, NULL},
        {"2026-03-01T24:00", 0, NULL},
        {"2026-03-01T09:00:61Z", 0, NULL},
        {"2026-03-01T09:00:00.Z", 0, NULL},
        {"2026-03-01T09:00:00+0530", 0, NULL},
        {"2026-03-01T09:00:00Zx", 0, NULL},
        {"tomorrow", 0, NULL},
        {"", 0, NULL},
    };
    struct zone *berlin = zone_open("Europe/Berlin", NULL);
    assert_non_null(berlin);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = 0;
        char text[UNITS_MAX] = "refused";
        if (units_parse_time(rows[i].text, berlin, NOW, rows[i].past, &ms, NULL) == 0)
            units_rfc3339(text, ms);
        if (strcmp(text, rows[i].utc ? rows[i].utc : "refused") != 0)
            fail_msg("'%s' gave %s", rows[i].text, text);
    }
    zone_free(berlin);
}

static void formats(void **state)
{
    (void)state;
    static const struct {
        char *(*print)(char out[UNITS_MAX], int64_t v);
        int64_t v;
        const char *text;
    } rows[] = {
        {units_money, 0, "$0.00"},
        {units_money, 12400000000, "$12.40"},
        {units_money, 12404999999, "$12.40"},
        {units_money, 12405000000, "$12.41"},
        {units_money, 4200000, "$0.0042"},
        {units_money, 10000000, "$0.01"},
        {units_money, 9999999, "$0.01"},
        {units_money, 500000, "$0.0005"},
        {units_money, 1234, "$0.0000012"},
        {units_money, 1, "$0.000000001"},
        {units_money, -1500000000, "-$1.50"},
        {units_money, -1, "-$0.000000001"},
        {units_money, NANO_MAX, "$9000000.00"},
        {units_money, INT64_MIN, "-$9223372036.85"},
        {units_money_exact, 12400000001, "12.400000001"},
        {units_money_exact, 20000000000, "20"},
        {units_money_exact, 0, "0"},
        {units_money_exact, -500000000, "-0.5"},
        {units_money_exact, INT64_MIN, "-9223372036.854775808"},
        {units_duration, 0, "0s"},
        {units_duration, 42, "42ms"},
        {units_duration, 900, "0.9s"},
        {units_duration, 2400, "2.4s"},
        {units_duration, 3000, "3s"},
        {units_duration, 12300, "12s"},
        {units_duration, 59400, "59s"},
        {units_duration, 59600, "1m"},
        {units_duration, 23 * MS_MINUTE, "23m"},
        {units_duration, 90 * MS_SECOND, "1m 30s"},
        {units_duration, 76 * MS_HOUR + 59 * MS_MINUTE, "3d 4h"},
        {units_duration, MS_DAY + 5 * MS_MINUTE, "1d"},
        {units_duration, -90 * MS_SECOND, "-1m 30s"},
        {units_count, 0, "0"},
        {units_count, 999, "999"},
        {units_count, 1904, "1,904"},
        {units_count, 9999, "9,999"},
        {units_count, 10000, "10k"},
        {units_count, 12345, "12.3k"},
        {units_count, 99950, "100k"},
        {units_count, 99949, "99.9k"},
        {units_count, 999499, "999k"},
        {units_count, 999500, "1M"},
        {units_count, 41234567, "41.2M"},
        {units_count, 388000000, "388M"},
        {units_count, -1904, "-1,904"},
        {units_count, INT64_MIN, "-9223372T"},
        {units_size, 0, "0 B"},
        {units_size, 1000, "1 kB"},
        {units_size, 1536, "1.5 kB"},
        {units_size, 214 << 20, "214 MB"},
        {units_size, INT64_MAX, "8388608 TB"},
        {units_rfc3339, 0, "1970-01-01T00:00:00Z"},
        {units_rfc3339, -1, "1969-12-31T23:59:59.999Z"},
        {units_rfc3339, INT64_C(951782400000), "2000-02-29T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[UNITS_MAX];
        rows[i].print(out, rows[i].v);
        if (strcmp(out, rows[i].text) != 0)
            fail_msg("%lld gave '%s', not '%s'", (long long)rows[i].v, out, rows[i].text);
    }
    struct zone *kolkata = zone_open("Asia/Kolkata", NULL);
    char out[UNITS_MAX];
    assert_string_equal(units_clock(out, kolkata, NOW), "17:30:00");
    assert_string_equal(units_datetime(out, kolkata, NOW), "2026-03-01 17:30");
    zone_free(kolkata);
    for (int64_t v = 1; v > 0 && v < INT64_MAX / 11; v = v * 11 + 7)
        assert_true(strlen(units_rfc3339(out, v)) < UNITS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money),
        cmocka_unit_test(durations),
        cmocka_unit_test(sizes_and_counts),
        cmocka_unit_test(times),
        cmocka_unit_test(formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
