/* NAME=value lines. Readers differ in which of two lines of one name they take, so all are set. */
#include <string.h>
#include "common/i18n.h"
#include "tui/crs/setup_edit.h"

struct line {
    size_t name, name_end;   /* empty: blank or comment */
    size_t value, value_end; /* without blanks and comment behind it, with its quotes */
    size_t next;             /* where the line after it begins */
};

static size_t skip(const char *s, size_t at, const char *what)
{
    return at + strspn(s + at, what);
}

/* The end of a quoted value, which may go over several lines; 0 when nothing closes it, or when
 * something stands behind it: then the quote is an ordinary sign. */
static size_t quoted_end(const char *s, size_t at)
{
    char quote = s[at];
    if (!quote || !strchr("\"'`", quote))
        return 0;
    for (at++; s[at] && s[at] != quote; at++)
        if (s[at] == '\\' && s[at + 1])
            at++;
    if (!s[at] || !strchr("#\r\n", s[skip(s, at + 1, " \t")]))
        return 0;
    return at + 1;
}

static size_t value_end(const char *s, size_t at)
{
    size_t end = quoted_end(s, at);
    if (end)
        return end;
    end = at + strcspn(s + at, "#\r\n");
    while (end > at && (s[end - 1] == ' ' || s[end - 1] == '\t'))
        end--;
    return end;
}

/* 0, or -1 for a line that no reader would take. */
static int line_read(const char *s, size_t at, struct line *l)
{
    *l = (struct line){0};
    at = skip(s, at, " \t");
    if (strncmp(s + at, "export", 6) == 0 && (s[at + 6] == ' ' || s[at + 6] == '\t'))
        at = skip(s, at + 6, " \t");
    l->name = l->name_end = at;
    if (s[at] && !strchr("#\r\n", s[at])) {
        l->name_end =
            skip(s, at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
        at = skip(s, l->name_end, " \t");
        bool colon = s[at] == ':' && (s[at + 1] == ' ' || s[at + 1] == '\t');
        if (l->name_end == l->name || (s[at] != '=' && !colon))
            return -1;
        l->value = skip(s, at + 1, " \t");
        l->value_end = at = value_end(s, l->value);
    }
    at += strcspn(s + at, "\n");
    l->next = at + (s[at] == '\n');
    return 0;
}

static bool is_quoted(const char *s, size_t n)
{
    return n >= 2 && strchr("\"'`", s[0]) && s[n - 1] == s[0];
}

static void put_at(struct buf *text, struct line *l, const char *value, struct edit_was *was)
{
    const char *old = text->data + l->value;
    size_t n = l->value_end - l->value;
    bool quoted = is_quoted(old, n);
    edit_was_set(was, old + quoted, n - 2 * (size_t)quoted);
    if (strcmp(was->text.data, value) == 0)
        return;
    edit_splice(text, l->value, l->value_end, value, strlen(value));
    l->next = l->next - n + strlen(value);
}

static void append(struct buf *text, const char *name, const char *value)
{
    const char *newline = edit_newline(text);
    if (text->len && text->data[text->len - 1] != '\n')
        buf_adds(text, newline);
    buf_addf(text, "%s=%s%s", name, value, newline);
}

int edit_env(struct buf *text, const struct strlist *path, const char *value, struct edit_was *was,
    struct err *err)
{
    const char *name = path->v[0];
    bool found = false;
    struct line l;
    if (edit_check(text, err) < 0)
        return -1;
    for (size_t at = edit_mark(text); at < text->len; at = l.next)
        if (line_read(text->data, at, &l) < 0)
            return err_set(err, ERR_USAGE, _("line %zu: neither NAME=value nor a comment"),
                edit_line(text, at));
    for (size_t at = edit_mark(text); at < text->len; at = l.next) {
        line_read(text->data, at, &l);
        size_t n = l.name_end - l.name;
        if (n == strlen(name) && memcmp(text->data + l.name, name, n) == 0) {
            put_at(text, &l, value, was);
            found = true;
        }
    }
    if (!found)
        append(text, name, value);
    return 0;
}
