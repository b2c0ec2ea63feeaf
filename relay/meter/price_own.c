/* Own prices: a file in the format of the list that has only what is told otherwise. It is laid
 * over the list when that is read, so that a newer list changes all the rest. */
#include "meter/price_int.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/path.h"

#define OWN_FILE_MAX ((size_t)1 << 20)
#define NANO_PER_MILLION 1e15 /* from dollars per token, as in the list */

static const struct price_part parts[] = {
    {"input", "input_cost_per_token", offsetof(struct price_row, input)},
    {"output", "output_cost_per_token", offsetof(struct price_row, output)},
    {"cache_write", "cache_creation_input_token_cost", offsetof(struct price_row, cache_write_5m)},
    {"cache_write_1h", "cache_creation_input_token_cost_above_1hr",
        offsetof(struct price_row, cache_write_1h)},
    {"cache_read", "cache_read_input_token_cost", offsetof(struct price_row, cache_read)},
};

const struct price_part *price_parts(size_t *n)
{
    *n = sizeof parts / sizeof parts[0];
    return parts;
}

nano price_part_of(const struct price_row *row, const struct price_part *part)
{
    nano v;
    memcpy(&v, (const char *)row + part->offset, sizeof v);
    return v;
}

nano prices_own_get(const cJSON *own, const char *model, const struct price_part *part)
{
    const cJSON *row = cJSON_GetObjectItemCaseSensitive(own, model);
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(row, part->member);
    double d = cJSON_IsNumber(v) ? v->valuedouble * NANO_PER_MILLION : -1;
    return d >= 0 && d <= (double)RATE_MAX ? (nano)(d + 0.5) : -1;
}

static int own_check(const cJSON *own, struct err *err)
{
    if (!cJSON_IsObject(own))
        return err_set(err, ERR_USAGE, "a price list has to be an object by model");
    for (const cJSON *row = own->child; row; row = row->next) {
        if (!cJSON_IsObject(row))
            return err_set(
                err, ERR_USAGE, "the own price of model '%.128s' is no object", row->string);
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
            if (cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(row, parts[i].member)) &&
                prices_own_get(own, row->string, &parts[i]) < 0)
                return err_set(err, ERR_USAGE, "'%s' of model '%s' is out of range",
                    parts[i].member, row->string);
    }
    return 0;
}

cJSON *prices_own_read(const char *path, struct err *err)
{
    struct buf text = BUF_INIT;
    cJSON *own = NULL;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return xcheck(cJSON_CreateObject());
    if (path_read(path, OWN_FILE_MAX, &text, err) == 0) {
        own = json_parse(text.data, text.len, err);
        if (own && own_check(own, err) < 0) {
            cJSON_Delete(own);
            own = NULL;
        }
        if (!own)
            err_prefix(err, "%s", path);
    }
    buf_release(&text);
    return own;
}

void prices_own_put(cJSON *own, const char *model, const struct price_part *part, nano v)
{
    cJSON *row = cJSON_GetObjectItemCaseSensitive(own, model);
    if (!row)
        cJSON_AddItemToObject(own, model, row = xcheck(cJSON_CreateObject()));
    cJSON_DeleteItemFromObjectCaseSensitive(row, part->member);
    /* Below 2^53, so that the nearest double of the quotient reads back as the same amount. */
    if (v >= 0)
        cJSON_AddItemToObject(
            row, part->member, xcheck(cJSON_CreateNumber((double)v / NANO_PER_MILLION)));
    if (!row->child)
        cJSON_DeleteItemFromObjectCaseSensitive(own, model);
}

/* Of a model that the list names twice the last row is meant. */
static cJSON *last_row(const cJSON *list, const char *model)
{
    cJSON *found = NULL;
    for (cJSON *row = list->child; row; row = row->next)
        if (strcmp(row->string, model) == 0)
            found = row;
    return found;
}

static void lay_row(cJSON *row, const cJSON *own)
{
    for (const cJSON *v = own->child; v; v = v->next) {
        cJSON_DeleteItemFromObjectCaseSensitive(row, v->string);
        cJSON_AddItemToObject(row, v->string, xcheck(cJSON_Duplicate(v, true)));
    }
}

int prices_own_lay(cJSON *list, const cJSON *own, struct err *err)
{
    if (own && own_check(own, err) < 0)
        return -1;
    for (const cJSON *v = own ? own->child : NULL; v; v = v->next) {
        cJSON *row = last_row(list, v->string);
        bool whole = cJSON_IsNumber(json_at(v, parts[0].member)) &&
                     cJSON_IsNumber(json_at(v, parts[1].member));
        if (cJSON_IsObject(row))
            lay_row(row, v);
        else if (whole) /* a newer list may have left the model out: half a price is none */
            cJSON_AddItemToObject(list, v->string, xcheck(cJSON_Duplicate(v, true)));
    }
    return 0;
}
