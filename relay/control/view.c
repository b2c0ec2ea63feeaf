/* Small pieces of answers. */
#include "control/view_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"

void json_put_null(cJSON *o, const char *name)
{
    json_put(o, name, xcheck(cJSON_CreateNull()));
}

void json_put_span(cJSON *o, const char *name, int64_t ms)
{
    if (ms < 0)
        json_put_null(o, name);
    else
        json_put(o, name, xcheck(cJSON_CreateNumber((double)ms / 1000)));
}

void json_put_strlist(cJSON *o, const char *name, const struct strlist *l)
{
    cJSON *a = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < l->n; i++)
        cJSON_AddItemToArray(a, xcheck(cJSON_CreateString(l->v[i])));
    json_put(o, name, a);
}

void json_put_percent(cJSON *o, const char *name, double share)
{
    json_put(o, name, xcheck(cJSON_CreateNumber(round(share * 1000) / 10)));
}

cJSON *list_result(cJSON *items)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put(o, "items", items);
    return o;
}

/* Without a default of its own a number of 0 means that there is none. */
static bool means_none(const struct field *f, const cJSON *v)
{
    bool number = f->kind == F_INT || f->kind == F_COUNT || f->kind == F_MONEY ||
                  f->kind == F_DURATION || f->kind == F_PERCENT;
    return number && !f->dflt && f->min == 0 && cJSON_IsNumber(v) && v->valuedouble == 0;
}

void json_put_settings(cJSON *o, const void *rec, const struct field *f, size_t n)
{
    record_json(rec, f, n, o, true);
    for (size_t i = 0; i < n; i++)
        if (means_none(&f[i], json_at(o, f[i].name)))
            cJSON_ReplaceItemInObjectCaseSensitive(o, f[i].name, xcheck(cJSON_CreateNull()));
}

cJSON *settings_diff(const void *a, const void *b, const struct field *f, size_t n)
{
    static const char *const sides[] = {"from", "to"};
    cJSON *d = record_diff(a, b, f, n);
    for (cJSON *change = d->child; change; change = change->next) {
        const struct field *one = field_find(f, n, change->string);
        for (size_t i = 0; one && i < 2; i++)
            if (means_none(one, json_at(change, sides[i])))
                cJSON_ReplaceItemInObjectCaseSensitive(
                    change, sides[i], xcheck(cJSON_CreateNull()));
    }
    return d;
}

cJSON *log_row(const struct log_entry *e)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_time(o, "at", e->at);
    json_put_str(o, "level", log_level_name(e->level));
    json_put_str(o, "area", log_area_name(e->area));
    if (e->request[0])
        json_put_str(o, "request", e->request);
    json_put_str(o, "text", e->text);
    json_put_int(o, "number", (int64_t)e->number);
    return o;
}

const char *reason_text(const char *reason, char *out, size_t size)
{
    size_t digits = strspn(reason, "0123456789");
    const char *words = digits && reason[digits] == ' ' ? reason + digits + 1 : reason;
    snprintf(out, size, "%.*s%s", (int)(words - reason), reason, i18n(words));
    return out;
}

void reason_put(cJSON *o, const char *reason)
{
    char text[REASON_MAX];
    json_put_str(o, "reason", *reason ? reason_text(reason, text, sizeof text) : NULL);
}
