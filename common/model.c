/* Bare names of models. */
#include "common/model.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "common/text.h"

/* "us.anthropic.claude-…": the vendor is the last word before the name that ends in a dot and has
 * no digit, so that "gpt-4.1" stays whole. */
static const char *skip_vendor(const char *s)
{
    const char *slash = strrchr(s, '/');
    if (slash)
        s = slash + 1;
    for (;;) {
        size_t n = 0;
        while (isalpha((unsigned char)s[n]) || (n > 0 && s[n] == '-'))
            n++;
        if (n == 0 || s[n] != '.' || !isalpha((unsigned char)s[n + 1]))
            return s;
        s += n + 1;
    }
}

/* Cuts an ending that has this pattern: '9' any digit, others themselves. */
static bool cut_ending(char *s, const char *pattern)
{
    size_t n = strlen(s), m = strlen(pattern);
    if (n <= m)
        return false;
    for (size_t i = 0; i < m; i++) {
        char c = s[n - m + i];
        if (pattern[i] == '9' ? !isdigit((unsigned char)c) : c != pattern[i])
            return false;
    }
    s[n - m] = 0;
    return true;
}

void model_bare(const char *model, char out[MODEL_BARE_MAX])
{
    static const char *const endings[] = {
        "[1m]", "-latest", "-v9:9", "-v1", "-99999999", "@99999999", "-9999-99-99", "@default"};
    const char *s = skip_vendor(model);
    size_t n = 0;
    for (; n < MODEL_BARE_MAX - 1 && s[n]; n++)
        out[n] = (char)tolower((unsigned char)s[n]);
    out[n] = 0;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0];)
        i = cut_ending(out, endings[i]) ? 0 : i + 1;
    if (!text_starts(out, "claude-"))
        return;
    for (char *p = strchr(out, '.'); p; p = strchr(p, '.'))
        *p = '-';
}
