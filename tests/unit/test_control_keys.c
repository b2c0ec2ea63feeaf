/* Keys and templates through the control plane: what is answered, what the core then does, and what
 * is still so after a restart. */
#include "control_kit.h"
#include "common/secret.h"

static int setup(void **state)
{
    static struct kit k;
    kit_open(&k, "public_url = https://relay.example.org/\n");
    *state = &k;
    return 0;
}

static int teardown(void **state)
{
    kit_close(*state);
    return 0;
}

/* Whether the relay would let this secret in. */
static enum refusal_code let_in(struct kit *k, const char *secret)
{
    unsigned char own[KEY_HASH_BYTES];
    struct refusal r = {0};
    vault_key_hash(k->vault, secret, strlen(secret), own);
    const struct key *key = core_authenticate(k->core, own, NULL, clock_now(), &r);
    key_unref(key);
    return key ? REFUSE_NONE : r.code;
}

static char *created(struct kit *k, const char *params)
{
    cJSON *r = kit_do(k, "key.create", params);
    char *secret = strdup(json_str(r, "secret"));
    cJSON_Delete(r);
    return secret;
}

static void test_create(void **state)
{
    struct kit *k = *state;
    cJSON *r = kit_do(k, "key.create",
        "{'name':'ci','daily_cost':20,'at_once':4,'services':['claude'],'note':'runners'}");
    const char *secret = json_str(r, "secret");
    assert_non_null(secret);
    assert_int_equal(strlen(secret), RELAY_KEY_CHARS);
    assert_text(r, "name", "ci");
    assert_text(r, "state", "active");
    assert_text(r, "undo", "crs key remove ci");
    assert_int_equal(let_in(k, secret), REFUSE_NONE);
    const cJSON *env = json_at(r, "env");
    assert_int_equal(cJSON_GetArraySize(env), 2); /* claude only */
    assert_string_equal(cJSON_GetArrayItem(env, 0)->valuestring,
        "export ANTHROPIC_BASE_URL=https://relay.example.org/api");
    cJSON *codex = kit_do(k, "key.create", "{'name':'x','clients':['codex']}");
    assert_int_equal(cJSON_GetArraySize(json_at(codex, "env")), 2);
    assert_string_equal(cJSON_GetArrayItem(json_at(codex, "env"), 0)->valuestring,
        "export OPENAI_BASE_URL=https://relay.example.org/openai/v1");
    cJSON_Delete(codex);
    cJSON *show = kit_do(k, "key.show", "{'name':'c'}"); /* an unambiguous start */
    assert_true(json_num(show, "daily_cost", 0) == 20);
    assert_int_equal(json_int(show, "at_once", 0), 4);
    assert_text(show, "made_by", "tester");
    assert_text(show, "note", "runners");
    assert_string_equal(json_str(show, "secret_tail"), secret + RELAY_KEY_CHARS - 4);
    assert_null(json_at(show, "secret"));
    cJSON_Delete(show);
    kit_restart(k);
    assert_int_equal(let_in(k, secret), REFUSE_NONE);
    cJSON_Delete(r);
}

static void test_create_refuses(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "key.create", "{'name':'a'}");
    kit_fails(k, "key.create", "{'name':'a'}", "conflict");
    kit_fails(k, "key.create", "{}", "usage");
    kit_fails(k, "key.create", "{'name':''}", "usage");
    kit_fails(k, "key.create", "{'name':'none'}", "usage");
    kit_fails(k, "key.create", "{'name':'x,y'}", "usage");
    kit_fails(k, "key.create", "{'name':'-x'}", "usage");
    kit_fails(k, "key.create", "{'name':'x\\u001b[31m'}", "usage");
    kit_fails(k, "key.create", "{'name':'b','daily_cost':-1}", "usage");
    kit_fails(k, "key.create", "{'name':'b','at_once':1.5}", "usage");
    kit_fails(k, "key.create", "{'name':'b','colour':'red'}", "usage");
    kit_fails(k, "key.create", "{'name':'b','from':['300.1.1.1/8']}", "usage");
    kit_fails(k, "key.create", "{'name':'b','clients':['claude-cod']}", "not_found");
    kit_fails(k, "key.create", "{'name':'b','accounts':['nobody']}", "not_found");
    kit_fails(k, "key.create", "{'name':'b','groups':['nowhere']}", "not_found");
    kit_fails(k, "key.create", "{'name':'b','expires':'2020-01-01T00:00:00Z'}", "usage");
    kit_fails(k, "key.create", "{'name':'b','template':'nil'}", "not_found");
    kit_fails(k, "key.show", "{'name':'b'}", "not_found");
}

static void test_batch_is_all_or_none(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "template.create", "{'name':'student','daily_cost':3,'tags':['course']}");
    kit_ok(k, "key.create", "{'name':'c-2'}");
    kit_fails(k, "key.create", "{'name':'c','count':3,'template':'student'}", "conflict");
    kit_fails(k, "key.show", "{'name':'c-1'}", "not_found");
    kit_ok(k, "key.remove", "{'names':['c-2']}");
    cJSON *r = kit_do(
        k, "key.create", "{'name':'c','count':3,'template':'student','daily_cost':4,'at_once':1}");
    const cJSON *items = json_at(r, "items");
    assert_int_equal(cJSON_GetArraySize(items), 3);
    assert_text(cJSON_GetArrayItem(items, 2), "name", "c-3");
    assert_string_not_equal(json_str(cJSON_GetArrayItem(items, 0), "secret"),
        json_str(cJSON_GetArrayItem(items, 1), "secret"));
    cJSON_Delete(r);
    r = kit_do(k, "key.list", "{'tag':'course'}");
    assert_int_equal(cJSON_GetArraySize(json_at(r, "items")), 3);
    assert_true(json_num(json_at(r, "items")->child, "daily_cost", 0) == 4);
    cJSON_Delete(r);
}

static void test_edit(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "key.create", "{'name':'a','at_once':4,'daily_cost':20,'tags':['x']}");
    kit_ok(k, "key.create", "{'name':'b','tags':['x']}");
    cJSON *r = kit_do(k, "key.edit", "{'names':['a'],'at_once':6,'daily_cost':null}");
    const cJSON *row = json_at(r, "items")->child;
    assert_int_equal(json_int(row, "change.at_once.from", -1), 4);
    assert_int_equal(json_int(row, "change.at_once.to", -1), 6);
    assert_true(json_num(row, "change.daily_cost.from", 0) == 20);
    assert_true(cJSON_IsNull(json_at(row, "change.daily_cost.to")));
    assert_null(json_at(row, "change.weekly_cost"));
    cJSON_Delete(r);
    kit_restart(k);
    r = kit_do(k, "key.show", "{'name':'a'}");
    assert_int_equal(json_int(r, "at_once", 0), 6);
    assert_true(cJSON_IsNull(json_at(r, "daily_cost"))); /* none, not a limit of nothing */
    cJSON_Delete(r);
    kit_fails(k, "key.edit", "{'tagged':'nobody-has-it','weekly_cost':7}", "not_found");
    r = kit_do(k, "key.edit", "{'tagged':'x','weekly_cost':7}");
    assert_int_equal(cJSON_GetArraySize(json_at(r, "items")), 2);
    cJSON_Delete(r);
    kit_ok(k, "key.edit", "{'names':['a'],'rename':'alpha'}");
    kit_fails(k, "key.edit", "{'names':['alpha'],'rename':'b'}", "conflict");
    kit_fails(k, "key.edit", "{'names':['alpha','b'],'rename':'c'}", "usage");
    kit_fails(k, "key.edit", "{'at_once':1}", "usage");
    kit_fails(k, "key.edit", "{'names':['alpha'],'at_once':1,'revision':'2020-01-01T00:00:00Z'}",
        "conflict");
}

/* Of several names each is tried; the fault of one does not stop the others. */
static void test_several(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "key.create", "{'name':'a'}");
    kit_ok(k, "key.create", "{'name':'b'}");
    cJSON *r = kit_do(k, "key.pause", "{'names':['a','nobody','b','a']}");
    const cJSON *items = json_at(r, "items");
    assert_int_equal(cJSON_GetArraySize(items), 3);
    assert_true(json_bool(cJSON_GetArrayItem(items, 0), "ok", false));
    assert_false(json_bool(cJSON_GetArrayItem(items, 1), "ok", true));
    assert_text(cJSON_GetArrayItem(items, 1), "error.code", "not_found");
    assert_text(cJSON_GetArrayItem(items, 2), "state", "paused");
    assert_text(r, "undo", "crs key resume a b");
    cJSON_Delete(r);
    kit_fails(k, "key.pause", "{'names':['nobody']}", "not_found");
}

static void test_did_you_mean(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    kit_ok(k, "key.create", "{'name':'ci-build'}");
    peer_open(k, &p, LEVEL_READ);
    cJSON *a = peer_call(&p, "key.show", "{'name':'ci-buld'}");
    assert_text(a, "error.message", "no such key 'ci-buld'");
    assert_text(a, "error.data.hint", "did you mean 'ci-build'?");
    cJSON_Delete(a);
    peer_close(&p);
}

static void test_life(void **state)
{
    struct kit *k = *state;
    char *secret = created(k, "{'name':'a'}");
    kit_ok(k, "key.pause", "{'names':['a']}");
    assert_int_equal(let_in(k, secret), REFUSE_PAUSED);
    kit_ok(k, "key.resume", "{'names':['a']}");
    assert_int_equal(let_in(k, secret), REFUSE_NONE);
    kit_fails(k, "key.restore", "{'names':['a']}", "conflict");
    kit_fails(k, "key.purge", "{'names':['a']}", "conflict");
    kit_ok(k, "key.remove", "{'names':['a']}");
    assert_int_equal(let_in(k, secret), REFUSE_UNKNOWN_KEY);
    char *other = created(k, "{'name':'a'}"); /* the name is free again */
    kit_fails(k, "key.restore", "{'names':['key_nothing']}", "not_found");
    kit_ok(k, "key.edit", "{'names':['a'],'rename':'b'}");
    kit_restart(k);
    kit_ok(k, "key.restore", "{'names':['a']}");
    assert_int_equal(let_in(k, secret), REFUSE_NONE);
    kit_ok(k, "key.remove", "{'names':['a']}");
    kit_ok(k, "key.purge", "{'names':['a']}");
    kit_restart(k);
    kit_fails(k, "key.restore", "{'names':['a']}", "not_found");
    assert_int_equal(let_in(k, secret), REFUSE_UNKNOWN_KEY);
    assert_int_equal(let_in(k, other), REFUSE_NONE);
    free(secret);
    free(other);
}

static void test_purge_by_time(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "key.create", "{'name':'a'}");
    kit_ok(k, "key.remove", "{'names':['a']}");
    int64_t now = clock_now();
    keys_purge_old(k->control, now + KEY_KEPT_MS - MS_HOUR);
    kit_ok(k, "key.show", "{'name':'a'}");
    keys_purge_old(k->control, now + KEY_KEPT_MS + MS_HOUR);
    kit_fails(k, "key.show", "{'name':'a'}", "not_found");
    kit_restart(k);
    kit_fails(k, "key.show", "{'name':'a'}", "not_found");
}

static void test_rotate(void **state)
{
    struct kit *k = *state;
    char *first = created(k, "{'name':'a'}");
    cJSON *r = kit_do(k, "key.rotate", "{'name':'a'}");
    char *second = strdup(json_str(r, "secret"));
    cJSON_Delete(r);
    assert_int_equal(let_in(k, first), REFUSE_UNKNOWN_KEY);
    assert_int_equal(let_in(k, second), REFUSE_NONE);
    r = kit_do(k, "key.rotate", "{'name':'a','grace':3600}");
    assert_non_null(json_str(r, "old_secret_until"));
    assert_int_equal(let_in(k, second), REFUSE_NONE);
    assert_int_equal(let_in(k, json_str(r, "secret")), REFUSE_NONE);
    char ask[200];
    snprintf(ask, sizeof ask, "{'secret':'%s'}", second);
    cJSON *whose = kit_do(k, "key.whose", ask);
    assert_text(whose, "name", "a");
    assert_true(json_bool(whose, "old", false));
    cJSON_Delete(whose);
    kit_fails(k, "key.whose", "{'secret':'cr_unknown'}", "not_found");
    cJSON_Delete(r);
    free(first);
    free(second);
}

static void test_reveal(void **state)
{
    struct kit *k = *state;
    char *kept = created(k, "{'name':'a','keep_secret':true}");
    kit_ok(k, "key.create", "{'name':'b'}");
    kit_fails(k, "key.reveal", "{'name':'b'}", "not_found");
    kit_ok(k, "key.edit", "{'names':['a'],'at_once':2}"); /* an edit leaves the secret alone */
    kit_restart(k);
    cJSON *r = kit_do(k, "key.reveal", "{'name':'a'}");
    assert_text(r, "secret", kept);
    cJSON_Delete(r);
    kit_settle(k);
    r = kit_do(k, "audit.list", "{'method':'key.reveal'}");
    assert_int_equal(cJSON_GetArraySize(json_at(r, "items")), 2); /* the refused one as well */
    assert_text(json_at(r, "items")->child, "subject", "key a");
    cJSON_Delete(r);
    free(kept);
}

static void test_extend(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "key.create", "{'name':'a'}");
    kit_fails(k, "key.extend", "{'name':'a','by':3600}", "conflict");
    kit_ok(k, "key.edit", "{'names':['a'],'expires':'2099-01-01T00:00:00Z'}");
    cJSON *r = kit_do(k, "key.extend", "{'name':'a','by':86400}");
    assert_text(r, "expires_at", "2099-01-02T00:00:00Z");
    cJSON_Delete(r);
}

static void test_dry_run_effect(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "key.create", "{'name':'a'}");
    const struct key *key = core_key_find(k->core, "a", false, NULL);
    struct request_row row = {.key_id = key->id,
        .path = "/v1/messages",
        .dialect = "anthropic",
        .address = "192.0.2.1",
        .session = "",
        .started = clock_now(),
        .ended = clock_now(),
        .status = 200,
        .outcome = "done",
        .reason = "",
        .trail = "[]"};
    static const char *const rows[][2] = {{"claude-code/1.0", "claude-opus-4-5"},
        {"claude-code/1.0", "claude-haiku-4-5"}, {"other", "claude-haiku-4-5"}};
    for (int i = 0; i < 3; i++) {
        char id[16];
        snprintf(id, sizeof id, "r-%d", i);
        row.id = id;
        row.client = rows[i][0];
        row.model = rows[i][1];
        store_book(k->store, NULL, 0, &row, NULL, NULL);
    }
    key_unref(key);
    kit_ok(k, "key.edit", "{'names':['a'],'note':'waits for the rows'}");
    cJSON *r = kit_do(k, "key.edit",
        "{'names':['a'],'clients':['claude-code'],'not_models':['*opus*'],'dry_run':true}");
    assert_true(json_bool(r, "dry_run", false));
    assert_text(json_at(r, "items")->child, "effect",
        "1 of today's 3 requests came from other clients and would be refused with 403; "
        "1 of today's 3 requests were for other models and would be refused with 403");
    cJSON_Delete(r);
    r = kit_do(k, "key.show", "{'name':'a'}");
    assert_int_equal(cJSON_GetArraySize(json_at(r, "clients")), 0);
    cJSON_Delete(r);
}

static void test_templates(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "template.create", "{'name':'t','daily_cost':5}");
    kit_fails(k, "template.create", "{'name':'t'}", "conflict");
    kit_ok(k, "template.edit", "{'name':'t','rename':'u','at_once':3}");
    kit_restart(k);
    cJSON *r = kit_do(k, "template.show", "{'name':'u'}");
    assert_true(json_num(r, "daily_cost", 0) == 5);
    assert_int_equal(json_int(r, "at_once", 0), 3);
    cJSON_Delete(r);
    r = kit_do(k, "template.list", NULL);
    assert_text(json_at(r, "items")->child, "settings", "daily cost $5.00, at once 3");
    cJSON_Delete(r);
    kit_ok(k, "template.edit", "{'name':'u','at_once':9,'dry_run':true}");
    kit_ok(k, "key.create", "{'name':'a','template':'u'}");
    r = kit_do(k, "key.show", "{'name':'a'}");
    assert_int_equal(json_int(r, "at_once", 0), 3);
    cJSON_Delete(r);
    kit_ok(k, "template.create", "{'name':'like-a','like':'a'}");
    kit_ok(k, "template.remove", "{'name':'u'}");
    kit_restart(k);
    kit_fails(k, "template.show", "{'name':'u'}", "not_found");
    kit_ok(k, "template.show", "{'name':'like-a'}");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(test_create), T(test_create_refuses),
        T(test_batch_is_all_or_none), T(test_edit), T(test_several), T(test_did_you_mean),
        T(test_life), T(test_purge_by_time), T(test_rotate), T(test_reveal), T(test_extend),
        T(test_dry_run_effect), T(test_templates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
