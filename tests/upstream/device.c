/* Signing in elsewhere than at Claude: OpenAI (by code, by device, renewal), Google (by code,
 * renewal, signed statement), WorkOS for Factory (by device, renewal).
 * GET /fake/confirm?user_code=C plays the person who confirms a device, with &decline=1 one who
 * does not. */
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/upstream/turn.h"

/* A value of a form body, heap; NULL. */
static char *form(const struct request *r, const char *name)
{
    struct evkeyvalq q;
    const char *type = request_header(r, "content-type");
    if (!type || !strstr(type, "x-www-form-urlencoded") || evhttp_parse_query_str(r->body, &q) != 0)
        return NULL;
    const char *v = evhttp_find_header(&q, name);
    char *out = v ? strdup(v) : NULL;
    evhttp_clear_headers(&q);
    return out;
}

static void base64url(const char *text, char *out, size_t size)
{
    unsigned char b64[1024];
    size_t n = strlen(text), k = 0;
    if (n > 700)
        abort();
    int m = EVP_EncodeBlock(b64, (const unsigned char *)text, (int)n);
    for (int i = 0; i < m && b64[i] != '=' && k + 1 < size; i++)
        out[k++] = b64[i] == '+' ? '-' : b64[i] == '/' ? '_' : (char)b64[i];
    out[k] = 0;
}

/* --- OpenAI ------------------------------------------------------------------------------------
 */

static void openai_give(struct fake *f, struct conn *c)
{
    struct oauth_tokens t;
    char claims[1024], body[2048];
    base64url("{\"email\":\"fake@example.org\",\"name\":\"Fake Person\","
              "\"https://api.openai.com/auth\":{\"chatgpt_account_id\":\"acct-fake-1\","
              "\"chatgpt_plan_type\":\"plus\",\"organizations\":[{\"id\":\"org-1\","
              "\"is_default\":true,\"title\":\"Fake Org\"}]}}",
        claims, sizeof claims);
    oauth_issue(f, "oai", &t);
    oauth_delay(f, c);
    snprintf(body, sizeof body,
        "{\"token_type\":\"Bearer\",\"access_token\":\"%s\",\"refresh_token\":\"%s\","
        "\"id_token\":\"eyJhbGciOiJub25lIn0.%s.c2ln\",\"expires_in\":%ld}",
        t.access, t.refresh, claims, t.expires_in);
    answer_text(c, 200, "application/json", NULL, body);
}

static bool openai_device_code(
    struct fake *f, struct conn *c, const char *code, const char *verifier)
{
    cJSON *d, *devices = oauth_devices(f->oauth);
    cJSON_ArrayForEach(d, devices)
    {
        const char *has = text_at(d, "code"), *wants = text_at(d, "verifier");
        if (!has || !code || strcmp(has, code) != 0)
            continue;
        bool good = wants && verifier && strcmp(wants, verifier) == 0;
        cJSON_Delete(cJSON_DetachItemViaPointer(devices, d));
        if (!good)
            oauth_error(c, 400, "invalid_grant", "the verifier does not match");
        return good;
    }
    oauth_error(c, 400, "invalid_grant", "the code is not known");
    return false;
}

static void openai_token(struct fake *f, struct conn *c, const struct request *r)
{
    char *grant = form(r, "grant_type"), *code = form(r, "code");
    char *verifier = form(r, "code_verifier"), *refresh = form(r, "refresh_token");
    char *redirect = form(r, "redirect_uri"), *client = form(r, "client_id");
    bool device = redirect && ends_with(redirect, "/deviceauth/callback"), good = false;
    if (!grant || !client)
        oauth_error(c, 400, "invalid_request", "grant_type and client_id are needed");
    else if (strcmp(grant, "refresh_token") == 0)
        good = oauth_refresh_take(f, c, refresh, true);
    else if (device)
        good = openai_device_code(f, c, code, verifier);
    else
        good = oauth_code_take(f, c, NULL, code, verifier);
    if (good)
        openai_give(f, c);
    free(grant);
    free(code);
    free(verifier);
    free(refresh);
    free(redirect);
    free(client);
}

/* A new sign-in by device; gives its entry. */
static cJSON *device_new(struct fake *f, char id[32], char user_code[32])
{
    static unsigned serial;
    snprintf(id, 32, "device-CANARY-%06u", ++serial);
    snprintf(user_code, 32, "FAKE-%04u", serial);
    cJSON *d = cJSON_AddObjectToObject(oauth_devices(f->oauth), id);
    cJSON_AddStringToObject(d, "user_code", user_code);
    return d;
}

static void openai_usercode(struct fake *f, struct conn *c, const struct request *r)
{
    char id[32], user_code[32], body[256];
    cJSON *b = cJSON_Parse(r->body);
    if (!text_at(b, "client_id")) {
        oauth_error(c, 400, "invalid_request", "client_id is needed");
    } else {
        device_new(f, id, user_code);
        snprintf(body, sizeof body,
            "{\"device_auth_id\":\"%s\",\"user_code\":\"%s\",\"interval\":\"1\"}", id, user_code);
        answer_text(c, 200, "application/json", NULL, body);
    }
    cJSON_Delete(b);
}

static void openai_device_poll(struct fake *f, struct conn *c, const struct request *r)
{
    static const char verifier[] = "device-verifier-of-forty-three-characters-or-more";
    cJSON *b = cJSON_Parse(r->body);
    const char *id = text_at(b, "device_auth_id");
    cJSON *d = id ? cJSON_GetObjectItemCaseSensitive(oauth_devices(f->oauth), id) : NULL;
    char code[64], challenge[64], body[512];
    record_call(f->record, "device_poll");
    if (!d || !at(d, "confirmed")) {
        answer_text(c, 403, "application/json", NULL, "{\"error\":\"pending\"}");
    } else {
        snprintf(code, sizeof code, "code-%s", id);
        base64url_sha256(verifier, challenge);
        cJSON_DeleteItemFromObjectCaseSensitive(d, "code");
        cJSON_DeleteItemFromObjectCaseSensitive(d, "verifier");
        cJSON_AddStringToObject(d, "code", code);
        cJSON_AddStringToObject(d, "verifier", verifier);
        snprintf(body, sizeof body,
            "{\"authorization_code\":\"%s\",\"code_verifier\":\"%s\",\"code_challenge\":\"%s\"}",
            code, verifier, challenge);
        answer_text(c, 200, "application/json", NULL, body);
    }
    cJSON_Delete(b);
}

/* --- Google ------------------------------------------------------------------------------------
 */

/* A signed statement: three parts, RS256 and the claims that are asked for. The signature itself is
 * not checked: the key is the test's. */
static bool statement_good(const char *jwt)
{
    const char *dot = jwt ? strchr(jwt, '.') : NULL, *dot2 = dot ? strchr(dot + 1, '.') : NULL;
    return dot2 && strncmp(jwt, "eyJhbGciOiJSUzI1NiIs", 20) == 0 && strlen(dot2) > 80;
}

/* Google keeps the refresh token at renewals and does not repeat it. */
static void google_give(struct fake *f, struct conn *c, bool first)
{
    struct oauth_tokens t;
    char body[512], more[128] = "";
    oauth_issue(f, "ya29", &t);
    oauth_delay(f, c);
    if (first)
        snprintf(more, sizeof more, ",\"refresh_token\":\"%s\"", t.refresh);
    snprintf(body, sizeof body,
        "{\"access_token\":\"%s\",\"expires_in\":%ld,\"token_type\":\"Bearer\",\"scope\":"
        "\"https://www.googleapis.com/auth/cloud-platform\"%s}",
        t.access, t.expires_in, more);
    answer_text(c, 200, "application/json", NULL, body);
}

static void google_token(struct fake *f, struct conn *c, const struct request *r)
{
    char *grant = form(r, "grant_type"), *code = form(r, "code"),
         *secret = form(r, "client_secret");
    char *verifier = form(r, "code_verifier"), *refresh = form(r, "refresh_token");
    char *statement = form(r, "assertion");
    bool by_code = grant && strcmp(grant, "authorization_code") == 0, good = false;
    if (grant && ends_with(grant, ":jwt-bearer")) {
        record_call(f->record, "statement");
        good = statement_good(statement);
        if (good && oauth_renewal_fails(f, c))
            good = false;
        else if (!good)
            oauth_error(c, 400, "invalid_grant", "Invalid JWT Signature.");
    } else if (!grant || !secret) {
        oauth_error(c, 400, "invalid_request", "client_secret is missing.");
    } else if (by_code) {
        good = oauth_code_take(f, c, NULL, code, verifier);
    } else {
        good = oauth_refresh_take(f, c, refresh, false);
    }
    if (good)
        google_give(f, c, by_code);
    free(grant);
    free(code);
    free(secret);
    free(verifier);
    free(refresh);
    free(statement);
}

/* --- WorkOS and Factory ------------------------------------------------------------------------
 */

static void workos_device(struct fake *f, struct conn *c, const struct request *r)
{
    char id[32], user_code[32], body[512];
    (void)r;
    device_new(f, id, user_code);
    snprintf(body, sizeof body,
        "{\"device_code\":\"%s\",\"user_code\":\"%s\",\"verification_uri\":"
        "\"https://auth.example.org/device\",\"verification_uri_complete\":"
        "\"https://auth.example.org/device?user_code=%s\",\"expires_in\":300,\"interval\":1}",
        id, user_code, user_code);
    answer_text(c, 200, "application/json", NULL, body);
}

static void workos_give(struct fake *f, struct conn *c, const char *org)
{
    struct oauth_tokens t;
    char body[768], more[128] = "";
    oauth_issue(f, "wos", &t);
    oauth_delay(f, c);
    if (org)
        snprintf(more, sizeof more, ",\"organization_id\":\"%s\"", org);
    snprintf(body, sizeof body,
        "{\"access_token\":\"%s\",\"refresh_token\":\"%s\",\"expires_in\":%ld,\"user\":{\"id\":"
        "\"user_1\",\"email\":\"fake@example.org\",\"first_name\":\"Fake\",\"last_name\":"
        "\"Person\"},\"authentication_method\":\"GoogleOAuth\"%s}",
        t.access, t.refresh, t.expires_in, more);
    answer_text(c, 200, "application/json", NULL, body);
}

static void workos_token(struct fake *f, struct conn *c, const struct request *r)
{
    char *grant = form(r, "grant_type"), *device = form(r, "device_code");
    char *refresh = form(r, "refresh_token"), *org = form(r, "organization_id");
    cJSON *devices = oauth_devices(f->oauth);
    cJSON *d = device ? cJSON_GetObjectItemCaseSensitive(devices, device) : NULL;
    if (grant && strcmp(grant, "refresh_token") == 0) {
        if (oauth_refresh_take(f, c, refresh, true))
            workos_give(f, c, org);
    } else if (!d) {
        oauth_error(c, 400, "expired_token", "the device code is not known");
    } else if (at(d, "declined")) {
        oauth_error(c, 403, "access_denied", "the person said no");
    } else if (!at(d, "confirmed")) {
        record_call(f->record, "device_poll");
        oauth_error(c, 400, "authorization_pending", "not confirmed yet");
    } else {
        cJSON_Delete(cJSON_DetachItemViaPointer(devices, d));
        workos_give(f, c, NULL);
    }
    free(grant);
    free(device);
    free(refresh);
    free(org);
}

static void factory_org(struct fake *f, struct conn *c, const struct request *r)
{
    bool good = oauth_token_good(f->oauth, r->credential);
    record_call(f->record, "organisations");
    answer_text(c, good ? 200 : 401, "application/json", NULL,
        good ? "{\"workosOrgIds\":[\"org_fake_1\",\"org_fake_2\"]}" : "{}");
}

static void confirm(struct fake *f, struct conn *c, const struct request *r)
{
    char *user_code = request_query(r, "user_code"), *decline = request_query(r, "decline");
    cJSON *d;
    int status = 404;
    cJSON_ArrayForEach(d, oauth_devices(f->oauth))
    {
        const char *has = text_at(d, "user_code");
        if (!has || !user_code || strcmp(has, user_code) != 0 || at(d, "confirmed"))
            continue;
        cJSON_AddTrueToObject(d, decline ? "declined" : "confirmed");
        status = 200;
    }
    answer_text(c, status, "application/json", NULL, "{}");
    free(user_code);
    free(decline);
}

bool handle_device(struct fake *f, struct conn *c, const struct request *r)
{
    static const struct {
        const char *path;
        void (*handle)(struct fake *, struct conn *, const struct request *);
    } rows[] = {
        {"/oauth/token", openai_token},
        {"/api/accounts/deviceauth/usercode", openai_usercode},
        {"/api/accounts/deviceauth/token", openai_device_poll},
        {"/token", google_token},
        {"/user_management/authorize/device", workos_device},
        {"/user_management/authenticate", workos_token},
        {"/api/cli/org", factory_org},
        {"/fake/confirm", confirm},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(r->path, rows[i].path) == 0) {
            rows[i].handle(f, c, r);
            return true;
        }
    }
    return false;
}
