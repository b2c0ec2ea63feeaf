/* What stays: a view that is kept up to date, and streams of what happens. */
#ifndef CRS_TUI_CRS_WATCH_H
#define CRS_TUI_CRS_WATCH_H

#include "tui/crs/view.h"

/* One look: asks the relay and writes the result into out; exit status, -1. */
typedef int frame_make(struct crs *c, struct buf *out, struct err *err);
/* Shows one frame, or with --watch one each second until interrupted: in place on a terminal, else
 * what has changed. A lost relay is waited for. */
int frames_show(struct crs *c, frame_make *make, struct err *err);

/* One notification: exit status to end with, or -1 to go on. */
typedef int stream_take(struct crs *c, const char *method, const cJSON *params, void *arg);
/* Subscribes, hands over the answer (`first`, may be NULL) and each notification; comes back after
 * a lost connection. Runs until interrupted, `take` ends it, or the relay refuses. */
struct stream {
    const struct method *m;
    cJSON *params; /* of the first call; changed by `first` for the next ones */
    int (*first)(struct crs *c, const cJSON *result, void *arg, struct err *err);
    stream_take *take;
    void *arg;
};
int stream_run(struct crs *c, struct stream *s, struct err *err);

/* Waits before a new try to reach the relay: 0.25 s, doubled up to 5 s; says so the first time. */
void wait_again(struct crs *c, int *tries);

#endif
