/* Chunked bodies, cut anywhere, and bodies in pieces with edits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "common/buf.h"
#include "http1/body.h"
#include "http1/chunk_int.h"

#define S(s) s, sizeof(s) - 1

/* Feeds bytes in steps of `step`; gives the verdict, what was decoded, and what was used. */
static enum h1_fault decode(const char *p, size_t n, size_t step, struct buf *out, size_t *used)
{
    struct h1_chunk d = {0};
    enum h1_fault f = H1_MORE;
    *used = 0;
    while (*used < n && f == H1_MORE) {
        size_t take = n - *used < step ? n - *used : step, eaten, len;
        char *copy = malloc(take), *data;
        memcpy(copy, p + *used, take);
        f = h1_chunk_decode(&d, copy, take, &data, &len, &eaten);
        buf_add(out, data, len);
        free(copy);
        assert_true(f != H1_MORE || eaten == take);
        *used += eaten;
    }
    return f;
}

static const struct {
    const char *bytes;
    size_t n;
    enum h1_fault want;
    const char *decoded;
    size_t rest; /* bytes behind the body */
} rows[] = {
    {S("0\r\n\r\n"), H1_OK, "", 0},
    {S("5\r\nhello\r\n0\r\n\r\n"), H1_OK, "hello", 0},
    {S("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET /"), H1_OK, "hello world", 5},
    {S("00000000000000Aa;x=\"y\"\r\n"), H1_MORE, "", 0},
    {S("00000000000000000\r\n"), H1_BAD_FRAMING, "", 0},
    {S("ffffffffffffffff\r\nx"), H1_MORE, "x", 0},
    {S("2;ext=\t1;b\r\nab\r\n0;c\r\nX-T: 1\r\nY:\r\n\r\n"), H1_OK, "ab", 0},
    {S("2\r\nab\r\n0\r\nX-T: 1\r\n\r\nrest"), H1_OK, "ab", 4},
    {S("0x10\r\n"), H1_BAD_FRAMING, "", 0},
    {S("+5\r\nhello"), H1_BAD_FRAMING, "", 0},
    {S("-5\r\nhello"), H1_BAD_FRAMING, "", 0},
    {S("1_0\r\n"), H1_BAD_FRAMING, "", 0},
    {S(" 5\r\nhello"), H1_BAD_FRAMING, "", 0},
    {S("5 \r\nhello"), H1_BAD_FRAMING, "", 0},
    {S("\r\n"), H1_BAD_FRAMING, "", 0},
    {S(";x\r\n"), H1_BAD_FRAMING, "", 0},
    {S("g\r\n"), H1_BAD_FRAMING, "", 0},
    {S("5\nhello"), H1_BAD_FRAMING, "", 0},
    {S("5\rhello"), H1_BAD_FRAMING, "", 0},
    {S("5;a\nb\r\nhello"), H1_BAD_FRAMING, "", 0},
    {S("5;a\rb\r\nhello"), H1_BAD_FRAMING, "", 0},
    {S("5;a\0\r\nhello"), H1_BAD_FRAMING, "", 0},
    {S("5\r\nhelloX\r\n"), H1_BAD_FRAMING, "hello", 0},
    {S("5\r\nhello\n0\r\n\r\n"), H1_BAD_FRAMING, "hello", 0},
    {S("5\r\nhello\r0"), H1_BAD_FRAMING, "hello", 0},
    {S("5\r\nhello\r\n\r\n"), H1_BAD_FRAMING, "hello", 0},
    {S("0\r\n\n"), H1_BAD_FRAMING, "", 0},
    {S("0\r\nX: a\nY: b\r\n\r\n"), H1_BAD_FRAMING, "", 0},
    {S("0\r\nX: a\rY"), H1_BAD_FRAMING, "", 0},
    {S("0\r\n\rX"), H1_BAD_FRAMING, "", 0},
};

static void test_chunks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t step = 1; step <= rows[i].n; step++) {
            struct buf out = BUF_INIT;
            size_t used;
            enum h1_fault f = decode(rows[i].bytes, rows[i].n, step, &out, &used);
            if (f != rows[i].want || strcmp(out.data, rows[i].decoded) != 0)
                fail_msg("%d, '%s' in steps of %zu for:\n%s", f, out.data, step, rows[i].bytes);
            if (f == H1_OK)
                assert_int_equal(rows[i].n - used, rows[i].rest);
            buf_release(&out);
        }
    }
}

static enum h1_fault padded(const char *before, size_t n, const char *after)
{
    struct buf b = BUF_INIT, out = BUF_INIT;
    size_t used;
    buf_adds(&b, before);
    for (size_t i = 0; i < n; i++)
        buf_addc(&b, 'x');
    buf_adds(&b, after);
    enum h1_fault f = decode(b.data, b.len, b.len, &out, &used);
    buf_release(&b);
    buf_release(&out);
    return f;
}

static void test_bounds(void **state)
{
    (void)state;
    /* ';' and CR count as well */
    assert_int_equal(padded("1;", H1_CHUNK_EXT_MAX - 2, "\r\na\r\n0\r\n\r\n"), H1_OK);
    assert_int_equal(padded("1;", H1_CHUNK_EXT_MAX - 1, "\r\na\r\n0\r\n\r\n"), H1_BAD_FRAMING);
    assert_int_equal(padded("0\r\nX:", H1_TRAILER_MAX - 3, "\r\n\r\n"), H1_OK);
    assert_int_equal(padded("0\r\nX:", H1_TRAILER_MAX - 2, "\r\n\r\n"), H1_BAD_FRAMING);
    assert_int_equal(padded("0\r\nX:", H1_TRAILER_MAX - 8, "\r\nY: 12\r\n\r\n"), H1_BAD_FRAMING);
}

/* One-byte chunks are slow but honest; megabytes of extensions are neither. */
static void test_bloat(void **state)
{
    (void)state;
    struct buf thin = BUF_INIT, fat = BUF_INIT, out = BUF_INIT;
    size_t used;
    for (int i = 0; i < 60000; i++)
        buf_adds(&thin, "1\r\nx\r\n");
    buf_adds(&thin, "0\r\n\r\n");
    assert_int_equal(decode(thin.data, thin.len, 65536, &out, &used), H1_OK);
    assert_int_equal(out.len, 60000);
    buf_reset(&out);
    for (int i = 0; i < 2000; i++) {
        buf_adds(&fat, "1;");
        for (int j = 0; j < 200; j++)
            buf_addc(&fat, 'e');
        buf_adds(&fat, "\r\nx\r\n");
    }
    assert_int_equal(decode(fat.data, fat.len, 65536, &out, &used), H1_BAD_FRAMING);
    assert_true(used < (H1_CHUNK_START * 5) / 4);
    size_t first = used;
    buf_reset(&out);
    assert_int_equal(decode(fat.data, fat.len, 777, &out, &used), H1_BAD_FRAMING);
    assert_int_equal(used, first);
    buf_release(&thin);
    buf_release(&fat);
    buf_release(&out);
}

static void test_chunk_head(void **state)
{
    (void)state;
    char out[20];
    assert_int_equal(h1_chunk_head(out, 1), 3);
    assert_memory_equal(out, "1\r\n", 3);
    assert_int_equal(h1_chunk_head(out, 0xabc0), 6);
    assert_memory_equal(out, "abc0\r\n", 6);
    assert_int_equal(h1_chunk_head(out, SIZE_MAX), 18);
}

/* The edited body from each position, by few iovecs at a time. */
static void check_body(
    const struct body *b, const struct body_edits *e, const char *want, size_t n, size_t step)
{
    assert_int_equal(body_edited_size(b, e), n);
    for (size_t from = 0; from <= n; from += step) {
        struct buf got = BUF_INIT;
        struct iovec iov[2];
        for (;;) {
            int filled = body_iov(b, e, from + got.len, iov, 2);
            for (int i = 0; i < filled; i++) {
                assert_true(iov[i].iov_len > 0);
                buf_add(&got, iov[i].iov_base, iov[i].iov_len);
            }
            if (!filled)
                break;
        }
        assert_int_equal(got.len, n - from);
        assert_memory_equal(got.data, want + from, n - from);
        buf_release(&got);
    }
}

static void test_edits(void **state)
{
    (void)state;
    struct body *b = body_create();
    struct body_edits e = {0};
    body_add(b, "0123456789", 10);
    check_body(b, NULL, S("0123456789"), 1);
    body_edits_add(&e, 8, 10, "END", 3);
    body_edits_add(&e, 0, 1, "", 0);
    body_edits_add(&e, 3, 3, "abc", 3);
    body_edits_add(&e, 4, 6, "X", 1);
    check_body(b, &e, S("12abc3X67END"), 1);
    body_edits_release(&e);
    body_edits_add(&e, 0, 10, "z", 1);
    check_body(b, &e, S("z"), 1);
    body_edits_release(&e);
    body_edits_add(&e, 10, 10, "tail", 4);
    check_body(b, &e, S("0123456789tail"), 1);
    body_edits_release(&e);
    body_unref(b);
    b = body_create();
    check_body(b, NULL, "", 0, 1);
    body_edits_add(&e, 0, 0, "all", 3);
    check_body(b, &e, S("all"), 1);
    body_edits_release(&e);
    body_unref(b);
}

static void test_pieces(void **state)
{
    (void)state;
    struct body *b = body_create();
    struct buf want = BUF_INIT;
    while (want.len < 300000) {
        char bytes[1009];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)(want.len / 7 + i * 31);
        buf_add(&want, bytes, sizeof bytes);
        body_add(b, bytes, sizeof bytes);
    }
    struct body *other = body_ref(b);
    body_unref(b);
    check_body(other, NULL, want.data, want.len, 7001);
    struct body_edits e = {0};
    body_edits_add(&e, 4090, 70000, "--", 2);
    memmove(want.data + 4092, want.data + 70000, want.len - 70000);
    memcpy(want.data + 4090, "--", 2);
    want.len -= 70000 - 4090 - 2;
    check_body(other, &e, want.data, want.len, 911);
    body_edits_release(&e);
    body_unref(other);
    buf_release(&want);
}

static void test_room(void **state)
{
    (void)state;
    struct body *b = body_create();
    size_t n;
    char *p = body_room(b, &n);
    assert_true(n >= 1);
    body_commit(b, 0);
    memset(p, 'a', n);
    body_commit(b, n);
    assert_int_equal(body_size(b), n);
    p = body_room(b, &n);
    *p = 'b';
    body_commit(b, 1);
    struct iovec iov[4];
    assert_int_equal(body_iov(b, NULL, body_size(b) - 1, iov, 4), 1);
    assert_int_equal(*(char *)iov[0].iov_base, 'b');
    body_unref(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_bloat),
        cmocka_unit_test(test_chunk_head),
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
