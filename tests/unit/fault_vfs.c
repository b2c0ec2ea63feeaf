/* See fault_vfs.h. Only what changes a file counts: writes, truncations and syncs. */
#include "fault_vfs.h"
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* right behind */
};

static struct {
    pthread_mutex_t lock;
    int before, left, code, hits;
} fault = {.lock = PTHREAD_MUTEX_INITIALIZER};

void fault_arm(int n, int times, int code)
{
    pthread_mutex_lock(&fault.lock);
    fault.before = n - 1;
    fault.left = times;
    fault.code = code;
    fault.hits = 0;
    pthread_mutex_unlock(&fault.lock);
}

int fault_heal(void)
{
    pthread_mutex_lock(&fault.lock);
    fault.left = 0;
    int hits = fault.hits;
    pthread_mutex_unlock(&fault.lock);
    return hits;
}

static int due(void)
{
    int code = SQLITE_OK;
    pthread_mutex_lock(&fault.lock);
    if (fault.before > 0) {
        fault.before--;
    } else if (fault.left > 0) {
        fault.left--;
        fault.hits++;
        code = fault.code;
    }
    pthread_mutex_unlock(&fault.lock);
    return code;
}

static sqlite3_file *real_of(sqlite3_file *f)
{
    return ((struct fault_file *)f)->real;
}

static int f_close(sqlite3_file *f)
{
    return real_of(f)->pMethods->xClose(real_of(f));
}

static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    int code = due();
    if (code == SQLITE_OK)
        return real_of(f)->pMethods->xWrite(real_of(f), p, n, at);
    /* Half of it reaches the disk, as with a real one. */
    real_of(f)->pMethods->xWrite(real_of(f), p, n / 2, at);
    return code;
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    int code = due();
    return code == SQLITE_OK ? real_of(f)->pMethods->xTruncate(real_of(f), n) : code;
}

static int f_sync(sqlite3_file *f, int flags)
{
    int code = due();
    return code == SQLITE_OK ? real_of(f)->pMethods->xSync(real_of(f), flags) : code;
}

static int f_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), n);
}

static int f_lock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int f_unlock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int f_reserved(sqlite3_file *f, int *out)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int f_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int f_device(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
    return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, p);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int f_shm_unmap(sqlite3_file *f, int remove)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

static const sqlite3_io_methods methods = {2, f_close, f_read, f_write, f_truncate, f_sync, f_size,
    f_lock, f_unlock, f_reserved, f_control, f_sector, f_device, f_shm_map, f_shm_lock,
    f_shm_barrier, f_shm_unmap, NULL, NULL};

static sqlite3_vfs *real_vfs(sqlite3_vfs *v)
{
    return v->pAppData;
}

static int v_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
    struct fault_file *ff = (struct fault_file *)f;
    ff->real = (sqlite3_file *)(ff + 1);
    int r = real_vfs(v)->xOpen(real_vfs(v), name, ff->real, flags, out);
    ff->base.pMethods = r == SQLITE_OK ? &methods : NULL;
    return r;
}

static int v_delete(sqlite3_vfs *v, const char *name, int sync)
{
    return real_vfs(v)->xDelete(real_vfs(v), name, sync);
}

static int v_access(sqlite3_vfs *v, const char *name, int flags, int *out)
{
    return real_vfs(v)->xAccess(real_vfs(v), name, flags, out);
}

static int v_full_path(sqlite3_vfs *v, const char *name, int n, char *out)
{
    return real_vfs(v)->xFullPathname(real_vfs(v), name, n, out);
}

void fault_vfs_register(void)
{
    static sqlite3_vfs vfs;
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    vfs = *real;
    vfs.zName = FAULT_VFS;
    vfs.pAppData = real;
    vfs.pNext = NULL;
    vfs.szOsFile = (int)sizeof(struct fault_file) + real->szOsFile;
    vfs.xOpen = v_open;
    vfs.xDelete = v_delete;
    vfs.xAccess = v_access;
    vfs.xFullPathname = v_full_path;
    sqlite3_vfs_register(&vfs, 0);
}
