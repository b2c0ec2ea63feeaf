/* Accounts with several API keys: one is in use, and when it is refused the next one takes its
 * place. */
#include "provider/provider_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/secret.h"

#define BETWEEN " ,;\t\r\n"

/* The first word of text, heap; *rest is what stands behind it. NULL: there is none. */
static char *word_of(const char *text, const char **rest)
{
    const char *p = text ? text + strspn(text, BETWEEN) : "";
    size_t n = strcspn(p, BETWEEN);
    *rest = p + n + strspn(p + n, BETWEEN);
    return n ? xstrndup(p, n) : NULL;
}

/* Puts the first key of text in use, the others behind it. False: there is none. */
static bool keys_set(struct credential *cr, const char *text)
{
    const char *rest;
    char *first = word_of(text, &rest);
    if (!first)
        return false;
    /* text may be cr->extra itself. */
    char *others = *rest ? xstrdup(rest) : NULL;
    secret_free(cr->access);
    secret_free(cr->extra);
    cr->access = first;
    cr->extra = others;
    return true;
}

int provider_take_keys(
    const struct provider *p, const char *text, struct credential *cr, struct err *err)
{
    if (p->several_keys)
        return keys_set(cr, text) ? 0 : err_set(err, ERR_USAGE, "no key was given");
    if (!*text)
        return err_set(err, ERR_USAGE, "no key was given");
    secret_free(cr->access);
    cr->access = xstrdup(text);
    return 0;
}

static bool several(const struct account *a)
{
    const struct provider *p = provider_by_kind(a->kind);
    return p && p->several_keys && a->login && strcmp(a->login, "key") == 0;
}

int provider_spare_keys(const struct account *a, const struct credential *cr)
{
    int n = 0;
    const char *rest = several(a) ? cr->extra : NULL;
    for (char *word; (word = word_of(rest, &rest)); n++)
        secret_free(word);
    return n;
}

struct credential *provider_next_key(const struct account *a, const struct credential *cr)
{
    if (provider_spare_keys(a, cr) == 0)
        return NULL;
    struct credential *next = credential_copy(cr);
    keys_set(next, cr->extra);
    next->generation++;
    return next;
}

bool provider_judge_key(const struct account *a, const struct credential *cr, struct verdict *v)
{
    if (v->health != HEALTH_LOGIN || !cr || provider_spare_keys(a, cr) == 0)
        return false;
    v->action = ACT_RENEW;
    v->health = HEALTH_READY;
    return true;
}
