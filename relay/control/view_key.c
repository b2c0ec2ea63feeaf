/* How a relay key looks. */
#include "control/view_int.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/alloc.h"

static void put_ceiling(cJSON *o, const char *name, nano limit)
{
    if (limit)
        json_put_money(o, name, limit);
    else
        json_put_null(o, name);
}

static void put_places(cJSON *o, const char *name, int64_t places)
{
    if (places)
        json_put_int(o, name, places);
    else
        json_put_null(o, name);
}

static bool reached(const struct limit_view *l)
{
    return l->limit > 0 && l->used >= l->limit;
}

bool key_over(const struct key_live *l)
{
    return reached(&l->day) || reached(&l->week) || reached(&l->month) || reached(&l->total) ||
           reached(&l->opus);
}

/* Bindings are kept by id, so that a renamed account stays bound; people know names. */
static void names_of_accounts(struct control *c, struct strlist *l)
{
    for (size_t i = 0; i < l->n; i++) {
        char *name = account_name_of(c, l->v[i]);
        free(l->v[i]);
        l->v[i] = name;
    }
}

static struct key *with_names(struct control *c, const struct key *k)
{
    struct key *copy = key_copy(k);
    names_of_accounts(c, &copy->set.accounts);
    return copy;
}

cJSON *key_diff(struct control *c, const struct key *was, const struct key *is)
{
    struct key *a = with_names(c, was), *b = with_names(c, is);
    cJSON *d = settings_diff(&a->set, &b->set, key_setting_fields, key_setting_count);
    if (strcmp(a->name, b->name) != 0) {
        cJSON *name = xcheck(cJSON_CreateObject());
        json_put_str(name, "from", a->name);
        json_put_str(name, "to", b->name);
        json_put(d, "name", name);
    }
    key_unref(a);
    key_unref(b);
    return d;
}

cJSON *key_row(struct control *c, const struct key *k, int64_t now)
{
    struct key_live l;
    core_key_live(c->p.core, k->id, now, &l);
    struct strlist accounts = {0};
    strlist_copy(&accounts, &k->set.accounts);
    names_of_accounts(c, &accounts);
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "name", k->name);
    json_put_str(o, "id", k->id);
    json_put_str(o, "state", key_state(k, now));
    json_put_money(o, "cost_today", l.cost_today);
    put_ceiling(o, "daily_cost", k->set.daily_cost);
    json_put_int(o, "requests_today", l.requests_today);
    json_put_int(o, "running", l.running);
    put_places(o, "at_once", k->set.at_once);
    json_put_int(o, "waiting", l.waiting);
    put_ceiling(o, "weekly_cost", k->set.weekly_cost);
    put_ceiling(o, "monthly_cost", k->set.monthly_cost);
    put_ceiling(o, "total_cost", k->set.total_cost);
    json_put_money(o, "cost_total", l.total.used);
    json_put_bool(o, "over", key_over(&l));
    json_put_time(o, "last_used", l.last_used);
    json_put_time(o, "expires_at", key_expiry(k));
    json_put_str(o, "secret_tail", k->tail);
    json_put_strlist(o, "tags", &k->set.tags);
    json_put_strlist(o, "accounts", &accounts);
    json_put_strlist(o, "groups", &k->set.groups);
    json_put_str(o, "note", k->set.note);
    strlist_release(&accounts);
    return o;
}

static void put_limit(cJSON *list, const char *name, const struct limit_view *l, bool money)
{
    if (l->limit <= 0)
        return;
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "name", name);
    if (money) {
        json_put_money(o, "used", l->used);
        json_put_money(o, "reserved", l->reserved);
        json_put_money(o, "limit", l->limit);
    } else {
        json_put_int(o, "used", l->used);
        json_put_int(o, "reserved", l->reserved);
        json_put_int(o, "limit", l->limit);
    }
    json_put_time(o, "reset", l->reset);
    cJSON_AddItemToArray(list, o);
}

static cJSON *limits(const struct key_live *l)
{
    cJSON *a = xcheck(cJSON_CreateArray());
    put_limit(a, "rate_requests", &l->rate_requests, false);
    put_limit(a, "rate_tokens", &l->rate_tokens, false);
    put_limit(a, "rate_cost", &l->rate_cost, true);
    put_limit(a, "daily_cost", &l->day, true);
    put_limit(a, "weekly_cost", &l->week, true);
    put_limit(a, "monthly_cost", &l->month, true);
    put_limit(a, "total_cost", &l->total, true);
    put_limit(a, "weekly_opus_cost", &l->opus, true);
    return a;
}

cJSON *key_full(struct control *c, const struct key *k, int64_t now)
{
    struct key_live l;
    core_key_live(c->p.core, k->id, now, &l);
    struct key *named = with_names(c, k);
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "id", k->id);
    json_put_str(o, "name", k->name);
    json_put_str(o, "state", key_state(k, now));
    json_put_str(o, "secret_tail", k->tail);
    json_put_bool(o, "kept", k->kept);
    json_put_str(o, "made_by", k->made_by);
    json_put_time(o, "created", k->created);
    json_put_time(o, "changed", k->changed);
    json_put_time(o, "first_used", k->first_used);
    json_put_time(o, "last_used", l.last_used);
    json_put_time(o, "expires_at", key_expiry(k));
    json_put_time(o, "removed", k->removed);
    json_put_time(o, "purged_at", k->removed ? k->removed + KEY_KEPT_MS : 0);
    json_put_time(o, "old_secret_until", k->has_old && k->old_until > now ? k->old_until : 0);
    json_put_int(o, "running", l.running);
    json_put_int(o, "waiting", l.waiting);
    json_put_span(o, "oldest_wait", l.waiting ? l.oldest_wait_ms : -1);
    json_put_int(o, "addresses_now", l.addresses);
    json_put_money(o, "cost_today", l.cost_today);
    json_put_int(o, "requests_today", l.requests_today);
    json_put(o, "limits", limits(&l));
    json_put_settings(o, &named->set, key_setting_fields, key_setting_count);
    key_unref(named);
    return o;
}

void key_tell(struct control *c, const struct key *k, const char *what)
{
    if (!c->p.bus || !bus_wants(c->p.bus, TOPIC_KEY))
        return;
    cJSON *o = key_row(c, k, clock_now());
    json_put_str(o, "what", what);
    bus_publish(c->p.bus, TOPIC_KEY, o);
}

static void env_line(cJSON *a, const char *name, const char *base, const char *tail)
{
    struct buf b = BUF_INIT;
    buf_addf(&b, "export %s=", name);
    struct buf value = BUF_INIT;
    buf_adds(&value, base);
    buf_adds(&value, tail);
    text_shell_word(&b, value.data);
    cJSON_AddItemToArray(a, xcheck(cJSON_CreateString(b.data)));
    buf_wipe(&value);
    buf_wipe(&b);
}

/* Whether lines for this service are of use: it is allowed, and so is a client that speaks to it.
 */
static bool may(const struct key *k, const char *service, const char *const clients[2])
{
    if (k->set.services.n && !strlist_has(&k->set.services, service))
        return false;
    const struct strlist *only = &k->set.clients;
    return only->n == 0 || strlist_has(only, clients[0]) || strlist_has(only, clients[1]) ||
           strlist_has(only, "curl");
}

/* The first address listened on, as it was bound (port 0 is none to tell). One that stands for all
 * of the machine's is told by the machine's name. */
static char *bound_address(struct control *c, const struct settings *s)
{
    cJSON *facts = xcheck(cJSON_CreateObject());
    if (c->p.facts)
        c->p.facts(c->p.daemon, facts);
    const cJSON *first = cJSON_GetArrayItem(json_at(facts, "listen"), 0);
    const char *text = cJSON_GetStringValue(first);
    if (!text || !*text)
        text = s->v.listen.n ? s->v.listen.v[0] : "127.0.0.1:3000";
    const char *port = strrchr(text, ':');
    char host[256] = "", *address;
    if ((text_starts(text, "0.0.0.0:") || text_starts(text, "[::]:")) &&
        gethostname(host, sizeof host - 1) == 0 && *host)
        address = xasprintf("%s%s", host, port);
    else
        address = xstrdup(text);
    cJSON_Delete(facts);
    return address;
}

char *control_address(struct control *c)
{
    const struct settings *s = settings_get(c->p.settings);
    char *url;
    if (s->v.public_url && *s->v.public_url) {
        url = xstrdup(s->v.public_url);
    } else {
        char *address = bound_address(c, s);
        url = xasprintf("http%s://%s", s->v.tls_cert && *s->v.tls_cert ? "s" : "", address);
        free(address);
    }
    settings_unref(s);
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        url[--n] = 0;
    return url;
}

cJSON *key_env(struct control *c, const struct key *k, const char *secret)
{
    static const struct {
        const char *service, *clients[2], *url_name, *path, *key_name;
    } rows[] = {
        {"claude", {"claude-code", "anthropic-sdk"}, "ANTHROPIC_BASE_URL", "/api",
            "ANTHROPIC_AUTH_TOKEN"},
        {"openai", {"codex", "openai-sdk"}, "OPENAI_BASE_URL", "/openai/v1", "OPENAI_API_KEY"},
        {"gemini", {"gemini-cli", "google-genai-sdk"}, "GOOGLE_GEMINI_BASE_URL", "/gemini",
            "GEMINI_API_KEY"},
    };
    cJSON *a = xcheck(cJSON_CreateArray());
    char *base = control_address(c);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!may(k, rows[i].service, rows[i].clients))
            continue;
        env_line(a, rows[i].url_name, base, rows[i].path);
        env_line(a, rows[i].key_name, secret, "");
    }
    free(base);
    return a;
}
