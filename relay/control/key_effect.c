/* The dry run of an edit: how many of today's requests the new settings would have refused. */
#include "control/key_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"

#define LOOK_AT 5000 /* of today's requests, the latest */

struct effect {
    struct act *act;
    cJSON *row;
    const struct key *was, *is; /* references */
};

static bool client_in(const struct strlist *l, const char *client)
{
    /* Booked as "name/version" or "name". */
    size_t n = strcspn(client, "/");
    for (size_t i = 0; i < l->n; i++)
        if (strlen(l->v[i]) == n && memcmp(l->v[i], client, n) == 0)
            return true;
    return l->n == 0;
}

static bool model_in(const struct key_settings *s, const char *model)
{
    return !*model || model_allowed(model, &s->models, &s->not_models);
}

static void count(
    const struct effect *e, const cJSON *items, int64_t *clients, int64_t *models, int64_t *all)
{
    for (const cJSON *r = items ? items->child : NULL; r; r = r->next) {
        const char *client = json_str(r, "client"), *model = json_str(r, "model");
        client = client ? client : "";
        model = model ? model : "";
        ++*all;
        if (client_in(&e->was->set.clients, client) && !client_in(&e->is->set.clients, client))
            ++*clients;
        else if (model_in(&e->was->set, model) && !model_in(&e->is->set, model))
            ++*models;
    }
}

static void add_ceiling(struct buf *text, const char *period, nano spent, nano was, nano is)
{
    char a[UNITS_MAX], b[UNITS_MAX];
    if (!is || is == was || spent < is)
        return;
    buf_addf(text, _("%s%s of %s a %s are spent already: requests would be refused with 402"),
        text->len ? "; " : "", units_money(a, spent), units_money(b, is), _(period));
}

static void add_ceilings(const struct effect *e, struct buf *text)
{
    struct key_live l;
    core_key_live(e->act->o->c->p.core, e->was->id, e->act->o->now, &l);
    const struct key_settings *was = &e->was->set, *is = &e->is->set;
    add_ceiling(text, N_("day"), l.cost_today, was->daily_cost, is->daily_cost);
    add_ceiling(text, N_("week"), l.week.used, was->weekly_cost, is->weekly_cost);
    add_ceiling(text, N_("month"), l.month.used, was->monthly_cost, is->monthly_cost);
    add_ceiling(text, N_("life"), l.total.used, was->total_cost, is->total_cost);
    if (is->at_once && is->at_once < l.running)
        buf_addf(text, _("%s%d run at this moment and run on"), text->len ? "; " : "", l.running);
}

static void add_counts(const struct effect *e, const cJSON *items, struct buf *text)
{
    int64_t clients = 0, models = 0, all = 0;
    count(e, items, &clients, &models, &all);
    if (clients)
        buf_addf(text,
            _("%s%lld of today's %lld requests came from other clients and would be "
              "refused with 403"),
            text->len ? "; " : "", (long long)clients, (long long)all);
    if (models)
        buf_addf(text,
            _("%s%lld of today's %lld requests were for other models and would be "
              "refused with 403"),
            text->len ? "; " : "", (long long)models, (long long)all);
}

static void effect_end(struct effect *e, const cJSON *items)
{
    struct buf text = BUF_INIT;
    add_ceilings(e, &text);
    add_counts(e, items, &text);
    json_put_str(e->row, "state", key_state(e->is, e->act->o->now));
    json_put_str(e->row, "effect", text.len ? text.data : _("none on today's requests"));
    buf_release(&text);
    act_row_done(e->act, e->row);
    key_unref(e->was);
    key_unref(e->is);
    free(e);
}

static void came(struct order *o, void *arg, cJSON *result, const struct err *failure)
{
    struct effect *e = arg;
    struct act *a = e->act;
    if (failure && o->c->dead) {
        act_row_fail(a, e->row, failure);
        key_unref(e->was);
        key_unref(e->is);
        free(e);
    } else {
        effect_end(e, failure ? NULL : json_at(result, "items"));
    }
    cJSON_Delete(result);
    act_came(a);
}

static bool narrower(const struct key_settings *was, const struct key_settings *is)
{
    return !strlist_equal(&was->clients, &is->clients) ||
           !strlist_equal(&was->models, &is->models) ||
           !strlist_equal(&was->not_models, &is->not_models);
}

void key_effect(struct act *a, cJSON *row, const struct key *was, const struct key *is)
{
    struct effect *e = xcalloc(1, sizeof *e);
    *e = (struct effect){.act = a, .row = row, .was = key_ref(was), .is = key_ref(is)};
    if (!narrower(&was->set, &is->set)) {
        effect_end(e, NULL);
        return;
    }
    cJSON *ask = xcheck(cJSON_CreateObject());
    json_put_str(ask, "key", was->id);
    json_put_int(ask, "since", edge_day(a->o->c->p.zone, a->o->now));
    json_put_int(ask, "limit", LOOK_AT);
    act_wait(a);
    order_query(a->o, "requests", ask, came, e);
}
