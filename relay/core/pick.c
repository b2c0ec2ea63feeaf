/* The choice of an account, pure. */
#include "core/pick_int.h"

#include <string.h>
#include "core/quota_int.h"
#include "common/i18n.h"

const char *pass_reason_text(enum pass_reason r)
{
    static const char *const texts[PASS_REASONS] = {
        [PASS_TAKEN] = N_("taken"),
        [PASS_TRIED] = N_("tried already"),
        [PASS_OFF] = N_("switched off"),
        [PASS_NOT_BOUND] = N_("not bound to this key"),
        [PASS_NOT_POOL] = N_("not in the pool"),
        [PASS_KIND] = N_("of another kind"),
        [PASS_MODEL] = N_("does not serve this model"),
        [PASS_OPUS_COST] = N_("serves an opus model for it, at the weekly cost limit"),
        [PASS_LIMITED] = N_("limited until"),
        [PASS_FAMILY_LIMITED] = N_("limited for this model until"),
        [PASS_COOLING] = N_("cooling until"),
        [PASS_BLOCKED] = N_("blocked until"),
        [PASS_LOGIN] = N_("needs a new login"),
        [PASS_FULL] = N_("full"),
        [PASS_DAILY_COST] = N_("daily cost reached"),
        [PASS_PAUSED_AT] = N_("takes no new sessions until"),
        [PASS_RESERVE] = N_("rest kept for its sessions until"),
        [PASS_FAIR_SHARE] = N_("share of this key used until"),
        [PASS_EXPIRED] = N_("subscription ended"),
        [PASS_LATER] = N_("next in order"),
    };

    return r < PASS_REASONS && texts[r] ? texts[r] : "unknown";
}

bool key_is_bound(const struct key *k)
{
    return k->set.accounts.n || k->set.groups.n;
}

static bool account_is_bound(const struct account *a, const struct key *k)
{
    if (strlist_has(&k->set.accounts, a->name) || strlist_has(&k->set.accounts, a->id))
        return true;
    for (size_t i = 0; i < a->groups.n; i++) {
        if (strlist_has(&k->set.groups, a->groups.v[i]))
            return true;
    }
    return false;
}

static bool word_in(const char *word, const char *const *list)
{
    for (; list && *list; list++) {
        if (strcmp(*list, word) == 0)
            return true;
    }
    return false;
}

static bool leads_to_opus(const struct account *a, const char *model)
{
    const char *mapped = a->set.model_map.n ? model_mapped(model, &a->set.model_map) : NULL;

    return mapped && model_is_opus_class(mapped);
}

/* What lasts: the records of key and account, and the request. */
static enum pass_reason pass_fixed(const struct account *a, const struct pick_ask *ask)
{
    if (a->off)
        return PASS_OFF;
    if (key_is_bound(ask->key) ? !account_is_bound(a, ask->key) : !a->set.pool)
        return key_is_bound(ask->key) ? PASS_NOT_BOUND : PASS_NOT_POOL;
    if (ask->kinds && !word_in(a->kind, ask->kinds))
        return PASS_KIND;
    /* Most accounts have no lists; asking costs a microsecond. */
    if (*ask->model && (a->set.models.n || a->set.not_models.n) &&
        !model_allowed(ask->model, &a->set.models, &a->set.not_models))
        return PASS_MODEL;
    if (ask->no_opus && leads_to_opus(a, ask->model))
        return PASS_OPUS_COST;
    if (a->set.expires && ask->now >= a->set.expires)
        return PASS_EXPIRED;
    return PASS_TAKEN;
}

static enum pass_reason pass_health(
    const struct account_state *as, const struct pick_ask *ask, int64_t *until)
{
    static const enum pass_reason reasons[] = {
        [HEALTH_READY] = PASS_TAKEN,
        [HEALTH_LIMITED] = PASS_LIMITED,
        [HEALTH_COOLING] = PASS_COOLING,
        [HEALTH_BLOCKED] = PASS_BLOCKED,
        [HEALTH_LOGIN] = PASS_LOGIN,
    };

    *until = as->health.until;
    if (as->health.health != HEALTH_READY)
        return reasons[as->health.health];
    *until = as->health.family_until[ask->family];
    if (*until || quota_family_spent(&as->quota, ask->family, ask->now, until))
        return PASS_FAMILY_LIMITED;
    return PASS_TAKEN;
}

/* Requests under way will cost something yet: taken at the day's average. */
static enum pass_reason pass_caps(
    const struct account_state *as, const struct pick_ask *ask, int64_t *until)
{
    const struct account_settings *set = &as->account->set;
    const struct period *day = &as->day;
    nano each = day->count > 0 ? day->spent / day->count : 0;

    if (set->at_once > 0 && as->running >= set->at_once) {
        *until = ask->now + MS_SECOND;
        return PASS_FULL;
    }
    if (set->daily_cost > 0 && day->spent >= set->daily_cost) {
        *until = day->end;
        return PASS_DAILY_COST;
    }
    if (set->daily_cost > 0 && day->spent + each * as->running >= set->daily_cost) {
        *until = ask->now + MS_SECOND;
        return PASS_DAILY_COST;
    }
    return PASS_TAKEN;
}

static enum pass_reason pass_window(
    const struct account_state *as, const struct pick_ask *ask, bool holds, int64_t *until)
{
    const struct account_settings *set = &as->account->set;
    const struct window_use *five = &as->quota.five_hour;
    double used = five->used * 100, elapsed = quota_elapsed(&as->quota, ask->now);
    int64_t weight = ask->key->set.weight;

    if (!five->known)
        return PASS_TAKEN;
    *until = five->reset;
    if (!holds && set->pause_at > 0 && used >= (double)set->pause_at)
        return PASS_PAUSED_AT;
    if (!holds && set->reserve > 0 && used >= (double)(100 - set->reserve))
        return PASS_RESERVE;
    if (set->fair_share && elapsed >= 0 &&
        !fair_allows(&as->fair, ask->key->id, weight, five->used, elapsed)) {
        double at = fair_when(&as->fair, ask->key->id, weight, five->used, elapsed);

        *until = ask->now + (int64_t)((double)(five->reset - ask->now) *
                                      (elapsed < 1 ? (at - elapsed) / (1 - elapsed) : 0));
        return PASS_FAIR_SHARE;
    }
    return PASS_TAKEN;
}

enum pass_reason pick_pass(
    const struct account_state *as, const struct pick_ask *ask, bool holds, int64_t *until)
{
    enum pass_reason r = pass_fixed(as->account, ask);

    *until = 0;
    if (r == PASS_TAKEN && word_in(as->account->id, ask->tried))
        r = PASS_TRIED;
    if (r == PASS_TAKEN)
        r = pass_health(as, ask, until);
    if (r == PASS_TAKEN)
        r = pass_caps(as, ask, until);
    if (r == PASS_TAKEN)
        r = pass_window(as, ask, holds, until);
    if (r == PASS_TAKEN)
        *until = 0;
    return r;
}

bool pass_is_rest(enum pass_reason r)
{
    switch (r) {
    case PASS_TRIED:
    case PASS_LIMITED:
    case PASS_FAMILY_LIMITED:
    case PASS_COOLING:
    case PASS_BLOCKED:
    case PASS_FULL:
    case PASS_DAILY_COST:
    case PASS_PAUSED_AT:
    case PASS_RESERVE:
    case PASS_FAIR_SHARE:
        return true;
    default:
        return false;
    }
}

static bool used_before(const struct account_state *a, const struct account_state *b)
{
    return a->order != b->order ? a->order < b->order : a->last_used < b->last_used;
}

void pick_offer(struct pick *p, struct account_state *as, const struct pick_ask *ask)
{
    int headroom = quota_headroom(&as->quota, ask->family, ask->now);
    const struct account_state *b = p->best;
    bool better;

    if (!b || as->account->set.priority != b->account->set.priority) {
        better = !b || as->account->set.priority < b->account->set.priority;
        if (better)
            p->because = "priority";
    } else if (headroom != p->headroom) {
        better = headroom > p->headroom;
        if (better || strcmp(p->because, "priority") == 0)
            p->because = "headroom";
    } else {
        better = used_before(as, b);
        p->because = "least recent";
    }
    if (better) {
        p->best = as;
        p->headroom = headroom;
    }
}
