/* Takes the credential that was sent out of what an upstream says of it: some quote the key that
 * they refuse. Each of its bytes becomes '*', so that lengths hold. Only the very bytes are found,
 * not other writings of them. */
#ifndef CRS_FLOW_SCRUB_H
#define CRS_FLOW_SCRUB_H

#include <stdbool.h>

#include "common/buf.h"
#include "http1/head.h"

#define SCRUB_MIN 8 /* shorter ones are no secret, and part of many words */

/* Adds n bytes to out; *held are kept back, the beginning of the secret, until more has come or
 * scrub_end. Begin with *held 0. secret NULL: nothing is taken out. */
void scrub_feed(const char *secret, size_t *held, const char *p, size_t n, struct buf *out);
void scrub_end(const char *secret, size_t *held, struct buf *out);
bool scrub_needs(const char *secret, struct span s); /* it is in there */

#endif
