/* Options of crs-tui: command line, environment, and the section [tui] of the user's configuration.
 */
#ifndef CRS_TUI_DASH_OPTIONS_H
#define CRS_TUI_DASH_OPTIONS_H

#include <stdbool.h>
#include "common/conf.h"
#include "tui/dash/keymap.h"
#include "tui/dash/term.h"

struct options {
    char *host;       /* NULL: as crs finds it */
    char *theme_word; /* as it was given; NULL: it was not */
    bool read_only, demo, mouse, ascii, accessible, clipboard;
    struct keymap keys;
    struct own_theme own;
    int theme;  /* -1: by the terminal; THEME_OWN: own */
    int charts; /* -1: by the locale */
    int fps;    /* frames a second at most */
    bool help, version;
};
/* 0, or -1 with ERR_USAGE. */
int options_read(struct options *o, int argc, char **argv, struct err *err);
void options_release(struct options *o);
void options_help(void); /* to standard output */

/* --- custom.c: what [keys] and [theme.NAME] of the configuration say. ERR_USAGE with the line. */
int custom_keys(struct options *o, const struct conf *c, struct err *err);
/* 1: there is such a theme, and it is in o->own; 0: there is none. */
int custom_theme(struct options *o, const struct conf *c, const char *name, struct err *err);

#endif
