/* Bytes over TLS. On the server side the handshake runs inside the first reads. */
#include "http1/conn.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/alloc.h"

#define RECORD_MAX 16384 /* RFC 8446 5.1 */

struct tls {
    SSL *ssl;
    int fd;
    bool wants_write;
    bool failed; /* after a fatal error SSL_shutdown must not be called */
};

/* What OpenSSL says in the terms of a socket call. */
static ssize_t outcome(struct tls *t, int rc)
{
    t->wants_write = false;
    switch (SSL_get_error(t->ssl, rc)) {
    case SSL_ERROR_NONE:
        return rc;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_WANT_WRITE:
        t->wants_write = true;
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_WANT_READ:
        errno = EAGAIN;
        return -1;
    default:
        t->failed = true;
        errno = ECONNRESET;
        return -1;
    }
}

static ssize_t tls_recv(void *self, void *p, size_t n)
{
    struct tls *t = self;
    ERR_clear_error();
    return outcome(t, SSL_read(t->ssl, p, n < INT_MAX ? (int)n : INT_MAX));
}

/* One record a call: small pieces are put together, a large first one goes from where it lies. */
static ssize_t tls_sendv(void *self, const struct iovec *iov, int n)
{
    struct tls *t = self;
    char record[RECORD_MAX];
    const char *p = iov[0].iov_base;
    size_t len = iov[0].iov_len;
    if (n > 1 && len < RECORD_MAX) {
        len = 0;
        for (int i = 0; i < n && len < RECORD_MAX; i++) {
            size_t room = RECORD_MAX - len;
            size_t take = iov[i].iov_len < room ? iov[i].iov_len : room;
            memcpy(record + len, iov[i].iov_base, take);
            len += take;
        }
        p = record;
    }
    ERR_clear_error();
    ssize_t w = outcome(t, SSL_write(t->ssl, p, len < INT_MAX ? (int)len : INT_MAX));
    /* A clean end of the peer's side does not stop ours from failing. */
    if (w == 0) {
        errno = EPIPE;
        return -1;
    }
    return w;
}

static bool tls_pending(void *self)
{
    return SSL_has_pending(((struct tls *)self)->ssl);
}

static bool tls_wants_write(void *self)
{
    return ((struct tls *)self)->wants_write;
}

static void tls_shut(void *self)
{
    struct tls *t = self;
    ERR_clear_error();
    if (!t->failed && SSL_is_init_finished(t->ssl))
        SSL_shutdown(t->ssl);
    shutdown(t->fd, SHUT_WR);
}

static void tls_close(void *self)
{
    struct tls *t = self;
    /* A server that drops its client must not make it look like an end in order. */
    if (!t->failed && !SSL_is_server(t->ssl)) {
        ERR_clear_error();
        SSL_shutdown(t->ssl);
    }
    SSL_free(t->ssl);
    close(t->fd);
    free(t);
}

void *h1_tls_session(int fd, void *ssl_ctx)
{
    SSL *ssl = SSL_new(ssl_ctx);
    if (!ssl || !SSL_set_fd(ssl, fd))
        abort(); /* only when memory is out */
    /* Held streams are idle most of the time: without its buffers a session is a few KiB. */
    SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                          SSL_MODE_RELEASE_BUFFERS);
    SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
    return ssl;
}

struct h1_transport h1_transport_tls(int fd, void *ssl_ctx)
{
    SSL *ssl = h1_tls_session(fd, ssl_ctx);
    SSL_set_accept_state(ssl);
    return h1_transport_session(fd, ssl);
}

struct h1_transport h1_transport_session(int fd, void *ssl)
{
    struct tls *t = xcalloc(1, sizeof *t);
    t->fd = fd;
    t->ssl = ssl;
    return (struct h1_transport){
        .recv = tls_recv,
        .sendv = tls_sendv,
        .pending = tls_pending,
        .close = tls_close,
        .self = t,
        .fd = fd,
        .wants_write = tls_wants_write,
        .shut = tls_shut,
    };
}
