/* The panes of the dashboard: accounts, requests, keys, events. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/home_int.h"

bool home_here(struct dash *d, struct home *h, enum pane p, size_t i, const char *name, int y)
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
        used >= 90   ? LOOK_BAD
        : used >= 75 ? LOOK_WARN
                     : LOOK_GOOD);
    snprintf(text, sizeof text, "%lld%%", (long long)used);
    put_cell(&d->tty, y, x + name_w + bar_w + 2, 4, 1, LOOK_TEXT, text);
}

void home_accounts(struct dash *d, struct home *h, struct area a, int columns)
{
    const struct row_set *s = &d->model.accounts;
    const cJSON **v = xcalloc(s->n + 1, sizeof *v);
    for (size_t i = 0; i < s->n; i++)
        v[i] = s->v[i];
    qsort(v, s->n, sizeof *v, by_use);
    int w = a.w / columns;
    size_t room = a.h > 1 ? (size_t)(a.h - 1) * (size_t)columns : 0;
    char title[100];
    snprintf(title, sizeof title,
        s->n > room ? _("Accounts by use of the 5-hour window (%zu more: 2)")
                    : _("Accounts by use of the 5-hour window"),
        s->n > room ? s->n - room : 0);
    put_rule(&d->tty, a.y, a.x, a.w, title);
    area_top(&a, 1);
    h->n[PANE_ACCOUNTS] = s->n < room ? s->n : room;
    for (size_t i = 0; i < h->n[PANE_ACCOUNTS]; i++) {
        int y = a.y + (int)i / columns, x = a.x + (int)(i % (size_t)columns) * w;
        bool chosen = home_here(d, h, PANE_ACCOUNTS, i, json_str(v[i], "name"), y);
        draw_account(d, v[i], y, x + 1, w - 1, chosen);
    }
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
    model = model && strncmp(model, "claude-", 7) == 0 ? model + 7 : model;
    put_cell(&d->tty, a.y, a.x + 7, third, 0, look, json_str(r, "key") ? json_str(r, "key") : "");
    put_cell(&d->tty, a.y, a.x + 8 + third, third, 0, look, account ? account : "-");
    put_cell(&d->tty, a.y, a.x + 9 + 2 * third, third, 0, look, model ? model : "");
    put_cell(
        &d->tty, a.y, a.x + a.w - 6, 6, 0, chosen ? look : state_look(r), json_str(r, "state"));
    buf_release(&age);
}

void home_running(struct dash *d, struct home *h, struct area a)
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
        bool chosen = home_here(d, h, PANE_RUNNING, i, json_str(v[i], "id"), a.y + (int)i);
        draw_request(d, v[i], (struct area){a.y + (int)i, a.x, 1, a.w}, chosen);
    }
    if (s->n == 0)
        put(&d->tty, a.y, a.x + 1, a.w - 1, LOOK_DIM, _("none"));
    if (s->n > shown && a.h > 0)
        putf(
            &d->tty, a.y + a.h - 1, a.x + 1, a.w - 1, LOOK_DIM, _("... %zu more: 4"), s->n - shown);
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

void home_dearest(struct dash *d, struct area a)
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
            putf(&d->tty, a.y + i, a.x + 12 + name_w, 12, LOOK_DIM, _("of %s"),
                units_money(of, most));
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
    const char *topic = json_str(e, "topic"),
               *parts[] = {json_str(data, "who"), json_str(data, "method"),
                   json_str(data, "subject"), json_str(data, "name"), json_str(data, "change"),
                   json_str(data, "what"), json_str(data, "state"), json_str(data, "id"),
                   json_str(data, "key"), json_str(data, "outcome"), json_str(data, "reason")};
    bool named = parts[3] != NULL;
    buf_addf(b, "%-8s ", topic ? topic : "");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i] && !(i == 7 && named))
            buf_addf(b, " %s", parts[i]);
}

void home_events(struct dash *d, struct area a)
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
