/* Factory accounts (Droid). The one field that their API demands beyond the client's request is
 * x-api-provider: which of the hosts behind it runs the model. */
#include "provider/provider_int.h"

#include <string.h>
#include "common/alloc.h"
#include "common/json.h"

#define KIND "droid"
#define TOKEN_LIFE (8 * MS_HOUR)      /* when neither the answer nor the token says */
#define UNSCOPED_LIFE (5 * MS_MINUTE) /* a token without organisation is renewed with it soon */

static const char *droid_path(const struct ask *ask)
{
    if (ask->dialect == DIALECT_ANTHROPIC && ask->op == OP_MESSAGES)
        return "/a/v1/messages";
    if (ask->dialect == DIALECT_RESPONSES && ask->op == OP_RESPONSES)
        return "/o/v1/responses";
    if (ask->dialect == DIALECT_CHAT && ask->op == OP_CHAT)
        return "/o/v1/chat/completions";
    return NULL;
}

static bool droid_serves(const struct ask *ask)
{
    return droid_path(ask) != NULL;
}

static const char *api_provider(const struct ask *ask, const char *model)
{
    if (ask->dialect == DIALECT_ANTHROPIC)
        return "anthropic";
    if (ask->dialect == DIALECT_RESPONSES)
        return strstr(model, "-max") ? "openai" : "azure_openai";
    static const char *const hosts[][2] = {{"gemini", "google"}, {"claude", "anthropic"},
        {"gpt", "azure_openai"}, {"glm", "fireworks"}};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (strstr(model, hosts[i][0]))
            return hosts[i][1];
    return "baseten";
}

static int droid_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    static const char *const but[] = {"x-api-provider", "openai-platform", "openai-organization",
        "openai-project", "chatgpt-account-id", NULL};
    const char *api = data_need(d, KIND, "api", err), *path = droid_path(ask);
    if (!api)
        return -1;
    if (!path)
        return err_set(err, ERR_USAGE, "this account cannot serve the request");
    if (plan_begin(out, a, ask, api, path, err))
        return -1;
    out->wire = ask->dialect == DIALECT_ANTHROPIC   ? WIRE_ANTHROPIC
                : ask->dialect == DIALECT_RESPONSES ? WIRE_RESPONSES
                                                    : WIRE_CHAT;
    fields_pass(&out->fields, ask->head, but);
    h1_add_fieldz(&out->fields, "x-api-provider", api_provider(ask, out->model));
    if (plan_ask_usage(out, a, ask, err))
        return plan_fail(out);
    return plan_secret(out, "authorization", "Bearer ", cr->access, err) ? plan_fail(out) : 0;
}

static void droid_judge(
    const struct account *a, const struct upstream_answer *ans, struct verdict *v)
{
    judge_by_class(a, ans, v);
    if (v->status == 401)
        judge_renewable(a, v);
}

/* --- WorkOS device flow (RFC 8628)
 * ------------------------------------------------------------------ */

static int droid_login_begin(
    const struct provider_data *d, const char *mode, struct login *l, struct err *err)
{
    (void)d;
    if (strcmp(mode, "device") != 0)
        return err_set(err, ERR_USAGE, "no such way to sign in: '%s'", mode);
    l->mode = xstrdup(mode);
    return 0;
}

static int droid_login_request(const struct provider_data *d, const struct login *l,
    const char *code, struct token_request *out, struct err *err)
{
    (void)code;
    const char *client = data_need(d, KIND, "client_id", err);
    const char *url = data_need(d, KIND, l->device_code ? "token" : "device_code", err);
    if (!client || !url || request_begin(out, "POST", url, err))
        return -1;
    if (l->device_code) {
        request_form(out, "grant_type", "urn:ietf:params:oauth:grant-type:device_code");
        request_form(out, "device_code", l->device_code);
    }
    request_form(out, "client_id", client);
    return 0;
}

static int droid_login_device(const struct provider_data *d, const struct fetch_answer *ans,
    int64_t now, struct login *l, struct err *err)
{
    (void)d;
    cJSON *t = answer_json(ans, err);
    if (!t)
        return -1;
    const char *device = json_str(t, "device_code"), *code = json_str(t, "user_code");
    const char *page = json_str(t, "verification_uri_complete");
    if (!page)
        page = json_str(t, "verification_uri");
    int r = 0;
    if (!device || !code || !page) {
        r = err_set(err, ERR_PROTOCOL, "the answer has no user code");
    } else {
        l->device_code = xstrdup(device);
        l->user_code = xstrdup(code);
        l->url = xstrdup(page);
        int64_t every = json_int(t, "interval", 5), life = json_int(t, "expires_in", 300);
        l->interval_s = every >= 1 && every <= 60 ? (int)every : 5;
        if (life > 0 && life < 600)
            l->expires = now + life * MS_SECOND;
    }
    json_wipe(t);
    return r;
}

static int droid_renew_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, struct token_request *out, struct err *err)
{
    const char *client = renew_begin(d, KIND, a, cr, out, err);
    if (!client)
        return -1;
    request_form(out, "grant_type", "refresh_token");
    request_form(out, "refresh_token", cr->refresh);
    request_form(out, "client_id", client);
    request_form(out, "organization_id", json_str(a->profile, "org_id"));
    return 0;
}

static int droid_token_read(const struct fetch_answer *ans, int64_t now, struct credential *cr,
    struct account *a, struct err *err)
{
    struct token_answer t;
    if (token_answer_read(&t, ans, now, err))
        return -1;
    const char *org = json_str(t.tree, "organization_id");
    profile_set(a, "email", json_str(t.tree, "user.email"));
    profile_set(a, "name", json_str(t.tree, "user.first_name"));
    profile_set(a, "org_id", org);
    bool unscoped = a && !org;
    token_answer_take(&t, cr, now);
    cJSON *claims = jwt_claims(cr->access);
    int64_t s = json_int(claims, "exp", 0);
    cJSON_Delete(claims);
    if (cr->expires == 0)
        cr->expires = s > 0 && s < INT64_C(100000000000) ? s * MS_SECOND : now + TOKEN_LIFE;
    if (unscoped && cr->expires > now + UNSCOPED_LIFE)
        cr->expires = now + UNSCOPED_LIFE;
    return 0;
}

/* The organisation that tokens are to be made for, when signing in did not tell. */
static int droid_profile_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, int which, struct token_request *out, struct err *err)
{
    const char *url = provider_data_get(d, KIND, "organisations");
    bool key = a->login && strcmp(a->login, "key") == 0;
    if (which > 0 || key || !url || json_str(a->profile, "org_id"))
        return 1;
    if (request_begin(out, "GET", url, err))
        return -1;
    request_bearer(out, cr->access);
    return 0;
}

static int droid_profile_read(int which, const struct fetch_answer *ans, int64_t now,
    struct account *a, struct quota *q, struct err *err)
{
    (void)which;
    (void)now;
    (void)q;
    cJSON *t = answer_json(ans, err);
    if (!t)
        return -1;
    const cJSON *first = cJSON_GetArrayItem(json_at(t, "workosOrgIds"), 0);
    profile_set(a, "org_id", cJSON_GetStringValue(first));
    cJSON_Delete(t);
    return 0;
}

static int droid_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err)
{
    const char *api = data_need(d, KIND, "api", err);
    model = test_model_of(d, KIND, a, model, err);
    if (!api || !model || test_begin(out, api, "/a/v1/messages", err))
        return -1;
    request_bearer(out, cr->access);
    request_field(out, "x-api-provider", "anthropic");
    request_hello_anthropic(out, model);
    return 0;
}

/* {"access_token","refresh_token"}: what Droid writes after its own sign-in. */
static int droid_import(
    const char *text, size_t n, struct account *a, struct credential *cr, struct err *err)
{
    (void)a;
    cJSON *t = json_parse(text, n, err);
    if (!t)
        return err_prefix(err, "the credentials file");
    const char *access = json_str(t, "access_token"), *refresh = json_str(t, "refresh_token");
    int r = 0;
    if (!refresh || !*refresh) {
        r = err_set(err, ERR_USAGE, "the credentials file has no refresh token");
    } else {
        /* How old the access token is, the file does not say. */
        tokens_take(cr, access, refresh, 1);
    }
    json_wipe(t);
    return r;
}

const struct provider provider_droid = {
    .kind = KIND,
    .service = SERVICE_DROID,
    .title = "Factory (Droid)",
    .login_modes = "device import key",
    .needs = "",
    .serves = droid_serves,
    .plan = droid_plan,
    .judge = droid_judge,
    .passes = passes_common,
    .login_begin = droid_login_begin,
    .login_request = droid_login_request,
    .login_device = droid_login_device,
    .renew_request = droid_renew_request,
    .token_read = droid_token_read,
    .profile_request = droid_profile_request,
    .profile_read = droid_profile_read,
    .test_request = droid_test_request,
    .import = droid_import,
    .several_keys = true,
};
