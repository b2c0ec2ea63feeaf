/* OpenAI by path: chat completions, embeddings, images, models; Responses lie in responses.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tests/upstream/formats.h"

static void messages_read(struct turn *t)
{
    const cJSON *m;
    turn_said_content(t, at(t->body, "prompt"));
    cJSON_ArrayForEach(m, at(t->body, "messages"))
    {
        const char *role = text_at(m, "role");
        if (role && strcmp(role, "user") == 0)
            turn_said_content(t, at(m, "content"));
        t->after_tool = role && strcmp(role, "tool") == 0;
    }
}

cJSON *openai_error(const struct turn *t)
{
    const char *type = t->d.error ? t->d.error : "server_error";
    cJSON *o = cJSON_CreateObject(), *e = cJSON_AddObjectToObject(o, "error");
    cJSON_AddStringToObject(e, "message", t->d.message ? t->d.message : "told to fail");
    cJSON_AddStringToObject(e, "type", type);
    cJSON_AddNullToObject(e, "param");
    cJSON_AddStringToObject(e, "code", type);
    if (strcmp(type, "usage_limit_reached") == 0) {
        cJSON_AddStringToObject(e, "plan_type", "plus");
        cJSON_AddNumberToObject(e, "resets_in_seconds", (double)t->d.retry_after);
    }
    return o;
}

static cJSON *chat_usage(const struct turn *t)
{
    cJSON *u = cJSON_CreateObject();
    cJSON_AddNumberToObject(u, "prompt_tokens", (double)(t->t.input + t->t.read));
    cJSON_AddNumberToObject(u, "completion_tokens", (double)t->t.output);
    cJSON_AddNumberToObject(u, "total_tokens", (double)(t->t.input + t->t.read + t->t.output));
    cJSON_AddNumberToObject(
        cJSON_AddObjectToObject(u, "prompt_tokens_details"), "cached_tokens", (double)t->t.read);
    return u;
}

static cJSON *chat_tool(const struct turn *t)
{
    cJSON *list = cJSON_CreateArray(), *call = cJSON_CreateObject();
    cJSON_AddNumberToObject(call, "index", 0);
    cJSON_AddStringToObject(call, "id", "call_fake1");
    cJSON_AddStringToObject(call, "type", "function");
    cJSON *f = cJSON_AddObjectToObject(call, "function");
    cJSON_AddStringToObject(f, "name", t->d.tool);
    cJSON_AddStringToObject(f, "arguments", t->d.tool_input ? t->d.tool_input : "{}");
    cJSON_AddItemToArray(list, call);
    return list;
}

/* kind: "message" or "delta"; text and tool may be absent, finish NULL: not yet. */
static cJSON *chat_json(
    const struct turn *t, const char *kind, const char *text, bool tool, const char *finish)
{
    bool part = strcmp(kind, "delta") == 0;
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "id", t->id);
    cJSON_AddStringToObject(o, "object", part ? "chat.completion.chunk" : "chat.completion");
    cJSON_AddNumberToObject(o, "created", (double)time(NULL));
    cJSON_AddStringToObject(o, "model", turn_model(t));
    cJSON *choice = cJSON_CreateObject();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "choices"), choice);
    cJSON_AddNumberToObject(choice, "index", 0);
    cJSON *m = cJSON_AddObjectToObject(choice, kind);
    if (!part || text)
        cJSON_AddStringToObject(m, "role", "assistant");
    if (text)
        cJSON_AddStringToObject(m, "content", text);
    if (tool)
        cJSON_AddItemToObject(m, "tool_calls", chat_tool(t));
    if (finish)
        cJSON_AddStringToObject(choice, "finish_reason", finish);
    else
        cJSON_AddNullToObject(choice, "finish_reason");
    return o;
}

static void chat_fail(struct sse_out *s)
{
    sse_json(s, NULL, openai_error(s->t));
}

static void chat_stream(struct conn *c, const struct turn *t)
{
    struct sse_out e;
    const cJSON *wanted = at(at(t->body, "stream_options"), "include_usage");
    sse_begin(&e, c, t, NULL, OPENAI_HEADERS);
    e.fail = chat_fail;
    for (long i = 0; i < t->words; i++) {
        char word[64];
        snprintf(word, sizeof word, "%sword%ld", i ? " " : "", i);
        sse_json(&e, NULL, chat_json(t, "delta", word, false, NULL));
    }
    if (turn_wants_tool(t))
        sse_json(&e, NULL, chat_json(t, "delta", NULL, true, NULL));
    const char *finish = turn_wants_tool(t) ? "tool_calls" : "stop";
    sse_json(&e, NULL, chat_json(t, "delta", NULL, false, finish));
    if (cJSON_IsTrue(wanted) && !t->d.no_usage) {
        cJSON *last = chat_json(t, "delta", NULL, false, NULL);
        cJSON_ReplaceItemInObjectCaseSensitive(last, "choices", cJSON_CreateArray());
        cJSON_AddItemToObject(last, "usage", chat_usage(t));
        if (!e.ended)
            turn_count(c, t);
        sse_json(&e, NULL, last);
    }
    sse_event(&e, NULL, "[DONE]");
    sse_end(&e);
}

static void chat_whole(struct conn *c, const struct turn *t)
{
    char *words = turn_words(t);
    bool tool = turn_wants_tool(t);
    cJSON *o = chat_json(t, "message", words, tool, tool ? "tool_calls" : "stop");
    cJSON_AddItemToObject(o, "usage", chat_usage(t));
    turn_count(c, t);
    turn_json(c, t, OPENAI_HEADERS, o);
    free(words);
}

static void chat_handle(struct fake *f, struct conn *c, const struct request *r)
{
    struct turn t;
    turn_begin(&t, r);
    messages_read(&t);
    turn_set(&t, f, r, "chatcmpl");
    t.t.cache5 = t.t.cache1 = t.t.search = 0;
    if (turn_misbehaves(c, &t, openai_error))
        ;
    else if (t.stream)
        chat_stream(c, &t);
    else
        chat_whole(c, &t);
    turn_release(&t);
}

/* Input alone is counted: there is no answer in tokens, and nothing was in a cache. */
static void embeddings_handle(struct fake *f, struct conn *c, const struct request *r)
{
    struct turn t;
    turn_begin(&t, r);
    turn_said_content(&t, at(t.body, "input"));
    turn_set(&t, f, r, "embd");
    t.t.cache5 = t.t.cache1 = t.t.search = 0;
    t.t.output = t.t.read = 0;
    if (!turn_misbehaves(c, &t, openai_error)) {
        char text[512];
        snprintf(text, sizeof text,
            "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":"
            "[0.25,-0.5,0.125]}],\"usage\":{\"prompt_tokens\":%lld,\"total_tokens\":%lld}}",
            (long long)t.t.input, (long long)t.t.input);
        cJSON *o = cJSON_Parse(text);
        cJSON_AddStringToObject(o, "model", turn_model(&t));
        turn_count(c, &t);
        turn_json(c, &t, OPENAI_HEADERS, o);
    }
    turn_release(&t);
}

static void images_handle(struct fake *f, struct conn *c, const struct request *r)
{
    struct turn t;
    turn_begin(&t, r);
    turn_said_content(&t, at(t.body, "prompt"));
    turn_set(&t, f, r, "img");
    t.t.cache5 = t.t.cache1 = t.t.search = 0;
    t.t.read = 0;
    if (!turn_misbehaves(c, &t, openai_error)) {
        char text[512];
        snprintf(text, sizeof text,
            "{\"created\":1,\"data\":[{\"b64_json\":\"iVBORw0KGgo=\"}],\"usage\":{\"input_tokens\":"
            "%lld,\"output_tokens\":%lld,\"total_tokens\":%lld}}",
            (long long)t.t.input, (long long)t.t.output, (long long)(t.t.input + t.t.output));
        turn_count(c, &t);
        turn_json(c, &t, OPENAI_HEADERS, cJSON_Parse(text));
    }
    turn_release(&t);
}

/* What ChatGPT says of its windows when asked. */
static void windows_handle(struct fake *f, struct conn *c, const struct request *r)
{
    char text[512];
    long now = (long)time(NULL);
    record_call(f->record, "wham_usage");
    snprintf(text, sizeof text,
        "{\"plan_type\":\"plus\",\"rate_limit\":{\"allowed\":true,\"limit_reached\":false,"
        "\"primary_window\":{\"used_percent\":11,\"limit_window_seconds\":18000,\"reset_at\":%ld},"
        "\"secondary_window\":{\"used_percent\":33,\"limit_window_seconds\":604800,\"reset_at\":%"
        "ld}"
        "}}",
        now + 1800, now + 86400);
    bool good = oauth_token_good(f->oauth, r->credential) &&
                request_header(r, "chatgpt-account-id") != NULL;
    answer_text(c, good ? 200 : 401, "application/json", NULL, good ? text : "{}");
}

bool handle_openai(struct fake *f, struct conn *c, const struct request *r)
{
    static const struct {
        const char *tail;
        void (*handle)(struct fake *, struct conn *, const struct request *);
    } posts[] = {
        {"/responses", responses_handle},
        {"/responses/compact", responses_handle},
        {"/chat/completions", chat_handle},
        {"/embeddings", embeddings_handle},
        {"/images/generations", images_handle},
    };
    if (strcmp(r->path, "/backend-api/wham/usage") == 0) {
        windows_handle(f, c, r);
        return true;
    }
    for (size_t i = 0; i < sizeof posts / sizeof *posts; i++) {
        if (strcmp(r->method, "POST") == 0 && ends_with(r->path, posts[i].tail)) {
            posts[i].handle(f, c, r);
            return true;
        }
    }
    return false;
}
