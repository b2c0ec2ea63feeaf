/* Tables: columns as wide as they need, cut to the terminal where there is one. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/width.h"
#include "tui/crs/view.h"

#define GAP 2
#define NARROWEST 6 /* no column of text is cut below this */
#define SHORTEST_HEADING 3

struct grid {
    size_t rows, cols;
    char **cell;       /* rows * cols */
    int *width;        /* cols */
    bool *right, *cut; /* cols: numbers; may be cut */
};

static bool is_number(enum field_kind kind)
{
    switch (kind) {
    case F_INT:
    case F_COUNT:
    case F_MONEY:
    case F_SIZE:
    case F_PERCENT:
    case F_REAL:
    case F_DURATION:
        return true;
    default:
        return false;
    }
}

static char *cell_of(struct crs *c, const struct column *col, const cJSON *row)
{
    struct buf b = BUF_INIT;
    const cJSON *v = json_at(row, col->path);
    cell_text(c, col->f, v, c->term.out ? STYLE_SHORT : STYLE_PLAIN, &b);
    if (b.len == 0)
        buf_addc(&b, '-');
    bool alarming = cell_alarming(col->f, v);
    for (char *p = b.data; alarming && *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
    /* A line break in a value would break the table; in a pipe as well. */
    for (char *p = b.data; *p; p++)
        if (*p == '\n' || *p == '\t' || *p == '\r')
            *p = ' ';
    return buf_steal(&b, NULL);
}

static char *heading(const struct column *col)
{
    if (col->f->head)
        return xstrdup(i18n(col->f->head));
    char *s = view_label(col->path);
    for (char *p = s; *p; p++)
        *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
    return s;
}

static void grid_init(
    struct crs *c, struct grid *g, const struct columns *cols, const cJSON *items, bool header)
{
    g->cols = cols->n;
    g->rows = (size_t)cJSON_GetArraySize(items) + header;
    g->cell = xcalloc(g->rows * g->cols + 1, sizeof *g->cell);
    g->width = xcalloc(g->cols + 1, sizeof *g->width);
    g->right = xcalloc(g->cols + 1, sizeof *g->right);
    g->cut = xcalloc(g->cols + 1, sizeof *g->cut);
    size_t at = 0;
    for (size_t i = 0; header && i < cols->n; i++)
        g->cell[at++] = heading(&cols->v[i]);
    for (const cJSON *row = items->child; row; row = row->next)
        for (size_t i = 0; i < cols->n; i++)
            g->cell[at++] = cell_of(c, &cols->v[i], row);
    for (size_t i = 0; i < at; i++) {
        int w = width_text(g->cell[i]);
        int *max = &g->width[i % g->cols];
        *max = w > *max ? w : *max;
    }
    for (size_t i = 0; i < cols->n; i++) {
        enum field_kind kind = cols->v[i].f->kind;
        g->right[i] = is_number(kind);
        g->cut[i] = kind == F_TEXT || kind == F_LIST || kind == F_MAP || kind == F_OBJECT;
    }
}

static void grid_release(struct grid *g)
{
    for (size_t i = 0; i < g->rows * g->cols; i++)
        free(g->cell[i]);
    free(g->cell);
    free(g->width);
    free(g->right);
    free(g->cut);
}

static int width_of_data(const struct grid *g, size_t col)
{
    int widest = SHORTEST_HEADING;
    for (size_t row = 1; row < g->rows; row++) {
        int w = width_text(g->cell[row * g->cols + col]);
        widest = w > widest ? w : widest;
    }
    return widest;
}

/* First headings give way that are wider than what stands below them; then cells are taken from the
 * widest column that may be cut, until all fits or nothing more can go. */
static void grid_fit(struct grid *g, bool header, int width)
{
    int all = 0;
    for (size_t i = 0; i < g->cols; i++)
        all += g->width[i] + (i ? GAP : 0);
    for (size_t i = g->cols; header && i-- > 0 && all > width;) {
        int need = width_of_data(g, i), over = all - width;
        int less = g->width[i] - need < over ? g->width[i] - need : over;
        g->width[i] -= less > 0 ? less : 0;
        all -= less > 0 ? less : 0;
    }
    while (all > width) {
        int widest = -1;
        for (size_t i = 0; i < g->cols; i++)
            if (g->cut[i] && g->width[i] > NARROWEST &&
                (widest < 0 || g->width[i] > g->width[widest]))
                widest = (int)i;
        if (widest < 0)
            return;
        g->width[widest]--;
        all--;
    }
}

static void trim_end(struct buf *out)
{
    while (out->len && out->data[out->len - 1] == ' ')
        out->data[--out->len] = 0;
}

static void grid_row(struct crs *c, const struct grid *g, size_t row, const struct columns *cols,
    const cJSON *item, struct buf *out)
{
    for (size_t i = 0; i < g->cols; i++) {
        struct buf cell = BUF_INIT;
        bool last = i + 1 == g->cols && !g->right[i];
        const char *text = g->cell[row * g->cols + i];
        if (i)
            buf_adds(out, "  ");
        if (width_text(text) > g->width[i] || !last)
            width_fit(&cell, text, g->width[i], g->right[i]);
        else
            buf_adds(&cell, text);
        const cJSON *v = item && c->term.colour ? json_at(item, cols->v[i].path) : NULL;
        view_paint(c, out, item ? cell_colour(cols->v[i].f, v) : "\033[1m", cell.data);
        buf_release(&cell);
    }
    trim_end(out);
    buf_addc(out, '\n');
}

void view_table(struct crs *c, const struct columns *cols, const cJSON *items, bool header,
    int width, struct buf *out)
{
    struct grid g;
    if (cols->n == 0)
        return;
    grid_init(c, &g, cols, items, header);
    if (c->term.out)
        grid_fit(&g, header, width);
    size_t row = 0;
    if (header)
        grid_row(c, &g, row++, cols, NULL, out);
    for (const cJSON *item = items->child; item; item = item->next)
        grid_row(c, &g, row++, cols, item, out);
    grid_release(&g);
}
