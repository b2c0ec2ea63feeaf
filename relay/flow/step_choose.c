/* Choose: an account for the next attempt, with a token that is fresh enough. */
#include "flow/steps_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"
#include "common/i18n.h"

#define KINDS_MAX 24
#define FRESH_MS (60 * MS_SECOND) /* a token that ends sooner is renewed first */

/* The kinds of the route that can take this ask at all; gives their number. names are static. */
static size_t fitting_kinds(struct exchange *x, const char *names[KINDS_MAX])
{
    bool by_model = (x->match.route->flags & ROUTE_BY_MODEL) != 0;
    struct strlist words = {0};
    struct ask ask;
    size_t n = 0;

    pump_fill_ask(x, &ask);
    strlist_split(&words, x->match.route->kinds, " ");
    for (size_t i = 0; i < words.n && n + 1 < KINDS_MAX; i++) {
        const struct provider *p = provider_by_kind(words.v[i]);
        if (p && (!by_model || p->service == x->service) && p->serves(&ask))
            names[n++] = p->kind;
    }
    names[n] = NULL;
    strlist_release(&words);
    return n;
}

static void show_account(struct exchange *x)
{
    struct live_view *v = live_edit(x->live);

    v->state = LIVE_FIRST;
    snprintf(v->account, sizeof v->account, "%s", x->lease.account->id);
    snprintf(v->account_name, sizeof v->account_name, "%s", x->lease.account->name);
    v->attempts = x->trial.number;
    live_edit_done(x->live);
}

static enum step_verdict none_fits(struct exchange *x)
{
    struct refusal r = {.code = REFUSE_NO_ACCOUNT};

    snprintf(r.detail, sizeof r.detail, _("no kind of account answers this call%s%s%s"),
        *x->facts.model ? _(" for model '") : "", x->facts.model, *x->facts.model ? "'" : "");
    judge_give_up(x, &r);
    return STEP_FAIL;
}

static bool stale(const struct exchange *x)
{
    const struct credential *c = x->lease.credential;
    const struct provider *p = provider_by_kind(x->lease.account->kind);

    return c && p && p->renew_request && c->refresh && c->expires && !x->renewed &&
           c->expires - clock_now() < FRESH_MS;
}

/* The renewal ended: what the account has now is what the lease goes on with. */
static void renewed(struct exchange *x, const struct letter *l)
{
    const struct credential *now;

    if (x->finishing || !x->renewing)
        return;
    x->renewing = false;
    now = core_credential(x->flow->house->core, x->lease.account->id);
    /* Renewed ahead of time: the old one still serves when that failed. */
    bool usable = now && (!l->failed || (!x->trial.number && now->expires > clock_now()));
    if (!usable) {
        credential_unref(now);
        log_line(LOG_WARN, AREA_TOKEN, x->id, "token of account '%s' not renewed: %s",
            x->lease.account->name, l->err.text);
        choose_exclude(x);
        exchange_go(x, STEP_RETRY);
        return;
    }
    credential_unref(x->lease.credential);
    x->lease.credential = now;
    x->step = AT_CHOOSE;
    exchange_go(x, STEP_NEXT);
}

static void renewal_done(void *arg, const struct err *failure)
{
    struct letter *l = arg;

    l->failed = failure != NULL;
    if (failure)
        l->err = *failure;
    letter_post(l);
}

void choose_renew(struct exchange *x)
{
    x->renewing = x->renewed = true;
    care_renew(x->flow->house->care, x->lease.account->id,
        x->lease.credential ? x->lease.credential->generation : 0, renewal_done,
        letter_create(x, renewed));
}

void choose_release(struct exchange *x)
{
    if (x->leased)
        core_release(x->flow->house->core, &x->lease, clock_now());
    x->leased = false;
}

void choose_exclude(struct exchange *x)
{
    x->tried = xreallocarray(x->tried, x->n_tried + 2, sizeof *x->tried);
    x->tried[x->n_tried++] = xstrdup(x->lease.account->id);
    x->tried[x->n_tried] = NULL;
    choose_release(x);
    x->renewed = false;
    x->same_again = 0;
}

enum step_verdict step_choose(struct exchange *x)
{
    static const char *const nobody[] = {NULL};
    const char *kinds[KINDS_MAX];
    struct choice_notes notes = {0};
    struct refusal r = {0};

    if (!fitting_kinds(x, kinds))
        return none_fits(x);
    exchange_state(x, LIVE_CHOOSE);
    struct choose_ask ask = {
        .key = x->key,
        .kinds = kinds,
        .model = x->facts.model,
        .session = x->facts.session,
        .free = (x->match.route->flags & ROUTE_FREE) != 0,
        .tried = x->tried ? (const char *const *)x->tried : nobody,
        .now = clock_now(),
    };
    int rc = core_choose(x->flow->house->core, &ask, &x->lease, &notes, &r);
    trail_choice(
        &x->trail, exchange_ms(x), x->flow->house->core, rc == 0 ? &x->lease : NULL, &notes);
    if (rc < 0) {
        judge_give_up(x, &r);
        return STEP_FAIL;
    }
    x->leased = true;
    show_account(x);
    if (stale(x)) {
        choose_renew(x);
        return STEP_WAIT;
    }
    return STEP_NEXT;
}
