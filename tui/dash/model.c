/* Snapshot and events into rows. */
#include "tui/dash/model.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/json.h"

#define MINUTES 180
#define SECONDS 240

void model_init(struct model *m)
{
    *m = (struct model){
        .ended.max = ENDED_MAX,
        .events.max = EVENTS_MAX,
        .log.max = LOG_MAX,
        .output = {.step = MS_MINUTE, .n = MINUTES, .v = xcalloc(MINUTES, sizeof(int64_t))},
        .output_second = {.step = MS_SECOND, .n = SECONDS, .v = xcalloc(SECONDS, sizeof(int64_t))},
    };
}

void model_release(struct model *m)
{
    cJSON_Delete(m->status);
    rows_clear(&m->accounts);
    rows_clear(&m->keys);
    rows_clear(&m->requests);
    ring_clear(&m->ended);
    ring_clear(&m->events);
    ring_clear(&m->log);
    free(m->output.v);
    free(m->output_second.v);
    *m = (struct model){0};
}

static void changed(struct model *m, enum model_part part)
{
    m->rev[part]++;
}

static void fill(struct row_set *s, const cJSON *list)
{
    rows_clear(s);
    for (const cJSON *r = cJSON_IsArray(list) ? list->child : NULL; r; r = r->next)
        rows_put(s, xcheck(cJSON_Duplicate(r, true)));
}

void model_status(struct model *m, const cJSON *status, int64_t now)
{
    if (!cJSON_IsObject(status))
        return;
    cJSON_Delete(m->status);
    m->status = xcheck(cJSON_Duplicate(status, true));
    m->at = now;
    m->attention_old = false;
    changed(m, PART_STATUS);
}

void model_snapshot(struct model *m, const cJSON *result, int64_t now)
{
    const cJSON *s = json_at(result, "snapshot");
    m->have = true;
    m->seq = json_int(result, "seq", 0);
    m->told = 0;
    m->at = now;
    fill(&m->accounts, json_at(s, "accounts"));
    fill(&m->keys, json_at(s, "keys"));
    fill(&m->requests, json_at(s, "requests"));
    model_status(m, json_at(s, "status"), now);
    for (int i = 0; i < PARTS; i++)
        changed(m, (enum model_part)i);
}

/* --- events --------------------------------------------------------------------------------------
 */

static const char *text_of(const cJSON *row, const char *name)
{
    const char *s = json_str(row, name);
    return s ? s : "";
}

static bool differs(const cJSON *a, const cJSON *b, const char *name)
{
    return strcmp(text_of(a, name), text_of(b, name)) != 0;
}

/* One row of accounts or keys. A row that only names its thing says that a full one will follow. */
static void thing_row(struct model *m, struct row_set *s, enum model_part part, const cJSON *row)
{
    const char *id = json_str(row, "id"), *what = text_of(row, "what");
    const cJSON *was = id ? rows_find(s, id) : NULL;
    if (!id)
        return;
    changed(m, part);
    if (strcmp(what, "removed") == 0 || strcmp(text_of(row, "state"), "removed") == 0) {
        rows_drop(s, id);
        m->attention_old = true;
        return;
    }
    if (!json_str(row, "state")) {
        m->attention_old = true;
        return;
    }
    if (!was || differs(was, row, "state") ||
        json_bool(was, "over", false) != json_bool(row, "over", false) ||
        (json_int(was, "waiting", 0) > 0) != (json_int(row, "waiting", 0) > 0))
        m->attention_old = true;
    rows_put(s, xcheck(cJSON_Duplicate(row, true)));
}

static void things(
    struct model *m, struct row_set *s, enum model_part part, const cJSON *data, const char *list)
{
    const cJSON *rows = json_at(data, list);
    if (!cJSON_IsArray(rows)) {
        thing_row(m, s, part, data);
        return;
    }
    for (const cJSON *r = rows->child; r; r = r->next)
        thing_row(m, s, part, r);
}

static void copy_member(cJSON *to, const cJSON *from, const char *name, const char *as)
{
    const cJSON *v = json_at(from, name);
    if (!v || json_at(to, as))
        return;
    json_put(to, as, xcheck(cJSON_Duplicate(v, true)));
}

/* The end of a request: what was known of it while it ran, under what its end says. */
static void request_ended(struct model *m, const cJSON *data, int64_t at)
{
    static const char *const kept[] = {
        "started", "first_byte", "address", "path", "client", "account", "key", "model", "stream"};
    const char *id = json_str(data, "id");
    if (!id)
        return;
    const cJSON *was = rows_find(&m->requests, id);
    cJSON *row = xcheck(cJSON_Duplicate(data, true));
    copy_member(row, data, "outcome", "state");
    for (size_t i = 0; was && i < sizeof kept / sizeof kept[0]; i++)
        copy_member(row, was, kept[i], kept[i]);
    json_put_time(row, "ended", at);
    if (!json_at(row, "started"))
        json_put_time(row, "started", at - json_int(data, "ms", 0));
    if (!json_at(row, "age")) {
        cJSON *age = cJSON_CreateNumber((double)json_int(data, "ms", 0) / 1000.0);
        json_put(row, "age", xcheck(age));
    }
    series_add(&m->output_second, at, json_int(data, "output", 0) - json_int(was, "output", 0));
    rows_drop(&m->requests, id);
    ring_add(&m->ended, row);
    changed(m, PART_REQUESTS);
    changed(m, PART_ENDED);
}

/* Ends are told the moment they happen, progress is collected before it is told: a row of a request
 * whose end is known already is late, and would stay for ever. */
static bool has_ended(const struct model *m, const char *id)
{
    for (size_t i = m->ended.n; i-- > 0;)
        if (strcmp(text_of(ring_at(&m->ended, i), "id"), id) == 0)
            return true;
    return false;
}

static void requests(struct model *m, const cJSON *data, int64_t at)
{
    const cJSON *rows = json_at(data, "requests");
    if (!cJSON_IsArray(rows)) {
        request_ended(m, data, at);
        return;
    }
    for (const cJSON *r = rows->child; r; r = r->next) {
        const char *id = json_str(r, "id");
        const cJSON *was = id ? rows_find(&m->requests, id) : NULL;
        if (!id || (!was && has_ended(m, id)))
            continue;
        int64_t more = json_int(r, "output", 0) - json_int(was, "output", 0);
        series_add(&m->output_second, at, more > 0 ? more : 0);
        rows_put(&m->requests, xcheck(cJSON_Duplicate(r, true)));
    }
    changed(m, PART_REQUESTS);
}

/* The totals replace what the status said of the same things. */
static void totals(struct model *m, const cJSON *data, int64_t at)
{
    int64_t out = json_int(m->status, "today.tokens.out", 0),
            now_out = json_int(data, "today.tokens.out", 0);
    if (!m->status || !cJSON_IsObject(data))
        return;
    series_add(&m->output, at, now_out > out ? now_out - out : 0);
    for (const cJSON *v = data->child; v; v = v->next) {
        if (!v->string || strcmp(v->string, "what") == 0)
            continue;
        cJSON_DeleteItemFromObjectCaseSensitive(m->status, v->string);
        json_put(m->status, v->string, xcheck(cJSON_Duplicate(v, true)));
    }
    changed(m, PART_STATUS);
    changed(m, PART_USAGE);
}

/* What a person may want to read later: not progress, not totals. */
static void remember(struct model *m, const cJSON *params, const char *topic, const cJSON *data)
{
    const char *what = text_of(data, "what");
    if (strcmp(what, "progress") == 0 || strcmp(what, "totals") == 0 || strcmp(topic, "log") == 0 ||
        (strcmp(topic, "request") == 0 && strcmp(text_of(data, "outcome"), "done") == 0))
        return;
    ring_add(&m->events, xcheck(cJSON_Duplicate(params, true)));
    changed(m, PART_EVENTS);
}

/* Whether events before number n are missing. A relay that does not count them is believed. */
static bool jumped(struct model *m, int64_t before)
{
    bool missed = m->have && before > m->told;
    m->told = missed ? before : m->told;
    return missed;
}

bool model_missed(struct model *m, const cJSON *params)
{
    return jumped(m, json_int(params, "n", 0));
}

bool model_event(struct model *m, const cJSON *params, int64_t now)
{
    int64_t n = json_int(params, "n", 0);
    bool whole = !jumped(m, n > 0 ? n - 1 : 0);
    const cJSON *data = json_at(params, "data");
    const char *topic = text_of(params, "topic");
    m->told = n > m->told ? n : m->told;
    int64_t seq = json_int(params, "seq", 0), at = row_time(params, "at");
    if (!m->have || seq <= m->seq)
        return whole;
    m->seq = seq;
    m->at = now;
    at = at ? at : now;
    if (strcmp(topic, "account") == 0) {
        things(m, &m->accounts, PART_ACCOUNTS, data, "accounts");
    } else if (strcmp(topic, "key") == 0) {
        things(m, &m->keys, PART_KEYS, data, "keys");
    } else if (strcmp(topic, "request") == 0) {
        requests(m, data, at);
    } else if (strcmp(topic, "usage") == 0) {
        totals(m, data, at);
    } else if (strcmp(topic, "config") == 0 || strcmp(topic, "admin") == 0) {
        m->attention_old = true;
        changed(m, PART_CHANGE);
    }
    remember(m, params, topic, data);
    return whole;
}

void model_history(struct model *m, const cJSON *items, int64_t now)
{
    ring_clear(&m->ended);
    memset(m->output.v, 0, m->output.n * sizeof *m->output.v);
    m->output.last = now / m->output.step;
    /* Newest first on the wire, oldest first here. */
    for (int i = cJSON_GetArraySize(items); i-- > 0;) {
        const cJSON *r = cJSON_GetArrayItem(items, i);
        int64_t ended = row_time(r, "ended");
        if (!ended)
            continue;
        series_add(&m->output, ended, json_int(r, "output", 0));
        ring_add(&m->ended, xcheck(cJSON_Duplicate(r, true)));
    }
    changed(m, PART_ENDED);
    changed(m, PART_STATUS);
}

void model_log(struct model *m, const cJSON *row)
{
    if (!cJSON_IsObject(row))
        return;
    cJSON *copy = xcheck(cJSON_Duplicate(row, true));
    char *id = xasprintf("%lld", (long long)json_int(row, "number", 0));
    cJSON_DeleteItemFromObjectCaseSensitive(copy, "id");
    json_put_str(copy, "id", id); /* rows are told apart by a text */
    free(id);
    ring_add(&m->log, copy);
    changed(m, PART_LOG);
}

size_t model_accounts_in(const struct model *m, const char *state)
{
    size_t n = 0;
    for (size_t i = 0; i < m->accounts.n; i++)
        n += !state || strcmp(text_of(m->accounts.v[i], "state"), state) == 0;
    return n;
}
