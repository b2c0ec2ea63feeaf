/* One value of a TOML file. The text is read into statements (headers, and keys with their values)
 * with their places; a value is then replaced where it stands, or a line is added to the table that
 * it belongs to. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/crs/setup_toml.h"

/* --- finding -------------------------------------------------------------------------------------
 */

/* The first n steps are the same. */
static bool begins(const struct strlist *a, const struct strlist *b, size_t n)
{
    bool same = a->n >= n && b->n >= n;
    for (size_t i = 0; same && i < n; i++)
        same = strcmp(a->v[i], b->v[i]) == 0;
    return same;
}

static bool same(const struct strlist *a, const struct strlist *b)
{
    return a->n == b->n && begins(a, b, a->n);
}

static int in_the_way(const struct buf *text, const struct toml_statement *st, struct err *err)
{
    char *name = strlist_join(&st->path, ".");
    err_set(
        err, ERR_USAGE, _("line %zu: '%.80s' stands in the way"), edit_line(text, st->begin), name);
    free(name);
    return err_hint(err, _("write it as a table of its own, or by hand as crs shows it"));
}

/* What is there once only, and in a form to which lines can be added. */
static int find(const struct toml *t, const struct buf *text, const struct strlist *path,
    const struct toml_statement **pair, const struct toml_statement **table, struct err *err)
{
    *pair = *table = NULL;
    for (size_t i = 0; i < t->n; i++) {
        const struct toml_statement *st = &t->v[i];
        bool ours = st->kind == TOML_PAIR && same(&st->path, path);
        bool home = st->kind == TOML_TABLE && st->path.n + 1 == path->n &&
                    begins(&st->path, path, st->path.n);
        bool above =
            st->kind != TOML_TABLE && st->path.n < path->n && begins(&st->path, path, st->path.n);
        bool below = st->path.n > path->n && begins(&st->path, path, path->n);
        below = below || (st->kind != TOML_PAIR && same(&st->path, path));
        if (above || below || (ours && *pair) || (home && *table))
            return in_the_way(text, st, err);
        *pair = ours ? st : *pair;
        *table = home ? st : *table;
    }
    return 0;
}

/* --- putting -------------------------------------------------------------------------------------
 */

static void add_key(struct buf *out, const struct strlist *path, size_t from)
{
    for (size_t i = from; i < path->n; i++) {
        const char *step = path->v[i];
        size_t n = strlen(step);
        bool bare = n && strspn(step, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_-") == n;
        if (i > from)
            buf_addc(out, '.');
        if (bare)
            buf_adds(out, step);
        else
            json_quote(out, step, n);
    }
}

static void replace(struct buf *text, const struct toml_statement *st, const char *quoted,
    const char *value, struct edit_was *was)
{
    struct toml t = {.s = text->data, .at = st->value};
    size_t n = st->value_end - st->value;
    char c = text->data[st->value];
    bool string = c == '"' || c == '\'';
    struct buf is = BUF_INIT;
    /* Only a string of one line ends where it was found to end. */
    bool read = string && toml_string(&t, &is) && t.at == st->value_end;
    if (read)
        edit_was_set(was, is.data, is.len);
    else
        edit_was_set(was, text->data + st->value, n);
    bool same = read && strcmp(is.data, value) == 0;
    buf_wipe(&is);
    if (same)
        return;
    edit_splice(text, st->value, st->value_end, quoted, strlen(quoted));
}

/* A whole line (or lines) at a place where a line begins. */
static void add_lines(struct buf *text, size_t at, struct buf *lines)
{
    const char *newline = edit_newline(text);
    struct buf out = BUF_INIT;
    if (at && text->data[at - 1] != '\n' && at != edit_mark(text))
        buf_adds(&out, newline);
    for (size_t i = 0; i < lines->len; i++) {
        if (lines->data[i] == '\n')
            buf_adds(&out, newline);
        else
            buf_addc(&out, lines->data[i]);
    }
    edit_splice(text, at, at, out.data, out.len);
    buf_wipe(&out);
}

/* Of the table that the header begins (NULL: the root), behind its last pair; a table that is made
 * of dotted keys goes on in that way, for a header would define it twice. */
static void insert(struct buf *text, const struct toml *t, const struct toml_statement *table,
    const struct strlist *path, const char *quoted)
{
    struct buf lines = BUF_INIT;
    const struct toml_statement *after = table, *dotted = NULL;
    size_t first = table ? (size_t)(table - t->v) + 1 : 0, parent = path->n - 1;
    for (size_t i = first; i < t->n && t->v[i].kind == TOML_PAIR; i++)
        after = &t->v[i];
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].kind == TOML_PAIR && t->v[i].base < parent &&
            begins(&t->v[i].path, path, parent))
            dotted = &t->v[i];
    bool here = table || parent == 0;
    size_t at = dotted ? dotted->end : !here ? text->len : after ? after->end : edit_mark(text);
    size_t from = dotted ? dotted->base : parent;
    if (!dotted && !here) {
        buf_adds(&lines, text->len > edit_mark(text) ? "\n[" : "[");
        struct strlist head = {path->v, parent};
        add_key(&lines, &head, 0);
        buf_adds(&lines, "]\n");
    }
    add_key(&lines, path, from);
    buf_addf(&lines, " = %s\n", quoted);
    if (here && !dotted && !after && t->n) /* before all tables */
        buf_addc(&lines, '\n');
    add_lines(text, at, &lines);
    buf_wipe(&lines);
}

int edit_toml(struct buf *text, const struct strlist *path, const char *value, struct edit_was *was,
    struct err *err)
{
    const struct toml_statement *pair, *table;
    struct toml t = {0};
    int r = edit_check(text, err);
    if (r == 0)
        r = toml_read(&t, text, err);
    if (r == 0)
        r = find(&t, text, path, &pair, &table, err);
    if (r == 0) {
        struct buf quoted = BUF_INIT;
        json_quote(&quoted, value, strlen(value));
        if (pair)
            replace(text, pair, quoted.data, value, was);
        else
            insert(text, &t, table, path, quoted.data);
        buf_wipe(&quoted);
    }
    toml_release(&t);
    return r;
}
