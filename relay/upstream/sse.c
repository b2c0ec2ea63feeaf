/* Splitting server-sent events (WHATWG HTML 9.2.6): whole lines are read where they lie, only what
 * is cut at the end of a read is kept. */
#include "upstream/sse.h"

#include <string.h>

#define KEEP_MAX ((size_t)16 << 10) /* memory held between events; more is given back */

void sse_init(
    struct sse *s, void (*on_event)(void *, const char *, const char *, size_t), void *self)
{
    *s = (struct sse){.fresh = true};
    buf_init(&s->line);
    buf_init(&s->data);
    s->on_event = on_event;
    s->self = self;
}

void sse_release(struct sse *s)
{
    buf_release(&s->line);
    buf_release(&s->data);
}

bool sse_between(const struct sse *s)
{
    return s->fresh && !s->cr;
}

static void empty(struct buf *b)
{
    if (b->cap > KEEP_MAX)
        buf_release(b);
    else
        buf_reset(b);
}

static void give_up(struct sse *s)
{
    s->skip = true;
    s->oversize++;
    empty(&s->line);
    empty(&s->data);
}

static void end_event(struct sse *s)
{
    if (s->has_data && !s->skip)
        s->on_event(s->self, s->event, s->data.data, s->data.len);
    empty(&s->data);
    s->event[0] = '\0';
    s->has_data = s->skip = false;
    s->fresh = true;
}

static bool named(const char *p, size_t n, const char *name)
{
    return n == strlen(name) && memcmp(p, name, n) == 0;
}

static void take_field(struct sse *s, const char *p, size_t n)
{
    const char *colon = memchr(p, ':', n);
    size_t name = colon ? (size_t)(colon - p) : n;
    const char *value = colon ? colon + 1 : p + n;
    size_t len = (size_t)(p + n - value);
    if (len && *value == ' ') {
        value++;
        len--;
    }
    if (named(p, name, "data")) {
        if (s->data.len + len + 1 > SSE_EVENT_MAX) {
            give_up(s);
            return;
        }
        if (s->has_data)
            buf_addc(&s->data, '\n');
        buf_add(&s->data, value, len);
        s->has_data = true;
    } else if (named(p, name, "event")) {
        size_t take = len < sizeof s->event - 1 ? len : sizeof s->event - 1;
        memcpy(s->event, value, take);
        s->event[take] = '\0';
    }
}

static void take_line(struct sse *s, const char *p, size_t n)
{
    if (!s->started) {
        s->started = true;
        if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
            p += 3;
            n -= 3;
        }
    }
    if (n == 0) {
        end_event(s);
        return;
    }
    s->fresh = false;
    if (!s->skip)
        take_field(s, p, n);
}

/* Where the line that begins at p ends, or `end`. *lf is the next line feed, looked for once only:
 * a stream of lone CRs would make it a search of all the rest for each of them. */
static const char *line_end(const char *p, const char *end, const char **lf)
{
    if (*lf < p) {
        *lf = memchr(p, '\n', (size_t)(end - p));
        *lf = *lf ? *lf : end;
    }
    const char *cr = memchr(p, '\r', (size_t)(*lf - p));
    return cr ? cr : *lf;
}

/* The rest of a read, without its line's end: kept, unless the event is over its bound. */
static void keep_part(struct sse *s, const char *p, size_t n)
{
    s->fresh = false;
    if (!s->skip && s->line.len + n > SSE_EVENT_MAX)
        give_up(s);
    if (!s->skip)
        buf_add(&s->line, p, n);
    else if (s->line.len == 0)
        buf_addc(&s->line, p[0]); /* enough to know that the line is not empty */
}

void sse_feed(struct sse *s, const char *p, size_t n)
{
    const char *end = p + n, *lf = NULL;
    if (n == 0)
        return;
    if (s->cr && *p == '\n')
        p++;
    s->cr = false;
    while (p < end) {
        const char *stop = line_end(p, end, &lf);
        size_t len = (size_t)(stop - p);
        if (stop == end) {
            keep_part(s, p, len);
            return;
        }
        if (s->line.len) {
            if (len)
                keep_part(s, p, len);
            take_line(s, s->line.data, s->line.len);
            empty(&s->line);
        } else {
            take_line(s, p, len);
        }
        p = stop + 1;
        if (*stop != '\r')
            continue;
        s->cr = p == end;
        if (!s->cr && *p == '\n')
            p++;
    }
}
