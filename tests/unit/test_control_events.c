/* Followers of events and of the log: nothing lost without a word, nothing kept without a bound. */
#include "control_kit.h"
#include "base/log.h"
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

static cJSON *subscribe(struct kit *k, struct test_peer *p, const char *params)
{
    peer_open(k, p, LEVEL_READ);
    cJSON *a = peer_call(p, "event.subscribe", params);
    assert_non_null(json_at(a, "result"));
    return a;
}

/* The next event of a topic; heartbeats and other topics are passed over. */
static cJSON *next_of(struct test_peer *p, const char *topic)
{
    for (;;) {
        cJSON *e = peer_next(p);
        const char *t = json_str(e, "params.topic");
        if (strcmp(json_str(e, "method"), "event") == 0 && t && strcmp(t, topic) == 0)
            return e;
        cJSON_Delete(e);
    }
}

static void test_snapshot_then_events(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    kit_ok(k, "key.create", "{'name':'before'}");
    cJSON *a = subscribe(k, &p, "{'topics':['key'],'snapshot':true}");
    int64_t seq = json_int(a, "result.seq", -1);
    assert_true(seq >= 0);
    assert_text(json_at(a, "result.snapshot.keys")->child, "name", "before");
    assert_text(json_at(a, "result.snapshot.accounts")->child, "name", "acc");
    assert_non_null(json_at(a, "result.snapshot.status.today"));
    cJSON_Delete(a);
    kit_ok(k, "key.create", "{'name':'after'}");
    cJSON *e = next_of(&p, "key");
    assert_text(e, "params.data.name", "after");
    assert_true(json_int(e, "params.seq", -1) > seq);
    assert_int_equal(json_int(e, "params.n", 0), 1);
    assert_null(json_at(e, "params.data.secret"));
    cJSON_Delete(e);
    kit_ok(k, "account.off", "{'names':['acc']}"); /* not asked for */
    assert_true(peer_quiet(&p));
    kit_ok(k, "key.create", "{'name':'later'}");
    e = next_of(&p, "key");
    assert_int_equal(json_int(e, "params.n", 0), 2); /* without a gap, whatever others were told */
    cJSON_Delete(e);
    cJSON_Delete(peer_call(&p, "event.subscribe", "{'topics':['key']}"));
    kit_ok(k, "key.create", "{'name':'anew'}");
    e = next_of(&p, "key");
    assert_int_equal(json_int(e, "params.n", 0), 1);
    cJSON_Delete(e);
    peer_close(&p);
}

static void test_admin_events(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    cJSON_Delete(subscribe(k, &p, "{'topics':['admin']}"));
    kit_ok(k, "key.create", "{'name':'a'}");
    cJSON *e = next_of(&p, "admin");
    assert_text(e, "params.data.method", "key.create");
    assert_text(e, "params.data.who", "tester");
    cJSON_Delete(e);
    peer_close(&p);
}

static void test_heartbeat_when_quiet(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    cJSON_Delete(subscribe(k, &p, "{'topics':['config']}"));
    control_tick(k->control, clock_now()); /* its answer went out in this second */
    assert_true(peer_quiet(&p));
    control_tick(k->control, clock_now());
    cJSON *e = peer_next(&p);
    assert_text(e, "method", "event.heartbeat");
    cJSON_Delete(e);
    peer_close(&p);
}

/* Progress: only what moved, once a tick. */
static void test_progress(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    struct live_view v = {.id = "r-1", .key = "key_x", .key_name = "ci", .started = clock_now()};
    struct live_entry *e = live_begin(k->live, &v, NULL, NULL);
    cJSON_Delete(subscribe(k, &p, "{'topics':['request']}"));
    control_tick(k->control, clock_now()); /* takes stock */
    control_tick(k->control, clock_now());
    struct live_view *mine = live_edit(e);
    mine->state = LIVE_STREAM;
    mine->output = 12;
    live_edit_done(e);
    control_tick(k->control, clock_now());
    cJSON *n = next_of(&p, "request");
    assert_text(n, "params.data.what", "progress");
    assert_text(json_at(n, "params.data.requests")->child, "state", "stream");
    assert_int_equal(json_int(json_at(n, "params.data.requests")->child, "output", 0), 12);
    cJSON_Delete(n);
    control_tick(k->control, clock_now());
    while (!peer_quiet(&p)) {
        n = peer_next(&p);
        assert_string_not_equal(json_str(n, "method"), "event");
        cJSON_Delete(n);
    }
    live_end(e);
    peer_close(&p);
}

static void test_account_pulse(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    cJSON_Delete(subscribe(k, &p, "{'topics':['account']}"));
    control_tick(k->control, clock_now());
    const struct account *a = core_account_find(k->core, "acc", NULL);
    struct verdict v = {.action = ACT_NEXT, .health = HEALTH_LIMITED, .status = 429};
    v.until = clock_now() + MS_HOUR;
    strcpy(v.reason, "429 rate limit");
    core_verdict(k->core, a->id, "m", &v, clock_now());
    account_unref(a);
    control_tick(k->control, clock_now());
    cJSON *e = next_of(&p, "account");
    assert_text(json_at(e, "params.data.accounts")->child, "state", "limited");
    cJSON_Delete(e);
    peer_close(&p);
}

static void publish(struct kit *k, int n, size_t bytes)
{
    char *text = xmalloc(bytes + 1);
    memset(text, 'x', bytes);
    text[bytes] = 0;
    for (int i = 0; i < n; i++) {
        cJSON *o = cJSON_CreateObject();
        json_put_str(o, "text", text);
        bus_publish(k->bus, TOPIC_CONFIG, o);
    }
    free(text);
}

/* One who does not read: events wait up to the bound and no more, then they are dropped, and the
 * next thing that is read says so. */
static void test_slow_reader_is_told(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    cJSON_Delete(subscribe(k, &p, "{'topics':['config']}"));
    p.blocked = BACKLOG_MAX;
    publish(k, 200, 60000); /* 12 MB */
    assert_true(peer_quiet(&p));
    size_t held = p.out.len;
    assert_true(held < 4096); /* nothing was pushed into the output */
    p.blocked = 0;
    follow_pump(&p.peer);
    cJSON *e = peer_next(&p);
    assert_text(e, "method", "event.lost");
    int64_t seq = json_int(e, "params.seq", 0);
    assert_true(seq > 0);
    cJSON_Delete(e);
    publish(k, 1, 10);
    int64_t last = seq;
    do {
        follow_pump(&p.peer); /* as the socket does when it has written */
        e = peer_next(&p);
        if (strcmp(json_str(e, "method"), "event") == 0)
            last = json_int(e, "params.seq", 0);
        cJSON_Delete(e);
    } while (last <= seq);
    peer_close(&p);
}

/* Events go out no faster than they are taken: between two looks at most the hand-out bound. */
static void test_back_pressure(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    cJSON_Delete(subscribe(k, &p, "{'topics':['config']}"));
    publish(k, 40, 60000); /* 2.4 MB, under the bound */
    event_base_loop(k->base, EVLOOP_NONBLOCK);
    assert_true(p.out.len < (512u << 10));
    int got = 0;
    while (got < 40) {
        follow_pump(&p.peer);
        cJSON *e = peer_next(&p);
        got += strcmp(json_str(e, "method"), "event") == 0;
        assert_string_not_equal(json_str(e, "method"), "event.lost");
        cJSON_Delete(e);
    }
    peer_close(&p);
}

static void test_log_follow(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    log_line(LOG_INFO, AREA_TOKEN, NULL, "a line before account=%s", "acc");
    peer_open(k, &p, LEVEL_READ);
    cJSON *a = peer_call(
        &p, "log.tail", "{'follow':true,'level':'warn','area':'token','grep':'NEEDLE','lines':0}");
    assert_int_equal(cJSON_GetArraySize(json_at(a, "result.items")), 0);
    cJSON_Delete(a);
    log_line(LOG_INFO, AREA_TOKEN, NULL, "needle, but not urgent");
    log_line(LOG_WARN, AREA_FLOW, NULL, "needle, but elsewhere");
    log_line(LOG_WARN, AREA_TOKEN, NULL, "hay");
    log_line(LOG_WARN, AREA_TOKEN, "r-1", "the needle");
    cJSON *n = peer_next(&p);
    assert_text(n, "method", "log");
    assert_text(n, "params.text", "the needle");
    assert_text(n, "params.request", "r-1");
    cJSON_Delete(n);
    assert_true(peer_quiet(&p));
    cJSON_Delete(peer_call(&p, "log.tail", "{'lines':0}")); /* without follow: no more of it */
    log_line(LOG_WARN, AREA_TOKEN, NULL, "a needle that nobody wants");
    assert_true(peer_quiet(&p));
    peer_close(&p);
    log_line(LOG_WARN, AREA_TOKEN, NULL, "needle after the end");
    event_base_loop(k->base, EVLOOP_NONBLOCK);
}

static void test_log_flood_is_bounded(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    peer_open(k, &p, LEVEL_READ);
    cJSON_Delete(peer_call(&p, "log.tail", "{'follow':true,'level':'debug','grep':'flood'}"));
    for (int i = 0; i < 5000; i++)
        log_line(LOG_ERROR, AREA_FLOW, NULL, "flood %d", i);
    int64_t got = 0, dropped = 0;
    while (!peer_quiet(&p)) {
        cJSON *n = peer_next(&p);
        dropped += json_int(n, "params.dropped", 0);
        got++;
        cJSON_Delete(n);
    }
    assert_int_equal(got, 1000);
    assert_int_equal(dropped, 4000);
    peer_close(&p);
}

static void test_log_events(void **state)
{
    struct kit *k = *state;
    struct test_peer p;
    cJSON_Delete(subscribe(k, &p, "{'topics':['log']}"));
    log_line(LOG_WARN, AREA_STORE, NULL, "disk is slow");
    cJSON *e = next_of(&p, "log");
    assert_text(e, "params.data.text", "disk is slow");
    cJSON_Delete(e);
    peer_close(&p);
}

/* Followers that come and go while others publish. */
static void test_come_and_go(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < 200; i++) {
        struct test_peer p;
        peer_open(k, &p, LEVEL_READ);
        follow_start(&p.peer, 1u << TOPIC_CONFIG);
        publish(k, 3, 100);
        if (i % 2)
            event_base_loop(k->base, EVLOOP_NONBLOCK);
        peer_close(&p);
    }
    event_base_loop(k->base, EVLOOP_NONBLOCK);
    assert_false(bus_wants(k->bus, TOPIC_CONFIG));
}

int main(void)
{
    struct log_options o = {.level = LOG_DEBUG, .file = "/dev/null"};
    log_start(&o);
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(test_snapshot_then_events), T(test_admin_events),
        T(test_heartbeat_when_quiet), T(test_progress), T(test_account_pulse),
        T(test_slow_reader_is_told), T(test_back_pressure), T(test_log_follow),
        T(test_log_flood_is_bounded), T(test_log_events), T(test_come_and_go)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    log_stop();
    return failed;
}
