/* Putting a backup back: what is taken, what is refused, and that nothing is lost on the way. */
#include "store_kit.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void in_dir(const struct kit *k, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", k->dir, name);
}

static bool there(const char *pattern)
{
    glob_t g;
    bool found = glob(pattern, 0, NULL, &g) == 0;
    globfree(&g);
    return found;
}

static void refused(struct kit *k, const char *file, enum err_code code, const char *says)
{
    struct err err = {0};
    char staged[128];
    assert_null(store_stage(k->path, file, k->vault, false, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.text, says))
        fail_msg("'%s' does not say '%s'", err.text, says);
    snprintf(staged, sizeof staged, "%s-restore*", k->path);
    assert_false(there(staged));
}

static int64_t keys(const struct kit *k)
{
    return kit_sql(k, "SELECT count(*) FROM record WHERE kind = 'key'");
}

static void a_backup_comes_back_and_the_old_one_is_kept(void **state)
{
    struct kit *k = *state;
    struct err err;
    char file[128], pattern[128], query[256];
    in_dir(k, "it's 100% #1?.db", file, sizeof file);
    assert_int_equal(kit_put(k, "key", "key_a", "{}", "sealed", &err), 0);
    assert_int_equal(kit_backup(k, file, &err), 0);
    assert_int_equal(kit_put(k, "key", "key_b", "{}", NULL, &err), 0);
    /* Only looked at: the next open changes nothing. */
    cJSON *r = store_stage(k->path, file, k->vault, true, &err);
    assert_non_null(r);
    assert_int_equal(json_int(r, "keys", -1), 1);
    cJSON_Delete(r);
    kit_close(k);
    kit_open(k);
    assert_int_equal(keys(k), 2);
    /* While the store is open the copy waits. */
    char quoted[128];
    in_dir(k, "plain.db", quoted, sizeof quoted);
    assert_int_equal(rename(file, quoted), 0);
    snprintf(query, sizeof query, "{'file':'%s'}", quoted);
    r = kit_query(k, "restore", query, &err);
    assert_non_null(r);
    cJSON_Delete(r);
    assert_int_equal(keys(k), 2);
    kit_close(k);
    kit_open(k);
    assert_int_equal(keys(k), 1);
    snprintf(pattern, sizeof pattern, "%s-before-*Z", k->path);
    assert_true(there(pattern));
    snprintf(pattern, sizeof pattern, "%s-restore*", k->path);
    assert_false(there(pattern));
    /* What it had is whole, and is written to again. */
    assert_int_equal(kit_put(k, "key", "key_c", "{}", "sealed", &err), 0);
    kit_close(k);
    kit_open(k);
    assert_int_equal(keys(k), 2);
}

static void a_damaged_database_can_be_replaced(void **state)
{
    struct kit *k = *state;
    struct err err;
    char file[128];
    in_dir(k, "good.db", file, sizeof file);
    assert_int_equal(kit_put(k, "key", "key_a", "{}", NULL, &err), 0);
    assert_int_equal(kit_backup(k, file, &err), 0);
    kit_close(k);
    FILE *f = fopen(k->path, "r+");
    assert_non_null(f);
    fputs("no database at all", f);
    fclose(f);
    assert_int_equal(kit_try_open(k, &err), -1);
    assert_non_null(strstr(err.hint, "crs-relay --restore"));
    cJSON *r = store_stage(k->path, file, k->vault, false, &err);
    assert_non_null(r);
    cJSON_Delete(r);
    kit_open(k);
    assert_int_equal(keys(k), 1);
}

static void what_is_no_backup_is_refused(void **state)
{
    struct kit *k = *state;
    struct err err;
    char file[96], foreign[96], copy[400];
    in_dir(k, "b.db", file, sizeof file);
    in_dir(k, "f.db", foreign, sizeof foreign);
    assert_int_equal(kit_put(k, "key", "key_a", "{}", "sealed", &err), 0);
    assert_int_equal(kit_backup(k, file, &err), 0);
    refused(k, "/nonexistent/b.db", ERR_NOT_FOUND, "cannot open");
    refused(k, k->dir, ERR_USAGE, "not a regular file");
    refused(k, k->path, ERR_USAGE, "the database itself");
    FILE *f = fopen(foreign, "w");
    fputs("hello", f);
    fclose(f);
    refused(k, foreign, ERR_CONFLICT, "is no backup");
    f = fopen(foreign, "w");
    fclose(f);
    refused(k, foreign, ERR_CONFLICT, "is no backup");
    struct kit other = *k;
    snprintf(other.path, sizeof other.path, "%s", foreign);
    kit_sql_run(&other, "CREATE TABLE t (a)");
    refused(k, foreign, ERR_CONFLICT, "is no backup");
    /* Newer, then cut short in the middle of a page. */
    snprintf(other.path, sizeof other.path, "%s", file);
    kit_sql_run(&other, "PRAGMA user_version = 99");
    refused(k, file, ERR_CONFLICT, "is of version 99");
    kit_sql_run(&other, "PRAGMA user_version = 1");
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(truncate(file, st.st_size / 2 + 100), 0);
    refused(k, file, ERR_CONFLICT, "damaged");
    snprintf(copy, sizeof copy, "%s-before-*", k->path);
    assert_false(there(copy));
}

static void another_master_key_is_refused(void **state)
{
    struct kit *k = *state;
    struct err err = {0};
    char file[128], key[128];
    in_dir(k, "b.db", file, sizeof file);
    in_dir(k, "other.key", key, sizeof key);
    assert_int_equal(kit_put(k, "key", "key_a", "{}", "sealed", &err), 0);
    assert_int_equal(kit_backup(k, file, &err), 0);
    assert_int_equal(vault_create(key, &err), 0);
    struct vault *other = vault_open(key, &err);
    assert_null(store_stage(k->path, file, other, false, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_non_null(strstr(err.text, "another master key"));
    vault_close(other);
}

static void nothing_is_swapped_under_another_process(void **state)
{
    struct kit *k = *state;
    struct err err;
    char file[128], *kept = NULL;
    in_dir(k, "b.db", file, sizeof file);
    assert_int_equal(kit_backup(k, file, &err), 0);
    cJSON_Delete(store_stage(k->path, file, k->vault, false, &err));
    assert_int_equal(store_take_staged(k->path, &kept, &err), -1); /* it is open here */
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_null(kept);
    assert_int_equal(kit_put(k, "key", "key_a", "{}", NULL, &err), 0);
    assert_int_equal(keys(k), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
    const struct CMUnitTest tests[] = {
        T(a_backup_comes_back_and_the_old_one_is_kept),
        T(a_damaged_database_can_be_replaced),
        T(what_is_no_backup_is_refused),
        T(another_master_key_is_refused),
        T(nothing_is_swapped_under_another_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
