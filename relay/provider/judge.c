/* What an answer says of its account, as far as all kinds agree. */
#include "provider/provider_int.h"

#include <stdio.h>
#include <string.h>
#include "common/json.h"

struct span answer_field(const struct upstream_answer *ans, const char *name)
{
    return ans->head ? h1_get(ans->head, name) : (struct span){NULL, 0};
}

bool answer_says(const struct upstream_answer *ans, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; ans->body && i + n <= ans->n; i++)
        if (strncasecmp(ans->body + i, text, n) == 0)
            return true;
    return false;
}

bool answer_says_any(const struct upstream_answer *ans, const char *const *texts)
{
    for (; *texts; texts++)
        if (answer_says(ans, *texts))
            return true;
    return false;
}

const cJSON *answer_error(const struct upstream_answer *ans, cJSON **tree)
{
    *tree = ans->body && ans->n ? json_parse(ans->body, ans->n, NULL) : NULL;
    /* Google wraps errors of streams that never began in an array of one. */
    const cJSON *o = cJSON_IsArray(*tree) ? cJSON_GetArrayItem(*tree, 0) : *tree;
    const cJSON *e = json_at(o, "error");
    return cJSON_IsObject(e) ? e : NULL;
}

static void say(struct verdict *v, const char *reason)
{
    if (v->status)
        snprintf(v->reason, sizeof v->reason, "%d %s", v->status, reason);
    else
        snprintf(v->reason, sizeof v->reason, "%s", reason);
}

/* Each refinement says all of it anew: nothing of an earlier judgement is left. */
static void decide(struct verdict *v, enum verdict_action action, enum health health, int64_t until,
    const char *reason)
{
    v->action = action;
    v->health = health;
    v->until = until;
    v->retry_ms = 0;
    say(v, reason);
}

void judge_limited(struct verdict *v, int64_t until, const char *reason)
{
    decide(v, ACT_NEXT, HEALTH_LIMITED, until, reason);
}

void judge_same_again(struct verdict *v, int64_t retry_ms, const char *reason)
{
    decide(v, ACT_SAME_AGAIN, HEALTH_COOLING, 0, reason);
    v->retry_ms = retry_ms;
}

void judge_client(struct verdict *v, const char *reason)
{
    decide(v, ACT_CLIENT, HEALTH_READY, 0, reason);
}

void judge_blocked(struct verdict *v, const char *reason)
{
    decide(v, ACT_NEXT, HEALTH_BLOCKED, 0, reason);
}

void judge_cooling(struct verdict *v, int64_t until, const char *reason)
{
    decide(v, ACT_NEXT, HEALTH_COOLING, until, reason);
}

void judge_login(struct verdict *v, const char *reason)
{
    decide(v, ACT_NEXT, HEALTH_LOGIN, 0, reason);
}

void judge_renewable(const struct account *a, struct verdict *v)
{
    bool fixed = a->login && (strcmp(a->login, "key") == 0 || strcmp(a->login, "setup-token") == 0);
    if (fixed)
        return;
    decide(v, ACT_RENEW, HEALTH_READY, 0, "access token refused");
}

/* A limit with no word on its end: asking again soon is how one finds out. */
#define SHORT_WAIT (10 * MS_SECOND)
#define BLIND_WAIT (2 * MS_SECOND)

static void judge_429(const struct upstream_answer *ans, struct verdict *v)
{
    int64_t wait = answer_wait(ans);
    if (wait < 0)
        judge_same_again(v, BLIND_WAIT, "rate limit, end unknown");
    else if (wait <= SHORT_WAIT)
        judge_same_again(v, wait < 100 ? 100 : wait, "rate limit, short");
    else
        judge_limited(v, ans->now + wait, "rate limit");
}

static void judge_server(const struct upstream_answer *ans, struct verdict *v)
{
    int64_t wait = answer_wait(ans);
    int64_t until = wait > 0 ? ans->now + wait : 0;
    if (v->status == 529)
        judge_same_again(v, wait > 0 && wait <= SHORT_WAIT ? wait : BLIND_WAIT, "overloaded");
    else
        judge_cooling(v, until, v->status == 408 ? "upstream timed out" : "server error");
}

void judge_by_class(const struct account *a, const struct upstream_answer *ans, struct verdict *v)
{
    memset(v, 0, sizeof *v);
    v->family = FAMILY_OTHER;
    if (ans->fault != CALL_OK || !ans->head) {
        char text[96];
        snprintf(text, sizeof text, "network fault: %s", call_fault_name(ans->fault));
        judge_cooling(v, 0, text);
        return;
    }
    int s = v->status = ans->head->status;
    if (s >= 200 && s < 300) {
        v->action = ACT_OK;
    } else if (s == 401) {
        judge_login(v, "credential refused");
    } else if (s == 402) {
        judge_cooling(v, ans->now + a->set.cool_denied, "payment required");
    } else if (s == 403) {
        judge_cooling(v, ans->now + a->set.cool_denied, "forbidden");
    } else if (s == 429) {
        judge_429(ans, v);
    } else if (s >= 500 || s == 408) {
        judge_server(ans, v);
    } else if (s >= 400) {
        judge_client(v, "request refused");
    } else {
        /* Redirects are never followed: they would carry the credential elsewhere. */
        judge_cooling(v, 0, "unexpected status");
    }
}

void quota_by_counts(struct window_use *w, const struct upstream_answer *ans, const char *limit,
    const char *remaining, const char *reset)
{
    double all = number_read(answer_field(ans, limit));
    double left = all > 0 ? number_read(answer_field(ans, remaining)) : -1;
    if (left < 0)
        return;
    w->known = true;
    w->used = left >= all ? 0 : 1 - left / all;
    w->at = ans->now;
    w->by = remaining;
    struct span r = answer_field(ans, reset);
    w->reset = time_read(r);
    if (w->reset == 0) {
        int64_t ms = span_read(r);
        w->reset = ms >= 0 ? ans->now + ms : 0;
    }
}
