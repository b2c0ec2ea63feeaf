/* How many client addresses use a key: an address counts while a request of it is here and five
 * minutes after the last one, so that a team cannot take turns on a key meant for one. */
#include "core/core_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

struct address {
    struct map_node node;
    struct key_state *key;
    struct link of_key;
    struct link idle; /* in core.idle_addresses while nobody holds it */
    int holders;
    int64_t last;
    char text[64];
};

static uint64_t address_hash(const struct core *c, const struct key_state *ks, const char *text)
{
    struct {
        const struct key_state *ks;
        char text[64];
    } both;

    memset(&both, 0, sizeof both);
    both.ks = ks;
    strncpy(both.text, text, sizeof both.text - 1);
    return map_hash(c->hash_key, &both, sizeof both);
}

static struct address *address_find(struct core *c, const struct key_state *ks, const char *text)
{
    uint64_t h = address_hash(c, ks, text);

    for (struct map_node *n = map_first(&c->addresses, h); n; n = map_same(n)) {
        struct address *a = container_of(n, struct address, node);

        if (a->key == ks && strncmp(a->text, text, sizeof a->text - 1) == 0)
            return a;
    }
    return NULL;
}

static struct address *address_create(struct core *c, struct key_state *ks, const char *text)
{
    struct address *a = xcalloc(1, sizeof *a);

    a->key = ks;
    strncpy(a->text, text, sizeof a->text - 1);
    link_init(&a->idle);
    link_init(&a->of_key);
    link_append(&ks->addresses, &a->of_key);
    ks->n_addresses++;
    map_add(&c->addresses, &a->node, address_hash(c, ks, text));
    return a;
}

static void address_free(struct core *c, struct address *a)
{
    map_del(&c->addresses, &a->node);
    link_remove(&a->of_key);
    link_remove(&a->idle);
    a->key->n_addresses--;
    free(a);
}

void address_tick(struct core *c, int64_t now)
{
    core_assert_held(c);
    while (!link_alone(&c->idle_addresses)) {
        struct address *a = container_of(c->idle_addresses.next, struct address, idle);

        if (a->last > now) /* the clock was turned back */
            a->last = now;
        if (now - a->last < ADDRESS_LINGER)
            return;
        address_free(c, a);
    }
}

/* When the first of the idle ones leaves; 0 when a request holds each. */
static int64_t address_reset(const struct key_state *ks)
{
    int64_t first = 0;

    for (const struct link *l = ks->addresses.next; l != &ks->addresses; l = l->next) {
        const struct address *a = container_of(l, struct address, of_key);

        if (!a->holders && (!first || a->last + ADDRESS_LINGER < first))
            first = a->last + ADDRESS_LINGER;
    }
    return first;
}

bool address_hold(struct core *c, struct ticket *t, int64_t now, struct refusal *r)
{
    struct key_state *ks = t->key;
    int64_t limit = ks->key->set.addresses;
    struct address *a;

    if (!*t->from)
        return true;
    address_tick(c, now);
    a = address_find(c, ks, t->from);
    if (!a && limit > 0 && ks->n_addresses >= limit) {
        refuse(r, REFUSE_ADDRESSES, "key '%s' is in use from %d addresses", ks->key->name,
            ks->n_addresses);
        r->used = ks->n_addresses;
        r->limit = limit;
        r->reset = address_reset(ks);
        return false;
    }
    if (!a && limit <= 0 && ks->n_addresses >= ADDRESSES_SHOWN_MAX)
        return true;
    if (!a)
        a = address_create(c, ks, t->from);
    link_remove(&a->idle);
    a->holders++;
    t->address = a;
    return true;
}

void address_let_go(struct core *c, struct ticket *t, bool used, int64_t now)
{
    struct address *a = t->address;

    core_assert_held(c);
    t->address = NULL;
    if (!a)
        return;
    if (used)
        a->last = now;
    if (--a->holders)
        return;
    if (a->last && !a->key->dropped)
        link_append(&c->idle_addresses, &a->idle);
    else
        address_free(c, a); /* it only ever waited in line */
}

/* Those that requests hold go when these leave. */
void address_forget(struct core *c, struct key_state *ks)
{
    struct link *next;

    core_assert_held(c);
    for (struct link *l = ks->addresses.next; l != &ks->addresses; l = next) {
        struct address *a = container_of(l, struct address, of_key);

        next = l->next;
        if (!a->holders)
            address_free(c, a);
    }
}
