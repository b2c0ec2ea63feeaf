/* usage: which sums are shown, and below a cut list what the others come to. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/view.h"

static const char *columns_of(const char *show)
{
    if (strcmp(show, "cost") == 0)
        return "name,cost,share";
    if (strcmp(show, "tokens") == 0)
        return "name,input,output,cache_read,cache_write,tokens,hit";
    if (strcmp(show, "requests") == 0)
        return "name,requests,errors";
    return "name,cost,share,requests,input,output,cache_read,hit";
}

/* One row for all of the others: sums of what can be summed, nothing for shares of a whole. */
static cJSON *sum_rows(const struct method *m, const cJSON *from, const char *name)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "name", name);
    for (size_t i = 0; i < m->n_result; i++) {
        const struct field *f = &m->result[i];
        int64_t money = 0, count = 0;
        for (const cJSON *row = from; row; row = row->next) {
            money += f->kind == F_MONEY ? json_money(row, f->name, 0) : 0;
            count += f->kind == F_COUNT ? json_int(row, f->name, 0) : 0;
        }
        if (f->kind == F_MONEY)
            json_put_money(o, f->name, money);
        else if (f->kind == F_COUNT)
            json_put_int(o, f->name, count);
    }
    return o;
}

/* For people: those beyond the limit in one row, and the total. */
static void add_sums(struct crs *c, cJSON *items)
{
    const struct method *m = c->cmd->m;
    int n = cJSON_GetArraySize(items);
    int64_t limit = json_int(c->global, "limit", n);
    if (n < 2)
        return;
    cJSON *total = sum_rows(m, items->child, _("total"));
    if (limit < n) {
        char *name = xasprintf(_("%d others"), n - (int)limit);
        cJSON *others = sum_rows(m, cJSON_GetArrayItem(items, (int)limit), name);
        while (cJSON_GetArraySize(items) > limit)
            cJSON_DeleteItemFromArray(items, (int)limit);
        cJSON_AddItemToArray(items, others);
        free(name);
    }
    cJSON_AddItemToArray(items, total);
    cJSON_DeleteItemFromObjectCaseSensitive(c->global, "limit");
}

int run_usage(struct crs *c, struct err *err)
{
    const char *show = own_text(c, "show");
    if (show && !c->fields.n)
        strlist_split(&c->fields, columns_of(show), ",");
    cJSON *result = crs_result(c, err);
    if (!result)
        return -1;
    cJSON *items = cJSON_GetObjectItemCaseSensitive(result, "items");
    if (crs_human(c) && cJSON_IsArray(items) && !crs_text(c, "sort"))
        add_sums(c, items);
    int status = crs_show(c, result, err);
    cJSON_Delete(result);
    return status;
}
