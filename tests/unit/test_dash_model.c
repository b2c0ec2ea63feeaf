/* What the dashboard knows: a snapshot, then events. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "common/clock.h"
#include "common/json.h"
#include "tui/dash/model.h"

#define NOW INT64_C(1772452800000) /* 2026-03-02T12:00:00Z */

static cJSON *parse(const char *s)
{
    cJSON *v = json_parse(s, strlen(s), NULL);
    assert_non_null(v);
    return v;
}

static void event(struct model *m, const char *text)
{
    cJSON *v = parse(text);
    model_event(m, v, NOW);
    cJSON_Delete(v);
}

static void begin(struct model *m)
{
    cJSON *v = parse("{\"seq\":10,\"snapshot\":{\"status\":{\"running\":1,\"today\":{\"tokens\":{"
                     "\"out\":100}}},\"accounts\":[{\"id\":\"ac_2\",\"name\":\"b\",\"state\":"
                     "\"ready\"},{\"id\":\"ac_1\",\"name\":\"a\",\"state\":\"ready\"}],\"keys\":[{"
                     "\"id\":\"k1\",\"name\":\"ci\",\"state\":\"active\",\"waiting\":0}],"
                     "\"requests\":[{\"id\":\"r1\",\"started\":\"2026-03-02T11:59:00Z\",\"key\":"
                     "\"ci\",\"output\":5,\"path\":\"/v1/messages\"}]}}");
    model_init(m);
    model_snapshot(m, v, NOW);
    cJSON_Delete(v);
}

static void a_snapshot_is_found_by_id_and_name(void **state)
{
    struct model m;
    (void)state;
    begin(&m);
    assert_int_equal(m.accounts.n, 2);
    assert_string_equal(json_str(rows_find(&m.accounts, "ac_1"), "name"), "a");
    assert_string_equal(json_str(rows_named(&m.accounts, "b"), "id"), "ac_2");
    assert_null(rows_find(&m.accounts, "ac_3"));
    assert_int_equal(model_accounts_in(&m, "ready"), 2);
    model_release(&m);
}

static void events_of_the_snapshot_are_not_taken_twice(void **state)
{
    struct model m;
    (void)state;
    begin(&m);
    event(&m,
        "{\"seq\":10,\"topic\":\"account\",\"data\":{\"id\":\"ac_1\",\"name\":\"a\",\"state\":"
        "\"off\"}}");
    assert_string_equal(json_str(rows_find(&m.accounts, "ac_1"), "state"), "ready");
    event(&m,
        "{\"seq\":11,\"topic\":\"account\",\"data\":{\"id\":\"ac_1\",\"name\":\"a\",\"state\":"
        "\"off\"}}");
    assert_string_equal(json_str(rows_find(&m.accounts, "ac_1"), "state"), "off");
    assert_true(m.attention_old);
    model_release(&m);
}

/* Events carry their time as a number, rows as a text. */
static void times_are_read_in_both_forms(void **state)
{
    cJSON *v = parse("{\"a\":1772452800000,\"b\":\"2026-03-02T12:00:00Z\",\"c\":null}");
    (void)state;
    assert_true(row_time(v, "a") == NOW);
    assert_true(row_time(v, "b") == NOW);
    assert_true(row_time(v, "c") == 0);
    cJSON_Delete(v);
}

/* An event that never came is seen by the next one, or by the heartbeat when there is none. */
static void a_gap_in_the_count_is_told(void **state)
{
    static const char *const came[] = {"{\"n\":1,\"seq\":14,\"topic\":\"config\",\"data\":{}}",
        "{\"n\":2,\"seq\":90,\"topic\":\"config\",\"data\":{}}"};
    struct model m;
    (void)state;
    begin(&m);
    for (int i = 0; i < 2; i++) {
        cJSON *v = parse(came[i]);
        assert_true(model_event(&m, v, NOW));
        cJSON_Delete(v);
    }
    cJSON *beat = parse("{\"n\":2,\"seq\":99}"), *later = parse("{\"n\":3,\"seq\":99}"),
          *jump = parse("{\"n\":5,\"seq\":95,\"topic\":\"key\",\"data\":{\"id\":\"k1\",\"state\":"
                        "\"paused\"}}"),
          *old = parse("{\"seq\":99,\"topic\":\"config\",\"data\":{}}");
    assert_false(model_missed(&m, beat));
    assert_true(model_missed(&m, later));
    assert_false(model_missed(&m, later)); /* told once */
    assert_false(model_event(&m, jump, NOW));
    assert_string_equal(json_str(rows_find(&m.keys, "k1"), "state"), "paused");
    assert_true(model_event(&m, old, NOW)); /* from a relay that does not count */
    cJSON_Delete(beat);
    cJSON_Delete(later);
    cJSON_Delete(jump);
    cJSON_Delete(old);
    model_release(&m);
}

/* Progress that was collected before the end and told after it does not bring the request back. */
static void late_progress_of_an_ended_request_is_dropped(void **state)
{
    struct model m;
    (void)state;
    begin(&m);
    event(&m, "{\"seq\":11,\"topic\":\"request\",\"data\":{\"id\":\"r1\",\"outcome\":\"done\","
              "\"ms\":5,\"output\":9}}");
    event(&m, "{\"seq\":12,\"topic\":\"request\",\"data\":{\"what\":\"progress\",\"requests\":[{"
              "\"id\":\"r1\",\"state\":\"stream\",\"output\":9},{\"id\":\"r2\",\"output\":1}]}}");
    assert_null(rows_find(&m.requests, "r1"));
    assert_non_null(rows_find(&m.requests, "r2"));
    assert_int_equal(m.ended.n, 1);
    model_release(&m);
}

static void removed_things_go(void **state)
{
    struct model m;
    (void)state;
    begin(&m);
    event(&m, "{\"seq\":11,\"topic\":\"account\",\"data\":{\"id\":\"ac_1\",\"name\":\"a\",\"what\":"
              "\"removed\"}}");
    event(&m, "{\"seq\":12,\"topic\":\"key\",\"data\":{\"id\":\"k1\",\"name\":\"ci\",\"state\":"
              "\"removed\"}}");
    assert_null(rows_find(&m.accounts, "ac_1"));
    assert_int_equal(m.keys.n, 0);
    model_release(&m);
}

static void an_end_keeps_what_was_known(void **state)
{
    struct model m;
    (void)state;
    begin(&m);
    event(&m, "{\"seq\":11,\"topic\":\"request\",\"at\":\"2026-03-02T12:00:00Z\",\"data\":{\"id\":"
              "\"r1\",\"outcome\":\"failed\",\"status\":529,\"ms\":60000,\"output\":9}}");
    assert_int_equal(m.requests.n, 0);
    assert_int_equal(m.ended.n, 1);
    const cJSON *r = ring_at(&m.ended, 0);
    assert_string_equal(json_str(r, "path"), "/v1/messages");
    assert_string_equal(json_str(r, "state"), "failed");
    assert_string_equal(json_str(r, "started"), "2026-03-02T11:59:00Z");
    assert_int_equal(m.events.n, 1); /* a failure is remembered, a success is not */
    model_release(&m);
}

static void totals_move_the_chart(void **state)
{
    struct model m;
    (void)state;
    begin(&m);
    event(&m, "{\"seq\":11,\"topic\":\"usage\",\"at\":\"2026-03-02T12:00:00Z\",\"data\":{\"what\":"
              "\"totals\",\"running\":3,\"today\":{\"tokens\":{\"out\":140}}}}");
    assert_int_equal(json_int(m.status, "running", 0), 3);
    assert_int_equal(series_get(&m.output, NOW, 0), 40);
    assert_int_equal(series_get(&m.output, NOW, 1), 0);
    assert_int_equal(m.events.n, 0);
    model_release(&m);
}

static void memory_has_bounds(void **state)
{
    struct model m;
    char text[200];
    (void)state;
    begin(&m);
    for (int i = 0; i < 3 * ENDED_MAX; i++) {
        snprintf(text, sizeof text,
            "{\"seq\":%d,\"topic\":\"request\",\"data\":{\"id\":\"x%d\",\"outcome\":\"failed\"}}",
            20 + i, i);
        event(&m, text);
    }
    for (int i = 0; i < LOG_MAX + 5; i++) {
        snprintf(text, sizeof text, "{\"number\":%d,\"text\":\"line\"}", i);
        cJSON *v = parse(text);
        model_log(&m, v);
        cJSON_Delete(v);
    }
    assert_int_equal(m.ended.n, ENDED_MAX);
    assert_int_equal(m.events.n, EVENTS_MAX);
    assert_int_equal(m.log.n, LOG_MAX);
    assert_string_equal(json_str(ring_at(&m.log, 0), "id"), "5");
    model_release(&m);
}

static void sums_outlive_jumps_of_the_clock(void **state)
{
    int64_t v[4] = {0};
    struct series s = {.step = 1000, .n = 4, .v = v};
    (void)state;
    series_add(&s, 10000, 1);
    series_add(&s, 11000, 2);
    series_add(&s, 5000, 9); /* long past: not in the chart */
    assert_int_equal(series_get(&s, 11000, 1), 1);
    series_add(&s, INT64_C(9000000000000), 3);
    assert_int_equal(series_get(&s, INT64_C(9000000000000), 0), 3);
    assert_int_equal(series_get(&s, INT64_C(9000000000000), 1), 0);
    assert_int_equal(series_get(&s, INT64_C(9000000005000), 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_is_found_by_id_and_name),
        cmocka_unit_test(events_of_the_snapshot_are_not_taken_twice),
        cmocka_unit_test(times_are_read_in_both_forms),
        cmocka_unit_test(a_gap_in_the_count_is_told),
        cmocka_unit_test(late_progress_of_an_ended_request_is_dropped),
        cmocka_unit_test(removed_things_go),
        cmocka_unit_test(an_end_keeps_what_was_known),
        cmocka_unit_test(totals_move_the_chart),
        cmocka_unit_test(memory_has_bounds),
        cmocka_unit_test(sums_outlive_jumps_of_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
