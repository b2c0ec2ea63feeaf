/* Secrets made, hashed and forgotten. */
#include "common/secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/text.h"

void secret_start(void)
{
    /* Without random numbers nothing here can be trusted. */
    if (sodium_init() < 0)
        abort();
}

void secret_legacy_hash(
    const char *relay_key, size_t n, const char *pepper, unsigned char out[KEY_HASH_BYTES])
{
    /* Not OpenSSL's: crs and crs-tui would load all of it at every start for this alone. */
    _Static_assert(crypto_hash_sha256_BYTES == KEY_HASH_BYTES, "a hash fills its place");
    crypto_hash_sha256_state st;
    crypto_hash_sha256_init(&st);
    crypto_hash_sha256_update(&st, (const unsigned char *)relay_key, n);
    crypto_hash_sha256_update(&st, (const unsigned char *)pepper, strlen(pepper));
    crypto_hash_sha256_final(&st, out);
    sodium_memzero(&st, sizeof st);
}

void secret_relay_key(char *out)
{
    unsigned char bytes[32];
    size_t prefix = sizeof RELAY_KEY_PREFIX - 1;
    randombytes_buf(bytes, sizeof bytes);
    memcpy(out, RELAY_KEY_PREFIX, prefix);
    text_hex(bytes, sizeof bytes, out + prefix);
    sodium_memzero(bytes, sizeof bytes);
}

void secret_id(char *out, size_t n)
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    randombytes_buf(out, n);
    for (size_t i = 0; i < n; i++)
        out[i] = digits[(unsigned char)out[i] % 32];
    out[n] = 0;
}

void secret_random(void *out, size_t n)
{
    randombytes_buf(out, n);
}

void secret_free(char *s)
{
    if (s)
        explicit_bzero(s, strlen(s));
    free(s);
}

/* Two passes over 19 MiB: the least that OWASP's Password Storage Cheat Sheet recommends for
 * Argon2id. More would be felt on the smallest servers, and an admin token is random, not a
 * password. */
enum { TOKEN_PASSES = 2, TOKEN_MEMORY = 19 << 20 };

char *secret_token_hash(const char *token)
{
    char *out = xmalloc(crypto_pwhash_STRBYTES);
    if (crypto_pwhash_str(out, token, strlen(token), TOKEN_PASSES, TOKEN_MEMORY) != 0)
        xcheck(NULL);
    return out;
}

int secret_token_check(const char *hash, const char *token)
{
    return crypto_pwhash_str_verify(hash, token, strlen(token)) == 0 ? 0 : -1;
}
