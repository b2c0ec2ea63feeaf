/* The writer thread: takes all that waits, has it committed as one, tells each waiter. While the
 * database takes nothing, writes go to the spill file, in order, and from there back each second.
 */
#include <errno.h>
#include <time.h>
#include "common/clock.h"
#include "store/store_int.h"

void store_submit(struct store *s, struct write *w)
{
    pthread_mutex_lock(&s->lock);
    *s->tail = w;
    s->tail = &w->next;
    s->waiting++;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

/* Tells and frees; gives how many. */
static size_t tell(struct write *list)
{
    size_t n = 0;
    while (list) {
        struct write *next = list->next;
        if (list->done)
            list->done(list->arg, list->failure);
        write_free(list);
        list = next;
        n++;
    }
    return n;
}

/* Stops admission early enough that the requests under way still fit into the spill file. */
static bool spill_is_short(const struct spill *sp)
{
    return spill_used(sp) > spill_size(sp) / 4 * 3;
}

static void note_success(struct store *s)
{
    s->retry_at = 0;
    pthread_mutex_lock(&s->lock);
    s->stuck = false;
    s->spilled = 0;
    s->last_commit = clock_now();
    pthread_mutex_unlock(&s->lock);
}

static void note_failure(struct store *s, const struct err *why, bool lost)
{
    int64_t now = clock_mono();
    /* Only a retry moves the next one: writes that go on failing must not put it off for ever. */
    if (!s->retry_at || now >= s->retry_at)
        s->retry_at = now + s->retry_ms;
    pthread_mutex_lock(&s->lock);
    s->spilled = spill_used(s->spill);
    s->stuck = s->stuck || lost || spill_is_short(s->spill);
    s->stuck_why = *why;
    pthread_mutex_unlock(&s->lock);
}

/* Puts the list where it lasts, or marks what could not be kept. */
static void keep(struct store *s, struct write *list)
{
    const struct backend_ops *ops = s->backend->ops;
    struct err why;
    err_clear(&why);
    if (spill_empty(s->spill) && ops->write(s->backend, list, NULL, &why) == 0) {
        note_success(s);
        return;
    }
    if (!spill_empty(s->spill))
        why = s->broken;
    s->broken = why;
    struct err spill_why;
    struct write *left = spill_add(s->spill, list, &spill_why);
    bool lost = false;
    for (; left; left = left->next) {
        if (!left->failure)
            write_fail(left, &why);
        lost = true;
    }
    note_failure(s, &why, lost);
}

/* Spill file to database. With an empty spill file this is the probe that ends being stuck: the
 * mark is a real write. */
static int take_over(struct store *s, struct err *err)
{
    struct write *list = NULL;
    if (!spill_empty(s->spill)) {
        list = spill_read(s->spill, err);
        if (!list)
            return -1;
    }
    int r = s->backend->ops->write(s->backend, list, spill_mark(s->spill), err);
    write_free_list(list);
    if (r == 0)
        spill_clear(s->spill);
    return r;
}

static void retry(struct store *s)
{
    if (take_over(s, &s->broken) == 0)
        note_success(s);
    else
        note_failure(s, &s->broken, false);
}

int writer_recover(struct store *s, struct err *err)
{
    if (spill_empty(s->spill))
        return 0;
    if (s->backend->ops->has_mark(s->backend, spill_mark(s->spill))) {
        spill_clear(s->spill);
        return 0;
    }
    if (take_over(s, err) == 0)
        return 0;
    /* Keys revoked or tokens renewed may be among them: serving without would be wrong. */
    err_prefix(err, "writes kept in the spill file cannot be put into the database");
    err_hint(err, "free disk space or repair the disk, then start again; nothing is lost");
    return -1;
}

static void wait_until(struct store *s, int64_t mono)
{
    struct timespec ts = {
        .tv_sec = (time_t)(mono / MS_SECOND), .tv_nsec = (long)(mono % MS_SECOND) * 1000000L};
    pthread_cond_timedwait(&s->wake, &s->lock, &ts);
}

/* Waits for work and takes it. False: closing, and nothing is left. */
static bool next_turn(struct store *s, struct write **list, int64_t *prune_at)
{
    pthread_mutex_lock(&s->lock);
    while (!s->head && !s->closing && !s->prune_at) {
        if (s->retry_at && clock_mono() >= s->retry_at)
            break;
        if (s->retry_at)
            wait_until(s, s->retry_at);
        else
            pthread_cond_wait(&s->wake, &s->lock);
    }
    *list = s->head;
    s->head = NULL;
    s->tail = &s->head;
    *prune_at = s->prune_at;
    s->prune_at = 0;
    bool go_on = *list || !s->closing;
    pthread_mutex_unlock(&s->lock);
    return go_on;
}

static void prune(struct store *s, int64_t at)
{
    if (!s->backend->ops->prune(s->backend, at))
        return;
    pthread_mutex_lock(&s->lock);
    if (!s->prune_at && !s->closing)
        s->prune_at = at; /* the next slice, after what has come in meanwhile */
    pthread_mutex_unlock(&s->lock);
}

static void *writer_main(void *arg)
{
    struct store *s = arg;
    struct write *list;
    int64_t prune_at;
    while (next_turn(s, &list, &prune_at)) {
        if (s->retry_at && clock_mono() >= s->retry_at)
            retry(s);
        if (list)
            keep(s, list);
        size_t n = tell(list);
        pthread_mutex_lock(&s->lock);
        s->waiting -= n;
        pthread_mutex_unlock(&s->lock);
        if (s->retry_at)
            continue; /* no housekeeping on a sick disk */
        s->backend->ops->rest(s->backend);
        if (prune_at)
            prune(s, prune_at);
    }
    if (s->retry_at)
        retry(s);
    return NULL;
}

int writer_start(struct store *s, struct err *err)
{
    return store_thread(&s->writer, writer_main, s, err);
}

void writer_stop(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->writer, NULL);
}
