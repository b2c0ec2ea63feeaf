/* Connections at rest. A group is all that may stand for each other; it goes with its last one, so
 * the table cannot grow beyond what is open. */
#include "upstream/upstream_int.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

struct pool_group {
    struct pool_group *next;
    char *key;
    size_t key_len;
    struct link *newest, *oldest;
    int n;
};

/* The parts with their NULs, in memory of the right size at once: growing would leave copies of the
 * password behind. */
char *link_key(const struct target *t, size_t *len)
{
    const char *parts[] = {t->origin, t->identity, t->proxy, t->proxy_user, t->proxy_password};
    size_t n = sizeof parts / sizeof *parts, at = 0;
    *len = 0;
    for (size_t i = 0; i < n; i++)
        *len += (parts[i] ? strlen(parts[i]) : 0) + 1;
    char *key = xmalloc(*len);
    for (size_t i = 0; i < n; i++) {
        size_t part = (parts[i] ? strlen(parts[i]) : 0) + 1;
        memcpy(key + at, parts[i] ? parts[i] : "", part);
        at += part;
    }
    return key;
}

void link_key_free(char *key, size_t len)
{
    if (key)
        explicit_bzero(key, len);
    free(key);
}

static struct pool_group **group_of(struct upstream *u, const char *key, size_t len)
{
    /* FNV-1a */
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)key[i]) * 16777619u;
    struct pool_group **at = &u->groups[h % POOL_BUCKETS];
    while (*at && ((*at)->key_len != len || memcmp((*at)->key, key, len) != 0))
        at = &(*at)->next;
    return at;
}

static void group_remove(struct link *l)
{
    struct pool_group *g = l->group;
    *(l->prev ? &l->prev->next : &g->newest) = l->next;
    *(l->next ? &l->next->prev : &g->oldest) = l->prev;
    l->group = NULL;
    l->prev = l->next = NULL;
    if (--g->n)
        return;
    struct pool_group **at = group_of(l->u, g->key, g->key_len);
    *at = g->next;
    link_key_free(g->key, g->key_len);
    free(g);
}

void link_forget(struct link *l)
{
    link_key_free(l->key, l->key_len);
    free(l);
}

void link_close(struct link *l)
{
    h1_conn_close(l->conn);
    link_forget(l);
}

static void on_rest_closed(void *self, enum h1_end why)
{
    struct link *l = self;
    (void)why;
    group_remove(l);
    link_forget(l);
}

static const struct h1_conn_ops rest_ops = {.on_closed = on_rest_closed};

struct link *link_create(struct upstream *u, const struct h1_transport *t, char *key, size_t len,
    const struct h1_conn_ops *ops, void *self)
{
    struct h1_limits limits = {.idle_ms = u->idle_ms, .high = 256u << 10, .low = 64u << 10};
    struct link *l = xcalloc(1, sizeof *l);
    l->u = u;
    l->key = key;
    l->key_len = len;
    l->fd = t->fd;
    l->conn = h1_conn_create(u->base, *t, false, &limits, ops, self);
    return l;
}

static struct pool_group *group_get(struct upstream *u, const struct link *l)
{
    struct pool_group **at = group_of(u, l->key, l->key_len), *known = *at;
    if (known)
        return known;
    struct pool_group *g = xcalloc(1, sizeof *g);
    g->key = xmemdup(l->key, l->key_len);
    g->key_len = l->key_len;
    return *at = g;
}

static void drop(struct link *l)
{
    group_remove(l);
    link_close(l);
}

void pool_put(struct link *l)
{
    struct pool_group *g = group_get(l->u, l);
    h1_conn_set_self(l->conn, &rest_ops, l);
    l->group = g;
    l->next = g->newest;
    *(g->newest ? &g->newest->prev : &g->oldest) = l;
    g->newest = l;
    if (++g->n > l->u->max_idle)
        drop(g->oldest);
}

/* A peer that closed, or sent something unasked, while the loop was busy elsewhere. */
static bool stale(const struct link *l)
{
    struct pollfd p = {.fd = l->fd, .events = POLLIN | POLLRDHUP};
    return poll(&p, 1, 0) != 0;
}

struct link *pool_take(struct upstream *u, const char *key, size_t len)
{
    /* The newest first: the oldest then lapse. */
    for (struct pool_group *g; (g = *group_of(u, key, len));) {
        struct link *l = g->newest;
        if (!stale(l)) {
            group_remove(l);
            return l;
        }
        drop(l);
    }
    return NULL;
}

void pool_clear(struct upstream *u)
{
    for (size_t i = 0; i < POOL_BUCKETS; i++)
        while (u->groups[i])
            drop(u->groups[i]->newest);
}
