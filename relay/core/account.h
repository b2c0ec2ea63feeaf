/* An upstream account: an immutable, refcounted record; its tokens are a record apart that changes
 * more often; its health and counters live in the core. Groups are names that accounts carry. */
#ifndef CRS_CORE_ACCOUNT_H
#define CRS_CORE_ACCOUNT_H

#include <stdbool.h>
#include "common/clock.h"
#include "common/field.h"
#include "rule/rule.h"

struct account_settings {
#define SET(member, kind, choices, dflt, min, max, group, help) FIELD_TYPE_##kind member;
#include "common/account_settings.def"
#undef SET
};
extern const struct field account_setting_fields[];
extern const size_t account_setting_count;

/* The secret side. Immutable and refcounted as the account; never printed, wiped at the end. Which
 * members are used depends on the provider: api keys have only access. */
struct credential {
    char *access;        /* access token or API key */
    char *refresh;       /* refresh token, NULL: none */
    char *extra;         /* provider's own JSON (service account, AWS secret, several keys), NULL */
    char *proxy_user, *proxy_password;
    int64_t expires;     /* of access, ms; 0: never */
    int64_t renewed;     /* when access was made, ms */
    unsigned generation; /* one more with each renewal */
};
struct credential *credential_create(void);
struct credential *credential_copy(const struct credential *c);
const struct credential *credential_ref(const struct credential *c);
void credential_unref(const struct credential *c); /* wipes with the last reference */
/* Text form that the store seals; add to out and wipe it after use. And back. */
void credential_write(const struct credential *c, struct buf *out);
struct credential *credential_read(const char *text, size_t n, struct err *err);

struct account {
    char id[24]; /* "ac_" and 8 base32 characters */
    char *name;
    char *kind;  /* provider kind: "claude", "claude-console", ... */
    enum service service;
    int64_t created, changed;
    bool off;    /* switched off by a person */
    struct strlist groups;
    char *login; /* how it was added: "oauth", "setup-token", "key", "import" */
    /* What the upstream says of it (profile), for show: email, plan, organisation; may be NULL. */
    cJSON *profile;
    struct account_settings set;
};
struct account *account_create(void);
struct account *account_copy(const struct account *a);
const struct account *account_ref(const struct account *a); /* atomic */
void account_unref(const struct account *a);
cJSON *account_to_json(const struct account *a);
struct account *account_from_json(const cJSON *doc, struct err *err);

#endif
