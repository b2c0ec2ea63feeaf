/* Records: C structs described by rows with offsets. */
#include "common/field.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/field_int.h"
#include "common/json.h"

/* A row's place in a record. Rows promise that the member there has the kind's type, so these are
 * the only casts. */
union member {
    void *any;
    bool *flag;
    int *choice;
    int64_t *number;
    double *real;
    char **text;
    struct strlist *list;
};

static union member member_of(const void *rec, const struct field *f)
{
    return (union member){.any = (char *)(uintptr_t)rec + f->offset};
}

enum shape { NOTHING, FLAG, CHOICE, NUMBER, REAL, TEXT, LIST };

static enum shape shape_of(const struct field *f)
{
    if (f->offset == FIELD_NO_MEMBER)
        return NOTHING;
    switch (f->kind) {
    case F_BOOL:
        return FLAG;
    case F_ENUM:
        return CHOICE;
    case F_REAL:
        return REAL;
    case F_TEXT:
    case F_NAME:
    case F_ID:
        return TEXT;
    case F_LIST:
    case F_MAP:
        return LIST;
    case F_SECRET:
    case F_OBJECT:
        return NOTHING;
    default:
        return NUMBER;
    }
}

/* Of a member without memory of its own, in bytes; 0: it has some, or there is none. */
static size_t plain_size(enum shape shape)
{
    static const size_t sizes[] = {
        [FLAG] = sizeof(bool),
        [CHOICE] = sizeof(int),
        [NUMBER] = sizeof(int64_t),
        [REAL] = sizeof(double),
        [LIST] = 0,
    };
    return sizes[shape];
}

static void clear(void *rec, const struct field *f)
{
    union member m = member_of(rec, f);
    enum shape shape = shape_of(f);
    if (shape == TEXT) {
        free(*m.text);
        *m.text = NULL;
    } else if (shape == LIST) {
        strlist_release(m.list);
    } else if (plain_size(shape)) {
        memset(m.any, 0, plain_size(shape));
    }
}

static void set_list(struct strlist *l, const cJSON *v)
{
    for (const cJSON *e = v->child; e; e = e->next) {
        char *pair = cJSON_IsObject(v) ? xasprintf("%s=%s", e->string, e->valuestring)
                                       : xstrdup(e->valuestring);
        strlist_add(l, pair);
        free(pair);
    }
}

/* v has passed field_check. */
static void set(void *rec, const struct field *f, const cJSON *v)
{
    union member m = member_of(rec, f);
    clear(rec, f);
    if (!v || cJSON_IsNull(v))
        return;
    switch (shape_of(f)) {
    case NOTHING:
        break;
    case FLAG:
        *m.flag = cJSON_IsTrue(v);
        break;
    case CHOICE:
        *m.choice = field_choice_index(f, v->valuestring);
        break;
    case NUMBER:
        if (f->kind == F_TIME)
            field_time(f, v, m.number, NULL);
        else
            field_number(f, v, m.number, NULL);
        break;
    case REAL:
        *m.real = v->valuedouble;
        break;
    case TEXT:
        *m.text = xstrdup(v->valuestring);
        break;
    case LIST:
        set_list(m.list, v);
        break;
    }
}

static void set_default(void *rec, const struct field *f)
{
    cJSON *v = f->dflt && shape_of(f) != NOTHING ? field_value(f, f->dflt, NULL, 0, NULL) : NULL;
    set(rec, f, v);
    cJSON_Delete(v);
}

void record_init(void *rec, const struct field *f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        set_default(rec, &f[i]);
}

void record_release(void *rec, const struct field *f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        clear(rec, &f[i]);
}

static void copy(void *to, const void *from, const struct field *f)
{
    union member a = member_of(to, f), b = member_of(from, f);
    enum shape shape = shape_of(f);
    if (shape == TEXT) {
        free(*a.text);
        *a.text = xstrdup(*b.text);
    } else if (shape == LIST) {
        strlist_copy(a.list, b.list);
    } else if (plain_size(shape)) {
        memcpy(a.any, b.any, plain_size(shape));
    }
}

void record_copy(void *to, const void *from, const struct field *f, size_t n)
{
    for (size_t i = 0; i < n && to != from; i++)
        copy(to, from, &f[i]);
}

int record_patch(void *rec, const struct field *f, size_t n, const cJSON *o, struct err *err)
{
    if (!cJSON_IsObject(o))
        return err_set(err, ERR_USAGE, "settings are not an object");
    for (size_t i = 0; i < n; i++)
        if (field_check(&f[i], cJSON_GetObjectItemCaseSensitive(o, f[i].name), err) < 0)
            return -1;
    for (size_t i = 0; i < n; i++) {
        const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, f[i].name);
        if (v && cJSON_IsNull(v))
            set_default(rec, &f[i]);
        else if (v)
            set(rec, &f[i], v);
    }
    return 0;
}

static cJSON *number_json(const struct field *f, int64_t v)
{
    char text[UNITS_MAX];
    switch (f->kind) {
    case F_MONEY:
        return json_money_new(v);
    case F_DURATION:
        return cJSON_CreateNumber((double)v / 1000);
    case F_TIME:
        return v ? cJSON_CreateString(units_rfc3339(text, v)) : cJSON_CreateNull();
    default:
        return cJSON_CreateNumber((double)v);
    }
}

static cJSON *list_json(const struct field *f, const struct strlist *l)
{
    cJSON *v = xcheck(f->kind == F_MAP ? cJSON_CreateObject() : cJSON_CreateArray());
    for (size_t i = 0; i < l->n; i++) {
        if (f->kind == F_LIST) {
            cJSON_AddItemToArray(v, xcheck(cJSON_CreateString(l->v[i])));
            continue;
        }
        const char *equals = strchr(l->v[i], '=');
        char *name = xstrndup(l->v[i], equals ? (size_t)(equals - l->v[i]) : strlen(l->v[i]));
        json_put_str(v, name, equals ? equals + 1 : "");
        free(name);
    }
    return v;
}

static cJSON *choice_json(const struct field *f, int choice)
{
    char *word = choice < 0 ? NULL : field_choice(f, (size_t)choice);
    cJSON *v = word ? cJSON_CreateString(word) : cJSON_CreateNull();
    free(word);
    return v;
}

/* NULL for rows without a member. */
static cJSON *member_json(const void *rec, const struct field *f)
{
    union member m = member_of(rec, f);
    switch (shape_of(f)) {
    case FLAG:
        return xcheck(cJSON_CreateBool(*m.flag));
    case CHOICE:
        return xcheck(choice_json(f, *m.choice));
    case NUMBER:
        return xcheck(number_json(f, *m.number));
    case REAL:
        return xcheck(cJSON_CreateNumber(*m.real));
    case TEXT:
        return xcheck(*m.text ? cJSON_CreateString(*m.text) : cJSON_CreateNull());
    case LIST:
        return list_json(f, m.list);
    default:
        return NULL;
    }
}

static bool equal(const void *a, const void *b, const struct field *f)
{
    union member x = member_of(a, f), y = member_of(b, f);
    switch (shape_of(f)) {
    case FLAG:
        return *x.flag == *y.flag;
    case CHOICE:
        return *x.choice == *y.choice;
    case NUMBER:
        return *x.number == *y.number;
    case REAL:
        return !(*x.real < *y.real) && !(*x.real > *y.real);
    case TEXT:
        return *x.text && *y.text ? strcmp(*x.text, *y.text) == 0 : *x.text == *y.text;
    case LIST:
        return strlist_equal(x.list, y.list);
    default:
        return true;
    }
}

/* A record with one member holding its default, in storage of any member's size. */
static bool holds_default(const void *rec, const struct field *f)
{
    union {
        int64_t number;
        double real;
        char *text;
        struct strlist list;
    } place = {0};
    struct field alone = *f;
    alone.offset = 0;
    set_default(&place, &alone);
    bool same = equal((const char *)rec + f->offset, &place, &alone);
    clear(&place, &alone);
    return same;
}

void record_json(const void *rec, const struct field *f, size_t n, cJSON *o, bool all)
{
    for (size_t i = 0; i < n; i++)
        if (shape_of(&f[i]) != NOTHING && (all || !holds_default(rec, &f[i])))
            json_put(o, f[i].name, member_json(rec, &f[i]));
}

cJSON *record_diff(const void *a, const void *b, const struct field *f, size_t n)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    for (size_t i = 0; i < n; i++) {
        if (equal(a, b, &f[i]))
            continue;
        cJSON *change = xcheck(cJSON_CreateObject());
        json_put(change, "from", member_json(a, &f[i]));
        json_put(change, "to", member_json(b, &f[i]));
        json_put(o, f[i].name, change);
    }
    return o;
}
