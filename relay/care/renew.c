/* Renewing tokens: once for all who wait, tried again after faults that heal, in the store before
 * use.
 *
 * The upstream throws the old refresh token away when it gives a new one, so that a lost answer or
 * a lost write may cost the account: the same refresh token is tried again (upstreams forgive that
 * for a while), and a token that could not be written is kept here and written again until it is.
 */
#include "care/care_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "common/alloc.h"

#define TRIES 3
#define STORE_PAUSES 10 /* times the first pause: 5 s */

struct waiter {
    struct waiter *next;
    care_done *done;
    void *arg;
};
struct renewal {
    struct op op;
    struct renewal *next;
    char id[24];
    const struct provider *provider;
    const struct account *account; /* as it was at the beginning */
    const struct credential *before;
    struct credential *fresh; /* the answer; NULL until then */
    struct waiter *waiters;
    int tries;
};

static void renewal_drop(struct op *op)
{
    struct renewal *r = (struct renewal *)op;
    for (struct waiter *w = r->waiters, *next; w; w = next) {
        next = w->next;
        free(w);
    }
    account_unref(r->account);
    credential_unref(r->before);
    credential_unref(r->fresh);
    free(r);
}

static struct renewal *renewal_find(const struct care *c, const char *id)
{
    for (struct renewal *r = c->renewals; r; r = r->next)
        if (strcmp(r->id, id) == 0)
            return r;
    return NULL;
}

bool renew_running(const struct care *c, const char *account_id)
{
    return renewal_find(c, account_id) != NULL;
}

static void renewal_unlink(struct renewal *r)
{
    for (struct renewal **at = &r->op.care->renewals; *at; at = &(*at)->next)
        if (*at == r) {
            *at = r->next;
            return;
        }
}

/* Tells all who wait; those who come afterwards are told anew. */
static void answer_all(struct renewal *r, const struct err *failure)
{
    struct waiter *list = r->waiters;
    r->waiters = NULL;
    for (struct waiter *w = list, *next; w; w = next) {
        next = w->next;
        w->done(w->arg, failure);
        free(w);
    }
}

static void renewal_finish(struct renewal *r, const struct err *failure)
{
    /* Unlinked first: a waiter may ask again at once. The care may be freed by one: op_end is last.
     */
    renewal_unlink(r);
    answer_all(r, failure);
    op_end(&r->op);
}

static void needs_login(struct care *c, const struct account *a, const struct err *why)
{
    struct verdict v = {.action = ACT_NEXT, .health = HEALTH_LOGIN, .family = FAMILY_OTHER};
    snprintf(v.reason, sizeof v.reason, "%.180s", why->text);
    core_verdict(c->o.core, a->id, "", &v, clock_now());
    log_line(LOG_WARN, AREA_TOKEN, NULL, "account needs a new sign-in account=%s reason=\"%s\"",
        a->name, why->text);
    care_tell(c, a, "login");
}

static void renewal_ask(struct op *op);

/* True when the credential was replaced by a person meanwhile: theirs stays. */
static bool replaced(const struct renewal *r)
{
    const struct account *a;
    const struct credential *now;
    if (!care_latest(r->op.care, r->id, &a, &now, NULL))
        return true;
    bool other = !now || now->generation != r->before->generation;
    account_unref(a);
    credential_unref(now);
    return other;
}

static void renewal_kept(struct op *op, const struct err *failure);

static void renewal_keep(struct op *op)
{
    struct renewal *r = (struct renewal *)op;
    if (replaced(r))
        renewal_finish(r, NULL);
    else
        op_put_credential(op, r->id, r->fresh, renewal_kept);
}

static void renewal_kept(struct op *op, const struct err *failure)
{
    struct renewal *r = (struct renewal *)op;
    if (!failure) {
        log_line(LOG_INFO, AREA_TOKEN, NULL, "token renewed account=%s", r->account->name);
        care_tell(op->care, r->account, "renewed");
        renewal_finish(r, NULL);
        return;
    }
    if (failure->code == ERR_NOT_FOUND) {
        renewal_finish(r, failure);
        return;
    }
    log_line(LOG_ERROR, AREA_TOKEN, NULL, "renewed token not stored yet account=%s reason=\"%s\"",
        r->account->name, failure->text);
    struct err told = *failure;
    op_sleep(op, (int64_t)op->care->o.retry_ms * STORE_PAUSES, renewal_keep);
    answer_all(r, &told);
}

static void renewal_failed(struct renewal *r, const struct err *why)
{
    if (why->code != ERR_DENIED && r->tries < TRIES) {
        op_sleep(&r->op, (int64_t)r->op.care->o.retry_ms << (r->tries - 1), renewal_ask);
        return;
    }
    if (why->code == ERR_DENIED && !replaced(r))
        needs_login(r->op.care, r->account, why);
    else
        log_line(LOG_WARN, AREA_TOKEN, NULL, "token not renewed account=%s reason=\"%s\"",
            r->account->name, why->text);
    renewal_finish(r, why);
}

static void renewal_answered(struct op *op, const struct fetch_answer *ans)
{
    struct renewal *r = (struct renewal *)op;
    struct err err = {0};
    struct credential *cr = credential_copy(r->before);
    if (r->provider->token_read(ans, clock_now(), cr, NULL, &err)) {
        credential_unref(cr);
        err_prefix(&err, "token renewal of '%s'", r->account->name);
        if (ans->status == 429) /* asking at once again only prolongs it */
            r->tries = TRIES;
        renewal_failed(r, &err);
        return;
    }
    r->fresh = cr;
    renewal_keep(op);
}

static void renewal_ask(struct op *op)
{
    struct renewal *r = (struct renewal *)op;
    struct token_request q;
    struct err err = {0};
    r->tries++;
    if (r->provider->renew_request(op->care->data, r->account, r->before, &q, &err)) {
        /* No request could be made: a repeat would say the same. */
        r->tries = TRIES;
        renewal_failed(r, &err);
        return;
    }
    struct way way = way_of(r->account, r->before);
    op_fetch(op, &way, &q, renewal_answered);
}

/* A refused key of several: no call is made, the next one is stored and used. */
static void renewal_by_key(struct renewal *r)
{
    r->fresh = provider_next_key(r->account, r->before);
    log_line(LOG_WARN, AREA_TOKEN, NULL, "a key was refused, the next one is used account=%s",
        r->account->name);
    renewal_keep(&r->op);
}

static void renewal_begin(struct care *c, const struct account *a, const struct credential *cr,
    const struct provider *p, care_done *done, void *arg)
{
    struct renewal *r = xcalloc(1, sizeof *r);
    op_begin(&r->op, c, renewal_drop);
    memcpy(r->id, a->id, sizeof r->id);
    r->provider = p;
    r->account = account_ref(a);
    r->before = credential_ref(cr);
    r->next = c->renewals;
    c->renewals = r;
    if (done) {
        r->waiters = xcalloc(1, sizeof *r->waiters);
        *r->waiters = (struct waiter){.done = done, .arg = arg};
    }
    if (provider_spare_keys(a, cr))
        renewal_by_key(r);
    else
        renewal_ask(&r->op);
}

static void answer_one(care_done *done, void *arg, const struct err *failure)
{
    if (done)
        done(arg, failure);
}

void renew_here(
    struct care *c, const char *account_id, unsigned generation, care_done *done, void *arg)
{
    struct renewal *under_way = renewal_find(c, account_id);
    if (under_way) {
        struct waiter *w = xcalloc(1, sizeof *w);
        *w = (struct waiter){.next = under_way->waiters, .done = done, .arg = arg};
        if (done)
            under_way->waiters = w;
        else
            free(w);
        return;
    }
    struct err err = {0};
    const struct account *a;
    const struct credential *cr;
    if (!care_latest(c, account_id, &a, &cr, &err)) {
        answer_one(done, arg, &err);
        return;
    }
    const struct provider *p = provider_by_kind(a->kind);
    if (cr && cr->generation > generation) {
        answer_one(done, arg, NULL);
    } else if (cr && provider_spare_keys(a, cr)) {
        renewal_begin(c, a, cr, p, done, arg);
    } else if (!p || !p->renew_request || !cr || !cr->refresh) {
        err_set(&err, ERR_DENIED, "account '%s' has no token that can be renewed", a->name);
        char *name = text_shell_quoted(a->name);
        err_hint(&err, "sign in again: crs account login %s", name);
        free(name);
        if (p && p->renew_request && cr)
            needs_login(c, a, &err);
        answer_one(done, arg, &err);
    } else {
        renewal_begin(c, a, cr, p, done, arg);
    }
    account_unref(a);
    credential_unref(cr);
}

/* --- any thread
 * ------------------------------------------------------------------------------------ */

struct wish {
    struct care *care;
    char id[24];
    unsigned generation;
    care_done *done;
    void *arg;
};

static void wish_arrived(void *arg)
{
    struct wish *w = arg;
    if (!w->care->closed)
        renew_here(w->care, w->id, w->generation, w->done, w->arg);
    care_unref(w->care);
    free(w);
}

void care_renew(
    struct care *c, const char *account_id, unsigned generation, care_done *done, void *arg)
{
    struct wish *w = xcalloc(1, sizeof *w);
    *w = (struct wish){.care = care_ref(c), .generation = generation, .done = done, .arg = arg};
    memcpy(w->id, account_id, strnlen(account_id, sizeof w->id - 1));
    mailbox_post(c->o.mailbox, wish_arrived, w);
}

void renew_release(struct care *c)
{
    c->renewals = NULL; /* the renewals themselves end with the ops */
}
