/* config.*: what the relay is set to, and where each value comes from. */
#include "control/view_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"

bool setting_hidden(const struct setting_row *row, const char *text)
{
    return (*text && strcmp(row->field.name, "admin_token_hash") == 0) ||
           (strstr(text, "://") && strrchr(text, '@'));
}

static void print_value(const struct setting_row *row, const cJSON *v, struct buf *out)
{
    const char *text = cJSON_IsString(v) ? v->valuestring : "";
    const char *at = strstr(text, "://") ? strrchr(text, '@') : NULL;
    if (setting_hidden(row, text) && !at)
        buf_adds(out, "(set)");
    else if (at)
        buf_addf(out, "%.*s...%s", (int)(strstr(text, "://") + 3 - text), text, at);
    else
        field_print(&row->field, v, out);
}

void setting_shown(const struct settings *s, const struct setting_row *row, struct buf *out)
{
    cJSON *value = xcheck(cJSON_CreateObject());
    record_json(&s->v, &row->field, 1, value, true);
    print_value(row, json_at(value, row->field.name), out);
    cJSON_Delete(value);
}

static cJSON *setting_json(const struct settings *s, const struct setting_row *row)
{
    static const char *const origins[] = {"default", "file", "environment"};
    cJSON *o = xcheck(cJSON_CreateObject());
    struct buf text = BUF_INIT;
    int line = 0;
    enum setting_origin origin = settings_origin(s, row->field.name, &line);
    setting_shown(s, row, &text);
    char *name = xasprintf("%s.%s", row->field.group, row->field.name);
    json_put_str(o, "name", name);
    json_put_str(o, "value", text.data);
    json_put_str(o, "default", row->field.dflt ? row->field.dflt : "");
    json_put_str(o, "origin", origins[origin]);
    if (origin == ORIGIN_FILE)
        json_put_int(o, "line", line);
    json_put_bool(o, "live", row->live);
    json_put_str(o, "help", _(row->field.help));
    free(name);
    buf_release(&text);
    return o;
}

void on_CONFIG_LIST(struct order *o)
{
    const struct settings *s = settings_get(o->c->p.settings);
    const char *section = order_text(o, "section");
    bool changed = order_flag(o, "changed");
    size_t n;
    const struct setting_row *rows = setting_rows(&n);
    cJSON *items = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < n; i++) {
        if (section && strcmp(section, rows[i].field.group) != 0)
            continue;
        if (!changed || settings_origin(s, rows[i].field.name, NULL) != ORIGIN_DEFAULT)
            cJSON_AddItemToArray(items, setting_json(s, &rows[i]));
    }
    settings_unref(s);
    order_done(o, list_result(items));
}

const struct setting_row *find_setting(const char *name, struct err *err)
{
    size_t n;
    const struct setting_row *rows = setting_rows(&n);
    const char *dot = strchr(name, '.'), *last = dot ? dot + 1 : name;
    const char **names = xcalloc(n, sizeof *names);
    const struct setting_row *found = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct field *f = &rows[i].field;
        names[i] = f->name;
        if (strcmp(f->name, last) == 0 &&
            (!dot || (strlen(f->group) == (size_t)(dot - name) &&
                         memcmp(f->group, name, (size_t)(dot - name)) == 0)))
            found = &rows[i];
    }
    if (!found) {
        const char *near = text_nearest(last, names, n);
        err_set(err, ERR_NOT_FOUND, "no such setting '%.60s'", name);
        if (near)
            err_hint(err, "did you mean '%s'?", near);
    }
    free(names);
    return found;
}

void on_CONFIG_GET(struct order *o)
{
    struct err err;
    const char *name = order_text(o, "name");
    const struct setting_row *row = find_setting(name ? name : "", &err);
    if (!row) {
        order_fail(o, &err);
        return;
    }
    const struct settings *s = settings_get(o->c->p.settings);
    cJSON *r = setting_json(s, row);
    settings_unref(s);
    order_done(o, r);
}

void on_CONFIG_CHECK(struct order *o)
{
    struct err err;
    struct strlist need = {0};
    const struct settings *is = settings_get(o->c->p.settings);
    struct settings *read = settings_load(is->path, &err);
    cJSON *r = xcheck(cJSON_CreateObject());
    json_put_bool(r, "ok", read != NULL);
    json_put_str(r, "path", is->path);
    if (read)
        settings_need_restart(is, read, &need);
    else
        json_put_str(r, "message", err.text);
    json_put_strlist(r, "need_restart", &need);
    strlist_release(&need);
    settings_unref(read);
    settings_unref(is);
    order_done(o, r);
}
