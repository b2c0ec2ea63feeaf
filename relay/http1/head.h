/* Heads of HTTP/1.1 messages, strictly (RFC 9112): CRLF only, no obs-fold, token names with the
 * colon directly behind, no control bytes. Zero copy: spans point into the caller's bytes. */
#ifndef CRS_HTTP1_HEAD_H
#define CRS_HTTP1_HEAD_H

#include <stdbool.h>
#include <stdint.h>
#include "common/buf.h"
#include "common/text.h"

#define H1_HEAD_MAX (64u << 10)
#define H1_FIELDS_MAX 100
#define H1_TARGET_MAX 8192

struct h1_field {
    struct span name, value; /* value without blanks around it */
};

enum h1_framing {
    H1_NO_BODY,
    H1_LENGTH,     /* content_length bytes */
    H1_CHUNKED,
    H1_UNTIL_CLOSE /* responses only */
};

struct h1_head {
    struct span method, target; /* request; target begins with '/' */
    int status;                 /* response; 0 in a request */
    struct span reason;
    int minor;                  /* 0 or 1 of HTTP/1.x */
    struct h1_field fields[H1_FIELDS_MAX];
    unsigned n_fields;
    enum h1_framing framing;
    uint64_t content_length;
    bool keep_alive;            /* the sender lets the connection live on */
    bool expect_continue;       /* request */
    size_t size;                /* bytes of the whole head with its empty line */
};

enum h1_fault {
    H1_OK = 0,
    H1_MORE,      /* not complete yet */
    H1_BAD,       /* 400 */
    H1_TOO_LARGE, /* 431 */
    H1_TARGET_TOO_LONG, /* 414 */
    H1_BAD_METHOD,      /* 405: CONNECT, TRACE; close */
    H1_BAD_VERSION,     /* 505 */
    H1_BAD_FRAMING,     /* 400: two lengths, TE with CL, unknown coding, bad chunk */
    H1_TOO_SLOW         /* 408: from a connection only, when a head or body takes too long */
};
const char *h1_fault_text(enum h1_fault f);
int h1_fault_status(enum h1_fault f); /* the HTTP status to answer with */
const char *h1_reason(int status);    /* "Not Found"; never NULL, "" for unknown ones */

/* `n` bytes that begin a message. H1_MORE as long as no end is in sight and limits hold; a fault
 * found in a part of a message stays when more of it arrives. One empty line before a request is
 * skipped (RFC 9112 2.2). The target of an absolute form is cut to its path. GET, HEAD, OPTIONS and
 * unknown methods must come without a body. */
enum h1_fault h1_parse_request(const char *p, size_t n, struct h1_head *head);
/* head_request: the request was HEAD, so there is no body. 1xx heads are parsed like others (the
 * connection skips them). */
enum h1_fault h1_parse_response(const char *p, size_t n, bool head_request, struct h1_head *head);

/* First field of that name (ASCII case ignored), or an empty span with p NULL. */
struct span h1_get(const struct h1_head *head, const char *name);
unsigned h1_count(const struct h1_head *head, const char *name);
/* The names that Connection nominates, and the hop-by-hop ones of RFC 9110 7.6.1. */
bool h1_is_hop_by_hop(const struct h1_head *head, struct span name);

/* Adds "name: value\r\n". -1 and nothing added when name is no token or value has anything but
 * visible bytes, blanks, tabs and bytes >= 0x80: the one place where a header is written. */
int h1_add_field(struct buf *out, struct span name, struct span value);
int h1_add_fieldz(struct buf *out, const char *name, const char *value);

#endif
