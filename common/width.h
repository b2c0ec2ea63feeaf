/* Cells that text takes on a terminal. Text is UTF-8 from strangers: bad bytes and control
 * characters come out as '?', so that a name can never move the cursor. */
#ifndef CRS_COMMON_WIDTH_H
#define CRS_COMMON_WIDTH_H

#include <stddef.h>
#include "common/buf.h"

/* Decodes one code point of s[0..n); gives its bytes (1 for a bad byte, with *cp = 0xFFFD). */
size_t utf8_decode(const char *s, size_t n, unsigned *cp);
int utf8_valid(const char *s, size_t n);
/* Writes the 1 to 4 bytes of a code point and gives their number; surrogates and values beyond
 * U+10FFFF come out as U+FFFD. */
size_t utf8_encode(unsigned cp, char out[4]);
/* Bytes that a sequence with this lead byte has, and the bounds of its second byte (the others are
 * 0x80..0xBF): for readers that see one byte at a time. 0: no lead byte. */
size_t utf8_sequence(unsigned char lead, unsigned char *low, unsigned char *high);
/* Cells of one code point: 0 combining, 1, or 2 wide; control characters count 1 (shown as '?'), and so
 * do the marks that turn the direction of writing.
 * Own table (Unicode East Asian Width, 14.0), so that the locale of the process does not matter. */
int width_of(unsigned cp);
int width_text(const char *s);
/* Adds s cut to at most `cells`, with "~" in the last cell when cut, then pads to exactly `cells`
 * (right-aligned when align > 0, left when 0, not padded when < 0). */
void width_fit(struct buf *out, const char *s, int cells, int align);
/* Bytes of s that make a line of at most `cells`, without the blank that ends it: the break is at a
 * blank, or beside a wide sign where Chinese allows one (not before closing punctuation, not after
 * opening), else wherever it is full. All of s up to a newline when that fits. At least one sign.
 * *skip: bytes of blank or newline to pass over before the next line. */
size_t width_line(const char *s, int cells, size_t *skip);
/* Adds s with control characters and bad bytes replaced; nothing cut. */
void width_clean(struct buf *out, const char *s);

#endif
