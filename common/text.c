/* Small text helpers: spans, globs, hex and other codings, the nearest word. */
#include "common/text.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "common/alloc.h"

struct span span_of(const char *s)
{
    return (struct span){s, s ? strlen(s) : 0};
}

bool span_eq(struct span a, const char *b)
{
    size_t n = strlen(b);
    return a.n == n && (n == 0 || memcmp(a.p, b, n) == 0);
}

bool span_caseeq(struct span a, const char *b)
{
    size_t n = strlen(b);
    return a.n == n && (n == 0 || strncasecmp(a.p, b, n) == 0);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct span span_trim(struct span s)
{
    while (s.n && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

char *span_dup(struct span s)
{
    char *copy = xmalloc(s.n + 1);
    if (s.n)
        memcpy(copy, s.p, s.n);
    copy[s.n] = 0;
    return copy;
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Only the last star can need to take more: what stands before it has matched for good. */
bool text_glob(const char *pattern, const char *s)
{
    const char *star = NULL, *from = NULL;
    while (*s) {
        if (*pattern == '*') {
            star = ++pattern;
            from = s;
        } else if (*pattern && (*pattern == '?' || lower(*pattern) == lower(*s))) {
            pattern++;
            s++;
        } else if (star) {
            pattern = star;
            s = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == 0;
}

bool text_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool text_equal_ct(const char *a, const char *b)
{
    size_t n = strlen(a);
    return n == strlen(b) && sodium_memcmp(a, b, n) == 0;
}

void text_hex(const unsigned char *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * n] = 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    int l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

int text_unhex(const char *hex, unsigned char *out, size_t n)
{
    if (strlen(hex) != 2 * n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return 0;
}

char *text_base64url(const unsigned char *bytes, size_t n)
{
    size_t size = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *out = xmalloc(size);
    return sodium_bin2base64(out, size, bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

char *text_urlencode(const char *s)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = xreallocarray(NULL, strlen(s) + 1, 3), *q = out;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x80 && (isalnum(c) || strchr("-._~", c))) {
            *q++ = (char)c;
            continue;
        }
        *q++ = '%';
        *q++ = digits[c >> 4];
        *q++ = digits[c & 15];
    }
    *q = 0;
    return out;
}

enum { DISTANCE_CAP = 9, WORD_MAX = 63 };

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

/* Two swapped neighbours count as one edit: the commonest slip of fingers. */
int text_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > WORD_MAX || m > WORD_MAX)
        return strcmp(a, b) == 0 ? 0 : DISTANCE_CAP;
    int rows[3][WORD_MAX + 1];
    int *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = (int)j;
    memcpy(before, last, sizeof rows[0]);
    for (size_t i = 1; i <= n; i++) {
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int differs = lower(a[i - 1]) != lower(b[j - 1]);
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + differs);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        int *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[m] < DISTANCE_CAP ? last[m] : DISTANCE_CAP;
}

const char *text_nearest(const char *word, const char *const *words, size_t n)
{
    /* A third of the letters wrong is a slip; more is another word. */
    int limit = (int)(strlen(word) / 3), best = limit < 1 ? 2 : limit + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < n; i++) {
        int d = words[i] ? text_distance(word, words[i]) : DISTANCE_CAP;
        if (d < best) {
            best = d;
            nearest = words[i];
        }
    }
    return nearest;
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* At most three eighths are shown, so that a short secret does not come out nearly whole. */
char *text_redact(const char *secret)
{
    size_t n = strlen(secret);
    if (n < 12)
        return xstrdup("…");
    size_t head = n / 4 < 7 ? n / 4 : 7, tail = n / 8 < 4 ? n / 8 : 4;
    while (head && continues(secret[head]))
        head--;
    while (tail && continues(secret[n - tail]))
        tail--;
    return xasprintf("%.*s…%s", (int)head, secret, secret + n - tail);
}
