/* The inside of the public door. */
#ifndef CRS_HTTP_INT_H
#define CRS_HTTP_INT_H

#include <pthread.h>

#include "http/http.h"

#define GATE_BUCKETS 1024

struct gate {
    atomic_long connections;
    void *tls;   /* SSL_CTX, NULL: plain */
    int fd_high; /* descriptors from here on are for upstreams, store and control */
    pthread_mutex_t lock;
    struct gate_address *buckets[GATE_BUCKETS]; /* connections by address */
};

/* Lets one in, or says why not. limits as the settings have them now. */
bool gate_enter(struct gate *g, const char *address, const struct settings *s);
void gate_leave(struct gate *g, const char *address);

/* tls.c: an SSL_CTX for the public door, NULL with err. */
void *tls_server_context(const char *cert, const char *key, struct err *err);
void tls_context_free(void *ctx);

/* listen.c: a bound, listening, non-blocking socket for "host:port", or -1. */
int listen_open(const char *where, struct err *err);
/* "127.0.0.1:3000" of a socket, heap. */
char *listen_name(int fd);

/* One client connection. */
struct client {
    struct client *next, *prev;
    struct server *server;
    struct h1_conn *conn;
    struct exchange *x; /* NULL: between requests */
    char peer[64];
};
void client_accept(struct server *s, int fd);
/* Closes it now, with whatever runs on it. */
void client_close(struct client *c);

struct listener {
    struct server *server;
    struct event *readable;
    int fd;
};

struct server {
    struct flow *flow;
    struct event_base *base;
    struct gate *gate;
    struct settings_holder *settings;
    struct listener *listeners;
    size_t n_listeners;
    struct event *resume; /* after descriptors ran out */
    int spare;            /* a descriptor to be given up in that case, -1 none */
    int64_t told;         /* monotonic ms of the last line about it */
    bool closing;
    struct client *clients;
    atomic_size_t n_clients; /* others look at it */
};

#endif
