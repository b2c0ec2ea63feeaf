/* From a client's row and what the person says to the settings of each file. */
#include "tui/crs/setup.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/path.h"
#include "common/secret.h"

/* In which of the three formats a model is spoken to, for a client that knows all three. */
static const struct {
    const char *glob, *provider, *base;
} formats[] = {
    {"*claude*", "anthropic", "/droid/claude"},
    {"gpt-*", "openai", "/droid/openai"},
    {"o?*", "openai", "/droid/openai"},
    {"codex*", "openai", "/droid/openai"},
    {"*", "generic-chat-completion-api", "/droid/comm/v1"},
};

static const char *word_for(struct span name, const struct setup_facts *x, const char *model)
{
    size_t i = 0;
    while (model && !text_glob(formats[i].glob, model))
        i++;
    const struct {
        const char *name, *is;
    } words[] = {{"url", x->url}, {"secret", x->secret}, {"model", model},
        {"provider", formats[i].provider}, {"base", formats[i].base}};
    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
        if (span_eq(name, words[k].name))
            return words[k].is;
    return NULL;
}

char *setup_fill(const char *text, const struct setup_facts *x, size_t model)
{
    const char *named = model < x->models->n ? x->models->v[model] : NULL;
    struct buf out = BUF_INIT;
    for (; *text; text++) {
        size_t n = *text == '{' ? strcspn(text, "}") : 0;
        const char *is = n ? word_for((struct span){text + 1, n - 1}, x, named) : NULL;
        if (n && !is) {
            buf_wipe(&out);
            return NULL;
        }
        if (n)
            buf_adds(&out, is);
        else
            buf_addc(&out, *text);
        text += n;
    }
    return buf_steal(&out, NULL);
}

/* --- places
 * --------------------------------------------------------------------------------------- */

char *setup_path(const struct setup_file_row *row)
{
    const char *v = getenv(row->variable);
    bool said = v && *v;
    char *home = said ? xstrdup(v) : path_home(row->dir);
    char *dir = said && row->below ? path_join(home, row->below) : xstrdup(home);
    char *path = path_join(dir, row->name);
    free(home);
    free(dir);
    return path;
}

char *setup_path_short(const char *path)
{
    char *home = path_home(""), *is;
    size_t n = strlen(home);
    bool below = n > 1 && strncmp(path, home, n) == 0;
    is = below ? xasprintf("~/%s", path + n) : xstrdup(path);
    free(home);
    return is;
}

/* --- merging
 * --------------------------------------------------------------------------------------- */

static char *path_spoken(const struct strlist *path)
{
    struct strlist names = {0};
    for (size_t i = 0; i < path->n; i++) {
        const char *step = path->v[i], *equals = step[0] == '[' ? strchr(step, '=') : NULL;
        if (equals)
            strlist_addn(&names, equals + 1, strlen(equals + 1) - 1);
        else
            strlist_add(&names, step);
    }
    char *spoken = strlist_join(&names, ".");
    strlist_release(&names);
    return spoken;
}

static void note_change(
    struct setup_file *f, const struct strlist *path, const char *from, const char *to, bool secret)
{
    f->change = xreallocarray(f->change, f->n_changes + 1, sizeof *f->change);
    f->change[f->n_changes++] = (struct setup_change){.path = path_spoken(path),
        .from = from ? xstrdup(from) : NULL,
        .to = xstrdup(to),
        .secret = secret};
}

/* The steps of the place: parted first, for what is filled in may have the sign that parts them. */
static int steps(const char *path, const struct setup_facts *x, size_t model, struct strlist *out)
{
    struct strlist raw = {0};
    int r = 0;
    strlist_split(&raw, path, "/");
    for (size_t i = 0; i < raw.n && r == 0; i++) {
        char *step = setup_fill(raw.v[i], x, model);
        if (step)
            strlist_add(out, step);
        r = step ? 0 : -1;
        free(step);
    }
    strlist_release(&raw);
    return r;
}

static int put(struct setup_file *f, const struct setup_setting *s, const struct setup_facts *x,
    size_t model, struct err *err)
{
    struct strlist path = {0};
    struct edit_was was = EDIT_WAS_INIT;
    char *value = setup_fill(s->value, x, model);
    int r = 0;
    if (value && steps(s->path, x, model, &path) == 0) {
        r = f->row->put(&f->text, &path, value, &was, err);
        if (r == 0 && (!was.found || strcmp(was.text.data, value) != 0))
            note_change(f, &path, was.found ? was.text.data : NULL, value,
                strstr(s->value, "{secret}") != NULL);
    }
    edit_was_release(&was);
    strlist_release(&path);
    secret_free(value);
    return r;
}

int setup_merge(struct setup_file *f, const struct setup_client *cl, const struct setup_facts *x,
    bool empty, struct err *err)
{
    size_t models = cl->many_models ? x->models->n : 1;
    if (!empty && setup_read(f, err) < 0)
        return -1;
    for (size_t m = 0; m < models; m++)
        for (size_t i = 0; i < f->row->n; i++)
            if (put(f, &f->row->v[i], x, m, err) < 0)
                return err_prefix(err, "%s", f->path);
    return 0;
}
