/* A byte stream cut into lines the same way however it arrives; each line parsed and echoed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/rpc.h"

static void take_lines(struct rpc_reader *r, struct buf *out)
{
    size_t n;
    for (char *line; (line = rpc_reader_line(r, &n));) {
        struct rpc_msg m;
        struct err err = {0};
        buf_add(out, line, n);
        buf_addc(out, '\n');
        if (rpc_parse(&m, line, n, &err) == 0) {
            if (m.error)
                rpc_error_get(m.error, &err);
            rpc_put_result(out, m.id, m.params ? m.params : m.result);
        } else {
            rpc_put_error(out, m.id, &err);
        }
        rpc_msg_release(&m);
    }
}

static void feed(const uint8_t *data, size_t size, size_t piece, struct buf *out)
{
    struct rpc_reader r;
    rpc_reader_init(&r, RPC_LINE_MAX);
    for (size_t i = 0; i < size; i += piece) {
        if (rpc_reader_feed(&r, data + i, size - i < piece ? size - i : piece, NULL) < 0)
            break;
        take_lines(&r, out);
    }
    rpc_reader_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = BUF_INIT, parts = BUF_INIT;
    feed(data, size, size ? size : 1, &whole);
    feed(data, size, 3, &parts);
    if (whole.len != parts.len || memcmp(whole.data, parts.data, whole.len) != 0)
        abort();
    buf_release(&whole);
    buf_release(&parts);
    return 0;
}
