/* Errors as clients are told of them: statuses, headers and shapes of each dialect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/json.h"
#include "flow/fault.h"

#define NOW INT64_C(1772348400000) /* 2026-03-01 07:00 UTC */

static cJSON *body_of(const struct fault *f, enum dialect d)
{
    struct buf b = BUF_INIT;
    struct err err;
    fault_body(f, d, "req_x", NOW, &b);
    cJSON *o = json_parse(b.data, b.len, &err);
    if (!o)
        fail_msg("%s: %s", err.text, b.data);
    buf_release(&b);
    return o;
}

static char *fields_of(const struct fault *f, enum dialect d)
{
    struct buf b = BUF_INIT;
    fault_fields(f, d, "req_x", NOW, &b);
    return buf_steal(&b, NULL);
}

static void refused(
    struct fault *f, enum refusal_code code, int64_t used, int64_t limit, int64_t reset)
{
    struct refusal r = {.code = code, .used = used, .limit = limit, .reset = reset};
    struct zone *z = zone_open("UTC", NULL);
    assert_non_null(z);
    fault_from_refusal(f, &r, "alice", z, NOW);
    zone_free(z);
}

static void every_refusal_has_status_and_words(void **state)
{
    (void)state;
    static const int statuses[REFUSAL_CODES] = {
        [REFUSE_NO_KEY] = 401,
        [REFUSE_UNKNOWN_KEY] = 401,
        [REFUSE_PAUSED] = 403,
        [REFUSE_EXPIRED] = 403,
        [REFUSE_SERVICE] = 403,
        [REFUSE_MODEL] = 403,
        [REFUSE_CLIENT] = 403,
        [REFUSE_ADDRESS] = 403,
        [REFUSE_BINDING] = 403,
        [REFUSE_DAILY_COST] = 402,
        [REFUSE_WEEKLY_COST] = 402,
        [REFUSE_MONTHLY_COST] = 402,
        [REFUSE_TOTAL_COST] = 402,
        [REFUSE_OPUS_COST] = 402,
        [REFUSE_RATE_REQUESTS] = 429,
        [REFUSE_RATE_TOKENS] = 429,
        [REFUSE_RATE_COST] = 429,
        [REFUSE_AT_ONCE] = 429,
        [REFUSE_LINE_FULL] = 429,
        [REFUSE_LINE_TIME] = 429,
        [REFUSE_ADDRESSES] = 429,
        [REFUSE_NO_ACCOUNT] = 503,
        [REFUSE_ACCOUNTS_RESTING] = 503,
        [REFUSE_DRAINING] = 503,
        [REFUSE_STORE] = 503,
    };
    for (int code = 1; code < REFUSAL_CODES; code++) {
        struct fault f;
        refused(&f, (enum refusal_code)code, 0, 0, 0);
        assert_int_equal(fault_status(&f), statuses[code]);
        assert_true(strlen(f.text) > 10);
        assert_null(strstr(f.text, "%s"));
    }
}

static void numbers_and_times_are_said(void **state)
{
    (void)state;
    struct fault f;
    refused(&f, REFUSE_DAILY_COST, 20 * NANO_PER_DOLLAR, 20 * NANO_PER_DOLLAR, NOW + 17 * MS_HOUR);
    assert_non_null(strstr(f.text, "'alice'"));
    assert_non_null(strstr(f.text, "$20.00 of $20.00"));
    assert_non_null(strstr(f.text, "17h"));
    assert_non_null(strstr(f.text, "2026-03-02 00:00 UTC"));
    refused(&f, REFUSE_RATE_REQUESTS, 1200, 1200, NOW + 30 * MS_SECOND);
    assert_non_null(strstr(f.text, "1,200 of 1,200"));
}

/* The core's words are added where they say more than the sentence and its numbers. */
static void nothing_is_said_twice(void **state)
{
    (void)state;
    struct fault f;
    struct refusal r = {.code = REFUSE_DAILY_COST,
        .used = 5 * NANO_PER_DOLLAR,
        .limit = 5 * NANO_PER_DOLLAR,
        .detail = "the core's words"};
    struct zone *zone = zone_open("UTC", NULL);
    fault_from_refusal(&f, &r, "alice", zone, NOW);
    assert_null(strstr(f.text, "the core's words"));
    r.used = 4 * NANO_PER_DOLLAR; /* with what is reserved it is reached */
    fault_from_refusal(&f, &r, "alice", zone, NOW);
    assert_non_null(strstr(f.text, "(the core's words)"));
    r.code = REFUSE_ADDRESSES;
    fault_from_refusal(&f, &r, "alice", zone, NOW);
    assert_null(strstr(f.text, "the core's words"));
    zone_free(zone);
}

static void money_is_told_at_once(void **state)
{
    (void)state;
    struct fault f;
    refused(&f, REFUSE_DAILY_COST, 1, 1, NOW + 5 * MS_SECOND);
    char *h = fields_of(&f, DIALECT_ANTHROPIC);
    assert_non_null(strstr(h, "x-should-retry: false\r\n"));
    free(h);
}

static void anthropic_shape(void **state)
{
    (void)state;
    struct fault f;
    refused(&f, REFUSE_MODEL, 0, 0, 0);
    cJSON *o = body_of(&f, DIALECT_ANTHROPIC);
    assert_string_equal(json_str(o, "type"), "error");
    assert_string_equal(json_str(o, "error.type"), "permission_error");
    assert_string_equal(json_str(o, "error.message"), f.text);
    assert_string_equal(json_str(o, "request_id"), "req_x");
    cJSON_Delete(o);
    char *h = fields_of(&f, DIALECT_ANTHROPIC);
    assert_non_null(strstr(h, "x-should-retry: false\r\n"));
    assert_non_null(strstr(h, "\r\nrequest-id: req_x\r\n"));
    free(h);
}

static void codex_learns_when_its_limit_ends(void **state)
{
    (void)state;
    struct fault f;
    refused(&f, REFUSE_RATE_TOKENS, 5, 5, NOW + 2 * MS_HOUR);
    cJSON *o = body_of(&f, DIALECT_RESPONSES);
    assert_string_equal(json_str(o, "error.type"), "usage_limit_reached");
    assert_int_equal(json_int(o, "error.resets_at", 0), (NOW + 2 * MS_HOUR) / 1000);
    assert_int_equal(json_int(o, "error.resets_in_seconds", 0), 7200);
    cJSON_Delete(o);
    o = body_of(&f, DIALECT_CHAT);
    assert_string_equal(json_str(o, "error.type"), "rate_limit_exceeded");
    cJSON_Delete(o);
    char *h = fields_of(&f, DIALECT_RESPONSES);
    assert_non_null(strstr(
        h, "x-codex-promo-message: token limit of the relay key 'alice' reached: 5 of 5\r\n"));
    free(h);
    h = fields_of(&f, DIALECT_CHAT);
    assert_null(strstr(h, "x-codex"));
    free(h);
}

static void codex_is_told_what_it_shows(void **state)
{
    (void)state;
    static const struct {
        enum refusal_code code;
        const char *type, *error_code;
        bool promo;
    } rows[] = {
        {REFUSE_MODEL, "permission_denied", "access_program_not_enabled", false},
        {REFUSE_LINE_FULL, "usage_limit_reached", "rate_limit_exceeded", true},
        {REFUSE_AT_ONCE, "rate_limit_exceeded", "rate_limit_exceeded", false},
        {REFUSE_TOTAL_COST, "insufficient_quota", "insufficient_quota", false},
        {REFUSE_NO_ACCOUNT, "server_error", "service_unavailable", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault f;
        refused(&f, rows[i].code, 0, 0, 0);
        cJSON *o = body_of(&f, DIALECT_RESPONSES);
        assert_string_equal(json_str(o, "error.type"), rows[i].type);
        assert_string_equal(json_str(o, "error.code"), rows[i].error_code);
        cJSON_Delete(o);
        char *h = fields_of(&f, DIALECT_RESPONSES);
        assert_int_equal(strstr(h, "x-codex-promo-message: ") != NULL, rows[i].promo);
        free(h);
    }
}

/* A name that is not ASCII must not cost the reader of the header the rest of it. */
static void codex_gets_no_header_that_it_cannot_read(void **state)
{
    (void)state;
    struct fault f;
    struct refusal r = {.code = REFUSE_RATE_TOKENS, .used = 5, .limit = 5};
    struct zone *z = zone_open("UTC", NULL);
    fault_from_refusal(&f, &r, "ren\xc3\xa9", z, NOW);
    zone_free(z);
    char *h = fields_of(&f, DIALECT_RESPONSES);
    assert_null(strstr(h, "x-codex-promo-message"));
    free(h);
}

static void google_shape(void **state)
{
    (void)state;
    struct fault f;
    refused(&f, REFUSE_LINE_FULL, 3, 3, 0);
    cJSON *o = body_of(&f, DIALECT_GEMINI);
    assert_int_equal(json_int(o, "error.code", 0), 429);
    assert_string_equal(json_str(o, "error.status"), "RESOURCE_EXHAUSTED");
    assert_string_equal(json_str(o, "error.message"), f.text);
    cJSON_Delete(o);
}

static void google_learns_when_to_come_back(void **state)
{
    (void)state;
    static const struct {
        enum refusal_code code;
        int64_t in;
        const char *delay;
    } rows[] = {
        {REFUSE_RATE_REQUESTS, 2 * MS_HOUR, "7200s"},
        {REFUSE_RATE_REQUESTS, 20 * MS_SECOND, "20s"},
        {REFUSE_AT_ONCE, 0, "2s"},
        {REFUSE_LINE_FULL, 0, NULL},
        {REFUSE_NO_ACCOUNT, 0, NULL},
        {REFUSE_DAILY_COST, MS_HOUR, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault f;
        refused(&f, rows[i].code, 0, 0, rows[i].in ? NOW + rows[i].in : 0);
        cJSON *o = body_of(&f, DIALECT_GEMINI_INTERNAL);
        cJSON *d = cJSON_GetArrayItem(cJSON_GetObjectItem(json_at(o, "error"), "details"), 0);
        assert_int_equal(d != NULL, rows[i].delay != NULL);
        if (d)
            assert_string_equal(json_str(d, "retryDelay"), rows[i].delay);
        cJSON_Delete(o);
    }
}

/* Only what waiting does not heal changes its status, in head and body alike, and from the status
 * on that the client would not tell at once. */
static void a_final_status_is_for_what_is_final(void **state)
{
    (void)state;
    static const struct {
        enum refusal_code code;
        int64_t in;
        int usual, suited, from_500;
    } rows[] = {
        {REFUSE_RATE_REQUESTS, 2 * MS_HOUR, 429, 403, 429},
        {REFUSE_RATE_REQUESTS, 20 * MS_SECOND, 429, 429, 429},
        {REFUSE_AT_ONCE, 0, 429, 429, 429},
        {REFUSE_LINE_FULL, 0, 429, 403, 429},
        {REFUSE_NO_ACCOUNT, 0, 503, 403, 403},
        {REFUSE_NO_ACCOUNT, 20 * MS_SECOND, 503, 503, 503},
        {REFUSE_DRAINING, 0, 503, 503, 503},
        {REFUSE_DAILY_COST, MS_HOUR, 402, 402, 402},
        {REFUSE_UNKNOWN_KEY, 0, 401, 401, 401},
    };
    static const struct client_match usual = {.name = "other"},
                                     suited = {.final_status = 403, .final_from = 429},
                                     from_500 = {.final_status = 403, .final_from = 500};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault f, codex;
        refused(&f, rows[i].code, 0, 0, rows[i].in ? NOW + rows[i].in : 0);
        codex = f;
        fault_suit(&f, &usual, NOW);
        assert_int_equal(fault_status(&f), rows[i].usual);
        fault_suit(&f, &suited, NOW);
        assert_int_equal(fault_status(&f), rows[i].suited);
        cJSON *o = body_of(&f, DIALECT_GEMINI);
        assert_int_equal(json_int(o, "error.code", 0), rows[i].suited);
        cJSON_Delete(o);
        /* Codex tries every 403 again but for one code. */
        fault_suit(&codex, &from_500, NOW);
        assert_int_equal(fault_status(&codex), rows[i].from_500);
        o = body_of(&codex, DIALECT_RESPONSES);
        assert_int_equal(strcmp(json_str(o, "error.code"), "access_program_not_enabled") == 0,
            rows[i].from_500 == 403);
        cJSON_Delete(o);
    }
}

/* When a key ended is said; a name of an account is not. */
static void what_a_key_holder_is_told(void **state)
{
    (void)state;
    struct fault f;
    struct refusal r = {.code = REFUSE_EXPIRED, .since = NOW - 30 * MS_DAY, .detail = "x"};
    struct zone *z = zone_open("UTC", NULL);
    fault_from_refusal(&f, &r, NULL, z, NOW);
    assert_string_equal(f.text, "this relay key has expired; it ended at 2026-01-30 07:00 UTC");
    r = (struct refusal){.code = REFUSE_ACCOUNTS_RESTING, .detail = "first 'her@example.org'"};
    fault_from_refusal(&f, &r, "alice", z, NOW);
    assert_null(strstr(f.text, "example.org"));
    zone_free(z);
}

/* Only what waiting a little can heal may be retried: all else would hide its text for minutes. */
static void retries_only_where_they_help(void **state)
{
    (void)state;
    static const struct {
        enum refusal_code code;
        int64_t in;
        bool again;
        const char *after; /* NULL: no such header */
    } rows[] = {
        {REFUSE_UNKNOWN_KEY, 0, false, NULL},
        {REFUSE_MODEL, 0, false, NULL},
        {REFUSE_DAILY_COST, 5 * MS_HOUR, false, NULL}, /* Codex would sit it out in silence */
        {REFUSE_TOTAL_COST, 0, false, NULL},
        {REFUSE_RATE_REQUESTS, 20 * MS_SECOND, true, "20"},
        {REFUSE_RATE_REQUESTS, 20 * MS_SECOND + 1, true, "21"},
        {REFUSE_RATE_REQUESTS, 3 * MS_HOUR, false, "10800"},
        {REFUSE_AT_ONCE, 0, true, "2"},
        {REFUSE_LINE_FULL, 0, false, NULL},
        {REFUSE_LINE_TIME, 0, false, NULL},
        {REFUSE_NO_ACCOUNT, 0, false, NULL},
        {REFUSE_ACCOUNTS_RESTING, 30 * MS_SECOND, true, "30"},
        {REFUSE_ACCOUNTS_RESTING, 4 * MS_HOUR, false, "14400"},
        {REFUSE_DRAINING, 0, true, NULL},
        {REFUSE_STORE, 0, true, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault f;
        refused(&f, rows[i].code, 0, 0, rows[i].in ? NOW + rows[i].in : 0);
        char *h = fields_of(&f, DIALECT_ANTHROPIC);
        const char *after = strstr(h, "retry-after: ");
        assert_int_equal(strstr(h, "x-should-retry: false") == NULL, rows[i].again);
        if (rows[i].after)
            assert_int_equal(strncmp(after + 13, rows[i].after, strlen(rows[i].after)), 0);
        else
            assert_null(after);
        free(h);
    }
}

static void long_rests_are_a_limit_short_ones_are_not(void **state)
{
    (void)state;
    struct fault f;
    refused(&f, REFUSE_ACCOUNTS_RESTING, 0, 0, NOW + 30 * MS_SECOND);
    assert_int_equal(fault_status(&f), 503);
    refused(&f, REFUSE_ACCOUNTS_RESTING, 0, 0, NOW + 3 * MS_HOUR);
    assert_int_equal(fault_status(&f), 429);
}

static void events_are_whole_and_in_the_dialect(void **state)
{
    (void)state;
    static const struct {
        enum dialect d;
        const char *begin, *path;
    } rows[] = {
        {DIALECT_ANTHROPIC, "event: error\ndata: ", "error.message"},
        {DIALECT_RESPONSES, "event: response.failed\ndata: ", "response.error.message"},
        {DIALECT_CHAT, "data: ", "error.message"},
        {DIALECT_GEMINI, "data: ", "error.message"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = BUF_INIT;
        struct fault f;
        fault_set(&f, FAULT_UPSTREAM, "broke \"off\"\nhere");
        fault_event(&f, rows[i].d, "req_x", NOW, &b);
        assert_true(text_starts(b.data, rows[i].begin));
        assert_true(text_ends(b.data, "\n\n"));
        size_t skip = strlen(rows[i].begin);
        cJSON *o = json_parse(b.data + skip, b.len - skip - 2, NULL);
        assert_non_null(o);
        assert_string_equal(json_str(o, rows[i].path), "broke \"off\"\nhere");
        cJSON_Delete(o);
        buf_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_has_status_and_words),
        cmocka_unit_test(numbers_and_times_are_said),
        cmocka_unit_test(nothing_is_said_twice),
        cmocka_unit_test(money_is_told_at_once),
        cmocka_unit_test(anthropic_shape),
        cmocka_unit_test(codex_learns_when_its_limit_ends),
        cmocka_unit_test(codex_is_told_what_it_shows),
        cmocka_unit_test(codex_gets_no_header_that_it_cannot_read),
        cmocka_unit_test(google_shape),
        cmocka_unit_test(google_learns_when_to_come_back),
        cmocka_unit_test(a_final_status_is_for_what_is_final),
        cmocka_unit_test(what_a_key_holder_is_told),
        cmocka_unit_test(retries_only_where_they_help),
        cmocka_unit_test(long_rests_are_a_limit_short_ones_are_not),
        cmocka_unit_test(events_are_whole_and_in_the_dialect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
