/* What the daemon reads at start: records, and the counters out of the ledger. Own connection, so
 * that it can run on any thread. */
#include "common/clock.h"
#include "store/sqlite_int.h"

/* Costs are limited by day, week and month at most: older slots only make up totals. */
#define EXACT_MS (40 * MS_DAY)

int sqlite_load(struct backend *base, const char *kind,
    bool (*f)(void *arg, const char *id, const char *doc, const void *sealed, size_t n), void *arg,
    struct err *err)
{
    sqlite3_stmt *st = NULL;
    sqlite3 *db = sqlite_reader((struct sqlite *)base, err);
    if (!db)
        return -1;
    int r = sqlite3_prepare_v2(
        db, "SELECT id, doc, secret FROM record WHERE kind = ? ORDER BY id", -1, &st, NULL);
    if (r == SQLITE_OK)
        r = sqlite3_bind_text(st, 1, kind, -1, SQLITE_STATIC);
    while (r == SQLITE_OK && (r = sqlite3_step(st)) == SQLITE_ROW) {
        const char *id = (const char *)sqlite3_column_text(st, 0);
        const char *doc = (const char *)sqlite3_column_text(st, 1);
        const void *sealed = sqlite3_column_blob(st, 2);
        r = f(arg, id, doc, sealed, (size_t)sqlite3_column_bytes(st, 2)) ? SQLITE_OK : SQLITE_DONE;
    }
    r = r == SQLITE_DONE ? 0 : sqlite_fail(db, err, "cannot read the database");
    sqlite3_finalize(st);
    sqlite3_close(db);
    return r;
}

#define WRITES "cache_write_5m + cache_write_1h"
#define ALL_TOKENS "input + output + cache_read + " WRITES
#define SUMS                                                                                       \
    "sum(requests), sum(" ALL_TOKENS "), sum(cost), sum(attempts), sum(errors), sum(input),"       \
    " sum(output), sum(cache_read), sum(" WRITES ")"

static const char old_sums[] =
    "SELECT key_id, account_id, model, max(slot), " SUMS
    " FROM tally WHERE slot < ? GROUP BY key_id, account_id, model ORDER BY max(slot)";
static const char new_sums[] =
    "SELECT key_id, account_id, model, slot, " SUMS
    " FROM tally WHERE slot >= ? GROUP BY slot, key_id, account_id, model ORDER BY slot";
static const char each_attempt[] =
    "SELECT key_id, account_id, model, at, requests, " ALL_TOKENS ", cost, attempts,"
    " errors, input, output, cache_read, " WRITES " FROM booked WHERE at >= ? ORDER BY at, n";

static int each(sqlite3 *db, const char *sql, int64_t from,
    void (*f)(void *, const struct store_sum *), void *arg, struct err *err)
{
    sqlite3_stmt *st = NULL;
    int r = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    if (r == SQLITE_OK)
        r = sqlite3_bind_int64(st, 1, from);
    while (r == SQLITE_OK && (r = sqlite3_step(st)) == SQLITE_ROW) {
        struct store_sum sum = {
            .key_id = (const char *)sqlite3_column_text(st, 0),
            .account_id = (const char *)sqlite3_column_text(st, 1),
            .model = (const char *)sqlite3_column_text(st, 2),
            .at = sqlite3_column_int64(st, 3),
            .requests = sqlite3_column_int64(st, 4),
            .tokens = sqlite3_column_int64(st, 5),
            .cost = sqlite3_column_int64(st, 6),
            .attempts = sqlite3_column_int64(st, 7),
            .errors = sqlite3_column_int64(st, 8),
            .input = sqlite3_column_int64(st, 9),
            .output = sqlite3_column_int64(st, 10),
            .cache_read = sqlite3_column_int64(st, 11),
            .cache_write = sqlite3_column_int64(st, 12),
        };
        f(arg, &sum);
        r = SQLITE_OK;
    }
    r = r == SQLITE_DONE ? 0 : sqlite_fail(db, err, "cannot read the ledger");
    sqlite3_finalize(st);
    return r;
}

int sqlite_replay(struct backend *base, int64_t since,
    void (*sum)(void *, const struct store_sum *),
    void (*attempt)(void *, const struct store_sum *), void *arg, struct err *err)
{
    sqlite3 *db = sqlite_reader((struct sqlite *)base, err);
    if (!db)
        return -1;
    int64_t exact = clock_now() - EXACT_MS;
    int r = sqlite_run(db, "BEGIN", err);
    if (r == 0 && sum)
        r = each(db, old_sums, exact, sum, arg, err);
    if (r == 0 && sum)
        r = each(db, new_sums, exact, sum, arg, err);
    if (r == 0 && attempt)
        r = each(db, each_attempt, since, attempt, arg, err);
    sqlite3_close(db);
    return r;
}
