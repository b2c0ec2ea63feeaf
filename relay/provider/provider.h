/* One row a kind of upstream account: how to reach it, what its answers mean, how people sign in.
 * Adding a kind is one file and one row in provider.c. Endpoints come from providers.json
 * (provider data), which a reload picks up. */
#ifndef CRS_PROVIDER_H
#define CRS_PROVIDER_H

#include "common/buf.h"
#include "common/err.h"
#include "common/jscan.h"
#include "core/core.h"
#include "http1/body.h"
#include "http1/head.h"
#include "meter/usage.h"
#include "upstream/upstream.h"

/* Dialects: the API format that a client speaks. */
enum dialect { DIALECT_ANTHROPIC, DIALECT_RESPONSES, DIALECT_CHAT, DIALECT_GEMINI,
    DIALECT_GEMINI_INTERNAL, DIALECTS };
const char *dialect_name(enum dialect d); /* "anthropic", "responses", "chat", "gemini", "gemini-internal" */

enum operation { OP_MESSAGES, OP_COUNT_TOKENS, OP_RESPONSES, OP_COMPACT, OP_CHAT, OP_COMPLETIONS,
    OP_EMBEDDINGS, OP_IMAGES, OP_GENERATE, OP_STREAM_GENERATE, OP_EMBED, OP_INTERNAL, OP_MODELS,
    OP_MODEL, OPERATIONS };

/* Provider data: names to strings and lists, from providers.json. Immutable, refcounted. */
struct provider_data;
struct provider_data *provider_data_load(const char *path, struct err *err);
struct provider_data *provider_data_ref(struct provider_data *d);
void provider_data_unref(struct provider_data *d);
/* "claude", "api" -> "https://api.anthropic.com". NULL when absent. Valid as long as d. */
const char *provider_data_get(const struct provider_data *d, const char *kind, const char *name);

/* The client's request as far as a provider may look at it. */
struct ask {
    enum dialect dialect;
    enum operation op;
    const struct h1_head *head;  /* client's */
    const char *path, *query;    /* normalised path behind the route's prefix; raw query or "" */
    const char *model;           /* asked; "" none */
    const char *method_name;     /* of gemini-internal: "loadCodeAssist"; else "" */
    bool stream;
    struct body *body;           /* NULL: none */
    uint64_t model_begin, model_end; /* place of the model string in the body, quotes inside; 0,0 none */
    struct jscan_place stream_options, include_usage; /* members of the body, the second in the first */
};

/* What is changed between the client's request and the upstream's: nothing but this.
 *
 *  1. Credentials: authorization, proxy-authorization, x-api-key, x-goog-api-key, api-key,
 *     x-cr-api-key, cookie and `key=` of the query are taken out; the account's own credential is put
 *     in, and names of the client's own organisation, project or account are taken out with it.
 *  2. Fields of one hop: those of RFC 9110 7.6.1, what Connection nominates, host, content-length,
 *     expect, upgrade, sec-websocket-*; the upstream connection has its own.
 *  3. Traces of the way here: forwarded, via, x-forwarded-*, x-real-ip, x-client-ip,
 *     x-cluster-client-ip, true-client-ip, cf-*, cdn-loop, x-accel-*.
 *  4. accept-encoding is `identity`: usage is read from the passing bytes.
 *  5. The model name, when the account maps it (the string alone; all other bytes stay).
 *  6. What an API demands: for Claude OAuth tokens the value oauth-2025-04-20 is added to
 *     anthropic-beta when the client has not sent it, for Anthropic APIs anthropic-version 2023-06-01
 *     when the client names none. Other kinds say theirs in their own file.
 *  7. A chat or completions stream that does not ask for its usage: `stream_options.include_usage` is
 *     set, so that it can be booked, and the chunk that comes of it (`choices` empty, with `usage`) is
 *     kept from the client. Accounts with `ask_usage` off are asked as the client asked.
 *
 * No prompt is put in, no other client imitated, no identity rewritten.
 *
 * What to send. All strings heap, released by plan_release. */
struct plan {
    char *origin, *path; /* path with query */
    const char *method;
    struct buf fields;   /* header lines */
    struct body *body;   /* reference, or NULL */
    struct body_edits edits;
    char *model;         /* as sent */
    enum wire wire;      /* how to meter the answer (what the transform makes, unless that is
                          * metered before) */
    bool stream;         /* the upstream will stream */
    /* Turns the upstream's body bytes into the client's (event-stream frames, aggregation); NULL:
     * bytes pass unchanged. See dialect/transform.h. */
    struct transform *transform;
};
void plan_release(struct plan *p);

/* Answer of an upstream, for a verdict: head, and for errors the first bytes of the body. */
struct upstream_answer {
    enum call_fault fault;      /* CALL_OK: there is a head */
    const struct h1_head *head;
    const char *body;           /* at most 64 KiB */
    size_t n;
    int64_t now;
};

/* Signing in. */
struct login {               /* kept by oauth.begin until finish, 10 minutes */
    char id[24];
    char *kind, *mode;       /* mode: "code", "setup-token", "device" */
    char *state, *verifier, *url, *user_code, *device_code;
    char *code;              /* device: what a poll gave, when it must be exchanged for tokens yet */
    char *proxy, *proxy_user, *proxy_password;
    int64_t created, expires;
    int interval_s;          /* device: poll no faster */
};
void login_release(struct login *l); /* wipes and frees what is inside */
struct token_request {       /* one control call of a provider, to be made by fetch */
    char *origin, *path;
    const char *method;
    struct buf fields, body; /* wiped with the request */
    enum wire wire;          /* of a test: how its answer is metered */
};
void token_request_release(struct token_request *r);

#define PROFILE_MAX 4 /* questions of profile_request */

struct provider {
    const char *kind;
    enum service service;
    const char *title;      /* "Claude subscription (OAuth or setup token)" */
    const char *login_modes;/* "code setup-token import key": how account.add can be done */
    const char *needs;      /* settings that must be given: "url", "region", "" */
    /* Whether this kind can answer the ask at all, by dialect, operation and model. */
    bool (*serves)(const struct ask *ask);
    /* 0 and a plan for one attempt with this account. */
    int (*plan)(const struct provider_data *d, const struct account *a, const struct credential *cr,
        const struct ask *ask, struct plan *out, struct err *err);
    /* What the answer says of the account. Called for every answer and fault. With SAME_AGAIN, health
     * and until are what to record when no repeat is left. */
    void (*judge)(const struct account *a, const struct upstream_answer *ans, struct verdict *v);
    /* Whether an answer header may go to the client. */
    bool (*passes)(struct span name);
    /* Sign-in; NULL where the kind has none. begin sets mode, state, verifier and, in code modes, the
     * url to open. Device mode: the first login_request (no device_code yet) asks for a user code,
     * login_device reads the answer into l; each further login_request polls, and token_read or, where
     * the kind has one, login_poll says ERR_BUSY while the person has not confirmed. login_poll sets
     * l->code, which the next login_request exchanges. code: what was pasted, NULL in device mode. */
    int (*login_begin)(const struct provider_data *d, const char *mode, struct login *l, struct err *err);
    int (*login_request)(const struct provider_data *d, const struct login *l, const char *code,
        struct token_request *out, struct err *err);
    int (*login_device)(const struct provider_data *d, const struct fetch_answer *ans, int64_t now,
        struct login *l, struct err *err);
    int (*login_poll)(const struct fetch_answer *ans, struct login *l, struct err *err);
    /* Renewal of cr's access token. NULL: cannot be renewed. */
    int (*renew_request)(const struct provider_data *d, const struct account *a,
        const struct credential *cr, struct token_request *out, struct err *err);
    /* Reads a token answer (login or renewal) into cr; old values stay where it is silent, generation
     * goes up by one. a gets what the answer says of the account; NULL at renewals. ERR_DENIED: the
     * refresh token or code was refused for good; anything else may heal by itself. */
    int (*token_read)(const struct fetch_answer *ans, int64_t now, struct credential *cr,
        struct account *a, struct err *err);
    /* Profile and quota of an account, NULL where there is none: questions which = 0, 1, ... up to
     * PROFILE_MAX, each asked after the one before was read. profile_request: 1 when there is no
     * such question (which = 0 .. PROFILE_MAX - 1 may have gaps). Results go into a->profile (email,
     * name, plan, organisation, tier, and what the kind needs, as strings) and q. profile_read:
     * ERR_BUSY when the upstream works on it: the same question again a little later. */
    int (*profile_request)(const struct provider_data *d, const struct account *a,
        const struct credential *cr, int which, struct token_request *out, struct err *err);
    int (*profile_read)(int which, const struct fetch_answer *ans, int64_t now, struct account *a,
        struct quota *q, struct err *err);
    /* One tiny request that proves the account works. */
    int (*test_request)(const struct provider_data *d, const struct account *a,
        const struct credential *cr, const char *model, struct token_request *out, struct err *err);
    /* Takes over a file that the client wrote (~/.claude/.credentials.json). */
    int (*import)(const char *text, size_t n, struct account *a, struct credential *cr,
        struct err *err);
    bool several_keys;      /* an account may hold several API keys, of which one is in use */
};

/* Several keys of one account, which stand one a line, or with blanks or commas between: the first
 * goes into cr->access, those behind it wait in cr->extra. ERR_USAGE: none, or a kind of one key. */
int provider_take_keys(const struct provider *p, const char *text, struct credential *cr,
    struct err *err);
int provider_spare_keys(const struct account *a, const struct credential *cr);
/* A copy with the next key in the place of the refused one, which is forgotten. NULL: none is left. */
struct credential *provider_next_key(const struct account *a, const struct credential *cr);
/* A refused key, when there is another: the verdict becomes a renewal. True: so it is. */
bool provider_judge_key(const struct account *a, const struct credential *cr, struct verdict *v);

/* An error event inside an answer that began with 200: what it says of the account, by its type and
 * message. False: nothing. */
bool provider_judge_event(const struct account *a, const char *type, const char *message,
    int64_t now, struct verdict *v);
const struct provider *provider_by_kind(const char *kind);
const struct provider *const *providers(size_t *n);

/* Accepted paste forms: code, code#state, callback address with code= and state=; white space and line
 * breaks inside removed. Refuses a foreign state ("this code belongs to another sign-in"). code is
 * heap, to be wiped. */
int login_parse_paste(const struct login *l, const char *pasted, char **code, struct err *err);
/* Of a poll's answer (RFC 8628 3.5): it asks for longer pauses; why it refuses, for people, or NULL. */
bool login_slow_down(const struct fetch_answer *ans);
const char *login_refusal(const struct fetch_answer *ans);

#endif
