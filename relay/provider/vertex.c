/* Google Vertex AI with a service account: Gemini in Google's format, Claude in Anthropic's. For
 * Claude the model is in the path, and `anthropic_version` stands in the body instead of `model`.
 */
#include "provider/google_int.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/secret.h"

#define KIND "vertex"
#define VERSION "\"anthropic_version\":\"vertex-2023-10-16\""
#define TOKEN_LIFE 3600 /* seconds, the longest that Google grants */

static bool vertex_serves(const struct ask *ask)
{
    if (ask->dialect == DIALECT_ANTHROPIC)
        return ask->op == OP_MESSAGES && strncasecmp(ask->model, "ccr,", 4) != 0;
    return ask->dialect == DIALECT_GEMINI && google_action(ask) && ask->op != OP_EMBED;
}

static const char *project_of(const struct account *a)
{
    return a->set.project && *a->set.project ? a->set.project : json_str(a->profile, "project");
}

static char *base_url(const struct provider_data *d, const struct account *a, struct err *err)
{
    if (a->set.url && *a->set.url)
        return xstrdup(a->set.url);
    bool global = strcmp(a->set.region, "global") == 0;
    const char *api = data_need(d, KIND, global ? "api_global" : "api", err);
    const char *place = api ? strstr(api, "{region}") : NULL;
    if (!place)
        return xstrdup(api);
    return xasprintf(
        "%.*s%s%s", (int)(place - api), api, a->set.region, place + strlen("{region}"));
}

static char *address(
    const struct account *a, const char *base, const char *model, bool claude, const char *action)
{
    char *m = text_urlencode(model), *p = text_urlencode(project_of(a));
    char *r = text_urlencode(a->set.region);
    char *out = xasprintf("%s/v1/projects/%s/locations/%s/publishers/%s/models/%s:%s", base, p, r,
        claude ? "anthropic" : "google", m, action);
    free(m);
    free(p);
    free(r);
    return out;
}

static int ready(const struct account *a, struct err *err)
{
    if (!a->set.region || !*a->set.region)
        return err_set(err, ERR_FAILED, "account '%s' has no region", a->name);
    if (!project_of(a))
        return err_set(err, ERR_FAILED, "account '%s' has no project", a->name);
    return 0;
}

static int vertex_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    bool claude = ask->dialect == DIALECT_ANTHROPIC;
    const char *action =
        claude ? (ask->stream ? "streamRawPredict" : "rawPredict") : google_action(ask);
    char *base = ready(a, err) ? NULL : base_url(d, a, err);
    if (!base)
        return -1;
    const char *mapped = model_mapped(ask->model, &a->set.model_map);
    char *url = address(a, base, mapped ? mapped : ask->model, claude, action);
    free(base);
    struct ask bare = *ask;
    if (claude)
        bare.query = "";
    int r = plan_begin(out, a, &bare, url, "", err);
    free(url);
    if (r)
        return -1;
    out->wire = claude ? WIRE_ANTHROPIC : google_wire(ask);
    google_fields(out, ask);
    body_edits_release(&out->edits);
    if (plan_secret(out, "authorization", "Bearer ", cr->access, err))
        return plan_fail(out);
    if (claude && edit_member(out, "model", ask->model_begin, ask->model_end, VERSION, err))
        return plan_fail(out);
    return 0;
}

/* --- tokens: a signed statement of ours for one of Google's (RFC 7523)
 * ---------------------------- */

static char *claims_part(const char *email, const char *audience, const char *scope)
{
    int64_t s = clock_now() / MS_SECOND;
    struct buf b = BUF_INIT;
    buf_adds(&b, "{\"iss\":");
    json_quote(&b, email, strlen(email));
    buf_adds(&b, ",\"aud\":");
    json_quote(&b, audience, strlen(audience));
    buf_adds(&b, ",\"scope\":");
    json_quote(&b, scope, strlen(scope));
    buf_addf(&b, ",\"iat\":%lld,\"exp\":%lld}", (long long)s, (long long)s + TOKEN_LIFE);
    char *out = text_base64url((const unsigned char *)b.data, b.len);
    buf_release(&b);
    return out;
}

static char *sign(const char *text, const char *pem, struct err *err)
{
    BIO *bio = xcheck(BIO_new_mem_buf(pem, (int)strlen(pem)));
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_MD_CTX *ctx = xcheck(EVP_MD_CTX_new());
    unsigned char sig[1024];
    size_t n = sizeof sig;
    char *out = NULL;
    if (key && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(ctx, sig, &n, (const unsigned char *)text, strlen(text)) == 1)
        out = text_base64url(sig, n);
    else
        err_set(err, ERR_DENIED, "the private key of the service account cannot be used");
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return out;
}

static char *assertion(const cJSON *t, const char *audience, const char *scope, struct err *err)
{
    const char *email = json_str(t, "client_email"), *pem = json_str(t, "private_key");
    if (!email || !pem) {
        err_set(err, ERR_DENIED, "the service account has no private key");
        return NULL;
    }
    static const char header[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";
    char *head = text_base64url((const unsigned char *)header, sizeof header - 1);
    char *claims = claims_part(email, audience, scope);
    char *text = xasprintf("%s.%s", head, claims), *sig = sign(text, pem, err);
    char *out = sig ? xasprintf("%s.%s", text, sig) : NULL;
    free(head);
    free(claims);
    free(text);
    free(sig);
    return out;
}

/* cr->refresh holds the service account's file: it is what access tokens are made from. */
static int vertex_renew_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, struct token_request *out, struct err *err)
{
    const char *token = data_need(d, KIND, "token", err);
    const char *scope = data_need(d, KIND, "scopes", err);
    if (!token || !scope)
        return -1;
    if (!cr->refresh)
        return err_set(err, ERR_DENIED, "account '%s' has no service account file", a->name);
    cJSON *t = json_parse(cr->refresh, strlen(cr->refresh), NULL);
    char *jwt = assertion(t, token, scope, err);
    json_wipe(t);
    if (!jwt)
        return -1;
    int r = request_begin(out, "POST", token, err);
    if (r == 0) {
        request_form(out, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        request_form(out, "assertion", jwt);
    }
    secret_free(jwt);
    return r;
}

static int vertex_import(
    const char *text, size_t n, struct account *a, struct credential *cr, struct err *err)
{
    cJSON *t = json_parse(text, n, err);
    if (!t)
        return err_prefix(err, "the service account file");
    const char *email = json_str(t, "client_email");
    int r = 0;
    if (!email || !json_str(t, "private_key")) {
        r = err_set(err, ERR_USAGE, "this is no service account file");
        err_hint(err, "Google Cloud: IAM, service accounts, keys, JSON");
    } else {
        secret_free(cr->refresh);
        cr->refresh = xstrndup(text, n);
        cr->expires = 1; /* there is no access token yet */
        cr->generation++;
        profile_set(a, "email", email);
        profile_set(a, "project", json_str(t, "project_id"));
    }
    json_wipe(t);
    return r;
}

static int vertex_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err)
{
    model = test_model(d, KIND, model, err);
    char *base = !model || ready(a, err) ? NULL : base_url(d, a, err);
    if (!base)
        return -1;
    bool claude = strstr(model, "claude") != NULL;
    char *url = address(a, base, model, claude, claude ? "rawPredict" : "generateContent");
    int r = request_begin(out, "POST", url, err);
    free(base);
    free(url);
    if (r)
        return r;
    out->wire = claude ? WIRE_ANTHROPIC : WIRE_GEMINI;
    request_bearer(out, cr->access);
    request_json_open(out);
    if (claude) {
        request_json_str(out, "anthropic_version", "vertex-2023-10-16");
        request_json_raw(out, "max_tokens", "1");
        request_json_raw(out, "messages", "[{\"role\":\"user\",\"content\":\"Hello\"}]");
    } else {
        request_json_raw(out, "contents", "[{\"role\":\"user\",\"parts\":[{\"text\":\"Hello\"}]}]");
        request_json_raw(out, "generationConfig", "{\"maxOutputTokens\":1}");
    }
    request_json_close(out);
    return 0;
}

const struct provider provider_vertex = {
    .kind = KIND,
    .service = SERVICE_GEMINI,
    .title = "Google Vertex AI with a service account",
    .login_modes = "import",
    .needs = "region",
    .serves = vertex_serves,
    .plan = vertex_plan,
    .judge = google_judge,
    .passes = passes_common,
    .renew_request = vertex_renew_request,
    .token_read = google_token_read,
    .test_request = vertex_test_request,
    .import = vertex_import,
};
