/* The table of provider kinds, and the small records that go with them. */
#include "provider/provider_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/secret.h"
#include "dialect/transform.h"

static const struct provider *const table[] = {
    &provider_claude,
    &provider_claude_console,
    &provider_bedrock,
    &provider_ccr,
    &provider_codex,
    &provider_openai_responses,
    &provider_azure_openai,
    &provider_gemini,
    &provider_gemini_api,
    &provider_vertex,
    &provider_antigravity,
    &provider_droid,
};

const struct provider *const *providers(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}

const struct provider *provider_by_kind(const char *kind)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i]->kind, kind) == 0)
            return table[i];
    return NULL;
}

const char *dialect_name(enum dialect d)
{
    static const char *const names[DIALECTS] = {
        [DIALECT_ANTHROPIC] = "anthropic",
        [DIALECT_RESPONSES] = "responses",
        [DIALECT_CHAT] = "chat",
        [DIALECT_GEMINI] = "gemini",
        [DIALECT_GEMINI_INTERNAL] = "gemini-internal",
    };
    return names[d];
}

void plan_release(struct plan *p)
{
    free(p->origin);
    free(p->path);
    buf_wipe(&p->fields);
    body_unref(p->body);
    body_edits_release(&p->edits);
    free(p->model);
    if (p->transform)
        p->transform->free(p->transform);
    memset(p, 0, sizeof *p);
    buf_init(&p->fields);
}

void token_request_release(struct token_request *r)
{
    free(r->origin);
    secret_free(r->path); /* an API key may stand in a query */
    buf_wipe(&r->fields);
    buf_wipe(&r->body);
    r->origin = r->path = NULL;
}

void login_release(struct login *l)
{
    free(l->kind);
    free(l->mode);
    secret_free(l->state);
    secret_free(l->verifier);
    secret_free(l->url);
    secret_free(l->user_code);
    secret_free(l->device_code);
    secret_free(l->code);
    free(l->proxy);
    secret_free(l->proxy_user);
    secret_free(l->proxy_password);
    memset(l, 0, sizeof *l);
}
