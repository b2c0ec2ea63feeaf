/* usage: which sums are shown, and below a cut list what the others come to. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/width.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/watch.h"

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

/* With another order the dearest are not the first, and programs sum by themselves. */
static bool has_sums(const struct crs *c)
{
    return crs_human(c) && !crs_text(c, "sort");
}

/* For people: those beyond the limit in one row, and the total. */
static void add_sums(struct crs *c, cJSON *items)
{
    const struct method *m = c->cmd->m;
    int n = cJSON_GetArraySize(items);
    int64_t limit = json_int(c->own, "limit", n);
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
}

/* A bar for each row, as long as its part of the dearest one. */
static void put_chart(struct crs *c, const cJSON *items, struct buf *out)
{
    int names = 4, room;
    int64_t most = 1;
    for (const cJSON *row = items ? items->child : NULL; row; row = row->next) {
        int w = width_text(json_str(row, "name") ? json_str(row, "name") : "");
        int64_t cost = json_money(row, "cost", 0);
        names = w > names ? w : names;
        if (row->next || cJSON_GetArraySize(items) == 1) /* not the total */
            most = cost > most ? cost : most;
    }
    names = names > 30 ? 30 : names;
    room = c->term.width - names - 16;
    room = room < 10 ? 10 : room > 60 ? 60 : room;
    for (const cJSON *row = items ? items->child : NULL; row; row = row->next) {
        char text[UNITS_MAX];
        int64_t cost = json_money(row, "cost", 0);
        bool total = !row->next && row->prev != row;
        width_fit(out, json_str(row, "name") ? json_str(row, "name") : "-", names, 0);
        buf_addf(out, "  %10s  ", units_money(text, cost));
        for (int64_t i = 0; !total && i < (int64_t)((double)cost / (double)most * room + 0.5); i++)
            buf_addc(out, '#');
        buf_addc(out, '\n');
    }
}

static int frame(struct crs *c, struct buf *out, struct err *err)
{
    cJSON *result = crs_call(c, c->cmd->m, c->params, err);
    if (!result)
        return -1;
    cJSON *items = cJSON_GetObjectItemCaseSensitive(result, "items");
    if (cJSON_IsArray(items) && has_sums(c))
        add_sums(c, items);
    int r = 0;
    if (own_flag(c, "chart"))
        put_chart(c, items, out);
    else
        r = crs_render(c, result, out, err);
    cJSON_Delete(result);
    return r;
}

int run_usage(struct crs *c, struct err *err)
{
    const char *show = own_text(c, "show");
    if (show && !c->fields.n)
        strlist_split(&c->fields, columns_of(show), ",");
    if (!has_sums(c) && json_at(c->own, "limit"))
        json_put_int(c->global, "limit", json_int(c->own, "limit", 0));
    return frames_show(c, frame, err);
}
