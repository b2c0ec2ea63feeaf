/* Help: all commands, the verbs of a noun, one command, topics. Examples first. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/width.h"
#include "tui/crs/crs_int.h"

#define MARGIN 28 /* where help texts begin */
#define LEAST 16  /* cells of a help text, however narrow the terminal is */

/* Text from column `from` on, broken to the width of the terminal, at most 96 cells. */
static void put_wrapped(struct crs *c, int from, const char *text, struct buf *out)
{
    int width = (c->term.width < 96 ? c->term.width : 96) - from;
    for (const char *p = text; *p;) {
        size_t skip, n = width_line(p, width > LEAST ? width : LEAST, &skip);
        buf_add(out, p, n);
        p += n + skip;
        if (*p)
            buf_addf(out, "\n%*s", from, "");
    }
    buf_addc(out, '\n');
}

static void put_entry(struct crs *c, const char *left, const char *text, struct buf *out)
{
    buf_addf(out, "  %s", left);
    int used = 2 + width_text(left);
    if (used + 2 > MARGIN)
        buf_addf(out, "\n%*s", MARGIN, "");
    else
        buf_addf(out, "%*s", MARGIN - used, "");
    put_wrapped(c, MARGIN, text, out);
}

static void put_heading(struct crs *c, const char *text, struct buf *out)
{
    buf_addf(
        out, "\n%s%s:%s\n", c->term.colour ? "\033[1m" : "", text, c->term.colour ? "\033[0m" : "");
}

static void put_options(
    struct crs *c, const struct options *o, enum option_scope scope, struct buf *out)
{
    const char *group = NULL;
    for (size_t i = 0; i < o->n; i++) {
        const struct option *x = &o->v[i];
        bool own = x->scope != SCOPE_GLOBAL;
        if (own != (scope != SCOPE_GLOBAL) || x->f->flags & FIELD_HIDDEN)
            continue;
        /* Of a switch that is on by itself only the other way is worth saying. */
        bool on = x->f->dflt && strcmp(x->f->dflt, "yes") == 0;
        if ((x->form == OPTION_NOT && !on) || (x->form == OPTION_FLAG && on))
            continue;
        if (own && x->f->group && (!group || strcmp(group, x->f->group) != 0))
            put_heading(c, _(group = x->f->group), out);
        struct buf left = BUF_INIT, text = BUF_INIT;
        option_usage(x, &left);
        buf_adds(&text, _(x->f->help));
        if (x->form == OPTION_STDIN)
            buf_adds(&text, _(", from standard input"));
        if (x->form == OPTION_FILE)
            buf_adds(&text, _(", from a file"));
        if (x->f->dflt && x->f->kind != F_BOOL)
            buf_addf(&text, " [%s]", x->f->dflt);
        put_entry(c, left.data, text.data, out);
        buf_release(&left);
        buf_release(&text);
    }
}

static void put_words(struct crs *c, const struct command *cmd, struct buf *out)
{
    const struct field *f;
    for (size_t i = 0; (f = command_positional(cmd, i)); i++) {
        struct buf left = BUF_INIT, text = BUF_INIT;
        struct field word = *f;
        if (i == 0)
            buf_addc(out, '\n');
        word.choices = NULL;
        field_placeholder(&word, &left);
        buf_adds(&text, _(f->help));
        if (f->choices && f->choices[0] != '@')
            buf_addf(&text, ": %s", f->choices);
        put_entry(c, left.data, text.data, out);
        buf_release(&left);
        buf_release(&text);
    }
}

static void put_examples(struct crs *c, const char *example, struct buf *out)
{
    if (!example)
        return;
    put_heading(c, _("Examples"), out);
    for (const char *p = example; *p;) {
        size_t n = strcspn(p, "\n");
        buf_addf(out, "  %.*s\n", (int)n, p);
        p += n + (p[n] == '\n');
    }
}

int help_command(struct crs *c, const struct command *cmd, struct err *err)
{
    struct buf out = BUF_INIT;
    struct options o;
    options_init(&o, cmd);
    put_wrapped(c, 0, _(cmd->summary), &out);
    put_examples(c, cmd->example, &out);
    put_heading(c, C_("command line", "Usage"), &out);
    buf_adds(&out, "  ");
    command_usage(cmd, &out);
    buf_addc(&out, '\n');
    if (cmd->detail) {
        buf_addc(&out, '\n');
        put_wrapped(c, 0, _(cmd->detail), &out);
    }
    put_words(c, cmd, &out);
    size_t before = out.len;
    struct buf own = BUF_INIT;
    put_options(c, &o, SCOPE_OWN, &own);
    if (own.len) {
        if (own.data[0] != '\n')
            put_heading(c, _("Options"), &out);
        buf_add(&out, own.data, own.len);
    }
    buf_release(&own);
    put_heading(c, before == out.len ? _("Options") : _("Options of every command"), &out);
    put_options(c, &o, SCOPE_GLOBAL, &out);
    options_release(&o);
    int r = terminal_put(c, &out, err);
    buf_release(&out);
    return r;
}

/* Those of a noun; all when it is NULL. */
static void put_commands(struct crs *c, const char *noun, struct buf *out)
{
    for (size_t i = 0; i < c->table.n; i++) {
        const struct command *cmd = &c->table.v[i];
        size_t first = strcspn(cmd->words, " ");
        bool wanted = !noun || (strlen(noun) == first && memcmp(cmd->words, noun, first) == 0);
        if (!cmd->hidden && wanted)
            put_entry(c, cmd->words, _(cmd->summary), out);
    }
}

static void put_topics(struct crs *c, struct buf *out)
{
    size_t n;
    const struct help_topic *t = help_topics(&n);
    put_heading(c, _("Topics, with crs help TOPIC"), out);
    for (size_t i = 0; i < n; i++)
        put_entry(c, t[i].name, _(t[i].summary), out);
}

int help_noun(struct crs *c, const char *noun, struct err *err)
{
    struct buf out = BUF_INIT;
    put_commands(c, noun, &out);
    int r = 0;
    if (out.len == 0) {
        err_set(err, ERR_USAGE, _("no command or topic '%.60s'"), noun);
        r = err_hint(err, "crs help");
    } else {
        buf_addf(&out, _("\nMore: crs help %s WORD\n"), noun);
        r = terminal_put(c, &out, err);
    }
    buf_release(&out);
    return r;
}

int help_all(struct crs *c, struct err *err)
{
    struct buf out = BUF_INIT;
    put_wrapped(c, 0,
        _("crs administers a relay between AI command-line clients and upstream accounts."), &out);
    put_examples(c,
        "crs status\ncrs account add claude --name alice-max\n"
        "crs key create ci --daily-cost 20 --clients claude-code\ncrs usage --since 7d --by key",
        &out);
    put_heading(c, _("Commands"), &out);
    put_commands(c, NULL, &out);
    put_topics(c, &out);
    buf_adds(&out, _("\ncrs help COMMAND shows the options of one; crs alone is crs status.\n"));
    int r = terminal_put(c, &out, err);
    buf_release(&out);
    return r;
}

static int help_topic(struct crs *c, const char *name, struct err *err)
{
    size_t n;
    const struct help_topic *t = help_topics(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(t[i].name, name) != 0)
            continue;
        struct buf out = BUF_INIT;
        buf_addf(&out, "%s\n\n%s", _(t[i].summary), _(t[i].text));
        int r = terminal_put(c, &out, err);
        buf_release(&out);
        return r;
    }
    return help_noun(c, name, err);
}

int run_help(struct crs *c, struct err *err)
{
    struct strlist words = {0};
    const cJSON *given = json_at(c->own, "words");
    for (const cJSON *w = given ? given->child : NULL; w; w = w->next)
        strlist_add(&words, w->valuestring);
    size_t used;
    const struct command *cmd = command_find(&c->table, words.v, words.n, &used);
    int r = words.n == 0             ? help_all(c, err)
            : cmd && used == words.n ? help_command(c, cmd, err)
                                     : help_topic(c, words.v[0], err);
    strlist_release(&words);
    return r;
}

int run_version(struct crs *c, struct err *err)
{
    struct buf out = BUF_INIT;
    buf_adds(&out, "crs " CRS_VERSION "\n");
    int r = terminal_put(c, &out, err);
    buf_release(&out);
    return r;
}
