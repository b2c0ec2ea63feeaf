/* The form of case files: words, quotes, values. */
#include "tests/flow/case.h"

#include <stdlib.h>
#include <string.h>
#include "tests/flow/rig_int.h"

/* One word of text at from, written to *to; returns where it ends. Quotes open at the start of a
 * word or behind its "=", and take all up to the next one as it is. */
static char *word_read(char *from, char **to)
{
    char quote = 0;

    for (char before = 0; *from && (quote || (*from != ' ' && *from != '\t')); from++) {
        bool opens = !quote && (!before || before == '=') && (*from == '\'' || *from == '"');
        if (opens)
            quote = *from;
        else if (quote && *from == quote)
            quote = 0;
        else
            *(*to)++ = *from;
        before = *from;
    }
    return from;
}

void line_read(struct line *l, const char *text, int number)
{
    char *from, *to;

    memset(l, 0, sizeof *l);
    l->number = number;
    l->text = strdup(text);
    from = to = l->text;
    while (*from) {
        from += strspn(from, " \t");
        if (!*from || *from == '#')
            break;
        MUST(l->n < WORDS_MAX, "line %d: too many words", number);
        l->words[l->n++] = to;
        from = word_read(from, &to);
        from += *from != 0;
        *to++ = 0;
    }
}

void line_release(struct line *l)
{
    free(l->text);
}

bool word_split(const char *word, char *name, size_t size, const char **value)
{
    const char *eq = strchr(word, '=');

    if (!eq || (size_t)(eq - word) >= size)
        return false;
    snprintf(name, size, "%.*s", (int)(eq - word), word);
    *value = eq + 1;
    return true;
}

const char *word_value(const struct line *l, const char *name)
{
    size_t n = strlen(name);

    for (int i = 1; i < l->n; i++)
        if (strncmp(l->words[i], name, n) == 0 && l->words[i][n] == '=')
            return l->words[i] + n + 1;
    return NULL;
}

bool word_flag(const struct line *l, const char *name)
{
    for (int i = 1; i < l->n; i++)
        if (strcmp(l->words[i], name) == 0)
            return true;
    return false;
}

/* What reads as JSON is that; all else is a text. */
cJSON *value_json(const char *text)
{
    const char *end = NULL;
    cJSON *o = cJSON_ParseWithOpts(text, &end, 1);

    if (!o && strcmp(text, "yes") == 0)
        return cJSON_CreateTrue();
    if (!o && strcmp(text, "no") == 0)
        return cJSON_CreateFalse();
    return o ? o : cJSON_CreateString(text);
}

cJSON *words_json(const struct line *l, int from)
{
    cJSON *o = cJSON_CreateObject();
    char name[64];
    const char *value;

    for (int i = from; i < l->n; i++) {
        MUST(word_split(l->words[i], name, sizeof name, &value), "line %d: '%s' is no name=value",
            l->number, l->words[i]);
        cJSON_AddItemToObject(o, name, value_json(value));
    }
    return o;
}

int64_t span_ms(const char *text)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    char *end;
    double n = strtod(text, &end);

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0)
            return (int64_t)(n * (double)units[i].ms);
    die("'%s' is no span", text);
}
