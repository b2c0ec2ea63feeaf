/* UTF-8 and the cells of text on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/width.h"

static void every_code_point_there_and_back(void **state)
{
    (void)state;
    for (unsigned cp = 0; cp <= 0x10FFFF; cp++) {
        char bytes[4];
        unsigned back;
        size_t n = utf8_encode(cp, bytes);
        assert_int_equal(utf8_decode(bytes, n, &back), n);
        assert_int_equal(back, cp >= 0xD800 && cp <= 0xDFFF ? 0xFFFD : cp);
        assert_true(n == 1 || utf8_decode(bytes, n - 1, &back) == 1);
    }
    char bytes[4];
    unsigned cp;
    assert_int_equal(utf8_encode(0x110000, bytes), 3);
    assert_int_equal(utf8_decode("", 0, &cp), 0);
    assert_false(utf8_valid("\xC0\x80", 2));
    assert_false(utf8_valid("\xED\xA0\x80", 3));
    assert_false(utf8_valid("a\xF4\x90\x80\x80", 5));
    assert_true(utf8_valid("\xEF\xBF\xBD", 3));
}

static void widths(void **state)
{
    (void)state;
    static const struct {
        unsigned cp;
        int cells;
    } rows[] = {
        {'a', 1},
        {0x1B, 1},
        {0x7F, 1},
        {0xAD, 1},
        {0xE9, 1},
        {0x301, 0},
        {0x200B, 0},
        {0x200D, 0},
        {0x202E, 1},
        {0x1100, 2},
        {0x1161, 0},
        {0x11A8, 0},
        {0x2026, 1},
        {0x2500, 1},
        {0x231A, 2},
        {0x303F, 1},
        {0x3000, 2},
        {0x3042, 2},
        {0x4E2D, 2},
        {0xAC00, 2},
        {0xD7A3, 2},
        {0xFE0F, 0},
        {0xFEFF, 0},
        {0xFF21, 2},
        {0xFF61, 1},
        {0xFFFD, 1},
        {0x1F600, 2},
        {0x1F1E9, 1},
        {0x20000, 2},
        {0x3FFFD, 2},
        {0xE0100, 0},
        {0x10FFFF, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (width_of(rows[i].cp) != rows[i].cells)
            fail_msg("U+%04X: %d", rows[i].cp, width_of(rows[i].cp));
    assert_int_equal(width_text("e\xCC\x81\xE4\xB8\xAD\xFFx\n"), 6);
}

static void fits(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        int cells, align;
        const char *out;
    } rows[] = {
        {"abc", 5, 0, "abc  "},
        {"abc", 5, 1, "  abc"},
        {"abc", 5, -1, "abc"},
        {"abc", 3, 0, "abc"},
        {"abcd", 3, 0, "ab~"},
        {"abcd", 1, 0, "~"},
        {"abcd", 0, 0, ""},
        {"abcd", -3, 0, ""},
        {"", 2, 0, "  "},
        {"\xE6\x97\xA5\xE6\x9C\xAC", 4, 0, "\xE6\x97\xA5\xE6\x9C\xAC"},
        {"\xE6\x97\xA5\xE6\x9C\xAC", 3, 0, "\xE6\x97\xA5~"},
        {"\xE6\x97\xA5\xE6\x9C\xAC", 2, 0, " ~"},
        {"\xE6\x97\xA5\xE6\x9C\xAC", 2, -1, "~"},
        {"e\xCC\x81x", 2, 0, "e\xCC\x81x"},
        {"e\xCC\x81xy", 2, 0, "e\xCC\x81~"},
        {"\x1B[2Jx", 5, 0, "?[2Jx"},
        {"a\xC2\x9Bz", 3, 0, "a?z"},
        {"\xE2\x80\xAE"
         "abc",
            4, 0, "?abc"},
        {"\xFF\xC3", 3, 1, " ??"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b = BUF_INIT;
        width_fit(&b, rows[i].s, rows[i].cells, rows[i].align);
        if (strcmp(b.data, rows[i].out) != 0)
            fail_msg("row %zu: '%s'", i, b.data);
        buf_release(&b);
    }
    struct buf b = BUF_INIT;
    width_clean(&b, "a\tb\xF0\x9F\x98\x80\x80");
    assert_string_equal(b.data, "a?b\xF0\x9F\x98\x80?");
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_there_and_back),
        cmocka_unit_test(widths),
        cmocka_unit_test(fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
