/* What crs setup prints: settings to copy, what changes, all of it as JSON. */
#include "tui/crs/setup.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/secret.h"
#include "common/width.h"

void setup_put_shell(
    const struct setup_client *cl, const struct setup_facts *x, const char *shell, struct buf *out)
{
    bool fish = strcmp(shell, "fish") == 0;
    for (size_t i = 0; i < cl->n_shell; i++) {
        char *value = setup_fill(cl->shell[i].value, x, 0);
        if (!value)
            continue;
        buf_addf(out, fish ? "set -gx %s " : "export %s=", cl->shell[i].path);
        text_shell_word(out, value); /* fish takes single quotes as POSIX does */
        buf_addc(out, '\n');
        secret_free(value);
    }
}

/* --- import links
 * --------------------------------------------------------------------------------- */

/* With '_' for '+' and '-' for '/': the way round in which Cherry Studio takes them back. */
static void add_base64(struct buf *out, const struct buf *bytes)
{
    char *text = text_base64(bytes->data, bytes->len);
    for (const char *p = text; *p; p++)
        buf_addc(out, *p == '+' ? '_' : *p == '/' ? '-' : *p);
    secret_free(text);
}

char *setup_link_url(const struct setup_link *l, const struct setup_facts *x)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    struct buf json = BUF_INIT, out = BUF_INIT;
    char *base = setup_fill(l->base, x, 0), *id = xasprintf("crs-%s", l->type),
         *name = xasprintf("crs %s", l->title);
    json_put_str(o, "id", id);
    json_put_str(o, "name", name);
    json_put_str(o, "type", l->type);
    json_put_str(o, "baseUrl", base);
    json_put_str(o, "apiKey", x->secret);
    json_print(o, &json);
    buf_adds(&out, "cherrystudio://providers/api-keys?v=1&data=");
    add_base64(&out, &json);
    buf_wipe(&json);
    cJSON_Delete(o);
    free(base);
    free(id);
    free(name);
    return buf_steal(&out, NULL);
}

static void put_links(const struct setup_client *cl, const struct setup_facts *x, struct buf *out)
{
    for (size_t i = 0; i < cl->n_links; i++) {
        char *url = setup_link_url(&cl->link[i], x), *base = setup_fill(cl->link[i].base, x, 0);
        buf_addf(out, "%s# %s\n%s\n", i ? "\n" : "", cl->link[i].title, url);
        buf_addf(out, _("  Provider Type %s, API Host %s, API Key %s\n"), cl->link[i].title, base,
            x->secret);
        secret_free(url);
        free(base);
    }
}

/* --- for people
 * ----------------------------------------------------------------------------------- */

void setup_put_page(const struct setup_client *cl, const struct setup_facts *x,
    const struct setup_file *files, const char *shell, struct buf *out)
{
    for (size_t i = 0; i < cl->n_files; i++) {
        char *path = setup_path_short(files[i].path);
        buf_addf(out, "%s# %s\n%s", i ? "\n" : "", path, files[i].text.data);
        free(path);
    }
    if (cl->n_shell) {
        buf_addf(out, "\n# %s\n",
            cl->shell_whole ? _("or, for one shell") : _("or, instead of .env, for one shell"));
        setup_put_shell(cl, x, shell, out);
    }
    put_links(cl, x, out);
}

static void put_value(const struct setup_change *change, const char *value, struct buf *out)
{
    char *redacted = change->secret ? text_redact(value) : NULL;
    width_clean(out, redacted ? redacted : value);
    free(redacted);
}

void setup_put_changes(const struct setup_file *f, struct buf *out)
{
    char *path = setup_path_short(f->path);
    width_clean(out, path);
    free(path);
    buf_addf(out, "%s\n", !f->n_changes ? _(": nothing to change") : f->new ? _(": new") : "");
    for (size_t i = 0; i < f->n_changes; i++) {
        const struct setup_change *change = &f->change[i];
        buf_addf(out, "  %c ", change->from ? '~' : '+');
        width_clean(out, change->path);
        buf_adds(out, " = ");
        if (change->from) {
            put_value(change, change->from, out);
            buf_adds(out, " -> ");
        }
        put_value(change, change->to, out);
        buf_addc(out, '\n');
    }
}

/* --- JSON
 * ----------------------------------------------------------------------------------------- */

static cJSON *change_json(const struct setup_change *change)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    char *from = change->from && change->secret ? text_redact(change->from) : NULL;
    char *to = change->secret ? text_redact(change->to) : NULL;
    json_put_str(o, "setting", change->path);
    json_put_str(o, "from", from ? from : change->from);
    json_put_str(o, "to", to ? to : change->to);
    free(from);
    free(to);
    return o;
}

static cJSON *file_json(const struct setup_file *f, bool write)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "path", f->path);
    json_put_str(o, "format", f->row->format);
    if (!write) {
        json_put_str(o, "text", f->text.data);
        return o;
    }
    cJSON *changes = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < f->n_changes; i++)
        cJSON_AddItemToArray(changes, change_json(&f->change[i]));
    json_put_bool(o, "changed", f->n_changes > 0);
    json_put(o, "changes", changes);
    json_put_str(o, "backup", f->backup);
    return o;
}

static void add_environment(cJSON *o, const struct setup_client *cl, const struct setup_facts *x)
{
    cJSON *env = xcheck(cJSON_CreateObject());
    for (size_t i = 0; i < cl->n_shell; i++) {
        char *value = setup_fill(cl->shell[i].value, x, 0);
        json_put_str(env, cl->shell[i].path, value);
        secret_free(value);
    }
    json_put(o, "environment", env);
}

static void add_links(cJSON *o, const struct setup_client *cl, const struct setup_facts *x)
{
    cJSON *links = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < cl->n_links; i++) {
        cJSON *l = xcheck(cJSON_CreateObject());
        char *base = setup_fill(cl->link[i].base, x, 0), *url = setup_link_url(&cl->link[i], x);
        json_put_str(l, "type", cl->link[i].type);
        json_put_str(l, "base_url", base);
        json_put_str(l, "link", url);
        cJSON_AddItemToArray(links, l);
        secret_free(url);
        free(base);
    }
    json_put(o, "links", links);
}

cJSON *setup_json(const struct setup_client *cl, const struct setup_facts *x,
    const struct setup_file *files, bool write)
{
    cJSON *o = xcheck(cJSON_CreateObject()), *v = xcheck(cJSON_CreateArray());
    json_put_str(o, "client", cl->name);
    json_put_str(o, "mode", cl->mode);
    json_put_str(o, "url", x->url);
    for (size_t i = 0; i < cl->n_files; i++)
        cJSON_AddItemToArray(v, file_json(&files[i], write));
    json_put(o, "files", v);
    if (!write && cl->n_shell)
        add_environment(o, cl, x);
    if (!write && cl->n_links)
        add_links(o, cl, x);
    return o;
}
