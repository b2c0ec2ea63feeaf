/* One line of text that a person edits: letters are text, only control keys are commands. */
#ifndef CRS_TUI_DASH_EDIT_H
#define CRS_TUI_DASH_EDIT_H

#include "tui/dash/input.h"

struct edit {
    struct buf text;
    size_t at;       /* of the cursor, in bytes; always between characters */
    size_t max;      /* bytes; 0: EDIT_MAX */
    bool secret;     /* shown by its ends only, wiped at release */
    bool keep_lines; /* a paste keeps its line ends: whole files */
};
#define EDIT_MAX 4096

void edit_init(struct edit *e, const char *text); /* NULL: empty; the cursor at the end */
void edit_release(struct edit *e);
void edit_set(struct edit *e, const char *text);
/* True when the key was for the line: text, Left Right Home End, Backspace, Delete, ^A ^E ^U ^K ^W.
 */
bool edit_key(struct edit *e, int key);
/* Line ends become blanks, and are dropped at both ends; what does not fit is dropped. */
void edit_paste(struct edit *e, const char *text);
/* The part that fits into `cells` with the cursor in it; *cursor gets the cell of the cursor. */
void edit_view(const struct edit *e, int cells, struct buf *out, int *cursor);

#endif
