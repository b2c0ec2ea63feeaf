/* Private to term*.c: themes. */
#ifndef CRS_TUI_DASH_TERM_INT_H
#define CRS_TUI_DASH_TERM_INT_H

#include "tui/dash/term.h"

extern const struct look_row look_rows[THEMES][LOOKS];

#endif
