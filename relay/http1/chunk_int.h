/* The chunked coding (RFC 9112 7.1), decoded in place as it arrives. */
#ifndef CRS_HTTP1_CHUNK_INT_H
#define CRS_HTTP1_CHUNK_INT_H

#include "http1/head.h"

#define H1_CHUNK_DIGITS_MAX 16
#define H1_CHUNK_EXT_MAX 256
#define H1_TRAILER_MAX 4096
/* Framing may cost this many times the body, and a start: a sender that dribbles one-byte chunks
 * (five bytes of framing each) passes, one that hides megabytes in extensions does not. */
#define H1_CHUNK_RATIO 16
#define H1_CHUNK_START (64u << 10)

struct h1_chunk {
    enum h1_chunk_state {
        CHUNK_SIZE,
        CHUNK_EXT,
        CHUNK_SIZE_LF,
        CHUNK_DATA,
        CHUNK_DATA_CR,
        CHUNK_DATA_LF,
        CHUNK_TRAILER,    /* at the start of a trailer line */
        CHUNK_TRAILER_IN, /* in one */
        CHUNK_TRAILER_LF,
        CHUNK_LAST_LF,
        CHUNK_DONE
    } state;
    unsigned digits, aside; /* of this size; extension or trailer bytes so far */
    uint64_t left;          /* of this chunk */
    uint64_t raw, decoded;  /* of the whole body */
};

/* Decodes p[0..n): body bytes lie together at *data, *len afterwards (somewhere in p), *used says
 * how many bytes of p belong to the body. H1_OK: the body is complete. H1_MORE: it goes on.
 * Otherwise the fault; what was decoded before it is in *data. Start with a zeroed struct. */
enum h1_fault h1_chunk_decode(
    struct h1_chunk *d, char *p, size_t n, char **data, size_t *len, size_t *used);

/* Writes "SIZE\r\n" for a chunk of n bytes into out (20 bytes); gives its length. */
size_t h1_chunk_head(char *out, size_t n);

#endif
