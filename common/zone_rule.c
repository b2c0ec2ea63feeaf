/* The POSIX rule at the end of a zone file: daylight saving in all years to come. */
#include "common/zone_int.h"

#include <string.h>

enum { DAY = 86400, HOUR = 3600 };

/* A cursor over text that is not NUL-terminated; ok goes false at the first fault and stays so. */
struct reader {
    const char *p, *end;
    bool ok;
};

static bool accept(struct reader *r, char c)
{
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static int read_int(struct reader *r, int max)
{
    int v = 0, digits = 0;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && digits++ < 3)
        v = v * 10 + (*r->p++ - '0');
    r->ok = r->ok && digits > 0 && v <= max;
    return v;
}

/* "EST" or "<+0330>" */
static void skip_name(struct reader *r)
{
    const char *from = r->p;
    if (accept(r, '<')) {
        while (r->p < r->end && *r->p != '>')
            r->p++;
        r->ok = r->ok && accept(r, '>');
        return;
    }
    while (r->p < r->end && ((*r->p | 0x20) >= 'a' && (*r->p | 0x20) <= 'z'))
        r->p++;
    r->ok = r->ok && r->p - from >= 3;
}

/* [+-]hh[:mm[:ss]]; the files of today use up to 167 hours. */
static int read_time(struct reader *r)
{
    int sign = accept(r, '-') ? -1 : 1;
    if (sign > 0)
        accept(r, '+');
    int v = read_int(r, 167) * HOUR;
    if (accept(r, ':'))
        v += read_int(r, 59) * 60;
    if (accept(r, ':'))
        v += read_int(r, 59);
    return sign * v;
}

static void need(struct reader *r, char c)
{
    r->ok = accept(r, c) && r->ok;
}

static struct zone_edge read_edge(struct reader *r)
{
    struct zone_edge e = {.kind = 'n', .time = 2 * HOUR};
    if (accept(r, 'M')) {
        e.kind = 'M';
        e.month = read_int(r, 12);
        need(r, '.');
        e.week = read_int(r, 5);
        need(r, '.');
        e.day = read_int(r, 6);
        r->ok = r->ok && e.month >= 1 && e.week >= 1;
    } else if (accept(r, 'J')) {
        e.kind = 'J';
        e.day = read_int(r, 365);
        r->ok = r->ok && e.day >= 1;
    } else {
        e.day = read_int(r, 365);
    }
    if (accept(r, '/'))
        e.time = read_time(r);
    return e;
}

int zone_rule_parse(struct zone_rule *rule, const char *text, size_t n)
{
    struct reader r = {text, text + n, true};
    *rule = (struct zone_rule){0};
    skip_name(&r);
    rule->std = rule->dst = -read_time(&r);
    if (r.ok && r.p < r.end) {
        skip_name(&r);
        rule->dst = rule->std + HOUR;
        if (r.p < r.end && *r.p != ',')
            rule->dst = -read_time(&r);
        need(&r, ',');
        rule->begin = read_edge(&r);
        need(&r, ',');
        rule->end = read_edge(&r);
    }
    return r.ok && r.p == r.end ? 0 : -1;
}

/* Local seconds since 1970 (as if the place were on UTC) of an edge in a year. */
static int64_t edge_local(const struct zone_edge *e, int year)
{
    int64_t first = civil_days(year, 1, 1), day = first + e->day;
    if (e->kind == 'J') {
        bool leap = civil_days(year, 3, 1) - civil_days(year, 2, 1) == 29;
        day = first + e->day - 1 + (leap && e->day >= 60);
    } else if (e->kind == 'M') {
        first = civil_days(year, e->month, 1);
        int64_t weekday = (first + 4) - 7 * floor_div(first + 4, 7); /* 1970-01-01: Thursday */
        day = first + (e->day - weekday + 7) % 7 + 7 * (e->week - 1);
        /* Week 5 is the last one, which may be the fourth. */
        if (day >= civil_days(year, e->month + 1, 1))
            day -= 7;
    }
    return day * DAY + e->time;
}

static int year_of(int64_t s)
{
    int year, month, day;
    civil_of_days(floor_div(s, DAY), &year, &month, &day);
    return year;
}

int zone_rule_offset(const struct zone_rule *r, int64_t s)
{
    if (r->std == r->dst)
        return r->std;
    int year = year_of(s + r->std);
    int64_t begin = edge_local(&r->begin, year) - r->std, end = edge_local(&r->end, year) - r->dst;
    /* South of the equator the summer spans the turn of the year. */
    bool summer = begin < end ? s >= begin && s < end : s >= begin || s < end;
    return summer ? r->dst : r->std;
}

int64_t zone_rule_next(const struct zone_rule *r, int64_t s)
{
    int64_t next = INT64_MAX;
    if (r->std == r->dst)
        return next;
    int year = year_of(s + r->std);
    for (int y = year - 1; y <= year + 1; y++) {
        int64_t begin = edge_local(&r->begin, y) - r->std, end = edge_local(&r->end, y) - r->dst;
        if (begin > s && begin < next)
            next = begin;
        if (end > s && end < next)
            next = end;
    }
    return next;
}
