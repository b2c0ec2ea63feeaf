/* See tls_kit.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tls_kit.h"

void make_certificate(SSL_CTX *ctx, const char *path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_set_pubkey(x, key);
    X509_add_ext(x, san, -1);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    PEM_write_X509(f, x);
    fclose(f);
    assert_int_equal(SSL_CTX_use_certificate(ctx, x), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
    X509_EXTENSION_free(san);
    X509_free(x);
    EVP_PKEY_free(key);
}

void tunnel_say(struct tunnel *t, const char *s)
{
    struct iovec iov = {(void *)(uintptr_t)s, strlen(s)};
    assert_int_equal(t->t.sendv(t->t.self, &iov, 1), iov.iov_len);
}

/* The first request is the CONNECT; each later one gets a head and a first event. */
static void on_tunnel(evutil_socket_t fd, short what, void *arg)
{
    struct tunnel *t = arg;
    char bytes[4096];
    ssize_t n;
    (void)fd;
    (void)what;
    while ((n = t->t.recv(t->t.self, bytes, sizeof bytes)) > 0)
        buf_add(&t->in, bytes, (size_t)n);
    if (n == 0)
        event_del(t->event);
    for (char *end; (end = strstr(t->in.data, "\r\n\r\n"));) {
        bool connects = strncmp(t->in.data, "CONNECT target.invalid:80 ", 26) == 0;
        assert_int_equal(connects, t->requests == 0);
        buf_drop(&t->in, (size_t)(end + 4 - t->in.data));
        tunnel_say(t, t->requests++ ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                      "9\r\ndata: 1\n\n\r\n"
                                    : "HTTP/1.1 200 OK\r\n\r\n");
    }
}

void tunnel_accept(struct tunnel **list, struct event_base *base, SSL_CTX *ctx, int fd)
{
    struct tunnel *t = calloc(1, sizeof *t);
    t->t = h1_transport_tls(fd, ctx);
    buf_init(&t->in);
    t->event = event_new(base, fd, EV_READ | EV_PERSIST, on_tunnel, t);
    event_add(t->event, NULL);
    t->next = *list;
    *list = t;
}

void tunnel_free_all(struct tunnel **list)
{
    for (struct tunnel *t; (t = *list);) {
        *list = t->next;
        event_free(t->event);
        t->t.close(t->t.self);
        buf_release(&t->in);
        free(t);
    }
}
