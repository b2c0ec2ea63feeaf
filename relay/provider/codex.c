/* ChatGPT accounts towards the backend of Codex. What it demands beyond OpenAI's API:
 *  - chatgpt-account-id, naming the account that the token belongs to;
 *  - `stream` true and `store` false in the body, and `instructions`, which may be "". Codex' own
 * clients send what is demanded; where another client does not, these members are set, and one that
 * did not ask for a stream gets the whole answer collected from it;
 *  - no member that it does not know: it refuses the whole request for one (refused[]). These are
 * left out. What would change the meaning of the request (previous_response_id) is not: there its
 * refusal is the honest answer. */
#include "provider/openai_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "dialect/dialect.h"

#define KIND "codex"

static bool codex_serves(const struct ask *ask)
{
    return ask->dialect == DIALECT_RESPONSES && (ask->op == OP_RESPONSES || ask->op == OP_COMPACT);
}

static int set_member(struct plan *out, const struct jscan_hit *h, const char *name,
    enum jscan_kind wanted, const char *member, struct err *err)
{
    if (h->kind == wanted)
        return 0;
    if (h->kind != JSCAN_ABSENT)
        return edit_member(out, name, h->begin, h->end, member, err);
    char *with = xasprintf("%s,", member);
    int r = edit_insert(out, with, err);
    free(with);
    return r;
}

/* Members of OpenAI's API that this backend answers with "Unsupported parameter". */
static const char *const refused[] = {"temperature", "top_p", "max_output_tokens", "user",
    "metadata", "truncation", "frequency_penalty", "presence_penalty", "prompt_cache_retention",
    "safety_identifier", "stream_options"};
#define REFUSED (sizeof refused / sizeof *refused)

static const struct {
    const char *name, *member;
    enum jscan_kind wanted;
} demanded[] = {
    {"stream", "\"stream\":true", JSCAN_TRUE},
    {"store", "\"store\":false", JSCAN_FALSE},
    {"instructions", "\"instructions\":\"\"", JSCAN_STRING},
};
#define DEMANDED (sizeof demanded / sizeof *demanded)

static int demand(struct plan *out, const struct ask *ask, struct err *err)
{
    const char *names[DEMANDED];
    /* Codex' clients name themselves in `originator` and send what is demanded: no second reading
     * of their bodies. If one did not, the upstream would say so. */
    if (ask->stream && h1_get(ask->head, "originator").p)
        return 0;
    for (size_t i = 0; i < DEMANDED; i++)
        names[i] = demanded[i].name;
    struct jscan *s = body_scan(out->body, names, DEMANDED, err);
    int r = s ? 0 : -1;
    for (size_t i = 0; i < DEMANDED && r == 0; i++)
        r = set_member(out, jscan_hit(s, i), names[i], demanded[i].wanted, demanded[i].member, err);
    jscan_free(s);
    s = r ? NULL : body_scan(out->body, refused, REFUSED, err);
    if (!s)
        return -1;
    r = edit_drop(out, s, refused, REFUSED, err);
    jscan_free(s);
    return r;
}

static int codex_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    const char *api = data_need(d, KIND, "api", err);
    const char *id = json_str(a->profile, "account_id");
    if (!api)
        return -1;
    if (!id)
        return err_set(err, ERR_FAILED, "account '%s' has no ChatGPT account id", a->name);
    if (plan_begin(out, a, ask, api, openai_path(ask), err))
        return -1;
    out->wire = WIRE_RESPONSES;
    openai_fields(out, ask);
    if (plan_secret(out, "authorization", "Bearer ", cr->access, err) ||
        plan_secret(out, "chatgpt-account-id", "", id, err))
        return plan_fail(out);
    if (ask->op == OP_COMPACT || !out->body)
        return 0;
    if (demand(out, ask, err))
        return plan_fail(out);
    out->stream = true;
    if (!ask->stream)
        out->transform = transform_collect_responses();
    return 0;
}

static int codex_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err)
{
    const char *api = data_need(d, KIND, "api", err);
    model = test_model(d, KIND, model, err);
    if (!api || !model || test_begin(out, api, "/responses", err))
        return -1;
    const char *id = json_str(a->profile, "account_id");
    request_bearer(out, cr->access);
    out->wire = WIRE_RESPONSES;
    request_field(out, "chatgpt-account-id", id ? id : "");
    request_json_open(out);
    request_json_str(out, "model", model);
    request_json_str(out, "instructions", "");
    request_json_raw(out, "input",
        "[{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
        "\"text\":\"Hello\"}]}]");
    request_json_raw(out, "store", "false");
    request_json_raw(out, "stream", "true");
    request_json_close(out);
    return 0;
}

const struct provider provider_codex = {
    .kind = KIND,
    .service = SERVICE_OPENAI,
    .title = "ChatGPT subscription (Codex)",
    .login_modes = "code device import",
    .needs = "",
    .serves = codex_serves,
    .plan = codex_plan,
    .judge = codex_judge,
    .passes = passes_common,
    .login_begin = codex_login_begin,
    .login_request = codex_login_request,
    .login_device = codex_login_device,
    .login_poll = codex_login_poll,
    .renew_request = codex_renew_request,
    .token_read = codex_token_read,
    .profile_request = codex_profile_request,
    .profile_read = codex_profile_read,
    .test_request = codex_test_request,
    .import = codex_import,
};
