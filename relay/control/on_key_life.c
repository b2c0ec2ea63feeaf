/* key.pause, resume, remove, restore, purge, and the purge of what was removed long ago. */
#include "control/key_int.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "common/alloc.h"
#include "common/i18n.h"

static void put_state_change(cJSON *row, const char *from, const char *to)
{
    cJSON *change = xcheck(cJSON_CreateObject()), *state = xcheck(cJSON_CreateObject());
    json_put_str(state, "from", from);
    json_put_str(state, "to", to);
    json_put(change, "state", state);
    act_row_change(row, change);
}

static void put_changed(struct act *a, cJSON *row, const struct key *was, struct key *k)
{
    put_state_change(row, key_state(was, a->o->now), key_state(k, a->o->now));
    act_put_key(a, row, k);
}

static void pause_one(struct act *a, cJSON *row, const struct key *was, void *arg)
{
    struct key *k = key_copy(was);
    k->paused = *(const bool *)arg;
    put_changed(a, row, was, k);
}

static void act_on(struct order *o, const char *undo, bool removed, key_act *f, void *arg)
{
    struct act *a = act_begin(o);
    a->undo = xstrdup(undo);
    act_keys(a, order_list(o, "names"), removed, f, arg);
    act_end(a);
}

void on_KEY_PAUSE(struct order *o)
{
    bool paused = true;
    act_on(o, "crs key resume", false, pause_one, &paused);
}

void on_KEY_RESUME(struct order *o)
{
    bool paused = false;
    act_on(o, "crs key pause", false, pause_one, &paused);
}

static void remove_one(struct act *a, cJSON *row, const struct key *was, void *arg)
{
    (void)arg;
    struct key_live l;
    core_key_live(a->o->c->p.core, was->id, a->o->now, &l);
    struct key *k = key_copy(was);
    k->removed = a->o->now;
    k->has_old = false;
    char when[UNITS_MAX], *effect;
    if (l.last_used)
        effect = xasprintf(_("last used %s ago; clients with it get 401 at once"),
            units_duration(when, a->o->now - l.last_used));
    else
        effect = xstrdup(_("never used"));
    json_put_str(row, "effect", effect);
    free(effect);
    put_changed(a, row, was, k);
}

void on_KEY_REMOVE(struct order *o)
{
    act_on(o, "crs key restore", false, remove_one, NULL);
}

static void fail_not_removed(struct act *a, cJSON *row, const struct key *k)
{
    struct err err;
    err_set(&err, ERR_CONFLICT, "key '%s' is not removed", k->name);
    act_row_fail(a, row, &err);
}

static void restore_one(struct act *a, cJSON *row, const struct key *was, void *arg)
{
    (void)arg;
    if (!was->removed) {
        fail_not_removed(a, row, was);
        return;
    }
    struct key *k = key_copy(was);
    k->removed = 0;
    put_changed(a, row, was, k);
}

void on_KEY_RESTORE(struct order *o)
{
    act_on(o, "crs key remove", true, restore_one, NULL);
}

/* --- purge -------------------------------------------------------------------------------------
 */

static void purged(struct order *o, void *arg, const struct err *failure)
{
    struct act_step *s = arg;
    if (failure) {
        act_row_fail(s->act, s->row, failure);
    } else {
        core_key_drop(o->c->p.core, json_str(s->row, "id"));
        act_row_done(s->act, s->row);
    }
    act_came(s->act);
    free(s);
}

static void purge_one(struct act *a, cJSON *row, const struct key *k, void *arg)
{
    (void)arg;
    if (!k->removed) {
        fail_not_removed(a, row, k);
        return;
    }
    json_put_str(row, "state", "gone");
    if (a->o->dry_run) {
        act_row_done(a, row);
        return;
    }
    struct act_step *s = xcalloc(1, sizeof *s);
    *s = (struct act_step){.act = a, .row = row};
    act_wait(a);
    order_delete(a->o, "key", k->id, purged, s);
}

void on_KEY_PURGE(struct order *o)
{
    struct act *a = act_begin(o);
    act_keys(a, order_list(o, "names"), true, purge_one, NULL);
    act_end(a);
}

void keys_purge_old(struct control *c, int64_t now)
{
    size_t n;
    const struct key **v = core_keys(c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        if (v[i]->removed && v[i]->removed + KEY_KEPT_MS <= now) {
            log_line(LOG_INFO, AREA_CONTROL, NULL, "key %s was removed %d days ago: gone for good",
                v[i]->name, (int)(KEY_KEPT_MS / MS_DAY));
            core_key_drop(c->p.core, v[i]->id);
            store_delete(c->p.store, "key", v[i]->id, NULL, NULL);
        }
        key_unref(v[i]);
    }
    free(v);
}
