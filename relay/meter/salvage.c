/* Finding members by their bytes alone: cheap enough to ask of every event whether it is worth a
 * parse, and the last resort for an answer that no strict parser takes.
 *
 * All of it rests on one fact: inside a JSON string a quote is written \", so the bytes "name" with
 * both quotes plain can only be a whole string of their own. */
#include "meter/meter_int.h"

#include <string.h>

static const char *skip_blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

/* The next member of that name in [p, end); gives where its value begins, or NULL. */
static const char *member_next(const char *p, const char *end, const char *name)
{
    size_t n = strlen(name);
    while ((p = memmem(p, (size_t)(end - p), name, n))) {
        const char *q = p + n;
        if (p[-1] == '"' && q < end && *q == '"') {
            q = skip_blank(q + 1, end);
            if (q < end && *q == ':') {
                q = skip_blank(q + 1, end);
                return q < end ? q : NULL;
            }
        }
        p += n;
    }
    return NULL;
}

/* The quote that ends the string which begins at p, or end. */
static const char *string_end(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++) {
        if (*p == '\\' && p + 1 < end)
            p++;
    }
    return p;
}

static size_t object_length(const char *p, const char *end)
{
    size_t depth = 0;
    for (const char *q = p; q < end; q++) {
        if (*q == '"') {
            q = string_end(q, end);
        } else if (*q == '{') {
            depth++;
        } else if (*q == '}' && --depth == 0) {
            return (size_t)(q + 1 - p);
        }
    }
    return 0;
}

const char *salvage_object(const char *p, size_t n, const char *name, size_t *len)
{
    const char *end = p + n, *last = NULL;
    if (n == 0)
        return NULL;
    for (const char *q = p + 1; (q = member_next(q, end, name));) {
        if (*q == '{')
            last = q;
    }
    *len = last ? object_length(last, end) : 0;
    return *len ? last : NULL;
}

bool salvage_has(const char *p, size_t n, const char *name, char first)
{
    const char *end = p + n;
    if (n == 0)
        return false;
    for (const char *q = p + 1; (q = member_next(q, end, name));) {
        if (*q == first)
            return true;
    }
    return false;
}

size_t salvage_text_bytes(const char *p, size_t n, const char *name)
{
    const char *end = p + n;
    size_t sum = 0;
    if (n == 0)
        return 0;
    for (const char *q = p + 1; (q = member_next(q, end, name));) {
        if (*q != '"')
            continue;
        const char *stop = string_end(q, end);
        sum += (size_t)(stop - q) - 1;
        q = stop;
    }
    return sum;
}
