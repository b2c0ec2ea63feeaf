/* What people write: any text is refused or read, within its bounds; exact forms come back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/zone_int.h"

static void require(int truth)
{
    if (!truth)
        abort();
}

static void numbers(const char *s)
{
    char text[UNITS_MAX];
    int64_t v, back;
    if (units_parse_money(s, &v, NULL) == 0) {
        require(v >= 0 && v <= NANO_MAX);
        require(units_parse_money(units_money_exact(text, v), &back, NULL) == 0 && back == v);
        require(units_parse_money(units_money(text, v), &back, NULL) == 0);
    }
    if (units_parse_duration(s, &v, NULL) == 0) {
        require(v >= 0);
        require(units_parse_duration(units_duration(text, v), &back, NULL) == 0);
        require(back <= v + v / 10 + 60);
    }
    if (units_parse_size(s, &v, NULL) == 0)
        require(v >= 0 && units_parse_size(units_size(text, v), &back, NULL) == 0);
    if (units_parse_count(s, &v, NULL) == 0)
        require(v >= 0 && units_parse_count(units_count(text, v), &back, NULL) == 0);
}

static void times(const char *s, const struct zone *z)
{
    char text[UNITS_MAX];
    int64_t now = INT64_C(1772366400000), v, back;
    for (int past = 0; past < 2; past++) {
        if (units_parse_time(s, z, now, past, &v, NULL) < 0)
            continue;
        if (strlen(units_rfc3339(text, v)) <= 24 && text[0] != '-')
            require(units_parse_time(text, NULL, 0, 0, &back, NULL) == 0 && back == v);
        if (!z)
            continue;
        require(edge_hour(z, v) <= v && edge_day(z, v) <= v && edge_next_day(z, v) > v);
        require(edge_week(z, v, 3, 7) <= v && edge_next_week(z, v, 3, 7) > v);
        require(edge_month(z, v) <= v && edge_next_month(z, v) > v);
        struct civil c = civil_at(z, v);
        require(c.weekday >= 1 && c.weekday <= 7 && c.month >= 1 && c.month <= 12);
    }
}

static void rules(const char *s)
{
    struct zone_rule r;
    if (zone_rule_parse(&r, s, strlen(s)) < 0)
        return;
    for (int64_t t = 0; t < INT64_C(4000000000); t += 200000003) {
        int64_t next = zone_rule_next(&r, t);
        int offset = zone_rule_offset(&r, t);
        require(next > t && (offset == r.std || offset == r.dst));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct zone *berlin;
    if (!berlin)
        berlin = zone_open("Europe/Berlin", NULL);
    char *s = malloc(size + 1);
    if (size)
        memcpy(s, data, size);
    s[size] = 0;
    numbers(s);
    times(s, berlin);
    times(s, NULL);
    rules(s);
    free(s);
    return 0;
}
