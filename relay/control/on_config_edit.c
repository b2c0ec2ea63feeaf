/* config.set, config.unset: one setting in the file, checked as a whole before it is written, and
 * taken in at once as far as that can be. */
#include "control/view_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"
#include "common/alloc.h"
#include "common/path.h"

#define FILE_MAX ((size_t)1 << 20)

struct edit {
    const struct setting_row *row;
    const char *value; /* NULL: the line goes */
    const struct settings *is;
    struct settings *read; /* what the file would give */
    char *path;            /* of the file itself, not of a link to it */
    struct buf was, text;
    mode_t mode;
    uid_t uid;
    gid_t gid;
};

static void edit_release(struct edit *e)
{
    settings_unref(e->read);
    settings_unref(e->is);
    free(e->path);
    buf_wipe(&e->was);
    buf_wipe(&e->text);
}

/* A line break would begin a setting that nobody asked for. */
static int check_value(const struct edit *e, struct err *err)
{
    for (const char *p = e->value; p && *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            return err_set(err, ERR_USAGE, "the value has a control character");
    cJSON *v = e->value ? field_value(&e->row->field, e->value, NULL, 0, err) : NULL;
    int r = e->value && (!v || field_check(&e->row->field, v, err) < 0) ? -1 : 0;
    cJSON_Delete(v);
    return r < 0 ? err_prefix(err, "'%s'", e->row->field.name) : 0;
}

static int check_origin(const struct edit *e, struct err *err)
{
    if (settings_origin(e->is, e->row->field.name, NULL) != ORIGIN_ENVIRONMENT)
        return 0;
    char *variable = setting_variable(e->row);
    err_set(err, ERR_CONFLICT, "'%s' comes from the environment variable %s", e->row->field.name,
        variable);
    free(variable);
    return err_hint(err, "the file would have no effect: change it where the relay is started");
}

static int read_file(struct edit *e, struct err *err)
{
    struct stat st;
    char *named = e->is->path ? xstrdup(e->is->path) : path_config();
    char *real = realpath(named, NULL);
    e->path = real ? real : xstrdup(named);
    free(named);
    e->mode = 0640;
    e->uid = geteuid();
    e->gid = getegid();
    if (stat(e->path, &st) != 0)
        return errno == ENOENT
                   ? 0
                   : err_set(err, ERR_FAILED, "cannot read '%s': %s", e->path, strerror(errno));
    e->mode = st.st_mode & 07777;
    e->uid = st.st_uid;
    e->gid = st.st_gid;
    return path_read(e->path, FILE_MAX, &e->was, err);
}

static int edit_prepare(struct edit *e, struct err *err)
{
    if (check_value(e, err) < 0 || check_origin(e, err) < 0 || read_file(e, err) < 0 ||
        settings_edit(e->path, e->was.data, e->was.len, e->row, e->value, &e->text, err) < 0)
        return -1;
    e->read = settings_parse(e->path, e->text.data, e->text.len, err);
    return e->read ? 0 : -1;
}

static int write_file(const struct edit *e, const struct buf *text, struct err *err)
{
    if (path_write(e->path, text->data, text->len, (int)e->mode, err) < 0)
        return err_hint(err, "let the user of the relay write there, or edit the file by hand and "
                             "call crs relay reload");
    /* The new file is ours; its owner may need to read it. */
    if ((e->uid != geteuid() || e->gid != getegid()) && chown(e->path, e->uid, e->gid) != 0)
        log_line(LOG_WARN, AREA_CONTROL, NULL, "the owner of '%s' changed: %s", e->path,
            strerror(errno));
    return 0;
}

static int edit_apply(struct order *o, struct edit *e, struct err *err)
{
    struct strlist need = {0};
    if (write_file(e, &e->text, err) < 0)
        return -1;
    int r = o->c->p.reload(o->c->p.daemon, &need, err);
    strlist_release(&need);
    /* A data file that is bad meanwhile: nothing was taken in, so nothing shall be written. */
    if (r < 0)
        write_file(e, &e->was, NULL);
    return r;
}

static void put_undo(cJSON *r, const struct edit *e, const char *name)
{
    struct buf undo = BUF_INIT, was = BUF_INIT;
    bool written = settings_origin(e->is, e->row->field.name, NULL) == ORIGIN_FILE;
    setting_shown(e->is, e->row, &was);
    buf_addf(&undo, "crs config %s %s", written ? "set" : "unset", name);
    if (written) {
        buf_addc(&undo, ' ');
        text_shell_word(&undo, was.data);
    }
    if (!written || !setting_hidden(e->row, was.data))
        json_put_str(r, "undo", undo.data);
    buf_release(&undo);
    buf_release(&was);
}

static cJSON *change_of(const struct edit *e, const char *name)
{
    cJSON *change = xcheck(cJSON_CreateObject()), *sides = xcheck(cJSON_CreateObject());
    struct buf from = BUF_INIT, to = BUF_INIT;
    setting_shown(e->is, e->row, &from);
    setting_shown(e->read, e->row, &to);
    json_put_str(sides, "from", from.data);
    json_put_str(sides, "to", to.data);
    json_put(change, name, sides);
    buf_release(&from);
    buf_release(&to);
    return change;
}

static cJSON *answer(const struct order *o, const struct edit *e, const char *name)
{
    struct strlist need = {0};
    struct buf value = BUF_INIT;
    cJSON *r = xcheck(cJSON_CreateObject());
    settings_need_restart(e->is, e->read, &need);
    setting_shown(e->read, e->row, &value);
    json_put_str(r, "name", name);
    json_put_str(r, "value", value.data);
    json_put_str(r, "path", e->path);
    json_put_bool(r, "need_restart", strlist_has(&need, e->row->field.name));
    if (!o->dry_run)
        put_undo(r, e, name);
    buf_release(&value);
    strlist_release(&need);
    return r;
}

static void edit_setting(struct order *o, const char *value)
{
    struct err err;
    struct edit e = {.value = value, .was = BUF_INIT, .text = BUF_INIT};
    const char *asked = order_text(o, "name");
    e.row = find_setting(asked ? asked : "", &err);
    if (!e.row) {
        order_fail(o, &err);
        return;
    }
    char *name = xasprintf("%s.%s", e.row->field.group, e.row->field.name);
    order_subject(o, "setting %s", name);
    e.is = settings_get(o->c->p.settings);
    if (edit_prepare(&e, &err) < 0 || (!o->dry_run && edit_apply(o, &e, &err) < 0)) {
        order_fail(o, &err);
    } else {
        order_change(o, change_of(&e, name));
        order_done(o, answer(o, &e, name));
    }
    free(name);
    edit_release(&e);
}

void on_CONFIG_SET(struct order *o)
{
    struct err err;
    if (json_at(o->params, "value")) {
        edit_setting(o, order_text(o, "value"));
        return;
    }
    err_set(&err, ERR_USAGE, "config.set needs 'value'");
    err_hint(&err, "crs config unset NAME gives it back its default");
    order_fail(o, &err);
}

void on_CONFIG_UNSET(struct order *o)
{
    edit_setting(o, NULL);
}
