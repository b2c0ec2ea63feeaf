/* Charts of columns, in three sets of signs, or as a sentence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/i18n.h"
#include "common/text.h"
#include "common/width.h"
#include "tui/dash/draw.h"

/* Eighths of a cell from the bottom, and quarters for the two columns of a braille cell. */
static const char *const blocks[] = {" ", "\xE2\x96\x81", "\xE2\x96\x82", "\xE2\x96\x83",
    "\xE2\x96\x84", "\xE2\x96\x85", "\xE2\x96\x86", "\xE2\x96\x87", "\xE2\x96\x88"};
static const char *const ascii[] = {" ", ".", ":", "#"};
static const unsigned char left_dots[] = {0, 0x40, 0x44, 0x46, 0x47};
static const unsigned char right_dots[] = {0, 0x80, 0xA0, 0xB0, 0xB8};

static int64_t largest(const struct chart *c, size_t n)
{
    int64_t max = 0;
    for (size_t i = c->n - n; i < c->n; i++)
        max = c->v[i] > max ? c->v[i] : max;
    return max;
}

/* The part of row `row` (from the bottom) that an amount fills, in steps of 1/parts. */
static int level(int64_t v, int64_t max, int rows, int row, int parts)
{
    if (max <= 0 || v <= 0)
        return 0;
    double filled = (double)v / (double)max * rows * parts - (double)row * parts;
    /* What is there at all is seen at the bottom. */
    if (row == 0 && filled < 1)
        filled = 1;
    return filled >= parts ? parts : filled < 0 ? 0 : (int)(filled + 0.5);
}

static int64_t amount_at(const struct chart *c, size_t back)
{
    return back < c->n ? c->v[c->n - 1 - back] : 0;
}

static void put_column(
    struct tty *t, int y, int x, const struct chart *c, size_t back, int64_t max, int rows, int row)
{
    char sign[4] = {0};
    if (t->charts == CHART_BRAILLE) {
        int l = level(amount_at(c, back * 2 + 1), max, rows, row, 4),
            r = level(amount_at(c, back * 2), max, rows, row, 4);
        unsigned dots = (unsigned)left_dots[l] | (unsigned)right_dots[r];
        if (!dots)
            return;
        utf8_encode(0x2800 + dots, sign);
        put(t, y, x, 1, LOOK_CHART, sign);
        return;
    }
    int parts = t->charts == CHART_BLOCK ? 8 : 3;
    int l = level(amount_at(c, back), max, rows, row, parts);
    if (l)
        put(t, y, x, 1, LOOK_CHART, t->charts == CHART_BLOCK ? blocks[l] : ascii[l]);
}

static void put_sentence(struct tty *t, struct area a, const struct chart *c)
{
    char now[40], max[40];
    if (c->n == 0)
        return;
    struct buf b = BUF_INIT;
    buf_addf(&b, _("From %s to %s: at most %s, at the end %s."), c->left, c->right,
        c->amount(max, largest(c, c->n)), c->amount(now, c->v[c->n - 1]));
    put_wrapped(t, a, LOOK_TEXT, b.data);
    buf_release(&b);
}

static void put_axis(struct tty *t, int y, int x, int w, const struct chart *c)
{
    int right = width_text(c->right);
    put(t, y, x, 1, LOOK_DIM, "+");
    for (int i = 1; i < w; i++)
        put(t, y, x + i, 1, LOOK_DIM, "-");
    put(t, y, x + 2, w - 2, LOOK_DIM, c->left);
    if (w > right + width_text(c->left) + 4)
        put(t, y, x + w - right, right, LOOK_DIM, c->right);
}

void put_chart(struct tty *t, struct area a, const struct chart *c)
{
    char text[40];
    int scale = 6, rows = a.h - 1, wide = a.w - scale - 1;
    if (t->accessible) {
        put_sentence(t, a, c);
        return;
    }
    if (rows < 2 || wide < 10 || c->n == 0)
        return;
    size_t shown = (size_t)wide * (t->charts == CHART_BRAILLE ? 2 : 1);
    int64_t max = largest(c, shown < c->n ? shown : c->n);
    for (int row = 0; row < rows; row++) {
        int y = a.y + rows - 1 - row;
        bool top = row == rows - 1;
        const char *mark = top ? c->amount(text, max) : row == 0 ? "0" : "";
        put_cell(t, y, a.x, scale - 1, 1, LOOK_DIM, mark);
        put(t, y, a.x + scale, 1, LOOK_DIM, "|");
        for (int i = 0; i < wide; i++)
            put_column(t, y, a.x + scale + wide - i, c, (size_t)i, max, rows, row);
    }
    put_axis(t, a.y + rows, a.x + scale, a.w - scale, c);
}
