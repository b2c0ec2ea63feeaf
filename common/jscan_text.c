/* The JSON scanner: strings. Their bodies are nearly all of a prompt, so plain runs are skipped
 * eight bytes at a time and nothing is copied unless the text is wanted. */
#include "common/jscan_int.h"

#include <string.h>

#include "common/width.h"

/* A byte of each in a word. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not 0 when one of the eight bytes is a quote, a backslash, a control character or not ASCII.
 * x - 0x01.. borrows into the top bit of a zero byte (Mycroft's test); a borrow can only raise a
 * false alarm behind a true one. */
static uint64_t special(uint64_t w)
{
    uint64_t quote = w ^ EACH('"'), slash = w ^ EACH('\\');
    uint64_t found = (quote - EACH(1)) | (slash - EACH(1)) | (w - EACH(0x20)) | w;
    return found & EACH(0x80);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static const unsigned char *plain_end(const unsigned char *p, const unsigned char *end)
{
    for (; end - p >= 8; p += 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        w = special(w);
        if (!w)
            continue;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        return p + __builtin_ctzll(w) / 8; /* the first alarm is a true one */
#else
        break;
#endif
    }
    while (p < end && is_plain(*p))
        p++;
    return p;
}

void jscan_keep(struct jscan *s, const void *p, size_t n)
{
    /* Names that are compared with each other are kept whole: the document bounds them. */
    size_t room = s->in_name && s->dup ? SIZE_MAX : JSCAN_VALUE_MAX - s->text.len;
    if (n > room) {
        n = room;
        s->cut = true;
    }
    buf_add(&s->text, p, n);
}

static void capture_code(struct jscan *s, unsigned cp)
{
    char bytes[4];
    jscan_capture(s, bytes, utf8_encode(cp, bytes));
}

/* A high surrogate whose other half did not follow. */
static const unsigned char *lone(struct jscan *s, const unsigned char *p)
{
    if (s->plain)
        return jscan_fault(s, p, "half a surrogate pair");
    capture_code(s, 0xFFFD);
    s->lead = 0;
    return p;
}

static const unsigned char *string_end(struct jscan *s, const unsigned char *p)
{
    if (!s->in_name) {
        jscan_value_end(s, p + 1);
        return p + 1;
    }
    if (jscan_member(s) < 0)
        return jscan_fault(s, p, "the watched member '%.64s' comes twice", s->text.data);
    s->in_name = s->capture = false;
    s->state = JS_COLON;
    return p + 1;
}

/* What a backslash and this character mean; 0: not a short escape. */
static char short_escape(unsigned char c)
{
    static const char table[128] = {['"'] = '"',
        ['\\'] = '\\',
        ['/'] = '/',
        ['b'] = '\b',
        ['f'] = '\f',
        ['n'] = '\n',
        ['r'] = '\r',
        ['t'] = '\t'};
    return c < 128 ? table[c] : 0;
}

const unsigned char *jscan_escape(struct jscan *s, const unsigned char *p)
{
    if (*p == 'u') {
        s->state = JS_HEX;
        s->escape = 4;
        s->unit = 0;
        return p + 1;
    }
    if (s->lead && !lone(s, p))
        return NULL;
    char c = short_escape(*p);
    if (!c)
        return jscan_fault(s, p, "bad escape");
    jscan_capture(s, &c, 1);
    s->state = JS_STRING;
    return p + 1;
}

static const unsigned char *unit_done(struct jscan *s, const unsigned char *p)
{
    s->state = JS_STRING;
    bool low = s->unit >= 0xDC00 && s->unit <= 0xDFFF;
    if (s->lead && low) {
        capture_code(s, 0x10000 + ((s->lead - 0xD800) << 10) + (s->unit - 0xDC00));
        s->lead = 0;
        return p + 1;
    }
    if ((s->lead || low) && !lone(s, p))
        return NULL;
    if (s->plain && s->unit == 0)
        return jscan_fault(s, p, "a NUL character in a string");
    if (s->unit >= 0xD800 && s->unit <= 0xDBFF)
        s->lead = s->unit;
    else if (!low)
        capture_code(s, s->unit);
    return p + 1;
}

/* -1: no hex digit. */
static int hex_value(unsigned char c)
{
    unsigned char digit = (unsigned char)(c - '0'), letter = (unsigned char)((c | 0x20) - 'a');
    return digit < 10 ? digit : letter < 6 ? letter + 10 : -1;
}

const unsigned char *jscan_hex(struct jscan *s, const unsigned char *p)
{
    int digit = hex_value(*p);
    if (digit < 0)
        return jscan_fault(s, p, "bad digit in a \\u escape");
    s->unit = s->unit << 4 | (unsigned)digit;
    return --s->escape ? p + 1 : unit_done(s, p);
}

/* Four digits at once: some clients escape all that is not ASCII. A bad one is left to jscan_hex,
 * which names it. */
static bool read_unit(struct jscan *s, const unsigned char *p)
{
    int a = hex_value(p[0]), b = hex_value(p[1]), c = hex_value(p[2]), d = hex_value(p[3]);
    if ((a | b | c | d) < 0)
        return false;
    s->unit = (unsigned)(a << 12 | b << 8 | c << 4 | d);
    return true;
}

const unsigned char *jscan_utf8(struct jscan *s, const unsigned char *p)
{
    if (*p < s->low || *p > s->high)
        return jscan_fault(s, p, "bad UTF-8");
    jscan_capture(s, p, 1);
    s->low = 0x80;
    s->high = 0xBF;
    if (--s->need == 0)
        s->state = JS_STRING;
    return p + 1;
}

/* Three bytes with no rule of their own for the second one: most of the writing of East Asia. */
static bool is_common_triple(const unsigned char *p)
{
    return p[0] > 0xE0 && p[0] < 0xF0 && p[0] != 0xED && (p[1] & 0xC0) == 0x80 &&
           (p[2] & 0xC0) == 0x80;
}

/* A run of bytes over 0x7F. The last three bytes fed may be the head of a sequence and go one by
 * one. */
static const unsigned char *beyond_ascii(
    struct jscan *s, const unsigned char *p, const unsigned char *end)
{
    const unsigned char *from = p;
    while (end - p >= 4 && *p >= 0x80) {
        if (is_common_triple(p)) {
            p += 3;
            continue;
        }
        unsigned cp;
        size_t len = utf8_decode((const char *)p, 4, &cp);
        if (len == 1)
            break; /* read again below, to name the byte at fault */
        p += len;
    }
    jscan_capture(s, from, (size_t)(p - from));
    if (p == end || *p < 0x80)
        return p;
    size_t len = utf8_sequence(*p, &s->low, &s->high);
    if (len < 2)
        return jscan_fault(s, p, "bad UTF-8");
    jscan_capture(s, p, 1);
    s->need = (unsigned char)(len - 1);
    s->state = JS_UTF8;
    return p + 1;
}

const unsigned char *jscan_string(struct jscan *s, const unsigned char *p, const unsigned char *end)
{
    while (p < end) {
        if (s->lead && *p != '\\' && !lone(s, p))
            return NULL;
        const unsigned char *q = plain_end(p, end);
        jscan_capture(s, p, (size_t)(q - p));
        p = q;
        if (p == end)
            return p;
        if (*p == '"')
            return string_end(s, p);
        if (*p < 0x20)
            return jscan_fault(s, p, "control character 0x%02x in a string", *p);
        if (*p >= 0x80) {
            p = beyond_ascii(s, p, end);
        } else if (end - p >= 2 && p[1] != 'u') {
            p = jscan_escape(s, p + 1);
        } else if (end - p >= 6 && read_unit(s, p + 2)) {
            p = unit_done(s, p + 5);
        } else {
            s->state = JS_ESCAPE;
            return p + 1;
        }
        if (!p || s->state != JS_STRING)
            return p;
    }
    return p;
}
