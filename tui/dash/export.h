/* What is shown, into a file of the present directory. */
#ifndef CRS_TUI_DASH_EXPORT_H
#define CRS_TUI_DASH_EXPORT_H

#include "tui/dash/dash.h"

/* A heading and a line for each row of items (RFC 4180); numbers exact. */
void export_csv(const cJSON *items, const char *const *members, size_t n, struct buf *out);
/* Writes a new file crs-WHAT-DATE-N.ENDING, never over one that is there, and tells its name. */
void export_file(struct dash *d, const char *what, const char *ending, const struct buf *bytes);

#endif
