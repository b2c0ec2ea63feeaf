/* kill -9 at random moments: every row that was called durable is there, once, and the tallies are
 * the sum of the rows. Every other round the database is full, so that the spill file is hit too.
 */
#include "store_kit.h"
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/alloc.h"

#define NOON INT64_C(1773835200000)
#define ROUNDS 20
#define AT_ONCE 64
#define ACKED_MAX (1 << 16)

/* --- the child: books and says which rows are durable
 * -------------------------------------------------- */

struct booker {
    struct kit *kit;
    int pipe;
    int32_t next; /* row to book next */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int under_way;
};
struct booking {
    struct booker *b;
    int32_t row;
};

static void on_booked(void *arg, const struct err *failure)
{
    struct booking *k = arg;
    struct booker *b = k->b;
    if (!failure && write(b->pipe, &k->row, sizeof k->row) != sizeof k->row)
        _exit(2);
    pthread_mutex_lock(&b->lock);
    b->under_way--;
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
    free(k);
}

static void book_one(struct booker *b)
{
    char id[16];
    int32_t row = b->next++;
    struct booking *k = xmalloc(sizeof *k);
    *k = (struct booking){b, row};
    snprintf(id, sizeof id, "r%06d", (int)row);
    struct attempt a[2] = {kit_attempt(id, 1, NOON + row), kit_attempt(id, 2, NOON + row * 60000)};
    struct request_row r = kit_request(id, NOON + row);
    store_book(b->kit->store, a, 2, &r, on_booked, k);
}

static void child(struct kit *k, int pipe, int32_t first)
{
    struct booker b = {.kit = k, .pipe = pipe, .next = first};
    struct err err;
    pthread_mutex_init(&b.lock, NULL);
    pthread_cond_init(&b.wake, NULL);
    if (kit_try_open(k, &err) != 0)
        _exit(3);
    for (;;) {
        pthread_mutex_lock(&b.lock);
        while (b.under_way >= AT_ONCE)
            pthread_cond_wait(&b.wake, &b.lock);
        b.under_way++;
        pthread_mutex_unlock(&b.lock);
        book_one(&b);
    }
}

/* --- the parent
 * ----------------------------------------------------------------------------------------- */

struct toll {
    struct kit kit;
    unsigned char acked[ACKED_MAX]; /* by row */
    int32_t highest;
    int n;
    uint32_t dice;
};

static void note(struct toll *t, int32_t row)
{
    assert_in_range(row, 0, ACKED_MAX - 1);
    assert_int_equal(t->acked[row], 0);
    t->acked[row] = 1;
    t->n++;
    if (row > t->highest)
        t->highest = row;
}

/* The moment is a number of rows heard of, and some spinning on top: anywhere within a commit. */
static void run_and_kill(struct toll *t, int after, int spin)
{
    int ends[2];
    int32_t row, first = t->highest + AT_ONCE + 1; /* ids that were cut off are not used again */
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        child(&t->kit, ends[1], first);
    }
    close(ends[1]);
    for (int i = 0; i < after && read(ends[0], &row, sizeof row) == sizeof row; i++)
        note(t, row);
    for (volatile int i = 0; i < spin; i++)
        continue;
    kill(pid, SIGKILL);
    while (read(ends[0], &row, sizeof row) == sizeof row)
        note(t, row);
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

static void assert_nothing_lost(struct toll *t)
{
    struct kit *k = &t->kit;
    sqlite3 *db;
    sqlite3_stmt *st;
    k->tuning.max_pages = 0;
    kit_open(k);
    struct err err;
    cJSON *check = kit_query(k, "check", "{}", &err);
    assert_non_null(check);
    assert_true(json_bool(check, "ok", false));
    assert_int_equal(json_int(check, "attempts", -1), 2 * json_int(check, "requests", -1));
    assert_int_equal(
        json_int(check, "attempts", -1), kit_sql(k, "SELECT sum(attempts) FROM tally"));
    cJSON_Delete(check);
    assert_int_equal(sqlite3_open(k->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT count(*) FROM request WHERE id = ?", -1, &st, NULL),
        SQLITE_OK);
    for (int32_t row = 0; row <= t->highest; row++) {
        char id[16];
        if (!t->acked[row])
            continue;
        snprintf(id, sizeof id, "r%06d", (int)row);
        sqlite3_bind_text(st, 1, id, -1, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(st), SQLITE_ROW);
        assert_int_equal(sqlite3_column_int(st, 0), 1);
        sqlite3_reset(st);
    }
    sqlite3_finalize(st);
    sqlite3_close(db);
    kit_close(k);
}

static void killed_at_any_moment(void **state)
{
    struct toll *t = xcalloc(1, sizeof *t);
    (void)state;
    t->dice = (uint32_t)clock_mono();
    print_message("dice %u\n", t->dice);
    kit_init(&t->kit, "UTC");
    t->kit.tuning.spill_bytes = 8 << 20;
    kit_open(&t->kit);
    kit_close(&t->kit);
    for (int i = 0; i < ROUNDS; i++) {
        t->dice = t->dice * 1664525u + 1013904223u;
        if (i % 2)
            t->kit.tuning.max_pages = kit_sql(&t->kit, "PRAGMA page_count") + 40;
        run_and_kill(t, (int)(t->dice >> 8) % 1500, (int)(t->dice >> 16) * 20);
        assert_nothing_lost(t);
    }
    print_message("%d rows acknowledged in %d rounds\n", t->n, ROUNDS);
    assert_true(t->n > ROUNDS * 50);
    kit_release(&t->kit);
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(killed_at_any_moment)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
