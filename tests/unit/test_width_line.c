/* Breaking text into lines. */
#include "common/width.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The lines of s, each closed by '|'. */
static char *lines(const char *s, int cells)
{
    struct buf b = BUF_INIT;
    while (*s) {
        size_t skip, n = width_line(s, cells, &skip);
        assert_true(n + skip > 0);
        buf_add(&b, s, n);
        buf_addc(&b, '|');
        s += n + skip;
    }
    return buf_steal(&b, NULL);
}

static void breaks_where_it_may(void **state)
{
    static const struct {
        const char *text;
        int cells;
        const char *want;
    } cases[] = {
        {"one two three", 13, "one two three|"},
        {"one two three", 12, "one two|three|"},
        {"one two three", 7, "one two|three|"},
        {"one two three", 6, "one|two|three|"},
        {"overlong word", 4, "over|long|word|"},
        {"first\nsecond", 20, "first|second|"},
        {"\n\nx", 20, "||x|"},
        {"中继密钥已停用", 8, "中继密钥|已停用|"},
        {"中继密钥已停用", 9, "中继密钥|已停用|"},
        /* Closing signs stay with what they close, opening ones with what follows. */
        {"已停用，请恢复", 6, "已停|用，请|恢复|"},
        {"中继（只读）", 6, "中继|（只|读）|"},
        {"密钥“ci”已停用", 9, "密钥“ci”|已停用|"},
        {"密钥“ci”已停用", 7, "密钥|“ci”已|停用|"},
        /* Words of Latin letters stay whole. */
        {"请执行 crs key resume", 12, "请执行 crs|key resume|"},
        {"执行crs命令", 6, "执行|crs命|令|"},
        {"中", 1, "中|"},
        {"\xff\xfe", 1, "\xff|\xfe|"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *got = lines(cases[i].text, cases[i].cells);
        assert_string_equal(got, cases[i].want);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(breaks_where_it_may)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
