/* Signing in and staying signed in: what people paste, what is asked of token endpoints, what their
 * answers mean, files taken over, profiles. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "provider_kit.h"

static bool has(struct buf *b, const char *text)
{
    char *t = kit_quotes(text);
    bool yes = strstr(b->data, t) != NULL;
    free(t);
    return yes;
}

static void pastes(void **state)
{
    (void)state;
    static const struct {
        const char *pasted, *code; /* code NULL: refused with */
        enum err_code why;
    } rows[] = {{"k3Jx8f_-code", "k3Jx8f_-code", 0}, {"  k3Jx\n8f_\r\n-code \t", "k3Jx8f_-code", 0},
        {"k3Jx8f#STATE", "k3Jx8f", 0}, {"k3Jx8f&state=STATE", "k3Jx8f", 0},
        {"https://platform.claude.com/oauth/code/callback?code=k3Jx8f&state=STATE", "k3Jx8f", 0},
        {"http://localhost:1455/auth/callback?state=STATE&code=ac_4%2F0Af+x%3D&scope=a",
            "ac_4/0Af+x=", 0},
        {"?code=k3Jx8f", "k3Jx8f", 0}, {"code=k3Jx8f&state=STATE", "k3Jx8f", 0},
        {"https://h/cb#code=k3Jx8f", "k3Jx8f", 0}, {"4/0AfGeXx%2Dy", "4/0AfGeXx-y", 0},
        {"k3Jx8f#OTHER", NULL, ERR_DENIED},
        {"https://h/cb?code=k3Jx8f&state=OTHER", NULL, ERR_DENIED},
        {"https://h/cb?error=access_denied&state=STATE", NULL, ERR_DENIED},
        {"https://h/cb?state=STATE", NULL, ERR_USAGE}, {"https://h/xcode=1", NULL, ERR_USAGE},
        {"", NULL, ERR_USAGE}, {" \n", NULL, ERR_USAGE}, {"#STATE", NULL, ERR_USAGE},
        {"abc", NULL, ERR_USAGE}, {"?code=a%00bcdef", "a%00bcdef", 0},
        {"k3J\xc3\xa4x8f", NULL, ERR_USAGE}, {"?code=abc%0adef", NULL, ERR_USAGE}};
    struct login l = {.state = xstrdup("STATE")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *code = NULL;
        struct err err = {0};
        int r = login_parse_paste(&l, rows[i].pasted, &code, &err);
        if (r != (rows[i].code ? 0 : -1) || err.code != rows[i].why)
            fail_msg("'%s': %d %s", rows[i].pasted, r, err.text);
        if (rows[i].code)
            assert_string_equal(code, rows[i].code);
        else
            assert_null(code);
        free(code);
    }
    char *code, *huge = xmalloc(100001);
    memset(huge, 'a', 100000);
    huge[100000] = 0;
    assert_int_equal(login_parse_paste(&l, huge, &code, NULL), -1);
    assert_int_equal(login_parse_paste(&l, NULL, &code, NULL), -1);
    free(huge);
    login_release(&l);
}

static char *between(const char *text, const char *begin, const char *end)
{
    const char *p = strstr(text, begin);
    assert_non_null(p);
    p += strlen(begin);
    return xstrndup(p, strcspn(p, end));
}

static void claude_signs_in(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "claude", "old");
    const struct provider *p = provider_by_kind("claude");
    struct login l = {0};
    assert_int_equal(p->login_begin(k.data, "code", &l, &k.err), 0);
    assert_true(
        text_starts(l.url, "https://claude.ai/oauth/authorize?code=true&client_id="
                           "9d1c250a-e61b-44d9-88ed-5944d1962f5e&response_type=code&"
                           "redirect_uri=https%3A%2F%2Fplatform.claude.com%2Foauth%2Fcode%2F"
                           "callback&scope=org%3Acreate_api_key%20user%3Aprofile%20"));
    assert_int_equal(strlen(l.state), 43);
    assert_int_equal(strlen(l.verifier), 43);
    char *told = between(l.url, "&state=", "&");
    assert_string_equal(told, l.state);
    assert_null(strstr(l.url, l.verifier));
    free(told);
    struct token_request q;
    assert_int_equal(p->login_request(k.data, &l, "the\"code", &q, &k.err), 0);
    assert_string_equal(q.origin, "https://platform.claude.com");
    assert_string_equal(q.path, "/v1/oauth/token");
    assert_string_equal(q.method, "POST");
    assert_true(has(&q.body, "{'grant_type':'authorization_code','client_id':'9d1c"));
    assert_true(has(&q.body, "'code':'the\\'code'"));
    assert_true(has(&q.body, l.verifier) && has(&q.body, l.state));
    assert_false(has(&q.body, "expires_in"));
    assert_true(has(&q.fields, "content-type: application/json\r\n"));
    token_request_release(&q);
    login_release(&l);
    assert_int_equal(p->login_begin(k.data, "setup-token", &l, &k.err), 0);
    told = between(l.url, "scope=", "&");
    assert_string_equal(told, "user%3Ainference");
    free(told);
    assert_int_equal(p->login_request(k.data, &l, "code", &q, &k.err), 0);
    assert_true(has(&q.body, "'expires_in':31536000"));
    token_request_release(&q);
    login_release(&l);
    assert_int_equal(p->login_begin(k.data, "carrier-pigeon", &l, &k.err), -1);
    login_release(&l);
    kit_release(&k);
}

static void pkce_challenge_is_of_the_verifier(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "claude", "t");
    struct login a = {0}, b = {0};
    const struct provider *p = provider_by_kind("claude");
    assert_int_equal(p->login_begin(k.data, "code", &a, &k.err), 0);
    assert_int_equal(p->login_begin(k.data, "code", &b, &k.err), 0);
    assert_string_not_equal(a.verifier, b.verifier);
    assert_string_not_equal(a.state, b.state);
    char *x = between(a.url, "code_challenge=", "&"), *y = between(b.url, "code_challenge=", "&");
    assert_int_equal(strlen(x), 43);
    assert_string_not_equal(x, y);
    assert_non_null(strstr(a.url, "code_challenge_method=S256"));
    free(x);
    free(y);
    login_release(&a);
    login_release(&b);
    kit_release(&k);
}

static int read_token(
    struct kit *k, int status, const char *body, struct account *a, enum err_code *why)
{
    struct fetch_answer ans = kit_answer(status, body);
    struct err err = {0};
    int r = provider_by_kind(k->account->kind)->token_read(&ans, NOW, k->credential, a, &err);
    *why = err.code;
    assert_null(strstr(err.text, "hunter2"));
    kit_answer_release(&ans);
    return r;
}

static void token_answers(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "claude", "old");
    k.credential->refresh = xstrdup("refresh-1");
    enum err_code why;
    assert_int_equal(
        read_token(&k, 200,
            "{'access_token':'a2','refresh_token':'r2','expires_in':28800,"
            "'scope':'user:profile user:inference',"
            "'organization':{'name':'Org'},'account':{'email_address':'a@example.org'}}",
            k.account, &why),
        0);
    assert_string_equal(k.credential->access, "a2");
    assert_string_equal(k.credential->refresh, "r2");
    assert_int_equal(k.credential->expires, NOW + 28800 * MS_SECOND);
    assert_int_equal(k.credential->renewed, NOW);
    assert_int_equal(k.credential->generation, 1);
    assert_string_equal(json_str(k.account->profile, "email"), "a@example.org");
    assert_string_equal(json_str(k.account->profile, "organisation"), "Org");
    /* silent on the refresh token: the old one stays */
    assert_int_equal(
        read_token(&k, 200, "{'access_token':'a3','refresh_token':''}", NULL, &why), 0);
    assert_string_equal(k.credential->refresh, "r2");
    assert_int_equal(k.credential->generation, 2);
    assert_int_equal(k.credential->expires, 0);
    kit_release(&k);
}

static void token_faults(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum err_code why;
    } rows[] = {{400, "{'error':'invalid_grant','error_description':'hunter2'}", ERR_DENIED},
        {401, "{'error':{'code':'refresh_token_reused','message':'hunter2'}}", ERR_DENIED},
        {403, "{'error':{'type':'permission_error'}}", ERR_DENIED},
        {403, "<html>hunter2", ERR_FAILED}, /* something on the way, not the token endpoint */
        {400, "{}", ERR_FAILED}, {400, "{'error':'authorization_pending'}", ERR_BUSY},
        {400, "{'error':'slow_down'}", ERR_BUSY},
        {400, "{'error':'temporarily_unavailable'}", ERR_FAILED},
        {429, "{'error':{'type':'rate_limit_error'}}", ERR_FAILED},
        {401, "{'error':{'type':'rate_limit_error'}}", ERR_FAILED},
        {500, "{'error':'invalid_grant'}", ERR_FAILED}, {502, "", ERR_FAILED},
        {200, "", ERR_PROTOCOL}, {200, "[]", ERR_PROTOCOL}, {200, "{}", ERR_PROTOCOL},
        {200, "{'access_token':7}", ERR_PROTOCOL}, {200, "{'access_token':''}", ERR_PROTOCOL},
        {200, "{'access_token':'hunter2','access_token':'b'}", ERR_PROTOCOL}, {302, "", ERR_FAILED},
        {0, "", ERR_UNREACHABLE}};
    static const char *const kinds[] = {"claude", "codex", "gemini", "vertex", "droid"};
    for (size_t j = 0; j < sizeof kinds / sizeof *kinds; j++) {
        struct kit k;
        kit_init(&k, kinds[j], "old");
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            enum err_code why;
            int r = read_token(&k, rows[i].status, rows[i].body, NULL, &why);
            if (r != -1 || why != rows[i].why)
                fail_msg("%s %d %s: %d, code %d", kinds[j], rows[i].status, rows[i].body, r, why);
        }
        assert_string_equal(k.credential->access, "old");
        assert_int_equal(k.credential->generation, 0);
        kit_release(&k);
    }
}

static void renewals_are_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *origin, *path, *body;
    } rows[] = {
        {"claude", "https://platform.claude.com", "/v1/oauth/token",
            "{'grant_type':'refresh_token','refresh_token':'r&1','client_id':'9d1c250a-e61b-44d9-"
            "88ed-5944d1962f5e'}"},
        {"codex", "https://auth.openai.com", "/oauth/token",
            "grant_type=refresh_token&client_id=app_EMoamEEZ73f0CkXaXp7hrann&refresh_token=r%261&"
            "scope=openid%20profile%20email"},
        {"gemini", "https://oauth2.googleapis.com", "/token",
            "grant_type=refresh_token&refresh_token=r%261&client_id=mine&client_secret=s"},
        {"droid", "https://api.workos.com", "/user_management/authenticate",
            "grant_type=refresh_token&refresh_token=r%261&client_id="
            "client_01HNM792M5G5G1A2THWPXKFMXB&organization_id=org_1"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kit k;
        kit_init(&k, rows[i].kind, "old");
        kit_profile(&k, "org_id", "org_1");
        const struct provider *p = provider_by_kind(rows[i].kind);
        struct token_request q;
        struct err err = {0};
        assert_int_equal(p->renew_request(k.data, k.account, k.credential, &q, &err), -1);
        assert_int_equal(err.code, ERR_DENIED);
        k.credential->refresh = xstrdup("r&1");
        k.credential->extra = kit_quotes("{'client_id':'mine','client_secret':'s'}");
        assert_int_equal(p->renew_request(k.data, k.account, k.credential, &q, &err), 0);
        assert_string_equal(q.origin, rows[i].origin);
        assert_string_equal(q.path, rows[i].path);
        char *wanted = kit_quotes(rows[i].body);
        assert_string_equal(q.body.data, wanted);
        free(wanted);
        token_request_release(&q);
        kit_release(&k);
    }
}

static void google_needs_a_client(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "gemini", "old");
    struct login l = {0};
    const struct provider *p = provider_by_kind("gemini");
    assert_int_equal(p->login_begin(k.data, "code", &l, &k.err), -1);
    assert_non_null(strstr(k.err.text, "no OAuth client is set"));
    assert_non_null(strstr(k.err.hint, "client_id"));
    login_release(&l);
    kit_release(&k);
}

static char *jwt(const char *claims)
{
    char *text = kit_quotes(claims);
    char *part = text_base64url((const unsigned char *)text, strlen(text));
    char *out = xasprintf("e30.%s.c2ln", part);
    free(text);
    free(part);
    return out;
}

static void codex_reads_its_identity(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "codex", "old");
    char *id =
        jwt("{'email':'a@example.org','https://api.openai.com/auth':{'chatgpt_account_id':"
            "'acc-1','chatgpt_plan_type':'pro','organizations':[{'id':'o','title':'Personal',"
            "'is_default':true}]}}");
    char *access = jwt("{'exp':1800086400}");
    char *body = xasprintf("{'access_token':'%s','id_token':'%s','refresh_token':'r'}", access, id);
    enum err_code why;
    assert_int_equal(read_token(&k, 200, body, k.account, &why), 0);
    assert_string_equal(json_str(k.account->profile, "account_id"), "acc-1");
    assert_string_equal(json_str(k.account->profile, "plan"), "pro");
    assert_string_equal(json_str(k.account->profile, "organisation"), "Personal");
    assert_int_equal(k.credential->expires, INT64_C(1800086400000));
    free(body);
    /* and the same from Codex' own file */
    struct account *a = account_create();
    struct credential *cr = credential_create();
    body = xasprintf("{'OPENAI_API_KEY':null,'tokens':{'id_token':'%s','access_token':'%s',"
                     "'refresh_token':'r','account_id':'acc-2'}}",
        id, access);
    char *text = kit_quotes(body);
    const struct provider *p = provider_by_kind("codex");
    assert_int_equal(p->import(text, strlen(text), a, cr, &k.err), 0);
    assert_string_equal(json_str(a->profile, "account_id"), "acc-2");
    assert_string_equal(json_str(a->profile, "email"), "a@example.org");
    assert_string_equal(cr->refresh, "r");
    assert_int_equal(cr->expires, INT64_C(1800086400000));
    free(text);
    free(body);
    free(id);
    free(access);
    account_unref(a);
    credential_unref(cr);
    kit_release(&k);
}

static void odd_tokens_do_no_harm(void **state)
{
    (void)state;
    static const char *const odd[] = {"a", ".", "..", "a..b", "a.!!!!.b", "a.e30", "a.bm9qc29u.b",
        "a.W10.b", "a.eyJleHAiOiJ4In0.b", "a.eyJleHAiOjFlMzAwfQ.b"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct kit k;
        kit_init(&k, "codex", "old");
        char *body = xasprintf("{'access_token':'%s','id_token':'%s'}", odd[i], odd[i]);
        enum err_code why;
        assert_int_equal(read_token(&k, 200, body, k.account, &why), 0);
        assert_int_equal(k.credential->expires, 0);
        free(body);
        kit_release(&k);
    }
}

static void codex_by_device(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "codex", "old");
    const struct provider *p = provider_by_kind("codex");
    struct login l = {0};
    struct token_request q;
    assert_int_equal(p->login_begin(k.data, "device", &l, &k.err), 0);
    assert_null(l.url);
    assert_int_equal(p->login_request(k.data, &l, NULL, &q, &k.err), 0);
    assert_string_equal(q.path, "/api/accounts/deviceauth/usercode");
    token_request_release(&q);
    struct fetch_answer ans =
        kit_answer(200, "{'device_auth_id':'d1','user_code':'ABCD-1234','interval':'7'}");
    assert_int_equal(p->login_device(k.data, &ans, NOW, &l, &k.err), 0);
    kit_answer_release(&ans);
    assert_string_equal(l.user_code, "ABCD-1234");
    assert_string_equal(l.url, "https://auth.openai.com/codex/device");
    assert_int_equal(l.interval_s, 7);
    assert_int_equal(p->login_request(k.data, &l, NULL, &q, &k.err), 0);
    assert_string_equal(q.path, "/api/accounts/deviceauth/token");
    assert_true(has(&q.body, "{'device_auth_id':'d1','user_code':'ABCD-1234'}"));
    token_request_release(&q);
    ans = kit_answer(403, "{}");
    assert_int_equal(p->login_poll(&ans, &l, &k.err), -1);
    assert_int_equal(k.err.code, ERR_BUSY);
    kit_answer_release(&ans);
    ans = kit_answer(200, "{'authorization_code':'c1','code_verifier':'v1'}");
    assert_int_equal(p->login_poll(&ans, &l, &k.err), 0);
    kit_answer_release(&ans);
    assert_int_equal(p->login_request(k.data, &l, NULL, &q, &k.err), 0);
    assert_string_equal(q.path, "/oauth/token");
    assert_true(has(&q.body, "code=c1&redirect_uri=https%3A%2F%2Fauth.openai.com%2Fdeviceauth"));
    assert_true(has(&q.body, "code_verifier=v1"));
    token_request_release(&q);
    login_release(&l);
    kit_release(&k);
}

static void droid_by_device(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "droid", "old");
    const struct provider *p = provider_by_kind("droid");
    struct login l = {.expires = NOW + 600 * MS_SECOND};
    struct token_request q;
    assert_int_equal(p->login_begin(k.data, "device", &l, &k.err), 0);
    struct fetch_answer ans = kit_answer(200,
        "{'device_code':'d','user_code':'U','verification_uri':'https://v','expires_in':300,"
        "'verification_uri_complete':'https://v?u=U','interval':5}");
    assert_int_equal(p->login_device(k.data, &ans, NOW, &l, &k.err), 0);
    kit_answer_release(&ans);
    assert_string_equal(l.url, "https://v?u=U");
    assert_int_equal(l.expires, NOW + 300 * MS_SECOND);
    assert_int_equal(p->login_request(k.data, &l, NULL, &q, &k.err), 0);
    assert_true(has(&q.body, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"));
    token_request_release(&q);
    enum err_code why;
    assert_int_equal(read_token(&k, 200,
                         "{'access_token':'a','refresh_token':'r','user':{'email':"
                         "'d@example.org'}}",
                         k.account, &why),
        0);
    assert_true(
        k.credential->expires < NOW + 10 * MS_MINUTE); /* soon renewed for an organisation */
    assert_int_equal(
        read_token(&k, 200, "{'access_token':'a','organization_id':'org_1'}", k.account, &why), 0);
    assert_int_equal(k.credential->expires, NOW + 8 * MS_HOUR);
    assert_string_equal(json_str(k.account->profile, "org_id"), "org_1");
    login_release(&l);
    kit_release(&k);
}

static void files_are_taken_over(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *text;
        int r;
        const char *access, *refresh;
        int64_t expires;
    } rows[] = {{"claude",
                    "{'claudeAiOauth':{'accessToken':'a','refreshToken':'r','expiresAt':7,"
                    "'scopes':['user:inference','user:profile'],'subscriptionType':'max'}}",
                    0, "a", "r", 7},
        {"claude", "{'accessToken':'a'}", 0, "a", NULL, 0},
        {"claude", "{'claudeAiOauth':{}}", -1, NULL, NULL, 0},
        {"gemini", "{'access_token':'a','refresh_token':'r','expiry_date':9}", 0, "a", "r", 9},
        {"gemini", "{'refresh_token':'r','client_id':'c','client_secret':'s'}", 0, "", "r", 1},
        {"gemini", "{'access_token':'a'}", -1, NULL, NULL, 0},
        {"droid", "{'access_token':'a','refresh_token':'r'}", 0, "a", "r", 1},
        {"codex", "{'OPENAI_API_KEY':'sk-1'}", -1, NULL, NULL, 0},
        {"vertex", "{'type':'service_account'}", -1, NULL, NULL, 0},
        {"claude", "not json", -1, NULL, NULL, 0}, {"claude", "[]", -1, NULL, NULL, 0},
        {"codex", "7", -1, NULL, NULL, 0}, {"vertex", "", -1, NULL, NULL, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct account *a = account_create();
        struct credential *cr = credential_create();
        char *text = kit_quotes(rows[i].text);
        struct err err = {0};
        assert_int_equal(
            provider_by_kind(rows[i].kind)->import(text, strlen(text), a, cr, &err), rows[i].r);
        if (rows[i].r == 0) {
            assert_string_equal(cr->access, rows[i].access);
            assert_int_equal(cr->expires, rows[i].expires);
            assert_int_equal(cr->refresh != NULL, rows[i].refresh != NULL);
        } else {
            assert_true(*err.text);
        }
        free(text);
        account_unref(a);
        credential_unref(cr);
    }
}

static void claude_profile_and_usage(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "claude", "t");
    const struct provider *p = provider_by_kind("claude");
    struct token_request q;
    struct quota quota = {0};
    assert_int_equal(p->profile_request(k.data, k.account, k.credential, 0, &q, &k.err), 0);
    assert_string_equal(q.path, "/api/oauth/profile");
    assert_string_equal(q.method, "GET");
    assert_true(has(&q.fields, "authorization: Bearer t\r\n"));
    token_request_release(&q);
    struct fetch_answer ans = kit_answer(200,
        "{'account':{'email':'a@example.org','full_name':'A B','has_claude_max':true},"
        "'organization':{'name':'Org','rate_limit_tier':'default_claude_max_20x'}}");
    assert_int_equal(p->profile_read(0, &ans, NOW, k.account, &quota, &k.err), 0);
    kit_answer_release(&ans);
    assert_string_equal(json_str(k.account->profile, "plan"), "Max 20x");
    assert_string_equal(json_str(k.account->profile, "name"), "A B");
    ans =
        kit_answer(200, "{'five_hour':{'utilization':37.5,'resets_at':'2027-01-15T09:00:00.123Z'},"
                        "'seven_day':{'utilization':0,'resets_at':null},'seven_day_opus':null}");
    assert_int_equal(p->profile_read(1, &ans, NOW, k.account, &quota, &k.err), 0);
    kit_answer_release(&ans);
    assert_true(quota.five_hour.known && quota.five_hour.used == 0.375);
    assert_int_equal(quota.five_hour.reset, NOW + MS_HOUR);
    assert_true(quota.seven_day.known && quota.seven_day.reset == 0);
    assert_false(quota.seven_day_opus.known);
    assert_int_equal(p->profile_request(k.data, k.account, k.credential, 2, &q, &k.err), 1);
    free(k.account->login);
    k.account->login = xstrdup("setup-token");
    assert_int_equal(p->profile_request(k.data, k.account, k.credential, 0, &q, &k.err), 1);
    kit_release(&k);
}

static void codeassist_is_set_up(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "gemini", "t");
    const struct provider *p = provider_by_kind("gemini");
    struct token_request q;
    struct quota quota = {0};
    assert_int_equal(p->profile_request(k.data, k.account, k.credential, 0, &q, &k.err), 0);
    assert_string_equal(q.path, "/v1internal:loadCodeAssist");
    token_request_release(&q);
    struct fetch_answer ans = kit_answer(
        200, "{'allowedTiers':[{'id':'standard-tier'},{'id':'free-tier','isDefault':true}]}");
    assert_int_equal(p->profile_read(0, &ans, NOW, k.account, &quota, &k.err), 0);
    kit_answer_release(&ans);
    assert_int_equal(p->profile_request(k.data, k.account, k.credential, 1, &q, &k.err), 0);
    assert_true(has(&q.body, "{'tierId':'free-tier','metadata':{"));
    assert_false(has(&q.body, "cloudaicompanionProject"));
    token_request_release(&q);
    ans = kit_answer(200, "{'name':'operations/1'}");
    assert_int_equal(p->profile_read(1, &ans, NOW, k.account, &quota, &k.err), -1);
    assert_int_equal(k.err.code, ERR_BUSY);
    kit_answer_release(&ans);
    ans = kit_answer(200, "{'done':true,'response':{'cloudaicompanionProject':{'id':'proj-1'}}}");
    assert_int_equal(p->profile_read(1, &ans, NOW, k.account, &quota, &k.err), 0);
    kit_answer_release(&ans);
    assert_string_equal(json_str(k.account->profile, "project"), "proj-1");
    assert_string_equal(json_str(k.account->profile, "tier"), "free-tier");
    assert_int_equal(p->profile_request(k.data, k.account, k.credential, 1, &q, &k.err), 1);
    assert_int_equal(p->profile_request(k.data, k.account, k.credential, 2, &q, &k.err), 0);
    assert_true(has(&q.body, "{'project':'proj-1'}"));
    token_request_release(&q);
    ans = kit_answer(200, "{'buckets':[{'remainingFraction':0.9},{'remainingFraction':0.25,"
                          "'resetTime':'2027-01-15T09:00:00Z'}]}");
    assert_int_equal(p->profile_read(2, &ans, NOW, k.account, &quota, &k.err), 0);
    kit_answer_release(&ans);
    assert_true(quota.requests.known && quota.requests.used == 0.75);
    assert_int_equal(quota.requests.reset, NOW + MS_HOUR);
    kit_release(&k);
}

/* A key that was made for this test alone. */
static char *new_pem(void)
{
    FILE *f =
        popen("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null", "r");
    assert_non_null(f);
    struct buf b = BUF_INIT;
    char line[256];
    while (fgets(line, sizeof line, f))
        buf_adds(&b, line);
    pclose(f);
    return buf_steal(&b, NULL);
}

static void vertex_signs_for_its_token(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "vertex", "");
    const struct provider *p = provider_by_kind("vertex");
    char *pem = new_pem();
    struct buf text = BUF_INIT;
    buf_adds(&text, "{\"client_email\":\"s@p.example\",\"project_id\":\"p1\",\"private_key\":");
    json_quote(&text, pem, strlen(pem));
    buf_adds(&text, "}");
    assert_int_equal(p->import(text.data, text.len, k.account, k.credential, &k.err), 0);
    assert_string_equal(json_str(k.account->profile, "project"), "p1");
    struct token_request q;
    assert_int_equal(p->renew_request(k.data, k.account, k.credential, &q, &k.err), 0);
    assert_true(has(&q.body, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"));
    char *assertion = between(q.body.data, "assertion=", "&");
    assert_true(text_starts(assertion, "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."));
    assert_true(strlen(strrchr(assertion, '.')) == 1 + 342); /* 256 bytes in base64url */
    assert_false(has(&q.body, "PRIVATE"));
    free(assertion);
    token_request_release(&q);
    secret_free(k.credential->refresh);
    k.credential->refresh = xstrdup("{\"client_email\":\"x\",\"private_key\":\"no key\"}");
    assert_int_equal(p->renew_request(k.data, k.account, k.credential, &q, &k.err), -1);
    assert_int_equal(k.err.code, ERR_DENIED);
    buf_wipe(&text);
    free(pem);
    kit_release(&k);
}

static void every_kind_has_a_test(void **state)
{
    (void)state;
    size_t n;
    const struct provider *const *all = providers(&n);
    for (size_t i = 0; i < n; i++) {
        struct kit k;
        kit_init(&k, all[i]->kind, "token-1");
        kit_set(
            &k, "{'url':'https://h.example','region':'us-east-1','project':'p','deployment':'d'}");
        kit_profile(&k, "account_id", "acc-1");
        struct token_request q;
        if (all[i]->test_request(k.data, k.account, k.credential, "m", &q, &k.err))
            fail_msg("%s: %s", all[i]->kind, k.err.text);
        assert_string_equal(q.method, "POST");
        assert_true(has(&q.fields, "token-1"));
        cJSON *o = json_parse(q.body.data, q.body.len, &k.err);
        assert_true(cJSON_IsObject(o));
        cJSON_Delete(o);
        /* We name ourselves, if anyone: no client's name, no prompt. */
        assert_false(has(&q.fields, "user-agent"));
        assert_false(has(&q.body, "system"));
        token_request_release(&q);
        kit_release(&k);
    }
}

static void broken_data_files(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "[]", "{'claude':7}", "{'claude':{'api':7}}",
        "{'claude':{'api':['a',1]}}", "{'claude':{},'claude':{}}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char path[] = "/tmp/crs-providers-XXXXXX";
        int fd = mkstemp(path);
        FILE *f = fdopen(fd, "w");
        char *text = kit_quotes(bad[i]);
        fputs(text, f);
        fclose(f);
        free(text);
        struct err err = {0};
        assert_null(provider_data_load(path, &err));
        assert_non_null(strstr(err.text, path));
        remove(path);
    }
    assert_null(provider_data_load("/nonexistent", NULL));
    assert_null(provider_data_get(NULL, "claude", "api"));
}

int main(void)
{
    secret_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pastes),
        cmocka_unit_test(claude_signs_in),
        cmocka_unit_test(pkce_challenge_is_of_the_verifier),
        cmocka_unit_test(token_answers),
        cmocka_unit_test(token_faults),
        cmocka_unit_test(renewals_are_asked_for),
        cmocka_unit_test(google_needs_a_client),
        cmocka_unit_test(codex_reads_its_identity),
        cmocka_unit_test(odd_tokens_do_no_harm),
        cmocka_unit_test(codex_by_device),
        cmocka_unit_test(droid_by_device),
        cmocka_unit_test(files_are_taken_over),
        cmocka_unit_test(claude_profile_and_usage),
        cmocka_unit_test(codeassist_is_set_up),
        cmocka_unit_test(vertex_signs_for_its_token),
        cmocka_unit_test(every_kind_has_a_test),
        cmocka_unit_test(broken_data_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
