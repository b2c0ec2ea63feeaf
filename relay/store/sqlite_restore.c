/* Putting a backup back, in two steps. First a copy is checked and laid beside the database, which
 * works with a relay that runs and with one that cannot start. Then the next open takes it in: only
 * then does nobody hold what is replaced. What was there is kept. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/text.h"
#include "store/sqlite_int.h"

#define COPY_BYTES ((size_t)1 << 20)
#define SECRETS_TRIED 20

/* --- what may come in ----------------------------------------------------------------------------
 */

/* As it lies there: SQLite makes no log beside it, and writes nothing. */
static sqlite3 *open_still(const char *path, struct err *err)
{
    sqlite3 *db = NULL;
    char *coded = text_urlencode(path), *uri = xasprintf("file:%s?immutable=1", coded);
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(uri, &db, flags, NULL) != SQLITE_OK) {
        err_set(err, ERR_FAILED, "cannot open '%s': %s", path, sqlite3_errmsg(db));
        sqlite3_close(db);
        db = NULL;
    } else {
        sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    }
    free(uri);
    free(coded);
    return db;
}

static int damaged(const char *path, struct err *err)
{
    err_set(err, ERR_CONFLICT, "'%s' is damaged", path);
    return err_hint(err, "take another backup");
}

static int check_kind(sqlite3 *db, const char *path, struct err *err)
{
    int64_t version = sqlite_int(db, "PRAGMA user_version");
    if (version < 0 && (sqlite3_errcode(db) & 0xFF) == SQLITE_CORRUPT)
        return damaged(path, err);
    if (sqlite_int(db, "PRAGMA application_id") != APPLICATION_ID || version < 1)
        return err_set(err, ERR_CONFLICT, "'%s' is no backup of crs-relay", path);
    if (version > sqlite_version) {
        err_set(err, ERR_CONFLICT, "'%s' is of version %d, this program knows %d", path,
            (int)version, sqlite_version);
        return err_hint(err, "install the newer crs-relay first");
    }
    return 0;
}

static int check_pages(sqlite3 *db, const char *path, struct err *err)
{
    sqlite3_stmt *st = NULL;
    bool whole = false;
    if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW) {
        const char *says = (const char *)sqlite3_column_text(st, 0);
        whole = says && strcmp(says, "ok") == 0;
    }
    sqlite3_finalize(st);
    return whole ? 0 : damaged(path, err);
}

/* With another master key every account would be there and none could sign in. */
static int check_secrets(sqlite3 *db, const struct vault *v, const char *path, struct err *err)
{
    sqlite3_stmt *st = NULL;
    int r = sqlite3_prepare_v2(db,
        "SELECT kind || '/' || id, secret FROM record WHERE secret IS NOT NULL LIMIT ?", -1, &st,
        NULL);
    bool opens = true;
    if (r == SQLITE_OK)
        r = sqlite3_bind_int(st, 1, SECRETS_TRIED);
    while (r == SQLITE_OK && opens && sqlite3_step(st) == SQLITE_ROW) {
        struct buf plain = BUF_INIT;
        const char *where = (const char *)sqlite3_column_text(st, 0);
        const void *sealed = sqlite3_column_blob(st, 1);
        opens =
            sealed && where &&
            vault_unseal(v, where, sealed, (size_t)sqlite3_column_bytes(st, 1), &plain, NULL) == 0;
        buf_wipe(&plain);
    }
    sqlite3_finalize(st);
    if (r != SQLITE_OK)
        return damaged(path, err);
    if (opens)
        return 0;
    err_set(err, ERR_CONFLICT, "the secrets in '%s' were sealed with another master key", path);
    return err_hint(err, "put the master key back that belongs to it");
}

static cJSON *describe(sqlite3 *db, const char *path)
{
    struct stat st = {0};
    cJSON *r = xcheck(cJSON_CreateObject());
    int64_t last = sqlite_int(db, "SELECT coalesce(max(ended), 0) FROM attempt");
    stat(path, &st);
    json_put_int(r, "bytes", st.st_size);
    json_put_int(r, "keys", sqlite_int(db, "SELECT count(*) FROM record WHERE kind = 'key'"));
    json_put_int(
        r, "accounts", sqlite_int(db, "SELECT count(*) FROM record WHERE kind = 'account'"));
    json_put_time(r, "until", last > 0 ? last : 0);
    return r;
}

static cJSON *check_backup(const char *path, const struct vault *v, struct err *err)
{
    struct stat st;
    char *log = xasprintf("%s-wal", path);
    bool in_use = stat(log, &st) == 0 && st.st_size > 0;
    free(log);
    if (in_use) {
        err_set(err, ERR_CONFLICT, "'%s' is in use, or was not closed", path);
        err_hint(err, "make a backup of it: crs backup create FILE");
        return NULL;
    }
    sqlite3 *db = open_still(path, err);
    if (!db)
        return NULL;
    bool good = check_kind(db, path, err) == 0 && check_pages(db, path, err) == 0 &&
                check_secrets(db, v, path, err) == 0;
    cJSON *r = good ? describe(db, path) : NULL;
    sqlite3_close(db);
    return r;
}

/* --- the copy ------------------------------------------------------------------------------------
 */

static int copy_bytes(int from, int to)
{
    char *block = xmalloc(COPY_BYTES);
    ssize_t got;
    bool good = true;
    while (good && (got = read(from, block, COPY_BYTES)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        for (ssize_t at = 0, put; good && at<got; at += put> 0 ? put : 0) {
            put = write(to, block + at, (size_t)(got - at));
            good = put >= 0 || errno == EINTR;
        }
        good = good && got > 0;
    }
    free(block);
    return good && fsync(to) == 0 ? 0 : -1;
}

static int copy_file(const char *file, const char *part, struct err *err)
{
    int from = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), to = -1, r = -1;
    struct stat st;
    if (from < 0 || fstat(from, &st) != 0) {
        err_set(err, from < 0 && errno == ENOENT ? ERR_NOT_FOUND : ERR_FAILED,
            "cannot open '%s': %s", file, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        err_set(err, ERR_USAGE, "not a regular file: '%s'", file);
    } else {
        unlink(part);
        to = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        r = to >= 0 ? copy_bytes(from, to) : -1;
        if (r != 0)
            err_set(err, ERR_FAILED, "cannot write '%s': %s", part, strerror(errno));
    }
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return r;
}

cJSON *store_stage(
    const char *path, const char *file, const struct vault *v, bool only_check, struct err *err)
{
    char *part = xasprintf("%s-restore.part", path), *staged = xasprintf("%s-restore", path);
    struct err why;
    cJSON *r = NULL;
    err_clear(&why);
    if (strcmp(file, path) == 0) {
        err_set(&why, ERR_USAGE, "'%s' is the database itself", file);
    } else if (copy_file(file, part, &why) == 0 && (r = check_backup(file, v, &why))) {
        /* The copy is what will be taken in: it has to pass as well. */
        cJSON_Delete(r);
        r = check_backup(part, v, &why);
        if (r && !only_check &&
            (rename(part, staged) != 0 || store_sync_directory(staged, &why) != 0)) {
            if (!why.code)
                err_set(&why, ERR_FAILED, "cannot write '%s': %s", staged, strerror(errno));
            cJSON_Delete(r);
            r = NULL;
        }
    }
    unlink(part);
    if (r)
        json_put_str(r, "file", file);
    else if (err)
        *err = why;
    free(part);
    free(staged);
    return r;
}

/* --- taking it in --------------------------------------------------------------------------------
 */

static int move_beside(const char *path, const char *kept, const char *suffix)
{
    char *from = xasprintf("%s%s", path, suffix), *to = xasprintf("%s%s", kept, suffix);
    int r = rename(from, to) == 0 || errno == ENOENT ? 0 : -1;
    free(from);
    free(to);
    return r;
}

/* The old log goes first: SQLite must never find it beside the new file. A crash in between leaves
 * the staged copy, and the next start begins again. */
static int swap(const char *path, const char *staged, const char *kept, struct err *err)
{
    static const char *const beside[] = {"-wal", "-shm", "-spill"};
    int r = link(path, kept) == 0 || errno == ENOENT ? 0 : -1;
    for (size_t i = 0; r == 0 && i < sizeof beside / sizeof beside[0]; i++)
        r = move_beside(path, kept, beside[i]);
    if (r == 0)
        r = rename(staged, path);
    if (r != 0)
        return err_set(
            err, ERR_FAILED, "cannot take in the restored database: %s", strerror(errno));
    return store_sync_directory(path, err);
}

int store_take_staged(const char *path, char **kept, struct err *err)
{
    char *staged = xasprintf("%s-restore", path), *lock = xasprintf("%s-spill", path);
    struct stat st;
    char at[32];
    time_t now = (time_t)(clock_now() / 1000);
    struct tm tm;
    int r = 0;
    *kept = NULL;
    if (lstat(staged, &st) == 0) {
        /* Whoever has the database open holds this lock. */
        int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        strftime(at, sizeof at, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
        *kept = xasprintf("%s-before-%s", path, at);
        if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
            r = err_set(err, ERR_CONFLICT, "another process uses this store: '%s' is locked", lock);
        else
            r = swap(path, staged, *kept, err);
        if (fd >= 0)
            close(fd);
    }
    if (r != 0) {
        free(*kept);
        *kept = NULL;
    }
    free(staged);
    free(lock);
    return r;
}
