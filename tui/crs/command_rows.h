/* The rows of commands that are more, or other, than a call of one method; see command_rows.c. */
#ifndef CRS_TUI_CRS_COMMAND_ROWS_H
#define CRS_TUI_CRS_COMMAND_ROWS_H

#include "tui/crs/command.h"

const struct command *command_rows(size_t *n);

int run_account_sign_in(struct crs *c, struct err *err); /* account add, login */
int run_call(struct crs *c, struct err *err);
int run_completion(struct crs *c, struct err *err);
int run_describe(struct crs *c, struct err *err);
int run_dial_stdio(struct crs *c, struct err *err);
int run_doctor(struct crs *c, struct err *err);
int run_event_watch(struct crs *c, struct err *err);
int run_help(struct crs *c, struct err *err);
int run_host_edit(struct crs *c, struct err *err); /* host add, use, remove */
int run_host_list(struct crs *c, struct err *err);
int run_key_secret(struct crs *c, struct err *err); /* key create, rotate, reveal */
int run_log(struct crs *c, struct err *err);
int run_me(struct crs *c, struct err *err);
int run_method(struct crs *c, struct err *err);
int run_request_watch(struct crs *c, struct err *err);
int run_setup(struct crs *c, struct err *err);
int run_status(struct crs *c, struct err *err);
int run_top(struct crs *c, struct err *err);
int run_usage(struct crs *c, struct err *err);
int run_version(struct crs *c, struct err *err);
int run_wait(struct crs *c, struct err *err);
int run_why(struct crs *c, struct err *err);

/* The aliases of the person's configuration, as rows name, url, used. */
void host_aliases(cJSON *items);

#endif
