/* cJSON with types: strict parsing, and members by path. */
#include "common/json.h"

#include <math.h>
#include <string.h>

#include "common/alloc.h"
#include "common/jscan_int.h"
#include "common/units.h"

enum { JSON_DEPTH = 64 };

/* 1e999 is JSON, and infinite in a double. */
static bool all_finite(const cJSON *v)
{
    for (const cJSON *e = v->child; e; e = e->next)
        if (!all_finite(e))
            return false;
    return !cJSON_IsNumber(v) || isfinite(v->valuedouble);
}

cJSON *json_parse(const char *s, size_t n, struct err *err)
{
    if (jscan_check_flags(s, n, JSON_DEPTH, JSCAN_UNIQUE | JSCAN_PLAIN, err) < 0)
        return NULL;
    const char *end = s;
    cJSON *v = cJSON_ParseWithLengthOpts(s, n, &end, 0);
    while (v && end < s + n && strchr(" \t\r\n", *end))
        end++;
    if (v && end == s + n && all_finite(v))
        return v;
    /* Some versions of cJSON read at most 63 characters of a number, and at the root take that for
     * the whole; nothing else that is JSON stops them. */
    cJSON_Delete(v);
    err_set(err, ERR_PROTOCOL, "JSON with a number beyond what is read here");
    return NULL;
}

static const cJSON *member(const cJSON *o, const char *name, size_t n)
{
    if (!cJSON_IsObject(o))
        return NULL;
    for (const cJSON *v = o->child; v; v = v->next)
        if (v->string[0] == name[0] && strncmp(v->string, name, n) == 0 && v->string[n] == 0)
            return v;
    return NULL;
}

const cJSON *json_at(const cJSON *o, const char *path)
{
    /* Names may hold dots themselves (model names do): the whole path goes first. */
    const cJSON *whole = member(o, path, strlen(path));
    if (whole)
        return whole;
    while (o) {
        size_t n = strcspn(path, ".");
        o = member(o, path, n);
        if (path[n] == 0)
            break;
        path += n + 1;
    }
    return o;
}

const char *json_str(const cJSON *o, const char *path)
{
    const cJSON *v = json_at(o, path);
    return cJSON_IsString(v) ? v->valuestring : NULL;
}

int64_t json_int(const cJSON *o, const char *path, int64_t dflt)
{
    const cJSON *v = json_at(o, path);
    if (!cJSON_IsNumber(v) || isnan(v->valuedouble))
        return dflt;
    if (v->valuedouble >= 9.2233720368547748e18)
        return INT64_MAX;
    if (v->valuedouble <= -9.2233720368547758e18)
        return INT64_MIN;
    return (int64_t)v->valuedouble;
}

bool json_bool(const cJSON *o, const char *path, bool dflt)
{
    const cJSON *v = json_at(o, path);
    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : dflt;
}

double json_num(const cJSON *o, const char *path, double dflt)
{
    const cJSON *v = json_at(o, path);
    return cJSON_IsNumber(v) ? v->valuedouble : dflt;
}

/* Whole dollars and the rest apart: the product of the whole by 1e9 would lose the last digits. */
static int64_t nano_of(double dollars)
{
    if (!(fabs(dollars) <= (double)(NANO_MAX / NANO_PER_DOLLAR)))
        return dollars > 0 ? NANO_MAX : dollars < 0 ? -NANO_MAX : 0;
    double whole = trunc(dollars);
    return (int64_t)whole * NANO_PER_DOLLAR + (int64_t)llround((dollars - whole) * 1e9);
}

static double dollars_of(int64_t amount)
{
    /* Both parts are exact in a double, the quotient is the nearest one to the true value. */
    return (double)amount / 1e9;
}

bool json_money_fits(int64_t amount)
{
    return nano_of(dollars_of(amount)) == amount;
}

int64_t json_money(const cJSON *o, const char *path, int64_t dflt)
{
    return json_money_of(json_at(o, path), dflt);
}

int64_t json_money_of(const cJSON *v, int64_t dflt)
{
    if (cJSON_IsNumber(v))
        return nano_of(v->valuedouble);
    if (!cJSON_IsString(v))
        return dflt;
    const char *text = v->valuestring;
    nano read;
    if (units_parse_money(text + (*text == '-'), &read, NULL) < 0)
        return dflt;
    return *text == '-' ? -read : read;
}

cJSON *json_money_new(int64_t amount)
{
    if (json_money_fits(amount))
        return xcheck(cJSON_CreateNumber(dollars_of(amount)));
    char text[UNITS_MAX];
    return xcheck(cJSON_CreateString(units_money_exact(text, amount)));
}

void json_put_str(cJSON *o, const char *name, const char *v)
{
    if (v)
        json_put(o, name, xcheck(cJSON_CreateString(v)));
}

void json_put_int(cJSON *o, const char *name, int64_t v)
{
    json_put(o, name, xcheck(cJSON_CreateNumber((double)v)));
}

void json_put_bool(cJSON *o, const char *name, bool v)
{
    json_put(o, name, xcheck(cJSON_CreateBool(v)));
}

void json_put_time(cJSON *o, const char *name, int64_t ms)
{
    char text[UNITS_MAX];
    if (ms == 0)
        json_put(o, name, xcheck(cJSON_CreateNull()));
    else
        json_put_str(o, name, units_rfc3339(text, ms));
}

void json_put_money(cJSON *o, const char *name, int64_t amount)
{
    json_put(o, name, json_money_new(amount));
}

void json_put(cJSON *o, const char *name, cJSON *v)
{
    if (!cJSON_AddItemToObject(o, name, v))
        xcheck(NULL);
}
