/* JSON trees: strict parsing, exact printing, members by path, money. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/json.h"
#include "common/units.h"

static cJSON *parse(const char *text)
{
    struct err err = {0};
    cJSON *v = json_parse(text, strlen(text), &err);
    if (!v)
        fail_msg("%s: %s", text, err.text);
    return v;
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"{\"a\":1,\"a\":2}", "member 'a' twice"},
        {"{\"x\":[{\"b\":1,\"b\":2}]}", "member 'b' twice"},
        {"\"\\u0000\"", "NUL"},
        {"{\"a\\u0000b\":1}", "NUL"},
        {"\"\\ud800\"", "surrogate"},
        {"\"\\udc00\\ud800\"", "surrogate"},
        {"[-1e999]", "number beyond"},
        {"14000300000000e3001", "number beyond"},
        {"[1,]", "expected a value"},
        {"{} x", "expected the end"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[0", "deeper than 64"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        cJSON *v = json_parse(rows[i].text, strlen(rows[i].text), &err);
        if (v || !strstr(err.text, rows[i].why))
            fail_msg("%s: %s", rows[i].text, v ? "accepted" : err.text);
        assert_int_equal(err.code, ERR_PROTOCOL);
    }
    assert_null(json_parse("1\0", 2, NULL));
}

static void prints_what_it_read(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"a\":[1,-2.5,true,false,null,\"x\\n\\\"\\\\\\u0001\"],\"b\":{}}",
        "[9007199254740991,-9007199254740992,1772356000123,0.1,1e+300,12.400000001]",
        "\"\xE4\xB8\xAD\xF0\x9F\x98\x80\"",
        "[]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buf out = BUF_INIT;
        cJSON *v = parse(texts[i]);
        json_print(v, &out);
        assert_string_equal(out.data, texts[i]);
        cJSON_Delete(v);
        buf_release(&out);
    }
    struct buf out = BUF_INIT;
    cJSON *v = parse("{\"a\":[1,{}],\"b\":2}");
    json_print_pretty(v, &out);
    assert_string_equal(out.data, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": 2\n}");
    cJSON_Delete(v);
    buf_release(&out);
}

static void quotes_any_bytes(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    json_quote(&out, "a\0\xFF\xC3\xA9\xED\xA0\x80\x7F", 9);
    assert_string_equal(
        out.data, "\"a\\u0000\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\\u007f\"");
    buf_release(&out);
}

static void members(void **state)
{
    (void)state;
    cJSON *v =
        parse("{\"a\":{\"b\":{\"c\":\"x\"},\"n\":2.75,\"t\":true},\"gpt-5.1\":7,\"big\":1e300}");
    assert_string_equal(json_str(v, "a.b.c"), "x");
    assert_null(json_str(v, "a.b"));
    assert_null(json_at(v, "a.b.c.d"));
    assert_null(json_at(v, "A"));
    assert_null(json_at(NULL, "a"));
    assert_int_equal(json_int(v, "a.n", 9), 2);
    assert_int_equal(json_int(v, "a.t", 9), 9);
    assert_int_equal(json_int(v, "gpt-5.1", 9), 7);
    assert_true(json_int(v, "big", 0) == INT64_MAX);
    assert_true(json_bool(v, "a.t", false));
    assert_true(json_bool(v, "a.x", true));
    assert_true(json_num(v, "a.n", 0) == 2.75);
    cJSON_Delete(v);
}

/* Every amount comes back as it was, through the text. */
static void money_is_exact(void **state)
{
    (void)state;
    static const int64_t amounts[] = {0, 1, -1, 999999999, 12400000001, 123456789012345,
        8388607999999999, 8388608000000001, 8999999999999999, NANO_MAX, -NANO_MAX,
        8765432100000002};
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        struct buf out = BUF_INIT;
        char exact[UNITS_MAX];
        cJSON *o = cJSON_CreateObject();
        json_put_money(o, "m", amounts[i]);
        json_print(o, &out);
        assert_non_null(strstr(out.data, units_money_exact(exact, amounts[i])));
        cJSON *back = parse(out.data);
        assert_true(json_money(back, "m", 5) == amounts[i]);
        cJSON_Delete(back);
        cJSON_Delete(o);
        buf_release(&out);
    }
    for (int64_t v = 1; v < NANO_MAX; v = v * 7 + 13)
        assert_true(v > 8388608 * NANO_PER_DOLLAR || json_money_fits(v));
}

static void builders(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    cJSON *o = cJSON_CreateObject();
    json_put_str(o, "s", NULL);
    json_put_int(o, "i", INT64_C(9007199254740990));
    json_put_time(o, "t", INT64_C(1772323200000));
    json_put_time(o, "z", 0);
    json_put_bool(o, "b", false);
    json_print(o, &out);
    assert_string_equal(
        out.data, "{\"i\":9007199254740990,\"t\":\"2026-03-01T00:00:00Z\",\"z\":null,\"b\":false}");
    cJSON_Delete(o);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(prints_what_it_read),
        cmocka_unit_test(quotes_any_bytes),
        cmocka_unit_test(members),
        cmocka_unit_test(money_is_exact),
        cmocka_unit_test(builders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
