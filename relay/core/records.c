/* The index of keys: put in, swapped, found by id, name and hash, dropped. Accounts:
 * records_account.c. */
#include "core/core_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

static uint64_t text_hash(const struct core *c, const char *s)
{
    return map_hash(c->hash_key, s, strlen(s));
}

struct period_rule rule_day(const struct core *c)
{
    return (struct period_rule){.kind = PERIOD_DAY, .zone = c->o.zone};
}

struct period_rule rule_week(const struct core *c, const struct key *k)
{
    return (struct period_rule){.kind = PERIOD_WEEK,
        .zone = c->o.zone,
        .week_day = (int)k->set.week_day,
        .week_hour = (int)k->set.week_hour};
}

struct period_rule rule_month(const struct core *c)
{
    return (struct period_rule){.kind = PERIOD_MONTH, .zone = c->o.zone};
}

struct key_state *key_state_find(struct core *c, const char *id)
{
    core_assert_held(c);
    for (struct map_node *n = map_first(&c->keys, text_hash(c, id)); n; n = map_same(n)) {
        struct key_state *ks = container_of(n, struct key_state, by_id);

        if (strcmp(ks->key->id, id) == 0)
            return ks;
    }
    return NULL;
}

static struct key_state *key_by_name(struct core *c, const char *name)
{
    for (struct map_node *n = map_first(&c->key_names, text_hash(c, name)); n; n = map_same(n)) {
        struct key_state *ks = container_of(n, struct key_state, by_name);

        if (strcmp(ks->key->name, name) == 0)
            return ks;
    }
    return NULL;
}

struct key_state *key_by_hash(struct core *c, const unsigned char *hash)
{
    uint64_t h = map_hash(c->hash_key, hash, KEY_HASH_BYTES);

    for (struct map_node *n = map_first(&c->key_hashes, h); n; n = map_same(n)) {
        struct key_state *ks = container_of(n, struct key_state, by_hash);

        if (memcmp(ks->key->hash, hash, KEY_HASH_BYTES) == 0)
            return ks;
    }
    return NULL;
}

struct key_state *key_by_old_hash(struct core *c, const unsigned char *hash)
{
    uint64_t h = map_hash(c->hash_key, hash, KEY_HASH_BYTES);

    for (struct map_node *n = map_first(&c->old_hashes, h); n; n = map_same(n)) {
        struct key_state *ks = container_of(n, struct key_state, by_old);

        if (memcmp(ks->key->old_hash, hash, KEY_HASH_BYTES) == 0)
            return ks;
    }
    return NULL;
}

static int key_check(struct core *c, const struct key *k, struct err *err)
{
    const struct key_state *name = k->removed ? NULL : key_by_name(c, k->name);
    const struct key_state *hash = key_by_hash(c, k->hash);
    const struct key_state *old = key_by_old_hash(c, k->hash);

    if (name && strcmp(name->key->id, k->id) != 0)
        return err_set(err, ERR_CONFLICT, "key name '%s' is taken", k->name);
    if ((hash && strcmp(hash->key->id, k->id) != 0) || (old && strcmp(old->key->id, k->id) != 0))
        return err_set(err, ERR_CONFLICT, "the secret of key '%s' belongs to another key", k->name);
    return 0;
}

static void key_index(struct core *c, struct key_state *ks)
{
    map_add(&c->keys, &ks->by_id, text_hash(c, ks->key->id));
    map_add(&c->key_hashes, &ks->by_hash, map_hash(c->hash_key, ks->key->hash, KEY_HASH_BYTES));
    ks->named = !ks->key->removed;
    if (ks->named)
        map_add(&c->key_names, &ks->by_name, text_hash(c, ks->key->name));
    ks->old_hashed = ks->key->has_old;
    if (ks->old_hashed)
        map_add(
            &c->old_hashes, &ks->by_old, map_hash(c->hash_key, ks->key->old_hash, KEY_HASH_BYTES));
}

static void key_unindex(struct core *c, struct key_state *ks)
{
    map_del(&c->keys, &ks->by_id);
    map_del(&c->key_hashes, &ks->by_hash);
    if (ks->named)
        map_del(&c->key_names, &ks->by_name);
    if (ks->old_hashed)
        map_del(&c->old_hashes, &ks->by_old);
    ks->named = ks->old_hashed = false;
}

static struct key_state *key_state_create(void)
{
    struct key_state *ks = xcalloc(1, sizeof *ks);

    link_init(&ks->line);
    link_init(&ks->in_lines);
    link_init(&ks->addresses);
    link_init(&ks->sessions);
    return ks;
}

static void key_shape(struct core *c, struct key_state *ks, const struct key *before)
{
    const struct key_settings *set = &ks->key->set;

    window_shape(&ks->window, set->rate_kind == 1, set->rate_window, c->now);
    if (before &&
        (before->set.week_day != set->week_day || before->set.week_hour != set->week_hour)) {
        struct period_rule week = rule_week(c, ks->key);

        period_reshape(&ks->week, &week, c->now);
        period_reshape(&ks->opus, &week, c->now);
    }
}

/* Swaps the record; the editor may have begun before the first use was noted, which must not be
 * lost: its life counts from there. */
static void key_swap(struct core *c, struct key_state *ks, struct key *k)
{
    const struct key *before = ks->key;

    if (before) {
        key_unindex(c, ks);
        if (before->first_used && !k->first_used) {
            k->first_used = before->first_used;
            core_note_key(c, k);
        }
    }
    ks->key = k;
    key_index(c, ks);
    key_shape(c, ks, before);
    key_unref(before);
}

int core_key_put(struct core *c, struct key *k, struct err *err)
{
    struct key_state *ks;
    int rc;

    core_lock(c, 0);
    rc = key_check(c, k, err);
    if (rc == 0) {
        ks = key_state_find(c, k->id);
        if (!ks)
            ks = key_state_create();
        key_swap(c, ks, k);
        line_advance(c, ks, c->now);
    }
    core_unlock(c);
    if (rc != 0)
        key_unref(k);
    return rc;
}

int core_key_check(struct core *c, const struct key *k, struct err *err)
{
    int rc;

    core_lock(c, 0);
    rc = key_check(c, k, err);
    core_unlock(c);
    return rc;
}

void key_state_settle(struct core *c, struct key_state *ks)
{
    core_assert_held(c);
    if (!ks->dropped || ks->tickets)
        return;
    window_release(&ks->window);
    key_unref(ks->key);
    free(ks);
}

static void key_drop(struct core *c, struct key_state *ks)
{
    ks->dropped = true;
    line_refuse_all(c, ks, REFUSE_UNKNOWN_KEY);
    sticky_drop_key(c, ks);
    address_forget(c, ks);
    key_unindex(c, ks);
    key_state_settle(c, ks);
}

void core_key_drop(struct core *c, const char *id)
{
    struct key_state *ks;

    core_lock(c, 0);
    ks = key_state_find(c, id);
    if (ks)
        key_drop(c, ks);
    core_unlock(c);
}

/* One that starts with what was written; of several none, and *many says so. */
static const struct key *key_by_start(struct core *c, const char *start, bool removed, bool *many)
{
    const struct key *found = NULL;

    for (struct map_node *n = map_next(&c->keys, NULL); n; n = map_next(&c->keys, n)) {
        const struct key *k = container_of(n, struct key_state, by_id)->key;

        if ((k->removed && !removed) ||
            (!text_starts(k->name, start) && !text_starts(k->id, start)))
            continue;
        *many = found != NULL;
        if (found)
            return NULL;
        found = k;
    }
    return found;
}

const struct key *core_key_find(struct core *c, const char *name, bool removed, struct err *err)
{
    const struct key_state *ks;
    const struct key *k = NULL;
    bool many = false;

    core_lock(c, 0);
    ks = key_by_name(c, name);
    if (!ks)
        ks = key_state_find(c, name);
    if (ks && (removed || !ks->key->removed))
        k = ks->key;
    else if (*name)
        k = key_by_start(c, name, removed, &many);
    if (k)
        key_ref(k);
    core_unlock(c);
    if (many) {
        err_set(err, ERR_USAGE, "more than one key starts with '%s'", name);
        err_hint(err, "write more of its name, or its id");
    } else if (!k) {
        err_set(err, ERR_NOT_FOUND, "no such key '%s'", name);
    }
    return k;
}

const struct key *core_key_by_id(struct core *c, const char *id)
{
    core_lock(c, 0);
    const struct key_state *ks = key_state_find(c, id);
    const struct key *k = ks ? key_ref(ks->key) : NULL;
    core_unlock(c);
    return k;
}

static int key_order(const void *a, const void *b)
{
    const struct key *x = *(const struct key *const *)a, *y = *(const struct key *const *)b;
    int d = strcmp(x->name, y->name);

    return d ? d : strcmp(x->id, y->id);
}

const struct key **core_keys(struct core *c, size_t *n)
{
    const struct key **v;
    size_t i = 0;

    core_lock(c, 0);
    v = xcalloc(c->keys.n + 1, sizeof(const struct key *));
    for (struct map_node *at = map_next(&c->keys, NULL); at; at = map_next(&c->keys, at))
        v[i++] = key_ref(container_of(at, struct key_state, by_id)->key);
    core_unlock(c);
    qsort(v, i, sizeof(const struct key *), key_order);
    *n = i;
    return v;
}

static void key_reshape(struct core *c, struct key_state *ks)
{
    struct period_rule day = rule_day(c), week = rule_week(c, ks->key), month = rule_month(c);

    period_reshape(&ks->day, &day, c->now);
    period_reshape(&ks->week, &week, c->now);
    period_reshape(&ks->opus, &week, c->now);
    period_reshape(&ks->month, &month, c->now);
}

void records_reshape(struct core *c)
{
    core_assert_held(c);
    for (struct map_node *n = map_next(&c->keys, NULL); n; n = map_next(&c->keys, n))
        key_reshape(c, container_of(n, struct key_state, by_id));
    accounts_reshape(c);
}

void records_clear(struct core *c)
{
    struct map_node *n;

    core_assert_held(c);
    accounts_clear(c);
    while ((n = map_next(&c->keys, NULL)))
        key_drop(c, container_of(n, struct key_state, by_id));
    map_release(&c->keys);
    map_release(&c->key_names);
    map_release(&c->key_hashes);
    map_release(&c->old_hashes);
    map_release(&c->account_ids);
    map_release(&c->addresses);
    map_release(&c->sessions);
    free(c->accounts);
    c->accounts = NULL;
    c->n_accounts = 0;
}
