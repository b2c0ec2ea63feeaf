/* Inside of the JSON scanner, shared by its files only. */
#ifndef CRS_COMMON_JSCAN_INT_H
#define CRS_COMMON_JSCAN_INT_H

#include "common/buf.h"
#include "common/jscan.h"

enum jscan_state {
    JS_VALUE,
    JS_VALUE_OR_END, /* after [ */
    JS_NAME,
    JS_NAME_OR_END, /* after { */
    JS_COLON,
    JS_AFTER, /* a value inside something ended */
    JS_STRING,
    JS_ESCAPE, /* after a backslash */
    JS_HEX,
    JS_UTF8, /* inside a sequence */
    JS_LITERAL,
    JS_MINUS, /* the number states: what was read last */
    JS_ZERO,
    JS_INTEGER,
    JS_POINT,
    JS_FRACTION,
    JS_E,
    JS_E_SIGN,
    JS_EXPONENT,
    JS_DONE,
    JS_BROKEN,
};

/* Sets of watched paths are bit masks. */
struct jscan_level {
    bool object;
    uint32_t count;
    uint32_t alive;   /* paths that go on inside this container */
    uint32_t seen;    /* of those, the ones whose member was met here */
    uint32_t element; /* arrays: of those, the ones that step into elements */
    uint32_t target;  /* paths that end at this container */
    size_t names;     /* where its names begin in the list of names */
};

struct jscan_segment {
    const char *name;
    size_t len;
    bool element;
};

/* Names of all open objects, innermost last; kept only when duplicates are looked for. */
struct jscan_names {
    struct buf bytes;
    struct jscan_name {
        size_t at, len;
        uint64_t head; /* its first eight bytes as a number: decides most comparisons */
    } * v;
    size_t n, cap;
};

struct jscan {
    enum jscan_state state;
    int depth, max_depth;
    uint32_t values;
    enum jscan_kind root;
    const unsigned char *start; /* of the bytes being fed */
    uint64_t fed;               /* bytes fed before start */
    uint32_t member;            /* paths that lead to or through the value to come */
    uint32_t hits;              /* paths that end at the scalar being read */

    bool in_name, capture, cut;
    bool plain;           /* refuse \u0000 and lone surrogates */
    unsigned char escape; /* hex digits still to come */
    unsigned char need, low, high;
    unsigned unit, lead;     /* UTF-16: unit being read; high surrogate that waits, or 0 */
    const char *literal;     /* what is left of true, false, null */
    struct buf text;         /* decoded name or value */
    struct jscan_names *dup; /* NULL: not looked for */

    char fault[160];
    uint64_t fault_at;

    size_t n_paths;
    struct jscan_segment *segments[JSCAN_PATHS_MAX];
    int n_segments[JSCAN_PATHS_MAX];
    struct jscan_hit hit[JSCAN_PATHS_MAX];
    struct jscan_level level[JSCAN_DEPTH_MAX];
};

static inline uint64_t jscan_offset(const struct jscan *s, const unsigned char *p)
{
    return s->fed + (uint64_t)(p - s->start);
}

/* Always NULL, for `return jscan_fault(...)`. */
const unsigned char *jscan_fault(struct jscan *s, const unsigned char *p, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* jscan_text.c: each takes bytes of a string from p on and gives where it stopped, NULL on a fault.
 */
const unsigned char *jscan_string(
    struct jscan *s, const unsigned char *p, const unsigned char *end);
const unsigned char *jscan_escape(struct jscan *s, const unsigned char *p);
const unsigned char *jscan_hex(struct jscan *s, const unsigned char *p);
const unsigned char *jscan_utf8(struct jscan *s, const unsigned char *p);
void jscan_keep(struct jscan *s, const void *p, size_t n);

/* Nearly all bytes, values and ends concern nobody: the calls behind these are for the few. */
static inline void jscan_capture(struct jscan *s, const void *p, size_t n)
{
    if (s->capture)
        jscan_keep(s, p, n);
}

/* jscan_watch.c */
void jscan_watch_paths(struct jscan *s, const char *const *paths, size_t n);
void jscan_watch_begin(struct jscan *s, enum jscan_kind kind, uint64_t at);
void jscan_watch_end(struct jscan *s, uint64_t end);

static inline void jscan_value_begin(struct jscan *s, enum jscan_kind kind, const unsigned char *p)
{
    if (s->depth)
        s->level[s->depth - 1].count++;
    else
        s->root = kind;
    s->values++;
    s->hits = 0;
    if (s->member)
        jscan_watch_begin(s, kind, jscan_offset(s, p));
}

/* p: behind the scalar. */
static inline void jscan_value_end(struct jscan *s, const unsigned char *p)
{
    if (s->hits)
        jscan_watch_end(s, jscan_offset(s, p));
    s->state = s->depth ? JS_AFTER : JS_DONE;
}
void jscan_container_begin(struct jscan *s, bool object);
void jscan_container_end(struct jscan *s, uint64_t end);
/* The name in s->text is whole; -1 when it must not come again. */
int jscan_member(struct jscan *s);

/* jscan_check.c */
void jscan_names_add(struct jscan_names *names, const char *p, size_t n);
/* Forgets the names from `from` on; gives one that is there twice, or NULL (valid until the next
 * name is added). */
const struct jscan_name *jscan_names_close(struct jscan_names *names, size_t from);

enum jscan_check_flag {
    JSCAN_UNIQUE = 1 << 0, /* no name twice in one object */
    JSCAN_PLAIN = 1 << 1,  /* no \u0000, no lone surrogate: what a C string and UTF-8 can hold */
};
int jscan_check_flags(const void *bytes, size_t n, int max_depth, unsigned flags, struct err *err);

#endif
