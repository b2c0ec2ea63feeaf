/* host: names for relays, in the person's own configuration file. Its other lines stay as they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/conf.h"
#include "common/path.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/view.h"

#define CONFIG_MAX ((size_t)1 << 20)

/* The file as lines. */
struct file {
    char *path;
    struct strlist lines;
};

static int file_read(struct file *f, struct err *err)
{
    struct buf text = BUF_INIT;
    *f = (struct file){.path = path_user_config()};
    if (access(f->path, F_OK) != 0 && errno == ENOENT)
        return 0;
    int r = path_read(f->path, CONFIG_MAX, &text, err);
    for (const char *p = text.data; r == 0 && *p;) {
        size_t n = strcspn(p, "\n");
        strlist_addn(&f->lines, p, n);
        p += n + (p[n] == '\n');
    }
    buf_release(&text);
    return r;
}

static int file_write(struct file *f, struct err *err)
{
    struct buf text = BUF_INIT;
    char *dir = xstrdup(f->path), *slash = strrchr(dir, '/');
    int r = 0;
    for (size_t i = 0; i < f->lines.n; i++)
        buf_addf(&text, "%s\n", f->lines.v[i]);
    if (slash && slash != dir) {
        *slash = 0;
        r = path_mkdirs(dir, 0700, err);
    }
    if (r == 0)
        r = path_write(f->path, text.data, text.len, 0600, err);
    free(dir);
    buf_release(&text);
    return r;
}

static void file_release(struct file *f)
{
    free(f->path);
    strlist_release(&f->lines);
}

/* Where `name = ...` of the section stands, or its section ends; the latter with *found false. */
static size_t find_line(const struct file *f, const char *section, const char *name, bool *found)
{
    char *now = xstrdup("");
    size_t end = f->lines.n, i;
    bool seen = *section == 0;
    if (seen)
        end = 0;
    *found = false;
    for (i = 0; i < f->lines.n && !*found; i++) {
        struct span line = span_trim(span_of(f->lines.v[i]));
        bool here = strcmp(now, section) == 0;
        if (line.n && *line.p == '[') {
            free(now);
            const char *close = memchr(line.p, ']', line.n);
            now = xstrndup(line.p + 1, close ? (size_t)(close - line.p) - 1 : line.n - 1);
            seen = seen || strcmp(now, section) == 0;
            end = strcmp(now, section) == 0 ? i + 1 : end;
            continue;
        }
        const char *equals = memchr(line.p, '=', line.n);
        size_t len = strlen(name);
        *found = here && equals && line.n > len && strncmp(line.p, name, len) == 0 &&
                 line.p[len + strspn(line.p + len, " \t")] == '=';
        end = here && line.n ? i + 1 : end;
    }
    free(now);
    return *found ? i - 1 : end;
}

static void insert(struct file *f, size_t at, const char *line)
{
    strlist_add(&f->lines, line);
    char *last = f->lines.v[f->lines.n - 1];
    memmove(&f->lines.v[at + 1], &f->lines.v[at], (f->lines.n - 1 - at) * sizeof *f->lines.v);
    f->lines.v[at] = last;
}

static void put_setting(struct file *f, const char *section, const char *name, const char *value)
{
    bool found, has_section = *section == 0;
    char *head = xasprintf("[%s]", section), *line = xasprintf("%s = %s", name, value);
    for (size_t i = 0; i < f->lines.n; i++)
        has_section = has_section || span_eq(span_trim(span_of(f->lines.v[i])), head);
    size_t at = find_line(f, section, name, &found);
    if (found) {
        free(f->lines.v[at]);
        f->lines.v[at] = xstrdup(line);
    } else {
        if (!has_section)
            insert(f, at = f->lines.n, head);
        insert(f, has_section ? at : at + 1, line);
    }
    free(head);
    free(line);
}

static bool drop_setting(struct file *f, const char *section, const char *name)
{
    bool found;
    size_t at = find_line(f, section, name, &found);
    if (!found)
        return false;
    free(f->lines.v[at]);
    memmove(&f->lines.v[at], &f->lines.v[at + 1], (f->lines.n - at - 1) * sizeof *f->lines.v);
    f->lines.n--;
    return true;
}

static int alias_check(const char *name, struct err *err)
{
    static const char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (*name && *name != '-' && !name[strspn(name, signs)])
        return 0;
    err_set(err, ERR_USAGE, _("'%.60s' cannot be an alias"), name);
    return err_hint(err, _("letters, digits, hyphens and dots"));
}

static int no_alias(const char *name, struct err *err)
{
    err_set(err, ERR_NOT_FOUND, _("no host '%.60s'"), name);
    return err_hint(err, "crs host list");
}

/* An alias that is gone must not go on being the one that is used. */
static void drop_used(struct file *f, const char *name)
{
    bool found;
    size_t at = find_line(f, "", "host", &found);
    struct span line = found ? span_of(f->lines.v[at]) : span_of("");
    const char *equals = memchr(line.p, '=', line.n);
    if (!equals)
        return;
    size_t before = (size_t)(equals + 1 - line.p);
    if (span_eq(span_trim((struct span){equals + 1, line.n - before}), name))
        drop_setting(f, "", "host");
}

static int edit(struct crs *c, struct file *f, struct err *err)
{
    const char *name = own_text(c, "name"), *url = own_text(c, "url");
    struct host h;
    bool found;
    if (text_ends(c->cmd->words, " add")) {
        if (alias_check(name, err) < 0)
            return -1;
        if (strchr(url, '/') == NULL || host_find(url, &h, err) < 0)
            return err->code ? -1 : err_set(err, ERR_USAGE, _("bad address '%.200s'"), url);
        host_release(&h);
        put_setting(f, "host", name, url);
    } else if (text_ends(c->cmd->words, " use")) {
        find_line(f, "host", name, &found);
        if (!found)
            return no_alias(name, err);
        put_setting(f, "", "host", name);
    } else if (!drop_setting(f, "host", name)) {
        return no_alias(name, err);
    } else {
        drop_used(f, name);
    }
    if (file_write(f, err) < 0)
        return -1;
    if (text_ends(c->cmd->words, " add"))
        note(c, _("%s is %s; use it with -H %s, or for good: crs host use %s"), name, url, name,
            name);
    else
        note(c,
            text_ends(c->cmd->words, " use") ? _("%s is the relay from now on") : _("%s removed"),
            name);
    return 0;
}

int run_host_edit(struct crs *c, struct err *err)
{
    struct file f;
    int r = file_read(&f, err);
    if (r == 0)
        r = edit(c, &f, err);
    file_release(&f);
    return r;
}

void host_aliases(cJSON *items)
{
    char *path = path_user_config();
    struct conf conf = {0};
    if (conf_read(&conf, path, NULL) == 0) {
        const struct conf_entry *chosen = conf_get(&conf, "", "host");
        for (size_t i = 0; i < conf.n; i++) {
            if (strcmp(conf.v[i].section, "host") != 0)
                continue;
            cJSON *o = xcheck(cJSON_CreateObject());
            json_put_str(o, "name", conf.v[i].name);
            json_put_str(o, "url", conf.v[i].value);
            json_put_bool(o, "used", chosen && strcmp(chosen->value, conf.v[i].name) == 0);
            cJSON_AddItemToArray(items, o);
        }
        conf_release(&conf);
    }
    free(path);
}

int run_host_list(struct crs *c, struct err *err)
{
    static const struct field rows[] = {
        {.name = "name", .kind = F_TEXT, .flags = FIELD_COLUMN, .help = N_("Alias")},
        {.name = "url", .kind = F_TEXT, .flags = FIELD_COLUMN, .help = N_("Address")},
        {.name = "used", .kind = F_BOOL, .flags = FIELD_COLUMN, .help = N_("Used without -H")},
    };
    struct conf conf = {0};
    char *path = path_user_config();
    bool bad = conf_read(&conf, path, err) < 0 && err->code != ERR_NOT_FOUND;
    conf_release(&conf);
    free(path);
    if (bad)
        return -1;
    cJSON *items = xcheck(cJSON_CreateArray());
    struct buf out = BUF_INIT;
    host_aliases(items);
    int r = view_rows(c, rows, sizeof rows / sizeof rows[0], items, &out, err);
    if (r == 0)
        r = terminal_put(c, &out, err);
    buf_release(&out);
    cJSON_Delete(items);
    return r;
}
