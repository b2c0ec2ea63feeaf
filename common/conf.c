/* Configuration files: `name = value`, sections, comments. */
#include "common/conf.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/path.h"
#include "common/text.h"
#include "common/width.h"

/* More settings than this is no configuration of ours; it also bounds the search for doubles. */
enum { FILE_MAX = 1 << 20, ENTRIES_MAX = 4096 };

struct parser {
    struct conf *conf;
    char *section;
    int line;
    struct err *err;
};

static int complain(struct parser *p, const char *what)
{
    return err_set(p->err, ERR_USAGE, "%s:%d: %s", p->conf->path, p->line, what);
}

static bool is_name(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], l = (char)(c | 0x20);
        if (!(l >= 'a' && l <= 'z') && !(c >= '0' && c <= '9') && !strchr("_-.", c))
            return false;
    }
    return s.n > 0;
}

/* A comment begins the line or follows a blank, so that "a#b" is a value. */
static struct span without_comment(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '#' && (i == 0 || s.p[i - 1] == ' ' || s.p[i - 1] == '\t'))
            return (struct span){s.p, i};
    return s;
}

/* "..." with \" and \\; behind it only blanks or a comment. */
static int quoted(struct parser *p, struct span s, struct buf *out)
{
    size_t i = 1;
    for (; i < s.n && s.p[i] != '"'; i++) {
        if (s.p[i] == '\\') {
            if (++i == s.n || (s.p[i] != '"' && s.p[i] != '\\'))
                return complain(p, "only \\\" and \\\\ may follow a backslash in quotes");
        }
        buf_addc(out, s.p[i]);
    }
    if (i == s.n)
        return complain(p, "quotes are not closed");
    struct span rest = span_trim((struct span){s.p + i + 1, s.n - i - 1});
    return rest.n && rest.p[0] != '#' ? complain(p, "text behind the closing quote") : 0;
}

static int add_entry(struct parser *p, struct span name, struct span value)
{
    struct conf *c = p->conf;
    struct conf_entry e = {.section = p->section, .line = p->line};
    struct buf text = BUF_INIT;
    if (c->n == ENTRIES_MAX)
        return complain(p, "too many settings");
    e.name = span_dup(name);
    const struct conf_entry *before = conf_get(c, e.section, e.name);
    int ret = 0;
    if (before)
        ret = err_set(p->err, ERR_USAGE, "%s:%d: '%s' is set already in line %d", c->path, p->line,
            e.name, before->line);
    else if (value.n && value.p[0] == '"')
        ret = quoted(p, value, &text);
    else
        buf_add(&text, value.p, value.n);
    if (ret < 0) {
        free(e.name);
        buf_release(&text);
        return -1;
    }
    e.section = xstrdup(p->section);
    e.value = buf_steal(&text, NULL);
    c->v = xreallocarray(c->v, c->n + 1, sizeof *c->v);
    c->v[c->n++] = e;
    return 0;
}

static int section_header(struct parser *p, struct span s)
{
    s = span_trim(without_comment(s));
    if (s.p[s.n - 1] != ']')
        return complain(p, "section header without ']'");
    struct span name = span_trim((struct span){s.p + 1, s.n - 2});
    if (name.n == 0 || memchr(name.p, '[', name.n) || memchr(name.p, ']', name.n))
        return complain(p, "bad section name");
    free(p->section);
    p->section = span_dup(name);
    return 0;
}

static int parse_line(struct parser *p, struct span s)
{
    if (s.n && s.p[s.n - 1] == '\r')
        s.n--;
    s = span_trim(s);
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7F)
            return complain(p, "control character");
    if (!utf8_valid(s.p, s.n))
        return complain(p, "not UTF-8");
    if (s.n == 0 || s.p[0] == '#')
        return 0;
    if (s.p[0] == '[')
        return section_header(p, s);
    const char *equals = memchr(s.p, '=', s.n);
    if (!equals)
        return complain(p, "no '=' here; a setting is written name = value");
    size_t at = (size_t)(equals - s.p);
    struct span name = span_trim((struct span){s.p, at});
    struct span value = span_trim((struct span){equals + 1, s.n - at - 1});
    if (!is_name(name))
        return complain(p, "bad name before '='");
    return add_entry(
        p, name, value.n && value.p[0] == '"' ? value : span_trim(without_comment(value)));
}

int conf_parse(struct conf *c, const char *path, const char *text, size_t n, struct err *err)
{
    *c = (struct conf){.path = xstrdup(path)};
    struct parser p = {.conf = c, .section = xstrdup(""), .err = err};
    const char *end = text + n;
    int ret = 0;
    if (n > FILE_MAX)
        ret = err_set(err, ERR_USAGE, "'%s' is over 1 MiB", path);
    else if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3; /* the mark some editors put at the front */
    while (ret == 0 && text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline ? newline : end;
        p.line++;
        ret = parse_line(&p, (struct span){text, (size_t)(stop - text)});
        text = newline ? newline + 1 : end;
    }
    free(p.section);
    if (ret < 0)
        conf_release(c);
    return ret;
}

int conf_read(struct conf *c, const char *path, struct err *err)
{
    struct buf text = BUF_INIT;
    *c = (struct conf){0};
    int ret = path_read(path, FILE_MAX, &text, err);
    if (ret == 0)
        ret = conf_parse(c, path, text.data, text.len, err);
    buf_wipe(&text); /* may hold a password */
    return ret;
}

void conf_release(struct conf *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->v[i].section);
        free(c->v[i].name);
        free(c->v[i].value);
    }
    free(c->v);
    free(c->path);
    *c = (struct conf){0};
}

const struct conf_entry *conf_get(const struct conf *c, const char *section, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->v[i].section, section) == 0 && strcmp(c->v[i].name, name) == 0)
            return &c->v[i];
    return NULL;
}
