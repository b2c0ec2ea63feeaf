/* Conversations as bytes: framing of HTTP, frames of AWS event streams. Written apart from what the
 * relay reads them with. */
#include "tests/conversations/talk.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

static void u32_add(struct buf *out, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_addc(out, (char)(v >> shift & 0xff));
}

/* CRC-32 of IEEE 802.3, bit by bit. */
static uint32_t crc_of(const char *p, size_t n)
{
    uint32_t c = 0xffffffff;

    for (size_t i = 0; i < n; i++) {
        c ^= (unsigned char)p[i];
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
    }
    return ~c;
}

static void header_add(struct buf *out, const char *name, const char *value)
{
    size_t n = strlen(value);

    buf_addc(out, (char)strlen(name));
    buf_adds(out, name);
    buf_addc(out, 7);
    buf_addc(out, (char)(n >> 8));
    buf_addc(out, (char)(n & 0xff));
    buf_adds(out, value);
}

static void frame_add(struct buf *out, const struct buf *headers, const struct buf *payload)
{
    struct buf f = BUF_INIT;

    u32_add(&f, (uint32_t)(16 + headers->len + payload->len));
    u32_add(&f, (uint32_t)headers->len);
    u32_add(&f, crc_of(f.data, 8));
    buf_add(&f, headers->data, headers->len);
    buf_add(&f, payload->data, payload->len);
    u32_add(&f, crc_of(f.data, f.len));
    buf_add(out, f.data, f.len);
    buf_release(&f);
}

void frame_chunk(struct buf *out, const char *data)
{
    struct buf headers = BUF_INIT, payload = BUF_INIT;
    size_t n = strlen(data);
    unsigned char *text = xmalloc(4 * (n / 3 + 2));

    EVP_EncodeBlock(text, (const unsigned char *)data, (int)n);
    header_add(&headers, ":event-type", "chunk");
    header_add(&headers, ":content-type", "application/json");
    header_add(&headers, ":message-type", "event");
    buf_addf(&payload, "{\"bytes\":\"%s\",\"p\":\"abcdefghijk\"}", (const char *)text);
    frame_add(out, &headers, &payload);
    free(text);
    buf_release(&headers);
    buf_release(&payload);
}

void frame_exception(struct buf *out, const char *type, const char *data)
{
    struct buf headers = BUF_INIT, payload = BUF_INIT;

    header_add(&headers, ":exception-type", type);
    header_add(&headers, ":content-type", "application/json");
    header_add(&headers, ":message-type", "exception");
    buf_adds(&payload, data);
    frame_add(out, &headers, &payload);
    buf_release(&headers);
    buf_release(&payload);
}

/* One chunk an event, and the first of them in two: frames of HTTP need not be those of events. */
static void chunks_add(const struct talk *t, struct buf *out, size_t ends[ENDS_MAX])
{
    size_t at = 0;

    for (size_t i = 0; at < t->answer.len; i++) {
        size_t end = i < t->n_ends ? t->ends[i] : t->answer.len;
        if (i == 0 && end > 20) {
            at = 9;
            buf_adds(out, "9\r\n");
            buf_add(out, t->answer.data, at);
            buf_adds(out, "\r\n");
        }
        buf_addf(out, "%zX\r\n", end - at);
        buf_add(out, t->answer.data + at, end - at);
        if (i < t->n_ends)
            ends[i] = out->len;
        buf_adds(out, "\r\n");
        at = end;
    }
    if (!t->cut)
        buf_adds(out, "0\r\n\r\n");
}

void talk_wire(const struct talk *t, struct buf *out, size_t ends[ENDS_MAX])
{
    enum framing framing = t->framing ? t->framing : t->streams ? FRAMING_CHUNKED : FRAMING_LENGTH;

    buf_adds(out, "HTTP/1.1 ");
    buf_add(out, t->head.data, t->head.len);
    if (framing == FRAMING_CHUNKED)
        buf_adds(out, "Transfer-Encoding: chunked\r\n");
    else if (framing == FRAMING_LENGTH)
        buf_addf(out, "Content-Length: %zu\r\n", t->answer.len + (t->cut ? 10 : 0));
    buf_adds(out, "\r\n");
    if (framing == FRAMING_CHUNKED) {
        chunks_add(t, out, ends);
        return;
    }
    for (size_t i = 0; i < t->n_ends; i++)
        ends[i] = out->len + t->ends[i];
    buf_add(out, t->answer.data, t->answer.len);
}
