/* Fair share of a subscription window, pure. */
#include "core/fair_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"

/* The same window is told with resets that differ by seconds; the next one is hours away. */
#define FAIR_SAME_WINDOW MS_HOUR
#define FAIR_STEPS 60

static void fair_next_window(struct fair *f)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n; i++) {
        struct fair_key *k = &f->v[i];

        if (!k->now)
            continue;
        k->before = k->now;
        k->now = 0;
        f->v[kept++] = *k;
    }
    f->n = kept;
}

void fair_roll(struct fair *f, int64_t reset, int64_t now)
{
    if (f->reset && now >= f->reset) {
        fair_next_window(f);
        f->reset = 0;
    }
    if (!reset || now >= reset)
        return;
    if (f->reset && llabs(reset - f->reset) > FAIR_SAME_WINDOW)
        fair_next_window(f);
    f->reset = reset;
}

static struct fair_key *fair_find(const struct fair *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++) {
        if (strcmp(f->v[i].key, key) == 0)
            return &f->v[i];
    }
    return NULL;
}

void fair_add(struct fair *f, const char *key, int64_t weight, nano cost)
{
    struct fair_key *k = fair_find(f, key);
    int64_t sum;

    if (cost <= 0) /* what used nothing asks for no share */
        return;
    if (!k) {
        if (f->n >= FAIR_KEYS_MAX)
            return;
        f->v = xreallocarray(f->v, f->n + 1, sizeof *f->v);
        k = &f->v[f->n++];
        *k = (struct fair_key){0};
        strncpy(k->key, key, sizeof k->key - 1);
    }
    k->weight = weight;
    k->now = __builtin_add_overflow(k->now, cost, &sum) ? INT64_MAX : sum;
}

/* How much of the window this key may have used, and has. */
static void fair_account(const struct fair *f, const char *key, int64_t weight, double used,
    double elapsed, double *may, double *has)
{
    const struct fair_key *own = fair_find(f, key);
    double weights = own ? 0 : (double)weight, cost = 0, lent = 0;

    for (size_t i = 0; i < f->n; i++) {
        weights += (double)(&f->v[i] == own ? weight : f->v[i].weight);
        cost += (double)f->v[i].now;
    }
    for (size_t i = 0; i < f->n; i++) {
        double share, spent;

        if (&f->v[i] == own)
            continue;
        share = (double)f->v[i].weight / weights;
        spent = cost > 0 ? (double)f->v[i].now / cost * used : 0;
        if (spent < share * elapsed)
            lent += share * elapsed - spent;
        else if (spent > share) /* another one has borrowed already */
            lent -= spent - share;
    }
    *may = (double)weight / weights + (lent > 0 ? lent : 0);
    *has = own && cost > 0 ? (double)own->now / cost * used : 0;
}

bool fair_allows(const struct fair *f, const char *key, int64_t weight, double used, double elapsed)
{
    double may, has;

    if (f->n == 0 || (f->n == 1 && fair_find(f, key)))
        return true; /* nobody to share with; a used-up window is the upstream's to say */
    fair_account(f, key, weight, used, elapsed, &may, &has);
    return has < may;
}

double fair_when(const struct fair *f, const char *key, int64_t weight, double used, double elapsed)
{
    for (int i = 1; i < FAIR_STEPS; i++) {
        double at = elapsed + (1 - elapsed) * i / FAIR_STEPS;

        if (fair_allows(f, key, weight, used, at))
            return at;
    }
    return 1;
}

void fair_release(struct fair *f)
{
    free(f->v);
    *f = (struct fair){0};
}
