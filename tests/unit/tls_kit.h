/* A certificate of its own for 127.0.0.1, and an https proxy that also plays the target behind it.
 */
#ifndef CRS_TEST_TLS_KIT_H
#define CRS_TEST_TLS_KIT_H

#include <event2/event.h>
#include <openssl/ssl.h>
#include "common/buf.h"
#include "http1/conn.h"

/* Gives ctx a new key and certificate; writes the certificate to path. */
void make_certificate(SSL_CTX *ctx, const char *path);

struct tunnel { /* one connection of the proxy */
    struct h1_transport t;
    struct event *event;
    struct buf in;
    int requests;
    struct tunnel *next;
};

/* Takes fd; adds a tunnel to the front of the list. */
void tunnel_accept(struct tunnel **list, struct event_base *base, SSL_CTX *ctx, int fd);
void tunnel_say(struct tunnel *t, const char *s);
void tunnel_free_all(struct tunnel **list);

#endif
