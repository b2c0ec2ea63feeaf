/* Completion of command lines, for the shells. */
#ifndef CRS_TUI_CRS_COMPLETE_H
#define CRS_TUI_CRS_COMPLETE_H

#include "tui/crs/crs_int.h"

/* argv[1..argc): the words of the line up to the one being typed, which is the last and may be
 * empty. Always 0, and silent about what goes wrong. */
int crs_complete(struct crs *c, int argc, char **argv);

/* Names of live things of a kind ("key", "account"), within 300 ms; asked at most every 5 seconds.
 */
void complete_names(struct crs *c, const char *of,
    void (*offer)(void *arg, const char *word, const char *what), void *arg);
/* Takes -H of the line, so that names come from the relay that the line is about. */
void complete_host(struct crs *c, int argc, char **argv);

/* The script that a shell reads: "bash", "zsh", "fish"; NULL: another. */
const char *completion_script(const char *shell);

#endif
