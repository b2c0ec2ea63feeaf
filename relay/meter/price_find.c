/* Which row prices a model: its own, the one of its bare name, the nearest shorter name, its
 * family's, the last resort. */
#include "meter/price_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/text.h"

static int model_order(const void *a, const void *b)
{
    const struct price *x = *(const struct price *const *)a, *y = *(const struct price *const *)b;
    int c = strcmp(x->model, y->model);
    /* Of a model that is named twice the last row is meant. */
    return c ? c : (x < y) - (x > y);
}

/* Rows of other sellers ("azure/…", "us.anthropic.…") are worse than the vendor's own, and dated
 * names worse than the bare one. */
static int fitness(const struct price *p)
{
    return (strcmp(p->model, p->bare) == 0 ? 0 : 1) + (strchr(p->model, '/') ? 4 : 0) +
           (strchr(p->model, ':') ? 2 : 0);
}

static int bare_order(const void *a, const void *b)
{
    const struct price *x = *(const struct price *const *)a, *y = *(const struct price *const *)b;
    int c = strcmp(x->bare, y->bare);
    if (c == 0)
        c = fitness(x) - fitness(y);
    /* Of dated rows the newest. */
    return c ? c : -model_order(a, b);
}

void prices_index(struct prices *p)
{
    p->by_model = xcalloc(p->n, sizeof(const struct price *));
    p->by_bare = xcalloc(p->n, sizeof(const struct price *));
    for (size_t i = 0; i < p->n; i++) {
        if (p->v[i].glob)
            continue;
        p->by_model[p->n_named] = p->by_bare[p->n_named] = &p->v[i];
        p->n_named++;
    }
    qsort(p->by_model, p->n_named, sizeof *p->by_model, model_order);
    qsort(p->by_bare, p->n_named, sizeof *p->by_bare, bare_order);
}

/* The first of the rows whose name is equal. */
static const struct price *find_in(
    const struct price *const *v, size_t n, const char *name, bool bare)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(bare ? v[mid]->bare : v[mid]->model, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < n && strcmp(bare ? v[low]->bare : v[low]->model, name) == 0 ? v[low] : NULL;
}

/* "gpt-5.3-codex-spark" is priced as "gpt-5.3-codex": whole words are left off at the end while two
 * of them remain, so that "claude-opus-9" never becomes "claude". */
static const struct price *find_shorter(const struct prices *p, char *name)
{
    for (char *cut = strrchr(name, '-'); cut; cut = strrchr(name, '-')) {
        *cut = 0;
        if (!strchr(name, '-'))
            return NULL;
        const struct price *found = find_in(p->by_bare, p->n_named, name, true);
        if (found)
            return found;
    }
    return NULL;
}

const struct price *prices_exact(const struct prices *p, const char *model)
{
    return find_in(p->by_model, p->n_named, model, false);
}

const struct price *prices_find(const struct prices *p, const char *model, bool *fallback)
{
    char bare[MODEL_BARE_MAX], shorter[MODEL_BARE_MAX];
    *fallback = false;
    const struct price *found = prices_exact(p, model);
    if (found)
        return found;
    model_bare(model, bare);
    found = find_in(p->by_bare, p->n_named, bare, true);
    if (found)
        return found;
    *fallback = true;
    memcpy(shorter, bare, sizeof shorter);
    found = find_shorter(p, shorter);
    if (found)
        return found;
    for (size_t i = 0; i < p->n; i++) {
        if (p->v[i].glob && text_glob(p->v[i].model, bare))
            return &p->v[i];
    }
    return &p->v[p->n - 1]; /* the pattern for anything */
}
