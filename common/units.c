/* What people read: money, durations, counts, sizes. Whole numbers only: no rounding surprise, and
 * no decimal point of a locale. */
#include "common/units.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Without the sign; right also for INT64_MIN. */
static uint64_t magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static const char *sign_of(int64_t v)
{
    return v < 0 ? "-" : "";
}

static void strip_zeros(char *s)
{
    size_t n = strlen(s);
    while (n && s[n - 1] == '0')
        s[--n] = 0;
    if (n && s[n - 1] == '.')
        s[n - 1] = 0;
}

char *units_money_exact(char out[UNITS_MAX], nano v)
{
    uint64_t u = magnitude(v), dollar = NANO_PER_DOLLAR;
    snprintf(out, UNITS_MAX, "%s%llu.%09llu", sign_of(v), (unsigned long long)(u / dollar),
        (unsigned long long)(u % dollar));
    strip_zeros(out);
    return out;
}

/* Under a cent: rounded to the fourth decimal, or as far behind it as two digits need. */
static nano round_small(uint64_t u)
{
    uint64_t unit = 100000;
    while (unit > 1 && (u + unit / 2) / unit < 10)
        unit /= 10;
    return (nano)((u + unit / 2) / unit * unit);
}

char *units_money(char out[UNITS_MAX], nano v)
{
    const uint64_t cent = NANO_PER_DOLLAR / 100;
    uint64_t u = magnitude(v);
    if (u && u < cent) {
        char number[UNITS_MAX];
        snprintf(out, UNITS_MAX, "%s$%.20s", sign_of(v), units_money_exact(number, round_small(u)));
    } else {
        uint64_t cents = u / cent + (u % cent >= cent / 2);
        snprintf(out, UNITS_MAX, "%s$%llu.%02llu", sign_of(v), (unsigned long long)(cents / 100),
            (unsigned long long)(cents % 100));
    }
    return out;
}

struct unit {
    const char *name;
    uint64_t value;
};

static char *print_seconds(char out[UNITS_MAX], const char *sign, uint64_t ms)
{
    uint64_t tenths = (ms + 50) / 100;
    if (ms && ms < 100)
        snprintf(out, UNITS_MAX, "%s%llums", sign, (unsigned long long)ms);
    else if (tenths < 100 && tenths % 10)
        snprintf(out, UNITS_MAX, "%s%llu.%llus", sign, (unsigned long long)(tenths / 10),
            (unsigned long long)(tenths % 10));
    else
        snprintf(out, UNITS_MAX, "%s%llus", sign, (unsigned long long)((ms + 500) / 1000));
    return out;
}

/* The two largest units, the rest cut: "3d 4h" has passed, "3d 5h" has not yet. */
char *units_duration(char out[UNITS_MAX], int64_t ms)
{
    static const struct unit units[] = {
        {"d", MS_DAY}, {"h", MS_HOUR}, {"m", MS_MINUTE}, {"s", MS_SECOND}};
    uint64_t u = magnitude(ms);
    if (u < (uint64_t)MS_MINUTE - 500)
        return print_seconds(out, sign_of(ms), u);
    if (u < (uint64_t)MS_MINUTE)
        u = MS_MINUTE;
    size_t i = 0;
    while (u < units[i].value)
        i++;
    uint64_t first = u / units[i].value, second = u % units[i].value / units[i + 1].value;
    int n =
        snprintf(out, UNITS_MAX, "%s%llu%s", sign_of(ms), (unsigned long long)first, units[i].name);
    if (second)
        snprintf(out + n, UNITS_MAX - (size_t)n, " %llu%s", (unsigned long long)second,
            units[i + 1].name);
    return out;
}

/* Three digits and a unit; one decimal below a hundred. */
static char *print_scaled(char out[UNITS_MAX], int64_t v, const struct unit *units, size_t n)
{
    uint64_t u = magnitude(v);
    size_t i = 0;
    /* The next unit takes over where rounding would give a thousand of this one. */
    while (i + 1 < n && u >= units[i].value * 999 + units[i].value / 2)
        i++;
    uint64_t unit = units[i].value, whole = u / unit, rest = u % unit;
    uint64_t tenths = whole * 10 + (rest * 10 + unit / 2) / unit;
    if (tenths < 1000 && tenths % 10)
        snprintf(out, UNITS_MAX, "%s%llu.%llu%s", sign_of(v), (unsigned long long)(tenths / 10),
            (unsigned long long)(tenths % 10), units[i].name);
    else
        snprintf(out, UNITS_MAX, "%s%llu%s", sign_of(v),
            (unsigned long long)(whole + (rest >= unit - rest)), units[i].name);
    return out;
}

char *units_count(char out[UNITS_MAX], int64_t v)
{
    static const struct unit units[] = {
        {"k", 1000}, {"M", 1000000}, {"G", 1000000000}, {"T", 1000000000000}};
    uint64_t u = magnitude(v);
    if (u < 1000)
        snprintf(out, UNITS_MAX, "%s%llu", sign_of(v), (unsigned long long)u);
    else if (u < 10000)
        snprintf(out, UNITS_MAX, "%s%llu,%03llu", sign_of(v), (unsigned long long)(u / 1000),
            (unsigned long long)(u % 1000));
    else
        return print_scaled(out, v, units, sizeof units / sizeof units[0]);
    return out;
}

char *units_size(char out[UNITS_MAX], int64_t bytes)
{
    static const struct unit units[] = {{" B", 1}, {" kB", 1 << 10}, {" MB", 1 << 20},
        {" GB", 1 << 30}, {" TB", UINT64_C(1) << 40}};
    return print_scaled(out, bytes, units, sizeof units / sizeof units[0]);
}
