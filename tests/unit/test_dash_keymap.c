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

static void each_key_means_one_thing_on_a_screen(void **state)
{
    size_t n;
    const struct key_row *v = key_rows(&n);
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
    const struct key_row *v = key_rows(&n);
    (void)state;
    assert_int_equal(n, ACTS - 1);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(key_row_of((enum act)(i + 1))->act, v[i].act);
    assert_null(key_row_of(ACT_NONE));
    assert_null(key_row_of(ACTS));
}

static void words_are_commands(void **state)
{
    size_t n;
    const struct key_row *v = key_rows(&n);
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
    const struct key_row *v = key_rows(&n);
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
        const struct key_row *k = key_row_of(acts[i]);
        assert_in_range(k->key, 'A', 'Z');
        assert_int_equal(k->key2, 0);
    }
}

static void keys_are_found_by_screen(void **state)
{
    (void)state;
    assert_int_equal(key_act('e', SCREEN_KEYS), ACT_KEY_EDIT);
    assert_int_equal(key_act('e', SCREEN_ACCOUNTS), ACT_ACCOUNT_EDIT);
    assert_int_equal(key_act('e', SCREEN_LOGS), ACT_NONE);
    assert_int_equal(key_act(K_HELP, SCREEN_USAGE), ACT_HELP);
    assert_int_equal(key_act(0, SCREEN_USAGE), ACT_NONE);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_means_one_thing_on_a_screen),
        cmocka_unit_test(rows_are_in_the_order_of_acts),
        cmocka_unit_test(words_are_commands),
        cmocka_unit_test(needs_are_those_of_the_method),
        cmocka_unit_test(what_destroys_is_a_capital),
        cmocka_unit_test(keys_are_found_by_screen),
        cmocka_unit_test(commands_are_quoted_for_a_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
