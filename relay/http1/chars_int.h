/* Classes of bytes in HTTP/1.1, one table for the parsers of this room. */
#ifndef CRS_HTTP1_CHARS_INT_H
#define CRS_HTTP1_CHARS_INT_H

#include "http1/head.h"

#define H1_METHOD_MAX 32 /* the longest registered one has 17 (IANA, UPDATEREDIRECTREF) */

enum {
    H1_TOKEN = 1 << 0,     /* RFC 9110 5.6.2 */
    H1_VALUE = 1 << 1,     /* visible, blank, tab, and bytes >= 0x80 (RFC 9110 5.5) */
    H1_TARGET = 1 << 2,    /* visible ASCII without '#': a fragment never goes on the wire */
    H1_AUTHORITY = 1 << 3, /* of host and port (RFC 3986 3.2), without userinfo */
    H1_DIGIT = 1 << 4,
    H1_HEX = 1 << 5
};
extern const unsigned char h1_chars[256];

static inline bool h1_is(char c, unsigned class)
{
    return (h1_chars[(unsigned char)c] & class) != 0;
}

/* True when a Connection field lists the option (ASCII case ignored). */
bool h1_nominates(const struct h1_head *head, const char *option);

#endif
