/* Labelled lines, and the record behind them. */
#include "tui/dash/detail.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"

#define REST_MS 150   /* a choice that moves on at once asks for nothing */
#define AGAIN_MS 2000 /* a busy thing is fetched no more often */

void lines_add(struct lines *l, enum look look, const char *label, const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    if (b.len == 0 || l->n == LINES_MAX) {
        buf_release(&b);
        return;
    }
    l->v[l->n].label = xstrdup(label);
    l->v[l->n].look = look;
    l->v[l->n++].value = buf_steal(&b, NULL);
}

/* What holds when nothing was set stands with the method that makes the thing. */
static bool is_default(const struct method *show, const char *name, const char *text)
{
    const struct method *make = method_by_id(show->id == M_KEY_SHOW ? M_KEY_CREATE : M_ACCOUNT_ADD);
    const struct field *f = field_find(make->params, make->n_params, name);
    bool is = false;
    if (!f || !f->dflt)
        return false;
    cJSON *v = field_value(f, f->dflt, NULL, 0, NULL);
    struct buf b = BUF_INIT;
    if (v)
        field_print(f, v, &b);
    is = strcmp(b.data, text) == 0;
    buf_release(&b);
    cJSON_Delete(v);
    return is;
}

void lines_field(
    struct dash *d, struct lines *l, const struct method *m, const cJSON *row, const char *name)
{
    const struct field *f = field_find(m->result, m->n_result, name);
    const cJSON *v = json_at(row, name);
    struct buf b = BUF_INIT;
    if (!f || !v || cJSON_IsNull(v))
        return;
    if (f->kind == F_TIME)
        moment_text(d, row_time(row, name), &b);
    else
        field_print(f, v, &b);
    bool zero = cJSON_IsNumber(v) && v->valuedouble == 0;
    if (!zero && !is_default(m, name, b.data)) {
        char *label = xstrdup(name);
        for (char *p = label; *p; p++)
            *p = *p == '_' ? ' ' : *p;
        lines_add(l, LOOK_TEXT, label, "%s", b.data);
        free(label);
    }
    buf_release(&b);
}

void lines_draw(struct dash *d, struct area a, int columns, const struct lines *l)
{
    int w = (a.w - 2) / columns, label_w = columns > 1 || a.w < 60 ? 13 : 12;
    size_t per = columns > 1 && l->n > (size_t)a.h ? (l->n + (size_t)columns - 1) / (size_t)columns
                                                   : (size_t)(a.h > 0 ? a.h : 0);
    per = per > (size_t)(a.h > 0 ? a.h : 0) ? (size_t)(a.h > 0 ? a.h : 0) : per;
    for (size_t i = 0; per > 0 && i < l->n && i < per * (size_t)columns; i++) {
        int y = a.y + (int)(i % per), x = a.x + 1 + (int)(i / per) * w;
        int wide = l->n <= per ? a.w - 2 : w - 1;
        put_cell(&d->tty, y, x, label_w, 0, LOOK_DIM, l->v[i].label);
        put(&d->tty, y, x + label_w, wide - label_w, l->v[i].look, l->v[i].value);
    }
}

void lines_release(struct lines *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->v[i].label);
        free(l->v[i].value);
    }
    l->n = 0;
}

void moment_text(struct dash *d, int64_t at, struct buf *out)
{
    char text[UNITS_MAX];
    int64_t now = clock_now();
    if (!at)
        return;
    if (edge_day(d->zone, at) == edge_day(d->zone, now))
        buf_addf(out, "%.5s", units_clock(text, d->zone, at));
    else
        buf_adds(out, units_datetime(text, d->zone, at));
    units_duration(text, at > now ? at - now : now - at);
    buf_addf(out, at > now ? _(" (in %s)") : _(" (%s ago)"), text);
}

/* --- requests of it ------------------------------------------------------------------------------
 */

static void recent_row(struct dash *d, struct area a, const cJSON *r, const char *other)
{
    char at[UNITS_MAX], cost[UNITS_MAX], out[UNITS_MAX];
    const char *id = json_str(r, "id"), *model = json_str(r, "model"),
               *state = json_str(r, "state"), *with = json_str(r, other);
    int x = a.x + 1;
    putf(&d->tty, a.y, x, 9, LOOK_DIM, "%s", units_clock(at, d->zone, row_time(r, "started")));
    put(&d->tty, a.y, x + 10, 8, LOOK_TEXT,
        id && strncmp(id, "req_", 4) == 0 ? id + 4
        : id                              ? id
                                          : "");
    put_cell(&d->tty, a.y, x + 20, 14, 0, LOOK_TEXT, with ? with : "-");
    put_cell(&d->tty, a.y, x + 36, 20, 0, LOOK_TEXT, model ? model : "");
    put_cell(&d->tty, a.y, x + 58, 9, 0, state_look(r), state ? state : "");
    if (a.w >= 100)
        putf(&d->tty, a.y, x + 69, 30, LOOK_TEXT, _("out %-6s %s"),
            units_count(out, json_int(r, "output", 0)),
            units_money(cost, json_money(r, "cost", 0)));
}

static bool is_of(const cJSON *r, const char *member, const char *name)
{
    const char *v = json_str(r, member);
    return v && strcmp(v, name) == 0;
}

void recent_draw(struct dash *d, struct area a, const char *member, const char *name)
{
    const char *other = strcmp(member, "key") == 0 ? "account" : "key";
    const struct ring *ended = &d->model.ended;
    int row = 1;
    if (a.h < 3 || !name)
        return;
    put_rule(&d->tty, a.y, a.x, a.w, _("Its latest requests"));
    for (size_t i = d->model.requests.n; i-- > 0 && row < a.h;)
        if (is_of(d->model.requests.v[i], member, name))
            recent_row(d, (struct area){a.y + row++, a.x, 1, a.w}, d->model.requests.v[i], other);
    for (size_t i = ended->n; i-- > 0 && row < a.h;)
        if (is_of(ring_at(ended, i), member, name))
            recent_row(d, (struct area){a.y + row++, a.x, 1, a.w}, ring_at(ended, i), other);
    if (row == 1)
        put(&d->tty, a.y + 1, a.x + 1, a.w - 1, LOOK_DIM, _("none seen here"));
}

/* --- the record ----------------------------------------------------------------------------------
 */

void detail_release(struct dash *d, struct detail *t)
{
    if (d)
        dash_forget(d, t);
    free(t->name);
    cJSON_Delete(t->record);
    *t = (struct detail){.show = t->show};
}

void detail_want(struct dash *d, struct detail *t, const char *name, unsigned rev)
{
    bool same = name && t->name && strcmp(name, t->name) == 0;
    if (!name) {
        detail_release(d, t);
        return;
    }
    if (same && (t->rev == rev || t->due))
        return;
    if (!same) {
        detail_release(d, t);
        t->name = xstrdup(name);
    }
    t->rev = rev;
    t->due = clock_mono() + (same ? AGAIN_MS : REST_MS);
}

static void came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct detail *t = owner;
    (void)d;
    t->asked = false;
    if (fault)
        return;
    cJSON_Delete(t->record);
    t->record = xcheck(cJSON_Duplicate(result, true));
}

void detail_tick(struct dash *d, struct detail *t)
{
    if (!t->due || clock_mono() < t->due || t->asked || !conn_usable(d))
        return;
    t->due = 0;
    t->asked = true;
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_str(
        params, t->show == M_REQUEST_SHOW || t->show == M_REQUEST_WHY ? "id" : "name", t->name);
    dash_call(d, method_by_id(t->show)->wire, params, came, t);
}

/* --- all of it, on the whole screen --------------------------------------------------------------
 */

struct whole {
    enum method_id show;
    char *name;
};

void record_print(struct dash *d, const struct method *m, const cJSON *result, struct buf *b)
{
    const char *group = NULL;
    for (size_t i = 0; i < m->n_result; i++) {
        const struct field *f = &m->result[i];
        const cJSON *v = json_at(result, f->name);
        struct buf text = BUF_INIT;
        if (!v || cJSON_IsNull(v))
            continue;
        if (f->kind == F_OBJECT)
            json_print(v, &text);
        else if (f->kind == F_TIME)
            moment_text(d, row_time(result, f->name), &text);
        else
            field_print(f, v, &text);
        if (f->group && (!group || strcmp(group, f->group) != 0)) {
            group = f->group;
            buf_addf(b, "\n%s\n", group);
        }
        if (text.len && strcmp(text.data, "[]") != 0)
            buf_addf(b, "  %-24s %s\n", f->name, text.data);
        buf_release(&text);
    }
}

static void whole_came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct whole *w = owner;
    const struct method *m = method_by_id(w->show);
    if (fault) {
        dash_fail(d, m->wire, fault);
    } else {
        struct buf b = BUF_INIT;
        record_print(d, m, result, &b);
        buf_addf(&b, "\n  crs %s ", m->words);
        text_shell_word(&b, w->name);
        buf_addc(&b, '\n');
        pager_open(d, w->name, buf_steal(&b, NULL));
    }
    free(w->name);
    free(w);
}

void detail_open(struct dash *d, enum method_id show, const char *name)
{
    struct whole *w = xcalloc(1, sizeof *w);
    cJSON *params = xcheck(cJSON_CreateObject());
    w->show = show;
    w->name = xstrdup(name);
    json_put_str(params, "name", name);
    dash_call(d, method_by_id(show)->wire, params, whole_came, w);
}
