/* The command line of crs without a relay: every command, options, values, formats, completion. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "tui/crs/view.h"

static void init(struct crs *c)
{
    *c = (struct crs){0};
    command_table_init(&c->table);
    c->params = cJSON_CreateObject();
    c->own = cJSON_CreateObject();
    c->global = cJSON_CreateObject();
    c->secret = cJSON_CreateObject();
    c->zone = zone_open("UTC", NULL);
    c->term.width = 80;
}

static void release(struct crs *c)
{
    command_table_release(&c->table);
    strlist_release(&c->fields);
    cJSON_Delete(c->params);
    cJSON_Delete(c->own);
    cJSON_Delete(c->global);
    cJSON_Delete(c->secret);
    zone_free(c->zone);
    free(c->noun);
}

/* The line in words, cut at blanks. */
static int parse(struct crs *c, const char *line, struct err *err)
{
    struct strlist v = {0};
    init(c);
    strlist_split(&v, line, " ");
    int r = parse_line(c, (int)v.n, v.v, err);
    strlist_release(&v);
    return r;
}

static void expect(const char *line, const char *words, const char *params)
{
    struct crs c;
    struct err err = {0};
    struct buf json = BUF_INIT;
    if (parse(&c, line, &err) < 0)
        fail_msg("%s: %s (%s)", line, err.text, err.hint);
    assert_string_equal(c.cmd->words, words);
    json_print(c.params, &json);
    assert_string_equal(json.data, params);
    buf_release(&json);
    release(&c);
}

static void refuse(const char *line, const char *text, const char *hint)
{
    struct crs c;
    struct err err = {0};
    assert_int_equal(parse(&c, line, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    if (!strstr(err.text, text) || !strstr(err.hint, hint))
        fail_msg("%s: '%s' / '%s'", line, err.text, err.hint);
    release(&c);
}

static void test_words(void **state)
{
    (void)state;
    expect("crs", "status", "{}");
    expect("crs --json", "status", "{}");
    expect("crs key list", "key list", "{}");
    expect("crs --json key -q list", "key list", "{}");
    expect("crs key --state active list", "key list", "{\"state\":\"active\"}");
    expect("crs key list --state=active", "key list", "{\"state\":\"active\"}");
    expect("crs key list --sta active", "key list", "{\"state\":\"active\"}");
    expect("crs key pause a b c", "key pause", "{\"names\":[\"a\",\"b\",\"c\"]}");
    expect("crs key extend ci 30d", "key extend", "{\"name\":\"ci\",\"by\":2592000}");
    expect("crs group join team a b", "group join", "{\"group\":\"team\",\"names\":[\"a\",\"b\"]}");
    expect("crs key show -- -odd", "key show", "{\"name\":\"-odd\"}");
    expect("crs event watch key account", "event watch", "{\"topics\":[\"key\",\"account\"]}");
    expect("crs why r-1", "why", "{\"id\":\"r-1\"}");
    expect("crs log -f -n 5", "log", "{\"follow\":true,\"lines\":5}");
}

static void test_values(void **state)
{
    (void)state;
    expect("crs key create ci --daily-cost $20 --rate-window 15m --tags a,b --tags c", "key create",
        "{\"daily_cost\":20,\"rate_window\":900,\"tags\":[\"a\",\"b\",\"c\"],\"name\":\"ci\"}");
    expect("crs key edit ci --daily-cost none --at-once 6", "key edit",
        "{\"daily_cost\":null,\"at_once\":6,\"names\":[\"ci\"]}");
    expect("crs account edit a --no-pool", "account edit", "{\"pool\":false,\"names\":[\"a\"]}");
    expect("crs account edit a --pool no", "account edit", "{\"pool\":false,\"names\":[\"a\"]}");
    expect("crs account edit a --pool", "account edit", "{\"pool\":true,\"names\":[\"a\"]}");
    expect("crs account edit a --model-map x=y,z=w", "account edit",
        "{\"model_map\":{\"x\":\"y\",\"z\":\"w\"},\"names\":[\"a\"]}");
    expect("crs usage --since 2026-03-01 --by day", "usage",
        "{\"since\":\"2026-03-01T00:00:00Z\",\"by\":\"day\"}");
}

/* --since looks back, --expires ahead. */
static void test_moments(void **state)
{
    (void)state;
    struct crs c;
    struct err err;
    int64_t ms, now = clock_now();
    assert_int_equal(parse(&c, "crs usage --since 7d", &err), 0);
    units_parse_time(json_str(c.params, "since"), NULL, 0, 0, &ms, NULL);
    assert_true(now - ms > 6 * MS_DAY && now - ms < 8 * MS_DAY);
    release(&c);
    assert_int_equal(parse(&c, "crs key edit a --expires 7d", &err), 0);
    units_parse_time(json_str(c.params, "expires"), NULL, 0, 0, &ms, NULL);
    assert_true(ms - now > 6 * MS_DAY && ms - now < 8 * MS_DAY);
    release(&c);
}

static void test_refused(void **state)
{
    (void)state;
    refuse("crs ky", "'ky' is not a command", "'key'");
    refuse("crs key", "'key' needs another word", "crs help key");
    refuse("crs key lst", "'key lst' is not a command", "'key list'");
    refuse("crs key show", "NAME is missing", "crs key show NAME");
    refuse("crs key show a b", "'b' is one word too many", "crs key show NAME");
    refuse("crs key list --stat", "--stat", "");
    refuse("crs key list --stte active", "'--stte' is not an option", "--state");
    refuse("crs key list --state actve", "cannot be 'actve'", "active");
    refuse("crs key create a --daily-cost 20usd", "daily_cost", "");
    refuse("crs key create a --r 5", "'--r' could be several options", "--rate-requests");
    refuse("crs account add claude --key sk-1", "'--key' is not an option", "--key-stdin");
    refuse("crs key list -Z", "'-Z' is not an option", "--help");
    refuse("crs key list --state", "--state needs a value", "");
    refuse("crs usage --by key --by model", "given twice", "");
    refuse("crs key whose --secret-stdin=x", "takes no value", "");
}

static void test_secrets(void **state)
{
    (void)state;
    struct crs c;
    struct err err;
    assert_int_equal(
        parse(&c, "crs account add claude --key-file k.txt --proxy-login-stdin", &err), 0);
    assert_string_equal(json_str(c.secret, "key"), "k.txt");
    assert_string_equal(json_str(c.secret, "proxy_login"), "-");
    assert_null(json_at(c.params, "key"));
    release(&c);
}

/* Each example of each command is a line that is taken. */
static void test_examples(void **state)
{
    (void)state;
    struct command_table t;
    size_t seen = 0;
    command_table_init(&t);
    for (size_t i = 0; i < t.n; i++) {
        assert_non_null(t.v[i].run);
        assert_non_null(t.v[i].summary);
        const char *p = t.v[i].example;
        if (!p)
            fail_msg("'%s' has no example", t.v[i].words);
        for (; *p; p += strcspn(p, "\n"), p += *p == '\n') {
            char *line = xstrndup(p, strcspn(p, "\n")), *cut;
            struct crs c;
            struct err err;
            if ((cut = strpbrk(line, "<>&|")))
                *cut = 0;
            for (char *q = line; *q; q++)
                if (*q == '\'')
                    *q = ' ';
            if (strncmp(line, "crs", 3) == 0) {
                if (parse(&c, line, &err) < 0)
                    fail_msg("%s: %s", line, err.text);
                seen++;
                release(&c);
            }
            free(line);
        }
    }
    assert_true(seen > 80);
    command_table_release(&t);
}

/* No two options of a command have the same name or letter, and no option of a method is hidden
 * behind one of the program's own unless that is meant. */
static void test_options(void **state)
{
    (void)state;
    struct command_table t;
    command_table_init(&t);
    for (size_t i = 0; i < t.n; i++) {
        struct options o;
        options_init(&o, &t.v[i]);
        for (size_t a = 0; a < o.n; a++) {
            assert_null(strchr(o.v[a].name, '_'));
            for (size_t b = a + 1; b < o.n; b++) {
                assert_string_not_equal(o.v[a].name, o.v[b].name);
                assert_true(!o.v[a].letter || o.v[a].letter != o.v[b].letter);
            }
        }
        options_release(&o);
    }
    command_table_release(&t);
}

/* --- views ---------------------------------------------------------------------------------------
 */

static const struct field rows[] = {
    {.name = "name", .kind = F_TEXT, .flags = FIELD_COLUMN},
    {.name = "cost", .kind = F_MONEY, .flags = FIELD_COLUMN},
    {.name = "state", .kind = F_ENUM, .flags = FIELD_COLUMN, .choices = "ready limited"},
    {.name = "tags", .kind = F_LIST},
    {.name = "today", .kind = F_OBJECT},
};

static void expect_view(const char *options, const char *items, const char *want)
{
    static const char *const words[] = {"table", "wide", "json", "jsonl", "csv", "name"};
    struct crs c;
    struct err err = {0};
    struct buf out = BUF_INIT;
    char *line = xasprintf("crs key list %s", options);
    assert_int_equal(parse(&c, line, &err), 0);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (crs_text(&c, "output") && strcmp(crs_text(&c, "output"), words[i]) == 0)
            c.output = (enum output)i;
    if (crs_text(&c, "format"))
        c.output = OUT_FORMAT;
    const cJSON *fields = json_at(c.global, "fields");
    for (const cJSON *f = fields ? fields->child : NULL; f; f = f->next)
        strlist_add(&c.fields, f->valuestring);
    cJSON *v = json_parse(items, strlen(items), &err);
    int r = view_rows(&c, rows, sizeof rows / sizeof rows[0], v, &out, &err);
    assert_string_equal(r < 0 ? err.text : out.data, want);
    cJSON_Delete(v);
    buf_release(&out);
    free(line);
    release(&c);
}

#define ITEMS                                                                                      \
    "[{\"name\":\"b\",\"cost\":1.5,\"state\":\"limited\",\"tags\":[\"x\",\"y\"],"                  \
    "\"today\":{\"cost\":0.25}},"                                                                  \
    "{\"name\":\"a, \\\"q\\\"\",\"cost\":20,\"state\":\"ready\",\"tags\":[],\"today\":null},"      \
    "{\"name\":\"c\",\"cost\":null,\"state\":\"ready\"}]"

static void test_views(void **state)
{
    (void)state;
    expect_view("", ITEMS, "b       1.5  LIMITED\na, \"q\"   20  ready\nc         -  ready\n");
    expect_view("--header --fields name,cost", ITEMS,
        "NAME    COST\nb        1.5\na, \"q\"    20\nc          -\n");
    expect_view("-o csv --fields name,tags,cost", ITEMS,
        "name,tags,cost\nb,\"x,y\",1.5\n\"a, \"\"q\"\"\",,20\nc,,\n");
    expect_view("-o jsonl --fields name,today.cost", ITEMS,
        "{\"name\":\"b\",\"today.cost\":0.25}\n{\"name\":\"a, \\\"q\\\"\",\"today.cost\":null}\n"
        "{\"name\":\"c\",\"today.cost\":null}\n");
    expect_view("-o name --sort cost", ITEMS, "b\na, \"q\"\nc\n");
    expect_view("-o name --sort -cost", ITEMS, "a, \"q\"\nb\nc\n"); /* not known: last */
    expect_view("-o name --sort name --limit 2", ITEMS, "a, \"q\"\nb\n");
    expect_view("--format {name}={cost:.2};\\n", ITEMS, "b=1.50;\na, \"q\"=20.00;\nc=;\n");
    expect_view(
        "--format {nme}", ITEMS, "bad --format: there is no such field; --fields help lists them");
    expect_view("--format {name", ITEMS, "bad --format: a brace is not closed");
    expect_view("--fields nme", ITEMS, "no field 'nme' here");
    expect_view("--sort nme", ITEMS, "no field 'nme' here");
    expect_view("-o json --fields name", "[]", "[]\n");
    expect_view("", "[{\"name\":\"ev\\u001b[2Jil\\nx\",\"cost\":0,\"state\":\"ready\"}]",
        "ev?[2Jil x  0  ready\n");
}

/* On a terminal nothing from outside moves the cursor. */
static void test_terminal_cells(void **state)
{
    (void)state;
    struct crs c;
    struct buf out = BUF_INIT;
    struct field f = {.name = "note", .kind = F_TEXT};
    init(&c);
    cJSON *v = cJSON_CreateString("ev\033[2Jil");
    cell_text(&c, &f, v, STYLE_SHORT, &out);
    assert_string_equal(out.data, "ev?[2Jil");
    cJSON_Delete(v);
    buf_reset(&out);
    cell_moment(1000, 1000 + 3 * MS_DAY + MS_HOUR, &out);
    assert_string_equal(out.data, "3d ago");
    buf_release(&out);
    release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_terminal_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
