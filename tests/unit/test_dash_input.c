/* Keys, pastes and the line that is edited. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tui/dash/edit.h"
#include "tui/dash/input.h"

static void a_paste_is_one_input_and_never_a_key(void **state)
{
    struct input_reader r;
    struct input in;
    (void)state;
    input_init(&r);
    assert_false(input_feed(&r, K_PASTE_BEGIN, &in));
    for (const char *p = "D\x1B"
                         "q\r";
         *p; p++)
        assert_false(input_feed(&r, *p, &in));
    assert_false(input_feed(&r, 0x65E5, &in));
    assert_false(input_feed(&r, K_UP, &in));
    assert_true(input_feed(&r, K_PASTE_END, &in));
    assert_int_equal(in.kind, INPUT_PASTE);
    assert_string_equal(in.paste, "D\x1B"
                                  "q\r\xE6\x97\xA5");
    assert_false(in.cut);
    assert_true(input_feed(&r, 'q', &in));
    assert_int_equal(in.kind, INPUT_KEY);
    input_release(&r);
}

static void a_paste_has_a_bound(void **state)
{
    struct input_reader r;
    struct input in;
    (void)state;
    input_init(&r);
    input_feed(&r, K_PASTE_BEGIN, &in);
    for (size_t i = 0; i < 2 * PASTE_MAX; i++)
        input_feed(&r, 'x', &in);
    assert_true(input_feed(&r, K_PASTE_END, &in));
    assert_true(in.cut);
    assert_true(strlen(in.paste) <= PASTE_MAX);
    input_release(&r);
}

static void an_end_without_a_begin_is_nothing(void **state)
{
    struct input_reader r;
    struct input in;
    (void)state;
    input_init(&r);
    assert_false(input_feed(&r, K_PASTE_END, &in));
    assert_false(input_feed(&r, K_UNKNOWN, &in));
    input_release(&r);
}

static void letters_are_text_in_a_line(void **state)
{
    struct edit e;
    (void)state;
    edit_init(&e, "ab");
    assert_true(edit_key(&e, 'q'));
    assert_true(edit_key(&e, K_LEFT));
    assert_true(edit_key(&e, 0x65E5));
    assert_string_equal(e.text.data, "ab\xE6\x97\xA5q");
    assert_true(edit_key(&e, K_BACKSPACE));
    assert_string_equal(e.text.data, "abq");
    assert_true(edit_key(&e, K_CTRL('u')));
    assert_int_equal(e.text.len, 0);
    assert_true(edit_key(&e, K_BACKSPACE));
    assert_false(edit_key(&e, K_TAB));
    edit_release(&e);
}

/* An accent goes with its letter: the cursor never stands between them. */
static void marks_stay_with_their_letter(void **state)
{
    struct edit e;
    (void)state;
    edit_init(&e, "e\xCC\x81x");
    edit_key(&e, K_HOME);
    edit_key(&e, K_RIGHT);
    assert_int_equal(e.at, 3);
    edit_release(&e);
}

static void a_paste_into_a_line_is_one_line(void **state)
{
    struct edit e;
    (void)state;
    edit_init(&e, NULL);
    edit_paste(&e, "\n one\r\ntwo\x07\t\n");
    assert_string_equal(e.text.data, "one  two");
    e.keep_lines = true;
    edit_set(&e, "{\n1}\n");
    assert_string_equal(e.text.data, "{\n1}");
    edit_release(&e);
}

static void a_secret_shows_its_ends_only(void **state)
{
    struct edit e;
    struct buf b = BUF_INIT;
    int cursor;
    (void)state;
    edit_init(&e, NULL);
    e.secret = true;
    edit_paste(&e, "sk-ant-abcdefghijklmnop-wxyz");
    edit_view(&e, 40, &b, &cursor);
    assert_null(strstr(b.data, "ghij"));
    buf_reset(&b);
    edit_set(&e, "short");
    edit_view(&e, 40, &b, &cursor);
    assert_string_equal(b.data, "*****");
    buf_release(&b);
    edit_release(&e);
}

static void the_cursor_is_always_in_view(void **state)
{
    struct edit e;
    struct buf b = BUF_INIT;
    int cursor;
    (void)state;
    edit_init(&e, "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E and much more than fits");
    for (int cells = 2; cells < 12; cells++)
        for (int i = 0; i < 40; i++) {
            buf_reset(&b);
            edit_view(&e, cells, &b, &cursor);
            assert_in_range(cursor, 0, cells - 1);
            edit_key(&e, i < 20 ? K_LEFT : K_RIGHT);
        }
    buf_release(&b);
    edit_release(&e);
}

static void keys_have_names(void **state)
{
    char out[KEY_NAME_MAX];
    (void)state;
    assert_string_equal(key_spoken(K_CTRL('s'), out), "Ctrl-S");
    assert_string_equal(key_spoken(K_ENTER, out), "Enter");
    assert_string_equal(key_spoken('x', out), "x");
    assert_string_equal(key_spoken(0x65E5, out), "\xE6\x97\xA5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_paste_is_one_input_and_never_a_key),
        cmocka_unit_test(a_paste_has_a_bound),
        cmocka_unit_test(an_end_without_a_begin_is_nothing),
        cmocka_unit_test(letters_are_text_in_a_line),
        cmocka_unit_test(marks_stay_with_their_letter),
        cmocka_unit_test(a_paste_into_a_line_is_one_line),
        cmocka_unit_test(a_secret_shows_its_ends_only),
        cmocka_unit_test(the_cursor_is_always_in_view),
        cmocka_unit_test(keys_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
