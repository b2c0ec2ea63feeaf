/* Talking to both programs: control calls, the fake upstream's door, the ledger. */
#include "tests/flow/rig_int.h"

#include <dirent.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "tests/flow/ask.h"

#define WAIT_MS 30000

static cJSON *round_trip(struct rig *r, const char *method, const char *params)
{
    char *line = NULL;
    size_t size = 0;
    cJSON *answer = NULL;

    fprintf(r->control, "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"%s\",\"params\":%s}\n",
        ++r->serial, method, params);
    fflush(r->control);
    /* Notifications have no id; they are not for this caller. */
    while (!answer && getline(&line, &size, r->control) > 0) {
        answer = cJSON_Parse(line);
        if (answer && !at_path(answer, "id")) {
            cJSON_Delete(answer);
            answer = NULL;
        }
    }
    free(line);
    MUST(answer, "no answer to %s %s", method, params);
    return answer;
}

void rig_connect(struct rig *r)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 120};

    snprintf(a.sun_path, sizeof a.sun_path, "%s/control.sock", r->dir);
    MUST(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0, "control socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    r->control = fdopen(fd, "r+");
    cJSON *hello = round_trip(r, "hello", "{\"protocol\":1,\"client\":\"test\"}");
    MUST(at_path(hello, "result"), "hello");
    cJSON_Delete(hello);
}

static cJSON *member_of_call(
    struct rig *r, const char *method, const char *member, const char *fmt, va_list ap)
{
    char *params = NULL;

    if (vasprintf(&params, fmt, ap) < 0)
        abort();
    cJSON *answer = round_trip(r, method, params);
    cJSON *wanted = cJSON_DetachItemFromObjectCaseSensitive(answer, member);
    if (!wanted) {
        char *text = cJSON_PrintUnformatted(answer);
        die("%s %s: no %s but %s", method, params, member, text);
    }
    cJSON_Delete(answer);
    free(params);
    return wanted;
}

cJSON *rig_call(struct rig *r, const char *method, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    cJSON *o = member_of_call(r, method, "result", fmt, ap);
    va_end(ap);
    return o;
}

cJSON *rig_refused(struct rig *r, const char *method, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    cJSON *o = member_of_call(r, method, "error", fmt, ap);
    va_end(ap);
    return o;
}

void rig_do(struct rig *r, const char *method, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    cJSON_Delete(member_of_call(r, method, "result", fmt, ap));
    va_end(ap);
}

bool rig_try(struct rig *r, const char *method, const char *fmt, ...)
{
    char *params = NULL;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&params, fmt, ap) < 0)
        abort();
    va_end(ap);
    cJSON *answer = round_trip(r, method, params);
    bool well = at_path(answer, "result") != NULL;
    cJSON_Delete(answer);
    free(params);
    return well;
}

char *rig_key(struct rig *r, const char *name, const char *settings)
{
    cJSON *o = rig_call(r, "key.create", "{\"name\":\"%s\"%s}", name, settings);

    free(r->secret);
    r->secret = strdup(text_at(o, "secret"));
    cJSON_Delete(o);
    return r->secret;
}

void rig_wait_for(
    struct rig *r, const char *method, const char *params, const char *path, int64_t wanted)
{
    int64_t end = mono_ms() + WAIT_MS;

    for (;;) {
        cJSON *o = rig_call(r, method, "%s", params);
        const cJSON *v = at_path(o, path); /* a list may yet be empty */
        int64_t is = cJSON_IsNumber(v) ? (int64_t)v->valuedouble : -1;
        cJSON_Delete(o);
        if (is == wanted)
            return;
        MUST(mono_ms() < end, "'%s' of %s stays %lld, not %lld", path, method, (long long)is,
            (long long)wanted);
        poll(NULL, 0, 2);
    }
}

void rig_idle(struct rig *r)
{
    rig_wait_for(r, "system.status", "{}", "running", 0);
    rig_wait_for(r, "system.status", "{}", "waiting", 0);
    rig_wait_for(r, "system.status", "{}", "daemon.exchanges", 0);
    rig_wait_for(r, "system.status", "{}", "daemon.connections", 0);
    cJSON *accounts = rig_call(r, "account.list", "{}"), *keys = rig_call(r, "key.list", "{}");
    const cJSON *o;
    cJSON_ArrayForEach(o, at_path(accounts, "items"))
        MUST(number_at(o, "running") == 0, "account '%s' has a slot in use", text_at(o, "name"));
    cJSON_ArrayForEach(o, at_path(keys, "items"))
        MUST(number_at(o, "running") == 0 && number_at(o, "waiting") == 0,
            "key '%s' has a slot in use", text_at(o, "name"));
    cJSON_Delete(accounts);
    cJSON_Delete(keys);
}

void rig_turn_clock(struct rig *r, int64_t ms)
{
    __atomic_add_fetch(r->clock, ms, __ATOMIC_SEQ_CST);
}

/* There is nothing to be told by; its timer is a second apart. */
void rig_tick(struct rig *r)
{
    int64_t end = mono_ms() + 1200;

    (void)r;
    while (mono_ms() < end)
        poll(NULL, 0, (int)(end - mono_ms()) + 1);
}

/* --- the fake upstream ------------------------------------------------------------------------ */

cJSON *rig_fake(struct rig *r, const char *what, const char *body)
{
    char *path = text_of("/fake/%s", what);
    struct answer a;

    ask(r->fake_port, body ? "POST" : "GET", path, "content-type: application/json\r\n", body, &a);
    MUST(a.status == 200 && a.ended, "%s: %d", path, a.status);
    cJSON *o = cJSON_Parse(a.body);
    MUST(o, "%s: no JSON", path);
    answer_release(&a);
    free(path);
    return o;
}

void rig_rule(struct rig *r, const char *credential, const char *directive, long times)
{
    cJSON *o = cJSON_CreateObject();

    cJSON_AddStringToObject(o, "credential", credential);
    cJSON_AddStringToObject(o, "directive", directive);
    if (times >= 0)
        cJSON_AddNumberToObject(o, "times", (double)times);
    char *text = cJSON_PrintUnformatted(o);
    cJSON_Delete(rig_fake(r, "rule", text));
    free(text);
    cJSON_Delete(o);
}

/* --- the ledger ------------------------------------------------------------------------------- */

static cJSON *row_of(sqlite3_stmt *s)
{
    cJSON *row = cJSON_CreateObject();

    for (int i = 0; i < sqlite3_column_count(s); i++) {
        const char *name = sqlite3_column_name(s, i);
        if (sqlite3_column_type(s, i) == SQLITE_INTEGER)
            cJSON_AddNumberToObject(row, name, (double)sqlite3_column_int64(s, i));
        else
            cJSON_AddStringToObject(row, name, (const char *)sqlite3_column_text(s, i));
    }
    return row;
}

cJSON *rig_rows(struct rig *r, const char *sql)
{
    char *path = text_of("%s/state/crs.db", r->dir);
    cJSON *rows = cJSON_CreateArray();
    sqlite3_stmt *s = NULL;
    sqlite3 *db = NULL;
    int rc;

    MUST(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK, "%s", path);
    sqlite3_busy_timeout(db, 10000);
    MUST(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
    while ((rc = sqlite3_step(s)) == SQLITE_ROW)
        cJSON_AddItemToArray(rows, row_of(s));
    MUST(rc == SQLITE_DONE, "%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_finalize(s);
    sqlite3_close(db);
    free(path);
    return rows;
}

int64_t rig_number(struct rig *r, const char *sql)
{
    cJSON *rows = rig_rows(r, sql);
    const cJSON *v = rows->child ? rows->child->child : NULL;
    int64_t n = v && cJSON_IsNumber(v) ? (int64_t)v->valuedouble : 0;

    cJSON_Delete(rows);
    return n;
}

static bool finds_in(const char *dir, const char *text, char where[256])
{
    DIR *d = opendir(dir);
    bool found = false;

    for (struct dirent *e; !found && d && (e = readdir(d));) {
        char *path = text_of("%s/%s", dir, e->d_name);
        if (e->d_type == DT_DIR && e->d_name[0] != '.') {
            found = finds_in(path, text, where);
        } else if (e->d_type == DT_REG) {
            size_t n = 0;
            char *all = read_whole(path, &n);
            found = all && memmem(all, n, text, strlen(text));
            if (found)
                snprintf(where, 256, "%s", path);
            free(all);
        }
        free(path);
    }
    if (d)
        closedir(d);
    return found;
}

bool rig_finds(struct rig *r, const char *text, char where[256])
{
    return finds_in(r->dir, text, where);
}
