/* Reports against a reckoning by hand over the same rows. */
#include "store_kit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

#define ROWS 600
/* 2026-03-27 00:00 UTC: the days around the begin of summer time in Berlin (29 March). */
#define BEGIN INT64_C(1774569600000)
#define SPAN (5 * MS_DAY)

struct row {
    char id[16];
    int number;
    const char *key, *account, *model, *client;
    int64_t at, input, output, cost;
    int status;
};

struct books {
    struct kit kit;
    struct row rows[ROWS];
    uint32_t dice;
};

static uint32_t roll(struct books *b, uint32_t n)
{
    b->dice = b->dice * 1664525u + 1013904223u;
    return (b->dice >> 8) % n;
}

static void fill(struct books *b)
{
    static const char *const keys[] = {"k_a", "k_b", "k_c"};
    static const char *const accounts[] = {"a_1", "a_2"};
    static const char *const models[] = {"opus", "sonnet", "haiku"};
    static const char *const clients[] = {"claude-code", "codex"};
    b->dice = 4711;
    for (int i = 0; i < ROWS; i++) {
        struct row *r = &b->rows[i];
        snprintf(r->id, sizeof r->id, "r%d", i - i % 3 / 2);
        r->number = i % 3 == 2 ? 2 : 1; /* every third is the second attempt of the one before */
        r->key = keys[roll(b, 3)];
        r->account = accounts[roll(b, 2)];
        r->model = models[roll(b, 3)];
        r->client = clients[roll(b, 2)];
        r->at = BEGIN + (int64_t)roll(b, (uint32_t)(SPAN / 1000)) * 1000 + roll(b, 1000);
        r->input = roll(b, 100000);
        r->output = roll(b, 5000);
        r->cost = (int64_t)roll(b, 1000000) * 1001;
        r->status = roll(b, 10) == 0 ? 529 : 200;
        struct attempt a = kit_attempt(r->id, r->number, r->at);
        a.key_id = r->key;
        a.account_id = r->account;
        a.client = r->client;
        a.status = r->status;
        a.usage = (struct usage){.input = r->input, .output = r->output};
        snprintf(a.usage.model, sizeof a.usage.model, "%s", r->model);
        a.cost = (struct cost){.input = r->cost, .total = r->cost};
        store_book(b->kit.store, &a, 1, NULL, NULL, NULL);
    }
    kit_sync(&b->kit);
}

static int setup_in(void **state, const char *zone)
{
    struct books *b = xcalloc(1, sizeof *b);
    kit_init(&b->kit, zone);
    kit_open(&b->kit);
    fill(b);
    *state = b;
    return 0;
}

static int setup_berlin(void **state)
{
    return setup_in(state, "Europe/Berlin");
}

static int setup_kathmandu(void **state)
{
    return setup_in(state, "Asia/Kathmandu");
}

static int teardown(void **state)
{
    struct books *b = *state;
    kit_release(&b->kit);
    free(b);
    return 0;
}

/* --- the reckoning by hand
 * -------------------------------------------------------------------------- */

struct sums {
    int64_t attempts, requests, errors, input, output, cost;
};

struct choice {
    int64_t since, until;
    const char *key, *account, *model, *client; /* NULL: any */
    int64_t begin, end;                         /* a moment's; end 0: any */
};

static bool same(const char *want, const char *is)
{
    return !want || strcmp(want, is) == 0;
}

static struct sums reckon(const struct books *b, const struct choice *c)
{
    struct sums s = {0};
    for (int i = 0; i < ROWS; i++) {
        const struct row *r = &b->rows[i];
        if (r->at < c->since || r->at >= c->until || !same(c->key, r->key) ||
            !same(c->account, r->account) || !same(c->model, r->model) ||
            !same(c->client, r->client) || (c->end && (r->at < c->begin || r->at >= c->end)))
            continue;
        s.attempts++;
        s.requests += r->number == 1;
        s.errors += r->status != 200;
        s.input += r->input;
        s.output += r->output;
        s.cost += r->cost;
    }
    return s;
}

static int64_t nano_of(const cJSON *o, const char *name)
{
    double v = json_num(o, name, -1) * 1e9;
    return (int64_t)(v + 0.5);
}

static void assert_sums(const cJSON *o, struct sums want)
{
    assert_int_equal(json_int(o, "attempts", -1), want.attempts);
    assert_int_equal(json_int(o, "requests", -1), want.requests);
    assert_int_equal(json_int(o, "errors", -1), want.errors);
    assert_int_equal(json_int(o, "input", -1), want.input);
    assert_int_equal(json_int(o, "output", -1), want.output);
    assert_int_equal(json_int(o, "tokens", -1), want.input + want.output);
    assert_int_equal(nano_of(o, "cost"), want.cost);
    assert_int_equal(nano_of(o, "input_cost"), want.cost);
}

/* --- usage
 * ------------------------------------------------------------------------------------------ */

static cJSON *usage(struct books *b, int64_t since, int64_t until, const char *rest)
{
    char params[256];
    struct err err;
    err_clear(&err);
    snprintf(params, sizeof params, "{'since':%lld,'until':%lld%s}", (long long)since,
        (long long)until, rest);
    cJSON *o = kit_query(&b->kit, "usage", params, &err);
    if (!o)
        fail_msg("%s", err.text);
    return o;
}

static void usage_is_exact_at_any_edge(void **state)
{
    struct books *b = *state;
    for (int i = 0; i < 200; i++) {
        int64_t since = BEGIN + (int64_t)roll(b, (uint32_t)SPAN);
        /* Short ones too, that lie within one slot or touch two. */
        int64_t until = since + (i % 2 ? roll(b, (uint32_t)SPAN) : roll(b, 40 * 60000));
        cJSON *o = usage(b, since, until, "");
        assert_sums(json_at(o, "total"), reckon(b, &(struct choice){since, until, .end = 0}));
        assert_int_equal(cJSON_GetArraySize(json_at(o, "rows")), 0);
        cJSON_Delete(o);
    }
}

static void usage_by_names(void **state)
{
    struct books *b = *state;
    int64_t since = BEGIN + 5 * MS_HOUR + 123456, until = BEGIN + 4 * MS_DAY + 99;
    cJSON *o = usage(b, since, until, ",'by':'key,model','account':'a_2','client':'codex'");
    const cJSON *row;
    double before = 1e9;
    int n = 0;
    cJSON_ArrayForEach(row, json_at(o, "rows"))
    {
        struct choice c = {since, until, .key = json_str(row, "key"), .account = "a_2",
            .model = json_str(row, "model"), .client = "codex"};
        assert_non_null(c.key);
        assert_non_null(c.model);
        assert_sums(row, reckon(b, &c));
        assert_true(json_num(row, "cost", -1) <= before); /* the dearest first */
        before = json_num(row, "cost", -1);
        n++;
    }
    assert_int_equal(n, 9);
    assert_sums(json_at(o, "total"),
        reckon(b, &(struct choice){since, until, .account = "a_2", .client = "codex"}));
    cJSON_Delete(o);
}

static void assert_moments(
    struct books *b, const char *by, int64_t (*edge)(const struct zone *, int64_t), int64_t longest)
{
    char rest[64];
    snprintf(rest, sizeof rest, ",'by':'%s'", by);
    int64_t since = BEGIN + 1, until = BEGIN + SPAN;
    cJSON *o = usage(b, since, until, rest);
    const cJSON *row;
    struct sums all = {0};
    int64_t last = 0;
    cJSON_ArrayForEach(row, json_at(o, "rows"))
    {
        int64_t at;
        assert_int_equal(units_parse_time(json_str(row, "at"), b->kit.zone, 0, 1, &at, NULL), 0);
        assert_true(at > last);
        assert_int_equal(edge(b->kit.zone, at), at);
        last = at;
        int64_t end = at + 15 * MS_MINUTE;
        while (end < at + longest && edge(b->kit.zone, end) == at)
            end += 15 * MS_MINUTE;
        struct sums s = reckon(b, &(struct choice){since, until, .begin = at, .end = end});
        assert_sums(row, s);
        all.attempts += s.attempts;
    }
    assert_int_equal(all.attempts, reckon(b, &(struct choice){since, until, .end = 0}).attempts);
    assert_int_equal(json_int(o, "more", -1), 0);
    cJSON_Delete(o);
}

static void usage_by_moments(void **state)
{
    struct books *b = *state;
    assert_moments(b, "hour", edge_hour, MS_HOUR);
    assert_moments(b, "day", edge_day, 26 * MS_HOUR);
    assert_moments(b, "month", edge_month, 32 * MS_DAY);
}

static void labels_are_local(void **state)
{
    struct books *b = *state;
    struct attempt a = kit_attempt("late", 1, BEGIN + 10 * MS_DAY + 18 * MS_HOUR + 14 * MS_MINUTE);
    kit_book(&b->kit, &a, 1, NULL, NULL);
    int64_t from = BEGIN + 9 * MS_DAY;
    cJSON *o = usage(b, from, from + 9 * MS_DAY, ",'by':'day'");
    assert_string_equal(json_str(cJSON_GetArrayItem(json_at(o, "rows"), 0), "day"), "2026-04-06");
    cJSON_Delete(o);
    a = kit_attempt("later", 1, BEGIN + 10 * MS_DAY + 18 * MS_HOUR + 15 * MS_MINUTE);
    kit_book(&b->kit, &a, 1, NULL, NULL); /* midnight in Kathmandu */
    o = usage(b, from, from + 9 * MS_DAY, ",'by':'day'");
    assert_int_equal(cJSON_GetArraySize(json_at(o, "rows")), 2);
    assert_string_equal(json_str(cJSON_GetArrayItem(json_at(o, "rows"), 1), "day"), "2026-04-07");
    cJSON_Delete(o);
    o = usage(b, from, from + 9 * MS_DAY, ",'by':'hour,key'");
    assert_string_equal(
        json_str(cJSON_GetArrayItem(json_at(o, "rows"), 0), "hour"), "2026-04-06 23:00");
    cJSON_Delete(o);
}

static void limit_leaves_the_total_whole(void **state)
{
    struct books *b = *state;
    cJSON *o = usage(b, BEGIN, BEGIN + SPAN, ",'by':'hour','limit':3");
    assert_int_equal(cJSON_GetArraySize(json_at(o, "rows")), 3);
    assert_true(json_int(o, "more", 0) > 50);
    assert_int_equal(json_int(o, "total.attempts", 0), ROWS);
    cJSON_Delete(o);
}

static void wrong_questions_are_refused(void **state)
{
    struct books *b = *state;
    static const char *const bad[][2] = {
        {"usage", "{'by':'colour'}"},
        {"usage", "{'by':'day,hour'}"},
        {"usage", "{'since':'yesterday'}"},
        {"usage", "{'since':-1}"},
        {"usage", "{'until':1.5}"},
        {"usage", "{'limit':1e300}"},
        {"series", "{'metric':'happiness'}"},
        {"series", "{'step_ms':0}"},
        {"series", "{'since':0,'until':99999999999,'step_ms':1}"},
        {"series", "{'since':5,'until':4}"},
        {"requests", "{'limit':'many'}"},
        {"request", "{}"},
        {"audit", "{'before':[]}"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err;
        assert_null(kit_query(&b->kit, bad[i][0], bad[i][1], &err));
        assert_int_equal(err.code, ERR_USAGE);
    }
    struct err err;
    assert_null(kit_query(&b->kit, "horoscope", "{}", &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_null(kit_query(&b->kit, "request", "{'id':'none'}", &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

/* A filter is a value, never a part of the statement. */
static void filters_are_only_values(void **state)
{
    struct books *b = *state;
    cJSON *o = usage(b, 0, BEGIN + SPAN, ",'key':'x\\' OR 1=1 --'");
    assert_int_equal(json_int(o, "total.attempts", -1), 0);
    cJSON_Delete(o);
}

/* --- series
 * ----------------------------------------------------------------------------------------- */

static void assert_series(struct books *b, int64_t since, int64_t until, int64_t step)
{
    char params[256];
    struct err err;
    snprintf(params, sizeof params,
        "{'metric':'cost','since':%lld,'until':%lld,'step_ms':%lld,'key':'k_b'}", (long long)since,
        (long long)until, (long long)step);
    cJSON *o = kit_query(&b->kit, "series", params, &err);
    assert_non_null(o);
    const cJSON *v = json_at(o, "values"), *point;
    assert_int_equal(cJSON_GetArraySize(v), (until - since + step - 1) / step);
    int64_t at = since;
    cJSON_ArrayForEach(point, v)
    {
        int64_t end = at + step < until ? at + step : until;
        struct sums s = reckon(b, &(struct choice){at, end, .key = "k_b"});
        assert_int_equal((int64_t)(point->valuedouble * 1e9 + 0.5), s.cost);
        at += step;
    }
    cJSON_Delete(o);
}

static void series_adds_up(void **state)
{
    struct books *b = *state;
    assert_series(b, BEGIN, BEGIN + SPAN, MS_HOUR);
    assert_series(b, BEGIN, BEGIN + SPAN - 12345, 15 * MS_MINUTE);
    assert_series(b, BEGIN + 7777, BEGIN + MS_DAY, 7 * MS_MINUTE);
    assert_series(b, BEGIN + MS_MINUTE, BEGIN + MS_DAY, MS_HOUR);
    assert_series(b, BEGIN, BEGIN + SPAN, 100 * MS_DAY);
}

/* --- requests
 * --------------------------------------------------------------------------------------- */

static void book_requests(struct books *b, int n)
{
    for (int i = 0; i < n; i++) {
        char id[16];
        snprintf(id, sizeof id, "q%03d", i);
        /* Three share each moment. */
        struct request_row r = kit_request(id, BEGIN + i / 3 * 1000);
        struct attempt a[2] = {
            kit_attempt(id, 1, r.started + 500), kit_attempt(id, 2, r.started + 2600)};
        a[0].status = 529;
        a[0].usage = (struct usage){0};
        a[1].account_id = i % 2 ? "a_odd" : "a_even";
        r.status = i % 5 ? 200 : 503;
        r.outcome = i % 5 ? "done" : "failed";
        r.key_id = i % 4 ? "k_ann" : "k_bob";
        r.attempts = 2;
        store_book(b->kit.store, a, i % 5 ? 2 : 0, &r, NULL, NULL);
    }
    kit_sync(&b->kit);
}

/* Walks all pages; gives how many there were. */
static int walk(struct books *b, const char *filters, int limit)
{
    char before[32] = "", last[16] = "q999", params[256];
    int n = 0;
    for (;;) {
        struct err err;
        snprintf(params, sizeof params, "{'limit':%d%s%s}", limit, before, filters);
        cJSON *o = kit_query(&b->kit, "requests", params, &err), *item;
        assert_non_null(o);
        const cJSON *items = json_at(o, "items");
        int got = cJSON_GetArraySize(items);
        cJSON_ArrayForEach(item, items)
        {
            const char *id = json_str(item, "id");
            assert_true(strcmp(id, last) < 0); /* strictly newest first, none twice */
            snprintf(last, sizeof last, "%s", id);
        }
        cJSON_Delete(o);
        n += got;
        if (got < limit)
            return n;
        snprintf(before, sizeof before, ",'before':'%s'", last);
    }
}

static void pages_hold_each_request_once(void **state)
{
    struct books *b = *state;
    book_requests(b, 100);
    assert_int_equal(walk(b, "", 7), 100);
    assert_int_equal(walk(b, ",'key':'k_bob'", 4), 25);
    assert_int_equal(walk(b, ",'outcome':'failed'", 6), 20);
    assert_int_equal(walk(b, ",'status':503,'key':'k_ann'", 6), 15);
    assert_int_equal(walk(b, ",'account':'a_odd'", 6), 40);
    assert_int_equal(walk(b, ",'account':'nobody'", 6), 0);
    assert_int_equal(walk(b, ",'account':''", 6), 20); /* refused: ran on none */
    struct err err;
    assert_null(kit_query(&b->kit, "requests", "{'before':'gone'}", &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void one_request_with_all_of_it(void **state)
{
    struct books *b = *state;
    struct err err;
    book_requests(b, 2);
    cJSON *o = kit_query(&b->kit, "request", "{'id':'q001'}", &err);
    assert_non_null(o);
    assert_string_equal(json_str(o, "account"), "a_odd");
    assert_string_equal(json_str(o, "path"), "/v1/messages");
    assert_int_equal(json_int(o, "input", -1), 1000);
    assert_true(json_num(o, "duration", 0) > 2.59 && json_num(o, "duration", 0) < 2.61);
    assert_int_equal(nano_of(o, "cost"), 115682501);
    assert_string_equal(json_str(cJSON_GetArrayItem(json_at(o, "trail"), 0), "step"), "choose");
    const cJSON *list = json_at(o, "attempts");
    assert_int_equal(cJSON_GetArraySize(list), 2);
    assert_int_equal(json_int(cJSON_GetArrayItem(list, 0), "status", 0), 529);
    const cJSON *second = cJSON_GetArrayItem(list, 1);
    assert_string_equal(json_str(second, "account"), "a_odd");
    assert_string_equal(json_str(second, "stop_reason"), "end_turn");
    assert_int_equal(json_int(second, "cache_read", 0), 50000);
    assert_int_equal(nano_of(second, "image_cost"), 1);
    assert_true(json_bool(second, "final", false));
    cJSON_Delete(o);
    /* One that was refused has no attempts and says so. */
    o = kit_query(&b->kit, "request", "{'id':'q000'}", &err);
    assert_int_equal(cJSON_GetArraySize(json_at(o, "attempts")), 0);
    assert_true(cJSON_IsArray(json_at(o, "attempts")));
    assert_null(json_at(o, "first_byte"));
    cJSON_Delete(o);
}

static void bad_bytes_come_out_clean(void **state)
{
    struct books *b = *state;
    struct err err;
    struct request_row r = kit_request("odd", BEGIN);
    r.model = "m\xff\xfe\x1b[31m";
    r.trail = "not json";
    kit_book(&b->kit, NULL, 0, &r, NULL);
    cJSON *o = kit_query(&b->kit, "request", "{'id':'odd'}", &err);
    assert_non_null(o);
    assert_string_equal(json_str(o, "model"), "m???[31m");
    assert_null(json_at(o, "trail"));
    cJSON_Delete(o);
}

/* --- audit, check
 * ----------------------------------------------------------------------------------- */

static void audit_is_filtered(void **state)
{
    struct books *b = *state;
    struct err err;
    for (int i = 0; i < 20; i++)
        store_audit(b->kit.store, &(struct audit_row){.at = BEGIN + i,
                                      .uid = i % 2,
                                      .who = i % 2 ? "ann" : "root",
                                      .from = "socket",
                                      .method = i % 4 ? "key.edit" : "key.create",
                                      .subject = "ci",
                                      .change = "{\"at_once\":{\"from\":1,\"to\":2}}",
                                      .ok = i % 2 == 0});
    kit_sync(&b->kit);
    cJSON *o = kit_query(&b->kit, "audit", "{'who':'ann','limit':3}", &err);
    const cJSON *items = json_at(o, "items"), *first = cJSON_GetArrayItem(items, 0);
    assert_int_equal(cJSON_GetArraySize(items), 3);
    assert_int_equal(json_int(first, "uid", -1), 1);
    assert_string_equal(json_str(first, "from"), "socket");
    assert_int_equal(json_int(first, "change.at_once.to", -1), 2);
    assert_false(json_bool(first, "ok", true));
    cJSON_Delete(o);
    o = kit_query(&b->kit, "audit", "{'method':'key.create','since':1774569600008}", &err);
    assert_int_equal(cJSON_GetArraySize(json_at(o, "items")), 3);
    cJSON_Delete(o);
}

static void check_sees_wrong_books(void **state)
{
    struct books *b = *state;
    struct err err;
    cJSON *o = kit_query(&b->kit, "check", "{}", &err);
    assert_true(json_bool(o, "ok", false));
    assert_int_equal(json_int(o, "attempts", -1), ROWS);
    assert_int_equal(json_int(o, "waiting", -1), 0);
    /* In the file or, until it is folded in, in the log beside it. */
    assert_true(json_int(o, "bytes", 0) >= 4096);
    assert_true(json_int(o, "bytes", 0) + json_int(o, "log_bytes", 0) > 4096 * 4);
    cJSON_Delete(o);
    kit_sql_run(&b->kit, "UPDATE tally SET output = output + 1"
                         " WHERE slot = (SELECT max(slot) FROM tally)");
    o = kit_query(&b->kit, "check", "{'full':true}", &err);
    assert_false(json_bool(o, "ok", true));
    assert_int_equal(cJSON_GetArraySize(json_at(o, "problems")), 1);
    assert_non_null(strstr(cJSON_GetArrayItem(json_at(o, "problems"), 0)->valuestring, "output"));
    cJSON_Delete(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(usage_is_exact_at_any_edge, setup_berlin, teardown),
        cmocka_unit_test_setup_teardown(usage_by_names, setup_berlin, teardown),
        cmocka_unit_test_setup_teardown(usage_by_moments, setup_berlin, teardown),
        cmocka_unit_test_setup_teardown(usage_by_moments, setup_kathmandu, teardown),
        cmocka_unit_test_setup_teardown(labels_are_local, setup_kathmandu, teardown),
        cmocka_unit_test_setup_teardown(limit_leaves_the_total_whole, setup_berlin, teardown),
        cmocka_unit_test_setup_teardown(wrong_questions_are_refused, setup_berlin, teardown),
        cmocka_unit_test_setup_teardown(filters_are_only_values, setup_berlin, teardown),
        cmocka_unit_test_setup_teardown(series_adds_up, setup_berlin, teardown),
        cmocka_unit_test_setup_teardown(pages_hold_each_request_once, setup_berlin, teardown),
        cmocka_unit_test_setup_teardown(one_request_with_all_of_it, setup_berlin, teardown),
        cmocka_unit_test_setup_teardown(bad_bytes_come_out_clean, setup_berlin, teardown),
        cmocka_unit_test_setup_teardown(audit_is_filtered, setup_berlin, teardown),
        cmocka_unit_test_setup_teardown(check_sees_wrong_books, setup_berlin, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
