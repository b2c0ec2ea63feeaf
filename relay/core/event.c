/* The bus of numbered events. An event is made into a line once and shared by all who get it.
 *
 * Wakes follow the pattern of the core: a subscriber to be woken stands on a list under the lock
 * and is called without it; leaving takes it off the list, or waits for the call under way.
 */
#include "core/event.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"
#include "core/map_int.h"

static const char *const names[TOPICS] = {
    [TOPIC_ACCOUNT] = "account",
    [TOPIC_KEY] = "key",
    [TOPIC_REQUEST] = "request",
    [TOPIC_USAGE] = "usage",
    [TOPIC_LOG] = "log",
    [TOPIC_CONFIG] = "config",
    [TOPIC_ADMIN] = "admin",
};

struct line {
    int refs; /* under the bus' lock */
    size_t n;
    char text[];
};
struct bus {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    atomic_uint wanted; /* topics of all subscribers */
    uint64_t seq;
    struct link subscribers;
    struct link wakes;
};
struct subscriber {
    struct bus *bus;
    struct link of_bus, to_wake;
    unsigned topics;
    size_t max_bytes, bytes;
    struct line **v; /* ring */
    size_t head, n, cap;
    bool lost, leaving;
    int waking; /* calls of wake under way */
    void (*wake)(void *arg);
    void *wake_arg;
};

const char *topic_name(enum topic t)
{
    return names[t];
}

int topic_by_name(const char *name)
{
    for (int i = 0; i < TOPICS; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}

struct bus *bus_create(void)
{
    struct bus *b = xcalloc(1, sizeof *b);

    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->woken, NULL);
    atomic_init(&b->wanted, 0);
    link_init(&b->subscribers);
    link_init(&b->wakes);
    return b;
}

void bus_free(struct bus *b)
{
    if (!b)
        return;
    while (!link_alone(&b->subscribers))
        bus_unsubscribe(container_of(b->subscribers.next, struct subscriber, of_bus));
    pthread_cond_destroy(&b->woken);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

bool bus_wants(const struct bus *b, enum topic t)
{
    return atomic_load_explicit(&b->wanted, memory_order_relaxed) & 1u << t;
}

static void line_unref(struct line *l)
{
    if (--l->refs == 0)
        free(l);
}

static void queue_clear(struct subscriber *s)
{
    for (; s->n; s->n--) {
        line_unref(s->v[s->head]);
        s->head = (s->head + 1) % s->cap;
    }
    s->bytes = 0;
}

static void queue_grow(struct subscriber *s)
{
    size_t cap = s->cap ? s->cap * 2 : 16;
    struct line **v = xcalloc(cap, sizeof(struct line *));

    for (size_t i = 0; i < s->n; i++)
        v[i] = s->v[(s->head + i) % s->cap];
    free(s->v);
    s->v = v;
    s->cap = cap;
    s->head = 0;
}

/* A reader that fell behind gets nothing of what it missed: it takes a new snapshot anyway. It must
 * still be woken to hear of that. */
static void queue_add(struct subscriber *s, struct line *l)
{
    bool was_empty = s->n == 0 && !s->lost;

    if (s->bytes + l->n > s->max_bytes) {
        queue_clear(s);
        s->lost = true;
    } else {
        if (s->n == s->cap)
            queue_grow(s);
        s->v[(s->head + s->n++) % s->cap] = l;
        s->bytes += l->n;
        l->refs++;
    }
    if (was_empty && s->wake && link_alone(&s->to_wake))
        link_append(&s->bus->wakes, &s->to_wake);
}

/* With the lock held; gives it up during each call. */
static void bus_run_wakes(struct bus *b)
{
    while (!link_alone(&b->wakes)) {
        struct subscriber *s = container_of(b->wakes.next, struct subscriber, to_wake);

        link_remove(&s->to_wake);
        s->waking++;
        pthread_mutex_unlock(&b->lock);
        s->wake(s->wake_arg);
        pthread_mutex_lock(&b->lock);
        s->waking--;
        if (s->leaving)
            pthread_cond_broadcast(&b->woken);
    }
}

static struct line *line_create(struct bus *b, enum topic t, int64_t at, const struct buf *data)
{
    struct buf text = BUF_INIT;
    struct line *l;

    buf_addf(&text,
        "{\"seq\":%llu,\"topic\":\"%s\",\"at\":%lld,\"data\":", (unsigned long long)++b->seq,
        names[t], (long long)at);
    buf_add(&text, data->data, data->len);
    buf_addc(&text, '}');
    l = xmalloc(sizeof *l + text.len + 1);
    l->refs = 1;
    l->n = text.len;
    memcpy(l->text, text.data, text.len + 1);
    buf_release(&text);
    return l;
}

void bus_publish(struct bus *b, enum topic t, cJSON *payload)
{
    struct buf data = BUF_INIT;
    struct line *l;

    if (!bus_wants(b, t)) {
        cJSON_Delete(payload);
        return;
    }
    if (payload)
        json_print(payload, &data);
    else
        buf_adds(&data, "null");
    cJSON_Delete(payload);
    pthread_mutex_lock(&b->lock);
    l = line_create(b, t, clock_now(), &data);
    for (struct link *at = b->subscribers.next; at != &b->subscribers; at = at->next) {
        struct subscriber *s = container_of(at, struct subscriber, of_bus);

        if (s->topics & 1u << t)
            queue_add(s, l);
    }
    line_unref(l);
    bus_run_wakes(b);
    pthread_mutex_unlock(&b->lock);
    buf_release(&data);
}

uint64_t bus_seq(struct bus *b)
{
    uint64_t seq;

    pthread_mutex_lock(&b->lock);
    seq = b->seq;
    pthread_mutex_unlock(&b->lock);
    return seq;
}

static void bus_count_wants(struct bus *b)
{
    unsigned all = 0;

    for (struct link *at = b->subscribers.next; at != &b->subscribers; at = at->next)
        all |= container_of(at, struct subscriber, of_bus)->topics;
    atomic_store_explicit(&b->wanted, all, memory_order_relaxed);
}

struct subscriber *bus_subscribe(
    struct bus *b, unsigned topics_mask, size_t max_bytes, void (*wake)(void *arg), void *arg)
{
    struct subscriber *s = xcalloc(1, sizeof *s);

    s->bus = b;
    s->topics = topics_mask;
    s->max_bytes = max_bytes;
    s->wake = wake;
    s->wake_arg = arg;
    link_init(&s->of_bus);
    link_init(&s->to_wake);
    pthread_mutex_lock(&b->lock);
    link_append(&b->subscribers, &s->of_bus);
    bus_count_wants(b);
    pthread_mutex_unlock(&b->lock);
    return s;
}

void bus_unsubscribe(struct subscriber *s)
{
    struct bus *b;

    if (!s)
        return;
    b = s->bus;
    pthread_mutex_lock(&b->lock);
    link_remove(&s->of_bus);
    link_remove(&s->to_wake);
    s->leaving = true;
    while (s->waking)
        pthread_cond_wait(&b->woken, &b->lock);
    queue_clear(s);
    bus_count_wants(b);
    pthread_mutex_unlock(&b->lock);
    free(s->v);
    free(s);
}

char *subscriber_next(struct subscriber *s, bool *lost)
{
    struct bus *b = s->bus;
    char *text = NULL;

    pthread_mutex_lock(&b->lock);
    *lost = s->lost;
    s->lost = false;
    if (s->n) {
        struct line *l = s->v[s->head];

        text = xstrndup(l->text, l->n);
        s->head = (s->head + 1) % s->cap;
        s->n--;
        s->bytes -= l->n;
        line_unref(l);
    }
    pthread_mutex_unlock(&b->lock);
    return text;
}
