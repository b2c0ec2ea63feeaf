/* What Google's kinds share: fields, operations, verdicts. */
#include "provider/google_int.h"

#include <string.h>
#include "common/json.h"

void google_fields(struct plan *out, const struct ask *ask)
{
    static const char *const but[] = {"x-goog-user-project", NULL};
    fields_pass(&out->fields, ask->head, but);
}

const char *google_action(const struct ask *ask)
{
    /* As the client wrote it, where that is known: embedContent and batchEmbedContents are one
     * operation to us. */
    if (ask->op == OP_EMBED && *ask->method_name)
        return ask->method_name;
    switch (ask->op) {
    case OP_GENERATE:
        return "generateContent";
    case OP_STREAM_GENERATE:
        return "streamGenerateContent";
    case OP_COUNT_TOKENS:
        return "countTokens";
    case OP_EMBED:
        return "embedContent";
    default:
        return NULL;
    }
}

enum wire google_wire(const struct ask *ask)
{
    bool metered = ask->op == OP_GENERATE || ask->op == OP_STREAM_GENERATE || ask->op == OP_EMBED;
    return metered ? WIRE_GEMINI : WIRE_NONE;
}

/* The member of the error detail whose @type ends in `type`. */
static const char *detail(const cJSON *error, const char *type, const char *name)
{
    const cJSON *o;
    cJSON_ArrayForEach(o, json_at(error, "details"))
    {
        const char *t = json_str(o, "@type");
        if (t && text_ends(t, type))
            return json_str(o, name);
    }
    return NULL;
}

#define SHORT_WAIT (10 * MS_SECOND)
#define QUOTA_WAIT MS_HOUR       /* a used-up quota that does not say its end */
#define DELAY_MAX (25 * MS_HOUR) /* daily quotas end at midnight, Pacific time */

static void judge_429(const struct upstream_answer *ans, const cJSON *e, struct verdict *v)
{
    const char *delay = detail(e, "RetryInfo", "retryDelay");
    const char *reason = detail(e, "ErrorInfo", "reason");
    int64_t ms = delay ? span_read(span_of(delay)) : -1;
    bool exhausted = reason && strcmp(reason, "QUOTA_EXHAUSTED") == 0;
    if (ms > DELAY_MAX)
        ms = DELAY_MAX;
    if (exhausted)
        judge_limited(v, ans->now + (ms > 0 ? ms : QUOTA_WAIT), "quota exhausted");
    else if (ms > SHORT_WAIT)
        judge_limited(v, ans->now + ms, "rate limit");
    else if (ms >= 0)
        judge_same_again(v, ms < 100 ? 100 : ms, "rate limit, short");
}

void google_judge(const struct account *a, const struct upstream_answer *ans, struct verdict *v)
{
    judge_by_class(a, ans, v);
    if (!ans->head || v->status < 400)
        return;
    cJSON *tree;
    const cJSON *e = answer_error(ans, &tree);
    const char *reason = detail(e, "ErrorInfo", "reason");
    if (v->status == 401) {
        judge_renewable(a, v);
    } else if (v->status == 429) {
        judge_429(ans, e, v);
    } else if (v->status == 400 && reason && strcmp(reason, "API_KEY_INVALID") == 0) {
        judge_login(v, "key refused");
    } else if (v->status == 403 && reason && strcmp(reason, "CONSUMER_SUSPENDED") == 0) {
        judge_blocked(v, "the project is suspended");
    }
    cJSON_Delete(tree);
}
