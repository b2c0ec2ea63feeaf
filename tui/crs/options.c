/* Which options a command has, and finding one of them by what was typed. */
#include "tui/crs/command.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"

#define OPTION(name_, kind_, help_, ...)                                                           \
    {                                                                                              \
        .name = name_, .kind = kind_, .help = help_, .offset = FIELD_NO_MEMBER, __VA_ARGS__        \
    }

static const struct field globals[] = {
    OPTION("host", F_TEXT, N_("Relay to talk to: unix:///path, ssh://[user@]host, or an alias"),
        .of = "host"),
    OPTION("output", F_ENUM, N_("How results are written"),
        .choices = "table wide json jsonl csv name", .dflt = "table"),
    OPTION("json", F_BOOL, N_("The same as --output json"), .dflt = "no"),
    OPTION("fields", F_LIST, N_("Only these fields, in this order; help lists them")),
    OPTION("format", F_TEXT, N_("Template for each object: '{name}\\t{cost:.2}\\n'")),
    OPTION("sort", F_TEXT, N_("Sort rows by this field; -FIELD: downwards")),
    OPTION("limit", F_INT, N_("At most so many rows"), .min = 1, .max = 1000000),
    OPTION("header", F_BOOL, N_("Headings of a table; without a terminal there are none")),
    OPTION("watch", F_BOOL, N_("Keep up to date until interrupted"), .dflt = "no"),
    OPTION("quiet", F_BOOL, N_("Lists: names only. Acts: nothing on success"), .dflt = "no"),
    OPTION("dry_run", F_BOOL, N_("Acts: ask the relay what would change"), .dflt = "no"),
    OPTION("yes", F_TEXT, N_("Do not ask; what cannot be undone wants the name as well")),
    OPTION("color", F_ENUM, N_("Colour"), .choices = "auto always never", .dflt = "auto"),
    OPTION("pager", F_BOOL, N_("No pager for more than a screenful"), .dflt = "yes"),
    OPTION("timeout", F_DURATION, N_("Longest wait for an answer"), .dflt = "10s", .min = 1,
        .max = INT64_C(86400000)),
    OPTION(
        "accessible", F_BOOL, N_("Nothing is painted over, no sign without a word"), .dflt = "no"),
    OPTION("verbose", F_BOOL, N_("Show what is asked of the relay, without secrets"), .dflt = "no"),
    OPTION("help", F_BOOL, N_("Show help for the command"), .dflt = "no"),
    OPTION("version", F_BOOL, N_("Show the version"), .dflt = "no"),
};
static const char global_letters[] =
    "H:host o:output w:watch q:quiet n:dry-run y:yes v:verbose h:help";

const struct field *global_fields(size_t *n)
{
    *n = sizeof globals / sizeof globals[0];
    return globals;
}

bool option_takes_value(const struct option *o)
{
    return o->form == OPTION_VALUE || o->form == OPTION_FILE;
}

static bool has(const struct options *o, const char *name)
{
    for (size_t i = 0; i < o->n; i++)
        if (strcmp(o->v[i].name, name) == 0)
            return true;
    return false;
}

/* Takes name. */
static void add(struct options *o, char *name, const struct field *f, enum option_form form,
    enum option_scope scope)
{
    for (char *p = name; *p; p++)
        if (*p == '_')
            *p = '-';
    if (has(o, name)) {
        free(name);
        return;
    }
    o->v = xreallocarray(o->v, o->n + 1, sizeof *o->v);
    o->v[o->n++] = (struct option){.name = name, .f = f, .form = form, .scope = scope};
}

static void add_field(struct options *o, const struct field *f, enum option_scope scope)
{
    if (f->flags & FIELD_POSITIONAL)
        return;
    if (f->kind == F_SECRET) {
        add(o, xasprintf("%s-stdin", f->name), f, OPTION_STDIN, scope);
        add(o, xasprintf("%s-file", f->name), f, OPTION_FILE, scope);
    } else if (f->kind == F_BOOL) {
        add(o, xstrdup(f->name), f, OPTION_FLAG, scope);
        add(o, xasprintf("no-%s", f->name), f, OPTION_NOT, scope);
    } else {
        bool maybe = scope == SCOPE_GLOBAL && strcmp(f->name, "yes") == 0;
        add(o, xstrdup(f->name), f, maybe ? OPTION_MAYBE : OPTION_VALUE, scope);
    }
}

/* "f:follow n:lines"; a letter that the command has wins over the global one. */
static void add_letters(struct options *o, const char *letters)
{
    for (const char *p = letters; p && *p; p += strspn(p, " ")) {
        char letter = *p;
        const char *name = p + 2;
        size_t n = strcspn(name, " ");
        bool taken = options_letter(o, letter) != NULL;
        for (size_t i = 0; i < o->n && !taken; i++)
            if (strlen(o->v[i].name) == n && memcmp(o->v[i].name, name, n) == 0)
                o->v[i].letter = letter;
        p = name + n;
    }
}

void options_init(struct options *o, const struct command *cmd)
{
    *o = (struct options){0};
    for (size_t i = 0; cmd && i < cmd->n_own; i++)
        add_field(o, &cmd->own[i], SCOPE_OWN);
    for (size_t i = 0; cmd && cmd->m && i < cmd->m->n_params; i++)
        add_field(o, &cmd->m->params[i], SCOPE_PARAM);
    for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++)
        add_field(o, &globals[i], SCOPE_GLOBAL);
    add_letters(o, cmd ? cmd->letters : NULL);
    add_letters(o, global_letters);
}

void options_release(struct options *o)
{
    for (size_t i = 0; i < o->n; i++)
        free(o->v[i].name);
    free(o->v);
    *o = (struct options){0};
}

const struct option *options_letter(const struct options *o, char letter)
{
    for (size_t i = 0; i < o->n; i++)
        if (o->v[i].letter == letter)
            return &o->v[i];
    return NULL;
}

/* Negations do not make a beginning ambiguous: "--no" would be in the way of --note. */
static bool abbreviates(const struct option *o, const char *name, size_t n)
{
    return strncmp(o->name, name, n) == 0 && (o->form != OPTION_NOT || n > 3) &&
           !(o->f->flags & FIELD_HIDDEN);
}

static void ambiguous(const struct options *o, const char *name, size_t n, struct err *err)
{
    struct buf could = BUF_INIT;
    for (size_t i = 0; i < o->n; i++)
        if (abbreviates(&o->v[i], name, n))
            buf_addf(&could, "%s--%s", could.len ? ", " : "", o->v[i].name);
    err_set(err, ERR_USAGE, _("'--%.*s' could be several options"), (int)n, name);
    err_hint(err, "%.300s", could.data);
    buf_release(&could);
}

/* "--key sk-...": what was meant is clear, and must not be done. */
static bool is_secret(const struct options *o, const char *name, size_t n, struct err *err)
{
    for (size_t i = 0; i < o->n; i++) {
        const struct option *x = &o->v[i];
        if (x->form != OPTION_STDIN || strlen(x->f->name) != n || strncmp(x->name, name, n) != 0)
            continue;
        err_set(err, ERR_USAGE, _("'--%.*s' is not an option here"), (int)n, name);
        err_hint(err, _("a secret is never given on the command line: --%s or --%.*s-file FILE"),
            x->name, (int)n, name);
        return true;
    }
    return false;
}

static void unknown(const struct options *o, const char *name, size_t n, struct err *err)
{
    char *typed = xstrndup(name, n);
    const char **names = xcalloc(o->n + 1, sizeof *names);
    for (size_t i = 0; i < o->n; i++)
        names[i] = o->v[i].name;
    err_set(err, ERR_USAGE, _("'--%.60s' is not an option here"), typed);
    const char *near = text_nearest(typed, names, o->n);
    if (near)
        err_hint(err, _("did you mean --%s?"), near);
    else
        err_hint(err, _("--help lists them"));
    free(names);
    free(typed);
}

const struct option *options_find(
    const struct options *o, const char *name, size_t n, struct err *err)
{
    const struct option *found = NULL;
    size_t matches = 0;
    for (size_t i = 0; i < o->n; i++) {
        const struct option *x = &o->v[i];
        if (strlen(x->name) == n && memcmp(x->name, name, n) == 0)
            return x;
        if (n && abbreviates(x, name, n)) {
            found = x;
            matches++;
        }
    }
    if (matches == 1)
        return found;
    if (is_secret(o, name, n, err))
        return NULL;
    if (matches)
        ambiguous(o, name, n, err);
    else
        unknown(o, name, n, err);
    return NULL;
}
