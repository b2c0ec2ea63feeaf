/* What of an answer goes now and what waits: for every way a stream can be cut into pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/text.h"
#include "flow/hold.h"

static void take(void *self, const char *p, size_t n)
{
    buf_add(self, p, n);
}

static const char stream[] = "event: message_start\ndata: {\"a\":1}\n\n"
                             ": a comment\n\n"
                             "event: ping\r\ndata: {}\r\n\r\n"
                             "event: delta\ndata: x\ndata: y\n\n";
static const char last[] = "event: message_stop\ndata: {}\n\n";

/* Whether out ends between two events. */
static bool ends_whole(const struct buf *out)
{
    return out->len == 0 || text_ends(out->data, "\n\n") || text_ends(out->data, "\n\r\n");
}

static void events_go_out_whole_at_every_cut(void **state)
{
    (void)state;
    size_t n = sizeof stream - 1;
    for (size_t a = 0; a <= n; a++) {
        for (size_t b = a; b <= n; b++) {
            struct buf out = BUF_INIT;
            struct hold h;
            hold_init(&h, HOLD_EVENTS, 0, take, &out);
            hold_feed(&h, stream, a);
            assert_true(ends_whole(&out));
            hold_feed(&h, stream + a, b - a);
            assert_true(ends_whole(&out));
            assert_true(hold_between(&h));
            hold_feed(&h, stream + b, n - b);
            assert_int_equal(out.len, n);
            assert_memory_equal(out.data, stream, n);
            hold_release(&h);
            buf_release(&out);
        }
    }
}

static void the_last_event_waits(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    struct hold h;
    hold_init(&h, HOLD_EVENTS, 0, take, &out);
    hold_feed(&h, stream, sizeof stream - 1);
    hold_feed(&h, last, 10);
    hold_final(&h);
    hold_feed(&h, last + 10, sizeof last - 1 - 10);
    hold_feed(&h, ": behind\n\n", 10);
    assert_int_equal(out.len, sizeof stream - 1);
    hold_flush(&h);
    assert_true(text_ends(out.data, "data: {}\n\n: behind\n\n"));
    assert_int_equal(out.len, sizeof stream - 1 + sizeof last - 1 + 10);
    hold_release(&h);
    buf_release(&out);
}

static void what_waits_can_be_dropped(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    struct hold h;
    hold_init(&h, HOLD_EVENTS, 0, take, &out);
    hold_feed(&h, "data: 1\n\ndata: hal", 18);
    hold_drop(&h);
    assert_string_equal(out.data, "data: 1\n\n");
    assert_true(hold_between(&h));
    hold_release(&h);
    buf_release(&out);
}

/* A line of 64 MiB must not be gathered in memory, and no ping may be put into it. */
static void an_endless_event_passes(void **state)
{
    (void)state;
    char piece[4096];
    struct buf out = BUF_INIT;
    struct hold h;
    memset(piece, 'x', sizeof piece);
    hold_init(&h, HOLD_EVENTS, 0, take, &out);
    for (int i = 0; i < 64; i++) {
        hold_feed(&h, piece, sizeof piece);
        assert_true(h.kept.len <= HOLD_EVENT_MAX);
    }
    assert_true(out.len > HOLD_EVENT_MAX);
    assert_false(hold_between(&h));
    hold_feed(&h, "\n\n", 2);
    assert_true(hold_between(&h));
    assert_int_equal(out.len, 64 * sizeof piece + 2);
    hold_release(&h);
    buf_release(&out);
}

static void much_behind_the_last_event_is_bounded(void **state)
{
    (void)state;
    static char piece[64 << 10];
    struct buf out = BUF_INIT;
    struct hold h;
    memset(piece, 'y', sizeof piece);
    hold_init(&h, HOLD_EVENTS, 0, take, &out);
    hold_final(&h);
    for (int i = 0; i < 40; i++) {
        hold_feed(&h, piece, sizeof piece);
        assert_true(h.kept.len <= HOLD_LAST_MAX);
    }
    hold_release(&h);
    buf_release(&out);
}

static void the_end_of_a_counted_body_waits_at_every_cut(void **state)
{
    (void)state;
    static char body[3000];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)('a' + i % 26);
    for (size_t total = 0; total <= sizeof body; total += 97) {
        for (size_t a = 0; a <= total; a += 13) {
            struct buf out = BUF_INIT;
            struct hold h;
            hold_init(&h, HOLD_LENGTH, total, take, &out);
            hold_feed(&h, body, a);
            hold_feed(&h, body + a, total - a);
            assert_true(total == 0 || out.len < total);
            assert_true(h.kept.len <= HOLD_TAIL);
            hold_flush(&h);
            assert_int_equal(out.len, total);
            assert_memory_equal(out.data, body, total);
            hold_release(&h);
            buf_release(&out);
        }
    }
}

static void an_open_body_passes(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    struct hold h;
    hold_init(&h, HOLD_OPEN, 0, take, &out);
    hold_feed(&h, "{}", 2);
    assert_string_equal(out.data, "{}");
    assert_false(hold_between(&h));
    hold_release(&h);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_go_out_whole_at_every_cut),
        cmocka_unit_test(the_last_event_waits),
        cmocka_unit_test(what_waits_can_be_dropped),
        cmocka_unit_test(an_endless_event_passes),
        cmocka_unit_test(much_behind_the_last_event_is_bounded),
        cmocka_unit_test(the_end_of_a_counted_body_waits_at_every_cut),
        cmocka_unit_test(an_open_body_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
