/* Anthropic messages: whole answers and event streams, count_tokens, models. Token numbers follow
 * from the request (or its directive), so that a test can compute them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/upstream/fake.h"

/* The turn to answer, as far as it matters here. */
struct turn {
    const cJSON *body;
    const char *model;
    char *text; /* last user text */
    bool stream, after_tool;
    struct directive d;
    struct tokens t;
    long words;
    char id[40];
};

/* Text of a content value: a string, or the text blocks of an array. */
static char *content_text(const cJSON *content, bool *tool_result)
{
    if (cJSON_IsString(content))
        return strdup(content->valuestring);
    size_t n = 0;
    char *all = calloc(1, 1);
    const cJSON *block;
    cJSON_ArrayForEach(block, content)
    {
        const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(block, "type"));
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(block, "text"));
        if (type && strcmp(type, "tool_result") == 0)
            *tool_result = true;
        if (!text)
            continue;
        size_t m = strlen(text);
        all = realloc(all, n + m + 1);
        if (!all)
            abort();
        memcpy(all + n, text, m + 1);
        n += m;
    }
    return all;
}

/* A directive holds for the whole conversation, so all user texts are searched, the last one wins.
 */
static void turn_read(struct turn *t, struct fake *f, const struct request *r)
{
    t->model = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(t->body, "model"));
    t->stream = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(t->body, "stream"));
    const cJSON *m;
    char *with_directive = NULL;
    cJSON_ArrayForEach(m, cJSON_GetObjectItemCaseSensitive(t->body, "messages"))
    {
        const char *role = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(m, "role"));
        if (!role || strcmp(role, "user") != 0)
            continue;
        free(t->text);
        t->after_tool = false;
        t->text = content_text(cJSON_GetObjectItemCaseSensitive(m, "content"), &t->after_tool);
        if (strstr(t->text, "[[fake:")) {
            free(with_directive);
            with_directive = strdup(t->text);
        }
    }
    if (!t->text)
        t->text = strdup("");
    directive_of(f, r, with_directive, &t->d);
    free(with_directive);
    const struct directive *d = &t->d;
    t->words = d->words >= 0 ? d->words : 8;
    t->t.input = d->in >= 0 ? d->in : 10 + (int64_t)(strlen(t->text) / 4);
    t->t.output = d->out >= 0 ? d->out : t->words + 1;
    t->t.cache5 = d->cache5 >= 0 ? d->cache5 : 3;
    t->t.cache1 = d->cache1 >= 0 ? d->cache1 : 2;
    t->t.read = d->read >= 0 ? d->read : 100;
    t->t.search = d->search >= 0 ? d->search : 0;
    static unsigned serial;
    snprintf(t->id, sizeof t->id, "msg_fake%08u", ++serial);
}

static char *extra_headers(const struct turn *t)
{
    char *out = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&out, &n);
    fprintf(f, "request-id: req_%s\r\nanthropic-organization-id: org-canary\r\n", t->id);
    for (int i = 0; i < t->d.n_headers; i++)
        fprintf(f, "%s: %s\r\n", t->d.headers[i].name, t->d.headers[i].value);
    if (t->d.retry_after >= 0)
        fprintf(f, "retry-after: %ld\r\n", t->d.retry_after);
    fclose(f);
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
    return t->d.tool && !t->after_tool ? "tool_use" : "end_turn";
}

static cJSON *message_json(const struct turn *t, bool whole)
{
    cJSON *m = cJSON_CreateObject();
    cJSON_AddStringToObject(m, "id", t->id);
    cJSON_AddStringToObject(m, "type", "message");
    cJSON_AddStringToObject(m, "role", "assistant");
    cJSON_AddStringToObject(m, "model", t->d.model ? t->d.model : t->model ? t->model : "");
    cJSON *content = cJSON_AddArrayToObject(m, "content");
    if (whole) {
        cJSON *b = cJSON_CreateObject();
        char text[4096] = "";
        for (long i = 0; i < t->words && strlen(text) < sizeof text - 32; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%sword%ld", i ? " " : "", i);
        cJSON_AddStringToObject(b, "type", "text");
        cJSON_AddStringToObject(b, "text", text);
        cJSON_AddItemToArray(content, b);
        if (t->d.tool && !t->after_tool) {
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

/* A stream under construction: counts events so that cut, reset and hang come at the right one. */
struct sse_out {
    struct conn *c;
    struct turn *t;
    long events;
    bool ended;
};

static void sse_event(struct sse_out *s, const char *name, const char *data)
{
    if (s->ended)
        return;
    const struct directive *d = &s->t->d;
    char *text = NULL;
    int n = asprintf(&text, "event: %s\ndata: %s\n\n", name, data);
    answer_chunk(s->c, d, text, (size_t)n);
    free(text);
    s->events++;
    if (s->events == d->cut)
        answer_close(s->c);
    else if (s->events == d->reset)
        answer_reset(s->c);
    else if (s->events == d->hang)
        answer_hang(s->c);
    else
        return;
    s->ended = true;
}

static void sse_json(struct sse_out *s, const char *name, cJSON *o)
{
    char *text = cJSON_PrintUnformatted(o);
    sse_event(s, name, text);
    free(text);
    cJSON_Delete(o);
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
    struct turn *t = s->t;
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
    if (!t->d.tool || t->after_tool)
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

static void answer_stream(struct fake *f, struct conn *c, struct turn *t)
{
    struct sse_out s = {.c = c, .t = t};
    char *extra = extra_headers(t);
    answer_head(c, 200, "text/event-stream; charset=utf-8", extra);
    free(extra);
    if (t->d.hang == 0) {
        answer_hang(c);
        return;
    }
    cJSON *start = cJSON_CreateObject();
    cJSON_AddStringToObject(start, "type", "message_start");
    cJSON_AddItemToObject(start, "message", message_json(t, false));
    struct tokens first = t->t;
    first.output = 1;
    first.search = 0;
    answer_count(c, t->id, t->d.model ? t->d.model : t->model, &first, false);
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
        answer_count(c, t->id, t->d.model ? t->d.model : t->model, &rest, true);
    cJSON *delta = cJSON_CreateObject();
    cJSON_AddStringToObject(delta, "type", "message_delta");
    cJSON *inner = cJSON_AddObjectToObject(delta, "delta");
    cJSON_AddStringToObject(inner, "stop_reason", stop_reason(t));
    cJSON_AddNullToObject(inner, "stop_sequence");
    cJSON_AddItemToObject(delta, "usage", usage_json(t, true));
    sse_json(&s, "message_delta", delta);
    sse_event(&s, "message_stop", "{\"type\":\"message_stop\"}");
    if (!s.ended)
        answer_end(c);
}

static void answer_error(struct conn *c, const struct turn *t)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "type", "error");
    cJSON *e = cJSON_AddObjectToObject(o, "error");
    cJSON_AddStringToObject(e, "type", t->d.error ? t->d.error : "api_error");
    cJSON_AddStringToObject(e, "message", t->d.message ? t->d.message : "told to fail");
    char *extra = extra_headers(t);
    answer_json(c, t->d.status, extra, o);
    free(extra);
    cJSON_Delete(o);
}

static void turn_answer(struct fake *f, struct conn *c, struct turn *t)
{
    answer_delay(c, t->d.delay);
    if (t->d.reset == 0) {
        answer_reset(c);
    } else if (t->d.early_close) {
        answer_close(c);
    } else if (t->d.garbage) {
        answer_printf(c, "this is not HTTP at all\r\n\r\n");
        answer_close(c);
    } else if (t->d.hang == 0 && !t->stream) {
        answer_hang(c);
    } else if (t->d.status >= 300) {
        answer_error(c, t);
    } else if (t->stream) {
        answer_stream(f, c, t);
    } else {
        cJSON *m = message_json(t, true);
        char *extra = extra_headers(t);
        answer_count(c, t->id, t->d.model ? t->d.model : t->model, &t->t, true);
        answer_json(c, 200, extra, m);
        free(extra);
        cJSON_Delete(m);
    }
}

static void handle_models(struct conn *c)
{
    answer_text(c, 200, "application/json", NULL,
        "{\"data\":[{\"type\":\"model\",\"id\":\"claude-opus-5-5\",\"display_name\":\"Opus\","
        "\"created_at\":\"2026-05-01T00:00:00Z\"}],\"has_more\":false,\"first_id\":\"claude-opus-5-"
        "5\","
        "\"last_id\":\"claude-opus-5-5\"}");
}

static void handle_messages(struct fake *f, struct conn *c, const struct request *r, bool count)
{
    struct turn t = {.body = NULL};
    cJSON *body = cJSON_Parse(r->body);
    t.body = body;
    turn_read(&t, f, r);
    if (!oauth_token_good(f->oauth, r->credential)) {
        t.d.status = 401;
        free(t.d.error);
        t.d.error = strdup("authentication_error");
        record_call(f->record, "401");
    } else if (!cJSON_GetObjectItemCaseSensitive(body, "messages") && t.d.status == 0) {
        t.d.status = 400;
        t.d.error = strdup("invalid_request_error");
    }
    if (count && t.d.status < 300) {
        char text[64];
        snprintf(text, sizeof text, "{\"input_tokens\":%lld}", (long long)t.t.input);
        answer_text(c, 200, "application/json", NULL, text);
    } else {
        turn_answer(f, c, &t);
    }
    directive_release(&t.d);
    free(t.text);
    cJSON_Delete(body);
}

bool handle_anthropic(struct fake *f, struct conn *c, const struct request *r)
{
    bool post = strcmp(r->method, "POST") == 0;
    if (post && strcmp(r->path, "/v1/messages") == 0)
        handle_messages(f, c, r, false);
    else if (post && strcmp(r->path, "/v1/messages/count_tokens") == 0)
        handle_messages(f, c, r, true);
    else if (!post && strcmp(r->path, "/v1/models") == 0)
        handle_models(c);
    else
        return false;
    return true;
}
