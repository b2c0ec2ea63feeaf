/* Profile and quota: the provider's questions one after the other, then the record anew. */
#include "care/care_int.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "common/alloc.h"

#define WAIT_PAUSE (5 * MS_SECOND) /* while the upstream sets an account up */
#define WAITS_MAX 12

struct profiling {
    struct op op;
    char id[24];
    const struct provider *provider;
    struct account *account; /* a copy that the answers go into */
    const struct credential *credential;
    struct quota quota;
    int which, waits;
    struct err failure; /* the last one; code ERR_NONE: none */
    profile_done *done;
    void *arg;
};

static void profiling_drop(struct op *op)
{
    struct profiling *p = (struct profiling *)op;
    account_unref(p->account);
    credential_unref(p->credential);
    free(p);
}

static void profiling_end(struct profiling *p, const struct account *a, const struct err *failure)
{
    profile_done *done = p->done;
    void *arg = p->arg;
    struct err told = failure ? *failure : (struct err){0};
    const struct account *kept = a ? account_ref(a) : NULL;
    op_end(&p->op);
    if (done)
        done(arg, kept, failure ? &told : NULL);
    account_unref(kept);
}

static void profiling_kept(struct op *op, const struct err *failure)
{
    struct profiling *p = (struct profiling *)op;
    const struct err *why = failure ? failure : p->failure.code ? &p->failure : NULL;
    profiling_end(p, p->account, why);
}

static bool quota_known(const struct quota *q)
{
    return q->five_hour.known || q->seven_day.known || q->seven_day_opus.known ||
           q->seven_day_sonnet.known || q->requests.known || q->tokens.known;
}

static void quota_tell(struct profiling *p)
{
    if (!quota_known(&p->quota))
        return;
    /* The client's action leaves health alone: reading a figure proves nothing about requests. */
    struct verdict v = {.action = ACT_CLIENT, .family = FAMILY_OTHER, .quota = p->quota};
    core_verdict(p->op.care->o.core, p->id, "", &v, clock_now());
}

/* The profile goes into the record as it is by now: an edit may have come between. */
static void profiling_store(struct profiling *p)
{
    const struct account *latest;
    struct err err = {0};
    quota_tell(p);
    if (!care_latest(p->op.care, p->id, &latest, NULL, &err)) {
        profiling_end(p, NULL, &err);
        return;
    }
    if (cJSON_Compare(latest->profile, p->account->profile, true) ||
        (!latest->profile && !p->account->profile)) {
        profiling_end(p, latest, p->failure.code ? &p->failure : NULL);
        account_unref(latest);
        return;
    }
    struct account *a = account_copy(latest);
    account_unref(latest);
    cJSON_Delete(a->profile);
    a->profile = cJSON_Duplicate(p->account->profile, true);
    account_unref(p->account);
    p->account = a;
    op_put(&p->op, a, NULL, profiling_kept);
}

static void profiling_ask(struct profiling *p);

static void profiling_again(struct op *op)
{
    profiling_ask((struct profiling *)op);
}

static void profiling_answered(struct op *op, const struct fetch_answer *ans)
{
    struct profiling *p = (struct profiling *)op;
    struct err err = {0};
    if (p->provider->profile_read(p->which, ans, clock_now(), p->account, &p->quota, &err)) {
        if (err.code == ERR_BUSY && p->waits++ < WAITS_MAX) {
            op_sleep(op, WAIT_PAUSE, profiling_again);
            return;
        }
        err_prefix(&err, "the profile of '%s'", p->account->name);
        p->failure = err;
        log_line(LOG_INFO, AREA_ACCOUNT, NULL, "%s", err.text);
    }
    p->which++;
    profiling_ask(p);
}

static void profiling_ask(struct profiling *p)
{
    struct care *c = p->op.care;
    struct token_request q;
    int r = 1;
    for (; p->which < PROFILE_MAX; p->which++) {
        r = p->provider->profile_request(
            c->data, p->account, p->credential, p->which, &q, &p->failure);
        if (r == 0)
            break;
    }
    if (p->which >= PROFILE_MAX || r) {
        profiling_store(p);
        return;
    }
    struct way way = way_of(p->account, p->credential);
    op_fetch(&p->op, &way, &q, profiling_answered);
}

void profile_here(struct care *c, const char *account_id, profile_done *done, void *arg)
{
    struct err err = {0};
    const struct account *a;
    const struct credential *cr;
    if (!care_latest(c, account_id, &a, &cr, &err)) {
        if (done)
            done(arg, NULL, &err);
        return;
    }
    const struct provider *p = provider_by_kind(a->kind);
    if (!p || !p->profile_request || !cr) {
        if (done)
            done(arg, a, NULL);
    } else {
        struct profiling *g = xcalloc(1, sizeof *g);
        op_begin(&g->op, c, profiling_drop);
        memcpy(g->id, a->id, sizeof g->id);
        g->provider = p;
        g->account = account_copy(a);
        g->credential = credential_ref(cr);
        g->done = done;
        g->arg = arg;
        profiling_ask(g);
    }
    account_unref(a);
    credential_unref(cr);
}

struct profile_wish {
    struct op op;
    care_done *done;
    void *arg;
};

static void wish_drop(struct op *op)
{
    free(op);
}

static void wish_done(void *arg, const struct account *a, const struct err *failure)
{
    (void)a;
    struct profile_wish *w = arg;
    care_done *done = w->done;
    void *to = w->arg;
    op_end(&w->op);
    if (done)
        done(to, failure);
}

void care_profile(struct care *c, const char *account_id, care_done *done, void *arg)
{
    struct profile_wish *w = xcalloc(1, sizeof *w);
    op_begin(&w->op, c, wish_drop);
    w->done = done;
    w->arg = arg;
    profile_here(c, account_id, wish_done, w);
}
