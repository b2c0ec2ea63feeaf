/* OpenAI Responses: reasoning, text, function and custom tools, whole or as events; and the backend
 * of Codex, which wants `stream` and not `store`, and tells of its two windows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tests/upstream/formats.h"

static void input_read(struct turn *t)
{
    const cJSON *input = at(t->body, "input"), *item;
    if (cJSON_IsString(input))
        turn_said(t, input->valuestring);
    cJSON_ArrayForEach(item, input)
    {
        const char *type = text_at(item, "type"), *role = text_at(item, "role");
        if (role && strcmp(role, "user") == 0) {
            turn_said_content(t, at(item, "content"));
            t->after_tool = false;
        } else if (type && ends_with(type, "_call_output")) {
            t->after_tool = true;
        }
    }
}

/* Whether the request declares a tool of that name as one that takes free text. */
static bool is_custom(const cJSON *tools, const char *name)
{
    const cJSON *tool;
    cJSON_ArrayForEach(tool, tools)
    {
        const char *type = text_at(tool, "type"), *called = text_at(tool, "name");
        if (type && called && strcmp(type, "custom") == 0 && strcmp(called, name) == 0)
            return true;
    }
    return false;
}

static bool tool_is_custom(const struct turn *t)
{
    const cJSON *first = cJSON_GetArrayItem(at(t->body, "input"), 0);
    const char *type = text_at(first, "type");
    bool more = type && strcmp(type, "additional_tools") == 0;
    return is_custom(at(t->body, "tools"), t->d.tool) ||
           (more && is_custom(at(first, "tools"), t->d.tool));
}

static cJSON *item_begin(const struct turn *t, const char *type, const char *prefix, bool done)
{
    char id[64];
    cJSON *o = cJSON_CreateObject();
    snprintf(id, sizeof id, "%s_%s", prefix, t->id);
    cJSON_AddStringToObject(o, "id", id);
    cJSON_AddStringToObject(o, "type", type);
    cJSON_AddStringToObject(o, "status", done ? "completed" : "in_progress");
    return o;
}

static cJSON *text_part(const char *text)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "type", "output_text");
    cJSON_AddStringToObject(o, "text", text);
    cJSON_AddArrayToObject(o, "annotations");
    return o;
}

static cJSON *message_item(const struct turn *t, bool done)
{
    char *words = turn_words(t);
    cJSON *o = item_begin(t, "message", "msg", done);
    cJSON_AddStringToObject(o, "role", "assistant");
    cJSON *content = cJSON_AddArrayToObject(o, "content");
    if (done)
        cJSON_AddItemToArray(content, text_part(words));
    free(words);
    return o;
}

static cJSON *reasoning_item(const struct turn *t, bool done)
{
    cJSON *o = item_begin(t, "reasoning", "rs", done);
    cJSON *summary = cJSON_AddArrayToObject(o, "summary");
    if (done) {
        cJSON *part = cJSON_CreateObject();
        cJSON_AddStringToObject(part, "type", "summary_text");
        cJSON_AddStringToObject(part, "text", "Let me think.");
        cJSON_AddItemToArray(summary, part);
        cJSON_AddStringToObject(o, "encrypted_content", "Z0FBQUFBZmFrZQ==");
    }
    return o;
}

static cJSON *call_item(const struct turn *t, bool done)
{
    bool custom = tool_is_custom(t);
    cJSON *o = item_begin(t, custom ? "custom_tool_call" : "function_call", "fc", done);
    cJSON_AddStringToObject(o, "call_id", "call_fake1");
    cJSON_AddStringToObject(o, "name", t->d.tool);
    cJSON_AddStringToObject(o, custom ? "input" : "arguments",
        !done             ? ""
        : t->d.tool_input ? t->d.tool_input
                          : "{}");
    return o;
}

static cJSON *usage_json(const struct turn *t)
{
    cJSON *u = cJSON_CreateObject();
    cJSON_AddNumberToObject(u, "input_tokens", (double)(t->t.input + t->t.read));
    cJSON *in = cJSON_AddObjectToObject(u, "input_tokens_details");
    cJSON_AddNumberToObject(in, "cached_tokens", (double)t->t.read);
    cJSON_AddNumberToObject(u, "output_tokens", (double)t->t.output);
    cJSON *out = cJSON_AddObjectToObject(u, "output_tokens_details");
    cJSON_AddNumberToObject(out, "reasoning_tokens", t->d.thinking ? 1 : 0);
    cJSON_AddNumberToObject(u, "total_tokens", (double)(t->t.input + t->t.read + t->t.output));
    return u;
}

static cJSON *response_json(const struct turn *t, bool done)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "id", t->id);
    cJSON_AddStringToObject(o, "object", "response");
    cJSON_AddNumberToObject(o, "created_at", (double)time(NULL));
    cJSON_AddStringToObject(o, "status", done ? "completed" : "in_progress");
    cJSON_AddStringToObject(o, "model", turn_model(t));
    cJSON_AddNullToObject(o, "error");
    cJSON_AddNullToObject(o, "incomplete_details");
    cJSON_AddBoolToObject(o, "parallel_tool_calls", true);
    cJSON_AddStringToObject(o, "tool_choice", "auto");
    cJSON_AddArrayToObject(o, "tools");
    cJSON *output = cJSON_AddArrayToObject(o, "output");
    if (done && t->d.thinking)
        cJSON_AddItemToArray(output, reasoning_item(t, true));
    if (done)
        cJSON_AddItemToArray(output, message_item(t, true));
    if (done && turn_wants_tool(t))
        cJSON_AddItemToArray(output, call_item(t, true));
    if (done && !t->d.no_usage)
        cJSON_AddItemToObject(o, "usage", usage_json(t));
    else
        cJSON_AddNullToObject(o, "usage");
    return o;
}

/* --- events ------------------------------------------------------------------------------------
 */

static cJSON *event_json(struct sse_out *e, const char *type, int index, const char *item_id)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "type", type);
    cJSON_AddNumberToObject(o, "sequence_number", (double)e->events);
    if (index >= 0)
        cJSON_AddNumberToObject(o, "output_index", index);
    if (item_id)
        cJSON_AddStringToObject(o, "item_id", item_id);
    return o;
}

static void say_response(struct sse_out *e, const char *type, bool done)
{
    cJSON *o = event_json(e, type, -1, NULL);
    cJSON_AddItemToObject(o, "response", response_json(e->t, done));
    sse_json(e, type, o);
}

static void say_item(struct sse_out *e, bool done, int index, cJSON *item)
{
    const char *type = done ? "response.output_item.done" : "response.output_item.added";
    cJSON *o = event_json(e, type, index, NULL);
    cJSON_AddItemToObject(o, "item", item);
    sse_json(e, type, o);
}

/* An event with one or two strings; name2 may be NULL. */
static void say_text(struct sse_out *e, const char *type, int index, const char *name,
    const char *text, const char *index_name)
{
    cJSON *o = event_json(e, type, index, "item_fake");
    if (index_name)
        cJSON_AddNumberToObject(o, index_name, 0);
    cJSON_AddStringToObject(o, name, text);
    sse_json(e, type, o);
}

static void say_part(struct sse_out *e, const char *type, int index, const char *text)
{
    cJSON *o = event_json(e, type, index, "item_fake");
    cJSON_AddNumberToObject(o, "content_index", 0);
    cJSON_AddItemToObject(o, "part", text_part(text));
    sse_json(e, type, o);
}

static void say_message(struct sse_out *e, int index)
{
    const struct turn *t = e->t;
    char *all = turn_words(t);
    say_item(e, false, index, message_item(t, false));
    say_part(e, "response.content_part.added", index, "");
    for (long i = 0; i < t->words; i++) {
        char word[64];
        snprintf(word, sizeof word, "%sword%ld", i ? " " : "", i);
        say_text(e, "response.output_text.delta", index, "delta", word, "content_index");
    }
    say_text(e, "response.output_text.done", index, "text", all, "content_index");
    say_part(e, "response.content_part.done", index, all);
    say_item(e, true, index, message_item(t, true));
    free(all);
}

static void say_call(struct sse_out *e, int index)
{
    bool custom = tool_is_custom(e->t);
    const char *input = e->t->d.tool_input ? e->t->d.tool_input : "{}";
    const char *delta =
        custom ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta";
    const char *done =
        custom ? "response.custom_tool_call_input.done" : "response.function_call_arguments.done";
    say_item(e, false, index, call_item(e->t, false));
    say_text(e, delta, index, "delta", input, NULL);
    say_text(e, done, index, custom ? "input" : "arguments", input, NULL);
    say_item(e, true, index, call_item(e->t, true));
}

/* The answer failed, or the bare event that some failures are told by. */
static void stream_fail(struct sse_out *e)
{
    const struct directive *d = &e->t->d;
    const char *code = d->error ? d->error : "server_error";
    const char *message = d->message ? d->message : "told to fail";
    if (d->bare_error) {
        cJSON *o = event_json(e, "error", -1, NULL);
        cJSON_AddStringToObject(o, "code", code);
        cJSON_AddStringToObject(o, "message", message);
        sse_json(e, "error", o);
        return;
    }
    cJSON *o = event_json(e, "response.failed", -1, NULL);
    cJSON *r = response_json(e->t, false), *err = cJSON_CreateObject();
    cJSON_AddStringToObject(err, "code", code);
    cJSON_AddStringToObject(err, "message", message);
    cJSON_ReplaceItemInObjectCaseSensitive(r, "error", err);
    cJSON_ReplaceItemInObjectCaseSensitive(r, "status", cJSON_CreateString("failed"));
    cJSON_AddItemToObject(o, "response", r);
    sse_json(e, "response.failed", o);
}

static void stream(struct conn *c, const struct turn *t, const char *headers)
{
    struct sse_out e;
    int index = 0;
    sse_begin(&e, c, t, NULL, headers);
    e.fail = stream_fail;
    say_response(&e, "response.created", false);
    say_response(&e, "response.in_progress", false);
    if (t->d.thinking) {
        say_item(&e, false, index, reasoning_item(t, false));
        say_text(&e, "response.reasoning_summary_text.delta", index, "delta", "Let me think.",
            "summary_index");
        say_text(&e, "response.reasoning_summary_text.done", index, "text", "Let me think.",
            "summary_index");
        say_item(&e, true, index++, reasoning_item(t, true));
    }
    say_message(&e, index++);
    if (turn_wants_tool(t))
        say_call(&e, index++);
    if (t->d.overload_event) {
        cJSON *o = event_json(&e, "response.failed", -1, NULL);
        cJSON *r = response_json(t, false);
        cJSON *err = cJSON_CreateObject();
        cJSON_AddStringToObject(err, "code", "server_is_overloaded");
        cJSON_AddStringToObject(err, "message", "Our servers are overloaded");
        cJSON_ReplaceItemInObjectCaseSensitive(r, "error", err);
        cJSON_ReplaceItemInObjectCaseSensitive(r, "status", cJSON_CreateString("failed"));
        cJSON_AddItemToObject(o, "response", r);
        sse_json(&e, "response.failed", o);
    } else {
        if (!e.ended)
            turn_count(c, t);
        say_response(&e, "response.completed", true);
    }
    sse_end(&e);
}

/* What the backend of Codex refuses. */
static const char *codex_refuses(const struct turn *t, const struct request *r)
{
    if (!request_header(r, "chatgpt-account-id"))
        return "Missing chatgpt-account-id";
    if (ends_with(r->path, "/compact"))
        return NULL;
    if (!t->stream)
        return "Stream must be set to true";
    static const char *const unknown[][2] = {
        {"temperature", "Unsupported parameter: temperature"},
        {"top_p", "Unsupported parameter: top_p"},
        {"max_output_tokens", "Unsupported parameter: max_output_tokens"},
        {"user", "Unsupported parameter: user"},
        {"metadata", "Unsupported parameter: metadata"},
        {"truncation", "Unsupported parameter: truncation"},
        {"safety_identifier", "Unsupported parameter: safety_identifier"},
    };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        if (at(t->body, unknown[i][0]))
            return unknown[i][1];
    return cJSON_IsFalse(at(t->body, "store")) ? NULL : "Store must be set to false";
}

static char *codex_headers(void)
{
    char *out = NULL;
    long now = (long)time(NULL);
    if (asprintf(&out,
            OPENAI_HEADERS
            "x-codex-primary-used-percent: 12.5\r\nx-codex-primary-window-minutes: 300\r\n"
            "x-codex-primary-reset-at: %ld\r\nx-codex-secondary-used-percent: 40\r\n"
            "x-codex-secondary-window-minutes: 10080\r\nx-codex-secondary-reset-at: %ld\r\n"
            "x-codex-plan-type: plus\r\n",
            now + 3600, now + 86400) < 0)
        abort();
    return out;
}

void responses_handle(struct fake *f, struct conn *c, const struct request *r)
{
    struct turn t;
    bool codex = strstr(r->path, "/backend-api/codex/") != NULL;
    turn_begin(&t, r);
    input_read(&t);
    turn_set(&t, f, r, "resp");
    t.t.cache5 = t.t.cache1 = t.t.search = 0; /* classes that this API does not know */
    const char *refusal = codex ? codex_refuses(&t, r) : NULL;
    char *headers = codex ? codex_headers() : strdup(OPENAI_HEADERS);
    if (!at(t.body, "input"))
        refusal = "input is missing";
    if (turn_misbehaves(c, &t, openai_error)) {
        ;
    } else if (refusal) {
        turn_refuse(c, &t, 400, "invalid_request_error", refusal, openai_error);
    } else if (t.stream) {
        stream(c, &t, headers);
    } else {
        turn_count(c, &t);
        turn_json(c, &t, headers, response_json(&t, true));
    }
    free(headers);
    turn_release(&t);
}
