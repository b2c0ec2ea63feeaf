/* UTF-8: one code point out of bytes, with everything refused that RFC 3629 refuses. */
#include "common/width.h"

/* Length by lead byte, and the range of the second byte, which is where overlong forms, surrogates
 * and values over U+10FFFF show (RFC 3629 section 4). */
size_t utf8_sequence(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF) {
        if (lead == 0xE0)
            *low = 0xA0;
        if (lead == 0xED)
            *high = 0x9F;
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if (lead == 0xF0)
            *low = 0x90;
        if (lead == 0xF4)
            *high = 0x8F;
        return 4;
    }
    return 0;
}

size_t utf8_decode(const char *s, size_t n, unsigned *cp)
{
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    *cp = 0xFFFD;
    if (n == 0)
        return 0;
    const unsigned char *u = (const unsigned char *)s;
    unsigned char low, high;
    size_t len = utf8_sequence(u[0], &low, &high);
    if (len == 0 || len > n)
        return 1;
    unsigned value = u[0] & lead_bits[len];
    for (size_t i = 1; i < len; i++) {
        if (u[i] < low || u[i] > high)
            return 1;
        value = value << 6 | (u[i] & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    *cp = value;
    return len;
}

int utf8_valid(const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned cp;
        size_t len = utf8_decode(s + i, n - i, &cp);
        /* U+FFFD itself is three bytes long; as the mark of a bad byte it took one. */
        if (cp == 0xFFFD && len == 1)
            return 0;
        i += len;
    }
    return 1;
}

size_t utf8_encode(unsigned cp, char out[4])
{
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = 0xFFFD;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t len = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (cp & 0x3F));
        cp >>= 6;
    }
    static const unsigned mark[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(mark[len] | cp);
    return len;
}
