/* Chunked bodies: a byte machine for the framing, runs for the data. */
#include "http1/chunk_int.h"

#include <string.h>
#include "http1/chars_int.h"

static unsigned hex_value(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static enum h1_fault size_byte(struct h1_chunk *d, char c)
{
    if (h1_is(c, H1_HEX)) {
        if (++d->digits > H1_CHUNK_DIGITS_MAX)
            return H1_BAD_FRAMING;
        d->left = d->left << 4 | hex_value(c);
        return H1_MORE;
    }
    if (!d->digits || (c != ';' && c != '\r'))
        return H1_BAD_FRAMING;
    d->state = c == ';' ? CHUNK_EXT : CHUNK_SIZE_LF;
    d->aside = c == ';';
    return H1_MORE;
}

/* Extension and trailer bytes are thrown away, but bounded, and never a way to smuggle a line. */
static enum h1_fault aside_byte(
    struct h1_chunk *d, char c, unsigned max, enum h1_chunk_state after_cr)
{
    if (++d->aside > max)
        return H1_BAD_FRAMING;
    if (c == '\r')
        d->state = after_cr;
    else if (!h1_is(c, H1_VALUE))
        return H1_BAD_FRAMING;
    return H1_MORE;
}

/* The place to weigh framing against data: where it does not hang on how the bytes were cut. */
static enum h1_fault after_size(struct h1_chunk *d)
{
    d->state = d->left ? CHUNK_DATA : CHUNK_TRAILER;
    d->digits = d->aside = 0;
    bool bloated = d->raw / H1_CHUNK_RATIO > d->decoded + H1_CHUNK_START / H1_CHUNK_RATIO;
    return bloated ? H1_BAD_FRAMING : H1_MORE;
}

/* One byte of framing; data bytes do not come here. */
static enum h1_fault framing_byte(struct h1_chunk *d, char c)
{
    switch (d->state) {
    case CHUNK_SIZE:
        return size_byte(d, c);
    case CHUNK_EXT:
        return aside_byte(d, c, H1_CHUNK_EXT_MAX, CHUNK_SIZE_LF);
    case CHUNK_DATA_CR:
        d->state = CHUNK_DATA_LF;
        return c == '\r' ? H1_MORE : H1_BAD_FRAMING;
    case CHUNK_TRAILER:
        if (c == '\r') {
            d->state = CHUNK_LAST_LF;
            return H1_MORE;
        }
        d->state = CHUNK_TRAILER_IN;
        return aside_byte(d, c, H1_TRAILER_MAX, CHUNK_TRAILER_LF);
    case CHUNK_TRAILER_IN:
        return aside_byte(d, c, H1_TRAILER_MAX, CHUNK_TRAILER_LF);
    default: /* the states that wait for a line feed */
        break;
    }
    if (c != '\n')
        return H1_BAD_FRAMING;
    if (d->state == CHUNK_SIZE_LF)
        return after_size(d);
    if (d->state == CHUNK_DATA_LF)
        d->state = CHUNK_SIZE;
    else if (d->state == CHUNK_TRAILER_LF)
        d->state = CHUNK_TRAILER;
    else
        d->state = CHUNK_DONE;
    return d->state == CHUNK_DONE ? H1_OK : H1_MORE;
}

enum h1_fault h1_chunk_decode(
    struct h1_chunk *d, char *p, size_t n, char **data, size_t *len, size_t *used)
{
    size_t at = 0;
    enum h1_fault f = d->state == CHUNK_DONE ? H1_OK : H1_MORE;
    *data = p;
    *len = 0;
    while (at < n && f == H1_MORE) {
        if (d->state != CHUNK_DATA) {
            d->raw++;
            f = framing_byte(d, p[at++]);
            continue;
        }
        size_t run = n - at < d->left ? n - at : (size_t)d->left;
        /* The first run stays where it is: one chunk a read is the usual case. */
        if (*len == 0)
            *data = p + at;
        else
            memmove(*data + *len, p + at, run);
        *len += run;
        at += run;
        d->raw += run;
        d->decoded += run;
        d->left -= run;
        if (!d->left)
            d->state = CHUNK_DATA_CR;
    }
    *used = at;
    return f;
}

size_t h1_chunk_head(char *out, size_t n)
{
    char digits[16];
    size_t count = 0, at = 0;
    do
        digits[count++] = "0123456789abcdef"[n & 15];
    while (n >>= 4);
    while (count)
        out[at++] = digits[--count];
    out[at++] = '\r';
    out[at++] = '\n';
    return at;
}
