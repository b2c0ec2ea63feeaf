/* The command crs. Everything but main is a library, so that the manual and the completions can be
 * made from its rows and the tests can call it. */
#ifndef CRS_TUI_CRS_H
#define CRS_TUI_CRS_H

/* Runs one command line; gives the exit status (see crs help exit-status). */
int crs_main(int argc, char **argv);

#endif
