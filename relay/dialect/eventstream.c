/* Bedrock's frames into server-sent events. A frame: u32 length of all, u32 length of the headers,
 * u32 CRC-32 of these eight bytes, headers, payload, u32 CRC-32 of everything before; big endian.
 */
#include "dialect/dialect.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/text.h"

#define PRELUDE 12
#define FRAME_MIN 16
#define FRAME_MAX (8u << 20)
#define HEADER_STRING 7

struct eventstream {
    struct transform base;
    struct buf in;
    bool failed;
};

/* CRC-32 of IEEE 802.3, four bits at a time. */
static uint32_t crc32(const unsigned char *p, size_t n)
{
    static const uint32_t nibble[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190,
        0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t c = 0xffffffff;
    for (size_t i = 0; i < n; i++) {
        c ^= p[i];
        c = (c >> 4) ^ nibble[c & 15];
        c = (c >> 4) ^ nibble[c & 15];
    }
    return ~c;
}

static uint32_t u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Where a header value begins and its size, by its type; false when it is cut. */
static bool value_size(const unsigned char *p, size_t n, size_t *skip, size_t *size)
{
    static const unsigned char fixed[] = {0, 0, 1, 2, 4, 8, 0, 0, 8, 16};
    if (n < 1 || p[0] >= sizeof fixed)
        return false;
    bool counted = p[0] == 6 || p[0] == HEADER_STRING;
    if (counted && n < 3)
        return false;
    *skip = counted ? 3 : 1;
    *size = counted ? (size_t)p[1] << 8 | p[2] : fixed[p[0]];
    return n - *skip >= *size;
}

/* The string header of that name, or an empty span. */
static struct span header(const unsigned char *p, size_t n, const char *name)
{
    while (n > 1) {
        size_t len = p[0], skip, size;
        if (n < 1 + len || !value_size(p + 1 + len, n - 1 - len, &skip, &size))
            break;
        const unsigned char *value = p + 1 + len;
        if (value[0] == HEADER_STRING && span_eq((struct span){(const char *)p + 1, len}, name))
            return (struct span){(const char *)value + skip, size};
        p += 1 + len + skip + size;
        n -= 1 + len + skip + size;
    }
    return (struct span){NULL, 0};
}

static void event_add(struct buf *out, const char *type, const char *data, size_t n)
{
    buf_addf(out, "event: %s\ndata: ", type);
    buf_add(out, data, n);
    buf_adds(out, "\n\n");
}

/* The type as an event name: nothing of a stranger's may break the line. */
static bool name_ok(const char *s)
{
    return s && *s && strlen(s) < 64 && strspn(s, "abcdefghijklmnopqrstuvwxyz_.-") == strlen(s);
}

/* {"bytes":"<base64 of one event>"} */
static int chunk_read(const char *p, size_t n, struct buf *out, struct err *err)
{
    cJSON *o = json_parse(p, n, err);
    const char *b64 = json_str(o, "bytes");
    int r = -1;
    if (b64) {
        size_t max = strlen(b64) / 4 * 3 + 3, len = 0;
        unsigned char *raw = xmalloc(max);
        cJSON *event = NULL;
        if (sodium_base642bin(
                raw, max, b64, strlen(b64), NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0)
            event = json_parse((const char *)raw, len, NULL);
        const char *type = json_str(event, "type");
        if (name_ok(type) && !memchr(raw, '\n', len) && !memchr(raw, '\r', len)) {
            event_add(out, type, (const char *)raw, len);
            r = 0;
        }
        cJSON_Delete(event);
        free(raw);
    }
    cJSON_Delete(o);
    return r ? err_set(err, ERR_PROTOCOL, "a chunk of the event stream is no event") : 0;
}

static const char *error_type(struct span exception)
{
    static const char *const types[][2] = {{"throttlingException", "rate_limit_error"},
        {"serviceUnavailableException", "overloaded_error"},
        {"modelNotReadyException", "overloaded_error"},
        {"validationException", "invalid_request_error"},
        {"accessDeniedException", "permission_error"}, {"modelTimeoutException", "timeout_error"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (span_caseeq(exception, types[i][0]))
            return types[i][1];
    return "api_error";
}

static void exception_add(struct span type, const char *p, size_t n, struct buf *out)
{
    cJSON *o = json_parse(p, n, NULL);
    const char *text = json_str(o, "message");
    if (!text)
        text = json_str(o, "Message");
    if (!text)
        text = "the upstream ended the stream with an error";
    struct buf data = BUF_INIT;
    buf_addf(
        &data, "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":", error_type(type));
    json_quote(&data, text, strlen(text));
    buf_adds(&data, "}}");
    event_add(out, "error", data.data, data.len);
    buf_release(&data);
    cJSON_Delete(o);
}

static int frame_read(const unsigned char *p, size_t n, struct buf *out, struct err *err)
{
    size_t headers = u32(p + 4);
    if (headers > n - FRAME_MIN || crc32(p, n - 4) != u32(p + n - 4))
        return err_set(err, ERR_PROTOCOL, "a frame of the event stream is damaged");
    const unsigned char *h = p + PRELUDE;
    const char *payload = (const char *)h + headers;
    size_t size = n - FRAME_MIN - headers;
    struct span kind = header(h, headers, ":message-type");
    if (span_eq(kind, "exception")) {
        exception_add(header(h, headers, ":exception-type"), payload, size, out);
        return 0;
    }
    if (span_eq(kind, "error")) {
        exception_add(header(h, headers, ":error-code"), payload, size, out);
        return 0;
    }
    if (span_eq(header(h, headers, ":event-type"), "chunk"))
        return chunk_read(payload, size, out, err);
    return 0; /* events we do not know say nothing to the client */
}

static int eventstream_feed(
    struct transform *t, const char *p, size_t n, struct buf *out, struct err *err)
{
    struct eventstream *s = (struct eventstream *)t;
    if (s->failed)
        return err_set(err, ERR_PROTOCOL, "the event stream is damaged");
    buf_add(&s->in, p, n);
    size_t at = 0;
    while (s->in.len - at >= PRELUDE) {
        const unsigned char *f = (const unsigned char *)s->in.data + at;
        size_t size = u32(f);
        if (size < FRAME_MIN || size > FRAME_MAX || crc32(f, 8) != u32(f + 8)) {
            s->failed = true;
            return err_set(err, ERR_PROTOCOL, "the upstream sends no event stream");
        }
        if (s->in.len - at < size)
            break;
        if (frame_read(f, size, out, err)) {
            s->failed = true;
            return -1;
        }
        at += size;
    }
    buf_drop(&s->in, at);
    return 0;
}

static int eventstream_finish(struct transform *t, struct buf *out, struct err *err)
{
    (void)out;
    struct eventstream *s = (struct eventstream *)t;
    if (s->in.len)
        return err_set(err, ERR_PROTOCOL, "the event stream was cut");
    return 0;
}

static void eventstream_free(struct transform *t)
{
    struct eventstream *s = (struct eventstream *)t;
    buf_release(&s->in);
    free(s);
}

struct transform *transform_eventstream(void)
{
    struct eventstream *s = xcalloc(1, sizeof *s);
    s->base = (struct transform){.content_type = "text/event-stream; charset=utf-8",
        .feed = eventstream_feed,
        .finish = eventstream_finish,
        .free = eventstream_free};
    buf_init(&s->in);
    return &s->base;
}
