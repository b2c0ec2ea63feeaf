/* A disk that is full or breaks: what `done` called durable is there afterwards, once. */
#include "store_kit.h"
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/alloc.h"
#include "fault_vfs.h"

#define NOON INT64_C(1773835200000)

static int setup(void **state)
{
    struct kit *k = xcalloc(1, sizeof *k);
    kit_init(k, "UTC");
    k->tuning.vfs = FAULT_VFS;
    kit_open(k);
    *state = k;
    return 0;
}

static int teardown(void **state)
{
    struct kit *k = *state;
    char small[80];
    fault_heal();
    snprintf(small, sizeof small, "%.60s/small", k->dir);
    if (umount2(small, MNT_DETACH) == 0) /* a test failed before its own */
        rmdir(small);
    kit_release(k);
    free(*state);
    return 0;
}

static int book(struct kit *k, int i)
{
    char id[16];
    snprintf(id, sizeof id, "r%04d", i);
    struct attempt a = kit_attempt(id, 1, NOON + i);
    struct request_row r = kit_request(id, NOON + i);
    return kit_book(k, &a, 1, &r, NULL);
}

static int64_t check_number(struct kit *k, const char *name)
{
    struct err err;
    cJSON *o = kit_query(k, "check", "{}", &err);
    assert_non_null(o);
    int64_t v = json_int(o, name, -1);
    cJSON_Delete(o);
    return v;
}

/* Asks until the spill file is empty; the time limit of ctest ends it otherwise. */
static void await_recovery(struct kit *k)
{
    while (check_number(k, "spilled") > 0)
        continue;
}

static void assert_books(struct kit *k, int rows)
{
    struct err err;
    cJSON *o = kit_query(k, "check", "{}", &err);
    assert_non_null(o);
    assert_true(json_bool(o, "ok", false));
    assert_int_equal(json_int(o, "attempts", -1), rows);
    assert_int_equal(json_int(o, "requests", -1), rows);
    cJSON_Delete(o);
    assert_int_equal(kit_sql(k, "SELECT ifnull(sum(attempts), 0) FROM tally"), rows);
}

static void full_disk_loses_nothing(void **state)
{
    struct kit *k = *state;
    book(k, 0);
    fault_arm(1, FAULT_FOREVER, SQLITE_FULL);
    for (int i = 1; i < 20; i++)
        assert_int_equal(book(k, i), 0);
    assert_false(store_busy(k->store, NULL));
    assert_true(check_number(k, "spilled") > 0);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM attempt"), 1);
    assert_true(fault_heal() > 0);
    await_recovery(k);
    assert_books(k, 20);
    assert_int_equal(book(k, 20), 0);
    assert_books(k, 21);
}

/* Closed while the disk is sick, opened when it is well again. */
static void spilled_rows_wait_for_the_next_start(void **state)
{
    struct kit *k = *state;
    struct err err;
    fault_arm(1, FAULT_FOREVER, SQLITE_IOERR_WRITE);
    for (int i = 0; i < 5; i++)
        assert_int_equal(book(k, i), 0);
    assert_int_equal(kit_put(k, "key", "x", "{\"v\":1}", "secret", NULL), 0);
    kit_close(k);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM attempt"), 0);
    assert_int_equal(kit_try_open(k, &err), -1); /* stale keys would be worse than none */
    assert_true(err.hint[0] != '\0');
    fault_heal();
    kit_open(k);
    assert_books(k, 5);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM record"), 1);
}

static void order_is_kept(void **state)
{
    struct kit *k = *state;
    kit_put(k, "key", "gone", "{\"v\":1}", NULL, NULL);
    fault_arm(1, FAULT_FOREVER, SQLITE_FULL);
    kit_put(k, "key", "kept", "{\"v\":1}", NULL, NULL);
    kit_put(k, "key", "kept", "{\"v\":2}", NULL, NULL);
    kit_put(k, "key", "gone", "{\"v\":2}", NULL, NULL);
    assert_int_equal(kit_delete(k, "key", "gone"), 0);
    fault_heal();
    kit_put(k, "key", "kept", "{\"v\":3}", NULL, NULL);
    await_recovery(k);
    assert_int_equal(kit_sql(k, "SELECT json_extract(doc, '$.v') FROM record"), 3);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM record"), 1);
}

static void full_spill_refuses_until_it_is_empty(void **state)
{
    struct kit *k = *state;
    struct err why;
    int kept = 0, refused = 0;
    kit_close(k);
    char spill[128];
    snprintf(spill, sizeof spill, "%s-spill", k->path);
    unlink(spill);
    k->tuning.spill_bytes = 16384;
    kit_open(k);
    fault_arm(1, FAULT_FOREVER, SQLITE_FULL);
    bool was_busy = false;
    for (int i = 0; i < 60; i++) {
        bool busy = store_busy(k->store, &why);
        if (book(k, i) == 0) {
            kept++;
            was_busy = was_busy || busy;
        } else {
            refused++;
            assert_true(busy); /* admission was closed before the first loss */
        }
    }
    assert_true(kept > 5 && refused > 5 && was_busy);
    assert_true(store_busy(k->store, &why));
    assert_non_null(strstr(why.text, "full"));
    fault_heal();
    await_recovery(k);
    assert_false(store_busy(k->store, NULL));
    assert_books(k, kept);
}

/* Neither database nor spill file: the writer finds out by itself when it is over. */
static void broken_spill_is_probed(void **state)
{
    struct kit *k = *state;
    char *big = xmalloc(400000);
    memset(big, ' ', 399999);
    big[399999] = '\0';
    memcpy(big, "{}", 2);
    fault_arm(1, FAULT_FOREVER, SQLITE_FULL);
    struct err err;
    assert_int_equal(kit_put(k, "key", "big", big, NULL, &err), -1); /* more than the file holds */
    free(big);
    assert_true(store_busy(k->store, NULL));
    fault_heal();
    while (store_busy(k->store, NULL))
        check_number(k, "version");
    assert_int_equal(book(k, 1), 0);
    assert_books(k, 1);
}

/* A table is gone: that is no fault of the row, so nothing may be admitted for long. */
static void missing_table_stops_admission(void **state)
{
    struct kit *k = *state;
    kit_sql_run(k, "ALTER TABLE request RENAME TO lost");
    for (int i = 0; i < 400 && !store_busy(k->store, NULL); i++)
        assert_int_equal(book(k, i), 0);
    assert_true(store_busy(k->store, NULL));
    kit_sql_run(k, "ALTER TABLE lost RENAME TO request");
    await_recovery(k);
    assert_false(store_busy(k->store, NULL));
    assert_true(check_number(k, "attempts") > 100);
}

/* The N-th write or sync fails, for every N that a few writes come to. */
static void any_single_fault(struct kit *k, int code, int times)
{
    int rows = (int)kit_sql(k, "SELECT count(*) FROM attempt"), hits = 0;
    for (int n = 1; n <= 60; n++) {
        fault_arm(n, times, code);
        for (int i = 0; i < 4; i++)
            assert_int_equal(book(k, rows++), 0);
        hits += fault_heal();
        await_recovery(k);
    }
    assert_true(hits >= 20);
    assert_books(k, rows);
    kit_close(k);
    kit_open(k);
    assert_books(k, rows);
}

static void any_write_may_fail(void **state)
{
    any_single_fault(*state, SQLITE_IOERR_WRITE, 1);
    any_single_fault(*state, SQLITE_FULL, 2);
}

static void any_sync_may_fail(void **state)
{
    any_single_fault(*state, SQLITE_IOERR_FSYNC, 1);
    any_single_fault(*state, SQLITE_IOERR_FSYNC, 3);
}

/* --- the spill file itself
 * ---------------------------------------------------------------------------- */

static void copy_file(const char *from, const char *to)
{
    struct buf b = BUF_INIT;
    char part[4096];
    FILE *f = fopen(from, "rb");
    assert_non_null(f);
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(&b, part, n);
    fclose(f);
    f = fopen(to, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(b.data, 1, b.len, f), b.len);
    fclose(f);
    buf_release(&b);
}

/* The process died between taking the file over and clearing it. Audit rows have no key of their
 * own that would keep a second one out. */
static void taken_over_is_not_taken_twice(void **state)
{
    struct kit *k = *state;
    char spill[128], saved[128];
    snprintf(spill, sizeof spill, "%s-spill", k->path);
    snprintf(saved, sizeof saved, "%s-saved", k->path);
    fault_arm(1, FAULT_FOREVER, SQLITE_FULL);
    store_audit(k->store, &(struct audit_row){.at = NOON, .method = "key.edit"});
    kit_sync(k);
    copy_file(spill, saved);
    fault_heal();
    await_recovery(k);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM audit"), 1);
    kit_close(k);
    copy_file(saved, spill);
    kit_open(k);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM audit"), 1);
    assert_int_equal(check_number(k, "spilled"), 0);
}

static void poke(const char *path, long at, int byte)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    fseek(f, at, SEEK_SET);
    fputc(byte, f);
    fclose(f);
}

static long last_byte(const char *path)
{
    long last = -1, at = 0;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    for (int c; (c = fgetc(f)) != EOF; at++)
        if (c != 0)
            last = at;
    fclose(f);
    return last;
}

static void torn_tail_is_left_out(void **state)
{
    struct kit *k = *state;
    char spill[128];
    snprintf(spill, sizeof spill, "%s-spill", k->path);
    fault_arm(1, FAULT_FOREVER, SQLITE_FULL);
    for (int i = 0; i < 5; i++)
        book(k, i);
    kit_close(k);
    poke(spill, last_byte(spill), 0xEE);
    fault_heal();
    kit_open(k);
    assert_books(k, 4);
}

static void other_format_is_refused(void **state)
{
    struct kit *k = *state;
    struct err err;
    char spill[128];
    snprintf(spill, sizeof spill, "%s-spill", k->path);
    fault_arm(1, FAULT_FOREVER, SQLITE_FULL);
    book(k, 0);
    kit_close(k);
    fault_heal();
    poke(spill, 10, '9');
    assert_int_equal(kit_try_open(k, &err), -1);
    assert_non_null(strstr(err.text, "another version"));
    poke(spill, 10, '1');
    kit_open(k);
    assert_books(k, 1);
}

static void drop_database(struct kit *k)
{
    char wal[128];
    snprintf(wal, sizeof wal, "%s-wal", k->path);
    unlink(wal); /* left by a close that could not fold it back */
    unlink(k->path);
}

/* Every byte of the file may be any other: the start never crashes and never books a wrong row. */
static void no_byte_of_it_is_trusted(void **state)
{
    struct kit *k = *state;
    char spill[128], saved[128];
    snprintf(spill, sizeof spill, "%s-spill", k->path);
    snprintf(saved, sizeof saved, "%s-saved", k->path);
    fault_arm(1, FAULT_FOREVER, SQLITE_FULL);
    book(k, 0);
    book(k, 1);
    kit_close(k);
    fault_heal();
    copy_file(spill, saved);
    long end = last_byte(spill);
    uint32_t dice = 99;
    for (int i = 0; i < 150; i++) {
        struct err err;
        dice = dice * 1664525u + 1013904223u;
        long at = i < 60 ? i : (long)(dice >> 8) % (end + 1);
        copy_file(saved, spill);
        drop_database(k); /* or the mark of an earlier turn keeps this one out */
        poke(spill, at, (int)(dice >> 24) ^ 0x5A);
        if (kit_try_open(k, &err) == 0) {
            int64_t rows = kit_sql(k, "SELECT count(*) FROM attempt");
            assert_int_equal(
                kit_sql(k, "SELECT count(*) FROM attempt WHERE cost = 115682501"), rows);
            kit_close(k);
        }
    }
    copy_file(saved, spill);
    drop_database(k);
    kit_open(k);
    assert_books(k, 2);
}

/* --- real walls
 * ----------------------------------------------------------------------------------------- */

static void page_limit(void **state)
{
    struct kit *k = *state;
    kit_close(k);
    k->tuning.vfs = NULL;
    k->tuning.max_pages = 60;
    k->tuning.spill_bytes = 1 << 20;
    char spill[128];
    snprintf(spill, sizeof spill, "%s-spill", k->path);
    unlink(spill);
    kit_open(k);
    for (int i = 0; i < 400; i++)
        assert_int_equal(book(k, i), 0);
    assert_true(check_number(k, "spilled") > 0);
    kit_close(k);
    k->tuning.max_pages = 0;
    kit_open(k);
    assert_books(k, 400);
}

static void small_file_system(void **state)
{
    struct kit *k = *state;
    char small[80];
    snprintf(small, sizeof small, "%.60s/small", k->dir);
    assert_int_equal(mkdir(small, 0700), 0);
    if (mount("tmpfs", small, "tmpfs", 0, "size=768k,mode=0700") != 0) {
        rmdir(small);
        skip();
    }
    struct kit inner = *k;
    struct err why;
    snprintf(inner.path, sizeof inner.path, "%.70s/crs.db", small);
    inner.tuning.vfs = NULL;
    inner.tuning.spill_bytes = 128 << 10;
    kit_open(&inner);
    int kept = 0;
    for (int i = 0; i < 2000 && book(&inner, i) == 0; i++)
        kept++;
    assert_true(kept > 100 && kept < 2000);
    assert_true(store_busy(inner.store, &why));
    int64_t in_db = kit_sql(&inner, "SELECT count(*) FROM attempt");
    assert_true(in_db < kept);
    assert_int_equal(mount(NULL, small, NULL, MS_REMOUNT, "size=8m"), 0);
    await_recovery(&inner);
    assert_books(&inner, kept);
    assert_false(store_busy(inner.store, &why));
    kit_close(&inner);
    assert_int_equal(umount(small), 0);
    assert_int_equal(rmdir(small), 0);
}

static void no_room_for_the_spill_file(void **state)
{
    struct kit *k = *state;
    char small[80];
    struct err err;
    snprintf(small, sizeof small, "%.60s/small", k->dir);
    assert_int_equal(mkdir(small, 0700), 0);
    if (mount("tmpfs", small, "tmpfs", 0, "size=256k,mode=0700") != 0) {
        rmdir(small);
        skip();
    }
    struct kit inner = *k;
    snprintf(inner.path, sizeof inner.path, "%.70s/crs.db", small);
    inner.tuning = (struct store_tuning){0};
    assert_int_equal(kit_try_open(&inner, &err), -1);
    assert_non_null(strstr(err.hint, "disk space"));
    assert_int_equal(umount(small), 0);
    assert_int_equal(rmdir(small), 0);
}

int main(void)
{
    fault_vfs_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(full_disk_loses_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(spilled_rows_wait_for_the_next_start, setup, teardown),
        cmocka_unit_test_setup_teardown(order_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(full_spill_refuses_until_it_is_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_spill_is_probed, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_table_stops_admission, setup, teardown),
        cmocka_unit_test_setup_teardown(any_write_may_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(any_sync_may_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(taken_over_is_not_taken_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(torn_tail_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(other_format_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(no_byte_of_it_is_trusted, setup, teardown),
        cmocka_unit_test_setup_teardown(page_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(small_file_system, setup, teardown),
        cmocka_unit_test_setup_teardown(no_room_for_the_spill_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
