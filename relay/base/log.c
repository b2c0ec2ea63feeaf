/* The log of the process: sink, ring and listeners behind one lock. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log_int.h"
#include "common/alloc.h"
#include "common/clock.h"
#include "common/text.h"

#define RING_BYTES_DEFAULT (10ul << 20)
#define SENTENCE_MAX 2048 /* bytes kept of one sentence; a JSON line of it stays in LOG_LINE_MAX   \
                           */

struct listener {
    struct listener *next;
    void (*f)(void *arg, const struct log_entry *e);
    void *arg;
};

/* The one log of the process (see log.h): rooms deep down write without carrying it along. */
static struct log {
    pthread_mutex_t lock;
    atomic_int level;
    bool json;
    int fd;                 /* 2, or that of the file */
    struct log_entry *ring; /* circular: first, count of cap */
    size_t first, count, cap;
    unsigned long bytes, max_bytes;
    uint64_t number, dropped;
    struct listener *listeners;
} the_log = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_INFO, .fd = STDERR_FILENO};

static unsigned long entry_bytes(const struct log_entry *e)
{
    return (unsigned long)(sizeof *e + strlen(e->text) + 1);
}

static void ring_drop_oldest(struct log *l)
{
    struct log_entry *e = &l->ring[l->first];

    l->bytes -= entry_bytes(e);
    free(e->text);
    l->first = (l->first + 1) % l->cap;
    l->count--;
}

static void ring_grow(struct log *l)
{
    size_t cap = l->cap ? 2 * l->cap : 64;
    struct log_entry *v = xreallocarray(NULL, cap, sizeof *v);

    for (size_t i = 0; i < l->count; i++)
        v[i] = l->ring[(l->first + i) % l->cap];
    free(l->ring);
    l->ring = v;
    l->first = 0;
    l->cap = cap;
}

static void ring_add(struct log *l, const struct log_entry *e)
{
    if (!l->max_bytes)
        return;
    if (l->count == l->cap)
        ring_grow(l);
    l->ring[(l->first + l->count) % l->cap] = *e;
    l->count++;
    l->bytes += entry_bytes(e);
    while (l->count > 1 && l->bytes > l->max_bytes)
        ring_drop_oldest(l);
}

/* A reader that stopped (a full pipe) costs lines, never the relay's time: only what is taken at
 * once is written. */
static void sink_write(struct log *l, const struct buf *line)
{
    struct pollfd p = {.fd = l->fd, .events = POLLOUT};

    if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT) ||
        write(l->fd, line->data, line->len) != (ssize_t)line->len)
        l->dropped++;
}

/* The file, or -1 with a note on standard error, which then serves instead. */
static int sink_open(const char *file)
{
    int fd;

    if (!file || !*file)
        return STDERR_FILENO;
    fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (fd < 0) {
        dprintf(STDERR_FILENO, "crs-relay: cannot open log file '%s': %s\n", file, strerror(errno));
        return STDERR_FILENO;
    }
    return fd;
}

void log_configure(const struct log_options *o)
{
    struct log *l = &the_log;
    int fd = sink_open(o->file);

    pthread_mutex_lock(&l->lock);
    int was = l->fd;
    l->fd = fd;
    l->json = o->json;
    l->max_bytes = o->ring_bytes ? o->ring_bytes : RING_BYTES_DEFAULT;
    atomic_store(&l->level, (int)o->level);
    pthread_mutex_unlock(&l->lock);
    if (was != STDERR_FILENO)
        close(was);
}

void log_start(const struct log_options *o)
{
    log_configure(o);
}

void log_stop(void)
{
    struct log *l = &the_log;

    pthread_mutex_lock(&l->lock);
    while (l->count)
        ring_drop_oldest(l);
    free(l->ring);
    l->ring = NULL;
    l->first = l->cap = 0;
    l->max_bytes = 0;
    if (l->fd != STDERR_FILENO)
        close(l->fd);
    l->fd = STDERR_FILENO;
    pthread_mutex_unlock(&l->lock);
}

bool log_wants(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&the_log.level, memory_order_relaxed);
}

static char *sentence(const char *fmt, va_list ap)
{
    char text[SENTENCE_MAX];

    /* The format is checked where log_line is called. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(text, sizeof text, fmt, ap);
#pragma GCC diagnostic pop
    return xstrdup(text);
}

void log_line(enum log_level level, enum log_area area, const char *request, const char *fmt, ...)
{
    struct log *l = &the_log;
    struct log_entry e = {.level = level, .area = area};
    struct buf line = BUF_INIT;
    va_list ap;

    if (!log_wants(level))
        return;
    va_start(ap, fmt);
    e.text = sentence(fmt, ap);
    va_end(ap);
    e.at = clock_now();
    if (request)
        snprintf(e.request, sizeof e.request, "%s", request);
    pthread_mutex_lock(&l->lock);
    e.number = ++l->number;
    log_entry_print(&e, l->json, &line);
    sink_write(l, &line);
    for (struct listener *n = l->listeners; n; n = n->next)
        n->f(n->arg, &e);
    ring_add(l, &e);
    bool kept = l->max_bytes != 0;
    pthread_mutex_unlock(&l->lock);
    if (!kept)
        free(e.text);
    buf_release(&line);
}

static bool entry_passes(
    const struct log_entry *e, enum log_level level, int area, const char *request, int64_t since)
{
    return e->level <= level && (area < 0 || (int)e->area == area) && e->at >= since &&
           (!request || !strcmp(e->request, request));
}

struct log_entry *log_tail(unsigned long n, enum log_level level, int area, const char *request,
    int64_t since, unsigned long *count)
{
    struct log *l = &the_log;
    struct log_entry *out = NULL;
    size_t from, found = 0;

    pthread_mutex_lock(&l->lock);
    for (from = l->count; from > 0 && found < n; from--)
        found +=
            entry_passes(&l->ring[(l->first + from - 1) % l->cap], level, area, request, since);
    out = xcalloc(found ? found : 1, sizeof *out);
    size_t k = 0;
    for (size_t i = from; i < l->count && k < found; i++) {
        const struct log_entry *e = &l->ring[(l->first + i) % l->cap];
        if (!entry_passes(e, level, area, request, since))
            continue;
        out[k] = *e;
        out[k++].text = xstrdup(e->text);
    }
    pthread_mutex_unlock(&l->lock);
    *count = k;
    return out;
}

void log_listen(void (*f)(void *arg, const struct log_entry *e), void *arg)
{
    struct listener *n = xmalloc(sizeof *n);

    n->f = f;
    n->arg = arg;
    pthread_mutex_lock(&the_log.lock);
    n->next = the_log.listeners;
    the_log.listeners = n;
    pthread_mutex_unlock(&the_log.lock);
}

void log_unlisten(void *arg)
{
    struct listener *gone = NULL;

    pthread_mutex_lock(&the_log.lock);
    for (struct listener **p = &the_log.listeners; *p;) {
        struct listener *n = *p;
        if (n->arg != arg) {
            p = &n->next;
            continue;
        }
        *p = n->next;
        n->next = gone;
        gone = n;
    }
    pthread_mutex_unlock(&the_log.lock);
    while (gone) {
        struct listener *next = gone->next;
        free(gone);
        gone = next;
    }
}

uint64_t log_dropped(void)
{
    pthread_mutex_lock(&the_log.lock);
    uint64_t n = the_log.dropped;
    pthread_mutex_unlock(&the_log.lock);
    return n;
}
