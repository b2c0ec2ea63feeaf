/* Usage: a chart over time and a table, by three dials: range, grouping, unit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/width.h"
#include "tui/dash/export.h"

#define POINTS_MAX 400
#define ALL_DIALS_W 150 /* columns in which every choice of all three dials fits */
#define ASK_EVERY 3000  /* ms between sums while requests end all the time */

static const struct {
    const char *name;  /* untranslated */
    const char *since; /* as units_parse_time takes it */
    const char *over;  /* what the chart is by */
    const char *until; /* NULL: now */
} ranges[] = {{N_("today"), "today", "hour", NULL}, {N_("yesterday"), "yesterday", "hour", "today"},
    {N_("24 hours"), "24h", "hour", NULL}, {N_("7 days"), "7d", "day", NULL},
    {N_("30 days"), "30d", "day", NULL}, {N_("90 days"), "90d", "day", NULL},
    {N_("a year"), "365d", "month", NULL}};
static const char *const groupings[] = {
    N_("key"), N_("account"), N_("model"), N_("client"), N_("hour"), N_("day"), N_("month")};
static const char *const units[] = {N_("cost"), N_("tokens"), N_("requests")};
#define COUNT(v) ((int)(sizeof(v) / sizeof(v)[0]))
#define DEPTH_MAX 4

struct usage {
    struct list list;
    int range, by, unit;
    struct { /* what was drilled into */
        int by;
        char *name;
    } in[DEPTH_MAX];
    size_t n_in;
    cJSON *rows, *points; /* items; NULL: not here */
    int64_t asked;        /* monotonic ms */
    unsigned asked_of;    /* revision of the usage then */
};

static const struct column columns[] = {
    {.head = N_("NAME"), .path = "name", .width = 16, .grow = 2},
    {.head = N_("COST"), .path = "cost", .width = 9, .kind = CELL_MONEY},
    {.head = N_("SHARE"), .path = "share", .width = 19, .kind = CELL_BAR, .rank = 2},
    {.head = N_("REQS"), .path = "requests", .width = 6, .kind = CELL_COUNT},
    {.head = N_("IN"), .path = "input", .width = 6, .kind = CELL_COUNT, .rank = 1},
    {.head = N_("OUT"), .path = "output", .width = 6, .kind = CELL_COUNT, .rank = 1},
    {.head = N_("CACHE"), .path = "cache_read", .width = 6, .kind = CELL_COUNT, .rank = 1},
    {.head = N_("HIT"), .path = "hit", .width = 4, .kind = CELL_PERCENT, .rank = 10},
    {.head = N_("WRITE"), .path = "cache_write", .width = 6, .kind = CELL_COUNT, .rank = 11},
    {.head = N_("TOKENS"), .path = "tokens", .width = 6, .kind = CELL_COUNT, .rank = 12},
    {.head = N_("ERR"), .path = "errors", .width = 5, .kind = CELL_COUNT, .rank = 13},
};

static void *create(struct dash *d)
{
    struct usage *s = xcalloc(1, sizeof *s);
    (void)d;
    list_init(&s->list, columns, sizeof columns / sizeof columns[0], "name", -1);
    return s;
}

static void destroy(void *self)
{
    struct usage *s = self;
    if (!s)
        return;
    list_release(&s->list);
    for (size_t i = 0; i < s->n_in; i++)
        free(s->in[i].name);
    cJSON_Delete(s->rows);
    cJSON_Delete(s->points);
    free(s);
}

static struct list *get_list(void *self)
{
    return &((struct usage *)self)->list;
}

static void fill(struct dash *d, void *self, struct list *l, bool hold)
{
    struct usage *s = self;
    for (const cJSON *r = s->rows ? s->rows->child : NULL; r; r = r->next)
        list_add(l, r);
    list_end(d, l, hold && l->sort >= 0);
}

/* --- asking ---------------------------------------------------------------------------------- */

static cJSON *question(struct dash *d, const struct usage *s, const char *by)
{
    cJSON *params = xcheck(cJSON_CreateObject());
    const struct method *m = method_by_id(M_USAGE_QUERY);
    const struct {
        const char *name, *value;
    } edges[] = {{"since", ranges[s->range].since}, {"until", ranges[s->range].until}};
    json_put_str(params, "by", by);
    for (size_t i = 0; i < 2 && edges[i].value; i++) {
        const struct field *f = field_find(m->params, m->n_params, edges[i].name);
        cJSON *v = field_value(f, edges[i].value, d->zone, clock_now(), NULL);
        if (v)
            json_put(params, edges[i].name, v);
    }
    for (size_t i = 0; i < s->n_in; i++)
        json_put_str(params, groupings[s->in[i].by], s->in[i].name);
    return params;
}

static void came(struct dash *d, cJSON **to, const cJSON *result, const struct err *fault)
{
    if (fault) {
        dash_fail(d, "usage.query", fault);
        return;
    }
    cJSON_Delete(*to);
    *to = xcheck(cJSON_Duplicate(json_at(result, "items"), true));
    dash_refill(d);
}

static void rows_came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    came(d, &((struct usage *)owner)->rows, result, fault);
}

static void points_came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    came(d, &((struct usage *)owner)->points, result, fault);
}

static void ask(struct dash *d, struct usage *s)
{
    if (!conn_usable(d))
        return;
    s->asked = clock_mono();
    s->asked_of = d->model.rev[PART_USAGE];
    dash_forget(d, s);
    dash_call(d, "usage.query", question(d, s, groupings[s->by]), rows_came, s);
    dash_call(d, "usage.query", question(d, s, ranges[s->range].over), points_came, s);
}

static void enter(struct dash *d, void *self)
{
    ask(d, self);
}

/* Sums are asked for anew when the relay says that something was booked, and not too often. */
static void tick(struct dash *d, void *self)
{
    struct usage *s = self;
    if (s->asked_of != d->model.rev[PART_USAGE] && clock_mono() - s->asked >= ASK_EVERY)
        ask(d, s);
}

/* --- drawing --------------------------------------------------------------------------------- */

static int put_dial(
    struct dash *d, int y, int x, const char *label, int at, int n, const char *(*name)(int i))
{
    int from = x;
    x += put(&d->tty, y, x, d->tty.w - x, LOOK_DIM, label) + 1;
    for (int i = 0; i < n; i++) {
        if (d->tty.w < ALL_DIALS_W && i != at)
            continue;
        char text[64];
        snprintf(text, sizeof text, i == at ? "[%s]" : " %s ", _(name(i)));
        x += put(&d->tty, y, x, d->tty.w - x, i == at ? LOOK_TAB : LOOK_DIM, text);
    }
    return x - from + 2;
}

static const char *range_name(int i)
{
    return ranges[i].name;
}

static const char *grouping_name(int i)
{
    return groupings[i];
}

static const char *unit_name(int i)
{
    return units[i];
}

static int64_t amount_of(const struct usage *s, const cJSON *r)
{
    static const char *const members[] = {NULL, "tokens", "requests"};
    if (s->unit == 0)
        return json_money(r, "cost", 0) / (NANO_PER_DOLLAR / 1000000); /* in micro-dollars */
    return json_int(r, members[s->unit], 0);
}

static const char *cost_amount(char out[40], int64_t v)
{
    double dollars = (double)v / 1000000;
    snprintf(out, 40, dollars >= 10 ? "$%.0f" : "$%.2f", dollars);
    return out;
}

static const char *count_amount(char out[40], int64_t v)
{
    return units_count(out, v);
}

/* The moments of the chart, with those in which nothing was used. */
static size_t points(struct dash *d, const struct usage *s, int64_t v[POINTS_MAX], int64_t *first)
{
    int64_t now = clock_now(), at = 0, end = now + 1;
    bool hours = strcmp(ranges[s->range].over, "hour") == 0,
         months = strcmp(ranges[s->range].over, "month") == 0;
    units_parse_time(ranges[s->range].since, d->zone, now, 1, &at, NULL);
    if (ranges[s->range].until)
        units_parse_time(ranges[s->range].until, d->zone, now, 1, &end, NULL);
    at = hours ? edge_hour(d->zone, at) : months ? edge_month(d->zone, at) : edge_day(d->zone, at);
    *first = at;
    size_t n = 0;
    while (at < end && n < POINTS_MAX) {
        int64_t next = hours    ? at + MS_HOUR
                       : months ? edge_next_month(d->zone, at)
                                : edge_next_day(d->zone, at);
        v[n] = 0;
        for (const cJSON *r = s->points ? s->points->child : NULL; r; r = r->next) {
            int64_t when = row_time(r, "at");
            v[n] += when >= at && when < next ? amount_of(s, r) : 0;
        }
        at = next;
        n++;
    }
    return n;
}

static void draw_chart(struct dash *d, const struct usage *s, struct area a)
{
    int64_t v[POINTS_MAX], wide[POINTS_MAX], first, sum = 0;
    size_t n = points(d, s, v, &first), m = 0;
    char title[160], total[UNITS_MAX], left[UNITS_MAX];
    for (const cJSON *r = s->rows ? s->rows->child : NULL; r; r = r->next)
        sum += s->unit ? amount_of(s, r) : json_money(r, "cost", 0);
    struct buf in = BUF_INIT;
    for (size_t i = 0; i < s->n_in; i++)
        buf_addf(&in, ", %s %s", _(groupings[s->in[i].by]), s->in[i].name);
    snprintf(title, sizeof title, _("%s%s%s, %s, by %s%.60s"),
        s->unit ? units_count(total, sum) : units_money(total, sum), s->unit ? " " : "",
        s->unit ? _(units[s->unit]) : "", _(ranges[s->range].name), _(ranges[s->range].over),
        in.data);
    buf_release(&in);
    put_rule(&d->tty, a.y, a.x, a.w, title);
    area_top(&a, 1);
    /* Few moments get broad columns with a gap between. */
    size_t cells = (size_t)(a.w - 8) * (d->tty.charts == CHART_BRAILLE ? 2 : 1);
    size_t each = n ? cells / n : 1;
    each = each < 1 || d->tty.accessible ? 1 : each > 8 ? 8 : each; /* no gap in a sentence */
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < each && m < POINTS_MAX; k++)
            wide[m++] = each > 2 && k == each - 1 ? 0 : v[i];
    if (ranges[s->range].over[0] == 'h')
        units_clock(left, d->zone, first)[5] = 0;
    else
        units_datetime(left, d->zone, first)[10] = 0;
    const char *right = ranges[s->range].until ? _("midnight") : _("now");
    struct chart c = {wide, m, s->unit ? count_amount : cost_amount, left, right};
    put_chart(&d->tty, a, &c);
}

static void draw(struct dash *d, void *self, struct area a)
{
    struct usage *s = self;
    struct list *l = dash_list(d);
    int x = a.x + 1;
    x += put_dial(d, a.y, x, _("Range"), s->range, COUNT(ranges), range_name);
    x += put_dial(d, a.y, x, _("By"), s->by, COUNT(groupings), grouping_name);
    put_dial(d, a.y, x, _("Show"), s->unit, COUNT(units), unit_name);
    area_top(&a, 1);
    draw_chart(d, s, area_top(&a, a.h >= 28 ? 13 : a.h >= 14 ? 9 : 0));
    if (!s->rows)
        put(&d->tty, a.y + 1, a.x + 2, a.w, LOOK_DIM, _("fetching ..."));
    else if (l->all == 0)
        put(&d->tty, a.y + 1, a.x + 2, a.w, LOOK_DIM, _("Nothing was used in this range."));
    else
        list_draw(d, l, a);
    if (!d->message)
        putf(&d->tty, d->tty.h - 2, 1, a.w - 2, LOOK_DIM,
            P_("%zu row%s%s", "%zu rows%s%s", (long long)l->all), l->all,
            s->n_in ? _("   Bksp: up again") : "", l->filter ? _("   filtered") : "");
}

/* --- acts ------------------------------------------------------------------------------------ */

/* What a row of this grouping is split by next. */
static int next_grouping(const struct usage *s)
{
    static const int order[] = {0, 2, 1, 3, 5}; /* key, model, account, client, day */
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        bool used = order[i] == s->by;
        for (size_t k = 0; k < s->n_in; k++)
            used |= s->in[k].by == order[i];
        if (!used)
            return order[i];
    }
    return 5;
}

static void drill(struct dash *d, struct usage *s, const cJSON *row)
{
    const char *name = json_str(row, "name");
    if (s->by > 3 || s->n_in == DEPTH_MAX || !name) {
        dash_say(d, LOOK_WARN, "%s", _("moments are not split further; b groups anew"));
        return;
    }
    s->in[s->n_in].by = s->by;
    s->in[s->n_in++].name = xstrdup(name);
    s->by = next_grouping(s);
    ask(d, s);
}

static void rise(struct dash *d, struct usage *s)
{
    if (s->n_in == 0)
        return;
    s->by = s->in[--s->n_in].by;
    list_choose(&s->list, s->in[s->n_in].name);
    free(s->in[s->n_in].name);
    ask(d, s);
}

static void export_rows(struct dash *d, const struct usage *s)
{
    static const char *const members[] = {"name", "cost", "requests", "input", "output",
        "cache_read", "cache_write", "tokens", "errors"};
    struct buf b = BUF_INIT;
    export_csv(s->rows, members, COUNT(members), &b);
    export_file(d, "usage", "csv", &b);
    buf_release(&b);
}

static void turn(struct dash *d, struct usage *s, int *dial, int by, int n)
{
    *dial = (*dial + by + n) % n;
    ask(d, s);
}

static bool act(struct dash *d, void *self, enum act a)
{
    struct usage *s = self;
    struct list *l = dash_list(d);
    switch (a) {
    case ACT_USAGE_BACK:
        turn(d, s, &s->range, -1, COUNT(ranges));
        return true;
    case ACT_USAGE_ON:
        turn(d, s, &s->range, 1, COUNT(ranges));
        return true;
    case ACT_USAGE_BY:
        turn(d, s, &s->by, 1, COUNT(groupings));
        return true;
    case ACT_USAGE_SHOW:
        turn(d, s, &s->unit, 1, COUNT(units));
        return true;
    case ACT_USAGE_DOWN:
        drill(d, s, list_row(l));
        return true;
    case ACT_USAGE_UP:
        rise(d, s);
        return true;
    case ACT_EXPORT:
        export_rows(d, s);
        return true;
    case ACT_RETRY:
        ask(d, s);
        return false;
    default:
        return false;
    }
}

static bool subject(void *self, const char **kind, const char **name)
{
    struct usage *s = self;
    *kind = groupings[s->by];
    *name = json_str(list_row(&s->list), "name");
    return *name != NULL;
}

const struct screen_ops scr_usage = {
    .create = create,
    .free = destroy,
    .enter = enter,
    .tick = tick,
    .draw = draw,
    .act = act,
    .list = get_list,
    .fill = fill,
    .subject = subject,
};
