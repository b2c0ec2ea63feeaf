/* The record of a relay key: life, codec, state in a word. */
#include "core/key.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"

const struct field key_setting_fields[] = {
#define SET(                                                                                       \
    member, field_kind, field_choices, field_dflt, field_min, field_max, field_group, text)        \
    {.name = #member,                                                                              \
        .help = text,                                                                              \
        .choices = field_choices,                                                                  \
        .dflt = field_dflt,                                                                        \
        .min = field_min,                                                                          \
        .max = field_max,                                                                          \
        .offset = offsetof(struct key_settings, member),                                           \
        .kind = field_kind,                                                                        \
        .group = field_group},
#include "common/key_settings.def"
#undef SET
};
const size_t key_setting_count = sizeof key_setting_fields / sizeof key_setting_fields[0];

/* The count lies behind the record, so that the record itself stays a plain value. */
struct key_box {
    struct key key;
    atomic_int refs;
};

struct key *key_create(void)
{
    struct key_box *box = xcalloc(1, sizeof *box);

    atomic_init(&box->refs, 1);
    record_init(&box->key.set, key_setting_fields, key_setting_count);
    return &box->key;
}

struct key *key_copy(const struct key *k)
{
    struct key_box *box = xcalloc(1, sizeof *box);

    atomic_init(&box->refs, 1);
    box->key = *k;
    box->key.name = xstrdup(k->name);
    box->key.made_by = xstrdup(k->made_by);
    memset(&box->key.set, 0, sizeof box->key.set);
    record_copy(&box->key.set, &k->set, key_setting_fields, key_setting_count);
    return &box->key;
}

static struct key_box *key_box(const struct key *k)
{
    return (struct key_box *)(void *)((char *)k - offsetof(struct key_box, key));
}

const struct key *key_ref(const struct key *k)
{
    atomic_fetch_add_explicit(&key_box(k)->refs, 1, memory_order_relaxed);
    return k;
}

void key_unref(const struct key *k)
{
    struct key_box *box;

    if (!k)
        return;
    box = key_box(k);
    if (atomic_fetch_sub_explicit(&box->refs, 1, memory_order_acq_rel) != 1)
        return;
    record_release(&box->key.set, key_setting_fields, key_setting_count);
    free(box->key.name);
    free(box->key.made_by);
    free(box);
}

cJSON *key_to_json(const struct key *k)
{
    cJSON *o = xcheck(cJSON_CreateObject()), *set = xcheck(cJSON_CreateObject());
    char hex[2 * KEY_HASH_BYTES + 1];

    json_put_str(o, "id", k->id);
    json_put_str(o, "name", k->name);
    json_put_int(o, "created", k->created);
    json_put_int(o, "changed", k->changed);
    json_put_int(o, "first_used", k->first_used);
    json_put_int(o, "removed", k->removed);
    json_put_bool(o, "paused", k->paused);
    json_put_str(o, "hash_kind", k->hash_kind == KEY_HASH_LEGACY ? "legacy" : "own");
    text_hex(k->hash, sizeof k->hash, hex);
    json_put_str(o, "hash", hex);
    if (k->has_old) {
        text_hex(k->old_hash, sizeof k->old_hash, hex);
        json_put_str(o, "old_hash", hex);
        json_put_int(o, "old_until", k->old_until);
    }
    json_put_str(o, "tail", k->tail);
    json_put_bool(o, "kept", k->kept);
    json_put_str(o, "made_by", k->made_by);
    record_json(&k->set, key_setting_fields, key_setting_count, set, false);
    json_put(o, "settings", set);
    return o;
}

static int text_member(const cJSON *doc, const char *name, char *out, size_t size, struct err *err)
{
    const char *s = json_str(doc, name);

    if (!s || !*s || strlen(s) >= size)
        return err_set(err, ERR_FAILED, "bad '%s' in a key record", name);
    memcpy(out, s, strlen(s) + 1);
    return 0;
}

static int hash_member(const cJSON *doc, const char *name, unsigned char *out, struct err *err)
{
    const char *s = json_str(doc, name);

    if (!s || strlen(s) != 2 * KEY_HASH_BYTES || text_unhex(s, out, KEY_HASH_BYTES) != 0)
        return err_set(err, ERR_FAILED, "bad '%s' in a key record", name);
    return 0;
}

static int key_read(struct key *k, const cJSON *doc, struct err *err)
{
    const char *kind = json_str(doc, "hash_kind"), *tail = json_str(doc, "tail");
    const cJSON *set = json_at(doc, "settings");

    if (text_member(doc, "id", k->id, sizeof k->id, err) != 0 ||
        hash_member(doc, "hash", k->hash, err) != 0)
        return -1;
    k->name = xstrdup(json_str(doc, "name"));
    if (!k->name || !*k->name)
        return err_set(err, ERR_FAILED, "key record '%s' without a name", k->id);
    k->has_old = json_at(doc, "old_hash") != NULL;
    if (k->has_old && hash_member(doc, "old_hash", k->old_hash, err) != 0)
        return -1;
    k->old_until = json_int(doc, "old_until", 0);
    k->hash_kind = kind && strcmp(kind, "legacy") == 0 ? KEY_HASH_LEGACY : KEY_HASH_OWN;
    k->created = json_int(doc, "created", 0);
    k->changed = json_int(doc, "changed", 0);
    k->first_used = json_int(doc, "first_used", 0);
    k->removed = json_int(doc, "removed", 0);
    k->paused = json_bool(doc, "paused", false);
    k->kept = json_bool(doc, "kept", false);
    k->made_by = xstrdup(json_str(doc, "made_by"));
    if (tail && strlen(tail) < sizeof k->tail)
        memcpy(k->tail, tail, strlen(tail) + 1);
    if (set && record_patch(&k->set, key_setting_fields, key_setting_count, set, err) != 0)
        return err_prefix(err, "key record '%s'", k->id);
    return 0;
}

struct key *key_from_json(const cJSON *doc, struct err *err)
{
    struct key *k = key_create();

    if (key_read(k, doc, err) != 0) {
        key_unref(k);
        return NULL;
    }
    return k;
}

int64_t key_expiry(const struct key *k)
{
    int64_t at = k->set.expires;

    if (k->set.expires_after_first_use > 0 && k->first_used > 0) {
        int64_t end = k->first_used + k->set.expires_after_first_use;

        if (at == 0 || end < at)
            at = end;
    }
    return at;
}

const char *key_state(const struct key *k, int64_t now)
{
    int64_t end = key_expiry(k);

    if (k->removed)
        return "removed";
    if (k->paused)
        return "paused";
    return end && now >= end ? "expired" : "active";
}
