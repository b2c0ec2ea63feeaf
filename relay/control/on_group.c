/* group.*: names that accounts carry, with a note, and what is bound to them. */
#include "control/account_int.h"
#include "control/key_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/secret.h"

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void groups_all(struct control *c, struct strlist *names)
{
    for (size_t i = 0; i < c->groups.n; i++)
        strlist_add(names, c->groups.v[i]->name);
    size_t n;
    const struct account **v = core_accounts(c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        for (size_t g = 0; g < v[i]->groups.n; g++)
            if (!strlist_has(names, v[i]->groups.v[g]))
                strlist_add(names, v[i]->groups.v[g]);
        account_unref(v[i]);
    }
    free(v);
    if (names->n)
        qsort(names->v, names->n, sizeof(char *), by_text);
}

/* The full name of a group that is known by a record or by its members; heap. */
static char *find_group(struct control *c, const char *name, struct err *err)
{
    struct strlist all = {0};
    char *found = NULL;
    size_t starts = 0;
    groups_all(c, &all);
    for (size_t i = 0; i < all.n; i++) {
        bool same = strcmp(all.v[i], name) == 0;
        if (!same && !text_starts(all.v[i], name))
            continue;
        free(found);
        found = xstrdup(all.v[i]);
        starts = same ? 1 : starts + 1;
        if (same)
            break;
    }
    if (starts != 1) {
        free(found);
        found = NULL;
        if (starts)
            err_set(err, ERR_USAGE, "more than one group starts with '%s'", name);
        else
            err_set(err, ERR_NOT_FOUND, "no such group '%.64s'", name);
        const char *near = text_nearest(name, (const char *const *)all.v, all.n);
        if (near && !starts)
            err_hint(err, "did you mean '%s'?", near);
    }
    strlist_release(&all);
    return found;
}

static struct note_record *note_of(struct control *c, const char *name)
{
    for (size_t i = 0; i < c->groups.n; i++)
        if (strcmp(c->groups.v[i]->name, name) == 0)
            return c->groups.v[i];
    return NULL;
}

static size_t put_members(struct control *c, cJSON *o, const char *group, int64_t now)
{
    cJSON *list = xcheck(cJSON_CreateArray());
    size_t n, ready = 0;
    const struct account **v = core_accounts(c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        if (strlist_has(&v[i]->groups, group)) {
            struct account_live l;
            core_account_live(c->p.core, v[i]->id, now, &l);
            ready += strcmp(account_state(v[i], &l, now), "ready") == 0;
            cJSON_AddItemToArray(list, xcheck(cJSON_CreateString(v[i]->name)));
        }
        account_unref(v[i]);
    }
    free(v);
    json_put(o, "accounts", list);
    return ready;
}

static cJSON *bound_keys(struct control *c, const char *group)
{
    cJSON *list = xcheck(cJSON_CreateArray());
    size_t n;
    const struct key **v = core_keys(c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        if (!v[i]->removed && strlist_has(&v[i]->set.groups, group))
            cJSON_AddItemToArray(list, xcheck(cJSON_CreateString(v[i]->name)));
        key_unref(v[i]);
    }
    free(v);
    return list;
}

static cJSON *group_json(struct control *c, const char *name, int64_t now)
{
    const struct note_record *r = note_of(c, name);
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "name", name);
    json_put_int(o, "ready", (int64_t)put_members(c, o, name, now));
    json_put(o, "keys", bound_keys(c, name));
    if (r) {
        json_put_str(o, "note", json_str(r->doc, "note"));
        json_put_time(o, "created", r->created);
    }
    return o;
}

void on_GROUP_LIST(struct order *o)
{
    struct strlist all = {0};
    groups_all(o->c, &all);
    cJSON *items = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < all.n; i++) {
        cJSON *g = group_json(o->c, all.v[i], o->now);
        int keys = cJSON_GetArraySize(json_at(g, "keys"));
        cJSON_DeleteItemFromObjectCaseSensitive(g, "keys");
        json_put_int(g, "keys", keys);
        cJSON_AddItemToArray(items, g);
    }
    strlist_release(&all);
    order_done(o, list_result(items));
}

void on_GROUP_SHOW(struct order *o)
{
    struct err err;
    char *name = find_group(o->c, order_text(o, "name"), &err);
    if (name)
        order_done(o, group_json(o->c, name, o->now));
    else
        order_fail(o, &err);
    free(name);
}

/* --- members
 * --------------------------------------------------------------------------------------- */

struct membership {
    const char *group;
    bool join;
};

static void member_one(struct act *a, cJSON *row, const struct account *was, void *arg)
{
    const struct membership *m = arg;
    struct account *acc = account_copy(was);
    if (m->join && !strlist_has(&acc->groups, m->group))
        strlist_add(&acc->groups, m->group);
    else if (!m->join)
        strlist_remove(&acc->groups, m->group);
    act_row_change(row, account_diff(was, acc));
    act_put_account(a, row, acc, NULL);
}

static void members(struct order *o, bool join)
{
    struct err err;
    char *group = find_group(o->c, order_text(o, "group"), &err);
    const char *asked = group ? group : order_text(o, "group");
    char *word = text_shell_quoted(asked ? asked : "");
    if (!group) {
        if (join && err.code == ERR_NOT_FOUND && !err.hint[0])
            err_hint(&err, "crs group create %s makes it", word);
        free(word);
        order_fail(o, &err);
        return;
    }
    struct membership m = {group, join};
    struct act *a = act_begin(o);
    a->undo = xasprintf("crs group %s %s", join ? "leave" : "join", word);
    free(word);
    act_accounts(a, member_one, &m);
    act_end(a);
    free(group);
}

void on_GROUP_JOIN(struct order *o)
{
    members(o, true);
}

void on_GROUP_LEAVE(struct order *o)
{
    members(o, false);
}

/* --- create
 * ---------------------------------------------------------------------------------------- */

struct creation {
    struct order *o;
    struct note_record *r; /* not in the book yet */
    size_t under_way;
    struct err err;
    bool failed;
};

static void creation_end(struct creation *g)
{
    struct order *o = g->o;
    if (g->failed) {
        order_fail(o, &g->err);
    } else {
        cJSON *r = group_json(o->c, g->r->name, o->now);
        order_done(o, r);
    }
    free(g);
}

static void member_came(void *arg, const struct account *a, const struct err *failure)
{
    struct creation *g = arg;
    (void)a;
    if (failure && !g->failed) {
        g->failed = true;
        g->err = *failure;
    }
    if (--g->under_way == 0)
        creation_end(g);
}

static void created(struct order *o, void *arg, const struct err *failure)
{
    struct creation *g = arg;
    const cJSON *accounts = order_list(o, "accounts");
    if (failure) {
        if (!o->c->dead)
            note_book_remove(&o->c->groups, g->r);
        g->failed = true;
        g->err = *failure;
        creation_end(g);
        return;
    }
    g->under_way = 1;
    for (const cJSON *v = accounts ? accounts->child : NULL; v; v = v->next) {
        const struct account *was = find_account(o->c, v->valuestring, NULL);
        if (!was || strlist_has(&was->groups, g->r->name)) {
            account_unref(was);
            continue;
        }
        struct account *a = account_copy(was);
        account_unref(was);
        strlist_add(&a->groups, g->r->name);
        g->under_way++;
        care_put(o->c->p.care, a, NULL, member_came, g);
    }
    member_came(g, NULL, NULL);
}

static int creation_check(struct order *o, const char *name, struct err *err)
{
    const cJSON *accounts = order_list(o, "accounts");
    if (name_check(name, err) < 0)
        return -1;
    if (note_of(o->c, name))
        return err_set(err, ERR_CONFLICT, "group name '%s' is taken", name);
    for (const cJSON *v = accounts ? accounts->child : NULL; v; v = v->next) {
        const struct account *a = find_account(o->c, v->valuestring, err);
        if (!a)
            return -1;
        account_unref(a);
    }
    return 0;
}

void on_GROUP_CREATE(struct order *o)
{
    struct err err;
    const char *name = order_text(o, "name"), *note = order_text(o, "note");
    order_subject(o, "group %s", name ? name : "");
    if (creation_check(o, name, &err) < 0) {
        order_fail(o, &err);
        return;
    }
    if (o->dry_run) {
        order_done(o, group_json(o->c, name, o->now));
        return;
    }
    char id[12] = "gr_";
    secret_id(id + 3, 8);
    struct creation *g = xcalloc(1, sizeof *g);
    g->o = o;
    g->r = note_book_add(&o->c->groups, id, name);
    g->r->created = g->r->changed = o->now;
    if (note)
        json_put_str(g->r->doc, "note", note);
    order_put(o, "group", id, note_record_doc(g->r), NULL, 0, created, g);
}
