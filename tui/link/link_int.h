/* Private to tui/link. */
#ifndef CRS_TUI_LINK_INT_H
#define CRS_TUI_LINK_INT_H

#include <sys/types.h>
#include "tui/link/link.h"

/* A connected, non-blocking descriptor, and the ssh child (0: none); -1 with err. */
int link_dial(const struct host *h, pid_t *child, struct err *err);

#endif
