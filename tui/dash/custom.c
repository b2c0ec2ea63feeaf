/* What people make of it in their configuration: keys, and a theme of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/text.h"
#include "tui/dash/options.h"
#include "tui/dash/term_int.h"

/* --- keys ----------------------------------------------------------------------------------------
 */

static int at_line(struct err *err, const struct conf *c, const struct conf_entry *e)
{
    err_prefix(err, "%s:%d", c->path, e->line);
    return -1;
}

/* Clashes are looked for when all is set: two acts may change places. */
int custom_keys(struct options *o, const struct conf *c, struct err *err)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < c->n; i++) {
            const struct conf_entry *e = &c->v[i];
            if (strcmp(e->section, "keys") != 0)
                continue;
            if ((pass == 0 && keymap_set(&o->keys, e->name, e->value, err) < 0) ||
                (pass == 1 && keymap_check(&o->keys, e->name, err) < 0))
                return at_line(err, c, e);
        }
    return 0;
}

/* --- theme ---------------------------------------------------------------------------------------
 */

static const char *const look_names[LOOKS] = {
    [LOOK_TEXT] = "text",
    [LOOK_DIM] = "dim",
    [LOOK_BOLD] = "bold",
    [LOOK_TITLE] = "title",
    [LOOK_TAB] = "tab",
    [LOOK_RULE] = "rule",
    [LOOK_HEAD] = "head",
    [LOOK_CURSOR] = "cursor",
    [LOOK_GOOD] = "good",
    [LOOK_WARN] = "warn",
    [LOOK_BAD] = "bad",
    [LOOK_KEY] = "key",
    [LOOK_FIELD] = "field",
    [LOOK_CHART] = "chart",
    [LOOK_CHART_2] = "chart-2",
    [LOOK_CHART_3] = "chart-3",
};

void own_theme_init(struct own_theme *o, const char *name, enum theme like)
{
    snprintf(o->name, sizeof o->name, "%s", name);
    memcpy(o->looks, look_rows[like], sizeof o->looks);
}

/* A name, or a number of 0 to 255; -2: neither. */
static int colour(const char *word)
{
    static const char *const names[] = {
        "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"};
    char *end;
    for (int i = 0; i < 8; i++)
        if (strcmp(names[i], word) == 0)
            return i;
    if (strcmp(word, "default") == 0)
        return NO_COLOUR;
    long n = strtol(word, &end, 10);
    return *word >= '0' && *word <= '9' && !*end && n < 256 ? (int)n : -2;
}

static unsigned manner(const char *word)
{
    static const char *const names[] = {"bold", "dim", "reverse", "underline"};
    static const unsigned attrs[] = {ATTR_BOLD, ATTR_DIM, ATTR_REVERSE, ATTR_UNDERLINE};
    for (size_t i = 0; i < 4; i++)
        if (strcmp(names[i], word) == 0)
            return attrs[i];
    return 0;
}

/* With 16 colours a number beyond them is the terminal's own. */
static short plain(int c)
{
    return c < 8 ? (short)c : NO_COLOUR;
}

int own_theme_set(struct own_theme *o, const char *look, const char *value, struct err *err)
{
    struct look_row row = {NO_COLOUR, NO_COLOUR, NO_COLOUR, NO_COLOUR, 0};
    struct strlist words = {0};
    const char *odd = NULL;
    bool paper = false;
    int at = 0;
    while (at < LOOKS && strcmp(look_names[at], look) != 0)
        at++;
    if (at == LOOKS) {
        err_set(err, ERR_USAGE, _("no such look '%.60s'"), look);
        return err_hint(
            err, _("text, dim, bold, title, tab, rule, head, cursor, good, warn, bad, key, "
                   "field, chart, chart-2 or chart-3"));
    }
    strlist_split(&words, value, " ");
    for (size_t i = 0; i < words.n && !odd; i++) {
        int c = colour(words.v[i]);
        if (manner(words.v[i])) {
            row.attrs |= manner(words.v[i]);
        } else if (strcmp(words.v[i], "on") == 0) {
            paper = true;
        } else if (c >= NO_COLOUR) {
            *(paper ? &row.paper : &row.ink) = plain(c);
            *(paper ? &row.rich_paper : &row.rich_ink) = (short)c;
        } else {
            odd = words.v[i];
        }
    }
    if (odd) {
        err_set(err, ERR_USAGE, _("no such colour or manner '%.60s'"), odd);
        err_hint(
            err, _("COLOUR on COLOUR, then bold, dim, reverse or underline; a colour is a name of "
                   "eight, default, or a number up to 255"));
    } else {
        o->looks[at] = row;
    }
    strlist_release(&words);
    return odd ? -1 : 0;
}

/* 1 for a good line, -1 for a bad one; `like` was read before. */
static int theme_line(
    struct options *o, const struct conf *c, const struct conf_entry *e, struct err *err)
{
    if (strcmp(e->name, "like") == 0)
        return 1;
    return own_theme_set(&o->own, e->name, e->value, err) < 0 ? at_line(err, c, e) : 1;
}

int custom_theme(struct options *o, const struct conf *c, const char *name, struct err *err)
{
    char *section = xasprintf("theme.%s", name);
    const struct conf_entry *like = conf_get(c, section, "like");
    int base = like ? theme_by_name(like->value) : THEME_TERMINAL, r = 0;
    if (base < 0) {
        err_set(err, ERR_USAGE, _("no such theme '%.60s'"), like->value);
        r = at_line(err, c, like);
    } else {
        own_theme_init(&o->own, name, (enum theme)base);
    }
    for (size_t i = 0; i < c->n && r >= 0; i++)
        if (strcmp(c->v[i].section, section) == 0)
            r = theme_line(o, c, &c->v[i], err);
    if (r <= 0)
        o->own.name[0] = 0;
    free(section);
    return r;
}
