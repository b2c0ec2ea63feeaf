/* The certificate of the public door. */
#include "http/http_int.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

static int tls_error(struct err *err, const char *what, const char *file)
{
    char text[160];
    unsigned long e = ERR_get_error();

    ERR_error_string_n(e, text, sizeof text);
    ERR_clear_error();
    return err_set(err, ERR_USAGE, "cannot use %s '%s': %s", what, file, e ? text : "unknown");
}

/* HTTP/1.1 is what is spoken behind it; a client that offers only others is told so. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned int in_len, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";

    (void)ssl;
    (void)arg;
    if (SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_len, ours, sizeof ours - 1, in,
            in_len) == OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_OK;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void *tls_server_context(const char *cert, const char *key, struct err *err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (!ctx) {
        tls_error(err, "TLS for", cert);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    /* An idle connection gives its buffers back. */
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
        tls_error(err, "certificate", cert);
    else if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
        tls_error(err, "key", key);
    else if (SSL_CTX_check_private_key(ctx) != 1)
        tls_error(err, "key (it does not fit the certificate)", key);
    else
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

void tls_context_free(void *ctx)
{
    SSL_CTX_free(ctx);
}
