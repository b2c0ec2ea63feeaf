/* The care of accounts: its life. */
#include "care/care_int.h"

#include <stdlib.h>
#include "common/alloc.h"
#include "common/json.h"

struct care *care_create(const struct care_options *o)
{
    struct care *c = xcalloc(1, sizeof *c);
    c->o = *o;
    c->ca_file = xstrdup(o->ca_file);
    c->o.ca_file = c->ca_file;
    if (c->o.renew_ahead_ms <= 0)
        c->o.renew_ahead_ms = 10 * MS_MINUTE;
    if (c->o.retry_ms <= 0)
        c->o.retry_ms = 500;
    struct upstream_options u = {.ca_file = c->ca_file};
    c->upstream = upstream_create(o->base, &u);
    atomic_init(&c->refs, 1);
    return c;
}

struct care *care_ref(struct care *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void care_unref(struct care *c)
{
    if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    free(c->ca_file);
    free(c);
}

void care_free(struct care *c)
{
    if (!c)
        return;
    c->closed = true;
    renew_release(c);
    /* What is at the store comes back through the mailbox and ends then. */
    for (struct op *op = c->ops, *next; op; op = next) {
        next = op->next;
        if (!op->at_store)
            op_end(op);
    }
    signings_release(c);
    chores_release(c);
    keep_release(c);
    upstream_free(c->upstream);
    c->upstream = NULL;
    provider_data_unref(c->data);
    c->data = NULL;
    prices_unref(c->prices);
    c->prices = NULL;
    care_unref(c);
}

void care_set_data(struct care *c, struct provider_data *d)
{
    struct provider_data *old = c->data;
    c->data = provider_data_ref(d);
    provider_data_unref(old);
}

void care_set_prices(struct care *c, struct prices *p)
{
    struct prices *old = c->prices;
    c->prices = prices_ref(p);
    prices_unref(old);
}

void care_tell(struct care *c, const struct account *a, const char *what)
{
    if (!c->o.bus || !bus_wants(c->o.bus, TOPIC_ACCOUNT))
        return;
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "id", a->id);
    json_put_str(o, "name", a->name);
    json_put_str(o, "what", what);
    bus_publish(c->o.bus, TOPIC_ACCOUNT, o);
}
