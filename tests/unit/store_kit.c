/* See store_kit.h. */
#include "store_kit.h"
#include <dirent.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/alloc.h"

/* --- waiting
 * --------------------------------------------------------------------------------------- */

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool over, failed;
    struct err err;
    cJSON *answer;
};

static void waiter_init(struct waiter *w)
{
    memset(w, 0, sizeof *w);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
}

static void finish(struct waiter *w, cJSON *answer, const struct err *err)
{
    pthread_mutex_lock(&w->lock);
    w->over = true;
    w->failed = err != NULL;
    w->answer = answer;
    if (err)
        w->err = *err;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

static void on_done(void *arg, const struct err *failure)
{
    finish(arg, NULL, failure);
}

static void on_answer(void *arg, cJSON *result, const struct err *err)
{
    finish(arg, result, err);
}

static int waiter_wait(struct waiter *w, struct err *err)
{
    pthread_mutex_lock(&w->lock);
    while (!w->over)
        pthread_cond_wait(&w->wake, &w->lock);
    pthread_mutex_unlock(&w->lock);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->wake);
    if (w->failed && err)
        *err = w->err;
    return w->failed ? -1 : 0;
}

/* --- the store
 * ------------------------------------------------------------------------------------- */

void kit_init(struct kit *k, const char *zone)
{
    struct err err;
    memset(k, 0, sizeof *k);
    secret_start();
    const char *tmp = getenv("TMPDIR");
    snprintf(k->dir, sizeof k->dir, "%s/crs-store-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    assert_non_null(mkdtemp(k->dir));
    snprintf(k->path, sizeof k->path, "%s/crs.db", k->dir);
    char key[96];
    snprintf(key, sizeof key, "%s/master.key", k->dir);
    assert_int_equal(vault_create(key, &err), 0);
    k->vault = vault_open(key, &err);
    assert_non_null(k->vault);
    k->zone = zone_open(zone, &err);
    assert_non_null(k->zone);
    k->tuning.spill_bytes = 256 << 10;
    k->tuning.retry_ms = 10;
}

int kit_try_open(struct kit *k, struct err *err)
{
    struct store_options o = {.path = k->path, .vault = k->vault, .zone = k->zone};
    k->store = store_open_tuned(&o, &k->tuning, err);
    return k->store ? 0 : -1;
}

void kit_open(struct kit *k)
{
    struct err err;
    err_clear(&err);
    if (kit_try_open(k, &err) != 0)
        fail_msg("%s (%s)", err.text, err.hint);
}

void kit_close(struct kit *k)
{
    store_close(k->store);
    k->store = NULL;
}

void kit_release(struct kit *k)
{
    kit_close(k);
    vault_close(k->vault);
    zone_free(k->zone);
    DIR *d = opendir(k->dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
    rmdir(k->dir);
}

int kit_setup(void **state)
{
    struct kit *k = xcalloc(1, sizeof *k);
    kit_init(k, "UTC");
    kit_open(k);
    *state = k;
    return 0;
}

int kit_teardown(void **state)
{
    kit_release(*state);
    free(*state);
    return 0;
}

int kit_put(struct kit *k, const char *kind, const char *id, const char *doc, const char *secret,
    struct err *err)
{
    struct waiter w;
    waiter_init(&w);
    store_put(k->store, kind, id, doc, secret, secret ? strlen(secret) : 0, on_done, &w);
    return waiter_wait(&w, err);
}

int kit_delete(struct kit *k, const char *kind, const char *id)
{
    struct waiter w;
    waiter_init(&w);
    store_delete(k->store, kind, id, on_done, &w);
    return waiter_wait(&w, NULL);
}

int kit_book(
    struct kit *k, const struct attempt *a, size_t n, const struct request_row *r, struct err *err)
{
    struct waiter w;
    waiter_init(&w);
    store_book(k->store, a, n, r, on_done, &w);
    return waiter_wait(&w, err);
}

int kit_backup(struct kit *k, const char *path, struct err *err)
{
    struct waiter w;
    waiter_init(&w);
    store_backup(k->store, path, on_done, &w);
    return waiter_wait(&w, err);
}

cJSON *kit_query(struct kit *k, const char *what, const char *params, struct err *err)
{
    struct waiter w;
    char *text = xstrdup(params);
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    struct err bad;
    cJSON *tree = json_parse(text, strlen(text), &bad);
    assert_non_null(tree);
    free(text);
    waiter_init(&w);
    store_query(k->store, what, tree, on_answer, &w);
    cJSON_Delete(tree);
    if (waiter_wait(&w, err) != 0)
        assert_null(w.answer);
    return w.answer;
}

void kit_sync(struct kit *k)
{
    struct waiter w;
    waiter_init(&w);
    store_delete(k->store, "none", "none", on_done, &w);
    waiter_wait(&w, NULL);
}

struct attempt kit_attempt(const char *request, int number, int64_t ended)
{
    struct attempt a = {
        .request = request,
        .number = number,
        .key_id = "k_ann",
        .account_id = "a_one",
        .kind = "claude",
        .model_asked = "claude-opus-4",
        .dialect = "anthropic",
        .client = "claude-code",
        .started = ended - 2500,
        .first_byte = ended - 1600,
        .ended = ended,
        .status = 200,
        .fault = "",
        .usage = {.input = 1000,
            .output = 200,
            .cache_write_5m = 30,
            .cache_write_1h = 4,
            .cache_read = 50000,
            .reasoning = 20,
            .web_searches = 1,
            .images = 2,
            .seen = true,
            .final = true,
            .model = "claude-opus-4-20250514",
            .stop_reason = "end_turn",
            .upstream_id = "msg_1"},
        .cost = {.input = 15000000,
            .output = 15000000,
            .cache_write_5m = 562500,
            .cache_write_1h = 120000,
            .cache_read = 75000000,
            .web_search = 10000000,
            .image = 1,
            .total = 115682501,
            .row = "claude-opus-4-20250514"},
    };
    return a;
}

struct request_row kit_request(const char *id, int64_t started)
{
    struct request_row r = {
        .id = id,
        .key_id = "k_ann",
        .path = "/v1/messages",
        .dialect = "anthropic",
        .model = "claude-opus-4",
        .client = "claude-code",
        .address = "192.0.2.7",
        .session = "s_1",
        .started = started,
        .ended = started + 2600,
        .status = 200,
        .outcome = "done",
        .reason = "",
        .trail = "[{\"step\":\"choose\",\"text\":\"a_one: priority\"}]",
        .cost = 115682501,
        .attempts = 1,
    };
    return r;
}

int64_t kit_sql(const struct kit *k, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open_v2(k->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return v;
}

void kit_sql_run(const struct kit *k, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(k->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}
