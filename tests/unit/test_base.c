/* Errors, buffers and text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/text.h"
#include "common/width.h"

static void errors_say_what_they_are(void **state)
{
    (void)state;
    struct err err = {.hint = "old"};
    assert_int_equal(err_set(&err, ERR_NOT_FOUND, "no such key '%s'", "ci"), -1);
    assert_string_equal(err.text, "no such key 'ci'");
    assert_string_equal(err.hint, "");
    assert_int_equal(err_hint(&err, "crs key list"), -1);
    assert_int_equal(err_prefix(&err, "line %d", 3), -1);
    assert_string_equal(err.text, "line 3: no such key 'ci'");
    assert_string_equal(err.hint, "crs key list");
    assert_int_equal(err.code, ERR_NOT_FOUND);
    err_set(&err, ERR_USAGE, "again %s", err.text); /* reads what it replaces */
    assert_string_equal(err.text, "again line 3: no such key 'ci'");
    assert_int_equal(err_set(NULL, ERR_USAGE, "x"), -1);
    err_clear(&err);
    assert_int_equal(err.code, ERR_NONE);
}

static void errors_are_cut_at_a_character(void **state)
{
    (void)state;
    char text[800];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 4 < sizeof text; i += 4)
            memcpy(text + i, "\xF0\x9F\x98\x80", 5);
        struct err err;
        err_set(&err, ERR_USAGE, "%s", text);
        assert_true(utf8_valid(err.text, strlen(err.text)));
        assert_true(strlen(err.text) > sizeof err.text - 5);
        err_prefix(&err, "%s", "p\xC3\xA9");
        assert_true(utf8_valid(err.text, strlen(err.text)));
        assert_true(strlen(err.text) > sizeof err.text - 5);
    }
}

static void error_rows(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_CODES; i++) {
        const struct err_row *row = err_row((enum err_code)i);
        assert_int_equal(row->code, i);
        assert_ptr_equal(err_row_by_name(row->name), row);
    }
    assert_int_equal(err_row((enum err_code)99)->code, ERR_FAILED);
    assert_int_equal(err_row_by_name("what")->code, ERR_FAILED);
    assert_int_equal(err_row_by_name(NULL)->code, ERR_FAILED);
    assert_int_equal(err_row(ERR_DECLINED)->exit_status, 9);
}

static void buffers(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;
    assert_string_equal(b.data, "");
    buf_reset(&b);
    buf_drop(&b, 3);
    buf_add(&b, "", 0);
    assert_int_equal(b.cap, 0);
    for (int i = 0; i < 1000; i++)
        buf_addf(&b, "%d,", i);
    assert_int_equal(b.len, 3890);
    assert_int_equal(b.data[b.len], 0);
    assert_memory_equal(b.data, "0,1,2,3,", 8);
    buf_drop(&b, 2);
    assert_memory_equal(b.data, "1,2,3,", 6);
    assert_int_equal(b.data[b.len], 0);
    buf_drop(&b, 99999);
    assert_int_equal(b.len, 0);
    char big[300];
    memset(big, 'y', sizeof big - 1);
    big[sizeof big - 1] = 0;
    buf_addf(&b, "<%s>", big);
    assert_int_equal(b.len, 301);
    buf_addc(&b, 0);
    assert_int_equal(b.len, 302);
    size_t n;
    char *p = buf_steal(&b, &n);
    assert_int_equal(n, 302);
    assert_string_equal(b.data, "");
    free(p);
    p = buf_steal(&b, NULL);
    assert_string_equal(p, "");
    free(p);
    buf_adds(&b, "secret");
    buf_wipe(&b);
    assert_int_equal(b.cap, 0);
    struct buf zero = {0}; /* from calloc: must be usable too */
    buf_addc(&zero, 'x');
    assert_string_equal(zero.data, "x");
    buf_release(&zero);
}

static void globs(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *s;
        bool match;
    } rows[] = {
        {"claude-*", "claude-opus-4-5", true},
        {"CLAUDE-*", "claude-opus", true},
        {"*opus*", "claude-opus-4", true},
        {"*", "", true},
        {"", "", true},
        {"", "a", false},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"*a*b", "xaxbxb", true},
        {"*a*b", "xaxbx", false},
        {"a**b", "ab", true},
        {"gpt-5", "gpt-5.1", false},
        {"?", "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (text_glob(rows[i].pattern, rows[i].s) != rows[i].match)
            fail_msg("%s against %s", rows[i].pattern, rows[i].s);
    /* Exponential where stars are tried one inside the other. */
    char s[3001];
    memset(s, 'a', 3000);
    s[3000] = 0;
    assert_false(text_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", s));
}

static void codings(void **state)
{
    (void)state;
    char hex[9];
    unsigned char bytes[4] = {0, 0x7F, 0xAB, 0xFF};
    text_hex(bytes, 4, hex);
    assert_string_equal(hex, "007fabff");
    unsigned char back[4];
    assert_int_equal(text_unhex("007FabFf", back, 4), 0);
    assert_memory_equal(back, bytes, 4);
    assert_int_equal(text_unhex("007fabf", back, 4), -1);
    assert_int_equal(text_unhex("007fabff0", back, 4), -1);
    assert_int_equal(text_unhex("007fabfg", back, 4), -1);
    char *s = text_base64url((const unsigned char *)"\xFB\xEF\xFF?", 4);
    assert_string_equal(s, "--__Pw");
    free(s);
    s = text_urlencode("a b/\xC3\xA9~-._%");
    assert_string_equal(s, "a%20b%2F%C3%A9~-._%25");
    free(s);
}

static void nearest_words(void **state)
{
    (void)state;
    static const char *const words[] = {"create", "list", "show", "edit", "remove", "rotate"};
    assert_string_equal(text_nearest("lsit", words, 6), "list");
    assert_string_equal(text_nearest("shw", words, 6), "show");
    assert_string_equal(text_nearest("craete", words, 6), "create");
    assert_null(text_nearest("zzz", words, 6));
    assert_null(text_nearest("", words, 6));
    assert_int_equal(text_distance("abc", "abc"), 0);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
    assert_int_equal(text_distance("", "abcdefghijkl"), 9);
    char big[200];
    memset(big, 'a', sizeof big - 1);
    big[sizeof big - 1] = 0;
    assert_int_equal(text_distance(big, "a"), 9);
    assert_int_equal(text_distance(big, big), 0);
}

static void redaction(void **state)
{
    (void)state;
    char *s = text_redact("cr_8f3a0123456789abcdef0123456789abcdef0123456789abcdef01234567c41e");
    assert_string_equal(s, "cr_8f3a\xE2\x80\xA6"
                           "c41e");
    free(s);
    s = text_redact("short");
    assert_string_equal(s, "\xE2\x80\xA6");
    free(s);
    for (size_t n = 0; n < 80; n++) {
        char secret[81];
        memset(secret, 'k', n);
        secret[n] = 0;
        s = text_redact(secret);
        assert_true((strlen(s) - 3) * 2 <= n); /* never as much as half */
        free(s);
    }
    s = text_redact("\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD");
    assert_true(utf8_valid(s, strlen(s)));
    free(s);
}

static void quoted(const char *s, const char *as)
{
    struct buf b = BUF_INIT;
    text_shell_word(&b, s);
    assert_string_equal(b.data, as);
    buf_release(&b);
}

static void words_for_a_shell(void **state)
{
    (void)state;
    quoted("ci-build_2.0", "ci-build_2.0");
    quoted("/run/crs.sock", "/run/crs.sock");
    quoted("", "''");
    quoted("a b", "'a b'");
    quoted("$HOME", "'$HOME'");
    quoted("~", "'~'");
    quoted("opus-*", "'opus-*'");
    quoted("it's", "'it'\\''s'");
    quoted("\xE5\xBC\xA0", "'\xE5\xBC\xA0'");
}

static void a_clipboard_for_a_terminal(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "\033]52;c;\a"},
        {"f", "\033]52;c;Zg==\a"},
        {"fo", "\033]52;c;Zm8=\a"},
        {"foo", "\033]52;c;Zm9v\a"},
        {"\xFF\xFE\xFD>?", "\033]52;c;//79Pj8=\a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf b = BUF_INIT;
        text_osc52(&b, cases[i][0]);
        assert_string_equal(b.data, cases[i][1]);
        buf_release(&b);
    }
}

static void spans_and_lists(void **state)
{
    (void)state;
    assert_true(span_eq(span_trim(span_of(" \ta b ")), "a b"));
    assert_true(span_caseeq(span_of("BeArEr"), "bearer"));
    assert_false(span_caseeq(span_of("bear"), "bearer"));
    assert_int_equal(span_of(NULL).n, 0);
    assert_true(text_starts("abc", "ab") && !text_starts("a", "ab"));
    assert_true(text_ends("abc", "bc") && !text_ends("c", "bc") && text_ends("c", ""));
    assert_true(
        text_equal_ct("abc", "abc") && !text_equal_ct("abc", "abd") && !text_equal_ct("abc", "ab"));
    struct strlist a = {0}, b = {0};
    strlist_split(&a, " x, y ,,z\nw,", ",\n");
    assert_int_equal(a.n, 4);
    assert_true(strlist_has(&a, "y") && !strlist_has(&a, "Y"));
    strlist_copy(&b, &a);
    assert_true(strlist_equal(&a, &b));
    strlist_copy(&b, &b);
    strlist_remove(&b, "y");
    assert_false(strlist_equal(&a, &b));
    char *s = strlist_join(&b, "+");
    assert_string_equal(s, "x+z+w");
    free(s);
    strlist_release(&a);
    strlist_release(&b);
    s = strlist_join(&a, "+");
    assert_string_equal(s, "");
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_say_what_they_are),
        cmocka_unit_test(errors_are_cut_at_a_character),
        cmocka_unit_test(error_rows),
        cmocka_unit_test(buffers),
        cmocka_unit_test(globs),
        cmocka_unit_test(codings),
        cmocka_unit_test(nearest_words),
        cmocka_unit_test(redaction),
        cmocka_unit_test(words_for_a_shell),
        cmocka_unit_test(a_clipboard_for_a_terminal),
        cmocka_unit_test(spans_and_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
