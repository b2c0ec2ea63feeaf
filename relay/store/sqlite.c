/* Opening the SQLite file: who may read it, whether it is whole, how it is written. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "store/sqlite_int.h"

#define KEEP_REQUESTS_MS (90 * MS_DAY)
#define BUSY_MS 2000

static const struct backend_ops sqlite_ops;

int sqlite_fail(sqlite3 *db, struct err *err, const char *doing)
{
    int code = db ? sqlite3_errcode(db) & 0xFF : SQLITE_NOMEM;
    const char *text = db ? sqlite3_errmsg(db) : "out of memory";
    err_set(err, ERR_FAILED, "%s: %s", doing, text);
    switch (code) {
    case SQLITE_FULL:
        return err_hint(err, "free disk space");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return err_hint(err, "restore a backup: crs-relay --restore FILE");
    case SQLITE_BUSY:
        return err_hint(err, "another program holds the database locked");
    case SQLITE_INTERRUPT:
        return err_set(err, ERR_TIMEOUT, "%s: it took too long", doing);
    default:
        return -1;
    }
}

int sqlite_run(sqlite3 *db, const char *sql, struct err *err)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    return sqlite_fail(db, err, "database");
}

int64_t sqlite_int(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t v = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return v;
}

/* --- the file -----------------------------------------------------------------------------------
 */

static int check_directory(const char *path, struct err *err)
{
    struct stat st;
    const char *slash = strrchr(path, '/');
    char *dir = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
    int r = 0;
    if (stat(dir, &st) != 0) {
        r = err_set(
            err, ERR_FAILED, "no directory '%s' for the database: %s", dir, strerror(errno));
    } else if (st.st_mode & (S_IWGRP | S_IWOTH)) {
        err_set(err, ERR_DENIED, "directory '%s' can be written by others", dir);
        r = err_hint(err, "chmod go-w '%s'", dir);
    }
    free(dir);
    return r;
}

/* SQLite takes an empty file for a new one and throws its log away: what was cut to nothing must
 * not pass as new. */
static int check_empty(const char *path, struct err *err)
{
    struct stat st;
    char *wal = xasprintf("%s-wal", path);
    bool left = stat(wal, &st) == 0 && st.st_size > 0;
    free(wal);
    if (!left)
        return 0;
    err_set(err, ERR_FAILED, "database '%s' is empty but its log is not", path);
    return err_hint(err, "restore a backup: crs-relay --restore FILE");
}

static int check_file(const char *path, struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set(err, ERR_FAILED, "cannot open '%s': %s", path, strerror(errno));
    int r = fstat(fd, &st);
    close(fd);
    if (r != 0 || !S_ISREG(st.st_mode))
        return err_set(err, ERR_FAILED, "not a regular file: '%s'", path);
    if (st.st_mode & 077) {
        err_set(err, ERR_DENIED, "database '%s' is open to others (mode %04o)", path,
            (unsigned)st.st_mode & 07777);
        return err_hint(err, "chmod 600 '%s'", path);
    }
    return st.st_size == 0 ? check_empty(path, err) : 0;
}

static int check_whole(sqlite3 *db, struct err *err)
{
    sqlite3_stmt *st = NULL;
    int r = 0;
    if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &st, NULL) != SQLITE_OK ||
        sqlite3_step(st) != SQLITE_ROW) {
        r = sqlite_fail(db, err, "database is damaged");
    } else {
        const char *says = (const char *)sqlite3_column_text(st, 0);
        if (!says || strcmp(says, "ok") != 0) {
            err_set(err, ERR_FAILED, "database is damaged: %s", says ? says : "unreadable");
            r = err_hint(err, "restore a backup: crs-relay --restore FILE");
        }
    }
    sqlite3_finalize(st);
    return r;
}

/* --- connections --------------------------------------------------------------------------------
 */

static sqlite3 *connect_to(const struct sqlite *b, int mode, const char *pragmas, struct err *err)
{
    sqlite3 *db = NULL;
    int flags = mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
    if (sqlite3_open_v2(b->path, &db, flags, b->vfs) != SQLITE_OK) {
        sqlite_fail(db, err, "cannot open the database");
    } else {
        sqlite3_busy_timeout(db, BUSY_MS);
        /* Whoever could write the file could otherwise run code of theirs through its schema. */
        sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        if (sqlite_run(db, pragmas, err) == 0)
            return db;
    }
    sqlite3_close(db);
    return NULL;
}

sqlite3 *sqlite_reader(const struct sqlite *b, struct err *err)
{
    return connect_to(b, SQLITE_OPEN_READONLY,
        "PRAGMA query_only = 1; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2048;", err);
}

static int note_wal(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct sqlite *b = arg;
    (void)db;
    (void)name;
    b->wal_pages = pages;
    return SQLITE_OK;
}

static int open_writer(struct sqlite *b, int64_t max_pages, struct err *err)
{
    b->w = connect_to(b, SQLITE_OPEN_READWRITE,
        "PRAGMA foreign_keys = 0; PRAGMA secure_delete = 1; PRAGMA temp_store = MEMORY;"
        "PRAGMA cache_size = -4096; PRAGMA journal_size_limit = 16777216;",
        err);
    if (!b->w || check_whole(b->w, err) != 0)
        return -1;
    if (sqlite_run(b->w, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", err) != 0)
        return -1;
    /* Replaces the automatic checkpoint: that would run within a commit, while waiters wait. */
    sqlite3_wal_hook(b->w, note_wal, b);
    if (sqlite_migrate(b->w, max_pages, err) != 0)
        return -1;
    return sqlite_prepare_writes(b, err);
}

static int on_progress(void *arg)
{
    struct sqlite *b = arg;
    return atomic_load(&b->stop) || clock_mono() > b->query_deadline;
}

static int open_reader(struct sqlite *b, struct err *err)
{
    b->r = sqlite_reader(b, err);
    if (!b->r)
        return -1;
    sqlite3_progress_handler(b->r, 10000, on_progress, b);
    return sqlite_add_buckets(b, b->r, err);
}

static void sqlite_interrupt(struct backend *base)
{
    struct sqlite *b = (struct sqlite *)base;
    atomic_store(&b->stop, true);
}

static void sqlite_close(struct backend *base)
{
    struct sqlite *b = (struct sqlite *)base;
    for (int i = 0; i < ST_COUNT; i++)
        sqlite3_finalize(b->st[i]);
    sqlite3_close(b->r);
    sqlite3_close(b->w);
    zone_free(b->own_zone);
    free(b->path);
    free(b);
}

struct backend *sqlite_open(
    const struct store_options *o, const struct store_tuning *t, struct err *err)
{
    if (check_directory(o->path, err) != 0 || check_file(o->path, err) != 0)
        return NULL;
    struct sqlite *b = xcalloc(1, sizeof *b);
    b->base.ops = &sqlite_ops;
    b->path = xstrdup(o->path);
    b->vfs = t->vfs;
    b->keep_requests_ms = o->keep_requests_ms > 0 ? o->keep_requests_ms : KEEP_REQUESTS_MS;
    b->zone = o->zone;
    if (!b->zone)
        b->zone = b->own_zone = zone_open("UTC", err);
    if (b->zone && open_writer(b, t->max_pages, err) == 0 && open_reader(b, err) == 0)
        return &b->base;
    sqlite_close(&b->base);
    err_prefix(err, "'%s'", o->path);
    return NULL;
}

static const struct backend_ops sqlite_ops = {
    .close = sqlite_close,
    .write = sqlite_write,
    .has_mark = sqlite_has_mark,
    .rest = sqlite_rest,
    .prune = sqlite_prune,
    .load = sqlite_load,
    .replay = sqlite_replay,
    .query = sqlite_query,
    .backup = sqlite_backup,
    .interrupt = sqlite_interrupt,
};
