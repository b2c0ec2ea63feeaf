/* A core to try things on: a fixed moment, keys and accounts out of one line each. */
#ifndef CRS_TEST_CORE_KIT_H
#define CRS_TEST_CORE_KIT_H

#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/core.h"

#define T0 INT64_C(1772452800000) /* 2026-03-02T12:00:00Z, a Monday */
#define CENT (NANO_PER_DOLLAR / 100)

struct kit {
    struct core *c;
    struct zone *zone;
    int keys_noted, healths_noted; /* sink calls */
    atomic_int in_sink;            /* the core promises one at a time */
};
/* zone: IANA name. */
void kit_open(struct kit *k, const char *zone);
void kit_close(struct kit *k);

/* Puts a key "key_NAME" with settings as JSON; again with the same name: an edit. A reference. */
const struct key *kit_key(struct kit *k, const char *name, const char *settings);
/* Its hash: NAME and zeros. */
void kit_hash(const char *name, unsigned char hash[KEY_HASH_BYTES]);
/* Puts an account "ac_NAME" of kind claude; groups separated by commas, may be "". */
void kit_account(struct kit *k, const char *name, const char *settings, const char *groups);
void kit_account_kind(struct kit *k, const char *name, const char *kind, const char *settings);
struct credential *kit_credential(const char *access);
/* Books cost and tokens. */
void kit_charge(struct kit *k, struct ticket *t, const struct key *key, const char *account,
    const char *model, nano cost, int64_t tokens, int64_t now);

#endif
