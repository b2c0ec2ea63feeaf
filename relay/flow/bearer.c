/* Where clients put the relay key. */
#include "flow/reading_int.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

static struct span without_bearer(struct span s)
{
    static const char word[] = "bearer";

    s = span_trim(s);
    if (s.n >= sizeof word - 1 && !strncasecmp(s.p, word, sizeof word - 1) &&
        (s.n == sizeof word - 1 || s.p[sizeof word - 1] == ' ' || s.p[sizeof word - 1] == '\t'))
        s = span_trim((struct span){s.p + sizeof word - 1, s.n - (sizeof word - 1)});
    return s;
}

static struct span from_field(const struct h1_head *head, const char *name)
{
    for (unsigned i = 0; i < head->n_fields; i++) {
        struct span value;
        if (!span_caseeq(head->fields[i].name, name))
            continue;
        value = without_bearer(head->fields[i].value);
        if (value.n)
            return value;
    }
    return (struct span){NULL, 0};
}

static int digit(char c)
{
    const char *hex = "0123456789abcdef", *at = c ? strchr(hex, c | 0x20) : NULL;

    return at ? (int)(at - hex) : -1;
}

/* The value decoded ("+" stays: keys have none, and it is no blank outside forms), heap. */
static char *decoded(struct span s)
{
    char *out = xmalloc(s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%' && i + 2 < s.n && digit(s.p[i + 1]) >= 0 && digit(s.p[i + 2]) >= 0) {
            out[n++] = (char)(digit(s.p[i + 1]) * 16 + digit(s.p[i + 2]));
            i += 2;
        } else {
            out[n++] = s.p[i];
        }
    }
    out[n] = 0;
    return out;
}

static struct span from_query(const char *query, char **keep)
{
    for (const char *p = query; *p;) {
        size_t n = strcspn(p, "&");
        if (n > 4 && !strncmp(p, "key=", 4)) {
            *keep = decoded((struct span){p + 4, n - 4});
            struct span value = without_bearer(span_of(*keep));
            if (value.n)
                return value;
            free(*keep);
            *keep = NULL;
        }
        p += n;
        p += *p == '&';
    }
    return (struct span){NULL, 0};
}

struct span bearer_find(const struct h1_head *head, const char *query, char **keep)
{
    static const char *const names[] = {"x-api-key", "x-goog-api-key", "authorization", "api-key"};

    *keep = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct span value = from_field(head, names[i]);
        if (value.n)
            return value;
    }
    return from_query(query, keep);
}
