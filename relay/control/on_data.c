/* model.list, client.list, price.list: what the data files say. */
#include "control/view_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

/* --- clients and prices
 * ------------------------------------------------------------------------------ */

static void add_client(void *arg, const char *name, const char *help)
{
    cJSON *row = xcheck(cJSON_CreateObject());
    json_put_str(row, "name", name);
    json_put_str(row, "help", help);
    cJSON_AddItemToArray(arg, row);
}

void on_CLIENT_LIST(struct order *o)
{
    cJSON *items = xcheck(cJSON_CreateArray());
    const struct dataset *d = dataset_get(o->c->p.data);
    clients_each(d->clients, add_client, items);
    dataset_unref(d);
    order_done(o, list_result(items));
}

struct price_walk {
    cJSON *items;
    const char *glob;
    bool own;
};

static void add_price(void *arg, const struct price_row *p)
{
    struct price_walk *w = arg;
    static const char *const origins[] = {"list", "own", "family"};
    if ((w->glob && !text_glob(w->glob, p->model)) || (w->own && p->origin != PRICE_OWN))
        return;
    cJSON *row = xcheck(cJSON_CreateObject());
    json_put_str(row, "model", p->model);
    json_put_str(row, "provider", p->provider);
    json_put_money(row, "input", p->input);
    json_put_money(row, "output", p->output);
    json_put_money(row, "cache_write", p->cache_write_5m);
    json_put_money(row, "cache_write_1h", p->cache_write_1h);
    json_put_money(row, "cache_read", p->cache_read);
    json_put_str(row, "origin", origins[p->origin]);
    json_put_int(row, "context", p->context);
    json_put_int(row, "max_output", p->max_output);
    cJSON_AddItemToArray(w->items, row);
}

void on_PRICE_LIST(struct order *o)
{
    struct price_walk w = {
        xcheck(cJSON_CreateArray()), order_text(o, "model"), order_flag(o, "own")};
    const struct dataset *d = dataset_get(o->c->p.data);
    prices_each(d->prices, add_price, &w);
    dataset_unref(d);
    order_done(o, list_result(w.items));
}

/* --- models
 * ------------------------------------------------------------------------------------------ */

struct model_walk {
    cJSON *items;
    const char *service; /* NULL: any */
    bool served;
    const struct account **accounts;
    size_t n;
};

/* The services of the price list's provider names. */
static const char *service_of(const struct price_row *p)
{
    static const struct {
        const char *provider, *service;
    } rows[] = {{"anthropic", "claude"}, {"openai", "openai"}, {"gemini", "gemini"},
        {"vertex_ai-language-models", "gemini"}};
    for (size_t i = 0; p->provider && i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].provider, p->provider) == 0)
            return rows[i].service;
    return NULL;
}

static int64_t serving(const struct model_walk *w, const char *model, const char *service)
{
    int64_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        const struct account *a = w->accounts[i];
        if (!a->off && strcmp(service_name(a->service), service) == 0 &&
            model_allowed(model, &a->set.models, &a->set.not_models))
            n++;
    }
    return n;
}

static void add_model(void *arg, const struct price_row *p)
{
    struct model_walk *w = arg;
    const char *service = service_of(p);
    if (!service || strchr(p->model, '/') || (w->service && strcmp(w->service, service) != 0))
        return;
    int64_t n = serving(w, p->model, service);
    if (w->served && n == 0)
        return;
    cJSON *row = xcheck(cJSON_CreateObject());
    json_put_str(row, "name", p->model);
    json_put_str(row, "service", service);
    json_put_str(row, "family", family_name(model_family(p->model)));
    json_put_int(row, "accounts", n);
    json_put_int(row, "context", p->context);
    json_put_int(row, "max_output", p->max_output);
    cJSON_AddItemToArray(w->items, row);
}

void on_MODEL_LIST(struct order *o)
{
    struct model_walk w = {.items = xcheck(cJSON_CreateArray()),
        .service = order_text(o, "service"),
        .served = order_flag(o, "served")};
    w.accounts = core_accounts(o->c->p.core, &w.n);
    const struct dataset *d = dataset_get(o->c->p.data);
    prices_each(d->prices, add_model, &w);
    dataset_unref(d);
    for (size_t i = 0; i < w.n; i++)
        account_unref(w.accounts[i]);
    free(w.accounts);
    order_done(o, list_result(w.items));
}
