/* Records and the ledger, as any backend has to keep them. */
#include "store_kit.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

#define NOON INT64_C(1773835200000) /* 2026-03-18 12:00 UTC */

/* --- records
 * --------------------------------------------------------------------------------------- */

static bool add_record(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n)
{
    struct buf *out = arg;
    buf_addf(out, "%s=%d", id, (int)json_int(doc, "v", -1));
    if (secret) {
        assert_int_equal(strlen(secret), n);
        buf_addf(out, ":%s", secret);
    }
    buf_addc(out, ' ');
    return strcmp(id, "stop") != 0;
}

static void assert_records(struct kit *k, const char *kind, const char *want)
{
    struct err err;
    struct buf got = BUF_INIT;
    err_clear(&err);
    if (store_load(k->store, kind, add_record, &got, &err) != 0)
        fail_msg("%s", err.text);
    assert_string_equal(got.data, want);
    buf_release(&got);
}

static void records_come_back(void **state)
{
    struct kit *k = *state;
    assert_int_equal(kit_put(k, "key", "b", "{\"v\":1}", NULL, NULL), 0);
    assert_int_equal(kit_put(k, "key", "a", "{\"v\":2}", "s3cret", NULL), 0);
    assert_int_equal(kit_put(k, "account", "a", "{\"v\":3}", "other", NULL), 0);
    assert_records(k, "key", "a=2:s3cret b=1 ");
    kit_close(k);
    kit_open(k);
    assert_records(k, "key", "a=2:s3cret b=1 ");
    assert_records(k, "account", "a=3:other ");
    assert_records(k, "group", "");
}

static void secret_is_kept_changed_removed(void **state)
{
    struct kit *k = *state;
    kit_put(k, "account", "x", "{\"v\":1}", "first", NULL);
    kit_put(k, "account", "x", "{\"v\":2}", NULL, NULL);
    assert_records(k, "account", "x=2:first ");
    kit_put(k, "account", "x", "{\"v\":3}", "second", NULL);
    assert_records(k, "account", "x=3:second ");
    kit_put(k, "account", "x", "{\"v\":4}", "", NULL);
    assert_records(k, "account", "x=4 ");
    assert_int_equal(kit_sql(k, "SELECT rev FROM record WHERE id = 'x'"), 4);
    kit_delete(k, "account", "x");
    assert_records(k, "account", "");
}

static void load_stops_when_told(void **state)
{
    struct kit *k = *state;
    kit_put(k, "key", "one", "{\"v\":1}", NULL, NULL);
    kit_put(k, "key", "stop", "{\"v\":2}", NULL, NULL);
    kit_put(k, "key", "two", "{\"v\":3}", NULL, NULL);
    assert_records(k, "key", "one=1 stop=2 ");
}

/* A sealed secret that is copied to another row must not open there. */
static void moved_secret_does_not_open(void **state)
{
    struct kit *k = *state;
    struct err err;
    struct buf got = BUF_INIT;
    kit_put(k, "account", "poor", "{\"v\":1}", "p", NULL);
    kit_put(k, "account", "rich", "{\"v\":1}", "r", NULL);
    kit_sql_run(k, "UPDATE record SET secret = (SELECT secret FROM record WHERE id = 'rich')"
                   " WHERE id = 'poor'");
    assert_int_equal(store_load(k->store, "account", add_record, &got, &err), -1);
    assert_non_null(strstr(err.text, "poor"));
    assert_true(err.hint[0] != '\0');
    buf_release(&got);
}

static bool file_holds(const char *path, const char *needle)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    struct buf b = BUF_INIT;
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(&b, part, n);
    fclose(f);
    bool found = memmem(b.data, b.len, needle, strlen(needle)) != NULL;
    buf_release(&b);
    return found;
}

static void plain_secret_is_nowhere_on_disk(void **state)
{
    struct kit *k = *state;
    static const char *const suffixes[] = {"", "-wal", "-shm", "-spill"};
    kit_put(k, "account", "visible-id", "{\"v\":1}", "PLAINSECRET0815", NULL);
    bool seen = false;
    for (size_t i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", k->path, suffixes[i]);
        assert_false(file_holds(path, "PLAINSECRET0815"));
        seen = seen || file_holds(path, "visible-id");
    }
    assert_true(seen); /* the search does find what is there */
}

/* --- the ledger
 * ------------------------------------------------------------------------------------ */

static void booking_twice_counts_once(void **state)
{
    struct kit *k = *state;
    struct attempt a[2] = {kit_attempt("r1", 1, NOON), kit_attempt("r1", 2, NOON + 1000)};
    struct request_row r = kit_request("r1", NOON);
    a[0].status = 529;
    assert_int_equal(kit_book(k, &a[0], 1, NULL, NULL), 0);
    assert_int_equal(kit_book(k, a, 2, &r, NULL), 0);
    assert_int_equal(kit_book(k, a, 2, &r, NULL), 0);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM attempt"), 2);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM request"), 1);
    assert_int_equal(kit_sql(k, "SELECT sum(attempts) FROM tally"), 2);
    assert_int_equal(kit_sql(k, "SELECT sum(requests) FROM tally"), 1);
    assert_int_equal(kit_sql(k, "SELECT sum(errors) FROM tally"), 1);
    assert_int_equal(kit_sql(k, "SELECT sum(cache_read) FROM tally"), 100000);
    assert_int_equal(kit_sql(k, "SELECT sum(cost) FROM tally"), 2 * 115682501);
}

static void every_column_is_its_own(void **state)
{
    struct kit *k = *state;
    struct attempt a = kit_attempt("r1", 1, NOON);
    kit_book(k, &a, 1, NULL, NULL);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM attempt WHERE input = 1000 AND output = 200"
                                " AND cache_write_5m = 30 AND cache_write_1h = 4"
                                " AND cache_read = 50000 AND reasoning = 20 AND web_searches = 1"
                                " AND images = 2 AND input_cost = 15000000"
                                " AND output_cost = 15000000 AND cache_write_5m_cost = 562500"
                                " AND cache_write_1h_cost = 120000 AND cache_read_cost = 75000000"
                                " AND web_search_cost = 10000000 AND image_cost = 1"
                                " AND cost = 115682501 AND model = 'claude-opus-4-20250514'"
                                " AND model_asked = 'claude-opus-4' AND fault = ''"
                                " AND stop_reason = 'end_turn' AND upstream_id = 'msg_1'"),
        1);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM tally t, attempt a WHERE t.input = a.input"
                                " AND t.cache_write_1h_cost = a.cache_write_1h_cost"
                                " AND t.web_searches = 1 AND t.images = 2"
                                " AND t.slot = 1773835200000"),
        1);
}

/* Missing text is empty text; overlong text of a stranger is cut at a character. */
static void odd_text_is_booked(void **state)
{
    struct kit *k = *state;
    char longer[4001];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    memcpy(longer + 1023, "\xc3\xa9", 2); /* a letter of two bytes over the edge */
    struct attempt a = {.request = "r", .number = 1, .ended = NOON, .model_asked = longer};
    struct request_row r = {.id = "r", .started = NOON, .path = longer};
    assert_int_equal(kit_book(k, &a, 1, &r, NULL), 0);
    assert_int_equal(kit_sql(k, "SELECT length(path) FROM request"), 1023);
    assert_int_equal(kit_sql(k, "SELECT length(model) FROM attempt WHERE key_id = ''"), 1023);
    assert_int_equal(kit_sql(k, "SELECT errors FROM tally"), 1);
}

/* A row that can never be written fails alone; its neighbours in the batch are booked. */
static void impossible_row_fails_alone(void **state)
{
    struct kit *k = *state;
    struct err err;
    struct attempt big = kit_attempt("big", 1, NOON), after = kit_attempt("after", 1, NOON);
    struct attempt more = kit_attempt("more", 1, NOON);
    big.cost.total = INT64_MAX;
    assert_int_equal(kit_book(k, &big, 1, NULL, NULL), 0);
    /* The tally of this slot would pass 63 bits. */
    assert_int_equal(kit_book(k, &more, 1, NULL, &err), -1);
    assert_int_equal(err.code, ERR_FAILED);
    after.ended += MS_HOUR;
    assert_int_equal(kit_book(k, &after, 1, NULL, NULL), 0);
    assert_false(store_busy(k->store, NULL));
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM attempt WHERE request = 'more'"), 0);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM attempt"), 2);
}

struct replayed {
    int64_t sums, sum_cost, sum_tokens, attempts, last;
};

static void on_sum(void *arg, const struct store_sum *s)
{
    struct replayed *r = arg;
    r->sums++;
    r->sum_cost += s->cost;
    r->sum_tokens += s->tokens;
    assert_string_equal(s->key_id, "k_ann");
    assert_true(s->at >= r->last);
    r->last = s->at;
}

static void on_attempt(void *arg, const struct store_sum *s)
{
    struct replayed *r = arg;
    if (r->attempts++ == 0)
        r->last = 0;
    assert_true(s->at >= r->last);
    assert_int_equal(s->tokens, 51234);
    r->last = s->at;
}

static void replay_gives_sums_then_attempts(void **state)
{
    struct kit *k = *state;
    int64_t now = clock_now();
    const int64_t ends[] = {
        now - 90 * MS_DAY, now - 89 * MS_DAY, now - 2 * MS_DAY, now - MS_HOUR, now - MS_MINUTE};
    for (int i = 0; i < 5; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        struct attempt a = kit_attempt(id, 1, ends[i]);
        assert_int_equal(kit_book(k, &a, 1, NULL, NULL), 0);
    }
    struct replayed r = {0};
    assert_int_equal(store_replay(k->store, now - 2 * MS_HOUR, on_sum, on_attempt, &r, NULL), 0);
    assert_int_equal(r.sums, 4); /* the two old ones as one */
    assert_int_equal(r.sum_cost, INT64_C(5) * 115682501);
    assert_int_equal(r.sum_tokens, 5 * 51234);
    assert_int_equal(r.attempts, 2);
}

static void prune_keeps_the_tallies(void **state)
{
    struct kit *k = *state;
    int64_t now = NOON;
    for (int i = 0; i < 1300; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        int64_t at = i < 1200 ? now - 500 * MS_DAY + i * MS_MINUTE : now - (1300 - i) * MS_DAY;
        struct attempt a = kit_attempt(id, 1, at);
        struct request_row r = kit_request(id, at);
        store_book(k->store, &a, 1, &r, NULL, NULL);
    }
    store_audit(k->store, &(struct audit_row){.at = now - 500 * MS_DAY, .method = "old"});
    store_audit(k->store, &(struct audit_row){.at = now - MS_DAY, .method = "new"});
    kit_sync(k);
    store_prune(k->store, now);
    for (int i = 0; i < 10; i++)
        kit_sync(k); /* a slice is deleted after each turn of the writer */
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM attempt"), 100);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM request"), 90);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM audit"), 1);
    assert_int_equal(kit_sql(k, "SELECT sum(attempts) FROM tally"), 1300);
    struct err err;
    cJSON *check = kit_query(k, "check", "{}", &err);
    assert_true(json_bool(check, "ok", false));
    cJSON_Delete(check);
}

static void backup_is_a_whole_database(void **state)
{
    struct kit *k = *state;
    struct err err;
    char path[128];
    snprintf(path, sizeof path, "%s/copy.db", k->dir);
    for (int i = 0; i < 50; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        struct attempt a = kit_attempt(id, 1, NOON + i);
        store_book(k->store, &a, 1, NULL, NULL, NULL);
    }
    kit_put(k, "account", "x", "{\"v\":1}", "first", NULL);
    assert_int_equal(kit_backup(k, path, &err), 0);
    assert_int_equal(kit_backup(k, path, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    kit_put(k, "account", "x", "{\"v\":2}", "second", NULL);
    kit_close(k);
    struct kit copy = *k;
    snprintf(copy.path, sizeof copy.path, "%.60s/copy.db", k->dir);
    kit_open(&copy);
    assert_records(&copy, "account", "x=1:first ");
    assert_int_equal(kit_sql(&copy, "SELECT sum(attempts) FROM tally"), 50);
    kit_close(&copy);
    kit_open(k);
}

/* --- all at once, for the thread sanitizer
 * ------------------------------------------------------------ */

#define THREADS 8
#define TURNS 40

struct crowd {
    struct kit *kit;
    int number;
};

static void *crowd_main(void *arg)
{
    struct crowd *c = arg;
    struct kit *k = c->kit;
    for (int i = 0; i < TURNS; i++) {
        char id[32];
        struct err err;
        snprintf(id, sizeof id, "t%d-%d", c->number, i);
        struct attempt a = kit_attempt(id, 1, NOON + i * MS_MINUTE);
        struct request_row r = kit_request(id, NOON + i);
        kit_book(k, &a, 1, &r, NULL);
        kit_put(k, "account", "shared", "{\"v\":1}", id, NULL);
        cJSON_Delete(kit_query(k, i % 2 ? "usage" : "requests", "{'by':'day','limit':5}", &err));
        store_audit(k->store, &(struct audit_row){.at = NOON, .method = "key.edit"});
        store_busy(k->store, NULL);
        if (i % 10 == 0)
            store_prune(k->store, NOON);
    }
    return NULL;
}

static void many_threads(void **state)
{
    struct kit *k = *state;
    pthread_t threads[THREADS];
    struct crowd crowd[THREADS];
    struct buf got = BUF_INIT;
    for (int i = 0; i < THREADS; i++) {
        crowd[i] = (struct crowd){k, i};
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_main, &crowd[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(kit_sql(k, "SELECT sum(attempts) FROM tally"), THREADS * TURNS);
    assert_int_equal(kit_sql(k, "SELECT count(*) FROM request"), THREADS * TURNS);
    assert_int_equal(kit_sql(k, "SELECT rev FROM record"), THREADS * TURNS);
    assert_int_equal(store_load(k->store, "account", add_record, &got, NULL), 0);
    assert_memory_equal(got.data, "shared=1:t", 10);
    buf_release(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_come_back, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(secret_is_kept_changed_removed, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(load_stops_when_told, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(moved_secret_does_not_open, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(plain_secret_is_nowhere_on_disk, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(booking_twice_counts_once, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(every_column_is_its_own, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(odd_text_is_booked, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(impossible_row_fails_alone, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(replay_gives_sums_then_attempts, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(prune_keeps_the_tallies, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(many_threads, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(backup_is_a_whole_database, kit_setup, kit_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
