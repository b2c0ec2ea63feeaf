/* What Anthropic's answers say of an account: subscription windows (anthropic-ratelimit-unified-*),
 * API key counters, limits of one model family, disabled organisations. */
#include "provider/claude_int.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "anthropic-ratelimit-unified-"
#define RESET_MAX (8 * MS_DAY) /* the longest window is a week */

static struct span unified(const struct upstream_answer *ans, const char *window, const char *what)
{
    char name[80];
    snprintf(
        name, sizeof name, "anthropic-ratelimit-unified-%s%s%s", window, *window ? "-" : "", what);
    return answer_field(ans, name);
}

/* What the fields of one window say. */
struct window_fields {
    struct span used, reset, status;
};

static void window_take(
    const struct window_fields *f, const char *by, int64_t now, struct window_use *w)
{
    double used = number_read(f->used);
    int64_t reset = time_read(f->reset);
    if (used < 0 && !span_caseeq(f->status, "rejected"))
        return;
    w->known = true;
    w->used = used < 0 ? 1 : used > 10 ? 10 : used;
    w->reset = reset > now + RESET_MAX ? 0 : reset;
    w->at = now;
    w->by = by;
}

static const char *const windows[] = {"5h-", "7d-", "7d_opus-", "7d_sonnet-"};
static const char *const told_by[] = {PREFIX "5h-utilization", PREFIX "7d-utilization",
    PREFIX "7d_opus-utilization", PREFIX "7d_sonnet-utilization"};
#define WINDOWS (sizeof windows / sizeof *windows)

/* Every answer comes by here: one walk over the fields, not one for each name. */
static void windows_read(const struct h1_head *head, struct window_fields out[WINDOWS])
{
    for (unsigned i = 0; i < head->n_fields; i++) {
        struct span name = head->fields[i].name;
        size_t n = sizeof PREFIX - 1;
        if (name.n <= n || strncasecmp(name.p, PREFIX, n) != 0)
            continue;
        struct span rest = {name.p + n, name.n - n};
        for (size_t w = 0; w < WINDOWS; w++) {
            size_t m = strlen(windows[w]);
            if (rest.n <= m || strncasecmp(rest.p, windows[w], m) != 0)
                continue;
            struct span what = {rest.p + m, rest.n - m};
            if (span_caseeq(what, "utilization"))
                out[w].used = head->fields[i].value;
            else if (span_caseeq(what, "reset"))
                out[w].reset = head->fields[i].value;
            else if (span_caseeq(what, "status"))
                out[w].status = head->fields[i].value;
        }
    }
}

void claude_quota(const struct upstream_answer *ans, struct quota *q)
{
    struct window_fields f[WINDOWS] = {0};
    struct window_use *use[WINDOWS] = {
        &q->five_hour, &q->seven_day, &q->seven_day_opus, &q->seven_day_sonnet};
    windows_read(ans->head, f);
    for (size_t w = 0; w < WINDOWS; w++)
        window_take(&f[w], told_by[w], ans->now, use[w]);
    quota_by_counts(&q->requests, ans, "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset");
    quota_by_counts(&q->tokens, ans, "anthropic-ratelimit-tokens-limit",
        "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset");
}

static const char *const disabled[] = {
    "this organization has been disabled", "oauth authentication is currently not allowed", NULL};
/* Other hosts word it in their own way (claude-relay-service, new-api and their like). */
static const char *const disabled_elsewhere[] = {"organization has been disabled",
    "account has been disabled", "account is disabled", "no account supporting",
    "account not found", "invalid account", "too many active sessions", "credit balance is too low",
    NULL};

/* The claim that the limit answers for, and the model family it is about. */
static const struct claim {
    const char *name;   /* value of representative-claim */
    const char *window; /* as in field names */
    const char *reason;
    enum family family;
} claims[] = {
    {"five_hour", "5h", "limit of the 5-hour window", FAMILY_OTHER},
    {"seven_day", "7d", "limit of the week", FAMILY_OTHER},
    {"seven_day_opus", "7d_opus", "limit of the week for opus", FAMILY_OPUS},
    {"seven_day_sonnet", "7d_sonnet", "limit of the week for sonnet", FAMILY_SONNET},
};

static const struct claim *claim_find(const struct upstream_answer *ans)
{
    struct span named = unified(ans, "", "representative-claim");
    size_t n = sizeof claims / sizeof *claims;
    for (size_t i = 0; i < n; i++)
        if (span_caseeq(named, claims[i].name))
            return &claims[i];
    for (size_t i = 0; i < n; i++)
        if (span_caseeq(unified(ans, claims[i].window, "status"), "rejected"))
            return &claims[i];
    return NULL;
}

/* A 429 that names a subscription window. False: it names none. */
static bool limited_by_window(const struct upstream_answer *ans, struct verdict *v)
{
    const struct claim *c = claim_find(ans);
    int64_t until = time_read(unified(ans, "", "reset"));
    if (c && until == 0)
        until = time_read(unified(ans, c->window, "reset"));
    if (until <= ans->now || until > ans->now + RESET_MAX)
        return false;
    /* "allowed" means that the window is not what stopped this request. */
    struct span status = unified(ans, "", "status");
    if (status.n && !span_caseeq(status, "rejected"))
        return false;
    judge_limited(v, until, c ? c->reason : "limit of the subscription");
    if (c && c->family != FAMILY_OTHER) {
        v->family = c->family;
        v->family_only = true;
    }
    return true;
}

void claude_judge(const struct account *a, const struct upstream_answer *ans, struct verdict *v)
{
    judge_by_class(a, ans, v);
    if (!ans->head)
        return;
    claude_quota(ans, &v->quota);
    int s = v->status;
    if (s == 401)
        judge_renewable(a, v);
    else if ((s == 400 || s == 403) && answer_says_any(ans, disabled))
        judge_blocked(v, "the organisation is disabled");
    else if (s == 429 && answer_says(ans, "extra usage"))
        judge_client(v, "needs extra usage");
    else if (s == 429 || (s >= 400 && answer_says(ans, "exceed your account's rate limit")))
        limited_by_window(ans, v);
}

/* The end of the counter that is used up, when there is just that reason for a 429. */
static int64_t used_up_until(const struct upstream_answer *ans)
{
    static const char *const what[] = {"requests", "tokens", "input-tokens", "output-tokens"};
    int64_t until = 0;
    for (size_t i = 0; i < sizeof what / sizeof *what; i++) {
        char remaining[64], reset[64];
        snprintf(remaining, sizeof remaining, "anthropic-ratelimit-%s-remaining", what[i]);
        snprintf(reset, sizeof reset, "anthropic-ratelimit-%s-reset", what[i]);
        if (number_read(answer_field(ans, remaining)) != 0)
            continue;
        int64_t at = time_read(answer_field(ans, reset));
        until = at > until ? at : until;
    }
    return until > ans->now && until <= ans->now + RESET_MAX ? until : 0;
}

void console_judge(const struct account *a, const struct upstream_answer *ans, struct verdict *v)
{
    judge_by_class(a, ans, v);
    if (!ans->head)
        return;
    claude_quota(ans, &v->quota);
    int s = v->status;
    if (s == 400 && answer_says_any(ans, disabled_elsewhere))
        judge_cooling(v, ans->now + a->set.cool_denied, "the upstream account is out of service");
    else if (s == 429 && answer_says(ans, "extra usage"))
        judge_client(v, "needs extra usage");
    else if (s == 429 && !limited_by_window(ans, v) && answer_wait(ans) < 0) {
        int64_t until = used_up_until(ans);
        if (until)
            judge_limited(v, until, "rate limit of the key");
    }
}
