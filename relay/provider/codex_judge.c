/* What the Codex backend says of a ChatGPT account: its two windows in x-codex-* and in usage. */
#include "provider/openai_int.h"

#include <stdio.h>
#include <string.h>
#include "common/json.h"

#define FIVE_HOUR_MAX 720 /* minutes; windows are known by length, not by their rank */
#define BLIND_LIMIT MS_HOUR

static struct window_use *window_for(struct quota *q, double minutes, bool primary)
{
    bool is_short = minutes > 0 ? minutes <= FIVE_HOUR_MAX : primary;
    return is_short ? &q->five_hour : &q->seven_day;
}

static struct span codex_field(
    const struct upstream_answer *ans, const char *rank, const char *what)
{
    char name[64];
    snprintf(name, sizeof name, "x-codex-%s-%s", rank, what);
    return answer_field(ans, name);
}

static void window_read(const struct upstream_answer *ans, const char *rank, struct quota *q)
{
    double used = number_read(codex_field(ans, rank, "used-percent"));
    if (used < 0)
        return;
    double minutes = number_read(codex_field(ans, rank, "window-minutes"));
    double after = number_read(codex_field(ans, rank, "reset-after-seconds"));
    struct window_use *w = window_for(q, minutes, strcmp(rank, "primary") == 0);
    w->known = true;
    w->used = used > 1000 ? 10 : used / 100;
    w->at = ans->now;
    w->by = strcmp(rank, "primary") == 0 ? "x-codex-primary-used-percent"
                                         : "x-codex-secondary-used-percent";
    w->reset = time_read(codex_field(ans, rank, "reset-at"));
    if (w->reset == 0 && after >= 0 && after < 1e7)
        w->reset = ans->now + (int64_t)(after * 1e3);
}

/* The end of a limit that the error does not tell: of the window that is used up. */
static int64_t window_until(const struct quota *q, int64_t now)
{
    int64_t until = 0;
    if (q->five_hour.known && q->five_hour.used >= 1)
        until = q->five_hour.reset;
    if (q->seven_day.known && q->seven_day.used >= 1 && q->seven_day.reset > until)
        until = q->seven_day.reset;
    return until > now ? until : now + BLIND_LIMIT;
}

void codex_judge(const struct account *a, const struct upstream_answer *ans, struct verdict *v)
{
    judge_by_class(a, ans, v);
    if (!ans->head)
        return;
    window_read(ans, "primary", &v->quota);
    window_read(ans, "secondary", &v->quota);
    cJSON *tree;
    const cJSON *e = answer_error(ans, &tree);
    const char *type = json_str(e, "type");
    if (v->status == 401) {
        judge_renewable(a, v);
    } else if (v->status == 402) {
        judge_blocked(v, "the workspace has no access");
    } else if (v->status == 429 && type && strcmp(type, "usage_limit_reached") == 0) {
        int64_t until = openai_error_until(e, ans->now);
        judge_limited(v, until ? until : window_until(&v->quota, ans->now), "usage limit");
    } else if (v->status == 429 && type && strcmp(type, "usage_not_included") == 0) {
        judge_cooling(v, ans->now + a->set.cool_denied, "the plan has no Codex");
    }
    cJSON_Delete(tree);
}

/* --- /wham/usage: the same windows, asked for ----------------------------------------------------
 */

int codex_profile_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, int which, struct token_request *out, struct err *err)
{
    const char *url = provider_data_get(d, "codex", "usage");
    const char *id = json_str(a->profile, "account_id");
    if (which > 0 || !url || !id)
        return 1;
    if (request_begin(out, "GET", url, err))
        return -1;
    request_bearer(out, cr->access);
    request_field(out, "chatgpt-account-id", id);
    return 0;
}

static void window_take(const cJSON *t, const char *at, bool primary, int64_t now, struct quota *q)
{
    const cJSON *o = json_at(t, at);
    double used = json_num(o, "used_percent", -1);
    if (used < 0)
        return;
    double minutes = json_num(o, "limit_window_seconds", 0) / 60;
    struct window_use *w = window_for(q, minutes, primary);
    w->known = true;
    w->used = used > 1000 ? 10 : used / 100;
    w->at = now;
    w->by = "/wham/usage";
    int64_t at_s = json_int(o, "reset_at", 0);
    w->reset = at_s > 0 && at_s < INT64_C(100000000000) ? at_s * MS_SECOND : 0;
}

int codex_profile_read(int which, const struct fetch_answer *ans, int64_t now, struct account *a,
    struct quota *q, struct err *err)
{
    (void)which;
    cJSON *t = answer_json(ans, err);
    if (!t)
        return -1;
    profile_set(a, "plan", json_str(t, "plan_type"));
    window_take(t, "rate_limit.primary_window", true, now, q);
    window_take(t, "rate_limit.secondary_window", false, now, q);
    cJSON_Delete(t);
    return 0;
}
