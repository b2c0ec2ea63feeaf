/* Finding one text in a stream, across its pieces (after Knuth, Morris and Pratt). */
#include "flow/scrub.h"

#include <string.h>

static size_t length_of(const char *secret)
{
    size_t n = secret ? strlen(secret) : 0;

    return n < SCRUB_MIN ? 0 : n;
}

/* The longest beginning of the secret that its first n bytes also end with, n itself apart. */
static size_t border(const char *secret, size_t n)
{
    size_t k = n - 1;

    while (k && memcmp(secret, secret + n - k, k) != 0)
        k--;
    return k;
}

void scrub_feed(const char *secret, size_t *held, const char *p, size_t n, struct buf *out)
{
    size_t len = length_of(secret);

    if (!len) {
        buf_add(out, p, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        while (*held && p[i] != secret[*held]) {
            size_t k = border(secret, *held);
            buf_add(out, secret, *held - k);
            *held = k;
        }
        if (p[i] != secret[*held]) {
            buf_addc(out, p[i]);
        } else if (++*held == len) {
            for (; *held; --*held)
                buf_addc(out, '*');
        }
    }
}

void scrub_end(const char *secret, size_t *held, struct buf *out)
{
    if (*held && secret)
        buf_add(out, secret, *held);
    *held = 0;
}

bool scrub_needs(const char *secret, struct span s)
{
    size_t n = length_of(secret);

    return n && s.n >= n && memmem(s.p, s.n, secret, n);
}
