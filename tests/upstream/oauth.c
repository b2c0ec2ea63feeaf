/* OAuth as Claude does it: authorise, token with PKCE and rotation, profile, usage.
 * GET of the authorize address plays the person in the browser: it gives the code. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tests/upstream/fake.h"

struct oauth {
    cJSON *logins;  /* state -> {challenge, code} */
    cJSON *refresh; /* refresh token -> "good" | "used" */
    cJSON *access;  /* access token -> time it ends, seconds */
    cJSON *devices; /* sign-ins that a person confirms elsewhere; see device.c */
    unsigned serial;
};

struct oauth *oauth_create(void)
{
    struct oauth *o = calloc(1, sizeof *o);
    if (!o)
        abort();
    o->logins = cJSON_CreateObject();
    o->refresh = cJSON_CreateObject();
    o->access = cJSON_CreateObject();
    o->devices = cJSON_CreateObject();
    return o;
}

void oauth_free(struct oauth *o)
{
    cJSON_Delete(o->logins);
    cJSON_Delete(o->refresh);
    cJSON_Delete(o->access);
    cJSON_Delete(o->devices);
    free(o);
}

cJSON *oauth_devices(struct oauth *o)
{
    return o->devices;
}

bool oauth_token_good(struct oauth *o, const char *token)
{
    const cJSON *until = token ? cJSON_GetObjectItemCaseSensitive(o->access, token) : NULL;
    if (until)
        return until->valuedouble > (double)time(NULL);
    return !token || strncmp(token, "bad", 3) != 0;
}

void base64url_sha256(const char *text, char out[64])
{
    unsigned char sum[32], b64[64];
    unsigned n = 0;
    EVP_Digest(text, strlen(text), sum, &n, EVP_sha256(), NULL);
    int m = EVP_EncodeBlock(b64, sum, 32);
    int k = 0;
    for (int i = 0; i < m && b64[i] != '='; i++)
        out[k++] = b64[i] == '+' ? '-' : b64[i] == '/' ? '_' : (char)b64[i];
    out[k] = 0;
}

void oauth_error(struct conn *c, int status, const char *error, const char *text)
{
    char body[256];
    snprintf(body, sizeof body, "{\"error\":\"%s\",\"error_description\":\"%s\"}", error, text);
    answer_text(c, status, "application/json", NULL, body);
}

void oauth_issue(struct fake *f, const char *prefix, struct oauth_tokens *out)
{
    struct oauth *o = f->oauth;
    const cJSON *ttl = cJSON_GetObjectItemCaseSensitive(f->config, "expires_in");
    o->serial++;
    out->expires_in = ttl ? (long)ttl->valuedouble : 28800;
    snprintf(out->access, sizeof out->access, "%s-CANARY-access-%06u", prefix, o->serial);
    snprintf(out->refresh, sizeof out->refresh, "%s-CANARY-refresh-%06u", prefix, o->serial);
    cJSON_AddNumberToObject(o->access, out->access, (double)(time(NULL) + out->expires_in));
    cJSON_AddStringToObject(o->refresh, out->refresh, "good");
}

void oauth_delay(struct fake *f, struct conn *c)
{
    const cJSON *delay = cJSON_GetObjectItemCaseSensitive(f->config, "token_delay");
    if (delay)
        answer_delay(c, (long)delay->valuedouble);
}

static void give_tokens(struct fake *f, struct conn *c, const char *scope)
{
    struct oauth_tokens t;
    char body[1024];
    oauth_issue(f, "sk-ant-oat01", &t);
    oauth_delay(f, c);
    cJSON *drop = cJSON_GetObjectItemCaseSensitive(f->config, "token_drop");
    if (drop && drop->valuedouble > 0) { /* the tokens have changed, and nobody learns them */
        cJSON_SetNumberValue(drop, drop->valuedouble - 1);
        answer_reset(c);
        return;
    }
    snprintf(body, sizeof body,
        "{\"token_type\":\"Bearer\",\"access_token\":\"%s\",\"refresh_token\":\"%s\","
        "\"expires_in\":%ld,\"scope\":\"%s\",\"organization\":{\"uuid\":\"org-1\",\"name\":\"Fake "
        "Org\"},"
        "\"account\":{\"uuid\":\"acc-1\",\"email_address\":\"fake@example.org\"}}",
        t.access, t.refresh, t.expires_in, scope);
    answer_text(c, 200, "application/json", NULL, body);
}

/* The sign-in of a state, or the one that has the code. */
static cJSON *login_find(struct oauth *o, const char *state, const char *code)
{
    cJSON *login;
    if (state)
        return cJSON_GetObjectItemCaseSensitive(o->logins, state);
    cJSON_ArrayForEach(login, o->logins)
    {
        const char *has = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(login, "code"));
        if (has && code && strcmp(has, code) == 0)
            return login;
    }
    return NULL;
}

bool oauth_code_take(
    struct fake *f, struct conn *c, const char *state, const char *code, const char *verifier)
{
    cJSON *login = login_find(f->oauth, state, code);
    const char *want = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(login, "code"));
    const char *challenge =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(login, "challenge"));
    char sum[64] = "";
    if (verifier)
        base64url_sha256(verifier, sum);
    record_call(f->record, "exchange");
    bool known = want && code && strcmp(code, want) == 0;
    bool good = known && challenge && strcmp(sum, challenge) == 0;
    if (!good)
        oauth_error(c, 400, "invalid_grant",
            known ? "the verifier does not match" : "the code is not known");
    else
        cJSON_Delete(cJSON_DetachItemViaPointer(f->oauth->logins, login));
    return good;
}

bool oauth_renewal_fails(struct fake *f, struct conn *c)
{
    cJSON *fail = cJSON_GetObjectItemCaseSensitive(f->config, "refresh_fails");
    const cJSON *refused = cJSON_GetObjectItemCaseSensitive(f->config, "refresh_refused");
    bool broken = fail && fail->valuedouble > 0, no = refused && refused->valuedouble > 0;
    if (broken) {
        cJSON_SetNumberValue(fail, fail->valuedouble - 1);
        oauth_error(c, 500, "server_error", "told to fail");
    } else if (no) {
        record_call(f->record, "refresh_refused");
        oauth_error(c, 400, "invalid_grant", "Refresh token not found or invalid");
    }
    return broken || no;
}

bool oauth_refresh_take(struct fake *f, struct conn *c, const char *token, bool rotates)
{
    cJSON *state = token ? cJSON_GetObjectItemCaseSensitive(f->oauth->refresh, token) : NULL;
    record_call(f->record, "refresh");
    if (oauth_renewal_fails(f, c))
        return false;
    /* Seeded tokens ("seed-...") are good once, like any other. */
    bool seed = token && strncmp(token, "seed-", 5) == 0 && !state;
    if (!seed && (!state || strcmp(state->valuestring, "good") != 0)) {
        record_call(f->record, "refresh_refused");
        oauth_error(c, 400, "invalid_grant", "Refresh token not found or invalid");
        return false;
    }
    if (seed)
        cJSON_AddStringToObject(f->oauth->refresh, token, rotates ? "used" : "good");
    else if (rotates)
        cJSON_SetValuestring(state, "used");
    return true;
}

static void token_by_code(struct fake *f, struct conn *c, const cJSON *b)
{
    const char *state = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(b, "state"));
    const char *code = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(b, "code"));
    const char *verifier =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(b, "code_verifier"));
    const cJSON *login = login_find(f->oauth, state ? state : "", code);
    const char *has = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(login, "scope"));
    char *scope = strdup(has ? has : "user:profile user:inference");
    if (oauth_code_take(f, c, state ? state : "", code, verifier))
        give_tokens(f, c, scope);
    free(scope);
}

static void token_by_refresh(struct fake *f, struct conn *c, const cJSON *b)
{
    const char *token = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(b, "refresh_token"));
    if (oauth_refresh_take(f, c, token, true))
        give_tokens(f, c, "user:profile user:inference");
}

static void handle_authorize(struct fake *f, struct conn *c, const struct request *r)
{
    char *state = request_query(r, "state"), *challenge = request_query(r, "code_challenge");
    char *scope = request_query(r, "scope"), code[64];
    snprintf(code, sizeof code, "CANARYcode%06u-abc_DEF", ++f->oauth->serial);
    if (!state || !challenge) {
        oauth_error(c, 400, "invalid_request", "state and code_challenge are needed");
    } else {
        cJSON_DeleteItemFromObjectCaseSensitive(f->oauth->logins, state);
        cJSON *login = cJSON_AddObjectToObject(f->oauth->logins, state);
        cJSON_AddStringToObject(login, "challenge", challenge);
        cJSON_AddStringToObject(login, "code", code);
        cJSON_AddStringToObject(login, "scope", scope ? scope : "");
        answer_text(c, 200, "text/plain", NULL, code);
    }
    free(state);
    free(challenge);
    free(scope);
}

bool handle_oauth(struct fake *f, struct conn *c, const struct request *r)
{
    if (strcmp(r->path, "/oauth/authorize") == 0 || strcmp(r->path, "/o/oauth2/v2/auth") == 0) {
        handle_authorize(f, c, r);
    } else if (strcmp(r->path, "/v1/oauth/token") == 0) {
        cJSON *b = cJSON_Parse(r->body);
        const char *grant = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(b, "grant_type"));
        if (grant && strcmp(grant, "authorization_code") == 0)
            token_by_code(f, c, b);
        else if (grant && strcmp(grant, "refresh_token") == 0)
            token_by_refresh(f, c, b);
        else
            oauth_error(c, 400, "unsupported_grant_type", "which grant is this");
        cJSON_Delete(b);
    } else if (strcmp(r->path, "/api/oauth/profile") == 0) {
        record_call(f->record, "profile");
        answer_text(c, oauth_token_good(f->oauth, r->credential) ? 200 : 401, "application/json",
            NULL,
            "{\"account\":{\"uuid\":\"acc-1\",\"email\":\"fake@example.org\",\"full_name\":"
            "\"Fake\","
            "\"display_name\":\"Fake\",\"has_claude_max\":true,\"has_claude_pro\":false},"
            "\"organization\":{\"uuid\":\"org-1\",\"name\":\"Fake "
            "Org\",\"organization_type\":\"claude_max\","
            "\"billing_type\":\"stripe\",\"rate_limit_tier\":\"default_claude_max_20x\"}}");
    } else if (strcmp(r->path, "/api/oauth/usage") == 0) {
        record_call(f->record, "usage");
        answer_text(c, 200, "application/json", NULL,
            "{\"five_hour\":{\"utilization\":41.0,\"resets_at\":\"2099-01-01T00:00:00Z\"},"
            "\"seven_day\":{\"utilization\":22.0,\"resets_at\":\"2099-01-01T00:00:00Z\"},"
            "\"seven_day_sonnet\":{\"utilization\":5.0,\"resets_at\":\"2099-01-01T00:00:00Z\"}}");
    } else {
        return false;
    }
    return true;
}
