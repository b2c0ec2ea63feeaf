/* What the kinds that speak Anthropic's API share, private to this room. */
#ifndef CRS_PROVIDER_CLAUDE_INT_H
#define CRS_PROVIDER_CLAUDE_INT_H

#include "provider/provider_int.h"

/* Messages and token counts in the Anthropic dialect. */
bool anthropic_serves(const struct ask *ask);
const char *anthropic_path(const struct ask *ask);
/* The client's fields; beta (may be NULL) is added to anthropic-beta. */
void anthropic_fields(struct plan *out, const struct ask *ask, const char *beta);

/* quota.* from anthropic-ratelimit-unified-* (subscriptions) and anthropic-ratelimit-* (API keys).
 */
void claude_quota(const struct upstream_answer *ans, struct quota *q);
void claude_judge(const struct account *a, const struct upstream_answer *ans, struct verdict *v);
/* API keys and other hosts that speak Anthropic's API. */
void console_judge(const struct account *a, const struct upstream_answer *ans, struct verdict *v);
int claude_profile_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, int which, struct token_request *out, struct err *err);
int claude_profile_read(int which, const struct fetch_answer *ans, int64_t now, struct account *a,
    struct quota *q, struct err *err);
int console_plan(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const struct ask *ask, struct plan *out, struct err *err);
int console_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err);
/* Credential field by the key's look: x-api-key for Anthropic's own keys, Bearer for others. */
int anthropic_key(struct plan *out, const char *key, struct err *err);
/* "https://host/base", "…/v1" or "…/v1/messages" -> the part before /v1. Heap. */
char *anthropic_base(const char *url);

#endif
