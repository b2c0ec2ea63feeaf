/* What an act did: a line for each thing on standard error, and how to take it back. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/width.h"
#include "tui/crs/view.h"

static void row_error(const cJSON *row, struct err *err)
{
    const char *code = json_str(row, "error.code"), *text = json_str(row, "error.message"),
               *hint = json_str(row, "error.hint");
    const struct err_row *r = code ? err_row_by_name(code) : NULL;
    err_set(err, r ? r->code : ERR_FAILED, "%s", text ? text : _("it failed"));
    if (hint)
        err_hint(err, "%s", hint);
}

int act_status(const cJSON *result)
{
    int status = json_bool(result, "ok", true) ? 0 : err_row(ERR_CHECK)->exit_status;
    const cJSON *items = json_at(result, "items");
    for (const cJSON *row = items ? items->child : NULL; row; row = row->next) {
        struct err err;
        if (json_bool(row, "ok", true))
            continue;
        row_error(row, &err);
        int s = err_row(err.code)->exit_status;
        /* A row without a reason is a check that did not pass: account test. */
        if (!json_at(row, "error") || cJSON_IsNull(json_at(row, "error")))
            s = err_row(ERR_CHECK)->exit_status;
        status = s > status ? s : status;
    }
    return status;
}

void undo_tell(struct crs *c, const char *undo)
{
    if (undo)
        note(c, _("undo: %s"), undo);
}

static const struct field *setting_row(const struct crs *c, const char *name)
{
    const struct method *m = c->cmd->m;
    const struct field *f = m ? field_find(m->params, m->n_params, name) : NULL;
    return f || !m ? f : field_find(m->result, m->n_result, name);
}

static void add_value(struct crs *c, const struct field *f, const cJSON *v, struct buf *out)
{
    static const struct field other = {.name = "", .kind = F_OBJECT};
    size_t before = out->len;
    cell_text(c, f ? f : &other, v, STYLE_SHORT, out);
    if (out->len == before)
        buf_adds(out, _("none"));
}

/* "at once 4 -> 6, daily cost none -> $20.00" */
static void add_change(struct crs *c, const cJSON *change, const char *between, struct buf *out)
{
    for (const cJSON *s = change ? change->child : NULL; s; s = s->next) {
        const struct field *f = setting_row(c, s->string);
        for (const char *p = s->string; *p; p++)
            buf_addc(out, *p == '_' ? ' ' : *p);
        buf_addc(out, ' ');
        if (cJSON_IsObject(s)) {
            add_value(c, f, json_at(s, "from"), out);
            buf_adds(out, " -> ");
            add_value(c, f, json_at(s, "to"), out);
        } else {
            add_value(c, NULL, s, out);
        }
        if (s->next)
            buf_adds(out, between);
    }
}

static char *noun_of(const struct crs *c)
{
    return xstrndup(c->cmd->words, strcspn(c->cmd->words, " "));
}

/* An edit is undone by another one with the values that were: the row of the change has them. */
static void undo_edit(struct crs *c, const cJSON *row)
{
    struct buf undo = BUF_INIT;
    const char *name = json_str(row, "name");
    const cJSON *change = json_at(row, "change");
    if (!name || !change || !change->child)
        return;
    const char *renamed = json_str(change, "name.from");
    buf_addf(&undo, "crs %s ", c->cmd->words);
    text_shell_word(
        &undo, renamed && json_str(change, "name.to") ? json_str(change, "name.to") : name);
    for (const cJSON *s = change->child; s; s = s->next) {
        const struct field *f =
            setting_row(c, strcmp(s->string, "name") == 0 ? "rename" : s->string);
        if (!f || f->kind == F_SECRET || !cJSON_IsObject(s)) {
            buf_reset(&undo); /* a part of it cannot be taken back this way */
            break;
        }
        buf_adds(&undo, " --");
        for (const char *p = f->name; *p; p++)
            buf_addc(&undo, *p == '_' ? '-' : *p);
        buf_addc(&undo, f->kind == F_BOOL ? '=' : ' ');
        field_word(f, json_at(s, "from"), &undo);
    }
    undo_tell(c, undo.len ? undo.data : NULL);
    buf_release(&undo);
}

static void tell_row(struct crs *c, const char *noun, const cJSON *row, bool dry)
{
    const char *name = json_str(row, "name"), *state = json_str(row, "state"),
               *effect = json_str(row, "effect");
    struct buf line = BUF_INIT;
    name = name ? name : json_str(row, "id");
    buf_addf(&line, "%s %s", noun, name ? name : "");
    const cJSON *change = json_at(row, "change");
    if (change && change->child) {
        buf_adds(&line, dry ? "\n  " : ": ");
        add_change(c, change, dry ? "\n  " : ", ", &line);
    } else if (state) {
        buf_addf(&line, ": %s", state);
    }
    if (effect && dry)
        buf_addf(&line, _("\n  effect: %s"), effect);
    note(c, "%s", line.data);
    buf_release(&line);
}

void act_tell(struct crs *c, const cJSON *result)
{
    bool dry = crs_flag(c, "dry_run"), edit = text_ends(c->cmd->words, " edit");
    const cJSON *items = json_at(result, "items");
    char *noun = noun_of(c);
    for (const cJSON *row = items ? items->child : NULL; row; row = row->next) {
        struct err err;
        if (json_bool(row, "ok", true)) {
            tell_row(c, noun, row, dry);
            if (edit && !dry && !json_str(result, "undo"))
                undo_edit(c, row);
            continue;
        }
        row_error(row, &err);
        error_tell(c, &err);
    }
    free(noun);
    undo_tell(c, json_str(result, "undo"));
    if (dry)
        note(c, _("nothing was changed (dry run)"));
}
