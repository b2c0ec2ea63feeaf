/* What the store refuses to open, and that it then leaves everything as it was. */
#include "store_kit.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/path.h"

#define NOON INT64_C(1773835200000)

static int setup(void **state)
{
    struct kit *k = xcalloc(1, sizeof *k);
    kit_init(k, "UTC");
    *state = k;
    return 0;
}

static int teardown(void **state)
{
    kit_release(*state);
    free(*state);
    return 0;
}

static void assert_refused(struct kit *k, const char *why)
{
    struct err err;
    err_clear(&err);
    assert_int_equal(kit_try_open(k, &err), -1);
    if (!strstr(err.text, why))
        fail_msg("'%s' does not say '%s'", err.text, why);
    assert_true(err.hint[0] != '\0');
}

static void fill(struct kit *k, int rows)
{
    kit_open(k);
    for (int i = 0; i < rows; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        struct attempt a = kit_attempt(id, 1, NOON + i * MS_MINUTE);
        struct request_row r = kit_request(id, NOON + i * MS_MINUTE);
        store_book(k->store, &a, 1, &r, NULL, NULL);
    }
    kit_close(k);
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

static void files_are_private(void **state)
{
    struct kit *k = *state;
    static const char *const suffixes[] = {"", "-wal", "-shm", "-spill"};
    mode_t before = umask(0);
    kit_open(k);
    kit_put(k, "key", "x", "{}", NULL, NULL);
    umask(before);
    for (size_t i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", k->path, suffixes[i]);
        assert_int_equal(mode_of(path), 0600);
    }
    char copy[128];
    struct err err;
    snprintf(copy, sizeof copy, "%.60s/copy", k->dir);
    assert_int_equal(kit_backup(k, copy, &err), 0);
    assert_int_equal(mode_of(copy), 0600);
}

static void settings_are_the_durable_ones(void **state)
{
    struct kit *k = *state;
    kit_open(k);
    kit_close(k);
    assert_int_equal(kit_sql(k, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    assert_int_equal(kit_sql(k, "PRAGMA user_version"), 2);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
                                " AND sql NOT LIKE '%STRICT%' AND name NOT LIKE 'sqlite_%'"),
        0);
}

static void open_to_others(void **state)
{
    struct kit *k = *state;
    fill(k, 1);
    chmod(k->path, 0640);
    assert_refused(k, "open to others");
    chmod(k->path, 0600);
    chmod(k->dir, 0770);
    assert_refused(k, "can be written by others");
    chmod(k->dir, 0700);
    kit_open(k);
}

static void no_regular_file(void **state)
{
    struct kit *k = *state;
    struct err err;
    assert_int_equal(symlink("elsewhere", k->path), 0);
    assert_int_equal(kit_try_open(k, &err), -1);
    unlink(k->path);
    struct kit other = *k;
    snprintf(other.path, sizeof other.path, "%.50s/none/crs.db", k->dir);
    assert_int_equal(kit_try_open(&other, &err), -1);
    assert_non_null(strstr(err.text, "no directory"));
    snprintf(other.path, sizeof other.path, "redis://127.0.0.1");
    assert_int_equal(kit_try_open(&other, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
}

static void newer_version(void **state)
{
    struct kit *k = *state;
    fill(k, 3);
    kit_sql_run(k, "PRAGMA user_version = 99");
    assert_refused(k, "version 99");
    kit_sql_run(k, "PRAGMA user_version = 2");
    kit_open(k);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM attempt"), 3);
}

/* Version 2 counts what is unmetered, also of what was booked before. */
static void older_version(void **state)
{
    struct kit *k = *state;
    fill(k, 3);
    kit_sql_run(k, "UPDATE attempt SET seen = 0 WHERE n < 3; DROP VIEW booked;"
                   "ALTER TABLE tally DROP COLUMN unmetered;"
                   "CREATE VIEW booked AS SELECT n FROM attempt; PRAGMA user_version = 1");
    kit_open(k);
    assert_int_equal(kit_sql(k, "PRAGMA user_version"), 2);
    assert_int_equal(kit_sql(k, "SELECT sum(unmetered) FROM tally"), 2);
    assert_int_equal(kit_sql(k, "SELECT sum(unmetered) FROM booked"), 2);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM tally WHERE unmetered > attempts"), 0);
}

static void database_of_someone_else(void **state)
{
    struct kit *k = *state;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(k->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    chmod(k->path, 0600);
    assert_refused(k, "not a database of crs-relay");
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void second_process(void **state)
{
    struct kit *k = *state;
    struct kit other = *k;
    kit_open(k);
    assert_refused(&other, "another process");
    assert_int_equal(kit_put(k, "key", "x", "{}", NULL, NULL), 0);
    kit_close(k);
    kit_open(k);
}

static void cut_to_nothing(void **state)
{
    struct kit *k = *state;
    char wal[128];
    fill(k, 1);
    snprintf(wal, sizeof wal, "%s-wal", k->path);
    FILE *f = fopen(wal, "wb");
    fputs("frames that were not folded back yet", f);
    fclose(f);
    assert_int_equal(truncate(k->path, 0), 0);
    assert_refused(k, "empty but its log is not");
    struct stat st;
    assert_int_equal(stat(wal, &st), 0);
    assert_true(st.st_size > 0);
}

static void no_database_at_all(void **state)
{
    struct kit *k = *state;
    FILE *f = fopen(k->path, "wb");
    for (int i = 0; i < 1000; i++)
        fputs("this is not a database\n", f);
    fclose(f);
    chmod(k->path, 0600);
    assert_refused(k, "not a database");
}

/* Bytes flipped anywhere: refused, or opened; never a crash, never a total that is silently wrong.
 * A number inside a row may change without any sign to SQLite: then the books disagree, and check
 * says so. */
static void flipped_bytes(void **state)
{
    struct kit *k = *state;
    int refused = 0, caught = 0, unharmed = 0;
    fill(k, 300);
    struct buf whole = BUF_INIT;
    struct err err;
    assert_int_equal(path_read(k->path, 64 << 20, &whole, &err), 0);
    uint32_t dice = 1;
    for (int i = 0; i < 300; i++) {
        dice = dice * 1664525u + 1013904223u;
        size_t at = i < 100 ? (size_t)i : (dice >> 4) % whole.len;
        whole.data[at] = (char)(whole.data[at] ^ 0x10);
        assert_int_equal(path_write(k->path, whole.data, whole.len, 0600, &err), 0);
        whole.data[at] = (char)(whole.data[at] ^ 0x10);
        if (kit_try_open(k, &err) != 0) {
            refused++;
            continue;
        }
        cJSON *o = kit_query(k, "check", "{}", &err);
        if (!o || !json_bool(o, "ok", false))
            caught++;
        else
            unharmed++;
        cJSON_Delete(o);
        kit_close(k);
    }
    print_message("of 300 flips: %d refused, %d caught by check, %d without effect on the books\n",
        refused, caught, unharmed);
    assert_true(refused > 50);
    buf_release(&whole);
}

/* A log that was cut anywhere gives the state of an earlier commit, never half of one. */
static void cut_log(void **state)
{
    struct kit *k = *state;
    struct buf db = BUF_INIT, log = BUF_INIT;
    struct err err;
    char wal[128];
    snprintf(wal, sizeof wal, "%s-wal", k->path);
    kit_open(k);
    for (int i = 0; i < 20; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        struct attempt a = kit_attempt(id, 1, NOON);
        kit_book(k, &a, 1, NULL, NULL);
    }
    assert_int_equal(path_read(k->path, 64 << 20, &db, &err), 0);
    assert_int_equal(path_read(wal, 64 << 20, &log, &err), 0);
    kit_close(k);
    int64_t last = -1;
    for (int i = 0; i <= 40; i++) {
        path_write(k->path, db.data, db.len, 0600, &err);
        path_write(wal, log.data, log.len * (size_t)i / 40, 0600, &err);
        if (kit_try_open(k, &err) != 0)
            continue; /* not even the tables */
        int64_t rows = kit_sql(k, "SELECT count(*) FROM attempt");
        assert_int_equal(rows, kit_sql(k, "SELECT ifnull(sum(attempts), 0) FROM tally"));
        assert_true(rows >= last);
        last = rows;
        kit_close(k);
    }
    assert_int_equal(last, 20);
    buf_release(&db);
    buf_release(&log);
}

static void closing_finishes_what_waits(void **state)
{
    struct kit *k = *state;
    fill(k, 5000);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM attempt"), 5000);
}

struct answers {
    pthread_mutex_t lock;
    int good, bad;
};

static void count_answer(void *arg, cJSON *result, const struct err *err)
{
    struct answers *a = arg;
    pthread_mutex_lock(&a->lock);
    a->good += result != NULL;
    a->bad += err != NULL;
    pthread_mutex_unlock(&a->lock);
    cJSON_Delete(result);
}

static void every_question_is_answered_once(void **state)
{
    struct kit *k = *state;
    struct answers a = {.lock = PTHREAD_MUTEX_INITIALIZER};
    fill(k, 2000);
    kit_open(k);
    for (int i = 0; i < 600; i++)
        store_query(k->store, i % 2 ? "usage" : "check", NULL, count_answer, &a);
    kit_close(k); /* interrupts the one under way */
    assert_int_equal(a.good + a.bad, 600);
    assert_true(a.bad >= 600 - 257); /* more than the line holds */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_private, setup, teardown),
        cmocka_unit_test_setup_teardown(settings_are_the_durable_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(open_to_others, setup, teardown),
        cmocka_unit_test_setup_teardown(no_regular_file, setup, teardown),
        cmocka_unit_test_setup_teardown(newer_version, setup, teardown),
        cmocka_unit_test_setup_teardown(older_version, setup, teardown),
        cmocka_unit_test_setup_teardown(database_of_someone_else, setup, teardown),
        cmocka_unit_test_setup_teardown(second_process, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_to_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(no_database_at_all, setup, teardown),
        cmocka_unit_test_setup_teardown(flipped_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_log, setup, teardown),
        cmocka_unit_test_setup_teardown(closing_finishes_what_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(every_question_is_answered_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
