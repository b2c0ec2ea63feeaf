/* Azure OpenAI: deployments of one resource, by API key. */
#include "provider/openai_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

#define KIND "azure-openai"

static bool azure_serves(const struct ask *ask)
{
    if (ask->dialect == DIALECT_RESPONSES)
        return ask->op == OP_RESPONSES;
    return ask->dialect == DIALECT_CHAT && (ask->op == OP_CHAT || ask->op == OP_EMBEDDINGS);
}

/* What is deployed under the asked model: the account's deployment, else the model's own (mapped)
 * name. */
static char *deployment_of(const struct account *a, const char *model)
{
    if (a->set.deployment && *a->set.deployment)
        return xstrdup(a->set.deployment);
    if (text_starts(model, "azure/"))
        model += strlen("azure/");
    const char *mapped = model_mapped(model, &a->set.model_map);
    return xstrdup(mapped ? mapped : model);
}

static char *azure_path(const struct provider_data *d, const struct account *a,
    const struct ask *ask, const char *deployment)
{
    bool responses = ask->op == OP_RESPONSES;
    const char *version = a->set.api_version;
    if (!version || !*version)
        version = provider_data_get(d, KIND, responses ? "responses_version" : "api_version");
    char *v = text_urlencode(version ? version : ""), *dep = text_urlencode(deployment), *path;
    if (responses)
        path = xasprintf("/openai/responses?api-version=%s", v);
    else
        path = xasprintf("/openai/deployments/%s%s?api-version=%s", dep, openai_path(ask), v);
    free(v);
    free(dep);
    return path;
}

static int azure_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    static const char *const but[] = {"api-version", NULL};
    char *deployment = deployment_of(a, ask->model);
    char *path = azure_path(d, a, ask, deployment);
    int r = plan_begin_query(out, a, ask, a->set.url, path, but, err);
    free(path);
    if (r == 0) {
        out->wire = openai_wire(ask);
        openai_fields(out, ask);
        body_edits_release(&out->edits);
        if (strcmp(deployment, ask->model) != 0)
            plan_model(out, ask, deployment);
        r = plan_ask_usage(out, a, ask, err);
        if (r == 0)
            r = plan_secret(out, "api-key", "", cr->access, err);
        r = r ? plan_fail(out) : 0;
    }
    free(deployment);
    return r;
}

static int azure_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err)
{
    struct ask ask = {.dialect = DIALECT_CHAT, .op = OP_CHAT, .model = model ? model : ""};
    char *deployment = deployment_of(a, ask.model);
    int r;
    if (!*deployment) {
        r = err_set(err, ERR_USAGE, "account '%s' has no deployment to test", a->name);
        err_hint(err, "name a model, or set its deployment");
    } else {
        char *origin, *base;
        r = url_split(a->set.url, &origin, &base, err);
        if (r == 0) {
            char *path = azure_path(d, a, &ask, deployment);
            char *whole = xasprintf("%s%s%s", origin, base, path);
            r = request_begin(out, "POST", whole, err);
            free(whole);
            free(path);
            free(origin);
            free(base);
        }
    }
    free(deployment);
    if (r)
        return r;
    request_field(out, "api-key", cr->access ? cr->access : "");
    out->wire = WIRE_CHAT;
    request_json_open(out);
    request_json_raw(out, "messages", "[{\"role\":\"user\",\"content\":\"Hello\"}]");
    request_json_close(out);
    return 0;
}

const struct provider provider_azure_openai = {
    .kind = KIND,
    .service = SERVICE_OPENAI,
    .title = "Azure OpenAI by API key",
    .login_modes = "key",
    .needs = "url",
    .serves = azure_serves,
    .plan = azure_plan,
    .judge = openai_judge,
    .passes = passes_common,
    .test_request = azure_test_request,
};
