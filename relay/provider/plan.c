/* What the plans of all kinds begin with. */
#include "provider/provider_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"

void plan_model(struct plan *out, const struct ask *ask, const char *model)
{
    free(out->model);
    out->model = xstrdup(model);
    if (!out->body || ask->model_end <= ask->model_begin)
        return;
    struct buf q = BUF_INIT;
    json_quote(&q, model, strlen(model));
    body_edits_add(&out->edits, ask->model_begin, ask->model_end, q.data, q.len);
    buf_release(&q);
}

int plan_begin(struct plan *out, const struct account *a, const struct ask *ask, const char *url,
    const char *path, struct err *err)
{
    return plan_begin_query(out, a, ask, url, path, NULL, err);
}

int plan_fail(struct plan *out)
{
    plan_release(out);
    return -1;
}

int plan_begin_query(struct plan *out, const struct account *a, const struct ask *ask,
    const char *url, const char *path, const char *const *but, struct err *err)
{
    memset(out, 0, sizeof *out);
    buf_init(&out->fields);
    char *base;
    if (url_split(url, &out->origin, &base, err))
        return -1;
    char *whole = xasprintf("%s%s", base, path);
    out->path = path_with_query(whole, ask->query, but);
    free(whole);
    free(base);
    out->method = ask->op == OP_MODELS || ask->op == OP_MODEL ? "GET" : "POST";
    out->body = ask->body ? body_ref(ask->body) : NULL;
    out->stream = ask->stream;
    const char *mapped = *ask->model ? model_mapped(ask->model, &a->set.model_map) : NULL;
    if (mapped && strcmp(mapped, ask->model) != 0)
        plan_model(out, ask, mapped);
    else
        out->model = xstrdup(ask->model);
    return 0;
}

int plan_secret(
    struct plan *out, const char *name, const char *prefix, const char *secret, struct err *err)
{
    if (!secret || !*secret)
        return err_set(err, ERR_FAILED, "the account has no credential");
    char *v = xasprintf("%s%s", prefix, secret);
    int bad = h1_add_fieldz(&out->fields, name, v);
    explicit_bzero(v, strlen(v));
    free(v);
    if (bad)
        return err_set(err, ERR_FAILED,
            "the credential of the account has characters that no "
            "header can carry");
    return 0;
}
