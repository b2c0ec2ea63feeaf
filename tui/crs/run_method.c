/* A command that is one method: call it, show what its row says. */
#include <stdlib.h>
#include <string.h>
#include "tui/crs/watch.h"

/* A list, whether always (M_LIST) or because several were asked for (key create --count). */
static const cJSON *rows_of(const struct method *m, const cJSON *result)
{
    const cJSON *items = json_at(result, "items");
    return cJSON_IsArray(items) && (m->flags & M_LIST || m->flags & M_SECRET) ? items : NULL;
}

static bool is_act(const struct method *m)
{
    return m->flags & M_MUTATES && m->flags & M_LIST;
}

int crs_render(struct crs *c, const cJSON *result, struct buf *out, struct err *err)
{
    const struct method *m = c->cmd->m;
    const cJSON *rows = rows_of(m, result);
    if (rows)
        return view_rows(c, m->result, m->n_result, rows, out, err);
    unsigned flags = m->flags & M_MUTATES && crs_human(c) ? FIELD_COLUMN : 0;
    return view_object(c, m->result, m->n_result, result, flags, out, err);
}

int crs_show(struct crs *c, const cJSON *result, struct err *err)
{
    const struct method *m = c->cmd->m;
    struct buf out = BUF_INIT;
    int r = 0;
    if (is_act(m) && crs_human(c) && !c->fields.n) {
        act_tell(c, result);
    } else if (is_act(m) && c->output == OUT_JSON && !c->fields.n) {
        view_json(c, result, &out);
    } else if (!(m->flags & M_MUTATES && crs_flag(c, "quiet") && crs_human(c))) {
        r = crs_render(c, result, &out, err);
    }
    if (r == 0)
        r = terminal_put(c, &out, err);
    buf_wipe(&out); /* it may hold a secret that is shown once */
    if (r == 0 && !is_act(m) && m->flags & M_MUTATES && crs_human(c))
        undo_tell(c, json_str(result, "undo"));
    if (r == 0 && !is_act(m) && crs_flag(c, "dry_run") && crs_human(c))
        note(c, _("nothing was changed (dry run)"));
    return r < 0 ? -1 : act_status(result);
}

static int frame(struct crs *c, struct buf *out, struct err *err)
{
    cJSON *result = crs_call(c, c->cmd->m, c->params, err);
    int r = result ? crs_render(c, result, out, err) : -1;
    cJSON_Delete(result);
    return r;
}

int run_method(struct crs *c, struct err *err)
{
    if (crs_flag(c, "watch")) {
        if (!(c->cmd->m->flags & M_MUTATES))
            return frames_show(c, frame, err);
        err_set(err, ERR_USAGE, _("'%s' changes something: it cannot be watched"), c->cmd->words);
        return -1;
    }
    cJSON *result = crs_result(c, err);
    if (!result)
        return -1;
    int status = crs_show(c, result, err);
    cJSON_Delete(result);
    return status;
}
