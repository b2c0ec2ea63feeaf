/* Another host that speaks Anthropic's API, chosen by the client with "ccr,MODEL". */
#include "provider/claude_int.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "ccr,"

static const char *bare_model(const char *model)
{
    if (strncasecmp(model, PREFIX, strlen(PREFIX)) != 0)
        return NULL;
    model += strlen(PREFIX);
    return model + strspn(model, " ");
}

static bool ccr_serves(const struct ask *ask)
{
    return anthropic_serves(ask) && bare_model(ask->model) != NULL;
}

static int ccr_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err)
{
    struct ask bare = *ask;
    bare.model = bare_model(ask->model);
    if (!bare.model)
        return err_set(err, ERR_USAGE, "model '%s' does not begin with '" PREFIX "'", ask->model);
    if (console_plan(d, a, cr, &bare, out, err))
        return -1;
    /* A mapped name is in its place already. */
    if (out->edits.n == 0)
        plan_model(out, ask, bare.model);
    return 0;
}

const struct provider provider_ccr = {
    .kind = "ccr",
    .service = SERVICE_CLAUDE,
    .title = "A host that speaks Anthropic's API, for models asked as ccr,MODEL",
    .login_modes = "key",
    .needs = "url",
    .serves = ccr_serves,
    .plan = ccr_plan,
    .judge = console_judge,
    .passes = passes_common,
    .test_request = console_test_request,
};
