/* Code Assist's answers without their envelope. A stream is read line by line: data lines that are
 * {"response":…} are written anew from the bytes between, all others pass as they are. */
#include "dialect/dialect.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/jscan.h"
#include "common/text.h"

#define LINE_MAX_BYTES (8u << 20)
#define WHOLE_MAX (32u << 20)

struct unwrap {
    struct transform base;
    struct jscan *scan;
    struct buf in;
    bool stream;
};

static const char *const paths[] = {"response"};

/* The bytes of `response` in a JSON text, or all of it when it is no envelope. */
static struct span inside(struct unwrap *u, const char *p, size_t n)
{
    struct span whole = {p, n};
    jscan_reset(u->scan);
    if (jscan_feed(u->scan, p, n, NULL) || jscan_end(u->scan, NULL))
        return whole;
    const struct jscan_hit *h = jscan_hit(u->scan, 0);
    if (h->kind != JSCAN_OBJECT)
        return whole;
    return (struct span){p + h->begin, (size_t)(h->end - h->begin)};
}

static void line_add(struct unwrap *u, const char *p, size_t n, struct buf *out)
{
    static const char data[] = "data:";
    size_t begin = sizeof data - 1;
    if (n < begin || memcmp(p, data, begin) != 0) {
        buf_add(out, p, n);
        return;
    }
    /* The end of the line stays what it is, "\n" or "\r\n". */
    size_t end = n;
    while (end > begin && (p[end - 1] == '\n' || p[end - 1] == '\r'))
        end--;
    while (begin < end && p[begin] == ' ')
        begin++;
    struct span s = inside(u, p + begin, end - begin);
    buf_add(out, p, begin);
    buf_add(out, s.p, s.n);
    buf_add(out, p + end, n - end);
}

static int unwrap_feed(
    struct transform *t, const char *p, size_t n, struct buf *out, struct err *err)
{
    struct unwrap *u = (struct unwrap *)t;
    size_t scanned = u->in.len, at = 0;
    buf_add(&u->in, p, n);
    if (u->in.len > (u->stream ? LINE_MAX_BYTES : WHOLE_MAX))
        return err_set(err, ERR_PROTOCOL, "the answer is too long to be taken out of its envelope");
    while (u->stream && scanned < u->in.len) {
        const char *nl = memchr(u->in.data + scanned, '\n', u->in.len - scanned);
        if (!nl)
            break;
        scanned = (size_t)(nl - u->in.data) + 1;
        line_add(u, u->in.data + at, scanned - at, out);
        at = scanned;
    }
    buf_drop(&u->in, at);
    return 0;
}

static int unwrap_finish(struct transform *t, struct buf *out, struct err *err)
{
    (void)err;
    struct unwrap *u = (struct unwrap *)t;
    if (u->stream) {
        line_add(u, u->in.data, u->in.len, out);
    } else {
        struct span s = inside(u, u->in.data, u->in.len);
        buf_add(out, s.p, s.n);
    }
    buf_reset(&u->in);
    return 0;
}

static void unwrap_free(struct transform *t)
{
    struct unwrap *u = (struct unwrap *)t;
    buf_release(&u->in);
    jscan_free(u->scan);
    free(u);
}

struct transform *transform_unwrap(bool stream)
{
    struct unwrap *u = xcalloc(1, sizeof *u);
    u->base = (struct transform){
        .whole = !stream, .feed = unwrap_feed, .finish = unwrap_finish, .free = unwrap_free};
    u->scan = jscan_create(paths, 1);
    u->stream = stream;
    buf_init(&u->in);
    return &u->base;
}
