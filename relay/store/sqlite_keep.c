/* Keeping house: the log is folded back, old rows go, copies are made. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "common/clock.h"
#include "store/sqlite_int.h"

#define CHECKPOINT_PAGES 1000
#define PRUNE_SLICE 500
/* The ledger and the audit log, long enough for a comparison with the year before. Tallies stay. */
#define KEEP_LEDGER_MS (400 * MS_DAY)
#define BACKUP_PAGES 256

/* Passive: what a long report still reads is left in the log, for when that has grown further. */
void sqlite_rest(struct backend *base)
{
    struct sqlite *b = (struct sqlite *)base;
    if (b->wal_pages < b->checkpoint_at)
        return;
    int pages = 0, folded = 0;
    sqlite3_wal_checkpoint_v2(b->w, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &folded);
    b->checkpoint_at = (folded == pages ? 0 : b->wal_pages) + CHECKPOINT_PAGES;
    b->wal_pages = 0;
}

static int prune_one(struct sqlite *b, enum statement st, int64_t before)
{
    sqlite3_bind_int64(b->st[st], 1, before);
    sqlite3_bind_int(b->st[st], 2, PRUNE_SLICE);
    int r = sqlite3_step(b->st[st]);
    sqlite3_reset(b->st[st]);
    return r == SQLITE_DONE ? sqlite3_changes(b->w) : 0;
}

/* Attempts go by whole slots, so that what is left of them still adds up to the tallies. */
bool sqlite_prune(struct backend *base, int64_t now)
{
    struct sqlite *b = (struct sqlite *)base;
    int64_t keep = b->keep_requests_ms > KEEP_LEDGER_MS ? b->keep_requests_ms : KEEP_LEDGER_MS;
    int64_t ledger = (now - keep) / SLOT_MS * SLOT_MS;
    return prune_one(b, ST_PRUNE_REQUEST, now - b->keep_requests_ms) == PRUNE_SLICE ||
           prune_one(b, ST_PRUNE_ATTEMPT, ledger) == PRUNE_SLICE ||
           prune_one(b, ST_PRUNE_AUDIT, now - keep) == PRUNE_SLICE;
}

/* --- backup
 * --------------------------------------------------------------------------------------- */

static int copy_pages(struct sqlite *b, sqlite3 *from, sqlite3 *to, struct err *err)
{
    /* One snapshot for the whole copy: without it, every commit would make it begin again. */
    if (sqlite_run(from, "BEGIN; SELECT 1 FROM record LIMIT 1", err) != 0)
        return -1;
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");
    if (!copy)
        return sqlite_fail(to, err, "cannot begin the backup");
    int r;
    do
        r = sqlite3_backup_step(copy, BACKUP_PAGES);
    while (r == SQLITE_OK && !atomic_load(&b->stop));
    sqlite3_backup_finish(copy);
    if (r == SQLITE_DONE)
        return 0;
    if (r == SQLITE_OK)
        return err_set(err, ERR_FAILED, "the store is closing");
    return sqlite_fail(to, err, "cannot write the backup");
}

static int sync_copy(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int r = fd >= 0 ? fsync(fd) : -1;
    if (r != 0)
        err_set(err, ERR_FAILED, "cannot sync '%s': %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return r == 0 ? store_sync_directory(path, err) : -1;
}

static int copy_to(struct sqlite *b, const char *path, struct err *err)
{
    sqlite3 *to = NULL;
    int r = -1;
    sqlite3 *from = sqlite_reader(b, err);
    if (!from)
        return -1;
    /* No journal: the copy is thrown away when it does not come to its end. */
    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        sqlite_fail(to, err, "cannot open the backup");
    else if (sqlite_run(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", err) == 0)
        r = copy_pages(b, from, to, err);
    sqlite3_close(to);
    sqlite3_close(from);
    return r == 0 ? sync_copy(path, err) : r;
}

int sqlite_backup(struct backend *base, const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_CONFLICT, "file exists: '%s'", path);
    if (fd < 0)
        return err_set(err, ERR_FAILED, "cannot make '%s': %s", path, strerror(errno));
    close(fd);
    int r = copy_to((struct sqlite *)base, path, err);
    if (r != 0)
        unlink(path);
    return r;
}
