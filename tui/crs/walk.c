/* Words and options of a command line. */
#include "tui/crs/walk.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/alloc.h"
#include "common/i18n.h"

static bool switch_word(const char *s)
{
    static const char *const words[] = {"yes", "no", "on", "off", "true", "false"};
    for (size_t i = 0; s && i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(s, words[i]) == 0)
            return true;
    return false;
}

/* The value that belongs to an option: after '=', or the next argument. */
static int value_of(struct walk *w, const struct option *o, const char *attached,
    const char **value, struct err *err)
{
    *value = attached;
    if (attached) {
        if (o->form == OPTION_STDIN || o->form == OPTION_NOT)
            return err_set(err, ERR_USAGE, _("--%s takes no value"), o->name);
        return 0;
    }
    const char *next = w->at + 1 < w->argc ? w->argv[w->at + 1] : NULL;
    /* "--pool no" must not set it and then look for an account named no. */
    bool answer = o->form == OPTION_FLAG && o->scope != SCOPE_GLOBAL && switch_word(next);
    if (!option_takes_value(o) && !answer)
        return 0;
    if (!next) {
        w->open = o;
        err_set(err, ERR_USAGE, _("--%s needs a value"), o->name);
        return err_hint(err, "%s", _(o->f->help));
    }
    w->at++;
    *value = next;
    return 0;
}

static int long_option(struct walk *w, const char *arg, struct err *err)
{
    size_t n = strcspn(arg, "=");
    const char *value, *attached = arg[n] ? arg + n + 1 : NULL;
    const struct option *o = options_find(w->options, arg, n, err);
    if (!o || value_of(w, o, attached, &value, err) < 0)
        return -1;
    return w->take ? w->take(w->arg, o, value, err) : 0;
}

static int short_options(struct walk *w, const char *arg, struct err *err)
{
    for (const char *p = arg; *p; p++) {
        const struct option *o = options_letter(w->options, *p);
        const char *value, *rest = p + 1;
        if (!o) {
            err_set(err, ERR_USAGE, _("'-%c' is not an option here"), *p);
            return err_hint(err, _("--help lists them"));
        }
        bool valued = option_takes_value(o) || (o->form == OPTION_MAYBE && *rest == '=');
        const char *attached = valued && *rest ? rest + (*rest == '=') : NULL;
        if (value_of(w, o, attached, &value, err) < 0)
            return -1;
        if (w->take && w->take(w->arg, o, value, err) < 0)
            return -1;
        if (valued)
            return 0;
    }
    return 0;
}

int walk_line(struct walk *w, struct err *err)
{
    for (w->at = 1; w->at < w->argc; w->at++) {
        const char *arg = w->argv[w->at];
        int r = 0;
        if (w->ended)
            strlist_add(&w->words, arg);
        else if (strcmp(arg, "--") == 0)
            w->ended = true;
        else if (arg[0] == '-' && arg[1] == '-')
            r = long_option(w, arg + 2, err);
        else if (arg[0] == '-' && arg[1])
            r = short_options(w, arg + 1, err);
        else
            strlist_add(&w->words, arg);
        if (r < 0 && w->take)
            return -1;
    }
    return 0;
}

void walk_release(struct walk *w)
{
    strlist_release(&w->words);
    w->words = (struct strlist){0};
}

static void add_missing(struct options *all, struct options *o)
{
    all->v = xreallocarray(all->v, all->n + o->n, sizeof *all->v);
    for (size_t i = 0; i < o->n; i++) {
        bool known = false;
        for (size_t k = 0; k < all->n && !known; k++)
            known = strcmp(all->v[k].name, o->v[i].name) == 0;
        if (known)
            free(o->v[i].name);
        else
            all->v[all->n++] = o->v[i];
    }
    free(o->v);
}

/* Whether the first word of a command stands anywhere on the line. */
static bool may_be_meant(const struct walk *w, const struct command *cmd)
{
    size_t n = strcspn(cmd->words, " ");
    for (int i = 1; i < w->argc; i++)
        if (strncmp(w->argv[i], cmd->words, n) == 0 && w->argv[i][n] == 0)
            return true;
    return false;
}

/* While the command is not known its options are not either: those of all that it may be, together,
 * are enough to tell words from values. */
void walk_command(
    struct walk *w, const struct command_table *t, const struct command **cmd, size_t *used)
{
    struct options all;
    struct err ignored;
    options_init(&all, NULL);
    for (size_t i = 0; i < t->n; i++) {
        struct options o;
        if (!may_be_meant(w, &t->v[i]))
            continue;
        options_init(&o, &t->v[i]);
        add_missing(&all, &o);
    }
    w->options = &all;
    walk_line(w, &ignored);
    options_release(&all);
    w->options = NULL;
    w->open = NULL;
    *cmd = command_find(t, w->words.v, w->words.n, used);
}
