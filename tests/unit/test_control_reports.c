/* Lists and reports: what is in the house and what was booked, with names for ids. */
#include "control_kit.h"

#include <stdatomic.h>

static int setup(void **state)
{
    static struct kit k;
    kit_open(&k, NULL);
    kit_account(&k, "acc", NULL);
    *state = &k;
    return 0;
}

static int teardown(void **state)
{
    kit_close(*state);
    return 0;
}

static void test_lists(void **state)
{
    struct kit *k = *state;
    static const char *const lists[] = {"model.list", "client.list", "price.list", "request.list",
        "session.list", "usage.query", "log.tail"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        cJSON *r = kit_do(k, lists[i], NULL);
        const struct method *m = method_by_wire(lists[i]);
        const cJSON *row = json_at(r, "items");
        assert_true(cJSON_IsArray(row));
        /* Every column of the table is a member of the row. */
        for (size_t f = 0; row->child && f < m->n_result; f++)
            if (m->result[f].flags & FIELD_COLUMN && !json_at(row->child, m->result[f].name) &&
                strcmp(lists[i], "log.tail") != 0)
                fail_msg("%s has no '%s'", lists[i], m->result[f].name);
        cJSON_Delete(r);
    }
    kit_fails(k, "request.show", "{'id':'r-none'}", "not_found");
    kit_fails(k, "request.cancel", "{'ids':['r-none']}", "not_found");
    kit_fails(k, "session.drop", "{}", "usage");
}

static void no_wake(void *arg)
{
    (void)arg;
}

/* The front page names who waits, and the command that ends it. */
static void test_attention_for_a_line(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "key.create", "{'name':'ci','at_once':1,'in_line':5}");
    const struct key *key = core_key_find(k->core, "ci", false, NULL);
    struct admit_ask ask = {.key = key,
        .service = SERVICE_CLAUDE,
        .model = "claude-haiku-4-5",
        .address = "192.0.2.1",
        .now = clock_now() - 5000,
        .wake = no_wake};
    struct ticket *first, *second;
    struct refusal r;
    assert_int_equal(core_admit(k->core, &ask, &first, &r), ADMIT_GRANTED);
    assert_int_equal(core_admit(k->core, &ask, &second, &r), ADMIT_WAITING);
    cJSON *s = kit_do(k, "system.status", NULL);
    assert_int_equal(json_int(s, "waiting", 0), 1);
    assert_text(json_at(s, "attention")->child, "subject", "ci");
    assert_text(json_at(s, "attention")->child, "command", "crs key edit ci --at-once 2");
    cJSON_Delete(s);
    s = kit_do(k, "key.show", "{'name':'ci'}");
    assert_true(json_num(s, "oldest_wait", 0) >= 5);
    cJSON_Delete(s);
    core_leave(k->core, second, clock_now());
    core_leave(k->core, first, clock_now());
    key_unref(key);
}

/* What was booked comes back in every report, with names for ids. */
static void test_reports(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "key.create", "{'name':'ci'}");
    const struct key *key = core_key_find(k->core, "ci", false, NULL);
    const struct account *acc = core_account_find(k->core, "acc", NULL);
    int64_t now = clock_now();
    struct attempt a = {.request = "r-booked",
        .number = 1,
        .key_id = key->id,
        .account_id = acc->id,
        .kind = acc->kind,
        .model_asked = "claude-haiku-4-5",
        .dialect = "anthropic",
        .client = "claude-code",
        .started = now - 900,
        .first_byte = now - 600,
        .ended = now,
        .status = 200,
        .fault = "",
        .usage = {.input = 100, .output = 20, .cache_read = 300, .seen = true, .final = true},
        .cost = {.total = NANO_PER_DOLLAR / 4, .input = NANO_PER_DOLLAR / 4}};
    strcpy(a.usage.model, "claude-haiku-4-5");
    struct request_row row = {.id = "r-booked",
        .key_id = key->id,
        .path = "/v1/messages",
        .dialect = "anthropic",
        .model = "claude-haiku-4-5",
        .client = "claude-code",
        .address = "192.0.2.1",
        .session = "",
        .started = now - 900,
        .ended = now,
        .status = 200,
        .outcome = "done",
        .reason = "",
        .trail = "[{\"step\":\"choose\",\"text\":\"acc taken\"}]",
        .cost = NANO_PER_DOLLAR / 4,
        .attempts = 1};
    store_book(k->store, &a, 1, &row, NULL, NULL);
    key_unref(key);
    account_unref(acc);
    kit_settle(k);
    cJSON *r = kit_do(k, "usage.query", "{'by':'key'}");
    const cJSON *one = json_at(r, "items")->child;
    assert_text(one, "name", "ci");
    assert_true(json_num(one, "cost", 0) == 0.25);
    assert_true(json_num(one, "share", 0) == 100);
    assert_true(json_num(one, "hit", 0) == 75);
    assert_true(json_num(r, "total.cost", 0) == 0.25);
    cJSON_Delete(r);
    r = kit_do(k, "usage.query", "{'by':'account','key':'ci'}");
    assert_text(json_at(r, "items")->child, "name", "acc");
    cJSON_Delete(r);
    r = kit_do(k, "request.list", "{'key':'ci','state':'done'}");
    one = json_at(r, "items")->child;
    assert_text(one, "id", "r-booked");
    assert_text(one, "key", "ci");
    assert_text(one, "account", "acc");
    assert_text(one, "state", "done");
    assert_int_equal(json_int(one, "output", 0), 20);
    cJSON_Delete(r);
    r = kit_do(k, "request.show", "{'id':'r-booked'}");
    assert_text(json_at(r, "attempts")->child, "account", "acc");
    cJSON_Delete(r);
    r = kit_do(k, "request.why", "{'id':'r-booked'}");
    assert_text(json_at(r, "trail")->child, "text", "acc taken");
    cJSON_Delete(r);
}

static atomic_int cancelled;
static void on_cancel(void *arg)
{
    (void)arg;
    atomic_fetch_add(&cancelled, 1);
}

static void test_live_requests(void **state)
{
    struct kit *k = *state;
    struct live_view v = {.id = "r-live",
        .key = "key_x",
        .key_name = "ci",
        .state = LIVE_LINE,
        .line_since = 2,
        .started = clock_now()};
    struct live_view before = v;
    strcpy(before.id, "r-before");
    before.line_since = 1;
    struct live_entry *first = live_begin(k->live, &before, on_cancel, NULL);
    struct live_entry *e = live_begin(k->live, &v, on_cancel, NULL);
    cJSON *r = kit_do(k, "request.list", "{'state':'waiting'}");
    assert_text(json_at(r, "items")->child, "state", "line");
    assert_int_equal(json_int(json_at(r, "items")->child, "place", 0), 2);
    cJSON_Delete(r);
    r = kit_do(k, "request.list", "{'state':'running'}");
    assert_null(json_at(r, "items")->child);
    cJSON_Delete(r);
    kit_ok(k, "request.show", "{'id':'r-live'}");
    struct buf trail = BUF_INIT;
    buf_adds(&trail, "{\"at\":1,\"step\":\"authenticate\",\"text\":\"key 'ci'\"}");
    live_trail(e, &trail);
    r = kit_do(k, "request.why", "{'id':'r-live'}");
    assert_text(r, "state", "line");
    assert_text(json_at(r, "trail")->child, "text", "key 'ci'");
    assert_text(json_at(r, "trail")->child->next, "text", "stands in line, on place 2");
    cJSON_Delete(r);
    kit_ok(k, "request.cancel", "{'ids':['r-live'],'dry_run':true}");
    assert_int_equal(atomic_load(&cancelled), 0);
    kit_ok(k, "request.cancel", "{'ids':['r-live']}");
    assert_int_equal(atomic_load(&cancelled), 1);
    live_end(first);
    r = kit_do(k, "request.list", "{'state':'waiting'}");
    assert_int_equal(json_int(json_at(r, "items")->child, "place", 0), 1);
    cJSON_Delete(r);
    live_end(e);
    buf_release(&trail);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_lists), T(test_attention_for_a_line), T(test_reports), T(test_live_requests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
