/* The usage tap: the first byte picks the wire and whether it streams, the second where the bytes
 * are split. Fed whole or in pieces an answer gives the same usage, and no number leaves its
 * bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "meter/usage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void bounded(int64_t v)
{
    if (v < 0 || v > USAGE_TOKENS_MAX)
        abort();
}

static struct usage tapped(enum wire wire, bool stream, const char *p, size_t n, size_t step)
{
    struct usage u;
    struct tap *t = tap_create(wire, stream);
    for (size_t at = 0; at < n; at += step)
        tap_feed(t, p + at, n - at < step ? n - at : step);
    if (tap_output_so_far(t) < 0)
        abort();
    tap_finish(t, &u);
    if (tap_error_message(t) && strlen(tap_error_message(t)) > 511)
        abort();
    tap_free(t);
    return u;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    enum wire wire = (enum wire)(data[0] % 4);
    bool stream = data[0] & 4;
    const char *p = (const char *)data + 2;
    struct usage whole = tapped(wire, stream, p, size - 2, size);
    struct usage parts = tapped(wire, stream, p, size - 2, 1 + data[1] % 32);
    if (memcmp(&whole, &parts, sizeof whole) != 0)
        abort();
    bounded(whole.input);
    bounded(whole.output);
    bounded(whole.cache_write_5m);
    bounded(whole.cache_write_1h);
    bounded(whole.cache_read);
    bounded(whole.web_searches);
    bounded(whole.images);
    if (whole.reasoning > whole.output || whole.output_image > whole.output)
        abort();
    return 0;
}
