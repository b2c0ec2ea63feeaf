/* key.list, key.show, key.whose, key.reveal. */
#include "control/key_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/secret.h"

struct filter {
    const char *state, *tag, *group;
    char *account; /* id */
    bool over;
    int64_t unused, expires_before;
};

static bool bound_to(const struct key *k, const struct filter *f)
{
    return (!f->account || strlist_has(&k->set.accounts, f->account)) &&
           (!f->group || strlist_has(&k->set.groups, f->group));
}

static bool passes(struct order *o, const struct key *k, const struct filter *f)
{
    const char *state = key_state(k, o->now);
    if (f->state ? strcmp(state, f->state) != 0 : k->removed != 0)
        return false;
    if ((f->tag && !strlist_has(&k->set.tags, f->tag)) || !bound_to(k, f))
        return false;
    int64_t end = key_expiry(k);
    if (f->expires_before && (!end || end >= f->expires_before))
        return false;
    if (!f->over && f->unused < 0)
        return true;
    struct key_live l;
    core_key_live(o->c->p.core, k->id, o->now, &l);
    int64_t used = l.last_used ? l.last_used : k->created;
    return (!f->over || key_over(&l)) && (f->unused < 0 || used + f->unused <= o->now);
}

void on_KEY_LIST(struct order *o)
{
    struct filter f = {.state = order_text(o, "state"),
        .tag = order_text(o, "tag"),
        .group = order_text(o, "group"),
        .over = order_flag(o, "over"),
        .unused = order_span(o, "unused", -1),
        .expires_before = order_time(o, "expires_before", 0)};
    const char *account = order_text(o, "account");
    if (account) {
        struct err err;
        const struct account *a = find_account(o->c, account, &err);
        if (!a) {
            order_fail(o, &err);
            return;
        }
        f.account = xstrdup(a->id);
        account_unref(a);
    }
    cJSON *items = xcheck(cJSON_CreateArray());
    size_t n;
    const struct key **v = core_keys(o->c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        if (passes(o, v[i], &f))
            cJSON_AddItemToArray(items, key_row(o->c, v[i], o->now));
        key_unref(v[i]);
    }
    free(v);
    free(f.account);
    order_done(o, list_result(items));
}

void on_KEY_SHOW(struct order *o)
{
    struct err err;
    const struct key *k = find_key(o->c, order_text(o, "name"), true, &err);
    if (!k) {
        order_fail(o, &err);
        return;
    }
    order_done(o, key_full(o->c, k, o->now));
    key_unref(k);
}

/* --- whose -------------------------------------------------------------------------------------
 */

static const struct key *by_secret(
    struct order *o, const char *secret, unsigned char hash[KEY_HASH_BYTES])
{
    size_t n = strlen(secret);
    vault_key_hash(o->c->p.vault, secret, n, hash);
    const struct key *k = core_key_by_hash(o->c->p.core, KEY_HASH_OWN, hash, o->now);
    if (k || !o->c->p.legacy_pepper)
        return k;
    secret_legacy_hash(secret, n, o->c->p.legacy_pepper, hash);
    return core_key_by_hash(o->c->p.core, KEY_HASH_LEGACY, hash, o->now);
}

void on_KEY_WHOSE(struct order *o)
{
    struct err err;
    const char *secret = order_text(o, "secret");
    unsigned char hash[KEY_HASH_BYTES];
    const struct key *k = secret ? by_secret(o, secret, hash) : NULL;
    if (!k) {
        err_set(&err, ERR_NOT_FOUND, "no key has this secret");
        order_fail(o, &err);
        return;
    }
    cJSON *r = xcheck(cJSON_CreateObject());
    json_put_str(r, "id", k->id);
    json_put_str(r, "name", k->name);
    json_put_str(r, "state", key_state(k, o->now));
    json_put_bool(r, "old", memcmp(k->hash, hash, sizeof hash) != 0);
    json_put_str(r, "note", k->set.note);
    key_unref(k);
    order_done(o, r);
}

/* --- reveal ------------------------------------------------------------------------------------
 */

struct reveal {
    const char *id;
    char *secret;
};

static bool take_secret(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n)
{
    (void)doc;
    struct reveal *r = arg;
    if (strcmp(id, r->id) != 0)
        return true;
    if (secret)
        r->secret = xstrndup(secret, n);
    return false;
}

void on_KEY_REVEAL(struct order *o)
{
    struct err err;
    const struct key *k = find_key(o->c, order_text(o, "name"), true, &err);
    if (!k) {
        order_fail(o, &err);
        return;
    }
    order_subject(o, "key %s", k->name);
    struct reveal r = {.id = k->id};
    if (!k->kept) {
        err_set(&err, ERR_NOT_FOUND, "key '%s' does not keep its secret", k->name);
        err_hint(&err, "crs key rotate gives it a new one");
        order_fail(o, &err);
    } else if (o->dry_run) {
        order_done(o, NULL);
    } else if (store_load(o->c->p.store, "key", take_secret, &r, &err) < 0 || !r.secret) {
        if (!r.secret)
            err_set(&err, ERR_FAILED, "the store has no secret for key '%s'", k->name);
        order_fail(o, &err);
    } else {
        cJSON *result = xcheck(cJSON_CreateObject());
        json_put_str(result, "id", k->id);
        json_put_str(result, "name", k->name);
        json_put_str(result, "secret", r.secret);
        order_done(o, result);
    }
    secret_free(r.secret);
    key_unref(k);
}
