/* Private to term*.c: themes. */
#ifndef CRS_TUI_DASH_TERM_INT_H
#define CRS_TUI_DASH_TERM_INT_H

#include "tui/dash/term.h"

#define NO_COLOUR (-1)
struct look_row {
    short ink, paper;           /* of 16 colours; NO_COLOUR: the terminal's own */
    short rich_ink, rich_paper; /* of 256 colours */
    unsigned attrs;             /* ATTR_* */
};
enum { ATTR_BOLD = 1, ATTR_DIM = 2, ATTR_REVERSE = 4, ATTR_UNDERLINE = 8 };
extern const struct look_row look_rows[THEMES][LOOKS];

#endif
