/* Windows, periods, quota and fair share: arithmetic over a clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/fair_int.h"
#include "core/limit_int.h"
#include "core/quota_int.h"

#define T0 INT64_C(1772452800000) /* 2026-03-02T12:00:00Z, a Monday */
#define SEC MS_SECOND

struct step {
    int64_t at;    /* seconds since T0 */
    int64_t add;   /* requests */
    int64_t sum;   /* afterwards */
    int64_t reset; /* seconds since T0 when it falls under 3; -1: it is */
};

static void run(const char *name, struct window *w, const struct step *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t now = T0 + v[i].at * SEC, reset;
        struct counts sum;

        if (v[i].add)
            window_add(w, now, &(struct counts){.requests = v[i].add});
        sum = window_sum(w, now);
        reset = window_reset(w, COUNT_REQUESTS, 3);
        reset = reset ? (reset - T0) / SEC : -1;
        if (sum.requests != v[i].sum || reset != v[i].reset)
            fail_msg("%s step %zu: sum %lld reset %lld", name, i, (long long)sum.requests,
                (long long)reset);
    }
    window_release(w);
}
#define RUN(w, v) run(#v, w, v, sizeof v / sizeof v[0])

static void fixed_window(void **state)
{
    static const struct step life[] = {
        {0, 0, 0, -1},
        {10, 1, 1, -1}, /* starts with the first, not on the minute */
        {20, 1, 2, -1},
        {30, 1, 3, 70},
        {69, 1, 4, 70},
        {70, 0, 0, -1},  /* the edge belongs to the next */
        {500, 1, 1, -1}, /* and that begins when it is used */
        {559, 2, 3, 560},
        {560, 5, 5, 620},
    };
    static const struct step back[] = {
        {0, 3, 3, 60},
        {-30, 0, 3, 60},        /* a little: out of order */
        {-86400, 0, 3, -86340}, /* a day: not frozen until then, not forgotten either */
        {-86341, 0, 3, -86340},
        {-86340, 0, 0, -1},
    };
    struct window w = {0};

    (void)state;
    window_shape(&w, false, 60 * SEC, T0);
    RUN(&w, life);
    window_shape(&w, false, 60 * SEC, T0);
    RUN(&w, back);
}

static void sliding_window(void **state)
{
    static const struct step life[] = {
        {0, 1, 1, -1},
        {10, 1, 2, -1},
        {20, 1, 3, 60},
        {30, 1, 4, 70}, /* two have to leave */
        {59, 0, 4, 70},
        {60, 0, 3, 70},
        {70, 0, 2, -1},
        {80, 0, 1, -1},
        {90, 0, 0, -1},
        {1000, 2, 2, -1},
        {1030, 2, 4, 1060},
        {1060, 0, 2, -1},
        {1090, 0, 0, -1},
    };
    static const struct step back[] = {
        {0, 1, 1, -1},
        {30, 2, 3, 60},
        {-3600, 0, 3, -3570}, /* moved along: the first was 30 s before */
        {-3570, 0, 2, -1},
        {-3541, 0, 2, -1},
        {-3540, 0, 0, -1},
    };
    struct window w = {0};

    (void)state;
    window_shape(&w, true, 60 * SEC, T0);
    RUN(&w, life);
    window_shape(&w, true, 60 * SEC, T0);
    RUN(&w, back);
}

/* Against a list of every event: never shorter than promised, at most 1/120 longer. */
static void sliding_random(void **state)
{
    enum { EVENTS = 20000 };
    static int64_t at[EVENTS];
    const int64_t length = 60 * SEC, slice = length / WINDOW_SLICES;
    struct window w = {0};
    int64_t now = T0;

    (void)state;
    srandom(7);
    window_shape(&w, true, length, T0);
    for (int i = 0, old = 0, older = 0; i < EVENTS; i++) {
        int64_t exact, most, got;

        now += random() % (i % 3000 < 1500 ? 40 : 1500);
        at[i] = now;
        window_add(&w, now, &(struct counts){.requests = 1});
        while (at[old] + length <= now)
            old++;
        while (at[older] + length + slice <= now)
            older++;
        exact = i - old + 1;
        most = i - older + 1;
        got = window_sum(&w, now).requests;
        if (got < exact || got > most)
            fail_msg("event %d: %lld counted, %lld exact, %lld at most", i, (long long)got,
                (long long)exact, (long long)most);
        assert_true(w.n <= WINDOW_RING);
    }
    window_release(&w);
}

/* An edit of the window keeps what is counted. */
static void window_reshaped(void **state)
{
    struct window w = {0};

    (void)state;
    window_shape(&w, false, 60 * SEC, T0);
    window_add(&w, T0, &(struct counts){.requests = 5, .tokens = 70});
    window_shape(&w, false, 120 * SEC, T0 + 30 * SEC);
    assert_int_equal(window_sum(&w, T0 + 119 * SEC).requests, 5);
    window_shape(&w, true, 60 * SEC, T0 + 30 * SEC);
    assert_int_equal(window_sum(&w, T0 + 89 * SEC).tokens, 70);
    assert_int_equal(window_sum(&w, T0 + 90 * SEC).tokens, 0);
    window_add(&w, T0 + 100 * SEC, &(struct counts){.requests = 2});
    window_shape(&w, false, 10 * SEC, T0 + 101 * SEC);
    assert_int_equal(window_sum(&w, T0 + 110 * SEC).requests, 2);
    assert_int_equal(window_sum(&w, T0 + 111 * SEC).requests, 0);
    window_release(&w);
}

static void window_overflow(void **state)
{
    struct window w = {0};
    const struct counts big = {.tokens = INT64_MAX - 1, .cost = INT64_MAX - 1};

    (void)state;
    window_shape(&w, true, 60 * SEC, T0);
    for (int i = 0; i < 5; i++)
        window_add(&w, T0 + i * SEC, &big);
    assert_true(window_sum(&w, T0 + 5 * SEC).tokens == INT64_MAX);
    window_release(&w);
}

static void periods(void **state)
{
    /* Local moments in Berlin, whose clock goes forward on 2026-03-29 and back on 2026-10-25. */
    static const struct {
        enum period_kind kind;
        int day, hour; /* week's edge */
        int now[5];    /* year, month, day, hour, minute */
        int end[4];    /* year, month, day, hour */
    } rows[] = {
        {PERIOD_DAY, 0, 0, {2026, 3, 2, 0, 0}, {2026, 3, 3, 0}},
        {PERIOD_DAY, 0, 0, {2026, 3, 2, 23, 59}, {2026, 3, 3, 0}},
        {PERIOD_DAY, 0, 0, {2026, 3, 29, 1, 0}, {2026, 3, 30, 0}},
        {PERIOD_DAY, 0, 0, {2026, 10, 25, 1, 0}, {2026, 10, 26, 0}},
        {PERIOD_DAY, 0, 0, {2026, 12, 31, 12, 0}, {2027, 1, 1, 0}},
        {PERIOD_WEEK, 1, 0, {2026, 3, 2, 0, 0}, {2026, 3, 9, 0}},
        {PERIOD_WEEK, 1, 0, {2026, 3, 8, 23, 59}, {2026, 3, 9, 0}},
        {PERIOD_WEEK, 4, 17, {2026, 3, 2, 12, 0}, {2026, 3, 5, 17}},
        {PERIOD_WEEK, 4, 17, {2026, 3, 5, 17, 0}, {2026, 3, 12, 17}},
        {PERIOD_WEEK, 7, 3, {2026, 3, 28, 12, 0}, {2026, 3, 29, 3}},
        {PERIOD_MONTH, 0, 0, {2026, 2, 28, 23, 0}, {2026, 3, 1, 0}},
        {PERIOD_MONTH, 0, 0, {2026, 3, 1, 0, 0}, {2026, 4, 1, 0}},
        {PERIOD_MONTH, 0, 0, {2026, 12, 31, 23, 59}, {2027, 1, 1, 0}},
    };
    struct zone *z = zone_open("Europe/Berlin", NULL);

    (void)state;
    assert_non_null(z);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct period_rule rule = {rows[i].kind, z, rows[i].day, rows[i].hour};
        const int *n = rows[i].now, *e = rows[i].end;
        int64_t now = civil_ms(z, n[0], n[1], n[2], n[3], n[4], 0);
        int64_t end = civil_ms(z, e[0], e[1], e[2], e[3], 0, 0);
        struct period p = {0};

        period_add(&p, &rule, now, 7, 1);
        if (p.end != end || p.start > now)
            fail_msg("row %zu: ends %lld, not %lld", i, (long long)p.end, (long long)end);
        period_add(&p, &rule, end - 1, 3, 1);
        assert_int_equal(p.spent, 10);
        period_roll(&p, &rule, end);
        assert_int_equal(p.spent, 0);
        assert_true(p.start == end);
    }
    zone_free(z);
}

static void period_clock_steps(void **state)
{
    struct zone *z = zone_open("UTC", NULL);
    struct period_rule day = {.kind = PERIOD_DAY, .zone = z};
    int64_t midnight = T0 + 12 * MS_HOUR;
    struct period p = {0};

    (void)state;
    period_add(&p, &day, midnight + 5, 10, 1);
    period_add(&p, &day, midnight - 5, 1, 1); /* an older moment got the lock later */
    assert_int_equal(p.spent, 11);
    assert_true(p.start == midnight);
    period_roll(&p, &day, midnight - 20 * MS_HOUR); /* the clock was a day ahead */
    assert_int_equal(p.spent, 11);
    assert_true(p.end == midnight);
    period_roll(&p, &day, midnight);
    assert_int_equal(p.spent, 0);
    period_add(&p, &day, midnight, 4, 1);
    period_replay(&p, &day, T0, 100, 1); /* yesterday's */
    assert_int_equal(p.spent, 4);
    zone_free(z);
}

static struct window_use use(double used, int64_t reset)
{
    return (struct window_use){.known = true, .used = used, .reset = reset, .at = T0};
}

static void headroom(void **state)
{
    static const struct {
        double five;    /* used; -1 unknown */
        int five_left;  /* minutes to its reset */
        double seven;   /* used; -1 unknown */
        int seven_left; /* hours to its reset */
        int expect;     /* quarter doublings */
    } rows[] = {
        {-1, 0, -1, 0, 0},      /* nothing known: even */
        {0.5, 150, -1, 0, 0},   /* half used at half time */
        {0.0, 300, -1, 0, 0},   /* all left at the beginning */
        {0.0, 150, -1, 0, 4},   /* all left at half time: twice the pace */
        {0.75, 150, -1, 0, -4}, /* a quarter left at half time: half the pace */
        {0.5, 75, -1, 0, 4},
        {0.5, 300, -1, 0, -4},
        {1.0, 100, -1, 0, -40}, /* used up */
        {1.7, 100, -1, 0, -40},
        {0.0, 150, 0.5, 84, 0},  /* the week is the tighter one */
        {0.5, 150, 0.0, 84, 0},  /* and here the five hours */
        {0.0, 150, 0.9, 84, -9}, /* little week left: near -2.3 doublings */
        {0.9, 1, -1, 0, 20},     /* what is left lapses in a minute */
        {-1, 0, 0.5, 42, 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct quota q = {0};
        int got;

        if (rows[i].five >= 0)
            q.five_hour = use(rows[i].five, T0 + rows[i].five_left * MS_MINUTE);
        if (rows[i].seven >= 0)
            q.seven_day = use(rows[i].seven, T0 + rows[i].seven_left * MS_HOUR);
        got = quota_headroom(&q, FAMILY_OTHER, T0);
        if (got != rows[i].expect)
            fail_msg("row %zu: %d, not %d", i, got, rows[i].expect);
    }
}

static void quota_void_after_reset(void **state)
{
    struct quota q = {.five_hour = use(0.9, T0 + MS_HOUR), .seven_day = use(0.9, 0)};
    struct quota told = {.seven_day_opus = {.known = true, .used = -3, .reset = T0 + MS_DAY}};

    (void)state;
    quota_settle(&q, T0 + MS_HOUR - 1);
    assert_true(q.five_hour.known);
    quota_settle(&q, T0 + MS_HOUR);
    assert_false(q.five_hour.known);
    assert_true(q.seven_day.known);
    quota_settle(&q, T0 + 7 * MS_DAY); /* no reset was told: void after its length */
    assert_false(q.seven_day.known);
    quota_merge(&q, &told, T0);
    assert_true(q.seven_day_opus.used >= 0);
    assert_true(q.seven_day_opus.at == T0);
    told.seven_day_opus.used = 1;
    quota_merge(&q, &told, T0);
    int64_t until = 0;
    assert_true(quota_family_spent(&q, FAMILY_OPUS, T0, &until));
    assert_true(until == T0 + MS_DAY);
    assert_false(quota_family_spent(&q, FAMILY_SONNET, T0, &until));
    assert_false(quota_family_spent(&q, FAMILY_OPUS, T0 + MS_DAY, &until));
}

static void forecast(void **state)
{
    static const struct {
        double used;
        int passed;     /* minutes of the five hours when it was told */
        int64_t expect; /* minutes since then; -1: not before the reset */
    } rows[] = {
        {0.5, 60, 60},
        {0.5, 100, 100},
        {0.25, 60, 180},
        {0.2, 60, -1}, /* exactly at the reset */
        {0.1, 200, -1},
        {0.0, 60, -1},
        {0.9, 3, -1}, /* too early to tell */
        {1.0, 60, 0},
        {1.2, 10, 0},
        {0.99, 99, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct quota q = {0};
        int64_t at;

        q.five_hour = use(rows[i].used, T0 + (300 - rows[i].passed) * MS_MINUTE);
        at = quota_empty_at(&q, T0);
        at = at ? (at - T0 + 10) / MS_MINUTE : -1;
        if (at != rows[i].expect)
            fail_msg("row %zu: %lld", i, (long long)at);
    }
}

static void fair_share(void **state)
{
    static const struct {
        int a, b; /* weights */
        nano spent_a, spent_b;
        double used, elapsed;
        bool may_a, may_b;
    } rows[] = {
        {1, 1, 0, 0, 0.0, 0.0, true, true},
        {1, 1, 40, 40, 0.8, 0.5, true, true},
        {1, 1, 60, 20, 0.8, 0.0, false, true}, /* a is over its half, nothing is lent yet */
        {1, 1, 60, 20, 0.8, 0.8, true, true},  /* b left 0.2 of what had come due */
        {1, 1, 60, 40, 1.0, 0.9, false, true},
        {1, 1, 60, 0, 0.6, 0.1, false, true}, /* 0.05 lent, 0.1 over */
        {1, 1, 60, 0, 0.6, 0.3, true, true},
        {1, 1, 99, 0, 0.99, 1.0, true, true}, /* at the end all of it */
        {3, 1, 70, 10, 0.8, 0.0, true, true}, /* 3/4 are its own */
        {3, 1, 80, 10, 0.9, 0.0, false, true},
        {1, 9, 20, 0, 0.2, 0.05, false, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fair f = {0};

        fair_add(&f, "a", rows[i].a, rows[i].spent_a + 1);
        fair_add(&f, "b", rows[i].b, rows[i].spent_b + 1);
        f.v[0].now--;
        f.v[1].now--;
        f.v[0].before = f.v[1].before = 1;
        if (fair_allows(&f, "a", rows[i].a, rows[i].used, rows[i].elapsed) != rows[i].may_a ||
            fair_allows(&f, "b", rows[i].b, rows[i].used, rows[i].elapsed) != rows[i].may_b)
            fail_msg("row %zu", i);
        fair_release(&f);
    }
}

static void fair_windows(void **state)
{
    struct fair f = {0};
    int64_t reset = T0 + MS_HOUR;

    (void)state;
    fair_roll(&f, reset, T0);
    fair_add(&f, "a", 1, 100);
    assert_true(fair_allows(&f, "a", 1, 0.99, 0.1)); /* alone: all of it */
    assert_true(fair_allows(&f, "b", 1, 0.99, 0.1)); /* a newcomer has a share at once */
    fair_add(&f, "b", 1, 1);
    assert_false(fair_allows(&f, "a", 1, 0.9, 0.1));
    double at = fair_when(&f, "a", 1, 0.9, 0.1);
    assert_true(at > 0.1 && fair_allows(&f, "a", 1, 0.9, at));
    fair_roll(&f, reset + 2 * SEC, T0 + SEC); /* the same window, told a little differently */
    assert_int_equal(f.v[0].now, 100);
    fair_roll(&f, 0, reset + 2 * SEC); /* over */
    assert_int_equal(f.n, 2);
    assert_int_equal(f.v[0].now, 0);
    assert_int_equal(f.v[0].before, 100);
    fair_roll(&f, reset + 5 * MS_HOUR, reset + MS_MINUTE);
    fair_add(&f, "b", 1, 5);
    fair_roll(&f, 0, reset + 6 * MS_HOUR); /* a was not seen for two windows */
    assert_int_equal(f.n, 1);
    assert_string_equal(f.v[0].key, "b");
    fair_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_window),
        cmocka_unit_test(sliding_window),
        cmocka_unit_test(sliding_random),
        cmocka_unit_test(window_reshaped),
        cmocka_unit_test(window_overflow),
        cmocka_unit_test(periods),
        cmocka_unit_test(period_clock_steps),
        cmocka_unit_test(headroom),
        cmocka_unit_test(quota_void_after_reset),
        cmocka_unit_test(forecast),
        cmocka_unit_test(fair_share),
        cmocka_unit_test(fair_windows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
