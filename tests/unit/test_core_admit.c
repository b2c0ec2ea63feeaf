/* Admission as scripts over a turned clock: every limit at its edge, before and after it, every
 * refusal with the time it names, and the waiting line. */
#include "test_core_kit.h"

#include <stdio.h>

/* The rows below leave out what does not matter to them. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define WHO 16
/* RESULT looks at a ticket that waited. */
enum op { ASK, LEAVE, COST, TOKENS, TICK, TOUCH, EDIT, RESULT };
enum want { GRANTED = ADMIT_GRANTED, WAITING = ADMIT_WAITING, REFUSED = ADMIT_REFUSED };

struct line {
    int64_t at; /* seconds since T0 */
    enum op op;
    int who;
    enum want want;
    int64_t n; /* cents, or tokens */
    enum refusal_code code;
    int64_t reset;    /* seconds since T0; 0 for "not by time" */
    const char *text; /* EDIT: settings; ASK: model, or address when it begins with '@' */
    bool free;
    enum service service;
};

struct run {
    struct kit kit;
    const char *name;
    struct ticket *t[WHO];
    int woken[WHO];
};

static void woken(void *arg)
{
    ++*(int *)arg;
}

static void check_refusal(
    const struct run *run, size_t i, const struct line *l, const struct refusal *r)
{
    int64_t reset = r->reset ? (r->reset - T0) / MS_SECOND : 0;

    if (r->code != l->code || reset != l->reset)
        fail_msg("%s line %zu: code %d reset %lld (%s)", run->name, i, (int)r->code,
            (long long)reset, r->detail);
    if (r->code != REFUSE_NONE)
        assert_true(r->detail[0]);
}

static void ask(struct run *run, size_t i, const struct line *l, int64_t now)
{
    const struct key *key = core_key_find(run->kit.c, "k", true, NULL);
    const char *text = l->text ? l->text : "claude-sonnet-4-5";
    const struct admit_ask a = {.key = key,
        .service = l->service,
        .model = *text == '@' ? "claude-sonnet-4-5" : text,
        .address = *text == '@' ? text + 1 : "10.0.0.1",
        .expected = l->n * CENT,
        .free = l->free,
        .now = now,
        .wake = woken,
        .wake_arg = &run->woken[l->who]};
    struct refusal r;
    enum admit_answer got;

    run->woken[l->who] = 0;
    got = core_admit(run->kit.c, &a, &run->t[l->who], &r);
    key_unref(key);
    if ((int)got != (int)l->want)
        fail_msg("%s line %zu: answer %d (%s)", run->name, i, (int)got, r.detail);
    if (got == ADMIT_REFUSED)
        assert_null(run->t[l->who]);
    check_refusal(run, i, l, &r);
}

static void result(struct run *run, size_t i, const struct line *l, int64_t now)
{
    struct refusal r;
    enum admit_answer got = core_admit_result(run->kit.c, run->t[l->who], now, &r);

    if ((int)got != (int)l->want || run->woken[l->who] != (got != ADMIT_WAITING))
        fail_msg("%s line %zu: answer %d, woken %d (%s)", run->name, i, (int)got,
            run->woken[l->who], r.detail);
    check_refusal(run, i, l, &r);
}

static void step(struct run *run, size_t i, const struct line *l)
{
    int64_t now = T0 + l->at * MS_SECOND;
    struct ticket **t = &run->t[l->who];
    const struct key *key = core_key_find(run->kit.c, "k", true, NULL);

    switch (l->op) {
    case ASK:
        ask(run, i, l, now);
        break;
    case RESULT:
        result(run, i, l, now);
        break;
    case LEAVE:
        core_leave(run->kit.c, *t, now);
        *t = NULL;
        break;
    case COST:
        kit_charge(
            &run->kit, *t, key, "", l->text ? l->text : "claude-sonnet-4-5", l->n * CENT, 0, now);
        break;
    case TOKENS:
        kit_charge(&run->kit, *t, key, "", "m", 0, l->n, now);
        break;
    case TICK:
        core_tick(run->kit.c, now);
        break;
    case TOUCH:
        core_touch(run->kit.c, *t, now);
        break;
    case EDIT:
        core_tick(run->kit.c, now);
        key_unref(kit_key(&run->kit, "k", l->text));
        break;
    }
    key_unref(key);
}

/* Afterwards, once all have left, nothing may be held. */
static void run_lines(
    const char *name, const char *zone, const char *settings, const struct line *v, size_t n)
{
    struct run run = {.name = name};
    struct key_live live;

    kit_open(&run.kit, zone);
    key_unref(kit_key(&run.kit, "k", settings));
    for (size_t i = 0; i < n; i++)
        step(&run, i, &v[i]);
    for (int i = 0; i < WHO; i++)
        core_leave(run.kit.c, run.t[i], T0 + v[n - 1].at * MS_SECOND);
    core_key_live(run.kit.c, "key_k", T0 + v[n - 1].at * MS_SECOND, &live);
    assert_int_equal(live.running, 0);
    assert_int_equal(live.waiting, 0);
    assert_int_equal(live.day.reserved, 0);
    assert_int_equal(live.opus.reserved, 0);
    assert_int_equal(live.rate_tokens.reserved, 0);
    kit_close(&run.kit);
}
#define RUN(zone, settings, v) run_lines(#v, zone, settings, v, sizeof v / sizeof v[0])

static void rules(void **state)
{
    static const struct line services[] = {
        {0, ASK, 0, GRANTED, .service = SERVICE_CLAUDE},
        {0, ASK, 1, GRANTED, .service = SERVICE_OPENAI},
        {0, ASK, 2, REFUSED, .code = REFUSE_SERVICE, .service = SERVICE_GEMINI},
        {0, ASK, 2, REFUSED, .code = REFUSE_SERVICE, .service = SERVICE_DROID, .free = true},
    };
    static const struct line models[] = {
        {0, ASK, 0, GRANTED, .text = "claude-sonnet-4-5"},
        {0, ASK, 1, GRANTED, .text = "claude-opus-4-1"},
        {0, ASK, 2, REFUSED, .code = REFUSE_MODEL, .text = "claude-haiku-4-5"},
        {0, ASK, 2, REFUSED, .code = REFUSE_MODEL, .text = "gpt-5"},
        {0, ASK, 2, REFUSED, .code = REFUSE_MODEL, .text = "gpt-5", .free = true},
        {0, ASK, 2, GRANTED, .text = ""}, /* an operation without a model */
        {0, EDIT, .text = "{\"models\":[\"gpt-*\"]}"},
        {0, ASK, 3, GRANTED, .text = "gpt-5"},
        {0, ASK, 4, REFUSED, .code = REFUSE_MODEL, .text = "claude-opus-4-1"},
    };
    static const struct line from[] = {
        {0, ASK, 0, GRANTED, .text = "@10.1.2.3"},
        {0, ASK, 1, GRANTED, .text = "@2001:db8::7"},
        {0, ASK, 2, REFUSED, .code = REFUSE_ADDRESS, .text = "@10.2.0.1"},
        {0, ASK, 2, REFUSED, .code = REFUSE_ADDRESS, .text = "@"},
        {0, ASK, 2, REFUSED, .code = REFUSE_ADDRESS, .text = "@nonsense"},
    };
    static const struct line expiry[] = {
        {-1, ASK, 0, GRANTED},
        {0, ASK, 1, REFUSED, .code = REFUSE_EXPIRED},
        {0, ASK, 1, REFUSED, .code = REFUSE_EXPIRED, .free = true},
    };

    (void)state;
    RUN("UTC", "{\"services\":[\"claude\",\"openai\"]}", services);
    RUN("UTC", "{\"models\":[\"claude-*\"],\"not_models\":[\"*haiku*\"]}", models);
    RUN("UTC", "{\"from\":[\"10.1.0.0/16\",\"2001:db8::/32\"]}", from);
    RUN("UTC", "{\"expires\":\"2026-03-02T12:00:00Z\"}", expiry);
}

static void windows(void **state)
{
    static const struct line fixed[] = {
        {0, ASK, 0, GRANTED},
        {10, ASK, 1, GRANTED},
        {20, ASK, 2, GRANTED},
        {30, ASK, 3, REFUSED, .code = REFUSE_RATE_REQUESTS, .reset = 60},
        {30, ASK, 3, GRANTED, .free = true}, /* helper calls neither count nor stop */
        {59, ASK, 4, REFUSED, .code = REFUSE_RATE_REQUESTS, .reset = 60},
        {60, ASK, 4, GRANTED},
        {61, ASK, 5, GRANTED},
        {62, ASK, 6, GRANTED}, /* the refused ones have not counted */
        {63, ASK, 7, REFUSED, .code = REFUSE_RATE_REQUESTS, .reset = 120},
        {63, EDIT, .text = "{\"rate_requests\":4}"},
        {64, ASK, 7, GRANTED},
        {65, ASK, 8, REFUSED, .code = REFUSE_RATE_REQUESTS, .reset = 120},
        {65, EDIT, .text = "{\"rate_requests\":null}"},
        {66, ASK, 8, GRANTED},
    };
    static const struct line sliding[] = {
        {0, ASK, 0, GRANTED}, {10, ASK, 1, GRANTED}, {20, ASK, 2, GRANTED},
        {59, ASK, 3, REFUSED, .code = REFUSE_RATE_REQUESTS, .reset = 60},
        {60, ASK, 3, GRANTED}, /* one left */
        {61, ASK, 4, REFUSED, .code = REFUSE_RATE_REQUESTS, .reset = 70}, {70, ASK, 4, GRANTED},
        {71, EDIT, .text = "{\"rate_requests\":1,\"rate_kind\":\"sliding\",\"rate_window\":60}"},
        {71, ASK, 5, REFUSED, .code = REFUSE_RATE_REQUESTS, .reset = 130}, /* all three must go */
    };
    static const struct line tokens[] = {
        {0, ASK, 0, GRANTED},
        {5, TOKENS, 0, .n = 999},
        {6, ASK, 1, GRANTED},
        {7, TOKENS, 1, .n = 1},
        {8, ASK, 2, REFUSED, .code = REFUSE_RATE_TOKENS, .reset = 60},
        {60, ASK, 2, GRANTED},
        {61, TOKENS, 2, .n = 5000}, /* an answer may pass the limit, then the window is shut */
        {62, ASK, 3, REFUSED, .code = REFUSE_RATE_TOKENS, .reset = 120},
    };
    static const struct line cost[] = {
        {0, ASK, 0, GRANTED, .n = 60},
        {1, ASK, 1, GRANTED, .n = 60},
        {2, ASK, 2, REFUSED, .code = REFUSE_RATE_COST}, /* both reserve: not by time */
        {3, COST, 0, .n = 5},
        {4, ASK, 2, REFUSED, .code = REFUSE_RATE_COST}, /* the rest of it stays until it leaves */
        {5, LEAVE, 0},
        {6, ASK, 2, GRANTED, .n = 60},
        {7, COST, 1, .n = 95},
        {8, ASK, 3, REFUSED, .code = REFUSE_RATE_COST, .reset = 60},
        {60, ASK, 3, GRANTED},
    };

    (void)state;
    RUN("UTC", "{\"rate_requests\":3}", fixed);
    RUN("UTC", "{\"rate_requests\":3,\"rate_kind\":\"sliding\",\"rate_window\":60}", sliding);
    RUN("UTC", "{\"rate_tokens\":1000}", tokens);
    RUN("UTC", "{\"rate_cost\":1}", cost);
}

/* T0 is Monday noon; Berlin is at 13:00, an hour ahead until 29 March. */
static void ceilings(void **state)
{
    static const struct line day[] = {
        {0, ASK, 0, GRANTED}, {1, COST, 0, .n = 99}, {2, ASK, 1, GRANTED}, {3, COST, 1, .n = 1},
        {4, ASK, 2, REFUSED, .code = REFUSE_DAILY_COST, .reset = 11 * 3600},
        {4, ASK, 2, GRANTED, .free = true},
        {11 * 3600 - 1, ASK, 3, REFUSED, .code = REFUSE_DAILY_COST, .reset = 11 * 3600},
        {11 * 3600, ASK, 3, GRANTED}, /* midnight in Berlin */
    };
    static const struct line reserved[] = {
        {0, ASK, 0, GRANTED, .n = 30}, {0, ASK, 1, GRANTED, .n = 30}, {0, ASK, 2, GRANTED, .n = 30},
        {0, ASK, 3, GRANTED, .n = 30}, /* 0.90 is under 1.00: the last may pass it */
        {0, ASK, 4, REFUSED, .code = REFUSE_DAILY_COST}, {1, COST, 0, .n = 3}, {1, LEAVE, 0},
        {2, ASK, 4, GRANTED, .n = 30}, /* 0.03 and 0.90 */
        {3, COST, 1, .n = 80},         /* dearer than expected */
        {3, ASK, 5, REFUSED, .code = REFUSE_DAILY_COST}, {4, LEAVE, 2}, {4, LEAVE, 3},
        {4, LEAVE, 4}, {5, ASK, 5, GRANTED}, /* 0.83 */
    };
    static const struct line week[] = {
        {0, ASK, 0, GRANTED},
        {1, COST, 0, .n = 200},
        {2, ASK, 1, REFUSED, .code = REFUSE_WEEKLY_COST, .reset = 3 * 86400 + 4 * 3600},
        {3 * 86400 + 4 * 3600 - 1, ASK, 1, REFUSED, .code = REFUSE_WEEKLY_COST,
            .reset = 3 * 86400 + 4 * 3600},
        {3 * 86400 + 4 * 3600, ASK, 1, GRANTED}, /* Thursday 17:00 in Berlin */
        {3 * 86400 + 4 * 3600 + 1, COST, 1, .n = 200},
        /* After an edit of the week's edge the next one is another, and the money stays spent. */
        {3 * 86400 + 5 * 3600, EDIT, .text = "{\"weekly_cost\":1,\"week_day\":5}"},
        {3 * 86400 + 5 * 3600, ASK, 2, REFUSED, .code = REFUSE_WEEKLY_COST,
            .reset = 3 * 86400 + 11 * 3600},
    };
    static const struct line month[] = {
        {0, ASK, 0, GRANTED}, {1, COST, 0, .n = 100},
        {2, ASK, 1, REFUSED, .code = REFUSE_MONTHLY_COST, .reset = 29 * 86400 + 10 * 3600},
        {29 * 86400 + 10 * 3600, ASK, 1, GRANTED}, /* summer time by then */
    };
    static const struct line total[] = {
        {0, ASK, 0, GRANTED},
        {1, COST, 0, .n = 100},
        {2, ASK, 1, REFUSED, .code = REFUSE_TOTAL_COST},
        {400 * 86400, ASK, 1, REFUSED, .code = REFUSE_TOTAL_COST},
        {400 * 86400, EDIT, .text = "{\"total_cost\":2}"},
        {400 * 86400, ASK, 1, GRANTED},
    };
    static const struct line opus[] = {
        {0, ASK, 0, GRANTED, .text = "claude-opus-4-1", .n = 60},
        {0, ASK, 1, GRANTED, .text = "claude-opus-4-1", .n = 60},
        {0, ASK, 2, REFUSED, .text = "claude-opus-4-1", .code = REFUSE_OPUS_COST},
        {0, ASK, 2, GRANTED, .text = "claude-sonnet-4-5", .n = 900}, /* another class */
        {1, COST, 2, .n = 900},
        {1, COST, 0, .n = 40, .text = "claude-opus-4-1"},
        {1, LEAVE, 0},
        {2, ASK, 3, REFUSED, .text = "claude-opus-4-1", .code = REFUSE_OPUS_COST},
        {2, LEAVE, 1},
        {3, ASK, 3, GRANTED, .text = "claude-opus-4-1"},
        {4, COST, 3, .n = 60, .text = "claude-opus-4-1"},
        {5, ASK, 4, REFUSED, .text = "claude-opus-4-1", .code = REFUSE_OPUS_COST,
            .reset = 6 * 86400 + 11 * 3600},
        {5, ASK, 4, REFUSED, .text = "claude-fable-5", .code = REFUSE_OPUS_COST,
            .reset = 6 * 86400 + 11 * 3600},
        {6 * 86400 + 11 * 3600, ASK, 4, GRANTED, .text = "claude-opus-4-1"},
    };

    (void)state;
    RUN("Europe/Berlin", "{\"daily_cost\":1}", day);
    RUN("Europe/Berlin", "{\"daily_cost\":1}", reserved);
    RUN("Europe/Berlin", "{\"weekly_cost\":2,\"week_day\":4,\"week_hour\":17}", week);
    RUN("Europe/Berlin", "{\"monthly_cost\":1}", month);
    RUN("Europe/Berlin", "{\"total_cost\":1}", total);
    RUN("Europe/Berlin", "{\"weekly_opus_cost\":1}", opus);
}

static void addresses(void **state)
{
    static const struct line two[] = {
        {0, ASK, 0, GRANTED, .text = "@1.1.1.1"}, {0, ASK, 1, GRANTED, .text = "@1.1.1.1"},
        {0, ASK, 2, GRANTED, .text = "@2.2.2.2"},
        {0, ASK, 3, REFUSED, .text = "@3.3.3.3", .code = REFUSE_ADDRESSES}, {10, LEAVE, 2},
        {11, ASK, 3, REFUSED, .text = "@3.3.3.3", .code = REFUSE_ADDRESSES, .reset = 310},
        {309, ASK, 3, REFUSED, .text = "@3.3.3.3", .code = REFUSE_ADDRESSES, .reset = 310},
        {310, ASK, 3, GRANTED, .text = "@3.3.3.3"}, {311, LEAVE, 0},
        {312, ASK, 4, REFUSED, .text = "@2.2.2.2", .code = REFUSE_ADDRESSES}, /* 1 still holds */
        {320, LEAVE, 1},
        {321, ASK, 4, REFUSED, .text = "@2.2.2.2", .code = REFUSE_ADDRESSES, .reset = 620},
        {322, ASK, 4, GRANTED, .text = "@1.1.1.1"}, /* back before it was forgotten */
    };
    static const struct line waiting[] = {
        {0, ASK, 0, GRANTED, .text = "@1.1.1.1"},
        {0, ASK, 1, WAITING, .text = "@2.2.2.2"},
        {1, ASK, 2, REFUSED, .text = "@3.3.3.3", .code = REFUSE_ADDRESSES},
        {2, LEAVE, 1}, /* it never ran: its address counts no longer */
        {3, ASK, 2, WAITING, .text = "@3.3.3.3"},
    };

    (void)state;
    RUN("UTC", "{\"addresses\":2}", two);
    RUN("UTC", "{\"addresses\":2,\"at_once\":1,\"in_line\":5}", waiting);
}

static void line(void **state)
{
    static const struct line at_once[] = {
        {0, ASK, 0, GRANTED},
        {0, ASK, 1, GRANTED},
        {0, ASK, 2, REFUSED, .code = REFUSE_AT_ONCE},
        {0, ASK, 3, GRANTED, .free = true},
        {1, LEAVE, 0},
        {1, ASK, 2, GRANTED},
        {2, LEAVE, 3}, /* had no slot to give */
        {2, ASK, 4, REFUSED, .code = REFUSE_AT_ONCE},
    };
    static const struct line fifo[] = {
        {0, ASK, 0, GRANTED},
        {1, ASK, 1, WAITING},
        {2, ASK, 2, WAITING},
        {3, ASK, 3, WAITING},
        {4, ASK, 4, REFUSED, .code = REFUSE_LINE_FULL},
        {5, LEAVE, 2}, /* gives up its place */
        {6, ASK, 5, WAITING},
        {7, LEAVE, 0},
        {7, RESULT, 1, GRANTED},
        {7, RESULT, 3, WAITING},
        {7, RESULT, 5, WAITING},
        {8, LEAVE, 1},
        {8, RESULT, 3, GRANTED},
        {8, RESULT, 5, WAITING},
        {9, LEAVE, 3},
        {9, RESULT, 5, GRANTED},
    };
    static const struct line deadline[] = {
        {0, ASK, 0, GRANTED},
        {0, ASK, 1, WAITING},
        {5, ASK, 2, WAITING},
        {9, TICK},
        {9, RESULT, 1, WAITING},
        {10, TICK},
        {10, RESULT, 1, REFUSED, .code = REFUSE_LINE_TIME},
        {10, RESULT, 2, WAITING},
        {11, LEAVE, 0},
        {11, RESULT, 2, GRANTED},
        {20, TICK},
        {20, RESULT, 2, GRANTED},
        {20, ASK, 3, WAITING},
        {-86400, TICK}, /* the clock goes back a day: ten more seconds, not a day */
        {-86391, TICK},
        {-86391, RESULT, 3, WAITING},
        {-86390, TICK},
        {-86390, RESULT, 3, REFUSED, .code = REFUSE_LINE_TIME},
    };
    static const struct line meanwhile[] = {
        {0, ASK, 0, GRANTED},
        {0, ASK, 1, WAITING, .n = 10},
        {0, ASK, 2, WAITING},
        {1, COST, 0, .n = 100},
        {2, LEAVE, 0}, /* a slot is free, but the money is gone by now */
        {2, RESULT, 1, REFUSED, .code = REFUSE_DAILY_COST, .reset = 12 * 3600},
        {2, RESULT, 2, REFUSED, .code = REFUSE_DAILY_COST, .reset = 12 * 3600},
    };
    static const struct line edited[] = {
        {0, ASK, 0, GRANTED},
        {0, ASK, 1, WAITING},
        {0, ASK, 2, WAITING},
        {0, ASK, 3, WAITING},
        {1, EDIT, .text = "{\"at_once\":3,\"in_line\":9}"},
        {1, RESULT, 1, GRANTED},
        {1, RESULT, 2, GRANTED},
        {1, RESULT, 3, WAITING},
        {2, EDIT, .text = "{\"at_once\":1,\"in_line\":9}"},
        {3, LEAVE, 0},
        {3, RESULT, 3, WAITING}, /* two run where one may */
        {4, LEAVE, 1},
        {4, RESULT, 3, WAITING},
        {5, ASK, 4, WAITING},
        {6, EDIT, .text = "{\"services\":[\"gemini\"],\"at_once\":1}"},
        {6, RESULT, 3, REFUSED, .code = REFUSE_SERVICE},
        {6, RESULT, 4, REFUSED, .code = REFUSE_SERVICE},
    };
    static const struct line unlimited[] = {
        {0, ASK, 0, GRANTED},
        {0, ASK, 1, WAITING},
        {1, EDIT, .text = "{}"}, /* no limit any more */
        {1, RESULT, 1, GRANTED},
        {1, ASK, 2, GRANTED},
    };

    (void)state;
    RUN("UTC", "{\"at_once\":2}", at_once);
    RUN("UTC", "{\"at_once\":1,\"in_line\":3}", fifo);
    RUN("UTC", "{\"at_once\":1,\"in_line\":3,\"wait\":10}", deadline);
    RUN("UTC", "{\"at_once\":1,\"in_line\":3,\"daily_cost\":1}", meanwhile);
    RUN("UTC", "{\"at_once\":1,\"in_line\":9}", edited);
    RUN("UTC", "{\"at_once\":1,\"in_line\":9}", unlimited);
}

static void lease(void **state)
{
    static const struct line vanished[] = {
        {0, ASK, 0, GRANTED, .n = 50},
        {0, ASK, 1, WAITING},
        {800, TOUCH, 0},
        {900, TICK},
        {900, RESULT, 1, WAITING}, /* touched: a long stream keeps its slot as long as it runs */
        {1699, TICK},
        {1699, RESULT, 1, WAITING},
        {1700, TICK},
        {1700, RESULT, 1, GRANTED},
        {1701, COST, 0, .n = 20}, /* its reservation went with the slot */
        {1701, ASK, 2, WAITING},
        {1702, TOUCH, 0}, /* it lives after all, and counts again */
        {1703, LEAVE, 1},
        {1703, RESULT, 2, WAITING},
        {1704, LEAVE, 0},
        {1704, RESULT, 2, GRANTED},
    };

    (void)state;
    RUN("UTC", "{\"at_once\":1,\"in_line\":3,\"wait\":3600,\"daily_cost\":1}", vanished);
}

static void dropped_key(void **state)
{
    struct run run = {.name = "dropped"};
    static const struct line before[] = {
        {0, ASK, 0, GRANTED, .n = 10},
        {0, ASK, 1, WAITING},
    };
    static const struct line gone = {1, RESULT, 1, REFUSED, .code = REFUSE_UNKNOWN_KEY};
    const struct key *key;
    struct key_live live;

    (void)state;
    kit_open(&run.kit, "UTC");
    key = kit_key(&run.kit, "k", "{\"at_once\":1,\"in_line\":3}");
    for (size_t i = 0; i < 2; i++)
        step(&run, i, &before[i]);
    assert_int_equal(core_line_place(run.kit.c, run.t[1]), 1);
    core_key_drop(run.kit.c, "key_k");
    result(&run, 2, &gone, T0);
    assert_int_equal(core_line_place(run.kit.c, run.t[1]), 0);
    kit_charge(&run.kit, run.t[0], key, "", "m", CENT, 5, T0); /* its request still runs */
    core_key_live(run.kit.c, "key_k", T0, &live);
    assert_int_equal(live.running, 0);
    core_leave(run.kit.c, run.t[0], T0);
    core_leave(run.kit.c, run.t[1], T0);
    key_unref(key);
    kit_close(&run.kit);
}

/* Two are granted in one go; before the second has heard of it, it leaves: it never hears. */
struct pair {
    struct run *run;
    int second_woken;
};

static void first_woken(void *arg)
{
    struct pair *p = arg;

    core_leave(p->run->kit.c, p->run->t[2], T0);
    p->run->t[2] = NULL;
}

static void second_woken(void *arg)
{
    ((struct pair *)arg)->second_woken++;
}

static void leaves_before_wake(void **state)
{
    struct run run = {.name = "pair"};
    struct pair pair = {.run = &run};
    const struct key *key;
    struct admit_ask a = {.model = "m", .address = "", .now = T0, .wake_arg = &pair};
    struct key_live live;
    struct refusal r;

    (void)state;
    kit_open(&run.kit, "UTC");
    a.key = key = kit_key(&run.kit, "k", "{\"at_once\":1,\"in_line\":3}");
    core_admit(run.kit.c, &a, &run.t[0], &r);
    a.wake = first_woken;
    assert_int_equal(core_admit(run.kit.c, &a, &run.t[1], &r), ADMIT_WAITING);
    a.wake = second_woken;
    assert_int_equal(core_admit(run.kit.c, &a, &run.t[2], &r), ADMIT_WAITING);
    key_unref(kit_key(&run.kit, "k", "{\"at_once\":3}"));
    assert_null(run.t[2]);
    assert_int_equal(pair.second_woken, 0);
    core_key_live(run.kit.c, "key_k", T0, &live);
    assert_int_equal(live.running, 2);
    core_leave(run.kit.c, run.t[0], T0);
    core_leave(run.kit.c, run.t[1], T0);
    key_unref(key);
    kit_close(&run.kit);
}

static void replayed(void **state)
{
    struct run run = {.name = "replayed"};
    struct key_live live;
    struct core_totals totals;
    struct account_live account;
    const struct replay rows[] = {
        {.key_id = "key_k",
            .model = "claude-opus-4-1",
            .at = T0 - 40 * MS_DAY,
            .requests = 9,
            .cost = 1000 * CENT,
            .hourly = true},
        {.key_id = "key_k",
            .model = "m",
            .at = T0 - 20 * MS_HOUR,
            .requests = 2,
            .cost = 7 * CENT,
            .hourly = true}, /* yesterday, Sunday, still March */
        {.key_id = "key_k",
            .model = "claude-opus-4-1",
            .at = T0 - MS_HOUR,
            .requests = 3,
            .cost = 5 * CENT,
            .account_id = "ac_a",
            .attempts = 4,
            .errors = 1,
            .input = 10,
            .output = 20,
            .cache_read = 30,
            .cache_write = 40,
            .hourly = true},
        {.key_id = "key_gone",
            .model = "m",
            .at = T0 - MS_HOUR,
            .requests = 1,
            .cost = CENT,
            .hourly = true},
        {.key_id = "key_k", .model = "m", .at = T0 - 61 * MS_SECOND, .requests = 1, .tokens = 50},
        {.key_id = "key_k", .model = "m", .at = T0 - MS_SECOND, .requests = 1, .tokens = 70},
    };

    (void)state;
    kit_open(&run.kit, "UTC");
    key_unref(kit_key(&run.kit, "k", "{\"rate_requests\":5,\"rate_tokens\":500}"));
    kit_account(&run.kit, "a", "{}", "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        core_replay(run.kit.c, &rows[i]);
    core_key_live(run.kit.c, "key_k", T0, &live);
    assert_int_equal(live.total.used, 1012 * CENT);
    assert_int_equal(live.month.used, 12 * CENT);
    assert_int_equal(live.week.used, 5 * CENT);
    assert_int_equal(live.day.used, 5 * CENT);
    assert_int_equal(live.opus.used, 5 * CENT);
    assert_int_equal(live.requests_today, 3);
    assert_int_equal(live.rate_requests.used, 1);
    assert_int_equal(live.rate_tokens.used, 70);
    core_totals(run.kit.c, T0, &totals);
    assert_int_equal(totals.cost_today, 6 * CENT);
    assert_int_equal(totals.requests_today, 4);
    assert_int_equal(totals.input_today, 10);
    assert_int_equal(totals.output_today, 20);
    assert_int_equal(totals.cache_read_today, 30);
    assert_int_equal(totals.cache_write_today, 40);
    assert_int_equal(totals.errors_today, 1);
    core_account_live(run.kit.c, "ac_a", T0, &account);
    assert_int_equal(account.requests_today, 4);
    assert_int_equal(account.errors_today, 1);
    kit_close(&run.kit);
}

static void tallies(void **state)
{
    struct run run = {.name = "tallies"};
    static const struct line asks[] = {{0, ASK, 0, GRANTED}, {0, ASK, 1, GRANTED}};
    const struct usage usage = {
        .input = 10, .output = 4, .cache_read = 100, .cache_write_5m = 20, .cache_write_1h = 3};
    const struct cost cost = {.total = 8 * CENT};
    struct charge ch = {.usage = &usage, .cost = &cost, .account_id = "ac_a", .now = T0};
    const struct key *key;
    struct core_totals totals;
    struct account_live live;

    (void)state;
    kit_open(&run.kit, "UTC");
    key = kit_key(&run.kit, "k", "{}");
    kit_account(&run.kit, "a", "{}", "");
    step(&run, 0, &asks[0]);
    step(&run, 1, &asks[1]);
    core_charge(run.kit.c, run.t[0], key, &ch);
    core_charge(run.kit.c, run.t[0], key, &ch); /* a second attempt of the same request */
    core_totals(run.kit.c, T0, &totals);
    assert_int_equal(totals.requests_today, 1);
    assert_int_equal(totals.cost_today, 16 * CENT);
    assert_int_equal(totals.input_today, 20);
    assert_int_equal(totals.output_today, 8);
    assert_int_equal(totals.cache_read_today, 200);
    assert_int_equal(totals.cache_write_today, 46);
    assert_int_equal(totals.running, 2);
    assert_int_equal(totals.requests_last_minute, 2);
    core_account_live(run.kit.c, "ac_a", T0, &live);
    assert_int_equal(live.requests_today, 2);
    assert_int_equal(live.cost_today, 16 * CENT);
    core_totals(run.kit.c, T0 + 59 * MS_SECOND, &totals);
    assert_int_equal(totals.requests_last_minute, 2);
    core_totals(run.kit.c, T0 + 60 * MS_SECOND, &totals);
    assert_int_equal(totals.requests_last_minute, 0);
    core_totals(run.kit.c, T0 + 12 * MS_HOUR, &totals); /* the next day */
    assert_int_equal(totals.cost_today, 0);
    assert_int_equal(totals.requests_today, 0);
    core_leave(run.kit.c, run.t[0], T0);
    core_leave(run.kit.c, run.t[1], T0);
    key_unref(key);
    kit_close(&run.kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),
        cmocka_unit_test(windows),
        cmocka_unit_test(ceilings),
        cmocka_unit_test(addresses),
        cmocka_unit_test(line),
        cmocka_unit_test(lease),
        cmocka_unit_test(dropped_key),
        cmocka_unit_test(leaves_before_wake),
        cmocka_unit_test(replayed),
        cmocka_unit_test(tallies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
