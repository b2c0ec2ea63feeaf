/* The table on the screen: which columns fit, cells as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/units.h"
#include "common/width.h"
#include "tui/dash/detail.h"

#define COLUMNS_MAX 32

void age_text(int64_t ms, struct buf *out)
{
    ms = ms < 0 ? 0 : ms;
    if (ms < MS_MINUTE)
        buf_addf(out, "%ds", (int)(ms / MS_SECOND));
    else if (ms < MS_HOUR)
        buf_addf(out, "%dm", (int)(ms / MS_MINUTE));
    else if (ms < 2 * MS_DAY)
        buf_addf(out, "%dh", (int)(ms / MS_HOUR));
    else
        buf_addf(out, "%lldd", (long long)(ms / MS_DAY));
}

static void moment(struct dash *d, const struct column *c, const cJSON *row, struct buf *out)
{
    char text[UNITS_MAX];
    int64_t at = row_time(row, c->path);
    if (!at)
        buf_addc(out, '-');
    else if (c->kind == CELL_AGE)
        age_text(clock_now() - at, out);
    else
        buf_adds(out, units_clock(text, d->zone, at));
}

static void names(const cJSON *v, struct buf *out)
{
    for (const cJSON *e = v ? v->child : NULL; e; e = e->next)
        if (cJSON_IsString(e))
            buf_addf(out, "%s%s", e == v->child ? "" : ",", e->valuestring);
}

/* By the row of the method's result. */
static void field_cell(struct dash *d, const struct column *c, const cJSON *row, struct buf *out)
{
    const cJSON *v = json_at(row, c->path);
    if (!v || cJSON_IsNull(v))
        buf_addc(out, '-');
    else if (c->field->kind == F_TIME)
        moment_text(d, row_time(row, c->path), out);
    else if (c->field->kind == F_OBJECT)
        json_print(v, out);
    else
        field_print(c->field, v, out);
}

void cell_text(struct dash *d, const struct column *c, const cJSON *row, struct buf *out)
{
    char text[UNITS_MAX];
    const cJSON *v = c->path ? json_at(row, c->path) : NULL;
    if (c->own) {
        c->own(d, row, out);
        return;
    }
    if (c->kind == CELL_FIELD) {
        field_cell(d, c, row, out);
        return;
    }
    if (c->kind == CELL_LIST) {
        names(v, out);
        return;
    }
    if (!v || cJSON_IsNull(v)) {
        if (c->kind != CELL_TEXT)
            buf_addc(out, '-');
        return;
    }
    switch (c->kind) {
    case CELL_MONEY:
        buf_addf(out, "%.2f", (double)json_money_of(v, 0) / (double)NANO_PER_DOLLAR);
        break;
    case CELL_COUNT:
        buf_adds(out, units_count(text, json_int(row, c->path, 0)));
        break;
    case CELL_INT:
        buf_addf(out, "%lld", (long long)json_int(row, c->path, 0));
        break;
    case CELL_PERCENT:
    case CELL_BAR:
        buf_addf(out, "%lld%%", (long long)json_int(row, c->path, 0));
        break;
    case CELL_AGE:
    case CELL_CLOCK:
        moment(d, c, row, out);
        break;
    case CELL_DURATION:
        buf_adds(out, units_duration(text, (int64_t)(json_num(row, c->path, 0) * 1000)));
        break;
    case CELL_YES:
        buf_adds(out, cJSON_IsTrue(v) ? _("yes") : _("no"));
        break;
    default:
        width_clean(out, cJSON_IsString(v) ? v->valuestring : "");
    }
}

enum look state_look(const cJSON *row)
{
    static const struct {
        const char *state;
        enum look look;
    } rows[] = {{"ready", LOOK_GOOD}, {"active", LOOK_GOOD}, {"limited", LOOK_WARN},
        {"cooling", LOOK_WARN}, {"line", LOOK_WARN}, {"paused", LOOK_DIM}, {"off", LOOK_DIM},
        {"login", LOOK_BAD}, {"blocked", LOOK_BAD}, {"expired", LOOK_BAD}, {"failed", LOOK_BAD},
        {"refused", LOOK_WARN}, {"aborted", LOOK_WARN}, {"cancelled", LOOK_WARN},
        {"error", LOOK_BAD}, {"warn", LOOK_WARN}, {"debug", LOOK_DIM}, {"trace", LOOK_DIM}};
    const char *state = json_str(row, "state");
    state = state ? state : json_str(row, "level");
    for (size_t i = 0; state && i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].state, state) == 0)
            return json_bool(row, "over", false) ? LOOK_WARN : rows[i].look;
    return LOOK_TEXT;
}

/* --- layout --------------------------------------------------------------------------------------
 */

struct layout {
    bool shown[COLUMNS_MAX];
    int width[COLUMNS_MAX];
};

static int rank_of(const struct list *l, const struct column *c)
{
    return l->wide && c->rank >= 3 ? 200 - c->rank : c->rank;
}

static void lay_out(const struct list *l, int w, struct layout *o)
{
    *o = (struct layout){0};
    size_t n = l->n_cols < COLUMNS_MAX ? l->n_cols : COLUMNS_MAX;
    int left = w - 1;
    for (int rank = 0; rank <= 200; rank++)
        for (size_t i = 0; i < n; i++)
            if (rank_of(l, &l->cols[i]) == rank && l->cols[i].width + 1 <= left + 1) {
                o->shown[i] = true;
                o->width[i] = l->cols[i].width;
                left -= l->cols[i].width + 1;
            }
    int growers = 0;
    for (size_t i = 0; i < n; i++)
        growers += o->shown[i] ? l->cols[i].grow : 0;
    for (size_t i = 0; i < n && growers > 0 && left > 0; i++) {
        int share = o->shown[i] && l->cols[i].grow ? left * l->cols[i].grow / growers : 0;
        o->width[i] += share;
        left -= share;
        growers -= o->shown[i] ? l->cols[i].grow : 0;
    }
}

static bool to_the_right(const struct column *c)
{
    if (c->kind == CELL_FIELD)
        return c->field->kind == F_INT || c->field->kind == F_COUNT || c->field->kind == F_MONEY ||
               c->field->kind == F_REAL || c->field->kind == F_PERCENT || c->field->kind == F_SIZE;
    return c->kind != CELL_TEXT && c->kind != CELL_LIST && c->kind != CELL_OWN &&
           c->kind != CELL_BAR && c->kind != CELL_YES && c->kind != CELL_CLOCK;
}

static void draw_head(struct dash *d, const struct list *l, const struct layout *o, struct area a)
{
    int x = a.x + 1;
    for (size_t i = 0; i < l->n_cols && i < COLUMNS_MAX; i++) {
        if (!o->shown[i])
            continue;
        const char *head = _(l->cols[i].head);
        enum look look = (int)i == l->sort ? LOOK_BOLD : LOOK_HEAD;
        put_cell(&d->tty, a.y, x, o->width[i], to_the_right(&l->cols[i]), look, head);
        x += o->width[i] + 1;
    }
}

static void draw_row(
    struct dash *d, struct list *l, const struct layout *o, const cJSON *row, struct area a)
{
    struct buf b = BUF_INIT;
    const char *id = json_str(row, l->id);
    bool chosen = row == list_row(l), marked = id && strlist_has(&l->marks, id);
    int x = a.x + 1;
    if (chosen)
        fill_row(&d->tty, a.y, a.x, a.w, LOOK_CURSOR);
    put(&d->tty, a.y, a.x, 1, chosen ? LOOK_CURSOR : LOOK_BOLD, marked ? "*" : chosen ? ">" : " ");
    for (size_t i = 0; i < l->n_cols && i < COLUMNS_MAX; i++) {
        const struct column *c = &l->cols[i];
        if (!o->shown[i])
            continue;
        enum look look = chosen ? LOOK_CURSOR : c->look ? c->look(row) : LOOK_TEXT;
        buf_reset(&b);
        cell_text(d, c, row, &b);
        bool bar = c->kind == CELL_BAR && strcmp(b.data, "-") != 0;
        int bar_w = bar ? o->width[i] - 5 : 0;
        if (bar)
            put_bar(&d->tty, a.y, x, bar_w, json_num(row, c->path, 0), look);
        put_cell(
            &d->tty, a.y, x + bar_w, o->width[i] - bar_w, bar || to_the_right(c), look, b.data);
        x += o->width[i] + 1;
    }
    buf_release(&b);
}

void list_draw(struct dash *d, struct list *l, struct area a)
{
    struct layout o;
    lay_out(l, a.w, &o);
    draw_head(d, l, &o, area_top(&a, 1));
    l->page = a.h > 0 ? a.h : 1;
    l->drawn = a;
    if (l->at < l->top)
        l->top = l->at;
    if (l->at >= l->top + (size_t)l->page)
        l->top = l->at - (size_t)l->page + 1;
    if (l->n <= (size_t)l->page)
        l->top = 0;
    for (int i = 0; i < a.h && l->top + (size_t)i < l->n; i++) {
        const cJSON *row = l->rows[l->top + (size_t)i];
        draw_row(d, l, &o, row, (struct area){a.y + i, a.x, 1, a.w});
        if (row == list_row(l)) {
            /* Screen readers and braille lines follow the cursor. */
            d->tty.cursor_y = a.y + i;
            d->tty.cursor_x = a.x;
        }
    }
    if (l->n == 0 && l->filter)
        putf(&d->tty, a.y + 1, a.x + 2, a.w - 2, LOOK_DIM, _("nothing matches '%s'"), l->filter);
}

bool list_click_head(struct list *l, int y, int x)
{
    struct layout o;
    int at = l->drawn.x + 1;
    if (y != l->drawn.y - 1 || l->drawn.w == 0)
        return false;
    lay_out(l, l->drawn.w, &o);
    for (size_t i = 0; i < l->n_cols && i < COLUMNS_MAX; i++) {
        if (!o.shown[i])
            continue;
        if (x >= at && x < at + o.width[i] && l->cols[i].path) {
            l->reverse = l->sort == (int)i && !l->reverse;
            l->sort = (int)i;
            strlist_release(&l->order);
            return true;
        }
        at += o.width[i] + 1;
    }
    return false;
}

int list_row_at(const struct list *l, int y)
{
    int i = y - l->drawn.y;
    if (i < 0 || i >= l->drawn.h || l->top + (size_t)i >= l->n)
        return -1;
    return (int)l->top + i;
}
