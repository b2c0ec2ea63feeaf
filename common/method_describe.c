/* A row of the method table as JSON, for clients that learn the methods from the daemon. */
#include "common/method.h"

#include <stdlib.h>

#include "common/alloc.h"
#include "common/field_int.h"
#include "common/i18n.h"
#include "common/json.h"

static const char *kind_name(enum field_kind kind)
{
    static const char *const names[] = {
        [F_BOOL] = "bool",
        [F_INT] = "int",
        [F_COUNT] = "count",
        [F_MONEY] = "money",
        [F_DURATION] = "duration",
        [F_TIME] = "time",
        [F_SIZE] = "size",
        [F_TEXT] = "text",
        [F_ENUM] = "enum",
        [F_LIST] = "list",
        [F_MAP] = "map",
        [F_SECRET] = "secret",
        [F_NAME] = "name",
        [F_ID] = "id",
        [F_PERCENT] = "percent",
        [F_REAL] = "real",
        [F_OBJECT] = "object",
    };
    return names[kind];
}

static void put_flag(cJSON *o, const char *name, bool on)
{
    if (on)
        json_put_bool(o, name, true);
}

static cJSON *choices_json(const struct field *f)
{
    cJSON *a = xcheck(cJSON_CreateArray());
    char *word;
    for (size_t i = 0; (word = field_choice(f, i)); i++) {
        cJSON_AddItemToArray(a, xcheck(cJSON_CreateString(word)));
        free(word);
    }
    return a;
}

static cJSON *field_json(const struct field *f)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "name", f->name);
    json_put_str(o, "kind", kind_name(f->kind));
    json_put_str(o, "help", _(f->help));
    json_put_str(o, "default", f->dflt);
    json_put_str(o, "group", _(f->group));
    if (field_has_choices(f))
        json_put(o, "choices", choices_json(f));
    json_put_str(o, "of", f->choices && f->choices[0] == '@' ? f->choices + 1 : f->of);
    if (f->min || f->max) {
        char low[UNITS_MAX], high[UNITS_MAX];
        json_put_str(o, "min", field_number_text(f->kind, f->min, low));
        json_put_str(o, "max", field_number_text(f->kind, f->max, high));
    }
    put_flag(o, "required", f->flags & FIELD_REQUIRED);
    put_flag(o, "positional", f->flags & FIELD_POSITIONAL);
    put_flag(o, "many", f->flags & FIELD_MANY);
    put_flag(o, "once", f->flags & FIELD_ONCE);
    return o;
}

static cJSON *fields_json(const struct field *f, size_t n)
{
    cJSON *a = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < n; i++)
        if (!(f[i].flags & FIELD_HIDDEN))
            cJSON_AddItemToArray(a, field_json(&f[i]));
    return a;
}

cJSON *method_describe(const struct method *m)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "method", m->wire);
    json_put_str(o, "level", level_name(m->level));
    json_put_str(o, "words", m->words);
    json_put_str(o, "summary", _(m->summary));
    json_put_str(o, "detail", _(m->detail));
    json_put_str(o, "example", m->example);
    put_flag(o, "mutates", m->flags & M_MUTATES);
    put_flag(o, "breaks", m->flags & M_BREAKS);
    put_flag(o, "destroys", m->flags & M_DESTROYS);
    put_flag(o, "secret", m->flags & M_SECRET);
    put_flag(o, "list", m->flags & M_LIST);
    put_flag(o, "stream", m->flags & M_STREAM);
    put_flag(o, "slow", m->flags & M_SLOW);
    json_put(o, "params", fields_json(m->params, m->n_params));
    json_put(o, "result", fields_json(m->result, m->n_result));
    return o;
}
