/* Peers that follow the log, and log lines as events. Lines come on the thread that wrote them and
 * are taken over to the main thread; what a follower does not take in time is dropped and counted.
 */
#include "control/control_int.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "common/alloc.h"
#include "control/view_int.h"

#define LINES_UNDER_WAY 1000

struct log_follow {
    atomic_uint refs;
    atomic_uint under_way;
    atomic_ulong dropped;
    struct peer *peer; /* NULL: stopped; main thread */
    struct mailbox *mailbox;
    int level, area;
    char request[24];
    char *grep;
};
struct log_letter {
    struct log_follow *f;
    struct log_entry e;
};

static void log_follow_unref(struct log_follow *f)
{
    if (atomic_fetch_sub(&f->refs, 1) != 1)
        return;
    free(f->grep);
    free(f);
}

static void deliver(struct log_follow *f, const struct log_entry *e)
{
    struct peer *p = f->peer;
    if (!p)
        return;
    if (p->ops->queued(p) > BACKLOG_MAX) {
        atomic_fetch_add(&f->dropped, 1);
        return;
    }
    cJSON *row = log_row(e);
    unsigned long dropped = atomic_exchange(&f->dropped, 0);
    if (dropped)
        json_put_int(row, "dropped", (int64_t)dropped);
    peer_notify(p, "log", row);
    cJSON_Delete(row);
}

static void came(void *arg)
{
    struct log_letter *l = arg;
    atomic_fetch_sub(&l->f->under_way, 1);
    deliver(l->f, &l->e);
    log_follow_unref(l->f);
    free(l->e.text);
    free(l);
}

/* On the writing thread. */
static void on_line(void *arg, const struct log_entry *e)
{
    struct log_follow *f = arg;
    if ((int)e->level > f->level || (f->area >= 0 && (int)e->area != f->area) ||
        (f->request[0] && strcmp(e->request, f->request) != 0) ||
        (f->grep && !strcasestr(e->text, f->grep)))
        return;
    if (atomic_fetch_add(&f->under_way, 1) >= LINES_UNDER_WAY) {
        atomic_fetch_sub(&f->under_way, 1);
        atomic_fetch_add(&f->dropped, 1);
        return;
    }
    struct log_letter *l = xcalloc(1, sizeof *l);
    l->e = *e;
    l->e.text = xstrdup(e->text);
    l->f = f;
    atomic_fetch_add(&f->refs, 1);
    mailbox_post(f->mailbox, came, l);
}

void log_follow_start(struct peer *p, int level, int area, const char *request, const char *grep)
{
    log_follow_stop(p);
    struct log_follow *f = xcalloc(1, sizeof *f);
    atomic_init(&f->refs, 1);
    f->peer = p;
    f->mailbox = p->c->p.mailbox;
    f->level = level;
    f->area = area;
    if (request)
        strncpy(f->request, request, sizeof f->request - 1);
    f->grep = xstrdup(grep);
    p->tail = f;
    log_listen(on_line, f);
}

void log_follow_stop(struct peer *p)
{
    struct log_follow *f = p->tail;
    if (!f)
        return;
    p->tail = NULL;
    log_unlisten(f);
    f->peer = NULL;
    log_follow_unref(f);
}

static void publish_line(void *arg, const struct log_entry *e)
{
    struct bus *bus = arg;
    if (bus_wants(bus, TOPIC_LOG))
        bus_publish(bus, TOPIC_LOG, log_row(e));
}

void log_events_start(struct control *c)
{
    if (c->p.bus)
        log_listen(publish_line, c->p.bus);
}

void log_events_stop(struct control *c)
{
    if (c->p.bus)
        log_unlisten(c->p.bus);
}
