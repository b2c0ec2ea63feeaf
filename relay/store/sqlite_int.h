/* The SQLite backend's own parts. One connection writes (writer thread), one reads (reader thread);
 * loading at start opens its own for the while. */
#ifndef CRS_SQLITE_INT_H
#define CRS_SQLITE_INT_H

#include <sqlite3.h>
#include "store/store_int.h"

/* Tallies are kept by slots of this length, aligned to UTC. All civil zones of our time are whole
 * quarters of an hour away from UTC (Kathmandu +5:45, Chatham +12:45), so hours, days and months of
 * any zone are sums of whole slots. */
#define SLOT_MS (15 * MS_MINUTE)

/* What is added up, in attempt, booked and tally under the same names. attempts, requests, errors
 * and unmetered (answered, but no usage was told) are made by the view `booked`; the rest are columns
 * of attempt. Costs are nano-dollars. */
/* clang-format off */
#define SUM_TOKENS(X) \
    X(input) X(output) X(cache_write_5m) X(cache_write_1h) X(cache_read) X(reasoning) \
    X(web_searches) X(images)
#define SUM_COSTS(X) \
    X(input_cost) X(output_cost) X(cache_write_5m_cost) X(cache_write_1h_cost) \
    X(cache_read_cost) X(web_search_cost) X(image_cost) X(cost)
#define SUM_OTHERS(X) X(requests) X(errors) X(unmetered) SUM_TOKENS(X) SUM_COSTS(X)
#define SUM_COLUMNS(X) X(attempts) SUM_OTHERS(X)

enum sum {
#define X(name) SUM_##name,
    SUM_COLUMNS(X)
#undef X
    SUM_COUNT,
    SUM_FIRST_COST = SUM_input_cost
};
/* clang-format on */
extern const char *const sum_names[SUM_COUNT];

enum statement {
    ST_BEGIN,
    ST_COMMIT,
    ST_ROLLBACK,
    ST_PUT,
    ST_DELETE,
    ST_ATTEMPT,
    ST_TALLY,
    ST_REQUEST,
    ST_AUDIT,
    ST_MARK,
    ST_PRUNE_REQUEST,
    ST_PRUNE_ATTEMPT,
    ST_PRUNE_AUDIT,
    ST_COUNT
};

struct sqlite {
    struct backend base;
    char *path;
    const char *vfs; /* NULL: the default */
    const struct zone *zone;
    struct zone *own_zone; /* UTC, when none was given */
    int64_t keep_requests_ms;
    sqlite3 *w;
    sqlite3_stmt *st[ST_COUNT]; /* of w */
    int wal_pages;              /* in the log after the last commit; writer thread */
    int checkpoint_at;          /* pages at which the log is folded back */
    sqlite3 *r;
    atomic_bool stop;       /* queries fail */
    int64_t query_deadline; /* monotonic ms; reader thread */
};

/* Opens one more connection that only reads. */
sqlite3 *sqlite_reader(const struct sqlite *b, struct err *err);
int sqlite_migrate(sqlite3 *db, int64_t max_pages, struct err *err);
extern const int sqlite_version;  /* of the schema */
#define APPLICATION_ID 0x63727331 /* "crs1", in the file's head */
/* err from the connection's last error, with what to do; always -1. */
int sqlite_fail(sqlite3 *db, struct err *err, const char *doing);
int sqlite_run(sqlite3 *db, const char *sql, struct err *err);
int64_t sqlite_int(sqlite3 *db, const char *sql); /* first column of the first row; -1: failed */

/* sqlite_write.c */
int sqlite_prepare_writes(struct sqlite *b, struct err *err);
int sqlite_write(struct backend *b, struct write *list, const unsigned char *mark, struct err *err);
bool sqlite_has_mark(struct backend *b, const unsigned char *mark);
/* sqlite_load.c */
int sqlite_load(struct backend *b, const char *kind,
    bool (*f)(void *arg, const char *id, const char *doc, const void *sealed, size_t n), void *arg,
    struct err *err);
int sqlite_replay(struct backend *b, int64_t since, void (*sum)(void *, const struct store_sum *),
    void (*attempt)(void *, const struct store_sum *), void *arg, struct err *err);
/* sqlite_keep.c */
void sqlite_rest(struct backend *b);
bool sqlite_prune(struct backend *b, int64_t now);
int sqlite_backup(struct backend *b, const char *path, struct err *err);

/* --- reports ------------------------------------------------------------------------------------
 */

/* A statement in the making: text, and values for its '?' in order. */
#define QUERY_VALUES 24
struct query_text {
    struct buf sql;
    struct query_value {
        const char *text; /* NULL: number */
        int64_t number;
    } v[QUERY_VALUES];
    int n;
};
void query_init(struct query_text *q, const char *sql);
void query_add(struct query_text *q, const char *sql);
/* Adds " AND condition" (it holds one '?') when the parameter is there. */
void query_and_text(struct query_text *q, const char *condition, const char *value);
void query_and_int(struct query_text *q, const char *condition, int64_t value);
void query_int(struct query_text *q, int64_t value); /* only the value */
/* Prepares and binds; frees q. NULL on error. */
sqlite3_stmt *query_done(struct query_text *q, sqlite3 *db, struct err *err);

/* Adds "SELECT at, key_id, ..., all sums FROM ..." over [since, until): tallies for whole slots,
 * single attempts for the rest; only attempts when whole_slots is false. `at` of a tally is its
 * slot. */
void query_ledger(struct query_text *q, int64_t since, int64_t until, bool whole_slots);
/* " AND ..." for the parameters key, account, model and client. */
void query_and_who(struct query_text *q, const cJSON *params);

/* Column values of strangers, as valid UTF-8. */
void row_text(cJSON *o, const char *name, sqlite3_stmt *st, int column);
void row_tree(cJSON *o, const char *name, sqlite3_stmt *st, int column); /* JSON text; bad: none */
void row_int(cJSON *o, const char *name, sqlite3_stmt *st, int column);
void row_time(cJSON *o, const char *name, sqlite3_stmt *st, int column);
void row_money(cJSON *o, const char *name, sqlite3_stmt *st, int column);
/* ERR_USAGE when params.name is there and no whole number of at least 0. dflt when absent. */
#define TIME_MAX (INT64_C(1) << 52) /* ms; exact in a double */
int param_int(const cJSON *params, const char *name, int64_t dflt, int64_t *out, struct err *err);

cJSON *sqlite_query(struct backend *b, const char *what, const cJSON *params, struct err *err);
cJSON *report_usage(struct sqlite *b, const cJSON *params, struct err *err);
cJSON *report_series(struct sqlite *b, const cJSON *params, struct err *err);
cJSON *report_requests(struct sqlite *b, const cJSON *params, struct err *err);
cJSON *report_request(struct sqlite *b, const cJSON *params, struct err *err);
cJSON *report_audit(struct sqlite *b, const cJSON *params, struct err *err);
cJSON *report_check(struct sqlite *b, const cJSON *params, struct err *err);

/* Scalar functions bucket_hour(ms), bucket_day(ms), bucket_month(ms) for SQL: the
 * edge in the store's zone at or before it. */
int sqlite_add_buckets(struct sqlite *b, sqlite3 *db, struct err *err);

#endif
