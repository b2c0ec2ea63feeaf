/* The chunked coding: whatever the cuts, the same verdict, the same bytes, the same end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/buf.h"
#include "http1/chunk_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
    enum h1_fault fault;
    size_t used;
    struct buf out;
};

static struct result decode(const uint8_t *p, size_t n, size_t step)
{
    struct result r = {.fault = H1_MORE, .out = BUF_INIT};
    struct h1_chunk d = {0};
    while (r.used < n && r.fault == H1_MORE) {
        size_t take = n - r.used < step ? n - r.used : step, len, eaten;
        char *copy = malloc(take), *body;
        memcpy(copy, p + r.used, take);
        r.fault = h1_chunk_decode(&d, copy, take, &body, &len, &eaten);
        if (body < copy || body + len > copy + take || eaten > take)
            abort();
        if (r.fault == H1_MORE && eaten != take)
            abort();
        buf_add(&r.out, body, len);
        r.used += eaten;
        free(copy);
    }
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = {1, 2, 5, 61};
    if (size > 1 << 16)
        return 0;
    struct result whole = decode(data, size, size ? size : 1);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct result r = decode(data, size, steps[i]);
        if (r.fault != whole.fault || r.used != whole.used || r.out.len != whole.out.len ||
            memcmp(r.out.data, whole.out.data, r.out.len) != 0)
            abort();
        buf_release(&r.out);
    }
    buf_release(&whole.out);
    return 0;
}
