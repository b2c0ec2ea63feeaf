/* TLS to an upstream: handshake and verification by OpenSSL on a socket that libcurl connected. */
#include "upstream/upstream_int.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/clock.h"

struct secure {
    struct event event;
    SSL *ssl;
    int fd;
    int64_t deadline; /* clock_mono */
    secure_done *done;
    void *self;
};

void secure_forget_trust(struct upstream *u)
{
    SSL_CTX_free(u->tls);
    u->tls = NULL;
}

/* NULL when the certificates that are to be trusted cannot be read. No session cache: a ticket
 * would tie the accounts of two calls together. */
static SSL_CTX *trust(struct upstream *u)
{
    if (u->tls)
        return u->tls;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx)
        abort(); /* only when memory is out */
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    static const unsigned char http11[] = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(ctx, http11, sizeof http11 - 1);
    int ok = u->ca_file ? SSL_CTX_load_verify_locations(ctx, u->ca_file, NULL)
                        : SSL_CTX_set_default_verify_paths(ctx);
    if (!ok) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    return u->tls = ctx;
}

/* The certificate must be for this host; an address is not a name, and is not sent as one. */
static void expect_host(SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *v = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(v, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    unsigned char address[16];
    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1) {
        X509_VERIFY_PARAM_set1_ip_asc(v, host);
        return;
    }
    X509_VERIFY_PARAM_set1_host(v, host, 0);
    SSL_set_tlsext_host_name(ssl, host);
}

static void secure_fail(struct secure *s, const char *text)
{
    s->done(s->self, text, NULL);
    secure_cancel(s);
}

static const char *fault_text(const SSL *ssl)
{
    long verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK)
        return X509_verify_cert_error_string(verdict);
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    return reason ? reason : "connection closed in the TLS handshake";
}

static void on_event(evutil_socket_t fd, short what, void *arg);

static void wait_for(struct secure *s, struct event_base *base, short what)
{
    int64_t left = s->deadline - clock_mono();
    left = left > 0 ? left : 0;
    struct timeval tv = {.tv_sec = (time_t)(left / 1000), .tv_usec = left % 1000 * 1000};
    event_assign(&s->event, base, s->fd, what, on_event, s);
    event_add(&s->event, &tv);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
    struct secure *s = arg;
    (void)fd;
    if (!s->ssl) {
        secure_fail(s, "trusted certificates cannot be read");
        return;
    }
    if (what & EV_TIMEOUT) {
        secure_fail(s, "no TLS handshake in time");
        return;
    }
    ERR_clear_error();
    int rc = SSL_connect(s->ssl);
    switch (rc == 1 ? SSL_ERROR_NONE : SSL_get_error(s->ssl, rc)) {
    case SSL_ERROR_NONE:
        break;
    case SSL_ERROR_WANT_READ:
        wait_for(s, event_get_base(&s->event), EV_READ);
        return;
    case SSL_ERROR_WANT_WRITE:
        wait_for(s, event_get_base(&s->event), EV_WRITE);
        return;
    default:
        secure_fail(s, fault_text(s->ssl));
        return;
    }
    struct h1_transport t = h1_transport_session(s->fd, s->ssl);
    s->ssl = NULL;
    s->fd = -1;
    s->done(s->self, "", &t);
    secure_cancel(s);
}

struct secure *secure_start(
    struct upstream *u, int fd, const char *host, int64_t deadline, secure_done *done, void *self)
{
    struct secure *s = xcalloc(1, sizeof *s);
    SSL_CTX *ctx = trust(u);
    s->fd = fd;
    s->done = done;
    s->self = self;
    s->deadline = deadline;
    if (ctx) {
        s->ssl = h1_tls_session(fd, ctx);
        expect_host(s->ssl, host);
        SSL_set_connect_state(s->ssl);
    }
    wait_for(s, u->base, EV_WRITE);
    return s;
}

void secure_cancel(struct secure *s)
{
    event_del(&s->event);
    SSL_free(s->ssl);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}
