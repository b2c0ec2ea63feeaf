/* Signing in with ChatGPT: by browser, by device code, or from the file that Codex writes. */
#include "provider/openai_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/secret.h"

#define KIND "codex"

int codex_login_begin(
    const struct provider_data *d, const char *mode, struct login *l, struct err *err)
{
    l->mode = xstrdup(mode);
    if (strcmp(mode, "device") == 0)
        return 0;
    if (strcmp(mode, "code") != 0)
        return err_set(err, ERR_USAGE, "no such way to sign in: '%s'", mode);
    const char *authorize = data_need(d, KIND, "authorize", err);
    const char *client = data_need(d, KIND, "client_id", err);
    const char *redirect = data_need(d, KIND, "redirect_uri", err);
    const char *scopes = data_need(d, KIND, "scopes", err);
    if (!authorize || !client || !redirect || !scopes)
        return -1;
    char *challenge = login_pkce(l);
    struct buf url = BUF_INIT;
    buf_adds(&url, authorize);
    url_query_add(&url, "response_type", "code");
    url_query_add(&url, "client_id", client);
    url_query_add(&url, "redirect_uri", redirect);
    url_query_add(&url, "scope", scopes);
    url_query_add(&url, "code_challenge", challenge);
    url_query_add(&url, "code_challenge_method", "S256");
    url_query_add(&url, "id_token_add_organizations", "true");
    url_query_add(&url, "codex_cli_simplified_flow", "true");
    url_query_add(&url, "state", l->state);
    l->url = buf_steal(&url, NULL);
    free(challenge);
    return 0;
}

static int exchange(const struct provider_data *d, const struct login *l, const char *code,
    const char *redirect, struct token_request *out, struct err *err)
{
    const char *token = data_need(d, KIND, "token", err);
    const char *client = data_need(d, KIND, "client_id", err);
    if (!token || !client || !redirect || request_begin(out, "POST", token, err))
        return -1;
    request_form(out, "grant_type", "authorization_code");
    request_form(out, "code", code);
    request_form(out, "redirect_uri", redirect);
    request_form(out, "client_id", client);
    request_form(out, "code_verifier", l->verifier);
    return 0;
}

/* Three requests: for a user code, for its confirmation, and the exchange of what that gave. */
static int device_request(const struct provider_data *d, const struct login *l,
    struct token_request *out, struct err *err)
{
    if (l->code)
        return exchange(d, l, l->code, data_need(d, KIND, "device_redirect_uri", err), out, err);
    const char *client = data_need(d, KIND, "client_id", err);
    const char *url = data_need(d, KIND, l->device_code ? "device_token" : "device_code", err);
    if (!client || !url || request_begin(out, "POST", url, err))
        return -1;
    request_json_open(out);
    if (l->device_code) {
        request_json_str(out, "device_auth_id", l->device_code);
        request_json_str(out, "user_code", l->user_code);
    } else {
        request_json_str(out, "client_id", client);
    }
    request_json_close(out);
    return 0;
}

int codex_login_request(const struct provider_data *d, const struct login *l, const char *code,
    struct token_request *out, struct err *err)
{
    if (strcmp(l->mode, "device") == 0)
        return device_request(d, l, out, err);
    return exchange(d, l, code, data_need(d, KIND, "redirect_uri", err), out, err);
}

int codex_login_device(const struct provider_data *d, const struct fetch_answer *ans, int64_t now,
    struct login *l, struct err *err)
{
    (void)now;
    const char *page = data_need(d, KIND, "device_page", err);
    cJSON *t = page ? answer_json(ans, err) : NULL;
    if (!t)
        return -1;
    const char *id = json_str(t, "device_auth_id"), *code = json_str(t, "user_code");
    if (!code)
        code = json_str(t, "usercode");
    int r = 0;
    if (!id || !code) {
        r = err_set(err, ERR_PROTOCOL, "the answer has no user code");
    } else {
        l->device_code = xstrdup(id);
        l->user_code = xstrdup(code);
        l->url = xstrdup(page);
        const char *text = json_str(t, "interval");
        double s = text ? number_read(span_of(text)) : json_num(t, "interval", 5);
        l->interval_s = s >= 1 && s <= 60 ? (int)s : 5;
    }
    json_wipe(t);
    return r;
}

int codex_login_poll(const struct fetch_answer *ans, struct login *l, struct err *err)
{
    if (ans->status == 403 || ans->status == 404)
        return err_set(err, ERR_BUSY, "the sign-in is not confirmed yet");
    cJSON *t = answer_json(ans, err);
    if (!t)
        return -1;
    const char *code = json_str(t, "authorization_code"), *verifier = json_str(t, "code_verifier");
    int r = 0;
    if (!code || !verifier) {
        r = err_set(err, ERR_PROTOCOL, "the answer has no authorization code");
    } else {
        secret_free(l->code);
        secret_free(l->verifier);
        l->code = xstrdup(code);
        l->verifier = xstrdup(verifier);
    }
    json_wipe(t);
    return r;
}

int codex_renew_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, struct token_request *out, struct err *err)
{
    const char *client = renew_begin(d, KIND, a, cr, out, err);
    if (!client)
        return -1;
    request_form(out, "grant_type", "refresh_token");
    request_form(out, "client_id", client);
    request_form(out, "refresh_token", cr->refresh);
    request_form(out, "scope", "openid profile email");
    return 0;
}

static void identity_take(struct account *a, const char *id_token)
{
    cJSON *t = jwt_claims(id_token);
    /* The name of the claim has dots: no path for json_at. */
    const cJSON *auth =
        t ? cJSON_GetObjectItemCaseSensitive(t, "https://api.openai.com/auth") : NULL;
    profile_set(a, "email", json_str(t, "email"));
    profile_set(a, "name", json_str(t, "name"));
    profile_set(a, "account_id", json_str(auth, "chatgpt_account_id"));
    profile_set(a, "plan", json_str(auth, "chatgpt_plan_type"));
    const cJSON *org;
    cJSON_ArrayForEach(org, json_at(auth, "organizations")) if (json_bool(org, "is_default", false))
        profile_set(a, "organisation", json_str(org, "title"));
    cJSON_Delete(t);
}

/* When an access token that says so itself ends, ms; 0: it does not. */
static int64_t token_end(const char *access)
{
    cJSON *t = jwt_claims(access);
    int64_t s = json_int(t, "exp", 0);
    cJSON_Delete(t);
    return s > 0 && s < INT64_C(100000000000) ? s * MS_SECOND : 0;
}

int codex_token_read(const struct fetch_answer *ans, int64_t now, struct credential *cr,
    struct account *a, struct err *err)
{
    struct token_answer t;
    if (token_answer_read(&t, ans, now, err))
        return -1;
    if (a)
        identity_take(a, json_str(t.tree, "id_token"));
    token_answer_take(&t, cr, now);
    if (cr->expires == 0)
        cr->expires = token_end(cr->access);
    return 0;
}

/* ~/.codex/auth.json: {"OPENAI_API_KEY", "tokens":{id_token, access_token, refresh_token,
 * account_id}} */
int codex_import(
    const char *text, size_t n, struct account *a, struct credential *cr, struct err *err)
{
    cJSON *tree = json_parse(text, n, err);
    if (!tree)
        return err_prefix(err, "the credentials file");
    const cJSON *o = json_at(tree, "tokens");
    const char *access = json_str(o, "access_token"), *refresh = json_str(o, "refresh_token");
    int r = 0;
    if (!access || !*access) {
        r = err_set(err, ERR_USAGE, "the credentials file has no access token");
        err_hint(err, "Codex keeps it in ~/.codex/auth.json after 'codex login'");
    } else {
        tokens_take(cr, access, refresh, token_end(access));
        identity_take(a, json_str(o, "id_token"));
        profile_set(a, "account_id", json_str(o, "account_id"));
    }
    /* Two levels deep: json_wipe reaches the tokens. */
    json_wipe(tree);
    return r;
}
