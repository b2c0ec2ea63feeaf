/* The public door: listens, guards, and hands each request to the flow. The route table that the
 * flow walks by is in flow/route.h. */
#ifndef CRS_HTTP_H
#define CRS_HTTP_H

#include <event2/event.h>
#include <stdatomic.h>

#include "base/settings.h"
#include "flow/flow.h"
#include "flow/route.h"

/* What the doors of all workers share: how many are inside, from where, and the certificate. */
struct gate;
/* Reads the certificate when the settings name one. */
struct gate *gate_create(const struct settings *s, struct err *err);
void gate_free(struct gate *g);
long gate_connections(const struct gate *g);
bool gate_tls(const struct gate *g);

/* One worker's listeners and the connections that came through them. */
struct server;
/* Binds every address ("127.0.0.1:3000", "[::1]:3000", "*:3000"), with SO_REUSEPORT so
 * that each worker has its own. On failure nothing stays open. */
struct server *server_create(struct flow *f, struct event_base *base, struct gate *g,
    struct settings_holder *settings, const struct strlist *addresses, struct err *err);
/* Adds the addresses really bound ("127.0.0.1:41877" for port 0) to out. */
void server_addresses(const struct server *s, struct strlist *out);
/* No new connections; idle ones are closed; those with a request end after it. */
void server_close_door(struct server *s);
void server_free(struct server *s);                /* cuts what is left */
size_t server_connections(const struct server *s); /* any thread */

/* The client's address: the peer's, or, while that is a trusted proxy, the nearest one named in
 * X-Forwarded-For (all fields, joined) that is not. out has 64 bytes. */
void client_address(
    const char *peer, const struct h1_head *head, const struct strlist *trusted, char out[64]);

#endif
