/* Bedrock: Claude by the model in the path, whole or as event-stream frames. Frame (big endian):
 * u32 length of all, u32 length of the headers, u32 CRC-32 of these eight bytes, headers, payload,
 * u32 CRC-32 of everything before. */
#include <event2/http.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/upstream/formats.h"

static uint32_t crc32(const unsigned char *p, size_t n)
{
    uint32_t c = 0xffffffff;
    for (size_t i = 0; i < n; i++) {
        c ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
    }
    return ~c;
}

static void put32(unsigned char *to, size_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(n >> (24 - 8 * i));
}

static size_t put_header(unsigned char *to, const char *name, const char *value)
{
    size_t n = strlen(name), m = strlen(value);
    to[0] = (unsigned char)n;
    memcpy(to + 1, name, n);
    to[1 + n] = 7; /* a string */
    to[2 + n] = (unsigned char)(m >> 8);
    to[3 + n] = (unsigned char)m;
    memcpy(to + 4 + n, value, m);
    return 4 + n + m;
}

static void put_frame(
    struct sse_out *s, const char *kind, const char *type, const char *payload, size_t n)
{
    unsigned char headers[256], *frame;
    bool event = strcmp(kind, "event") == 0;
    size_t h = put_header(headers, event ? ":event-type" : ":exception-type", type);
    h += put_header(headers + h, ":content-type", "application/json");
    h += put_header(headers + h, ":message-type", kind);
    size_t all = 12 + h + n + 4;
    frame = malloc(all);
    if (!frame)
        abort();
    put32(frame, all);
    put32(frame + 4, h);
    put32(frame + 8, crc32(frame, 8));
    memcpy(frame + 12, headers, h);
    memcpy(frame + 12 + h, payload, n);
    put32(frame + all - 4, crc32(frame, all - 4));
    sse_bytes(s, frame, all);
    free(frame);
}

static void put_chunk(struct sse_out *s, const char *json)
{
    size_t n = strlen(json);
    char *b64 = malloc(n / 3 * 4 + 8), *payload = NULL;
    if (!b64)
        abort();
    EVP_EncodeBlock((unsigned char *)b64, (const unsigned char *)json, (int)n);
    int len = asprintf(&payload, "{\"bytes\":\"%s\",\"p\":\"abcdefgh\"}", b64);
    put_frame(s, "event", "chunk", payload, (size_t)len);
    free(payload);
    free(b64);
}

/* The last event says once more what was used. */
static void put_stop(struct sse_out *s)
{
    const struct tokens *t = &s->t->t;
    char json[512];
    snprintf(json, sizeof json,
        "{\"type\":\"message_stop\",\"amazon-bedrock-invocationMetrics\":{\"inputTokenCount\":%lld,"
        "\"outputTokenCount\":%lld,\"invocationLatency\":12,\"firstByteLatency\":3,"
        "\"cacheReadInputTokenCount\":%lld,\"cacheWriteInputTokenCount\":%lld}}",
        (long long)t->input, (long long)t->output, (long long)t->read,
        (long long)(t->cache5 + t->cache1));
    put_chunk(s, json);
}

static void write_event(struct sse_out *s, const char *name, const char *data)
{
    static const char busy[] = "{\"message\":\"Too many requests, please wait\"}";
    if (strcmp(name, "error") == 0)
        put_frame(s, "exception", "throttlingException", busy, sizeof busy - 1);
    else if (strcmp(name, "message_stop") == 0)
        put_stop(s);
    else
        put_chunk(s, data);
}

/* Whether a signature has its parts and names the fields that it must cover. */
static bool signature_shaped(const struct request *r, const char *authorization)
{
    const char *date = request_header(r, "x-amz-date");
    const char *scope = strstr(authorization, "Credential=AK");
    const char *names = strstr(authorization, "SignedHeaders=");
    const char *hash = strstr(authorization, "Signature=");
    return date && strlen(date) == 16 && date[8] == 'T' && date[15] == 'Z' && scope &&
           strstr(scope, "/bedrock/aws4_request") && names && strstr(names, "host") &&
           strstr(names, "x-amz-date") && hash &&
           strspn(hash + strlen("Signature="), "0123456789abcdef") == 64;
}

static const char *unauthorised(const struct request *r)
{
    const char *a = request_header(r, "authorization");
    if (!a)
        return "Missing Authentication Token";
    if (strncmp(a, "Bearer ", 7) == 0)
        return NULL;
    if (strncmp(a, "AWS4-HMAC-SHA256 ", 17) != 0 || !signature_shaped(r, a))
        return "The request signature we calculated does not match the signature you provided.";
    return NULL;
}

bool handle_bedrock(struct fake *f, struct conn *c, const struct request *r)
{
    const char *model = r->path + strlen("/model/"), *slash = strrchr(r->path, '/');
    if (strncmp(r->path, "/model/", 7) != 0 || slash < model)
        return false;
    const char *refused = unauthorised(r);
    if (refused) {
        char text[160];
        snprintf(text, sizeof text, "{\"message\":\"%s\"}", refused);
        answer_text(c, 403, "application/json", NULL, text);
        return true;
    }
    char *encoded = strndup(model, (size_t)(slash - model));
    char *id = evhttp_uridecode(encoded, 0, NULL);
    struct carrier by = {.model = id,
        .stream = strcmp(slash, "/invoke-with-response-stream") == 0,
        .type = "application/vnd.amazon.eventstream",
        .write = write_event};
    messages_handle(f, c, r, &by);
    free(id);
    free(encoded);
    return true;
}
