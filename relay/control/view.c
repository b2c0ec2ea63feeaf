/* Small pieces of answers. */
#include "control/view_int.h"

#include <math.h>
#include <string.h>
#include "common/alloc.h"

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

void shell_word(struct buf *out, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:@%+,";
    if (*s && s[strspn(s, plain)] == 0) {
        buf_adds(out, s);
        return;
    }
    buf_addc(out, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *s);
    }
    buf_addc(out, '\'');
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
