/* Events out of a stream, cut anywhere; what is too long passes untold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "upstream/sse.h"

static void on_event(void *self, const char *event, const char *data, size_t n)
{
    assert_int_equal(strlen(data), n);
    buf_addf(self, "[%s|%s]", event, data);
}

static const struct {
    const char *stream, *told;
    bool between;
} rows[] = {
    {"", "", true},
    {"data: a\n\n", "[|a]", true},
    {"event: x\ndata: a\n\n", "[x|a]", true},
    {"data: a\r\n\r\ndata: b\r\n\r\n", "[|a][|b]", true},
    {"data: a\rdata: b\r\rdata: c\r\r", "[|a\nb][|c]", false},
    {"data:a\ndata:  b\ndata\n\n", "[|a\n b\n]", true},
    {"data:\n\n", "[|]", true},
    {": ping\n\n", "", true},
    {"event: x\n\ndata: a\n\n", "[|a]", true},
    {"\n\n\ndata: a\n\n\n", "[|a]", true},
    {"\xef\xbb\xbf"
     "data: a\n\n",
        "[|a]", true},
    {"data: a\n\n\xef\xbb\xbf"
     "data: b\n\n",
        "[|a]", true},
    {"id: 1\nretry: 5\ndatax: b\nDATA: c\ndata : d\ndata: \xc3\xa4\n\n", "[|\xc3\xa4]", true},
    {"data: a\n", "", false},
    {"data: a\n\nd", "[|a]", false},
    {"data: a: b\n\n", "[|a: b]", true},
    {"event: x\nevent: y\ndata: a\n\ndata: b\n\n", "[y|a][|b]", true},
};

static void test_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = strlen(rows[i].stream);
        for (size_t step = 1; step <= n + 1; step++) {
            struct sse s;
            struct buf told = BUF_INIT;
            sse_init(&s, on_event, &told);
            for (size_t at = 0; at < n; at += step)
                sse_feed(&s, rows[i].stream + at, n - at < step ? n - at : step);
            assert_string_equal(told.data, rows[i].told);
            assert_int_equal(sse_between(&s), rows[i].between);
            assert_int_equal(s.oversize, 0);
            sse_release(&s);
            buf_release(&told);
        }
    }
}

static void feed_letters(struct sse *s, size_t n)
{
    char piece[4096];
    memset(piece, 'x', sizeof piece);
    for (; n > 0; n -= n < sizeof piece ? n : sizeof piece)
        sse_feed(s, piece, n < sizeof piece ? n : sizeof piece);
}

static void test_oversize(void **state)
{
    (void)state;
    struct sse s;
    struct buf told = BUF_INIT;
    sse_init(&s, on_event, &told);
    /* one line of 4 MiB */
    sse_feed(&s, "data: ", 6);
    feed_letters(&s, 4 << 20);
    assert_true(s.line.cap + s.data.cap < 2 * SSE_EVENT_MAX + 65536);
    sse_feed(&s, "\nevent: late\ndata: tail\n\n", 25);
    assert_string_equal(told.data, "");
    assert_int_equal(s.oversize, 1);
    sse_feed(&s, "data: a\n\n", 9);
    assert_string_equal(told.data, "[|a]");
    /* many lines of one event */
    for (int i = 0; i < 300; i++) {
        sse_feed(&s, "data: ", 6);
        feed_letters(&s, 8192);
        sse_feed(&s, "\n", 1);
        assert_false(sse_between(&s));
    }
    sse_feed(&s, "\ndata: b\n\n", 10);
    assert_string_equal(told.data, "[|a][|b]");
    assert_int_equal(s.oversize, 2);
    assert_true(sse_between(&s));
    assert_true(s.line.cap + s.data.cap < 65536);
    sse_release(&s);
    buf_release(&told);
}

static void test_long_name(void **state)
{
    (void)state;
    struct sse s;
    struct buf told = BUF_INIT;
    sse_init(&s, on_event, &told);
    sse_feed(&s, "event: ", 7);
    feed_letters(&s, 100);
    sse_feed(&s, "\ndata: a\n\n", 10);
    assert_int_equal(told.len, 63 + 4);
    sse_release(&s);
    buf_release(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_oversize),
        cmocka_unit_test(test_long_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
