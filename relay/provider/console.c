/* Claude by API key: Anthropic's own API, or another host that speaks it. */
#include "provider/claude_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

#define KIND "claude-console"

char *anthropic_base(const char *url)
{
    static const char *const tails[] = {"/v1/messages", "/v1"};
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        n--;
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        size_t t = strlen(tails[i]);
        if (n > t && strncmp(url + n - t, tails[i], t) == 0) {
            n -= t;
            break;
        }
    }
    return xstrndup(url, n);
}

/* Anthropic's own keys go into x-api-key; the tokens of other hosts are Bearer tokens. */
static bool own_key(const char *key)
{
    return text_starts(key, "sk-ant-") && !text_starts(key, "sk-ant-oat");
}

int anthropic_key(struct plan *out, const char *key, struct err *err)
{
    if (key && own_key(key))
        return plan_secret(out, "x-api-key", "", key, err);
    return plan_secret(out, "authorization", "Bearer ", key, err);
}

static const char *console_url(
    const struct provider_data *d, const struct account *a, struct err *err)
{
    return a->set.url && *a->set.url ? a->set.url : data_need(d, KIND, "api", err);
}

static bool console_serves(const struct ask *ask)
{
    return anthropic_serves(ask) && strncasecmp(ask->model, "ccr,", 4) != 0;
}

int console_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    buf_init(&out->fields);
    const char *url = console_url(d, a, err);
    if (!url)
        return -1;
    char *base = anthropic_base(url);
    int r = plan_begin(out, a, ask, base, anthropic_path(ask), err);
    free(base);
    if (r)
        return -1;
    out->wire = ask->op == OP_MESSAGES ? WIRE_ANTHROPIC : WIRE_NONE;
    anthropic_fields(out, ask, NULL);
    if (anthropic_key(out, cr->access, err)) {
        return plan_fail(out);
    }
    return 0;
}

int console_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err)
{
    const char *url = console_url(d, a, err);
    model = test_model_of(d, KIND, a, model, err);
    if (!url || !model)
        return -1;
    char *base = anthropic_base(url);
    int r = test_begin(out, base, "/v1/messages", err);
    free(base);
    if (r)
        return r;
    if (cr->access && own_key(cr->access))
        request_field(out, "x-api-key", cr->access);
    else
        request_bearer(out, cr->access);
    request_hello_anthropic(out, model);
    return 0;
}

const struct provider provider_claude_console = {
    .kind = KIND,
    .service = SERVICE_CLAUDE,
    .title = "Claude by API key, or a host that speaks Anthropic's API",
    .login_modes = "key",
    .needs = "",
    .serves = console_serves,
    .plan = console_plan,
    .judge = console_judge,
    .passes = passes_common,
    .test_request = console_test_request,
};
