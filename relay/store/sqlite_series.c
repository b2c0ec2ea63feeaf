/* The series report: one number over time, for charts. */
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/json.h"
#include "store/sqlite_int.h"

#define POINTS_MAX 2000
#define TOKENS "input + output + cache_write_5m + cache_write_1h + cache_read"

struct series {
    const char *column; /* an expression */
    bool money;
    int64_t since, until, step;
    size_t n;
};

static int read_metric(struct series *s, const char *metric, struct err *err)
{
    if (!metric || strcmp(metric, "tokens") == 0) {
        s->column = TOKENS;
        return 0;
    }
    for (int i = 0; i < SUM_COUNT; i++) {
        if (strcmp(sum_names[i], metric) != 0)
            continue;
        s->column = sum_names[i];
        s->money = i >= (int)SUM_FIRST_COST;
        return 0;
    }
    err_set(err, ERR_USAGE, "no such metric '%s'", metric);
    return err_hint(err, "use tokens, cost, requests, attempts, errors or a token class");
}

static int read_params(struct series *s, const cJSON *params, struct err *err)
{
    int64_t now = clock_now();
    if (read_metric(s, json_str(params, "metric"), err) != 0 ||
        param_int(params, "until", now, &s->until, err) != 0 ||
        param_int(params, "since", s->until > MS_DAY ? s->until - MS_DAY : 0, &s->since, err) !=
            0 ||
        param_int(params, "step_ms", MS_HOUR, &s->step, err) != 0)
        return -1;
    if (s->step <= 0 || s->until < s->since)
        return err_set(err, ERR_USAGE, "no time between since and until, or no step");
    s->n = (size_t)((s->until - s->since + s->step - 1) / s->step);
    if (s->n > POINTS_MAX)
        return err_set(err, ERR_USAGE, "more than %d points: take a longer step", POINTS_MAX);
    return 0;
}

static sqlite3_stmt *prepare(
    struct sqlite *b, const struct series *s, const cJSON *params, struct err *err)
{
    struct query_text q;
    query_init(&q, "");
    buf_addf(&q.sql, "SELECT (at - ?) / ?, sum(%s) FROM (", s->column);
    query_int(&q, s->since);
    query_int(&q, s->step);
    query_ledger(&q, s->since, s->until, s->since % SLOT_MS == 0 && s->step % SLOT_MS == 0);
    query_add(&q, ") WHERE 1");
    query_and_who(&q, params);
    query_add(&q, " GROUP BY 1");
    return query_done(&q, b->r, err);
}

cJSON *report_series(struct sqlite *b, const cJSON *params, struct err *err)
{
    struct series s = {0};
    double points[POINTS_MAX] = {0};
    int r;
    if (read_params(&s, params, err) != 0)
        return NULL;
    sqlite3_stmt *st = prepare(b, &s, params, err);
    if (!st)
        return NULL;
    while ((r = sqlite3_step(st)) == SQLITE_ROW) {
        size_t i = (size_t)sqlite3_column_int64(st, 0);
        double v = (double)sqlite3_column_int64(st, 1);
        if (i < s.n)
            points[i] = s.money ? v / (double)NANO_PER_DOLLAR : v;
    }
    sqlite3_finalize(st);
    if (r != SQLITE_DONE) {
        sqlite_fail(b->r, err, "cannot add up the series");
        return NULL;
    }
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_time(o, "since", s.since);
    json_put_int(o, "step_ms", s.step);
    json_put(o, "values", xcheck(cJSON_CreateDoubleArray(points, (int)s.n)));
    return o;
}
