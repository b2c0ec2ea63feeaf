/* Sticky sessions: a session of a key stays on its account, where its prompt cache is. Scoped by
 * key, renewed with each use, bounded in number for each key and in all; the least recently used
 * goes first. */
#include "core/core_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "core/sticky_int.h"

/* A longer name is kept by its start and a hash of the whole. */
static void session_name(const struct core *c, const char *name, char out[SESSION_NAME])
{
    size_t n = strlen(name);

    memset(out, 0, SESSION_NAME);
    if (n < SESSION_NAME)
        memcpy(out, name, n);
    else
        snprintf(out, SESSION_NAME, "%.60s~%016llx", name,
            (unsigned long long)map_hash(c->hash_key, name, n));
}

static uint64_t session_hash(
    const struct core *c, const struct key_state *ks, const char name[SESSION_NAME])
{
    struct {
        const struct key_state *ks;
        char name[SESSION_NAME];
    } both;

    memset(&both, 0, sizeof both);
    both.ks = ks;
    memcpy(both.name, name, SESSION_NAME);
    return map_hash(c->hash_key, &both, sizeof both);
}

void sticky_drop(struct core *c, struct session *s)
{
    core_assert_held(c);
    map_del(&c->sessions, &s->node);
    link_remove(&s->age);
    link_remove(&s->of_key);
    link_remove(&s->of_account);
    s->key->n_sessions--;
    s->account->n_sessions--;
    free(s);
}

static struct session *session_at(
    struct core *c, const struct key_state *ks, const char name[SESSION_NAME])
{
    uint64_t h = session_hash(c, ks, name);

    for (struct map_node *n = map_first(&c->sessions, h); n; n = map_same(n)) {
        struct session *s = container_of(n, struct session, node);

        if (s->key == ks && memcmp(s->name, name, SESSION_NAME) == 0)
            return s;
    }
    return NULL;
}

struct session *sticky_find(struct core *c, struct key_state *ks, const char *name, int64_t now)
{
    char kept[SESSION_NAME];
    struct session *s;

    core_assert_held(c);
    if (!name || !*name)
        return NULL;
    session_name(c, name, kept);
    s = session_at(c, ks, kept);
    if (s && now - s->last >= c->o.sticky_ms) {
        sticky_drop(c, s);
        return NULL;
    }
    return s;
}

struct account_state *sticky_account(const struct session *s)
{
    return s->account;
}

static void session_make_room(struct core *c, const struct key_state *ks)
{
    if (ks->n_sessions >= SESSIONS_PER_KEY_MAX)
        sticky_drop(c, container_of(ks->sessions.next, struct session, of_key));
    else if (c->sessions.n >= SESSIONS_MAX)
        sticky_drop(c, container_of(c->session_ages.next, struct session, age));
}

static struct session *session_create(
    struct core *c, struct key_state *ks, const char name[SESSION_NAME], struct account_state *as)
{
    struct session *s;

    session_make_room(c, ks);
    s = xcalloc(1, sizeof *s);
    memcpy(s->name, name, SESSION_NAME);
    link_init(&s->age);
    link_init(&s->of_key);
    link_init(&s->of_account);
    s->key = ks;
    s->account = as;
    ks->n_sessions++;
    as->n_sessions++;
    map_add(&c->sessions, &s->node, session_hash(c, ks, name));
    return s;
}

void sticky_set(
    struct core *c, struct key_state *ks, const char *name, struct account_state *as, int64_t now)
{
    char kept[SESSION_NAME];
    struct session *s;

    core_assert_held(c);
    if (!name || !*name)
        return;
    session_name(c, name, kept);
    s = session_at(c, ks, kept);
    if (!s)
        s = session_create(c, ks, kept, as);
    if (s->account != as) {
        s->account->n_sessions--;
        s->account = as;
        as->n_sessions++;
    }
    s->last = now;
    link_remove(&s->age);
    link_append(&c->session_ages, &s->age);
    link_remove(&s->of_key);
    link_append(&ks->sessions, &s->of_key);
    link_remove(&s->of_account);
    link_append(&as->sessions, &s->of_account);
}

void sticky_drop_account(struct core *c, struct account_state *as)
{
    while (!link_alone(&as->sessions))
        sticky_drop(c, container_of(as->sessions.next, struct session, of_account));
}

void sticky_drop_key(struct core *c, struct key_state *ks)
{
    while (!link_alone(&ks->sessions))
        sticky_drop(c, container_of(ks->sessions.next, struct session, of_key));
}

void sticky_tick(struct core *c, int64_t now)
{
    core_assert_held(c);
    while (!link_alone(&c->session_ages)) {
        struct session *s = container_of(c->session_ages.next, struct session, age);

        if (s->last > now) /* the clock was turned back */
            s->last = now;
        if (now - s->last < c->o.sticky_ms)
            return;
        sticky_drop(c, s);
    }
}

void core_session_forget(struct core *c, const struct key *k, const char *session)
{
    struct key_state *ks;
    struct session *s;

    core_lock(c, 0);
    ks = key_state_find(c, k->id);
    s = ks ? sticky_find(c, ks, session, c->now) : NULL;
    if (s)
        sticky_drop(c, s);
    core_unlock(c);
}
