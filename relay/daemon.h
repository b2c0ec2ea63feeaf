/* The daemon: everything that a running relay is made of, put together and taken apart in order. */
#ifndef CRS_DAEMON_H
#define CRS_DAEMON_H

#include "common/err.h"

struct daemon_options {
    const char *config; /* NULL: the usual place */
};
struct daemon;
/* Settings, log, vault, store, core, data, care, control, workers: in this order. NULL with the
 * reason when one of them cannot be; nothing is left behind then. */
struct daemon *daemon_create(const struct daemon_options *o, struct err *err);
/* Serves until it is told to stop. */
void daemon_run(struct daemon *d);
void daemon_free(struct daemon *d);

/* Makes a backup take the place of the database at the next start (crs-relay --restore). */
int daemon_restore(const struct daemon_options *o, const char *file, struct err *err);
/* Whether settings and data files can be used, without touching anything (crs-relay --check). */
int daemon_check(const struct daemon_options *o, struct err *err);

#endif
