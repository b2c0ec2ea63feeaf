/* Streams: log, log --follow, event watch, request watch. A line each as it comes; with --output
 * jsonl an object each. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/width.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/watch.h"

/* One object of a stream: for people as `line` writes it, otherwise in the format asked for. */
struct stream_view {
    const struct field *f;
    size_t n;
    void (*line)(struct crs *c, const cJSON *row, struct buf *out);
    bool header; /* of CSV: written once */
};

static int put_row(struct crs *c, struct stream_view *v, const cJSON *row, struct err *err)
{
    struct buf out = BUF_INIT;
    int r = 0;
    if (c->output == OUT_JSON) /* an array would never end */
        c->output = OUT_JSONL;
    if (crs_human(c) && !c->fields.n) {
        v->line(c, row, &out);
    } else {
        cJSON *one = xcheck(cJSON_CreateArray());
        xcheck(cJSON_AddItemReferenceToArray(one, (cJSON *)(uintptr_t)row) ? one : NULL);
        r = view_rows(c, v->f, v->n, one, &out, err);
        cJSON_Delete(one);
        crs_set(c, "header", false);
    }
    crs_set(c, "pager", false); /* a stream is never more than a screenful at a time */
    if (r == 0)
        r = terminal_put(c, &out, err);
    buf_release(&out);
    return r;
}

static void put_clock(struct crs *c, const cJSON *row, const char *name, struct buf *out)
{
    char text[UNITS_MAX];
    int64_t ms;
    const char *at = json_str(row, name);
    if (!at || units_parse_time(at, NULL, 0, 0, &ms, NULL) < 0)
        buf_addf(out, "%-8s", at ? at : "-");
    else
        buf_adds(out, c->term.out ? units_clock(text, c->zone, ms) : units_rfc3339(text, ms));
}

static void put_cell(struct buf *out, const char *text, int cells)
{
    buf_adds(out, "  ");
    width_fit(out, text ? text : "-", cells, 0);
}

/* --- log -----------------------------------------------------------------------------------------
 */

static void log_line(struct crs *c, const cJSON *row, struct buf *out)
{
    struct field level = {.name = "level"};
    struct buf word = BUF_INIT;
    const char *request = json_str(row, "request"), *text = json_str(row, "text");
    put_clock(c, row, "at", out);
    width_fit(&word, json_str(row, "level") ? json_str(row, "level") : "", 5, 0);
    buf_adds(out, "  ");
    view_paint(c, out, cell_colour(&level, json_at(row, "level")), word.data);
    put_cell(out, json_str(row, "area"), 8);
    if (request && *request)
        put_cell(out, request, -1);
    buf_adds(out, "  ");
    width_clean(out, text ? text : "");
    buf_addc(out, '\n');
    buf_release(&word);
}

struct log_stream {
    struct stream_view view;
    cJSON *params;
};

static int log_rows(struct crs *c, const cJSON *result, void *arg, struct err *err)
{
    struct log_stream *l = arg;
    const cJSON *items = json_at(result, "items");
    int r = 0;
    for (const cJSON *row = items ? items->child : NULL; row && r == 0; row = row->next)
        r = put_row(c, &l->view, row, err);
    /* After a lost connection only what is new. */
    cJSON_DeleteItemFromObjectCaseSensitive(l->params, "lines");
    json_put_int(l->params, "lines", 0);
    return r;
}

static int log_take(struct crs *c, const char *method, const cJSON *params, void *arg)
{
    struct log_stream *l = arg;
    struct err err;
    if (strcmp(method, "log") != 0)
        return -1;
    int64_t dropped = json_int(params, "dropped", 0);
    if (dropped)
        note(c, _("%lld lines came too fast and are missing"), (long long)dropped);
    return put_row(c, &l->view, params, &err) < 0 ? error_tell(c, &err) : -1;
}

int run_log(struct crs *c, struct err *err)
{
    const struct method *m = c->cmd->m;
    struct log_stream l = {.view = {m->result, m->n_result, log_line, false}, .params = c->params};
    if (json_bool(c->params, "follow", false)) {
        struct stream s = {m, c->params, log_rows, log_take, &l};
        return stream_run(c, &s, err);
    }
    cJSON *result = crs_result(c, err);
    if (!result)
        return -1;
    const cJSON *items = json_at(result, "items");
    struct buf out = BUF_INIT;
    int r = 0;
    for (const cJSON *row = items ? items->child : NULL; row && crs_human(c) && !c->fields.n;
         row = row->next)
        log_line(c, row, &out);
    if (crs_human(c) && !c->fields.n)
        r = terminal_put(c, &out, err);
    else
        r = crs_show(c, result, err);
    buf_release(&out);
    cJSON_Delete(result);
    return r;
}

/* --- events --------------------------------------------------------------------------------------
 */

static void event_line(struct crs *c, const cJSON *row, struct buf *out)
{
    struct buf data = BUF_INIT;
    const cJSON *v = json_at(row, "data");
    put_clock(c, row, "at", out);
    put_cell(out, json_str(row, "topic"), 8);
    if (v)
        json_print(v, &data);
    buf_adds(out, "  ");
    width_clean(out, data.data);
    buf_addc(out, '\n');
    buf_release(&data);
}

/* Events carry their moment in ms; everywhere else a moment is RFC 3339, and so it is shown. */
static cJSON *event_row(const cJSON *params)
{
    char stamp[UNITS_MAX];
    cJSON *row = xcheck(cJSON_Duplicate(params, 1));
    const cJSON *at = json_at(row, "at");
    if (cJSON_IsNumber(at)) {
        int64_t ms = (int64_t)at->valuedouble;
        cJSON_ReplaceItemInObjectCaseSensitive(
            row, "at", xcheck(cJSON_CreateString(units_rfc3339(stamp, ms))));
    }
    return row;
}

static int event_take(struct crs *c, const char *method, const cJSON *params, void *arg)
{
    struct err err;
    if (strcmp(method, "event.lost") == 0)
        note(c, _("some events came too fast and are missing"));
    if (strcmp(method, "event") != 0)
        return -1;
    cJSON *row = event_row(params);
    int r = put_row(c, arg, row, &err);
    cJSON_Delete(row);
    return r < 0 ? error_tell(c, &err) : -1;
}

static int event_first(struct crs *c, const cJSON *result, void *arg, struct err *err)
{
    return json_at(result, "snapshot") ? put_row(c, arg, result, err) : 0;
}

int run_event_watch(struct crs *c, struct err *err)
{
    const struct method *m = c->cmd->m;
    struct stream_view v = {m->result, m->n_result, event_line, false};
    struct stream s = {m, c->params, event_first, event_take, &v};
    return stream_run(c, &s, err);
}

/* --- requests ------------------------------------------------------------------------------------
 */

struct request_stream {
    struct stream_view view;
    struct strlist begun; /* told, not ended */
};

static void request_line(struct crs *c, const cJSON *row, struct buf *out)
{
    struct field money = {.name = "cost", .kind = F_MONEY},
                 time = {.name = "time", .kind = F_DURATION};
    struct buf cell = BUF_INIT;
    int64_t status = json_int(row, "status", 0);
    put_clock(c, row, "at", out);
    put_cell(out, json_str(row, "id"), 12);
    put_cell(out, json_str(row, "key"), 14);
    put_cell(out, json_str(row, "account"), 14);
    put_cell(out, json_str(row, "model"), 22);
    put_cell(out, json_str(row, "state"), 9);
    if (status)
        buf_addf(out, "  %lld", (long long)status);
    cell_text(c, &money, json_at(row, "cost"), STYLE_SHORT, &cell);
    if (status && cell.len)
        buf_addf(out, "  %s", cell.data);
    buf_reset(&cell);
    cell_text(c, &time, json_at(row, "time"), STYLE_SHORT, &cell);
    if (cell.len)
        buf_addf(out, "  %s", cell.data);
    buf_addc(out, '\n');
    buf_release(&cell);
}

static bool wanted(const struct crs *c, const cJSON *row)
{
    static const char *const filters[] = {"key", "account", "model"};
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        const char *want = own_text(c, filters[i]), *is = json_str(row, filters[i]);
        if (want && (!is || !text_glob(want, is)))
            return false;
    }
    int64_t status = json_int(c->own, "status", 0);
    return !status || status == json_int(row, "status", 0);
}

static cJSON *request_row(const cJSON *from, const char *at, const char *state)
{
    static const char *const same[] = {"id", "key", "account", "model", "client", "status", "input",
        "output", "cost", "attempts", "reason"};
    cJSON *row = xcheck(cJSON_CreateObject());
    json_put_str(row, "at", at);
    json_put_str(row, "state", state);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        const cJSON *v = json_at(from, same[i]);
        if (v)
            json_put(row, same[i], xcheck(cJSON_Duplicate(v, 1)));
    }
    if (json_at(from, "ms"))
        json_put(row, "time", xcheck(cJSON_CreateNumber(json_num(from, "ms", 0) / 1000)));
    return row;
}

static int tell(struct crs *c, struct request_stream *q, cJSON *row)
{
    struct err err;
    int r = wanted(c, row) ? put_row(c, &q->view, row, &err) : 0;
    cJSON_Delete(row);
    return r < 0 ? error_tell(c, &err) : -1;
}

static int request_event(struct crs *c, struct request_stream *q, const cJSON *event)
{
    const char *at = json_str(event, "at"), *id = json_str(event, "data.id");
    const cJSON *data = json_at(event, "data"), *rows = json_at(data, "requests");
    int status = -1;
    for (const cJSON *row = rows ? rows->child : NULL; row && status < 0; row = row->next) {
        const char *live = json_str(row, "id");
        if (!live || strlist_has(&q->begun, live))
            continue;
        strlist_add(&q->begun, live);
        status = tell(c, q, request_row(row, json_str(row, "started"), "begun"));
    }
    if (!rows && id) {
        strlist_remove(&q->begun, id);
        const char *outcome = json_str(data, "outcome");
        status = tell(c, q, request_row(data, at, outcome ? outcome : "ended"));
    }
    return status;
}

static int request_take(struct crs *c, const char *method, const cJSON *params, void *arg)
{
    struct request_stream *q = arg;
    if (strcmp(method, "event.lost") == 0) {
        /* Ends are among what is missing: forget who was there, and tell them again. */
        strlist_release(&q->begun);
        q->begun = (struct strlist){0};
    }
    if (strcmp(method, "event") != 0)
        return -1;
    cJSON *event = event_row(params);
    int status = request_event(c, q, event);
    cJSON_Delete(event);
    return status;
}

int run_request_watch(struct crs *c, struct err *err)
{
    static const struct field rows[] = {
        {.name = "id", .kind = F_ID, .flags = FIELD_COLUMN, .help = N_("Id")},
        {.name = "at", .kind = F_TIME, .flags = FIELD_COLUMN, .help = N_("Begun, or ended")},
        {.name = "key", .kind = F_TEXT, .flags = FIELD_COLUMN, .help = N_("Key")},
        {.name = "account", .kind = F_TEXT, .flags = FIELD_COLUMN, .help = N_("Account")},
        {.name = "model", .kind = F_TEXT, .flags = FIELD_COLUMN, .help = N_("Model")},
        {.name = "client", .kind = F_TEXT, .help = N_("Client program")},
        {.name = "state", .kind = F_TEXT, .flags = FIELD_COLUMN, .help = N_("begun, or outcome")},
        {.name = "status",
            .kind = F_INT,
            .flags = FIELD_COLUMN,
            .help = N_("Status to the client")},
        {.name = "cost", .kind = F_MONEY, .flags = FIELD_COLUMN, .help = N_("Cost")},
        {.name = "input", .kind = F_COUNT, .help = N_("Input tokens")},
        {.name = "output", .kind = F_COUNT, .help = N_("Output tokens")},
        {.name = "attempts", .kind = F_INT, .help = N_("Upstream attempts")},
        {.name = "time", .kind = F_DURATION, .help = N_("How long it took")},
        {.name = "reason", .kind = F_TEXT, .help = N_("Why it ended so")},
    };
    struct request_stream q = {.view = {rows, sizeof rows / sizeof rows[0], request_line, false}};
    cJSON *params = xcheck(cJSON_CreateObject()), *topics = xcheck(cJSON_CreateArray());
    cJSON_AddItemToArray(topics, xcheck(cJSON_CreateString("request")));
    json_put(params, "topics", topics);
    struct stream s = {method_by_id(M_EVENT_SUBSCRIBE), params, NULL, request_take, &q};
    int r = stream_run(c, &s, err);
    cJSON_Delete(params);
    strlist_release(&q.begun);
    return r;
}
