/* Comparing, part by part. Every part says what is wrong by itself. */
#include "tests/conversations/check.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "core/core.h"

/* --- the request
 * -------------------------------------------------------------------------------------------- */

/* "name: value" of a head, where value may end in '*' for anything. */
static bool field_fits(const struct h1_head *head, const char *wanted)
{
    size_t n = strcspn(wanted, ":");
    char *name = xstrndup(wanted, n);
    const char *value = wanted + n + (wanted[n] == ':');
    value += strspn(value, " ");
    size_t m = strlen(value);
    bool start = m && value[m - 1] == '*';
    struct span is = h1_get(head, name);
    bool fits = is.p && h1_count(head, name) == 1 &&
                (start ? is.n >= m - 1 && memcmp(is.p, value, m - 1) == 0 : span_eq(is, value));

    free(name);
    return fits;
}

static bool check_fields(const struct talk *t, const struct h1_head *head)
{
    bool good = true;

    for (size_t i = 0; i < t->fields.n; i++) {
        if (!field_fits(head, t->fields.v[i])) {
            talk_wrong(t, "the upstream does not get '%s'", t->fields.v[i]);
            good = false;
        }
    }
    for (size_t i = 0; i < t->absent.n; i++) {
        if (h1_get(head, t->absent.v[i]).p) {
            talk_wrong(t, "the upstream gets the field '%s'", t->absent.v[i]);
            good = false;
        }
    }
    return good;
}

/* In no conversation may these reach an upstream. */
static bool check_private(const struct talk *t, const struct buf *request)
{
    static const char *const secrets[] = {"cr_relay_key", "relay.example", "203.0.113."};

    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        if (memmem(request->data, request->len, secrets[i], strlen(secrets[i]))) {
            talk_wrong(t, "the upstream gets '%s'", secrets[i]);
            return false;
        }
    }
    return true;
}

bool check_request(struct walk *c, const struct outcome *o)
{
    const struct talk *t = c->talk;
    struct h1_head *head = xcalloc(1, sizeof *head);
    bool good = false;

    enum h1_fault f = h1_parse_request(o->request.data, o->request.len, head);
    if (f != H1_OK) {
        talk_wrong(t, "the upstream gets no HTTP: %s", h1_fault_text(f));
        free(head);
        return false;
    }
    char *target = span_dup(head->target), *url = xasprintf("%s%s", o->origin, target);
    const char *body = o->request.data + head->size;
    size_t n = o->request.len - head->size;
    if (t->url && strcmp(url, t->url) != 0)
        talk_wrong(t, "it goes to %s, not to %s", url, t->url);
    else if (!span_eq(head->method, t->method ? t->method : "POST"))
        talk_wrong(t, "the method is another");
    else if (n != t->sent.len || memcmp(body, t->sent.data, n) != 0)
        talk_wrong(t, "the body is\n  %.*s\nnot\n  %s", (int)n, body, t->sent.data);
    else
        good = check_private(t, &o->request);
    good = check_fields(t, head) && good;
    free(url);
    free(target);
    free(head);
    return good;
}

/* --- the usage
 * -------------------------------------------------------------------------------------------- */

static bool check_number(const struct talk *t, const char *name, int64_t is)
{
    char *wanted = word_of(t->usage, name);
    bool good = is == (wanted ? strtoll(wanted, NULL, 10) : 0);

    if (!good)
        talk_wrong(t, "usage: %s is %lld, not %s", name, (long long)is, wanted ? wanted : "0");
    free(wanted);
    return good;
}

/* Blanks stand as '+'. Not named: not looked at. */
static bool check_text(const struct talk *t, const char *name, const char *is)
{
    char *wanted = word_of(t->usage, name);
    bool good = !wanted || strcmp(is, wanted) == 0;

    if (!good)
        talk_wrong(t, "usage: %s is '%s', not '%s'", name, is, wanted);
    free(wanted);
    return good;
}

bool check_usage(const struct talk *t, const struct usage *u)
{
    const struct {
        const char *name;
        int64_t is;
    } numbers[] = {{"input", u->input}, {"output", u->output}, {"write5", u->cache_write_5m},
        {"write1h", u->cache_write_1h}, {"read", u->cache_read}, {"reasoning", u->reasoning},
        {"searches", u->web_searches}, {"images", u->images}, {"picture", u->output_image},
        {"image_in", u->image_input}, {"image_out", u->image_output}};
    bool good = true;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        good = check_number(t, numbers[i].name, numbers[i].is) && good;
    good = check_text(t, "model", u->model) && good;
    good = check_text(t, "stop", u->stop_reason) && good;
    good = check_text(t, "id", u->upstream_id) && good;
    good = check_text(t, "tier", u->service_tier) && good;
    if (u->fast != word_there(t->usage, "fast")) {
        talk_wrong(t, "usage: fast mode is told wrongly");
        good = false;
    }
    return good;
}

static bool check_cost(const struct talk *t, const struct outcome *o, const struct prices *prices)
{
    struct price_hints hints = {0};
    struct cost cost;
    const char *model = *o->usage.model ? o->usage.model : o->model;

    price_cost(prices, model ? model : "", &o->usage, &hints, &cost);
    bool used = usage_tokens(&o->usage) > 0;
    if (used == (cost.total > 0) && !(used && cost.fallback && !word_there(t->usage, "fallback")))
        return true;
    talk_wrong(t, "it costs %lld by the prices of '%s'%s", (long long)cost.total, cost.row,
        cost.fallback ? ", for want of its own" : "");
    return false;
}

/* --- the verdict
 * -------------------------------------------------------------------------------------------- */

static const char *const actions[] = {[ACT_OK] = "ok",
    [ACT_SAME_AGAIN] = "same-again",
    [ACT_RENEW] = "renew",
    [ACT_NEXT] = "next",
    [ACT_CLIENT] = "client"};

static bool near(double is, double wanted, double by)
{
    return is >= wanted - by && is <= wanted + by;
}

/* "next limited for=3600 family=opus retry=2000": what is not named must not be there. */
static bool check_verdict(const struct talk *t, const struct verdict *v)
{
    const char *says = t->says ? t->says : "ok";
    char *span = word_of(says, "for"), *family = word_of(says, "family");
    char *retry = word_of(says, "retry");
    double left = v->until ? (double)(v->until - clock_now()) / 1000 : 0;
    bool good = word_there(says, actions[v->action]);

    if (v->health != HEALTH_READY)
        good = good && word_there(says, health_name(v->health));
    else
        good = good && !word_there(says, "limited") && !word_there(says, "cooling") &&
               !word_there(says, "blocked") && !word_there(says, "login");
    /* The suite may run for some minutes after the file was read. */
    good = good && (span ? near(left, atof(span), 120) : v->until == 0);
    good = good && (family ? v->family_only && strcmp(family_name(v->family), family) == 0
                           : !v->family_only);
    good = good && v->retry_ms == (retry ? atoi(retry) : 0);
    if (!good)
        talk_wrong(t, "the verdict is %s, %s, for %.0f s, retry %lld ms, family %s (%s), not '%s'",
            actions[v->action], health_name(v->health), left, (long long)v->retry_ms,
            v->family_only ? family_name(v->family) : "none", v->reason, says);
    free(span);
    free(family);
    free(retry);
    return good;
}

/* "five_hour=0.42@3600 seven_day=…": share used, and seconds to its reset. */
static bool check_quota(const struct talk *t, const struct quota *q)
{
    const struct {
        const char *name;
        const struct window_use *w;
    } all[] = {{"five_hour", &q->five_hour}, {"seven_day", &q->seven_day},
        {"opus", &q->seven_day_opus}, {"sonnet", &q->seven_day_sonnet}, {"requests", &q->requests},
        {"tokens", &q->tokens}};
    bool good = true;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char *wanted = word_of(t->quota, all[i].name), *at = wanted ? strchr(wanted, '@') : NULL;
        const struct window_use *w = all[i].w;
        double left = w->reset ? (double)(w->reset - clock_now()) / 1000 : 0;
        if (w->known != (wanted != NULL) || (wanted && !near(w->used, atof(wanted), 0.0001)) ||
            (at && !near(left, atof(at + 1), 120))) {
            talk_wrong(t, "quota: %s is %s, %.4f, %.0f s", all[i].name,
                w->known ? "known" : "unknown", w->used, left);
            good = false;
        }
        free(wanted);
    }
    return good;
}

/* --- the answer
 * -------------------------------------------------------------------------------------------- */

static bool check_heard(const struct talk *t, const struct outcome *o)
{
    if (o->heard.len == t->heard.len && memcmp(o->heard.data, t->heard.data, o->heard.len) == 0)
        return true;
    size_t i = 0;
    while (i < o->heard.len && i < t->heard.len && o->heard.data[i] == t->heard.data[i])
        i++;
    talk_wrong(t, "the client gets other bytes from byte %zu on:\n  %s\nnot\n  %s", i,
        o->heard.data + i, t->heard.data + i);
    return false;
}

static bool check_end(const struct talk *t, const struct outcome *o)
{
    /* An upstream that fails in its own words has said all. */
    bool complete = !t->incomplete && o->status < 300 && (!t->fails || t->fault);

    if (t->fails ? !o->failed || !strstr(o->reason, t->fails) : o->failed)
        talk_wrong(t, "the answer %s: %s", o->failed ? "fails" : "does not fail", o->reason);
    else if (strcmp(o->fault, t->fault ? t->fault : "") != 0)
        talk_wrong(
            t, "the answer tells the error '%s', not '%s'", o->fault, t->fault ? t->fault : "");
    else if (t->usage && o->complete != complete)
        talk_wrong(t, "it is taken for %s", o->complete ? "complete" : "incomplete");
    else
        return true;
    return false;
}

bool check_answer(struct walk *c, const struct outcome *o, const struct prices *prices)
{
    const struct talk *t = c->talk;
    bool good = check_verdict(t, &o->verdict);

    good = check_quota(t, &o->verdict.quota) && good;
    good = check_heard(t, o) && good;
    good = check_end(t, o) && good;
    good = check_usage(t, &o->usage) && good;
    good = check_cost(t, o, prices) && good;
    return good;
}

bool check_refused(struct walk *c)
{
    if (c->talk->fails && strstr(c->refused, c->talk->fails))
        return true;
    talk_wrong(c->talk, "it cannot be asked: %s", c->refused);
    return false;
}
