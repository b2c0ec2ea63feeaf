/* The command line read from left to right: words, options, and the value that belongs to each. */
#ifndef CRS_TUI_CRS_WALK_H
#define CRS_TUI_CRS_WALK_H

#include "tui/crs/command.h"

struct walk {
    int argc, at;
    char **argv; /* argv[0] is the program */
    const struct options *options;
    /* Called for each option, text NULL: without a value. NULL: only the words are wanted, and
     * nothing is a fault. */
    int (*take)(void *arg, const struct option *o, const char *text, struct err *err);
    void *arg;
    struct strlist words;
    const struct option *open; /* the last option, when its value is missing */
    bool ended;                /* a "--" was met: no options behind it */
};
int walk_line(struct walk *w, struct err *err);
void walk_release(struct walk *w);
/* Finds the command that the words begin with, whatever options stand among them: cmd NULL when
 * there is none. w->words are set; w->options are not. */
void walk_command(
    struct walk *w, const struct command_table *t, const struct command **cmd, size_t *used);

#endif
