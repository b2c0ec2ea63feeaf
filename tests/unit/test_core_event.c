/* The bus of events and the list of live requests: order, bounds, loss told once, and no call after
 * the owner has left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "common/json.h"
#include "core/event.h"
#include "core/live.h"

#define THREADS 4
#define MASK(t) (1u << (t))

static void count(void *arg)
{
    ++*(int *)arg;
}

static cJSON *payload(int n)
{
    cJSON *o = cJSON_CreateObject();

    json_put_int(o, "n", n);
    return o;
}

/* The number of the next event's payload; -1: none. */
static int next(struct subscriber *s, int64_t *seq, bool *lost)
{
    char *line = subscriber_next(s, lost);
    cJSON *o;
    int n;

    if (!line)
        return -1;
    o = json_parse(line, strlen(line), NULL);
    assert_non_null(o);
    *seq = json_int(o, "seq", -1);
    n = (int)json_int(o, "data.n", -2);
    assert_non_null(json_str(o, "topic"));
    assert_true(json_int(o, "at", 0) > 0);
    cJSON_Delete(o);
    free(line);
    return n;
}

static void topics(void **state)
{
    (void)state;
    for (int t = 0; t < TOPICS; t++)
        assert_int_equal(topic_by_name(topic_name((enum topic)t)), t);
    assert_int_equal(topic_by_name("none"), -1);
}

static void order(void **state)
{
    struct bus *b = bus_create();
    struct subscriber *keys, *all;
    int keys_woken = 0, all_woken = 0;
    int64_t seq = 0;
    bool lost;

    (void)state;
    assert_false(bus_wants(b, TOPIC_KEY));
    bus_publish(b, TOPIC_KEY, payload(0)); /* nobody listens: not even a number */
    assert_int_equal(bus_seq(b), 0);
    keys = bus_subscribe(b, MASK(TOPIC_KEY), 4096, count, &keys_woken);
    assert_true(bus_wants(b, TOPIC_KEY));
    assert_false(bus_wants(b, TOPIC_LOG));
    all = bus_subscribe(b, ~0u, 4096, count, &all_woken);
    assert_true(bus_wants(b, TOPIC_LOG));
    bus_publish(b, TOPIC_KEY, payload(1));
    bus_publish(b, TOPIC_LOG, payload(2));
    bus_publish(b, TOPIC_KEY, payload(3));
    bus_publish(b, TOPIC_ADMIN, NULL);
    assert_int_equal(bus_seq(b), 4);
    assert_int_equal(keys_woken, 1); /* once, until it is empty again */
    assert_int_equal(all_woken, 1);
    assert_int_equal(next(keys, &seq, &lost), 1);
    assert_int_equal(next(keys, &seq, &lost), 3);
    assert_int_equal(seq, 3);
    assert_false(lost);
    assert_int_equal(next(keys, &seq, &lost), -1);
    bus_publish(b, TOPIC_KEY, payload(4));
    assert_int_equal(keys_woken, 2);
    bus_unsubscribe(keys);
    assert_true(bus_wants(b, TOPIC_KEY));
    for (int want = 1; want <= 5; want++) {
        int n = next(all, &seq, &lost);

        assert_int_equal(seq, want);
        assert_int_equal(n, want == 4 ? -2 : want == 5 ? 4 : want);
    }
    bus_unsubscribe(all);
    assert_false(bus_wants(b, TOPIC_KEY));
    bus_free(b);
}

static void falls_behind(void **state)
{
    struct bus *b = bus_create();
    int woken = 0;
    struct subscriber *s = bus_subscribe(b, ~0u, 1000, count, &woken);
    int64_t seq = 0;
    bool lost;
    int n;

    (void)state;
    for (int i = 0; i < 100; i++)
        bus_publish(b, TOPIC_USAGE, payload(i));
    assert_int_equal(woken, 1);
    n = next(s, &seq, &lost);
    assert_true(lost);
    assert_true(n > 80); /* only what came after the last loss */
    while (n >= 0) {
        int before = n;

        n = next(s, &seq, &lost);
        assert_false(lost);
        assert_true(n < 0 || n == before + 1);
    }
    assert_int_equal(seq, 100);
    /* An event that is over the bound by itself is a loss too, and is told. */
    cJSON *big = cJSON_CreateObject();
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    json_put_str(big, "text", text);
    bus_publish(b, TOPIC_USAGE, big);
    assert_int_equal(woken, 2);
    assert_int_equal(next(s, &seq, &lost), -1);
    assert_true(lost);
    bus_free(b); /* takes the subscriber along */
}

/* Publishers on all threads; readers come and go. */
struct hall {
    struct bus *bus;
    atomic_bool end;
    atomic_int got;
};

static void *publish(void *arg)
{
    struct hall *h = arg;

    for (int i = 0; i < 2000; i++)
        bus_publish(h->bus, (enum topic)(i % TOPICS), payload(i));
    return NULL;
}

struct ear {
    sem_t woken;
    atomic_bool left;
};

static void ear_wake(void *arg)
{
    struct ear *e = arg;

    if (atomic_load(&e->left))
        abort();
    sem_post(&e->woken);
}

static void *listen(void *arg)
{
    struct hall *h = arg;

    while (!atomic_load(&h->end)) {
        struct ear e = {.left = false};
        struct subscriber *s;
        int64_t last = 0, seq = 0;
        bool lost;

        sem_init(&e.woken, 0, 0);
        s = bus_subscribe(h->bus, ~0u, 10000, ear_wake, &e);
        for (int i = 0; i < 20; i++) {
            if (next(s, &seq, &lost) == -1)
                continue;
            if (seq <= last)
                abort();
            last = seq;
            atomic_fetch_add(&h->got, 1);
        }
        bus_unsubscribe(s);
        atomic_store(&e.left, true);
        sem_destroy(&e.woken);
    }
    return NULL;
}

/* A reader that stays and has room gets every number, once, in order. */
static void bus_threads(void **state)
{
    struct hall h = {.bus = bus_create()};
    struct ear e = {.left = false};
    struct subscriber *s;
    pthread_t publishers[THREADS], listeners[2];
    int64_t seq = 0;
    bool lost;

    (void)state;
    sem_init(&e.woken, 0, 0);
    s = bus_subscribe(h.bus, ~0u, 64 << 20, ear_wake, &e);
    for (int i = 0; i < 2; i++)
        pthread_create(&listeners[i], NULL, listen, &h);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&publishers[i], NULL, publish, &h);
    for (int64_t want = 1; want <= THREADS * 2000;) {
        while (sem_wait(&e.woken) != 0)
            ;
        while (next(s, &seq, &lost) != -1) {
            assert_true(seq == want);
            assert_false(lost);
            want++;
        }
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(publishers[i], NULL);
    atomic_store(&h.end, true);
    for (int i = 0; i < 2; i++)
        pthread_join(listeners[i], NULL);
    bus_unsubscribe(s);
    atomic_store(&e.left, true);
    sem_destroy(&e.woken);
    bus_free(h.bus);
}

/* A call that is under way when its owner leaves: leaving waits for it. The call looks for a while
 * whether it has been left alone; it never has. */
struct visit {
    sem_t inside;
    atomic_bool left;
    void (*call)(struct visit *v);
    struct bus *bus;
    struct live *live;
};

static void visit_inside(void *arg)
{
    struct visit *v = arg;

    sem_post(&v->inside);
    for (int i = 0; i < 20000; i++) {
        sched_yield();
        if (atomic_load(&v->left))
            abort();
    }
}

static void *visit_call(void *arg)
{
    struct visit *v = arg;

    v->call(v);
    return NULL;
}

static void call_publish(struct visit *v)
{
    bus_publish(v->bus, TOPIC_LOG, NULL);
}

static void call_cancel(struct visit *v)
{
    live_cancel(v->live, "rq_1");
}

static void visit_begin(struct visit *v, pthread_t *thread)
{
    sem_init(&v->inside, 0, 0);
    pthread_create(thread, NULL, visit_call, v);
    while (sem_wait(&v->inside) != 0)
        ;
}

static void leaving_waits(void **state)
{
    struct visit bus = {.call = call_publish, .bus = bus_create()};
    struct visit live = {.call = call_cancel, .live = live_create()};
    const struct live_view first = {.id = "rq_1"};
    struct subscriber *s = bus_subscribe(bus.bus, ~0u, 4096, visit_inside, &bus);
    struct live_entry *e = live_begin(live.live, &first, visit_inside, &live);
    pthread_t thread;

    (void)state;
    visit_begin(&bus, &thread);
    bus_unsubscribe(s);
    atomic_store(&bus.left, true);
    pthread_join(thread, NULL);
    bus_free(bus.bus);
    visit_begin(&live, &thread);
    live_end(e);
    atomic_store(&live.left, true);
    pthread_join(thread, NULL);
    live_free(live.live);
}

static void live_one(void **state)
{
    struct live *l = live_create();
    int cancels = 0, others = 0;
    struct live_view first = {.id = "rq_1", .model = "m"}, *view;
    struct live_entry *a, *b;
    unsigned long n;

    (void)state;
    a = live_begin(l, &first, count, &cancels);
    strcpy(first.id, "rq_2");
    b = live_begin(l, &first, count, &others);
    assert_int_equal(live_count(l), 2);
    live_edit(a)->state = LIVE_STREAM;
    live_edit_done(a);
    view = live_list(l, &n);
    assert_int_equal(n, 2);
    assert_string_equal(view[0].id, "rq_1");
    assert_string_equal(live_state_name(view[0].state), "stream");
    assert_string_equal(live_state_name(view[1].state), "read");
    free(view);
    assert_int_equal(live_cancel(l, "rq_1"), 0);
    assert_int_equal(live_cancel(l, "rq_1"), 0);
    assert_int_equal(cancels, 1);
    assert_int_equal(others, 0);
    assert_int_equal(live_cancel(l, "rq_3"), -1);
    live_end(a);
    assert_int_equal(live_cancel(l, "rq_1"), -1);
    assert_int_equal(live_count(l), 1);
    live_end(b);
    live_free(l);
}

static void live_of_a_key(void **state)
{
    struct live *l = live_create();
    int cancels = 0, others = 0;
    struct live_view first = {.id = "rq_1", .key = "key_a"};
    struct live_entry *e[3];

    (void)state;
    e[0] = live_begin(l, &first, count, &cancels);
    e[1] = live_begin(l, &first, count, &cancels);
    strcpy(first.key, "key_ab");
    e[2] = live_begin(l, &first, count, &others);
    assert_int_equal(live_cancel_key(l, "key_a"), 2);
    assert_int_equal(live_cancel_key(l, "key_a"), 0);
    assert_int_equal(cancels, 2);
    assert_int_equal(others, 0);
    for (int i = 0; i < 3; i++)
        live_end(e[i]);
    live_free(l);
}

struct desk {
    struct live *live;
    atomic_bool end;
};

static void desk_cancel(void *arg)
{
    if (atomic_fetch_add((atomic_int *)arg, 1) != 0)
        abort(); /* twice, or after the end */
}

static void *desk_serve(void *arg)
{
    struct desk *d = arg;

    for (int i = 0; i < 3000; i++) {
        atomic_int cancelled = 0;
        struct live_view first = {.started = i};
        struct live_entry *e;

        snprintf(first.id, sizeof first.id, "rq_%d", i % 10);
        e = live_begin(d->live, &first, desk_cancel, &cancelled);
        live_edit(e)->output = i;
        live_edit_done(e);
        live_end(e);
        atomic_store(&cancelled, 100);
    }
    return NULL;
}

static void *desk_watch(void *arg)
{
    struct desk *d = arg;
    unsigned long n;

    for (int i = 0; !atomic_load(&d->end); i++) {
        char id[24];

        free(live_list(d->live, &n));
        snprintf(id, sizeof id, "rq_%d", i % 10);
        live_cancel(d->live, id);
    }
    return NULL;
}

static void live_threads(void **state)
{
    struct desk d = {.live = live_create()};
    pthread_t serving[THREADS], watching[2];

    (void)state;
    for (int i = 0; i < 2; i++)
        pthread_create(&watching[i], NULL, desk_watch, &d);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&serving[i], NULL, desk_serve, &d);
    for (int i = 0; i < THREADS; i++)
        pthread_join(serving[i], NULL);
    atomic_store(&d.end, true);
    for (int i = 0; i < 2; i++)
        pthread_join(watching[i], NULL);
    assert_int_equal(live_count(d.live), 0);
    live_free(d.live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics),
        cmocka_unit_test(order),
        cmocka_unit_test(falls_behind),
        cmocka_unit_test(bus_threads),
        cmocka_unit_test(leaving_waits),
        cmocka_unit_test(live_one),
        cmocka_unit_test(live_of_a_key),
        cmocka_unit_test(live_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
