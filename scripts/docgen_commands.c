/* Commands with their options, and the options of all of them. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "scripts/docgen.h"
#include "tui/crs/command.h"

static void add_argument(struct buf *out, const struct field *f)
{
    struct buf word = BUF_INIT;
    field_placeholder(f, &word);
    buf_adds(out, " Ar ");
    mdoc_word(out, word.data);
    buf_release(&word);
}

static void add_item(struct buf *out, const struct option *o)
{
    buf_adds(out, ".It");
    if (o->letter)
        buf_addf(out, " Fl %c ,", o->letter);
    buf_addf(out, " Fl Fl %s", o->name);
    if (o->form == OPTION_FLAG && !o->f->dflt)
        buf_addf(out, " , Fl Fl no-%s", o->name);
    if (o->form == OPTION_MAYBE)
        buf_adds(out, " Ns Oo = Ns Ar NAME Oc");
    else if (o->form == OPTION_FILE)
        buf_adds(out, " Ar FILE");
    else if (option_takes_value(o))
        add_argument(out, o->f);
    buf_addc(out, '\n');
}

static void add_value_text(struct buf *out, const struct field *f)
{
    if (f->dflt && f->kind != F_BOOL) {
        buf_adds(out, "The default is\n.Cm ");
        mdoc_word(out, f->dflt);
        buf_adds(out, " .\n");
    }
    /* Few choices stand in the argument already. */
    if (f->choices && f->choices[0] != '@' && strlen(f->choices) >= 40) {
        char *text = xasprintf("One of: %s.", f->choices);
        mdoc_text(out, text);
        free(text);
    }
}

static void add_options(struct buf *out, const struct options *o, bool global)
{
    bool begun = false;
    for (size_t i = 0; i < o->n; i++) {
        const struct option *x = &o->v[i];
        bool on = x->f->dflt && strcmp(x->f->dflt, "yes") == 0;
        if ((x->scope == SCOPE_GLOBAL) != global || x->f->flags & FIELD_HIDDEN ||
            (x->form == OPTION_NOT && !on) || (x->form == OPTION_FLAG && on))
            continue;
        if (!begun)
            buf_adds(out, ".Bl -tag -width Ds\n");
        begun = true;
        add_item(out, x);
        if (x->form == OPTION_STDIN || x->form == OPTION_FILE) {
            char *text = xasprintf("%s, from %s", x->f->help,
                x->form == OPTION_STDIN ? "the first line of standard input" : "a file");
            mdoc_sentence(out, text);
            free(text);
        } else {
            mdoc_sentence(out, x->f->help);
            add_value_text(out, x->f);
        }
    }
    if (begun)
        buf_adds(out, ".El\n");
}

static void add_words(struct buf *out, const struct command *cmd)
{
    const struct field *f;
    for (size_t i = 0; (f = command_positional(cmd, i)); i++) {
        bool optional = !(f->flags & FIELD_REQUIRED);
        buf_adds(out, optional ? " Op" : "");
        add_argument(out, f);
        if (positional_many(f))
            buf_adds(out, " ...");
    }
}

static void add_command(struct buf *out, const struct command *cmd)
{
    struct options o;
    options_init(&o, cmd);
    buf_addf(out, ".Ss crs %s\n", cmd->words);
    buf_adds(out, ".Nm crs");
    buf_addf(out, " Cm %s", cmd->words);
    add_words(out, cmd);
    buf_adds(out, " Op Ar options\n.Pp\n");
    mdoc_sentence(out, cmd->summary);
    if (cmd->detail)
        mdoc_sentence(out, cmd->detail);
    add_options(out, &o, false);
    if (cmd->example) {
        buf_adds(out, ".Pp\nFor example:\n");
        mdoc_literal(out, cmd->example);
    }
    options_release(&o);
}

/* "key": the commands whose first word it is. "key usage why": of each of them. */
int part_commands(struct buf *out, const char *nouns)
{
    struct command_table t;
    struct strlist wanted = {0};
    int n = 0;
    command_table_init(&t);
    strlist_split(&wanted, nouns, " ");
    for (size_t k = 0; k < wanted.n; k++)
        for (size_t i = 0; i < t.n; i++) {
            size_t len = strlen(wanted.v[k]);
            const char *w = t.v[i].words;
            bool fits = strncmp(w, wanted.v[k], len) == 0 && (w[len] == ' ' || w[len] == 0);
            if (fits && !t.v[i].hidden) {
                add_command(out, &t.v[i]);
                n++;
            }
        }
    strlist_release(&wanted);
    command_table_release(&t);
    return n ? 0 : -1;
}

int part_globals(struct buf *out, const char *argument)
{
    struct options o;
    options_init(&o, NULL);
    add_options(out, &o, true);
    options_release(&o);
    return *argument ? -1 : 0;
}
