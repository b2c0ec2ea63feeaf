/* The core's life, its lock, and what is called back once the lock is free. */
#include "core/core_int.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include "common/alloc.h"

#define STICKY_DEFAULT MS_HOUR
#define LEASE_DEFAULT (15 * MS_MINUTE)

struct note { /* one sink call to come */
    struct link link;
    const struct key *key;
    const struct account *account;
};

static const void *thread_mark(void)
{
    static _Thread_local char mark;

    return &mark;
}

static void core_take_options(struct core *c, const struct core_options *o)
{
    c->o = o ? *o : (struct core_options){0};
    if (!c->o.zone) {
        if (!c->own_zone)
            c->own_zone = xcheck(zone_open("UTC", NULL));
        c->o.zone = c->own_zone;
    }
    if (c->o.sticky_ms <= 0)
        c->o.sticky_ms = STICKY_DEFAULT;
    if (c->o.lease_ms <= 0)
        c->o.lease_ms = LEASE_DEFAULT;
}

struct core *core_create(const struct core_options *o, const struct core_sink *sink)
{
    struct core *c = xcalloc(1, sizeof *c);

    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->woken, NULL);
    randombytes_buf(c->hash_key, sizeof c->hash_key);
    if (sink)
        c->sink = *sink;
    core_take_options(c, o);
    link_init(&c->wakes);
    link_init(&c->notes);
    link_init(&c->leases);
    link_init(&c->lines);
    link_init(&c->idle_addresses);
    link_init(&c->session_ages);
    return c;
}

/* Tickets and leases must have come back: their holders are gone by now. */
void core_free(struct core *c)
{
    if (!c)
        return;
    core_lock(c, 0);
    assert(link_alone(&c->leases) && link_alone(&c->lines));
    records_clear(c);
    core_unlock(c);
    zone_free(c->own_zone);
    pthread_cond_destroy(&c->woken);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void core_set_options(struct core *c, const struct core_options *o)
{
    core_lock(c, 0);
    core_take_options(c, o);
    records_reshape(c);
    core_unlock(c);
}

void core_lock(struct core *c, int64_t now)
{
    pthread_mutex_lock(&c->lock);
    atomic_store_explicit(&c->holder, thread_mark(), memory_order_relaxed);
    if (now)
        c->now = now;
}

static void core_let_go(struct core *c)
{
    atomic_store_explicit(&c->holder, NULL, memory_order_relaxed);
    pthread_mutex_unlock(&c->lock);
}

void core_assert_held(const struct core *c)
{
    assert(atomic_load_explicit(&c->holder, memory_order_relaxed) == thread_mark());
    (void)c;
}

void core_wait(struct core *c)
{
    core_assert_held(c);
    atomic_store_explicit(&c->holder, NULL, memory_order_relaxed);
    pthread_cond_wait(&c->woken, &c->lock);
    atomic_store_explicit(&c->holder, thread_mark(), memory_order_relaxed);
}

/* While `waking` is set core_leave keeps the ticket in memory; before that it takes the ticket off
 * this list, and the wake is never called. */
static void core_run_wakes(struct core *c)
{
    while (!link_alone(&c->wakes)) {
        struct ticket *t = container_of(c->wakes.next, struct ticket, to_wake);

        link_remove(&t->to_wake);
        t->waking = true;
        core_let_go(c);
        t->wake(t->wake_arg);
        core_lock(c, 0);
        t->waking = false;
        if (t->leaving)
            pthread_cond_broadcast(&c->woken);
    }
}

/* One thread at a time, in order: the sink stores what it finds, and an older state must not be
 * written over a newer one. */
static void core_run_notes(struct core *c)
{
    while (!c->sinking && !link_alone(&c->notes)) {
        struct note *n = container_of(c->notes.next, struct note, link);

        link_remove(&n->link);
        c->sinking = true;
        core_let_go(c);
        if (n->key && c->sink.key_changed)
            c->sink.key_changed(c->sink.self, n->key);
        if (n->account && c->sink.health_changed)
            c->sink.health_changed(c->sink.self, n->account);
        key_unref(n->key);
        account_unref(n->account);
        free(n);
        core_lock(c, 0);
        c->sinking = false;
    }
}

void core_unlock(struct core *c)
{
    core_assert_held(c);
    do {
        core_run_wakes(c);
        core_run_notes(c);
    } while (!link_alone(&c->wakes));
    core_let_go(c);
}

void core_note_key(struct core *c, const struct key *k)
{
    struct note *n;

    core_assert_held(c);
    if (!c->sink.key_changed)
        return;
    n = xcalloc(1, sizeof *n);
    n->key = key_ref(k);
    link_append(&c->notes, &n->link);
}

void core_note_account(struct core *c, const struct account *a)
{
    struct note *n;

    core_assert_held(c);
    if (!c->sink.health_changed)
        return;
    n = xcalloc(1, sizeof *n);
    n->account = account_ref(a);
    link_append(&c->notes, &n->link);
}
