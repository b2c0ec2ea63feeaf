/* One thread's way out: options, and the order in which all of it ends. */
#include "upstream/upstream_int.h"

#include <stdlib.h>
#include "common/alloc.h"

void chain_init(struct chain *head)
{
    head->prev = head->next = head;
}

void chain_add(struct chain *head, struct chain *item)
{
    item->next = head;
    item->prev = head->prev;
    head->prev->next = item;
    head->prev = item;
}

void chain_remove(struct chain *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    chain_init(item);
}

void upstream_set_options(struct upstream *u, const struct upstream_options *o)
{
    char *ca_file = xstrdup(o->ca_file);
    free(u->ca_file);
    u->ca_file = ca_file;
    secure_forget_trust(u);
    u->max_idle = o->max_idle_per_target ? o->max_idle_per_target : 32;
    u->idle_ms = o->idle_ms ? o->idle_ms : 60000;
    u->connect_ms = o->connect_ms ? o->connect_ms : 10000;
}

struct upstream *upstream_create(struct event_base *base, const struct upstream_options *o)
{
    static const struct upstream_options defaults;
    struct upstream *u = xcalloc(1, sizeof *u);
    u->base = base;
    chain_init(&u->calls);
    chain_init(&u->fetches);
    chain_init(&u->watches);
    upstream_set_options(u, o ? o : &defaults);
    if (multi_open(u) != 0) {
        free(u->ca_file);
        free(u);
        return NULL;
    }
    return u;
}

void upstream_free(struct upstream *u)
{
    if (!u)
        return;
    call_drop_all(u);
    fetch_drop_all(u);
    pool_clear(u);
    multi_close(u);
    secure_forget_trust(u);
    free(u->ca_file);
    free(u);
}
