/* AWS Signature Version 4 (AWS General Reference, "Signing AWS API requests"). */
#include "provider/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/secret.h"
#include "common/text.h"

#define HASH 32
#define HEX (2 * HASH + 1)

static void keys_from_json(struct aws_keys *k, const cJSON *t)
{
    k->id = xstrdup(json_str(t, "access_key_id"));
    k->secret = xstrdup(json_str(t, "secret_access_key"));
    k->session = xstrdup(json_str(t, "session_token"));
    k->bearer = xstrdup(json_str(t, "bearer_token"));
}

static void keys_from_text(struct aws_keys *k, const char *text)
{
    size_t n = strcspn(text, ":");
    if (!text[n]) {
        k->bearer = xstrdup(text);
        return;
    }
    const char *secret = text + n + 1;
    size_t m = strcspn(secret, ":");
    k->id = xstrndup(text, n);
    k->secret = xstrndup(secret, m);
    k->session = secret[m] ? xstrdup(secret + m + 1) : NULL;
}

int aws_keys_read(struct aws_keys *k, const struct credential *cr, struct err *err)
{
    memset(k, 0, sizeof *k);
    const char *text = cr->extra ? cr->extra : cr->access;
    if (text && text[strspn(text, " \n")] == '{') {
        cJSON *t = json_parse(text, strlen(text), NULL);
        keys_from_json(k, t);
        for (cJSON *v = t ? t->child : NULL; v; v = v->next)
            if (v->valuestring)
                explicit_bzero(v->valuestring, strlen(v->valuestring));
        cJSON_Delete(t);
    } else if (text && *text) {
        keys_from_text(k, text);
    }
    if ((k->id && *k->id && k->secret && *k->secret) || (k->bearer && *k->bearer))
        return 0;
    aws_keys_release(k);
    err_set(err, ERR_FAILED, "the account has no AWS keys");
    return err_hint(err, "ACCESS_KEY_ID:SECRET_ACCESS_KEY, with :SESSION_TOKEN behind it if there "
                         "is one, or a Bedrock API key");
}

void aws_keys_release(struct aws_keys *k)
{
    free(k->id);
    secret_free(k->secret);
    secret_free(k->session);
    secret_free(k->bearer);
    memset(k, 0, sizeof *k);
}

static void hash_hex(const void *p, size_t n, char out[HEX])
{
    unsigned char digest[HASH];
    EVP_Digest(p, n, digest, NULL, EVP_sha256(), NULL);
    text_hex(digest, HASH, out);
}

static void body_hash(const struct plan *p, char out[HEX])
{
    unsigned char digest[HASH];
    EVP_MD_CTX *ctx = xcheck(EVP_MD_CTX_new());
    EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
    struct iovec iov[16];
    uint64_t at = 0;
    int n;
    while (p->body && (n = body_iov(p->body, &p->edits, at, iov, 16)) > 0)
        for (int i = 0; i < n; i++) {
            EVP_DigestUpdate(ctx, iov[i].iov_base, iov[i].iov_len);
            at += iov[i].iov_len;
        }
    EVP_DigestFinal_ex(ctx, digest, NULL);
    EVP_MD_CTX_free(ctx);
    text_hex(digest, HASH, out);
}

static void hmac(const void *key, size_t n, const char *text, unsigned char out[HASH])
{
    HMAC(EVP_sha256(), key, (int)n, (const unsigned char *)text, strlen(text), out, NULL);
}

/* AWS wants the path that goes over the wire encoded once more. */
static void path_add(struct buf *out, const char *path)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    for (; *path; path++) {
        if (strchr(plain, *path))
            buf_addc(out, *path);
        else
            buf_addf(out, "%%%02X", (unsigned char)*path);
    }
}

static void signature(const struct aws_keys *k, const char *date, const char *region,
    const char *service, const char *to_sign, char out[HEX])
{
    unsigned char a[HASH], b[HASH];
    char *first = xasprintf("AWS4%s", k->secret);
    char day[9];
    memcpy(day, date, 8);
    day[8] = 0;
    hmac(first, strlen(first), day, a);
    hmac(a, HASH, region, b);
    hmac(b, HASH, service, a);
    hmac(a, HASH, "aws4_request", b);
    hmac(b, HASH, to_sign, a);
    text_hex(a, HASH, out);
    explicit_bzero(a, sizeof a);
    explicit_bzero(b, sizeof b);
    secret_free(first);
}

int sigv4_sign(struct plan *p, const struct aws_keys *k, const char *region, const char *service,
    int64_t at, struct err *err)
{
    char date[20], hash[HEX], sig[HEX];
    time_t s = (time_t)(at / MS_SECOND);
    struct tm tm;
    gmtime_r(&s, &tm);
    strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &tm);
    const char *host = strstr(p->origin, "://"), *names = "host;x-amz-date";
    if (!host)
        return err_set(err, ERR_USAGE, "'%s' is no address", p->origin);
    struct buf canonical = BUF_INIT, to_sign = BUF_INIT, scope = BUF_INIT;
    buf_addf(&canonical, "%s\n", p->method);
    path_add(&canonical, p->path);
    buf_addf(&canonical, "\n\nhost:%s\nx-amz-date:%s\n", host + 3, date);
    if (k->session) {
        buf_addf(&canonical, "x-amz-security-token:%s\n", k->session);
        names = "host;x-amz-date;x-amz-security-token";
    }
    body_hash(p, hash);
    buf_addf(&canonical, "\n%s\n%s", names, hash);
    hash_hex(canonical.data, canonical.len, hash);
    buf_addf(&scope, "%.8s/%s/%s/aws4_request", date, region, service);
    buf_addf(&to_sign, "AWS4-HMAC-SHA256\n%s\n%s\n%s", date, scope.data, hash);
    signature(k, date, region, service, to_sign.data, sig);
    char *value = xasprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
        k->id, scope.data, names, sig);
    int bad = h1_add_fieldz(&p->fields, "x-amz-date", date);
    if (k->session)
        bad |= h1_add_fieldz(&p->fields, "x-amz-security-token", k->session);
    bad |= h1_add_fieldz(&p->fields, "authorization", value);
    free(value);
    buf_wipe(&canonical);
    buf_release(&to_sign);
    buf_release(&scope);
    return bad ? err_set(err, ERR_FAILED, "the AWS keys have characters that no header can carry")
               : 0;
}
