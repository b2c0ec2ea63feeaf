/* Reads a TOML file into statements. */
#include "tui/crs/setup_toml.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/width.h"

#define DEPTH_MAX 64 /* of brackets within one value */

void toml_release(struct toml *t)
{
    for (size_t i = 0; i < t->n; i++)
        strlist_release(&t->v[i].path);
    free(t->v);
    strlist_release(&t->table);
}

/* --- reading -------------------------------------------------------------------------------------
 */

static void skip(struct toml *t, const char *what)
{
    t->at += strspn(t->s + t->at, what);
}

static size_t hex_digits(const char *s, size_t n, unsigned *cp)
{
    size_t i;
    *cp = 0;
    for (i = 0; i < n && s[i] && strchr("0123456789abcdefABCDEF", s[i]); i++)
        *cp = *cp << 4 | (unsigned)(s[i] <= '9' ? s[i] - '0' : (s[i] | 32) - 'a' + 10);
    return i;
}

/* The escape behind a backslash; gives the bytes it takes, 0 for none that TOML has. */
static size_t escape_read(const char *s, struct buf *out)
{
    static const char names[] = "btnfre\"\\", are[] = "\b\t\n\f\r\033\"\\";
    const char *name = *s ? strchr(names, *s) : NULL;
    size_t digits = *s == 'u' ? 4 : *s == 'U' ? 8 : *s == 'x' ? 2 : 0;
    char bytes[4];
    unsigned cp;
    if (name) {
        buf_addc(out, are[name - names]);
        return 1;
    }
    if (!digits || hex_digits(s + 1, digits, &cp) != digits)
        return 0;
    buf_add(out, bytes, utf8_encode(cp, bytes));
    return 1 + digits;
}

bool toml_string(struct toml *t, struct buf *out)
{
    char quote = t->s[t->at++];
    while (t->s[t->at] && !strchr("\r\n", t->s[t->at]) && t->s[t->at] != quote) {
        size_t n = 1;
        if (quote == '"' && t->s[t->at] == '\\') {
            n = escape_read(t->s + ++t->at, out);
            if (!n)
                return false;
        } else {
            buf_addc(out, t->s[t->at]);
        }
        t->at += n;
    }
    return t->s[t->at] == quote && t->at++;
}

/* Of several lines; two more quotes may stand before the three that end it. */
static bool long_string_skip(struct toml *t)
{
    char quote = t->s[t->at];
    char three[] = {quote, quote, quote, 0};
    t->at += 3;
    while (t->s[t->at] && strncmp(t->s + t->at, three, 3) != 0)
        t->at += quote == '"' && t->s[t->at] == '\\' && t->s[t->at + 1] ? 2 : 1;
    if (!t->s[t->at])
        return false;
    t->at += 3;
    for (int i = 0; i < 2 && t->s[t->at] == quote; i++)
        t->at++;
    return true;
}

static bool string_skip(struct toml *t)
{
    char quote = t->s[t->at];
    if (t->s[t->at + 1] == quote && t->s[t->at + 2] == quote)
        return long_string_skip(t);
    struct buf ignored = BUF_INIT;
    bool r = toml_string(t, &ignored);
    buf_wipe(&ignored);
    return r;
}

/* A dotted key; its steps are added. */
static bool key_read(struct toml *t, struct strlist *path)
{
    for (;;) {
        struct buf step = BUF_INIT;
        skip(t, " \t");
        size_t n = strspn(
            t->s + t->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
        bool quoted = t->s[t->at] == '"' || t->s[t->at] == '\'', good = n > 0;
        if (quoted)
            good = toml_string(t, &step);
        buf_add(&step, t->s + t->at, n);
        t->at += n;
        strlist_add(path, step.data);
        buf_release(&step);
        skip(t, " \t");
        if (!good || t->s[t->at] != '.')
            return good;
        t->at++;
    }
}

static void comment_skip(struct toml *t)
{
    if (t->s[t->at] == '#')
        t->at += strcspn(t->s + t->at, "\n");
}

static bool word_skip(struct toml *t)
{
    size_t n = strcspn(t->s + t->at, " \t\r\n,[]{}#=\"'");
    t->at += n;
    /* A date and a time may have a blank between them. */
    if (n == 10 && t->s[t->at - 3] == '-' && t->s[t->at] == ' ' && t->s[t->at + 1] >= '0' &&
        t->s[t->at + 1] <= '9')
        t->at += 1 + strcspn(t->s + t->at + 1, " \t\r\n,[]{}#=\"'");
    return n > 0;
}

static bool value_skip(struct toml *t)
{
    char open[DEPTH_MAX];
    size_t depth = 0;
    do {
        char c = t->s[t->at];
        bool good = true;
        if (c == '[' || c == '{') {
            good = depth < DEPTH_MAX;
            if (good)
                open[depth++] = c == '[' ? ']' : '}';
            t->at++;
        } else if (c == '"' || c == '\'') {
            good = string_skip(t);
        } else if (depth && c == open[depth - 1]) {
            depth--;
            t->at++;
        } else if (depth && (c == ',' || c == '=')) {
            t->at++;
        } else {
            good = word_skip(t);
        }
        if (!good)
            return false;
        for (size_t was = t->at + 1; depth && was != t->at;) {
            was = t->at;
            skip(t, " \t\r\n");
            comment_skip(t);
        }
    } while (depth);
    return true;
}

/* What may follow a statement on its line. */
static bool line_end(struct toml *t)
{
    skip(t, " \t");
    comment_skip(t);
    if (t->s[t->at] == '\r' && t->s[t->at + 1] == '\n')
        t->at++;
    if (t->s[t->at] == '\n')
        t->at++;
    else if (t->s[t->at])
        return false;
    return true;
}

static bool header_read(struct toml *t, struct toml_statement *st)
{
    bool list = t->s[t->at + 1] == '[';
    t->at += list ? 2 : 1;
    st->kind = list ? TOML_TABLE_OF_LIST : TOML_TABLE;
    if (!key_read(t, &st->path) || strncmp(t->s + t->at, list ? "]]" : "]", list ? 2 : 1) != 0)
        return false;
    t->at += list ? 2 : 1;
    st->base = st->path.n;
    strlist_copy(&t->table, &st->path);
    return true;
}

static bool pair_read(struct toml *t, struct toml_statement *st)
{
    st->kind = TOML_PAIR;
    strlist_copy(&st->path, &t->table);
    st->base = st->path.n;
    if (!key_read(t, &st->path) || t->s[t->at] != '=')
        return false;
    t->at++;
    skip(t, " \t");
    st->value = t->at;
    if (!value_skip(t))
        return false;
    st->value_end = t->at;
    return true;
}

int toml_read(struct toml *t, const struct buf *text, struct err *err)
{
    *t = (struct toml){.s = text->data, .at = edit_mark(text)};
    for (;;) {
        size_t begin = t->at;
        skip(t, " \t");
        if (t->s[t->at] && !strchr("#\r\n", t->s[t->at])) {
            t->v = xreallocarray(t->v, t->n + 1, sizeof *t->v);
            struct toml_statement *st = &t->v[t->n++];
            *st = (struct toml_statement){.begin = begin};
            if (!(t->s[t->at] == '[' ? header_read(t, st) : pair_read(t, st)) || !line_end(t))
                return err_set(err, ERR_USAGE, _("line %zu: not TOML"), edit_line(text, begin));
            st->end = t->at;
        } else if (!line_end(t)) {
            return err_set(err, ERR_USAGE, _("line %zu: not TOML"), edit_line(text, begin));
        }
        if (!t->s[t->at])
            return 0;
    }
}
