/* group.edit and group.remove: a group's name stands in accounts, keys and templates, so its change
 * walks through all of them before it is done. */
#include "control/account_int.h"
#include "control/key_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/secret.h"

struct change {
    struct act *act;
    cJSON *row;
    char *from, *to; /* to NULL: removed */
    char *note;      /* NULL: unchanged */
    size_t under_way;
    struct err err;
    bool failed;
};

static void change_free(struct change *g)
{
    free(g->from);
    free(g->to);
    free(g->note);
    free(g);
}

static struct note_record *record_of(struct control *c, const char *name)
{
    for (size_t i = 0; i < c->groups.n; i++)
        if (strcmp(c->groups.v[i]->name, name) == 0)
            return c->groups.v[i];
    return NULL;
}

/* What the store has taken becomes true here. */
static void apply(struct control *c, const struct change *g, int64_t now)
{
    struct note_record *r = record_of(c, g->from);
    if (!r)
        return;
    if (!g->to) {
        note_book_remove(&c->groups, r);
        return;
    }
    if (strcmp(g->from, g->to) != 0)
        note_book_rename(&c->groups, r, g->to);
    r->changed = now;
    if (g->note) {
        cJSON_DeleteItemFromObjectCaseSensitive(r->doc, "note");
        json_put_str(r->doc, "note", g->note);
    }
}

static void change_end(struct order *o, void *arg, const struct err *failure)
{
    struct change *g = arg;
    struct act *a = g->act;
    if (failure) {
        act_row_fail(a, g->row, failure);
    } else {
        if (!o->dry_run)
            apply(o->c, g, o->now);
        json_put_str(g->row, "state", g->to ? "there" : "gone");
        act_row_done(a, g->row);
    }
    change_free(g);
    act_came(a);
}

static cJSON *record_doc(const struct note_record *r, const struct change *g, int64_t now)
{
    struct note_record made = *r;
    made.name = g->to;
    made.changed = now;
    made.doc = xcheck(cJSON_CreateObject());
    json_put_str(made.doc, "note", g->note ? g->note : json_str(r->doc, "note"));
    cJSON *doc = note_record_doc(&made);
    cJSON_Delete(made.doc);
    return doc;
}

/* Last of all the record of the group itself. */
static void put_record(struct change *g)
{
    struct order *o = g->act->o;
    const struct note_record *r = record_of(o->c, g->from);
    if (!r)
        change_end(o, g, NULL);
    else if (!g->to)
        order_delete(o, "group", r->id, change_end, g);
    else
        order_put(o, "group", r->id, record_doc(r, g, o->now), NULL, 0, change_end, g);
}

static void part_came(struct change *g, const struct err *failure)
{
    if (failure && !g->failed) {
        g->failed = true;
        g->err = *failure;
    }
    if (--g->under_way)
        return;
    if (g->failed || g->act->o->c->dead)
        change_end(g->act->o, g, g->failed ? &g->err : failure);
    else
        put_record(g);
}

static void account_came(void *arg, const struct account *a, const struct err *failure)
{
    (void)a;
    part_came(arg, failure);
}

static void key_came(struct order *o, void *arg, const struct err *failure)
{
    (void)o;
    part_came(arg, failure);
}

static bool replace(struct strlist *l, const char *from, const char *to)
{
    if (!strlist_has(l, from))
        return false;
    strlist_remove(l, from);
    if (to && !strlist_has(l, to))
        strlist_add(l, to);
    return true;
}

static void change_accounts(struct change *g)
{
    struct order *o = g->act->o;
    size_t n;
    const struct account **v = core_accounts(o->c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        if (strlist_has(&v[i]->groups, g->from)) {
            struct account *a = account_copy(v[i]);
            replace(&a->groups, g->from, g->to);
            g->under_way++;
            care_put(o->c->p.care, a, NULL, account_came, g);
        }
        account_unref(v[i]);
    }
    free(v);
}

/* A key that loses its last binding would become free to use every account: it is paused. */
static void change_keys(struct change *g)
{
    struct order *o = g->act->o;
    size_t n;
    const struct key **v = core_keys(o->c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        if (strlist_has(&v[i]->set.groups, g->from)) {
            struct key *k = key_copy(v[i]);
            replace(&k->set.groups, g->from, g->to);
            if (!k->set.groups.n && !k->set.accounts.n)
                k->paused = true;
            g->under_way++;
            order_put_key(o, k, NULL, 0, key_came, g);
        }
        key_unref(v[i]);
    }
    free(v);
}

static bool json_replace(cJSON *list, const char *from, const char *to)
{
    int i = 0;
    for (cJSON *v = list ? list->child : NULL; v; v = v->next, i++) {
        if (!cJSON_IsString(v) || strcmp(v->valuestring, from) != 0)
            continue;
        if (to)
            cJSON_ReplaceItemInArray(list, i, xcheck(cJSON_CreateString(to)));
        else
            cJSON_DeleteItemFromArray(list, i);
        return true;
    }
    return false;
}

static void change_templates(struct change *g)
{
    struct order *o = g->act->o;
    for (size_t i = 0; i < o->c->templates.n; i++) {
        struct note_record *r = o->c->templates.v[i];
        if (!json_replace(cJSON_GetObjectItemCaseSensitive(r->doc, "groups"), g->from, g->to))
            continue;
        g->under_way++;
        order_put(o, "template", r->id, note_record_doc(r), NULL, 0, key_came, g);
    }
}

static size_t count_keys(struct control *c, const char *group)
{
    size_t n, count = 0;
    const struct key **v = core_keys(c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        count += !v[i]->removed && strlist_has(&v[i]->set.groups, group);
        key_unref(v[i]);
    }
    free(v);
    return count;
}

static void change_begin(struct order *o, struct change *g)
{
    g->act = act_begin(o);
    g->row = act_row(g->act, g->from, NULL);
    if (g->to && strcmp(g->from, g->to) != 0) {
        cJSON *change = xcheck(cJSON_CreateObject()), *name = xcheck(cJSON_CreateObject());
        json_put_str(name, "from", g->from);
        json_put_str(name, "to", g->to);
        json_put(change, "name", name);
        act_row_change(g->row, change);
    }
    struct act *a = g->act;
    act_wait(a);
    g->under_way = 1;
    if (o->dry_run) {
        change_end(o, g, NULL);
    } else {
        if (!g->to || strcmp(g->from, g->to) != 0) {
            change_accounts(g);
            change_keys(g);
            change_templates(g);
        }
        part_came(g, NULL);
    }
    act_end(a);
}

static int known_group(struct order *o, char **full, struct err *err)
{
    const char *name = order_text(o, "name");
    struct strlist all = {0};
    groups_all(o->c, &all);
    *full = name && strlist_has(&all, name) ? xstrdup(name) : NULL;
    if (!*full) {
        err_set(err, ERR_NOT_FOUND, "no such group '%.64s'", name ? name : "");
        const char *near = text_nearest(name ? name : "", (const char *const *)all.v, all.n);
        if (near)
            err_hint(err, "did you mean '%s'?", near);
    }
    strlist_release(&all);
    return *full ? 0 : -1;
}

/* A group known only by its members gets a record when it gets a note. */
static void ensure_record(struct control *c, const struct change *g, int64_t now)
{
    if (!g->note || record_of(c, g->from))
        return;
    char id[12] = "gr_";
    secret_id(id + 3, 8);
    struct note_record *r = note_book_add(&c->groups, id, g->from);
    r->created = now;
}

void on_GROUP_EDIT(struct order *o)
{
    struct err err;
    struct change *g = xcalloc(1, sizeof *g);
    const char *rename = order_text(o, "rename");
    const cJSON *note = json_at(o->params, "note");
    int r = known_group(o, &g->from, &err);
    if (r == 0 && rename)
        r = name_check(rename, &err);
    if (r == 0 && rename && strcmp(rename, g->from) != 0 && record_of(o->c, rename))
        r = err_set(&err, ERR_CONFLICT, "group name '%s' is taken", rename);
    if (r < 0) {
        change_free(g);
        order_fail(o, &err);
        return;
    }
    g->to = xstrdup(rename ? rename : g->from);
    if (note)
        g->note = xstrdup(cJSON_IsString(note) ? note->valuestring : "");
    if (!o->dry_run)
        ensure_record(o->c, g, o->now);
    change_begin(o, g);
}

void on_GROUP_REMOVE(struct order *o)
{
    struct err err;
    struct change *g = xcalloc(1, sizeof *g);
    int r = known_group(o, &g->from, &err);
    size_t keys = r == 0 ? count_keys(o->c, g->from) : 0;
    if (keys && !order_flag(o, "unbind")) {
        r = err_set(&err, ERR_CONFLICT, "group '%s' has %zu bound key%s", g->from, keys,
            keys == 1 ? "" : "s");
        err_hint(&err, "with --unbind they are unbound; those bound to nothing else are paused");
    }
    if (r == 0) {
        change_begin(o, g);
        return;
    }
    change_free(g);
    order_fail(o, &err);
}
