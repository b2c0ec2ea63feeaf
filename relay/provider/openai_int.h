/* What the kinds that speak OpenAI's APIs share, private to this room. */
#ifndef CRS_PROVIDER_OPENAI_INT_H
#define CRS_PROVIDER_OPENAI_INT_H

#include "provider/provider_int.h"

/* Path of an operation behind /v1: "/responses", "/chat/completions", ...; NULL when it is none. */
const char *openai_path(const struct ask *ask);
enum wire openai_wire(const struct ask *ask);
/* The client's fields without those that name its own organisation or account. */
void openai_fields(struct plan *out, const struct ask *ask);
/* API keys: x-ratelimit-* counters, quota and limit errors. */
void openai_judge(const struct account *a, const struct upstream_answer *ans, struct verdict *v);
/* The end that a usage limit error tells (resets_at, resets_in_seconds): ms; 0: none. */
int64_t openai_error_until(const cJSON *error, int64_t now);
/* ChatGPT accounts: x-codex-* windows besides. */
void codex_judge(const struct account *a, const struct upstream_answer *ans, struct verdict *v);
int codex_profile_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, int which, struct token_request *out, struct err *err);
int codex_profile_read(int which, const struct fetch_answer *ans, int64_t now, struct account *a,
    struct quota *q, struct err *err);
/* login.c of the kind: what its row needs. */
int codex_login_begin(
    const struct provider_data *d, const char *mode, struct login *l, struct err *err);
int codex_login_request(const struct provider_data *d, const struct login *l, const char *code,
    struct token_request *out, struct err *err);
int codex_login_device(const struct provider_data *d, const struct fetch_answer *ans, int64_t now,
    struct login *l, struct err *err);
int codex_login_poll(const struct fetch_answer *ans, struct login *l, struct err *err);
int codex_renew_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, struct token_request *out, struct err *err);
int codex_token_read(const struct fetch_answer *ans, int64_t now, struct credential *cr,
    struct account *a, struct err *err);
int codex_import(
    const char *text, size_t n, struct account *a, struct credential *cr, struct err *err);

#endif
