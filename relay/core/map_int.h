/* Two intrusive containers of this room: a chained hash table and a ring of links. Neither owns
 * what is in it. Hashes are keyed (SipHash-2-4), so that names from strangers cannot pile up in one
 * slot. Not thread-safe: the core's lock covers them. */
#ifndef CRS_CORE_MAP_INT_H
#define CRS_CORE_MAP_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

struct map_node {
    struct map_node *next;
    uint64_t hash;
};
struct map {
    struct map_node **slot;
    size_t n, cap; /* cap is 0 or a power of two */
};
#define MAP_HASH_KEY 16

uint64_t map_hash(const unsigned char key[MAP_HASH_KEY], const void *p, size_t n);
void map_add(struct map *m, struct map_node *node, uint64_t hash);
void map_del(struct map *m, struct map_node *node); /* it must be in there */
/* The nodes of one hash: the first, then the next of the same hash; NULL at the end. The caller
 * compares the real keys. */
struct map_node *map_first(const struct map *m, uint64_t hash);
struct map_node *map_same(const struct map_node *node);
/* All nodes in no order: NULL gives the first. The table must not change meanwhile. */
struct map_node *map_next(const struct map *m, const struct map_node *at);
void map_release(struct map *m); /* frees the table, not the nodes */

/* A ring with a head; a link outside any ring points at itself. */
struct link {
    struct link *prev, *next;
};
void link_init(struct link *l); /* head or link: alone */
bool link_alone(const struct link *l);
void link_append(struct link *head, struct link *l); /* as the last */
void link_remove(struct link *l);                    /* alone again; harmless when it is already */

#endif
