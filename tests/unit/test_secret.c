/* The vault, hashes and made secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/path.h"
#include "common/secret.h"
#include "common/text.h"

static char dir[] = "/tmp/crs-secret-XXXXXX";
static char key_path[64];

static int setup(void **state)
{
    (void)state;
    secret_start();
    if (!mkdtemp(dir))
        return -1;
    snprintf(key_path, sizeof key_path, "%s/master.key", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(key_path);
    return rmdir(dir);
}

static void the_key_file(void **state)
{
    (void)state;
    struct err err = {0};
    assert_null(vault_open(key_path, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    mode_t old = umask(0777);
    assert_int_equal(vault_create(key_path, &err), 0);
    umask(old);
    struct stat st;
    assert_int_equal(stat(key_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 65);
    assert_int_equal(vault_create(key_path, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    static const mode_t open_modes[] = {0640, 0604, 0660, 0620, 0601};
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        chmod(key_path, open_modes[i]);
        assert_null(vault_open(key_path, &err));
        assert_int_equal(err.code, ERR_DENIED);
        assert_non_null(strstr(err.hint, "chmod 600"));
    }
    assert_null(vault_open(dir, &err));
    chmod(key_path, 0400);
    struct vault *v = vault_open(key_path, &err);
    assert_non_null(v);
    vault_close(v);
    chmod(key_path, 0600);
}

static void bad_key_files(void **state)
{
    (void)state;
    static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    static const struct {
        const char *text;
        bool good;
    } rows[] = {{hex, true}, {"", false}, {"abc\n", false}, {hex + 1, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        assert_int_equal(path_write(key_path, rows[i].text, strlen(rows[i].text), 0600, &err), 0);
        struct vault *v = vault_open(key_path, &err);
        assert_int_equal(v != NULL, rows[i].good);
        assert_null(strstr(err.text, "0102030405"));
        vault_close(v);
    }
    char longer[80];
    static const char *const tails[] = {"\n", "\n\n", "0", "\r\n", "x\n"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        int n = snprintf(longer, sizeof longer, "%s%s", hex, tails[i]);
        path_write(key_path, longer, (size_t)n, 0600, NULL);
        struct vault *v = vault_open(key_path, NULL);
        assert_int_equal(v != NULL, i == 0);
        vault_close(v);
    }
}

static struct vault *fixed_vault(const char *hex)
{
    path_write(key_path, hex, strlen(hex), 0600, NULL);
    struct vault *v = vault_open(key_path, NULL);
    assert_non_null(v);
    return v;
}

static void sealing(void **state)
{
    (void)state;
    struct vault *v =
        fixed_vault("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    struct buf sealed = BUF_INIT, again = BUF_INIT, plain = BUF_INIT;
    struct err err = {0};
    vault_seal(v, "account/1", "token", 5, &sealed);
    vault_seal(v, "account/1", "token", 5, &again);
    assert_int_equal(sealed.len, 24 + 5 + 16);
    assert_memory_not_equal(sealed.data, again.data, 24);
    assert_int_equal(vault_unseal(v, "account/1", sealed.data, sealed.len, &plain, &err), 0);
    assert_string_equal(plain.data, "token");
    assert_int_equal(vault_unseal(v, "account/2", sealed.data, sealed.len, &plain, &err), -1);
    for (size_t i = 0; i < sealed.len; i++) {
        sealed.data[i] ^= 1;
        assert_int_equal(vault_unseal(v, "account/1", sealed.data, sealed.len, &plain, &err), -1);
        sealed.data[i] ^= 1;
        assert_int_equal(vault_unseal(v, "account/1", sealed.data, i, &plain, &err), -1);
    }
    assert_int_equal(plain.len, 5);
    assert_null(strstr(err.text, "token"));
    vault_close(v);
    v = fixed_vault("100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    assert_int_equal(vault_unseal(v, "account/1", sealed.data, sealed.len, &plain, &err), -1);
    buf_reset(&sealed);
    vault_seal(v, "x", NULL, 0, &sealed);
    buf_reset(&plain);
    assert_int_equal(vault_unseal(v, "x", sealed.data, sealed.len, &plain, &err), 0);
    assert_int_equal(plain.len, 0);
    vault_close(v);
    buf_release(&sealed);
    buf_release(&again);
    buf_wipe(&plain);
}

/* A stored hash must be found again by every later version: the bytes are fixed here. */
static void hashes_do_not_change(void **state)
{
    (void)state;
    struct vault *v =
        fixed_vault("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    unsigned char hash[KEY_HASH_BYTES];
    char hex[2 * KEY_HASH_BYTES + 1];
    vault_key_hash(v, "cr_0123", 7, hash);
    text_hex(hash, sizeof hash, hex);
    assert_string_equal(hex, "702e8a24df48069fb088f1c7634104aa88640b029bc59af8b6b86c12c0b67e54");
    vault_close(v);
    secret_legacy_hash("cr_0123", 7, "pepper", hash);
    text_hex(hash, sizeof hash, hex);
    assert_string_equal(hex, "ccdd26c4fd2370dafddae4283b64a9a10c23ec4edd52a8901ac22acfc88fc926");
}

static void made_secrets(void **state)
{
    (void)state;
    char a[RELAY_KEY_CHARS + 1], b[RELAY_KEY_CHARS + 1], id[41];
    secret_relay_key(a);
    secret_relay_key(b);
    assert_int_equal(strlen(a), RELAY_KEY_CHARS);
    assert_memory_equal(a, RELAY_KEY_PREFIX, 3);
    assert_int_equal(strspn(a + 3, "0123456789abcdef"), 64);
    assert_string_not_equal(a, b);
    secret_id(id, 40);
    assert_int_equal(strlen(id), 40);
    assert_int_equal(strspn(id, "0123456789abcdefghjkmnpqrstvwxyz"), 40);
    secret_free(NULL);
}

static void admin_tokens(void **state)
{
    (void)state;
    char *hash = secret_token_hash("a-token");
    assert_memory_equal(hash, "$argon2id$", 10);
    assert_int_equal(secret_token_check(hash, "a-token"), 0);
    assert_int_equal(secret_token_check(hash, "a-tokeN"), -1);
    assert_int_equal(secret_token_check("", "a-token"), -1);
    assert_int_equal(secret_token_check("$argon2id$nonsense", "a-token"), -1);
    secret_free(hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_file),
        cmocka_unit_test(bad_key_files),
        cmocka_unit_test(sealing),
        cmocka_unit_test(hashes_do_not_change),
        cmocka_unit_test(made_secrets),
        cmocka_unit_test(admin_tokens),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
