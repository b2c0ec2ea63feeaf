/* The tables, as numbered migrations: user_version counts those that were done. A migration, once
 * released, is never edited; a change is a new one behind it. */
#include <stdio.h>
#include "store/sqlite_int.h"

/* Records: whatever is edited by people or must outlive a restart. */
static const char records[] = "CREATE TABLE record ("
                              " kind TEXT NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL,"
                              " secret BLOB, rev INTEGER NOT NULL, changed INTEGER NOT NULL,"
                              " PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;";

/* The ledger. Ids are random: with a rowid, rows are appended and only the narrow key is scattered.
 */
static const char attempts[] =
    "CREATE TABLE attempt ("
    " n INTEGER PRIMARY KEY,"
    " request TEXT NOT NULL, number INTEGER NOT NULL,"
    " key_id TEXT NOT NULL, account_id TEXT NOT NULL, kind TEXT NOT NULL,"
    " model_asked TEXT NOT NULL, model TEXT NOT NULL, dialect TEXT NOT NULL, client TEXT NOT NULL,"
    " started INTEGER NOT NULL, first_byte INTEGER NOT NULL, ended INTEGER NOT NULL,"
    " status INTEGER NOT NULL, fault TEXT NOT NULL,"
    " aborted INTEGER NOT NULL, partial INTEGER NOT NULL,"
    " seen INTEGER NOT NULL, final INTEGER NOT NULL, fast INTEGER NOT NULL,"
    " service_tier TEXT NOT NULL, stop_reason TEXT NOT NULL, upstream_id TEXT NOT NULL,"
    " price_row TEXT NOT NULL, price_fallback INTEGER NOT NULL, long_context INTEGER NOT NULL,"
#define X(name) #name " INTEGER NOT NULL, "
    SUM_TOKENS(X) SUM_COSTS(X)
#undef X
        " UNIQUE (request, number)) STRICT;"
        "CREATE INDEX attempt_ended ON attempt (ended);"
        /* What an attempt adds to a tally; the only place that says it.
         * Version 2 makes it anew. */
        "CREATE VIEW booked AS SELECT n, ended AS at, ended - ended % 900000 AS slot,"
        " key_id, account_id, model, client, 1 AS attempts, number = 1 AS requests,"
        " (aborted = 0 AND (status = 0 OR status >= 400 OR fault <> '')) AS errors"
#define X(name) ", " #name
    SUM_TOKENS(X) SUM_COSTS(X)
#undef X
        " FROM attempt;";

static const char tallies[] =
    "CREATE TABLE tally ("
    " slot INTEGER NOT NULL, key_id TEXT NOT NULL, account_id TEXT NOT NULL,"
    " model TEXT NOT NULL, client TEXT NOT NULL, "
#define X(name) #name " INTEGER NOT NULL, "
    X(attempts) X(requests) X(errors) SUM_TOKENS(X) SUM_COSTS(X)
#undef X
        " PRIMARY KEY (slot, key_id, account_id, model, client)) STRICT, WITHOUT ROWID;";

static const char requests[] =
    "CREATE TABLE request ("
    " n INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE, key_id TEXT NOT NULL, path TEXT NOT NULL, dialect TEXT NOT NULL,"
    " model TEXT NOT NULL, client TEXT NOT NULL, address TEXT NOT NULL, session TEXT NOT NULL,"
    " started INTEGER NOT NULL, ended INTEGER NOT NULL, status INTEGER NOT NULL,"
    " outcome TEXT NOT NULL, reason TEXT NOT NULL, trail TEXT NOT NULL,"
    " cost INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    " account_id TEXT NOT NULL) STRICT;" /* of the last attempt, '' when there was none */
    "CREATE INDEX request_started ON request (started);"
    "CREATE INDEX request_key ON request (key_id, started);"
    "CREATE INDEX request_account ON request (account_id, started);";

static const char others[] =
    "CREATE TABLE audit ("
    " n INTEGER PRIMARY KEY, at INTEGER NOT NULL, uid INTEGER NOT NULL, who TEXT NOT NULL,"
    " source TEXT NOT NULL, method TEXT NOT NULL, subject TEXT NOT NULL, change TEXT NOT NULL,"
    " ok INTEGER NOT NULL) STRICT;"
    "CREATE INDEX audit_at ON audit (at);"
    /* The last filling of the spill file that was taken over. */
    "CREATE TABLE spill (one INTEGER PRIMARY KEY CHECK (one = 1), mark BLOB NOT NULL) STRICT;";

/* Version 2: attempts that were answered and told no usage. */
static const char unmetered[] =
    "ALTER TABLE tally ADD COLUMN unmetered INTEGER NOT NULL DEFAULT 0;"
    "DROP VIEW booked;"
    "CREATE VIEW booked AS SELECT n, ended AS at, ended - ended % 900000 AS slot,"
    " key_id, account_id, model, client, 1 AS attempts, number = 1 AS requests,"
    " (aborted = 0 AND (status = 0 OR status >= 400 OR fault <> '')) AS errors,"
    " (seen = 0 AND status BETWEEN 200 AND 299) AS unmetered"
#define X(name) ", " #name
    SUM_TOKENS(X) SUM_COSTS(X)
#undef X
        " FROM attempt;"
        "UPDATE tally SET unmetered = b.unmetered FROM (SELECT slot, key_id, account_id, model,"
        " client, sum(unmetered) AS unmetered FROM booked WHERE unmetered GROUP BY 1, 2, 3, 4, 5)"
        " AS b WHERE (tally.slot, tally.key_id, tally.account_id, tally.model, tally.client) ="
        " (b.slot, b.key_id, b.account_id, b.model, b.client);";

#define PARTS 5
static const char *const migrations[][PARTS] = {
    {records, attempts, tallies, requests, others},
    {unmetered},
};
const int sqlite_version = sizeof migrations / sizeof migrations[0];

const char *const sum_names[SUM_COUNT] = {
#define X(name) #name,
    SUM_COLUMNS(X)
#undef X
};

static int migrate_one(sqlite3 *db, int from, struct err *err)
{
    char done[64];
    snprintf(done, sizeof done, "PRAGMA user_version = %d", from + 1);
    if (sqlite_run(db, "BEGIN IMMEDIATE", err) != 0)
        return -1;
    bool ok = true;
    for (int i = 0; ok && i < PARTS && migrations[from][i]; i++)
        ok = sqlite_run(db, migrations[from][i], err) == 0;
    ok = ok && sqlite_run(db, done, err) == 0;
    if (ok && sqlite_run(db, "COMMIT", err) == 0)
        return 0;
    if (!sqlite3_get_autocommit(db))
        sqlite_run(db, "ROLLBACK", NULL);
    return err_prefix(err, "cannot bring the database to version %d", from + 1);
}

static int claim(sqlite3 *db, struct err *err)
{
    char sql[64];
    if (sqlite_int(db, "PRAGMA application_id") == APPLICATION_ID)
        return 0;
    if (sqlite_int(db, "SELECT count(*) FROM sqlite_schema") != 0) {
        err_set(err, ERR_CONFLICT, "not a database of crs-relay");
        return err_hint(err, "give another path; this file was left as it is");
    }
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d", APPLICATION_ID);
    return sqlite_run(db, sql, err);
}

int sqlite_migrate(sqlite3 *db, int64_t max_pages, struct err *err)
{
    if (claim(db, err) != 0)
        return -1;
    int64_t version = sqlite_int(db, "PRAGMA user_version");
    if (version < 0)
        return sqlite_fail(db, err, "cannot read the version of the database");
    if (version > sqlite_version) {
        err_set(err, ERR_CONFLICT, "database of version %d, this program knows %d", (int)version,
            sqlite_version);
        return err_hint(err, "install the newer crs-relay, or restore the backup from before it");
    }
    for (int v = (int)version; v < sqlite_version; v++)
        if (migrate_one(db, v, err) != 0)
            return -1;
    if (max_pages > 0) {
        char sql[64];
        snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld", (long long)max_pages);
        return sqlite_run(db, sql, err);
    }
    return 0;
}
