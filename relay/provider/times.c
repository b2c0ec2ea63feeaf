/* Times as upstreams write them, in headers and error bodies. */
#include "provider/provider_int.h"

#include <curl/curl.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Copies a short span as text; false when it is empty or absurdly long. */
static bool short_text(struct span s, char out[64])
{
    s = span_trim(s);
    if (s.n == 0 || s.n >= 64 || memchr(s.p, 0, s.n))
        return false;
    memcpy(out, s.p, s.n);
    out[s.n] = 0;
    return true;
}

/* A decimal number by hand: strtod takes hexadecimal and "inf", and depends on the locale. */
static const char *decimal(const char *p, double *out)
{
    double v = 0, place = 1;
    const char *begin = p;
    for (; isdigit((unsigned char)*p); p++)
        v = v * 10 + (*p - '0');
    if (p == begin || p - begin > 15)
        return NULL;
    if (*p == '.' && isdigit((unsigned char)p[1]))
        for (p++; isdigit((unsigned char)*p); p++)
            v += (*p - '0') * (place /= 10);
    *out = v;
    return p;
}

double number_read(struct span s)
{
    char t[64];
    double v;
    if (!short_text(s, t))
        return -1;
    const char *end = decimal(t, &v);
    return end && !*end ? v : -1;
}

int64_t span_read(struct span s)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"ms", 1}, {"us", 1e-3}, {"h", 3600e3}, {"m", 60e3}, {"s", 1e3}, {"d", 86400e3}};
    char t[64];
    if (!short_text(s, t))
        return -1;
    double total = 0;
    for (const char *p = t; *p;) {
        double v;
        p = decimal(p, &v);
        if (!p)
            return -1;
        if (!*p && total == 0)
            return v > 1e12 ? -1 : (int64_t)(v * 1e3);
        size_t i = 0, n = sizeof units / sizeof *units;
        while (i < n && strncmp(p, units[i].unit, strlen(units[i].unit)) != 0)
            i++;
        if (i == n)
            return -1;
        p += strlen(units[i].unit);
        total += v * units[i].ms;
    }
    return total > 1e15 ? -1 : (int64_t)total;
}

static int64_t rfc3339(const char *t)
{
    struct tm tm = {0};
    int used = 0;
    if (sscanf(t, "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
            &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 6 ||
        used == 0)
        return 0;
    const char *p = t + used;
    if (*p == '.')
        for (p++; isdigit((unsigned char)*p); p++)
            ;
    int h = 0, m = 0, n = 0;
    char sign;
    if (*p == 'Z' || *p == 'z')
        n = 1;
    else if (sscanf(p, "%1[+-]%2d:%2d%n", (char[2]){0}, &h, &m, &n) != 3)
        return 0;
    sign = *p;
    if (p[n] || tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12)
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    int64_t east = (h * 60 + m) * MS_MINUTE;
    int64_t at = (int64_t)timegm(&tm) * MS_SECOND;
    return sign == '+' ? at - east : sign == '-' ? at + east : at;
}

int64_t time_read(struct span s)
{
    char t[64];
    double v;
    if (!short_text(s, t))
        return 0;
    const char *end = decimal(t, &v);
    if (!end || *end)
        return rfc3339(t);
    /* Seconds reach 1e11 in the year 5138, ms did in 1973. */
    return v < 1e9 ? 0 : v < 1e11 ? (int64_t)(v * 1e3) : v < 1e14 ? (int64_t)v : 0;
}

int64_t answer_wait(const struct upstream_answer *ans)
{
    if (!ans->head)
        return -1;
    double ms = number_read(h1_get(ans->head, "retry-after-ms"));
    if (ms < 0) {
        char t[64];
        struct span s = h1_get(ans->head, "retry-after");
        if (!short_text(s, t))
            return -1;
        ms = number_read(s) * 1e3;
        if (ms < 0) {
            time_t at = curl_getdate(t, NULL);
            if (at <= 0)
                return -1;
            ms = (double)((int64_t)at * MS_SECOND - ans->now);
        }
    }
    return ms < 0 ? 0 : ms > (double)WAIT_MAX ? WAIT_MAX : (int64_t)ms;
}
