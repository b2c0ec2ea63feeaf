/* What provider kinds share, private to this room. */
#ifndef CRS_PROVIDER_INT_H
#define CRS_PROVIDER_INT_H

#include "common/jscan.h"
#include "provider/provider.h"

extern const struct provider provider_claude, provider_claude_console, provider_ccr,
    provider_bedrock, provider_vertex, provider_codex, provider_openai_responses,
    provider_azure_openai, provider_gemini, provider_gemini_api, provider_antigravity,
    provider_droid;

/* --- request.c: addresses and small requests ------------------------------------------------- */

/* "https://host:1/base/" -> origin "https://host:1", path "/base" (no slash at its end). Refuses
 * what is not http(s), user names, queries and fragments. Both heap. */
int url_split(const char *url, char **origin, char **path, struct err *err);
/* provider_data_get, or an error that names what is missing. */
const char *data_need(
    const struct provider_data *d, const char *kind, const char *name, struct err *err);
/* Begins out: method, and where url (with its path and query) leads. */
int request_begin(struct token_request *out, const char *method, const char *url, struct err *err);
void request_field(struct token_request *out, const char *name, const char *value);
void request_bearer(struct token_request *out, const char *token);
/* JSON bodies by hand, so that secrets lie in one buffer that is wiped: open, members, close. */
void request_json_open(struct token_request *out);
void request_json_str(struct token_request *out, const char *name, const char *value);
void request_json_raw(struct token_request *out, const char *name, const char *json);
void request_json_close(struct token_request *out);
/* name=value of a form body; sets the content type with the first one. */
void request_form(struct token_request *out, const char *name, const char *value);
/* The one-line test that Anthropic-shaped APIs answer. */
void request_hello_anthropic(struct token_request *out, const char *model);

/* --- credential.c: what kinds with tokens share ------------------------------------------------ */

/* Where the refresh token goes; NULL when there is none (ERR_DENIED), or no such address. */
const char *renew_address(const struct provider_data *d, const char *kind, const struct account *a,
    const struct credential *cr, struct err *err);
/* Begins the renewal there. Gives the client id of the provider data; NULL when it cannot be. */
const char *renew_begin(const struct provider_data *d, const char *kind, const struct account *a,
    const struct credential *cr, struct token_request *out, struct err *err);
/* The tokens of an imported file, instead of the old ones. access NULL: none yet; refresh NULL or "":
 * none. expires: wall ms. */
void tokens_take(struct credential *cr, const char *access, const char *refresh, int64_t expires);
/* The model to test with: the one named, else the kind's own; NULL when there is none. */
const char *test_model(
    const struct provider_data *d, const char *kind, const char *model, struct err *err);
/* The same, as the account maps it. */
const char *test_model_of(const struct provider_data *d, const char *kind, const struct account *a,
    const char *model, struct err *err);
/* Begins a POST to base and the path behind it. */
int test_begin(struct token_request *out, const char *base, const char *path, struct err *err);

/* --- pass.c: fields both ways ---------------------------------------------------------------- */

/* Adds the client's fields that may go on (see provider.h), but none of `but` (NULL-ended, may be
 * NULL), then accept-encoding. */
void fields_pass(struct buf *out, const struct h1_head *head, const char *const *but);
/* All values of a field, joined by commas, with `value` behind them unless it is among them. */
void fields_join(struct buf *out, const struct h1_head *head, const char *name, const char *value);
/* Path and the client's query without key=, and without the names in `but`. Heap. */
char *path_with_query(const char *path, const char *query, const char *const *but);
/* The answer fields that any kind may let through. */
bool passes_common(struct span name);

/* --- plan.c ----------------------------------------------------------------------------------- */

/* Begins a plan: url's origin, its path and `path` behind it with the client's query; POST (GET for
 * model lists); body by reference; the model mapped by the account's map, with the edit. */
int plan_begin(struct plan *out, const struct account *a, const struct ask *ask, const char *url,
    const char *path, struct err *err);
/* Replaces the model string in the body by another name; nothing when there is no place for it. */
void plan_model(struct plan *out, const struct ask *ask, const char *model);
/* The same for a kind with a query of its own: the client's parameters `but` are left out. */
int plan_begin_query(struct plan *out, const struct account *a, const struct ask *ask,
    const char *url, const char *path, const char *const *but, struct err *err);
/* For a kind that fails half way: releases, gives -1. */
int plan_fail(struct plan *out);
/* Adds a credential field "name: prefix value"; -1 when the credential is missing or has bytes that
 * no field can carry. */
int plan_secret(
    struct plan *out, const char *name, const char *prefix, const char *secret, struct err *err);

/* --- usage_ask.c ------------------------------------------------------------------------------ */

/* A chat or completions stream tells its usage only when asked: asks where the client did not, and
 * keeps from the client what comes of it. Sets out->transform. */
int plan_ask_usage(
    struct plan *out, const struct account *a, const struct ask *ask, struct err *err);

/* --- edit.c: a client's body, changed where an upstream cannot take it as it is -----------------
 */

/* Finds root members of a JSON body. The hits live in the scanner; NULL when it is no JSON object.
 */
struct jscan *body_scan(const struct body *b, const char *const *paths, size_t n, struct err *err);
/* Bytes from a place on; gives how many there are. */
size_t body_peek(const struct body *b, uint64_t from, char *p, size_t n);
/* Replaces the whole member `name` whose value lies at [begin, end), key included, by `with`. */
int edit_member(struct plan *out, const char *name, uint64_t begin, uint64_t end, const char *with,
    struct err *err);
/* Takes out those of the scanned members that are there, with the commas that go with them. */
int edit_drop(
    struct plan *out, const struct jscan *s, const char *const *paths, size_t n, struct err *err);
/* Puts `members` (with the comma behind them) right behind the opening brace. */
int edit_insert(struct plan *out, const char *members, struct err *err);

/* --- times.c -----------------------------------------------------------------------------------
 */

#define WAIT_MAX (30 * MS_MINUTE) /* of a retry-after that is believed */

/* retry-after-ms, or retry-after as seconds or HTTP date: ms from now, at most WAIT_MAX; -1 none.
 */
int64_t answer_wait(const struct upstream_answer *ans);
/* A moment as epoch seconds (fractions allowed), epoch ms, or RFC 3339: wall ms; 0 when it is none.
 */
int64_t time_read(struct span s);
/* A span as "1.5s", "6m0s", "20ms", "2h" or bare seconds: ms; -1 when it is none. */
int64_t span_read(struct span s);
/* A decimal number; -1 when it is none. Strangers' numbers: at most 1e15. */
double number_read(struct span s);

/* --- judge.c ------------------------------------------------------------------------------------
 */

/* The verdict by fault and status class, for kinds to refine. Sets status and reason. */
void judge_by_class(const struct account *a, const struct upstream_answer *ans, struct verdict *v);
/* 401 of a kind whose tokens can be renewed. */
void judge_renewable(const struct account *a, struct verdict *v);
void judge_limited(struct verdict *v, int64_t until, const char *reason);
void judge_same_again(struct verdict *v, int64_t retry_ms, const char *reason);
void judge_client(struct verdict *v, const char *reason);
void judge_blocked(struct verdict *v, const char *reason);
void judge_login(struct verdict *v, const char *reason);
void judge_cooling(struct verdict *v, int64_t until, const char *reason);
/* Whether the body has the text, ASCII case ignored. */
bool answer_says(const struct upstream_answer *ans, const char *text);
bool answer_says_any(const struct upstream_answer *ans, const char *const *texts);
struct span answer_field(const struct upstream_answer *ans, const char *name);
/* x-ratelimit style: share used from PREFIX-limit-WHAT and PREFIX-remaining-WHAT. */
/* The names are static: the window remembers which field told it. */
void quota_by_counts(struct window_use *w, const struct upstream_answer *ans, const char *limit,
    const char *remaining, const char *reset);
/* The "error" object of a JSON error body; NULL when there is none. Free *tree. */
const cJSON *answer_error(const struct upstream_answer *ans, cJSON **tree);

/* --- login.c
 * -------------------------------------------------------------------------------------- */

/* New state and verifier into l, the S256 challenge of it as heap text. */
char *login_pkce(struct login *l);
/* Adds "&name=value" ("?" when first) with the value percent-encoded. */
void url_query_add(struct buf *url, const char *name, const char *value);

/* An OAuth token answer (RFC 6749 5.1, 5.2). */
struct token_answer {
    cJSON *tree;
    const char *access, *refresh; /* borrowed; refresh NULL when silent */
    int64_t expires;              /* wall ms, 0: not said */
};
int token_answer_read(
    struct token_answer *t, const struct fetch_answer *ans, int64_t now, struct err *err);
/* Puts it into the credential; frees the tree after wiping the secrets in it. */
void token_answer_take(struct token_answer *t, struct credential *cr, int64_t now);
/* Sets a string member of a->profile; NULL or "" leaves it as it is. */
void profile_set(struct account *a, const char *name, const char *value);
/* A whole JSON answer with status 200, or the reason why not. */
cJSON *answer_json(const struct fetch_answer *ans, struct err *err);
/* The claims of a JSON Web Token, not verified: they only tell us about our own account. NULL. */
cJSON *jwt_claims(const char *token);
/* Wipes the string values of a tree, then deletes it. */
void json_wipe(cJSON *tree);

#endif
