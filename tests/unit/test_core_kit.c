/* A core to try things on. */
#include "test_core_kit.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include "common/alloc.h"
#include "common/json.h"

static void note_key(void *self, const struct key *k)
{
    (void)k;
    ((struct kit *)self)->keys_noted++;
}

/* Does what the daemon does: reads the health back, which needs the lock to be free. */
static void note_health(void *self, const struct account *a)
{
    struct kit *k = self;

    if (atomic_fetch_add(&k->in_sink, 1) != 0)
        abort();
    cJSON_Delete(core_health_json(k->c, a->id));
    sched_yield(); /* room for another one to come in, if it could */
    k->healths_noted++;
    atomic_fetch_sub(&k->in_sink, 1);
}

void kit_open(struct kit *k, const char *zone)
{
    struct core_sink sink = {.self = k, .key_changed = note_key, .health_changed = note_health};
    struct core_options o = {0};
    struct err err = {0};

    *k = (struct kit){0};
    k->zone = zone_open(zone, &err);
    if (!k->zone)
        fail_msg("%s", err.text);
    o.zone = k->zone;
    k->c = core_create(&o, &sink);
}

void kit_close(struct kit *k)
{
    core_free(k->c);
    zone_free(k->zone);
}

void kit_hash(const char *name, unsigned char hash[KEY_HASH_BYTES])
{
    memset(hash, 0, KEY_HASH_BYTES);
    memcpy(hash, name, strlen(name));
}

static void patch(void *rec, const struct field *f, size_t n, const char *settings)
{
    struct err err = {0};
    cJSON *o = json_parse(settings, strlen(settings), &err);

    if (!o || record_patch(rec, f, n, o, &err) != 0)
        fail_msg("settings %s: %s", settings, err.text);
    cJSON_Delete(o);
}

const struct key *kit_key(struct kit *k, const char *name, const char *settings)
{
    struct key *key = key_create();
    struct err err = {0};
    char id[24];

    snprintf(key->id, sizeof key->id, "key_%s", name);
    memcpy(id, key->id, sizeof id);
    key->name = xstrdup(name);
    kit_hash(name, key->hash);
    patch(&key->set, key_setting_fields, key_setting_count, settings);
    if (core_key_put(k->c, key, &err) != 0)
        fail_msg("%s", err.text);
    return core_key_find(k->c, id, true, NULL);
}

struct credential *kit_credential(const char *access)
{
    struct credential *cr = credential_create();

    cr->access = xstrdup(access);
    return cr;
}

static void account(
    struct kit *k, const char *name, const char *kind, const char *settings, const char *groups)
{
    struct account *a = account_create();
    struct err err = {0};

    snprintf(a->id, sizeof a->id, "ac_%s", name);
    a->name = xstrdup(name);
    a->kind = xstrdup(kind);
    a->service = SERVICE_CLAUDE;
    strlist_split(&a->groups, groups, ",");
    patch(&a->set, account_setting_fields, account_setting_count, settings);
    if (core_account_put(k->c, a, kit_credential(name), &err) != 0)
        fail_msg("%s", err.text);
}

void kit_account(struct kit *k, const char *name, const char *settings, const char *groups)
{
    account(k, name, "claude", settings, groups);
}

void kit_account_kind(struct kit *k, const char *name, const char *kind, const char *settings)
{
    account(k, name, kind, settings, "");
}

void kit_charge(struct kit *k, struct ticket *t, const struct key *key, const char *account_id,
    const char *model, nano cost, int64_t tokens, int64_t now)
{
    const struct usage usage = {.input = tokens};
    const struct cost booked = {.total = cost};
    const struct charge ch = {
        .usage = &usage, .cost = &booked, .account_id = account_id, .model = model, .now = now};

    core_charge(k->c, t, key, &ch);
}
