/* Events: whatever the cuts, the same events and the same place between them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "upstream/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_event(void *self, const char *event, const char *data, size_t n)
{
    if (data[n] != '\0')
        abort();
    buf_addf(self, "%s|%zu|", event, n);
    buf_add(self, data, n);
}

static void run(const char *p, size_t n, size_t step, struct buf *told, struct sse *s)
{
    sse_init(s, on_event, told);
    for (size_t at = 0; at < n; at += step) {
        size_t take = n - at < step ? n - at : step;
        char *copy = malloc(take);
        memcpy(copy, p + at, take);
        sse_feed(s, copy, take);
        free(copy);
    }
    sse_release(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = {1, 2, 7, 64};
    struct buf whole = BUF_INIT;
    struct sse a, b;
    run((const char *)data, size, size ? size : 1, &whole, &a);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct buf told = BUF_INIT;
        run((const char *)data, size, steps[i], &told, &b);
        if (told.len != whole.len || memcmp(told.data, whole.data, told.len) != 0 ||
            sse_between(&a) != sse_between(&b) || a.oversize != b.oversize)
            abort();
        buf_release(&told);
    }
    buf_release(&whole);
    return 0;
}
