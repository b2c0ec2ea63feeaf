/* The scanner: a text fed whole and in two pieces must end the same way with the same hits, and
 * what it accepts must be what the checker accepts. The first byte says where to split. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/jscan.h"

static const char *const paths[] = {"model", "stream", "metadata.user_id", "messages.[].role", "[]",
    "[].a", "a.[].[]", "", "messages"};
enum { PATHS = sizeof paths / sizeof paths[0] };

static void require(int truth)
{
    if (!truth)
        abort();
}

static int scan(struct jscan *s, const uint8_t *p, size_t n, size_t split, struct err *err)
{
    if (jscan_feed(s, p, split, err) < 0 || jscan_feed(s, p + split, n - split, err) < 0)
        return -1;
    return jscan_end(s, err);
}

static void compare(const struct jscan_hit *a, const struct jscan_hit *b, size_t n)
{
    require(a->kind == b->kind && a->begin == b->begin && a->end == b->end);
    require(a->count == b->count && a->cut == b->cut && a->text_len == b->text_len);
    require(!a->text == !b->text);
    require(!a->text || memcmp(a->text, b->text, a->text_len + 1) == 0);
    require(a->kind == JSCAN_ABSENT || (a->begin < a->end && a->end <= n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t split = data[0];
    data++;
    size--;
    if (split > size)
        split = size;
    struct jscan *whole = jscan_create(paths, PATHS), *parts = jscan_create(paths, PATHS);
    struct err err[2] = {{0}, {0}};
    int ret = scan(whole, data, size, size, &err[0]);
    require(scan(parts, data, size, split, &err[1]) == ret);
    require(strcmp(err[0].text, err[1].text) == 0);
    for (size_t i = 0; ret == 0 && i < PATHS; i++)
        compare(jscan_hit(whole, i), jscan_hit(parts, i), size);
    int checked = jscan_check(data, size, JSCAN_DEPTH_MAX, false, NULL);
    require(ret == 0 ? checked == 0 : 1);
    require(jscan_check(data, size, JSCAN_DEPTH_MAX, true, NULL) < 0 || ret == 0);
    jscan_free(whole);
    jscan_free(parts);
    return 0;
}
