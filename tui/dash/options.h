/* Options of crs-tui: command line, environment, and the section [tui] of the user's configuration.
 */
#ifndef CRS_TUI_DASH_OPTIONS_H
#define CRS_TUI_DASH_OPTIONS_H

#include <stdbool.h>
#include "common/err.h"

struct options {
    char *host; /* NULL: as crs finds it */
    bool read_only, demo, mouse, ascii, accessible, clipboard;
    int theme;  /* -1: by the terminal */
    int charts; /* -1: by the locale */
    int fps;    /* frames a second at most */
    bool help, version;
};
/* 0, or -1 with ERR_USAGE. */
int options_read(struct options *o, int argc, char **argv, struct err *err);
void options_release(struct options *o);
void options_help(void); /* to standard output */

#endif
