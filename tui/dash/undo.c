/* What takes the last act back: its counterpart on the same things, or the settings as they were.
 */
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/dash.h"

static const struct {
    enum method_id done, back;
} pairs[] = {
    {M_KEY_REMOVE, M_KEY_RESTORE},
    {M_KEY_PAUSE, M_KEY_RESUME},
    {M_KEY_RESUME, M_KEY_PAUSE},
    {M_ACCOUNT_OFF, M_ACCOUNT_ON},
    {M_ACCOUNT_ON, M_ACCOUNT_OFF},
    {M_GROUP_JOIN, M_GROUP_LEAVE},
    {M_GROUP_LEAVE, M_GROUP_JOIN},
    {M_SYSTEM_DRAIN, M_SYSTEM_RESUME},
    {M_SYSTEM_RESUME, M_SYSTEM_DRAIN},
};

static void note(cJSON *list, enum method_id m, cJSON *params)
{
    cJSON *call = xcheck(cJSON_CreateObject());
    json_put_int(call, "method", m);
    json_put(call, "params", params);
    cJSON_AddItemToArray(list, call);
}

/* The things of params, without what else was said of them. */
static cJSON *same_things(const struct method *m, const cJSON *params)
{
    cJSON *p = xcheck(cJSON_CreateObject());
    for (size_t i = 0; i < m->n_params; i++) {
        const cJSON *v = json_at(params, m->params[i].name);
        if (v && m->params[i].flags & FIELD_POSITIONAL)
            json_put(p, m->params[i].name, xcheck(cJSON_Duplicate(v, true)));
    }
    return p;
}

/* An edit answers for each thing what changed, from what: that is given back. NULL when a part of
 * it is not to be had, such as a secret. */
static cJSON *as_it_was(const struct method *m, const cJSON *row)
{
    const cJSON *change = json_at(row, "change");
    const char *name = json_str(row, "name");
    bool many = field_find(m->params, m->n_params, "names") != NULL;
    if (!name || !cJSON_IsObject(change) || !change->child)
        return NULL;
    cJSON *p = xcheck(cJSON_CreateObject());
    if (many)
        cJSON_AddItemToArray(
            xcheck(cJSON_AddArrayToObject(p, "names")), xcheck(cJSON_CreateString(name)));
    else
        json_put_str(p, "name", name);
    for (const cJSON *c = change->child; c; c = c->next) {
        const char *to = strcmp(c->string, "name") == 0 ? "rename" : c->string;
        const struct field *f = field_find(m->params, m->n_params, to);
        const cJSON *from = json_at(c, "from");
        if (!f || f->kind == F_SECRET || !from) {
            cJSON_Delete(p);
            return NULL;
        }
        json_put(p, to, xcheck(cJSON_Duplicate(from, true)));
    }
    return p;
}

void undo_note(struct dash *d, const struct method *m, const cJSON *params, const cJSON *result)
{
    const cJSON *items = json_at(result, "items");
    cJSON *list = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (pairs[i].done == m->id)
            note(list, pairs[i].back, same_things(m, params));
    bool paired = list->child != NULL;
    for (const cJSON *row = items && !paired ? items->child : NULL; row; row = row->next) {
        cJSON *p = as_it_was(m, row);
        if (p)
            note(list, m->id, p);
    }
    /* U never takes back what was done before the last act. */
    cJSON_Delete(d->undo);
    d->undo = list;
    if (!list->child) {
        cJSON_Delete(list);
        d->undo = NULL;
    }
}

void undo_last(struct dash *d)
{
    cJSON *list = d->undo;
    d->undo = NULL;
    if (!list) {
        dash_say(d, LOOK_WARN, "%s",
            _("nothing was done here that can be taken back; :key list --state removed shows keys "
              "that can come back"));
        return;
    }
    for (const cJSON *call = list->child; call; call = call->next)
        act_call(d, (enum method_id)json_int(call, "method", 0),
            xcheck(cJSON_Duplicate(json_at(call, "params"), true)));
    cJSON_Delete(list);
}
