/* Gemini subscriptions (Code Assist, v1internal). What it demands beyond the client's request:
 *  - `project` names the account's own project; a client that has spoken to another account of the
 *    pool before sends that one's;
 *  - requests in the public Gemini format are put into the envelope {"model","project","request"},
 *    and the answers taken out of theirs; the request itself stays byte for byte. */
#include "provider/google_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "dialect/dialect.h"

#define KIND "gemini"

/* The method behind "v1internal:". */
static const char *internal_method(const struct ask *ask)
{
    return *ask->method_name ? ask->method_name : google_action(ask);
}

static bool gemini_serves(const struct ask *ask)
{
    if (ask->dialect == DIALECT_GEMINI_INTERNAL)
        return internal_method(ask) != NULL;
    return ask->dialect == DIALECT_GEMINI && google_action(ask) && ask->op != OP_EMBED;
}

static char *quoted(const char *s)
{
    struct buf q = BUF_INIT;
    json_quote(&q, s, strlen(s));
    return buf_steal(&q, NULL);
}

/* The member of the method by which a client names its project; NULL when it has none. */
static const char *project_member(const char *method)
{
    if (strcmp(method, "loadCodeAssist") == 0 || strcmp(method, "onboardUser") == 0)
        return "cloudaicompanionProject";
    return strcmp(method, "countTokens") == 0 ? NULL : "project";
}

/* Methods that do not work without a project. */
static bool project_needed(const char *method)
{
    return strcmp(method, "generateContent") == 0 || strcmp(method, "streamGenerateContent") == 0 ||
           strcmp(method, "retrieveUserQuota") == 0;
}

static int project_set(
    struct plan *out, const struct account *a, const struct ask *ask, struct err *err)
{
    const char *name = project_member(internal_method(ask)), *project = codeassist_project(a);
    if (!name || !project || !out->body || body_size(out->body) == 0)
        return 0;
    struct jscan *s = body_scan(out->body, &name, 1, err);
    if (!s)
        return -1;
    const struct jscan_hit *h = jscan_hit(s, 0);
    char *q = quoted(project), *with = xasprintf("\"%s\":%s,", name, q);
    int r = 0;
    if (h->kind == JSCAN_STRING && strcmp(h->text, project) != 0)
        body_edits_add(&out->edits, h->begin, h->end, q, strlen(q));
    else if (h->kind == JSCAN_ABSENT && project_needed(internal_method(ask)))
        r = edit_insert(out, with, err);
    free(with);
    free(q);
    jscan_free(s);
    return r;
}

/* {"model":M,"project":P,"request":BODY} around the client's bytes. */
static int envelope(
    struct plan *out, const struct account *a, const struct ask *ask, struct err *err)
{
    const char *project = codeassist_project(a);
    if (!out->body)
        return err_set(err, ERR_USAGE, "the request has no body");
    if (!project)
        return err_set(err, ERR_FAILED, "account '%s' has no project", a->name);
    struct buf head = BUF_INIT;
    buf_adds(&head, "{\"model\":");
    json_quote(&head, out->model, strlen(out->model));
    buf_adds(&head, ",\"project\":");
    json_quote(&head, project, strlen(project));
    buf_adds(&head, ",\"request\":");
    body_edits_add(&out->edits, 0, 0, head.data, head.len);
    uint64_t end = body_size(out->body);
    body_edits_add(&out->edits, end, end, "}", 1);
    buf_release(&head);
    out->transform = transform_unwrap(ask->stream);
    return 0;
}

/* {"request":{"model":"models/M", MEMBERS}} */
static int count_envelope(struct plan *out, struct err *err)
{
    if (!out->body)
        return err_set(err, ERR_USAGE, "the request has no body");
    struct buf members = BUF_INIT;
    char *model = xasprintf("models/%s", out->model);
    buf_adds(&members, "\"request\":{\"model\":");
    json_quote(&members, model, strlen(model));
    buf_addc(&members, ',');
    int r = edit_insert(out, members.data, err);
    uint64_t end = body_size(out->body);
    if (r == 0)
        body_edits_add(&out->edits, end, end, "}", 1);
    buf_release(&members);
    free(model);
    return r;
}

static int body_fit(
    struct plan *out, const struct account *a, const struct ask *ask, struct err *err)
{
    if (ask->dialect == DIALECT_GEMINI_INTERNAL)
        return project_set(out, a, ask, err);
    /* The model stands in the path, or not at all. */
    body_edits_release(&out->edits);
    return ask->op == OP_COUNT_TOKENS ? count_envelope(out, err) : envelope(out, a, ask, err);
}

static int gemini_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    static const char *const but[] = {"alt", NULL};
    const char *api = data_need(d, KIND, "api", err);
    bool internal = ask->dialect == DIALECT_GEMINI_INTERNAL;
    const char *method = internal ? internal_method(ask) : google_action(ask);
    if (!api)
        return -1;
    if (!method || !*method)
        return err_set(err, ERR_USAGE, "this account cannot serve the request");
    char *name = text_urlencode(method);
    char *path = xasprintf("/v1internal:%s%s", name, ask->stream ? "?alt=sse" : "");
    int r = plan_begin_query(out, a, ask, api, path, but, err);
    free(path);
    free(name);
    if (r)
        return -1;
    out->wire = strstr(method, "enerateContent") ? WIRE_GEMINI : WIRE_NONE;
    google_fields(out, ask);
    if (plan_secret(out, "authorization", "Bearer ", cr->access, err) || body_fit(out, a, ask, err))
        return plan_fail(out);
    return 0;
}

static int gemini_login_begin(
    const struct provider_data *d, const char *mode, struct login *l, struct err *err)
{
    return google_login_begin(d, KIND, mode, l, err);
}

static int gemini_login_request(const struct provider_data *d, const struct login *l,
    const char *code, struct token_request *out, struct err *err)
{
    return google_login_request(d, KIND, l, code, out, err);
}

static int gemini_renew_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, struct token_request *out, struct err *err)
{
    return google_renew_request(d, KIND, a, cr, out, err);
}

const struct provider provider_gemini = {
    .kind = KIND,
    .service = SERVICE_GEMINI,
    .title = "Gemini Code Assist (sign in with Google)",
    .login_modes = "code import",
    .needs = "",
    .serves = gemini_serves,
    .plan = gemini_plan,
    .judge = google_judge,
    .passes = passes_common,
    .login_begin = gemini_login_begin,
    .login_request = gemini_login_request,
    .renew_request = gemini_renew_request,
    .token_read = google_token_read,
    .profile_request = codeassist_profile_request,
    .profile_read = codeassist_profile_read,
    .test_request = codeassist_test_request,
    .import = google_import,
};
