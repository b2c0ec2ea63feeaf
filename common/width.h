/* Cells that text takes on a terminal. Text is UTF-8 from strangers: bad bytes and control
 * characters come out as '?', so that a name can never move the cursor. */
#ifndef CRS_COMMON_WIDTH_H
#define CRS_COMMON_WIDTH_H

#include <stddef.h>
#include "common/buf.h"

/* Decodes one code point of s[0..n); gives its bytes (1 for a bad byte, with *cp = 0xFFFD). */
size_t utf8_decode(const char *s, size_t n, unsigned *cp);
int utf8_valid(const char *s, size_t n);
/* Cells of one code point: 0 combining, 1, or 2 wide; control characters count 1 (shown as '?').
 * Own table (Unicode East Asian Width, 15.0), so that the locale of the process does not matter. */
int width_of(unsigned cp);
int width_text(const char *s);
/* Adds s cut to at most `cells`, with "~" in the last cell when cut, then pads to exactly `cells`
 * (right-aligned when align > 0, left when 0, not padded when < 0). */
void width_fit(struct buf *out, const char *s, int cells, int align);
/* Adds s with control characters and bad bytes replaced; nothing cut. */
void width_clean(struct buf *out, const char *s);

#endif
