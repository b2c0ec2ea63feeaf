/* The JSON scanner: structure, numbers and literals. A push-style state machine that may stop and
 * go on at every byte. */
#include "common/jscan_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

struct jscan *jscan_create(const char *const *paths, size_t n)
{
    struct jscan *s = xcalloc(1, sizeof *s);
    buf_init(&s->text);
    s->max_depth = JSCAN_DEPTH_MAX;
    jscan_watch_paths(s, paths, n < JSCAN_PATHS_MAX ? n : JSCAN_PATHS_MAX);
    jscan_reset(s);
    return s;
}

void jscan_free(struct jscan *s)
{
    if (!s)
        return;
    jscan_reset(s);
    buf_release(&s->text);
    for (size_t i = 0; i < s->n_paths; i++)
        free(s->segments[i]);
    free(s);
}

void jscan_reset(struct jscan *s)
{
    for (size_t i = 0; i < s->n_paths; i++) {
        free(s->hit[i].text);
        s->hit[i] = (struct jscan_hit){0};
    }
    s->state = JS_VALUE;
    s->depth = 0;
    s->values = 0;
    s->root = JSCAN_ABSENT;
    s->fed = 0;
    s->in_name = s->capture = s->cut = false;
    s->lead = 0;
    s->member = s->n_paths == 32 ? UINT32_MAX : (UINT32_C(1) << s->n_paths) - 1;
    s->hits = 0;
    buf_reset(&s->text);
}

const unsigned char *jscan_fault(struct jscan *s, const unsigned char *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(s->fault, sizeof s->fault, fmt, ap);
    va_end(ap);
    s->fault_at = jscan_offset(s, p);
    return NULL;
}

/* Bytes of strangers do not go into a sentence as they are. */
static const unsigned char *unexpected(struct jscan *s, const unsigned char *p, const char *wanted)
{
    if (*p > 0x20 && *p < 0x7F)
        return jscan_fault(s, p, "expected %s, found '%c'", wanted, *p);
    return jscan_fault(s, p, "expected %s, found byte 0x%02x", wanted, *p);
}

static const unsigned char *open_container(struct jscan *s, const unsigned char *p)
{
    bool object = *p == '{';
    if (s->depth == s->max_depth)
        return jscan_fault(s, p, "nested deeper than %d", s->max_depth);
    jscan_value_begin(s, object ? JSCAN_OBJECT : JSCAN_ARRAY, p);
    jscan_container_begin(s, object);
    s->state = object ? JS_NAME_OR_END : JS_VALUE_OR_END;
    return p + 1;
}

static const unsigned char *twice_fault(
    struct jscan *s, const unsigned char *p, const struct jscan_name *name)
{
    char shown[65];
    size_t n = name->len < 64 ? name->len : 64;
    for (size_t i = 0; i < n; i++) {
        char c = s->dup->bytes.data[name->at + i];
        shown[i] = c >= 0x20 && c < 0x7F ? c : '?';
    }
    shown[n] = 0;
    return jscan_fault(s, p, "the object that ends here has the member '%s' twice", shown);
}

static const unsigned char *close_container(struct jscan *s, const unsigned char *p)
{
    const struct jscan_level *level = &s->level[s->depth - 1];
    const struct jscan_name *twice = NULL;
    if (s->dup && level->object)
        twice = jscan_names_close(s->dup, level->names);
    if (twice)
        return twice_fault(s, p, twice);
    jscan_container_end(s, jscan_offset(s, p + 1));
    s->state = s->depth ? JS_AFTER : JS_DONE;
    return p + 1;
}

static const unsigned char *begin_literal(
    struct jscan *s, const unsigned char *p, const char *rest, enum jscan_kind kind)
{
    jscan_value_begin(s, kind, p);
    s->literal = rest;
    s->state = JS_LITERAL;
    return p + 1;
}

static const unsigned char *begin_number(struct jscan *s, const unsigned char *p)
{
    jscan_value_begin(s, JSCAN_NUMBER, p);
    jscan_capture(s, p, 1);
    s->state = *p == '-' ? JS_MINUS : *p == '0' ? JS_ZERO : JS_INTEGER;
    return p + 1;
}

static const unsigned char *begin_value(struct jscan *s, const unsigned char *p)
{
    if (s->values == JSCAN_COUNT_MAX)
        return jscan_fault(s, p, "more than %u values", JSCAN_COUNT_MAX);
    switch (*p) {
    case '"':
        jscan_value_begin(s, JSCAN_STRING, p);
        s->state = JS_STRING;
        return p + 1;
    case '{':
    case '[':
        return open_container(s, p);
    case 't':
        return begin_literal(s, p, "rue", JSCAN_TRUE);
    case 'f':
        return begin_literal(s, p, "alse", JSCAN_FALSE);
    case 'n':
        return begin_literal(s, p, "ull", JSCAN_NULL);
    default:
        if (*p == '-' || (*p >= '0' && *p <= '9'))
            return begin_number(s, p);
        return unexpected(s, p, "a value");
    }
}

static const unsigned char *begin_name(struct jscan *s, const unsigned char *p)
{
    if (*p != '"')
        return unexpected(s, p, s->state == JS_NAME ? "a member name" : "a member name or '}'");
    s->in_name = true;
    s->capture = s->dup || s->level[s->depth - 1].alive;
    s->cut = false;
    buf_reset(&s->text);
    s->state = JS_STRING;
    return p + 1;
}

static const unsigned char *after_value(struct jscan *s, const unsigned char *p)
{
    const struct jscan_level *level = &s->level[s->depth - 1];
    if (*p == (level->object ? '}' : ']'))
        return close_container(s, p);
    if (*p != ',')
        return unexpected(s, p, level->object ? "',' or '}'" : "',' or ']'");
    s->state = level->object ? JS_NAME : JS_VALUE;
    s->member = level->element;
    return p + 1;
}

static bool is_white(unsigned char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static const unsigned char *structure(
    struct jscan *s, const unsigned char *p, const unsigned char *end)
{
    while (is_white(*p))
        if (++p == end)
            return p;
    switch (s->state) {
    case JS_NAME_OR_END:
        return *p == '}' ? close_container(s, p) : begin_name(s, p);
    case JS_NAME:
        return begin_name(s, p);
    case JS_VALUE_OR_END:
        return *p == ']' ? close_container(s, p) : begin_value(s, p);
    case JS_VALUE:
        return begin_value(s, p);
    case JS_COLON:
        if (*p != ':')
            return unexpected(s, p, "':'");
        s->state = JS_VALUE;
        return p + 1;
    case JS_AFTER:
        return after_value(s, p);
    default:
        return unexpected(s, p, "the end after the one value");
    }
}

static const unsigned char *literal(struct jscan *s, const unsigned char *p)
{
    if (*p != (unsigned char)*s->literal)
        return jscan_fault(s, p, "expected true, false or null");
    s->literal++;
    if (*s->literal == 0)
        jscan_value_end(s, p + 1);
    return p + 1;
}

/* The state after c; JS_DONE: c is behind the number; JS_BROKEN: c must not stand here. */
static enum jscan_state number_next(enum jscan_state state, unsigned char c)
{
    bool digit = c >= '0' && c <= '9', e = c == 'e' || c == 'E';
    switch (state) {
    case JS_MINUS:
        return c == '0' ? JS_ZERO : digit ? JS_INTEGER : JS_BROKEN;
    case JS_ZERO:
        return c == '.' ? JS_POINT : e ? JS_E : digit ? JS_BROKEN : JS_DONE;
    case JS_INTEGER:
        return digit ? JS_INTEGER : c == '.' ? JS_POINT : e ? JS_E : JS_DONE;
    case JS_POINT:
        return digit ? JS_FRACTION : JS_BROKEN;
    case JS_FRACTION:
        return digit ? JS_FRACTION : e ? JS_E : JS_DONE;
    case JS_E:
        return digit ? JS_EXPONENT : c == '+' || c == '-' ? JS_E_SIGN : JS_BROKEN;
    default:
        return digit ? JS_EXPONENT : state == JS_EXPONENT ? JS_DONE : JS_BROKEN;
    }
}

static const unsigned char *number(
    struct jscan *s, const unsigned char *p, const unsigned char *end)
{
    const unsigned char *from = p;
    enum jscan_state next = s->state;
    for (; p < end; p++) {
        next = number_next(s->state, *p);
        if (next == JS_DONE || next == JS_BROKEN)
            break;
        s->state = next;
    }
    jscan_capture(s, from, (size_t)(p - from));
    if (next == JS_BROKEN)
        return jscan_fault(s, p, "bad number");
    if (next == JS_DONE)
        jscan_value_end(s, p);
    return p;
}

static const unsigned char *step(struct jscan *s, const unsigned char *p, const unsigned char *end)
{
    switch (s->state) {
    case JS_STRING:
        return jscan_string(s, p, end);
    case JS_ESCAPE:
        return jscan_escape(s, p);
    case JS_HEX:
        return jscan_hex(s, p);
    case JS_UTF8:
        return jscan_utf8(s, p);
    case JS_LITERAL:
        return literal(s, p);
    case JS_BROKEN:
        return NULL;
    default:
        return s->state >= JS_MINUS && s->state <= JS_EXPONENT ? number(s, p, end)
                                                               : structure(s, p, end);
    }
}

static int report(struct jscan *s, struct err *err)
{
    s->state = JS_BROKEN;
    return err_set(err, ERR_PROTOCOL, "byte %llu: %s", (unsigned long long)s->fault_at, s->fault);
}

int jscan_feed(struct jscan *s, const void *bytes, size_t n, struct err *err)
{
    if (n == 0 && s->state != JS_BROKEN)
        return 0;
    const unsigned char *p = bytes, *end = p + n;
    s->start = p;
    while (p && p < end)
        p = step(s, p, end);
    if (!p || s->state == JS_BROKEN)
        return report(s, err);
    s->fed += n;
    return 0;
}

int jscan_end(struct jscan *s, struct err *err)
{
    static const unsigned char nothing[1];
    s->start = nothing;
    /* Only a number at the root has no end of its own; a blank ends it, and nothing else. */
    if (s->depth == 0 && s->state >= JS_MINUS && s->state <= JS_EXPONENT &&
        number_next(s->state, ' ') == JS_DONE)
        jscan_value_end(s, nothing);
    if (s->state == JS_DONE)
        return 0;
    if (s->state != JS_BROKEN)
        jscan_fault(
            s, nothing, s->root == JSCAN_ABSENT ? "no JSON here" : "the text ends too early");
    return report(s, err);
}

const struct jscan_hit *jscan_hit(const struct jscan *s, size_t i)
{
    return &s->hit[i];
}

struct jscan_place jscan_place(const struct jscan *s, size_t i)
{
    const struct jscan_hit *h = &s->hit[i];
    return (struct jscan_place){h->kind, h->begin, h->end, h->count};
}

enum jscan_kind jscan_root(const struct jscan *s)
{
    return s->root;
}
