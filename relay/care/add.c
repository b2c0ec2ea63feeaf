/* Accounts come, change and go: checked, stored, put into the core. */
#include "care/care_int.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "common/alloc.h"
#include "common/secret.h"

static const char *setting_text(const struct account *a, const char *name)
{
    const struct field *f = field_find(account_setting_fields, account_setting_count, name);
    if (!f || f->offset == FIELD_NO_MEMBER)
        return NULL;
    char *const *member = (char *const *)(const void *)((const char *)&a->set + f->offset);
    return f->kind == F_TEXT ? *member : NULL;
}

static int needs_check(const struct provider *p, const struct account *a, struct err *err)
{
    struct strlist needs = {0};
    strlist_split(&needs, p->needs, " ");
    int r = 0;
    for (size_t i = 0; i < needs.n && r == 0; i++) {
        const char *v = setting_text(a, needs.v[i]);
        if (!v || !*v) {
            r = err_set(err, ERR_USAGE, "an account of kind '%s' needs '%s'", p->kind, needs.v[i]);
            err_hint(err, "give it with --%s", needs.v[i]);
        }
    }
    strlist_release(&needs);
    return r;
}

int account_prepare(struct care *c, struct account *a, struct err *err)
{
    const struct provider *p = a->kind ? provider_by_kind(a->kind) : NULL;
    if (!p)
        return err_set(err, ERR_USAGE, "no such kind of account: '%s'", a->kind ? a->kind : "");
    if (needs_check(p, a, err))
        return -1;
    if (a->set.proxy && *a->set.proxy && proxy_check(a->set.proxy, err))
        return -1;
    int64_t now = clock_now();
    if (!*a->id) {
        memcpy(a->id, "ac_", 3);
        secret_id(a->id + 3, 8);
        a->created = now;
    }
    a->changed = now;
    a->service = p->service;
    return keep_name_check(c, a, err);
}

/* --- add and put
 * ---------------------------------------------------------------------------------- */

struct adding {
    struct op op;
    struct account *account;
    struct credential *credential;
    bool added; /* new: the profile is read, a dashboard told "added" */
    care_added *done;
    void *arg;
};

static void adding_drop(struct op *op)
{
    struct adding *g = (struct adding *)op;
    account_unref(g->account);
    credential_unref(g->credential);
    free(g);
}

static void adding_end(struct adding *g, const struct account *a, const struct err *failure)
{
    care_added *done = g->done;
    void *arg = g->arg;
    const struct account *kept = a ? account_ref(a) : NULL;
    op_end(&g->op);
    if (done)
        done(arg, failure ? NULL : kept, failure);
    account_unref(kept);
}

struct after_profile {
    struct op op;
    char id[24];
    care_added *done;
    void *arg;
};

static void after_drop(struct op *op)
{
    free(op);
}

/* Without a profile the account works as well: that it could not be read is told by its health. */
static void adding_profiled(void *arg, const struct account *a, const struct err *failure)
{
    (void)failure;
    struct after_profile *after = arg;
    care_added *done = after->done;
    void *to = after->arg;
    op_end(&after->op);
    if (done)
        done(to, a, NULL);
}

/* A profile needs a token that works; whether it could be renewed is told by the health as well. */
static void adding_renewed(void *arg, const struct err *failure)
{
    (void)failure;
    struct after_profile *after = arg;
    profile_here(after->op.care, after->id, adding_profiled, after);
}

static void adding_kept(struct op *op, const struct err *failure)
{
    struct adding *g = (struct adding *)op;
    struct care *c = op->care;
    if (failure) {
        struct err told = *failure;
        adding_end(g, NULL, &told);
        return;
    }
    care_tell(c, g->account, g->added ? "added" : "changed");
    log_line(LOG_INFO, AREA_ACCOUNT, NULL, "account %s account=%s kind=%s",
        g->added ? "added" : "changed", g->account->name, g->account->kind);
    if (!g->credential) {
        adding_end(g, g->account, NULL);
        return;
    }
    struct after_profile *after = xcalloc(1, sizeof *after);
    op_begin(&after->op, c, after_drop);
    after->done = g->done;
    after->arg = g->arg;
    memcpy(after->id, g->account->id, sizeof after->id);
    const struct credential *cr = g->credential;
    bool stale = cr->expires && cr->expires < clock_now() + MS_MINUTE && cr->refresh;
    unsigned generation = cr->generation;
    op_end(op);
    if (stale)
        renew_here(c, after->id, generation, adding_renewed, after);
    else
        adding_renewed(after, NULL);
}

/* A changed credential counts as renewed: requests that found the old one wanting look again. An
 * edit of an account that is gone, or going, must not bring it back. */
static int changed_check(struct care *c, const char *id, struct credential *cr, struct err *err)
{
    const struct account *a;
    const struct credential *old;
    if (!care_latest(c, id, &a, &old, err))
        return -1;
    if (cr && old && cr->generation <= old->generation)
        cr->generation = old->generation + 1;
    account_unref(a);
    credential_unref(old);
    return 0;
}

static void put_away(struct care *c, struct account *a, struct credential *cr, bool added,
    care_added *done, void *arg)
{
    struct err err = {0};
    struct adding *g = xcalloc(1, sizeof *g);
    op_begin(&g->op, c, adding_drop);
    *g = (struct adding){
        .op = g->op, .account = a, .credential = cr, .added = added, .done = done, .arg = arg};
    if (account_prepare(c, a, &err) || (!added && changed_check(c, a->id, cr, &err))) {
        adding_end(g, NULL, &err);
        return;
    }
    op_put(&g->op, a, cr, adding_kept);
}

void care_add(struct care *c, struct account *a, struct credential *cr, care_added *done, void *arg)
{
    put_away(c, a, cr, true, done, arg);
}

void care_put(struct care *c, struct account *a, struct credential *cr, care_added *done, void *arg)
{
    put_away(c, a, cr, false, done, arg);
}

/* --- remove
 * ----------------------------------------------------------------------------------------- */

struct removing {
    struct op op;
    const struct account *account;
    care_done *done;
    void *arg;
};

static void removing_drop(struct op *op)
{
    struct removing *g = (struct removing *)op;
    account_unref(g->account);
    free(g);
}

static void removing_kept(struct op *op, const struct err *failure)
{
    struct removing *g = (struct removing *)op;
    care_done *done = g->done;
    void *arg = g->arg;
    struct err told = failure ? *failure : (struct err){0};
    if (!failure) {
        care_tell(op->care, g->account, "removed");
        log_line(LOG_INFO, AREA_ACCOUNT, NULL, "account removed account=%s", g->account->name);
    }
    op_end(op);
    if (done)
        done(arg, failure ? &told : NULL);
}

void care_remove(struct care *c, const char *account_id, care_done *done, void *arg)
{
    struct err err = {0};
    const struct account *a;
    if (!care_latest(c, account_id, &a, NULL, &err)) {
        if (done)
            done(arg, &err);
        return;
    }
    struct removing *g = xcalloc(1, sizeof *g);
    op_begin(&g->op, c, removing_drop);
    g->account = a;
    g->done = done;
    g->arg = arg;
    op_delete(&g->op, account_id, removing_kept);
}
