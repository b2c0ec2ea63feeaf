/* Workers: each an event loop that shares nothing but the house. */
#include "thread/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"

#define DRAIN_MS 20   /* between two looks whether all is out, while it drains */
#define QUIET_LOOKS 3 /* in a row with nobody inside: what was queued has reached the sockets */

struct worker {
    struct house *house;
    int number;
    pthread_t thread;
    bool started;
    struct event_base *base;
    struct mailbox *mailbox;
    struct upstream *upstream;
    struct flow *flow;
    struct server *server;
    struct event *drain_look;
    void (*drained)(void *arg);
    void *drained_arg;
    int quiet;
};

static struct upstream_options upstream_options(const struct settings *s)
{
    return (struct upstream_options){
        .ca_file = s->v.ca_file && *s->v.ca_file ? s->v.ca_file : NULL,
        .connect_ms = (int)s->v.connect_timeout,
    };
}

static void look(struct worker *w)
{
    void (*done)(void *) = w->drained;

    w->quiet = flow_running(w->flow) || server_connections(w->server) ? 0 : w->quiet + 1;
    if (w->quiet < QUIET_LOOKS)
        return;
    w->drained = NULL;
    event_del(w->drain_look);
    done(w->drained_arg);
}

static void on_drain_look(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    look(arg);
}

static struct event_base *loop_create(void)
{
    struct event_config *config = xcheck(event_config_new());

    /* Nobody but the worker touches its loop. */
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

struct worker *worker_create(
    struct house *h, struct gate *g, int number, const struct strlist *addresses, struct err *err)
{
    struct worker *w = xcalloc(1, sizeof *w);
    const struct settings *s = settings_get(h->settings);
    struct upstream_options options = upstream_options(s);

    w->house = h;
    w->number = number;
    w->base = xcheck(loop_create());
    w->mailbox = mailbox_create(w->base);
    w->upstream = upstream_create(w->base, &options);
    w->flow = flow_create(h, w->base, w->mailbox, w->upstream);
    w->drain_look = xcheck(event_new(w->base, -1, EV_PERSIST, on_drain_look, w));
    w->server = server_create(w->flow, w->base, g, h->settings, addresses, err);
    settings_unref(s);
    if (w->server)
        return w;
    worker_free(w);
    return NULL;
}

void worker_addresses(const struct worker *w, struct strlist *out)
{
    server_addresses(w->server, out);
}

static void *worker_run(void *arg)
{
    struct worker *w = arg;
    char name[16];

    snprintf(name, sizeof name, "worker %d", w->number);
    pthread_setname_np(pthread_self(), name);
    event_base_dispatch(w->base);
    return NULL;
}

int worker_start(struct worker *w, struct err *err)
{
    sigset_t all, was;

    /* Signals are for the main thread. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &was);
    int rc = pthread_create(&w->thread, NULL, worker_run, w);
    pthread_sigmask(SIG_SETMASK, &was, NULL);
    if (rc != 0)
        return err_set(err, ERR_FAILED, "cannot start a worker thread: %s", strerror(rc));
    w->started = true;
    return 0;
}

static void do_reload(void *arg)
{
    struct worker *w = arg;
    const struct settings *s = settings_get(w->house->settings);
    struct upstream_options options = upstream_options(s);

    upstream_set_options(w->upstream, &options);
    settings_unref(s);
}

void worker_reload(struct worker *w)
{
    mailbox_post(w->mailbox, do_reload, w);
}

struct drain_letter {
    struct worker *worker;
    void (*done)(void *arg);
    void *arg;
};

static void do_drain(void *arg)
{
    struct drain_letter *l = arg;
    struct worker *w = l->worker;
    const struct timeval soon = {.tv_usec = DRAIN_MS * 1000};

    w->drained = l->done;
    w->drained_arg = l->arg;
    free(l);
    server_close_door(w->server);
    event_add(w->drain_look, &soon);
}

void worker_drain(struct worker *w, void (*done)(void *arg), void *arg)
{
    struct drain_letter *l = xmalloc(sizeof *l);

    l->worker = w;
    l->done = done;
    l->arg = arg;
    mailbox_post(w->mailbox, do_drain, l);
}

static void do_cut(void *arg)
{
    struct worker *w = arg;

    flow_cut_all(w->flow);
}

void worker_cut(struct worker *w)
{
    mailbox_post(w->mailbox, do_cut, w);
}

static void do_stop(void *arg)
{
    struct worker *w = arg;

    event_base_loopbreak(w->base);
}

void worker_stop(struct worker *w)
{
    if (!w->started)
        return;
    mailbox_post(w->mailbox, do_stop, w);
    pthread_join(w->thread, NULL);
    w->started = false;
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    worker_stop(w);
    mailbox_free(w->mailbox);
    server_free(w->server);
    flow_free(w->flow);
    upstream_free(w->upstream);
    event_free(w->drain_look);
    event_base_free(w->base);
    free(w);
}

long worker_connections(const struct worker *w)
{
    return (long)server_connections(w->server);
}

long worker_running(const struct worker *w)
{
    return (long)flow_running(w->flow);
}
