/* Letter box of a thread: a list under a small lock, and an eventfd that wakes the loop. */
#include "common/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/alloc.h"

struct letter {
    struct letter *next;
    void (*f)(void *arg);
    void *arg;
};

struct mailbox {
    pthread_mutex_t lock;
    struct letter *first, **last;
    struct event *readable;
    int fd;
};

static struct letter *mailbox_take(struct mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    struct letter *all = m->first;
    m->first = NULL;
    m->last = &m->first;
    pthread_mutex_unlock(&m->lock);
    return all;
}

static void letters_run(struct letter *l)
{
    while (l) {
        struct letter *next = l->next;
        void (*f)(void *) = l->f;
        void *arg = l->arg;
        free(l);
        f(arg);
        l = next;
    }
}

static void mailbox_readable(evutil_socket_t fd, short what, void *arg)
{
    struct mailbox *m = arg;
    uint64_t count;

    (void)what;
    /* The count is cleared before the list is taken: a letter posted in between wakes us once more
     * for nothing, which is better than not at all. */
    if (read((int)fd, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR)
        abort();
    letters_run(mailbox_take(m));
}

struct mailbox *mailbox_create(struct event_base *base)
{
    struct mailbox *m = xcalloc(1, sizeof *m);

    pthread_mutex_init(&m->lock, NULL);
    m->last = &m->first;
    m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m->fd < 0)
        goto fail;
    m->readable = event_new(base, m->fd, EV_READ | EV_PERSIST, mailbox_readable, m);
    if (!m->readable || event_add(m->readable, NULL) < 0)
        goto fail;
    return m;
fail:
    /* Without its letter box a thread can never be told anything. */
    abort();
}

void mailbox_free(struct mailbox *m)
{
    struct letter *l;

    if (!m)
        return;
    while ((l = mailbox_take(m)))
        letters_run(l);
    event_free(m->readable);
    close(m->fd);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void mailbox_post(struct mailbox *m, void (*f)(void *arg), void *arg)
{
    struct letter *l = xmalloc(sizeof *l);
    uint64_t one = 1;

    l->next = NULL;
    l->f = f;
    l->arg = arg;
    pthread_mutex_lock(&m->lock);
    bool was_empty = !m->first;
    *m->last = l;
    m->last = &l->next;
    /* Under the lock, so that nobody frees the box between the two; an eventfd never blocks at 1.
     */
    while (was_empty && write(m->fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    pthread_mutex_unlock(&m->lock);
}
