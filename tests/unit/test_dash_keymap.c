/* The key table of the dashboard: no key means two things, and what it says of crs is true. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include "common/json.h"
#include "common/method.h"
#include "tui/dash/dash.h"
#include "tui/dash/keymap.h"
#include "tui/dash/options.h"

static struct keymap map;

static int begin(void **state)
{
    (void)state;
    keymap_init(&map);
    return 0;
}

static void each_key_means_one_thing_on_a_screen(void **state)
{
    size_t n;
    const struct key_row *v = key_rows(&map, &n);
    (void)state;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++) {
            bool same = (v[i].key && (v[i].key == v[k].key || v[i].key == v[k].key2)) ||
                        (v[i].key2 && (v[i].key2 == v[k].key || v[i].key2 == v[k].key2));
            if (same && (v[i].on & v[k].on))
                fail_msg("one key for '%s' and '%s'", v[i].help, v[k].help);
        }
}

static void rows_are_in_the_order_of_acts(void **state)
{
    size_t n;
    const struct key_row *v = key_rows(&map, &n);
    (void)state;
    assert_int_equal(n, ACTS - 1);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(key_row_of(&map, (enum act)(i + 1))->act, v[i].act);
    assert_null(key_row_of(&map, ACT_NONE));
    assert_null(key_row_of(&map, ACTS));
}

static void words_are_commands(void **state)
{
    size_t n;
    const struct key_row *v = key_rows(&map, &n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        bool found = !v[i].words || strcmp(v[i].words, "help") == 0;
        for (int m = 0; m < METHOD_COUNT && !found; m++) {
            const char *words = method_by_id((enum method_id)m)->words;
            found = words && strcmp(words, v[i].words) == 0;
        }
        if (!found)
            fail_msg("crs has no '%s'", v[i].words);
    }
}

/* What a method wants of rights, the row wants too: an act that is refused says so beforehand. */
static void needs_are_those_of_the_method(void **state)
{
    size_t n;
    const struct key_row *v = key_rows(&map, &n);
    (void)state;
    for (size_t i = 0; i < n; i++)
        for (int id = 0; id < METHOD_COUNT; id++) {
            const struct method *m = method_by_id((enum method_id)id);
            if (!v[i].words || !m->words || strcmp(m->words, v[i].words) != 0 ||
                !(m->flags & M_MUTATES))
                continue;
            unsigned wanted = m->level == LEVEL_ADMIN ? NEED_ADMIN : NEED_OPERATE;
            if (!(v[i].needs & wanted))
                fail_msg("'%s' does not want the rights of %s", v[i].help, m->wire);
        }
}

/* D, K, X: never a small letter, Enter, Space or a control key. */
static void what_destroys_is_a_capital(void **state)
{
    static const enum act acts[] = {
        ACT_ACCOUNT_REMOVE, ACT_KEY_REMOVE, ACT_KEY_ROTATE, ACT_REQUEST_CANCEL};
    (void)state;
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        const struct key_row *k = key_row_of(&map, acts[i]);
        assert_in_range(k->key, 'A', 'Z');
        assert_int_equal(k->key2, 0);
    }
}

static void keys_are_found_by_screen(void **state)
{
    (void)state;
    assert_int_equal(key_act(&map, 'e', SCREEN_KEYS), ACT_KEY_EDIT);
    assert_int_equal(key_act(&map, 'e', SCREEN_ACCOUNTS), ACT_ACCOUNT_EDIT);
    assert_int_equal(key_act(&map, 'e', SCREEN_LOGS), ACT_NONE);
    assert_int_equal(key_act(&map, K_HELP, SCREEN_USAGE), ACT_HELP);
    assert_int_equal(key_act(&map, 0, SCREEN_USAGE), ACT_NONE);
}

/* What the form shows is meant for a shell: it must mean there what it shows. */
static void commands_are_quoted_for_a_shell(void **state)
{
    (void)state;
    static const char said[] = "{\"name\":\"a b\",\"note\":\"$HOME\",\"daily_cost\":20}";
    cJSON *params = json_parse(said, strlen(said), NULL);
    char *command = act_command(method_by_id(M_KEY_CREATE), params);
    assert_string_equal(command, "crs key create 'a b' --note '$HOME' --daily-cost 20");
    free(command);
    cJSON_Delete(params);
}

static void acts_take_other_keys(void **state)
{
    struct err err;
    (void)state;
    assert_int_equal(keymap_set(&map, "key-pause", "z Ctrl-X", &err), 0);
    assert_int_equal(key_act(&map, 'z', SCREEN_KEYS), ACT_KEY_PAUSE);
    assert_int_equal(key_act(&map, K_CTRL('x'), SCREEN_KEYS), ACT_KEY_PAUSE);
    assert_int_equal(key_act(&map, 'x', SCREEN_KEYS), ACT_NONE);
    assert_int_equal(key_act(&map, 'x', SCREEN_ACCOUNTS), ACT_ACCOUNT_TOGGLE);
    assert_int_equal(keymap_set(&map, "account-remove", "none", &err), 0);
    assert_int_equal(key_act(&map, 'D', SCREEN_ACCOUNTS), ACT_NONE);
    assert_int_equal(keymap_set(&map, "mark", "PgUp", &err), 0);
    assert_int_equal(keymap_check(&map, "mark", &err), -1);
    assert_string_equal(err.text, "the key PgUp of 'mark' is the key of 'half-up' too");
    assert_int_equal(keymap_set(&map, "half-up", "space", &err), 0);
    assert_int_equal(keymap_check(&map, "mark", &err), 0);
    assert_int_equal(keymap_check(&map, "half-up", &err), 0);
}

static void odd_keys_and_acts_are_refused(void **state)
{
    static const char *const keys[] = {"", "xy", "Ctrl-", "Ctrl-1", "x none", "a b c", "\xff"};
    struct err err;
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_equal(keymap_set(&map, "copy", keys[i], &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
    }
    assert_int_equal(key_act(&map, 'y', SCREEN_KEYS), ACT_COPY);
    assert_int_equal(keymap_set(&map, "COPY", "x", &err), -1);
    assert_int_equal(keymap_set(&map, "rename", "x", &err), -1);
}

/* What the footer says of a key is what the configuration takes. */
static void key_names_are_read_back(void **state)
{
    size_t n;
    const struct key_row *v = key_rows(&map, &n);
    char name[KEY_NAME_MAX];
    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(key_named(key_spoken(v[i].key, name)), v[i].key);
        if (v[i].key2)
            assert_int_equal(key_named(key_spoken(v[i].key2, name)), v[i].key2);
    }
    assert_int_equal(key_named("日"), 0x65E5);
}

static void themes_are_made_of_looks(void **state)
{
    struct own_theme o;
    struct err err;
    (void)state;
    own_theme_init(&o, "sea", THEME_DARK);
    assert_int_equal(own_theme_set(&o, "bad", "white on red bold", &err), 0);
    assert_int_equal(o.looks[LOOK_BAD].ink, 7);
    assert_int_equal(o.looks[LOOK_BAD].paper, 1);
    assert_int_equal(o.looks[LOOK_BAD].attrs, ATTR_BOLD);
    assert_int_equal(own_theme_set(&o, "chart-2", "116", &err), 0);
    assert_int_equal(o.looks[LOOK_CHART_2].ink, NO_COLOUR);
    assert_int_equal(o.looks[LOOK_CHART_2].rich_ink, 116);
    assert_int_equal(own_theme_set(&o, "chart-9", "116", &err), -1);
    assert_int_equal(own_theme_set(&o, "bad", "256", &err), -1);
    assert_int_equal(own_theme_set(&o, "bad", "pink", &err), -1);
    assert_int_equal(o.looks[LOOK_BAD].ink, 7);
}

static struct conf file(const char *text)
{
    struct conf c = {0};
    struct err err;
    assert_int_equal(conf_parse(&c, "config", text, strlen(text), &err), 0);
    return c;
}

static void a_bad_line_is_told_with_its_number(void **state)
{
    struct options o = {0};
    struct err err;
    (void)state;
    keymap_init(&o.keys);
    struct conf c = file("[keys]\nquit = Ctrl-Q\nkey-pause = e\n");
    assert_int_equal(custom_keys(&o, &c, &err), -1);
    assert_string_equal(
        err.text, "config:3: the key e of 'key-pause' is the key of 'key-edit' too");
    conf_release(&c);
    /* Two acts change places. */
    keymap_init(&o.keys);
    c = file("[keys]\nkey-pause = e\nkey-edit = x\n");
    assert_int_equal(custom_keys(&o, &c, &err), 0);
    conf_release(&c);
    c = file("[theme.sea]\nlike = dark\ngood = 116\n[theme.bad]\n\nlike = pink\n");
    assert_int_equal(custom_theme(&o, &c, "sea", &err), 1);
    assert_string_equal(o.own.name, "sea");
    assert_int_equal(o.own.looks[LOOK_GOOD].rich_ink, 116);
    assert_int_equal(custom_theme(&o, &c, "lake", &err), 0);
    assert_int_equal(custom_theme(&o, &c, "bad", &err), -1);
    assert_string_equal(err.text, "config:6: no such theme 'pink'");
    conf_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_key_means_one_thing_on_a_screen, begin),
        cmocka_unit_test_setup(rows_are_in_the_order_of_acts, begin),
        cmocka_unit_test_setup(words_are_commands, begin),
        cmocka_unit_test_setup(needs_are_those_of_the_method, begin),
        cmocka_unit_test_setup(what_destroys_is_a_capital, begin),
        cmocka_unit_test_setup(keys_are_found_by_screen, begin),
        cmocka_unit_test_setup(acts_take_other_keys, begin),
        cmocka_unit_test_setup(odd_keys_and_acts_are_refused, begin),
        cmocka_unit_test_setup(key_names_are_read_back, begin),
        cmocka_unit_test_setup(themes_are_made_of_looks, begin),
        cmocka_unit_test_setup(a_bad_line_is_told_with_its_number, begin),
        cmocka_unit_test_setup(commands_are_quoted_for_a_shell, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
