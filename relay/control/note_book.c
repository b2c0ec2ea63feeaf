/* Templates and groups: records of which only people and control know, kept by name. */
#include "control/control_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

static void record_free(struct note_record *r)
{
    free(r->id);
    free(r->name);
    cJSON_Delete(r->doc);
    free(r);
}

static void place(struct note_book *b, struct note_record *r)
{
    size_t at = b->n;
    while (at > 0 && strcmp(b->v[at - 1]->name, r->name) > 0)
        at--;
    b->v = xreallocarray(b->v, b->n + 1, sizeof(struct note_record *));
    memmove(b->v + at + 1, b->v + at, (b->n - at) * sizeof(struct note_record *));
    b->v[at] = r;
    b->n++;
}

static void take_out(struct note_book *b, const struct note_record *r)
{
    size_t at = 0;
    while (b->v[at] != r)
        at++;
    memmove(b->v + at, b->v + at + 1, (b->n - at - 1) * sizeof(struct note_record *));
    b->n--;
}

struct note_record *note_book_add(struct note_book *b, const char *id, const char *name)
{
    struct note_record *r = xcalloc(1, sizeof *r);
    r->id = xstrdup(id);
    r->name = xstrdup(name);
    r->doc = xcheck(cJSON_CreateObject());
    place(b, r);
    return r;
}

void note_book_remove(struct note_book *b, struct note_record *r)
{
    take_out(b, r);
    record_free(r);
}

void note_book_rename(struct note_book *b, struct note_record *r, const char *name)
{
    take_out(b, r);
    char *copy = xstrdup(name);
    free(r->name);
    r->name = copy;
    place(b, r);
}

cJSON *note_record_doc(const struct note_record *r)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "name", r->name);
    json_put_time(o, "created", r->created);
    json_put_time(o, "changed", r->changed);
    json_put(o, "set", xcheck(cJSON_Duplicate(r->doc, true)));
    return o;
}

static int64_t time_of(const cJSON *doc, const char *name)
{
    int64_t ms = 0;
    const char *s = json_str(doc, name);
    if (s)
        units_parse_time(s, NULL, 0, 1, &ms, NULL);
    return ms;
}

static bool load_one(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n)
{
    (void)secret, (void)n;
    struct note_book *b = arg;
    const char *name = json_str(doc, "name");
    if (!name)
        return true;
    struct note_record *r = note_book_add(b, id, name);
    r->created = time_of(doc, "created");
    r->changed = time_of(doc, "changed");
    const cJSON *set = json_at(doc, "set");
    if (cJSON_IsObject(set)) {
        cJSON_Delete(r->doc);
        r->doc = xcheck(cJSON_Duplicate(set, true));
    }
    return true;
}

int note_book_load(struct note_book *b, struct store *s, struct err *err)
{
    return store_load(s, b->kind, load_one, b, err);
}

void note_book_release(struct note_book *b)
{
    for (size_t i = 0; i < b->n; i++)
        record_free(b->v[i]);
    free(b->v);
    b->v = NULL;
    b->n = 0;
}
