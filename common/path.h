/* Where things lie, for a system install, a user's own, or as the environment says. */
#ifndef CRS_COMMON_PATH_H
#define CRS_COMMON_PATH_H

#include <stddef.h>
#include "common/err.h"

/* All heap. root: the daemon's own places are /etc/crs, /var/lib/crs, /run/crs; when the process
 * is not root and those do not exist: $XDG_CONFIG_HOME/crs, $XDG_STATE_HOME/crs,
 * $XDG_RUNTIME_DIR/crs (with the usual fall-backs below $HOME). Overrides: CRS_CONFIG, CRS_SOCKET. */
char *path_config(void); /* .../crs-relay.conf */
char *path_state(void);  /* directory of database and master key */
char *path_socket(void); /* .../control.sock */
char *path_user_config(void); /* ~/.config/crs/config, of the person at the terminal */
char *path_user_cache(void);
/* Read-only files shipped with the program (prices, providers, clients): CRS_DATADIR, else the
 * compiled-in directory. */
char *path_data(const char *name);
/* name below the home directory of the person: $HOME, else as the system has it. Heap. */
char *path_home(const char *name);
char *path_join(const char *dir, const char *name);
/* mkdir -p with a mode for what is made. */
int path_mkdirs(const char *dir, int mode, struct err *err);
/* Reads a whole file of at most max bytes (ERR_USAGE beyond). */
struct buf;
int path_read(const char *path, size_t max, struct buf *out, struct err *err);
/* Writes a new file beside it, fsyncs, renames: readers see the old or the new. What is there and no
 * regular file (a pipe, a device) is written to as it is. */
int path_write(const char *path, const void *bytes, size_t n, int mode, struct err *err);
/* Opens what is closed of standard input, output and error, on nothing: the next file or socket would
 * get its number, and what is printed. Writing to a standard output that was closed fails. */
void path_open_standard(void);
/* fsyncs the directory that holds path: only then a new or renamed file is on disk. */
int path_sync_dir(const char *path, struct err *err);

#endif
