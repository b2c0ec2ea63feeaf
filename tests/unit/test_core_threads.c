/* The core under many threads: limits hold to the one, nobody waits for ever, nothing leaks, and no
 * wake comes after the ticket has left. Threads meet at barriers and semaphores, never by time. */
#include "test_core_kit.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 8
#define PARALLEL 500

static void nothing_left(struct kit *k, const char *key_id)
{
    struct core_totals totals;
    struct key_live live;

    core_totals(k->c, T0, &totals);
    core_key_live(k->c, key_id, T0, &live);
    assert_int_equal(totals.running, 0);
    assert_int_equal(totals.waiting, 0);
    assert_int_equal(live.running, 0);
    assert_int_equal(live.waiting, 0);
    assert_int_equal(live.day.reserved, 0);
    assert_int_equal(live.rate_tokens.reserved, 0);
}

/* --- as many asks at once as there are, on each kind of limit -----------------------------------
 */

struct crowd {
    struct kit kit;
    const struct key *key;
    pthread_barrier_t start;
    nano expected, cost;
    bool leave; /* each leaves at once */
    atomic_int answers[3];
    struct ticket *_Atomic tickets[PARALLEL];
};
struct member {
    struct crowd *crowd;
    int first;
    pthread_t thread;
};

static void *crowd_run(void *arg)
{
    struct member *m = arg;
    struct crowd *w = m->crowd;

    pthread_barrier_wait(&w->start);
    for (int i = m->first; i < PARALLEL; i += THREADS) {
        const struct admit_ask a = {
            .key = w->key, .model = "m", .address = "", .expected = w->expected, .now = T0};
        struct refusal r;
        struct ticket *t;

        atomic_fetch_add(&w->answers[core_admit(w->kit.c, &a, &t, &r)], 1);
        if (t && w->cost)
            kit_charge(&w->kit, t, w->key, "", "m", w->cost, 1, T0);
        if (t && w->leave) {
            core_leave(w->kit.c, t, T0);
            t = NULL;
        }
        atomic_store(&w->tickets[i], t);
    }
    return NULL;
}

static void crowd(void **state)
{
    static const struct {
        const char *settings;
        nano expected, cost;
        bool leave;
        int granted, waiting;
    } rows[] = {
        {"{\"rate_requests\":100}", 0, 0, false, 100, 0},
        {"{\"rate_requests\":100}", 0, 0, true, 100, 0},
        {"{\"rate_requests\":100,\"rate_kind\":\"sliding\"}", 0, 0, true, 100, 0},
        {"{\"at_once\":8}", 0, 0, false, 8, 0},
        {"{\"at_once\":8,\"in_line\":20}", 0, 0, false, 8, 20},
        {"{\"rate_requests\":100,\"at_once\":8,\"in_line\":20}", 0, 0, false, 8, 20},
        {"{\"daily_cost\":1}", 10 * CENT, 0, false, 10, 0},
        {"{\"daily_cost\":1}", 10 * CENT, 10 * CENT, true, 10, 0},
        {"{\"daily_cost\":1}", 30 * CENT, 30 * CENT, false, 4, 0}, /* the last passes by 0.20 */
        {"{\"rate_cost\":1}", 10 * CENT, 10 * CENT, true, 10, 0},
        {"{}", 0, 0, false, PARALLEL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct crowd w = {
            .expected = rows[i].expected, .cost = rows[i].cost, .leave = rows[i].leave};
        struct member members[THREADS];

        kit_open(&w.kit, "UTC");
        w.key = kit_key(&w.kit, "k", rows[i].settings);
        pthread_barrier_init(&w.start, NULL, THREADS);
        for (int n = 0; n < THREADS; n++) {
            members[n] = (struct member){.crowd = &w, .first = n};
            pthread_create(&members[n].thread, NULL, crowd_run, &members[n]);
        }
        for (int n = 0; n < THREADS; n++)
            pthread_join(members[n].thread, NULL);
        if (w.answers[ADMIT_GRANTED] != rows[i].granted ||
            w.answers[ADMIT_WAITING] != rows[i].waiting)
            fail_msg("%s: %d granted, %d waiting", rows[i].settings, w.answers[ADMIT_GRANTED],
                w.answers[ADMIT_WAITING]);
        for (int n = 0; n < PARALLEL; n++)
            core_leave(w.kit.c, w.tickets[n], T0);
        nothing_left(&w.kit, "key_k");
        key_unref(w.key);
        pthread_barrier_destroy(&w.start);
        kit_close(&w.kit);
    }
}

/* --- wakes against cancels -----------------------------------------------------------------------
 */

/* One ask of a thread. `left` is set when core_leave has returned: a wake after that is the bug. */
struct waiter {
    sem_t woken;
    atomic_int wakes;
    atomic_bool left;
};

static void wake(void *arg)
{
    struct waiter *w = arg;

    if (atomic_load(&w->left))
        abort();
    atomic_fetch_add(&w->wakes, 1);
    sem_post(&w->woken);
}

struct storm {
    struct kit kit;
    const struct key *key;
    atomic_int running, most, granted, cancelled, refused;
    int rounds, at_once;
};
struct sailor {
    struct storm *storm;
    unsigned seed;
    pthread_t thread;
};

static void storm_ran(struct storm *s)
{
    int now = atomic_fetch_add(&s->running, 1) + 1, most = atomic_load(&s->most);

    while (now > most && !atomic_compare_exchange_weak(&s->most, &most, now))
        ;
    atomic_fetch_add(&s->granted, 1);
    atomic_fetch_sub(&s->running, 1);
}

/* Granted at once or after a wake, or given up at any moment: before, during or after the grant. */
static void storm_ask(struct storm *s, unsigned *seed)
{
    struct waiter w = {.left = false};
    const struct admit_ask a = {.key = s->key,
        .model = "m",
        .address = rand_r(seed) % 2 ? "1.1.1.1" : "2.2.2.2",
        .expected = CENT,
        .expected_tokens = 10,
        .now = T0,
        .wake = wake,
        .wake_arg = &w};
    enum admit_answer answer;
    struct refusal r;
    struct ticket *t;

    sem_init(&w.woken, 0, 0);
    answer = core_admit(s->kit.c, &a, &t, &r);
    if (answer == ADMIT_WAITING && rand_r(seed) % 3) {
        while (sem_wait(&w.woken) != 0)
            ;
        answer = core_admit_result(s->kit.c, t, T0, &r);
        if (answer == ADMIT_WAITING)
            abort();
    }
    if (answer == ADMIT_GRANTED)
        storm_ran(s);
    else
        atomic_fetch_add(answer == ADMIT_WAITING ? &s->cancelled : &s->refused, 1);
    core_leave(s->kit.c, t, T0);
    atomic_store(&w.left, true);
    if (atomic_load(&w.wakes) > 1)
        abort();
    sem_destroy(&w.woken);
}

static void *storm_run(void *arg)
{
    struct sailor *a = arg;

    for (int i = 0; i < a->storm->rounds; i++)
        storm_ask(a->storm, &a->seed);
    return NULL;
}

/* All who wait in line are granted by others who leave: every thread ends only because each wake
 * that was due has come. */
static void cancels(void **state)
{
    struct storm s = {.rounds = 2500, .at_once = 2};
    struct sailor crew[THREADS];

    (void)state;
    kit_open(&s.kit, "UTC");
    s.key = kit_key(&s.kit, "k", "{\"at_once\":2,\"in_line\":100,\"daily_cost\":1000}");
    for (unsigned i = 0; i < THREADS; i++) {
        crew[i] = (struct sailor){.storm = &s, .seed = i + 1};
        pthread_create(&crew[i].thread, NULL, storm_run, &crew[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(crew[i].thread, NULL);
    assert_true(s.most <= s.at_once);
    assert_int_equal(s.granted + s.cancelled, THREADS * s.rounds);
    assert_int_equal(s.refused, 0);
    nothing_left(&s.kit, "key_k");
    key_unref(s.key);
    kit_close(&s.kit);
}

/* --- everything at once --------------------------------------------------------------------------
 */

#define OPS 12500 /* a thread; 100,000 in all */
#define HELD 6

struct hand {
    struct waiter waiter[HELD];
    struct ticket *t[HELD];
    struct lease lease[HELD];
};

static void hand_drop(struct storm *s, struct hand *h, unsigned i, int64_t now)
{
    core_release(s->kit.c, &h->lease[i], now);
    if (!h->t[i])
        return;
    core_leave(s->kit.c, h->t[i], now);
    h->t[i] = NULL;
    atomic_store(&h->waiter[i].left, true);
    sem_destroy(&h->waiter[i].woken);
}

static void hand_take(struct storm *s, struct hand *h, unsigned i, unsigned *seed, int64_t now)
{
    static const char *const models[] = {"claude-opus-4-1", "claude-sonnet-4-5", ""};
    const struct admit_ask a = {.key = s->key,
        .model = models[rand_r(seed) % 3],
        .address = "1.1.1.1",
        .expected = rand_r(seed) % 5 * CENT,
        .free = rand_r(seed) % 8 == 0,
        .now = now,
        .wake = wake,
        .wake_arg = &h->waiter[i]};
    struct refusal r;

    hand_drop(s, h, i, now);
    atomic_store(&h->waiter[i].left, false);
    sem_init(&h->waiter[i].woken, 0, 0);
    core_admit(s->kit.c, &a, &h->t[i], &r);
    if (!h->t[i])
        sem_destroy(&h->waiter[i].woken);
}

static void hand_choose(struct storm *s, struct hand *h, unsigned i, unsigned *seed, int64_t now)
{
    static const char *const sessions[] = {"", "s1", "s2", "s3"};
    const struct choose_ask a = {
        .key = s->key, .model = "m", .session = sessions[rand_r(seed) % 4], .now = now};
    struct refusal r;

    core_release(s->kit.c, &h->lease[i], now);
    core_choose(s->kit.c, &a, &h->lease[i], NULL, &r);
}

static void hand_views(struct storm *s, int64_t now)
{
    struct account_live account;
    struct core_totals totals;
    const struct key **keys;
    struct key_live key;
    size_t n;

    core_account_live(s->kit.c, "ac_a", now, &account);
    core_key_live(s->kit.c, "key_k", now, &key);
    core_totals(s->kit.c, now, &totals);
    if (key.running < 0 || key.waiting < 0 || account.running < 0 || key.day.reserved < 0)
        abort();
    keys = core_keys(s->kit.c, &n);
    while (n)
        key_unref(keys[--n]);
    free(keys);
}

static void hand_disturb(struct storm *s, unsigned *seed, int64_t now)
{
    struct verdict v = {
        .action = rand_r(seed) % 2 ? ACT_OK : ACT_NEXT, .health = (enum health)(rand_r(seed) % 4)};

    switch (rand_r(seed) % 6) {
    case 0:
        key_unref(kit_key(&s->kit, "k",
            rand_r(seed) % 2 ? "{\"at_once\":3,\"in_line\":9}"
                             : "{\"at_once\":5,\"in_line\":4,\"wait\":1}"));
        break;
    case 1:
        core_tick(s->kit.c, now);
        break;
    case 2:
        core_verdict(s->kit.c, "ac_a", "m", &v, now);
        break;
    case 3:
        core_credential_put(s->kit.c, "ac_b", kit_credential("b"));
        break;
    case 4:
        if (rand_r(seed) % 50 == 0) {
            core_account_drop(s->kit.c, "ac_c");
            kit_account(&s->kit, "c", "{}", "");
        }
        break;
    default:
        hand_views(s, now);
    }
}

static void hand_op(struct storm *s, struct hand *h, unsigned *seed)
{
    unsigned i = (unsigned)rand_r(seed) % HELD;
    int64_t now = T0 + rand_r(seed) % 4000;
    struct refusal r;

    switch (rand_r(seed) % 10) {
    case 0:
    case 1:
    case 2:
        hand_take(s, h, i, seed, now);
        break;
    case 3:
    case 4:
        hand_drop(s, h, i, now);
        break;
    case 5:
        hand_choose(s, h, i, seed, now);
        break;
    case 6:
        if (h->t[i])
            kit_charge(&s->kit, h->t[i], s->key, "ac_a", "claude-opus-4-1", CENT, 5, now);
        break;
    case 7:
        if (h->t[i])
            core_touch(s->kit.c, h->t[i], now);
        break;
    case 8:
        if (h->t[i] && core_admit_result(s->kit.c, h->t[i], now, &r) == ADMIT_WAITING)
            core_line_place(s->kit.c, h->t[i]);
        break;
    default:
        hand_disturb(s, seed, now);
    }
}

static void *chaos_run(void *arg)
{
    struct sailor *a = arg;
    struct hand h = {0};

    for (int i = 0; i < OPS; i++)
        hand_op(a->storm, &h, &a->seed);
    for (unsigned i = 0; i < HELD; i++)
        hand_drop(a->storm, &h, i, T0);
    return NULL;
}

static void chaos(void **state)
{
    struct storm s = {.rounds = 0};
    struct sailor crew[THREADS];
    struct account_live live;

    (void)state;
    kit_open(&s.kit, "UTC");
    s.key = kit_key(&s.kit, "k", "{\"at_once\":3,\"in_line\":9}");
    kit_account(&s.kit, "a", "{\"at_once\":4,\"fair_share\":true}", "");
    kit_account(&s.kit, "b", "{}", "");
    kit_account(&s.kit, "c", "{}", "");
    for (unsigned i = 0; i < THREADS; i++) {
        crew[i] = (struct sailor){.storm = &s, .seed = 77 * (i + 1)};
        pthread_create(&crew[i].thread, NULL, chaos_run, &crew[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(crew[i].thread, NULL);
    nothing_left(&s.kit, "key_k");
    core_account_live(s.kit.c, "ac_a", T0, &live);
    assert_int_equal(live.running, 0);
    core_account_live(s.kit.c, "ac_b", T0, &live);
    assert_int_equal(live.running, 0);
    key_unref(s.key);
    kit_close(&s.kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crowd),
        cmocka_unit_test(cancels),
        cmocka_unit_test(chaos),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
