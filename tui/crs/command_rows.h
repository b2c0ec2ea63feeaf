/* The rows of commands that are more, or other, than a call of one method; see command_rows.c. */
#ifndef CRS_TUI_CRS_COMMAND_ROWS_H
#define CRS_TUI_CRS_COMMAND_ROWS_H

#include "tui/crs/command.h"

const struct command *command_rows(size_t *n);

int run_method(struct crs *c, struct err *err);
int run_help(struct crs *c, struct err *err);
int run_version(struct crs *c, struct err *err);
int run_key_secret(struct crs *c, struct err *err); /* key create, rotate, reveal */
int run_usage(struct crs *c, struct err *err);

#endif
