/* The JSON scanner: good and bad texts, each fed whole and split at every byte; watched members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/jscan.h"

struct text {
    const char *p;
    size_t n;
};
#define T(s)                                                                                       \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }

static const struct text good[] = {
    T("0"),
    T("-0"),
    T("12"),
    T("-1.5e+10"),
    T("1E9"),
    T("0.0"),
    T("1e-2"),
    T(" true "),
    T("false"),
    T("null\n"),
    T("\"\""),
    T("\"a\""),
    T("[]"),
    T("{}"),
    T("[ ]"),
    T("{ }"),
    T("[1,2,[3]]"),
    T("{\"a\":{\"b\":[{}]}}"),
    T("{\"\":1}"),
    T("{\"a\":1,\"a\":2}"),
    T("\t\r\n [\t1\r,\n2 ] "),
    T("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\""),
    T("\"\\uD83D\\uDE00\""),
    T("\"\\ud800\""),
    T("\"\\udc00x\""),
    T("\"\\ud800\\ud800\\udc00\""),
    T("\"\\u0000\""),
    T("\"\x7F\""),
    T("\"\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80\""),
    T("\"\xEF\xBF\xBD \xED\x9F\xBF \xEE\x80\x80 \xF4\x8F\xBF\xBF\""),
    T("\"abcdefghijklmnopqrstuvwxyz0123456789 abcdefgh\\nijkl\xC3\xA9mnop\""),
};

static const struct {
    struct text text;
    const char *why; /* the sentence begins with it */
} bad[] = {
    {T(""), "byte 0: no JSON here"},
    {T("  "), "byte 2: no JSON here"},
    {T("01"), "byte 1: bad number"},
    {T("1."), "byte 2: the text ends too early"},
    {T("1.x"), "byte 2: bad number"},
    {T(".5"), "byte 0: expected a value"},
    {T("-"), "byte 1: the text ends too early"},
    {T("+1"), "byte 0: expected a value"},
    {T("1e"), "byte 2: the text ends too early"},
    {T("1e+"), "byte 3: the text ends too early"},
    {T("0x1"), "byte 1: expected the end"},
    {T("NaN"), "byte 0: expected a value"},
    {T("-Infinity"), "byte 1: bad number"},
    {T("[1,]"), "byte 3: expected a value"},
    {T("[,1]"), "byte 1: expected a value"},
    {T("[1 2]"), "byte 3: expected ',' or ']'"},
    {T("[1}"), "byte 2: expected ',' or ']'"},
    {T("{\"a\":1,}"), "byte 7: expected a member name"},
    {T("{,}"), "byte 1: expected a member name or '}'"},
    {T("{\"a\"}"), "byte 4: expected ':'"},
    {T("{\"a\":}"), "byte 5: expected a value"},
    {T("{a:1}"), "byte 1: expected a member name or '}'"},
    {T("{'a':1}"), "byte 1: expected a member name or '}'"},
    {T("{1:1}"), "byte 1: expected a member name"},
    {T("{\"a\":1]"), "byte 6: expected ',' or '}'"},
    {T("[1"), "byte 2: the text ends too early"},
    {T("{\"a\":1"), "byte 6: the text ends too early"},
    {T("\"a"), "byte 2: the text ends too early"},
    {T("tru"), "byte 3: the text ends too early"},
    {T("trux"), "byte 3: expected true, false or null"},
    {T("nul\0"), "byte 3: expected true, false or null"},
    {T("true false"), "byte 5: expected the end"},
    {T("{}{}"), "byte 2: expected the end"},
    {T("1 2"), "byte 2: expected the end"},
    {T("\0"), "byte 0: expected a value, found byte 0x00"},
    {T("1\0"), "byte 1: expected the end"},
    {T("\xEF\xBB\xBF{}"), "byte 0: expected a value, found byte 0xef"},
    {T("\"\0\""), "byte 1: control character 0x00"},
    {T("\"a\nb\""), "byte 2: control character 0x0a"},
    {T("\"12345678\t\""), "byte 9: control character 0x09"},
    {T("\"\\x\""), "byte 2: bad escape"},
    {T("\"\\u12g4\""), "byte 5: bad digit"},
    {T("\"\\u123\""), "byte 6: bad digit"},
    {T("\"\\"), "byte 2: the text ends too early"},
    {T("\"\x80\""), "byte 1: bad UTF-8"},
    {T("\"\xC0\xAF\""), "byte 1: bad UTF-8"},
    {T("\"\xC1\xBF\""), "byte 1: bad UTF-8"},
    {T("\"\xE0\x80\xAF\""), "byte 2: bad UTF-8"},
    {T("\"\xED\xA0\x80\""), "byte 2: bad UTF-8"},
    {T("\"\xF0\x80\x80\xAF\""), "byte 2: bad UTF-8"},
    {T("\"\xF4\x90\x80\x80\""), "byte 2: bad UTF-8"},
    {T("\"\xF5\x80\x80\x80\""), "byte 1: bad UTF-8"},
    {T("\"\xFE\""), "byte 1: bad UTF-8"},
    {T("\"\xC3\""), "byte 2: bad UTF-8"},
    {T("\"\xE4\xB8\""), "byte 3: bad UTF-8"},
    {T("\"\xF0\x9F\x98"), "byte 4: the text ends too early"},
    {T("[\xC3\xA9]"), "byte 1: expected a value, found byte 0xc3"},
    {T("/**/1"), "byte 0: expected a value"},
};

/* Feeds a and then b; 0 when it is a document. */
static int scan(struct jscan *s, struct text t, size_t split, struct err *err)
{
    jscan_reset(s);
    if (jscan_feed(s, t.p, split, err) < 0 || jscan_feed(s, t.p + split, t.n - split, err) < 0)
        return -1;
    return jscan_end(s, err);
}

static int scan_bytes(struct jscan *s, struct text t, struct err *err)
{
    jscan_reset(s);
    for (size_t i = 0; i < t.n; i++) {
        char byte = t.p[i]; /* alone in its storage: a look ahead would be seen */
        if (jscan_feed(s, &byte, 1, err) < 0)
            return -1;
    }
    return jscan_end(s, err);
}

static void good_texts(void **state)
{
    (void)state;
    struct jscan *s = jscan_create((const char *const[]){"a", "[]", "[].b"}, 3);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct err err = {0};
        bool twice = strstr(good[i].p, "\"a\":1,\"a\"") != NULL; /* watched here, so refused */
        for (size_t split = 0; split <= good[i].n; split++)
            if ((scan(s, good[i], split, &err) < 0) != twice)
                fail_msg("%s split at %zu: %s", good[i].p, split, err.text);
        assert_int_equal(scan_bytes(s, good[i], &err), twice ? -1 : 0);
        assert_int_equal(jscan_check(good[i].p, good[i].n, 10, false, NULL), 0);
        assert_int_equal(jscan_check(good[i].p, good[i].n, 10, true, NULL), twice ? -1 : 0);
    }
    jscan_free(s);
}

static void bad_texts(void **state)
{
    (void)state;
    struct jscan *s = jscan_create((const char *const[]){"a", "[]"}, 2);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (size_t split = 0; split <= bad[i].text.n; split++) {
            struct err err = {0};
            if (scan(s, bad[i].text, split, &err) == 0)
                fail_msg("accepted: %s", bad[i].text.p);
            assert_int_equal(err.code, ERR_PROTOCOL);
            if (strncmp(err.text, bad[i].why, strlen(bad[i].why)) != 0)
                fail_msg("%s split at %zu: wanted '%s', got '%s'", bad[i].text.p, split, bad[i].why,
                    err.text);
        }
        struct err err = {0};
        assert_int_equal(scan_bytes(s, bad[i].text, &err), -1);
        assert_memory_equal(err.text, bad[i].why, strlen(bad[i].why));
        assert_int_equal(jscan_feed(s, "1", 1, NULL), -1); /* stays broken */
    }
    jscan_free(s);
}

static const char *const paths[] = {"model", "stream", "metadata.user_id", "messages.[].role",
    "messages", "max_tokens", "metadata", "system.[].text", ""};
enum { MODEL, STREAM, USER, ROLE, MESSAGES, TOKENS, METADATA, SYSTEM, EMPTY, PATHS };

static const char request[] =
    "{\"x\":{\"model\":\"no\"}, \"mod\\u0065l\" : "
    "\"claude-\\u00e9\\uD83D\\uDE00\\n\",\"stream\":true,"
    "\"messages\":[{\"role\":\"user\",\"content\":[{\"role\":\"deep\"}]},5,[{\"role\":\"no\"}],"
    "{\"content\":\"\",\"role\":\"assistant\"}],\"max_tokens\":-1.5e3,"
    "\"metadata\":{\"a\":1,\"user_id\":\"u1\"},\"system\":\"text\",\"\":null}";

static void check_request(const struct jscan *s)
{
    const struct jscan_hit *h = jscan_hit(s, MODEL);
    assert_int_equal(h->kind, JSCAN_STRING);
    assert_string_equal(h->text, "claude-\xC3\xA9\xF0\x9F\x98\x80\n");
    assert_int_equal(h->text_len, 14);
    const char *at = strstr(request, "\"claude-");
    assert_int_equal(h->begin, at - request);
    assert_int_equal(h->end, strstr(request, ",\"stream") - request);
    h = jscan_hit(s, STREAM);
    assert_int_equal(h->kind, JSCAN_TRUE);
    assert_null(h->text);
    assert_int_equal(h->end - h->begin, 4);
    assert_string_equal(jscan_hit(s, USER)->text, "u1");
    assert_string_equal(jscan_hit(s, ROLE)->text, "assistant");
    h = jscan_hit(s, MESSAGES);
    assert_int_equal(h->kind, JSCAN_ARRAY);
    assert_int_equal(h->count, 4);
    assert_int_equal(h->begin, strstr(request, "[{\"role") - request);
    assert_int_equal(h->end, strstr(request, ",\"max_tokens") - request);
    h = jscan_hit(s, TOKENS);
    assert_int_equal(h->kind, JSCAN_NUMBER);
    assert_string_equal(h->text, "-1.5e3");
    assert_int_equal(h->end - h->begin, 6);
    h = jscan_hit(s, METADATA);
    assert_int_equal(h->kind, JSCAN_OBJECT);
    assert_int_equal(h->count, 2);
    assert_int_equal(jscan_hit(s, SYSTEM)->kind, JSCAN_ABSENT);
    assert_int_equal(jscan_hit(s, EMPTY)->kind, JSCAN_NULL);
    assert_int_equal(jscan_root(s), JSCAN_OBJECT);
}

static void watched_members(void **state)
{
    (void)state;
    struct jscan *s = jscan_create(paths, PATHS);
    struct text t = {request, sizeof request - 1};
    struct err err = {0};
    for (size_t split = 0; split <= t.n; split++) {
        if (scan(s, t, split, &err) < 0)
            fail_msg("split at %zu: %s", split, err.text);
        check_request(s);
    }
    assert_int_equal(scan_bytes(s, t, &err), 0);
    check_request(s);
    jscan_free(s);
}

static void watched_twice(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"model\":1,\"model\":2}",
        "{\"model\":1,\"mod\\u0065l\":2}",
        "{\"metadata\":{},\"x\":1,\"metadata\":{\"user_id\":1}}",
        "{\"metadata\":{\"user_id\":1,\"user_id\":2}}",
        "{\"messages\":[{\"role\":1,\"role\":2}]}",
        "{\"\":1,\"\":2}",
    };
    struct jscan *s = jscan_create(paths, PATHS);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct err err = {0};
        assert_int_equal(scan(s, (struct text){texts[i], strlen(texts[i])}, 0, &err), -1);
        assert_non_null(strstr(err.text, "comes twice"));
    }
    struct text fine = T("{\"a\":1,\"a\":2,\"x\":{\"model\":1,\"model\":2},"
                         "\"messages\":[{\"role\":1},{\"role\":2}]}");
    assert_int_equal(scan(s, fine, 0, NULL), 0);
    assert_string_equal(jscan_hit(s, ROLE)->text, "2");
    jscan_free(s);
}

static void odd_paths(void **state)
{
    (void)state;
    static const char *const odd[] = {"[].a", "[]", "[].[]", "a.b.c.d.e"};
    struct jscan *s = jscan_create(odd, 4);
    struct text t = T("[{\"a\":1},[7,8],{\"[]\":3,\"a\":\"\\ud800x\\udfff\"}]");
    assert_int_equal(scan(s, t, 3, NULL), 0);
    assert_string_equal(jscan_hit(s, 0)->text, "\xEF\xBF\xBDx\xEF\xBF\xBD");
    assert_int_equal(jscan_hit(s, 1)->kind, JSCAN_OBJECT);
    assert_int_equal(jscan_hit(s, 1)->count, 2);
    assert_string_equal(jscan_hit(s, 2)->text, "8");
    struct text object = T("{\"[]\":1,\"a\":{\"b\":{\"c\":{\"d\":{\"e\":\"x\"}}}}}");
    assert_int_equal(scan(s, object, 0, NULL), 0);
    assert_int_equal(jscan_hit(s, 1)->kind, JSCAN_ABSENT);
    assert_string_equal(jscan_hit(s, 3)->text, "x");
    struct text number = T("17");
    assert_int_equal(scan(s, number, 1, NULL), 0);
    assert_int_equal(jscan_root(s), JSCAN_NUMBER);
    jscan_free(s);
}

static void long_values_are_cut(void **state)
{
    (void)state;
    /* 4095 letters, then a character of two bytes across the bound. */
    size_t n = JSCAN_VALUE_MAX - 1;
    char *doc = malloc(n + 64);
    int head = sprintf(doc, "{\"model\":\"");
    memset(doc + head, 'a', n);
    sprintf(doc + (size_t)head + n, "\xC3\xA9zzzz\",\"stream\":1}");
    struct jscan *s = jscan_create(paths, PATHS);
    for (size_t split = n; split < n + 20; split++) {
        assert_int_equal(scan(s, (struct text){doc, strlen(doc)}, split, NULL), 0);
        const struct jscan_hit *h = jscan_hit(s, MODEL);
        assert_true(h->cut);
        assert_int_equal(h->text_len, n);
        assert_int_equal(strlen(h->text), n);
        assert_int_equal(h->end - h->begin, n + 8);
    }
    jscan_free(s);
    free(doc);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char doc[2 * JSCAN_DEPTH_MAX + 2];
    memset(doc, '[', sizeof doc / 2);
    memset(doc + sizeof doc / 2, ']', sizeof doc / 2);
    struct err err = {0};
    assert_int_equal(jscan_check(doc, sizeof doc, 10000, true, &err), -1);
    assert_string_equal(err.text, "byte 200: nested deeper than 200");
    assert_int_equal(jscan_check(doc + 1, sizeof doc - 2, JSCAN_DEPTH_MAX, true, &err), 0);
    assert_int_equal(jscan_check(doc + 1, sizeof doc - 2, JSCAN_DEPTH_MAX - 1, true, &err), -1);
}

static void doubles_at_every_level(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int ret;
    } rows[] = {
        {"{\"a\":{\"b\":1,\"b\":2}}", -1},
        {"{\"a\":{\"a\":1},\"b\":{\"a\":1}}", 0},
        {"{\"b\":{\"a\":1,\"c\":2},\"a\":{\"a\":1},\"b\":0}", -1},
        {"[{\"a\":1},{\"a\":1}]", 0},
        {"{\"\":1,\"\":2}", -1},
        {"{\"a\":1,\"\\u0061\":2}", -1},
        {"{\"a\":1,\"A\":2,\"aa\":3,\"ab\":4}", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(
            jscan_check(rows[i].text, strlen(rows[i].text), 9, true, NULL), rows[i].ret);
}

static void number_of_values_is_bounded(void **state)
{
    (void)state;
    struct jscan *s = jscan_create(NULL, 0);
    char block[4096];
    for (size_t i = 0; i < sizeof block; i += 2)
        memcpy(block + i, "1,", 2);
    struct err err = {0};
    assert_int_equal(jscan_feed(s, "[", 1, &err), 0);
    int ret = 0;
    size_t blocks = 0;
    while (ret == 0 && blocks++ < JSCAN_COUNT_MAX)
        ret = jscan_feed(s, block, sizeof block, &err);
    assert_int_equal(ret, -1);
    assert_non_null(strstr(err.text, "more than"));
    jscan_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_texts),
        cmocka_unit_test(bad_texts),
        cmocka_unit_test(watched_members),
        cmocka_unit_test(watched_twice),
        cmocka_unit_test(odd_paths),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(doubles_at_every_level),
        cmocka_unit_test(number_of_values_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
