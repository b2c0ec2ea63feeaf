/* Whole files and directories: read, replaced, made. */
#include "common/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/i18n.h"

static int fail(struct err *err, const char *verb, const char *path)
{
    int e = errno;
    if (e == ENOENT)
        return err_set(err, ERR_NOT_FOUND, "no such file '%s'", path);
    enum err_code code = e == EACCES || e == EPERM ? ERR_DENIED : ERR_FAILED;
    return err_set(err, code, "cannot %s '%s': %s", _(verb), path, _(strerror(e)));
}

static int make_dir(const char *dir, int mode, struct err *err)
{
    struct stat st;
    if (mkdir(dir, (mode_t)mode) == 0)
        return 0;
    if (errno == EEXIST && stat(dir, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return 0;
        errno = ENOTDIR;
    }
    return fail(err, N_("make the directory"), dir);
}

int path_mkdirs(const char *dir, int mode, struct err *err)
{
    char *path = xstrdup(dir);
    int ret = 0;
    for (char *p = path + (*path == '/'); ret == 0 && (p = strchr(p, '/')); *p++ = '/') {
        *p = 0;
        ret = *path ? make_dir(path, mode, err) : 0;
    }
    if (ret == 0)
        ret = make_dir(path, mode, err);
    free(path);
    return ret;
}

static int read_fd(int fd, const char *path, size_t max, struct buf *out, struct err *err)
{
    size_t had = out->len;
    for (;;) {
        buf_reserve(out, 65536);
        ssize_t n = read(fd, out->data + out->len, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(err, N_("read"), path);
        if (n == 0)
            return 0;
        out->len += (size_t)n;
        out->data[out->len] = 0;
        if (out->len - had > max)
            return err_set(err, ERR_USAGE, "'%s' is over %zu bytes", path, max);
    }
}

int path_read(const char *path, size_t max, struct buf *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(err, N_("open"), path);
    int ret = read_fd(fd, path, max, out, err);
    close(fd);
    return ret;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

int path_sync_dir(const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    char *dir = !slash ? xstrdup(".") : xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int ret = fd >= 0 && fsync(fd) == 0 ? 0 : fail(err, N_("write the directory"), dir);
    if (fd >= 0)
        close(fd);
    free(dir);
    return ret;
}

static int write_file(int fd, const void *bytes, size_t n, int mode)
{
    return fchmod(fd, (mode_t)mode) < 0 || write_all(fd, bytes, n) < 0 || fsync(fd) < 0 ? -1 : 0;
}

static int write_through(const char *path, const void *bytes, size_t n, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    int ret = fd >= 0 ? write_all(fd, bytes, n) : -1;
    if (ret < 0)
        fail(err, N_("write"), path);
    if (fd >= 0)
        close(fd);
    return ret;
}

void path_open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return;
}

int path_write(const char *path, const void *bytes, size_t n, int mode, struct err *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return write_through(path, bytes, n, err);
    char *beside = xasprintf("%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC);
    int ret = fd < 0 || write_file(fd, bytes, n, mode) < 0 || rename(beside, path) < 0
                  ? fail(err, N_("write"), path)
                  : path_sync_dir(path, err);
    if (fd >= 0) {
        if (ret < 0)
            unlink(beside);
        close(fd);
    }
    free(beside);
    return ret;
}
