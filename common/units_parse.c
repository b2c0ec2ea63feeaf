/* What people write: money, durations, sizes, counts. */
#include "common/i18n.h"
#include "common/units.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

enum { DIGITS_MAX = 18, SHOWN = 40 }; /* 18 digits fit in an int64_t */

/* A decimal number: mantissa / 10^decimals. */
struct decimal {
    int64_t mantissa;
    int decimals;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int64_t power10(int n)
{
    int64_t p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

/* Reads "12", "1.5", ".5" and moves *s behind it; -1: no number, or too many digits. */
static int read_decimal(const char **s, struct decimal *d)
{
    const char *p = *s;
    int digits = 0, significant = 0;
    bool point = false;
    *d = (struct decimal){0};
    for (;; p++) {
        if (*p == '.' && !point && is_digit(p[1])) {
            point = true;
            continue;
        }
        if (!is_digit(*p))
            break;
        d->decimals += point;
        digits++;
        significant += significant > 0 || *p != '0';
        if (significant > DIGITS_MAX || d->decimals > DIGITS_MAX)
            return -1;
        d->mantissa = d->mantissa * 10 + (*p - '0');
    }
    *s = p;
    return digits ? 0 : -1;
}

/* d * unit, rounded to the nearest whole; -1 when over max (which is at most 2^62). The whole and
 * the decimals are scaled apart, so that nothing overflows on the way. */
static int scale(struct decimal d, int64_t unit, int64_t max, int64_t *out)
{
    int64_t ten = power10(d.decimals), whole = d.mantissa / ten, rest = d.mantissa % ten;
    if (whole > max / unit)
        return -1;
    /* rest < 10^18: with a unit beyond 10^9 only its first nine digits can matter to people. */
    while (rest && ten > 1000000000) {
        rest /= 10;
        ten /= 10;
    }
    int64_t high = unit / 1000000000, low = unit % 1000000000;
    int64_t part = rest * high * (1000000000 / ten) + (rest * low + ten / 2) / ten;
    if (whole * unit > max - part)
        return -1;
    *out = whole * unit + part;
    return 0;
}

static int refuse(struct err *err, const char *what, const char *s, const char *forms)
{
    err_set(err, ERR_USAGE, "bad %s '%.*s'", _(what), SHOWN, s);
    return err_hint(err, "write it like %s", _(forms));
}

int units_parse_money(const char *s, nano *out, struct err *err)
{
    const char *p = s + (*s == '$');
    struct decimal d;
    if (strcasecmp(s, "none") == 0) {
        *out = 0;
        return 0;
    }
    if (read_decimal(&p, &d) < 0 || *p || d.decimals > 9)
        return refuse(err, N_("amount"), s, N_("20, $20 or 0.5, with at most 9 decimals, or none"));
    if (scale(d, NANO_PER_DOLLAR, NANO_MAX, out) < 0) {
        err_set(err, ERR_USAGE, "amount '%.*s' is too large", SHOWN, s);
        return err_hint(err, "at most %lld dollars", (long long)(NANO_MAX / NANO_PER_DOLLAR));
    }
    return 0;
}

struct unit {
    const char *name;
    int64_t value;
};

/* Reads a unit of letters at *s; NULL when it is none of them. The first unit stands for no
 * letters. */
static const struct unit *read_unit(const char **s, const struct unit *units, size_t n)
{
    struct span word = {*s, 0};
    while ((word.p[word.n] | 0x20) >= 'a' && (word.p[word.n] | 0x20) <= 'z')
        word.n++;
    for (size_t i = 0; i < n; i++)
        if (span_caseeq(word, units[i].name)) {
            *s += word.n;
            return &units[i];
        }
    return NULL;
}

static const struct unit durations[] = {
    {"", MS_SECOND},
    {"w", 7 * MS_DAY},
    {"d", MS_DAY},
    {"h", MS_HOUR},
    {"m", MS_MINUTE},
    {"min", MS_MINUTE},
    {"s", MS_SECOND},
    {"ms", 1},
};
enum { DURATIONS = sizeof durations / sizeof durations[0] };
static const int64_t duration_max = 36525 * MS_DAY; /* a hundred years */

/* "1h30m" and "3d 4h", each unit smaller than the one before. */
static int read_duration(const char *s, int64_t *ms)
{
    int64_t sum = 0, last = INT64_MAX;
    const char *p = s;
    do {
        struct decimal d;
        int64_t part;
        if (read_decimal(&p, &d) < 0)
            return -1;
        const struct unit *u = read_unit(&p, durations, DURATIONS);
        bool bare = u == &durations[0];
        if (!u || u->value >= last || (bare && (last != INT64_MAX || *p)))
            return -1;
        if (scale(d, u->value, duration_max - sum, &part) < 0)
            return -1;
        sum += part;
        last = u->value;
        if (*p == ' ' && is_digit(p[1]))
            p++;
    } while (*p);
    *ms = sum;
    return 0;
}

int units_parse_duration(const char *s, int64_t *ms, struct err *err)
{
    if (read_duration(s, ms) < 0)
        return refuse(err, N_("duration"), s, N_("30s, 15m, 4h, 7d, 2w, 1h30m or 250ms"));
    return 0;
}

static int read_scaled(const char *s, const struct unit *units, size_t n, int64_t *out)
{
    struct decimal d;
    const char *p = s;
    if (read_decimal(&p, &d) < 0)
        return -1;
    if (*p == ' ' && p[1])
        p++;
    const struct unit *u = read_unit(&p, units, n);
    if (!u || *p || (u->value == 1 && d.decimals))
        return -1;
    return scale(d, u->value, INT64_C(1) << 53, out);
}

int units_parse_size(const char *s, int64_t *bytes, struct err *err)
{
    static const struct unit units[] = {
        {"", 1},
        {"b", 1},
        {"k", INT64_C(1) << 10},
        {"kb", INT64_C(1) << 10},
        {"kib", INT64_C(1) << 10},
        {"m", INT64_C(1) << 20},
        {"mb", INT64_C(1) << 20},
        {"mib", INT64_C(1) << 20},
        {"g", INT64_C(1) << 30},
        {"gb", INT64_C(1) << 30},
        {"gib", INT64_C(1) << 30},
        {"t", INT64_C(1) << 40},
        {"tb", INT64_C(1) << 40},
        {"tib", INT64_C(1) << 40},
    };
    if (read_scaled(s, units, sizeof units / sizeof units[0], bytes) < 0)
        return refuse(err, N_("size"), s, N_("64MiB, 512k or 1048576"));
    return 0;
}

/* "1,904" and "12,345,678", as they are printed; out gets the digits. */
static bool ungroup(const char *s, char out[SHOWN])
{
    size_t n = 0, run = 0;
    bool grouped = false;
    for (; *s && n < SHOWN - 1; s++) {
        if (*s == ',') {
            if (run == 0 || run > 3 || (grouped && run != 3))
                return false;
            grouped = true;
            run = 0;
        } else if (is_digit(*s)) {
            out[n++] = *s;
            run++;
        } else {
            return false;
        }
    }
    out[n] = 0;
    return *s == 0 && grouped && run == 3;
}

int units_parse_count(const char *s, int64_t *out, struct err *err)
{
    static const struct unit units[] = {
        {"", 1},
        {"k", 1000},
        {"m", 1000000},
        {"g", 1000000000},
        {"b", 1000000000},
        {"t", INT64_C(1000000000000)},
    };
    char digits[SHOWN];
    const char *p = ungroup(s, digits) ? digits : s;
    if (read_scaled(p, units, sizeof units / sizeof units[0], out) < 0)
        return refuse(err, N_("number"), s, N_("1200, 50k or 1.2M"));
    return 0;
}
