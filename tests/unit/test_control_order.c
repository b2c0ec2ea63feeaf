/* The dispatcher: who may do what, what a dry run leaves alone, what the audit keeps, and bounds.
 */
#include "control_kit.h"
#include "common/alloc.h"

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

/* Parameters that pass the check of a row, so that what is refused is refused for the level. */
static cJSON *some_params(const struct method *m)
{
    cJSON *o = cJSON_CreateObject();
    for (size_t i = 0; i < m->n_params; i++) {
        const struct field *f = &m->params[i];
        if (!(f->flags & FIELD_REQUIRED))
            continue;
        cJSON *v;
        if (f->kind == F_ENUM)
            v = cJSON_CreateString("claude-console");
        else if (f->kind == F_DURATION)
            v = cJSON_CreateNumber(60);
        else
            v = cJSON_CreateString("/nonexistent/x");
        if (f->flags & FIELD_MANY) {
            cJSON *list = cJSON_CreateArray();
            cJSON_AddItemToArray(list, v);
            v = list;
        }
        json_put(o, f->name, v);
    }
    return o;
}

static bool denied(struct kit *k, const struct method *m, enum level level)
{
    struct test_peer p;
    peer_open(k, &p, level);
    struct buf line = BUF_INIT;
    cJSON *params = some_params(m);
    if (m->flags & M_MUTATES)
        json_put_bool(params, "dry_run", true);
    rpc_put_request(&line, 1, m->wire, params);
    peer_line(&p.peer, line.data, line.len - 1);
    buf_release(&line);
    cJSON_Delete(params);
    cJSON *a = peer_next(&p);
    const char *code = json_str(a, "error.data.code");
    bool no = code && strcmp(code, "denied") == 0;
    cJSON_Delete(a);
    peer_close(&p);
    return no;
}

/* Every method against every level: no route goes around the table. */
static void test_permissions(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < (int)METHOD_COUNT; i++) {
        const struct method *m = method_by_id((enum method_id)i);
        for (int level = LEVEL_NONE; level <= LEVEL_ADMIN; level++)
            if (denied(k, m, (enum level)level) != (level < (int)m->level))
                fail_msg("%s with level %s", m->wire, level_name((enum level)level));
    }
    assert_false(k->draining);
    assert_false(k->stopped);
    assert_int_equal(k->reloads, 0);
}

static char *all_records(struct kit *k)
{
    kit_settle(k);
    static const char *const lists[] = {
        "key.list", "account.list", "group.list", "template.list", "audit.list"};
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        cJSON *r = kit_do(k, lists[i], NULL);
        json_print(r, &b);
        cJSON_Delete(r);
    }
    return buf_steal(&b, NULL);
}

static void test_dry_run_changes_nothing(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "key.create", "{'name':'a'}");
    kit_ok(k, "key.create", "{'name':'gone'}");
    kit_ok(k, "key.remove", "{'names':['gone']}");
    kit_ok(k, "group.create", "{'name':'g'}");
    kit_ok(k, "template.create", "{'name':'t'}");
    static const char *const calls[][2] = {{"key.create", "{'name':'b','dry_run':true}"},
        {"key.edit", "{'names':['a'],'at_once':2,'dry_run':true}"},
        {"key.pause", "{'names':['a'],'dry_run':true}"},
        {"key.rotate", "{'name':'a','dry_run':true}"},
        {"key.remove", "{'names':['a'],'dry_run':true}"},
        {"key.restore", "{'names':['gone'],'dry_run':true}"},
        {"key.purge", "{'names':['gone'],'dry_run':true}"},
        {"account.off", "{'names':['acc'],'dry_run':true}"},
        {"account.edit", "{'names':['acc'],'note':'x','dry_run':true}"},
        {"account.reset", "{'names':['acc'],'dry_run':true}"},
        {"account.remove", "{'names':['acc'],'dry_run':true}"},
        {"account.add", "{'kind':'claude-console','name':'n','key':'k','dry_run':true}"},
        {"account.login", "{'name':'acc','key':'other','dry_run':true}"},
        {"group.create", "{'name':'h','dry_run':true}"},
        {"group.edit", "{'name':'g','rename':'h','dry_run':true}"},
        {"group.remove", "{'name':'g','dry_run':true}"},
        {"group.join", "{'group':'g','names':['acc'],'dry_run':true}"},
        {"template.create", "{'name':'u','dry_run':true}"},
        {"template.edit", "{'name':'t','at_once':3,'dry_run':true}"},
        {"template.remove", "{'name':'t','dry_run':true}"}, {"system.reload", "{'dry_run':true}"},
        {"system.drain", "{'dry_run':true}"}, {"system.stop", "{'dry_run':true}"},
        {"admin.token", "{'dry_run':true}"},
        {"backup.create", "{'file':'/nonexistent/b','dry_run':true}"}};
    char *before = all_records(k);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        cJSON *r = kit_do(k, calls[i][0], calls[i][1]);
        if (!json_bool(r, "dry_run", false))
            fail_msg("%s does not say that it was a dry run", calls[i][0]);
        cJSON_Delete(r);
    }
    char *after = all_records(k);
    assert_string_equal(before, after);
    assert_false(k->draining || k->stopped);
    assert_int_equal(k->reloads, 0);
    free(before);
    free(after);
    kit_restart(k); /* nor is there anything in the store */
    kit_fails(k, "key.show", "{'name':'b'}", "not_found");
    kit_fails(k, "group.show", "{'name':'h'}", "not_found");
}

static void test_audit(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "key.create", "{'name':'a','at_once':1}");
    kit_ok(k, "key.edit", "{'names':['a'],'at_once':5}");
    kit_fails(k, "key.create", "{'name':'a'}", "conflict");
    kit_ok(k, "key.list", NULL);
    kit_fails(k, "key.create", "{'name':7}", "usage"); /* never begun: no act */
    kit_settle(k);
    cJSON *r = kit_do(k, "audit.list", NULL);
    const cJSON *items = json_at(r, "items"); /* newest first */
    assert_int_equal(cJSON_GetArraySize(items), 3);
    const cJSON *refused = cJSON_GetArrayItem(items, 0), *edit = cJSON_GetArrayItem(items, 1);
    assert_false(json_bool(refused, "ok", true));
    assert_text(refused, "subject", "key a");
    assert_text(edit, "who", "tester");
    assert_text(edit, "from", "test");
    assert_int_equal(json_int(edit, "uid", 0), 4242);
    assert_text(edit, "subject", "key a");
    assert_int_equal(json_int(edit, "change.at_once.from", 0), 1);
    assert_int_equal(json_int(edit, "change.at_once.to", 0), 5);
    struct buf text = BUF_INIT;
    json_print(r, &text);
    assert_null(strstr(text.data, "cr_"));
    buf_release(&text);
    cJSON_Delete(r);
}

static void test_unknown_method(void **state)
{
    struct test_peer p;
    peer_open(*state, &p, LEVEL_ADMIN);
    cJSON *a = peer_call(&p, "key.crate", NULL);
    assert_int_equal(json_int(a, "error.code", 0), -32601);
    assert_text(a, "error.data.hint", "did you mean 'key.create'?");
    cJSON_Delete(a);
    peer_close(&p);
}

static void test_hello_first(void **state)
{
    struct test_peer p;
    struct kit *k = *state;
    peer_open(k, &p, LEVEL_ADMIN);
    p.peer.greeted = false;
    char early[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"key.list\"}";
    assert_int_equal(peer_line(&p.peer, early, strlen(early)), -1);
    cJSON *a = peer_next(&p);
    assert_text(a, "error.data.code", "protocol");
    cJSON_Delete(a);
    char other[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":{\"protocol\":99}}";
    assert_int_equal(peer_line(&p.peer, other, strlen(other)), -1);
    a = peer_next(&p);
    assert_text(a, "error.data.code", "unreachable");
    cJSON_Delete(a);
    char right[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":{\"protocol\":1}}";
    assert_int_equal(peer_line(&p.peer, right, strlen(right)), 0);
    a = peer_next(&p);
    assert_text(a, "result.level", "admin");
    assert_text(a, "result.zone", "UTC");
    cJSON_Delete(a);
    peer_close(&p);
}

static void send_raw(struct test_peer *p, int id, const char *method, const char *params)
{
    struct buf line = BUF_INIT;
    cJSON *o = params ? json_of(params) : NULL;
    rpc_put_request(&line, id, method, o);
    cJSON_Delete(o);
    peer_line(&p->peer, line.data, line.len - 1);
    buf_release(&line);
}

/* Forty calls that wait for the store at once: the first 32 run, the others are told to wait, and
 * afterwards there is room again. */
static void test_in_flight(void **state)
{
    struct test_peer p;
    peer_open(*state, &p, LEVEL_ADMIN);
    int busy = 0, done = 0;
    for (int i = 0; i < 40; i++)
        send_raw(&p, i, "audit.list", NULL);
    for (int i = 0; i < 40; i++) {
        cJSON *a = peer_next(&p);
        if (json_at(a, "result"))
            done++;
        else
            busy += strcmp(json_str(a, "error.data.code"), "busy") == 0;
        cJSON_Delete(a);
    }
    assert_int_equal(done, IN_FLIGHT_MAX);
    assert_int_equal(busy, 40 - IN_FLIGHT_MAX);
    cJSON *a = peer_call(&p, "audit.list", NULL);
    assert_non_null(json_at(a, "result"));
    cJSON_Delete(a);
    peer_close(&p);
}

/* Two calls want the same name at the same moment: exactly one gets it, also after a restart. */
static void test_one_at_a_time(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    peer_open(k, &p, LEVEL_ADMIN);
    for (int i = 0; i < 10; i++)
        send_raw(&p, i, "key.create", "{'name':'wanted'}");
    int made = 0, taken = 0;
    for (int i = 0; i < 10; i++) {
        cJSON *a = peer_next(&p);
        made += json_at(a, "result") != NULL;
        taken += json_at(a, "error") != NULL;
        cJSON_Delete(a);
    }
    assert_int_equal(made, 1);
    assert_int_equal(taken, 9);
    peer_close(&p);
    kit_restart(k);
    cJSON *r = kit_do(k, "key.list", NULL);
    assert_int_equal(cJSON_GetArraySize(json_at(r, "items")), 1);
    cJSON_Delete(r);
}

/* Who leaves does not undo what is under way, and costs nothing afterwards. */
static void test_peer_leaves(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    peer_open(k, &p, LEVEL_ADMIN);
    for (int i = 0; i < 5; i++)
        send_raw(&p, i, "audit.list", NULL);
    send_raw(&p, 5, "key.create", "{'name':'left'}");
    peer_close(&p);
    kit_ok(k, "key.create", "{'name':'after'}"); /* in line behind it */
    kit_ok(k, "key.show", "{'name':'left'}");
}

static void test_system(void **state)
{
    struct kit *k = *state;
    cJSON *r = kit_do(k, "system.reload", NULL);
    assert_string_equal(json_at(r, "need_restart")->child->valuestring, "listen");
    assert_int_equal(k->reloads, 1);
    cJSON_Delete(r);
    kit_ok(k, "system.drain", "{'wait':true}");
    assert_true(k->draining);
    r = kit_do(k, "system.status", NULL);
    assert_true(json_bool(r, "draining", false));
    assert_false(json_bool(r, "healthy", true));
    cJSON_Delete(r);
    kit_ok(k, "system.resume", NULL);
    assert_false(k->draining);
    kit_ok(k, "system.stop", NULL);
    assert_true(k->stopped);
    r = kit_do(k, "system.describe", "{'method':'key.create'}");
    assert_text(json_at(r, "methods")->child, "method", "key.create");
    cJSON_Delete(r);
    r = kit_do(k, "config.get", "{'name':'state_dir'}");
    assert_text(r, "origin", "file");
    assert_text(r, "value", k->dir);
    cJSON_Delete(r);
    r = kit_do(k, "config.list", "{'changed':true}");
    assert_int_equal(cJSON_GetArraySize(json_at(r, "items")), 1);
    cJSON_Delete(r);
    kit_fails(k, "config.get", "{'name':'sate_dir'}", "not_found");
    r = kit_do(k, "config.check", NULL);
    assert_true(json_bool(r, "ok", false));
    cJSON_Delete(r);
}

/* A drain that is waited for ends with the last request, and with its own end. */
static void test_drain_waits(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    struct live_view v = {.id = "r-1", .started = clock_now()};
    struct live_entry *e = live_begin(k->live, &v, NULL, NULL);
    peer_open(k, &p, LEVEL_ADMIN);
    send_raw(&p, 1, "system.drain", "{'wait':true}");
    kit_ok(k, "key.create", "{'name':'meanwhile'}"); /* it holds nobody up */
    assert_true(peer_quiet(&p));
    control_tick(k->control, clock_now());
    assert_true(peer_quiet(&p));
    live_end(e);
    control_tick(k->control, clock_now());
    cJSON *a = peer_next(&p);
    assert_int_equal(json_int(a, "result.running", -1), 0);
    cJSON_Delete(a);
    peer_close(&p);
}

static void test_backup(void **state)
{
    struct kit *k = *state;
    char params[120], path[90];
    snprintf(path, sizeof path, "%s/copy.db", k->dir);
    snprintf(params, sizeof params, "{'file':'%s'}", path);
    cJSON *r = kit_do(k, "backup.create", params);
    assert_true(json_int(r, "bytes", 0) > 0);
    cJSON_Delete(r);
    kit_fails(k, "backup.create", params, "conflict");
    kit_fails(k, "backup.create", "{'file':'relative.db'}", "usage");
}

static void test_doctor(void **state)
{
    struct kit *k = *state;
    kit_ok(k, "account.off", "{'names':['acc']}"); /* no probe leaves this machine */
    cJSON *r = kit_do(k, "system.doctor", NULL);
    bool store = false;
    for (const cJSON *row = json_at(r, "items")->child; row; row = row->next)
        store |= strcmp(json_str(row, "check"), "store") == 0 &&
                 strcmp(json_str(row, "state"), "ok") == 0;
    assert_true(store);
    cJSON_Delete(r);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(test_permissions), T(test_dry_run_changes_nothing),
        T(test_audit), T(test_unknown_method), T(test_hello_first), T(test_in_flight),
        T(test_one_at_a_time), T(test_peer_leaves), T(test_system), T(test_drain_waits),
        T(test_backup), T(test_doctor)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
