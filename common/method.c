/* The method table: finding a row, checking parameters against it, describing it. */
#include "common/method.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/json.h"
#include "common/method_int.h"

const char *level_name(enum level l)
{
    static const char *const names[] = {"none", "read", "operate", "admin"};
    return (unsigned)l < sizeof names / sizeof names[0] ? names[l] : "none";
}

const struct method *method_by_id(enum method_id id)
{
    return (unsigned)id < METHOD_COUNT ? &method_rows[id] : NULL;
}

const struct method *method_by_wire(const char *wire)
{
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (strcmp(method_rows[i].wire, wire) == 0)
            return &method_rows[i];
    return NULL;
}

size_t words_match(const char *words, char *const *argv, size_t n)
{
    size_t i = 0;
    while (*words) {
        size_t len = strcspn(words, " ");
        if (i == n || strlen(argv[i]) != len || memcmp(argv[i], words, len) != 0)
            return 0;
        i++;
        words += len;
        words += strspn(words, " ");
    }
    return i;
}

const struct method *method_by_words(char *const *argv, size_t n, size_t *used)
{
    const struct method *best = NULL;
    *used = 0;
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        const struct method *m = &method_rows[i];
        size_t match = m->words ? words_match(m->words, argv, n) : 0;
        if (match > *used) {
            best = m;
            *used = match;
        }
    }
    return best;
}

/* Every method that changes something can be asked what it would do; the rows do not repeat it. */
static const struct field dry_run = {
    .name = "dry_run",
    .kind = F_BOOL,
    .help = "Only say what would be done",
    .offset = FIELD_NO_MEMBER,
};

static const struct field *param(const struct method *m, const char *name)
{
    const struct field *f = field_find(m->params, m->n_params, name);
    if (!f && m->flags & M_MUTATES && strcmp(name, dry_run.name) == 0)
        return &dry_run;
    return f;
}

static int unknown(const struct method *m, const char *name, struct err *err)
{
    const char **names = xcalloc(m->n_params + 1, sizeof *names);
    for (size_t i = 0; i < m->n_params; i++)
        names[i] = m->params[i].name;
    const char *near = text_nearest(name, names, m->n_params);
    err_set(err, ERR_USAGE, "%s has no parameter '%.60s'", m->wire, name);
    if (near)
        err_hint(err, "did you mean '%s'?", near);
    free(names);
    return -1;
}

int method_check(const struct method *m, const cJSON *params, struct err *err)
{
    if (params && !cJSON_IsObject(params) && !cJSON_IsNull(params))
        return err_set(err, ERR_USAGE, "parameters of %s are not an object", m->wire);
    for (const cJSON *v = params ? params->child : NULL; v; v = v->next) {
        const struct field *f = param(m, v->string);
        if (!f)
            return unknown(m, v->string, err);
        if (field_check(f, v, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < m->n_params; i++) {
        const struct field *f = &m->params[i];
        const cJSON *v = cJSON_GetObjectItemCaseSensitive(params, f->name);
        bool missing = !v || cJSON_IsNull(v) || (f->flags & FIELD_MANY && !v->child);
        if (f->flags & FIELD_REQUIRED && missing)
            return err_set(err, ERR_USAGE, "%s needs '%s'", m->wire, f->name);
    }
    return 0;
}
