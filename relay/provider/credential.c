/* What kinds with tokens share: the beginning of a renewal, of a test, and of an import. */
#include "provider/provider_int.h"

#include <stdlib.h>
#include "common/alloc.h"
#include "common/secret.h"

const char *renew_address(const struct provider_data *d, const char *kind, const struct account *a,
    const struct credential *cr, struct err *err)
{
    if (cr->refresh)
        return data_need(d, kind, "token", err);
    err_set(err, ERR_DENIED, "account '%s' has no refresh token", a->name);
    return NULL;
}

const char *renew_begin(const struct provider_data *d, const char *kind, const struct account *a,
    const struct credential *cr, struct token_request *out, struct err *err)
{
    const char *token = renew_address(d, kind, a, cr, err);
    const char *client = token ? data_need(d, kind, "client_id", err) : NULL;
    return client && request_begin(out, "POST", token, err) == 0 ? client : NULL;
}

void tokens_take(struct credential *cr, const char *access, const char *refresh, int64_t expires)
{
    secret_free(cr->access);
    secret_free(cr->refresh);
    cr->access = xstrdup(access ? access : "");
    cr->refresh = refresh && *refresh ? xstrdup(refresh) : NULL;
    cr->expires = expires;
    cr->generation++;
}

const char *test_model(
    const struct provider_data *d, const char *kind, const char *model, struct err *err)
{
    return model && *model ? model : data_need(d, kind, "test_model", err);
}

const char *test_model_of(const struct provider_data *d, const char *kind, const struct account *a,
    const char *model, struct err *err)
{
    model = test_model(d, kind, model, err);
    const char *mapped = model ? model_mapped(model, &a->set.model_map) : NULL;
    return mapped ? mapped : model;
}

int test_begin(struct token_request *out, const char *base, const char *path, struct err *err)
{
    char *url = xasprintf("%s%s", base, path);
    int r = request_begin(out, "POST", url, err);
    free(url);
    return r;
}
