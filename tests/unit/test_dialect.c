/* What the transforms make of upstream bytes, however they are cut. The frames were made with an
 * independent CRC-32 (zlib's). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/buf.h"
#include "common/text.h"
#include "dialect/dialect.h"

static const char start_frame[] =
    "000000b70000004b26cb93750b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d7479"
    "70650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b"
    "226279746573223a202265794a306558426c496a6f696257567a6332466e5a56397a6447467964434973496d"
    "316c63334e685a3255694f6e7369615751694f694a744d534a3966513d3d222c202270223a20226162636465"
    "66227dcbfcdb18";
static const char stop_frame[] =
    "000000ad00000070bd90f57201620001740101790205017303000101690400000001016c0500000000000000"
    "00017806000261620164080000000000000000017509000000000000000000000000000000000d3a6d657373"
    "6167652d747970650700056576656e740b3a6576656e742d747970650700056368756e6b7b22627974657322"
    "3a202265794a306558426c496a6f696257567a6332466e5a56397a64473977496e303d227d10290f75";
static const char throttled_frame[] =
    "0000006a00000040c07cf1150f3a657863657074696f6e2d747970650700137468726f74746c696e67457863"
    "657074696f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d657373616765223a22"
    "546f6f205c226d616e795c22227d3ec73683";
static const char initial_frame[] =
    "0000004700000035d9429f130d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479"
    "7065070010696e697469616c2d726573706f6e73657b7d8de0c8a3";

static const char start_event[] =
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m1\"}}\n\n";
static const char stop_event[] = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

static void add_hex(struct buf *b, const char *hex)
{
    size_t n = strlen(hex) / 2;
    unsigned char *raw = xmalloc(n);
    assert_int_equal(text_unhex(hex, raw, n), 0);
    buf_add(b, raw, n);
    free(raw);
}

/* All of `in` through t in pieces of `step` bytes; 0 or -1 as the transform said. */
static int run(
    struct transform *t, const struct buf *in, size_t step, struct buf *out, struct err *err)
{
    int r = 0;
    for (size_t at = 0; at < in->len && r == 0; at += step)
        r = t->feed(t, in->data + at, in->len - at < step ? in->len - at : step, out, err);
    if (r == 0)
        r = t->finish(t, out, err);
    t->free(t);
    return r;
}

static void frames_become_events(void **state)
{
    (void)state;
    struct buf in = BUF_INIT;
    add_hex(&in, initial_frame);
    add_hex(&in, start_frame);
    add_hex(&in, stop_frame);
    char *wanted = xasprintf("%s%s", start_event, stop_event);
    for (size_t step = 1; step <= in.len; step++) {
        struct buf out = BUF_INIT;
        struct err err = {0};
        struct transform *t = transform_eventstream();
        assert_true(text_starts(t->content_type, "text/event-stream"));
        assert_int_equal(run(t, &in, step, &out, &err), 0);
        assert_string_equal(out.data, wanted);
        buf_release(&out);
    }
    free(wanted);
    buf_release(&in);
}

static void exceptions_become_error_events(void **state)
{
    (void)state;
    struct buf in = BUF_INIT, out = BUF_INIT;
    add_hex(&in, start_frame);
    add_hex(&in, throttled_frame);
    assert_int_equal(run(transform_eventstream(), &in, 11, &out, NULL), 0);
    assert_non_null(strstr(out.data,
        "\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\","
        "\"message\":\"Too \\\"many\\\"\"}}\n\n"));
    buf_release(&in);
    buf_release(&out);
}

/* Every single flipped bit is found: no event of a damaged frame goes on. */
static void damaged_frames_are_refused(void **state)
{
    (void)state;
    struct buf good = BUF_INIT;
    add_hex(&good, start_frame);
    for (size_t bit = 0; bit < good.len * 8; bit++) {
        struct buf in = BUF_INIT, out = BUF_INIT;
        struct err err = {0};
        buf_add(&in, good.data, good.len);
        in.data[bit / 8] = (char)(in.data[bit / 8] ^ 1 << bit % 8);
        assert_int_equal(run(transform_eventstream(), &in, in.len, &out, &err), -1);
        assert_int_equal(err.code, ERR_PROTOCOL);
        assert_int_equal(out.len, 0);
        buf_release(&in);
        buf_release(&out);
    }
    buf_release(&good);
}

static void cut_streams_are_told(void **state)
{
    (void)state;
    struct buf good = BUF_INIT;
    add_hex(&good, start_frame);
    for (size_t n = 1; n < good.len; n++) {
        struct buf in = BUF_INIT, out = BUF_INIT;
        buf_add(&in, good.data, n);
        assert_int_equal(run(transform_eventstream(), &in, n, &out, NULL), -1);
        assert_int_equal(out.len, 0);
        buf_release(&in);
        buf_release(&out);
    }
    buf_release(&good);
}

static void responses_are_collected(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out; /* out NULL: failure with */
        enum err_code why;
        const char *text;
    } rows[] = {
        {"event: response.created\ndata: {\"type\":\"response.created\",\"response\":{}}\n\n"
         "data: {\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"id\":1}}\n\n"
         "data: {\"type\":\"response.output_item.done\",\"output_index\":1,\"item\":{\"id\":2}}\n\n"
         "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"output\":[],"
         "\"usage\":{\"input_tokens\":3}}}\n\n",
            "{\"id\":\"r\",\"usage\":{\"input_tokens\":3},\"output\":[{\"id\":1},{\"id\":2}]}", 0,
            NULL},
        {"data: {\"type\":\"response.output_item.done\",\"item\":{\"id\":1}}\n\n"
         "data: {\"type\":\"response.incomplete\",\"response\":{\"output\":[{\"id\":9}]}}",
            "{\"output\":[{\"id\":9}]}", 0, NULL},
        {"data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"message\":\"no "
         "luck\"}}}\n\n",
            NULL, ERR_FAILED, "no luck"},
        {"data: {\"type\":\"error\",\"message\":\"bad\"}\n\n", NULL, ERR_FAILED, "bad"},
        {"data: {\"type\":\"response.created\"}\n\n", NULL, ERR_PROTOCOL, "ended before"},
        {"", NULL, ERR_PROTOCOL, "ended before"}, {"<html>", NULL, ERR_PROTOCOL, "ended before"},
        {"data: {\"type\":\"response.output_item.done\",\"output_index\":-1,\"item\":{}}\n\n"
         "data: {\"type\":\"response.completed\",\"response\":7}\n\n",
            "7", 0, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t step = 1; step < 40; step += 13) {
            struct buf in = BUF_INIT, out = BUF_INIT;
            struct err err = {0};
            buf_adds(&in, rows[i].in);
            struct transform *t = transform_collect_responses();
            assert_true(t->whole);
            assert_int_equal(run(t, &in, step, &out, &err), rows[i].out ? 0 : -1);
            assert_int_equal(err.code, rows[i].why);
            if (rows[i].out)
                assert_string_equal(out.data, rows[i].out);
            else
                assert_non_null(strstr(err.text, rows[i].text));
            buf_release(&in);
            buf_release(&out);
        }
}

static void envelopes_are_taken_off(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"data: {\"response\":{\"a\":[1, 2]},\"traceId\":\"x\"}\n\n", "data: {\"a\":[1, 2]}\n\n"},
        {"data: {\"traceId\":\"x\" , \"response\" : {\"a\":1e400}}\r\n\r\n",
            "data: {\"a\":1e400}\r\n\r\n"},
        {"data:{\"response\":{}}\n: ping\n\nevent: x\ndata: [DONE]\n\n",
            "data:{}\n: ping\n\nevent: x\ndata: [DONE]\n\n"},
        {"data: {\"error\":{\"code\":429}}\n\n", "data: {\"error\":{\"code\":429}}\n\n"},
        {"data: {\"response\":\"text\"}\n\n", "data: {\"response\":\"text\"}\n\n"},
        {"data: {\"response\":{\"a\":1}", "data: {\"response\":{\"a\":1}"},
        {"data: {\"response\":{\"a\":1}}", "data: {\"a\":1}"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t step = 1; step < 80; step++) {
            struct buf in = BUF_INIT, out = BUF_INIT;
            buf_adds(&in, rows[i][0]);
            assert_int_equal(run(transform_unwrap(true), &in, step, &out, NULL), 0);
            assert_string_equal(out.data, rows[i][1]);
            buf_release(&in);
            buf_release(&out);
        }
    struct buf in = BUF_INIT, out = BUF_INIT;
    buf_adds(&in, "{\n  \"response\": {\n \"b\": 2 }, \"x\": 1 }\n");
    assert_int_equal(run(transform_unwrap(false), &in, 5, &out, NULL), 0);
    assert_string_equal(out.data, "{\n \"b\": 2 }");
    buf_release(&in);
    buf_release(&out);
}

static void endless_lines_are_refused(void **state)
{
    (void)state;
    char *block = xmalloc(1 << 20);
    memset(block, 'a', 1 << 20);
    struct transform *all[] = {
        transform_unwrap(true), transform_unwrap(false), transform_collect_responses()};
    for (size_t i = 0; i < 3; i++) {
        struct buf out = BUF_INIT;
        int r = 0, rounds = 0;
        while (r == 0 && rounds++ < 40)
            r = all[i]->feed(all[i], block, 1 << 20, &out, NULL);
        assert_int_equal(r, -1);
        all[i]->free(all[i]);
        buf_release(&out);
    }
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_become_events),
        cmocka_unit_test(exceptions_become_error_events),
        cmocka_unit_test(damaged_frames_are_refused),
        cmocka_unit_test(cut_streams_are_told),
        cmocka_unit_test(responses_are_collected),
        cmocka_unit_test(envelopes_are_taken_off),
        cmocka_unit_test(endless_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
