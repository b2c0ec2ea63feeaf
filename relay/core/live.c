/* The requests in the house. The list has one lock, each entry a small one of its own for its view;
 * where both are needed the list's comes first. */
#include "core/live.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/buf.h"
#include "core/map_int.h"

struct live {
    pthread_mutex_t lock;
    pthread_cond_t cancelled; /* a cancel that live_end waits for is over */
    struct link entries;      /* oldest first */
    unsigned long n;
};
struct live_entry {
    struct live *live;
    struct link place;
    pthread_mutex_t lock; /* of view and trail */
    struct live_view view;
    const struct buf *trail;
    char id[24], key[24]; /* of the view, never edited: read under the list's lock alone */
    bool asked, cancelling, ending;
    void (*cancel)(void *arg);
    void *cancel_arg;
};

const char *live_state_name(enum live_state s)
{
    static const char *const names[] = {
        [LIVE_READ] = "read",
        [LIVE_LINE] = "line",
        [LIVE_CHOOSE] = "choose",
        [LIVE_FIRST] = "first",
        [LIVE_STREAM] = "stream",
        [LIVE_RECORD] = "record",
    };

    return names[s];
}

struct live *live_create(void)
{
    struct live *l = xcalloc(1, sizeof *l);

    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->cancelled, NULL);
    link_init(&l->entries);
    return l;
}

void live_free(struct live *l)
{
    if (!l)
        return;
    while (!link_alone(&l->entries))
        live_end(container_of(l->entries.next, struct live_entry, place));
    pthread_cond_destroy(&l->cancelled);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

struct live_entry *live_begin(
    struct live *l, const struct live_view *first, void (*cancel)(void *arg), void *arg)
{
    struct live_entry *e = xcalloc(1, sizeof *e);

    e->live = l;
    e->view = *first;
    memcpy(e->id, first->id, sizeof e->id);
    e->id[sizeof e->id - 1] = 0;
    memcpy(e->key, first->key, sizeof e->key);
    e->key[sizeof e->key - 1] = 0;
    e->cancel = cancel;
    e->cancel_arg = arg;
    pthread_mutex_init(&e->lock, NULL);
    pthread_mutex_lock(&l->lock);
    link_append(&l->entries, &e->place);
    l->n++;
    pthread_mutex_unlock(&l->lock);
    return e;
}

struct live_view *live_edit(struct live_entry *e)
{
    pthread_mutex_lock(&e->lock);
    return &e->view;
}

void live_edit_done(struct live_entry *e)
{
    pthread_mutex_unlock(&e->lock);
}

void live_trail(struct live_entry *e, const struct buf *trail)
{
    pthread_mutex_lock(&e->lock);
    e->trail = trail;
    pthread_mutex_unlock(&e->lock);
}

void live_end(struct live_entry *e)
{
    struct live *l;

    if (!e)
        return;
    l = e->live;
    pthread_mutex_lock(&l->lock);
    link_remove(&e->place);
    l->n--;
    e->ending = true;
    while (e->cancelling)
        pthread_cond_wait(&l->cancelled, &l->lock);
    pthread_mutex_unlock(&l->lock);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

/* Who came into line before whom, a key at a time. */
static int by_line(const void *a, const void *b)
{
    const struct live_view *const *x = a, *const *y = b;
    int keys = strcmp((*x)->key, (*y)->key);

    if (keys)
        return keys;
    if ((*x)->line_since != (*y)->line_since)
        return (*x)->line_since < (*y)->line_since ? -1 : 1;
    return *x < *y ? -1 : 1; /* as listed */
}

/* The line moves up without those who stand in it being woken: places are counted when asked for.
 */
static void count_places(struct live_view *v, unsigned long n)
{
    struct live_view **line = xreallocarray(NULL, n + 1, sizeof *line);
    unsigned long waiting = 0;

    for (unsigned long i = 0; i < n; i++) {
        v[i].place = 0;
        if (v[i].state == LIVE_LINE)
            line[waiting++] = &v[i];
    }
    qsort(line, waiting, sizeof *line, by_line);
    for (unsigned long i = 0; i < waiting; i++) {
        bool next = i > 0 && strcmp(line[i]->key, line[i - 1]->key) == 0;
        line[i]->place = next ? line[i - 1]->place + 1 : 1;
    }
    free(line);
}

/* Room is made before the list is locked; what came in between is left for the next time. */
struct live_view *live_list(struct live *l, unsigned long *n)
{
    unsigned long room = (unsigned long)live_count(l), i = 0;
    struct live_view *v = xcalloc(room + 1, sizeof *v);

    pthread_mutex_lock(&l->lock);
    for (struct link *at = l->entries.next; at != &l->entries && i < room; at = at->next) {
        struct live_entry *e = container_of(at, struct live_entry, place);

        pthread_mutex_lock(&e->lock);
        v[i++] = e->view;
        pthread_mutex_unlock(&e->lock);
    }
    pthread_mutex_unlock(&l->lock);
    count_places(v, i);
    *n = i;
    return v;
}

static struct live_entry *live_find(struct live *l, const char *id)
{
    for (struct link *at = l->entries.next; at != &l->entries; at = at->next) {
        struct live_entry *e = container_of(at, struct live_entry, place);

        if (strcmp(e->id, id) == 0)
            return e;
    }
    return NULL;
}

int live_look(struct live *l, const char *id, struct live_view *v, char **trail)
{
    struct live_entry *e;
    unsigned long n;
    struct live_view *all = live_list(l, &n);
    int place = 0;

    for (unsigned long i = 0; i < n; i++)
        if (strcmp(all[i].id, id) == 0)
            place = all[i].place;
    free(all);
    *trail = NULL;
    pthread_mutex_lock(&l->lock);
    e = live_find(l, id);
    if (e) {
        pthread_mutex_lock(&e->lock);
        *v = e->view;
        v->place = place;
        *trail = xstrndup(e->trail ? e->trail->data : "", e->trail ? e->trail->len : 0);
        pthread_mutex_unlock(&e->lock);
    }
    pthread_mutex_unlock(&l->lock);
    return e ? 0 : -1;
}

/* Once only. The list's lock is held, and given up meanwhile. */
static void entry_cancel(struct live_entry *e)
{
    struct live *l = e->live;

    if (e->asked || !e->cancel)
        return;
    e->asked = true;
    e->cancelling = true;
    pthread_mutex_unlock(&l->lock);
    e->cancel(e->cancel_arg);
    pthread_mutex_lock(&l->lock);
    e->cancelling = false;
    if (e->ending)
        pthread_cond_broadcast(&l->cancelled);
}

int live_cancel(struct live *l, const char *id)
{
    struct live_entry *e;
    int found;

    pthread_mutex_lock(&l->lock);
    e = live_find(l, id);
    found = e ? 0 : -1;
    if (e)
        entry_cancel(e);
    pthread_mutex_unlock(&l->lock);
    return found;
}

static struct live_entry *live_next_of_key(struct live *l, const char *key)
{
    for (struct link *at = l->entries.next; at != &l->entries; at = at->next) {
        struct live_entry *e = container_of(at, struct live_entry, place);

        if (!e->asked && e->cancel && strcmp(e->key, key) == 0)
            return e;
    }
    return NULL;
}

long live_cancel_key(struct live *l, const char *key)
{
    struct live_entry *e;
    long n = 0;

    pthread_mutex_lock(&l->lock);
    while ((e = live_next_of_key(l, key))) {
        entry_cancel(e);
        n++;
    }
    pthread_mutex_unlock(&l->lock);
    return n;
}

long live_count(struct live *l)
{
    long n;

    pthread_mutex_lock(&l->lock);
    n = (long)l->n;
    pthread_mutex_unlock(&l->lock);
    return n;
}
