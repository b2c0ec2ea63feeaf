/* Members of a JSON file of settings. The text is copied with comments and last commas as blanks,
 * the copy is checked strictly, and since every byte lies at the same place in both, places are
 * found in the copy and changed in the text. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/jscan.h"
#include "common/json.h"
#include "common/secret.h"
#include "tui/crs/setup_edit.h"

/* The copies: without comments; without last commas as well. */
struct plain {
    char *commas;
    char *s;
};

static void plain_release(struct plain *p)
{
    free(p->commas);
    free(p->s);
}

/* --- comments and commas ------------------------------------------------------------------------
 */

static size_t string_end(const char *s, size_t at)
{
    for (at++; s[at] && s[at] != '"'; at++)
        if (s[at] == '\\' && s[at + 1])
            at++;
    return at + (s[at] != 0);
}

/* An open block comment stays: the check names its line. */
static size_t comment_end(const char *s, size_t at)
{
    if (s[at + 1] == '/')
        return at + strcspn(s + at, "\r\n");
    const char *close = s[at + 1] == '*' ? strstr(s + at + 2, "*/") : NULL;
    return close ? (size_t)(close - s) + 2 : at;
}

static void blank(char *s, size_t begin, size_t end)
{
    for (; begin < end; begin++)
        if (s[begin] != '\n' && s[begin] != '\r')
            s[begin] = ' ';
}

static void plain_init(struct plain *p, const struct buf *text)
{
    char last = '[', before = '['; /* signs outside strings and comments */
    size_t comma = 0;
    p->commas = xstrndup(text->data, text->len);
    blank(p->commas, 0, edit_mark(text));
    for (size_t at = 0; p->commas[at];) {
        size_t end = p->commas[at] == '/' ? comment_end(p->commas, at) : at;
        if (end > at)
            blank(p->commas, at, end);
        at = p->commas[at] == '"' ? string_end(p->commas, at) : end > at ? end : at + 1;
    }
    p->s = xstrdup(p->commas);
    for (size_t at = 0; p->s[at]; at = p->s[at] == '"' ? string_end(p->s, at) : at + 1) {
        char c = p->s[at];
        if (strchr(" \t\r\n", c))
            continue;
        if ((c == '}' || c == ']') && last == ',' && !strchr("[{,:", before))
            p->s[comma] = ' ';
        before = last;
        last = c;
        comma = c == ',' ? at : comma;
    }
}

/* Line by line, so that the line of a fault is known. */
static int check(const struct plain *p, struct err *err)
{
    struct jscan *scan = jscan_create(NULL, 0);
    size_t line = 0;
    int r = 0;
    for (const char *s = p->s; *s && r == 0;) {
        size_t n = strcspn(s, "\n");
        n += s[n] == '\n';
        r = jscan_feed(scan, s, n, NULL);
        s += n;
        line++;
    }
    if (r == 0)
        r = jscan_end(scan, NULL);
    if (r < 0)
        err_set(err, ERR_USAGE, _("line %zu: not JSON"), line ? line : 1);
    else if (jscan_root(scan) != JSCAN_OBJECT)
        r = err_set(err, ERR_USAGE, _("line 1: no JSON object"));
    jscan_free(scan);
    return r;
}

/* --- finding, in text that is known to be JSON
 * ----------------------------------------------------- */

static size_t skip_blank(const char *s, size_t at)
{
    return at + strspn(s + at, " \t\r\n");
}

static size_t value_end(const char *s, size_t at)
{
    size_t depth = 0;
    if (s[at] != '{' && s[at] != '[' && s[at] != '"')
        return at + strcspn(s + at, ",]} \t\r\n");
    do {
        char c = s[at];
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        at = c == '"' ? string_end(s, at) : at + 1;
    } while (depth && s[at]);
    return at;
}

/* As it reads: strings decoded, other values as written. Heap. */
static char *value_text(const char *s, size_t at)
{
    size_t n = value_end(s, at) - at;
    cJSON *v = s[at] == '"' ? json_parse(s + at, n, NULL) : NULL;
    char *text = v ? xstrdup(v->valuestring) : xstrndup(s + at, n);
    cJSON_Delete(v);
    return text;
}

static bool value_is(const char *s, size_t at, const char *text)
{
    char *is = value_text(s, at);
    bool same = s[at] == '"' && strcmp(is, text) == 0;
    free(is);
    return same;
}

/* The next member or element from `at`, or 0 at the end. */
static size_t next_in(const char *s, size_t at)
{
    at = skip_blank(s, at);
    if (s[at] == ',')
        at = skip_blank(s, at + 1);
    return s[at] == '}' || s[at] == ']' ? 0 : at;
}

/* The value of a member: the last of its name, as JSON.parse has it. 0: none. */
static size_t member_find(const char *s, size_t object, const char *name)
{
    size_t found = 0;
    for (size_t at = object + 1; (at = next_in(s, at));) {
        bool same = value_is(s, at, name);
        at = skip_blank(s, string_end(s, at));
        at = skip_blank(s, at + 1);
        if (same)
            found = at;
        at = value_end(s, at);
    }
    return found;
}

/* "[name=text]" in its parts. */
static void step_split(const char *step, char **name, char **text)
{
    const char *equals = strchr(step, '=');
    *name = xstrndup(step + 1, (size_t)(equals - step) - 1);
    *text = xstrndup(equals + 1, strlen(equals + 1) - 1);
}

static size_t element_find(const char *s, size_t array, const char *step)
{
    char *name, *text;
    size_t found = 0;
    step_split(step, &name, &text);
    for (size_t at = array + 1; !found && (at = next_in(s, at)); at = value_end(s, at)) {
        size_t v = s[at] == '{' ? member_find(s, at, name) : 0;
        if (v && value_is(s, v, text))
            found = at;
    }
    free(name);
    free(text);
    return found;
}

/* --- adding
 * --------------------------------------------------------------------------------------- */

static size_t line_begin(const char *s, size_t at)
{
    while (at && s[at - 1] != '\n')
        at--;
    return at;
}

/* The blanks that the line of `at` begins with, in the text itself. */
static struct span indent_of(const char *s, size_t at)
{
    size_t begin = line_begin(s, at);
    return (struct span){s + begin, strspn(s + begin, " \t")};
}

static bool on_lines(const char *s, size_t open)
{
    size_t end = value_end(s, open);
    return memchr(s + open, '\n', end - open) != NULL;
}

/* How the file is laid out: a whole one on one line gets no others. */
struct layout {
    bool lines;
    const char *newline;
    struct span outer, unit; /* indent of the container, and one step of it */
};

static void layout_init(struct layout *l, const struct buf *text, const char *s, size_t open)
{
    size_t root = skip_blank(s, 0), first = next_in(s, root + 1);
    struct span unit = first ? indent_of(text->data, first) : (struct span){0};
    bool filled = next_in(s, open + 1) != 0;
    l->lines = filled ? on_lines(s, open) : first == 0 || on_lines(s, root);
    l->newline = edit_newline(text);
    l->outer = indent_of(text->data, open);
    l->unit = unit.n && on_lines(s, root) ? unit : span_of("  ");
}

/* The new text; '\n' in it begins a line, '\t' stands for one step of indent. */
static void add_laid(struct buf *out, const struct layout *l, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n' && l->lines) {
            buf_adds(out, l->newline);
            buf_add(out, l->outer.p, l->outer.n);
        } else if (*text == '\t' && l->lines) {
            buf_add(out, l->unit.p, l->unit.n);
        } else if (*text != '\n' && *text != '\t') {
            buf_addc(out, *text);
        }
    }
}

/* Adds a member or element at the end of the container that opens there, behind comments that are
 * there. */
static void insert(struct buf *text, const struct plain *p, size_t open, const char *what)
{
    struct layout l;
    struct buf add = BUF_INIT;
    size_t close = value_end(p->s, open) - 1, last = close, at = close;
    while (strchr(" \t\r\n", p->s[last - 1]))
        last--;
    while (at > last && strchr(" \t\r\n", text->data[at - 1]))
        at--;
    bool filled = last > open + 1;
    bool comma = memchr(p->commas + last, ',', at - last) != NULL;
    layout_init(&l, text, p->s, open);
    /* Behind a comment that goes to the end of its line nothing can stand. */
    l.lines = l.lines || memchr(text->data + at, '\n', close - at);
    add_laid(&add, &l, filled && !l.lines ? " " : "\n\t");
    add_laid(&add, &l, what);
    bool own_line = l.lines && !memchr(text->data + at, '\n', close - at); /* for the bracket */
    if (own_line)
        add_laid(&add, &l, "\n");
    edit_splice(text, at, own_line ? close : at, add.data, add.len);
    if (filled && !comma)
        edit_splice(text, last, last, ",", 1);
    buf_wipe(&add);
}

static void insert_step(
    struct buf *text, const struct plain *p, size_t open, const char *step, const char *value)
{
    struct buf what = BUF_INIT;
    if (step[0] == '[') {
        char *name, *is;
        step_split(step, &name, &is);
        buf_adds(&what, "{\n\t\t");
        json_quote(&what, name, strlen(name));
        buf_adds(&what, ": ");
        json_quote(&what, is, strlen(is));
        buf_adds(&what, "\n\t}");
        free(name);
        free(is);
    } else {
        json_quote(&what, step, strlen(step));
        buf_addf(&what, ": %s", value);
    }
    insert(text, p, open, what.data);
    buf_wipe(&what);
}

/* --- putting
 * --------------------------------------------------------------------------------------- */

/* One walk along the path: 1 when it made a step that was missing and wants another walk. `was` is
 * NULL once a step was made. */
static int walk(struct buf *text, const struct plain *p, const struct strlist *path,
    const char *value, struct edit_was *was, struct err *err)
{
    size_t at = skip_blank(p->s, 0);
    for (size_t i = 0; i < path->n; i++) {
        const char *step = path->v[i], *next = i + 1 < path->n ? path->v[i + 1] : "";
        bool array = step[0] == '[';
        if (p->s[at] != (array ? '[' : '{'))
            return err_set(err, ERR_USAGE,
                array ? _("line %zu: '%.60s' is no list") : _("line %zu: '%.60s' is no object"),
                edit_line(text, at), i ? path->v[i - 1] : "");
        size_t found = array ? element_find(p->s, at, step) : member_find(p->s, at, step);
        if (!found) {
            insert_step(text, p, at, step, !*next ? value : *next == '[' ? "[]" : "{}");
            return 1;
        }
        at = found;
    }
    if (!was)
        return 0;
    char *is = value_text(p->s, at), *want = value_text(value, 0);
    bool same = p->s[at] == '"' && strcmp(is, want) == 0;
    secret_free(want);
    edit_was_set(was, is, strlen(is));
    secret_free(is);
    /* Escapes may be written in several ways: what reads the same stays. */
    if (!same)
        edit_splice(text, at, value_end(p->s, at), value, strlen(value));
    return 0;
}

int edit_json(struct buf *text, const struct strlist *path, const char *value, struct edit_was *was,
    struct err *err)
{
    struct buf quoted = BUF_INIT;
    struct plain p;
    bool made = false;
    int r;
    if (edit_check(text, err) < 0)
        return -1;
    size_t mark = edit_mark(text);
    if (text->data[mark + strspn(text->data + mark, " \t\r\n")] == 0) /* as if it were not there */
        buf_adds(text, text->len > mark && text->data[text->len - 1] != '\n' ? "\n{}\n" : "{}\n");
    json_quote(&quoted, value, strlen(value));
    do {
        plain_init(&p, text);
        r = made ? 0 : check(&p, err);
        if (r == 0)
            r = walk(text, &p, path, quoted.data, made ? NULL : was, err);
        made = made || r == 1;
        plain_release(&p);
    } while (r == 1);
    buf_wipe(&quoted);
    return r;
}
