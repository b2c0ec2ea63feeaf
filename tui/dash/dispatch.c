/* Input to acts: layers first, then the screen, then what holds everywhere. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/width.h"
#include "tui/dash/app_int.h"

#define HOLD_MS 3000 /* after a key nothing is sorted anew under the person's eyes */

void layer_push(struct dash *d, const struct layer_ops *ops, void *self)
{
    if (d->n_layers == LAYERS_MAX) {
        ops->free(self);
        return;
    }
    d->layers[d->n_layers++] = (struct layer){ops, self};
    d->dirty = true;
}

void layer_pop(struct dash *d)
{
    if (d->n_layers == 0)
        return;
    struct layer *l = &d->layers[--d->n_layers];
    dash_forget(d, l->self);
    l->ops->free(l->self);
    d->dirty = true;
}

void layer_close(struct dash *d, const void *self)
{
    size_t i = 0;
    while (i < d->n_layers && d->layers[i].self != self)
        i++;
    while (d->n_layers > i)
        layer_pop(d);
}

/* --- screens -------------------------------------------------------------------------------------
 */

static unsigned revision(const struct dash *d)
{
    unsigned sum = 1;
    for (int i = 0; i < PARTS; i++)
        sum += d->model.rev[i];
    return sum;
}

void dash_refill(struct dash *d)
{
    for (size_t i = d->n_layers; i-- > 0;)
        if (d->layers[i].ops->refill) {
            d->layers[i].ops->refill(d, d->layers[i].self);
            d->dirty = true;
            return;
        }
    d->filled[d->at] = 0;
    d->dirty = true;
}

struct list *dash_list(struct dash *d)
{
    for (size_t i = d->n_layers; i-- > 0;)
        if (d->layers[i].ops->list)
            return d->layers[i].ops->list(d->layers[i].self);
    const struct screen_ops *o = d->ops[d->at];
    struct list *l = o->list ? o->list(d->screen[d->at]) : NULL;
    if (!l || d->filled[d->at] == revision(d))
        return l;
    d->filled[d->at] = revision(d);
    list_begin(l);
    o->fill(d, d->screen[d->at], l, clock_mono() - d->touched < HOLD_MS);
    return l;
}

static void enter(struct dash *d, enum screen_id to)
{
    if (d->ops[d->at]->leave && d->at != to)
        d->ops[d->at]->leave(d, d->screen[d->at]);
    d->at = to;
    dash_refill(d);
    if (d->ops[to]->enter)
        d->ops[to]->enter(d, d->screen[to]);
}

void dash_go(struct dash *d, enum screen_id to)
{
    size_t max = sizeof d->came_from / sizeof d->came_from[0];
    if (to == d->at)
        return;
    if (d->n_came_from == max)
        memmove(d->came_from, d->came_from + 1, --d->n_came_from * sizeof d->came_from[0]);
    d->came_from[d->n_came_from++] = d->at;
    enter(d, to);
}

void dash_show(struct dash *d, enum screen_id to, const char *name)
{
    dash_go(d, to);
    struct list *l = dash_list(d);
    for (size_t i = 0; l && name && i < l->n; i++) {
        const char *n = json_str(l->rows[i], "name"), *id = json_str(l->rows[i], l->id);
        if ((n && strcmp(n, name) == 0) || (id && strcmp(id, name) == 0)) {
            list_choose(l, id);
            return;
        }
    }
}

void dash_back(struct dash *d)
{
    struct list *l = dash_list(d);
    if (l && l->filter) {
        list_filter(l, NULL);
        dash_refill(d);
    } else if (l && l->marks.n) {
        strlist_release(&l->marks);
    } else if (d->n_came_from) {
        enter(d, d->came_from[--d->n_came_from]);
    }
}

/* --- acts ----------------------------------------------------------------------------------------
 */

const char *dash_refusal(struct dash *d, enum level level)
{
    enum level have = d->conn.level;
    if (d->opt.demo)
        return _("this is a demonstration: there is no relay to change");
    if (level >= LEVEL_OPERATE && d->opt.read_only)
        return _("crs-tui was started with --read-only");
    if (!conn_usable(d))
        return _("the relay is away");
    if (have < level)
        return level == LEVEL_ADMIN ? _("you are not an administrator of this relay")
                                    : _("you may only look at this relay");
    return NULL;
}

const char *dash_hindrance(struct dash *d, const struct key_row *k)
{
    const char *refused = NULL;
    if (!(k->on & (1u << d->at)))
        return _("not on this screen");
    if (k->needs & (NEED_OPERATE | NEED_ADMIN))
        refused = dash_refusal(d, k->needs & NEED_ADMIN ? LEVEL_ADMIN : LEVEL_OPERATE);
    if (refused)
        return refused;
    if (k->needs & NEED_ROW && d->at != SCREEN_DASHBOARD) {
        struct list *l = dash_list(d);
        if (!l || !list_row(l))
            return _("nothing is chosen");
    }
    return NULL;
}

static void quit_maybe(struct dash *d)
{
    if (d->n_came_from || (dash_list(d) && dash_list(d)->filter))
        dash_back(d);
    else
        d->quit = true;
}

static void freeze(struct dash *d)
{
    if (d->frozen) {
        d->frozen = 0;
        return;
    }
    dash_paint(d);
    d->frozen = clock_mono();
}

static void next_theme(struct dash *d)
{
    unsigned n = d->tty.own ? THEMES + 1 : THEMES;
    term_theme(&d->tty, (enum theme)((d->tty.theme + 1u) % n));
    dash_say(d, LOOK_TEXT, _("theme %s"), theme_spoken(&d->tty));
}

static void global_act(struct dash *d, enum act a)
{
    switch (a) {
    case ACT_FILTER:
        filter_open(d);
        break;
    case ACT_PALETTE:
        palette_open(d);
        break;
    case ACT_HELP:
        help_open(d);
        break;
    case ACT_COPY:
        copy_open(d);
        break;
    case ACT_ERRORS:
        acts_open(d);
        break;
    case ACT_UNDO:
        undo_last(d);
        break;
    case ACT_PAUSE:
        freeze(d);
        break;
    case ACT_THEME:
        next_theme(d);
        break;
    case ACT_CHARTS:
        term_chart_set(&d->tty, (enum chart_set)((d->tty.charts + 1) % CHART_SETS));
        dash_say(d, LOOK_TEXT, _("charts in %s"), chart_set_name(d->tty.charts));
        break;
    case ACT_RETRY:
        conn_retry(d);
        break;
    case ACT_REDRAW:
        term_repaint(&d->tty);
        break;
    case ACT_SUSPEND:
        term_suspend(&d->tty);
        break;
    case ACT_BACK:
        dash_back(d);
        break;
    case ACT_QUIT:
        quit_maybe(d);
        break;
    case ACT_QUIT_NOW:
        d->quit = true;
        break;
    default:
        break;
    }
}

void dash_do(struct dash *d, enum act a)
{
    const struct key_row *k = key_row_of(&d->opt.keys, a);
    const char *why = k ? dash_hindrance(d, k) : NULL;
    d->dirty = true;
    if (!k)
        return;
    if (why) {
        dash_say(d, LOOK_WARN, "%s: %s", k->label[0] ? _(k->label) : _(k->help), why);
        return;
    }
    if (a >= ACT_SCREEN_DASHBOARD && a < ACT_SCREEN_DASHBOARD + SCREENS) {
        dash_go(d, (enum screen_id)(a - ACT_SCREEN_DASHBOARD));
        return;
    }
    struct list *l = dash_list(d);
    if (d->ops[d->at]->act && d->ops[d->at]->act(d, d->screen[d->at], a))
        return;
    if (l && list_act(l, a)) {
        /* Only the order asks for the rows anew: moving through ten thousand stays quick. */
        if (a == ACT_SORT || a == ACT_SORT_REVERSE) {
            dash_say(d, LOOK_TEXT, _("sorted by %s%s"),
                l->sort >= 0 ? _(l->cols[l->sort].head) : "", l->reverse ? _(", reversed") : "");
            dash_refill(d);
        }
        return;
    }
    global_act(d, a);
}

/* --- keys and mouse ------------------------------------------------------------------------------
 */

static void forget_message(struct dash *d)
{
    free(d->message);
    free(d->hint);
    d->message = d->hint = NULL;
}

static void on_key(struct dash *d, int key)
{
    enum act a = key_act(&d->opt.keys, key, d->at);
    if (d->frozen && a != ACT_PAUSE && a != ACT_QUIT_NOW) {
        d->frozen = 0;
        dash_refill(d);
    }
    if (a != ACT_NONE)
        dash_do(d, a);
    else if (key != K_CTRL('c')) {
        char name[KEY_NAME_MAX];
        dash_say(d, LOOK_DIM, _("%s does nothing here; ? shows what can be done"),
            key_spoken(key, name));
    }
}

/* The footer and the tabs are drawn from the same rows, so a click is looked up the same way. */
static void on_footer(struct dash *d, int x)
{
    struct footer_word v[FOOTER_MAX];
    size_t n = footer_lay(d, v);
    for (size_t i = 0; i < n; i++)
        if (x >= v[i].x && x < v[i].x + v[i].w) {
            dash_do(d, v[i].row->act);
            return;
        }
}

static void on_tabs(struct dash *d, int x)
{
    int at = 1;
    for (int i = 0; i < SCREENS; i++) {
        char key[KEY_NAME_MAX];
        const struct key_row *row = key_row_of(&d->opt.keys, (enum act)(ACT_SCREEN_DASHBOARD + i));
        int w = width_text(key_spoken(row->key, key)) + 3 +
                width_text(_(screen_name((enum screen_id)i)));
        if (x >= at && x < at + w) {
            dash_go(d, (enum screen_id)i);
            return;
        }
        at += w + 1;
    }
    if (x > at)
        dash_do(d, ACT_HELP);
}

static void on_mouse(struct dash *d, const struct input *in)
{
    struct list *l = dash_list(d);
    if (in->mouse == MOUSE_WHEEL_UP || in->mouse == MOUSE_WHEEL_DOWN) {
        for (int i = 0; i < 3; i++)
            dash_do(d, in->mouse == MOUSE_WHEEL_UP ? ACT_UP : ACT_DOWN);
    } else if (in->y == d->tty.h - 1) {
        on_footer(d, in->x);
    } else if (in->y == 1 && d->tty.w >= 80) {
        on_tabs(d, in->x);
    } else if (l && list_click_head(l, in->y, in->x)) {
        dash_refill(d);
    } else if (l && list_row_at(l, in->y) >= 0) {
        list_choose(l, json_str(l->rows[list_row_at(l, in->y)], l->id));
        if (in->mouse == MOUSE_DOUBLE)
            dash_do(d, key_act(&d->opt.keys, K_ENTER, d->at));
    }
}

void dash_input(struct dash *d, const struct input *in)
{
    d->touched = clock_mono();
    d->dirty = true;
    if (in->kind == INPUT_KEY && (in->key == K_CTRL('l') || in->key == K_CTRL('z'))) {
        global_act(
            d, key_act(&d->opt.keys, in->key, d->at)); /* also over a form, and a message stays */
        return;
    }
    forget_message(d);
    d->ctrl_c = in->kind == INPUT_KEY && in->key == K_CTRL('c') ? d->ctrl_c + 1 : 0;
    if (d->ctrl_c >= 2) {
        d->quit = true;
        return;
    }
    if (d->ctrl_c == 1)
        dash_say(d, LOOK_WARN, "%s", _("Ctrl-C once more quits; so does Q"));
    if (d->n_layers) {
        struct layer *top = &d->layers[d->n_layers - 1];
        top->ops->input(d, top->self, in);
        return;
    }
    if (in->kind == INPUT_PASTE)
        dash_say(d, LOOK_WARN, "%s", _("paste ignored: there is no field for it here"));
    else if (in->kind == INPUT_MOUSE)
        on_mouse(d, in);
    else
        on_key(d, in->key);
}
