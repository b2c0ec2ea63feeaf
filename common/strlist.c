/* A list of owned strings. */
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"

void strlist_add(struct strlist *l, const char *s)
{
    strlist_addn(l, s, strlen(s));
}

void strlist_addn(struct strlist *l, const char *s, size_t n)
{
    l->v = xreallocarray(l->v, l->n + 1, sizeof *l->v);
    l->v[l->n++] = span_dup((struct span){s, n});
}

bool strlist_has(const struct strlist *l, const char *s)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->v[i], s) == 0)
            return true;
    return false;
}

void strlist_remove(struct strlist *l, const char *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->v[i], s) == 0)
            free(l->v[i]);
        else
            l->v[kept++] = l->v[i];
    }
    l->n = kept;
}

void strlist_copy(struct strlist *to, const struct strlist *from)
{
    struct strlist made = {0};
    for (size_t i = 0; i < from->n; i++)
        strlist_add(&made, from->v[i]);
    strlist_release(to);
    *to = made;
}

bool strlist_equal(const struct strlist *a, const struct strlist *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->v[i], b->v[i]) != 0)
            return false;
    return true;
}

void strlist_split(struct strlist *l, const char *s, const char *separators)
{
    for (;;) {
        size_t n = strcspn(s, separators);
        struct span part = span_trim((struct span){s, n});
        if (part.n)
            strlist_addn(l, part.p, part.n);
        if (s[n] == 0)
            return;
        s += n + 1;
    }
}

char *strlist_join(const struct strlist *l, const char *sep)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < l->n; i++) {
        if (i)
            buf_adds(&b, sep);
        buf_adds(&b, l->v[i]);
    }
    return buf_steal(&b, NULL);
}

void strlist_release(struct strlist *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i]);
    free(l->v);
    *l = (struct strlist){0};
}
