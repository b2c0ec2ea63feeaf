/* A record of an account from what a call gives. */
#include "control/account_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "common/alloc.h"
#include "common/secret.h"

static int check_url(const char *name, const char *url, struct err *err)
{
    if (!url || !*url || text_starts(url, "https://") || text_starts(url, "http://"))
        return 0;
    err_set(err, ERR_USAGE, "'%s' is no address: '%.100s'", name, url);
    return err_hint(err, "it begins with https:// (or http:// on a net that you trust)");
}

static int check_map(const struct strlist *map, struct err *err)
{
    for (size_t i = 0; i < map->n; i++) {
        const char *eq = strchr(map->v[i], '=');
        if (!eq || eq == map->v[i] || !eq[1])
            return err_set(err, ERR_USAGE, "'model_map' has '%.100s', not asked=served", map->v[i]);
    }
    return 0;
}

static int set_groups(struct order *o, struct account *a, struct err *err)
{
    const cJSON *groups = order_list(o, "groups");
    if (!json_at(o->params, "groups"))
        return 0;
    strlist_release(&a->groups);
    for (const cJSON *g = groups ? groups->child : NULL; g; g = g->next) {
        if (name_check(g->valuestring, err) < 0)
            return -1;
        if (!strlist_has(&a->groups, g->valuestring))
            strlist_add(&a->groups, g->valuestring);
    }
    return 0;
}

int account_patch(struct order *o, struct account *a, struct err *err)
{
    if (record_patch(&a->set, account_setting_fields, account_setting_count, o->params, err) < 0 ||
        set_groups(o, a, err) < 0 || check_url("url", a->set.url, err) < 0 ||
        check_map(&a->set.model_map, err) < 0)
        return -1;
    if (a->set.proxy && *a->set.proxy && proxy_check(a->set.proxy, err) < 0)
        return -1;
    return 0;
}

static char *free_name(struct control *c, const char *kind)
{
    for (int i = 1;; i++) {
        char *name = xasprintf("%s-%d", kind, i);
        struct account *probe = account_create();
        probe->name = xstrdup(name);
        int r = core_account_check(c->p.core, probe, NULL);
        account_unref(probe);
        if (r == 0)
            return name;
        free(name);
    }
}

static const char *setting_text(const struct account *a, const char *name)
{
    const struct field *f = field_find(account_setting_fields, account_setting_count, name);
    if (!f || (f->kind != F_TEXT && f->kind != F_NAME))
        return "-";
    return *(char *const *)(const void *)((const char *)&a->set + f->offset);
}

static int check_needs(const struct provider *p, const struct account *a, struct err *err)
{
    struct strlist needs = {0};
    int r = 0;
    strlist_split(&needs, p->needs ? p->needs : "", " ");
    for (size_t i = 0; i < needs.n && r == 0; i++) {
        const char *v = setting_text(a, needs.v[i]);
        if (!v || !*v)
            r = err_set(err, ERR_USAGE, "an account of kind '%s' needs '%s'", p->kind, needs.v[i]);
    }
    strlist_release(&needs);
    return r;
}

struct account *account_make(struct order *o, const char *kind, struct err *err)
{
    const struct provider *p = provider_by_kind(kind);
    if (!p) {
        err_set(err, ERR_USAGE, "accounts of kind '%s' are not built into this relay", kind);
        return NULL;
    }
    struct account *a = account_create();
    char id[9];
    secret_id(id, 8);
    snprintf(a->id, sizeof a->id, "ac_%s", id);
    a->kind = xstrdup(kind);
    a->service = p->service;
    a->created = a->changed = o->now;
    const char *name = order_text(o, "name");
    a->name = name ? xstrdup(name) : free_name(o->c, kind);
    if (name_check(a->name, err) == 0 && account_patch(o, a, err) == 0 &&
        check_needs(p, a, err) == 0 && core_account_check(o->c->p.core, a, err) == 0)
        return a;
    account_unref(a);
    return NULL;
}

int credential_proxy(struct order *o, struct credential *cr, struct err *err)
{
    const cJSON *v = json_at(o->params, "proxy_login");
    if (!v)
        return 0;
    const char *s = cJSON_IsString(v) ? v->valuestring : "";
    const char *colon = strchr(s, ':');
    if (*s && (!colon || colon == s)) {
        err_set(err, ERR_USAGE, "'proxy_login' is not user:password");
        return -1;
    }
    secret_free(cr->proxy_user);
    secret_free(cr->proxy_password);
    cr->proxy_user = *s ? xstrndup(s, (size_t)(colon - s)) : NULL;
    cr->proxy_password = *s ? xstrdup(colon + 1) : NULL;
    return 0;
}
