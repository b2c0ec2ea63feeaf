/* Choosing an account for one attempt, and giving it back. */
#include "core/pick_int.h"
#include "common/i18n.h"

#include <stdio.h>
#include <string.h>

/* What stood in the way, for the refusal when nobody is left. */
struct obstacles {
    size_t resting, off; /* off: expired, switched off, signed out: a person's turn */
    bool dear;           /* one leads to the opus class, against which opus stands */
    struct refusal opus;
    int64_t reset; /* when the first comes back by itself; 0 unknown */
    const struct account *first;
    enum pass_reason why; /* of first */
};

static void obstacles_add(
    struct obstacles *o, const struct account *a, enum pass_reason r, int64_t until)
{
    if (r == PASS_OFF || r == PASS_EXPIRED || r == PASS_LOGIN)
        o->off++;
    if (r == PASS_OPUS_COST)
        o->dear = true;
    if (!pass_is_rest(r))
        return;
    o->resting++;
    if (!o->first || (until && (!o->reset || until < o->reset))) {
        o->first = a;
        o->why = r;
    }
    if (until && (!o->reset || until < o->reset))
        o->reset = until;
}

static void refuse_choice(const struct core *c, const struct obstacles *o,
    const struct choose_ask *ask, struct refusal *r)
{
    char at[UNITS_MAX] = "";

    if (o->resting) {
        if (o->reset)
            units_clock(at, c->o.zone, o->reset);
        refuse(r, REFUSE_ACCOUNTS_RESTING, "%zu account%s at rest; first '%.60s': %s %s",
            o->resting, o->resting == 1 ? "" : "s", o->first->name, _(pass_reason_text(o->why)),
            at);
        r->reset = o->reset;
    } else if (o->dear) {
        *r = o->opus;
    } else if (key_is_bound(ask->key) && !o->off) {
        refuse(r, REFUSE_BINDING, "no account that key '%s' is bound to can serve this",
            ask->key->name);
    } else if (o->off) {
        refuse(
            r, REFUSE_NO_ACCOUNT, "every account for this is switched off, expired or signed out");
    } else {
        refuse(r, REFUSE_NO_ACCOUNT, "no account can serve %s%.80s",
            *ask->model ? _("model ") : _("this"), ask->model);
    }
}

static void note_add(
    struct choice_notes *notes, const struct account *a, enum pass_reason r, int64_t until)
{
    struct candidate_note *n;

    if (!notes || notes->n == NOTES_MAX)
        return;
    n = &notes->v[notes->n++];
    *n = (struct candidate_note){.reason = r == PASS_TAKEN ? PASS_LATER : r, .until = until};
    memcpy(n->account, a->id, sizeof n->account);
}

/* The one that was taken is always told, were it for the last of the others. */
static void note_taken(struct choice_notes *notes, const struct account *a)
{
    struct candidate_note *n = NULL;

    for (size_t i = 0; i < notes->n && !n; i++) {
        if (strcmp(notes->v[i].account, a->id) == 0)
            n = &notes->v[i];
    }
    if (!n)
        n = &notes->v[NOTES_MAX - 1];
    *n = (struct candidate_note){.reason = PASS_TAKEN};
    memcpy(n->account, a->id, sizeof n->account);
}

static void account_settle(struct core *c, struct account_state *as, int64_t now)
{
    struct period_rule day = rule_day(c);

    health_settle(c, as, now);
    period_roll(&as->day, &day, now);
    fair_roll(&as->fair, as->quota.five_hour.reset, now);
}

static void lease_take(
    struct core *c, struct account_state *as, const char *because, int64_t now, struct lease *l)
{
    as->running++;
    as->last_used = now;
    as->order = ++c->order;
    *l = (struct lease){.account = account_ref(as->account),
        .credential = credential_ref(as->credential),
        .because = because,
        .serial = as->serial};
}

/* What lasts no longer than a moment, or is of this one request, does not move a session: its
 * prompt cache stays where it is. */
static bool session_stays(enum pass_reason r)
{
    return r == PASS_FULL || r == PASS_MODEL || r == PASS_KIND || r == PASS_OPUS_COST;
}

struct choice {
    struct pick pick;
    struct obstacles obstacles;
    struct account_state *holder; /* of the session */
    enum pass_reason holder_pass;
};

/* Looks at every account once. */
static void choice_survey(
    struct core *c, const struct pick_ask *ask, struct choice *ch, struct choice_notes *notes)
{
    if (notes)
        notes->n = 0;
    for (size_t i = 0; i < c->n_accounts; i++) {
        struct account_state *as = c->accounts[i];
        int64_t until;
        enum pass_reason r;

        account_settle(c, as, ask->now);
        r = pick_pass(as, ask, as == ch->holder, &until);
        if (as == ch->holder)
            ch->holder_pass = r;
        note_add(notes, as->account, r, until);
        if (r == PASS_TAKEN)
            pick_offer(&ch->pick, as, ask);
        else
            obstacles_add(&ch->obstacles, as->account, r, until);
    }
}

/* A model of the class that was asked for by name was admitted as such. */
static bool opus_is_spent(
    struct core *c, struct key_state *ks, const struct choose_ask *ask, struct refusal *r)
{
    return ks && !ask->free && !model_is_opus_class(ask->model) && !admit_opus(c, ks, ask->now, r);
}

static int choose(struct core *c, const struct choose_ask *ask, struct lease *l,
    struct choice_notes *notes, struct refusal *r)
{
    struct key_state *ks = key_state_find(c, ask->key->id);
    struct session *s = ks ? sticky_find(c, ks, ask->session, ask->now) : NULL;
    struct choice ch = {.holder = s ? sticky_account(s) : NULL};
    const struct pick_ask pick = {.key = ask->key,
        .kinds = ask->kinds,
        .tried = ask->tried,
        .model = ask->model ? ask->model : "",
        .family = model_family(ask->model ? ask->model : ""),
        .no_opus = opus_is_spent(c, ks, ask, &ch.obstacles.opus),
        .now = ask->now};
    struct account_state *taken;
    const char *because;

    choice_survey(c, &pick, &ch, notes);
    taken = ch.pick.best;
    because = key_is_bound(ask->key) ? "bound" : ch.pick.because;
    if (ch.holder && ch.holder_pass == PASS_TAKEN) {
        taken = ch.holder;
        because = "session";
    }
    if (notes && taken)
        note_taken(notes, taken->account);
    if (!taken) {
        refuse_choice(c, &ch.obstacles, ask, r);
        return -1;
    }
    if (ks && !(ch.holder && taken != ch.holder && session_stays(ch.holder_pass)))
        sticky_set(c, ks, ask->session, taken, ask->now);
    lease_take(c, taken, because, ask->now, l);
    return 0;
}

int core_choose(struct core *c, const struct choose_ask *ask, struct lease *l,
    struct choice_notes *notes, struct refusal *r)
{
    int rc;

    *r = (struct refusal){0};
    *l = (struct lease){0};
    core_lock(c, ask->now);
    rc = choose(c, ask, l, notes, r);
    core_unlock(c);
    return rc;
}

int core_lease_account(struct core *c, const char *account_id, struct lease *l, struct err *err)
{
    struct account_state *as;

    *l = (struct lease){0};
    core_lock(c, 0);
    as = account_state_find(c, account_id);
    if (as)
        lease_take(c, as, "test", c->now, l);
    core_unlock(c);
    return as ? 0 : err_set(err, ERR_NOT_FOUND, "no such account '%s'", account_id);
}

void core_release(struct core *c, struct lease *l, int64_t now)
{
    struct account_state *as;

    if (!l->account)
        return;
    core_lock(c, now);
    as = account_state_find(c, l->account->id);
    if (as && as->serial == l->serial) {
        as->running--;
        as->last_used = now;
    }
    core_unlock(c);
    account_unref(l->account);
    credential_unref(l->credential);
    *l = (struct lease){0};
}
