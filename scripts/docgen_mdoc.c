/* Text into mdoc. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "scripts/docgen.h"

#define LINE_MAX_BYTES 78 /* mandoc -T lint wants less than 80 */

static void add_char(struct buf *out, char c)
{
    if (c == '\\')
        buf_adds(out, "\\e");
    else
        buf_addc(out, c);
}

/* A dot or quote at the begin of a line would make it a macro. */
static void add_escaped(struct buf *out, const char *s, size_t n, bool line_begin)
{
    if (line_begin && n && (*s == '.' || *s == '\''))
        buf_adds(out, "\\&");
    for (size_t i = 0; i < n; i++)
        add_char(out, s[i]);
}

/* "e.g." ends no sentence; a word with a letter before its stop does. */
static bool ends_sentence(const char *word, size_t n)
{
    while (n && strchr(")\"'", word[n - 1]))
        n--;
    return n > 2 && strchr(".?!", word[n - 1]) && word[n - 2] != '.' && word[n - 2] != '\\';
}

void mdoc_text(struct buf *out, const char *text)
{
    size_t column = 0;
    for (const char *p = text + strspn(text, " \n"); *p;) {
        size_t n = strcspn(p, " \n");
        if (column && column + 1 + n > LINE_MAX_BYTES) {
            buf_addc(out, '\n');
            column = 0;
        }
        if (column) {
            buf_addc(out, ' ');
            column++;
        }
        add_escaped(out, p, n, column == 0);
        column += n;
        bool end = ends_sentence(p, n);
        p += n;
        p += strspn(p, " \n");
        if (end && *p) {
            buf_addc(out, '\n');
            column = 0;
        }
    }
    if (column)
        buf_addc(out, '\n');
}

void mdoc_sentence(struct buf *out, const char *text)
{
    size_t n = strlen(text);
    bool ended = n && strchr(".?!:", text[n - 1]);
    char *s = xasprintf("%s%s", text, ended ? "" : ".");
    /* Names of programs and settings stay as they are. */
    bool name = strncmp(s, "crs", 3) == 0 || memchr(s, '_', strcspn(s, " "));
    if (!name)
        s[0] = (char)toupper((unsigned char)s[0]);
    mdoc_text(out, s);
    free(s);
}

void mdoc_word(struct buf *out, const char *text)
{
    bool quote = !*text || text[strcspn(text, " \"")];
    /* A lone sign would be taken for punctuation. */
    bool sign = strlen(text) == 1 && strchr(".,:;()[]?!|", *text);
    if (quote)
        buf_addc(out, '"');
    if (sign)
        buf_adds(out, "\\&");
    for (const char *p = text; *p; p++)
        if (*p == '"')
            buf_adds(out, "\\(dq");
        else
            add_char(out, *p);
    if (quote)
        buf_addc(out, '"');
}

static void literal_line(struct buf *out, const char *line, size_t n)
{
    while (n > LINE_MAX_BYTES - 4) {
        size_t cut = LINE_MAX_BYTES - 4;
        while (cut > 20 && line[cut] != ' ')
            cut--;
        if (line[cut] != ' ')
            break;
        add_escaped(out, line, cut, true);
        buf_adds(out, " \\e\n    ");
        line += cut + 1;
        n -= cut + 1;
    }
    add_escaped(out, line, n, true);
    buf_addc(out, '\n');
}

void mdoc_literal(struct buf *out, const char *text)
{
    buf_adds(out, ".Bd -literal -offset indent\n");
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        literal_line(out, p, n);
        p += n + (p[n] == '\n');
    }
    buf_adds(out, ".Ed\n");
}
