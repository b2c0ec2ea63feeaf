/* The shapes of errors: one table for the words of each API, one writer for each form. */
#include "flow/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/i18n.h"
#include "common/json.h"
#include "common/text.h"

/* What each API calls it. Statuses:
 * 402 and 403 print at once in Claude Code and soon in Codex, where a 404 is taken for a wrong
 * model and a 401 of Codex' usual settings for a lost sign-in; 413 has words of its own in Claude
 * Code; 502 and 503 show their message in Codex, which 500 does not. overloaded_error, whatever the
 * status, Claude Code takes for a 529 and says words of its own. What each client then shows, and
 * when, is tests/e2e/refusals.txt. */
static const struct {
    int status;
    bool again;
    const char *anthropic, *openai, *openai_code, *google;
} fault_table[FAULT_KINDS] = {
    [FAULT_AUTH] = {401, false, "authentication_error", "invalid_request_error", "invalid_api_key",
        "UNAUTHENTICATED"},
    [FAULT_DENIED] = {403, false, "permission_error", "permission_denied", "permission_denied",
        "PERMISSION_DENIED"},
    [FAULT_MONEY] = {402, false, "billing_error", "insufficient_quota", "insufficient_quota",
        "RESOURCE_EXHAUSTED"},
    [FAULT_RATE] = {429, false, "rate_limit_error", "rate_limit_exceeded", "rate_limit_exceeded",
        "RESOURCE_EXHAUSTED"},
    [FAULT_BUSY] = {429, true, "rate_limit_error", "rate_limit_exceeded", "rate_limit_exceeded",
        "RESOURCE_EXHAUSTED"},
    [FAULT_INVALID] = {400, false, "invalid_request_error", "invalid_request_error",
        "invalid_request", "INVALID_ARGUMENT"},
    [FAULT_NO_ROUTE] = {404, false, "not_found_error", "invalid_request_error", "not_found",
        "NOT_FOUND"},
    [FAULT_METHOD] = {405, false, "invalid_request_error", "invalid_request_error",
        "method_not_allowed", "INVALID_ARGUMENT"},
    [FAULT_UPGRADE] = {426, false, "invalid_request_error", "invalid_request_error",
        "upgrade_refused", "FAILED_PRECONDITION"},
    [FAULT_TIME] = {408, true, "invalid_request_error", "invalid_request_error", "request_timeout",
        "DEADLINE_EXCEEDED"},
    [FAULT_TOO_LARGE] = {413, false, "request_too_large", "invalid_request_error",
        "request_too_large", "INVALID_ARGUMENT"},
    [FAULT_UPSTREAM] = {502, true, "api_error", "server_error", "upstream_error", "UNAVAILABLE"},
    [FAULT_UNAVAILABLE] = {503, false, "api_error", "server_error", "service_unavailable",
        "UNAVAILABLE"},
    [FAULT_SLOW] = {504, true, "timeout_error", "server_error", "timeout", "DEADLINE_EXCEEDED"},
    [FAULT_INTERNAL] = {500, true, "api_error", "server_error", "internal_error", "INTERNAL"},
};

/* Longer than this no client should sit and retry in silence. */
#define PATIENCE_MS (60 * MS_SECOND)

int fault_status(const struct fault *f)
{
    return f->status ? f->status : fault_table[f->kind].status;
}

void fault_set(struct fault *f, enum fault_kind kind, const char *fmt, ...)
{
    va_list ap;

    memset(f, 0, sizeof *f);
    f->kind = kind;
    f->again = fault_table[kind].again;
    va_start(ap, fmt);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(f->text, sizeof f->text, i18n(fmt), ap);
#pragma GCC diagnostic pop
    va_end(ap);
}

/* Seconds until it may work again, rounded up; 0: not known. */
static int64_t wait_seconds(const struct fault *f, int64_t now)
{
    /* A budget is not healed by waiting at the prompt, but Codex would sit out a Retry-After of
     * hours in silence. The sentence has the time. */
    if (f->kind == FAULT_MONEY)
        return 0;
    if (f->reset > now)
        return (f->reset - now + MS_SECOND - 1) / MS_SECOND;
    return f->again && f->kind == FAULT_BUSY ? 2 : 0;
}

static bool heals_soon(const struct fault *f, int64_t now)
{
    /* Told at once even a minute before the day's end: a person decides about money. */
    if (f->kind == FAULT_MONEY)
        return false;
    if (f->reset > now)
        return f->reset - now <= PATIENCE_MS;
    return f->again;
}

void fault_suit(struct fault *f, const struct client_match *client, int64_t now)
{
    int status = fault_status(f);

    if (client->final_status && status >= client->final_from && !heals_soon(f, now))
        f->status = client->final_status;
}

static void quote(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, ",\"%s\":", name);
    json_quote(out, value, strlen(value));
}

static void body_anthropic(const struct fault *f, const char *id, struct buf *out)
{
    buf_addf(out, "{\"type\":\"error\",\"error\":{\"type\":\"%s\"", fault_table[f->kind].anthropic);
    quote(out, "message", f->text);
    buf_adds(out, "}");
    if (id)
        quote(out, "request_id", id);
    buf_adds(out, "}");
}

/* Whether Codex is to tell its user at once, as it does of a used-up subscription; any other 429 it
 * tries again some times and then gives words of its own. */
static bool is_usage_limit(const struct fault *f, enum dialect d)
{
    return d == DIALECT_RESPONSES &&
           (f->kind == FAULT_RATE || (f->kind == FAULT_BUSY && !f->again));
}

/* {"message":…,"type":…,"code":…} of the OpenAI APIs. Codex reads resets_at (epoch seconds) of a
 * usage_limit_reached and tells its user when to come back, in place of retrying in silence. Of all
 * codes of a 403 there is one that it does not try again. */
static void error_openai(const struct fault *f, enum dialect d, int64_t now, struct buf *out)
{
    const char *code = fault_table[f->kind].openai_code;

    if (fault_status(f) == 403 && d == DIALECT_RESPONSES)
        code = "access_program_not_enabled";
    buf_adds(out, "{\"message\":");
    json_quote(out, f->text, strlen(f->text));
    quote(out, "type", is_usage_limit(f, d) ? "usage_limit_reached" : fault_table[f->kind].openai);
    buf_adds(out, ",\"param\":null");
    quote(out, "code", code);
    if (f->kind == FAULT_RATE && f->reset > now)
        buf_addf(out, ",\"resets_at\":%lld,\"resets_in_seconds\":%lld",
            (long long)(f->reset / MS_SECOND), (long long)wait_seconds(f, now));
    buf_adds(out, "}");
}

/* When to come back, for Google's clients (google.rpc.RetryInfo of error_details.proto). */
static void details_google(const struct fault *f, int64_t now, struct buf *out)
{
    int64_t wait = wait_seconds(f, now);

    if (wait > 0)
        buf_addf(out,
            ",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
            "\"retryDelay\":\"%llds\"}]",
            (long long)wait);
}

static void body_google(const struct fault *f, int64_t now, struct buf *out)
{
    buf_addf(out, "{\"error\":{\"code\":%d", fault_status(f));
    quote(out, "message", f->text);
    quote(out, "status", fault_table[f->kind].google);
    details_google(f, now, out);
    buf_adds(out, "}}");
}

void fault_body(
    const struct fault *f, enum dialect d, const char *request_id, int64_t now, struct buf *out)
{
    switch (d) {
    case DIALECT_RESPONSES:
    case DIALECT_CHAT:
        buf_adds(out, "{\"error\":");
        error_openai(f, d, now, out);
        buf_adds(out, "}");
        break;
    case DIALECT_GEMINI:
    case DIALECT_GEMINI_INTERNAL:
        body_google(f, now, out);
        break;
    default:
        body_anthropic(f, request_id, out);
    }
}

void fault_words(enum dialect d, int status, const char *type, const char *message, struct buf *out)
{
    bool google = d == DIALECT_GEMINI || d == DIALECT_GEMINI_INTERNAL;
    bool openai = d == DIALECT_RESPONSES || d == DIALECT_CHAT;

    if (!type)
        type = google ? "UNAVAILABLE" : openai ? "server_error" : "api_error";
    buf_adds(out, google || openai ? "{\"error\":{\"message\":"
                                   : "{\"type\":\"error\",\"error\":{\"message\":");
    json_quote(out, message, strlen(message));
    quote(out, google ? "status" : "type", type);
    if (openai)
        quote(out, "code", type);
    if (google)
        buf_addf(out, ",\"code\":%d", status);
    buf_adds(out, "}}");
}

/* Codex puts this between its own "You've hit your usage limit." and the time; it reads no more
 * than ASCII there. */
static void add_promo(const struct fault *f, struct buf *out)
{
    char text[sizeof f->text];

    snprintf(text, sizeof text, "%.*s", (int)(f->said ? f->said : strlen(f->text)), f->text);
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p >= 0x80)
            return;
    h1_add_fieldz(out, "x-codex-promo-message", text);
}

void fault_fields(
    const struct fault *f, enum dialect d, const char *request_id, int64_t now, struct buf *out)
{
    int64_t wait = wait_seconds(f, now);
    char seconds[24];

    h1_add_fieldz(out, "content-type", "application/json");
    if (!heals_soon(f, now))
        h1_add_fieldz(out, "x-should-retry", "false");
    if (wait > 0) {
        snprintf(seconds, sizeof seconds, "%lld", (long long)wait);
        h1_add_fieldz(out, "retry-after", seconds);
    }
    if (is_usage_limit(f, d))
        add_promo(f, out);
    if (request_id)
        h1_add_fieldz(out, d == DIALECT_ANTHROPIC ? "request-id" : "x-request-id", request_id);
}

/* Codex ends a turn with the message of response.failed; a bare error event it would not show. */
static void event_responses(const struct fault *f, const char *id, int64_t now, struct buf *out)
{
    buf_adds(out, "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":"
                  "{\"object\":\"response\",\"status\":\"failed\"");
    quote(out, "id", id ? id : "");
    buf_adds(out, ",\"output\":[],\"error\":");
    error_openai(f, DIALECT_RESPONSES, now, out);
    buf_adds(out, "}}\n\n");
}

void fault_event(
    const struct fault *f, enum dialect d, const char *request_id, int64_t now, struct buf *out)
{
    if (d == DIALECT_RESPONSES) {
        event_responses(f, request_id, now, out);
        return;
    }
    buf_adds(out, d == DIALECT_ANTHROPIC ? "event: error\ndata: " : "data: ");
    fault_body(f, d, request_id, now, out);
    buf_adds(out, "\n\n");
}
