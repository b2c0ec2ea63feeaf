/* Moments: what people write and RFC 3339, both ways. */
#include "common/units.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/zone_int.h"

struct reader {
    const char *p;
    bool ok;
};

static int digits(struct reader *r, int n, int max)
{
    int v = 0;
    for (int i = 0; i < n && r->ok; i++) {
        r->ok = *r->p >= '0' && *r->p <= '9';
        if (r->ok)
            v = v * 10 + (*r->p++ - '0');
    }
    r->ok = r->ok && v <= max;
    return v;
}

static void need(struct reader *r, char c)
{
    r->ok = r->ok && *r->p == c;
    if (r->ok)
        r->p++;
}

struct stamp {
    int year, month, day, hour, minute, second, ms;
    bool zoned;
    int offset; /* seconds east of UTC, when zoned */
};

static void read_date(struct reader *r, struct stamp *t)
{
    t->year = digits(r, 4, 9999);
    need(r, '-');
    t->month = digits(r, 2, 12);
    need(r, '-');
    t->day = digits(r, 2, 31);
    r->ok = r->ok && t->month >= 1 && t->day >= 1 &&
            civil_days(t->year, t->month, t->day) < civil_days(t->year, t->month + 1, 1);
}

/* Digits behind the third are cut: the clock here has milliseconds. */
static void read_fraction(struct reader *r, struct stamp *t)
{
    int n = 0;
    for (int unit = 100; *r->p >= '0' && *r->p <= '9' && n < 18; r->p++, n++, unit /= 10)
        t->ms += (*r->p - '0') * unit;
    r->ok = r->ok && n > 0;
}

static void read_clock(struct reader *r, struct stamp *t)
{
    t->hour = digits(r, 2, 23);
    need(r, ':');
    t->minute = digits(r, 2, 59);
    if (r->ok && *r->p == ':') {
        r->p++;
        t->second = digits(r, 2, 60); /* 60: a leap second, the next one here */
        if (r->ok && *r->p == '.') {
            r->p++;
            read_fraction(r, t);
        }
    }
}

static void read_offset(struct reader *r, struct stamp *t)
{
    if (!r->ok || *r->p == 0)
        return;
    t->zoned = true;
    if (*r->p == 'Z' || *r->p == 'z') {
        r->p++;
        return;
    }
    int sign = *r->p == '-' ? -1 : 1;
    r->ok = *r->p == '+' || *r->p == '-';
    r->p += r->ok;
    t->offset = digits(r, 2, 23) * 3600;
    need(r, ':');
    t->offset = sign * (t->offset + digits(r, 2, 59) * 60);
}

static bool read_stamp(const char *s, struct stamp *t)
{
    struct reader r = {s, true};
    *t = (struct stamp){0};
    read_date(&r, t);
    if (r.ok && *r.p) {
        r.ok = *r.p == ' ' || *r.p == 'T' || *r.p == 't';
        r.p += r.ok;
        read_clock(&r, t);
        read_offset(&r, t);
    }
    return r.ok && *r.p == 0;
}

static int64_t stamp_ms(const struct stamp *t, const struct zone *z)
{
    if (!t->zoned && z)
        return civil_ms(z, t->year, t->month, t->day, t->hour, t->minute, t->second) + t->ms;
    int64_t s = civil_days(t->year, t->month, t->day) * 86400 + t->hour * 3600 + t->minute * 60 +
                t->second - t->offset;
    return s * MS_SECOND + t->ms;
}

static int64_t day_edge(const struct zone *z, int64_t ms)
{
    return z ? edge_day(z, ms) : floor_div(ms, MS_DAY) * MS_DAY;
}

int units_parse_time(
    const char *s, const struct zone *z, int64_t now, int past, int64_t *ms, struct err *err)
{
    struct stamp t;
    int64_t span;
    if (strcasecmp(s, "now") == 0) {
        *ms = now;
    } else if (strcasecmp(s, "today") == 0) {
        *ms = day_edge(z, now);
    } else if (strcasecmp(s, "yesterday") == 0) {
        *ms = day_edge(z, day_edge(z, now) - 1);
    } else if (read_stamp(s, &t)) {
        *ms = stamp_ms(&t, z);
    } else if (*s && units_parse_duration(s, &span, NULL) == 0) {
        *ms = past ? now - span : now + span;
    } else {
        err_set(err, ERR_USAGE, "bad time '%.40s'", s);
        return err_hint(err, "write it like 2026-03-01, \"2026-03-01 09:00\", "
                             "2026-03-01T09:00:00Z, today, yesterday, now, 15m or 7d");
    }
    return 0;
}

char *units_rfc3339(char out[UNITS_MAX], int64_t ms)
{
    int64_t days = floor_div(ms, MS_DAY), in_day = ms - days * MS_DAY;
    int s = (int)(in_day / MS_SECOND), year, month, day;
    civil_of_days(days, &year, &month, &day);
    int n = snprintf(out, UNITS_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, s / 3600,
        s / 60 % 60, s % 60);
    size_t room = UNITS_MAX - (size_t)n;
    if (ms % MS_SECOND)
        snprintf(out + n, room, ".%03dZ", (int)(in_day % MS_SECOND));
    else
        snprintf(out + n, room, "Z");
    return out;
}

char *units_clock(char out[UNITS_MAX], const struct zone *z, int64_t ms)
{
    struct civil c = civil_at(z, ms);
    snprintf(out, UNITS_MAX, "%02d:%02d:%02d", c.hour, c.minute, c.second);
    return out;
}

char *units_datetime(char out[UNITS_MAX], const struct zone *z, int64_t ms)
{
    struct civil c = civil_at(z, ms);
    snprintf(out, UNITS_MAX, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
    return out;
}
