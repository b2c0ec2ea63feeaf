/* Each connection is answered in its own language, whoever else is connected; the store and the
 * audit do not know of it. */
#include "control_kit.h"

static int setup(void **state)
{
    static struct kit k;
    kit_open(&k, NULL);
    *state = &k;
    return 0;
}

static int teardown(void **state)
{
    i18n_set(LANG_EN);
    kit_close(*state);
    return 0;
}

static void greet(struct test_peer *p, const char *lang)
{
    char params[64];
    snprintf(params, sizeof params, "{'protocol':%d,'lang':'%s'}", RPC_PROTOCOL, lang);
    cJSON *a = peer_call(p, "hello", params);
    assert_null(json_at(a, "error"));
    cJSON_Delete(a);
}

static void says(struct test_peer *p, const char *method, const char *params, const char *text)
{
    cJSON *a = peer_call(p, method, params);
    assert_text(a, "error.message", text);
    assert_text(a, "error.data.code", "not_found");
    cJSON_Delete(a);
}

static void each_in_its_own(void **state)
{
    struct test_peer english, chinese;
    peer_open(*state, &english, LEVEL_ADMIN);
    peer_open(*state, &chinese, LEVEL_ADMIN);
    greet(&english, "en");
    greet(&chinese, "zh_CN");
    says(&chinese, "key.show", "{'name':'nobody'}", "没有密钥“nobody”");
    says(&english, "key.show", "{'name':'nobody'}", "no such key 'nobody'");
    cJSON *a = peer_call(&chinese, "system.status", NULL);
    const cJSON *attention = json_at(a, "result.attention");
    assert_non_null(attention);
    assert_text(attention->child, "text", "还没有账号");
    assert_text(attention->child, "kind", "relay");
    cJSON_Delete(a);
    peer_close(&english);
    peer_close(&chinese);
}

/* What comes back from the store is answered in the language of the one who asked, and leaves the
 * thread as it was. */
static void also_after_the_store(void **state)
{
    struct test_peer chinese;
    peer_open(*state, &chinese, LEVEL_ADMIN);
    greet(&chinese, "zh_CN");
    cJSON *a = peer_call(&chinese, "system.doctor", NULL);
    bool seen = false;
    const cJSON *items = json_at(a, "result.items");
    for (const cJSON *r = items ? items->child : NULL; r; r = r->next)
        seen = seen || (strcmp(json_str(r, "check"), "store") == 0 &&
                           strstr(json_str(r, "detail"), "完整性正常"));
    assert_true(seen);
    cJSON_Delete(a);
    assert_string_equal(_("Account"), "Account");
    peer_close(&chinese);
}

static void else_that_of_the_process(void **state)
{
    struct test_peer p;
    peer_open(*state, &p, LEVEL_ADMIN);
    says(&p, "key.show", "{'name':'nobody'}", "no such key 'nobody'");
    i18n_set(LANG_ZH_CN);
    says(&p, "key.show", "{'name':'nobody'}", "没有密钥“nobody”");
    greet(&p, "de_DE.UTF-8");
    says(&p, "key.show", "{'name':'nobody'}", "no such key 'nobody'");
    peer_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_in_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(also_after_the_store, setup, teardown),
        cmocka_unit_test_setup_teardown(else_that_of_the_process, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
