/* Gemini by API key, at Google's public API or a host that speaks it. */
#include "provider/google_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

#define KIND "gemini-api"

static bool gemini_api_serves(const struct ask *ask)
{
    return ask->dialect == DIALECT_GEMINI && google_action(ask) != NULL;
}

static const char *account_url(
    const struct provider_data *d, const struct account *a, struct err *err)
{
    return a->set.url && *a->set.url ? a->set.url : data_need(d, KIND, "api", err);
}

/* url may be a host, end in /v1, /v1beta or /models, or show the place of {model} and {action}. */
static char *address(const char *url, const char *version, const char *model, const char *action)
{
    char *m = text_urlencode(model), *out;
    const char *place = strstr(url, "{model}");
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        n--;
    if (place) {
        const char *rest = place + strlen("{model}"), *act = strstr(rest, "{action}");
        out = act ? xasprintf("%.*s%s%.*s%s%s", (int)(place - url), url, m, (int)(act - rest), rest,
                        action, act + strlen("{action}"))
                  : xasprintf("%.*s%s:%s", (int)(place - url), url, m, action);
    } else {
        char *base = xstrndup(url, n);
        const char *middle = text_ends(base, "/models")                             ? ""
                             : text_ends(base, "/v1") || text_ends(base, "/v1beta") ? "/models"
                                                                                    : NULL;
        out = middle ? xasprintf("%s%s/%s:%s", base, middle, m, action)
                     : xasprintf("%s/%s/models/%s:%s", base, version, m, action);
        free(base);
    }
    free(m);
    return out;
}

static int gemini_api_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    const char *url = account_url(d, a, err), *action = google_action(ask);
    if (!url)
        return -1;
    if (!action)
        return err_set(err, ERR_USAGE, "this account cannot serve the request");
    const char *mapped = model_mapped(ask->model, &a->set.model_map);
    const char *version = text_starts(ask->path, "/v1/") ? "v1" : "v1beta";
    char *whole = address(url, version, mapped ? mapped : ask->model, action);
    int r = plan_begin(out, a, ask, whole, "", err);
    free(whole);
    if (r)
        return -1;
    /* The model is in the path; a member of that name in the body is not the deciding one. */
    body_edits_release(&out->edits);
    out->wire = google_wire(ask);
    google_fields(out, ask);
    return plan_secret(out, "x-goog-api-key", "", cr->access, err) ? plan_fail(out) : 0;
}

static int gemini_api_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err)
{
    const char *url = account_url(d, a, err);
    model = test_model_of(d, KIND, a, model, err);
    if (!url || !model)
        return -1;
    char *whole = address(url, "v1beta", model, "generateContent");
    int r = request_begin(out, "POST", whole, err);
    free(whole);
    if (r)
        return r;
    out->wire = WIRE_GEMINI;
    request_field(out, "x-goog-api-key", cr->access ? cr->access : "");
    request_json_open(out);
    request_json_raw(out, "contents", "[{\"role\":\"user\",\"parts\":[{\"text\":\"Hello\"}]}]");
    request_json_raw(out, "generationConfig", "{\"maxOutputTokens\":1}");
    request_json_close(out);
    return 0;
}

const struct provider provider_gemini_api = {
    .kind = KIND,
    .service = SERVICE_GEMINI,
    .title = "Gemini by API key",
    .login_modes = "key",
    .needs = "",
    .serves = gemini_api_serves,
    .plan = gemini_api_plan,
    .judge = google_judge,
    .passes = passes_common,
    .test_request = gemini_api_test_request,
};
