/* The transforms: whatever the cuts, the same bytes, the same verdict. First byte: which one; for
 * the event stream also whether the input is put into a frame with right sums, to get behind them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/buf.h"
#include "dialect/dialect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct transform *make(unsigned which)
{
    switch (which % 4) {
    case 0:
        return transform_eventstream();
    case 1:
        return transform_collect_responses();
    case 2:
        return transform_unwrap(true);
    default:
        return transform_unwrap(false);
    }
}

static uint32_t crc32(const char *p, size_t n)
{
    uint32_t c = 0xffffffff;
    while (n--) {
        c ^= (unsigned char)*p++;
        for (int i = 0; i < 8; i++)
            c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
    }
    return ~c;
}

static void add32(struct buf *b, uint32_t v)
{
    const unsigned char be[] = {(unsigned char)(v >> 24), (unsigned char)(v >> 16),
        (unsigned char)(v >> 8), (unsigned char)v};
    buf_add(b, be, 4);
}

/* The first byte of p is the length of the headers. */
static void frame(struct buf *out, const uint8_t *p, size_t n)
{
    size_t begin = out->len, headers = n ? p[0] : 0;
    if (n)
        p++, n--;
    headers = headers < n ? headers : n;
    add32(out, (uint32_t)(n + 16));
    add32(out, (uint32_t)headers);
    add32(out, crc32(out->data + begin, 8));
    buf_add(out, p, n);
    add32(out, crc32(out->data + begin, out->len - begin));
}

static int run(unsigned which, const struct buf *in, size_t step, struct buf *out)
{
    struct transform *t = make(which);
    int r = 0;
    for (size_t at = 0; at < in->len && r == 0; at += step)
        r = t->feed(t, in->data + at, in->len - at < step ? in->len - at : step, out, NULL);
    if (r == 0)
        r = t->finish(t, out, NULL);
    transform_free(t);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 1 << 16)
        return 0;
    struct buf in = BUF_INIT, whole = BUF_INIT;
    if (data[0] % 4 == 0 && data[0] & 4)
        frame(&in, data + 1, size - 1);
    else
        buf_add(&in, data + 1, size - 1);
    int r = run(data[0], &in, in.len + 1, &whole);
    static const size_t steps[] = {1, 3, 17};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct buf out = BUF_INIT;
        if (run(data[0], &in, steps[i], &out) != r || out.len != whole.len ||
            memcmp(out.data, whole.data, out.len) != 0)
            abort();
        buf_release(&out);
    }
    buf_release(&in);
    buf_release(&whole);
    return 0;
}
