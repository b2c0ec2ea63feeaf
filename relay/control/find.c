/* From what people write to the thing they mean. */
#include "control/control_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/width.h"

static void hint_nearest(const char *word, const char *const *names, size_t n, struct err *err)
{
    if (!err || err->code != ERR_NOT_FOUND || err->hint[0])
        return;
    const char *near = text_nearest(word, names, n);
    if (near)
        err_hint(err, "did you mean '%s'?", near);
}

const struct key *find_key(struct control *c, const char *name, bool removed, struct err *err)
{
    const struct key *k = core_key_find(c->p.core, name, removed, err);
    if (k)
        return k;
    size_t n, m = 0;
    const struct key **all = core_keys(c->p.core, &n);
    const char **names = xcalloc(n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++)
        if (removed || !all[i]->removed)
            names[m++] = all[i]->name;
    hint_nearest(name, names, m, err);
    for (size_t i = 0; i < n; i++)
        key_unref(all[i]);
    free(all);
    free(names);
    return NULL;
}

const struct account *find_account(struct control *c, const char *name, struct err *err)
{
    const struct account *a = core_account_find(c->p.core, name, err);
    if (a)
        return a;
    size_t n;
    const struct account **all = core_accounts(c->p.core, &n);
    const char **names = xcalloc(n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++)
        names[i] = all[i]->name;
    hint_nearest(name, names, n, err);
    for (size_t i = 0; i < n; i++)
        account_unref(all[i]);
    free(all);
    free(names);
    return NULL;
}

struct note_record *find_note(struct note_book *b, const char *name, struct err *err)
{
    struct note_record *start = NULL;
    size_t starts = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (strcmp(b->v[i]->name, name) == 0 || strcmp(b->v[i]->id, name) == 0)
            return b->v[i];
        if (*name && text_starts(b->v[i]->name, name)) {
            start = b->v[i];
            starts++;
        }
    }
    if (starts == 1)
        return start;
    if (starts > 1) {
        err_set(err, ERR_USAGE, "more than one %s starts with '%s'", b->kind, name);
        err_hint(err, "write more of its name");
        return NULL;
    }
    err_set(err, ERR_NOT_FOUND, "no such %s '%.64s'", b->kind, name);
    const char **names = xcalloc(b->n + 1, sizeof *names);
    for (size_t i = 0; i < b->n; i++)
        names[i] = b->v[i]->name;
    hint_nearest(name, names, b->n, err);
    free(names);
    return NULL;
}

int name_check(const char *name, struct err *err)
{
    size_t n = name ? strlen(name) : 0;
    if (n == 0)
        return err_set(err, ERR_USAGE, "a name is empty");
    if (n > 64)
        return err_set(err, ERR_USAGE, "name '%.20s...' is over 64 bytes", name);
    if (!utf8_valid(name, n))
        return err_set(err, ERR_USAGE, "a name is not UTF-8");
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7F || name[i] == ',' || name[i] == '=')
            return err_set(err, ERR_USAGE,
                "name '%s' has a comma, an equals sign or a control character", name);
    if (name[0] == '-' || name[0] == ' ' || name[n - 1] == ' ')
        return err_set(err, ERR_USAGE, "name '%s' begins with '-' or has a blank at an end", name);
    if (strcmp(name, "none") == 0)
        return err_set(err, ERR_USAGE, "the name 'none' means that there is nothing");
    return 0;
}
