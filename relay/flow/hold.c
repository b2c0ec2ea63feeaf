/* Splitting an answer into what may go now and what waits. */
#include "flow/hold.h"

#include <string.h>

void hold_init(struct hold *h, enum hold_mode mode, uint64_t length,
    void (*emit)(void *, const char *, size_t), void *self)
{
    memset(h, 0, sizeof *h);
    h->mode = mode;
    h->left = length;
    h->emit = emit;
    h->self = self;
    /* A stream begins between events: as if an empty line had gone before. */
    h->last[0] = h->last[1] = '\n';
    buf_init(&h->kept);
}

/* The byte at i of a piece whose two predecessors are last[]. */
static char byte_at(const struct hold *h, const char *p, ptrdiff_t i)
{
    return i >= 0 ? p[i] : h->last[2 + i];
}

/* Whether an empty line ends with the byte at i: "\n\n", "\n\r\n". */
static bool event_ends(const struct hold *h, const char *p, ptrdiff_t i)
{
    if (p[i] != '\n')
        return false;
    char before = byte_at(h, p, i - 1);
    if (before == '\n')
        return true;
    return before == '\r' && byte_at(h, p, i - 2) == '\n';
}

/* How many of the n bytes lie before the end of the last event among them. From the back: a piece
 * mostly ends with one. */
static size_t whole_events(const struct hold *h, const char *p, size_t n)
{
    while (n > 0 && !event_ends(h, p, (ptrdiff_t)n - 1))
        n--;
    return n;
}

static void remember(struct hold *h, const char *p, size_t n)
{
    if (n == 0)
        return;
    h->last[0] = n > 1 ? p[n - 2] : h->last[1];
    h->last[1] = p[n - 1];
}

void hold_flush(struct hold *h)
{
    if (h->kept.len)
        h->emit(h->self, h->kept.data, h->kept.len);
    buf_release(&h->kept);
}

void hold_drop(struct hold *h)
{
    buf_release(&h->kept);
}

static void feed_events(struct hold *h, const char *p, size_t n)
{
    size_t now = h->final ? 0 : whole_events(h, p, n);

    remember(h, p, n);
    if (now) {
        hold_flush(h);
        h->emit(h->self, p, now);
        h->broken = false;
    }
    buf_add(&h->kept, p + now, n - now);
    if (h->kept.len > (h->final ? HOLD_LAST_MAX : HOLD_EVENT_MAX)) {
        hold_flush(h);
        h->broken = true;
    }
}

static void feed_length(struct hold *h, const char *p, size_t n)
{
    uint64_t behind = h->left > n ? h->left - n : 0; /* bytes that come after these */
    size_t now = n;

    h->left = behind;
    if (behind < HOLD_TAIL)
        now = n > HOLD_TAIL - behind ? n - (size_t)(HOLD_TAIL - behind) : 0;
    if (now)
        h->emit(h->self, p, now);
    buf_add(&h->kept, p + now, n - now);
}

void hold_feed(struct hold *h, const char *p, size_t n)
{
    if (h->mode == HOLD_EVENTS)
        feed_events(h, p, n);
    else if (h->mode == HOLD_LENGTH)
        feed_length(h, p, n);
    else if (n)
        h->emit(h->self, p, n);
}

void hold_final(struct hold *h)
{
    h->final = true;
}

bool hold_between(const struct hold *h)
{
    return h->mode == HOLD_EVENTS && !h->broken;
}

void hold_release(struct hold *h)
{
    buf_release(&h->kept);
}
