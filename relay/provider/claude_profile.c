/* Who a Claude account is and what it has used: /api/oauth/profile and /api/oauth/usage. */
#include "provider/claude_int.h"

#include <string.h>
#include "common/json.h"

int claude_profile_request(const struct provider_data *d, const struct account *a,
    const struct credential *cr, int which, struct token_request *out, struct err *err)
{
    static const char *const names[] = {"profile", "usage"};
    if (which >= 2)
        return 1;
    /* Setup tokens have the scope user:inference alone: both would answer 403. */
    const char *scopes = json_str(a->profile, "scopes");
    bool fixed = a->login && (strcmp(a->login, "key") == 0 || strcmp(a->login, "setup-token") == 0);
    if (fixed || (scopes && !strstr(scopes, "user:profile")))
        return 1;
    const char *url = data_need(d, "claude", names[which], err);
    if (!url || request_begin(out, "GET", url, err))
        return -1;
    request_bearer(out, cr->access);
    request_field(out, "anthropic-beta", "oauth-2025-04-20");
    return 0;
}

static const char *plan_name(const cJSON *t)
{
    const char *tier = json_str(t, "organization.rate_limit_tier");
    const char *type = json_str(t, "organization.organization_type");
    if (tier && strstr(tier, "max_20x"))
        return "Max 20x";
    if (tier && strstr(tier, "max_5x"))
        return "Max 5x";
    if (type && strcmp(type, "claude_enterprise") == 0)
        return "Enterprise";
    if (type && strcmp(type, "claude_team") == 0)
        return "Team";
    if (json_bool(t, "account.has_claude_max", false))
        return "Max";
    if (json_bool(t, "account.has_claude_pro", false))
        return "Pro";
    return "Free";
}

static void profile_take(const cJSON *t, struct account *a)
{
    const char *name = json_str(t, "account.display_name");
    profile_set(a, "email", json_str(t, "account.email"));
    profile_set(a, "name", name && *name ? name : json_str(t, "account.full_name"));
    profile_set(a, "organisation", json_str(t, "organization.name"));
    profile_set(a, "tier", json_str(t, "organization.rate_limit_tier"));
    profile_set(a, "plan", plan_name(t));
}

/* {"utilization": percent, "resets_at": RFC 3339 or null} */
static void window_take(const cJSON *t, const char *name, int64_t now, struct window_use *w)
{
    const cJSON *o = json_at(t, name);
    double percent = json_num(o, "utilization", -1);
    if (percent < 0)
        return;
    w->known = true;
    w->used = percent > 1000 ? 10 : percent / 100;
    w->reset = time_read(span_of(json_str(o, "resets_at")));
    w->at = now;
    w->by = "/api/oauth/usage";
}

int claude_profile_read(int which, const struct fetch_answer *ans, int64_t now, struct account *a,
    struct quota *q, struct err *err)
{
    cJSON *t = answer_json(ans, err);
    if (!t)
        return -1;
    if (which == 0) {
        profile_take(t, a);
    } else {
        window_take(t, "five_hour", now, &q->five_hour);
        window_take(t, "seven_day", now, &q->seven_day);
        window_take(t, "seven_day_opus", now, &q->seven_day_opus);
        window_take(t, "seven_day_sonnet", now, &q->seven_day_sonnet);
    }
    cJSON_Delete(t);
    return 0;
}
