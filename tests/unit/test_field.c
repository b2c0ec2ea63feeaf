/* Fields by their rows, and records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/field.h"
#include "common/json.h"

#define NOW INT64_C(1772366400000) /* 2026-03-01T12:00:00Z */

/* From text to JSON; back by field_edit it must give the same JSON again. */
static void from_text(void **state)
{
    (void)state;
    static const struct {
        struct field f;
        const char *text, *json; /* NULL: refused */
        const char *shown;
    } rows[] = {
        {{.kind = F_BOOL}, "on", "true", "yes"},
        {{.kind = F_BOOL}, "No", "false", "no"},
        {{.kind = F_BOOL}, "maybe", NULL, NULL},
        {{.kind = F_INT}, "-12", "-12", "-12"},
        {{.kind = F_INT}, "9007199254740993", NULL, NULL},
        {{.kind = F_INT}, "99999999999999999999", NULL, NULL},
        {{.kind = F_INT}, "1.5", NULL, NULL},
        {{.kind = F_INT}, "+1", NULL, NULL},
        {{.kind = F_INT, .min = 1, .max = 7}, "8", NULL, NULL},
        {{.kind = F_INT, .min = 1, .max = 7}, "7", "7", "7"},
        {{.kind = F_COUNT}, "1.2345M", "1234500", "1.2M"},
        {{.kind = F_MONEY}, "$20", "20", "$20.00"},
        {{.kind = F_MONEY}, "0.000000001", "0.000000001", "$0.000000001"},
        {{.kind = F_MONEY}, "12.405", "12.405", "$12.41"},
        {{.kind = F_MONEY}, "8765432.100000002", "\"8765432.100000002\"", "$8765432.10"},
        {{.kind = F_MONEY, .max = 5 * NANO_PER_DOLLAR}, "5.01", NULL, NULL},
        {{.kind = F_DURATION}, "15m", "900", "15m"},
        {{.kind = F_DURATION}, "1d 2h 3m 4s 5ms", "93784.005", "1d 2h"},
        {{.kind = F_DURATION, .flags = FIELD_MS}, "850ms", "0.85", "850 ms"},
        {{.kind = F_DURATION, .min = 1000, .max = 60000}, "0.5s", NULL, NULL},
        {{.kind = F_TIME}, "7d", "\"2026-03-08T12:00:00Z\"", "2026-03-08T12:00:00Z"},
        {{.kind = F_TIME}, "2026-03-01", "\"2026-03-01T00:00:00Z\"", "2026-03-01T00:00:00Z"},
        {{.kind = F_TIME}, "soon", NULL, NULL},
        {{.kind = F_SIZE}, "64MiB", "67108864", "64 MB"},
        {{.kind = F_TEXT}, "a, b", "\"a, b\"", "a, b"},
        {{.kind = F_TEXT, .max = 3}, "abcd", NULL, NULL},
        {{.kind = F_TEXT}, "none", "null", ""},
        {{.kind = F_TEXT}, "", "null", ""},
        {{.kind = F_NAME, .flags = FIELD_REQUIRED}, "none", "\"none\"", "none"},
        {{.kind = F_ENUM, .choices = "fixed sliding"}, "sliding", "\"sliding\"", "sliding"},
        {{.kind = F_ENUM, .choices = "fixed sliding"}, "slidin", NULL, NULL},
        {{.kind = F_ENUM, .choices = "all none"}, "none", "\"none\"", "none"},
        {{.kind = F_LIST}, "a, b,,c", "[\"a\",\"b\",\"c\"]", "a, b, c"},
        {{.kind = F_LIST, .choices = "claude gemini"}, "claude,gemeni", NULL, NULL},
        {{.kind = F_LIST, .choices = "@model"}, "x*", "[\"x*\"]", "x*"},
        {{.kind = F_MAP}, "a=b, c = d=e", "{\"a\":\"b\",\"c\":\"d=e\"}", "a=b, c=d=e"},
        {{.kind = F_MAP}, "a=b,a=c", NULL, NULL},
        {{.kind = F_MAP}, "a", NULL, NULL},
        {{.kind = F_MAP}, "=b", NULL, NULL},
        {{.kind = F_PERCENT}, "85%", "85", "85%"},
        {{.kind = F_PERCENT}, "101", NULL, NULL},
        {{.kind = F_REAL}, "0.91", "0.91", "0.91"},
        {{.kind = F_REAL}, "x", NULL, NULL},
        {{.kind = F_OBJECT}, "{\"a\":1}", "{\"a\":1}", "{\"a\":1}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct field f = rows[i].f;
        struct err err = {0};
        struct buf json = BUF_INIT, text = BUF_INIT;
        f.name = "subject";
        cJSON *v = field_value(&f, rows[i].text, NULL, NOW, &err);
        if (!rows[i].json) {
            if (v || err.code != ERR_USAGE || !strstr(err.text, "subject"))
                fail_msg("row %zu '%s': %s", i, rows[i].text, v ? "accepted" : err.text);
            continue;
        }
        if (!v)
            fail_msg("row %zu '%s': %s", i, rows[i].text, err.text);
        json_print(v, &json);
        assert_string_equal(json.data, rows[i].json);
        field_print(&f, v, &text);
        assert_string_equal(text.data, rows[i].shown);
        buf_reset(&text);
        field_edit(&f, v, &text);
        cJSON *back = field_value(&f, text.data, NULL, NOW, &err);
        if (!cJSON_Compare(v, back, true))
            fail_msg("row %zu '%s': '%s' to edit", i, rows[i].text, text.data);
        cJSON_Delete(back);
        cJSON_Delete(v);
        buf_release(&json);
        buf_release(&text);
    }
}

static void from_the_wire(void **state)
{
    (void)state;
    static const struct {
        struct field f;
        const char *json;
        int ret;
    } rows[] = {
        {{.kind = F_BOOL}, "1", -1},
        {{.kind = F_INT}, "\"1\"", -1},
        {{.kind = F_INT}, "1.5", -1},
        {{.kind = F_INT}, "1e300", -1},
        {{.kind = F_INT}, "null", 0},
        {{.kind = F_COUNT}, "-1", -1},
        {{.kind = F_MONEY}, "1e300", -1},
        {{.kind = F_MONEY}, "-1", -1},
        {{.kind = F_MONEY}, "\"0.5\"", 0},
        {{.kind = F_MONEY}, "\"-0.5\"", -1},
        {{.kind = F_MONEY}, "\"x\"", -1},
        {{.kind = F_MONEY}, "true", -1},
        {{.kind = F_DURATION}, "1e300", -1},
        {{.kind = F_DURATION}, "-0.001", -1},
        {{.kind = F_DURATION}, "0.001", 0},
        {{.kind = F_TIME}, "\"2026-03-01T00:00:00Z\"", 0},
        {{.kind = F_TIME}, "\"2026-03-01T00:00:00+02:00\"", 0},
        {{.kind = F_TIME}, "\"2026-03-01T00:00:00\"", -1},
        {{.kind = F_TIME}, "\"today\"", -1},
        {{.kind = F_TIME}, "0", -1},
        {{.kind = F_TEXT}, "1", -1},
        {{.kind = F_ENUM, .choices = "a b"}, "\"c\"", -1},
        {{.kind = F_ENUM, .choices = "a b"}, "0", -1},
        {{.kind = F_LIST}, "\"a\"", -1},
        {{.kind = F_LIST}, "[1]", -1},
        {{.kind = F_LIST}, "[]", 0},
        {{.kind = F_MAP}, "{\"a\":1}", -1},
        {{.kind = F_MAP}, "{\"a=b\":\"c\"}", -1},
        {{.kind = F_MAP}, "[]", -1},
        {{.kind = F_PERCENT}, "-1", -1},
        {{.kind = F_NAME, .flags = FIELD_MANY}, "[\"a\",\"b\"]", 0},
        {{.kind = F_NAME, .flags = FIELD_MANY}, "\"a\"", -1},
        {{.kind = F_NAME, .flags = FIELD_MANY}, "[1]", -1},
        {{.kind = F_NAME, .flags = FIELD_MANY}, "[null]", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct field f = rows[i].f;
        struct err err = {0};
        struct buf b = BUF_INIT;
        f.name = "subject";
        cJSON *v = json_parse(rows[i].json, strlen(rows[i].json), NULL);
        if (field_check(&f, v, &err) != rows[i].ret)
            fail_msg("row %zu %s: %s", i, rows[i].json, err.text);
        field_print(&f, v, &b); /* whatever it is, it can be shown */
        buf_release(&b);
        cJSON_Delete(v);
    }
}

#define SETTINGS(X)                                                                                \
    X(note, F_TEXT, NULL, NULL, 500)                                                               \
    X(rate, F_COUNT, NULL, NULL, 1000)                                                             \
    X(cost, F_MONEY, NULL, NULL, NANO_MAX)                                                         \
    X(window, F_DURATION, NULL, "1m", MS_DAY)                                                      \
    X(shape, F_ENUM, "fixed sliding", "sliding", 0)                                                \
    X(models, F_LIST, "@model", NULL, 0)                                                           \
    X(map, F_MAP, NULL, "a=b", 0)                                                                  \
    X(expires, F_TIME, NULL, NULL, 0)                                                              \
    X(pool, F_BOOL, NULL, "yes", 0)                                                                \
    X(score, F_REAL, NULL, "0.5", 0)                                                               \
    X(size, F_SIZE, NULL, "1MiB", 0)

struct settings {
#define X(member, kind, choices, dflt, max) FIELD_TYPE_##kind member;
    SETTINGS(X)
#undef X
};
static const struct field rows[] = {
#define X(member, kind_, choices_, dflt_, max_)                                                    \
    {.name = #member,                                                                              \
        .kind = kind_,                                                                             \
        .choices = choices_,                                                                       \
        .dflt = dflt_,                                                                             \
        .max = max_,                                                                               \
        .offset = offsetof(struct settings, member)},
    SETTINGS(X)
#undef X
        {.name = "token", .kind = F_SECRET, .offset = FIELD_NO_MEMBER},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static int patch(struct settings *s, const char *json, struct err *err)
{
    cJSON *o = json_parse(json, strlen(json), NULL);
    assert_non_null(o);
    int ret = record_patch(s, rows, ROWS, o, err);
    cJSON_Delete(o);
    return ret;
}

static void prints(cJSON *o, const char *wanted)
{
    struct buf b = BUF_INIT;
    json_print(o, &b);
    assert_string_equal(b.data, wanted);
    buf_release(&b);
    cJSON_Delete(o);
}

static void record_is(const struct settings *s, bool all, const char *wanted)
{
    cJSON *o = cJSON_CreateObject();
    record_json(s, rows, ROWS, o, all);
    prints(o, wanted);
}

static void records(void **state)
{
    (void)state;
    struct settings s = {0}, copy = {0};
    struct err err = {0};
    record_init(&s, rows, ROWS);
    assert_int_equal(s.window, 60000);
    assert_int_equal(s.shape, 1);
    assert_true(s.pool);
    record_is(&s, false, "{}");
    record_is(&s, true,
        "{\"note\":null,\"rate\":0,\"cost\":0,\"window\":60,\"shape\":\"sliding\",\"models\":[],"
        "\"map\":{\"a\":\"b\"},\"expires\":null,\"pool\":true,\"score\":0.5,\"size\":1048576}");
    assert_int_equal(patch(&s,
                         "{\"unknown\":1,\"note\":\"n\",\"rate\":7,\"token\":\"t\","
                         "\"cost\":\"8765432.100000002\",\"window\":0.25,\"shape\":\"fixed\","
                         "\"models\":[\"a\",\"b\"],\"map\":{\"x\":\"y=z\"},\"pool\":false,"
                         "\"expires\":\"2026-03-01T12:00:00Z\",\"score\":0.25,\"size\":1}",
                         &err),
        0);
    assert_true(s.cost == INT64_C(8765432100000002));
    assert_true(s.expires == NOW);
    assert_string_equal(s.map.v[0], "x=y=z");
    cJSON *full = cJSON_CreateObject();
    record_json(&s, rows, ROWS, full, false);
    struct settings back = {0};
    record_init(&back, rows, ROWS);
    assert_int_equal(record_patch(&back, rows, ROWS, full, &err), 0);
    prints(record_diff(&s, &back, rows, ROWS), "{}");
    cJSON_Delete(full);
    record_copy(&copy, &s, rows, ROWS);
    record_copy(&copy, &copy, rows, ROWS);
    prints(record_diff(&s, &copy, rows, ROWS), "{}");
    assert_int_equal(
        patch(&copy, "{\"rate\":null,\"shape\":null,\"map\":null,\"note\":null}", &err), 0);
    prints(record_diff(&s, &copy, rows, ROWS),
        "{\"note\":{\"from\":\"n\",\"to\":null},\"rate\":{\"from\":7,\"to\":0},"
        "\"shape\":{\"from\":\"fixed\",\"to\":\"sliding\"},"
        "\"map\":{\"from\":{\"x\":\"y=z\"},\"to\":{\"a\":\"b\"}}}");
    /* One bad value: nothing is changed, not even what came before it. */
    assert_int_equal(patch(&copy, "{\"note\":\"new\",\"rate\":1001}", &err), -1);
    assert_non_null(strstr(err.text, "'rate' is out of range"));
    assert_string_equal(err.hint, "from 0 to 1000");
    assert_null(copy.note);
    assert_int_equal(patch(&copy, "[]", &err), -1);
    record_release(&s, rows, ROWS);
    record_release(&copy, rows, ROWS);
    record_release(&back, rows, ROWS);
    assert_null(s.note);
    record_release(&s, rows, ROWS);
}

static void choices(void **state)
{
    (void)state;
    char *word = field_choice(&rows[4], 1);
    assert_string_equal(word, "sliding");
    free(word);
    assert_null(field_choice(&rows[4], 2));
    assert_null(field_choice(&rows[5], 0)); /* "@model" names things, not words */
    assert_ptr_equal(field_find(rows, ROWS, "shape"), &rows[4]);
    assert_null(field_find(rows, ROWS, "shap"));
    struct err err = {0};
    cJSON *v = cJSON_CreateString("slidin");
    assert_int_equal(field_check(&rows[4], v, &err), -1);
    assert_string_equal(err.text, "'shape' cannot be 'slidin'");
    assert_string_equal(err.hint, "did you mean 'sliding'? the choices are: fixed sliding");
    cJSON_Delete(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_text),
        cmocka_unit_test(from_the_wire),
        cmocka_unit_test(records),
        cmocka_unit_test(choices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
