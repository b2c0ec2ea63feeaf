/* What the files of this room share: one thread's curl multi, its pool, and what is under way. */
#ifndef CRS_UPSTREAM_INT_H
#define CRS_UPSTREAM_INT_H

#include <curl/curl.h>
#include <event2/event_struct.h>
#include "http1/conn.h"
#include "upstream/upstream.h"

/* Anything in a list of the upstream, so that the end of the thread can end it. */
struct chain {
    struct chain *prev, *next;
};
void chain_init(struct chain *head);
void chain_add(struct chain *head, struct chain *item);
void chain_remove(struct chain *item);

#define POOL_BUCKETS 64

struct upstream {
    struct event_base *base;
    CURLM *multi;
    struct event timer; /* of the multi */
    char *ca_file;
    void *tls; /* SSL_CTX of our handshakes; NULL until one is due */
    int max_idle, idle_ms, connect_ms;
    struct chain calls, fetches, watches;
    struct pool_group *groups[POOL_BUCKETS];
};

/* --- multi.c: a curl handle on the loop. */
struct transfer {
    CURL *easy;
    void (*done)(struct transfer *t, CURLcode rc); /* from the loop, once */
    char text[CURL_ERROR_SIZE];
};
int multi_open(struct upstream *u);
void multi_close(struct upstream *u);
/* A fresh easy handle with everything that must hold for all of them (spec of libcurl's traps): no
 * proxy but the target's, no signals, no redirects, HTTP/1.1 only, verified TLS, time limit. */
void transfer_init(struct transfer *t, struct upstream *u, const struct target *target,
    const char *url, int timeout_ms);
void transfer_start(struct transfer *t, struct upstream *u);
void transfer_release(struct transfer *t, struct upstream *u);
/* The sentence for a failed transfer; valid with t. */
const char *transfer_text(const struct transfer *t, CURLcode rc);
enum call_fault transfer_fault(const struct transfer *t, CURLcode rc, bool proxied);

/* --- target.c */
int target_check(const struct target *t, struct err *err);
const char *target_authority(const struct target *t); /* "host:port" of the origin, port if given */
/* The host without port and brackets, heap. */
char *target_host(const struct target *t);
/* "http://host:port" with the port always: where the bytes go, whatever is spoken there. Heap. */
char *target_endpoint(const struct target *t);
bool target_secure(const struct target *t);

/* --- dial.c: one new connection. */
struct dial;
/* Comes once from the loop; t is NULL on failure, else its transport is the receiver's. */
typedef void dial_done(
    void *self, enum call_fault f, const char *text, const struct h1_transport *t);
struct dial *dial_start(struct upstream *u, const struct target *t, dial_done *done, void *self);
void dial_cancel(struct dial *d);

/* --- secure.c: our side of a TLS handshake on a connected socket. */
struct secure;
/* Comes once from the loop. On success t is the transport; on failure it is NULL, the socket
 * closed. */
typedef void secure_done(void *self, const char *text, const struct h1_transport *t);
/* Takes fd. deadline is of clock_mono. */
struct secure *secure_start(
    struct upstream *u, int fd, const char *host, int64_t deadline, secure_done *done, void *self);
void secure_cancel(struct secure *s);
void secure_forget_trust(struct upstream *u); /* the certificates are read again when next needed */

/* --- pool.c: connections at rest, by origin, identity and proxy with its credentials. */
struct link {
    struct h1_conn *conn;
    struct upstream *u;
    struct pool_group *group; /* while at rest */
    struct link *prev, *next;
    char *key; /* secret: has the proxy's password */
    size_t key_len;
    int fd;
};
/* The key of a target; free with link_key_free. */
char *link_key(const struct target *t, size_t *len);
void link_key_free(char *key, size_t len);
/* key is taken over. */
struct link *link_create(struct upstream *u, const struct h1_transport *t, char *key, size_t len,
    const struct h1_conn_ops *ops, void *self);
void link_close(struct link *l);  /* in use: closes the connection */
void link_forget(struct link *l); /* in use: the connection has told its end */
struct link *pool_take(struct upstream *u, const char *key, size_t len);
void pool_put(struct link *l); /* its response was read whole and it is reusable */
void pool_clear(struct upstream *u);

void call_drop_all(struct upstream *u);
void fetch_drop_all(struct upstream *u);

#endif
