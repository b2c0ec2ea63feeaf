/* account.remove: not while keys are bound to it, unless they are to be unbound first. */
#include "control/account_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"

struct removal {
    struct act *act;
    cJSON *row;
    char id[24];
    size_t under_way; /* keys on their way to the store */
    struct err err;
    bool failed;
};

static void removed(void *arg, const struct err *failure)
{
    struct removal *r = arg;
    if (failure) {
        act_row_fail(r->act, r->row, failure);
    } else {
        json_put_str(r->row, "state", "gone");
        act_row_done(r->act, r->row);
    }
    act_came(r->act);
    free(r);
}

static void unbound(struct order *o, void *arg, const struct err *failure)
{
    struct removal *r = arg;
    if (failure) {
        r->failed = true;
        r->err = *failure;
    }
    if (--r->under_way)
        return;
    if (r->failed)
        removed(r, &r->err);
    else
        care_remove(o->c->p.care, r->id, removed, r);
}

static bool bound(const struct key *k, const struct account *a)
{
    return !k->removed &&
           (strlist_has(&k->set.accounts, a->id) || strlist_has(&k->set.accounts, a->name));
}

/* A key that was bound to this account alone would become free to use all others: it is paused. */
static void unbind(struct removal *r, const struct key *was, const struct account *a)
{
    struct key *k = key_copy(was);
    strlist_remove(&k->set.accounts, a->id);
    strlist_remove(&k->set.accounts, a->name);
    if (k->set.accounts.n == 0 && k->set.groups.n == 0)
        k->paused = true;
    r->under_way++;
    order_put_key(r->act->o, k, NULL, 0, unbound, r);
}

static size_t look_at_keys(
    struct removal *r, const struct account *a, bool do_unbind, struct buf *names)
{
    size_t n, count = 0;
    const struct key **v = core_keys(r->act->o->c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        if (bound(v[i], a)) {
            if (count++ < 5)
                buf_addf(names, "%s%s", names->len ? ", " : "", v[i]->name);
            if (do_unbind)
                unbind(r, v[i], a);
        }
        key_unref(v[i]);
    }
    free(v);
    return count;
}

static void refuse_bound(
    struct act *act, cJSON *row, const struct account *a, size_t count, const char *names)
{
    struct err err;
    err_set(&err, ERR_CONFLICT, "account '%s' has %zu bound key%s: %s%s", a->name, count,
        count == 1 ? "" : "s", names, count > 5 ? ", ..." : "");
    err_hint(&err, "with --unbind they are unbound; those bound to nothing else are paused");
    act_row_fail(act, row, &err);
}

static void remove_one(struct act *act, cJSON *row, const struct account *a, void *arg)
{
    bool unbinding = *(const bool *)arg;
    struct removal *r = xcalloc(1, sizeof *r);
    struct buf names = BUF_INIT;
    *r = (struct removal){.act = act, .row = row, .under_way = 1};
    memcpy(r->id, a->id, sizeof r->id);
    size_t count = look_at_keys(r, a, unbinding && !act->o->dry_run, &names);
    if (count && unbinding) {
        char *effect =
            xasprintf(_("%zu key%s unbound: %s"), count, count == 1 ? "" : "s", names.data);
        json_put_str(row, "effect", effect);
        free(effect);
    }
    if (count && !unbinding) {
        refuse_bound(act, row, a, count, names.data);
        free(r);
    } else if (act->o->dry_run) {
        act_row_done(act, row);
        free(r);
    } else {
        act_wait(act);
        unbound(act->o, r, NULL);
    }
    buf_release(&names);
}

void on_ACCOUNT_REMOVE(struct order *o)
{
    bool unbinding = order_flag(o, "unbind");
    struct act *a = act_begin(o);
    act_accounts(a, remove_one, &unbinding);
    act_end(a);
}
