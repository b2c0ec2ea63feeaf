/* The dashboard: what wants a person first, then the present and today, charts last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/width.h"
#include "tui/dash/dash.h"

#define MINUTES_MAX 170

enum pane { PANE_ATTENTION, PANE_ACCOUNTS, PANE_RUNNING, PANES };

struct home {
    enum pane pane;
    size_t at[PANES];
    size_t n[PANES]; /* rows there are */
    char *chosen;    /* name or id of the chosen row of the pane */
    bool is_request;
};

static void *home_create(struct dash *d)
{
    (void)d;
    return xcalloc(1, sizeof(struct home));
}

static void home_free(void *self)
{
    struct home *h = self;
    if (h)
        free(h->chosen);
    free(h);
}

/* --- the upper lines ----------------------------------------------------------------------------- */

static void add_part(struct buf *b, const char *text)
{
    buf_addf(b, "%s%s", b->len ? "   " : "", text);
}

static void line_now(struct dash *d, struct buf *b)
{
    const cJSON *s = d->model.status;
    char p50[UNITS_MAX], p95[UNITS_MAX];
    buf_addf(b, _("%lld running   %lld in line   %lld req/min   %lld errors/min"),
        (long long)json_int(s, "running", 0), (long long)json_int(s, "waiting", 0),
        (long long)json_int(s, "requests_per_minute", 0),
        (long long)json_int(s, "errors_per_minute", 0));
    if (cJSON_IsObject(json_at(s, "first_byte")))
        buf_addf(b, _("   first byte p50 %s p95 %s"),
            units_duration(p50, (int64_t)(json_num(s, "first_byte.p50", 0) * 1000)),
            units_duration(p95, (int64_t)(json_num(s, "first_byte.p95", 0) * 1000)));
}

static void line_today(struct dash *d, struct buf *b)
{
    const cJSON *s = json_at(d->model.status, "today");
    char cost[UNITS_MAX], n[UNITS_MAX], in[UNITS_MAX], out[UNITS_MAX], read[UNITS_MAX];
    int64_t input = json_int(s, "tokens.in", 0), cached = json_int(s, "tokens.cache_read", 0),
            written = json_int(s, "tokens.cache_write", 0), all = input + cached + written;
    buf_addf(b, _("%s   %s requests   in %s  out %s  cache read %s (%d%%)"),
        units_money(cost, json_money(s, "cost", 0)), units_count(n, json_int(s, "requests", 0)),
        units_count(in, input), units_count(out, json_int(s, "tokens.out", 0)),
        units_count(read, cached), all > 0 ? (int)((double)cached * 100 / (double)all + 0.5) : 0);
}

static void line_pool(struct dash *d, struct buf *b)
{
    static const struct {
        const char *state, *words;
    } states[] = {{"ready", N_("%zu ready")}, {"limited", N_("%zu limited")},
        {"cooling", N_("%zu cooling")}, {"blocked", N_("%zu blocked")},
        {"login", N_("%zu need sign-in")}, {"off", N_("%zu off")}, {"expired", N_("%zu expired")}};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        size_t n = model_accounts_in(&d->model, states[i].state);
        char *text;
        if (n == 0 && i > 0)
            continue;
        text = xasprintf(_(states[i].words), n);
        add_part(b, text);
        free(text);
    }
    if (d->model.accounts.n == 0)
        add_part(b, _("no accounts yet: 2 then a adds one"));
    if (!json_bool(d->model.status, "store.ok", true))
        add_part(b, _("the store takes no writes"));
}

static void draw_upper(struct dash *d, struct area a)
{
    static const struct {
        const char *label;
        void (*line)(struct dash *d, struct buf *b);
    } lines[] = {{N_("Now"), line_now}, {N_("Today"), line_today}, {N_("Pool"), line_pool}};
    for (int i = 0; i < a.h && i < 3; i++) {
        struct buf b = BUF_INIT;
        lines[i].line(d, &b);
        put_pair(&d->tty, a.y + i, a.x + 1, a.w - 2, 7, _(lines[i].label), b.data);
        buf_release(&b);
    }
}

/* --- panes --------------------------------------------------------------------------------------- */

static bool here(struct dash *d, struct home *h, enum pane p, size_t i, const char *name, int y)
{
    if (h->pane != p || h->at[p] != i)
        return false;
    free(h->chosen);
    h->chosen = xstrdup(name);
    h->is_request = p == PANE_RUNNING;
    if (d->n_layers == 0) {
        d->tty.cursor_y = y;
        d->tty.cursor_x = 0;
    }
    return true;
}

static enum look attention_look(const char *text)
{
    bool bad = strstr(text, "sign in") || strstr(text, "blocked") || strstr(text, "no account") ||
               strstr(text, "store");
    return bad ? LOOK_BAD : LOOK_WARN;
}

static void draw_attention_row(struct dash *d, const cJSON *r, struct area a, bool chosen)
{
    const char *subject = json_str(r, "subject"), *kind = json_str(r, "kind"),
               *text = json_str(r, "text"), *command = json_str(r, "command");
    enum look look = chosen ? LOOK_CURSOR : LOOK_TEXT;
    int name_w = a.w >= 110 ? 22 : 14;
    if (chosen)
        fill_row(&d->tty, a.y, a.x, a.w, LOOK_CURSOR);
    put(&d->tty, a.y, a.x, 1, look, chosen ? ">" : " ");
    put(&d->tty, a.y, a.x + 1, 1, chosen ? look : attention_look(text ? text : ""), "!");
    put_cell(&d->tty, a.y, a.x + 3, name_w, 0, look, subject ? subject : "");
    put_cell(&d->tty, a.y, a.x + 4 + name_w, 8, 0, chosen ? look : LOOK_DIM, kind ? kind : "");
    int x = a.x + 13 + name_w, used = put(&d->tty, a.y, x, a.x + a.w - x - 1, look, text);
    int left = a.x + a.w - 1 - (x + used + 2);
    if (command && left >= width_text(command))
        put(&d->tty, a.y, a.x + a.w - 1 - width_text(command), left, chosen ? look : LOOK_DIM,
            command);
}

static const cJSON *attention(const struct dash *d)
{
    const cJSON *list = json_at(d->model.status, "attention");
    return cJSON_IsArray(list) ? list : NULL;
}

static void draw_attention(struct dash *d, struct home *h, struct area a)
{
    const cJSON *list = attention(d);
    int n = cJSON_GetArraySize(list);
    char title[80];
    snprintf(title, sizeof title, _("Needs attention (%d)"), n);
    put_rule(&d->tty, a.y, a.x, a.w, title);
    area_top(&a, 1);
    h->n[PANE_ATTENTION] = (size_t)n;
    if (n == 0)
        put(&d->tty, a.y, a.x + 1, a.w - 2, LOOK_GOOD, _("nothing: all is well"));
    size_t from = h->at[PANE_ATTENTION] >= (size_t)a.h ? h->at[PANE_ATTENTION] - (size_t)a.h + 1 : 0;
    for (int i = 0; i < a.h && from + (size_t)i < (size_t)n; i++) {
        const cJSON *r = cJSON_GetArrayItem(list, (int)from + i);
        bool chosen = here(d, h, PANE_ATTENTION, from + (size_t)i, json_str(r, "subject"), a.y + i);
        draw_attention_row(d, r, (struct area){a.y + i, a.x, 1, a.w}, chosen);
    }
}

static const char *count_amount(char out[40], int64_t v)
{
    return units_count(out, v);
}

static void draw_output(struct dash *d, struct area a)
{
    int64_t v[MINUTES_MAX], now = clock_now();
    char left[UNITS_MAX], title[80];
    int wide = (a.w - 7) * (d->tty.charts == CHART_BRAILLE ? 2 : 1);
    size_t n = wide < 1 ? 1 : wide > MINUTES_MAX ? MINUTES_MAX : (size_t)wide;
    n = n > 60 && a.w < 110 ? 60 : n;
    for (size_t i = 0; i < n; i++)
        v[n - 1 - i] = series_get(&d->model.output, now, i);
    snprintf(title, sizeof title, _("Output tokens a minute, last %zu minutes"), n);
    put_rule(&d->tty, a.y, a.x, a.w, title);
    area_top(&a, 1);
    units_clock(left, d->zone, now - (int64_t)n * MS_MINUTE);
    left[5] = 0;
    struct chart c = {v, n, count_amount, left, _("now")};
    put_chart(&d->tty, a, &c);
}

static int by_use(const void *a, const void *b)
{
    const cJSON *x = *(const cJSON *const *)a, *y = *(const cJSON *const *)b;
    int64_t p = json_int(x, "five_hour", -1), q = json_int(y, "five_hour", -1);
    if (p != q)
        return p < q ? 1 : -1;
    return strcmp(json_str(x, "name"), json_str(y, "name"));
}

static void draw_account(struct dash *d, const cJSON *r, int y, int x, int w, bool chosen)
{
    enum look look = chosen ? LOOK_CURSOR : LOOK_TEXT;
    int64_t used = json_int(r, "five_hour", -1);
    char text[24];
    int name_w = w > 50 ? 16 : 13, bar_w = w - name_w - 8;
    put_cell(&d->tty, y, x, name_w, 0, look, json_str(r, "name"));
    if (used < 0) {
        const char *state = json_str(r, "state");
        put_cell(&d->tty, y, x + name_w + 1, bar_w, 0, state_look(r), state ? state : "");
        return;
    }
    put_bar(&d->tty, y, x + name_w + 1, bar_w, (double)used,
        used >= 90 ? LOOK_BAD : used >= 75 ? LOOK_WARN : LOOK_GOOD);
    snprintf(text, sizeof text, "%lld%%", (long long)used);
    put_cell(&d->tty, y, x + name_w + bar_w + 2, 4, 1, LOOK_TEXT, text);
}

static void draw_accounts(struct dash *d, struct home *h, struct area a, int columns)
{
    const struct row_set *s = &d->model.accounts;
    const cJSON **v = xcalloc(s->n + 1, sizeof *v);
    put_rule(&d->tty, a.y, a.x, a.w, _("Accounts by use of the 5-hour window"));
    area_top(&a, 1);
    for (size_t i = 0; i < s->n; i++)
        v[i] = s->v[i];
    qsort(v, s->n, sizeof *v, by_use);
    int w = a.w / columns;
    size_t room = a.h > 0 ? (size_t)a.h * (size_t)columns : 0;
    h->n[PANE_ACCOUNTS] = s->n < room ? s->n : room;
    for (size_t i = 0; i < h->n[PANE_ACCOUNTS]; i++) {
        int y = a.y + (int)i / columns, x = a.x + (int)(i % (size_t)columns) * w;
        bool chosen = here(d, h, PANE_ACCOUNTS, i, json_str(v[i], "name"), y);
        draw_account(d, v[i], y, x + 1, w - 1, chosen);
    }
    if (s->n > room && room > 0)
        putf(&d->tty, a.y + a.h - 1, a.x + a.w - 14, 14, LOOK_DIM, _(" %zu more: 2"), s->n - room);
    free(v);
}

static int by_start(const void *a, const void *b)
{
    const cJSON *x = *(const cJSON *const *)a, *y = *(const cJSON *const *)b;
    return -strcmp(json_str(x, "started") ? json_str(x, "started") : "",
        json_str(y, "started") ? json_str(y, "started") : "");
}

static void draw_request(struct dash *d, const cJSON *r, struct area a, bool chosen)
{
    struct buf age = BUF_INIT;
    enum look look = chosen ? LOOK_CURSOR : LOOK_TEXT;
    const char *account = json_str(r, "account"), *model = json_str(r, "model");
    age_text(clock_now() - row_time(r, "started"), &age);
    put_cell(&d->tty, a.y, a.x + 1, 5, 1, look, age.data);
    int third = (a.w - 16) / 3;
    put_cell(&d->tty, a.y, a.x + 7, third, 0, look, json_str(r, "key") ? json_str(r, "key") : "");
    put_cell(&d->tty, a.y, a.x + 8 + third, third, 0, look, account ? account : "-");
    put_cell(&d->tty, a.y, a.x + 9 + 2 * third, third, 0, look, model ? model : "");
    put_cell(&d->tty, a.y, a.x + a.w - 6, 6, 0, chosen ? look : state_look(r), json_str(r, "state"));
    buf_release(&age);
}

static void draw_running(struct dash *d, struct home *h, struct area a)
{
    const struct row_set *s = &d->model.requests;
    const cJSON **v = xcalloc(s->n + 1, sizeof *v);
    char title[60];
    snprintf(title, sizeof title, _("Running now (%zu)"), s->n);
    put_rule(&d->tty, a.y, a.x, a.w, title);
    area_top(&a, 1);
    for (size_t i = 0; i < s->n; i++)
        v[i] = s->v[i];
    qsort(v, s->n, sizeof *v, by_start);
    size_t shown = s->n <= (size_t)a.h ? s->n : a.h > 0 ? (size_t)a.h - 1 : 0;
    h->n[PANE_RUNNING] = shown;
    for (size_t i = 0; i < shown; i++) {
        bool chosen = here(d, h, PANE_RUNNING, i, json_str(v[i], "id"), a.y + (int)i);
        draw_request(d, v[i], (struct area){a.y + (int)i, a.x, 1, a.w}, chosen);
    }
    if (s->n == 0)
        put(&d->tty, a.y, a.x + 1, a.w - 1, LOOK_DIM, _("none"));
    if (s->n > shown && a.h > 0)
        putf(&d->tty, a.y + a.h - 1, a.x + 1, a.w - 1, LOOK_DIM, _("... %zu more: 4"), s->n - shown);
    free(v);
}

static int by_cost(const void *a, const void *b)
{
    const cJSON *x = *(const cJSON *const *)a, *y = *(const cJSON *const *)b;
    int64_t p = json_money(x, "cost_today", 0), q = json_money(y, "cost_today", 0);
    if (p != q)
        return p < q ? 1 : -1;
    return strcmp(json_str(x, "name"), json_str(y, "name"));
}

static void draw_dearest(struct dash *d, struct area a)
{
    const struct row_set *s = &d->model.keys;
    const cJSON **v = xcalloc(s->n + 1, sizeof *v);
    put_rule(&d->tty, a.y, a.x, a.w, _("Dearest keys today"));
    area_top(&a, 1);
    for (size_t i = 0; i < s->n; i++)
        v[i] = s->v[i];
    qsort(v, s->n, sizeof *v, by_cost);
    for (int i = 0; i < a.h && (size_t)i < s->n; i++) {
        nano cost = json_money(v[i], "cost_today", 0), most = json_money(v[i], "daily_cost", 0);
        char text[UNITS_MAX], of[UNITS_MAX];
        int name_w = a.w - 38;
        put_cell(&d->tty, a.y + i, a.x + 1, name_w, 0, LOOK_TEXT, json_str(v[i], "name"));
        put_cell(&d->tty, a.y + i, a.x + 2 + name_w, 9, 1, LOOK_TEXT, units_money(text, cost));
        if (most > 0) {
            putf(&d->tty, a.y + i, a.x + 12 + name_w, 12, LOOK_DIM, _("of %s"), units_money(of, most));
            put_bar(&d->tty, a.y + i, a.x + a.w - 14, 14, (double)cost * 100 / (double)most,
                cost >= most ? LOOK_BAD : LOOK_GOOD);
        } else {
            put(&d->tty, a.y + i, a.x + 12 + name_w, 20, LOOK_DIM, _("no ceiling"));
        }
    }
    free(v);
}

static void event_text(const cJSON *e, struct buf *b)
{
    const cJSON *data = json_at(e, "data");
    const char *topic = json_str(e, "topic"), *parts[] = {json_str(data, "who"),
        json_str(data, "method"), json_str(data, "subject"), json_str(data, "name"),
        json_str(data, "change"), json_str(data, "what"), json_str(data, "state"),
        json_str(data, "id"), json_str(data, "key"), json_str(data, "outcome"),
        json_str(data, "reason")};
    bool named = parts[3] != NULL;
    buf_addf(b, "%-8s ", topic ? topic : "");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i] && !(i == 7 && named))
            buf_addf(b, " %s", parts[i]);
}

static void draw_events(struct dash *d, struct area a)
{
    const struct ring *r = &d->model.events;
    put_rule(&d->tty, a.y, a.x, a.w, _("Latest events"));
    area_top(&a, 1);
    for (int i = 0; i < a.h && (size_t)i < r->n; i++) {
        const cJSON *e = ring_at(r, r->n - 1 - (size_t)i);
        char at[UNITS_MAX];
        struct buf b = BUF_INIT;
        event_text(e, &b);
        putf(&d->tty, a.y + i, a.x + 1, a.w - 1, LOOK_TEXT, "%s  %s",
            units_clock(at, d->zone, row_time(e, "at")), b.data);
        buf_release(&b);
    }
    if (r->n == 0)
        put(&d->tty, a.y, a.x + 1, a.w - 1, LOOK_DIM, _("none since this dashboard was opened"));
}

/* --- the whole ----------------------------------------------------------------------------------- */

static void home_draw(struct dash *d, void *self, struct area a)
{
    struct home *h = self;
    int n = cJSON_GetArraySize(attention(d));
    bool large = a.w >= 110 && a.h >= 30;
    draw_upper(d, area_top(&a, 3));
    int rows = n < 1 ? 1 : n > (large ? 6 : 4) ? (large ? 6 : 4) : n;
    draw_attention(d, h, area_top(&a, rows + 1));
    if (!large) {
        struct area accounts = {a.y + a.h - 3, a.x, 3, a.w};
        h->n[PANE_RUNNING] = 0;
        a.h -= 3;
        if (a.h >= 5)
            draw_output(d, a);
        draw_accounts(d, h, accounts, a.w >= 70 ? 2 : 1);
        return;
    }
    draw_output(d, area_top(&a, 10));
    struct area events = {a.y + a.h - 6, a.x, 6, a.w};
    a.h -= 6;
    struct area left = area_left(&a, a.w / 2 - 1, 2);
    draw_accounts(d, h, area_top(&left, left.h / 2 + 1), 1);
    draw_dearest(d, left);
    draw_running(d, h, a);
    draw_events(d, events);
}

static void next_pane(struct home *h)
{
    for (int i = 1; i <= PANES; i++) {
        enum pane p = (enum pane)(((int)h->pane + i) % PANES);
        if (h->n[p]) {
            h->pane = p;
            return;
        }
    }
}

static void home_open(struct dash *d, struct home *h)
{
    const cJSON *list = attention(d);
    const cJSON *r = h->pane == PANE_ATTENTION
                         ? cJSON_GetArrayItem(list, (int)h->at[PANE_ATTENTION])
                         : NULL;
    const char *kind = json_str(r, "kind"), *subject = json_str(r, "subject"),
               *command = json_str(r, "command");
    if (h->pane == PANE_ACCOUNTS && h->chosen) {
        dash_show(d, SCREEN_ACCOUNTS, h->chosen);
    } else if (h->pane == PANE_RUNNING && h->chosen) {
        dash_show(d, SCREEN_REQUESTS, h->chosen);
    } else if (kind && subject && strcmp(kind, "account") == 0) {
        char *name = xstrdup(subject);
        dash_show(d, SCREEN_ACCOUNTS, name);
        if (command && strstr(command, "account login"))
            dash_do(d, ACT_ACCOUNT_LOGIN);
        free(name);
    } else if (kind && subject && strcmp(kind, "key") == 0) {
        dash_show(d, SCREEN_KEYS, subject);
    } else if (kind) {
        dash_go(d, strcmp(kind, "relay") == 0 ? SCREEN_ACCOUNTS : SCREEN_LOGS);
    }
}

static bool home_act(struct dash *d, void *self, enum act a)
{
    struct home *h = self;
    size_t *at = &h->at[h->pane], n = h->n[h->pane];
    switch (a) {
    case ACT_PANE:
        next_pane(h);
        return true;
    case ACT_UP:
        *at -= *at > 0;
        return true;
    case ACT_DOWN:
        *at += *at + 1 < n;
        return true;
    case ACT_TOP:
    case ACT_HALF_UP:
        *at = 0;
        return true;
    case ACT_BOTTOM:
    case ACT_HALF_DOWN:
        *at = n ? n - 1 : 0;
        return true;
    case ACT_OPEN:
        home_open(d, h);
        return true;
    default:
        return false;
    }
}

static void home_tick(struct dash *d, void *self)
{
    struct home *h = self;
    (void)d;
    for (int p = 0; p < PANES; p++)
        if (h->at[p] >= h->n[p])
            h->at[p] = h->n[p] ? h->n[p] - 1 : 0;
}

static bool home_subject(void *self, const char **kind, const char **name)
{
    struct home *h = self;
    *kind = h->is_request ? "request" : h->pane == PANE_ACCOUNTS ? "account" : "";
    *name = h->chosen;
    return h->chosen != NULL;
}

const struct screen_ops scr_dashboard = {
    .create = home_create,
    .free = home_free,
    .draw = home_draw,
    .act = home_act,
    .tick = home_tick,
    .subject = home_subject,
};
