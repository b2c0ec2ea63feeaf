/* Anthropic messages: whole answers and event streams, count_tokens, models. Token numbers follow
 * from the request (or its directive), so that a test can compute them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/upstream/formats.h"

#define HEADERS "anthropic-organization-id: org-canary\r\n"

static void turn_read(struct turn *t)
{
    const cJSON *m, *block;
    cJSON_ArrayForEach(m, at(t->body, "messages"))
    {
        const char *role = text_at(m, "role");
        if (!role || strcmp(role, "user") != 0)
            continue;
        t->after_tool = false;
        const cJSON *content = at(m, "content");
        turn_said_content(t, content);
        cJSON_ArrayForEach(block, content)
        {
            const char *type = text_at(block, "type");
            t->after_tool = t->after_tool || (type && strcmp(type, "tool_result") == 0);
        }
    }
}

static char *headers_of(const struct turn *t)
{
    char *out = NULL;
    if (asprintf(&out, "request-id: req_%s\r\n" HEADERS, t->id) < 0)
        abort();
    return out;
}

static cJSON *usage_json(const struct turn *t, bool with_output)
{
    cJSON *u = cJSON_CreateObject();
    cJSON_AddNumberToObject(u, "input_tokens", (double)t->t.input);
    cJSON_AddNumberToObject(u, "cache_creation_input_tokens", (double)(t->t.cache5 + t->t.cache1));
    cJSON_AddNumberToObject(u, "cache_read_input_tokens", (double)t->t.read);
    cJSON *c = cJSON_AddObjectToObject(u, "cache_creation");
    cJSON_AddNumberToObject(c, "ephemeral_5m_input_tokens", (double)t->t.cache5);
    cJSON_AddNumberToObject(c, "ephemeral_1h_input_tokens", (double)t->t.cache1);
    cJSON_AddNumberToObject(u, "output_tokens", with_output ? (double)t->t.output : 1);
    cJSON_AddStringToObject(u, "service_tier", "standard");
    if (with_output && t->t.search)
        cJSON_AddNumberToObject(cJSON_AddObjectToObject(u, "server_tool_use"),
            "web_search_requests", (double)t->t.search);
    return u;
}

static const char *stop_reason(const struct turn *t)
{
    if (t->d.stop)
        return t->d.stop;
    return turn_wants_tool(t) ? "tool_use" : "end_turn";
}

static cJSON *message_json(const struct turn *t, bool whole)
{
    cJSON *m = cJSON_CreateObject();
    cJSON_AddStringToObject(m, "id", t->id);
    cJSON_AddStringToObject(m, "type", "message");
    cJSON_AddStringToObject(m, "role", "assistant");
    cJSON_AddStringToObject(m, "model", turn_model(t));
    cJSON *content = cJSON_AddArrayToObject(m, "content");
    if (whole) {
        cJSON *b = cJSON_CreateObject();
        char *text = turn_words(t);
        cJSON_AddStringToObject(b, "type", "text");
        cJSON_AddStringToObject(b, "text", text);
        free(text);
        cJSON_AddItemToArray(content, b);
        if (turn_wants_tool(t)) {
            b = cJSON_CreateObject();
            cJSON_AddStringToObject(b, "type", "tool_use");
            cJSON_AddStringToObject(b, "id", "toolu_fake1");
            cJSON_AddStringToObject(b, "name", t->d.tool);
            cJSON *in = cJSON_Parse(t->d.tool_input ? t->d.tool_input : "{}");
            cJSON_AddItemToObject(b, "input", in ? in : cJSON_CreateObject());
            cJSON_AddItemToArray(content, b);
        }
        cJSON_AddStringToObject(m, "stop_reason", stop_reason(t));
    } else {
        cJSON_AddNullToObject(m, "stop_reason");
    }
    cJSON_AddNullToObject(m, "stop_sequence");
    cJSON_AddItemToObject(m, "usage", usage_json(t, whole));
    return m;
}

static void sse_printf(struct sse_out *s, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void sse_printf(struct sse_out *s, const char *name, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        abort();
    va_end(ap);
    sse_event(s, name, text);
    free(text);
}

static void stream_blocks(struct sse_out *s, struct fake *f)
{
    const struct turn *t = s->t;
    int index = 0;
    if (t->d.thinking) {
        sse_printf(s, "content_block_start",
            "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
            "\"thinking\","
            "\"thinking\":\"\",\"signature\":\"\"}}");
        sse_printf(s, "content_block_delta",
            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\","
            "\"thinking\":\"Let me think.\"}}");
        sse_printf(s, "content_block_delta",
            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\","
            "\"signature\":\"c2lnbmF0dXJl\"}}");
        sse_printf(s, "content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}");
        index = 1;
    }
    sse_printf(s, "content_block_start",
        "{\"type\":\"content_block_start\",\"index\":%d,\"content_block\":{\"type\":\"text\","
        "\"text\":\"\"}}",
        index);
    for (long i = 0; i < t->d.pings; i++)
        sse_event(s, "ping", "{\"type\": \"ping\"}");
    static const char *const demo[] = {"Hello", " from", " the", " bundled", " fake",
        " upstream:", " the", " relay", " works", "."};
    long n = f->demo ? 10 : t->words;
    for (long i = 0; i < n; i++) {
        char word[64];
        snprintf(word, sizeof word, "%sword%ld \xe4\xb8\xad", i ? " " : "", i);
        sse_printf(s, "content_block_delta",
            "{\"type\":\"content_block_delta\",\"index\":%d,\"delta\":{\"type\":\"text_delta\","
            "\"text\":\"%s\"}}",
            index, f->demo ? demo[i] : word);
    }
    sse_printf(s, "content_block_stop", "{\"type\":\"content_block_stop\",\"index\":%d}", index);
    if (!turn_wants_tool(t))
        return;
    index++;
    sse_printf(s, "content_block_start",
        "{\"type\":\"content_block_start\",\"index\":%d,\"content_block\":{\"type\":\"tool_use\","
        "\"id\":\"toolu_fake1\",\"name\":\"%s\",\"input\":{}}}",
        index, t->d.tool);
    cJSON *delta = cJSON_CreateObject();
    cJSON_AddStringToObject(delta, "type", "content_block_delta");
    cJSON_AddNumberToObject(delta, "index", index);
    cJSON *inner = cJSON_AddObjectToObject(delta, "delta");
    cJSON_AddStringToObject(inner, "type", "input_json_delta");
    cJSON_AddStringToObject(inner, "partial_json", t->d.tool_input ? t->d.tool_input : "{}");
    sse_json(s, "content_block_delta", delta);
    sse_printf(s, "content_block_stop", "{\"type\":\"content_block_stop\",\"index\":%d}", index);
}

static cJSON *error_json(const struct turn *t)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "type", "error");
    cJSON *e = cJSON_AddObjectToObject(o, "error");
    cJSON_AddStringToObject(e, "type", t->d.error ? t->d.error : "api_error");
    cJSON_AddStringToObject(e, "message", t->d.message ? t->d.message : "told to fail");
    return o;
}

static void stream_fail(struct sse_out *s)
{
    sse_json(s, "error", error_json(s->t));
}

static void answer_stream(
    struct fake *f, struct conn *c, const struct turn *t, const struct carrier *by)
{
    struct sse_out s;
    char *headers = headers_of(t);
    sse_begin(&s, c, t, by ? by->type : NULL, headers);
    s.write = by ? by->write : NULL;
    s.fail = stream_fail;
    free(headers);
    if (s.ended)
        return;
    cJSON *start = cJSON_CreateObject();
    cJSON_AddStringToObject(start, "type", "message_start");
    cJSON_AddItemToObject(start, "message", message_json(t, false));
    struct tokens first = t->t;
    first.output = 1;
    first.search = 0;
    if (t->d.fail != 0)
        answer_count(c, t->id, turn_model(t), &first, false);
    sse_json(&s, "message_start", start);
    stream_blocks(&s, f);
    if (t->d.overload_event) {
        sse_event(&s, "error",
            "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":"
            "\"Overloaded\"}}");
        if (!s.ended)
            answer_close(c);
        return;
    }
    struct tokens rest = {.output = t->t.output - 1, .search = t->t.search};
    if (!s.ended)
        answer_count(c, t->id, turn_model(t), &rest, true);
    cJSON *delta = cJSON_CreateObject();
    cJSON_AddStringToObject(delta, "type", "message_delta");
    cJSON *inner = cJSON_AddObjectToObject(delta, "delta");
    cJSON_AddStringToObject(inner, "stop_reason", stop_reason(t));
    cJSON_AddNullToObject(inner, "stop_sequence");
    cJSON_AddItemToObject(delta, "usage", usage_json(t, true));
    sse_json(&s, "message_delta", delta);
    sse_event(&s, "message_stop", "{\"type\":\"message_stop\"}");
    sse_end(&s);
}

static void handle_models(struct conn *c)
{
    answer_text(c, 200, "application/json", NULL,
        "{\"data\":[{\"type\":\"model\",\"id\":\"claude-opus-5-5\",\"display_name\":\"Opus\","
        "\"created_at\":\"2026-05-01T00:00:00Z\"}],\"has_more\":false,\"first_id\":\"claude-opus-5-"
        "5\","
        "\"last_id\":\"claude-opus-5-5\"}");
}

/* What every carrier refuses, and what some do. */
static const char *refusal(const struct turn *t, const struct carrier *by)
{
    if (!at(t->body, "messages"))
        return "messages: Field required";
    if (by && at(t->body, "model"))
        return "model: Extra inputs are not permitted";
    if (by && !at(t->body, "anthropic_version"))
        return "anthropic_version: Field required";
    return NULL;
}

static void answer_whole(struct conn *c, const struct turn *t)
{
    char *headers = headers_of(t);
    turn_count(c, t);
    turn_json(c, t, headers, message_json(t, true));
    free(headers);
}

void messages_handle(
    struct fake *f, struct conn *c, const struct request *r, const struct carrier *by)
{
    struct turn t;
    turn_begin(&t, r);
    if (by) {
        t.model = by->model;
        t.stream = by->stream;
    }
    turn_read(&t);
    turn_set(&t, f, r, "msg");
    const char *refused = t.d.status == 0 ? refusal(&t, by) : NULL;
    if (refused) {
        turn_refuse(c, &t, 400, "invalid_request_error", refused, error_json);
    } else if (ends_with(r->path, "/count_tokens") && t.d.status < 300) {
        char text[64];
        snprintf(text, sizeof text, "{\"input_tokens\":%lld}", (long long)t.t.input);
        answer_text(c, 200, "application/json", NULL, text);
    } else if (!turn_misbehaves(c, &t, error_json)) {
        if (t.stream)
            answer_stream(f, c, &t, by);
        else
            answer_whole(c, &t);
    }
    turn_release(&t);
}

bool handle_anthropic(struct fake *f, struct conn *c, const struct request *r)
{
    bool post = strcmp(r->method, "POST") == 0;
    if (post &&
        (ends_with(r->path, "/v1/messages") || ends_with(r->path, "/messages/count_tokens")))
        messages_handle(f, c, r, NULL);
    else if (!post && strcmp(r->path, "/v1/models") == 0)
        handle_models(c);
    else
        return false;
    return true;
}
