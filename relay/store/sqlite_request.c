/* The reports of single requests: a list, and one with its attempts and its trail. */
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "store/sqlite_int.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 1000

/* Seconds between two moments; left out when the second never came. */
static void put_seconds(cJSON *o, const char *name, int64_t from, int64_t to)
{
    if (to > 0)
        cJSON_AddNumberToObject(o, name, (double)(to > from ? to - from : 0) / 1000.0);
}

/* --- the list
 * ------------------------------------------------------------------------------------- */

/* The first byte is the one of the last attempt: SQLite takes bare columns from the row of max().
 */
#define REQUEST_COLUMNS                                                                            \
    "r.id, r.key_id, r.path, r.dialect, r.model, r.client, r.address, r.session, r.started,"       \
    " r.ended, r.status, r.outcome, r.reason, r.cost, r.attempts, r.account_id, a.first_byte,"     \
    " sum(a.input), sum(a.output), sum(a.cache_write_5m), sum(a.cache_write_1h),"                  \
    " sum(a.cache_read), max(a.number), r.trail"
enum { COLUMN_TRAIL = 23 };

static cJSON *request_json(sqlite3_stmt *st)
{
    static const char *const texts[] = {
        "id", "key", "path", "dialect", "model", "client", "address", "session"};
    static const char *const tokens[] = {
        "input", "output", "cache_write_5m", "cache_write_1h", "cache_read"};
    cJSON *o = xcheck(cJSON_CreateObject());
    int64_t started = sqlite3_column_int64(st, 8);
    for (int i = 0; i < 8; i++)
        row_text(o, texts[i], st, i);
    row_text(o, "account", st, 15);
    row_time(o, "started", st, 8);
    row_time(o, "ended", st, 9);
    put_seconds(o, "duration", started, sqlite3_column_int64(st, 9));
    put_seconds(o, "first_byte", started, sqlite3_column_int64(st, 16));
    row_int(o, "status", st, 10);
    row_text(o, "outcome", st, 11);
    row_text(o, "reason", st, 12);
    row_money(o, "cost", st, 13);
    row_int(o, "attempts", st, 14);
    for (int i = 0; i < 5; i++)
        row_int(o, tokens[i], st, 17 + i);
    return o;
}

static int find_request(
    struct sqlite *b, const char *id, int64_t *started, int64_t *n, struct err *err)
{
    struct query_text q;
    query_init(&q, "SELECT started, n FROM request WHERE 1");
    query_and_text(&q, "id = ?", id);
    sqlite3_stmt *st = query_done(&q, b->r, err);
    if (!st)
        return -1;
    int r = sqlite3_step(st);
    *started = sqlite3_column_int64(st, 0);
    *n = sqlite3_column_int64(st, 1);
    sqlite3_finalize(st);
    if (r == SQLITE_ROW)
        return 0;
    if (r == SQLITE_DONE)
        return err_set(err, ERR_NOT_FOUND, "no such request '%s'", id);
    return sqlite_fail(b->r, err, "cannot read the requests");
}

static int and_filters(struct sqlite *b, struct query_text *q, const cJSON *params, struct err *err)
{
    int64_t since, until, status;
    const char *before = json_str(params, "before");
    if (param_int(params, "since", 0, &since, err) != 0 ||
        param_int(params, "until", TIME_MAX, &until, err) != 0 ||
        param_int(params, "status", -1, &status, err) != 0)
        return -1;
    query_and_int(q, "started >= ?", since);
    query_and_int(q, "started < ?", until);
    if (status >= 0)
        query_and_int(q, "status = ?", status);
    query_and_text(q, "key_id = ?", json_str(params, "key"));
    query_and_text(q, "outcome = ?", json_str(params, "outcome"));
    query_and_text(q, "account_id = ?", json_str(params, "account"));
    if (before) {
        int64_t started, n;
        if (find_request(b, before, &started, &n, err) != 0)
            return -1;
        query_and_int(q, "(started, n) < (?", started);
        query_add(q, ", ?)");
        query_int(q, n);
    }
    return 0;
}

static cJSON *list_rows(struct sqlite *b, sqlite3_stmt *st, struct err *err)
{
    cJSON *items = xcheck(cJSON_CreateArray());
    int r;
    while ((r = sqlite3_step(st)) == SQLITE_ROW)
        cJSON_AddItemToArray(items, request_json(st));
    sqlite3_finalize(st);
    if (r == SQLITE_DONE)
        return items;
    cJSON_Delete(items);
    sqlite_fail(b->r, err, "cannot read the requests");
    return NULL;
}

cJSON *report_requests(struct sqlite *b, const cJSON *params, struct err *err)
{
    struct query_text q;
    int64_t limit;
    if (param_int(params, "limit", LIMIT_DEFAULT, &limit, err) != 0)
        return NULL;
    query_init(&q, "SELECT " REQUEST_COLUMNS " FROM (SELECT * FROM request WHERE 1");
    if (and_filters(b, &q, params, err) != 0) {
        buf_release(&q.sql);
        return NULL;
    }
    query_add(&q, " ORDER BY started DESC, n DESC LIMIT ?) r"
                  " LEFT JOIN attempt a ON a.request = r.id"
                  " GROUP BY r.n ORDER BY r.started DESC, r.n DESC");
    query_int(&q, limit < LIMIT_MAX ? limit : LIMIT_MAX);
    sqlite3_stmt *st = query_done(&q, b->r, err);
    cJSON *items = st ? list_rows(b, st, err) : NULL;
    if (!items)
        return NULL;
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put(o, "items", items);
    return o;
}

/* --- one
 * ------------------------------------------------------------------------------------------ */

#define COMMA_NAME(name) ", " #name
static const char attempt_columns[] =
    "SELECT number, account_id, kind, model_asked, model, dialect, fault, service_tier,"
    " stop_reason, upstream_id, price_row, started, first_byte, ended, status, aborted, partial,"
    " seen, final, fast, price_fallback, long_context" SUM_TOKENS(COMMA_NAME)
        SUM_COSTS(COMMA_NAME) " FROM attempt WHERE 1";

static cJSON *attempt_json(sqlite3_stmt *st)
{
    static const char *const texts[] = {"account", "kind", "model_asked", "model", "dialect",
        "fault", "service_tier", "stop_reason", "upstream_id", "price_row"};
    static const char *const flags[] = {
        "aborted", "partial", "seen", "final", "fast", "price_fallback", "long_context"};
    cJSON *o = xcheck(cJSON_CreateObject());
    row_int(o, "number", st, 0);
    for (int i = 0; i < 10; i++)
        row_text(o, texts[i], st, 1 + i);
    int64_t started = sqlite3_column_int64(st, 11);
    row_time(o, "started", st, 11);
    put_seconds(o, "first_byte", started, sqlite3_column_int64(st, 12));
    put_seconds(o, "duration", started, sqlite3_column_int64(st, 13));
    row_int(o, "status", st, 14);
    for (int i = 0; i < 7; i++)
        json_put_bool(o, flags[i], sqlite3_column_int(st, 15 + i));
    for (int i = SUM_input, column = 22; i < (int)SUM_COUNT; i++, column++) {
        if (i < (int)SUM_FIRST_COST)
            row_int(o, sum_names[i], st, column);
        else
            row_money(o, sum_names[i], st, column);
    }
    return o;
}

static cJSON *attempts_of(struct sqlite *b, const char *id, struct err *err)
{
    struct query_text q;
    query_init(&q, attempt_columns);
    query_and_text(&q, "request = ?", id);
    query_add(&q, " ORDER BY number");
    sqlite3_stmt *st = query_done(&q, b->r, err);
    if (!st)
        return NULL;
    cJSON *list = xcheck(cJSON_CreateArray());
    int r;
    while ((r = sqlite3_step(st)) == SQLITE_ROW)
        cJSON_AddItemToArray(list, attempt_json(st));
    sqlite3_finalize(st);
    if (r == SQLITE_DONE)
        return list;
    cJSON_Delete(list);
    sqlite_fail(b->r, err, "cannot read the attempts");
    return NULL;
}

static cJSON *row_of(struct sqlite *b, const char *id, struct err *err)
{
    struct query_text q;
    query_init(&q, "SELECT " REQUEST_COLUMNS
                   " FROM request r LEFT JOIN attempt a ON a.request = r.id WHERE 1");
    query_and_text(&q, "r.id = ?", id);
    query_add(&q, " GROUP BY r.n");
    sqlite3_stmt *st = query_done(&q, b->r, err);
    if (!st)
        return NULL;
    cJSON *o = NULL;
    int r = sqlite3_step(st);
    if (r == SQLITE_ROW) {
        o = request_json(st);
        row_tree(o, "trail", st, COLUMN_TRAIL);
    } else if (r == SQLITE_DONE) {
        err_set(err, ERR_NOT_FOUND, "no such request '%s'", id);
        err_hint(err, "it may still run, or be older than what is kept");
    } else {
        sqlite_fail(b->r, err, "cannot read the request");
    }
    sqlite3_finalize(st);
    return o;
}

cJSON *report_request(struct sqlite *b, const cJSON *params, struct err *err)
{
    const char *id = json_str(params, "id");
    if (!id) {
        err_set(err, ERR_USAGE, "no request named");
        return NULL;
    }
    cJSON *o = row_of(b, id, err);
    if (!o)
        return NULL;
    cJSON *attempts = attempts_of(b, id, err);
    if (!attempts) {
        cJSON_Delete(o);
        return NULL;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(o, "attempts");
    json_put(o, "attempts", attempts);
    return o;
}
