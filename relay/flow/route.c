/* From a request line to its row: the path is decoded once, strictly, then matched as text. */
#include "flow/route.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* One byte of the path from s at *i, or -1: what another reader could take for something else. */
static int path_byte(struct span s, size_t *i)
{
    int c = (unsigned char)s.p[*i];

    (*i)++;
    if (c == '%') {
        if (*i + 2 > s.n)
            return -1;
        int high = hex_digit(s.p[*i]), low = hex_digit(s.p[*i + 1]);
        if (high < 0 || low < 0)
            return -1;
        *i += 2;
        c = high * 16 + low;
        if (c == '/' || c == '\\')
            return -1;
    }
    return c < 0x20 || c == 0x7f || c == '\\' ? -1 : c;
}

static bool has_dot_segment(const char *path)
{
    for (const char *s = path; (s = strchr(s, '/')); s++) {
        size_t n = strcspn(s + 1, "/");
        if ((n == 1 && s[1] == '.') || (n == 2 && s[1] == '.' && s[2] == '.'))
            return true;
    }
    return false;
}

static struct span path_part(struct span target)
{
    const char *q = target.n ? memchr(target.p, '?', target.n) : NULL;
    const char *h = target.n ? memchr(target.p, '#', target.n) : NULL;

    if (h && (!q || h < q))
        q = h;
    return (struct span){target.p, q ? (size_t)(q - target.p) : target.n};
}

char *route_path(struct span target, struct err *err)
{
    struct span s = path_part(target);
    struct buf out = BUF_INIT;

    if (!s.n || s.p[0] != '/')
        goto bad;
    for (size_t i = 0; i < s.n;) {
        int c = path_byte(s, &i);
        if (c < 0)
            goto bad;
        if (c != '/' || !out.len || out.data[out.len - 1] != '/')
            buf_addc(&out, (char)c);
    }
    if (out.len > 1 && out.data[out.len - 1] == '/')
        out.data[--out.len] = 0;
    if (has_dot_segment(out.data))
        goto bad;
    return buf_steal(&out, NULL);
bad:
    buf_release(&out);
    err_set(err, ERR_USAGE, "the path of the request is not well formed");
    return NULL;
}

static char *query_part(struct span target)
{
    const char *q = memchr(target.p, '?', target.n);
    size_t n;

    if (!q)
        return xstrdup("");
    n = target.n - (size_t)(q + 1 - target.p);
    return xstrndup(q + 1, n);
}

/* What a pattern took from a path. Borrowed from the path. */
struct capture {
    struct span model, method;
};

/* The length that a {name} takes at s, 0: nothing fits. tail is what follows it in the pattern. */
static size_t capture_length(const char *s, const char *tail)
{
    size_t n = strcspn(s, "/");

    if (*tail != ':')
        return n;
    /* Model names may hold a colon (a tuned model's version); the method stands behind the last. */
    while (n > 0 && s[n] != ':')
        n--;
    return n;
}

static bool pattern_match(const char *pattern, const char *path, struct capture *c)
{
    memset(c, 0, sizeof *c);
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        const char *tail = strchr(pattern, '}') + 1;
        size_t n = capture_length(path, tail);
        if (!n)
            return false;
        if (text_starts(pattern, "{model}"))
            c->model = (struct span){path, n};
        else if (text_starts(pattern, "{method}"))
            c->method = (struct span){path, n};
        pattern = tail;
        path += n;
    }
    return !*path;
}

/* Bytes of the prefix when the path begins with it and a slash (or nothing) follows, else -1. */
static int prefix_length(struct span prefix, const char *path)
{
    if (span_eq(prefix, "-"))
        return 0;
    if (strncmp(path, prefix.p, prefix.n) != 0 || (path[prefix.n] && path[prefix.n] != '/'))
        return -1;
    return (int)prefix.n;
}

static struct span next_word(const char **s)
{
    struct span w;

    *s += strspn(*s, " ");
    w.p = *s;
    w.n = strcspn(*s, " ");
    *s += w.n;
    return w;
}

/* Whether a row fits the path; *cut is the length of the prefix it fits behind. */
static bool route_fits(const struct route *r, const char *path, int *cut, struct capture *c)
{
    const char *words = r->prefixes;

    for (struct span w = next_word(&words); w.n; w = next_word(&words)) {
        *cut = prefix_length(w, path);
        if (*cut < 0)
            continue;
        if (pattern_match(r->pattern, path[*cut] ? path + *cut : "/", c))
            return true;
    }
    return false;
}

static bool method_fits(const struct route *r, struct span method)
{
    return span_eq(method, r->method) || (span_eq(method, "HEAD") && !strcmp(r->method, "GET"));
}

static size_t common_start(const char *a, size_t n, const char *b)
{
    size_t i = 0;

    while (i < n && a[i] == b[i])
        i++;
    return i;
}

/* The dialect of an address that no row has: of the row whose prefix and pattern begin most alike.
 */
static enum dialect nearest_dialect(const char *path)
{
    size_t n, best = 0;
    const struct route *r = routes(&n);
    enum dialect d = DIALECT_ANTHROPIC;

    for (size_t i = 0; i < n; i++) {
        const char *words = r[i].prefixes;
        for (struct span w = next_word(&words); w.n; w = next_word(&words)) {
            int cut = prefix_length(w, path);
            if (cut < 0)
                continue;
            size_t alike = (size_t)cut + common_start(path + cut, strlen(path + cut), r[i].pattern);
            if (alike > best) {
                best = alike;
                d = r[i].dialect;
            }
        }
    }
    return d;
}

static void match_set(struct route_match *out, const struct route *r, const char *path, int cut,
    const struct capture *c)
{
    const char *colon = strrchr(path, ':');

    out->route = r;
    out->path = xstrdup(path[cut] ? path + cut : "/");
    out->model = c->model.n ? span_dup(c->model) : NULL;
    if (c->method.n)
        out->method_name = span_dup(c->method);
    else if (colon && (r->dialect == DIALECT_GEMINI || r->dialect == DIALECT_GEMINI_INTERNAL))
        out->method_name = xstrdup(colon + 1);
}

int route_find(struct span method, struct span target, struct route_match *out,
    enum dialect *dialect, struct err *err)
{
    struct capture c;
    bool known = false;
    int cut;
    size_t n;
    const struct route *r = routes(&n);
    char *path = route_path(target, err);

    memset(out, 0, sizeof *out);
    *dialect = DIALECT_ANTHROPIC;
    if (!path)
        return -1;
    out->query = query_part(target);
    for (size_t i = 0; i < n && !out->route; i++) {
        if (!route_fits(&r[i], path, &cut, &c))
            continue;
        if (!known) {
            *dialect = r[i].dialect;
            out->allow = r[i].method;
        }
        known = true;
        if (method_fits(&r[i], method))
            match_set(out, &r[i], path, cut, &c);
    }
    if (out->route)
        *dialect = out->route->dialect;
    else if (!known)
        *dialect = nearest_dialect(path);
    if (!out->route && known)
        err_set(err, ERR_CONFLICT, "the address '%s' takes another method", path);
    else if (!out->route)
        err_set(err, ERR_NOT_FOUND, "this relay has no address '%s'", path);
    free(path);
    return out->route ? 0 : -1;
}

void route_match_release(struct route_match *m)
{
    free(m->path);
    free(m->query);
    free(m->model);
    free(m->method_name);
    memset(m, 0, sizeof *m);
}

enum service service_of_model(const char *model)
{
    static const struct {
        const char *start;
        enum service service;
    } starts[] = {
        {"gpt", SERVICE_OPENAI},
        {"o1", SERVICE_OPENAI},
        {"o3", SERVICE_OPENAI},
        {"o4", SERVICE_OPENAI},
        {"codex", SERVICE_OPENAI},
        {"chatgpt", SERVICE_OPENAI},
        {"text-embedding", SERVICE_OPENAI},
        {"gemini", SERVICE_GEMINI},
        {"models/gemini", SERVICE_GEMINI},
    };

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (!strncasecmp(model, starts[i].start, strlen(starts[i].start)))
            return starts[i].service;
    return SERVICE_CLAUDE;
}
