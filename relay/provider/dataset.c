/* The data files as one value: loaded together, swapped together. */
#include "provider/dataset.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/alloc.h"
#include "common/path.h"

struct dataset_shared {
    struct dataset set; /* first: the public view */
    atomic_int refs;
};

struct dataset_holder {
    pthread_mutex_t lock;
    const struct dataset *now;
};

char *dataset_file(const char *given, const char *shipped)
{
    return given && *given ? xstrdup(given) : path_data(shipped);
}

static void dataset_destroy(struct dataset_shared *d)
{
    prices_unref(d->set.prices);
    clients_unref(d->set.clients);
    provider_data_unref(d->set.providers);
    free(d);
}

static struct prices *load_prices(const char *list, const char *own_file, struct err *err)
{
    cJSON *own = own_file ? prices_own_read(own_file, err) : NULL;
    struct prices *p = own || !own_file ? prices_load(list, own, err) : NULL;

    cJSON_Delete(own);
    return p;
}

struct dataset *dataset_load(const char *prices, const char *own_prices, const char *clients,
    const char *providers, struct err *err)
{
    struct dataset_shared *d = xcalloc(1, sizeof *d);
    char *p = dataset_file(prices, "prices.json");
    char *c = dataset_file(clients, "clients.json");
    char *v = dataset_file(providers, "providers.json");

    atomic_init(&d->refs, 1);
    d->set.prices = load_prices(p, own_prices, err);
    if (d->set.prices)
        d->set.clients = clients_load(c, err);
    if (d->set.clients)
        d->set.providers = provider_data_load(v, err);
    free(p);
    free(c);
    free(v);
    if (d->set.providers)
        return &d->set;
    if (d->set.prices)
        prices_unref(d->set.prices);
    if (d->set.clients)
        clients_unref(d->set.clients);
    free(d);
    return NULL;
}

const struct dataset *dataset_ref(const struct dataset *d)
{
    struct dataset_shared *s = (struct dataset_shared *)(uintptr_t)d;

    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return d;
}

void dataset_unref(const struct dataset *d)
{
    struct dataset_shared *s = (struct dataset_shared *)(uintptr_t)d;

    if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1)
        dataset_destroy(s);
}

struct dataset_holder *dataset_holder_create(struct dataset *first)
{
    struct dataset_holder *h = xcalloc(1, sizeof *h);

    pthread_mutex_init(&h->lock, NULL);
    h->now = first;
    return h;
}

void dataset_holder_free(struct dataset_holder *h)
{
    if (!h)
        return;
    dataset_unref(h->now);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

const struct dataset *dataset_get(struct dataset_holder *h)
{
    pthread_mutex_lock(&h->lock);
    const struct dataset *d = dataset_ref(h->now);
    pthread_mutex_unlock(&h->lock);
    return d;
}

void dataset_swap(struct dataset_holder *h, struct dataset *d)
{
    pthread_mutex_lock(&h->lock);
    const struct dataset *was = h->now;
    h->now = d;
    pthread_mutex_unlock(&h->lock);
    dataset_unref(was);
}
