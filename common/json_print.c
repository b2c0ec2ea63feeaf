/* JSON out: cJSON trees with exact numbers, and strings of any bytes. */
#include "common/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/width.h"

/* The short escapes of RFC 8259 section 7; 0: none. */
static char short_escape(unsigned char c)
{
    static const char table[128] = {['"'] = '"',
        ['\\'] = '\\',
        ['\b'] = 'b',
        ['\f'] = 'f',
        ['\n'] = 'n',
        ['\r'] = 'r',
        ['\t'] = 't'};
    return c < 128 ? table[c] : 0;
}

/* Bytes at the start that are written as they are: all of most strings. */
static size_t plain_run(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i] >= 0x20 && s[i] < 0x7F && s[i] != '"' && s[i] != '\\')
        i++;
    return i;
}

void json_quote(struct buf *out, const char *s, size_t n)
{
    buf_reserve(out, n + 2);
    buf_addc(out, '"');
    for (size_t i = 0; i < n;) {
        size_t run = plain_run(s + i, n - i);
        buf_add(out, s + i, run);
        i += run;
        if (i == n)
            break;
        unsigned char c = (unsigned char)s[i];
        unsigned cp;
        size_t len = utf8_decode(s + i, n - i, &cp);
        if (short_escape(c))
            buf_add(out, (char[]){'\\', short_escape(c)}, 2);
        else if (c < 0x20 || c == 0x7F)
            buf_addf(out, "\\u%04x", c);
        else if (cp == 0xFFFD)
            buf_adds(out, "\xEF\xBF\xBD");
        else
            buf_add(out, s + i, len);
        i += len;
    }
    buf_addc(out, '"');
}

/* printf would be most of the time that a list of numbers takes. */
static void print_whole(int64_t v, struct buf *out)
{
    char text[24], *p = text + sizeof text;
    uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    if (v < 0)
        *--p = '-';
    buf_add(out, p, (size_t)(text + sizeof text - p));
}

static void print_number(double v, struct buf *out)
{
    char text[64];
    if (!isfinite(v)) {
        buf_adds(out, "null"); /* JSON has no other word for it */
        return;
    }
    if (fabs(v) <= 9007199254740992.0 && v == floor(v)) {
        print_whole((int64_t)v, out);
        return;
    }
    /* Plain decimals down to a nano-dollar, which people and small parsers read more easily. */
    bool plain = fabs(v) >= 1e-9 && fabs(v) < 1e15;
    for (int digits = plain ? 1 : 15; digits <= (plain ? 26 : 17); digits++) {
        snprintf(text, sizeof text, plain ? "%.*f" : "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    /* A program may have set a locale with another decimal point. */
    for (char *p = text; *p; p++)
        if (!strchr("0123456789+-e", *p))
            *p = '.';
    buf_adds(out, text);
}

static void indent(struct buf *out, int depth)
{
    if (depth < 0)
        return;
    buf_addc(out, '\n');
    for (int i = 0; i < depth; i++)
        buf_adds(out, "  ");
}

/* depth < 0: compact. Recursion is bounded by the depth of what we parse or build ourselves. */
static void print(const cJSON *v, int depth, struct buf *out)
{
    int inner = depth < 0 ? -1 : depth + 1;
    if (cJSON_IsNumber(v)) {
        print_number(v->valuedouble, out);
    } else if (cJSON_IsString(v)) {
        json_quote(out, v->valuestring, strlen(v->valuestring));
    } else if (cJSON_IsRaw(v)) {
        buf_adds(out, v->valuestring);
    } else if (cJSON_IsBool(v)) {
        buf_adds(out, cJSON_IsTrue(v) ? "true" : "false");
    } else if (cJSON_IsObject(v) || cJSON_IsArray(v)) {
        bool object = cJSON_IsObject(v);
        buf_addc(out, object ? '{' : '[');
        for (const cJSON *e = v->child; e; e = e->next) {
            indent(out, inner);
            if (object) {
                json_quote(out, e->string, strlen(e->string));
                buf_adds(out, depth < 0 ? ":" : ": ");
            }
            print(e, inner, out);
            if (e->next)
                buf_addc(out, ',');
        }
        if (v->child)
            indent(out, depth);
        buf_addc(out, object ? '}' : ']');
    } else {
        buf_adds(out, "null");
    }
}

void json_print(const cJSON *v, struct buf *out)
{
    print(v, -1, out);
}

void json_print_pretty(const cJSON *v, struct buf *out)
{
    print(v, 0, out);
}
