/* One value by its row: its choices, and the check of what came over the wire. */
#include "common/field.h"

#include <math.h>
#include <string.h>

#include "common/field_int.h"
#include "common/i18n.h"
#include "common/json.h"

const struct field *field_find(const struct field *f, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(f[i].name, name) == 0)
            return &f[i];
    return NULL;
}

static struct span next_word(const char **p)
{
    *p += strspn(*p, " ");
    struct span word = {*p, strcspn(*p, " ")};
    *p += word.n;
    return word;
}

bool field_has_choices(const struct field *f)
{
    return f->choices && f->choices[0] != '@';
}

char *field_choice(const struct field *f, size_t i)
{
    if (!field_has_choices(f))
        return NULL;
    const char *p = f->choices;
    for (struct span word = next_word(&p); word.n; word = next_word(&p))
        if (i-- == 0)
            return span_dup(word);
    return NULL;
}

int field_choice_index(const struct field *f, const char *word)
{
    const char *p = field_has_choices(f) ? f->choices : "";
    int i = 0;
    for (struct span w = next_word(&p); w.n; w = next_word(&p), i++)
        if (span_eq(w, word))
            return i;
    return -1;
}

static int no_choice(const struct field *f, const char *word, struct err *err)
{
    struct strlist words = {0};
    strlist_split(&words, f->choices, " ");
    const char *near = text_nearest(word, (const char *const *)words.v, words.n);
    err_set(err, ERR_USAGE, "'%s' cannot be '%.60s'", f->name, word);
    if (near)
        err_hint(err, "did you mean '%s'? the choices are: %s", near, f->choices);
    else
        err_hint(err, "the choices are: %s", f->choices);
    strlist_release(&words);
    return -1;
}

static int wrong_type(const struct field *f, const char *wanted, struct err *err)
{
    return err_set(err, ERR_USAGE, "'%s' is not %s", f->name, _(wanted));
}

static int check_range(const struct field *f, int64_t v, struct err *err)
{
    if ((f->min == 0 && f->max == 0) || (v >= f->min && v <= f->max))
        return 0;
    char low[UNITS_MAX], high[UNITS_MAX];
    err_set(err, ERR_USAGE, "'%s' is out of range", f->name);
    return err_hint(err, "from %s to %s", field_number_text(f->kind, f->min, low),
        field_number_text(f->kind, f->max, high));
}

int field_number(const struct field *f, const cJSON *v, int64_t *out, struct err *err)
{
    const double exact = 9007199254740992.0; /* 2^53 */
    if (f->kind == F_MONEY) {
        *out = json_money_of(v, -1);
        if (*out < 0 ||
            (cJSON_IsNumber(v) && v->valuedouble > (double)(NANO_MAX / NANO_PER_DOLLAR)))
            return wrong_type(f, N_("an amount in dollars"), err);
        return 0;
    }
    if (!cJSON_IsNumber(v) || !(fabs(v->valuedouble) <= exact))
        return wrong_type(f, N_("a number"), err);
    if (f->kind == F_DURATION) {
        if (v->valuedouble < 0 || v->valuedouble > exact / 1000)
            return wrong_type(f, N_("a duration in seconds"), err);
        *out = llround(v->valuedouble * 1000);
        return 0;
    }
    if (v->valuedouble != floor(v->valuedouble))
        return wrong_type(f, N_("a whole number"), err);
    *out = (int64_t)v->valuedouble;
    if (f->kind == F_INT || (*out >= 0 && (f->kind != F_PERCENT || *out <= 100)))
        return 0;
    return wrong_type(f, f->kind == F_PERCENT ? N_("from 0 to 100") : N_("0 or more"), err);
}

int field_time(const struct field *f, const cJSON *v, int64_t *ms, struct err *err)
{
    /* Only whole stamps with their zone: words and local forms are for people. */
    const char *s = cJSON_IsString(v) ? v->valuestring : "";
    bool stamp = strlen(s) >= 20 && (s[10] == 'T' || s[10] == 't') && strpbrk(s + 16, "Zz+-");
    if (!stamp || units_parse_time(s, NULL, 0, 0, ms, NULL) < 0)
        return wrong_type(f, N_("a time such as \"2026-03-01T09:00:00Z\""), err);
    return 0;
}

static int check_text(const struct field *f, const cJSON *v, struct err *err)
{
    if (!cJSON_IsString(v))
        return wrong_type(f, N_("a string"), err);
    size_t n = strlen(v->valuestring);
    if (f->max > 0 && n > (size_t)f->max)
        return err_set(err, ERR_USAGE, "'%s' is over %lld bytes", f->name, (long long)f->max);
    if (f->min > 0 && n < (size_t)f->min)
        return err_set(err, ERR_USAGE, "'%s' is under %lld bytes", f->name, (long long)f->min);
    if (f->kind == F_ENUM && field_choice_index(f, v->valuestring) < 0)
        return no_choice(f, v->valuestring, err);
    return 0;
}

static int check_list(const struct field *f, const cJSON *v, struct err *err)
{
    bool map = f->kind == F_MAP;
    if (map ? !cJSON_IsObject(v) : !cJSON_IsArray(v))
        return wrong_type(f, map ? N_("an object of strings") : N_("a list of strings"), err);
    for (const cJSON *e = v->child; e; e = e->next) {
        if (!cJSON_IsString(e))
            return wrong_type(f, map ? N_("an object of strings") : N_("a list of strings"), err);
        /* In a record a map is "k=v": a name with '=' would come back as another. */
        if (map && (e->string[0] == 0 || strchr(e->string, '=')))
            return err_set(err, ERR_USAGE, "'%s' has a bad name '%.60s'", f->name, e->string);
        if (!map && field_has_choices(f) && field_choice_index(f, e->valuestring) < 0)
            return no_choice(f, e->valuestring, err);
    }
    return 0;
}

static int check_one(const struct field *f, const cJSON *v, struct err *err)
{
    int64_t number;
    if (!v || cJSON_IsNull(v))
        return 0;
    switch (f->kind) {
    case F_BOOL:
        return cJSON_IsBool(v) ? 0 : wrong_type(f, N_("true or false"), err);
    case F_INT:
    case F_COUNT:
    case F_MONEY:
    case F_DURATION:
    case F_SIZE:
    case F_PERCENT:
        return field_number(f, v, &number, err) < 0 ? -1 : check_range(f, number, err);
    case F_REAL:
        return cJSON_IsNumber(v) && isfinite(v->valuedouble) ? 0
                                                             : wrong_type(f, N_("a number"), err);
    case F_TIME:
        return field_time(f, v, &number, err);
    case F_TEXT:
    case F_ENUM:
    case F_SECRET:
    case F_NAME:
    case F_ID:
        return check_text(f, v, err);
    case F_LIST:
    case F_MAP:
        return check_list(f, v, err);
    case F_OBJECT:
        break;
    }
    return 0;
}

int field_check(const struct field *f, const cJSON *v, struct err *err)
{
    if (!(f->flags & FIELD_MANY) || !v || cJSON_IsNull(v))
        return check_one(f, v, err);
    if (!cJSON_IsArray(v))
        return wrong_type(f, N_("a list"), err);
    for (const cJSON *e = v->child; e; e = e->next)
        if (cJSON_IsNull(e) ? wrong_type(f, N_("a list of values"), err) : check_one(f, e, err))
            return -1;
    return 0;
}
