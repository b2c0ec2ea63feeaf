/* New connections. libcurl makes them: names, proxies of every kind, TLS with verification. A plain
 * one is then taken out of curl's hands (its descriptor is duplicated, the handle goes); a TLS one
 * is spoken to through the handle, which stays in the multi, since removing it closes the
 * connection. */
#include "upstream/upstream_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

#define RECORD_MAX 16384 /* RFC 8446 5.1: what curl sends as one record */

struct dial {
    struct transfer transfer;
    struct upstream *u;
    dial_done *done;
    void *self;
    bool proxied, plain;
};

/* A connected handle as a transport. */
struct held {
    struct transfer transfer;
    struct upstream *u;
    bool more; /* the last read gave bytes: there may be others inside TLS */
};

static ssize_t curl_recv(void *self, void *p, size_t n)
{
    struct held *h = self;
    size_t got = 0;
    CURLcode rc = curl_easy_recv(h->transfer.easy, p, n, &got);
    h->more = rc == CURLE_OK && got > 0;
    if (rc == CURLE_OK)
        return (ssize_t)got;
    errno = rc == CURLE_AGAIN ? EAGAIN : ECONNRESET;
    return -1;
}

/* curl takes one run of bytes: small ones are put together, so that they share a record. */
static ssize_t curl_sendv(void *self, const struct iovec *iov, int n)
{
    struct held *h = self;
    char record[RECORD_MAX];
    const char *p = iov[0].iov_base;
    size_t len = iov[0].iov_len, sent = 0;
    if (n > 1 && len < RECORD_MAX) {
        len = 0;
        for (int i = 0; i < n && len < RECORD_MAX; i++) {
            size_t room = RECORD_MAX - len, take = iov[i].iov_len < room ? iov[i].iov_len : room;
            memcpy(record + len, iov[i].iov_base, take);
            len += take;
        }
        p = record;
    }
    CURLcode rc = curl_easy_send(h->transfer.easy, p, len, &sent);
    if (rc == CURLE_OK)
        return (ssize_t)sent;
    errno = rc == CURLE_AGAIN ? EAGAIN : EPIPE;
    return -1;
}

static bool curl_pending(void *self)
{
    return ((struct held *)self)->more;
}

static void curl_close(void *self)
{
    struct held *h = self;
    transfer_release(&h->transfer, h->u);
    free(h);
}

static struct h1_transport take_plain(curl_socket_t fd)
{
    return h1_transport_socket(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

/* A first read ties the connection to the handle: an untied one is thrown out by curl's clean-up of
 * connections that nobody uses. There is nothing to read yet, unless the peer is no HTTP server. */
static bool tie(struct dial *d)
{
    char byte;
    size_t got;
    return curl_easy_recv(d->transfer.easy, &byte, 1, &got) == CURLE_AGAIN;
}

static struct h1_transport take_held(struct dial *d, curl_socket_t fd)
{
    struct held *h = xcalloc(1, sizeof *h);
    h->u = d->u;
    h->transfer.easy = d->transfer.easy;
    d->transfer.easy = NULL;
    /* The handle outlives the dial: nothing of it may point there any more. */
    curl_easy_setopt(h->transfer.easy, CURLOPT_PRIVATE, h);
    curl_easy_setopt(h->transfer.easy, CURLOPT_ERRORBUFFER, NULL);
    return (struct h1_transport){
        .recv = curl_recv,
        .sendv = curl_sendv,
        .pending = curl_pending,
        .close = curl_close,
        .self = h,
        .fd = fd,
    };
}

static void on_done(struct transfer *t, CURLcode rc)
{
    struct dial *d = (struct dial *)t;
    curl_socket_t fd = CURL_SOCKET_BAD;
    enum call_fault f = transfer_fault(t, rc, d->proxied);
    if (f == CALL_OK)
        curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd);
    if (f == CALL_OK && fd == CURL_SOCKET_BAD)
        f = CALL_CONNECT;
    if (f == CALL_OK && !d->plain && !tie(d))
        f = CALL_PROTOCOL;
    struct h1_transport transport = {.fd = -1};
    if (f == CALL_OK)
        transport = d->plain ? take_plain(fd) : take_held(d, fd);
    if (f == CALL_OK && transport.fd < 0)
        f = CALL_CONNECT; /* out of descriptors */
    d->done(
        d->self, f, rc ? transfer_text(t, rc) : "connection is unusable", f ? NULL : &transport);
    dial_cancel(d);
}

struct dial *dial_start(struct upstream *u, const struct target *t, dial_done *done, void *self)
{
    struct dial *d = xcalloc(1, sizeof *d);
    d->u = u;
    d->done = done;
    d->self = self;
    d->proxied = t->proxy != NULL;
    /* Behind an https proxy even a plain target is inside TLS. */
    d->plain = !target_secure(t) && !(t->proxy && text_starts(t->proxy, "https://"));
    d->transfer.done = on_done;
    transfer_init(&d->transfer, u, t, t->origin, u->connect_ms);
    curl_easy_setopt(d->transfer.easy, CURLOPT_CONNECT_ONLY, 1L);
    transfer_start(&d->transfer, u);
    return d;
}

void dial_cancel(struct dial *d)
{
    if (d->transfer.easy)
        transfer_release(&d->transfer, d->u);
    free(d);
}
