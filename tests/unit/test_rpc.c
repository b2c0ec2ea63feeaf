/* JSON-RPC lines: cutting a stream, reading and writing messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/json.h"
#include "common/rpc.h"

static void lines_at_every_split(void **state)
{
    (void)state;
    static const char text[] = "one\n\ntwo three\nfour";
    for (size_t split = 0; split < sizeof text; split++) {
        struct rpc_reader r;
        struct buf got = BUF_INIT;
        rpc_reader_init(&r, RPC_LINE_MAX);
        for (int half = 0; half < 2; half++) {
            const char *p = half ? text + split : text;
            size_t n = half ? sizeof text - 1 - split : split, len;
            assert_int_equal(rpc_reader_feed(&r, p, n, NULL), 0);
            for (char *line; (line = rpc_reader_line(&r, &len));) {
                assert_int_equal(strlen(line), len);
                buf_addf(&got, "[%s]", line);
            }
        }
        assert_string_equal(got.data, "[one][][two three]");
        buf_release(&got);
        rpc_reader_release(&r);
    }
}

static void long_lines_are_refused(void **state)
{
    (void)state;
    struct rpc_reader r;
    rpc_reader_init(&r, RPC_LINE_MAX);
    size_t n = RPC_LINE_MAX, len;
    char *line = malloc(n + 1);
    memset(line, 'x', n);
    line[n] = '\n';
    assert_int_equal(rpc_reader_feed(&r, line, n + 1, NULL), 0); /* the bound itself is fine */
    assert_non_null(rpc_reader_line(&r, &len));
    assert_int_equal(len, n);
    assert_null(rpc_reader_line(&r, &len));
    struct err err = {0};
    assert_int_equal(rpc_reader_feed(&r, line, n, &err), 0);
    assert_int_equal(rpc_reader_feed(&r, "y", 1, &err), -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
    rpc_reader_release(&r);
    free(line);
}

static void messages(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int ret;
        const char *method;
        bool id;
    } rows[] = {
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":{}}", 0, "hello", true},
        {"{\"jsonrpc\":\"2.0\",\"method\":\"event\"}", 0, "event", false},
        {"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"x\",\"params\":[1]}", 0, "x", true},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}", 0, NULL, true},
        {"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{}}", 0, NULL, false},
        {"{\"id\":1,\"method\":\"hello\"}", -1, NULL, true},
        {"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"hello\"}", -1, NULL, true},
        {"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"hello\"}", -1, NULL, false},
        {"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"hello\"}", -1, NULL, false},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}", -1, NULL, true},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":1}", -1, NULL, true},
        {"{\"jsonrpc\":\"2.0\",\"id\":1}", -1, NULL, true},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1,\"error\":{}}", -1, NULL, true},
        {"{\"jsonrpc\":\"2.0\",\"result\":1}", -1, NULL, false},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"x\"}", -1, NULL, false},
        {"[]", -1, NULL, false},
        {"", -1, NULL, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rpc_msg m;
        struct err err = {0};
        if (rpc_parse(&m, rows[i].line, strlen(rows[i].line), &err) != rows[i].ret)
            fail_msg("%s: %s", rows[i].line, err.text);
        assert_int_equal(m.id != NULL, rows[i].id);
        if (rows[i].method)
            assert_string_equal(m.method, rows[i].method);
        assert_int_equal(err.code, rows[i].ret ? ERR_PROTOCOL : ERR_NONE);
        rpc_msg_release(&m);
    }
}

static void written_and_read_back(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    struct rpc_msg m;
    rpc_put_request(&out, INT64_C(1) << 53, "key.list", NULL);
    assert_string_equal(
        out.data, "{\"jsonrpc\":\"2.0\",\"id\":9007199254740992,\"method\":\"key.list\"}\n");
    assert_int_equal(rpc_parse(&m, out.data, out.len - 1, NULL), 0);
    buf_reset(&out);
    struct err err = {0}, back = {0};
    err_set(&err, ERR_CONFLICT, "name 'a\"b\n' is taken");
    err_hint(&err, "take another");
    rpc_put_error(&out, m.id, &err);
    rpc_msg_release(&m);
    assert_ptr_equal(memchr(out.data, '\n', out.len), out.data + out.len - 1);
    assert_int_equal(rpc_parse(&m, out.data, out.len - 1, NULL), 0);
    assert_int_equal(json_int(m.error, "code", 0), -32003);
    rpc_error_get(m.error, &back);
    assert_int_equal(back.code, ERR_CONFLICT);
    assert_string_equal(back.text, err.text);
    assert_string_equal(back.hint, "take another");
    rpc_msg_release(&m);
    buf_reset(&out);
    rpc_put_result(&out, NULL, NULL);
    rpc_put_notify(&out, "event", NULL);
    assert_string_equal(out.data, "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":null}\n"
                                  "{\"jsonrpc\":\"2.0\",\"method\":\"event\"}\n");
    buf_release(&out);
    cJSON *none = cJSON_Parse("{\"data\":{\"code\":\"none\"}}");
    rpc_error_get(none, &back);
    assert_int_equal(back.code, ERR_FAILED);
    cJSON_Delete(none);
}

static void too_large_an_answer(void **state)
{
    (void)state;
    char *text = malloc(RPC_ANSWER_MAX + 1);
    memset(text, 'x', RPC_ANSWER_MAX);
    text[RPC_ANSWER_MAX] = 0;
    cJSON *result = cJSON_CreateString(text), *id = cJSON_CreateNumber(7);
    struct buf out = BUF_INIT;
    buf_adds(&out, "before\n");
    rpc_put_result(&out, id, result);
    assert_true(out.len < 400);
    assert_memory_equal(out.data, "before\n{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":", 39);
    buf_release(&out);
    cJSON_Delete(result);
    cJSON_Delete(id);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_at_every_split),
        cmocka_unit_test(long_lines_are_refused),
        cmocka_unit_test(messages),
        cmocka_unit_test(written_and_read_back),
        cmocka_unit_test(too_large_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
