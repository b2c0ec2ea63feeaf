/* The group commit: a list of writes as one transaction. */
#include <string.h>
#include "store/sqlite_int.h"

#define COMMA_NAME(name) ", " #name
#define COMMA_MARK(name) ", ?"
#define ADD(name) #name " = " #name " + excluded." #name
#define COMMA_ADD(name) ", " ADD(name)

/* ON CONFLICT of the one key, never OR IGNORE: that would swallow any other fault of the row too.
 */
static const char *const statements[ST_COUNT] = {
    [ST_BEGIN] = "BEGIN IMMEDIATE",
    [ST_COMMIT] = "COMMIT",
    [ST_ROLLBACK] = "ROLLBACK",
    [ST_PUT] = "INSERT INTO record (kind, id, doc, changed, secret, rev)"
               " VALUES (?1, ?2, ?3, ?4, ?5, 1) ON CONFLICT (kind, id) DO UPDATE SET"
               " doc = excluded.doc, changed = excluded.changed, rev = rev + 1,"
               " secret = CASE WHEN ?6 THEN secret ELSE excluded.secret END",
    [ST_DELETE] = "DELETE FROM record WHERE kind = ? AND id = ?",
    [ST_ATTEMPT] = "INSERT INTO attempt (request, number, key_id, account_id, kind, model_asked,"
                   " model, dialect, client, started, first_byte, ended, status, fault, aborted,"
                   " partial, seen, final, fast, service_tier, stop_reason, upstream_id, "
                   "price_row,"
                   " price_fallback, long_context" SUM_TOKENS(COMMA_NAME) SUM_COSTS(
                       COMMA_NAME) ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                                   "?, ?, ?, ?, ?, ?,"
                                   " ?, ?" SUM_TOKENS(COMMA_MARK) SUM_COSTS(
                                       COMMA_MARK) ") ON CONFLICT (request, number) DO NOTHING",
    [ST_TALLY] = "INSERT INTO tally (slot, key_id, account_id, model, "
                 "client" SUM_COLUMNS(COMMA_NAME) ") SELECT slot, key_id, account_id, "
                                                  "model, client" SUM_COLUMNS(
                                                      COMMA_NAME) " FROM booked WHERE "
                                                                  "n = ?"
                                                                  " ON CONFLICT (slot, "
                                                                  "key_id, account_id, "
                                                                  "model, client)"
                                                                  " DO UPDATE SET " ADD(attempts)
                                                                      SUM_OTHERS(COMMA_ADD),
    [ST_REQUEST] = "INSERT INTO request (id, key_id, path, dialect, model, client, address,"
                   " session, started, ended, status, outcome, reason, trail, cost, attempts,"
                   " account_id) VALUES (?1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                   " ifnull((SELECT account_id FROM attempt WHERE request = ?1"
                   " ORDER BY number DESC LIMIT 1), ''))"
                   " ON CONFLICT (id) DO NOTHING",
    [ST_AUDIT] = "INSERT INTO audit (at, uid, who, source, method, subject, change, ok)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [ST_MARK] = "INSERT INTO spill (one, mark) VALUES (1, ?)"
                " ON CONFLICT (one) DO UPDATE SET mark = excluded.mark",
    [ST_PRUNE_REQUEST] = "DELETE FROM request WHERE n IN"
                         " (SELECT n FROM request WHERE started < ? ORDER BY started LIMIT ?)",
    [ST_PRUNE_ATTEMPT] = "DELETE FROM attempt WHERE n IN"
                         " (SELECT n FROM attempt WHERE ended < ? ORDER BY ended LIMIT ?)",
    [ST_PRUNE_AUDIT] = "DELETE FROM audit WHERE n IN"
                       " (SELECT n FROM audit WHERE at < ? ORDER BY at LIMIT ?)",
};

int sqlite_prepare_writes(struct sqlite *b, struct err *err)
{
    for (int i = 0; i < ST_COUNT; i++)
        if (sqlite3_prepare_v3(
                b->w, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &b->st[i], NULL) != SQLITE_OK)
            return sqlite_fail(b->w, err, "database");
    return 0;
}

/* --- binding, in the order of the marks
 * ----------------------------------------------------------- */

struct binder {
    sqlite3_stmt *st;
    int i;
};

static void put_text(struct binder *b, const char *s)
{
    sqlite3_bind_text(b->st, ++b->i, s ? s : "", -1, SQLITE_STATIC);
}

static void put_int(struct binder *b, int64_t v)
{
    sqlite3_bind_int64(b->st, ++b->i, v);
}

static int step(sqlite3_stmt *st)
{
    int r = sqlite3_step(st);
    sqlite3_reset(st);
    return r == SQLITE_DONE || r == SQLITE_ROW ? SQLITE_OK : r;
}

static int write_record(struct sqlite *b, const struct write *w)
{
    struct codec c = write_codec(w);
    struct record_write r = {0};
    code_record(&c, &r);
    if (c.bad)
        return SQLITE_MISMATCH;
    struct binder p = {.st = b->st[w->kind == WRITE_PUT ? ST_PUT : ST_DELETE]};
    put_text(&p, r.kind);
    put_text(&p, r.id);
    if (w->kind == WRITE_DELETE)
        return step(p.st);
    put_text(&p, r.doc);
    put_int(&p, r.changed);
    if (r.change == SECRET_SET)
        sqlite3_bind_blob64(p.st, 5, r.sealed, r.n_sealed, SQLITE_STATIC);
    else
        sqlite3_bind_null(p.st, 5);
    sqlite3_bind_int(p.st, 6, r.change == SECRET_KEEP);
    return step(p.st);
}

static void bind_usage(struct binder *p, const struct usage *u, const struct cost *k)
{
    const int64_t v[] = {u->input, u->output, u->cache_write_5m, u->cache_write_1h, u->cache_read,
        u->reasoning, u->web_searches, u->images, k->input, k->output, k->cache_write_5m,
        k->cache_write_1h, k->cache_read, k->web_search, k->image, k->total};
    for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
        put_int(p, v[i]);
}

static void bind_attempt(struct binder *p, const struct attempt *a)
{
    const struct usage *u = &a->usage;
    put_text(p, a->request);
    put_int(p, a->number);
    put_text(p, a->key_id);
    put_text(p, a->account_id);
    put_text(p, a->kind);
    put_text(p, a->model_asked);
    put_text(p, u->model[0] ? u->model : a->model_asked);
    put_text(p, a->dialect);
    put_text(p, a->client);
    put_int(p, a->started);
    put_int(p, a->first_byte);
    put_int(p, a->ended);
    put_int(p, a->status);
    put_text(p, a->fault);
    put_int(p, a->aborted);
    put_int(p, a->partial);
    put_int(p, u->seen);
    put_int(p, u->final);
    put_int(p, u->fast);
    put_text(p, u->service_tier);
    put_text(p, u->stop_reason);
    put_text(p, u->upstream_id);
    put_text(p, a->cost.row);
    put_int(p, a->cost.fallback);
    put_int(p, a->cost.long_context);
    bind_usage(p, u, &a->cost);
}

/* A tally changes only with a row that is new: booking twice changes nothing. */
static int write_attempt(struct sqlite *b, struct codec *c)
{
    struct attempt a = {0};
    code_attempt(c, &a);
    if (c->bad)
        return SQLITE_MISMATCH;
    struct binder p = {.st = b->st[ST_ATTEMPT]};
    bind_attempt(&p, &a);
    int r = step(p.st);
    if (r != SQLITE_OK || sqlite3_changes(b->w) == 0)
        return r;
    sqlite3_bind_int64(b->st[ST_TALLY], 1, sqlite3_last_insert_rowid(b->w));
    return step(b->st[ST_TALLY]);
}

static int write_request(struct sqlite *b, struct codec *c)
{
    struct request_row q = {0};
    code_request(c, &q);
    if (c->bad)
        return SQLITE_MISMATCH;
    struct binder p = {.st = b->st[ST_REQUEST]};
    put_text(&p, q.id);
    put_text(&p, q.key_id);
    put_text(&p, q.path);
    put_text(&p, q.dialect);
    put_text(&p, q.model);
    put_text(&p, q.client);
    put_text(&p, q.address);
    put_text(&p, q.session);
    put_int(&p, q.started);
    put_int(&p, q.ended);
    put_int(&p, q.status);
    put_text(&p, q.outcome);
    put_text(&p, q.reason);
    put_text(&p, q.trail);
    put_int(&p, q.cost);
    put_int(&p, q.attempts);
    return step(p.st);
}

static int write_book(struct sqlite *b, const struct write *w)
{
    struct codec c = write_codec(w);
    int64_t n = 0;
    bool has_request = false;
    code_book(&c, &n, &has_request);
    int r = c.bad ? SQLITE_MISMATCH : SQLITE_OK;
    for (int64_t i = 0; r == SQLITE_OK && i < n; i++)
        r = write_attempt(b, &c);
    if (r == SQLITE_OK && has_request)
        r = write_request(b, &c);
    return r;
}

static int write_audit(struct sqlite *b, const struct write *w)
{
    struct codec c = write_codec(w);
    struct audit_row a = {0};
    code_audit(&c, &a);
    if (c.bad)
        return SQLITE_MISMATCH;
    struct binder p = {.st = b->st[ST_AUDIT]};
    put_int(&p, a.at);
    put_int(&p, a.uid);
    put_text(&p, a.who);
    put_text(&p, a.from);
    put_text(&p, a.method);
    put_text(&p, a.subject);
    put_text(&p, a.change);
    put_int(&p, a.ok);
    return step(p.st);
}

/* --- the transaction
 * ------------------------------------------------------------------------------ */

static int write_one(struct sqlite *b, const struct write *w)
{
    switch (w->kind) {
    case WRITE_PUT:
    case WRITE_DELETE:
        return write_record(b, w);
    case WRITE_BOOK:
        return write_book(b, w);
    case WRITE_AUDIT:
        return write_audit(b, w);
    }
    return SQLITE_MISMATCH;
}

/* Whether the fault lies in the row itself, so that the same row would always fail. SQLITE_ERROR is
 * not among them: a database whose tables are wrong fails every row, and admission has to stop. */
static bool is_row_fault(int code)
{
    code &= 0xFF;
    return code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH || code == SQLITE_TOOBIG ||
           code == SQLITE_RANGE;
}

static int undo(struct sqlite *b, struct err *err)
{
    sqlite_fail(b->w, err, "cannot write the database");
    /* Some faults end the transaction by themselves. */
    if (!sqlite3_get_autocommit(b->w))
        step(b->st[ST_ROLLBACK]);
    return -1;
}

/* 0; -1: the database takes nothing; 1: one row was marked as impossible, try without it. */
static int try_write(
    struct sqlite *b, struct write *list, const unsigned char *mark, struct err *err)
{
    if (step(b->st[ST_BEGIN]) != SQLITE_OK)
        return undo(b, err);
    for (struct write *w = list; w; w = w->next) {
        int r = w->failure ? SQLITE_OK : write_one(b, w);
        if (r == SQLITE_OK)
            continue;
        undo(b, err);
        if (!is_row_fault(r))
            return -1;
        if (r == SQLITE_MISMATCH)
            err_set(err, ERR_FAILED, "not a row that the store can hold");
        write_fail(w, err);
        return 1;
    }
    if (mark) {
        sqlite3_bind_blob(b->st[ST_MARK], 1, mark, SPILL_MARK, SQLITE_STATIC);
        if (step(b->st[ST_MARK]) != SQLITE_OK)
            return undo(b, err);
    }
    if (step(b->st[ST_COMMIT]) != SQLITE_OK)
        return undo(b, err);
    return 0;
}

int sqlite_write(
    struct backend *base, struct write *list, const unsigned char *mark, struct err *err)
{
    struct sqlite *b = (struct sqlite *)base;
    int r;
    while ((r = try_write(b, list, mark, err)) > 0)
        continue;
    return r;
}

bool sqlite_has_mark(struct backend *base, const unsigned char *mark)
{
    struct sqlite *b = (struct sqlite *)base;
    sqlite3_stmt *st = NULL;
    bool same = false;
    if (sqlite3_prepare_v2(b->w, "SELECT mark FROM spill", -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW && sqlite3_column_bytes(st, 0) == SPILL_MARK)
        same = memcmp(sqlite3_column_blob(st, 0), mark, SPILL_MARK) == 0;
    sqlite3_finalize(st);
    return same;
}
