/* Settings from defaults, then the file, then the environment; every complaint names its place. */
#include "base/settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/conf.h"
#include "common/path.h"

char *setting_variable(const struct setting_row *r)
{
    struct buf b = BUF_INIT;

    buf_adds(&b, "CRS_");
    if (strcmp(r->field.group, "relay") != 0)
        buf_addf(&b, "%s_", r->field.group);
    buf_adds(&b, r->field.name);
    for (size_t i = 0; i < b.len; i++)
        b.data[i] = (char)toupper((unsigned char)b.data[i]);
    return buf_steal(&b, NULL);
}

static int setting_assign(
    struct settings *s, const struct setting_row *r, const char *text, struct err *err)
{
    cJSON *value, *patch;
    int rc;

    value = field_value(&r->field, text, NULL, 0, err);
    if (!value)
        return -1;
    patch = xcheck(cJSON_CreateObject());
    cJSON_AddItemToObject(patch, r->field.name, value);
    rc = field_check(&r->field, value, err);
    if (rc == 0)
        rc = record_patch(&s->v, &r->field, 1, patch, err);
    cJSON_Delete(patch);
    return rc;
}

static const struct setting_row *row_of(const char *section, const char *name)
{
    size_t n;
    const struct setting_row *rows = setting_rows(&n);

    for (size_t i = 0; i < n; i++)
        if (!strcmp(rows[i].field.name, name) && !strcmp(rows[i].field.group, section))
            return &rows[i];
    return NULL;
}

static int unknown_setting(
    const struct conf *c, const struct conf_entry *e, const char *section, struct err *err)
{
    const char *names[SETTINGS];
    size_t n;
    const struct setting_row *rows = setting_rows(&n);

    err_set(
        err, ERR_USAGE, "%s:%d: no such setting '%s' in [%s]", c->path, e->line, e->name, section);
    for (size_t i = 0; i < n; i++) {
        names[i] = rows[i].field.name;
        if (!strcmp(rows[i].field.name, e->name))
            return err_hint(err, "it belongs under [%s]", rows[i].field.group);
    }
    const char *near = text_nearest(e->name, names, n);
    for (size_t i = 0; near && i < n; i++)
        if (!strcmp(rows[i].field.name, near))
            return err_hint(err, "did you mean '%s' in [%s]?", near, rows[i].field.group);
    return -1;
}

static int settings_from_file(struct settings *s, const struct conf *c, struct err *err)
{
    size_t n;
    const struct setting_row *rows = setting_rows(&n);

    for (size_t i = 0; i < c->n; i++) {
        const struct conf_entry *e = &c->v[i];
        const char *section = *e->section ? e->section : "relay";
        const struct setting_row *r = row_of(section, e->name);

        if (!r)
            return unknown_setting(c, e, section, err);
        if (s->origins[r - rows].from == ORIGIN_FILE)
            return err_set(err, ERR_USAGE, "%s:%d: '%s' was given in line %d already", c->path,
                e->line, e->name, s->origins[r - rows].line);
        if (setting_assign(s, r, e->value, err) < 0)
            return err_prefix(err, "%s:%d: '%s'", c->path, e->line, e->name);
        s->origins[r - rows].from = ORIGIN_FILE;
        s->origins[r - rows].line = e->line;
    }
    return 0;
}

static int settings_from_environment(struct settings *s, struct err *err)
{
    size_t n;
    const struct setting_row *rows = setting_rows(&n);

    for (size_t i = 0; i < n; i++) {
        char *variable = setting_variable(&rows[i]);
        const char *text = getenv(variable);
        int rc = text ? setting_assign(s, &rows[i], text, err) : 0;

        if (rc < 0)
            err_prefix(err, "environment %s", variable);
        free(variable);
        if (rc < 0)
            return -1;
        if (text) {
            s->origins[i].from = ORIGIN_ENVIRONMENT;
            s->origins[i].line = 0;
        }
    }
    return 0;
}

static int together(
    const char *a, const char *a_name, const char *b, const char *b_name, struct err *err)
{
    bool has_a = a && *a, has_b = b && *b;

    if (has_a == has_b)
        return 0;
    return err_set(err, ERR_USAGE, "'%s' is given without '%s'", has_a ? a_name : b_name,
        has_a ? b_name : a_name);
}

static int settings_check(const struct settings *s, struct err *err)
{
    const struct settings_values *v = &s->v;

    if (!v->listen.n)
        return err_set(err, ERR_USAGE, "'listen' names no address");
    if (together(v->tls_cert, "tls_cert", v->tls_key, "tls_key", err) < 0)
        return -1;
    if (together(v->admin_tls_cert, "admin_tls_cert", v->admin_tls_key, "admin_tls_key", err) < 0)
        return -1;
    if (v->max_body > v->body_budget)
        return err_set(err, ERR_USAGE, "'max_body' is above 'body_budget'");
    return 0;
}

static struct settings *defaults(const char *path)
{
    struct settings *s = xcalloc(1, sizeof *s);
    size_t n;
    const struct setting_row *rows = setting_rows(&n);

    atomic_init(&s->refs, 1);
    for (size_t i = 0; i < n; i++)
        record_init(&s->v, &rows[i].field, 1);
    s->path = path ? xstrdup(path) : path_config();
    return s;
}

static int finish(struct settings *s, const struct conf *c, struct err *err)
{
    if (settings_from_file(s, c, err) < 0 || settings_from_environment(s, err) < 0)
        return -1;
    return settings_check(s, err);
}

struct settings *settings_parse(const char *path, const char *text, size_t n, struct err *err)
{
    struct settings *s = defaults(path);
    struct conf c = {0};

    if (conf_parse(&c, s->path, text, n, err) < 0 || finish(s, &c, err) < 0) {
        settings_unref(s);
        s = NULL;
    }
    conf_release(&c);
    return s;
}

struct settings *settings_load(const char *path, struct err *err)
{
    struct settings *s = defaults(path);
    struct conf c = {0};
    struct err why;
    int r;

    err_clear(&why);
    r = conf_read(&c, s->path, &why);
    if (r < 0 && !path && why.code == ERR_NOT_FOUND) {
        free(s->path);
        s->path = NULL;
        r = 0;
    }
    if (r < 0 || finish(s, &c, &why) < 0) {
        if (err)
            *err = why;
        settings_unref(s);
        s = NULL;
    }
    conf_release(&c);
    return s;
}

/* What stands before the first section is of [relay]. */
static const char *section_in(const struct conf *c, const struct setting_row *r)
{
    bool own = false, before = false;

    if (strcmp(r->field.group, "relay") != 0 || conf_get(c, "relay", r->field.name))
        return r->field.group;
    for (size_t i = 0; i < c->n; i++) {
        own = own || strcmp(c->v[i].section, "relay") == 0;
        before = before || !*c->v[i].section;
    }
    return conf_get(c, "", r->field.name) || (before && !own) ? "" : "relay";
}

int settings_edit(const char *path, const char *text, size_t n, const struct setting_row *r,
    const char *value, struct buf *out, struct err *err)
{
    struct conf c = {0};

    if (conf_parse(&c, path, text, n, err) < 0)
        return -1;
    int rc = conf_edit(path, text, n, section_in(&c, r), r->field.name, value, out, err);
    conf_release(&c);
    return rc;
}
