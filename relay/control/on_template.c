/* template.*: prepared settings for new keys. */
#include "control/key_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/secret.h"

static struct key_settings settings_of(const struct note_record *t)
{
    struct key_settings s = {0};
    record_init(&s, key_setting_fields, key_setting_count);
    if (t)
        record_patch(&s, key_setting_fields, key_setting_count, t->doc, NULL);
    return s;
}

static void settings_release(struct key_settings *s)
{
    record_release(s, key_setting_fields, key_setting_count);
}

/* "daily cost $5, at once 2": what a list shows of it. */
static char *in_words(struct control *c, const struct key_settings *s)
{
    struct buf b = BUF_INIT;
    cJSON *o = key_settings_short(c, s);
    for (const cJSON *v = o->child; v; v = v->next) {
        const struct field *f = field_find(key_setting_fields, key_setting_count, v->string);
        if (!f || strcmp(v->string, "note") == 0)
            continue;
        buf_adds(&b, b.len ? ", " : "");
        for (const char *p = v->string; *p; p++)
            buf_addc(&b, *p == '_' ? ' ' : *p);
        buf_addc(&b, ' ');
        field_print(f, v, &b);
    }
    cJSON_Delete(o);
    return buf_steal(&b, NULL);
}

static cJSON *template_json(struct control *c, const struct note_record *t, bool all)
{
    struct key_settings s = settings_of(t);
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "name", t->name);
    json_put_time(o, "created", t->created);
    json_put_time(o, "changed", t->changed);
    if (all) {
        for (size_t i = 0; i < s.accounts.n; i++) {
            char *name = account_name_of(c, s.accounts.v[i]);
            free(s.accounts.v[i]);
            s.accounts.v[i] = name;
        }
        json_put_settings(o, &s, key_setting_fields, key_setting_count);
    } else {
        char *words = in_words(c, &s);
        json_put_str(o, "settings", words);
        json_put_str(o, "note", s.note);
        free(words);
    }
    settings_release(&s);
    return o;
}

void on_TEMPLATE_LIST(struct order *o)
{
    cJSON *items = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < o->c->templates.n; i++)
        cJSON_AddItemToArray(items, template_json(o->c, o->c->templates.v[i], false));
    order_done(o, list_result(items));
}

void on_TEMPLATE_SHOW(struct order *o)
{
    struct err err;
    const struct note_record *t = find_note(&o->c->templates, order_text(o, "name"), &err);
    if (t)
        order_done(o, template_json(o->c, t, true));
    else
        order_fail(o, &err);
}

static void keep_settings(struct note_record *t, const struct key_settings *s)
{
    cJSON_Delete(t->doc);
    t->doc = xcheck(cJSON_CreateObject());
    record_json(s, key_setting_fields, key_setting_count, t->doc, false);
}

/* --- create
 * ---------------------------------------------------------------------------------------- */

static void created(struct order *o, void *arg, const struct err *failure)
{
    struct note_record *t = arg;
    if (failure) {
        if (!o->c->dead)
            note_book_remove(&o->c->templates, t);
        order_fail(o, failure);
        return;
    }
    order_done(o, template_json(o->c, t, true));
}

static int begin_like(struct order *o, struct key_settings *s, struct err *err)
{
    const char *like = order_text(o, "like");
    record_init(s, key_setting_fields, key_setting_count);
    if (like) {
        const struct key *k = find_key(o->c, like, false, err);
        if (!k)
            return -1;
        settings_release(s);
        record_copy(s, &k->set, key_setting_fields, key_setting_count);
        key_unref(k);
    }
    return key_settings_patch(o->c, s, o->params, o->now, err);
}

static bool name_taken(const struct control *c, const char *name)
{
    for (size_t i = 0; i < c->templates.n; i++)
        if (strcmp(c->templates.v[i]->name, name) == 0)
            return true;
    return false;
}

void on_TEMPLATE_CREATE(struct order *o)
{
    struct err err;
    struct key_settings s = {0};
    const char *name = order_text(o, "name");
    order_subject(o, "template %s", name ? name : "");
    int r = begin_like(o, &s, &err);
    if (r == 0)
        r = name_check(name, &err);
    if (r == 0 && name_taken(o->c, name))
        r = err_set(&err, ERR_CONFLICT, "template name '%s' is taken", name);
    if (r < 0) {
        settings_release(&s);
        order_fail(o, &err);
        return;
    }
    char id[12] = "tp_";
    secret_id(id + 3, 8);
    struct note_record *t = note_book_add(&o->c->templates, id, name);
    t->created = t->changed = o->now;
    keep_settings(t, &s);
    order_change(o, key_settings_short(o->c, &s));
    settings_release(&s);
    if (!o->dry_run) {
        order_put(o, "template", id, note_record_doc(t), NULL, 0, created, t);
        return;
    }
    cJSON *shown = template_json(o->c, t, true);
    note_book_remove(&o->c->templates, t);
    order_done(o, shown);
}

/* --- edit and remove
 * --------------------------------------------------------------------------------- */

struct edit {
    struct act *act;
    cJSON *row;
    struct note_record *t;
    struct key_settings set;
    char *name;
};

static void edit_came(struct order *o, void *arg, const struct err *failure)
{
    struct edit *e = arg;
    struct act *a = e->act;
    if (failure) {
        act_row_fail(a, e->row, failure);
    } else if (o->dry_run) {
        act_row_done(a, e->row);
    } else {
        keep_settings(e->t, &e->set);
        e->t->changed = o->now;
        if (strcmp(e->name, e->t->name) != 0)
            note_book_rename(&o->c->templates, e->t, e->name);
        act_row_done(a, e->row);
    }
    settings_release(&e->set);
    free(e->name);
    free(e);
    act_came(a);
}

static cJSON *edited_doc(const struct edit *e, int64_t now)
{
    struct note_record made = *e->t;
    made.name = e->name;
    made.changed = now;
    made.doc = NULL;
    keep_settings(&made, &e->set);
    cJSON *doc = note_record_doc(&made);
    cJSON_Delete(made.doc);
    return doc;
}

void on_TEMPLATE_EDIT(struct order *o)
{
    struct err err;
    struct note_record *t = find_note(&o->c->templates, order_text(o, "name"), &err);
    const char *rename = order_text(o, "rename");
    struct key_settings was = settings_of(t), is = settings_of(t);
    int r = t ? key_settings_patch(o->c, &is, o->params, o->now, &err) : -1;
    if (r == 0 && rename)
        r = name_check(rename, &err);
    if (r == 0 && rename && strcmp(rename, t->name) != 0 && name_taken(o->c, rename))
        r = err_set(&err, ERR_CONFLICT, "template name '%s' is taken", rename);
    if (r < 0) {
        settings_release(&was);
        settings_release(&is);
        order_fail(o, &err);
        return;
    }
    struct act *a = act_begin(o);
    struct edit *e = xcalloc(1, sizeof *e);
    *e = (struct edit){.act = a, .row = act_row(a, t->name, t->id), .t = t, .set = is};
    e->name = xstrdup(rename ? rename : t->name);
    act_row_change(e->row, settings_diff(&was, &is, key_setting_fields, key_setting_count));
    settings_release(&was);
    act_wait(a);
    if (o->dry_run)
        edit_came(o, e, NULL);
    else
        order_put(o, "template", t->id, edited_doc(e, o->now), NULL, 0, edit_came, e);
    act_end(a);
}

static void removed(struct order *o, void *arg, const struct err *failure)
{
    struct act_step *s = arg;
    if (failure) {
        act_row_fail(s->act, s->row, failure);
    } else {
        note_book_remove(&o->c->templates, s->arg);
        json_put_str(s->row, "state", "gone");
        act_row_done(s->act, s->row);
    }
    act_came(s->act);
    free(s);
}

void on_TEMPLATE_REMOVE(struct order *o)
{
    struct err err;
    struct note_record *t = find_note(&o->c->templates, order_text(o, "name"), &err);
    if (!t) {
        order_fail(o, &err);
        return;
    }
    struct act *a = act_begin(o);
    cJSON *row = act_row(a, t->name, t->id);
    if (o->dry_run) {
        act_row_done(a, row);
    } else {
        struct act_step *s = xcalloc(1, sizeof *s);
        *s = (struct act_step){.act = a, .row = row, .arg = t};
        act_wait(a);
        order_delete(o, "template", t->id, removed, s);
    }
    act_end(a);
}
