/* The few members of a body that decide something. All else in it is nobody's business here. */
#include "flow/reading_int.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

const char *const fact_paths[] = {
    [FACT_MODEL] = "model",
    [FACT_STREAM] = "stream",
    [FACT_USER_ID] = "metadata.user_id",
    [FACT_CACHE_KEY] = "prompt_cache_key",
    [FACT_CLIENT_SESSION] = "client_metadata.session_id",
    [FACT_SYSTEM] = "system",
    [FACT_INSTRUCTIONS] = "instructions",
    [FACT_SYSTEM_INSTRUCTION] = "systemInstruction",
    [FACT_INNER_SYSTEM] = "request.systemInstruction",
    [FACT_INNER_SESSION] = "request.session_id",
    [FACT_MAX_TOKENS] = "max_tokens",
    [FACT_MAX_OUTPUT] = "max_output_tokens",
    [FACT_MAX_COMPLETION] = "max_completion_tokens",
    [FACT_MAX_GEMINI] = "generationConfig.maxOutputTokens",
    [FACT_MAX_INNER] = "request.generationConfig.maxOutputTokens",
    [FACT_SPEED] = "speed",
    [FACT_TIER] = "service_tier",
    [FACT_THINKING] = "thinking.type",
    [FACT_STREAM_OPTIONS] = "stream_options",
    [FACT_INCLUDE_USAGE] = "stream_options.include_usage",
};
const size_t fact_count = sizeof fact_paths / sizeof *fact_paths;

#define MODEL_MAX 200 /* bytes of a model's name; it goes into tallies */

static bool present(enum jscan_kind kind)
{
    return kind != JSCAN_ABSENT && kind != JSCAN_NULL;
}

static int64_t number(const struct jscan *scan, size_t i)
{
    const struct jscan_hit *h = jscan_hit(scan, i);
    long long v;

    if (h->kind != JSCAN_NUMBER)
        return 0;
    v = strtoll(h->text, NULL, 10);
    return v > 0 ? v : 0;
}

static int read_model(struct facts *f, const struct jscan *scan, struct fault *fault)
{
    const struct jscan_hit *h = jscan_hit(scan, FACT_MODEL);

    if (!present(h->kind))
        return 0;
    if (h->kind != JSCAN_STRING || h->text_len > MODEL_MAX || strlen(h->text) != h->text_len) {
        fault_set(fault, FAULT_INVALID, "'model' must be a short string");
        return -1;
    }
    free(f->model);
    f->model = xstrdup(h->text);
    f->model_begin = h->begin;
    f->model_end = h->end;
    return 0;
}

int facts_read(struct facts *f, const struct jscan *scan, struct fault *fault)
{
    static const size_t limits[] = {
        FACT_MAX_TOKENS, FACT_MAX_OUTPUT, FACT_MAX_COMPLETION, FACT_MAX_GEMINI, FACT_MAX_INNER};
    static const size_t systems[] = {
        FACT_SYSTEM, FACT_INSTRUCTIONS, FACT_SYSTEM_INSTRUCTION, FACT_INNER_SYSTEM};
    const struct jscan_hit *user = jscan_hit(scan, FACT_USER_ID);
    enum jscan_kind stream = jscan_hit(scan, FACT_STREAM)->kind;

    if (read_model(f, scan, fault) < 0)
        return -1;
    if (present(stream) && stream != JSCAN_TRUE && stream != JSCAN_FALSE) {
        fault_set(fault, FAULT_INVALID, "'stream' must be true or false");
        return -1;
    }
    f->stream = stream == JSCAN_TRUE;
    f->stream_options = jscan_place(scan, FACT_STREAM_OPTIONS);
    f->include_usage = jscan_place(scan, FACT_INCLUDE_USAGE);
    if (user->kind == JSCAN_STRING)
        f->user_id = xstrdup(user->text);
    for (size_t i = 0; i < sizeof limits / sizeof *limits && !f->max_tokens; i++)
        f->max_tokens = number(scan, limits[i]);
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        f->has_system = f->has_system || present(jscan_hit(scan, systems[i])->kind);
    return 0;
}

void facts_release(struct facts *f)
{
    free(f->model);
    free(f->session);
    free(f->user_id);
    memset(f, 0, sizeof *f);
}
