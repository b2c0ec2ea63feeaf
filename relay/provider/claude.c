/* Claude subscriptions: OAuth or setup token towards api.anthropic.com. */
#include "provider/claude_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"

#define KIND "claude"
#define OAUTH_BETA "oauth-2025-04-20"
#define SETUP_TOKEN_LIFE "31536000" /* one year, seconds */

bool anthropic_serves(const struct ask *ask)
{
    return ask->dialect == DIALECT_ANTHROPIC &&
           (ask->op == OP_MESSAGES || ask->op == OP_COUNT_TOKENS);
}

void anthropic_fields(struct plan *out, const struct ask *ask, const char *beta)
{
    static const char *const but[] = {"anthropic-beta", NULL};
    fields_pass(&out->fields, ask->head, but);
    fields_join(&out->fields, ask->head, "anthropic-beta", beta);
    if (!h1_get(ask->head, "anthropic-version").p)
        h1_add_fieldz(&out->fields, "anthropic-version", "2023-06-01");
}

const char *anthropic_path(const struct ask *ask)
{
    return ask->op == OP_COUNT_TOKENS ? "/v1/messages/count_tokens" : "/v1/messages";
}

static bool claude_serves(const struct ask *ask)
{
    return anthropic_serves(ask) && strncasecmp(ask->model, "ccr,", 4) != 0;
}

static int claude_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    buf_init(&out->fields);
    const char *api = data_need(d, KIND, "api", err);
    if (!api || plan_begin(out, a, ask, api, anthropic_path(ask), err))
        return -1;
    out->wire = ask->op == OP_MESSAGES ? WIRE_ANTHROPIC : WIRE_NONE;
    anthropic_fields(out, ask, OAUTH_BETA);
    if (plan_secret(out, "authorization", "Bearer ", cr->access, err)) {
        return plan_fail(out);
    }
    return 0;
}

/* --- signing in ----------------------------------------------------------------------------------
 */

static int claude_login_begin(
    const struct provider_data *d, const char *mode, struct login *l, struct err *err)
{
    bool setup = strcmp(mode, "setup-token") == 0;
    if (!setup && strcmp(mode, "code") != 0)
        return err_set(err, ERR_USAGE, "no such way to sign in: '%s'", mode);
    const char *authorize = data_need(d, KIND, "authorize", err);
    const char *client = data_need(d, KIND, "client_id", err);
    const char *redirect = data_need(d, KIND, "redirect_uri", err);
    const char *scopes = data_need(d, KIND, setup ? "setup_scopes" : "scopes", err);
    if (!authorize || !client || !redirect || !scopes)
        return -1;
    l->mode = xstrdup(mode);
    char *challenge = login_pkce(l);
    struct buf url = BUF_INIT;
    buf_adds(&url, authorize);
    url_query_add(&url, "code", "true");
    url_query_add(&url, "client_id", client);
    url_query_add(&url, "response_type", "code");
    url_query_add(&url, "redirect_uri", redirect);
    url_query_add(&url, "scope", scopes);
    url_query_add(&url, "code_challenge", challenge);
    url_query_add(&url, "code_challenge_method", "S256");
    url_query_add(&url, "state", l->state);
    l->url = buf_steal(&url, NULL);
    free(challenge);
    return 0;
}

static int claude_login_request(const struct provider_data *d, const struct login *l,
    const char *code, struct token_request *out, struct err *err)
{
    const char *token = data_need(d, KIND, "token", err);
    const char *client = data_need(d, KIND, "client_id", err);
    const char *redirect = data_need(d, KIND, "redirect_uri", err);
    if (!token || !client || !redirect || request_begin(out, "POST", token, err))
        return -1;
    request_json_open(out);
    request_json_str(out, "grant_type", "authorization_code");
    request_json_str(out, "client_id", client);
    request_json_str(out, "code", code);
    request_json_str(out, "redirect_uri", redirect);
    request_json_str(out, "code_verifier", l->verifier);
    request_json_str(out, "state", l->state);
    if (strcmp(l->mode, "setup-token") == 0)
        request_json_raw(out, "expires_in", SETUP_TOKEN_LIFE);
    request_json_close(out);
    return 0;
}

static int claude_renew_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, struct token_request *out, struct err *err)
{
    const char *client = renew_begin(d, KIND, a, cr, out, err);
    if (!client)
        return -1;
    request_json_open(out);
    request_json_str(out, "grant_type", "refresh_token");
    request_json_str(out, "refresh_token", cr->refresh);
    request_json_str(out, "client_id", client);
    request_json_close(out);
    return 0;
}

static int claude_token_read(const struct fetch_answer *ans, int64_t now, struct credential *cr,
    struct account *a, struct err *err)
{
    struct token_answer t;
    if (token_answer_read(&t, ans, now, err))
        return -1;
    if (a) {
        profile_set(a, "email", json_str(t.tree, "account.email_address"));
        profile_set(a, "organisation", json_str(t.tree, "organization.name"));
        profile_set(a, "scopes", json_str(t.tree, "scope"));
    }
    token_answer_take(&t, cr, now);
    return 0;
}

/* The file that Claude Code writes: {"claudeAiOauth":{accessToken, refreshToken, expiresAt (ms),
 * scopes, subscriptionType}}. */
static int claude_import(
    const char *text, size_t n, struct account *a, struct credential *cr, struct err *err)
{
    cJSON *tree = json_parse(text, n, err);
    if (!tree)
        return err_prefix(err, "the credentials file");
    const cJSON *o = json_at(tree, "claudeAiOauth");
    if (!o)
        o = tree;
    const char *access = json_str(o, "accessToken"), *refresh = json_str(o, "refreshToken");
    int r = 0;
    if (!access || !*access) {
        r = err_set(err, ERR_USAGE, "the credentials file has no access token");
        err_hint(err, "Claude Code keeps it in ~/.claude/.credentials.json");
    } else {
        tokens_take(cr, access, refresh, json_int(o, "expiresAt", 0));
        const cJSON *scopes = json_at(o, "scopes"), *s;
        struct strlist list = {0};
        cJSON_ArrayForEach(s, scopes) if (cJSON_IsString(s)) strlist_add(&list, s->valuestring);
        char *joined = strlist_join(&list, " ");
        profile_set(a, "scopes", joined);
        profile_set(a, "plan", json_str(o, "subscriptionType"));
        free(joined);
        strlist_release(&list);
    }
    json_wipe(tree);
    return r;
}

static int claude_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err)
{
    (void)a;
    const char *api = data_need(d, KIND, "api", err);
    model = test_model(d, KIND, model, err);
    if (!api || !model || test_begin(out, api, "/v1/messages", err))
        return -1;
    request_bearer(out, cr->access);
    request_field(out, "anthropic-beta", OAUTH_BETA);
    request_hello_anthropic(out, model);
    return 0;
}

const struct provider provider_claude = {
    .kind = KIND,
    .service = SERVICE_CLAUDE,
    .title = "Claude subscription (OAuth or setup token)",
    .login_modes = "code setup-token import key",
    .needs = "",
    .serves = claude_serves,
    .plan = claude_plan,
    .judge = claude_judge,
    .passes = passes_common,
    .login_begin = claude_login_begin,
    .login_request = claude_login_request,
    .renew_request = claude_renew_request,
    .token_read = claude_token_read,
    .profile_request = claude_profile_request,
    .profile_read = claude_profile_read,
    .test_request = claude_test_request,
    .import = claude_import,
};
