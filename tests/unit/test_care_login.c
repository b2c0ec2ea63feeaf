/* Sign-ins, adding, testing, profiles, and what the clock asks for. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <string.h>
#include "care_kit.h"
#include "common/alloc.h"

#define TOKEN "/v1/oauth/token"

static struct site_reply said(int status, const char *body)
{
    return (struct site_reply){.status = status, .body = body};
}

/* A Claude upstream that has nothing against us. */
static struct site_reply kind_claude(struct house *h, const struct site_request *r)
{
    (void)h;
    if (strcmp(r->path, TOKEN) == 0)
        return said(200, "{'access_token':'access-1','refresh_token':'refresh-1',"
                         "'expires_in':28800,'scope':'user:profile user:inference',"
                         "'account':{'email_address':'a@example.org'}}");
    if (strcmp(r->path, "/api/oauth/profile") == 0)
        return said(200, "{'account':{'email':'a@example.org'},'organization':"
                         "{'rate_limit_tier':'default_claude_max_20x'}}");
    if (strcmp(r->path, "/api/oauth/usage") == 0)
        return said(200, "{'five_hour':{'utilization':25,'resets_at':null}}");
    if (strcmp(r->path, "/v1/messages") == 0)
        return said(200, "{'type':'message'}");
    return said(404, "{}");
}

static int setup(void **state)
{
    struct house *h = xcalloc(1, sizeof *h);
    house_open(h);
    h->answer = kind_claude;
    *state = h;
    return 0;
}

static int teardown(void **state)
{
    house_close(*state);
    free(*state);
    return 0;
}

static struct account *proto(const char *name, const char *kind)
{
    struct account *a = account_create();
    a->name = xstrdup(name);
    a->kind = xstrdup(kind);
    return a;
}

static void begin(struct house *h, const char *kind, const char *mode)
{
    h->due = 1;
    care_login_begin(h->care, kind, mode, NULL, NULL, NULL, on_care_begun, h);
    house_wait(h);
}

/* Fails or ends; h->err and h->account tell. */
static void finish(struct house *h, const char *pasted, struct account *a)
{
    h->due = 1;
    care_login_finish(h->care, h->login, pasted, a, on_care_added, h);
    house_wait(h);
}

static void a_sign_in_makes_an_account(void **state)
{
    struct house *h = *state;
    begin(h, "claude", "code");
    assert_false(h->failed);
    assert_true(text_starts(h->login, "lg_"));
    assert_non_null(strstr(h->url, "code_challenge="));
    struct account *a = proto("max-1", "claude");
    finish(h, "the-code#of-another", a);
    assert_int_equal(h->err.code, ERR_DENIED);
    assert_non_null(strstr(h->err.text, "belongs to another sign-in"));
    assert_int_equal(house_requests(h, NULL), 0);
    finish(h, "the-code", a);
    assert_false(h->failed);
    assert_string_equal(h->account->name, "max-1");
    assert_string_equal(h->account->login, "oauth");
    assert_true(text_starts(h->account->id, "ac_"));
    assert_int_equal(h->account->service, SERVICE_CLAUDE);
    assert_true(h->account->created > 0);
    assert_string_equal(json_str(h->account->profile, "plan"), "Max 20x");
    char *doc = house_stored_doc(h, h->account->id),
         *secret = house_stored_secret(h, h->account->id);
    assert_non_null(strstr(doc, "Max 20x"));
    assert_null(strstr(doc, "access-1"));
    assert_non_null(strstr(secret, "refresh-1"));
    free(doc);
    free(secret);
    struct account_live live;
    core_account_live(h->core, h->account->id, clock_now(), &live);
    assert_true(live.quota.five_hour.known && live.quota.five_hour.used == 0.25);
    finish(h, "the-code", a);
    assert_int_equal(h->err.code, ERR_NOT_FOUND);
    account_unref(a);
}

static struct site_reply refuses_codes(struct house *h, const struct site_request *r)
{
    bool first = strcmp(r->path, TOKEN) == 0 && r->number == 1;
    return first ? said(400, "{'error':'invalid_grant'}") : kind_claude(h, r);
}

static void a_refused_code_can_be_pasted_anew(void **state)
{
    struct house *h = *state;
    h->answer = refuses_codes;
    begin(h, "claude", "code");
    struct account *a = proto("max-1", "claude");
    finish(h, "old-code", a);
    assert_int_equal(h->err.code, ERR_DENIED);
    assert_null(core_account_find(h->core, "max-1", NULL));
    finish(h, "new-code", a);
    assert_false(h->failed);
    account_unref(a);
}

static void a_taken_name_costs_no_code(void **state)
{
    struct house *h = *state;
    house_account(h, "ac_a", "claude", "refresh-0", MS_HOUR);
    begin(h, "claude", "code");
    struct account *a = proto("name-ac_a", "claude");
    finish(h, "the-code", a);
    assert_int_equal(h->err.code, ERR_CONFLICT);
    assert_int_equal(house_requests(h, NULL), 0);
    account_unref(a);
}

static void signing_in_again_keeps_the_rest(void **state)
{
    struct house *h = *state;
    house_account(h, "ac_a", "claude", "refresh-0", MS_HOUR);
    struct verdict v = {.action = ACT_NEXT, .health = HEALTH_LOGIN};
    core_verdict(h->core, "ac_a", "", &v, clock_now());
    begin(h, "claude", "code");
    struct account *a = proto("other-name", "claude");
    snprintf(a->id, sizeof a->id, "ac_a");
    finish(h, "the-code", a);
    assert_false(h->failed);
    assert_string_equal(h->account->name, "name-ac_a");
    assert_int_equal(house_health(h, "ac_a"), HEALTH_READY);
    const struct credential *cr = core_credential(h->core, "ac_a");
    assert_string_equal(cr->access, "access-1");
    assert_int_equal(cr->generation, 1);
    credential_unref(cr);
    account_unref(a);
    /* not into an account of another kind */
    house_account(h, "ac_b", "claude-console", NULL, MS_HOUR);
    begin(h, "claude", "code");
    a = proto("x", "claude");
    snprintf(a->id, sizeof a->id, "ac_b");
    finish(h, "the-code", a);
    assert_int_equal(h->err.code, ERR_USAGE);
    account_unref(a);
}

static void sign_ins_end_by_time(void **state)
{
    struct house *h = *state;
    begin(h, "claude", "code");
    care_tick(h->care, clock_now() + 9 * MS_MINUTE);
    struct account *a = proto("max-1", "claude");
    finish(h, "wrong#state", a);
    assert_int_equal(h->err.code, ERR_DENIED);
    care_tick(h->care, clock_now() + 11 * MS_MINUTE);
    finish(h, "the-code", a);
    assert_int_equal(h->err.code, ERR_NOT_FOUND);
    account_unref(a);
    for (int i = 0; i < 64; i++)
        begin(h, "claude", "code");
    assert_false(h->failed);
    begin(h, "claude", "code");
    assert_int_equal(h->err.code, ERR_BUSY);
}

static void what_cannot_begin(void **state)
{
    struct house *h = *state;
    begin(h, "no-kind", "code");
    assert_int_equal(h->err.code, ERR_USAGE);
    begin(h, "claude-console", "code");
    assert_int_equal(h->err.code, ERR_USAGE);
    begin(h, "claude", "pigeon");
    assert_int_equal(h->err.code, ERR_USAGE);
    h->due = 1;
    care_login_begin(h->care, "claude", "code", "gopher://x", NULL, NULL, on_care_begun, h);
    house_wait(h);
    assert_true(h->failed);
}

static struct site_reply droid_device(struct house *h, const struct site_request *r)
{
    (void)h;
    if (strstr(r->path, "authorize/device"))
        return said(200, "{'device_code':'d1','user_code':'ABCD','verification_uri':'https://v',"
                         "'expires_in':300,'interval':1}");
    if (strstr(r->path, "cli/org"))
        return said(200, "{'workosOrgIds':['org_7']}");
    if (r->number == 1)
        return said(400, "{'error':'authorization_pending'}");
    return said(200, "{'access_token':'a','refresh_token':'r','user':{'email':'d@example.org'}}");
}

/* Asks without a pause until there is a decision. How often it was asked: few of them went up. */
static int finish_eager(struct house *h, struct account *a)
{
    int asked = 0;
    do {
        finish(h, NULL, a);
        usleep(10000);
    } while (++asked < 500 && h->failed && h->err.code == ERR_BUSY);
    return asked;
}

static void a_device_is_polled(void **state)
{
    struct house *h = *state;
    h->answer = droid_device;
    begin(h, "droid", "device");
    assert_false(h->failed);
    assert_string_equal(h->user_code, "ABCD");
    struct account *a = proto("factory", "droid");
    finish(h, NULL, a);
    assert_int_equal(h->err.code, ERR_BUSY);
    assert_true(finish_eager(h, a) > 10); /* the pace is the upstream's, whoever asks */
    assert_false(h->failed);
    assert_string_equal(json_str(h->account->profile, "org_id"), "org_7");
    assert_string_equal(json_str(h->account->profile, "email"), "d@example.org");
    account_unref(a);
}

static struct site_reply codex_device(struct house *h, const struct site_request *r)
{
    (void)h;
    if (strstr(r->path, "usercode"))
        return said(200, "{'device_auth_id':'d1','user_code':'WXYZ','interval':1}");
    if (strstr(r->path, "deviceauth/token"))
        return r->number == 1 ? said(403, "{}")
                              : said(200, "{'authorization_code':'c1','code_verifier':'v1'}");
    if (strcmp(r->path, "/oauth/token") == 0 && strstr(r->body, "code=c1&"))
        /* {"https://api.openai.com/auth":{"chatgpt_account_id":"acc-9"}} */
        return said(200,
            "{'access_token':'a','refresh_token':'r','expires_in':3600,'id_token':'e30."
            "eyJodHRwczovL2FwaS5vcGVuYWkuY29tL2F1dGgiOnsiY2hhdGdwdF9hY2NvdW50X2lkIjoiYWNjLTkifX0.s'"
            "}");
    return said(200, "{'plan_type':'pro','rate_limit':{'primary_window':{'used_percent':50,"
                     "'limit_window_seconds':18000,'reset_at':1900000000}}}");
}

static void a_confirmed_device_is_exchanged(void **state)
{
    struct house *h = *state;
    h->answer = codex_device;
    begin(h, "codex", "device");
    struct account *a = proto("gpt", "codex");
    finish(h, NULL, a);
    assert_int_equal(h->err.code, ERR_BUSY);
    finish_eager(h, a);
    assert_false(h->failed);
    assert_string_equal(json_str(h->account->profile, "account_id"), "acc-9");
    assert_string_equal(json_str(h->account->profile, "plan"), "pro");
    account_unref(a);
}

static void add(struct house *h, struct account *a, const char *access)
{
    struct credential *cr = credential_create();
    cr->access = xstrdup(access);
    free(a->login);
    a->login = xstrdup("key");
    h->due = 1;
    care_add(h->care, a, cr, on_care_added, h);
    house_wait(h);
}

static void keys_are_added(void **state)
{
    struct house *h = *state;
    add(h, proto("api", "claude-console"), "sk-ant-api-1");
    assert_false(h->failed);
    add(h, proto("api", "claude-console"), "sk-ant-api-2");
    assert_int_equal(h->err.code, ERR_CONFLICT);
    add(h, proto("az", "azure-openai"), "k");
    assert_int_equal(h->err.code, ERR_USAGE);
    assert_non_null(strstr(h->err.text, "needs 'url'"));
    add(h, proto("x", "no-kind"), "k");
    assert_int_equal(h->err.code, ERR_USAGE);
    struct account *a = proto("y", "claude-console");
    a->set.proxy = xstrdup("gopher://x");
    add(h, a, "k");
    assert_true(h->failed);
    h->due = 1;
    care_remove(h->care, "ac_none", on_care_done, h);
    house_wait(h);
    assert_int_equal(h->err.code, ERR_NOT_FOUND);
}

static struct account *named(const char *name)
{
    struct account *a = proto(name, "claude-console");
    a->login = xstrdup("key");
    return a;
}

/* Nothing is in the core before it is in the store: the second must look at what is on its way. */
static void a_name_is_given_once(void **state)
{
    struct house *h = *state;
    h->due = 2;
    care_add(h->care, named("twin"), credential_create(), on_care_added, h);
    care_add(h->care, named("twin"), credential_create(), on_care_added, h);
    assert_int_equal(h->due, 1);
    assert_int_equal(h->err.code, ERR_CONFLICT);
    house_wait(h);
    assert_false(h->failed);
    /* an edit that comes after the removal does not bring it back */
    struct account *late = account_copy(h->account);
    char id[24];
    memcpy(id, late->id, sizeof id);
    h->due = 2;
    care_remove(h->care, id, on_care_done, h);
    care_put(h->care, late, NULL, on_care_added, h);
    assert_int_equal(h->err.code, ERR_NOT_FOUND);
    house_wait(h);
    assert_null(house_stored_doc(h, id));
}

static void test_account(struct house *h, const char *id)
{
    h->due = 1;
    care_test(h->care, id, NULL, on_care_tested, h);
    house_wait(h);
}

static struct site_reply wants_new_token(struct house *h, const struct site_request *r)
{
    if (strcmp(r->path, "/v1/messages") == 0 && !strstr(r->head, "Bearer access-1"))
        return said(401, "{'error':{'message':'expired'}}");
    return kind_claude(h, r);
}

static void tests_tell(void **state)
{
    struct house *h = *state;
    house_account(h, "ac_a", "claude", "refresh-0", MS_HOUR);
    test_account(h, "ac_a");
    assert_true(h->tested.ok && h->tested.status == 200);
    assert_string_equal(h->tested.text, "ok");
    /* a stale token is renewed, and the test made again */
    h->answer = wants_new_token;
    test_account(h, "ac_a");
    assert_true(h->tested.ok);
    assert_int_equal(house_requests(h, TOKEN), 1);
    test_account(h, "ac_none");
    assert_false(h->tested.ok);
    struct account_live live;
    core_account_live(h->core, "ac_a", clock_now(), &live);
    assert_int_equal(live.running, 0); /* every lease came back */
}

static struct site_reply refuses_keys(struct house *h, const struct site_request *r)
{
    (void)h;
    (void)r;
    return said(401, "{'error':{'type':'authentication_error','message':'invalid x-api-key'}}");
}

static void a_failed_test_shows_on_the_account(void **state)
{
    struct house *h = *state;
    h->answer = refuses_keys;
    add(h, proto("api", "claude-console"), "sk-ant-api-1");
    test_account(h, h->account->id);
    assert_false(h->tested.ok);
    assert_int_equal(h->tested.status, 401);
    assert_string_equal(h->tested.text, "401 invalid x-api-key");
    assert_int_equal(house_health(h, h->account->id), HEALTH_LOGIN);
    /* a dead address */
    struct account *a = proto("dead", "claude-console");
    a->set.url = xstrdup("http://127.0.0.1:1");
    add(h, a, "k");
    test_account(h, h->account->id);
    assert_false(h->tested.ok);
    assert_int_equal(h->tested.status, 0);
    assert_true(*h->tested.text);
    assert_int_equal(house_health(h, h->account->id), HEALTH_COOLING);
}

static struct site_reply takes_the_third(struct house *h, const struct site_request *r)
{
    (void)h;
    return strstr(r->head, "Bearer k3")
               ? said(200, "{'type':'message','model':'m','content':[],'usage':{}}")
               : said(401, "{'error':{'message':'no such key'}}");
}

static void a_refused_key_makes_room_for_the_next(void **state)
{
    struct house *h = *state;
    struct err err;
    h->answer = takes_the_third;
    struct account *a = proto("many", "droid");
    a->login = xstrdup("key");
    struct credential *cr = credential_create();
    assert_int_equal(provider_take_keys(provider_by_kind("droid"), " k1, k2\nk3;k4 ", cr, &err), 0);
    assert_string_equal(cr->access, "k1");
    assert_int_equal(provider_spare_keys(a, cr), 3);
    h->due = 1;
    care_add(h->care, a, cr, on_care_added, h);
    house_wait(h);
    char id[24];
    memcpy(id, h->account->id, sizeof id);
    test_account(h, id);
    assert_true(h->tested.ok);
    const struct credential *now = core_credential(h->core, id);
    assert_string_equal(now->access, "k3");
    assert_int_equal(provider_spare_keys(h->account, now), 1);
    assert_int_equal(now->generation, 2);
    credential_unref(now);
    /* none is left: then a person is needed, as with one key */
    h->answer = refuses_keys;
    test_account(h, id);
    assert_false(h->tested.ok);
    assert_int_equal(house_health(h, id), HEALTH_LOGIN);
    assert_int_equal(provider_take_keys(provider_by_kind("droid"), " ,\n", NULL, &err), -1);
}

static bool token_asked(struct house *h)
{
    return house_requests(h, TOKEN) > 0 && h->due == 0;
}

static bool second_renewal(struct house *h)
{
    const struct credential *cr = core_credential(h->core, "ac_soon");
    bool yes = cr->generation == 1;
    credential_unref(cr);
    return yes;
}

static void tokens_are_renewed_ahead(void **state)
{
    struct house *h = *state;
    house_account(h, "ac_soon", "claude", "refresh-0", 9 * MS_MINUTE);
    house_account(h, "ac_late", "claude", "refresh-0", 11 * MS_MINUTE);
    care_tick(h->care, clock_now());
    care_tick(h->care, clock_now()); /* under way: not begun again */
    house_run_until(h, token_asked);
    house_run_until(h, second_renewal);
    care_tick(h->care, clock_now());
    assert_int_equal(house_requests(h, TOKEN), 1);
    const struct credential *cr = core_credential(h->core, "ac_late");
    assert_int_equal(cr->generation, 0);
    credential_unref(cr);
}

static bool test_seen(struct house *h)
{
    return house_requests(h, "/v1/messages") == 1;
}

static bool usage_seen(struct house *h)
{
    struct account_live live;
    core_account_live(h->core, "ac_a", clock_now(), &live);
    return live.quota.five_hour.known;
}

static void the_clock_tests_and_asks(void **state)
{
    struct house *h = *state;
    house_account(h, "ac_a", "claude", "refresh-0", MS_DAY);
    const struct account *was = core_account_find(h->core, "ac_a", NULL);
    struct account *a = account_copy(was);
    account_unref(was);
    a->set.test_every = MS_HOUR;
    h->due = 1;
    care_put(h->care, a, NULL, on_care_added, h);
    house_wait(h);
    int64_t now = clock_now();
    care_tick(h->care, now);
    assert_int_equal(house_requests(h, NULL), 0);
    care_tick(h->care, now + MS_HOUR);
    house_run_until(h, test_seen);
    care_tick(h->care, now + MS_HOUR + MS_SECOND); /* not again; the quota is asked for instead */
    house_run_until(h, usage_seen);
    assert_int_equal(house_requests(h, "/v1/messages"), 1);
}

static struct site_reply onboarding(struct house *h, const struct site_request *r)
{
    (void)h;
    if (strstr(r->path, "token"))
        return said(200, "{'access_token':'ya29','expires_in':3599}");
    if (strstr(r->path, "loadCodeAssist"))
        return said(200, "{'currentTier':{'id':'free-tier','name':'Free'},"
                         "'cloudaicompanionProject':'proj-1'}");
    return said(200, "{'buckets':[{'remainingFraction':0.5}]}");
}

/* An imported file without a fresh token: renewed first, then asked who it is. */
static void imports_are_renewed_first(void **state)
{
    struct house *h = *state;
    h->answer = onboarding;
    struct account *a = proto("g", "gemini");
    struct credential *cr = credential_create();
    a->login = xstrdup("import");
    static const char file[] =
        "{\"refresh_token\":\"r\",\"client_id\":\"c\",\"client_secret\":\"s\"}";
    assert_int_equal(provider_by_kind("gemini")->import(file, sizeof file - 1, a, cr, &h->err), 0);
    h->due = 1;
    care_add(h->care, a, cr, on_care_added, h);
    house_wait(h);
    assert_false(h->failed);
    assert_string_equal(json_str(h->account->profile, "project"), "proj-1");
    assert_string_equal(json_str(h->account->profile, "plan"), "Free");
    const struct credential *now = core_credential(h->core, h->account->id);
    assert_string_equal(now->access, "ya29");
    assert_string_equal(now->refresh, "r");
    credential_unref(now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sign_in_makes_an_account, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_code_can_be_pasted_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(a_taken_name_costs_no_code, setup, teardown),
        cmocka_unit_test_setup_teardown(signing_in_again_keeps_the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(sign_ins_end_by_time, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_begin, setup, teardown),
        cmocka_unit_test_setup_teardown(a_device_is_polled, setup, teardown),
        cmocka_unit_test_setup_teardown(a_confirmed_device_is_exchanged, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_are_added, setup, teardown),
        cmocka_unit_test_setup_teardown(a_name_is_given_once, setup, teardown),
        cmocka_unit_test_setup_teardown(tests_tell, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_test_shows_on_the_account, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_key_makes_room_for_the_next, setup, teardown),
        cmocka_unit_test_setup_teardown(tokens_are_renewed_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(the_clock_tests_and_asks, setup, teardown),
        cmocka_unit_test_setup_teardown(imports_are_renewed_first, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
