/* Signing in by OAuth: PKCE (RFC 7636), what people paste, what token endpoints answer (RFC 6749).
 */
#include "provider/provider_int.h"

#include <ctype.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/secret.h"

/* 32 random bytes each, as RFC 7636 4.1 recommends. */
char *login_pkce(struct login *l)
{
    unsigned char raw[32], digest[SHA256_DIGEST_LENGTH];
    secret_random(raw, sizeof raw);
    l->state = text_base64url(raw, sizeof raw);
    secret_random(raw, sizeof raw);
    l->verifier = text_base64url(raw, sizeof raw);
    explicit_bzero(raw, sizeof raw);
    SHA256((const unsigned char *)l->verifier, strlen(l->verifier), digest);
    return text_base64url(digest, sizeof digest);
}

void url_query_add(struct buf *url, const char *name, const char *value)
{
    char *v = text_urlencode(value);
    buf_addf(url, "%c%s=%s", strchr(url->data, '?') ? '&' : '?', name, v);
    free(v);
}

/* --- the paste ----------------------------------------------------------------------------------
 */

/* Percent-decoding in place; '+' stays: codes have it, and no form encodes these addresses. */
static void percent_decode(char *s)
{
    char *to = s;
    for (; *s; s++) {
        unsigned char byte;
        char hex[3] = {s[0] == '%' && s[1] ? s[1] : 0, s[1] ? s[2] : 0, 0};
        if (hex[0] && hex[1] && text_unhex(hex, &byte, 1) == 0 && byte) {
            *to++ = (char)byte;
            s += 2;
        } else {
            *to++ = *s;
        }
    }
    *to = 0;
}

/* The value of a parameter in "…?a=b&c=d#e=f", decoded, heap; NULL. */
static char *parameter(const char *s, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = s; *p; p++) {
        bool begins = p == s || strchr("?&#", p[-1]);
        if (!begins || strncmp(p, name, n) != 0 || p[n] != '=')
            continue;
        char *v = xstrndup(p + n + 1, strcspn(p + n + 1, "&#"));
        percent_decode(v);
        return v;
    }
    return NULL;
}

static char *without_blanks(const char *s)
{
    char *out = xmalloc(strlen(s) + 1), *to = out;
    for (; *s; s++)
        if ((unsigned char)*s > ' ' && *s != 0x7f)
            *to++ = *s;
    *to = 0;
    return out;
}

#define CODE_MIN 4
#define CODE_MAX 4096

static int paste_read(
    const struct login *l, const char *text, char **code, char **state, struct err *err)
{
    char *refused = parameter(text, "error");
    if (refused) {
        err_set(err, ERR_DENIED, "the sign-in was refused: '%.80s'", refused);
        free(refused);
        return -1;
    }
    *code = parameter(text, "code");
    *state = parameter(text, "state");
    if (*code)
        return 0;
    if (strstr(text, "://")) {
        err_set(err, ERR_USAGE, "the address has no code");
        return err_hint(err, "paste the address that the browser was sent to at the end");
    }
    size_t n = strcspn(text, "#&");
    *code = xstrndup(text, n);
    if (text[n] == '#' && !*state && l->state)
        *state = xstrndup(text + n + 1, strcspn(text + n + 1, "&"));
    percent_decode(*code);
    return 0;
}

int login_parse_paste(const struct login *l, const char *pasted, char **code, struct err *err)
{
    *code = NULL;
    char *text = without_blanks(pasted ? pasted : "");
    char *c = NULL, *state = NULL;
    int r = paste_read(l, text, &c, &state, err);
    if (r == 0 && state && l->state && !text_equal_ct(state, l->state)) {
        r = err_set(err, ERR_DENIED, "this code belongs to another sign-in");
        err_hint(err, "open the address of this sign-in and paste the code it gives");
    }
    size_t n = r == 0 ? strlen(c) : 0;
    for (size_t i = 0; r == 0 && i < n; i++)
        if ((unsigned char)c[i] <= ' ' || (unsigned char)c[i] >= 0x7f)
            n = 0;
    if (r == 0 && (n < CODE_MIN || n > CODE_MAX)) {
        r = err_set(err, ERR_USAGE, "this is no sign-in code (%zu characters)", strlen(c));
        err_hint(err, "paste the code, or the whole address that the browser was sent to");
    }
    if (r == 0) {
        *code = c;
        c = NULL;
    }
    secret_free(c);
    secret_free(state);
    secret_free(text);
    return r;
}

/* --- token answers
 * -------------------------------------------------------------------------------- */

void json_wipe(cJSON *tree)
{
    for (cJSON *v = tree ? tree->child : NULL; v; v = v->next) {
        if (v->valuestring)
            explicit_bzero(v->valuestring, strlen(v->valuestring));
        for (cJSON *w = v->child; w; w = w->next)
            if (w->valuestring)
                explicit_bzero(w->valuestring, strlen(w->valuestring));
    }
    cJSON_Delete(tree);
}

/* The word by which an error answer says what is wrong, in the shapes that token endpoints use:
 * {"error":"x"}, {"error":{"code":"x"}}, {"error":{"type":"x"}}, {"code":"x"}. */
static const char *error_word(const cJSON *tree)
{
    static const char *const at[] = {"error", "error.code", "error.status", "error.type", "code"};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        const char *s = json_str(tree, at[i]);
        if (s && *s)
            return s;
    }
    return NULL;
}

static bool answer_has_word(const struct fetch_answer *ans, const char *wanted)
{
    cJSON *tree = ans->status >= 400 ? json_parse(ans->body.data, ans->body.len, NULL) : NULL;
    const char *word = error_word(tree);
    bool has = word && strcmp(word, wanted) == 0;
    json_wipe(tree);
    return has;
}

bool login_slow_down(const struct fetch_answer *ans)
{
    return answer_has_word(ans, "slow_down");
}

const char *login_refusal(const struct fetch_answer *ans)
{
    if (answer_has_word(ans, "access_denied"))
        return "the person declined the sign-in";
    if (answer_has_word(ans, "expired_token"))
        return "the code has expired before it was confirmed";
    return NULL;
}

static int answer_refused(const struct fetch_answer *ans, const cJSON *tree, struct err *err)
{
    const char *word = error_word(tree);
    if (word && (strcmp(word, "authorization_pending") == 0 || strcmp(word, "slow_down") == 0))
        return err_set(err, ERR_BUSY, "the sign-in is not confirmed yet");
    bool again = word && (strcmp(word, "temporarily_unavailable") == 0 ||
                             strcmp(word, "server_error") == 0 || strstr(word, "rate_limit"));
    if (word && !again && (ans->status == 400 || ans->status == 401 || ans->status == 403))
        return err_set(err, ERR_DENIED, "refused: %d '%.60s'", ans->status, word);
    return err_set(err, ERR_FAILED, "the upstream answered %d%s%.60s", ans->status, word ? " " : "",
        word ? word : "");
}

static int answer_none(const struct fetch_answer *ans, struct err *err)
{
    if (err && ans->err.code)
        *err = ans->err;
    else
        err_set(err, ERR_UNREACHABLE, "no answer from the upstream");
    return -1;
}

cJSON *answer_json(const struct fetch_answer *ans, struct err *err)
{
    if (ans->status == 0) {
        answer_none(ans, err);
        return NULL;
    }
    cJSON *tree = json_parse(ans->body.data, ans->body.len, NULL);
    if (ans->status >= 200 && ans->status < 300 && cJSON_IsObject(tree))
        return tree;
    if (ans->status >= 200 && ans->status < 300)
        err_set(err, ERR_PROTOCOL, "the answer of the upstream is no JSON object");
    else
        answer_refused(ans, tree, err);
    json_wipe(tree);
    return NULL;
}

int token_answer_read(
    struct token_answer *t, const struct fetch_answer *ans, int64_t now, struct err *err)
{
    memset(t, 0, sizeof *t);
    t->tree = answer_json(ans, err);
    if (!t->tree)
        return -1;
    t->access = json_str(t->tree, "access_token");
    t->refresh = json_str(t->tree, "refresh_token");
    if (t->refresh && !*t->refresh)
        t->refresh = NULL;
    int64_t s = json_int(t->tree, "expires_in", 0);
    /* Ten years bound a stranger's number. */
    if (s > 0 && s < INT64_C(315360000))
        t->expires = now + s * MS_SECOND;
    if (!t->access || !*t->access) {
        json_wipe(t->tree);
        t->tree = NULL;
        return err_set(err, ERR_PROTOCOL, "the token answer has no access token");
    }
    return 0;
}

void token_answer_take(struct token_answer *t, struct credential *cr, int64_t now)
{
    secret_free(cr->access);
    cr->access = xstrdup(t->access);
    if (t->refresh) {
        secret_free(cr->refresh);
        cr->refresh = xstrdup(t->refresh);
    }
    cr->expires = t->expires;
    cr->renewed = now;
    cr->generation++;
    json_wipe(t->tree);
    memset(t, 0, sizeof *t);
}

void profile_set(struct account *a, const char *name, const char *value)
{
    if (!a || !value || !*value)
        return;
    if (!a->profile)
        a->profile = xcheck(cJSON_CreateObject());
    cJSON_DeleteItemFromObjectCaseSensitive(a->profile, name);
    json_put_str(a->profile, name, value);
}
