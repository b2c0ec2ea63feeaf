/* The inside of the daemon. */
#ifndef CRS_DAEMON_INT_H
#define CRS_DAEMON_INT_H

#include "care/care.h"
#include "control/control.h"
#include "daemon.h"
#include "thread/worker.h"

#define WORKERS_MAX 64
#define DAEMON_SIGNALS 3

struct daemon {
    char *config; /* as given, NULL: the usual place */
    struct settings_holder *settings;
    struct dataset_holder *data;
    struct zone *zone;
    struct vault *vault;
    struct store *store;
    struct core *core;
    struct bus *bus;
    struct live *live;
    struct guard *guard;
    struct care *care;
    struct control *control;
    struct gate *gate;
    struct house house;
    char *pepper;

    struct event_base *base;
    struct mailbox *mailbox;
    struct event *signals[DAEMON_SIGNALS];
    struct event *second, *deadline, *watchdog;
    struct worker *workers[WORKERS_MAX];
    int n_workers;
    struct strlist addresses; /* really bound */

    int64_t cared, pruned; /* wall ms of the last care_tick and store_prune */
    long crowd; /* most exchanges at once since memory was given back */
    bool stopping, cut;
    int drained; /* workers that are done */
};

/* daemon_load.c: what lasts, into memory */
int load_vault(struct daemon *d, const struct settings *s, struct err *err);
int load_store(struct daemon *d, const struct settings *s, struct err *err);
int load_core(struct daemon *d, const struct settings *s, struct err *err);
int pepper_read(const struct settings *s, char **pepper, struct err *err); /* NULL: none set */
int load_pepper(struct daemon *d, const struct settings *s, struct err *err);

/* daemon_parts.c: what is made of settings */
void log_from_settings(const struct settings *s);
struct core_options core_options_of(const struct daemon *d, const struct settings *s);
struct dataset *dataset_of(const struct settings *s, struct err *err);
int control_start(struct daemon *d, const struct settings *s, struct err *err);
int workers_start(struct daemon *d, const struct settings *s, struct err *err);
int daemon_reload(void *daemon, struct strlist *need_restart, struct err *err);

/* daemon_memory.c: each second. Gives memory back to the system when a crowd has gone. */
void daemon_trim(struct daemon *d);

/* daemon_stop.c */
void daemon_stop(void *daemon, bool now);
void daemon_drain(void *daemon, bool on);
void daemon_deadline(evutil_socket_t fd, short what, void *arg);

/* notify.c: the service manager (sd_notify's protocol). Nothing happens where there is none. */
void notify_manager(const char *state);
/* Microseconds within which it wants a sign of life, 0: none. */
long notify_watchdog(void);

#endif
