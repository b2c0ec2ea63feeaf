/* The dashboard: what wants a person first, then the present and today, charts last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/width.h"
#include "tui/dash/home_int.h"

#define MINUTES_MAX 170

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

/* --- the upper lines -----------------------------------------------------------------------------
 */

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
    } states[] = {{"ready", N_("ready")}, {"limited", N_("limited")}, {"cooling", N_("cooling")},
        {"blocked", N_("blocked")}, {"login", N_("need sign-in")}, {"off", N_("off")},
        {"expired", N_("expired")}};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        size_t n = model_accounts_in(&d->model, states[i].state);
        char *text;
        if (n == 0 && i > 0)
            continue;
        text = xasprintf("%zu %s", n, _(states[i].words));
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

/* --- panes ---------------------------------------------------------------------------------------
 */

/* By what it is about and what solves it: the sentence is in the person's language. */
static enum look attention_look(const cJSON *r)
{
    const char *kind = json_str(r, "kind"), *command = json_str(r, "command");
    bool bad = false;
    if (kind && strcmp(kind, "store") == 0)
        bad = true;
    else if (kind && strcmp(kind, "account") == 0)
        bad = command != NULL;
    else if (kind && strcmp(kind, "relay") == 0)
        bad = !command || strcmp(command, "crs relay resume") != 0;
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
    put(&d->tty, a.y, a.x + 1, 1, chosen ? look : attention_look(r), "!");
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
    size_t from =
        h->at[PANE_ATTENTION] >= (size_t)a.h ? h->at[PANE_ATTENTION] - (size_t)a.h + 1 : 0;
    for (int i = 0; i < a.h && from + (size_t)i < (size_t)n; i++) {
        const cJSON *r = cJSON_GetArrayItem(list, (int)from + i);
        bool chosen =
            home_here(d, h, PANE_ATTENTION, from + (size_t)i, json_str(r, "subject"), a.y + i);
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

/* --- the whole -----------------------------------------------------------------------------------
 */

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
        home_accounts(d, h, accounts, a.w >= 70 ? 2 : 1);
        return;
    }
    draw_output(d, area_top(&a, 10));
    struct area events = {a.y + a.h - 6, a.x, 6, a.w};
    a.h -= 6;
    struct area left = area_left(&a, a.w / 2 - 1, 2);
    home_accounts(d, h, area_top(&left, left.h / 2 + 1), 1);
    home_dearest(d, left);
    home_running(d, h, a);
    home_events(d, events);
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
    const cJSON *r =
        h->pane == PANE_ATTENTION ? cJSON_GetArrayItem(list, (int)h->at[PANE_ATTENTION]) : NULL;
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
