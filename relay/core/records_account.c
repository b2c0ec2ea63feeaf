/* The index of accounts: an array by name (choice walks it in a stable order) and a table by id. */
#include "core/core_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

static uint64_t id_hash(const struct core *c, const char *s)
{
    return map_hash(c->hash_key, s, strlen(s));
}

struct account_state *account_state_find(struct core *c, const char *id)
{
    core_assert_held(c);
    for (struct map_node *n = map_first(&c->account_ids, id_hash(c, id)); n; n = map_same(n)) {
        struct account_state *as = container_of(n, struct account_state, by_id);

        if (strcmp(as->account->id, id) == 0)
            return as;
    }
    return NULL;
}

static struct account_state *account_by_name(struct core *c, const char *name)
{
    for (size_t i = 0; i < c->n_accounts; i++) {
        if (strcmp(c->accounts[i]->account->name, name) == 0)
            return c->accounts[i];
    }
    return NULL;
}

static int account_check(struct core *c, const struct account *a, struct err *err)
{
    const struct account_state *other = account_by_name(c, a->name);

    if (other && strcmp(other->account->id, a->id) != 0)
        return err_set(err, ERR_CONFLICT, "account name '%s' is taken", a->name);
    return 0;
}

static void account_unlist(struct core *c, const struct account_state *as)
{
    size_t i = 0;

    while (c->accounts[i] != as)
        i++;
    memmove(&c->accounts[i], &c->accounts[i + 1],
        (c->n_accounts - i - 1) * sizeof(struct account_state *));
    c->n_accounts--;
}

static void account_list(struct core *c, struct account_state *as)
{
    size_t i = c->n_accounts;

    c->accounts = xreallocarray(c->accounts, c->n_accounts + 1, sizeof(struct account_state *));
    for (; i && strcmp(c->accounts[i - 1]->account->name, as->account->name) > 0; i--)
        c->accounts[i] = c->accounts[i - 1];
    c->accounts[i] = as;
    c->n_accounts++;
}

static void account_swap(struct core *c, struct account *a, struct credential *cr)
{
    struct account_state *as = account_state_find(c, a->id);
    const struct account *before = NULL;

    if (as) {
        account_unlist(c, as);
        before = as->account;
    } else {
        as = xcalloc(1, sizeof *as);
        as->serial = ++c->serial;
        link_init(&as->sessions);
        map_add(&c->account_ids, &as->by_id, id_hash(c, a->id));
    }
    as->account = a;
    account_list(c, as);
    account_unref(before);
    if (cr) {
        credential_unref(as->credential);
        as->credential = cr;
        health_signed_in(c, as);
    } else if (!as->credential) {
        as->credential = credential_create();
    }
}

int core_account_put(struct core *c, struct account *a, struct credential *cr, struct err *err)
{
    int rc;

    core_lock(c, 0);
    rc = account_check(c, a, err);
    if (rc == 0)
        account_swap(c, a, cr);
    core_unlock(c);
    if (rc != 0) {
        account_unref(a);
        credential_unref(cr);
    }
    return rc;
}

int core_account_check(struct core *c, const struct account *a, struct err *err)
{
    int rc;

    core_lock(c, 0);
    rc = account_check(c, a, err);
    core_unlock(c);
    return rc;
}

static void account_drop(struct core *c, struct account_state *as)
{
    sticky_drop_account(c, as);
    account_unlist(c, as);
    map_del(&c->account_ids, &as->by_id);
    account_unref(as->account);
    credential_unref(as->credential);
    fair_release(&as->fair);
    free(as);
}

/* Leases on it that are still out hold references of their own and come back as strangers. */
void core_account_drop(struct core *c, const char *id)
{
    struct account_state *as;

    core_lock(c, 0);
    as = account_state_find(c, id);
    if (as)
        account_drop(c, as);
    core_unlock(c);
}

static const struct account *account_by_start(struct core *c, const char *start, bool *many)
{
    const struct account *found = NULL;

    for (size_t i = 0; i < c->n_accounts; i++) {
        const struct account *a = c->accounts[i]->account;

        if (!text_starts(a->name, start) && !text_starts(a->id, start))
            continue;
        *many = found != NULL;
        if (found)
            return NULL;
        found = a;
    }
    return found;
}

const struct account *core_account_find(struct core *c, const char *name, struct err *err)
{
    const struct account_state *as;
    const struct account *a = NULL;
    bool many = false;

    core_lock(c, 0);
    as = account_by_name(c, name);
    if (!as)
        as = account_state_find(c, name);
    if (as)
        a = as->account;
    else if (*name)
        a = account_by_start(c, name, &many);
    if (a)
        account_ref(a);
    core_unlock(c);
    if (many) {
        err_set(err, ERR_USAGE, "more than one account starts with '%s'", name);
        err_hint(err, "write more of its name, or its id");
    } else if (!a) {
        err_set(err, ERR_NOT_FOUND, "no such account '%s'", name);
    }
    return a;
}

const struct account **core_accounts(struct core *c, size_t *n)
{
    const struct account **v;

    core_lock(c, 0);
    *n = c->n_accounts;
    v = xcalloc(c->n_accounts + 1, sizeof(const struct account *));
    for (size_t i = 0; i < c->n_accounts; i++)
        v[i] = account_ref(c->accounts[i]->account);
    core_unlock(c);
    return v;
}

const struct credential *core_credential(struct core *c, const char *account_id)
{
    const struct account_state *as;
    const struct credential *cr = NULL;

    core_lock(c, 0);
    as = account_state_find(c, account_id);
    if (as)
        cr = credential_ref(as->credential);
    core_unlock(c);
    return cr;
}

void core_credential_put(struct core *c, const char *account_id, struct credential *cr)
{
    struct account_state *as;
    const struct credential *before = cr; /* nobody's, when the account is gone */

    core_lock(c, 0);
    as = account_state_find(c, account_id);
    if (as) {
        before = as->credential;
        as->credential = cr;
        health_signed_in(c, as);
    }
    core_unlock(c);
    credential_unref(before);
}

void accounts_reshape(struct core *c)
{
    struct period_rule day = rule_day(c);

    core_assert_held(c);
    for (size_t i = 0; i < c->n_accounts; i++) {
        period_reshape(&c->accounts[i]->day, &day, c->now);
        period_reshape(&c->accounts[i]->errors, &day, c->now);
    }
}

void accounts_clear(struct core *c)
{
    core_assert_held(c);
    while (c->n_accounts)
        account_drop(c, c->accounts[c->n_accounts - 1]);
}
