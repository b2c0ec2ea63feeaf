/* The hash table and the ring of links behind the records, lines and sessions of the core. */
#include "core/map_int.h"

#include <sodium.h>
#include <stdlib.h>
#include "common/alloc.h"

_Static_assert(MAP_HASH_KEY == crypto_shorthash_KEYBYTES, "SipHash key");

uint64_t map_hash(const unsigned char key[MAP_HASH_KEY], const void *p, size_t n)
{
    uint64_t h;

    crypto_shorthash((unsigned char *)&h, p, n, key);
    return h;
}

static void map_grow(struct map *m)
{
    size_t cap = m->cap ? m->cap * 2 : 64;
    struct map_node **slot = xcalloc(cap, sizeof *slot);

    for (size_t i = 0; i < m->cap; i++) {
        while (m->slot[i]) {
            struct map_node *n = m->slot[i];
            struct map_node **to = &slot[n->hash & (cap - 1)];

            m->slot[i] = n->next;
            n->next = *to;
            *to = n;
        }
    }
    free(m->slot);
    m->slot = slot;
    m->cap = cap;
}

void map_add(struct map *m, struct map_node *node, uint64_t hash)
{
    if (m->n >= m->cap)
        map_grow(m);
    struct map_node **to = &m->slot[hash & (m->cap - 1)];
    node->hash = hash;
    node->next = *to;
    *to = node;
    m->n++;
}

void map_del(struct map *m, struct map_node *node)
{
    struct map_node **at = &m->slot[node->hash & (m->cap - 1)];

    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    node->next = NULL;
    m->n--;
}

struct map_node *map_first(const struct map *m, uint64_t hash)
{
    struct map_node *n = m->cap ? m->slot[hash & (m->cap - 1)] : NULL;

    while (n && n->hash != hash)
        n = n->next;
    return n;
}

struct map_node *map_same(const struct map_node *node)
{
    struct map_node *n = node->next;

    while (n && n->hash != node->hash)
        n = n->next;
    return n;
}

struct map_node *map_next(const struct map *m, const struct map_node *at)
{
    size_t i = 0;

    if (at) {
        if (at->next)
            return at->next;
        i = (at->hash & (m->cap - 1)) + 1;
    }
    for (; i < m->cap; i++) {
        if (m->slot[i])
            return m->slot[i];
    }
    return NULL;
}

void map_release(struct map *m)
{
    free(m->slot);
    *m = (struct map){0};
}

void link_init(struct link *l)
{
    l->prev = l->next = l;
}

bool link_alone(const struct link *l)
{
    return l->next == l;
}

void link_append(struct link *head, struct link *l)
{
    l->prev = head->prev;
    l->next = head;
    head->prev->next = l;
    head->prev = l;
}

void link_remove(struct link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    link_init(l);
}
