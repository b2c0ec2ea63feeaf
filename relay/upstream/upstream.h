/* The way to upstreams: pooled HTTP/1.1 calls for the data plane (the connection, with its DNS and
 * proxy, is made by libcurl, secured with OpenSSL, then spoken to by http1/), and small whole fetches with
 * libcurl for everything that is not relaying (tokens, profiles, tests, prices).
 *
 * One `struct upstream` a thread that has an event loop; nothing in it is shared between threads. */
#ifndef CRS_UPSTREAM_H
#define CRS_UPSTREAM_H

#include <event2/event.h>
#include "common/buf.h"
#include "common/err.h"
#include "http1/body.h"
#include "http1/head.h"

struct upstream;
struct upstream_options {
    const char *ca_file;     /* NULL: the system's */
    int max_idle_per_target; /* kept-alive connections, default 32 */
    int idle_ms;             /* a kept connection is dropped after this, default 60000 */
    int connect_ms;          /* DNS, proxy, TCP and TLS together, default 10000 */
};
struct upstream *upstream_create(struct event_base *base, const struct upstream_options *o);
void upstream_free(struct upstream *u); /* all calls must have ended or are cancelled silently */
void upstream_set_options(struct upstream *u, const struct upstream_options *o);

/* Where a call goes. Connections are pooled by all of this: another account or proxy never gets a
 * connection of this one. */
struct target {
    const char *origin;     /* "https://api.anthropic.com" or "http://127.0.0.1:8080", no path */
    const char *identity;   /* account id */
    const char *proxy;      /* "socks5h://10.0.0.7:1080", NULL: direct, whatever the environment says */
    const char *proxy_user, *proxy_password;
};
/* Checks a proxy setting ("http", "https", "socks5", "socks5h" with host and port). */
int proxy_check(const char *proxy, struct err *err);

/* How a call ended that gave no whole answer. */
enum call_fault {
    CALL_OK,
    CALL_DNS, CALL_CONNECT, CALL_PROXY, CALL_TLS, /* nothing was sent */
    CALL_RESET,     /* cut before or in the head */
    CALL_TRUNCATED, /* cut in the body */
    CALL_PROTOCOL,  /* no HTTP, absurd head, 101, two lengths */
    CALL_TIMEOUT,   /* first byte or idle; see first_byte_ms, idle_ms */
};
const char *call_fault_name(enum call_fault f);

struct call;
struct call_ops {
    void (*on_head)(void *self, const struct h1_head *head); /* final response; spans live in the call */
    void (*on_body)(void *self, const char *p, size_t n);
    void (*on_end)(void *self);                              /* complete; the call frees itself after */
    void (*on_fail)(void *self, enum call_fault f, const char *text); /* likewise */
};
struct call_request {
    struct target target;   /* borrowed during call_start */
    const char *method, *path; /* path with query, percent-encoded, begins with '/' */
    const struct buf *fields; /* header lines by h1_add_field, without Host and framing */
    struct body *body;      /* NULL: none; a reference is taken. It may not grow any more */
    struct body_edits *edits; /* taken over (emptied); may be NULL */
    /* 0: none. first_byte_ms: from the last progress in sending the request to the answer's head;
     * idle_ms: silence in the answer's body, while it is not paused. */
    int first_byte_ms, idle_ms;
};
/* Starts; callbacks come later, never from inside. NULL with err only when the request itself is
 * malformed. A kept connection that was closed by the peer before any byte of the answer is
 * replaced by a fresh one once, silently, only if no byte of our request had left or the method
 * has no body. */
struct call *call_start(struct upstream *u, const struct call_request *r,
    const struct call_ops *ops, void *self, struct err *err);
void call_pause(struct call *c);
void call_resume(struct call *c);
void call_cancel(struct call *c); /* closes the connection at once; no further callback */
bool call_reused(const struct call *c); /* went over a kept connection */

/* A whole small request with libcurl: at most max_bytes of answer. HTTP/1.1, no redirects, no
 * environment proxy, TLS verified. */
struct fetch_request {
    struct target target;
    const char *method;      /* "GET", "POST" */
    const char *path;        /* path and query */
    const struct buf *fields;
    const void *body;        /* copied */
    size_t body_len;
    int timeout_ms;          /* whole, default 30000 */
    size_t max_bytes;        /* default 1 MiB */
};
struct fetch_answer {
    int status;              /* 0: no answer, see err */
    struct h1_head *head;    /* fields of the answer, NULL when none */
    struct buf body;
    struct err err;
    int64_t ms;              /* duration */
};
struct fetch;
typedef void fetch_done(void *self, const struct fetch_answer *a);
struct fetch *fetch_start(struct upstream *u, const struct fetch_request *r, fetch_done *done,
    void *self);
void fetch_cancel(struct fetch *f);

#endif
