/* How many connections there are, in all and from each address; shared by the doors of all workers.
 */
#include "http/http_int.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/alloc.h"
#include "rule/rule.h"

struct gate_address {
    struct gate_address *next;
    long count;
    char text[];
};

/* The kernel gives the lowest free number, so a number tells how many are in use. */
static int fd_high(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur > INT_MAX)
        return INT_MAX;
    return (int)(r.rlim_cur / 10 * 9);
}

struct gate *gate_create(const struct settings *s, struct err *err)
{
    struct gate *g = xcalloc(1, sizeof *g);

    atomic_init(&g->connections, 0);
    g->fd_high = fd_high();
    pthread_mutex_init(&g->lock, NULL);
    if (!s->v.tls_cert || !*s->v.tls_cert)
        return g;
    g->tls = tls_server_context(s->v.tls_cert, s->v.tls_key, err);
    if (g->tls)
        return g;
    gate_free(g);
    return NULL;
}

void gate_free(struct gate *g)
{
    if (!g)
        return;
    for (size_t i = 0; i < GATE_BUCKETS; i++) {
        while (g->buckets[i]) {
            struct gate_address *a = g->buckets[i];
            g->buckets[i] = a->next;
            free(a);
        }
    }
    if (g->tls)
        tls_context_free(g->tls);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

long gate_connections(const struct gate *g)
{
    return atomic_load_explicit(&g->connections, memory_order_relaxed);
}

bool gate_tls(const struct gate *g)
{
    return g->tls != NULL;
}

static struct gate_address **gate_place(struct gate *g, const char *address)
{
    uint32_t h = 2166136261u; /* FNV-1a; connections are bounded, so no salt is needed */

    for (const char *p = address; *p; p++)
        h = (h ^ (unsigned char)*p) * 16777619u;
    struct gate_address **at = &g->buckets[h % GATE_BUCKETS];
    while (*at && strcmp((*at)->text, address) != 0)
        at = &(*at)->next;
    return at;
}

/* Counts one more from this address; false when it has its share. max 0: counted only. */
static bool address_enter(struct gate *g, const char *address, int64_t max)
{
    struct gate_address **at;

    pthread_mutex_lock(&g->lock);
    at = gate_place(g, address);
    bool in = !max || !*at || (*at)->count < max;
    if (in && !*at) {
        size_t n = strlen(address) + 1;
        *at = xmalloc(sizeof **at + n);
        (*at)->next = NULL;
        (*at)->count = 0;
        memcpy((*at)->text, address, n);
    }
    if (in)
        (*at)->count++;
    pthread_mutex_unlock(&g->lock);
    return in;
}

static void address_leave(struct gate *g, const char *address)
{
    struct gate_address **at, *a;

    pthread_mutex_lock(&g->lock);
    at = gate_place(g, address);
    a = *at;
    if (a && --a->count == 0) {
        *at = a->next;
        free(a);
    }
    pthread_mutex_unlock(&g->lock);
}

/* Behind a trusted proxy stand many clients: it has no share of its own. */
static int64_t share_of(const char *address, const struct settings *s)
{
    return address_in(address, &s->v.trusted_proxies) ? 0 : s->v.max_connections_per_address;
}

bool gate_enter(struct gate *g, const char *address, const struct settings *s)
{
    long n = atomic_fetch_add_explicit(&g->connections, 1, memory_order_relaxed) + 1;

    if (n <= s->v.max_connections && address_enter(g, address, share_of(address, s)))
        return true;
    atomic_fetch_sub_explicit(&g->connections, 1, memory_order_relaxed);
    return false;
}

void gate_leave(struct gate *g, const char *address)
{
    address_leave(g, address);
    atomic_fetch_sub_explicit(&g->connections, 1, memory_order_relaxed);
}
