/* A demonstration without a relay: made-up accounts, keys and requests that move like real ones. It
 * goes through the same doors as a relay's snapshot and events. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "tui/dash/app_int.h"

static const struct {
    const char *id, *name, *kind, *state, *reason;
    int used5, used7, at_once, minutes; /* minutes until it is back */
} accounts[] = {
    {"ac_01", "alice-max", "claude", "ready", NULL, 41, 22, 8, 0},
    {"ac_02", "team-max-1", "claude", "ready", NULL, 77, 51, 8, 0},
    {"ac_03", "team-max-2", "claude", "limited", "5-hour limit reached", 100, 63, 8, 23},
    {"ac_04", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x83\x81\xE3\x83\xBC\xE3\x83\xA0", "claude",
        "login", "token refused", -1, -1, 8, 0},
    {"ac_05", "console-main", "claude-console", "ready", NULL, -1, -1, 20, 0},
    {"ac_06", "bedrock-usw2", "bedrock", "ready", NULL, -1, -1, 20, 0},
    {"ac_07", "codex-pro", "codex", "ready", NULL, 18, 9, 4, 0},
    {"ac_08", "gemini-free", "gemini", "cooling", "overloaded (529)", -1, -1, 2, 6},
};
static const struct {
    const char *id, *name, *state;
    double today, ceiling;
    int at_once;
} keys[] = {
    {"key_01", "ci-build", "active", 9.80, 20, 4},
    {"key_02", "alice-laptop", "active", 12.40, 0, 0},
    {"key_03", "bob-laptop", "active", 18.02, 25, 3},
    {"key_04", "design-team", "active", 6.71, 50, 10},
    {"key_05", "nightly-batch", "active", 30.00, 30, 6},
    {"key_06", "research", "active", 2.75, 0, 2},
    {"key_07", "intern", "paused", 0, 5, 1},
};
#define COUNT(v) (sizeof(v) / sizeof(v)[0])
#define RUNNING 6

static const char *const models[] = {"claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"};

static cJSON *account(size_t i, int64_t now)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "id", accounts[i].id);
    json_put_str(o, "name", accounts[i].name);
    json_put_str(o, "kind", accounts[i].kind);
    json_put_str(o, "state", accounts[i].state);
    json_put_str(o, "reason", accounts[i].reason);
    json_put_int(o, "running", (int64_t)(i < 3 ? 2 : 0));
    json_put_int(o, "at_once", accounts[i].at_once);
    if (accounts[i].used5 >= 0) {
        json_put_int(o, "five_hour", accounts[i].used5);
        json_put_int(o, "seven_day", accounts[i].used7);
    }
    json_put_money(o, "cost_today", (int64_t)(i + 2) * 4110000000);
    json_put_int(o, "requests_today", (int64_t)(612 - i * 60));
    json_put_int(o, "priority", 50);
    json_put_time(o, "until", accounts[i].minutes ? now + accounts[i].minutes * MS_MINUTE : 0);
    json_put_time(o, "last_used", now - (int64_t)i * 7000);
    return o;
}

static cJSON *key(size_t i, int64_t now)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "id", keys[i].id);
    json_put_str(o, "name", keys[i].name);
    json_put_str(o, "state", keys[i].state);
    json_put_money(o, "cost_today", (int64_t)(keys[i].today * 1e9));
    if (keys[i].ceiling > 0)
        json_put_money(o, "daily_cost", (int64_t)(keys[i].ceiling * 1e9));
    json_put_money(o, "cost_total", (int64_t)(keys[i].today * 31e9));
    json_put_bool(o, "over", keys[i].ceiling > 0 && keys[i].today >= keys[i].ceiling);
    json_put_int(o, "requests_today", (int64_t)(402 - i * 40));
    json_put_int(o, "running", i == 0 ? 4 : 0);
    json_put_int(o, "waiting", i == 0 ? 2 : 0);
    json_put_int(o, "at_once", keys[i].at_once);
    json_put_time(o, "last_used", now - (int64_t)(i * i) * 9000);
    json_put_str(o, "secret_tail", "c41e");
    return o;
}

static cJSON *request(int64_t serial, int64_t now)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    char id[24];
    int64_t age = now / MS_SECOND - serial * 5;
    age = age < 0 ? 0 : age;
    snprintf(id, sizeof id, "r-%06llx", (unsigned long long)serial & 0xFFFFFF);
    json_put_str(o, "id", id);
    json_put_time(o, "started", now - age * MS_SECOND);
    json_put_str(o, "key", keys[(size_t)serial % 5].name);
    json_put_str(o, "account", accounts[(size_t)serial % 3].name);
    json_put_str(o, "model", models[(size_t)serial % 3]);
    json_put_str(o, "client", "claude-code");
    json_put_str(o, "state", age < 2 ? "first" : "stream");
    if (age >= 2)
        json_put(o, "first_byte", xcheck(cJSON_CreateNumber(1.1)));
    json_put_int(o, "input", 12000 + serial % 7 * 9000);
    json_put_int(o, "output", age > 1 ? (age - 1) * (40 + serial % 5 * 12) : 0);
    json_put_money(o, "cost", age * 11000000);
    return o;
}

static void attend(
    cJSON *list, const char *kind, const char *subject, const char *text, const char *command)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "kind", kind);
    json_put_str(o, "subject", subject);
    json_put_str(o, "text", text);
    json_put_str(o, "command", command);
    cJSON_AddItemToArray(list, o);
}

static cJSON *totals(int64_t now)
{
    cJSON *o = xcheck(cJSON_CreateObject()), *today = xcheck(cJSON_CreateObject()),
          *tokens = xcheck(cJSON_CreateObject());
    int64_t s = now / MS_SECOND % 100000;
    json_put_int(o, "running", RUNNING);
    json_put_int(o, "waiting", 2);
    json_put_int(o, "requests_per_minute", 34);
    json_put_int(o, "errors_per_minute", 0);
    json_put_money(today, "cost", 84120000000 + s * 1000000);
    json_put_int(today, "requests", 1904 + s / 5);
    json_put_int(tokens, "in", 41200000 + s * 900);
    json_put_int(tokens, "out", 3900000 + s * 320);
    json_put_int(tokens, "cache_read", 388000000 + s * 9000);
    json_put(today, "tokens", tokens);
    json_put(o, "today", today);
    return o;
}

static cJSON *status(int64_t now)
{
    cJSON *o = totals(now), *list = xcheck(cJSON_CreateArray()), *p = xcheck(cJSON_CreateObject());
    attend(list, "account", accounts[3].name, "sign in again (token refused)",
        "crs account login NAME");
    attend(list, "account", "team-max-2", "limited, back in 23m", NULL);
    attend(list, "key", "ci-build", "2 requests in line, the oldest for 3s",
        "crs key edit ci-build --at-once N");
    json_put_str(o, "name", "relay-1");
    json_put_str(o, "version", CRS_VERSION);
    json_put_time(o, "started", now - 76 * MS_HOUR);
    cJSON_AddNumberToObject(p, "p50", 0.9);
    cJSON_AddNumberToObject(p, "p95", 2.4);
    json_put(o, "first_byte", p);
    json_put(o, "attention", list);
    return o;
}

static int64_t newest(int64_t now)
{
    return now / MS_SECOND / 5;
}

void demo_begin(struct dash *d)
{
    int64_t now = clock_now();
    cJSON *r = xcheck(cJSON_CreateObject()), *s = xcheck(cJSON_CreateObject()),
          *a = xcheck(cJSON_CreateArray()), *k = xcheck(cJSON_CreateArray()),
          *q = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < COUNT(accounts); i++)
        cJSON_AddItemToArray(a, account(i, now));
    for (size_t i = 0; i < COUNT(keys); i++)
        cJSON_AddItemToArray(k, key(i, now));
    for (int64_t i = 0; i < RUNNING; i++)
        cJSON_AddItemToArray(q, request(newest(now) - i, now));
    json_put(s, "status", status(now));
    json_put(s, "accounts", a);
    json_put(s, "keys", k);
    json_put(s, "requests", q);
    json_put(r, "snapshot", s);
    model_snapshot(&d->model, r, now);
    for (int64_t i = 0; i < 60; i++)
        series_add(
            &d->model.output, now - (59 - i) * MS_MINUTE, 20000 + (i * i * 37 + i * 911) % 60000);
    cJSON_Delete(r);
}

static void event(struct dash *d, const char *topic, cJSON *data)
{
    cJSON *e = xcheck(cJSON_CreateObject());
    json_put_int(e, "seq", d->model.seq + 1);
    json_put_str(e, "topic", topic);
    json_put_time(e, "at", clock_now());
    json_put(e, "data", data);
    model_event(&d->model, e, clock_now());
    cJSON_Delete(e);
    d->dirty = true;
}

/* Once a second: progress, and every five seconds one request ends and another begins. */
void demo_tick(struct dash *d)
{
    int64_t now = clock_now(), second = now / MS_SECOND;
    if (second == d->demo_second)
        return;
    d->demo_second = second;
    cJSON *progress = xcheck(cJSON_CreateObject()), *rows = xcheck(cJSON_CreateArray());
    for (int64_t i = 0; i < RUNNING; i++)
        cJSON_AddItemToArray(rows, request(newest(now) - i, now));
    json_put_str(progress, "what", "progress");
    json_put(progress, "requests", rows);
    event(d, "request", progress);
    cJSON *all = totals(now);
    json_put_str(all, "what", "totals");
    event(d, "usage", all);
    if (second % 5 == 0) {
        cJSON *ended = request(newest(now) - RUNNING, now);
        cJSON_DeleteItemFromObjectCaseSensitive(ended, "state");
        json_put_str(ended, "outcome", "done");
        json_put_int(ended, "status", 200);
        event(d, "request", ended);
    }
}
