/* Breaking text into lines: at blanks, and between the signs of Chinese, which has none. */
#include "common/width.h"

#include <stdbool.h>
#include <string.h>

static bool one_of(unsigned cp, const unsigned *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == cp)
            return true;
    return false;
}

/* A line of Chinese neither begins with one of these nor ends with one of the others (GB/T 15834,
 * 5.1.10). Written as numbers: their order of characters is a matter of fonts. */
static bool may_begin(unsigned cp)
{
    static const unsigned closing[] = {0x2019, 0x201D, 0x2026, 0x3001, 0x3002, 0x300B, 0x300D,
        0x300F, 0x3011, 0xFF01, 0xFF09, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF1F, ')', ']', '}', ',', '.',
        ';', ':', '!', '?'};
    return !one_of(cp, closing, sizeof closing / sizeof closing[0]);
}

static bool may_end(unsigned cp)
{
    static const unsigned opening[] = {
        0x2018, 0x201C, 0x300A, 0x300C, 0x300E, 0x3010, 0xFF08, '(', '[', '{'};
    return !one_of(cp, opening, sizeof opening / sizeof opening[0]);
}

static bool is_wide(unsigned cp)
{
    return width_of(cp) == 2;
}

size_t width_line(const char *s, int cells, size_t *skip)
{
    size_t n = strlen(s), i = 0, best = 0, best_skip = 0;
    unsigned before = 0;
    int used = 0;
    *skip = 0;
    while (i < n && s[i] != '\n') {
        unsigned cp;
        size_t took = utf8_decode(s + i, n - i, &cp);
        if (cp == ' ' && i) {
            best = i;
            best_skip = 1;
        } else if (i && before != ' ' && (is_wide(cp) || is_wide(before)) && may_begin(cp) &&
                   may_end(before)) {
            best = i;
            best_skip = 0;
        }
        if (used + width_of(cp) > cells)
            break;
        used += width_of(cp);
        before = cp;
        i += took;
    }
    if (i == n || s[i] == '\n') {
        *skip = i < n;
        return i;
    }
    if (best) {
        *skip = best_skip;
        return best;
    }
    if (i == 0) {
        unsigned cp;
        i = utf8_decode(s, n, &cp);
    }
    return i;
}
