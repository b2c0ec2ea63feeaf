/* Stopping: no new requests, those that run may end, then the rest is cut. */
#include "daemon_int.h"

#include <stdlib.h>

#include "base/log.h"

#define CUT_MS 2000 /* for error events and bookings after the cut */

void daemon_drain(void *daemon, bool on)
{
    struct daemon *d = daemon;

    atomic_store(&d->house.draining, on);
    log_line(
        LOG_INFO, AREA_RELAY, NULL, on ? "new requests are refused" : "new requests are taken");
}

static void deadline_in(struct daemon *d, int64_t ms)
{
    const struct timeval tv = {.tv_sec = ms / MS_SECOND, .tv_usec = (ms % MS_SECOND) * 1000};

    event_del(d->deadline);
    event_add(d->deadline, &tv);
}

static void one_drained(void *arg)
{
    struct daemon *d = arg;

    if (++d->drained == d->n_workers)
        event_base_loopbreak(d->base);
}

/* On the worker's thread. */
static void worker_done(void *arg)
{
    struct daemon *d = arg;

    mailbox_post(d->mailbox, one_drained, d);
}

static void cut_all(struct daemon *d)
{
    d->cut = true;
    for (int i = 0; i < d->n_workers; i++)
        worker_cut(d->workers[i]);
    deadline_in(d, CUT_MS);
}

void daemon_deadline(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *d = arg;

    (void)fd;
    (void)what;
    if (d->cut)
        event_base_loopbreak(d->base);
    else
        cut_all(d);
}

void daemon_stop(void *daemon, bool now)
{
    struct daemon *d = daemon;
    const struct settings *s = settings_get(d->settings);
    int64_t drain = now ? 0 : s->v.drain;

    settings_unref(s);
    if (d->stopping) {
        /* Asked twice: shorter. */
        if (!d->cut)
            cut_all(d);
        return;
    }
    d->stopping = true;
    notify_manager("STOPPING=1");
    log_line(LOG_INFO, AREA_RELAY, NULL, "stopping");
    atomic_store(&d->house.draining, true);
    for (int i = 0; i < d->n_workers; i++)
        worker_drain(d->workers[i], worker_done, d);
    if (drain > 0)
        deadline_in(d, drain);
    else
        cut_all(d);
}
