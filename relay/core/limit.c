/* Windows and ceilings, pure over the clock. */
#include "core/limit_int.h"

#include <stdlib.h>
#include "common/alloc.h"

#define WINDOW_JITTER MS_MINUTE
#define PERIOD_JITTER (2 * MS_HOUR)

int64_t add_capped(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

int64_t counts_get(const struct counts *c, enum count_of what)
{
    switch (what) {
    case COUNT_REQUESTS:
        return c->requests;
    case COUNT_TOKENS:
        return c->tokens;
    case COUNT_COST:
        break;
    }
    return c->cost;
}

static void counts_add(struct counts *to, const struct counts *add)
{
    to->requests = add_capped(to->requests, add->requests);
    to->tokens = add_capped(to->tokens, add->tokens);
    to->cost = add_capped(to->cost, add->cost);
}

static struct slice *window_slice(const struct window *w, unsigned i)
{
    return &w->ring[(w->head + i) % WINDOW_RING];
}

static struct slice *window_newest(const struct window *w)
{
    return w->n ? window_slice(w, w->n - 1) : NULL;
}

static void window_settle_sliding(struct window *w, int64_t now)
{
    struct slice *newest = window_newest(w);

    if (newest && now < newest->last - WINDOW_JITTER) {
        int64_t back = newest->last - now;

        for (unsigned i = 0; i < w->n; i++) {
            window_slice(w, i)->first -= back;
            window_slice(w, i)->last -= back;
        }
    }
    while (w->n && window_slice(w, 0)->last + w->length <= now) {
        w->head = (w->head + 1) % WINDOW_RING;
        w->n--;
    }
}

static void window_settle(struct window *w, int64_t now)
{
    if (w->sliding) {
        window_settle_sliding(w, now);
        return;
    }
    if (w->start && now < w->start - WINDOW_JITTER)
        w->start = now;
    if (w->start && now - w->start >= w->length) {
        w->start = 0;
        w->sum = (struct counts){0};
    }
}

struct counts window_sum(struct window *w, int64_t now)
{
    struct counts sum = {0};

    window_settle(w, now);
    if (!w->sliding)
        return w->sum;
    for (unsigned i = 0; i < w->n; i++)
        counts_add(&sum, &window_slice(w, i)->sum);
    return sum;
}

static void window_add_sliding(struct window *w, int64_t now, const struct counts *add)
{
    /* Rounded up, so that the live slices always fit into the ring. */
    int64_t width = (w->length + WINDOW_SLICES - 1) / WINDOW_SLICES;
    struct slice *s = window_newest(w);

    if (!w->ring)
        w->ring = xcalloc(WINDOW_RING, sizeof *w->ring);
    if (s && now < s->last)
        now = s->last;
    if (!s || (now >= s->first + width && w->n < WINDOW_RING)) {
        w->n++;
        s = window_newest(w);
        *s = (struct slice){.first = now};
    }
    s->last = now;
    counts_add(&s->sum, add);
}

void window_add(struct window *w, int64_t now, const struct counts *add)
{
    window_settle(w, now);
    if (w->sliding) {
        window_add_sliding(w, now, add);
        return;
    }
    if (!w->start)
        w->start = now;
    counts_add(&w->sum, add);
}

int64_t window_reset(const struct window *w, enum count_of what, int64_t limit)
{
    int64_t left = 0;

    if (!w->sliding)
        return w->start && counts_get(&w->sum, what) >= limit ? w->start + w->length : 0;
    for (unsigned i = 0; i < w->n; i++)
        left = add_capped(left, counts_get(&window_slice(w, i)->sum, what));
    if (left < limit)
        return 0;
    for (unsigned i = 0; i < w->n; i++) {
        left -= counts_get(&window_slice(w, i)->sum, what);
        if (left < limit)
            return window_slice(w, i)->last + w->length;
    }
    return 0;
}

void window_shape(struct window *w, bool sliding, int64_t length, int64_t now)
{
    struct counts have;

    if (length < MS_SECOND)
        length = MS_SECOND;
    if (w->length == length && w->sliding == sliding)
        return;
    if (!w->sliding && !sliding) { /* the window under way keeps its start */
        w->length = length;
        return;
    }
    have = window_sum(w, now);
    window_release(w);
    w->sliding = sliding;
    w->length = length;
    if (have.requests || have.tokens || have.cost)
        window_add(w, now, &have);
}

void window_release(struct window *w)
{
    free(w->ring);
    *w = (struct window){0};
}

static void period_edges(struct period *p, const struct period_rule *r, int64_t now)
{
    switch (r->kind) {
    case PERIOD_DAY:
        p->start = edge_day(r->zone, now);
        p->end = edge_next_day(r->zone, now);
        break;
    case PERIOD_WEEK:
        p->start = edge_week(r->zone, now, r->week_day, r->week_hour);
        p->end = edge_next_week(r->zone, now, r->week_day, r->week_hour);
        break;
    case PERIOD_MONTH:
        p->start = edge_month(r->zone, now);
        p->end = edge_next_month(r->zone, now);
        break;
    }
}

void period_roll(struct period *p, const struct period_rule *r, int64_t now)
{
    if (p->end && now >= p->start - PERIOD_JITTER && now < p->end)
        return;
    if (p->end && now >= p->end)
        *p = (struct period){0};
    period_edges(p, r, now);
}

void period_add(
    struct period *p, const struct period_rule *r, int64_t now, nano spent, int64_t count)
{
    period_roll(p, r, now);
    p->spent = add_capped(p->spent, spent);
    p->count = add_capped(p->count, count);
}

void period_replay(
    struct period *p, const struct period_rule *r, int64_t at, nano spent, int64_t count)
{
    if (!p->end || at >= p->start)
        period_add(p, r, at, spent, count);
}

void period_reshape(struct period *p, const struct period_rule *r, int64_t now)
{
    if (!p->end)
        return;
    if (now >= p->end)
        *p = (struct period){0};
    period_edges(p, r, now);
}
