/* New connections. libcurl makes them: names, proxies of every kind, tunnels. The socket is then
 * taken out of curl's hands (duplicated, the handle goes), and TLS to the target, if any, is begun
 * on it here: left in the multi, a TLS connection costs several times the memory, and each of its
 * reads a walk over all connections, since curl_easy_recv finds its own that way. Only what goes
 * through an https proxy stays with curl, TLS in TLS: removing that handle closes the connection.
 */
#include "upstream/upstream_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"

#define RECORD_MAX 16384 /* RFC 8446 5.1: what curl sends as one record */

struct dial {
    struct transfer transfer;
    struct upstream *u;
    dial_done *done;
    void *self;
    struct secure *secure; /* in our handshake */
    char *host;            /* to be verified; NULL: no TLS of ours */
    int64_t deadline;      /* clock_mono */
    bool proxied, held;
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

/* libcurl's clean-up throws out connections that no handle is tied to; the first send, which
 * follows at once, ties this one. */
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

static void finish(
    struct dial *d, enum call_fault f, const char *text, const struct h1_transport *t)
{
    d->done(d->self, f, text, t);
    dial_cancel(d);
}

static void on_secured(void *self, const char *text, const struct h1_transport *t)
{
    struct dial *d = self;
    d->secure = NULL;
    finish(d, t ? CALL_OK : CALL_TLS, text, t);
}

static void on_done(struct transfer *t, CURLcode rc)
{
    struct dial *d = (struct dial *)t;
    curl_socket_t fd = CURL_SOCKET_BAD;
    enum call_fault f = transfer_fault(t, rc, d->proxied);
    if (f == CALL_OK)
        curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd);
    if (f == CALL_OK && !d->held && (fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
        f = CALL_CONNECT; /* out of descriptors */
    if (f) {
        finish(d, f, rc ? transfer_text(t, rc) : "connection is unusable", NULL);
        return;
    }
    if (d->host) {
        transfer_release(t, d->u);
        d->secure = secure_start(d->u, fd, d->host, d->deadline, on_secured, d);
        return;
    }
    struct h1_transport transport = d->held ? take_held(d, fd) : h1_transport_socket(fd);
    finish(d, CALL_OK, "", &transport);
}

struct dial *dial_start(struct upstream *u, const struct target *t, dial_done *done, void *self)
{
    struct dial *d = xcalloc(1, sizeof *d);
    d->u = u;
    d->done = done;
    d->self = self;
    d->proxied = t->proxy != NULL;
    d->held = t->proxy && text_starts(t->proxy, "https://");
    d->deadline = clock_mono() + u->connect_ms;
    if (target_secure(t) && !d->held)
        d->host = target_host(t);
    d->transfer.done = on_done;
    char *endpoint = d->held ? xstrdup(t->origin) : target_endpoint(t);
    transfer_init(&d->transfer, u, t, endpoint, u->connect_ms);
    free(endpoint);
    curl_easy_setopt(d->transfer.easy, CURLOPT_CONNECT_ONLY, 1L);
    transfer_start(&d->transfer, u);
    return d;
}

void dial_cancel(struct dial *d)
{
    if (d->transfer.easy)
        transfer_release(&d->transfer, d->u);
    if (d->secure)
        secure_cancel(d->secure);
    free(d->host);
    free(d);
}
