/* key.create and key.rotate: where secrets come from. */
#include "control/key_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "common/alloc.h"
#include "common/secret.h"

struct fresh {       /* a key under way with its secret */
    struct key *key; /* reference */
    char secret[RELAY_KEY_CHARS + 1];
};
struct create {
    struct order *o;
    struct fresh *v;
    size_t n, under_way;
    bool batch, failed;
    struct err err;
};

static void create_free(struct create *cr)
{
    for (size_t i = 0; i < cr->n; i++)
        key_unref(cr->v[i].key);
    sodium_memzero(cr->v, cr->n * sizeof *cr->v);
    free(cr->v);
    free(cr);
}

static void give_secret(struct control *c, struct fresh *f)
{
    secret_relay_key(f->secret);
    vault_key_hash(c->p.vault, f->secret, RELAY_KEY_CHARS, f->key->hash);
    f->key->hash_kind = KEY_HASH_OWN;
    snprintf(f->key->tail, sizeof f->key->tail, "%s", f->secret + RELAY_KEY_CHARS - 4);
}

cJSON *key_settings_short(struct control *c, const struct key_settings *s)
{
    struct key_settings copy = {0};
    record_copy(&copy, s, key_setting_fields, key_setting_count);
    for (size_t i = 0; i < copy.accounts.n; i++) {
        char *name = account_name_of(c, copy.accounts.v[i]);
        free(copy.accounts.v[i]);
        copy.accounts.v[i] = name;
    }
    cJSON *o = xcheck(cJSON_CreateObject());
    record_json(&copy, key_setting_fields, key_setting_count, o, false);
    record_release(&copy, key_setting_fields, key_setting_count);
    return o;
}

static cJSON *created_row(struct create *cr, const struct fresh *f)
{
    struct order *o = cr->o;
    cJSON *row = xcheck(cJSON_CreateObject());
    json_put_str(row, "id", f->key->id);
    json_put_str(row, "name", f->key->name);
    json_put_str(row, "state", key_state(f->key, o->now));
    if (!o->dry_run) {
        json_put_str(row, "secret", f->secret);
        json_put(row, "env", key_env(o->c, f->key, f->secret));
        struct buf undo = BUF_INIT;
        buf_adds(&undo, "crs key remove ");
        text_shell_word(&undo, f->key->name);
        json_put_str(row, "undo", undo.data);
        buf_release(&undo);
    }
    json_put_time(row, "expires_at", key_expiry(f->key));
    json_put(row, "settings", key_settings_short(o->c, &f->key->set));
    return row;
}

static void create_end(struct create *cr)
{
    struct order *o = cr->o;
    if (cr->failed) {
        order_fail(o, &cr->err);
    } else if (!cr->batch) {
        order_done(o, created_row(cr, &cr->v[0]));
    } else {
        cJSON *items = xcheck(cJSON_CreateArray());
        for (size_t i = 0; i < cr->n; i++)
            cJSON_AddItemToArray(items, created_row(cr, &cr->v[i]));
        order_done(o, list_result(items));
    }
    create_free(cr);
}

static void create_came(struct order *o, void *arg, const struct err *failure)
{
    (void)o;
    struct create *cr = arg;
    if (failure) {
        cr->failed = true;
        cr->err = *failure;
    }
    if (--cr->under_way == 0)
        create_end(cr);
}

static int make_settings(struct order *o, struct key_settings *s, struct err *err)
{
    const char *name = order_text(o, "template");
    if (name) {
        const struct note_record *t = find_note(&o->c->templates, name, err);
        if (!t || record_patch(s, key_setting_fields, key_setting_count, t->doc, err) < 0)
            return -1;
    }
    return key_settings_patch(o->c, s, o->params, o->now, err);
}

static struct key *make_key(struct order *o, const char *name, const struct key_settings *s)
{
    struct key *k = key_create();
    char id[11];
    secret_id(id, 10);
    snprintf(k->id, sizeof k->id, "key_%s", id);
    k->name = xstrdup(name);
    k->made_by = xstrdup(o->who);
    k->created = k->changed = o->now;
    k->kept = order_flag(o, "keep_secret");
    record_release(&k->set, key_setting_fields, key_setting_count);
    record_copy(&k->set, s, key_setting_fields, key_setting_count);
    return k;
}

static int make_keys(
    struct create *cr, const char *name, const struct key_settings *s, struct err *err)
{
    for (size_t i = 0; i < cr->n; i++) {
        char *full = cr->batch ? xasprintf("%s-%zu", name, i + 1) : xstrdup(name);
        int r = name_check(full, err);
        if (r == 0) {
            cr->v[i].key = make_key(cr->o, full, s);
            give_secret(cr->o->c, &cr->v[i]);
            r = core_key_check(cr->o->c->p.core, cr->v[i].key, err);
        }
        free(full);
        if (r < 0)
            return -1;
    }
    return 0;
}

static void store_keys(struct create *cr)
{
    cr->under_way = cr->n;
    for (size_t i = 0; i < cr->n; i++) {
        struct fresh *f = &cr->v[i];
        bool keep = f->key->kept;
        key_ref(f->key);
        order_put_key(
            cr->o, f->key, keep ? f->secret : NULL, keep ? RELAY_KEY_CHARS : 0, create_came, cr);
    }
}

void on_KEY_CREATE(struct order *o)
{
    struct create *cr = xcalloc(1, sizeof *cr);
    const char *name = order_text(o, "name");
    int64_t count = order_int(o, "count", 0);
    cr->o = o;
    cr->batch = count > 0;
    cr->n = cr->batch ? (size_t)count : 1;
    cr->v = xcalloc(cr->n, sizeof *cr->v);
    order_subject(o, "key %s", name ? name : "");
    struct key_settings s = {0};
    record_init(&s, key_setting_fields, key_setting_count);
    if (make_settings(o, &s, &cr->err) < 0 || make_keys(cr, name ? name : "", &s, &cr->err) < 0)
        cr->failed = true;
    else
        order_change(o, key_settings_short(o->c, &s));
    record_release(&s, key_setting_fields, key_setting_count);
    if (cr->failed || o->dry_run)
        create_end(cr);
    else
        store_keys(cr);
}

/* --- rotate ---------------------------------------------------------------------------------- */

static void rotate_came(struct order *o, void *arg, const struct err *failure)
{
    struct create *cr = arg;
    const struct key *k = cr->v[0].key;
    if (failure) {
        order_fail(o, failure);
    } else {
        cJSON *row = created_row(cr, &cr->v[0]);
        cJSON_DeleteItemFromObjectCaseSensitive(row, "undo");
        json_put_time(row, "old_secret_until", k->has_old ? k->old_until : 0);
        order_done(o, row);
    }
    create_free(cr);
}

void on_KEY_ROTATE(struct order *o)
{
    struct err err;
    const struct key *was = find_key(o->c, order_text(o, "name"), false, &err);
    if (!was) {
        order_fail(o, &err);
        return;
    }
    struct create *cr = xcalloc(1, sizeof *cr);
    cr->o = o;
    cr->n = 1;
    cr->v = xcalloc(1, sizeof *cr->v);
    struct key *k = cr->v[0].key = key_copy(was);
    int64_t grace = order_span(o, "grace", 0);
    /* A legacy hash has no second place to live in: only own hashes can be kept for a while. */
    k->has_old = grace > 0;
    memcpy(k->old_hash, was->hash, sizeof k->old_hash);
    k->old_until = grace > 0 ? o->now + grace : 0;
    order_subject(o, "key %s", k->name);
    bool legacy = was->hash_kind == KEY_HASH_LEGACY;
    key_unref(was);
    give_secret(o->c, &cr->v[0]);
    if (legacy && grace > 0) {
        err_set(&err, ERR_USAGE, "the secret of key '%s' was taken over and can have no grace time",
            k->name);
        err_hint(&err, "rotate without a grace time, or create a second key");
        rotate_came(o, cr, &err);
    } else if (o->dry_run) {
        rotate_came(o, cr, NULL);
    } else {
        key_ref(k);
        order_put_key(
            o, k, k->kept ? cr->v[0].secret : NULL, k->kept ? RELAY_KEY_CHARS : 0, rotate_came, cr);
    }
}
