/* Google: the Gemini API by key (v1beta, v1), Code Assist (v1internal), and Vertex, where Claude is
 * served as well. Each chunk of a stream repeats the usage so far, the last one counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/upstream/formats.h"

static cJSON *google_error(const struct turn *t)
{
    cJSON *o = cJSON_CreateObject(), *e = cJSON_AddObjectToObject(o, "error");
    const char *status = t->d.error ? t->d.error : "INTERNAL";
    cJSON_AddNumberToObject(e, "code", t->d.status ? t->d.status : 503);
    cJSON_AddStringToObject(e, "message", t->d.message ? t->d.message : "told to fail");
    cJSON_AddStringToObject(e, "status", t->d.status == 401 ? "UNAUTHENTICATED" : status);
    if (t->d.retry_after >= 0) {
        char delay[32];
        cJSON *info = cJSON_CreateObject();
        snprintf(delay, sizeof delay, "%lds", t->d.retry_after);
        cJSON_AddStringToObject(info, "@type", "type.googleapis.com/google.rpc.RetryInfo");
        cJSON_AddStringToObject(info, "retryDelay", delay);
        cJSON_AddItemToArray(cJSON_AddArrayToObject(e, "details"), info);
    }
    return o;
}

static void contents_read(struct turn *t, const cJSON *request)
{
    const cJSON *m, *part;
    cJSON_ArrayForEach(m, at(request, "contents"))
    {
        const char *role = text_at(m, "role");
        bool result = false;
        if (role && strcmp(role, "user") != 0 && strcmp(role, "function") != 0)
            continue;
        cJSON_ArrayForEach(part, at(m, "parts")) result =
            result || at(part, "functionResponse") != NULL;
        t->after_tool = result;
        if (!result)
            turn_said_content(t, at(m, "parts"));
    }
}

static cJSON *usage_json(const struct turn *t, int64_t output)
{
    int64_t thoughts = t->d.thinking && output > 1 ? 1 : 0;
    cJSON *u = cJSON_CreateObject();
    cJSON_AddNumberToObject(u, "promptTokenCount", (double)(t->t.input + t->t.read));
    cJSON_AddNumberToObject(u, "cachedContentTokenCount", (double)t->t.read);
    cJSON_AddNumberToObject(u, "candidatesTokenCount", (double)(output - thoughts));
    if (thoughts)
        cJSON_AddNumberToObject(u, "thoughtsTokenCount", (double)thoughts);
    cJSON_AddNumberToObject(u, "totalTokenCount", (double)(t->t.input + t->t.read + output));
    return u;
}

static void add_part(cJSON *parts, const char *text, bool thought)
{
    cJSON *part = cJSON_CreateObject();
    cJSON_AddStringToObject(part, "text", text);
    if (thought)
        cJSON_AddTrueToObject(part, "thought");
    cJSON_AddItemToArray(parts, part);
}

static void add_call(const struct turn *t, cJSON *parts)
{
    cJSON *part = cJSON_CreateObject(), *call = cJSON_AddObjectToObject(part, "functionCall");
    cJSON *args = cJSON_Parse(t->d.tool_input ? t->d.tool_input : "{}");
    cJSON_AddStringToObject(call, "name", t->d.tool);
    cJSON_AddItemToObject(call, "args", args ? args : cJSON_CreateObject());
    cJSON_AddStringToObject(part, "thoughtSignature", "c2lnbmF0dXJl");
    cJSON_AddItemToArray(parts, part);
}

/* One answer or one chunk of it; last: with its end. parts: taken. */
static cJSON *answer_of(const struct turn *t, cJSON *parts, bool last, bool internal)
{
    cJSON *o = cJSON_CreateObject(), *candidate = cJSON_CreateObject();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "candidates"), candidate);
    cJSON *content = cJSON_AddObjectToObject(candidate, "content");
    cJSON_AddItemToObject(content, "parts", parts);
    cJSON_AddStringToObject(content, "role", "model");
    if (last)
        cJSON_AddStringToObject(candidate, "finishReason", t->d.stop ? t->d.stop : "STOP");
    cJSON_AddNumberToObject(candidate, "index", 0);
    if (!t->d.no_usage)
        cJSON_AddItemToObject(o, "usageMetadata", usage_json(t, last ? t->t.output : 1));
    cJSON_AddStringToObject(o, "modelVersion", turn_model(t));
    cJSON_AddStringToObject(o, "responseId", t->id);
    if (!internal)
        return o;
    cJSON *outer = cJSON_CreateObject();
    cJSON_AddItemToObject(outer, "response", o);
    cJSON_AddStringToObject(outer, "traceId", "trace-fake");
    return outer;
}

static void stream_fail(struct sse_out *s)
{
    sse_json(s, NULL, google_error(s->t));
}

/* Without alt=sse a stream is one array, an element a chunk. */
static void write_element(struct sse_out *s, const char *name, const char *data)
{
    char *text = NULL;
    (void)name;
    int n = asprintf(&text, "%s%s", s->events ? ",\r\n" : "[", data);
    sse_bytes(s, text, (size_t)n);
    free(text);
}

static void stream(struct conn *c, const struct turn *t, bool internal, bool array)
{
    struct sse_out s;
    struct tokens first = t->t, rest = {.output = t->t.output - 1};
    first.output = 1;
    sse_begin(&s, c, t, array ? "application/json; charset=UTF-8" : NULL, NULL);
    s.write = array ? write_element : NULL;
    s.end = array ? "]" : NULL;
    s.fail = stream_fail;
    if (!s.ended && !t->d.no_usage && t->d.fail != 0)
        answer_count(c, t->id, turn_model(t), &first, false);
    for (long i = t->d.thinking ? -1 : 0; i < t->words; i++) {
        char word[64];
        cJSON *parts = cJSON_CreateArray();
        snprintf(word, sizeof word, "%sword%ld", i > 0 ? " " : "", i);
        add_part(parts, i < 0 ? "Let me think." : word, i < 0);
        sse_json(&s, NULL, answer_of(t, parts, false, internal));
    }
    cJSON *parts = cJSON_CreateArray();
    if (turn_wants_tool(t))
        add_call(t, parts);
    else
        add_part(parts, "", false);
    if (!s.ended && !t->d.no_usage)
        answer_count(c, t->id, turn_model(t), &rest, true);
    sse_json(&s, NULL, answer_of(t, parts, true, internal));
    sse_end(&s);
}

static void whole(struct conn *c, const struct turn *t, bool internal)
{
    char *words = turn_words(t);
    cJSON *parts = cJSON_CreateArray();
    if (t->d.thinking)
        add_part(parts, "Let me think.", true);
    add_part(parts, words, false);
    if (turn_wants_tool(t))
        add_call(t, parts);
    turn_count(c, t);
    turn_json(c, t, NULL, answer_of(t, parts, true, internal));
    free(words);
}

/* --- the methods -------------------------------------------------------------------------------
 */

/* What the envelope of Code Assist lacks; NULL: nothing. */
static const char *envelope_lacks(const struct turn *t, const char *method)
{
    const cJSON *request = at(t->body, "request");
    const char *model = text_at(request, "model");
    if (strcmp(method, "countTokens") == 0)
        return model && strncmp(model, "models/", 7) == 0 ? NULL : "request.model is required";
    if (!text_at(t->body, "model"))
        return "model is required";
    if (!text_at(t->body, "project") || strcmp(text_at(t->body, "project"), "fake-project") != 0)
        return "the project is not that of the account";
    return request ? NULL : "request is required";
}

static void count_or_embed(struct conn *c, const struct turn *t, const char *method)
{
    char text[64];
    snprintf(text, sizeof text, "{\"totalTokens\":%lld}", (long long)t->t.input);
    answer_text(c, 200, "application/json", NULL,
        strcmp(method, "countTokens") == 0    ? text
        : strcmp(method, "embedContent") == 0 ? "{\"embedding\":{\"values\":[0.25,-0.5]}}"
                                              : "{\"embeddings\":[{\"values\":[0.25,-0.5]}]}");
}

static void generate(
    struct fake *f, struct conn *c, const struct request *r, char *model, const char *method)
{
    struct turn t;
    char *alt = request_query(r, "alt");
    bool internal = model == NULL, sse = alt && strcmp(alt, "sse") == 0;
    free(alt);
    turn_begin(&t, r);
    if (!internal)
        t.model = model;
    t.stream = strcmp(method, "streamGenerateContent") == 0;
    contents_read(&t, internal ? at(t.body, "request") : t.body);
    turn_set(&t, f, r, "gem");
    t.t.cache5 = t.t.cache1 = t.t.search = 0; /* classes that this API does not know */
    const char *lacks = internal ? envelope_lacks(&t, method) : NULL;
    if (turn_misbehaves(c, &t, google_error))
        ;
    else if (lacks)
        turn_refuse(c, &t, 400, "INVALID_ARGUMENT", lacks, google_error);
    else if (t.stream)
        stream(c, &t, internal, !internal && !sse);
    else if (strcmp(method, "generateContent") == 0)
        whole(c, &t, internal);
    else
        count_or_embed(c, &t, method);
    turn_release(&t);
}

/* What the client asks of Code Assist around the turns. */
static bool around(struct fake *f, struct conn *c, const struct request *r, const char *method)
{
    static const char *const rows[][2] = {
        {"loadCodeAssist", "{\"currentTier\":{\"id\":\"standard-tier\",\"name\":\"Gemini Code "
                           "Assist\"},\"allowedTiers\":[{\"id\":\"standard-tier\",\"isDefault\":"
                           "true}],\"cloudaicompanionProject\":\"fake-project\"}"},
        {"onboardUser", "{\"name\":\"operations/1\",\"done\":true,\"response\":"
                        "{\"cloudaicompanionProject\":{\"id\":\"fake-project\"}}}"},
        {"retrieveUserQuota", "{\"buckets\":[{\"modelId\":\"gemini-2.5-pro\",\"remainingFraction\":"
                              "0.75,\"resetTime\":\"2099-01-01T00:00:00Z\",\"tokenType\":"
                              "\"REQUESTS\"}]}"},
        {"listExperiments", "{\"experimentIds\":[],\"flags\":[]}"},
        {"fetchAdminControls", "{}"},
        {"fetchAvailableModels", "{\"models\":{\"gemini-3-pro\":{\"displayName\":\"Gemini 3\"}}}"},
        {"recordCodeAssistMetrics", "{}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(method, rows[i][0]) != 0)
            continue;
        bool good = oauth_token_good(f->oauth, r->credential);
        record_call(f->record, good ? method : "401");
        answer_text(c, good ? 200 : 401, "application/json", NULL,
            good ? rows[i][1] : "{\"error\":{\"code\":401,\"status\":\"UNAUTHENTICATED\"}}");
        return true;
    }
    return false;
}

static bool generates(const char *method)
{
    static const char *const methods[] = {"generateContent", "streamGenerateContent", "countTokens",
        "embedContent", "batchEmbedContents"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(method, methods[i]) == 0)
            return true;
    return false;
}

bool handle_gemini(struct fake *f, struct conn *c, const struct request *r)
{
    const char *colon = strrchr(r->path, ':'), *models = strstr(r->path, "/models/");
    const char *method = colon ? colon + 1 : "";
    bool internal = strncmp(r->path, "/v1internal:", 12) == 0;
    if (strcmp(r->method, "POST") != 0 || !colon || (!models && !internal))
        return false;
    char *model = models ? strndup(models + 8, (size_t)(colon - models - 8)) : NULL;
    struct carrier claude = {.model = model, .stream = strcmp(method, "streamRawPredict") == 0};
    bool mine = true;
    if (model && (claude.stream || strcmp(method, "rawPredict") == 0))
        messages_handle(f, c, r, &claude);
    else if (generates(method))
        generate(f, c, r, model, method);
    else
        mine = internal && around(f, c, r, method);
    free(model);
    return mine;
}
