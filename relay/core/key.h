/* A relay key: an immutable, refcounted record. An edit makes a new record and swaps it in; requests
 * under way keep the one they began with. Counters are apart (core.h). */
#ifndef CRS_CORE_KEY_H
#define CRS_CORE_KEY_H

#include <stdbool.h>
#include "common/clock.h"
#include "common/field.h"
#include "common/secret.h"

struct key_settings {
#define SET(member, kind, choices, dflt, min, max, group, help) FIELD_TYPE_##kind member;
#include "common/key_settings.def"
#undef SET
};
extern const struct field key_setting_fields[];
extern const size_t key_setting_count;

enum key_hash_kind { KEY_HASH_OWN, KEY_HASH_LEGACY };

struct key {
    char id[24]; /* "key_" and 10 base32 characters */
    char *name;  /* unique among keys that are not removed */
    int64_t created, changed, first_used, removed; /* ms; 0: not (yet) */
    bool paused;
    enum key_hash_kind hash_kind;
    unsigned char hash[KEY_HASH_BYTES];
    bool has_old; /* after rotate with a grace time */
    unsigned char old_hash[KEY_HASH_BYTES];
    int64_t old_until;
    char tail[8];   /* last four characters of the secret */
    bool kept;      /* the secret itself is sealed in the store for key.reveal */
    char *made_by;  /* who created it */
    struct key_settings set;
};

struct key *key_create(void);              /* one reference, defaults */
struct key *key_copy(const struct key *k); /* one reference, for an edit */
const struct key *key_ref(const struct key *k); /* atomic */
void key_unref(const struct key *k);
/* The stored document (no secret; the hash in hex), and back. */
cJSON *key_to_json(const struct key *k);
struct key *key_from_json(const cJSON *doc, struct err *err);
/* When it stops working by time: fixed expiry or first use plus life; 0 never. */
int64_t key_expiry(const struct key *k);
/* "active", "paused", "expired", "removed" */
const char *key_state(const struct key *k, int64_t now);

#endif
