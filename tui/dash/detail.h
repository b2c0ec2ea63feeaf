/* What is shown of one thing below a list: labelled lines, in one or two columns. */
#ifndef CRS_TUI_DASH_DETAIL_H
#define CRS_TUI_DASH_DETAIL_H

#include "tui/dash/dash.h"

#define LINES_MAX 40

struct lines {
    struct {
        char *label, *value;
        enum look look;
    } v[LINES_MAX];
    size_t n;
};
/* Adds a line; nothing when the value is empty. */
void lines_add(struct lines *l, enum look look, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A member by its row in the method's result: left out when it is null, empty, or its default. */
void lines_field(
    struct dash *d, struct lines *l, const struct method *m, const cJSON *row, const char *name);
void lines_draw(struct dash *d, struct area a, int columns, const struct lines *l);
void lines_release(struct lines *l);
/* "14:55 (in 23m)", "09:12 (3h ago)": a moment of this day, else with its date. */
void moment_text(struct dash *d, int64_t at, struct buf *out);

/* A result as labelled lines, with the headings of its groups. */
void record_print(struct dash *d, const struct method *m, const cJSON *result, struct buf *b);

/* The requests of a key or an account, running first, as far as this dashboard saw them; member is
 * "key" or "account". Draws nothing below three rows. */
void recent_draw(struct dash *d, struct area a, const char *member, const char *name);

/* The full record of the chosen thing, fetched when the choice has rested a moment. */
struct detail {
    enum method_id show;
    char *name;    /* what is fetched, or asked for */
    cJSON *record; /* NULL: not here yet */
    int64_t due;   /* monotonic ms to ask; 0: nothing to ask */
    unsigned rev;  /* of the row that it was asked for */
    bool asked;
};
void detail_release(struct dash *d, struct detail *t);
/* name NULL: nothing is chosen. rev changes when the thing may have changed. */
void detail_want(struct dash *d, struct detail *t, const char *name, unsigned rev);
void detail_tick(struct dash *d, struct detail *t);

#endif
