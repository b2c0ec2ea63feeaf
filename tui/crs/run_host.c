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

struct file {
    char *path;
    struct buf text;
    struct conf conf; /* as it was read */
};

static int file_read(struct file *f, struct err *err)
{
    *f = (struct file){.path = path_user_config(), .text = BUF_INIT};
    if (access(f->path, F_OK) != 0 && errno == ENOENT)
        return 0;
    if (path_read(f->path, CONFIG_MAX, &f->text, err) < 0)
        return -1;
    return conf_parse(&f->conf, f->path, f->text.data, f->text.len, err);
}

static int file_write(struct file *f, struct err *err)
{
    char *dir = xstrdup(f->path), *slash = strrchr(dir, '/');
    int r = 0;
    if (slash && slash != dir) {
        *slash = 0;
        r = path_mkdirs(dir, 0700, err);
    }
    if (r == 0)
        r = path_write(f->path, f->text.data, f->text.len, 0600, err);
    free(dir);
    return r;
}

static void file_release(struct file *f)
{
    free(f->path);
    buf_release(&f->text);
    conf_release(&f->conf);
}

/* value NULL: the line goes. */
static int put_setting(
    struct file *f, const char *section, const char *name, const char *value, struct err *err)
{
    struct buf text = BUF_INIT;
    int r = conf_edit(f->path, f->text.data, f->text.len, section, name, value, &text, err);
    buf_release(&f->text);
    f->text = text;
    return r;
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
static int drop_alias(struct file *f, const char *name, struct err *err)
{
    const struct conf_entry *used = conf_get(&f->conf, "", "host");
    if (used && strcmp(used->value, name) == 0 && put_setting(f, "", "host", NULL, err) < 0)
        return -1;
    return put_setting(f, "host", name, NULL, err);
}

static int edit(struct crs *c, struct file *f, struct err *err)
{
    const char *name = own_text(c, "name"), *url = own_text(c, "url");
    struct host h;
    bool known = conf_get(&f->conf, "host", name) != NULL;
    int r;
    if (text_ends(c->cmd->words, " add")) {
        if (alias_check(name, err) < 0)
            return -1;
        if (strchr(url, '/') == NULL || host_find(url, &h, err) < 0)
            return err->code ? -1 : err_set(err, ERR_USAGE, _("bad address '%.200s'"), url);
        host_release(&h);
        r = put_setting(f, "host", name, url, err);
    } else if (!known) {
        return no_alias(name, err);
    } else if (text_ends(c->cmd->words, " use")) {
        r = put_setting(f, "", "host", name, err);
    } else {
        r = drop_alias(f, name, err);
    }
    if (r < 0)
        return -1;
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
