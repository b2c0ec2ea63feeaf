/* Google's OAuth, for the kinds that sign in as a person. */
#include "provider/google_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/secret.h"

/* The client that a token belongs to: the account's own, else that of provider data. Borrowed from
 * the tree, which is to be wiped. */
struct oauth_client {
    cJSON *tree;
    const char *id, *secret;
};

static int client_find(struct oauth_client *o, const struct provider_data *d, const char *kind,
    const struct credential *cr, struct err *err)
{
    o->tree = cr && cr->extra ? json_parse(cr->extra, strlen(cr->extra), NULL) : NULL;
    o->id = json_str(o->tree, "client_id");
    o->secret = json_str(o->tree, "client_secret");
    if (!o->id) {
        o->id = provider_data_get(d, kind, "client_id");
        o->secret = provider_data_get(d, kind, "client_secret");
    }
    if (o->id && *o->id)
        return 0;
    json_wipe(o->tree);
    err_set(err, ERR_FAILED, "no OAuth client is set for kind '%s'", kind);
    return err_hint(err,
        "put '%s': {\"client_id\", \"client_secret\"} into the file that the setting 'providers' "
        "of "
        "section [data] names; refresh tokens work only with the client they came from",
        kind);
}

int google_login_begin(const struct provider_data *d, const char *kind, const char *mode,
    struct login *l, struct err *err)
{
    if (strcmp(mode, "code") != 0)
        return err_set(err, ERR_USAGE, "no such way to sign in: '%s'", mode);
    const char *authorize = data_need(d, kind, "authorize", err);
    const char *redirect = data_need(d, kind, "redirect_uri", err);
    const char *scopes = data_need(d, kind, "scopes", err);
    struct oauth_client client;
    if (!authorize || !redirect || !scopes || client_find(&client, d, kind, NULL, err))
        return -1;
    l->mode = xstrdup(mode);
    char *challenge = login_pkce(l);
    struct buf url = BUF_INIT;
    buf_adds(&url, authorize);
    url_query_add(&url, "response_type", "code");
    url_query_add(&url, "client_id", client.id);
    url_query_add(&url, "redirect_uri", redirect);
    url_query_add(&url, "access_type", "offline");
    url_query_add(&url, "scope", scopes);
    url_query_add(&url, "code_challenge", challenge);
    url_query_add(&url, "code_challenge_method", "S256");
    url_query_add(&url, "state", l->state);
    /* Only with consent asked anew does Google give a refresh token for certain. */
    url_query_add(&url, "prompt", "consent");
    l->url = buf_steal(&url, NULL);
    free(challenge);
    json_wipe(client.tree);
    return 0;
}

int google_login_request(const struct provider_data *d, const char *kind, const struct login *l,
    const char *code, struct token_request *out, struct err *err)
{
    const char *token = data_need(d, kind, "token", err);
    const char *redirect = data_need(d, kind, "redirect_uri", err);
    struct oauth_client client;
    if (!token || !redirect || client_find(&client, d, kind, NULL, err))
        return -1;
    int r = request_begin(out, "POST", token, err);
    if (r == 0) {
        request_form(out, "grant_type", "authorization_code");
        request_form(out, "code", code);
        request_form(out, "client_id", client.id);
        request_form(out, "client_secret", client.secret);
        request_form(out, "redirect_uri", redirect);
        request_form(out, "code_verifier", l->verifier);
    }
    json_wipe(client.tree);
    return r;
}

int google_renew_request(const struct provider_data *d, const char *kind, const struct account *a,
    const struct credential *cr, struct token_request *out, struct err *err)
{
    const char *token = renew_address(d, kind, a, cr, err);
    struct oauth_client client;
    if (!token || client_find(&client, d, kind, cr, err))
        return -1;
    int r = request_begin(out, "POST", token, err);
    if (r == 0) {
        request_form(out, "grant_type", "refresh_token");
        request_form(out, "refresh_token", cr->refresh);
        request_form(out, "client_id", client.id);
        request_form(out, "client_secret", client.secret);
    }
    json_wipe(client.tree);
    return r;
}

int google_token_read(const struct fetch_answer *ans, int64_t now, struct credential *cr,
    struct account *a, struct err *err)
{
    struct token_answer t;
    if (token_answer_read(&t, ans, now, err))
        return -1;
    cJSON *claims = a ? jwt_claims(json_str(t.tree, "id_token")) : NULL;
    profile_set(a, "email", json_str(claims, "email"));
    cJSON_Delete(claims);
    token_answer_take(&t, cr, now);
    return 0;
}

/* {"access_token","refresh_token","expiry_date": ms, "id_token"} as Gemini CLI writes it, and
 * {"client_id","client_secret","refresh_token"} as Google's own tools do. */
int google_import(
    const char *text, size_t n, struct account *a, struct credential *cr, struct err *err)
{
    cJSON *t = json_parse(text, n, err);
    if (!t)
        return err_prefix(err, "the credentials file");
    const char *access = json_str(t, "access_token"), *refresh = json_str(t, "refresh_token");
    const char *id = json_str(t, "client_id"), *secret = json_str(t, "client_secret");
    if (!refresh || !*refresh) {
        json_wipe(t);
        err_set(err, ERR_USAGE, "the credentials file has no refresh token");
        return err_hint(err, "Gemini CLI keeps it in ~/.gemini/oauth_creds.json");
    }
    /* Without an access token there is one to be made at once. */
    tokens_take(cr, access, refresh, access ? json_int(t, "expiry_date", 1) : 1);
    if (id) {
        struct buf extra = BUF_INIT;
        buf_adds(&extra, "{\"client_id\":");
        json_quote(&extra, id, strlen(id));
        buf_adds(&extra, ",\"client_secret\":");
        json_quote(&extra, secret ? secret : "", secret ? strlen(secret) : 0);
        buf_addc(&extra, '}');
        secret_free(cr->extra);
        cr->extra = buf_steal(&extra, NULL);
    }
    cJSON *claims = jwt_claims(json_str(t, "id_token"));
    profile_set(a, "email", json_str(claims, "email"));
    cJSON_Delete(claims);
    json_wipe(t);
    return 0;
}
