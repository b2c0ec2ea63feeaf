/* The master key, and what is done with keys derived from it. */
#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/i18n.h"
#include "common/path.h"
#include "common/text.h"

enum { MASTER = crypto_kdf_KEYBYTES, LINE = 2 * MASTER + 1 };
enum { SUBKEY_SEAL = 1, SUBKEY_HASH = 2 };
enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

/* The master key itself is not kept. */
struct vault {
    unsigned char seal[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    unsigned char hash[crypto_generichash_KEYBYTES];
};

/* Checked on the open file, so that nothing can be swapped in between. */
static int check_mode(int fd, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_set(err, ERR_FAILED, "cannot look at '%s': %s", path, _(strerror(errno)));
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_DENIED, "master key '%s' is not a plain file", path);
    if (st.st_uid != geteuid() && st.st_uid != 0) {
        err_set(err, ERR_DENIED, "master key '%s' belongs to another user", path);
        return err_hint(err, "give it to the user that the daemon runs as");
    }
    if (st.st_mode & 077) {
        err_set(err, ERR_DENIED, "master key '%s' is open to other users", path);
        return err_hint(err, "chmod 600 '%s', and think about who may have read it", path);
    }
    return 0;
}

static int read_line(int fd, char line[LINE + 1])
{
    size_t n = 0;
    while (n < LINE + 1) {
        ssize_t got = read(fd, line + n, LINE + 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    if (n == LINE && line[LINE - 1] == '\n')
        n--;
    if (n != LINE - 1)
        return -1;
    line[n] = 0;
    return 0;
}

static struct vault *derive(const unsigned char master[MASTER])
{
    static const char context[crypto_kdf_CONTEXTBYTES + 1] = "crsvault";
    /* Guarded pages, locked where the system lets us, wiped when freed. */
    struct vault *v = xcheck(sodium_malloc(sizeof *v));
    crypto_kdf_derive_from_key(v->seal, sizeof v->seal, SUBKEY_SEAL, context, master);
    crypto_kdf_derive_from_key(v->hash, sizeof v->hash, SUBKEY_HASH, context, master);
    sodium_mprotect_readonly(v);
    return v;
}

struct vault *vault_open(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_DENIED,
            "cannot open the master key '%s': %s", path, _(strerror(errno)));
        return NULL;
    }
    char line[LINE + 1];
    unsigned char master[MASTER];
    struct vault *v = NULL;
    sodium_mlock(line, sizeof line);
    sodium_mlock(master, sizeof master);
    if (check_mode(fd, path, err) == 0) {
        if (read_line(fd, line) < 0 || text_unhex(line, master, MASTER) < 0)
            err_set(err, ERR_FAILED, "master key '%s' is not %d hex digits", path, 2 * MASTER);
        else
            v = derive(master);
    }
    sodium_munlock(line, sizeof line);
    sodium_munlock(master, sizeof master);
    close(fd);
    return v;
}

static int write_new(int fd, const char *path, const char *line, struct err *err)
{
    /* The mode given to open() went through the umask, which may even take our own bits away. */
    if (fchmod(fd, 0600) < 0 || write(fd, line, LINE) != LINE || fsync(fd) < 0)
        return err_set(err, ERR_FAILED, "cannot write '%s': %s", path, _(strerror(errno)));
    return path_sync_dir(path, err);
}

int vault_create(const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, errno == EEXIST ? ERR_CONFLICT : ERR_FAILED,
            "cannot make the master key '%s': %s", path, _(strerror(errno)));
    unsigned char master[MASTER];
    char line[LINE + 1];
    crypto_kdf_keygen(master);
    text_hex(master, MASTER, line);
    line[LINE - 1] = '\n';
    int ret = write_new(fd, path, line, err);
    sodium_memzero(master, sizeof master);
    sodium_memzero(line, sizeof line);
    close(fd);
    if (ret < 0)
        unlink(path);
    return ret;
}

void vault_close(struct vault *v)
{
    sodium_free(v);
}

void vault_seal(
    const struct vault *v, const char *where, const void *plain, size_t n, struct buf *out)
{
    buf_reserve(out, NONCE + n + TAG);
    unsigned char *nonce = (unsigned char *)out->data + out->len, *text = nonce + NONCE;
    unsigned long long len = 0;
    /* 192 random bits do not repeat in practice. */
    randombytes_buf(nonce, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        text, &len, plain, n, (const unsigned char *)where, strlen(where), NULL, nonce, v->seal);
    out->len += NONCE + (size_t)len;
    out->data[out->len] = 0;
}

int vault_unseal(const struct vault *v, const char *where, const void *sealed, size_t n,
    struct buf *out, struct err *err)
{
    const unsigned char *nonce = sealed;
    unsigned long long len = 0;
    int ret = -1;
    if (n >= NONCE + TAG) {
        buf_reserve(out, n - NONCE);
        ret = crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)out->data + out->len,
            &len, NULL, nonce + NONCE, n - NONCE, (const unsigned char *)where, strlen(where),
            nonce, v->seal);
        out->len += ret == 0 ? (size_t)len : 0;
        out->data[out->len] = 0;
    }
    if (ret == 0)
        return 0;
    err_set(err, ERR_FAILED, "sealed value of '%s' does not open", where);
    return err_hint(err, "it was altered, or sealed with another master key");
}

void vault_key_hash(
    const struct vault *v, const char *relay_key, size_t n, unsigned char out[KEY_HASH_BYTES])
{
    crypto_generichash(
        out, KEY_HASH_BYTES, (const unsigned char *)relay_key, n, v->hash, sizeof v->hash);
}
