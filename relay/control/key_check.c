/* Whether the settings of a key make sense beyond their kinds and ranges, and the names in them as
 * they are kept: accounts by id, so that a renamed one stays bound. */
#include "control/key_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

#define LIST_MAX 200 /* entries of one list */

static int check_size(const char *name, const struct strlist *l, struct err *err)
{
    if (l->n > LIST_MAX)
        return err_set(err, ERR_USAGE, "'%s' has over %d entries", name, LIST_MAX);
    for (size_t i = 0; i < l->n; i++)
        if (!*l->v[i] || strlen(l->v[i]) > 200)
            return err_set(err, ERR_USAGE, "'%s' has an entry of 0 or over 200 bytes", name);
    return 0;
}

static int check_lists(const struct key_settings *s, struct err *err)
{
    if (check_size("tags", &s->tags, err) < 0 || check_size("clients", &s->clients, err) < 0 ||
        check_size("models", &s->models, err) < 0 ||
        check_size("not_models", &s->not_models, err) < 0 ||
        check_size("from", &s->from, err) < 0 || check_size("accounts", &s->accounts, err) < 0 ||
        check_size("groups", &s->groups, err) < 0)
        return -1;
    for (size_t i = 0; i < s->from.n; i++)
        if (cidr_check(s->from.v[i], err) < 0)
            return -1;
    return 0;
}

static int accounts_to_ids(struct control *c, struct strlist *l, struct err *err)
{
    struct strlist ids = {0};
    int r = 0;
    for (size_t i = 0; i < l->n && r == 0; i++) {
        const struct account *a = find_account(c, l->v[i], err);
        if (!a)
            r = -1;
        else if (!strlist_has(&ids, a->id))
            strlist_add(&ids, a->id);
        account_unref(a);
    }
    if (r == 0) {
        strlist_release(l);
        *l = ids;
    } else {
        strlist_release(&ids);
    }
    return r;
}

static int check_known(
    const char *what, const struct strlist *wanted, const struct strlist *known, struct err *err)
{
    for (size_t i = 0; i < wanted->n; i++) {
        if (strlist_has(known, wanted->v[i]))
            continue;
        err_set(err, ERR_NOT_FOUND, "no such %s '%s'", what, wanted->v[i]);
        const char *near = text_nearest(wanted->v[i], (const char *const *)known->v, known->n);
        return near ? err_hint(err, "did you mean '%s'?", near) : -1;
    }
    return 0;
}

static void add_client(void *arg, const char *name, const char *help)
{
    (void)help;
    strlist_add(arg, name);
}

static int check_clients(struct control *c, const struct strlist *clients, struct err *err)
{
    if (clients->n == 0 || !c->p.data)
        return 0;
    struct strlist known = {0};
    const struct dataset *d = dataset_get(c->p.data);
    clients_each(d->clients, add_client, &known);
    dataset_unref(d);
    int r = check_known("client", clients, &known, err);
    strlist_release(&known);
    return r;
}

static int check_groups(struct control *c, const struct strlist *groups, struct err *err)
{
    if (groups->n == 0)
        return 0;
    struct strlist known = {0};
    groups_all(c, &known);
    int r = check_known("group", groups, &known, err);
    strlist_release(&known);
    return r;
}

int key_settings_patch(
    struct control *c, struct key_settings *s, const cJSON *given, int64_t now, struct err *err)
{
    if (record_patch(s, key_setting_fields, key_setting_count, given, err) < 0 ||
        check_lists(s, err) < 0)
        return -1;
    const cJSON *expires = json_at(given, "expires");
    if (cJSON_IsString(expires) && s->expires && s->expires <= now) {
        err_set(err, ERR_USAGE, "'expires' has passed already");
        return err_hint(err, "to stop a key now: crs key pause");
    }
    /* Only what is given: an old name that is gone must not stand in the way of another edit. */
    if (cJSON_IsArray(json_at(given, "accounts")) && accounts_to_ids(c, &s->accounts, err) < 0)
        return -1;
    if (cJSON_IsArray(json_at(given, "groups")) && check_groups(c, &s->groups, err) < 0)
        return -1;
    if (cJSON_IsArray(json_at(given, "clients")) && check_clients(c, &s->clients, err) < 0)
        return -1;
    return 0;
}
