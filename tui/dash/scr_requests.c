/* The requests: those in the house, then what just ended; the chosen one in full below. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/width.h"
#include "tui/dash/detail.h"

#define HISTORY_ROWS 500

struct requests {
    struct list list;
    struct detail detail;
    bool history;
    cJSON *past;    /* items of request.list; NULL: not asked yet */
    char *followed; /* id; NULL: none */
};

/* Ids are long; their first eight signs tell them apart, and crs takes them in full. */
static void own_id(struct dash *d, const cJSON *row, struct buf *out)
{
    const char *id = json_str(row, "id");
    (void)d;
    id = id && strncmp(id, "req_", 4) == 0 ? id + 4 : id;
    buf_addf(out, "%.8s", id ? id : "");
}

/* "claude-" says nothing that the rest of the name does not. */
static void own_model(struct dash *d, const cJSON *row, struct buf *out)
{
    const char *model = json_str(row, "model");
    (void)d;
    model = model && strncmp(model, "claude-", 7) == 0 ? model + 7 : model;
    width_clean(out, model ? model : "");
}

static const char *since_text(const cJSON *row)
{
    const char *s = json_str(row, "started");
    return s ? s : "";
}

static void own_age(struct dash *d, const cJSON *row, struct buf *out)
{
    char at[UNITS_MAX];
    int64_t ended = row_time(row, "ended");
    if (ended) {
        buf_addf(out, "%.8s", units_clock(at, d->zone, ended));
        return;
    }
    int64_t s = (clock_now() - row_time(row, "started")) / MS_SECOND;
    s = s < 0 ? 0 : s;
    buf_addf(out, "%lld:%02d", (long long)(s / 60), (int)(s % 60));
}

static void own_account(struct dash *d, const cJSON *row, struct buf *out)
{
    const char *account = json_str(row, "account");
    int64_t place = json_int(row, "place", 0);
    (void)d;
    if (place > 0)
        buf_addf(out, _("(in line %lld)"), (long long)place);
    else
        buf_adds(out, account && *account ? account : "-");
}

static void own_state(struct dash *d, const cJSON *row, struct buf *out)
{
    const char *state = json_str(row, "state");
    int64_t status = json_int(row, "status", 0);
    (void)d;
    if (status)
        buf_addf(out, "%lld ", (long long)status);
    buf_adds(out, state ? state : "");
}

/* Output tokens a second since the first byte. */
static void own_rate(struct dash *d, const cJSON *row, struct buf *out)
{
    double first = json_num(row, "first_byte", -1);
    int64_t started = row_time(row, "started"), ended = row_time(row, "ended"),
            tokens = json_int(row, "output", 0);
    double span = (double)((ended ? ended : clock_now()) - started) / 1000 - first;
    (void)d;
    if (first >= 0 && span > 0.5 && tokens > 0)
        buf_addf(out, "%.0f", (double)tokens / span);
    else
        buf_addc(out, '-');
}

static enum look row_look(const cJSON *row)
{
    return row_time(row, "ended") ? LOOK_DIM : LOOK_TEXT;
}

static const struct column columns[] = {
    {.head = N_("ID"), .path = "id", .width = 8, .kind = CELL_OWN, .own = own_id, .look = row_look},
    {.head = N_("AGE"), .path = "started", .width = 8, .kind = CELL_AGE, .own = own_age},
    {.head = N_("KEY"), .path = "key", .width = 11, .grow = 1, .look = row_look},
    {.head = N_("ACCOUNT"),
        .path = "account",
        .width = 11,
        .grow = 1,
        .kind = CELL_OWN,
        .own = own_account,
        .look = row_look},
    {.head = N_("MODEL"),
        .path = "model",
        .width = 10,
        .grow = 2,
        .kind = CELL_OWN,
        .own = own_model,
        .look = row_look},
    {.head = N_("STATE"),
        .path = "state",
        .width = 8,
        .grow = 1,
        .kind = CELL_OWN,
        .own = own_state,
        .look = state_look},
    {.head = N_("FIRST"), .path = "first_byte", .width = 5, .kind = CELL_DURATION, .rank = 3},
    {.head = N_("T/S"), .path = "output", .width = 4, .kind = CELL_INT, .own = own_rate, .rank = 5},
    {.head = N_("IN"), .path = "input", .width = 5, .kind = CELL_COUNT, .rank = 6},
    {.head = N_("OUT"), .path = "output", .width = 5, .kind = CELL_COUNT, .rank = 1},
    {.head = N_("COST"), .path = "cost", .width = 7, .kind = CELL_MONEY, .rank = 11},
    {.head = N_("CLIENT"), .path = "client", .width = 12, .rank = 12},
    {.head = N_("ADDRESS"), .path = "address", .width = 15, .rank = 13},
    {.head = N_("TRIES"), .path = "attempts", .width = 5, .kind = CELL_INT, .rank = 14},
};

static void *create(struct dash *d)
{
    struct requests *s = xcalloc(1, sizeof *s);
    (void)d;
    list_init(&s->list, columns, sizeof columns / sizeof columns[0], "id", -1);
    s->detail.show = M_REQUEST_SHOW;
    return s;
}

static void destroy(void *self)
{
    struct requests *s = self;
    if (!s)
        return;
    list_release(&s->list);
    detail_release(NULL, &s->detail);
    cJSON_Delete(s->past);
    free(s->followed);
    free(s);
}

static struct list *get_list(void *self)
{
    return &((struct requests *)self)->list;
}

static int newest_first(const void *a, const void *b)
{
    return -strcmp(since_text(*(const cJSON *const *)a), since_text(*(const cJSON *const *)b));
}

static void fill(struct dash *d, void *self, struct list *l, bool hold)
{
    struct requests *s = self;
    const struct row_set *live = &d->model.requests;
    const struct ring *ended = &d->model.ended;
    if (s->history) {
        for (const cJSON *r = s->past ? s->past->child : NULL; r; r = r->next)
            list_add(l, r);
        list_end(d, l, hold);
        return;
    }
    const cJSON **v = xcalloc(live->n + 1, sizeof *v);
    for (size_t i = 0; i < live->n; i++)
        v[i] = live->v[i];
    qsort(v, live->n, sizeof *v, newest_first);
    for (size_t i = 0; i < live->n; i++)
        list_add(l, v[i]);
    for (size_t i = ended->n; i-- > 0;)
        if (!rows_find(live, json_str(ring_at(ended, i), "id")))
            list_add(l, ring_at(ended, i));
    free(v);
    list_end(d, l, hold && l->sort >= 0);
}

/* --- the chosen one ------------------------------------------------------------------------------
 */

static void attempt_lines(struct lines *l, const cJSON *record)
{
    const cJSON *list = json_at(record, "attempts");
    for (const cJSON *t = cJSON_IsArray(list) ? list->child : NULL; t; t = t->next) {
        const char *account = json_str(t, "account"), *fault = json_str(t, "fault"),
                   *model = json_str(t, "model");
        char cost[UNITS_MAX], label[24];
        snprintf(label, sizeof label, _("try %lld"), (long long)json_int(t, "number", 0));
        lines_add(l, LOOK_TEXT, label, "%s  %s  %lld  %s%s%s", account ? account : "-",
            model ? model : "", (long long)json_int(t, "status", 0),
            units_money(cost, json_money(t, "cost", 0)), fault && *fault ? "  " : "",
            fault ? fault : "");
    }
}

static void draw_detail(struct dash *d, struct requests *s, const cJSON *row, struct area a)
{
    static const char *const names[] = {
        "path", "dialect", "client", "address", "session", "reason", "input", "output", "cost"};
    const struct method *m = method_by_id(M_REQUEST_SHOW);
    struct lines l = {.n = 0};
    struct buf b = BUF_INIT;
    const char *id = json_str(row, "id"), *got = json_str(s->detail.record, "id");
    const cJSON *full = got && strcmp(got, id) == 0 ? s->detail.record : row;
    char title[80];
    snprintf(title, sizeof title, "%.24s%s", id,
        s->followed && strcmp(s->followed, id) == 0 ? _("  (followed)") : "");
    put_rule(&d->tty, a.y, a.x, a.w, title);
    area_top(&a, 1);
    own_state(d, row, &b);
    lines_add(&l, state_look(row), _("state"), "%s", b.data);
    buf_reset(&b);
    moment_text(d, row_time(row, "started"), &b);
    lines_add(&l, LOOK_TEXT, _("begun"), "%s", b.data);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        lines_field(d, &l, m, json_at(full, names[i]) ? full : row, names[i]);
    attempt_lines(&l, full);
    lines_draw(d, a, a.w >= 76 ? 2 : 1, &l);
    lines_release(&l);
    buf_release(&b);
}

static const char *count_amount(char out[40], int64_t v)
{
    return units_count(out, v);
}

static void draw_rate(struct dash *d, struct area a)
{
    int64_t v[240], now = clock_now();
    size_t n = d->tty.charts == CHART_BRAILLE ? 240 : 120;
    put_rule(&d->tty, a.y, a.x, a.w, _("Output tokens a second, last 2 minutes"));
    area_top(&a, 1);
    n = n > sizeof v / sizeof v[0] ? sizeof v / sizeof v[0] : n;
    for (size_t i = 0; i < n; i++)
        v[n - 1 - i] = series_get(&d->model.output_second, now, i);
    struct chart c = {v, n, count_amount, _("2 minutes ago"), _("now")};
    put_chart(&d->tty, a, &c);
}

static void draw(struct dash *d, void *self, struct area a)
{
    struct requests *s = self;
    struct list *l = dash_list(d);
    const cJSON *row = list_row(l);
    bool large = a.h >= 28 && a.w >= 100;
    struct area chart = {a.y + a.h - 7, a.x, 7, a.w};
    a.h -= large && !s->history ? 7 : 0;
    if (l->all == 0) {
        put(&d->tty, a.y + 2, a.x + 2, a.w - 2, LOOK_DIM,
            s->history && !s->past ? _("fetching ...")
                                   : _("No requests yet. They appear here as they come."));
    } else {
        int rest = a.h >= 18 ? large ? 9 : 7 : 0, want = (int)l->n + 2;
        int most = a.h - rest;
        struct area top = area_top(&a, want < most ? want : most);
        list_draw(d, l, top);
        if (row && a.h >= 3)
            draw_detail(d, s, row, a);
    }
    if (large && !s->history)
        draw_rate(d, chart);
    if (!d->message)
        putf(&d->tty, d->tty.h - 2, 1, a.w - 2, LOOK_DIM,
            s->history ? _("history: %zu ended requests, newest first   H: back to what runs%s%s")
                       : _("%zu in the house, then what just ended%s%s"),
            s->history ? l->all : d->model.requests.n, l->filter ? _("   filter: ") : "",
            l->filter ? l->filter : "");
}

static void tick(struct dash *d, void *self)
{
    struct requests *s = self;
    const cJSON *row = list_row(dash_list(d));
    unsigned sum = row_time(row, "ended") ? 1u : 2u;
    detail_want(d, &s->detail, json_str(row, "id"), sum);
    detail_tick(d, &s->detail);
    if (s->followed && !rows_find(&d->model.requests, s->followed)) {
        dash_say(d, LOOK_TEXT, _("%s has ended"), s->followed);
        free(s->followed);
        s->followed = NULL;
    }
}

/* --- acts ----------------------------------------------------------------------------------------
 */

static void past_came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct requests *s = owner;
    if (fault) {
        dash_fail(d, "request.list", fault);
        return;
    }
    cJSON_Delete(s->past);
    s->past = xcheck(cJSON_Duplicate(json_at(result, "items"), true));
    dash_refill(d);
}

static void history(struct dash *d, struct requests *s)
{
    s->history = !s->history;
    dash_refill(d);
    if (!s->history)
        return;
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_int(params, "limit", HISTORY_ROWS);
    dash_call(d, "request.list", params, past_came, s);
}

static void ask_cancel(struct dash *d, struct list *l)
{
    cJSON *params = xcheck(cJSON_CreateObject()), *ids = list_names(l, "id");
    int n = cJSON_GetArraySize(ids);
    json_put(params, "ids", ids);
    char *title = n == 1 ? xasprintf(_("Cancel request %s?"), ids->child->valuestring)
                         : xasprintf(_("Cancel %d requests?"), n);
    question_ask(d, &(struct question){.title = title,
                        .text = _("The client's answer ends at once.\n"
                                  "What was used up to now is booked."),
                        .yes = _("Cancel it"),
                        .method = M_REQUEST_CANCEL,
                        .params = params});
    free(title);
}

static void follow(struct dash *d, struct requests *s, const char *id)
{
    bool same = s->followed && strcmp(s->followed, id) == 0;
    free(s->followed);
    s->followed = same || !rows_find(&d->model.requests, id) ? NULL : xstrdup(id);
    dash_say(d, LOOK_TEXT, s->followed ? _("following %s") : _("%s is not followed"), id);
}

static bool act(struct dash *d, void *self, enum act a)
{
    struct requests *s = self;
    struct list *l = dash_list(d);
    const cJSON *row = list_row(l);
    switch (a) {
    case ACT_REQUEST_WHY:
        request_open(d, json_str(row, "id"));
        return true;
    case ACT_REQUEST_CANCEL:
        ask_cancel(d, l);
        return true;
    case ACT_REQUEST_FOLLOW:
        follow(d, s, json_str(row, "id"));
        return true;
    case ACT_REQUEST_HISTORY:
        history(d, s);
        return true;
    case ACT_TO_KEY:
        dash_show(d, SCREEN_KEYS, json_str(row, "key"));
        return true;
    case ACT_TO_ACCOUNT:
        dash_show(d, SCREEN_ACCOUNTS, json_str(row, "account"));
        return true;
    default:
        return false;
    }
}

static bool subject(void *self, const char **kind, const char **name)
{
    const cJSON *row = list_row(&((struct requests *)self)->list);
    *kind = "request";
    *name = json_str(row, "id");
    return *name != NULL;
}

const struct screen_ops scr_requests = {
    .create = create,
    .free = destroy,
    .draw = draw,
    .tick = tick,
    .act = act,
    .list = get_list,
    .fill = fill,
    .subject = subject,
};
