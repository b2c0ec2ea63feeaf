/* The secret side of an account: its memory is wiped wherever this file lets go of it. */
#include "core/account.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/secret.h"

struct credential_box {
    struct credential credential;
    atomic_int refs;
};

/* The text members, in the order of the stored form. */
static const struct {
    const char *name;
    size_t offset;
} credential_texts[] = {
    {"access", offsetof(struct credential, access)},
    {"refresh", offsetof(struct credential, refresh)},
    {"extra", offsetof(struct credential, extra)},
    {"proxy_user", offsetof(struct credential, proxy_user)},
    {"proxy_password", offsetof(struct credential, proxy_password)},
};
#define CREDENTIAL_TEXTS (sizeof credential_texts / sizeof credential_texts[0])

static char **credential_text(const struct credential *c, size_t i)
{
    return (char **)(void *)((char *)c + credential_texts[i].offset);
}

struct credential *credential_create(void)
{
    struct credential_box *box = xcalloc(1, sizeof *box);

    atomic_init(&box->refs, 1);
    return &box->credential;
}

struct credential *credential_copy(const struct credential *c)
{
    struct credential *to = credential_create();

    *to = *c;
    for (size_t i = 0; i < CREDENTIAL_TEXTS; i++)
        *credential_text(to, i) = xstrdup(*credential_text(c, i));
    return to;
}

static struct credential_box *credential_box(const struct credential *c)
{
    return (
        struct credential_box *)(void *)((char *)c - offsetof(struct credential_box, credential));
}

const struct credential *credential_ref(const struct credential *c)
{
    atomic_fetch_add_explicit(&credential_box(c)->refs, 1, memory_order_relaxed);
    return c;
}

void credential_unref(const struct credential *c)
{
    struct credential_box *box;

    if (!c)
        return;
    box = credential_box(c);
    if (atomic_fetch_sub_explicit(&box->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < CREDENTIAL_TEXTS; i++)
        secret_free(*credential_text(c, i));
    sodium_memzero(box, sizeof *box);
    free(box);
}

/* Room for the whole text is taken first: a buffer that grows leaves its old bytes behind. */
static size_t credential_room(const struct credential *c)
{
    size_t n = 256;

    for (size_t i = 0; i < CREDENTIAL_TEXTS; i++) {
        const char *s = *credential_text(c, i);

        n += s ? 6 * strlen(s) + 32 : 0; /* each byte may become \u00XX */
    }
    return n;
}

void credential_write(const struct credential *c, struct buf *out)
{
    const char *comma = "";

    buf_reserve(out, credential_room(c));
    buf_addc(out, '{');
    for (size_t i = 0; i < CREDENTIAL_TEXTS; i++) {
        const char *s = *credential_text(c, i);

        if (!s)
            continue;
        buf_addf(out, "%s\"%s\":", comma, credential_texts[i].name);
        json_quote(out, s, strlen(s));
        comma = ",";
    }
    buf_addf(out, "%s\"expires\":%lld,\"renewed\":%lld,\"generation\":%u}", comma,
        (long long)c->expires, (long long)c->renewed, c->generation);
}

static void tree_wipe(cJSON *o)
{
    cJSON *v;

    cJSON_ArrayForEach(v, o)
    {
        if (cJSON_IsString(v))
            sodium_memzero(v->valuestring, strlen(v->valuestring));
    }
}

struct credential *credential_read(const char *text, size_t n, struct err *err)
{
    cJSON *o = json_parse(text, n, err);
    struct credential *c;

    if (!o) {
        err_set(err, ERR_FAILED, "credential is not readable"); /* no bytes of it in a message */
        return NULL;
    }
    if (!cJSON_IsObject(o)) {
        tree_wipe(o);
        cJSON_Delete(o);
        err_set(err, ERR_FAILED, "credential is not an object");
        return NULL;
    }
    c = credential_create();
    for (size_t i = 0; i < CREDENTIAL_TEXTS; i++)
        *credential_text(c, i) = xstrdup(json_str(o, credential_texts[i].name));
    c->expires = json_int(o, "expires", 0);
    c->renewed = json_int(o, "renewed", 0);
    c->generation = (unsigned)json_int(o, "generation", 0);
    tree_wipe(o);
    cJSON_Delete(o);
    return c;
}
