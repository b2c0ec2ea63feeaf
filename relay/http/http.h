/* The public door: listens, guards, knows the routes, and hands each request to the flow. */
#ifndef CRS_HTTP_H
#define CRS_HTTP_H

#include "provider/provider.h"

/* One row a path pattern. {model} and {rest} match one segment; ":method" tails as the Gemini API
 * has them match up to the colon. */
struct route {
    const char *method;   /* "POST" */
    const char *pattern;  /* "/v1/messages" behind each of the prefixes */
    const char *prefixes; /* "/api /claude  -": '-' is the bare path */
    enum dialect dialect;
    enum operation op;
    enum service service;
    const char *kinds;    /* provider kinds that may serve it, space separated: the pool */
    unsigned flags;       /* ROUTE_* */
};
enum { ROUTE_OWN = 1, /* answered here: models, key info, usage */
    ROUTE_OPEN = 2,   /* needs no key: health, event logging */
    ROUTE_FREE = 4 }; /* helper call: no slot, no window, nothing booked as use (count_tokens) */
const struct route *routes(size_t *n);
struct route_match {
    const struct route *route;
    char *path;   /* behind the prefix, heap */
    char *model;  /* {model}, decoded, or NULL */
    char *method_name; /* behind ':' */
};
/* ERR_NOT_FOUND, ERR_USAGE (bad path), or ERR_CONFLICT (path known, method not). The dialect of the
 * nearest route is set in any case, so that the error has the client's shape. */
int route_find(struct span method, struct span target, struct route_match *out,
    enum dialect *dialect, struct err *err);
void route_match_release(struct route_match *m);

#endif
