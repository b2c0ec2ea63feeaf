/* account.on, off, renew, reset, remove, test: acts on accounts that are there. */
#include "control/account_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

void act_accounts(struct act *a, account_act *f, void *arg)
{
    const cJSON *names = order_list(a->o, "names");
    for (const cJSON *v = names ? names->child : NULL; v; v = v->next) {
        struct err err;
        const struct account *acc = find_account(a->o->c, v->valuestring, &err);
        if (!acc)
            act_row_fail(a, act_row(a, v->valuestring, NULL), &err);
        else if (!act_has(a, acc->id))
            f(a, act_row(a, acc->name, acc->id), acc, arg);
        account_unref(acc);
    }
}

static const char *state_now(struct act *a, const struct account *acc)
{
    struct account_live l;
    core_account_live(a->o->c->p.core, acc->id, a->o->now, &l);
    return account_state(acc, &l, a->o->now);
}

static void put_came(void *arg, const struct account *acc, const struct err *failure)
{
    struct act_step *s = arg;
    if (!failure && !s->act->o->c->dead) {
        json_put_str(s->row, "state", state_now(s->act, acc));
        account_tell(s->act->o->c, acc, "changed");
    }
    act_step_end(s, failure);
}

void act_put_account(struct act *a, cJSON *row, struct account *acc, struct credential *cr)
{
    struct err err;
    if (core_account_check(a->o->c->p.core, acc, &err) < 0) {
        act_row_fail(a, row, &err);
    } else if (a->o->dry_run) {
        json_put_str(row, "state", state_now(a, acc));
        act_row_done(a, row);
    } else {
        acc->changed = a->o->now;
        care_put(a->o->c->p.care, acc, cr, put_came, act_step(a, row));
        return;
    }
    account_unref(acc);
    credential_unref(cr);
}

/* --- on and off ----------------------------------------------------------------------------------
 */

static void switch_one(struct act *a, cJSON *row, const struct account *was, void *arg)
{
    struct account *acc = account_copy(was);
    acc->off = *(const bool *)arg;
    act_row_change(row, account_diff(was, acc));
    act_put_account(a, row, acc, NULL);
}

static void switch_all(struct order *o, bool off)
{
    struct act *a = act_begin(o);
    a->undo = xstrdup(off ? "crs account on" : "crs account off");
    act_accounts(a, switch_one, &off);
    act_end(a);
}

void on_ACCOUNT_ON(struct order *o)
{
    switch_all(o, false);
}

void on_ACCOUNT_OFF(struct order *o)
{
    switch_all(o, true);
}

/* --- renew and reset
 * ------------------------------------------------------------------------------ */

/* Without a profile the account works as well: that it could not be read fails nothing. */
static void renewed_profiled(void *arg, const struct err *failure)
{
    (void)failure;
    struct act_step *s = arg;
    struct act *a = s->act;
    if (!a->o->c->dead) {
        const struct account *acc =
            core_account_find(a->o->c->p.core, json_str(s->row, "id"), NULL);
        if (acc) {
            json_put_str(s->row, "state", state_now(a, acc));
            account_tell(a->o->c, acc, "renewed");
        }
        account_unref(acc);
    }
    act_step_end(s, NULL);
}

static void renewed(void *arg, const struct err *failure)
{
    struct act_step *s = arg;
    struct control *c = s->act->o->c;
    if (failure || c->dead)
        act_step_end(s, failure);
    else
        care_profile(c->p.care, json_str(s->row, "id"), renewed_profiled, s);
}

static void renew_one(struct act *a, cJSON *row, const struct account *acc, void *arg)
{
    (void)arg;
    struct err err;
    const struct provider *p = provider_by_kind(acc->kind);
    const struct credential *cr = core_credential(a->o->c->p.core, acc->id);
    if (!p || !p->renew_request || !cr || !cr->refresh) {
        err_set(&err, ERR_CONFLICT, "account '%s' has no token that can be renewed", acc->name);
        act_row_fail(a, row, &err);
    } else if (a->o->dry_run) {
        act_row_done(a, row);
    } else {
        care_renew(a->o->c->p.care, acc->id, cr->generation, renewed, act_step(a, row));
    }
    credential_unref(cr);
}

void on_ACCOUNT_RENEW(struct order *o)
{
    struct act *a = act_begin(o);
    act_accounts(a, renew_one, NULL);
    act_end(a);
}

static void reset_one(struct act *a, cJSON *row, const struct account *acc, void *arg)
{
    (void)arg;
    cJSON *change = xcheck(cJSON_CreateObject()), *state = xcheck(cJSON_CreateObject());
    json_put_str(state, "from", state_now(a, acc));
    if (!a->o->dry_run)
        core_account_reset(a->o->c->p.core, acc->id, a->o->now);
    json_put_str(state, "to", a->o->dry_run ? "ready" : state_now(a, acc));
    json_put_str(row, "state", json_str(state, "to"));
    json_put(change, "state", state);
    act_row_change(row, change);
    if (!a->o->dry_run)
        account_tell(a->o->c, acc, "reset");
    act_row_done(a, row);
}

void on_ACCOUNT_RESET(struct order *o)
{
    struct act *a = act_begin(o);
    act_accounts(a, reset_one, NULL);
    act_end(a);
}

/* --- test
 * ----------------------------------------------------------------------------------------- */

static void tested(void *arg, const struct care_tested *t)
{
    struct act_step *s = arg;
    json_put_bool(s->row, "ok", t->ok);
    json_put_int(s->row, "status", t->status);
    json_put_span(s->row, "time", t->ms);
    json_put_str(s->row, "text", t->text);
    act_came(s->act);
    free(s);
}

static void test_one(struct act *a, cJSON *row, const struct account *acc, void *arg)
{
    care_test(a->o->c->p.care, acc->id, arg, tested, act_step(a, row));
}

void on_ACCOUNT_TEST(struct order *o)
{
    struct act *a = act_begin(o);
    const char *model = order_text(o, "model");
    act_accounts(a, test_one, (void *)(uintptr_t)model);
    act_end(a);
}
