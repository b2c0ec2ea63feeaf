/* The usage report: sums over a span, by key, account, model, client, and hour, day or month of the
 * store's zone. Exact to the millisecond: whole slots come from the tallies, the ragged ends from
 * the single attempts. */
#include <stdio.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/text.h"
#include "store/sqlite_int.h"

#define ROWS_MAX 5000
#define DIMENSIONS_MAX 4

/* --- edges of the zone, in SQL
 * -------------------------------------------------------------------- */

struct bucket {
    const struct zone *zone;
    int64_t (*edge)(const struct zone *z, int64_t ms);
    int64_t (*next)(const struct zone *z, int64_t ms);
    int64_t begin, end; /* of the last answer: rows mostly come in order */
};

static int64_t next_slot(const struct zone *z, int64_t ms)
{
    (void)z;
    return ms - ms % SLOT_MS + SLOT_MS;
}

static void bucket_of(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    struct bucket *k = sqlite3_user_data(ctx);
    int64_t at = sqlite3_value_int64(v[0]);
    (void)n;
    if (at < k->begin || at >= k->end) {
        k->begin = k->edge(k->zone, at);
        k->end = k->next(k->zone, at);
    }
    sqlite3_result_int64(ctx, k->begin);
}

static void bucket_free(void *p)
{
    sqlite3_free(p);
}

int sqlite_add_buckets(struct sqlite *b, sqlite3 *db, struct err *err)
{
    static const struct {
        const char *name;
        int64_t (*edge)(const struct zone *z, int64_t ms);
        int64_t (*next)(const struct zone *z, int64_t ms);
    } kinds[] = {
        {"bucket_hour", edge_hour, next_slot},
        {"bucket_day", edge_day, edge_next_day},
        {"bucket_month", edge_month, edge_next_month},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct bucket *k = xcheck(sqlite3_malloc(sizeof *k));
        *k = (struct bucket){.zone = b->zone, .edge = kinds[i].edge, .next = kinds[i].next};
        if (sqlite3_create_function_v2(db, kinds[i].name, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, k,
                bucket_of, NULL, NULL, bucket_free) != SQLITE_OK)
            return sqlite_fail(db, err, "database");
    }
    return 0;
}

/* --- what is summed
 * ------------------------------------------------------------------------------- */

#define COMMA_NAME(name) ", " #name
#define WHO_AND_SUMS ", key_id, account_id, model, client" SUM_COLUMNS(COMMA_NAME)

void query_ledger(struct query_text *q, int64_t since, int64_t until, bool whole_slots)
{
    int64_t first = (since + SLOT_MS - 1) / SLOT_MS * SLOT_MS;
    int64_t last = until / SLOT_MS * SLOT_MS;
    if (!whole_slots || first > last)
        first = last = until;
    query_add(q, "SELECT slot AS at" WHO_AND_SUMS " FROM tally WHERE slot >= ? AND slot < ?");
    query_int(q, first);
    query_int(q, last);
    query_add(q, " UNION ALL SELECT at" WHO_AND_SUMS " FROM booked WHERE at >= ? AND at < ?");
    query_int(q, since);
    query_int(q, first);
    query_add(q, " UNION ALL SELECT at" WHO_AND_SUMS " FROM booked WHERE at >= ? AND at < ?");
    query_int(q, last);
    query_int(q, until);
}

static const struct dimension {
    const char *name, *column;
    bool time;
} dimensions[] = {
    {"key", "key_id", false},
    {"account", "account_id", false},
    {"model", "model", false},
    {"client", "client", false},
    {"hour", "bucket_hour(at)", true},
    {"day", "bucket_day(at)", true},
    {"month", "bucket_month(at)", true},
};

struct grouping {
    const struct dimension *d[DIMENSIONS_MAX];
    int n;
    int time; /* index of the one that is a time, -1: none */
};

static int add_dimension(struct grouping *g, const char *word, struct err *err)
{
    const struct dimension *d = NULL;
    for (size_t i = 0; !d && i < sizeof dimensions / sizeof dimensions[0]; i++)
        if (strcmp(dimensions[i].name, word) == 0)
            d = &dimensions[i];
    if (!d) {
        err_set(err, ERR_USAGE, "usage cannot be grouped by '%s'", word);
        return err_hint(err, "use key, account, model, client, hour, day or month");
    }
    if (g->n == DIMENSIONS_MAX || (d->time && g->time >= 0))
        return err_set(err, ERR_USAGE, "too many groupings: '%s'", word);
    if (d->time)
        g->time = g->n;
    g->d[g->n++] = d;
    return 0;
}

static int read_grouping(struct grouping *g, const char *by, struct err *err)
{
    struct strlist words = {0};
    int r = 0;
    *g = (struct grouping){.time = -1};
    if (by)
        strlist_split(&words, by, ",");
    for (size_t i = 0; r == 0 && i < words.n; i++)
        r = add_dimension(g, words.v[i], err);
    strlist_release(&words);
    return r;
}

/* --- rows
 * ----------------------------------------------------------------------------------------- */

static int64_t all_tokens(const int64_t v[SUM_COUNT])
{
    return v[SUM_input] + v[SUM_output] + v[SUM_cache_write_5m] + v[SUM_cache_write_1h] +
           v[SUM_cache_read];
}

static void put_sums(cJSON *o, const int64_t v[SUM_COUNT])
{
    for (int i = 0; i < SUM_COUNT; i++) {
        if (i < (int)SUM_FIRST_COST)
            json_put_int(o, sum_names[i], v[i]);
        else
            json_put_money(o, sum_names[i], v[i]);
    }
    json_put_int(o, "tokens", all_tokens(v));
    json_put_int(o, "cache_write", v[SUM_cache_write_5m] + v[SUM_cache_write_1h]);
}

static void put_moment(cJSON *o, const struct sqlite *b, const struct dimension *d, int64_t at)
{
    char label[64];
    struct civil c = civil_at(b->zone, at);
    int n = snprintf(label, sizeof label, "%04d-%02d", c.year, c.month);
    if (strcmp(d->name, "month") != 0)
        n += snprintf(label + n, sizeof label - (size_t)n, "-%02d", c.day);
    if (strcmp(d->name, "hour") == 0)
        snprintf(label + n, sizeof label - (size_t)n, " %02d:%02d", c.hour, c.minute);
    json_put_str(o, d->name, label);
    json_put_time(o, "at", at);
}

static cJSON *row_json(
    const struct sqlite *b, const struct grouping *g, sqlite3_stmt *st, const int64_t v[SUM_COUNT])
{
    cJSON *o = xcheck(cJSON_CreateObject());
    for (int i = 0; i < g->n; i++) {
        if (g->d[i]->time)
            put_moment(o, b, g->d[i], sqlite3_column_int64(st, i));
        else
            row_text(o, g->d[i]->name, st, i);
    }
    put_sums(o, v);
    return o;
}

static sqlite3_stmt *prepare(struct sqlite *b, const cJSON *params, const struct grouping *g,
    int64_t since, int64_t until, struct err *err)
{
    struct query_text q;
    query_init(&q, "SELECT ");
    for (int i = 0; i < g->n; i++) {
        query_add(&q, g->d[i]->column);
        query_add(&q, ", ");
    }
#define COMMA_SUM(name) ", sum(" #name ")"
    query_add(&q, "sum(attempts)" SUM_OTHERS(COMMA_SUM) " FROM (");
    query_ledger(&q, since, until, true);
    query_add(&q, ") WHERE 1");
    query_and_who(&q, params);
    for (int i = 0; i < g->n; i++)
        buf_addf(&q.sql, "%s %d", i == 0 ? " GROUP BY" : ",", i + 1);
    query_add(&q, " ORDER BY ");
    if (g->time >= 0)
        buf_addf(&q.sql, "%d, ", g->time + 1);
    query_add(&q, "sum(cost) DESC, sum(attempts) DESC");
    return query_done(&q, b->r, err);
}

/* Rows beyond the limit are counted and are in the total. */
static cJSON *collect(
    struct sqlite *b, const struct grouping *g, sqlite3_stmt *st, int64_t limit, struct err *err)
{
    int64_t total[SUM_COUNT] = {0}, rows = 0;
    cJSON *list = xcheck(cJSON_CreateArray());
    int r;
    while ((r = sqlite3_step(st)) == SQLITE_ROW) {
        int64_t v[SUM_COUNT];
        for (int i = 0; i < SUM_COUNT; i++) {
            v[i] = sqlite3_column_int64(st, g->n + i);
            total[i] += v[i];
        }
        if (g->n > 0 && rows++ < limit)
            cJSON_AddItemToArray(list, row_json(b, g, st, v));
    }
    if (r != SQLITE_DONE) {
        cJSON_Delete(list);
        sqlite_fail(b->r, err, "cannot add up the usage");
        return NULL;
    }
    cJSON *o = xcheck(cJSON_CreateObject()), *sum = xcheck(cJSON_CreateObject());
    json_put(o, "rows", list);
    put_sums(sum, total);
    json_put(o, "total", sum);
    json_put_int(o, "more", rows > limit ? rows - limit : 0);
    return o;
}

cJSON *report_usage(struct sqlite *b, const cJSON *params, struct err *err)
{
    struct grouping g;
    int64_t since, until, limit;
    if (param_int(params, "since", 0, &since, err) != 0 ||
        param_int(params, "until", TIME_MAX, &until, err) != 0 ||
        param_int(params, "limit", ROWS_MAX, &limit, err) != 0 ||
        read_grouping(&g, json_str(params, "by"), err) != 0)
        return NULL;
    sqlite3_stmt *st = prepare(b, params, &g, since, until, err);
    if (!st)
        return NULL;
    cJSON *o = collect(b, &g, st, limit < ROWS_MAX ? limit : ROWS_MAX, err);
    sqlite3_finalize(st);
    return o;
}
