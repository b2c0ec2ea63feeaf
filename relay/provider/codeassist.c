/* Code Assist accounts: which project they work in, their tier, what is left of their quota.
 *
 * The metadata members are required by the API; the values say nothing about the caller but that it
 * is a Gemini client on an unknown platform. */
#include "provider/google_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"

#define KIND "gemini"
#define METADATA                                                                                   \
    "{\"ideType\":\"IDE_UNSPECIFIED\",\"platform\":\"PLATFORM_UNSPECIFIED\","                      \
    "\"pluginType\":\"GEMINI\"}"

const char *codeassist_project(const struct account *a)
{
    return a->set.project && *a->set.project ? a->set.project : json_str(a->profile, "project");
}

static int begin(const struct provider_data *d, const struct credential *cr, const char *method,
    struct token_request *out, struct err *err)
{
    const char *api = data_need(d, KIND, "api", err);
    if (!api)
        return -1;
    char *url = xasprintf("%s/v1internal:%s", api, method);
    int r = request_begin(out, "POST", url, err);
    free(url);
    if (r)
        return r;
    request_bearer(out, cr->access);
    request_json_open(out);
    return 0;
}

/* The free tier is onboarded without a project: it gets one. */
static bool free_tier(const char *tier)
{
    return tier && strcmp(tier, "free-tier") == 0;
}

int codeassist_profile_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, int which, struct token_request *out, struct err *err)
{
    const char *project = codeassist_project(a), *tier = json_str(a->profile, "onboard");
    if (which == 0) {
        if (begin(d, cr, "loadCodeAssist", out, err))
            return -1;
        request_json_raw(out, "metadata", METADATA);
        request_json_str(out, "cloudaicompanionProject", a->set.project);
    } else if (which == 1 && tier) {
        if (begin(d, cr, "onboardUser", out, err))
            return -1;
        request_json_str(out, "tierId", tier);
        request_json_raw(out, "metadata", METADATA);
        if (!free_tier(tier))
            request_json_str(out, "cloudaicompanionProject", a->set.project);
    } else if (which == 2 && project) {
        if (begin(d, cr, "retrieveUserQuota", out, err))
            return -1;
        request_json_str(out, "project", project);
    } else {
        return 1;
    }
    request_json_close(out);
    return 0;
}

/* A project as string or {"id":…}. */
static const char *project_of(const cJSON *o)
{
    const char *p = json_str(o, "cloudaicompanionProject");
    return p ? p : json_str(o, "cloudaicompanionProject.id");
}

static void tiers_take(const cJSON *t, struct account *a)
{
    const char *paid = json_str(t, "paidTier.name"), *plan = json_str(t, "currentTier.name");
    const char *tier = json_str(t, "paidTier.id"), *current = json_str(t, "currentTier.id");
    profile_set(a, "plan", paid ? paid : plan);
    profile_set(a, "tier", tier ? tier : current);
    profile_set(a, "project", project_of(t));
    if (a->profile)
        cJSON_DeleteItemFromObjectCaseSensitive(a->profile, "onboard");
    if (current)
        return;
    const char *first = "legacy-tier";
    const cJSON *o;
    cJSON_ArrayForEach(
        o, json_at(t, "allowedTiers")) if (json_bool(o, "isDefault", false) && json_str(o, "id"))
        first = json_str(o, "id");
    profile_set(a, "onboard", first);
}

static int onboarded(const cJSON *t, struct account *a, struct err *err)
{
    if (!json_bool(t, "done", false))
        return err_set(err, ERR_BUSY, "the account is being set up");
    profile_set(a, "project", project_of(json_at(t, "response")));
    profile_set(a, "tier", json_str(a->profile, "onboard"));
    cJSON_DeleteItemFromObjectCaseSensitive(a->profile, "onboard");
    return 0;
}

/* The scarcest model stands for the account. */
static void quota_take(const cJSON *t, int64_t now, struct quota *q)
{
    double least = 2;
    const cJSON *o;
    cJSON_ArrayForEach(o, json_at(t, "buckets"))
    {
        double left = json_num(o, "remainingFraction", 2);
        if (left < 0 || left >= least)
            continue;
        least = left;
        q->requests.reset = time_read(span_of(json_str(o, "resetTime")));
    }
    if (least > 1)
        return;
    q->requests.known = true;
    q->requests.used = 1 - least;
    q->requests.at = now;
    q->requests.by = "retrieveUserQuota";
}

int codeassist_profile_read(int which, const struct fetch_answer *ans, int64_t now,
    struct account *a, struct quota *q, struct err *err)
{
    cJSON *t = answer_json(ans, err);
    if (!t)
        return -1;
    int r = 0;
    if (which == 0)
        tiers_take(t, a);
    else if (which == 1)
        r = onboarded(t, a, err);
    else
        quota_take(t, now, q);
    cJSON_Delete(t);
    return r;
}

int codeassist_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err)
{
    model = test_model(d, KIND, model, err);
    if (!model || begin(d, cr, "generateContent", out, err))
        return -1;
    out->wire = WIRE_GEMINI;
    request_json_str(out, "model", model);
    request_json_str(out, "project", codeassist_project(a));
    request_json_raw(out, "request",
        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Hello\"}]}],"
        "\"generationConfig\":{\"maxOutputTokens\":1}}");
    request_json_close(out);
    return 0;
}
