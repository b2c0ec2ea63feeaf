/* Settings files on disk: read, kept beside, replaced at once. */
#include "tui/crs/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/path.h"
#include "common/secret.h"

#define BACKUPS_MAX 100 /* of one second */

void setup_file_release(struct setup_file *f)
{
    for (size_t i = 0; i < f->n_changes; i++) {
        free(f->change[i].path);
        secret_free(f->change[i].from);
        secret_free(f->change[i].to);
    }
    free(f->change);
    free(f->path);
    free(f->real);
    free(f->backup);
    buf_wipe(&f->was);
    buf_wipe(&f->text);
}

bool setup_changed(const struct setup_file *f)
{
    return f->n_changes > 0;
}

static int fail(struct err *err, const char *path)
{
    enum err_code code = errno == EACCES || errno == EPERM ? ERR_DENIED : ERR_FAILED;
    return err_set(err, code, _("'%s': %s"), path, _(strerror(errno)));
}

int setup_read(struct setup_file *f, struct err *err)
{
    struct stat st;
    f->new = lstat(f->path, &st) != 0;
    if (f->new)
        return errno == ENOENT ? 0 : fail(err, f->path);
    f->real = realpath(f->path, NULL);
    if (!f->real || stat(f->real, &st) != 0)
        return fail(err, f->path);
    /* What is no file could block, or be a device. */
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_USAGE, _("'%s' is no file"), f->path);
    f->mode = st.st_mode & 0777;
    f->uid = st.st_uid;
    f->gid = st.st_gid;
    if (path_read(f->real, EDIT_MAX, &f->was, err) < 0)
        return -1;
    buf_add(&f->text, f->was.data, f->was.len);
    return 0;
}

/* path.bak-20261123T013000Z, or with -2, -3 behind it. */
static int backup_open(struct setup_file *f)
{
    struct zone *utc = zone_open("UTC", NULL);
    struct civil t = civil_at(utc, clock_now());
    char *name = xasprintf("%s.bak-%04d%02d%02dT%02d%02d%02dZ", f->real, t.year, t.month, t.day,
        t.hour, t.minute, t.second);
    int fd = -1;
    zone_free(utc);
    for (int i = 1; i <= BACKUPS_MAX && fd < 0; i++) {
        free(f->backup);
        f->backup = i == 1 ? xstrdup(name) : xasprintf("%s-%d", name, i);
        fd = open(f->backup, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    free(name);
    return fd;
}

static int bytes_write(int fd, const struct buf *b)
{
    for (size_t at = 0; at < b->len;) {
        ssize_t n = write(fd, b->data + at, b->len - at);
        if (n < 0 && errno != EINTR)
            return -1;
        at += n > 0 ? (size_t)n : 0;
    }
    return fsync(fd);
}

/* As root in somebody's home the file stays theirs. */
static int own(int fd, const struct setup_file *f)
{
    return geteuid() != 0 || fchown(fd, f->uid, f->gid) == 0 ? 0 : -1;
}

static int backup_write(struct setup_file *f, struct err *err)
{
    int fd = backup_open(f);
    if (fd < 0)
        return fail(err, f->backup);
    int r = bytes_write(fd, &f->was) == 0 && own(fd, f) == 0 && fchmod(fd, (mode_t)f->mode) == 0
                ? 0
                : fail(err, f->backup);
    if (r < 0)
        unlink(f->backup);
    close(fd);
    return r;
}

static int replace(struct setup_file *f, struct err *err)
{
    char *beside = xasprintf("%s.XXXXXX", f->real);
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) {
        fail(err, beside);
        free(beside);
        return -1;
    }
    int r = bytes_write(fd, &f->text) == 0 && own(fd, f) == 0 && fchmod(fd, (mode_t)f->mode) == 0 &&
                    rename(beside, f->real) == 0
                ? path_sync_dir(f->real, err)
                : fail(err, f->real);
    if (r < 0)
        unlink(beside);
    close(fd);
    free(beside);
    return r;
}

/* Its directory may be missing as well; the file belongs to whom the directory does. */
static int create(struct setup_file *f, struct err *err)
{
    char *dir = xstrdup(f->path), *slash = strrchr(dir, '/');
    struct stat st;
    if (slash)
        *slash = 0;
    int r = slash && slash != dir ? path_mkdirs(dir, 0700, err) : 0;
    if (r == 0 && stat(slash == dir || !slash ? "/" : dir, &st) != 0)
        r = fail(err, dir);
    free(dir);
    if (r < 0)
        return -1;
    f->real = xstrdup(f->path);
    f->mode = 0600;
    f->uid = st.st_uid;
    f->gid = st.st_gid;
    return replace(f, err);
}

int setup_write(struct setup_file *f, struct err *err)
{
    if (!setup_changed(f))
        return 0;
    if (!f->real)
        return create(f, err);
    return backup_write(f, err) < 0 ? -1 : replace(f, err);
}
