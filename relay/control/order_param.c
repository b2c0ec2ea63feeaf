/* Parameters of a call as C values. They have been checked against the row; null means not given.
 */
#include "control/order_int.h"

#include <math.h>

static const cJSON *given(const struct order *o, const char *name)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o->params, name);
    return v && !cJSON_IsNull(v) ? v : NULL;
}

const char *order_text(const struct order *o, const char *name)
{
    const cJSON *v = given(o, name);
    return cJSON_IsString(v) && *v->valuestring ? v->valuestring : NULL;
}

bool order_flag(const struct order *o, const char *name)
{
    return cJSON_IsTrue(given(o, name));
}

int64_t order_int(const struct order *o, const char *name, int64_t dflt)
{
    const cJSON *v = given(o, name);
    return cJSON_IsNumber(v) ? (int64_t)v->valuedouble : dflt;
}

int64_t order_span(const struct order *o, const char *name, int64_t dflt)
{
    const cJSON *v = given(o, name);
    return cJSON_IsNumber(v) ? (int64_t)llround(v->valuedouble * 1000) : dflt;
}

int64_t order_time(const struct order *o, const char *name, int64_t dflt)
{
    const cJSON *v = given(o, name);
    int64_t ms;
    if (!cJSON_IsString(v) ||
        units_parse_time(v->valuestring, o->c->p.zone, o->now, 1, &ms, NULL) < 0)
        return dflt;
    return ms;
}

const cJSON *order_list(const struct order *o, const char *name)
{
    const cJSON *v = given(o, name);
    return cJSON_IsArray(v) ? v : NULL;
}
