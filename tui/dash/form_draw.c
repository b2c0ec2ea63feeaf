/* A form on the screen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/width.h"
#include "tui/dash/form.h"

#define LABEL_W 24

static const char *unit_of(const struct field *f)
{
    switch (f->kind) {
    case F_MONEY:
        return "$";
    case F_PERCENT:
        return "%";
    case F_DURATION:
        return _("30s 15m 4h 7d");
    case F_TIME:
        return _("2026-12-31, or 30d from now");
    case F_LIST:
        return _("a, b, c");
    case F_MAP:
        return _("a=b, c=d");
    default:
        return "";
    }
}

static int width_of_row(const struct form_row *r, int room)
{
    int w = 0;
    switch (r->f->kind) {
    case F_MONEY:
    case F_PERCENT:
    case F_INT:
    case F_COUNT:
    case F_DURATION:
        w = 12;
        break;
    case F_TIME:
        w = 22;
        break;
    default:
        w = room;
    }
    return w < room ? w : room;
}

static void draw_text(struct dash *d, const struct form_row *r, struct area a, bool here)
{
    struct buf b = BUF_INIT;
    int cursor = 0, w = width_of_row(r, a.w - 2);
    edit_view(&r->edit, w, &b, &cursor);
    put(&d->tty, a.y, a.x, 1, LOOK_DIM, "[");
    put_cell(&d->tty, a.y, a.x + 1, w, 0, LOOK_FIELD, b.data);
    put(&d->tty, a.y, a.x + 1 + w, 1, LOOK_DIM, "]");
    const char *unit = unit_of(r->f);
    put(&d->tty, a.y, a.x + w + 3, a.w - w - 3, LOOK_DIM, unit);
    if (here) {
        d->tty.cursor_y = a.y;
        d->tty.cursor_x = a.x + 1 + cursor;
    }
    buf_release(&b);
}

/* From which choice on to draw, so that the present one is within `cells`. */
static size_t first_shown(const struct form_row *r, int cells)
{
    size_t first = 0;
    int used = 0;
    for (size_t i = 0; i <= r->at && i < r->choices.n; i++)
        used += width_text(r->choices.v[i]) + 6;
    while (first < r->at && used > cells)
        used -= width_text(r->choices.v[first++]) + 6;
    return first;
}

static void draw_choice(struct dash *d, const struct form_row *r, struct area a, bool here)
{
    int x = a.x, end = a.x + a.w;
    for (size_t i = first_shown(r, a.w); i < r->choices.n && x < end; i++) {
        bool on = r->kind == FORM_CHOICE ? i == r->at : strlist_has(&r->on, r->choices.v[i]);
        enum look look = here && i == r->at ? LOOK_CURSOR : on ? LOOK_BOLD : LOOK_TEXT;
        if (here && i == r->at) {
            d->tty.cursor_y = a.y;
            d->tty.cursor_x = x + 1;
        }
        x += put(&d->tty, a.y, x, end - x, look,
            r->kind == FORM_CHOICE ? on ? "(*) " : "( ) "
            : on                   ? "[x] "
                                   : "[ ] ");
        x += put(&d->tty, a.y, x, end - x, look, r->choices.v[i]) + 2;
    }
    if (r->kind == FORM_SOME && r->on.n == 0 && x < end)
        put(&d->tty, a.y, x, end - x, LOOK_DIM, _("none: any"));
}

/* A long list of choices shows the chosen one alone. */
static void draw_value(struct dash *d, const struct form_row *r, struct area a, bool here)
{
    int all = 0;
    for (size_t i = 0; i < r->choices.n; i++)
        all += width_text(r->choices.v[i]) + 6;
    if (r->kind == FORM_TEXT) {
        draw_text(d, r, a, here);
    } else if (r->kind == FORM_TICK) {
        put(&d->tty, a.y, a.x, a.w, here ? LOOK_CURSOR : LOOK_TEXT, r->ticked ? "[x]" : "[ ]");
        put(&d->tty, a.y, a.x + 4, a.w - 4, LOOK_DIM, r->ticked ? _("yes") : _("no"));
        if (here) {
            d->tty.cursor_y = a.y;
            d->tty.cursor_x = a.x + 1;
        }
    } else if (r->kind == FORM_CHOICE && all > a.w) {
        putf(&d->tty, a.y, a.x, a.w, here ? LOOK_CURSOR : LOOK_TEXT, "< %s >", r->choices.v[r->at]);
        putf(&d->tty, a.y, a.x + 26, a.w - 26, LOOK_DIM, _("%zu of %zu, Left and Right choose"),
            r->at + 1, r->choices.n);
    } else {
        draw_choice(d, r, a, here);
    }
}

static void draw_row(struct dash *d, const struct form_row *r, struct area a, bool here)
{
    char *label = field_label(r->f);
    bool changed = row_changed(r);
    put(&d->tty, a.y, a.x, 1, LOOK_BOLD, here ? ">" : " ");
    put_cell(&d->tty, a.y, a.x + 2, LABEL_W - 3, 0,
        r->problem ? LOOK_BAD
        : changed  ? LOOK_BOLD
                   : LOOK_TEXT,
        label);
    put(&d->tty, a.y, a.x + LABEL_W - 2, 1, LOOK_WARN, changed ? "*" : r->wanted ? "!" : " ");
    int room = a.w - LABEL_W, notes = changed && r->was[0] && room > 50 ? 24 : 0;
    draw_value(d, r, (struct area){a.y, a.x + LABEL_W, 1, room - notes}, here);
    if (notes && r->kind == FORM_TEXT && !r->edit.secret)
        putf(&d->tty, a.y, a.x + a.w - notes, notes, LOOK_DIM, _(" was %s"), r->was);
    free(label);
}

/* Rows and the headings of their groups, as lines: the present row is kept on the screen. */
void form_draw(struct dash *d, struct form *f, struct area a)
{
    size_t line = 0, lines = 0, at_line = 0;
    const char *group = NULL;
    for (size_t i = 0; i < f->n; i++) {
        const char *g = f->rows[i].f->group;
        lines += g && (!group || strcmp(g, group) != 0);
        group = g;
        at_line = i == f->at ? lines : at_line;
        lines++;
    }
    f->page = a.h;
    size_t room = a.h > 0 ? (size_t)a.h : 0;
    if (at_line < f->top + 1)
        f->top = at_line > 0 ? at_line - 1 : 0;
    if (room && at_line >= f->top + room)
        f->top = at_line - room + 1;
    group = NULL;
    for (size_t i = 0; i < f->n; i++) {
        const char *g = f->rows[i].f->group;
        if (g && (!group || strcmp(g, group) != 0)) {
            if (line >= f->top && line < f->top + room)
                put_rule(&d->tty, a.y + (int)(line - f->top), a.x + 2, a.w - 2, _(g));
            line++;
        }
        group = g;
        if (line >= f->top && line < f->top + room)
            draw_row(
                d, &f->rows[i], (struct area){a.y + (int)(line - f->top), a.x, 1, a.w}, i == f->at);
        line++;
    }
    if (f->top + room < lines && a.h > 0 && at_line + 1 != f->top + room)
        put(&d->tty, a.y + a.h - 1, a.x, 1, LOOK_DIM, "+");
}

void form_help(struct dash *d, const struct form *f, struct area a)
{
    struct buf b = BUF_INIT;
    const struct form_row *r = f->at < f->n ? &f->rows[f->at] : NULL;
    if (!r)
        return;
    if (r->problem)
        buf_adds(&b, r->problem);
    else
        buf_addf(&b, "%s.", _(r->f->help));
    if (!r->problem && r->f->dflt)
        buf_addf(&b, _(" Default %s."), r->f->dflt);
    put_wrapped(&d->tty, a, r->problem ? LOOK_BAD : LOOK_DIM, b.data);
    buf_release(&b);
}
