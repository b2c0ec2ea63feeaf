/* An upstream of bytes: answers each request with what it was told, whatever was asked, and keeps
 * what it got. One connection a request. */
#ifndef CRS_TESTS_BYTES_H
#define CRS_TESTS_BYTES_H

#include "common/buf.h"

struct bytes;
struct bytes *bytes_start(int *port); /* on 127.0.0.1; dies when it cannot */
/* What is answered from now on; forgets what came before. */
void bytes_answer(struct bytes *b, const struct buf *wire);
/* The last request, head and body, and how many came since bytes_answer. Release it. */
int bytes_got(struct bytes *b, struct buf *out);
void bytes_stop(struct bytes *b);

#endif
