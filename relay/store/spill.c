/* The spill file: where writes last while the database takes none.
 *
 * Head: 16 bytes of format, 16 bytes of mark. Then writes: length and kind (4 bytes each), hash
 * (16), bytes. Each hash is keyed with the hash before it, the first with the mark, so that nothing
 * of an earlier filling, and nothing behind a write that failed half-way, ever reads as valid. The
 * file is preallocated: a full disk does not stop it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/buf.h"
#include "common/secret.h"
#include "store/store_int.h"

#define HASH_BYTES SPILL_MARK
#define HEAD_BYTES (16 + SPILL_MARK)
/* Changes whenever the byte form of write.c does. */
static const char format[16] = "crs spill 1";

struct frame {
    uint32_t size, kind;
    unsigned char hash[HASH_BYTES];
};

struct spill {
    int fd;
    size_t size;
    size_t used; /* bytes of valid writes behind the head */
    unsigned char mark[SPILL_MARK];
    unsigned char chain[HASH_BYTES]; /* hash of the last write, or the mark */
};

static int full_read(int fd, void *p, size_t n, size_t at)
{
    unsigned char *to = p;
    while (n > 0) {
        ssize_t got = pread(fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        to += got;
        at += (size_t)got;
        n -= (size_t)got;
    }
    return 0;
}

static int full_write(int fd, const void *p, size_t n, size_t at)
{
    const unsigned char *from = p;
    while (n > 0) {
        ssize_t put = pwrite(fd, from, n, (off_t)at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return -1;
        from += put;
        at += (size_t)put;
        n -= (size_t)put;
    }
    return 0;
}

static void frame_hash(const unsigned char *chain, const struct frame *f, const void *bytes,
    unsigned char out[HASH_BYTES])
{
    crypto_generichash_state st;
    crypto_generichash_init(&st, chain, HASH_BYTES, HASH_BYTES);
    crypto_generichash_update(&st, (const unsigned char *)&f->size, sizeof f->size);
    crypto_generichash_update(&st, (const unsigned char *)&f->kind, sizeof f->kind);
    crypto_generichash_update(&st, bytes, f->size);
    crypto_generichash_final(&st, out, HASH_BYTES);
}

/* The write that begins at *at of n bytes of a filling, or NULL at its end. */
static struct write *next_write(
    const unsigned char *p, size_t n, size_t *at, unsigned char chain[HASH_BYTES])
{
    struct frame f;
    unsigned char hash[HASH_BYTES];
    if (n - *at < sizeof f)
        return NULL;
    memcpy(&f, p + *at, sizeof f);
    if (f.kind < WRITE_PUT || f.kind > WRITE_AUDIT || f.size > n - *at - sizeof f)
        return NULL;
    const unsigned char *bytes = p + *at + sizeof f;
    frame_hash(chain, &f, bytes, hash);
    if (memcmp(hash, f.hash, HASH_BYTES) != 0)
        return NULL;
    memcpy(chain, hash, HASH_BYTES);
    *at += sizeof f + f.size;
    return write_create((enum write_kind)f.kind, bytes, f.size);
}

static int damaged(struct err *err, const char *what)
{
    err_set(err, ERR_FAILED, "%s: %s", what, errno ? strerror(errno) : "end of file");
    return -1;
}

/* Reads the filling as far as it is whole; sets used and chain. The list may be NULL: empty. */
static int scan(struct spill *s, struct write **list, struct err *err)
{
    size_t n = s->size - HEAD_BYTES, at = 0;
    unsigned char *p = xmalloc(n);
    errno = 0;
    if (full_read(s->fd, p, n, HEAD_BYTES) != 0) {
        free(p);
        return damaged(err, "cannot read the spill file");
    }
    memcpy(s->chain, s->mark, SPILL_MARK);
    struct write *w;
    while ((w = next_write(p, n, &at, s->chain))) {
        *list = w;
        list = &w->next;
    }
    s->used = at;
    free(p);
    return 0;
}

static int prepare(struct spill *s, const char *path, struct err *err)
{
    unsigned char head[HEAD_BYTES];
    struct stat st;
    if (flock(s->fd, LOCK_EX | LOCK_NB) != 0) {
        err_set(err, ERR_CONFLICT, "another process uses this store: '%s' is locked", path);
        return err_hint(err, "stop the other crs-relay first");
    }
    if (fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return err_set(err, ERR_FAILED, "not a regular file: '%s'", path);
    int e = posix_fallocate(s->fd, 0, (off_t)s->size);
    if (e != 0) {
        err_set(err, ERR_FAILED, "no room for the spill file '%s': %s", path, strerror(e));
        return err_hint(
            err, "it takes %zu KiB beside the database: free disk space", s->size >> 10);
    }
    if (st.st_size == 0 && (fsync(s->fd) != 0 || store_sync_directory(path, err) != 0))
        return damaged(err, "cannot make the spill file");
    /* A file that another version made bigger is read to its end. */
    if ((size_t)st.st_size > s->size && st.st_size <= (off_t)(4 * SPILL_BYTES))
        s->size = (size_t)st.st_size;
    errno = 0;
    if (full_read(s->fd, head, sizeof head, 0) != 0)
        return damaged(err, "cannot read the spill file");
    memcpy(s->mark, head + sizeof format, SPILL_MARK);
    if (sodium_is_zero(head, sizeof format) || sodium_is_zero(s->mark, SPILL_MARK))
        return 0;
    if (memcmp(head, format, sizeof format) != 0) {
        err_set(err, ERR_FAILED, "spill file of another version: '%s'", path);
        return err_hint(err, "start the version that wrote it once, so that it empties the file");
    }
    struct write *list = NULL;
    int r = scan(s, &list, err);
    write_free_list(list);
    return r;
}

struct spill *spill_open(const char *path, size_t bytes, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        err_set(err, ERR_FAILED, "cannot open '%s': %s", path, strerror(errno));
        return NULL;
    }
    struct spill *s = xcalloc(1, sizeof *s);
    s->fd = fd;
    s->size = bytes;
    if (prepare(s, path, err) != 0) {
        spill_close(s);
        return NULL;
    }
    return s;
}

void spill_close(struct spill *s)
{
    close(s->fd); /* and so unlocked */
    free(s);
}

bool spill_empty(const struct spill *s)
{
    return s->used == 0;
}

size_t spill_used(const struct spill *s)
{
    return s->used;
}

size_t spill_size(const struct spill *s)
{
    return s->size - HEAD_BYTES;
}

const unsigned char *spill_mark(const struct spill *s)
{
    return s->mark;
}

static void add_frame(struct buf *b, const struct write *w, unsigned char chain[HASH_BYTES])
{
    struct frame f = {.size = (uint32_t)w->size, .kind = (uint32_t)w->kind};
    frame_hash(chain, &f, w->bytes, f.hash);
    memcpy(chain, f.hash, HASH_BYTES);
    buf_add(b, &f, sizeof f);
    buf_add(b, w->bytes, w->size);
}

static int write_durably(struct spill *s, const struct buf *b)
{
    unsigned char head[HEAD_BYTES];
    memcpy(head, format, sizeof format);
    memcpy(head + sizeof format, s->mark, SPILL_MARK);
    if (full_write(s->fd, b->data, b->len, HEAD_BYTES + s->used) != 0)
        return -1;
    if (s->used == 0 && full_write(s->fd, head, sizeof head, 0) != 0)
        return -1;
    return fdatasync(s->fd);
}

struct write *spill_add(struct spill *s, struct write *list, struct err *why)
{
    struct buf b = BUF_INIT;
    unsigned char chain[HASH_BYTES];
    if (s->used == 0) {
        secret_random(s->mark, SPILL_MARK);
        memcpy(s->chain, s->mark, SPILL_MARK);
    }
    memcpy(chain, s->chain, HASH_BYTES);
    size_t room = spill_size(s) - s->used;
    struct write *w = list;
    for (; w; w = w->next) {
        if (w->failure)
            continue; /* refused for what it is, not for want of room */
        size_t need = sizeof(struct frame) + w->size;
        if (need > room)
            break;
        add_frame(&b, w, chain);
        room -= need;
    }
    if (w)
        err_set(why, ERR_BUSY, "the spill file is full");
    if (b.len > 0 && write_durably(s, &b) != 0) {
        err_set(why, ERR_FAILED, "cannot write the spill file: %s", strerror(errno));
        w = list;
    } else {
        memcpy(s->chain, chain, HASH_BYTES);
        s->used += b.len;
    }
    buf_release(&b);
    return w;
}

struct write *spill_read(struct spill *s, struct err *err)
{
    struct write *list = NULL;
    size_t before = s->used;
    unsigned char chain[HASH_BYTES];
    memcpy(chain, s->chain, HASH_BYTES);
    int r = scan(s, &list, err);
    if (r == 0 && s->used == before)
        return list;
    if (r == 0)
        err_set(err, ERR_FAILED, "the spill file was changed under the running relay");
    s->used = before;
    memcpy(s->chain, chain, HASH_BYTES);
    write_free_list(list);
    return NULL;
}

/* The old bytes go too: what is pruned from the database should not live on here. All of it may
 * fail: the database remembers the mark. */
void spill_clear(struct spill *s)
{
    static const unsigned char zeros[4096];
    size_t end = HEAD_BYTES + s->used;
    s->used = 0;
    for (size_t at = 0; at < end; at += sizeof zeros) {
        size_t n = end - at < sizeof zeros ? end - at : sizeof zeros;
        if (full_write(s->fd, zeros, n, at) != 0)
            return;
    }
    memset(s->mark, 0, SPILL_MARK);
}
