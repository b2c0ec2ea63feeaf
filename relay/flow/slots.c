/* Handles of exchanges: a place and a generation, so that a letter of another thread that comes too
 * late finds nobody rather than somebody else. */
#include "flow/exchange_int.h"

#include <stdlib.h>

#include "common/alloc.h"

#define NO_SLOT UINT32_MAX

static void slots_grow(struct flow *f)
{
    uint32_t n = f->n_slots ? 2 * f->n_slots : 64;

    f->slots = xreallocarray(f->slots, n, sizeof *f->slots);
    for (uint32_t i = n; i-- > f->n_slots;) {
        f->slots[i].x = NULL;
        f->slots[i].generation = 0;
        f->slots[i].next_free = f->free_slot;
        f->free_slot = i;
    }
    f->n_slots = n;
}

void flow_slot_take(struct flow *f, struct exchange *x)
{
    if (!f->n_slots)
        f->free_slot = NO_SLOT;
    if (f->free_slot == NO_SLOT)
        slots_grow(f);
    uint32_t i = f->free_slot;
    struct slot *s = &f->slots[i];
    f->free_slot = s->next_free;
    s->x = x;
    s->generation++;
    x->handle = (uint64_t)s->generation << 32 | i;
    atomic_fetch_add_explicit(&f->running, 1, memory_order_relaxed);
}

void flow_slot_give(struct flow *f, struct exchange *x)
{
    uint32_t i = (uint32_t)x->handle;

    f->slots[i].x = NULL;
    f->slots[i].next_free = f->free_slot;
    f->free_slot = i;
    atomic_fetch_sub_explicit(&f->running, 1, memory_order_relaxed);
}

struct exchange *flow_find(struct flow *f, uint64_t handle)
{
    uint32_t i = (uint32_t)handle;

    if (i >= f->n_slots || f->slots[i].generation != (uint32_t)(handle >> 32))
        return NULL;
    return f->slots[i].x;
}

struct letter *letter_create(
    struct exchange *x, void (*run)(struct exchange *, const struct letter *))
{
    struct letter *l = xcalloc(1, sizeof *l);

    l->flow = x->flow;
    l->handle = x->handle;
    l->run = run;
    return l;
}

static void letter_deliver(void *arg)
{
    struct letter *l = arg;
    struct exchange *x = flow_find(l->flow, l->handle);

    if (x)
        l->run(x, l);
    free(l);
}

void letter_post(struct letter *l)
{
    mailbox_post(l->flow->mailbox, letter_deliver, l);
}
