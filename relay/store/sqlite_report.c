/* Reports: the table of them, statements put together from parameters, and JSON out of columns. */
#include <string.h>
#include "common/alloc.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/width.h"
#include "store/sqlite_int.h"

#define QUERY_MS (60 * MS_SECOND)
#define CHECK_MS (10 * MS_MINUTE)
#define AUDIT_MAX 10000

/* --- statements
 * ----------------------------------------------------------------------------------- */

void query_init(struct query_text *q, const char *sql)
{
    buf_init(&q->sql);
    buf_adds(&q->sql, sql);
    q->n = 0;
}

void query_add(struct query_text *q, const char *sql)
{
    buf_adds(&q->sql, sql);
}

static void add_value(struct query_text *q, const char *text, int64_t number)
{
    if (q->n < QUERY_VALUES)
        q->v[q->n++] = (struct query_value){.text = text, .number = number};
}

void query_int(struct query_text *q, int64_t value)
{
    add_value(q, NULL, value);
}

void query_and_text(struct query_text *q, const char *condition, const char *value)
{
    if (!value)
        return;
    buf_addf(&q->sql, " AND %s", condition);
    add_value(q, value, 0);
}

void query_and_int(struct query_text *q, const char *condition, int64_t value)
{
    buf_addf(&q->sql, " AND %s", condition);
    add_value(q, NULL, value);
}

void query_and_who(struct query_text *q, const cJSON *params)
{
    query_and_text(q, "key_id = ?", json_str(params, "key"));
    query_and_text(q, "account_id = ?", json_str(params, "account"));
    query_and_text(q, "model = ?", json_str(params, "model"));
    query_and_text(q, "client = ?", json_str(params, "client"));
}

sqlite3_stmt *query_done(struct query_text *q, sqlite3 *db, struct err *err)
{
    sqlite3_stmt *st = NULL;
    int r = sqlite3_prepare_v2(db, q->sql.data, (int)q->sql.len, &st, NULL);
    buf_release(&q->sql);
    for (int i = 0; r == SQLITE_OK && i < q->n; i++) {
        const struct query_value *v = &q->v[i];
        if (v->text)
            r = sqlite3_bind_text(st, i + 1, v->text, -1, SQLITE_TRANSIENT);
        else
            r = sqlite3_bind_int64(st, i + 1, v->number);
    }
    if (r == SQLITE_OK)
        return st;
    sqlite_fail(db, err, "cannot ask the database");
    sqlite3_finalize(st);
    return NULL;
}

int param_int(const cJSON *params, const char *name, int64_t dflt, int64_t *out, struct err *err)
{
    const cJSON *v = json_at(params, name);
    *out = dflt;
    if (!v || cJSON_IsNull(v))
        return 0;
    if (!cJSON_IsNumber(v) || !(v->valuedouble >= 0 && v->valuedouble <= (double)TIME_MAX) ||
        v->valuedouble != (double)(int64_t)v->valuedouble)
        return err_set(err, ERR_USAGE, "not a whole number: '%s'", name);
    *out = (int64_t)v->valuedouble;
    return 0;
}

/* --- columns
 * -------------------------------------------------------------------------------------- */

void row_text(cJSON *o, const char *name, sqlite3_stmt *st, int column)
{
    const char *s = (const char *)sqlite3_column_text(st, column);
    if (!s || utf8_valid(s, strlen(s))) {
        json_put_str(o, name, s);
        return;
    }
    struct buf clean = BUF_INIT;
    width_clean(&clean, s);
    json_put_str(o, name, clean.data);
    buf_release(&clean);
}

void row_tree(cJSON *o, const char *name, sqlite3_stmt *st, int column)
{
    const char *s = (const char *)sqlite3_column_text(st, column);
    cJSON *tree = s && s[0] ? json_parse(s, strlen(s), NULL) : NULL;
    if (tree)
        json_put(o, name, tree);
}

void row_int(cJSON *o, const char *name, sqlite3_stmt *st, int column)
{
    json_put_int(o, name, sqlite3_column_int64(st, column));
}

void row_time(cJSON *o, const char *name, sqlite3_stmt *st, int column)
{
    json_put_time(o, name, sqlite3_column_int64(st, column));
}

void row_money(cJSON *o, const char *name, sqlite3_stmt *st, int column)
{
    json_put_money(o, name, sqlite3_column_int64(st, column));
}

/* --- the audit log
 * -------------------------------------------------------------------------------- */

static cJSON *audit_row_json(sqlite3_stmt *st)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    row_int(o, "id", st, 0);
    row_time(o, "at", st, 1);
    row_int(o, "uid", st, 2);
    row_text(o, "who", st, 3);
    row_text(o, "from", st, 4);
    row_text(o, "method", st, 5);
    row_text(o, "subject", st, 6);
    row_tree(o, "change", st, 7);
    json_put_bool(o, "ok", sqlite3_column_int(st, 8));
    return o;
}

cJSON *report_audit(struct sqlite *b, const cJSON *params, struct err *err)
{
    struct query_text q;
    int64_t since, until, limit, before;
    if (param_int(params, "since", 0, &since, err) != 0 ||
        param_int(params, "until", TIME_MAX, &until, err) != 0 ||
        param_int(params, "before", TIME_MAX, &before, err) != 0 ||
        param_int(params, "limit", 100, &limit, err) != 0)
        return NULL;
    query_init(&q, "SELECT n, at, uid, who, source, method, subject, change, ok FROM audit"
                   " WHERE 1");
    query_and_int(&q, "at >= ?", since);
    query_and_int(&q, "at < ?", until);
    query_and_int(&q, "n < ?", before);
    query_and_text(&q, "who = ?", json_str(params, "who"));
    query_and_text(&q, "method = ?", json_str(params, "method"));
    query_add(&q, " ORDER BY n DESC LIMIT ?");
    query_int(&q, limit < AUDIT_MAX ? limit : AUDIT_MAX);
    sqlite3_stmt *st = query_done(&q, b->r, err);
    if (!st)
        return NULL;
    cJSON *items = xcheck(cJSON_CreateArray());
    int r;
    while ((r = sqlite3_step(st)) == SQLITE_ROW)
        cJSON_AddItemToArray(items, audit_row_json(st));
    sqlite3_finalize(st);
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put(o, "items", items);
    if (r == SQLITE_DONE)
        return o;
    cJSON_Delete(o);
    sqlite_fail(b->r, err, "cannot read the audit log");
    return NULL;
}

/* --- the table
 * ------------------------------------------------------------------------------------ */

static const struct report {
    const char *what;
    cJSON *(*make)(struct sqlite *b, const cJSON *params, struct err *err);
    int64_t limit_ms;
} reports[] = {
    {"usage", report_usage, QUERY_MS},
    {"series", report_series, QUERY_MS},
    {"requests", report_requests, QUERY_MS},
    {"request", report_request, QUERY_MS},
    {"audit", report_audit, QUERY_MS},
    {"check", report_check, CHECK_MS},
};

cJSON *sqlite_query(struct backend *base, const char *what, const cJSON *params, struct err *err)
{
    struct sqlite *b = (struct sqlite *)base;
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        if (strcmp(reports[i].what, what) != 0)
            continue;
        b->query_deadline = clock_mono() + reports[i].limit_ms;
        /* One snapshot for all statements of a report. */
        if (sqlite_run(b->r, "BEGIN", err) != 0)
            return NULL;
        cJSON *r = reports[i].make(b, params, err);
        b->query_deadline = INT64_MAX;
        sqlite_run(b->r, "ROLLBACK", NULL);
        return r;
    }
    err_set(err, ERR_NOT_FOUND, "no such report '%s'", what);
    return NULL;
}
