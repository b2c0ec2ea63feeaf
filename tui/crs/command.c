/* The table of commands: rows of this program laid over those of the methods. */
#include "tui/crs/command.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/buf.h"
#include "tui/crs/command_rows.h"

static struct command *row_of(struct command_table *t, const char *words)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->v[i].words, words) == 0)
            return &t->v[i];
    return NULL;
}

static struct command *row_add(struct command_table *t)
{
    t->v = xreallocarray(t->v, t->n + 1, sizeof *t->v);
    t->v[t->n] = (struct command){0};
    return &t->v[t->n++];
}

static void lay_over(struct command *to, const struct command *own)
{
    const struct method *m = to->m;
    *to = *own;
    to->m = m;
    if (!m)
        return;
    to->summary = own->summary ? own->summary : m->summary;
    to->detail = own->detail ? own->detail : m->detail;
    to->example = own->example ? own->example : m->example;
    to->run = own->run ? own->run : run_method;
}

void command_table_init(struct command_table *t)
{
    *t = (struct command_table){0};
    for (int id = 0; id < METHOD_COUNT; id++) {
        const struct method *m = method_by_id((enum method_id)id);
        if (!m->words)
            continue;
        *row_add(t) = (struct command){
            .words = m->words,
            .summary = m->summary,
            .detail = m->detail,
            .example = m->example,
            .m = m,
            .run = run_method,
        };
    }
    size_t n;
    const struct command *rows = command_rows(&n);
    for (size_t i = 0; i < n; i++) {
        struct command *to = row_of(t, rows[i].words);
        lay_over(to ? to : row_add(t), &rows[i]);
    }
}

void command_table_release(struct command_table *t)
{
    free(t->v);
    *t = (struct command_table){0};
}

const struct command *command_find(
    const struct command_table *t, char *const *words, size_t n, size_t *used)
{
    const struct command *best = NULL;
    *used = 0;
    for (size_t i = 0; i < t->n; i++) {
        size_t match = words_match(t->v[i].words, words, n);
        if (match > *used) {
            best = &t->v[i];
            *used = match;
        }
    }
    return best;
}

const struct field *command_positional(const struct command *cmd, size_t i)
{
    size_t n_params = cmd->m ? cmd->m->n_params : 0;
    for (size_t k = 0; k < n_params + cmd->n_own; k++) {
        const struct field *f = k < n_params ? &cmd->m->params[k] : &cmd->own[k - n_params];
        if (f->flags & FIELD_POSITIONAL && i-- == 0)
            return f;
    }
    return NULL;
}

bool positional_many(const struct field *f)
{
    return f->flags & FIELD_MANY || f->kind == F_LIST || f->kind == F_MAP;
}

/* --- how they are written
 * -------------------------------------------------------------------------- */

static void add_upper(struct buf *out, const char *s)
{
    for (; *s; s++)
        buf_addc(out, *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s == '_' ? '-' : *s);
}

static const char *kind_word(enum field_kind kind)
{
    switch (kind) {
    case F_INT:
    case F_COUNT:
    case F_REAL:
        return "N";
    case F_MONEY:
        return "MONEY";
    case F_DURATION:
    case F_TIME:
        return "TIME";
    case F_SIZE:
        return "SIZE";
    case F_PERCENT:
        return "PERCENT";
    case F_LIST:
        return "LIST";
    case F_MAP:
        return "MAP";
    case F_SECRET:
        return "FILE";
    default:
        return NULL;
    }
}

void field_placeholder(const struct field *f, struct buf *out)
{
    bool word = f->flags & FIELD_POSITIONAL;
    const char *kind = kind_word(f->kind);
    bool few = f->choices && f->choices[0] != '@' && strlen(f->choices) < 40;
    if (few && (f->kind == F_ENUM || f->kind == F_LIST)) {
        char bar = f->kind == F_ENUM ? '|' : ',';
        for (const char *p = f->choices; *p; p++)
            buf_addc(out, *p == ' ' ? bar : *p);
        return;
    }
    if (word) {
        size_t n = strlen(f->name);
        bool plural = f->flags & FIELD_MANY && n > 1 && f->name[n - 1] == 's';
        char *name = xstrndup(f->name, plural ? n - 1 : n);
        add_upper(out, name);
        free(name);
    } else if (kind) {
        buf_adds(out, kind);
    } else if (f->of) {
        add_upper(out, f->of);
    } else {
        buf_adds(out, f->kind == F_ENUM ? "WORD" : f->kind == F_ID ? "ID" : "TEXT");
    }
}

void command_usage(const struct command *cmd, struct buf *out)
{
    const struct field *f;
    buf_addf(out, "crs %s", cmd->words);
    for (size_t i = 0; (f = command_positional(cmd, i)); i++) {
        bool optional = !(f->flags & FIELD_REQUIRED);
        buf_adds(out, optional ? " [" : " ");
        field_placeholder(f, out);
        if (positional_many(f))
            buf_adds(out, "...");
        if (optional)
            buf_addc(out, ']');
    }
    buf_adds(out, " [options]");
}

void option_usage(const struct option *o, struct buf *out)
{
    if (o->letter)
        buf_addf(out, "-%c, ", o->letter);
    if (o->form == OPTION_FLAG && !o->f->dflt)
        buf_addf(out, "--[no-]%s", o->name);
    else
        buf_addf(out, "--%s", o->name);
    if (o->form == OPTION_MAYBE)
        buf_adds(out, "[=NAME]");
    if (!option_takes_value(o))
        return;
    buf_addc(out, ' ');
    if (o->form == OPTION_FILE)
        buf_adds(out, "FILE");
    else
        field_placeholder(o->f, out);
}
