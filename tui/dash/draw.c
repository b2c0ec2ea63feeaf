/* Text, rules and bars in cells. */
#include "tui/dash/draw.h"

#include <curses.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "common/alloc.h"
#include "common/text.h"
#include "common/width.h"

struct area area_top(struct area *a, int rows)
{
    rows = rows < a->h ? rows : a->h;
    rows = rows > 0 ? rows : 0;
    struct area top = {a->y, a->x, rows, a->w};
    a->y += rows;
    a->h -= rows;
    return top;
}

struct area area_left(struct area *a, int cells, int gap)
{
    cells = cells < a->w ? cells : a->w;
    struct area left = {a->y, a->x, a->h, cells};
    gap = gap < a->w - cells ? gap : a->w - cells;
    a->x += cells + gap;
    a->w -= cells + gap;
    return left;
}

/* One character with its marks. What the library of this system counts otherwise than we do would
 * put the row out of joint: it becomes '?', padded to the cells it was to take. */
static void put_sign(
    const struct tty *t, int y, int x, enum look look, const unsigned *cps, size_t n, int cells)
{
    wchar_t text[CCHARW_MAX + 1] = {0};
    cchar_t c;
    size_t m = 0;
    bool known = cps[0] < 0x80 || (t->utf8 && wcwidth((wchar_t)cps[0]) == cells);
    for (size_t i = 0; known && i < n && m < CCHARW_MAX; i++)
        if (i == 0 || wcwidth((wchar_t)cps[i]) == 0)
            text[m++] = (wchar_t)cps[i];
    if (!known)
        text[0] = L'?';
    setcchar(&c, text, t->attrs[look], (short)PAIR_NUMBER(t->attrs[look]), NULL);
    mvadd_wch(y, x, &c);
    for (int i = 1; !known && i < cells; i++)
        mvaddch(y, x + i, ' ' | t->attrs[look]);
}

/* Draws as much of s as fits; *end gets what does not. */
static int put_part(
    struct tty *t, int y, int x, int w, enum look look, const char *s, const char **end)
{
    size_t n = strlen(s);
    int used = 0;
    if (t->faded && look != LOOK_CURSOR && look != LOOK_HEAD && look != LOOK_RULE)
        look = LOOK_DIM;
    bool drawn = y >= 0 && y < t->h && x >= 0;
    w = x + w > t->w ? t->w - x : w;
    while (n > 0) {
        unsigned cps[CCHARW_MAX];
        size_t count = 0, took = utf8_decode(s, n, &cps[0]);
        /* Controls, marks without a base and signs that turn the writing round are shown as '?'. */
        int cells = width_of(cps[0]);
        bool odd = cps[0] < ' ' || (cps[0] >= 0x7F && cps[0] < 0xA0) || cells == 0 ||
                   cps[0] == 0xFFFD || (cps[0] >= 0x202A && cps[0] <= 0x202E) ||
                   (cps[0] >= 0x2066 && cps[0] <= 0x2069) || cps[0] == 0x200E || cps[0] == 0x200F;
        if (odd) {
            cps[0] = '?';
            cells = 1;
        }
        if (used + cells > w)
            break;
        count = 1;
        s += took;
        n -= took;
        unsigned mark;
        while (n > 0 && (took = utf8_decode(s, n, &mark)) > 0 && width_of(mark) == 0) {
            /* Joiners and variants of emoji: terminals differ in the cells that come of them. */
            bool variant = mark == 0x200D || mark == 0xFE0E || mark == 0xFE0F;
            if (count < CCHARW_MAX && !variant)
                cps[count++] = mark;
            s += took;
            n -= took;
        }
        if (drawn)
            put_sign(t, y, x + used, look, cps, count, cells);
        used += cells;
    }
    *end = s;
    return used;
}

int put(struct tty *t, int y, int x, int w, enum look look, const char *s)
{
    const char *end;
    return put_part(t, y, x, w, look, s, &end);
}

int putf(struct tty *t, int y, int x, int w, enum look look, const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    int used = put(t, y, x, w, look, b.data);
    buf_release(&b);
    return used;
}

void put_cell(struct tty *t, int y, int x, int w, int align, enum look look, const char *s)
{
    struct buf b = BUF_INIT;
    if (w > 0)
        width_fit(&b, s, w, align > 0 ? 1 : 0);
    put(t, y, x, w, look, b.data);
    buf_release(&b);
}

void fill_row(struct tty *t, int y, int x, int w, enum look look)
{
    put_cell(t, y, x, w, 0, look, "");
}

int put_wrapped(struct tty *t, struct area a, enum look look, const char *s)
{
    int row = 0;
    if (a.w < 2)
        return 0; /* a wide sign would not fit */
    while (*s && row < a.h) {
        size_t skip, n = width_line(s, a.w, &skip);
        char *line = xstrndup(s, n);
        put(t, a.y + row++, a.x, a.w, look, line);
        free(line);
        s += n + skip;
    }
    return row;
}

void put_rule(struct tty *t, int y, int x, int w, const char *title)
{
    int at = 0;
    if (title && *title) {
        at += put(t, y, x, w, LOOK_RULE, "-- ");
        at += put(t, y, x + at, w - at - 1, LOOK_BOLD, title);
        at += put(t, y, x + at, w - at, LOOK_RULE, " ");
    }
    for (; at < w; at++)
        put(t, y, x + at, 1, LOOK_RULE, "-");
}

void put_bar(struct tty *t, int y, int x, int w, double percent, enum look look)
{
    int inner = w - 2;
    if (inner < 1)
        return;
    percent = percent > 100 ? 100 : percent;
    int full = percent > 0 ? (int)(percent * inner / 100 + 0.5) : 0;
    bool blocks = t->charts != CHART_ASCII;
    put(t, y, x, 1, LOOK_DIM, "[");
    for (int i = 0; i < inner; i++)
        put(t, y, x + 1 + i, 1, i < full ? look : LOOK_DIM,
            i < full ? blocks ? "\xE2\x96\x88" : "#"
            : blocks ? " "
                     : ".");
    put(t, y, x + w - 1, 1, LOOK_DIM, "]");
}

int put_pair(struct tty *t, int y, int x, int w, int label_w, const char *label, const char *value)
{
    put_cell(t, y, x, label_w < w ? label_w : w, 0, LOOK_DIM, label);
    return label_w + put(t, y, x + label_w, w - label_w, LOOK_TEXT, value);
}
