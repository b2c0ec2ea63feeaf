/* Results as people or programs want them. A result is rows of one kind, or one object; the field
 * rows say which columns there are and how each value looks. */
#ifndef CRS_TUI_CRS_VIEW_H
#define CRS_TUI_CRS_VIEW_H

#include "tui/crs/crs_int.h"

struct column {
    const struct field *f; /* F_OBJECT row for what has none of its own */
    const char *path;      /* of the value: name or dotted */
};
struct columns {
    struct column *v;
    size_t n;
};
#define ALL_FIELDS (~0u)
/* --fields, else those with any of `flags`, else (flags 0) those of the format. */
int columns_choose(struct crs *c, struct columns *cols, const struct field *f, size_t n,
    unsigned flags, struct err *err);
void columns_release(struct columns *cols);

enum style {
    STYLE_PLAIN, /* exact, for programs: 12.4, 2026-03-01T09:00:00Z */
    STYLE_SHORT, /* for a cell of a table: $12.40, 3m ago */
    STYLE_LONG,  /* for a line of its own: 2026-03-01 09:00 (3m ago) */
};
/* One value as text; nothing for null. No control characters for people. */
void cell_text(
    struct crs *c, const struct field *f, const cJSON *v, enum style style, struct buf *out);
/* "3m ago", "in 2h". */
void cell_moment(int64_t ms, int64_t now, struct buf *out);
/* An SGR sequence that suits a state ("LIMITED"), or "". */
const char *cell_colour(const struct field *f, const cJSON *v);
/* States that want attention are in capitals: colour alone says nothing. */
bool cell_alarming(const struct field *f, const cJSON *v);

/* Cut to width when standard output is a terminal. */
void view_table(struct crs *c, const struct columns *cols, const cJSON *items, bool header,
    int width, struct buf *out);
/* Sorted, limited, in the chosen format. */
int view_rows(struct crs *c, const struct field *f, size_t n, const cJSON *items, struct buf *out,
    struct err *err);
int view_object(struct crs *c, const struct field *f, size_t n, const cJSON *object, unsigned flags,
    struct buf *out, struct err *err);
/* Label and value lines, for people. */
void view_lines(struct crs *c, const struct columns *cols, const cJSON *object, struct buf *out);

/* A field's name as people read it: blanks, in their language; heap. */
char *view_label(const char *path);
void view_json(struct crs *c, const cJSON *v, struct buf *out);
/* The chosen members alone. */
cJSON *view_pick(const struct columns *cols, const cJSON *object);
void view_csv(struct crs *c, const struct columns *cols, const cJSON *items, struct buf *out);
/* '{name}\t{cost:.2}': ERR_USAGE for a bad one. */
int view_format(struct crs *c, const char *template, const struct field *f, size_t n,
    const cJSON *object, struct buf *out, struct err *err);
/* Colour around text, when there is colour. */
void view_paint(struct crs *c, struct buf *out, const char *sgr, const char *text);

#endif
