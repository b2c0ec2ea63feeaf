/* The check report: is the file whole, do the books agree, how big is it all. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "common/alloc.h"
#include "common/json.h"
#include "store/sqlite_int.h"

static int64_t file_size(const char *path, const char *suffix)
{
    struct stat st;
    char *name = xasprintf("%s%s", path, suffix);
    int64_t n = stat(name, &st) == 0 ? (int64_t)st.st_size : 0;
    free(name);
    return n;
}

static int add_integrity(struct sqlite *b, bool full, cJSON *problems, struct err *err)
{
    sqlite3_stmt *st = NULL;
    const char *sql = full ? "PRAGMA integrity_check(20)" : "PRAGMA quick_check(20)";
    int r = sqlite3_prepare_v2(b->r, sql, -1, &st, NULL);
    while (r == SQLITE_OK && (r = sqlite3_step(st)) == SQLITE_ROW) {
        const char *says = (const char *)sqlite3_column_text(st, 0);
        if (says && strcmp(says, "ok") != 0)
            cJSON_AddItemToArray(problems, xcheck(cJSON_CreateString(says)));
        r = SQLITE_OK;
    }
    if (r != SQLITE_DONE)
        sqlite_fail(b->r, err, "cannot check the database");
    sqlite3_finalize(st);
    return r == SQLITE_DONE ? 0 : -1;
}

#define COMMA_SUM(name) ", total(" #name ")"
#define SUMS "total(attempts)" SUM_OTHERS(COMMA_SUM)

/* Tallies against the attempts that are still there: these begin at the edge of a slot. */
static int add_books(struct sqlite *b, cJSON *problems, struct err *err)
{
    static const char sql[] =
        "SELECT " SUMS " FROM booked UNION ALL"
        " SELECT " SUMS " FROM tally"
        " WHERE slot >= (SELECT min(ended) - min(ended) % 900000 FROM attempt)";
    sqlite3_stmt *st = NULL;
    double booked[SUM_COUNT] = {0};
    int r = sqlite3_prepare_v2(b->r, sql, -1, &st, NULL);
    if (r == SQLITE_OK)
        r = sqlite3_step(st);
    for (int i = 0; r == SQLITE_ROW && i < (int)SUM_COUNT; i++)
        booked[i] = sqlite3_column_double(st, i);
    if (r == SQLITE_ROW)
        r = sqlite3_step(st);
    for (int i = 0; r == SQLITE_ROW && i < (int)SUM_COUNT; i++) {
        double tally = sqlite3_column_double(st, i);
        if (tally >= booked[i] && tally <= booked[i])
            continue;
        char text[160];
        snprintf(text, sizeof text, "tallies of %s say %.0f, attempts say %.0f", sum_names[i],
            tally, booked[i]);
        cJSON_AddItemToArray(problems, xcheck(cJSON_CreateString(text)));
    }
    if (r != SQLITE_ROW)
        sqlite_fail(b->r, err, "cannot add up the books");
    sqlite3_finalize(st);
    return r == SQLITE_ROW ? 0 : -1;
}

cJSON *report_check(struct sqlite *b, const cJSON *params, struct err *err)
{
    static const struct {
        const char *name, *sql;
    } numbers[] = {
        {"version", "PRAGMA user_version"},
        {"records", "SELECT count(*) FROM record"},
        {"attempts", "SELECT count(*) FROM attempt"},
        {"requests", "SELECT count(*) FROM request"},
        {"tallies", "SELECT count(*) FROM tally"},
        {"audits", "SELECT count(*) FROM audit"},
    };
    bool full = json_bool(params, "full", false);
    cJSON *o = xcheck(cJSON_CreateObject()), *problems = xcheck(cJSON_CreateArray());
    json_put(o, "problems", problems);
    if (add_integrity(b, full, problems, err) != 0 || add_books(b, problems, err) != 0) {
        cJSON_Delete(o);
        return NULL;
    }
    json_put_bool(o, "ok", cJSON_GetArraySize(problems) == 0);
    json_put_str(o, "kind", "sqlite");
    json_put_str(o, "library", sqlite3_libversion());
    json_put_int(o, "bytes", file_size(b->path, ""));
    json_put_int(o, "log_bytes", file_size(b->path, "-wal"));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        json_put_int(o, numbers[i].name, sqlite_int(b->r, numbers[i].sql));
    return o;
}
