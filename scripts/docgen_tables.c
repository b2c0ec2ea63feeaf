/* The other tables: settings of the relay, methods, help topics, keys and options of the dashboard.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/settings.h"
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/method.h"
#include "scripts/docgen.h"
#include "tui/dash/keymap.h"

/* --- settings
 * -------------------------------------------------------------------------------------- */

static const char *kind_text(const struct field *f)
{
    switch (f->kind) {
    case F_BOOL:
        return "yes or no";
    case F_INT:
        return "a whole number";
    case F_SIZE:
        return "a size";
    case F_DURATION:
        return "a time span";
    case F_LIST:
        return "a list, with commas";
    default:
        return NULL;
    }
}

static void add_setting(struct buf *out, const struct setting_row *r)
{
    const struct field *f = &r->field;
    char *variable = setting_variable(r);
    buf_addf(out, ".It Cm %s\n", f->name);
    mdoc_sentence(out, f->help);
    if (f->choices)
        buf_addf(out, "One of: %s.\n", f->choices);
    else if (kind_text(f))
        buf_addf(out, "It is %s.\n", kind_text(f));
    if (f->dflt) {
        buf_adds(out, "The default is\n.Cm ");
        mdoc_word(out, f->dflt);
        buf_adds(out, " .\n");
    }
    if (!r->live)
        buf_adds(out, "A change needs a restart.\n");
    buf_addf(out, "Variable:\n.Ev %s .\n", variable);
    free(variable);
}

int part_settings(struct buf *out, const char *argument)
{
    size_t n;
    const struct setting_row *rows = setting_rows(&n);
    const char *section = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!section || strcmp(section, rows[i].field.group) != 0) {
            if (section)
                buf_adds(out, ".El\n");
            section = rows[i].field.group;
            buf_addf(out, ".Ss Section %s\n.Bl -tag -width Ds\n", section);
        }
        add_setting(out, &rows[i]);
    }
    buf_adds(out, section ? ".El\n" : "");
    return *argument ? -1 : 0;
}

/* --- methods
 * --------------------------------------------------------------------------------------- */

static void add_fields(struct buf *out, const char *what, const struct field *f, size_t n)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        if (f[i].flags & FIELD_HIDDEN)
            continue;
        buf_addf(&text, "%s%s%s", text.len ? ", " : "", f[i].name,
            f[i].flags & FIELD_REQUIRED ? "*" : "");
    }
    if (text.len) {
        char *line = xasprintf("%s: %s.", what, text.data);
        mdoc_text(out, line);
        free(line);
    }
    buf_release(&text);
}

int part_methods(struct buf *out, const char *argument)
{
    buf_adds(out, ".Bl -tag -width Ds\n");
    for (int i = 0; i < METHOD_COUNT; i++) {
        const struct method *m = method_by_id((enum method_id)i);
        buf_addf(out, ".It Cm %s Pq %s\n", m->wire, level_name(m->level));
        mdoc_sentence(out, m->summary);
        if (m->detail && !m->words)
            mdoc_sentence(out, m->detail);
        add_fields(out, "Parameters", m->params, m->n_params);
        add_fields(out, m->flags & M_LIST ? "Items" : "Result", m->result, m->n_result);
    }
    buf_adds(out, ".El\n");
    return *argument ? -1 : 0;
}

/* --- topics
 * ---------------------------------------------------------------------------------------- */

/* Topics are laid out by hand for the screen: a term, two blanks or a new line, and its text
 * further in. Here they become lists again, and what stands further in after an empty line a
 * display. */
struct topic_line {
    size_t indent;
    const char *text;
    size_t n;    /* of text */
    size_t term; /* bytes before two blanks; n: none */
};

static struct topic_line line_at(const char *p)
{
    struct topic_line l = {.indent = strspn(p, " ")};
    l.text = p + l.indent;
    l.n = strcspn(l.text, "\n");
    l.term = l.n;
    for (size_t i = 0; i + 1 < l.n && l.term == l.n; i++)
        if (l.text[i] == ' ' && l.text[i + 1] == ' ')
            l.term = i;
    return l;
}

static const char *next_line(const char *p)
{
    size_t n = strcspn(p, "\n");
    return p + n + (p[n] == '\n');
}

/* Adds what belongs to an entry: the rest of its line, and lines that are further in. */
static const char *entry_text(const char *p, const struct topic_line *head, struct buf *text)
{
    buf_add(text, head->text + head->term, head->n - head->term);
    for (p = next_line(p); *p; p = next_line(p)) {
        struct topic_line l = line_at(p);
        if (!l.n || l.indent < head->indent + 4)
            break;
        buf_addc(text, ' ');
        buf_add(text, l.text, l.n);
    }
    return p;
}

static bool is_entry(const char *p, const struct topic_line *l)
{
    struct topic_line next = line_at(next_line(p));
    return l->n && l->indent <= 2 && (l->term < l->n || (next.n && next.indent >= l->indent + 6));
}

static const char *add_entries(const char *p, struct buf *out)
{
    buf_adds(out, ".Bl -tag -width Ds\n");
    for (struct topic_line l = line_at(p); is_entry(p, &l); l = line_at(p)) {
        struct buf text = BUF_INIT;
        char *term = xstrndup(l.text, l.term);
        buf_adds(out, ".It Cm ");
        mdoc_word(out, term);
        buf_addc(out, '\n');
        p = entry_text(p, &l, &text);
        mdoc_sentence(out, text.data + strspn(text.data, " "));
        free(term);
        buf_release(&text);
    }
    buf_adds(out, ".El\n");
    return p;
}

static const char *add_display(const char *p, struct buf *out)
{
    struct buf text = BUF_INIT;
    for (struct topic_line l = line_at(p); l.n && l.indent >= 4; l = line_at(p)) {
        buf_add(&text, l.text, l.n);
        buf_addc(&text, '\n');
        p = next_line(p);
    }
    mdoc_literal(out, text.data);
    buf_release(&text);
    return p;
}

static const char *add_paragraph(const char *p, struct buf *out)
{
    struct buf text = BUF_INIT;
    for (struct topic_line l = line_at(p); l.n && !is_entry(p, &l); l = line_at(p)) {
        buf_add(&text, l.text, l.n);
        buf_addc(&text, ' ');
        p = next_line(p);
    }
    mdoc_text(out, text.data);
    buf_release(&text);
    return p;
}

int part_topic(struct buf *out, const char *name)
{
    size_t n;
    const struct help_topic *t = help_topics(&n);
    while (n && strcmp(t->name, name) != 0)
        n--, t++;
    if (!n)
        return -1;
    bool first = true;
    for (const char *p = t->text; *p;) {
        struct topic_line l = line_at(p);
        if (!l.n) {
            p = next_line(p);
            continue;
        }
        /* mdoc lists and displays make their own distance to what stands before. */
        bool entries = is_entry(p, &l), display = !entries && l.indent >= 4;
        if (!first && !entries && !display)
            buf_adds(out, ".Pp\n");
        p = entries ? add_entries(p, out) : display ? add_display(p, out) : add_paragraph(p, out);
        first = false;
    }
    return 0;
}

/* --- the dashboard
 * --------------------------------------------------------------------------------- */

static const struct key_row keys[] = {
#define KEY(act, key, key2, on, needs, label, help, words)                                         \
    {ACT_##act, key, key2, on, needs, label, help, words, #act},
#include "tui/dash/keys.def"
#undef KEY
};

static void key_text(int key, char out[24])
{
    static const struct {
        int key;
        const char *name;
    } names[] = {{K_ENTER, "Enter"}, {K_TAB, "Tab"}, {K_ESC, "Esc"}, {' ', "Space"}, {K_UP, "Up"},
        {K_DOWN, "Down"}, {K_LEFT, "Left"}, {K_RIGHT, "Right"}, {K_HOME, "Home"}, {K_END, "End"},
        {K_PAGE_UP, "PgUp"}, {K_PAGE_DOWN, "PgDn"}, {K_BACKSPACE, "Backspace"},
        {K_DELETE, "Delete"}, {K_BACK_TAB, "Shift-Tab"}, {K_HELP, "F1"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].key == key) {
            snprintf(out, 24, "%s", names[i].name);
            return;
        }
    if (key < 32)
        snprintf(out, 24, "Ctrl-%c", key + 'A' - 1);
    else
        snprintf(out, 24, "%c", key < 127 ? key : '?');
}

static void add_key(struct buf *out, const struct key_row *k)
{
    char name[24];
    buf_adds(out, ".It Ic ");
    key_text(k->key, name);
    mdoc_word(out, name);
    if (k->key2) {
        key_text(k->key2, name);
        buf_adds(out, " , ");
        mdoc_word(out, name);
    }
    buf_addc(out, '\n');
    mdoc_sentence(out, k->help);
    if (k->words)
        buf_addf(out, "As\n.Ql crs %s .\n", k->words);
    buf_adds(out, "Act\n.Cm ");
    for (const char *p = k->name; *p; p++)
        buf_addc(out, *p == '_' ? '-' : (char)tolower((unsigned char)*p));
    buf_adds(out, " .\n");
}

/* The argument is a screen, or "all" for what works on every one. */
int part_keys(struct buf *out, const char *screen)
{
    static const struct {
        const char *name;
        unsigned on;
    } screens[] = {{"all", ON_ALL}, {"dashboard", ON_DASHBOARD}, {"accounts", ON_ACCOUNTS},
        {"keys", ON_KEYS}, {"requests", ON_REQUESTS}, {"usage", ON_USAGE}, {"logs", ON_LOGS}};
    for (size_t s = 0; s < sizeof screens / sizeof screens[0]; s++) {
        if (strcmp(screens[s].name, screen) != 0)
            continue;
        buf_adds(out, ".Bl -tag -width Ds\n");
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
            bool everywhere = keys[i].on == ON_ALL;
            bool here =
                screens[s].on == ON_ALL ? everywhere : !everywhere && keys[i].on & screens[s].on;
            if (here && keys[i].key)
                add_key(out, &keys[i]);
        }
        buf_adds(out, ".El\n");
        return 0;
    }
    return -1;
}

int part_tui_options(struct buf *out, const char *argument)
{
    static const struct {
        char letter;
        const char *name, *argument, *help;
    } rows[] = {
#define OPTION(letter, name, argument, help) {letter, name, argument, help},
#include "tui/dash/options.def"
#undef OPTION
    };
    buf_adds(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_adds(out, ".It");
        if (rows[i].letter)
            buf_addf(out, " Fl %c ,", rows[i].letter);
        buf_addf(out, " Fl Fl %s", rows[i].name);
        if (rows[i].argument)
            buf_addf(out, " Ar %s", rows[i].argument);
        buf_addc(out, '\n');
        mdoc_sentence(out, rows[i].help);
    }
    buf_adds(out, ".El\n");
    return *argument ? -1 : 0;
}
