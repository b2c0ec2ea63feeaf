/* OpenAI's API by key, or another host that speaks it. */
#include "provider/openai_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"

#define KIND "openai-responses"

const char *openai_path(const struct ask *ask)
{
    switch (ask->op) {
    case OP_RESPONSES:
        return "/responses";
    case OP_COMPACT:
        return "/responses/compact";
    case OP_CHAT:
        return "/chat/completions";
    case OP_COMPLETIONS:
        return "/completions";
    case OP_EMBEDDINGS:
        return "/embeddings";
    case OP_IMAGES:
        return "/images/generations";
    default:
        return NULL;
    }
}

enum wire openai_wire(const struct ask *ask)
{
    return ask->op == OP_RESPONSES || ask->op == OP_COMPACT ? WIRE_RESPONSES : WIRE_CHAT;
}

void openai_fields(struct plan *out, const struct ask *ask)
{
    static const char *const but[] = {
        "openai-organization", "openai-project", "openai-platform", "chatgpt-account-id", NULL};
    fields_pass(&out->fields, ask->head, but);
}

static bool openai_serves(const struct ask *ask)
{
    return (ask->dialect == DIALECT_RESPONSES || ask->dialect == DIALECT_CHAT) &&
           openai_path(ask) != NULL;
}

/* "https://host/v1" is what OpenAI's own clients call the base; a host alone gets the /v1. */
static char *openai_url(const char *url)
{
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        n--;
    static const char tail[] = "/responses";
    size_t t = sizeof tail - 1;
    if (n > t && strncmp(url + n - t, tail, t) == 0)
        n -= t;
    size_t digits = n;
    while (digits && url[digits - 1] >= '0' && url[digits - 1] <= '9')
        digits--;
    bool versioned = digits < n && digits > 1 && url[digits - 1] == 'v' && url[digits - 2] == '/';
    return xasprintf("%.*s%s", (int)n, url, versioned ? "" : "/v1");
}

static const char *account_url(
    const struct provider_data *d, const struct account *a, struct err *err)
{
    return a->set.url && *a->set.url ? a->set.url : data_need(d, KIND, "api", err);
}

static int openai_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    const char *url = account_url(d, a, err), *path = openai_path(ask);
    if (!url)
        return -1;
    if (!path)
        return err_set(err, ERR_USAGE, "this account cannot serve the request");
    char *base = openai_url(url);
    int r = plan_begin(out, a, ask, base, path, err);
    free(base);
    if (r)
        return -1;
    out->wire = openai_wire(ask);
    openai_fields(out, ask);
    if (plan_ask_usage(out, a, ask, err))
        return plan_fail(out);
    return plan_secret(out, "authorization", "Bearer ", cr->access, err) ? plan_fail(out) : 0;
}

int64_t openai_error_until(const cJSON *error, int64_t now)
{
    double at = json_num(error, "resets_at", 0), in = json_num(error, "resets_in_seconds", -1);
    if (in < 0)
        in = json_num(error, "resets_in", -1);
    double until = at > 0 ? at * 1e3 : in >= 0 ? (double)now + in * 1e3 : 0;
    /* A month bounds what a stranger says. */
    double last = (double)(now + 31 * MS_DAY);
    return until <= (double)now ? 0 : until > last ? (int64_t)last : (int64_t)until;
}

void openai_judge(const struct account *a, const struct upstream_answer *ans, struct verdict *v)
{
    judge_by_class(a, ans, v);
    if (!ans->head)
        return;
    quota_by_counts(&v->quota.requests, ans, "x-ratelimit-limit-requests",
        "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests");
    quota_by_counts(&v->quota.tokens, ans, "x-ratelimit-limit-tokens",
        "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens");
    if (v->status != 429)
        return;
    cJSON *tree;
    const cJSON *e = answer_error(ans, &tree);
    const char *type = json_str(e, "type"), *code = json_str(e, "code");
    int64_t until = openai_error_until(e, ans->now);
    if ((type && strcmp(type, "insufficient_quota") == 0) ||
        (code && strcmp(code, "insufficient_quota") == 0))
        judge_cooling(v, ans->now + a->set.cool_denied, "quota used up");
    else if (until)
        judge_limited(v, until, "usage limit");
    cJSON_Delete(tree);
}

static int openai_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err)
{
    const char *url = account_url(d, a, err);
    model = test_model_of(d, KIND, a, model, err);
    if (!url || !model)
        return -1;
    char *base = openai_url(url);
    int r = test_begin(out, base, "/responses", err);
    free(base);
    if (r)
        return r;
    request_bearer(out, cr->access);
    request_json_open(out);
    request_json_str(out, "model", model);
    out->wire = WIRE_RESPONSES;
    request_json_str(out, "input", "Hello");
    request_json_raw(out, "max_output_tokens", "16"); /* the least that the API takes */
    request_json_raw(out, "store", "false");
    request_json_close(out);
    return 0;
}

const struct provider provider_openai_responses = {
    .kind = KIND,
    .service = SERVICE_OPENAI,
    .title = "OpenAI by API key, or a host that speaks its API",
    .login_modes = "key",
    .needs = "",
    .serves = openai_serves,
    .plan = openai_plan,
    .judge = openai_judge,
    .passes = passes_common,
    .test_request = openai_test_request,
};
