/* What Google's kinds share, private to this room. */
#ifndef CRS_PROVIDER_GOOGLE_INT_H
#define CRS_PROVIDER_GOOGLE_INT_H

#include "provider/provider_int.h"

/* The client's fields without those that name its own project or key. */
void google_fields(struct plan *out, const struct ask *ask);
/* ":generateContent" and its like; NULL when Google's APIs have no such operation. */
const char *google_action(const struct ask *ask);
enum wire google_wire(const struct ask *ask);
/* Errors with details: RetryInfo, ErrorInfo. Keys (login "key") are refused with 400 there. */
void google_judge(const struct account *a, const struct upstream_answer *ans, struct verdict *v);

/* OAuth of Code Assist (Gemini CLI) and Antigravity; kind names the section of provider data.
 * Client id and secret are not ours to ship: they come from provider data, or from the account's
 * own credential (extra: {"client_id","client_secret"}). */
int google_login_begin(const struct provider_data *d, const char *kind, const char *mode,
    struct login *l, struct err *err);
int google_login_request(const struct provider_data *d, const char *kind, const struct login *l,
    const char *code, struct token_request *out, struct err *err);
int google_renew_request(const struct provider_data *d, const char *kind, const struct account *a,
    const struct credential *cr, struct token_request *out, struct err *err);
int google_token_read(const struct fetch_answer *ans, int64_t now, struct credential *cr,
    struct account *a, struct err *err);
/* ~/.gemini/oauth_creds.json and files alike. */
int google_import(
    const char *text, size_t n, struct account *a, struct credential *cr, struct err *err);

/* Code Assist: project and tier of an account (loadCodeAssist, onboardUser), what is left of its
 * quota (retrieveUserQuota). */
const char *codeassist_project(const struct account *a);
int codeassist_profile_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, int which, struct token_request *out, struct err *err);
int codeassist_profile_read(int which, const struct fetch_answer *ans, int64_t now,
    struct account *a, struct quota *q, struct err *err);
int codeassist_test_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, const char *model, struct token_request *out, struct err *err);

#endif
