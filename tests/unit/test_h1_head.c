/* Heads of requests and responses: what is taken, what is refused, and that neither hangs on how
 * the bytes were cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "http1/head.h"

#define H "Host: a\r\n"
#define S(s) s, sizeof(s) - 1

struct row {
    const char *bytes;
    size_t n;
    enum h1_fault want;
    enum h1_framing framing;
    bool keep;
};

static const struct row requests[] = {
    {S("GET / HTTP/1.1\r\n" H "\r\n"), H1_OK, H1_NO_BODY, true},
    {S("\r\nGET / HTTP/1.1\r\n" H "\r\n"), H1_OK, H1_NO_BODY, true},
    {S("GET / HTTP/1.0\r\n\r\n"), H1_OK, H1_NO_BODY, false},
    {S("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), H1_OK, H1_NO_BODY, true},
    {S("GET / HTTP/1.1\r\n" H "Connection: x, Close\r\n\r\n"), H1_OK, H1_NO_BODY, false},
    {S("POST /v1 HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n"), H1_OK, H1_LENGTH, true},
    {S("POST /v1 HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n"), H1_OK, H1_NO_BODY, true},
    {S("POST /v1 HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n"), H1_OK, H1_CHUNKED, true},
    {S("POST /v1 HTTP/1.1\r\n" H "X-A:\xc3\xa4\tb \r\n\r\n"), H1_OK, H1_NO_BODY, true},
    {S("GET http://a:80/x?y HTTP/1.1\r\n" H "\r\n"), H1_OK, H1_NO_BODY, true},
    {S("GET HTTPS://a HTTP/1.1\r\n" H "\r\n"), H1_OK, H1_NO_BODY, true},
    {S("BREW / HTTP/1.1\r\n" H "\r\n"), H1_OK, H1_NO_BODY, true},
    {S("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), H1_OK, H1_NO_BODY, true},
    /* lines */
    {S("\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("\nGET / HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H "\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\nHost: a\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H "X: a\r\n\tb\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n X: b\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H "X: a\x7f\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H "X\0: a\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H "X : a\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H ": a\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H "X\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H "X\xc3\xa4: b\r\n\r\n"), H1_BAD, 0, 0},
    /* request line */
    {S("GET  / HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S(" GET / HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1 \r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET\t/ HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET /a b HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET /a\x01 HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET /a#b HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET * HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET a:80 HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET http:///x HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET http://u@a/x HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET /\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / http/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/11.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.2\r\n" H "\r\n"), H1_BAD_VERSION, 0, 0},
    {S("GET / HTTP/2.0\r\n" H "\r\n"), H1_BAD_VERSION, 0, 0},
    {S("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), H1_BAD_VERSION, 0, 0},
    {S("CONNECT a:80 HTTP/1.1\r\n" H "\r\n"), H1_BAD_METHOD, 0, 0},
    {S("TRACE / HTTP/1.1\r\n" H "\r\n"), H1_BAD_METHOD, 0, 0},
    {S("G(T / HTTP/1.1\r\n" H "\r\n"), H1_BAD, 0, 0},
    {S("\x16\x03\x01\x02"), H1_BAD, 0, 0},
    /* host */
    {S("GET / HTTP/1.1\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H H "\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.0\r\n" H H "\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\nHost:\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), H1_BAD, 0, 0},
    /* framing */
    {S("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), H1_BAD_FRAMING, 0,
        0},
    {S("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"), H1_BAD_FRAMING, 0,
        0},
    {S("POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Content-Length: -5\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Content-Length: 5 5\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Content-Length: 9223372036854775808\r\n\r\n"), H1_BAD_FRAMING, 0,
        0},
    {S("POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551621\r\n\r\n"), H1_BAD_FRAMING, 0,
        0},
    {S("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
        H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
        H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, identity\r\n\r\n"), H1_BAD_FRAMING, 0,
        0},
    {S("POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
        H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("POST / HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n\r\n"), H1_BAD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("HEAD / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("BREW / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n"), H1_BAD_METHOD, 0, 0},
    {S("GET / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n"), H1_OK, H1_NO_BODY, true},
};

static const struct row responses[] = {
    {S("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), H1_OK, H1_LENGTH, true},
    {S("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), H1_OK, H1_CHUNKED, true},
    {S("HTTP/1.1 200 OK\r\n\r\n"), H1_OK, H1_UNTIL_CLOSE, false},
    {S("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\n"), H1_OK, H1_LENGTH, true},
    {S("HTTP/1.1 200 \r\nContent-Length: 5\r\nConnection: close\r\n\r\n"), H1_OK, H1_LENGTH, false},
    {S("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n"), H1_OK, H1_LENGTH, false},
    {S("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n"), H1_OK, H1_NO_BODY, true},
    {S("HTTP/1.1 304 No\r\n\r\n"), H1_OK, H1_NO_BODY, true},
    {S("HTTP/1.1 100 Go\r\n\r\n"), H1_OK, H1_NO_BODY, true},
    {S("HTTP/1.1 101 Up\r\n\r\n"), H1_OK, H1_NO_BODY, true},
    {S("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
        H1_BAD_FRAMING, 0, 0},
    {S("HTTP/1.1 204 No\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), H1_BAD_FRAMING, 0, 0},
    {S("HTTP/1.1 2000 OK\r\n\r\n"), H1_BAD, 0, 0},
    {S("HTTP/1.1 99 OK\r\n\r\n"), H1_BAD, 0, 0},
    {S("HTTP/1.1 099 OK\r\n\r\n"), H1_BAD, 0, 0},
    {S("HTTP/1.1 600 OK\r\n\r\n"), H1_BAD, 0, 0},
    {S("HTTP/1.1 200 O\x01K\r\n\r\n"), H1_BAD, 0, 0},
    {S("HTTP/1.1 200 OK\n\r\n"), H1_BAD, 0, 0},
    {S("HTTP/1.1 200 OK\r\nA : b\r\n\r\n"), H1_BAD, 0, 0},
    {S("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"), H1_BAD, 0, 0},
    {S("HTTP/2 200\r\n\r\n"), H1_BAD, 0, 0},
    {S("HTTP/2.0 200 OK\r\n\r\n"), H1_BAD_VERSION, 0, 0},
    {S("<html>"), H1_BAD, 0, 0},
    {S("SSH-2.0-x\r\n"), H1_BAD, 0, 0},
};

typedef enum h1_fault parse(const char *p, size_t n, struct h1_head *h);

static enum h1_fault parse_response(const char *p, size_t n, struct h1_head *h)
{
    return h1_parse_response(p, n, false, h);
}

/* Each prefix in memory of its own size, so that a read beyond it is found. */
static enum h1_fault parse_exact(parse *f, const char *p, size_t n, struct h1_head *h)
{
    char *copy = malloc(n ? n : 1);
    memcpy(copy, p, n);
    enum h1_fault fault = f(copy, n, h);
    free(copy);
    return fault;
}

static void check_row(parse *f, const struct row *r)
{
    struct h1_head h;
    enum h1_fault got = parse_exact(f, r->bytes, r->n, &h);
    if (got != r->want)
        fail_msg("%d, not %d, for:\n%s", got, r->want, r->bytes);
    if (got == H1_OK) {
        assert_int_equal(h.framing, r->framing);
        assert_int_equal(h.keep_alive, r->keep);
        assert_int_equal(h.size, r->n);
    }
    for (size_t i = 0; i < r->n; i++) {
        enum h1_fault early = parse_exact(f, r->bytes, i, &h);
        if (early == H1_OK || (early != H1_MORE && early != r->want))
            fail_msg("%d, not %d, after %zu bytes of:\n%s", early, r->want, i, r->bytes);
    }
}

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        check_row(h1_parse_request, &requests[i]);
}

static void test_responses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof responses / sizeof *responses; i++)
        check_row(parse_response, &responses[i]);
}

static void test_request_parts(void **state)
{
    (void)state;
    static const char text[] = "POST http://x.y/v1/messages?beta=true HTTP/1.1\r\n" H
                               "X-Empty:\r\nX-Pad: \t a b \t\r\nExpect: 100-Continue\r\n"
                               "Content-Length: 0012\r\n\r\nbody";
    struct h1_head h;
    assert_int_equal(h1_parse_request(text, sizeof text - 1, &h), H1_OK);
    assert_true(span_eq(h.method, "POST"));
    assert_true(span_eq(h.target, "/v1/messages?beta=true"));
    assert_int_equal(h.minor, 1);
    assert_int_equal(h.size, sizeof text - 1 - 4);
    assert_int_equal(h.content_length, 12);
    assert_true(h.expect_continue);
    assert_true(span_eq(h1_get(&h, "x-pad"), "a b"));
    assert_true(h1_get(&h, "x-empty").p && h1_get(&h, "x-empty").n == 0);
    assert_null(h1_get(&h, "x-none").p);
    assert_int_equal(h1_parse_request(S("GET http://x.y HTTP/1.1\r\n" H "\r\n"), &h), H1_OK);
    assert_true(span_eq(h.target, "/"));
}

static void test_head_request(void **state)
{
    (void)state;
    struct h1_head h;
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    assert_int_equal(h1_parse_response(text, sizeof text - 1, true, &h), H1_OK);
    assert_int_equal(h.framing, H1_NO_BODY);
    assert_true(h.keep_alive);
}

static enum h1_fault with_fields(int n)
{
    struct buf b = BUF_INIT;
    struct h1_head h;
    buf_adds(&b, "GET / HTTP/1.1\r\n" H);
    for (int i = 1; i < n; i++)
        buf_addf(&b, "X-%d: y\r\n", i);
    buf_adds(&b, "\r\n");
    enum h1_fault f = h1_parse_request(b.data, b.len, &h);
    buf_release(&b);
    return f;
}

/* A request whose target has `target` bytes and whose head is `size` bytes in all; 0: no filling.
 */
static enum h1_fault with_sizes(size_t target, size_t size, size_t cut)
{
    struct buf b = BUF_INIT;
    struct h1_head h;
    buf_adds(&b, "GET /");
    while (b.len < 4 + target)
        buf_addc(&b, 'a');
    buf_adds(&b, " HTTP/1.1\r\n" H);
    if (size) {
        buf_adds(&b, "X: ");
        while (b.len < size - 4)
            buf_addc(&b, 'b');
        buf_adds(&b, "\r\n");
    }
    buf_adds(&b, "\r\n");
    assert_true(!size || b.len == size);
    enum h1_fault f = h1_parse_request(b.data, b.len - cut, &h);
    buf_release(&b);
    return f;
}

static void test_bounds(void **state)
{
    (void)state;
    assert_int_equal(with_fields(H1_FIELDS_MAX), H1_OK);
    assert_int_equal(with_fields(H1_FIELDS_MAX + 1), H1_TOO_LARGE);
    assert_int_equal(with_sizes(H1_TARGET_MAX, 0, 0), H1_OK);
    assert_int_equal(with_sizes(H1_TARGET_MAX + 1, 0, 0), H1_TARGET_TOO_LONG);
    assert_int_equal(with_sizes(H1_TARGET_MAX + 1, 0, 20), H1_TARGET_TOO_LONG);
    assert_int_equal(with_sizes(1, H1_HEAD_MAX, 0), H1_OK);
    assert_int_equal(with_sizes(1, H1_HEAD_MAX, 1), H1_MORE);
    assert_int_equal(with_sizes(1, H1_HEAD_MAX + 1, 0), H1_TOO_LARGE);
    assert_int_equal(with_sizes(1, H1_HEAD_MAX + 1, 1), H1_TOO_LARGE);
}

static void test_hop_by_hop(void **state)
{
    (void)state;
    struct h1_head h;
    static const char text[] =
        "GET / HTTP/1.1\r\n" H "Connection: X-One ,close\r\nConnection: ,,x-two,\r\n\r\n";
    assert_int_equal(h1_parse_request(text, sizeof text - 1, &h), H1_OK);
    static const char *const yes[] = {"x-one", "X-TWO", "connection", "Keep-Alive", "te", "Trailer",
        "transfer-encoding", "upgrade", "proxy-connection", "Proxy-Authorization"};
    static const char *const no[] = {"x-on", "x-three", "content-type", "host"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(h1_is_hop_by_hop(&h, span_of(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(h1_is_hop_by_hop(&h, span_of(no[i])));
}

static void test_add_field(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;
    assert_int_equal(h1_add_fieldz(&b, "X-A", "b c\t\xc3\xa4"), 0);
    assert_int_equal(h1_add_fieldz(&b, "x-empty", ""), 0);
    assert_string_equal(b.data, "X-A: b c\t\xc3\xa4\r\nx-empty: \r\n");
    size_t len = b.len;
    static const char *const names[] = {"", "a b", "a:", "a\r\n", "\xc3\xa4", "a\tb", "(a)"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(h1_add_fieldz(&b, names[i], "x"), -1);
    static const char *const values[] = {"a\r\nX-Inj: b", "a\n", "a\r", "\x01", "a\x7f"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_int_equal(h1_add_fieldz(&b, "x", values[i]), -1);
    assert_int_equal(h1_add_field(&b, span_of("x"), (struct span){"a\0b", 3}), -1);
    assert_int_equal(b.len, len);
    buf_release(&b);
}

static void test_faults_have_words(void **state)
{
    (void)state;
    for (int f = H1_OK; f <= H1_TOO_SLOW; f++) {
        assert_true(strlen(h1_fault_text((enum h1_fault)f)) > 4);
        if (f != H1_OK)
            assert_true(h1_reason(h1_fault_status((enum h1_fault)f))[0]);
    }
    assert_string_equal(h1_reason(599), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_request_parts),
        cmocka_unit_test(test_head_request),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_hop_by_hop),
        cmocka_unit_test(test_add_field),
        cmocka_unit_test(test_faults_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
