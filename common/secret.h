/* Secrets: the master key, sealing at rest, hashes of relay keys, and memory that is wiped.
 * libsodium: XChaCha20-Poly1305 (sealing), BLAKE2b keyed (relay keys), Argon2id (admin token). */
#ifndef CRS_COMMON_SECRET_H
#define CRS_COMMON_SECRET_H

#include <stddef.h>
#include "common/buf.h"
#include "common/err.h"

#define KEY_HASH_BYTES 32
#define RELAY_KEY_PREFIX "cr_"
#define RELAY_KEY_CHARS 67 /* prefix and 64 lower-case hex digits */

/* Once per process before anything else here; ends the process when libsodium fails. */
void secret_start(void);

/* The master key: 32 bytes in a file of mode 0600 (hex and a newline). Lives in locked memory. */
struct vault;
struct vault *vault_open(const char *path, struct err *err);
/* Writes a new random key file, O_EXCL, mode 0600, fsynced with its directory. */
int vault_create(const char *path, struct err *err);
void vault_close(struct vault *v);

/* Adds nonce and ciphertext of `plain` to out. `where` (for example "account/ac_4k2") is the
 * associated data: a sealed value copied to another row does not open. */
void vault_seal(const struct vault *v, const char *where, const void *plain, size_t n,
    struct buf *out);
/* Adds the plain bytes to out; wipe it after use. -1 when the bytes were altered or moved. */
int vault_unseal(const struct vault *v, const char *where, const void *sealed, size_t n,
    struct buf *out, struct err *err);
/* Keyed hash by which a relay key is found. The hash key is derived from the master key. */
void vault_key_hash(const struct vault *v, const char *relay_key, size_t n,
    unsigned char out[KEY_HASH_BYTES]);
/* The hash of keys taken over from claude-relay-service: SHA-256 over the key and its
 * ENCRYPTION_KEY (spec of the predecessor 2.1); pepper is that value. */
void secret_legacy_hash(const char *relay_key, size_t n, const char *pepper,
    unsigned char out[KEY_HASH_BYTES]);

/* A new relay key into out[RELAY_KEY_CHARS + 1]. */
void secret_relay_key(char *out);
/* n characters of Crockford base32 (lower case), random: for ids. out has n + 1 bytes. */
void secret_id(char *out, size_t n);
void secret_random(void *out, size_t n);
/* Frees a string after zeroing it; NULL is fine. */
void secret_free(char *s);

/* Argon2id of an admin token, in libsodium's own text form; and the check of one. */
char *secret_token_hash(const char *token);
int secret_token_check(const char *hash, const char *token);

#endif
