/* One setting in the text of a file: everything else stays as a person wrote it. */
#include "common/conf.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/text.h"

struct line {
    const char *at, *end; /* end: behind its newline */
};

static struct line line_number(const char *text, size_t n, int number)
{
    const char *end = text + n;
    struct line l = {text, text};

    for (int i = 0; i < number; i++) {
        const char *newline = memchr(l.end, '\n', (size_t)(end - l.end));
        l = (struct line){l.end, newline ? newline + 1 : end};
    }
    return l;
}

static void add_value(struct buf *out, const char *value)
{
    size_t n = strlen(value);
    bool blank = n && (value[0] == ' ' || value[n - 1] == ' ');

    if (!blank && !strpbrk(value, "\"#\\")) {
        buf_adds(out, value);
        return;
    }
    buf_addc(out, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            buf_addc(out, '\\');
        buf_addc(out, *value);
    }
    buf_addc(out, '"');
}

static void add_setting(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, "%s = ", name);
    add_value(out, value);
    buf_addc(out, '\n');
}

/* Where the value of the line ends: what follows is blanks, a comment and the newline. */
static const char *value_end(const char *p, const char *end)
{
    const char *start = p, *last = p;

    if (p < end && *p == '"') {
        for (p++; p < end && *p != '"'; p++)
            p += *p == '\\' && p + 1 < end;
        return p < end ? p + 1 : end;
    }
    for (; p < end && *p != '\n'; p++) {
        bool blank = *p == ' ' || *p == '\t' || *p == '\r';
        if (*p == '#' && (p == start || p[-1] == ' ' || p[-1] == '\t'))
            break;
        if (!blank)
            last = p + 1;
    }
    return last;
}

static void replace(struct line l, const char *value, struct buf *out)
{
    const char *p = memchr(l.at, '=', (size_t)(l.end - l.at));

    p++;
    while (p < l.end && (*p == ' ' || *p == '\t'))
        p++;
    buf_add(out, l.at, (size_t)(p - l.at));
    if (p[-1] == '=')
        buf_addc(out, ' ');
    add_value(out, value);
    p = value_end(p, l.end);
    buf_add(out, p, (size_t)(l.end - p));
}

/* The last setting of the section; NULL: it has none. */
static const struct conf_entry *last_of(const struct conf *c, const char *section)
{
    const struct conf_entry *last = NULL;

    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->v[i].section, section) == 0)
            last = &c->v[i];
    return last;
}

static bool is_header(struct span line, const char *section)
{
    size_t n = strlen(section);

    return line.n >= n + 2 && strncmp(line.p + 1, section, n) == 0 && line.p[n + 1] == ']';
}

/* Where the first setting of a section goes: behind its header; what has no header goes before all
 * others. NULL: the section is not there. */
static const char *place_in(const char *text, size_t n, const char *section)
{
    for (const char *p = text, *end = text + n; p < end;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline ? newline : end;
        struct span line = span_trim((struct span){p, (size_t)(stop - p)});
        bool header = line.n && line.p[0] == '[';
        if (header && !*section)
            return p;
        p = newline ? newline + 1 : end;
        if (header && is_header(line, section))
            return p;
    }
    return *section ? NULL : text + n;
}

static void insert(const struct conf *c, const char *text, size_t n, const char *section,
    const char *name, const char *value, struct buf *out)
{
    const struct conf_entry *last = last_of(c, section);
    const char *place = last ? line_number(text, n, last->line).end : place_in(text, n, section);
    const char *at = place ? place : text + n;

    buf_add(out, text, (size_t)(at - text));
    if (out->len && out->data[out->len - 1] != '\n')
        buf_addc(out, '\n');
    if (!place)
        buf_addf(out, "%s[%s]\n", out->len ? "\n" : "", section);
    add_setting(out, name, value);
    buf_add(out, at, (size_t)(text + n - at));
}

int conf_edit(const char *path, const char *text, size_t n, const char *section, const char *name,
    const char *value, struct buf *out, struct err *err)
{
    struct conf c = {0};

    if (conf_parse(&c, path, text, n, err) < 0)
        return -1;
    const struct conf_entry *e = conf_get(&c, section, name);
    struct line l = e ? line_number(text, n, e->line) : (struct line){text + n, text + n};
    if (e || !value) {
        buf_add(out, text, (size_t)(l.at - text));
        if (e && value)
            replace(l, value, out);
        buf_add(out, l.end, (size_t)(text + n - l.end));
    } else {
        insert(&c, text, n, section, name, value, out);
    }
    conf_release(&c);
    return 0;
}
