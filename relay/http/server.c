/* The listeners of one worker. */
#include "http/http_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "common/alloc.h"
#include "common/clock.h"

#define ACCEPTS 64 /* in a row, before the connections that are there get their turn */
#define REST_MS 100

static void listeners_switch(struct server *s, bool on)
{
    for (size_t i = 0; i < s->n_listeners; i++) {
        if (on)
            event_add(s->listeners[i].readable, NULL);
        else
            event_del(s->listeners[i].readable);
    }
}

static void rested(evutil_socket_t fd, short what, void *arg)
{
    struct server *s = arg;

    (void)fd;
    (void)what;
    if (s->spare < 0)
        s->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (!s->closing)
        listeners_switch(s, true);
}

/* Out of descriptors: the one kept in reserve lets the next caller in, to be sent away rather than
 * left hanging; then the door rests, for a level-triggered listener would spin. */
static void out_of_descriptors(struct server *s, int listener)
{
    const struct timeval rest = {.tv_usec = REST_MS * 1000};
    int64_t now = clock_mono();
    int fd;

    if (s->spare >= 0)
        close(s->spare);
    s->spare = -1;
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    s->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    listeners_switch(s, false);
    event_add(s->resume, &rest);
    if (now - s->told >= MS_SECOND) {
        s->told = now;
        log_line(LOG_ERROR, AREA_HTTP, NULL, "out of descriptors: new connections are refused");
    }
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;

    (void)what;
    for (int i = 0; i < ACCEPTS; i++) {
        int client = accept4((int)fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client >= 0) {
            client_accept(l->server, client);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            out_of_descriptors(l->server, (int)fd);
        else if (errno == ECONNABORTED || errno == EINTR)
            continue;
        return;
    }
}

static int listener_add(struct server *s, const char *where, struct err *err)
{
    struct listener *l = &s->listeners[s->n_listeners];

    l->server = s;
    l->fd = listen_open(where, err);
    if (l->fd < 0)
        return -1;
    l->readable = xcheck(event_new(s->base, l->fd, EV_READ | EV_PERSIST, on_acceptable, l));
    s->n_listeners++;
    event_add(l->readable, NULL);
    return 0;
}

struct server *server_create(struct flow *f, struct event_base *base, struct gate *g,
    struct settings_holder *holder, const struct strlist *addresses, struct err *err)
{
    struct server *s = xcalloc(1, sizeof *s);

    s->flow = f;
    s->base = base;
    s->gate = g;
    s->settings = holder;
    s->resume = xcheck(event_new(base, -1, 0, rested, s));
    s->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    s->listeners = xcalloc(addresses->n ? addresses->n : 1, sizeof *s->listeners);
    for (size_t i = 0; i < addresses->n; i++) {
        if (listener_add(s, addresses->v[i], err) < 0) {
            server_free(s);
            return NULL;
        }
    }
    return s;
}

void server_addresses(const struct server *s, struct strlist *out)
{
    for (size_t i = 0; i < s->n_listeners; i++) {
        char *name = listen_name(s->listeners[i].fd);
        strlist_add(out, name);
        free(name);
    }
}

static void listeners_close(struct server *s)
{
    for (size_t i = 0; i < s->n_listeners; i++) {
        event_free(s->listeners[i].readable);
        close(s->listeners[i].fd);
    }
    s->n_listeners = 0;
}

void server_close_door(struct server *s)
{
    struct client *next;

    s->closing = true;
    event_del(s->resume);
    listeners_close(s);
    for (struct client *c = s->clients; c; c = next) {
        next = c->next;
        if (c->x)
            h1_conn_last(c->conn);
        else
            client_close(c);
    }
}

void server_free(struct server *s)
{
    if (!s)
        return;
    listeners_close(s);
    while (s->clients)
        client_close(s->clients);
    event_free(s->resume);
    if (s->spare >= 0)
        close(s->spare);
    free(s->listeners);
    free(s);
}

size_t server_connections(const struct server *s)
{
    return atomic_load_explicit(&s->n_clients, memory_order_relaxed);
}
