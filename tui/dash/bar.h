/* The line above the footer, in which a person types. */
#ifndef CRS_TUI_DASH_BAR_H
#define CRS_TUI_DASH_BAR_H

#include "tui/dash/dash.h"
#include "tui/dash/edit.h"

/* The line with the cursor in it, behind a sign of one cell. */
void bar_draw(struct dash *d, const struct edit *e, const char *sign);

#endif
