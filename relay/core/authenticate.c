/* From the hash of a secret to the key that it opens, or why not. */
#include "core/core_int.h"
#include "common/i18n.h"

#include <stdio.h>
#include <string.h>

bool refuse(struct refusal *r, enum refusal_code code, const char *fmt, ...)
{
    va_list ap;

    *r = (struct refusal){.code = code};
    va_start(ap, fmt);
    vsnprintf(r->detail, sizeof r->detail, i18n(fmt), ap);
    va_end(ap);
    return false;
}

bool key_usable(const struct key *k, int64_t now, struct refusal *r)
{
    int64_t end = key_expiry(k);

    if (k->removed)
        return refuse(r, REFUSE_UNKNOWN_KEY, "key was removed");
    if (k->paused)
        return refuse(r, REFUSE_PAUSED, "key '%s' is paused", k->name);
    if (end && now >= end) {
        refuse(r, REFUSE_EXPIRED, "key '%s' has expired", k->name);
        r->since = end;
        return false;
    }
    return true;
}

/* An old hash has no kind of its own: the two kinds are hashes of different functions, so that the
 * one cannot be found by the other. */
static struct key_state *key_by_secret(
    struct core *c, enum key_hash_kind kind, const unsigned char *hash, int64_t now)
{
    struct key_state *ks = key_by_hash(c, hash);

    if (ks)
        return ks->key->hash_kind == kind ? ks : NULL;
    ks = key_by_old_hash(c, hash);
    return ks && now < ks->key->old_until ? ks : NULL;
}

const struct key *core_key_by_hash(
    struct core *c, enum key_hash_kind kind, const unsigned char hash[KEY_HASH_BYTES], int64_t now)
{
    const struct key_state *ks;
    const struct key *k = NULL;

    core_lock(c, now);
    ks = key_by_secret(c, kind, hash, now);
    if (ks)
        k = key_ref(ks->key);
    core_unlock(c);
    return k;
}

static void key_begin_life(struct core *c, struct key_state *ks, int64_t now)
{
    struct key *k;

    if (ks->key->first_used)
        return;
    k = key_copy(ks->key);
    k->first_used = now;
    key_unref(ks->key);
    ks->key = k;
    core_note_key(c, k);
}

const struct key *core_authenticate(struct core *c, const unsigned char own[KEY_HASH_BYTES],
    const unsigned char *legacy, int64_t now, struct refusal *r)
{
    struct key_state *ks;
    const struct key *k = NULL;

    *r = (struct refusal){0};
    core_lock(c, now);
    ks = key_by_secret(c, KEY_HASH_OWN, own, now);
    if (!ks && legacy)
        ks = key_by_secret(c, KEY_HASH_LEGACY, legacy, now);
    if (!ks) {
        refuse(r, REFUSE_UNKNOWN_KEY, "no such key");
    } else if (key_usable(ks->key, now, r)) {
        key_begin_life(c, ks, now);
        ks->last_used = now;
        k = key_ref(ks->key);
    }
    core_unlock(c);
    return k;
}
