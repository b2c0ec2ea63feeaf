/* A peer that follows events. The bus keeps them for it up to a bound; they are handed to the peer
 * only as fast as it reads, so that one who does not read costs the bound and no more. */
#include "control/control_int.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

#define HAND_OUT_MAX ((size_t)256 << 10) /* bytes waiting in the output, above which it rests */

/* Held by its peer and by each wake under way. */
struct follow {
    atomic_uint refs;
    struct peer *peer; /* NULL: stopped */
    struct mailbox *mailbox;
    struct bus *bus;
    struct subscriber *sub;
    uint64_t told; /* events handed to this peer: "n" of the last one */
};

static void follow_unref(struct follow *f)
{
    if (atomic_fetch_sub(&f->refs, 1) == 1)
        free(f);
}

static void awake(void *arg)
{
    struct follow *f = arg;
    if (f->peer)
        follow_pump(f->peer);
    follow_unref(f);
}

static void wake(void *arg)
{
    struct follow *f = arg;
    atomic_fetch_add(&f->refs, 1);
    mailbox_post(f->mailbox, awake, f);
}

void follow_start(struct peer *p, unsigned topics)
{
    follow_stop(p);
    struct follow *f = xcalloc(1, sizeof *f);
    atomic_init(&f->refs, 1);
    f->peer = p;
    f->mailbox = p->c->p.mailbox;
    f->bus = p->c->p.bus;
    f->sub = bus_subscribe(f->bus, topics, BACKLOG_MAX, wake, f);
    p->follow = f;
}

void follow_stop(struct peer *p)
{
    struct follow *f = p->follow;
    if (!f)
        return;
    p->follow = NULL;
    bus_unsubscribe(f->sub);
    f->sub = NULL;
    f->peer = NULL;
    follow_unref(f);
}

static void tell_lost(struct peer *p, const struct follow *f)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_int(o, "seq", (int64_t)bus_seq(f->bus));
    peer_notify(p, "event.lost", o);
    cJSON_Delete(o);
}

uint64_t follow_told(const struct peer *p)
{
    return p->follow ? p->follow->told : 0;
}

void follow_pump(struct peer *p)
{
    struct follow *f = p->follow;
    struct buf out = BUF_INIT;
    while (f && p->ops->queued(p) + out.len < HAND_OUT_MAX) {
        bool lost = false;
        char *line = subscriber_next(f->sub, &lost);
        if (lost)
            tell_lost(p, f);
        if (!line)
            break;
        /* seq has gaps where other topics had events; n has none, so that a reader sees a loss. */
        buf_addf(&out, "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"n\":%llu,",
            (unsigned long long)++f->told);
        buf_add(&out, line + 1, strcspn(line + 1, "\n"));
        buf_adds(&out, "}\n");
        free(line);
    }
    if (out.len)
        peer_send(p, &out);
    buf_release(&out);
}
