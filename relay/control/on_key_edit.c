/* key.edit and key.extend: new settings for keys that are there. */
#include "control/key_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

static void row_stored(struct order *o, void *arg, const struct err *failure)
{
    (void)o;
    act_step_end(arg, failure);
}

void act_put_key(struct act *a, cJSON *row, struct key *k)
{
    struct err err;
    json_put_str(row, "state", key_state(k, a->o->now));
    if (core_key_check(a->o->c->p.core, k, &err) < 0) {
        act_row_fail(a, row, &err);
        key_unref(k);
        return;
    }
    if (a->o->dry_run) {
        act_row_done(a, row);
        key_unref(k);
        return;
    }
    order_put_key(a->o, k, NULL, 0, row_stored, act_step(a, row));
}

static void act_one(struct act *a, const struct key *k, key_act *f, void *arg)
{
    if (!act_has(a, k->id))
        f(a, act_row(a, k->name, k->id), k, arg);
}

void act_keys(struct act *a, const cJSON *names, bool removed, key_act *f, void *arg)
{
    for (const cJSON *v = names ? names->child : NULL; v; v = v->next) {
        struct err err;
        const struct key *k = find_key(a->o->c, v->valuestring, removed, &err);
        if (k)
            act_one(a, k, f, arg);
        else
            act_row_fail(a, act_row(a, v->valuestring, NULL), &err);
        key_unref(k);
    }
}

/* --- edit --------------------------------------------------------------------------------------
 */

static int edited(struct order *o, struct key *k, struct err *err)
{
    const char *rename = order_text(o, "rename");
    int64_t revision = order_time(o, "revision", 0);
    if (revision && k->changed > revision) {
        char *name = text_shell_quoted(k->name);
        err_set(err, ERR_CONFLICT, "key '%s' was changed meanwhile", k->name);
        err_hint(err, "look at it again: crs key show %s", name);
        free(name);
        return -1;
    }
    if (rename) {
        if (name_check(rename, err) < 0)
            return -1;
        free(k->name);
        k->name = xstrdup(rename);
    }
    return key_settings_patch(o->c, &k->set, o->params, o->now, err);
}

static void edit_one(struct act *a, cJSON *row, const struct key *was, void *arg)
{
    (void)arg;
    struct err err;
    struct key *k = key_copy(was);
    if (edited(a->o, k, &err) < 0) {
        act_row_fail(a, row, &err);
        key_unref(k);
        return;
    }
    act_row_change(row, key_diff(a->o->c, was, k));
    if (a->o->dry_run && core_key_check(a->o->c->p.core, k, &err) == 0) {
        key_effect(a, row, was, k);
        key_unref(k);
        return;
    }
    act_put_key(a, row, k);
}

static bool any_tagged(struct control *c, const char *tag)
{
    size_t n;
    const struct key **v = core_keys(c->p.core, &n);
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        any = any || (!v[i]->removed && strlist_has(&v[i]->set.tags, tag));
        key_unref(v[i]);
    }
    free(v);
    return any;
}

static void edit_tagged(struct act *a, const char *tag)
{
    size_t n;
    const struct key **v = core_keys(a->o->c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        if (!v[i]->removed && strlist_has(&v[i]->set.tags, tag))
            act_one(a, v[i], edit_one, NULL);
        key_unref(v[i]);
    }
    free(v);
}

static int edit_sensible(const struct order *o, struct err *err)
{
    const cJSON *names = order_list(o, "names");
    int n = names ? cJSON_GetArraySize(names) : 0;
    if (n == 0 && !order_text(o, "tagged")) {
        err_set(err, ERR_USAGE, "key.edit needs 'names' or 'tagged'");
        return -1;
    }
    const char *tag = order_text(o, "tagged");
    if (tag && !any_tagged(o->c, tag)) {
        err_set(err, ERR_NOT_FOUND, "no key has the tag '%s'", tag);
        return err_hint(err, "crs key list --fields name,tags");
    }
    if (order_text(o, "rename") && (n != 1 || order_text(o, "tagged")))
        return err_set(err, ERR_USAGE, "only one key at a time can be renamed");
    return 0;
}

void on_KEY_EDIT(struct order *o)
{
    struct err err;
    if (edit_sensible(o, &err) < 0) {
        order_fail(o, &err);
        return;
    }
    struct act *a = act_begin(o);
    act_keys(a, order_list(o, "names"), false, edit_one, NULL);
    if (order_text(o, "tagged"))
        edit_tagged(a, order_text(o, "tagged"));
    act_end(a);
}

/* --- extend ------------------------------------------------------------------------------------
 */

static void extend_came(struct order *o, void *arg, const struct err *failure)
{
    cJSON *result = arg;
    if (!failure) {
        order_done(o, result);
        return;
    }
    cJSON_Delete(result);
    order_fail(o, failure);
}

/* The end is moved where it is set; one that counts from the first use becomes a fixed one then. */
static int extend(struct order *o, struct key *k, struct err *err)
{
    int64_t by = order_span(o, "by", 0), end = key_expiry(k);
    if (!end && k->set.expires_after_first_use) {
        k->set.expires_after_first_use += by;
        return 0;
    }
    if (!end) {
        char *name = text_shell_quoted(k->name);
        err_set(err, ERR_CONFLICT, "key '%s' has no end", k->name);
        err_hint(err, "crs key edit %s --expires TIME sets one", name);
        free(name);
        return -1;
    }
    k->set.expires = (end > o->now ? end : o->now) + by;
    if (k->first_used)
        k->set.expires_after_first_use = 0;
    return 0;
}

void on_KEY_EXTEND(struct order *o)
{
    struct err err;
    const struct key *was = find_key(o->c, order_text(o, "name"), false, &err);
    if (!was) {
        order_fail(o, &err);
        return;
    }
    struct key *k = key_copy(was);
    order_subject(o, "key %s", k->name);
    if (extend(o, k, &err) < 0) {
        order_fail(o, &err);
        key_unref(k);
        key_unref(was);
        return;
    }
    cJSON *change = key_diff(o->c, was, k), *r = xcheck(cJSON_CreateObject());
    json_put_str(r, "id", k->id);
    json_put_str(r, "name", k->name);
    json_put_str(r, "state", key_state(k, o->now));
    json_put(r, "change", xcheck(cJSON_Duplicate(change, true)));
    json_put_time(r, "expires_at", key_expiry(k));
    order_change(o, change);
    key_unref(was);
    if (o->dry_run) {
        key_unref(k);
        order_done(o, r);
    } else {
        order_put_key(o, k, NULL, 0, extend_came, r);
    }
}
