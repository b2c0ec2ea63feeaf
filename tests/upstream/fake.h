/* The fake upstream: a small server that speaks the real formats and misbehaves on command. It
 * trusts its client (the relay under test), counts exactly what it reported, and records what
 * reached it.
 *
 * Commands stand in the last user text: "[[fake: status=429 retry_after=30 words=5 cut=3]]", or
 * come as rules for a credential through POST /fake/rule. See directive.c for the words.
 */
#ifndef CRS_TESTS_FAKE_H
#define CRS_TESTS_FAKE_H

#include <cjson/cJSON.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#define FAKE_HEADERS 64

struct header {
    char *name, *value;
};
struct request {
    char method[16];
    char *target, *path, *query; /* path and query point into target's copy */
    struct header headers[FAKE_HEADERS];
    int n_headers;
    char *body;
    size_t body_len;
    char *credential; /* what authenticated it: the token or key alone */
};
const char *request_header(const struct request *r, const char *name);
char *request_query(const struct request *r, const char *name); /* heap, decoded; NULL */

/* What a directive asks for; numbers -1 when not given. */
struct directive {
    int status;
    long retry_after, delay, event_delay, words, cut, reset, hang, fail, split, pings, exit_at;
    long in, out, cache5, cache1, read, search, reasoning;
    bool thinking, garbage, no_usage, early_close, overload_event, bare_error;
    char *error, *message, *tool, *tool_input, *model, *stop;
    struct header headers[16];
    int n_headers;
};
void directive_init(struct directive *d);
void directive_release(struct directive *d);
void directive_parse(struct directive *d, const char *text); /* the words inside [[fake: ...]] */
/* Finds "[[fake: ...]]" in text and parses it; later words win. */
void directive_find(struct directive *d, const char *text);

/* Tokens by class, as reported so far. */
struct tokens {
    int64_t input, output, cache5, cache1, read, search;
};

struct fake; /* the server's state */
struct conn; /* one connection */

/* An answer is a list of steps, run one after the other. */
enum step_kind { STEP_WRITE, STEP_DELAY, STEP_CLOSE, STEP_RESET, STEP_HANG, STEP_COUNT };
void answer_write(struct conn *c, const void *bytes, size_t n);
void answer_printf(struct conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void answer_delay(struct conn *c, long ms);
void answer_close(struct conn *c);
void answer_reset(struct conn *c);
void answer_hang(struct conn *c); /* nothing more until the peer leaves */
/* When this step is reached the tokens are counted as reported to that credential and model, in the
 * answer of that id. done: it was its last word. */
void answer_count(
    struct conn *c, const char *id, const char *model, const struct tokens *t, bool done);
/* A whole answer with a length; extra: header lines with CRLF or NULL. */
void answer_json(struct conn *c, int status, const char *extra, const cJSON *body);
void answer_text(struct conn *c, int status, const char *type, const char *extra, const char *body);
/* Starts a chunked answer, and one chunk of it (in pieces of d->split bytes). */
void answer_head(struct conn *c, int status, const char *type, const char *extra);
void answer_chunk(struct conn *c, const struct directive *d, const void *bytes, size_t n);
void answer_end(struct conn *c);
struct event_base *conn_base(struct conn *c);
struct fake *conn_fake(struct conn *c);

/* Counting and recording (record.c). */
struct record;
struct record *record_create(void);
void record_free(struct record *r);
void record_request(struct record *r, const struct request *q);
/* One more, one less in flight, in all and with that credential. */
void record_begin(struct record *r, const char *credential);
void record_end(struct record *r, const char *credential);
struct report { /* what was told of one answer's usage, at one moment */
    const char *id, *credential, *model;
    struct tokens t;
    bool done;
};
void record_tokens(struct record *r, const struct report *p);
void record_call(struct record *r, const char *what); /* counts by name: "refresh", "401" */
cJSON *record_counters(const struct record *r);
cJSON *record_requests(const struct record *r);
cJSON *record_reports(const struct record *r); /* what was told of each answer, in order */
void record_reset(struct record *r);

struct fake {
    struct event_base *base;
    struct record *record;
    struct oauth *oauth;
    cJSON *rules;               /* credential -> {"directive":text,"times":n} */
    cJSON *config;              /* knobs set through POST /fake/config */
    TAILQ_HEAD(, conn) working; /* connections with a request that counts */
    bool demo;
};

/* Directive of the request: rule of its credential, then the text. */
void directive_of(
    struct fake *f, const struct request *r, const char *user_text, struct directive *d);

/* Handlers: true when they answered. One file a format. */
bool handle_fake(struct fake *f, struct conn *c, const struct request *r);
bool handle_anthropic(struct fake *f, struct conn *c, const struct request *r);
bool handle_oauth(struct fake *f, struct conn *c, const struct request *r);
bool handle_device(struct fake *f, struct conn *c, const struct request *r);
bool handle_bedrock(struct fake *f, struct conn *c, const struct request *r);
bool handle_gemini(struct fake *f, struct conn *c, const struct request *r);
bool handle_openai(struct fake *f, struct conn *c, const struct request *r);

struct oauth *oauth_create(void);
void oauth_free(struct oauth *o);
/* Whether an access token made here is good now; unknown tokens are good too (API keys). */
bool oauth_token_good(struct oauth *o, const char *token);
struct oauth_tokens {
    char access[64], refresh[64];
    long expires_in;
};
void oauth_issue(struct fake *f, const char *prefix, struct oauth_tokens *out);
/* As the knobs refresh_fails and refresh_refused say; true: it has been answered. */
bool oauth_renewal_fails(struct fake *f, struct conn *c);
void oauth_delay(struct fake *f, struct conn *c); /* as the knob token_delay says */
void oauth_error(struct conn *c, int status, const char *error, const char *text);
/* False: refused, and answered so. state NULL: the sign-in that has the code. */
bool oauth_code_take(
    struct fake *f, struct conn *c, const char *state, const char *code, const char *verifier);
bool oauth_refresh_take(struct fake *f, struct conn *c, const char *token, bool rotates);
cJSON *oauth_devices(struct oauth *o);
void base64url_sha256(const char *text, char out[64]);

#endif
