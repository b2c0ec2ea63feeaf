/* What is read of a request: the key, the deciding members, the session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/secret.h"
#include "flow/guard.h"
#include "flow/reading_int.h"

static void parse(struct h1_head *head, const char *fields, char *text, size_t n)
{
    snprintf(text, n, "POST / HTTP/1.1\r\nHost: x\r\n%s\r\n", fields);
    assert_int_equal(h1_parse_request(text, strlen(text), head), H1_OK);
}

static void keys_are_found_where_clients_put_them(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *query, *key;
    } rows[] = {
        {"x-api-key: cr_1\r\n", "", "cr_1"},
        {"Authorization: Bearer cr_2\r\n", "", "cr_2"},
        {"Authorization: bearer   cr_2\r\n", "", "cr_2"},
        {"Authorization: cr_3\r\n", "", "cr_3"},
        {"x-api-key: Bearer cr_4\r\n", "", "cr_4"},
        {"x-goog-api-key: cr_5\r\n", "key=cr_6", "cr_5"},
        {"api-key: cr_7\r\n", "", "cr_7"},
        {"x-api-key: cr_a\r\nAuthorization: Bearer cr_b\r\n", "", "cr_a"},
        {"x-api-key:  \r\nAuthorization: Bearer cr_b\r\n", "", "cr_b"},
        {"x-api-key: Bearer\r\nAuthorization: Bearer cr_b\r\n", "", "cr_b"},
        {"x-api-key: \r\nx-api-key: cr_c\r\n", "", "cr_c"},
        {"", "key=cr_8", "cr_8"},
        {"", "alt=sse&key=cr%5f9&x=1", "cr_9"},
        {"", "key=&key=cr_d", "cr_d"},
        {"", "monkey=cr_e", ""},
        {"", "", ""},
        {"Authorization: Bearer \r\n", "", ""},
        {"Authorization: Bearerx\r\n", "", "Bearerx"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct h1_head head;
        char text[512], *keep;
        parse(&head, rows[i].fields, text, sizeof text);
        struct span s = bearer_find(&head, rows[i].query, &keep);
        if (!span_eq(s, rows[i].key))
            fail_msg("row %zu: '%.*s'", i, (int)s.n, s.p ? s.p : "");
        free(keep);
    }
}

static struct jscan *scan(const char *json)
{
    struct jscan *s = jscan_create(fact_paths, fact_count);
    assert_int_equal(jscan_feed(s, json, strlen(json), NULL), 0);
    assert_int_equal(jscan_end(s, NULL), 0);
    return s;
}

static void the_deciding_members_are_read(void **state)
{
    (void)state;
    const char *json = "{\"model\":\"m\\u0031\",\"max_tokens\":77,\"stream\":true,\"system\":[],"
                       "\"metadata\":{\"user_id\":\"u\"},\"messages\":[{\"model\":\"no\"}]}";
    struct jscan *s = scan(json);
    struct facts f = {0};
    struct fault fault;
    assert_int_equal(facts_read(&f, s, &fault), 0);
    assert_string_equal(f.model, "m1");
    assert_true(f.stream);
    assert_true(f.has_system);
    assert_int_equal(f.max_tokens, 77);
    assert_string_equal(f.user_id, "u");
    assert_memory_equal(json + f.model_begin, "\"m\\u0031\"", f.model_end - f.model_begin);
    facts_release(&f);
    jscan_free(s);
}

static void absurd_members_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"{\"model\":7}", "{\"model\":[\"m\"]}",
        "{\"model\":\"m\\u0000x\"}", "{\"model\":\"m\",\"stream\":\"true\"}",
        "{\"model\":\"m\",\"stream\":1}"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct jscan *s = scan(rows[i]);
        struct facts f = {0};
        struct fault fault;
        assert_int_equal(facts_read(&f, s, &fault), -1);
        assert_int_equal(fault_status(&fault), 400);
        facts_release(&f);
        jscan_free(s);
    }
    static const char *const fine[] = {"{\"model\":null,\"stream\":null}", "{}",
        "{\"max_tokens\":-5}", "{\"max_tokens\":\"x\"}", "{\"max_tokens\":1e400}"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        struct jscan *s = scan(fine[i]);
        struct facts f = {0};
        struct fault fault;
        assert_int_equal(facts_read(&f, s, &fault), 0);
        facts_release(&f);
        jscan_free(s);
    }
}

static void sessions_are_found_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *json, *session;
    } rows[] = {
        {"X-Claude-Code-Session-Id: 11111111-aaaa\r\nsession-id: 22222222\r\n", "{}",
            "11111111-aaaa"},
        {"", "{\"metadata\":{\"user_id\":\"user_ab_account__session_0f0f0f0f-1\"}}", "0f0f0f0f-1"},
        {"",
            "{\"metadata\":{\"user_id\":\"{\\\"device_id\\\":\\\"d\\\",\\\"session_id\\\":"
            "\\\"5e5e5e5e-2\\\"}\"}}",
            "5e5e5e5e-2"},
        {"session-id: 33333333\r\n", "{\"prompt_cache_key\":\"44444444\"}", "33333333"},
        {"session_id: 33333334\r\n", "{}", "33333334"},
        {"x-session-id: 33333335\r\n", "{}", "33333335"},
        {"", "{\"prompt_cache_key\":\"44444444\"}", "44444444"},
        {"", "{\"client_metadata\":{\"session_id\":\"55555555\"}}", "55555555"},
        {"", "{\"request\":{\"session_id\":\"66666666\"}}", "66666666"},
        {"", "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}", ""},
        {"", "{\"metadata\":{\"user_id\":\"someone\"}}", ""},
        {"", "{\"metadata\":{\"user_id\":\"{broken\"}}", ""},
        {"", "{\"system\":\"\"}", ""},
        {"session-id: short\r\n", "{}", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct h1_head head;
        char text[512];
        parse(&head, rows[i].fields, text, sizeof text);
        struct jscan *s = scan(rows[i].json);
        struct body *b = body_create();
        body_add(b, rows[i].json, strlen(rows[i].json));
        char *got = session_find(&head, s, b);
        if (strcmp(got, rows[i].session) != 0)
            fail_msg("row %zu: '%s'", i, got);
        free(got);
        body_unref(b);
        jscan_free(s);
    }
}

static char *session_of(const char *json)
{
    struct h1_head head;
    char text[64];
    parse(&head, "", text, sizeof text);
    struct jscan *s = scan(json);
    struct body *b = body_create();
    for (size_t i = 0; i < strlen(json); i++)
        body_add(b, json + i, 1);
    char *got = session_find(&head, s, b);
    body_unref(b);
    jscan_free(s);
    return got;
}

/* The same system prompt in front of another turn is the same cache; another one is not. */
static void a_shared_prefix_is_a_session(void **state)
{
    (void)state;
    char *a = session_of("{\"system\":\"be brief\",\"messages\":[1]}");
    char *b = session_of("{\"system\":\"be brief\",\"messages\":[1,2,3]}");
    char *c = session_of("{\"system\":\"be long\",\"messages\":[1]}");
    assert_true(text_starts(a, "p_"));
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    free(a);
    free(b);
    free(c);
}

static void odd_ids_are_hashed(void **state)
{
    (void)state;
    struct h1_head head;
    char text[512], fields[300], id[200];
    memset(id, 'a', sizeof id);
    id[199] = 0;
    snprintf(fields, sizeof fields, "session-id: %s\r\n", id);
    parse(&head, fields, text, sizeof text);
    char *got = session_find(&head, NULL, NULL);
    assert_true(text_starts(got, "h_"));
    assert_int_equal(strlen(got), 18);
    free(got);
}

static void heads_are_copied_whole(void **state)
{
    (void)state;
    struct h1_head head;
    char text[256];
    parse(&head, "A: b\r\nC: d\r\n", text, sizeof text);
    struct head_copy *c = head_copy(&head);
    memset(text, 'X', sizeof text);
    assert_true(span_eq(h1_get(&c->head, "a"), "b"));
    assert_true(span_eq(h1_get(&c->head, "c"), "d"));
    assert_true(span_eq(c->head.method, "POST"));
    free(c);
}

static void wrong_keys_close_the_door_for_a_minute(void **state)
{
    (void)state;
    struct guard *g = guard_create();
    for (int i = 0; i < 3; i++) {
        assert_false(guard_refuses(g, "192.0.2.1", 3, 1000));
        guard_failed(g, "192.0.2.1", 1000);
    }
    assert_true(guard_refuses(g, "192.0.2.1", 3, 2000));
    assert_true(guard_refuses(g, "::ffff:192.0.2.1", 3, 2000));
    assert_false(guard_refuses(g, "192.0.2.2", 3, 2000));
    assert_false(guard_refuses(g, "192.0.2.1", 3, 1000 + MS_MINUTE));
    guard_failed(g, "2001:db8::1", 5000);
    assert_true(guard_refuses(g, "2001:db8::ffff", 1, 5000));
    assert_false(guard_refuses(g, "2001:db8:0:1::1", 1, 5000));
    for (int i = 0; i < 100000; i++) {
        char a[32];
        snprintf(a, sizeof a, "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
        guard_failed(g, a, 6000);
    }
    guard_free(g);
}

int main(void)
{
    secret_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_found_where_clients_put_them),
        cmocka_unit_test(the_deciding_members_are_read),
        cmocka_unit_test(absurd_members_are_refused),
        cmocka_unit_test(sessions_are_found_in_order),
        cmocka_unit_test(a_shared_prefix_is_a_session),
        cmocka_unit_test(odd_ids_are_hashed),
        cmocka_unit_test(heads_are_copied_whole),
        cmocka_unit_test(wrong_keys_close_the_door_for_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
