/* Counters of wrong keys: a table of small sets, the oldest entry of a full set makes room. */
#include "flow/guard.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/secret.h"

#define GUARD_SETS 1024
#define GUARD_WAYS 4

struct guard_entry {
    unsigned char address[16]; /* v4 as v4-mapped, v6 cut to its /64 */
    int64_t since;             /* begin of the minute; 0: free */
    int64_t count;
};

struct guard {
    pthread_mutex_t lock;
    uint64_t salt; /* so that nobody can choose addresses of one set */
    struct guard_entry sets[GUARD_SETS][GUARD_WAYS];
};

struct guard *guard_create(void)
{
    struct guard *g = xcalloc(1, sizeof *g);

    pthread_mutex_init(&g->lock, NULL);
    secret_random(&g->salt, sizeof g->salt);
    return g;
}

void guard_free(struct guard *g)
{
    if (!g)
        return;
    pthread_mutex_destroy(&g->lock);
    free(g);
}

static void guard_address(const char *text, unsigned char out[16])
{
    memset(out, 0, 16);
    if (inet_pton(AF_INET6, text, out) == 1) {
        static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
        if (memcmp(out, mapped, sizeof mapped) != 0)
            memset(out + 8, 0, 8);
        return;
    }
    out[10] = out[11] = 0xff;
    if (inet_pton(AF_INET, text, out + 12) != 1)
        memset(out, 0, 16);
}

static struct guard_entry *guard_set(struct guard *g, const unsigned char address[16])
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ g->salt; /* FNV-1a */

    for (int i = 0; i < 16; i++)
        h = (h ^ address[i]) * UINT64_C(0x100000001b3);
    return g->sets[(h >> 32) % GUARD_SETS];
}

/* The living entry of the address, or NULL. */
static struct guard_entry *guard_find(
    struct guard_entry *set, const unsigned char address[16], int64_t now)
{
    for (int i = 0; i < GUARD_WAYS; i++)
        if (set[i].since && now - set[i].since < MS_MINUTE && !memcmp(set[i].address, address, 16))
            return &set[i];
    return NULL;
}

bool guard_refuses(struct guard *g, const char *address, int64_t limit, int64_t now)
{
    unsigned char a[16];
    const struct guard_entry *e;

    guard_address(address, a);
    pthread_mutex_lock(&g->lock);
    e = guard_find(guard_set(g, a), a, now);
    bool refused = e && e->count >= limit;
    pthread_mutex_unlock(&g->lock);
    return refused;
}

void guard_failed(struct guard *g, const char *address, int64_t now)
{
    unsigned char a[16];
    struct guard_entry *set, *e;

    guard_address(address, a);
    pthread_mutex_lock(&g->lock);
    set = guard_set(g, a);
    e = guard_find(set, a, now);
    if (!e) {
        e = set;
        for (int i = 1; i < GUARD_WAYS; i++)
            if (set[i].since < e->since)
                e = &set[i];
        memcpy(e->address, a, 16);
        e->since = now;
        e->count = 0;
    }
    e->count++;
    pthread_mutex_unlock(&g->lock);
}
