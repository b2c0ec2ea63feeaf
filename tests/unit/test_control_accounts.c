/* Accounts, groups and sign-ins through the control plane. */
#include "control_kit.h"

static int setup(void **state)
{
    static struct kit k;
    kit_open(&k, NULL);
    kit_account(&k, "one", NULL);
    kit_account(&k, "two", "{'priority':10}");
    *state = &k;
    return 0;
}

static int teardown(void **state)
{
    kit_close(*state);
    return 0;
}

static void test_list_and_show(void **state)
{
    struct kit *k = *state;
    cJSON *r = kit_do(k, "account.list", "{'state':'ready'}");
    assert_int_equal(cJSON_GetArraySize(json_at(r, "items")), 2);
    assert_text(json_at(r, "items")->child, "name", "one");
    assert_true(cJSON_IsNull(json_at(json_at(r, "items")->child, "five_hour")));
    cJSON_Delete(r);
    r = kit_do(k, "account.list", "{'kind':'claude'}");
    assert_int_equal(cJSON_GetArraySize(json_at(r, "items")), 0);
    cJSON_Delete(r);
    r = kit_do(k, "account.show", "{'name':'two'}");
    assert_int_equal(json_int(r, "priority", 0), 10);
    assert_text(r, "kind", "claude-console");
    struct buf text = BUF_INIT;
    json_print(r, &text);
    assert_null(strstr(text.data, "sk-test"));
    buf_release(&text);
    cJSON_Delete(r);
}

static void test_off_and_on(void **state)
{
    struct kit *k = *state;
    cJSON *r = kit_do(k, "account.off", "{'names':['one']}");
    assert_text(json_at(r, "items")->child, "state", "off");
    assert_text(r, "undo", "crs account on one");
    cJSON_Delete(r);
    const struct account *a = core_account_find(k->core, "one", NULL);
    assert_true(a->off);
    account_unref(a);
    kit_ok(k, "account.on", "{'names':['one']}");
    a = core_account_find(k->core, "one", NULL);
    assert_false(a->off);
    account_unref(a);
}

static void test_edit(void **state)
{
    struct kit *k = *state;
    cJSON *r = kit_do(k, "account.edit",
        "{'names':['one'],'at_once':8,'proxy':'socks5://10.0.0.7:1080','proxy_login':'me:hunter2',"
        "'rename':'uno'}");
    const cJSON *row = json_at(r, "items")->child;
    assert_int_equal(json_int(row, "change.at_once.to", 0), 8);
    assert_text(row, "change.proxy_login", "changed");
    struct buf text = BUF_INIT;
    json_print(r, &text);
    assert_null(strstr(text.data, "hunter2"));
    buf_release(&text);
    cJSON_Delete(r);
    kit_settle(k);
    r = kit_do(k, "audit.list", "{'method':'account.edit'}");
    json_print(r, &text);
    assert_non_null(strstr(text.data, "at_once"));
    assert_null(strstr(text.data, "hunter2"));
    buf_release(&text);
    cJSON_Delete(r);
    const struct account *a = core_account_find(k->core, "uno", NULL);
    const struct credential *cr = core_credential(k->core, a->id);
    assert_string_equal(cr->proxy_password, "hunter2");
    assert_string_equal(cr->access, "sk-test");
    credential_unref(cr);
    account_unref(a);
    kit_ok(k, "account.edit", "{'names':['uno'],'proxy':null,'proxy_login':''}");
    a = core_account_find(k->core, "uno", NULL);
    cr = core_credential(k->core, a->id);
    assert_null(cr->proxy_user);
    credential_unref(cr);
    account_unref(a);
    kit_fails(k, "account.edit", "{'names':['uno'],'rename':'two'}", "conflict");
    kit_fails(k, "account.edit", "{'names':['uno'],'proxy':'ftp://x'}", "usage");
    kit_fails(k, "account.edit", "{'names':['uno'],'url':'file:///etc/passwd'}", "usage");
    kit_fails(k, "account.edit", "{'names':['uno'],'model_map':{'a':''}}", "usage");
}

static void test_bindings_follow_the_account(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "key.create", "{'name':'k','accounts':['one']}");
    kit_ok(k, "account.edit", "{'names':['one'],'rename':'renamed'}");
    cJSON *r = kit_do(k, "key.show", "{'name':'k'}");
    assert_string_equal(json_at(r, "accounts")->child->valuestring, "renamed");
    cJSON_Delete(r);
    r = kit_do(k, "account.show", "{'name':'renamed'}");
    assert_string_equal(json_at(r, "keys")->child->valuestring, "k");
    cJSON_Delete(r);
    kit_fails(k, "account.remove", "{'names':['renamed']}", "conflict");
    kit_ok(k, "account.remove", "{'names':['renamed'],'unbind':true,'dry_run':true}");
    kit_ok(k, "account.show", "{'name':'renamed'}");
    kit_ok(k, "account.remove", "{'names':['renamed'],'unbind':true}");
    kit_fails(k, "account.show", "{'name':'renamed'}", "not_found");
    /* Bound to nothing it could use every account: it must not. */
    r = kit_do(k, "key.show", "{'name':'k'}");
    assert_text(r, "state", "paused");
    cJSON_Delete(r);
}

static void test_add_checks_first(void **state)
{
    struct kit *k = *state;
    kit_fails(k, "account.add", "{'kind':'claude-console','name':'x'}", "usage"); /* no key */
    kit_fails(k, "account.add", "{'kind':'codex','name':'x','key':'k'}", "usage");
    kit_fails(k, "account.add", "{'kind':'nonsense','name':'x','key':'k'}", "usage");
    kit_fails(k, "account.add", "{'kind':'claude-console','name':'one','key':'k'}", "conflict");
    kit_fails(k, "account.add", "{'kind':'bedrock','name':'x','key':'k'}", "usage"); /* region */
    cJSON *r =
        kit_do(k, "account.add", "{'kind':'claude-console','key':'sk-secret','dry_run':true}");
    assert_text(r, "name", "claude-console-1");
    struct buf text = BUF_INIT;
    json_print(r, &text);
    assert_null(strstr(text.data, "sk-secret"));
    buf_release(&text);
    cJSON_Delete(r);
    kit_fails(k, "account.show", "{'name':'claude-console-1'}", "not_found");
    kit_fails(k, "account.renew", "{'names':['one']}", "conflict"); /* a key is not renewed */
}

static void test_sign_in(void **state)
{
    struct kit *k = *state;
    cJSON *r = kit_do(k, "oauth.begin", "{'kind':'claude'}");
    assert_non_null(strstr(json_str(r, "url"), "https://"));
    assert_text(r, "mode", "code");
    const char *login = json_str(r, "login");
    char params[300];
    snprintf(
        params, sizeof params, "{'login':'%s','code':'abc#foreign-state','name':'new'}", login);
    kit_fails(k, "oauth.finish", params, "denied"); /* another sign-in's code */
    snprintf(params, sizeof params, "{'login':'%s','code':'abc','name':'one'}", login);
    kit_fails(k, "oauth.finish", params, "conflict"); /* told before the code is spent */
    cJSON_Delete(r);
    kit_fails(k, "oauth.finish", "{'login':'login_gone','code':'abc','name':'n'}", "not_found");
    kit_fails(k, "oauth.begin", "{'kind':'claude-console'}", "usage");
    kit_fails(k, "oauth.begin", "{}", "usage");
    kit_fails(k, "oauth.begin", "{'kind':'claude','name':'one'}", "conflict");
    kit_fails(k, "oauth.begin", "{'kind':'claude','proxy':'gopher://x'}", "usage");
    kit_fails(k, "oauth.begin", "{'account':'nobody'}", "not_found");
}

/* What the account is to be is said at the begin, and holds unless the end says otherwise. */
static void test_sign_in_remembers(void **state)
{
    struct kit *k = *state;
    cJSON *r = kit_do(k, "oauth.begin",
        "{'kind':'claude','name':'max','groups':['team'],'priority':7,'at_once':3}");
    char params[200];
    snprintf(params, sizeof params, "{'login':'%s','code':'abc','at_once':4,'dry_run':true}",
        json_str(r, "login"));
    cJSON *a = kit_do(k, "oauth.finish", params);
    assert_text(a, "name", "max");
    assert_int_equal(json_int(a, "settings.priority", 0), 7);
    assert_int_equal(json_int(a, "settings.at_once", 0), 4);
    assert_int_equal(cJSON_GetArraySize(json_at(a, "groups")), 1);
    cJSON_Delete(a);
    cJSON_Delete(r);
}

static void test_groups(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "group.create", "{'name':'team','accounts':['one'],'note':'n'}");
    kit_fails(k, "group.create", "{'name':'team'}", "conflict");
    kit_fails(k, "group.create", "{'name':'x','accounts':['nobody']}", "not_found");
    kit_ok(k, "group.join", "{'group':'team','names':['two']}");
    cJSON *r = kit_do(k, "group.show", "{'name':'team'}");
    assert_int_equal(cJSON_GetArraySize(json_at(r, "accounts")), 2);
    assert_int_equal(json_int(r, "ready", 0), 2);
    assert_text(r, "note", "n");
    cJSON_Delete(r);
    kit_ok(k, "group.leave", "{'group':'team','names':['one']}");
    kit_ok(k, "key.create", "{'name':'k','groups':['team']}");
    kit_fails(k, "group.remove", "{'name':'team'}", "conflict");
    kit_ok(k, "template.create", "{'name':'t','groups':['team']}");
    kit_ok(k, "group.edit", "{'name':'team','rename':'crew','dry_run':true}");
    kit_ok(k, "group.show", "{'name':'team'}");
    kit_ok(k, "group.edit", "{'name':'team','rename':'crew','note':'m'}");
    kit_fails(k, "group.show", "{'name':'team'}", "not_found");
    r = kit_do(k, "key.show", "{'name':'k'}");
    assert_string_equal(json_at(r, "groups")->child->valuestring, "crew");
    cJSON_Delete(r);
    r = kit_do(k, "template.show", "{'name':'t'}");
    assert_string_equal(json_at(r, "groups")->child->valuestring, "crew");
    cJSON_Delete(r);
    r = kit_do(k, "group.list", NULL);
    assert_int_equal(json_int(json_at(r, "items")->child, "keys", 0), 1);
    assert_text(json_at(r, "items")->child, "note", "m");
    cJSON_Delete(r);
    kit_ok(k, "group.remove", "{'name':'crew','unbind':true}");
    kit_fails(k, "group.show", "{'name':'crew'}", "not_found");
    r = kit_do(k, "key.show", "{'name':'k'}");
    assert_text(r, "state", "paused");
    cJSON_Delete(r);
}

static void test_status_attention(void **state)
{
    struct kit *k = *state;
    const struct account *a = core_account_find(k->core, "one", NULL);
    struct verdict v = {.action = ACT_NEXT, .health = HEALTH_BLOCKED, .status = 403};
    strcpy(v.reason, "403 account disabled");
    core_verdict(k->core, a->id, "claude-haiku-4-5", &v, clock_now());
    account_unref(a);
    cJSON *r = kit_do(k, "system.status", NULL);
    assert_true(json_bool(r, "healthy", false));
    assert_int_equal(json_int(r, "accounts.ready", 0), 1);
    assert_int_equal(json_int(r, "accounts.blocked", 0), 1);
    const cJSON *point = json_at(r, "attention")->child;
    assert_text(point, "subject", "one");
    assert_text(point, "text", "blocked: 403 account disabled");
    assert_text(point, "command", "crs account reset one");
    cJSON_Delete(r);
    r = kit_do(k, "account.reset", "{'names':['one']}");
    assert_text(json_at(r, "items")->child, "change.state.from", "blocked");
    assert_text(json_at(r, "items")->child, "state", "ready");
    cJSON_Delete(r);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(test_list_and_show), T(test_off_and_on), T(test_edit),
        T(test_bindings_follow_the_account), T(test_add_checks_first), T(test_sign_in),
        T(test_sign_in_remembers), T(test_groups), T(test_status_attention)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
