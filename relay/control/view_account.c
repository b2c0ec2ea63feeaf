/* How an upstream account looks. */
#include "control/view_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

const char *account_state(const struct account *a, const struct account_live *l, int64_t now)
{
    if (a->off)
        return "off";
    if (a->set.expires && a->set.expires <= now)
        return "expired";
    return health_name(l->health);
}

char *account_name_of(struct control *c, const char *id)
{
    const struct account *a = id && *id ? core_account_find(c->p.core, id, NULL) : NULL;
    char *name = xstrdup(a ? a->name : id ? id : "");
    account_unref(a);
    return name;
}

char *key_name_of(struct control *c, const char *id)
{
    const struct key *k = id && *id ? core_key_by_id(c->p.core, id) : NULL;
    /* Without a key: the relay's own tests of accounts. No key can have this name. */
    char *name = xstrdup(k ? k->name : id && *id ? id : "(test)");
    key_unref(k);
    return name;
}

/* A hint whose reset has passed says nothing any more. */
static bool told(const struct window_use *w, int64_t now)
{
    return w->known && (!w->reset || w->reset > now);
}

static void put_window(cJSON *o, const char *name, const struct window_use *w, int64_t now)
{
    if (told(w, now))
        json_put_percent(o, name, w->used);
    else
        json_put_null(o, name);
}

cJSON *account_row(struct control *c, const struct account *a, int64_t now)
{
    struct account_live l;
    core_account_live(c->p.core, a->id, now, &l);
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "name", a->name);
    json_put_str(o, "id", a->id);
    json_put_str(o, "kind", a->kind);
    json_put_str(o, "service", service_name(a->service));
    json_put_str(o, "state", account_state(a, &l, now));
    json_put_int(o, "running", l.running);
    if (a->set.at_once)
        json_put_int(o, "at_once", a->set.at_once);
    else
        json_put_null(o, "at_once");
    put_window(o, "five_hour", &l.quota.five_hour, now);
    put_window(o, "seven_day", &l.quota.seven_day, now);
    json_put_time(
        o, "five_hour_reset", told(&l.quota.five_hour, now) ? l.quota.five_hour.reset : 0);
    json_put_time(
        o, "seven_day_reset", told(&l.quota.seven_day, now) ? l.quota.seven_day.reset : 0);
    json_put_money(o, "cost_today", l.cost_today);
    json_put_int(o, "requests_today", l.requests_today);
    json_put_int(o, "errors_today", l.errors_today);
    json_put_int(o, "priority", a->set.priority);
    json_put_bool(o, "pool", a->set.pool);
    json_put_strlist(o, "groups", &a->groups);
    json_put_time(o, "since", l.since);
    json_put_time(o, "until", l.until);
    reason_put(o, l.reason);
    json_put_time(o, "last_used", l.last_used);
    json_put_time(o, "empty_at", l.empty_at);
    json_put_int(o, "sessions", l.sessions);
    json_put_time(o, "token_expires", l.token_expires);
    json_put_str(o, "note", a->set.note);
    return o;
}

static void add_window(cJSON *list, const char *name, const struct window_use *w, int64_t now)
{
    if (!told(w, now))
        return;
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "name", name);
    json_put_percent(o, "used", w->used);
    json_put_time(o, "reset", w->reset);
    json_put_time(o, "at", w->at);
    json_put_str(o, "by", w->by);
    cJSON_AddItemToArray(list, o);
}

static cJSON *windows(const struct quota *q, int64_t now)
{
    cJSON *a = xcheck(cJSON_CreateArray());
    add_window(a, "5h", &q->five_hour, now);
    add_window(a, "7d", &q->seven_day, now);
    add_window(a, "7d opus", &q->seven_day_opus, now);
    add_window(a, "7d sonnet", &q->seven_day_sonnet, now);
    add_window(a, "requests", &q->requests, now);
    add_window(a, "tokens", &q->tokens, now);
    return a;
}

static cJSON *family_limits(const struct account_live *l)
{
    cJSON *a = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < l->n_family_limits; i++) {
        cJSON *o = xcheck(cJSON_CreateObject());
        json_put_str(o, "family", family_name(l->family_limits[i].family));
        json_put_time(o, "until", l->family_limits[i].until);
        cJSON_AddItemToArray(a, o);
    }
    return a;
}

static cJSON *bound_keys(struct control *c, const struct account *a)
{
    cJSON *list = xcheck(cJSON_CreateArray());
    size_t n;
    const struct key **v = core_keys(c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        if (!v[i]->removed &&
            (strlist_has(&v[i]->set.accounts, a->id) || strlist_has(&v[i]->set.accounts, a->name)))
            cJSON_AddItemToArray(list, xcheck(cJSON_CreateString(v[i]->name)));
        key_unref(v[i]);
    }
    free(v);
    return list;
}

/* What a person can do about a state that does not end by itself. */
static void put_remedy(cJSON *o, const struct account *a, enum health health)
{
    const char *command = a->off                     ? "crs account on"
                          : health == HEALTH_LOGIN   ? "crs account login"
                          : health == HEALTH_BLOCKED ? "crs account test"
                                                     : NULL;
    char *text = command ? xasprintf("%s %s", command, a->name) : NULL;
    json_put_str(o, "remedy", text);
    free(text);
}

static void put_spare_keys(cJSON *o, struct control *c, const struct account *a)
{
    const struct credential *cr = core_credential(c->p.core, a->id);
    int n = cr ? provider_spare_keys(a, cr) : 0;
    if (n)
        json_put_int(o, "spare_keys", n);
    else
        json_put_null(o, "spare_keys");
    credential_unref(cr);
}

static bool has_proxy_login(struct control *c, const struct account *a)
{
    const struct credential *cr = core_credential(c->p.core, a->id);
    bool has = cr && cr->proxy_user && *cr->proxy_user;
    credential_unref(cr);
    return has;
}

cJSON *account_full(struct control *c, const struct account *a, int64_t now)
{
    struct account_live l;
    core_account_live(c->p.core, a->id, now, &l);
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "id", a->id);
    json_put_str(o, "name", a->name);
    json_put_str(o, "kind", a->kind);
    json_put_str(o, "service", service_name(a->service));
    json_put_str(o, "state", account_state(a, &l, now));
    json_put_time(o, "since", l.since);
    json_put_time(o, "until", l.until);
    reason_put(o, l.reason);
    put_remedy(o, a, l.health);
    json_put(o, "family_limits", family_limits(&l));
    json_put_strlist(o, "groups", &a->groups);
    json_put_str(o, "login", a->login);
    if (a->profile)
        json_put(o, "profile", xcheck(cJSON_Duplicate(a->profile, true)));
    json_put_bool(o, "proxy_login", has_proxy_login(c, a));
    json_put_time(o, "token_expires", l.token_expires);
    put_spare_keys(o, c, a);
    json_put_time(o, "created", a->created);
    json_put_time(o, "changed", a->changed);
    json_put_time(o, "last_used", l.last_used);
    json_put_int(o, "running", l.running);
    json_put_int(o, "sessions", l.sessions);
    json_put_money(o, "cost_today", l.cost_today);
    json_put_int(o, "requests_today", l.requests_today);
    json_put_int(o, "errors_today", l.errors_today);
    json_put_time(o, "empty_at", l.empty_at);
    json_put(o, "windows", windows(&l.quota, now));
    json_put(o, "keys", bound_keys(c, a));
    json_put_settings(o, &a->set, account_setting_fields, account_setting_count);
    return o;
}

void account_tell(struct control *c, const struct account *a, const char *what)
{
    if (!c->p.bus || !bus_wants(c->p.bus, TOPIC_ACCOUNT))
        return;
    cJSON *o = account_row(c, a, clock_now());
    json_put_str(o, "what", what);
    bus_publish(c->p.bus, TOPIC_ACCOUNT, o);
}

static void put_from_to(cJSON *d, const char *name, const char *from, const char *to)
{
    if (strcmp(from, to) == 0)
        return;
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "from", from);
    json_put_str(o, "to", to);
    json_put(d, name, o);
}

cJSON *account_diff(const struct account *was, const struct account *is)
{
    cJSON *d = settings_diff(&was->set, &is->set, account_setting_fields, account_setting_count);
    put_from_to(d, "name", was->name, is->name);
    put_from_to(d, "state", was->off ? "off" : "on", is->off ? "off" : "on");
    if (!strlist_equal(&was->groups, &is->groups)) {
        cJSON *o = xcheck(cJSON_CreateObject());
        json_put_strlist(o, "from", &was->groups);
        json_put_strlist(o, "to", &is->groups);
        json_put(d, "groups", o);
    }
    return d;
}
