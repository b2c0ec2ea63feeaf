/* The route table: which path is which dialect, operation and pool of upstream kinds. */
#ifndef CRS_FLOW_ROUTE_H
#define CRS_FLOW_ROUTE_H

#include "provider/provider.h"

enum {
    ROUTE_OWN = 1,  /* answered here: models, key info, usage */
    ROUTE_OPEN = 2, /* needs no key: health, event logging */
    ROUTE_FREE = 4, /* helper call: no slot, no window, nothing booked as use (count_tokens) */
    ROUTE_BY_MODEL = 8
}; /* the service follows from the model's name, not from the path */

enum own_answer {
    OWN_NONE,
    OWN_MODELS,
    OWN_MODEL,
    OWN_ME,
    OWN_KEY_INFO,
    OWN_USAGE,
    OWN_CREDIT,
    OWN_SUCCESS,
    OWN_HEALTH,
    OWN_ROOT
};

/* One row a path pattern. {model} matches one segment or, when a ":method" tail follows, a segment
 * up to its last colon; {method} the rest of a segment; {any} one segment. */
struct route {
    const char *method;   /* "POST" */
    const char *pattern;  /* "/v1/messages" behind each of the prefixes */
    const char *prefixes; /* "/api /claude -": '-' is the bare path */
    enum dialect dialect;
    enum operation op;
    enum service service;
    const char *kinds; /* provider kinds that may serve it, space separated: the pool */
    unsigned flags;    /* ROUTE_* */
    enum own_answer own;
};
const struct route *routes(size_t *n);

struct route_match {
    const struct route *route;
    char *path;        /* normalised, behind the prefix, heap */
    char *query;       /* raw, without '?', heap, "" none */
    char *model;       /* {model}, decoded, or NULL */
    char *method_name; /* behind ':' in {method}, or NULL */
    const char *allow; /* with ERR_CONFLICT: the method that the path takes */
};
/* ERR_NOT_FOUND, ERR_USAGE (bad path), or ERR_CONFLICT (path known, method not; a HEAD is served by
 * the GET row). The dialect of the nearest route is set in any case, so that the error has the
 * client's shape. Nearest: the row that shares most of the path's beginning. */
int route_find(struct span method, struct span target, struct route_match *out,
    enum dialect *dialect, struct err *err);
void route_match_release(struct route_match *m);

/* The path of a target as routing reads it: query cut off, escapes decoded once, double slashes
 * made one, a slash at the end cut. Heap, or NULL (ERR_USAGE): bad escape, %00, %2F, %5C, control
 * bytes, dot segments. */
char *route_path(struct span target, struct err *err);

/* The service that a model's name belongs to; SERVICE_CLAUDE for names of no known family. */
enum service service_of_model(const char *model);

#endif
