/* An act on several things. Each is tried, all at once as far as the store is concerned, and each
 * has its row in the answer; only when there is a single one is its fault the fault of the call. */
#include "control/act_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

struct act *act_begin(struct order *o)
{
    struct act *a = xcalloc(1, sizeof *a);
    a->o = o;
    a->items = xcheck(cJSON_CreateArray());
    a->under_way = 1; /* until act_end */
    o->audited = true;
    return a;
}

cJSON *act_row(struct act *a, const char *name, const char *id)
{
    cJSON *row = xcheck(cJSON_CreateObject());
    json_put_str(row, "name", name);
    json_put_str(row, "id", id);
    cJSON_AddItemToArray(a->items, row);
    return row;
}

bool act_has(const struct act *a, const char *id)
{
    for (const cJSON *row = a->items->child; row; row = row->next) {
        const char *other = json_str(row, "id");
        if (other && strcmp(other, id) == 0)
            return true;
    }
    return false;
}

void act_row_change(cJSON *row, cJSON *change)
{
    json_put(row, "change", change);
}

static void audit_row(struct act *a, const cJSON *row, bool ok)
{
    if (a->o->dry_run || !(a->o->m->flags & M_MUTATES))
        return;
    const char *wire = a->o->m->wire, *name = json_str(row, "name");
    char *subject = xasprintf("%.*s %s", (int)strcspn(wire, "."), wire, name ? name : "");
    order_audit(a->o, subject, json_at(row, "change"), ok);
    free(subject);
}

void act_row_done(struct act *a, cJSON *row)
{
    json_put_bool(row, "ok", true);
    audit_row(a, row, true);
}

void act_row_fail(struct act *a, cJSON *row, const struct err *err)
{
    cJSON *e = xcheck(cJSON_CreateObject());
    json_put_str(e, "code", err_row(err->code)->name);
    json_put_str(e, "message", err->text);
    if (err->hint[0])
        json_put_str(e, "hint", err->hint);
    json_put_bool(row, "ok", false);
    json_put(row, "error", e);
    a->last = *err;
    a->failed++;
    audit_row(a, row, false);
}

void act_wait(struct act *a)
{
    a->under_way++;
}

static void undo_names(const struct act *a, cJSON *result)
{
    if (!a->undo || a->o->dry_run)
        return;
    struct buf b = BUF_INIT;
    buf_adds(&b, a->undo);
    size_t n = 0;
    for (const cJSON *row = a->items->child; row; row = row->next) {
        if (!json_bool(row, "ok", false))
            continue;
        n++;
        if (a->undo_whole)
            continue;
        buf_addc(&b, ' ');
        text_shell_word(&b, json_str(row, "name"));
    }
    if (n)
        json_put_str(result, "undo", b.data);
    buf_release(&b);
}

void act_came(struct act *a)
{
    if (--a->under_way)
        return;
    int rows = cJSON_GetArraySize(a->items);
    if (rows == 1 && a->failed == 1) {
        cJSON_Delete(a->items);
        order_fail(a->o, &a->last);
    } else {
        cJSON *result = xcheck(cJSON_CreateObject());
        undo_names(a, result);
        json_put(result, "items", a->items);
        order_done(a->o, result);
    }
    free(a->undo);
    free(a);
}

struct act_step *act_step(struct act *a, cJSON *row)
{
    struct act_step *s = xcalloc(1, sizeof *s);
    *s = (struct act_step){.act = a, .row = row};
    act_wait(a);
    return s;
}

void act_step_end(struct act_step *s, const struct err *failure)
{
    if (failure)
        act_row_fail(s->act, s->row, failure);
    else
        act_row_done(s->act, s->row);
    act_came(s->act);
    free(s);
}

void act_end(struct act *a)
{
    act_came(a);
}
