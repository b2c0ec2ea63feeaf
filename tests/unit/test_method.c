/* The method table: every row is sound, and the machinery over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/json.h"
#include "common/method.h"

static void check_fields(const struct method *m, const struct field *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!f[i].name || !f[i].help)
            fail_msg("%s: a field without name or help", m->wire);
        if (field_find(f, n, f[i].name) != &f[i])
            fail_msg("%s: '%s' is there twice", m->wire, f[i].name);
        if (f[i].min > f[i].max)
            fail_msg("%s: '%s' has no range", m->wire, f[i].name);
        if (f[i].kind == F_ENUM && !f[i].choices)
            fail_msg("%s: '%s' has no choices", m->wire, f[i].name);
        if (!f[i].dflt)
            continue;
        struct err err = {0};
        cJSON *v = field_value(&f[i], f[i].dflt, NULL, 0, &err);
        if (!v)
            fail_msg("%s: default of '%s': %s", m->wire, f[i].name, err.text);
        cJSON_Delete(v);
    }
}

static void rows_are_sound(void **state)
{
    (void)state;
    for (int i = 0; i < METHOD_COUNT; i++) {
        const struct method *m = method_by_id((enum method_id)i);
        assert_int_equal(m->id, i);
        assert_ptr_equal(method_by_wire(m->wire), m);
        if (!m->summary || !*m->summary)
            fail_msg("%s has no summary", m->wire);
        if (!m->words && !(m->flags & M_INTERNAL))
            fail_msg("%s has no words", m->wire);
        check_fields(m, m->params, m->n_params);
        check_fields(m, m->result, m->n_result);
    }
    assert_null(method_by_id(METHOD_COUNT));
    assert_null(method_by_id((enum method_id) - 1));
    assert_null(method_by_wire("key.nonsense"));
}

static void words_find_their_row(void **state)
{
    (void)state;
    for (int i = 0; i < METHOD_COUNT; i++) {
        const struct method *m = method_by_id((enum method_id)i);
        if (!m->words)
            continue;
        struct strlist words = {0};
        size_t used;
        strlist_split(&words, m->words, " ");
        size_t n = words.n;
        strlist_add(&words, "operand");
        assert_ptr_equal(method_by_words(words.v, words.n, &used), m);
        assert_int_equal(used, n);
        strlist_release(&words);
    }
    size_t used = 7;
    assert_null(method_by_words((char *[]){"nonsense"}, 1, &used));
    assert_int_equal(used, 0);
    assert_null(method_by_words(NULL, 0, &used));
    assert_null(method_by_words((char *[]){"key"}, 1, &used));
    assert_null(method_by_words((char *[]){"key", "creat"}, 2, &used));
}

static int check(enum method_id id, const char *json, struct err *err)
{
    cJSON *params = json ? json_parse(json, strlen(json), NULL) : NULL;
    *err = (struct err){0};
    int ret = method_check(method_by_id(id), params, err);
    assert_int_equal(err->code, ret ? ERR_USAGE : ERR_NONE);
    cJSON_Delete(params);
    return ret;
}

static void parameters(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(check(M_KEY_CREATE, "{\"name\":\"ci\",\"at_once\":3}", &err), 0);
    assert_int_equal(check(M_KEY_CREATE, "{\"name\":\"ci\",\"dry_run\":true}", &err), 0);
    assert_int_equal(check(M_KEY_CREATE, "{\"name\":\"ci\",\"dry_run\":1}", &err), -1);
    assert_int_equal(check(M_KEY_CREATE, NULL, &err), -1);
    assert_string_equal(err.text, "key.create needs 'name'");
    assert_int_equal(check(M_KEY_CREATE, "{\"name\":null}", &err), -1);
    assert_int_equal(check(M_KEY_CREATE, "{\"name\":\"ci\",\"at_onc\":3}", &err), -1);
    assert_string_equal(err.text, "key.create has no parameter 'at_onc'");
    assert_string_equal(err.hint, "did you mean 'at_once'?");
    assert_int_equal(check(M_KEY_CREATE, "{\"name\":\"ci\",\"at_once\":-3}", &err), -1);
    assert_int_equal(check(M_KEY_CREATE, "[\"ci\"]", &err), -1);
    assert_int_equal(check(M_SYSTEM_STATUS, NULL, &err), 0);
    assert_int_equal(check(M_SYSTEM_STATUS, "{\"dry_run\":true}", &err), -1);
    assert_int_equal(check(M_ACCOUNT_EDIT, "{\"names\":[]}", &err), -1);
}

static void descriptions(void **state)
{
    (void)state;
    for (int i = 0; i < METHOD_COUNT; i++) {
        cJSON *o = method_describe(method_by_id((enum method_id)i));
        struct buf b = BUF_INIT;
        json_print(o, &b);
        cJSON *back = json_parse(b.data, b.len, NULL);
        assert_non_null(back);
        assert_true(cJSON_Compare(o, back, true));
        assert_true(cJSON_IsArray(json_at(back, "params")));
        cJSON_Delete(back);
        cJSON_Delete(o);
        buf_release(&b);
    }
    cJSON *o = method_describe(method_by_id(M_KEY_CREATE));
    assert_string_equal(json_str(o, "level"), "admin");
    assert_true(json_bool(o, "mutates", false));
    cJSON_Delete(o);
    assert_string_equal(level_name(LEVEL_OPERATE), "operate");
    assert_string_equal(level_name((enum level)77), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sound),
        cmocka_unit_test(words_find_their_row),
        cmocka_unit_test(parameters),
        cmocka_unit_test(descriptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
