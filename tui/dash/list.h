/* A table of rows with one of them chosen: columns that fit, filter, sort, marks. The choice stays
 * on its thing, by id, when rows move.
 */
#ifndef CRS_TUI_DASH_LIST_H
#define CRS_TUI_DASH_LIST_H

#include <cjson/cJSON.h>
#include "common/field.h"
#include "tui/dash/draw.h"
#include "tui/dash/keymap.h"

struct dash;

enum cell_kind {
    CELL_TEXT,
    CELL_MONEY,    /* 12.40: two digits, no sign */
    CELL_COUNT,    /* 41.2M */
    CELL_INT,      /* 0 as 0 */
    CELL_PERCENT,  /* 41%, "-" for null */
    CELL_BAR,      /* the same as a bar */
    CELL_AGE,      /* of a moment: 12s */
    CELL_CLOCK,    /* of a moment: 14:31:52 */
    CELL_DURATION, /* of seconds: 0.9s */
    CELL_LIST,     /* a, b */
    CELL_YES,      /* yes, no */
    CELL_OWN,      /* by `own` */
    CELL_FIELD     /* as `field` is printed */
};
struct column {
    const char *head; /* untranslated */
    const char *path;
    enum cell_kind kind;
    int width;
    int grow; /* takes part in what room is left over */
    int rank; /* columns come in by this as long as there is room; from 10 on: extras */
    void (*own)(struct dash *d, const cJSON *row, struct buf *out);
    enum look (*look)(const cJSON *row); /* NULL: plain */
    const struct field *field;
};

struct list {
    const struct column *cols;
    size_t n_cols;
    const char *id;     /* member that tells rows apart */
    const cJSON **rows; /* as shown; borrowed until the next fill */
    size_t n, all;      /* shown, and before the filter */
    size_t at, top;     /* the chosen row, the first one on the screen */
    int page;           /* rows on the screen at the last drawing */
    char *chosen;       /* id of the row at `at` */
    int sort;           /* column; -1: as they come */
    bool reverse, wide;
    char *filter; /* NULL: none */
    struct strlist marks;
    struct strlist order; /* ids as last shown, for the time in which nothing is sorted anew */
    struct area drawn;    /* of the rows, for the mouse */
};
void list_init(struct list *l, const struct column *cols, size_t n, const char *id, int sort);
void list_release(struct list *l);

/* Rows anew: begin, add each, end. hold: rows known before keep their places. */
void list_begin(struct list *l);
void list_add(struct list *l, const cJSON *row);
void list_end(struct dash *d, struct list *l, bool hold);

const cJSON *list_row(const struct list *l); /* the chosen one; NULL: there is none */
void list_choose(struct list *l, const char *id);
void list_filter(struct list *l, const char *text); /* "" or NULL: none */
/* Moves, sorts, marks; true when the act was one of these. */
bool list_act(struct list *l, enum act a);
void list_draw(struct dash *d, struct list *l, struct area a);
/* The row at that place of the screen, or -1. */
int list_row_at(const struct list *l, int y);
/* Sorts by the column whose heading is there; the other way round when it is sorted by it already.
 * False: there is no such heading. */
bool list_click_head(struct list *l, int y, int x);
/* `path` of the marked rows, or of the chosen one, as an array of strings. */
cJSON *list_names(const struct list *l, const char *path);

/* One cell as text. */
void cell_text(struct dash *d, const struct column *c, const cJSON *row, struct buf *out);
/* The look of a state: good, warning, bad. */
enum look state_look(const cJSON *row);
/* "12s", "3m", "4h", "6d": how long ago, short. */
void age_text(int64_t ms, struct buf *out);

#endif
