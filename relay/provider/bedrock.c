/* Claude on AWS Bedrock. What it demands: the model in the path, `anthropic_version` in the body
 * instead of `model`, a SigV4 signature or a bearer token. Root members that InvokeModel refuses
 * are taken out. Streams come as AWS event streams and go on as server-sent events. */
#include "provider/claude_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/secret.h"
#include "dialect/dialect.h"
#include "provider/sigv4.h"

#define KIND "bedrock"
#define VERSION "\"anthropic_version\":\"bedrock-2023-05-31\""

static bool bedrock_serves(const struct ask *ask)
{
    return ask->dialect == DIALECT_ANTHROPIC && ask->op == OP_MESSAGES &&
           strncasecmp(ask->model, "ccr,", 4) != 0;
}

/* Inference profiles are named by the group of regions that they span. */
static const char *region_group(const char *region)
{
    return text_starts(region, "eu-") ? "eu." : text_starts(region, "ap-") ? "apac." : "us.";
}

/* The id by which Bedrock knows a model: as it is when it is one already, else by provider data. */
static char *model_id(const struct provider_data *d, const struct account *a, const char *model)
{
    const char *mapped = model_mapped(model, &a->set.model_map);
    model = mapped ? mapped : model;
    char *name = xstrndup(model, strcspn(model, "["));
    const char *id = provider_data_get(d, "bedrock-models", name);
    if (!id || text_starts(name, "arn:") || strstr(name, "anthropic."))
        return name;
    free(name);
    if (text_starts(id, "us."))
        return xasprintf("%s%s", region_group(a->set.region), id + 3);
    return xstrdup(id);
}

static char *base_url(const struct provider_data *d, const struct account *a, struct err *err)
{
    if (a->set.url && *a->set.url)
        return xstrdup(a->set.url);
    const char *api = data_need(d, KIND, "api", err);
    if (!api)
        return NULL;
    const char *place = strstr(api, "{region}");
    return place ? xasprintf("%.*s%s%s", (int)(place - api), api, a->set.region,
                       place + strlen("{region}"))
                 : xstrdup(api);
}

static int body_fit(struct plan *out, const struct ask *ask, struct err *err)
{
    static const char *const refused[] = {"stream", "context_management", "output_config",
        "service_tier", "container", "mcp_servers", "speed", "safeguards"};
    body_edits_release(&out->edits);
    if (!out->body || ask->model_end <= ask->model_begin)
        return err_set(err, ERR_USAGE, "the request names no model");
    struct jscan *s = body_scan(out->body, refused, sizeof refused / sizeof *refused, err);
    if (!s)
        return -1;
    int r = edit_member(out, "model", ask->model_begin, ask->model_end, VERSION, err);
    if (r == 0)
        r = edit_drop(out, s, refused, sizeof refused / sizeof *refused, err);
    jscan_free(s);
    return r;
}

static int authorize(
    struct plan *out, const struct account *a, const struct credential *cr, struct err *err)
{
    struct aws_keys k;
    if (aws_keys_read(&k, cr, err))
        return -1;
    int r = k.id ? sigv4_sign(out, &k, a->set.region, "bedrock", clock_now(), err)
                 : plan_secret(out, "authorization", "Bearer ", k.bearer, err);
    aws_keys_release(&k);
    return r;
}

static int bedrock_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    static const char *const but[] = {"accept", "content-type", "x-amz-*", NULL};
    if (!a->set.region || !*a->set.region)
        return err_set(err, ERR_FAILED, "account '%s' has no region", a->name);
    char *base = base_url(d, a, err);
    if (!base)
        return -1;
    /* The query is Anthropic's own, and would have to be signed. */
    struct ask bare = *ask;
    bare.query = "";
    char *id = model_id(d, a, ask->model), *enc = text_urlencode(id);
    char *path =
        xasprintf("/model/%s/%s", enc, ask->stream ? "invoke-with-response-stream" : "invoke");
    int r = plan_begin(out, a, &bare, base, path, err);
    free(path);
    free(enc);
    free(base);
    if (r) {
        free(id);
        return -1;
    }
    free(out->model);
    out->model = id;
    out->wire = WIRE_ANTHROPIC;
    fields_pass(&out->fields, ask->head, but);
    h1_add_fieldz(&out->fields, "accept", "application/json");
    h1_add_fieldz(&out->fields, "content-type", "application/json");
    if (body_fit(out, ask, err) || authorize(out, a, cr, err))
        return plan_fail(out);
    if (ask->stream)
        out->transform = transform_eventstream();
    return 0;
}

static void bedrock_judge(
    const struct account *a, const struct upstream_answer *ans, struct verdict *v)
{
    static const char *const stale[] = {
        "security token included in the request", "signature we calculated does not match", NULL};
    judge_by_class(a, ans, v);
    if (v->status == 403 && answer_says_any(ans, stale)) {
        judge_login(v, "AWS keys refused");
    } else if (v->status == 424) {
        judge_cooling(v, 0, "the model failed");
    }
}

/* Signs as a plan does: the test is a plan of an ask that we make ourselves. */
static int bedrock_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err)
{
    model = test_model(d, KIND, model, err);
    if (!model)
        return -1;
    struct buf text = BUF_INIT;
    buf_adds(&text, "{\"model\":");
    uint64_t begin = text.len;
    json_quote(&text, model, strlen(model));
    uint64_t end = text.len;
    buf_adds(&text, ",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
    struct h1_head *head = xcalloc(1, sizeof *head);
    struct body *body = body_create();
    body_add(body, text.data, text.len);
    struct ask ask = {.dialect = DIALECT_ANTHROPIC,
        .op = OP_MESSAGES,
        .head = head,
        .path = "",
        .query = "",
        .model = model,
        .method_name = "",
        .body = body,
        .model_begin = begin,
        .model_end = end};
    struct plan p;
    int r = bedrock_plan(d, a, cr, &ask, &p, err);
    if (r == 0) {
        char *url = xasprintf("%s%s", p.origin, p.path);
        r = request_begin(out, p.method, url, err);
        free(url);
        buf_reset(&out->fields);
        buf_add(&out->fields, p.fields.data, p.fields.len);
        struct iovec iov[16];
        uint64_t at = 0;
        for (int n; (n = body_iov(p.body, &p.edits, at, iov, 16)) > 0;)
            for (int i = 0; i < n; i++) {
                buf_add(&out->body, iov[i].iov_base, iov[i].iov_len);
                at += iov[i].iov_len;
            }
        plan_release(&p);
    }
    body_unref(body);
    free(head);
    buf_release(&text);
    return r;
}

/* The value of "name = value" in the lines from `at` up to the next section, heap; NULL. */
static char *ini_value(const char *at, const char *name)
{
    size_t n = strlen(name);
    for (; at && *at && *at != '['; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
        const char *p = at + strspn(at, " \t");
        if (strncmp(p, name, n) != 0 || !strchr(" \t=", p[n]))
            continue;
        p += n + strspn(p + n, " \t");
        if (*p++ != '=')
            continue;
        p += strspn(p, " \t");
        return xstrndup(p, strcspn(p, " \t\r\n"));
    }
    return NULL;
}

/* Behind the head of the section: "default" when there are several, else the only one. */
static const char *ini_section(const char *text)
{
    const char *at = strstr(text, "[default]"), *first = strchr(text, '[');
    if (!at && first && !strstr(first + 1, "\n["))
        at = first;
    at = at ? strchr(at, '\n') : NULL;
    return at ? at + 1 : NULL;
}

static void aws_take(struct credential *cr, const char *id, const char *secret, const char *session)
{
    secret_free(cr->access);
    cr->access = xasprintf("%s:%s%s%s", id, secret, session && *session ? ":" : "",
        session && *session ? session : "");
    cr->generation++;
}

/* ~/.aws/credentials, or what `aws configure export-credentials` prints. */
static int bedrock_import(
    const char *text, size_t n, struct account *a, struct credential *cr, struct err *err)
{
    (void)a;
    cJSON *t = text[strspn(text, " \r\n")] == '{' ? json_parse(text, n, NULL) : NULL;
    const char *at = t ? NULL : ini_section(text);
    const char *id_at = json_str(t, "AccessKeyId"), *secret_at = json_str(t, "SecretAccessKey");
    const char *session_at = json_str(t, "SessionToken");
    char *id = id_at ? xstrdup(id_at) : ini_value(at, "aws_access_key_id");
    char *secret = secret_at ? xstrdup(secret_at) : ini_value(at, "aws_secret_access_key");
    char *session = session_at ? xstrdup(session_at) : ini_value(at, "aws_session_token");
    int r = 0;
    if (id && *id && secret && *secret) {
        aws_take(cr, id, secret, session);
    } else {
        err_set(err, ERR_USAGE, "the file has no AWS keys");
        r = err_hint(err, "it is ~/.aws/credentials with aws_access_key_id and "
                          "aws_secret_access_key in its profile; of several give --profile NAME");
    }
    secret_free(id);
    secret_free(secret);
    secret_free(session);
    json_wipe(t);
    return r;
}

const struct provider provider_bedrock = {
    .kind = KIND,
    .service = SERVICE_CLAUDE,
    .title = "Claude on AWS Bedrock",
    .login_modes = "key import",
    .needs = "region",
    .serves = bedrock_serves,
    .plan = bedrock_plan,
    .judge = bedrock_judge,
    .passes = passes_common,
    .test_request = bedrock_test_request,
    .import = bedrock_import,
};
