/* Antigravity accounts: signing in, keeping and testing them. No client's dialect is served by them
 * as it is: their API takes requests only from a client that names itself Antigravity. */
#include "provider/google_int.h"

#define KIND "antigravity"

static bool antigravity_serves(const struct ask *ask)
{
    (void)ask;
    return false;
}

static int antigravity_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    (void)d;
    (void)cr;
    (void)ask;
    (void)out;
    return err_set(err, ERR_USAGE, "account '%s' serves no requests", a->name);
}

static int antigravity_login_begin(
    const struct provider_data *d, const char *mode, struct login *l, struct err *err)
{
    return google_login_begin(d, KIND, mode, l, err);
}

static int antigravity_login_request(const struct provider_data *d, const struct login *l,
    const char *code, struct token_request *out, struct err *err)
{
    return google_login_request(d, KIND, l, code, out, err);
}

static int antigravity_renew_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, struct token_request *out, struct err *err)
{
    return google_renew_request(d, KIND, a, cr, out, err);
}

/* The list of models: the one call that needs no model and proves the token. */
static int antigravity_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err)
{
    (void)a;
    (void)model;
    const char *url = data_need(d, KIND, "models", err);
    if (!url || request_begin(out, "POST", url, err))
        return -1;
    out->wire = WIRE_NONE;
    request_bearer(out, cr->access);
    request_json_open(out);
    request_json_close(out);
    return 0;
}

const struct provider provider_antigravity = {
    .kind = KIND,
    .service = SERVICE_GEMINI,
    .title = "Antigravity (sign in with Google): kept and tested only",
    .login_modes = "code import",
    .needs = "",
    .serves = antigravity_serves,
    .plan = antigravity_plan,
    .judge = google_judge,
    .passes = passes_common,
    .login_begin = antigravity_login_begin,
    .login_request = antigravity_login_request,
    .renew_request = antigravity_renew_request,
    .token_read = google_token_read,
    .test_request = antigravity_test_request,
    .import = google_import,
};
