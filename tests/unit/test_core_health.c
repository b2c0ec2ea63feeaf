/* What answers do to an account: its one state, when that ends, what proves it wrong, and that it
 * survives a restart. */
#include "test_core_kit.h"

#include <math.h>
#include <stdio.h>
#include "common/json.h"

/* The rows below leave out what does not matter to them. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct say {
    int64_t at; /* seconds since T0 */
    enum verdict_action action;
    enum health tells;
    int64_t until; /* seconds since T0; 0: not told */
    int status;
    enum health is; /* afterwards */
    int64_t ends;   /* seconds since T0; 0: no end */
    bool noted;     /* the sink heard of it */
    double used;    /* of the 5-hour window, told along */
};

static void run(const char *name, const struct say *v, size_t n)
{
    struct account_live live;
    struct kit k;

    kit_open(&k, "UTC");
    kit_account(&k, "a", "{}", "");
    for (size_t i = 0; i < n; i++) {
        int64_t now = T0 + v[i].at * MS_SECOND;
        struct verdict verdict = {.action = v[i].action,
            .health = v[i].tells,
            .until = v[i].until ? T0 + v[i].until * MS_SECOND : 0,
            .status = v[i].status,
            .reason = "why"};
        int64_t ends;

        if (v[i].used > 0)
            verdict.quota.five_hour = (struct window_use){true, v[i].used, T0 + MS_DAY, now};
        k.healths_noted = 0;
        core_verdict(k.c, "ac_a", "claude-sonnet-4-5", &verdict, now);
        core_account_live(k.c, "ac_a", now, &live);
        ends = live.until ? (live.until - T0) / MS_SECOND : 0;
        if (live.health != v[i].is || ends != v[i].ends || (k.healths_noted > 0) != v[i].noted)
            fail_msg("%s row %zu: %s until %lld, noted %d", name, i, health_name(live.health),
                (long long)ends, k.healths_noted);
        assert_true((live.health == HEALTH_READY) == (live.reason[0] == 0));
    }
    kit_close(&k);
}
#define RUN(v) run(#v, v, sizeof v / sizeof v[0])
#define R HEALTH_READY
#define LIM HEALTH_LIMITED
#define COOL HEALTH_COOLING
#define BLK HEALTH_BLOCKED
#define LOG HEALTH_LOGIN

static void states(void **state)
{
    static const struct say limited[] = {
        {0, ACT_NEXT, LIM, 3600, 429, LIM, 3600, true},
        {1, ACT_NEXT, LIM, 3600, 429, LIM, 3600, false}, /* the same from a parallel request */
        {2, ACT_NEXT, LIM, 0, 429, LIM, 3600, false},    /* one that tells no time */
        {3, ACT_NEXT, LIM, 7200, 429, LIM, 7200, true},
        {4, ACT_OK, R, 0, 200, LIM, 7200, false}, /* began before: proves nothing */
        {7199, ACT_CLIENT, R, 0, 400, LIM, 7200, false},
        {7200, ACT_CLIENT, R, 0, 400, R, 0, true},      /* over by itself */
        {8000, ACT_NEXT, LIM, 0, 429, LIM, 8300, true}, /* five minutes where nothing is told */
        {8300, ACT_OK, R, 0, 200, R, 0, true},
        {9000, ACT_NEXT, LIM, 9000 + 400 * 86400, 429, LIM, 9000 + 32 * 86400, true}, /* absurd */
    };
    static const struct say disproved[] = {
        {0, ACT_NEXT, LIM, 3600, 429, LIM, 3600, true},
        /* Paid as overage: still used up. Noted is what the window tells. */
        {6, ACT_OK, R, 0, 200, LIM, 3600, true, 1.0}, {7, ACT_OK, R, 0, 200, R, 0, true, 0.4},
        {8, ACT_NEXT, BLK, 0, 400, BLK, 3608, true}, {9, ACT_OK, R, 0, 200, BLK, 3608, false},
        {20, ACT_OK, R, 0, 200, R, 0, true}, /* a test went through */
    };
    static const struct say cooling[] = {
        {0, ACT_NEXT, COOL, 0, 500, COOL, 30, true},
        {1, ACT_NEXT, COOL, 0, 500, COOL, 30, false}, /* fifty parallel failures are one */
        {2, ACT_NEXT, COOL, 0, 0, COOL, 30, false},
        {30, ACT_NEXT, COOL, 0, 500, COOL, 90, true}, /* twice */
        {90, ACT_NEXT, COOL, 0, 500, COOL, 210, true},
        {210, ACT_NEXT, COOL, 0, 500, COOL, 450, true},
        {450, ACT_NEXT, COOL, 0, 500, COOL, 750, true}, /* ten times at most */
        {750, ACT_NEXT, COOL, 0, 500, COOL, 1050, true},
        {760, ACT_OK, R, 0, 200, R, 0, true}, /* a success begins anew */
        {761, ACT_NEXT, COOL, 0, 529, COOL, 791, true},
        {800, ACT_NEXT, COOL, 0, 403, COOL, 800 + 3600, true}, /* half an hour, second in a row */
        {5000, ACT_OK, R, 0, 200, R, 0, true},
        {5001, ACT_NEXT, COOL, 5011, 503, COOL, 5011, true}, /* as told */
        {5002, ACT_SAME_AGAIN, R, 0, 529, COOL, 5011, false},
    };
    static const struct say severity[] = {
        {0, ACT_NEXT, COOL, 0, 500, COOL, 30, true},
        {1, ACT_NEXT, LIM, 100, 429, LIM, 100, true},
        {2, ACT_NEXT, COOL, 0, 500, LIM, 100, false}, /* the lesser does not shorten it */
        {3, ACT_NEXT, BLK, 0, 400, BLK, 3603, true},
        {4, ACT_NEXT, LIM, 200, 429, BLK, 3603, false},
        {5, ACT_RENEW, LOG, 0, 401, LOG, 0, true},
        {6, ACT_NEXT, BLK, 0, 400, LOG, 0, false},
        {90 * 86400, ACT_CLIENT, COOL, 0, 400, LOG, 0, false}, /* waits for a person */
        {90 * 86400, ACT_OK, R, 0, 200, R, 0, true},
    };
    static const struct say blocked[] = {
        {0, ACT_NEXT, BLK, 0, 400, BLK, 3600, true},
        {3599, ACT_CLIENT, R, 0, 400, BLK, 3600, false},
        {3600, ACT_CLIENT, R, 0, 400, R, 0, true}, /* never stuck: tried again */
    };
    static const struct say clock[] = {
        {0, ACT_NEXT, COOL, 0, 500, COOL, 30, true},
        {-86400, ACT_CLIENT, R, 0, 400, COOL, -86370, false}, /* the clock goes back a day */
        {-86370, ACT_CLIENT, R, 0, 400, R, 0, true},
    };

    (void)state;
    RUN(limited);
    RUN(disproved);
    RUN(cooling);
    RUN(severity);
    RUN(blocked);
    RUN(clock);
}

static void families(void **state)
{
    struct verdict limit = {.action = ACT_NEXT,
        .health = LIM,
        .family = FAMILY_OPUS,
        .family_only = true,
        .until = T0 + MS_HOUR};
    const struct verdict ok = {.action = ACT_OK};
    struct verdict overage = {.action = ACT_OK};
    struct account_live live;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{}", "");
    core_verdict(k.c, "ac_a", "claude-opus-4-1", &limit, T0);
    core_verdict(k.c, "ac_a", "claude-sonnet-4-5", &ok, T0 + MS_MINUTE); /* another family */
    core_account_live(k.c, "ac_a", T0 + MS_MINUTE, &live);
    assert_int_equal(live.health, HEALTH_READY);
    assert_int_equal(live.n_family_limits, 1);
    assert_true(live.family_limits[0].until == T0 + MS_HOUR);
    overage.quota.seven_day = (struct window_use){true, 1.1, T0 + MS_HOUR, T0};
    core_verdict(k.c, "ac_a", "claude-opus-4-1", &overage, T0 + MS_MINUTE);
    core_account_live(k.c, "ac_a", T0 + MS_MINUTE, &live);
    assert_int_equal(live.n_family_limits, 1);
    core_verdict(k.c, "ac_a", "claude-opus-4-1", &ok, T0 + 2 * MS_MINUTE);
    core_account_live(k.c, "ac_a", T0 + 2 * MS_MINUTE, &live);
    assert_int_equal(live.n_family_limits, 0);
    limit.until = 0;
    core_verdict(k.c, "ac_a", "claude-opus-4-1", &limit, T0);
    core_account_live(k.c, "ac_a", T0, &live);
    assert_true(live.family_limits[0].until == T0 + 5 * MS_MINUTE);
    k.healths_noted = 0;
    core_tick(k.c, T0 + 5 * MS_MINUTE);
    assert_int_equal(k.healths_noted, 1);
    core_account_live(k.c, "ac_a", T0 + 5 * MS_MINUTE, &live);
    assert_int_equal(live.n_family_limits, 0);
    limit.family = FAMILY_OTHER; /* the whole account */
    core_verdict(k.c, "ac_a", "m", &limit, T0);
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.health, HEALTH_LIMITED);
    core_account_reset(k.c, "ac_a", T0);
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.health, HEALTH_READY);
    kit_close(&k);
}

static void signs_in(void **state)
{
    const struct verdict login = {.action = ACT_NEXT, .health = LOG, .reason = "refused"};
    const struct verdict block = {.action = ACT_NEXT, .health = BLK};
    const struct credential *cr;
    struct account_live live;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{}", "");
    core_verdict(k.c, "ac_a", "m", &login, T0);
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.health, HEALTH_LOGIN);
    assert_string_equal(live.reason, "refused");
    core_credential_put(k.c, "ac_a", kit_credential("new"));
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.health, HEALTH_READY);
    cr = core_credential(k.c, "ac_a");
    assert_string_equal(cr->access, "new");
    credential_unref(cr);
    core_verdict(k.c, "ac_a", "m", &login, T0);
    kit_account(&k, "a", "{}", ""); /* put with a credential: signed in again */
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.health, HEALTH_READY);
    core_verdict(k.c, "ac_a", "m", &block, T0);
    core_credential_put(k.c, "ac_a", kit_credential("newer")); /* renewal does not unblock */
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.health, HEALTH_BLOCKED);
    core_credential_put(k.c, "ac_none", kit_credential("lost"));
    assert_null(core_credential(k.c, "ac_none"));
    kit_close(&k);
}

static void survives(void **state)
{
    struct verdict v = {.action = ACT_NEXT, .health = COOL, .status = 500, .reason = "500 oops"};
    struct account_live live;
    struct kit k, again;
    struct buf text = BUF_INIT;
    cJSON *doc;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{}", "");
    v.quota.five_hour = (struct window_use){true, 0.25, T0 + MS_HOUR, T0};
    core_verdict(k.c, "ac_a", "m", &v, T0);
    core_verdict(k.c, "ac_a", "m", &v, T0 + 30 * MS_SECOND);
    v = (struct verdict){.action = ACT_NEXT,
        .health = LIM,
        .family = FAMILY_SONNET,
        .family_only = true,
        .until = T0 + 2 * MS_HOUR};
    core_verdict(k.c, "ac_a", "m", &v, T0 + 31 * MS_SECOND);
    doc = core_health_json(k.c, "ac_a");
    json_print(doc, &text);
    cJSON_Delete(doc);
    assert_null(core_health_json(k.c, "ac_none"));
    kit_close(&k);

    kit_open(&again, "UTC");
    kit_account(&again, "a", "{}", "");
    doc = json_parse(text.data, text.len, NULL);
    core_health_load(again.c, "ac_a", doc);
    core_health_load(again.c, "ac_none", doc);
    cJSON_Delete(doc);
    core_account_live(again.c, "ac_a", T0 + 40 * MS_SECOND, &live);
    assert_int_equal(live.health, HEALTH_COOLING);
    assert_true(live.until == T0 + 90 * MS_SECOND);
    assert_string_equal(live.reason, "500 oops");
    assert_int_equal(live.n_family_limits, 1);
    assert_int_equal(live.family_limits[0].family, FAMILY_SONNET);
    assert_true(fabs(live.quota.five_hour.used - 0.25) < 1e-9);
    v = (struct verdict){.action = ACT_NEXT, .health = COOL, .status = 500};
    core_verdict(again.c, "ac_a", "m", &v, T0 + 100 * MS_SECOND); /* the third in a row */
    core_account_live(again.c, "ac_a", T0 + 100 * MS_SECOND, &live);
    assert_true(live.until == T0 + 220 * MS_SECOND);
    core_account_live(again.c, "ac_a", T0 + 3 * MS_HOUR, &live);
    assert_int_equal(live.health, HEALTH_READY);
    assert_int_equal(live.n_family_limits, 0);
    assert_false(live.quota.five_hour.known);
    kit_close(&again);
    buf_release(&text);
}

/* A document from elsewhere must not keep an account out for ever. */
static void foreign_documents(void **state)
{
    static const char *const docs[] = {"{}", "{\"health\":\"limited\"}", "{\"health\":7}",
        "{\"health\":\"blocked\",\"until\":0}", "{\"health\":\"cooling\",\"until\":\"x\"}",
        "{\"families\":[1],\"quota\":3,\"fails\":-1}", "[]",
        "{\"quota\":{\"five_hour\":[],\"tokens\":{\"used\":\"a\"}}}"};
    struct account_live live;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{}", "");
    for (size_t i = 0; i < sizeof docs / sizeof docs[0]; i++) {
        cJSON *doc = json_parse(docs[i], strlen(docs[i]), NULL);

        core_health_load(k.c, "ac_a", doc);
        cJSON_Delete(doc);
        core_account_live(k.c, "ac_a", T0, &live);
        assert_int_equal(live.health, HEALTH_READY);
    }
    kit_close(&k);
}

static void forecast_and_errors(void **state)
{
    struct verdict v = {.action = ACT_OK};
    struct core_totals totals;
    struct account_live live;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{}", "");
    v.quota.five_hour = (struct window_use){true, 0.5, T0 + 4 * MS_HOUR, T0};
    core_verdict(k.c, "ac_a", "m", &v, T0); /* half in an hour */
    core_account_live(k.c, "ac_a", T0, &live);
    assert_true(live.empty_at == T0 + MS_HOUR);
    core_account_live(k.c, "ac_a", T0 + 4 * MS_HOUR, &live);
    assert_int_equal(live.empty_at, 0);
    v = (struct verdict){.action = ACT_SAME_AGAIN, .status = 529};
    core_verdict(k.c, "ac_a", "m", &v, T0);
    v.action = ACT_CLIENT; /* not the account's error */
    core_verdict(k.c, "ac_a", "m", &v, T0);
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.errors_today, 1);
    core_totals(k.c, T0, &totals);
    assert_int_equal(totals.errors_today, 1);
    assert_int_equal(totals.errors_last_minute, 1);
    core_account_live(k.c, "ac_a", T0 + MS_DAY, &live);
    assert_int_equal(live.errors_today, 0);
    kit_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states),
        cmocka_unit_test(families),
        cmocka_unit_test(signs_in),
        cmocka_unit_test(survives),
        cmocka_unit_test(foreign_documents),
        cmocka_unit_test(forecast_and_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
