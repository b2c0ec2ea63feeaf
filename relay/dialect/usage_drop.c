/* The chunk that a chat stream got because the relay asked for its usage, kept from a client that
 * did not ask. Events are told apart by the same reader that the meter uses; what passes are the
 * bytes. */
#include "dialect/dialect.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/jscan.h"
#include "upstream/sse.h"

#define EVENT_MAX (64u << 10) /* such a chunk has some hundred bytes */
#define KEEP_MAX (16u << 10)  /* memory held between events; more is given back */

struct drop {
    struct transform base;
    struct sse sse;
    struct buf event; /* of the present event, as it came */
    bool usage;       /* the event that ended is one to drop */
    bool passing;     /* part of the present event went out */
};

/* Most events are told by the lack of one word. */
static bool only_usage(const char *data, size_t n)
{
    static const char *const paths[] = {"choices", "usage"};
    if (!memmem(data, n, "\"usage\"", 7))
        return false;
    struct jscan *s = jscan_create(paths, 2);
    bool only = jscan_feed(s, data, n, NULL) == 0 && jscan_end(s, NULL) == 0;
    if (only) {
        struct jscan_place choices = jscan_place(s, 0), usage = jscan_place(s, 1);
        only = choices.kind == JSCAN_ARRAY && choices.count == 0 && usage.kind == JSCAN_OBJECT;
    }
    jscan_free(s);
    return only;
}

static void on_event(void *self, const char *name, const char *data, size_t n)
{
    struct drop *d = self;
    (void)name;
    d->usage = only_usage(data, n);
}

static void pass(struct drop *d, struct buf *out)
{
    buf_add(out, d->event.data, d->event.len);
    buf_reset(&d->event);
}

static void line_ended(struct drop *d, struct buf *out)
{
    if (sse_between(&d->sse)) {
        if (!d->usage || d->passing)
            pass(d, out);
        if (d->event.cap > KEEP_MAX)
            buf_release(&d->event);
        buf_reset(&d->event);
        d->usage = d->passing = false;
    } else if (d->event.len > EVENT_MAX) {
        pass(d, out);
        d->passing = true;
    }
}

/* Line by line, since an event ends with one. *lf is looked for once only: a piece of lone CRs
 * would make it a search of all the rest for each of them. */
static const char *line_end(const char *p, const char *end, const char **lf)
{
    if (*lf <= p) {
        *lf = memchr(p, '\n', (size_t)(end - p));
        *lf = *lf ? *lf + 1 : end;
    }
    const char *cr = memchr(p, '\r', (size_t)(*lf - p));
    return cr ? cr + 1 : *lf;
}

static int drop_feed(struct transform *t, const char *p, size_t n, struct buf *out, struct err *err)
{
    struct drop *d = (struct drop *)t;
    const char *end = p + n, *lf = NULL;
    (void)err;
    while (p < end) {
        const char *stop = line_end(p, end, &lf);
        sse_feed(&d->sse, p, (size_t)(stop - p));
        buf_add(&d->event, p, (size_t)(stop - p));
        line_ended(d, out);
        p = stop;
    }
    return 0;
}

static int drop_finish(struct transform *t, struct buf *out, struct err *err)
{
    struct drop *d = (struct drop *)t;
    (void)err;
    /* A last event may lack the empty line behind it. */
    sse_feed(&d->sse, "\n\n", 2);
    if (!d->usage || d->passing)
        pass(d, out);
    return 0;
}

static void drop_free(struct transform *t)
{
    struct drop *d = (struct drop *)t;
    sse_release(&d->sse);
    buf_release(&d->event);
    free(d);
}

struct transform *transform_drop_usage(void)
{
    struct drop *d = xcalloc(1, sizeof *d);
    d->base = (struct transform){.metered_before = true,
        .events_only = true,
        .feed = drop_feed,
        .finish = drop_finish,
        .free = drop_free};
    sse_init(&d->sse, on_event, d);
    buf_init(&d->event);
    return &d->base;
}
