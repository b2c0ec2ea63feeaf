/* Drawing in cells. Text is UTF-8 from strangers: it is cut at cells, and can never move the
 * cursor. What lies outside the terminal is not drawn.
 */
#ifndef CRS_TUI_DASH_DRAW_H
#define CRS_TUI_DASH_DRAW_H

#include "tui/dash/term.h"

struct area {
    int y, x, h, w;
};
/* The upper rows of a; a keeps the rest. */
struct area area_top(struct area *a, int rows);
/* The left cells of a with a gap of `gap` behind them; a keeps the rest. */
struct area area_left(struct area *a, int cells, int gap);

/* Draws s from (y, x) in at most w cells; gives the cells used. */
int put(struct tty *t, int y, int x, int w, enum look look, const char *s);
int putf(struct tty *t, int y, int x, int w, enum look look, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* As put, padded to exactly w cells; align > 0: to the right. A cut text ends in "~". */
void put_cell(struct tty *t, int y, int x, int w, int align, enum look look, const char *s);
/* Wraps s at blanks into the rows of a; gives the rows used (at most a.h). */
int put_wrapped(struct tty *t, struct area a, enum look look, const char *s);
/* "-- title ------": fills the row of w cells. title may be NULL. */
void put_rule(struct tty *t, int y, int x, int w, const char *title);
/* "[####....]" of w cells. percent outside 0..100 is taken to its bound; < 0: an empty one. */
void put_bar(struct tty *t, int y, int x, int w, double percent, enum look look);
/* "Label value": the label dim, padded to `label_w`. Gives the cells used. */
int put_pair(struct tty *t, int y, int x, int w, int label_w, const char *label, const char *value);
void fill_row(struct tty *t, int y, int x, int w, enum look look);

/* A chart of columns: n amounts, oldest first, one a cell from the right. A scale stands at the
 * left, times below. In accessible mode it is a sentence. */
struct chart {
    const int64_t *v;
    size_t n;
    const char *(*amount)(char out[40], int64_t v); /* as the scale shows it */
    const char *left, *right;                       /* below the axis: "13:32", "now" */
};
void put_chart(struct tty *t, struct area a, const struct chart *c);

#endif
