/* Editing settings files of other programs: one value changes, all else stays; running again
 * changes nothing; what is broken is refused with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "tui/crs/setup.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* path: steps parted by '/'. was NULL: nothing stood there. */
struct change {
    const char *before, *path, *value, *after, *was;
};
struct refusal {
    const char *before, *path, *text;
};

static int put(edit_put *edit, struct buf *text, const char *path, const char *value,
    struct edit_was *was, struct err *err)
{
    struct strlist steps = {0};
    strlist_split(&steps, path, "/");
    int r = edit(text, &steps, value, was, err);
    strlist_release(&steps);
    return r;
}

static void changes(edit_put *edit, const struct change *c)
{
    struct buf text = BUF_INIT;
    struct edit_was was = EDIT_WAS_INIT;
    struct err err = {0};
    buf_adds(&text, c->before);
    if (put(edit, &text, c->path, c->value, &was, &err) < 0)
        fail_msg("%s: %s", c->before, err.text);
    assert_string_equal(text.data, c->after);
    assert_int_equal(was.found, c->was != NULL);
    if (c->was)
        assert_string_equal(was.text.data, c->was);
    edit_was_release(&was);
    assert_int_equal(put(edit, &text, c->path, c->value, &was, &err), 0);
    assert_string_equal(text.data, c->after);
    assert_true(was.found);
    assert_string_equal(was.text.data, c->value);
    edit_was_release(&was);
    buf_release(&text);
}

static void refuses(edit_put *edit, const struct refusal *c)
{
    struct buf text = BUF_INIT;
    struct edit_was was = EDIT_WAS_INIT;
    struct err err = {0};
    buf_adds(&text, c->before);
    if (put(edit, &text, c->path, "v", &was, &err) == 0)
        fail_msg("taken: %s", c->before);
    assert_int_equal(err.code, ERR_USAGE);
    if (!strstr(err.text, c->text))
        fail_msg("%s: %s", c->before, err.text);
    assert_string_equal(text.data, c->before);
    edit_was_release(&was);
    buf_release(&text);
}

/* --- JSON
 * ----------------------------------------------------------------------------------------- */

static const struct change json_changes[] = {
    {"", "env/A", "1", "{\n  \"env\": {\n    \"A\": \"1\"\n  }\n}\n", NULL},
    {" \n", "A", "1", " \n{\n  \"A\": \"1\"\n}\n", NULL},
    {"{}", "A", "1", "{\n  \"A\": \"1\"\n}", NULL},
    {"{\"x\":1}", "A", "1", "{\"x\":1, \"A\": \"1\"}", NULL},
    {"{\"x\":{}}", "x/A", "1", "{\"x\":{\"A\": \"1\"}}", NULL},
    {"{ \"x\": 1 }\n", "A", "1", "{ \"x\": 1, \"A\": \"1\" }\n", NULL},
    /* The indent of the file, the end of its lines, the order and the numbers stay. */
    {"{\r\n\t\"n\": 1.0e+2,\r\n\t\"env\": {\r\n\t\t\"B\": \"2\"\r\n\t}\r\n}\r\n", "env/A", "1",
        "{\r\n\t\"n\": 1.0e+2,\r\n\t\"env\": {\r\n\t\t\"B\": \"2\",\r\n\t\t\"A\": "
        "\"1\"\r\n\t}\r\n}\r\n",
        NULL},
    {"{\n    \"a\": {},\n    \"b\": []\n}\n", "a/A", "1",
        "{\n    \"a\": {\n        \"A\": \"1\"\n    },\n    \"b\": []\n}\n", NULL},
    {"{\"A\": \"old\", \"z\": 12345678901234567890}", "A", "1",
        "{\"A\": \"1\", \"z\": 12345678901234567890}", "old"},
    {"{\"A\":true}", "A", "1", "{\"A\":\"1\"}", "true"},
    {"{\"A\": {\"deep\": [1, \"]}\"]} }", "A", "1", "{\"A\": \"1\" }", "{\"deep\": [1, \"]}\"]}"},
    /* What reads the same stays as it is written; names may be escaped; the last of two counts. */
    {"{\"\\u0041\": \"\\u0031\"}", "A", "1", "{\"\\u0041\": \"\\u0031\"}", "1"},
    {"{\"A\":\"x\",\"A\":\"y\"}", "A", "1", "{\"A\":\"x\",\"A\":\"1\"}", "y"},
    {"{\"a\\\"b\": \"{\"}", "A", "1", "{\"a\\\"b\": \"{\", \"A\": \"1\"}", NULL},
    /* Comments and last commas. */
    {"{\n  // mine\n  \"x\": 1 // one\n}\n", "A", "1",
        "{\n  // mine\n  \"x\": 1, // one\n  \"A\": \"1\"\n}\n", NULL},
    {"{\n  \"x\": 1, /* a, b */\n}", "A", "1", "{\n  \"x\": 1, /* a, b */\n  \"A\": \"1\"\n}",
        NULL},
    {"{\n  \"x\": [1, 2,],\n}", "x2/A", "1",
        "{\n  \"x\": [1, 2,],\n  \"x2\": {\n    \"A\": \"1\"\n  }\n}", NULL},
    {"{ // only\n}", "A", "1", "{ // only\n  \"A\": \"1\"\n}", NULL},
    {"{\"url\": \"http://x//y\" /* , */ }", "A", "1",
        "{\"url\": \"http://x//y\", /* , */ \"A\": \"1\" }", NULL},
    {"\xEF\xBB\xBF{}", "A", "1", "\xEF\xBB\xBF{\n  \"A\": \"1\"\n}", NULL},
    /* Elements by what one of their members says. */
    {"{\"m\": [{\"n\": \"x\", \"k\": 1}]}", "m/[n=x]/k", "1",
        "{\"m\": [{\"n\": \"x\", \"k\": \"1\"}]}", "1"},
    {"{\n  \"m\": [\n    {\n      \"n\": \"y\"\n    }\n  ]\n}", "m/[n=x]/k", "1",
        "{\n  \"m\": [\n    {\n      \"n\": \"y\"\n    },\n    {\n      \"n\": \"x\",\n      "
        "\"k\": "
        "\"1\"\n    }\n  ]\n}",
        NULL},
    {"{\n}\n", "m/[n=a[1]]/k", "1",
        "{\n  \"m\": [\n    {\n      \"n\": \"a[1]\",\n      \"k\": \"1\"\n    }\n  ]\n}\n", NULL},
};

static const struct refusal json_refusals[] = {
    {"{\"a\":1}", "a/A", "line 1: 'a' is no object"},
    {"{\n\"a\":\n{}}", "a/[n=x]/k", "line 3: 'a' is no list"},
    {"[]", "A", "line 1"},
    {"{\n\"a\": 1\n\"b\": 2}", "A", "line 3: not JSON"},
    {"{\n\"a\": 1,\n", "A", "line 2: not JSON"},
    {"{\"a\": 1} x", "A", "line 1: not JSON"},
    {"{\n/* open\n\n}", "A", "line 2: not JSON"},
    {"{,}", "A", "line 1: not JSON"},
    {"{\"a\":[,]}", "A", "line 1: not JSON"},
    {"{\"a\": 1,,}", "A", "line 1: not JSON"},
    {"{\n\"a\": \"\xff\"}", "A", "line 2: not UTF-8"},
    {"// nothing\n", "A", "line 1: not JSON"},
};

static void test_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(json_changes); i++)
        changes(edit_json, &json_changes[i]);
    for (size_t i = 0; i < COUNT(json_refusals); i++)
        refuses(edit_json, &json_refusals[i]);
}

/* --- TOML
 * ----------------------------------------------------------------------------------------- */

static const struct change toml_changes[] = {
    {"", "A", "1", "A = \"1\"\n", NULL},
    {"", "t/s/A", "1", "[t.s]\nA = \"1\"\n", NULL},
    {"[x]\ny = 1\n", "A", "1", "A = \"1\"\n\n[x]\ny = 1\n", NULL},
    {"# mine\n\nb = 1 # b\n\n# about x\n[x]\n", "A", "1",
        "# mine\n\nb = 1 # b\nA = \"1\"\n\n# about x\n[x]\n", NULL},
    {"b = 1", "A", "1", "b = 1\nA = \"1\"\n", NULL},
    {"b = 1\r\n", "t/A", "1", "b = 1\r\n\r\n[t]\r\nA = \"1\"\r\n", NULL},
    {"A = 'old' # why\n", "A", "1", "A = \"1\" # why\n", "old"},
    {"A='1'", "A", "1", "A='1'", "1"},
    {"\"A\" = \"\\u0031\"\n", "A", "1", "\"A\" = \"\\u0031\"\n", "1"},
    {"A = 1979-05-27 07:32:00\n", "A", "1", "A = \"1\"\n", "1979-05-27 07:32:00"},
    {"A = [ 1, # x ]\n 2 ]\nb = 1\n", "A", "1", "A = \"1\"\nb = 1\n", "[ 1, # x ]\n 2 ]"},
    {"[t]\nb = 1\n\n[u]\n", "t/A", "1", "[t]\nb = 1\nA = \"1\"\n\n[u]\n", NULL},
    {"[t]", "t/A", "1", "[t]\nA = \"1\"\n", NULL},
    {"[ t . 's' ] # s\n", "t/s/A", "1", "[ t . 's' ] # s\nA = \"1\"\n", NULL},
    {"[t.s.deeper]\nA = 2\n", "t/s/A", "1", "[t.s.deeper]\nA = 2\n\n[t.s]\nA = \"1\"\n", NULL},
    {"[t]\ns.b = 1\n[u]\n", "t/s/A", "1", "[t]\ns.b = 1\ns.A = \"1\"\n[u]\n", NULL},
    {"t.s.A = \"x\"\n", "t/s/A", "1", "t.s.A = \"1\"\n", "x"},
    /* A header, a key and an end of string that are none. */
    {"x = \"\"\"\n[t]\nA = 2\n\"\"\"\"\"\n[t]\n", "t/A", "1",
        "x = \"\"\"\n[t]\nA = 2\n\"\"\"\"\"\n[t]\nA = \"1\"\n", NULL},
    {"x = '''\nA = \\'''\ny = \"# [t]\"\n", "A", "1",
        "x = '''\nA = \\'''\ny = \"# [t]\"\nA = \"1\"\n", NULL},
    {"x = {A = 1, b = [\"}\"]}\n", "A", "1", "x = {A = 1, b = [\"}\"]}\nA = \"1\"\n", NULL},
    {"[[l]]\nA = 1\n[[l]]\n", "A", "1", "A = \"1\"\n\n[[l]]\nA = 1\n[[l]]\n", NULL},
    {"\xEF\xBB\xBF[x]\n", "A", "1",
        "\xEF\xBB\xBF"
        "A = \"1\"\n\n[x]\n",
        NULL},
};

static const struct refusal toml_refusals[] = {
    {"a = 1\nb = \n", "A", "line 2: not TOML"},
    {"a = \"x\n", "A", "line 1: not TOML"},
    {"a = \"\\q\"\n", "A", "line 1: not TOML"},
    {"[t\nx = 1\n", "A", "line 1: not TOML"},
    {"[t] x = 1\n", "A", "line 1: not TOML"},
    {"a = 1 b = 2\n", "A", "line 1: not TOML"},
    {"\n\na = [1, 2\n", "A", "line 3: not TOML"},
    {"a = [1}\n", "A", "line 1: not TOML"},
    {"= 1\n", "A", "line 1: not TOML"},
    {"x\n", "A", "line 1: not TOML"},
    {"a = '''\n", "A", "line 1: not TOML"},
    {"\nt = {s = 1}\n", "t/A", "line 2: 't' stands in the way"},
    {"[[t]]\n", "t/A", "line 1: 't' stands in the way"},
    {"[A]\nx = 1\n", "A", "line 1: 'A' stands in the way"},
    {"A.x = 1\n", "A", "line 1: 'A.x' stands in the way"},
    {"A = 1\nA = 2\n", "A", "line 2: 'A' stands in the way"},
    {"[t]\n[t]\n", "t/A", "line 2: 't' stands in the way"},
};

static void test_toml(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(toml_changes); i++)
        changes(edit_toml, &toml_changes[i]);
    for (size_t i = 0; i < COUNT(toml_refusals); i++)
        refuses(edit_toml, &toml_refusals[i]);
}

/* Brackets within brackets end somewhere. */
static void test_toml_deep(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    struct edit_was was = EDIT_WAS_INIT;
    struct err err;
    buf_adds(&text, "a = ");
    for (int i = 0; i < 100000; i++)
        buf_addc(&text, '[');
    assert_int_equal(put(edit_toml, &text, "A", "1", &was, &err), -1);
    buf_release(&text);
}

/* --- NAME=value
 * ----------------------------------------------------------------------------------- */

static const struct change env_changes[] = {
    {"", "A", "1", "A=1\n", NULL},
    {"B=2", "A", "1", "B=2\nA=1\n", NULL},
    {"B=2\r\n", "A", "1", "B=2\r\nA=1\r\n", NULL},
    {"# A=0\nA=old # why\nAB=3\n", "A", "1", "# A=0\nA=1 # why\nAB=3\n", "old"},
    {"export A = \"old\"\n", "A", "1", "export A = 1\n", "old"},
    {"A='1'\n", "A", "1", "A='1'\n", "1"},
    {"A=\n", "A", "1", "A=1\n", ""},
    {"A: old\n", "A", "1", "A: 1\n", "old"},
    {"A=x\nB=2\nA=y\n", "A", "1", "A=1\nB=2\nA=1\n", "y"},
    {"B=\"\nA=no\n\"\n", "A", "1", "B=\"\nA=no\n\"\nA=1\n", NULL},
    {"B=\"open\nA=x\n", "A", "1", "B=\"open\nA=1\n", "x"},
    {"A=\"x\" y\n", "A", "1", "A=1\n", "\"x\" y"},
};

static const struct refusal env_refusals[] = {
    {"B=2\nwhat is this\n", "A", "line 2"},
    {"=2\n", "A", "line 1"},
};

static void test_env(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(env_changes); i++)
        changes(edit_env, &env_changes[i]);
    for (size_t i = 0; i < COUNT(env_refusals); i++)
        refuses(edit_env, &env_refusals[i]);
}

static void test_no_text(void **state)
{
    (void)state;
    edit_put *const all[] = {edit_json, edit_toml, edit_env};
    for (size_t i = 0; i < COUNT(all); i++) {
        struct buf text = BUF_INIT;
        struct edit_was was = EDIT_WAS_INIT;
        struct err err;
        buf_add(&text, "\n\0", 2);
        assert_int_equal(put(all[i], &text, "A", "1", &was, &err), -1);
        assert_non_null(strstr(err.text, "line 2"));
        buf_release(&text);
    }
}

/* Every row can be filled in, merged into nothing, and merged again without a change. */
static void test_rows(void **state)
{
    (void)state;
    struct strlist models = {0};
    struct setup_facts x = {"https://r:1", "cr_1", &models};
    size_t n;
    const struct setup_client *rows = setup_clients(&n);
    strlist_add(&models, "moonshot/kimi-k2");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rows[i].n_files; k++) {
            struct setup_file f = {.row = &rows[i].file[k], .was = BUF_INIT, .text = BUF_INIT};
            struct err err;
            assert_int_equal(setup_merge(&f, &rows[i], &x, true, &err), 0);
            assert_int_equal(f.n_changes, f.row->n);
            size_t len = f.text.len;
            assert_int_equal(setup_merge(&f, &rows[i], &x, true, &err), 0);
            assert_int_equal(f.n_changes, f.row->n);
            assert_int_equal(f.text.len, len);
            setup_file_release(&f);
        }
    strlist_release(&models);
}

/* Read back by what the importing program does: '_' and '-' stand for '+' and '/'. */
static void test_link(void **state)
{
    (void)state;
    const struct strlist models = {0};
    const struct setup_facts x = {"https://r", "cr_>>>???", &models};
    const struct setup_link l = {"Anthropic", "anthropic", "{url}/claude"};
    char *url = setup_link_url(&l, &x);
    assert_string_equal(url,
        "cherrystudio://providers/api-keys?v=1&data="
        "eyJpZCI6ImNycy1hbnRocm9waWMiLCJuYW1lIjoiY3JzIEFudGhyb3BpYyIsInR5cGUiOiJhbnRocm9waWMiLCJi"
        "YXNlVXJsIjoiaHR0cHM6Ly9yL2NsYXVkZSIsImFwaUtleSI6ImNyXz4_Pj8-PyJ9");
    free(url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_toml),
        cmocka_unit_test(test_toml_deep),
        cmocka_unit_test(test_env),
        cmocka_unit_test(test_no_text),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
