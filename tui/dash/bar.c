/* One line at the bottom, and the filter as it is typed there. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/width.h"
#include "tui/dash/bar.h"

/* --- filter --------------------------------------------------------------------------------------
 */

struct bar {
    struct edit edit;
};

static void bar_free(void *self)
{
    struct bar *b = self;
    edit_release(&b->edit);
    free(b);
}

void bar_draw(struct dash *d, const struct edit *e, const char *sign)
{
    struct buf text = BUF_INIT;
    int cursor = 0, w = d->tty.w - 4, y = d->tty.h - 2;
    fill_row(&d->tty, y, 0, d->tty.w, LOOK_TEXT);
    put(&d->tty, y, 1, 1, LOOK_KEY, sign);
    edit_view(e, w, &text, &cursor);
    put_cell(&d->tty, y, 2, w, 0, LOOK_FIELD, text.data);
    d->tty.cursor_y = y;
    d->tty.cursor_x = 2 + cursor;
    buf_release(&text);
}

static void filter_draw(struct dash *d, void *self, struct area body)
{
    struct list *l = dash_list(d);
    (void)body;
    bar_draw(d, &((struct bar *)self)->edit, "/");
    putf(&d->tty, d->tty.h - 2, d->tty.w - 16, 15, LOOK_DIM, _("%zu of %zu"), l ? l->n : 0,
        l ? l->all : 0);
    fill_row(&d->tty, d->tty.h - 1, 0, d->tty.w, LOOK_TEXT);
    put_keys(d, d->tty.h - 1, 1, d->tty.w - 2,
        _("Enter keep  Esc clear  !word without it  state:ready one column"));
}

static void filter_apply(struct dash *d, const char *text)
{
    struct list *l = dash_list(d);
    if (!l)
        return;
    list_filter(l, text);
    strlist_release(&l->order);
    dash_refill(d);
}

static void filter_input(struct dash *d, void *self, const struct input *in)
{
    struct bar *b = self;
    if (in->kind == INPUT_PASTE)
        edit_paste(&b->edit, in->paste);
    if (in->kind == INPUT_KEY && (in->key == K_ESC || in->key == K_CTRL('c'))) {
        filter_apply(d, NULL);
        layer_pop(d);
        return;
    }
    if (in->kind == INPUT_KEY && in->key == K_ENTER) {
        layer_pop(d);
        return;
    }
    if (in->kind == INPUT_KEY && (in->key == K_UP || in->key == K_DOWN)) {
        list_act(dash_list(d), in->key == K_UP ? ACT_UP : ACT_DOWN);
        return;
    }
    if (in->kind == INPUT_KEY)
        edit_key(&b->edit, in->key);
    filter_apply(d, b->edit.text.data);
}

void filter_open(struct dash *d)
{
    static const struct layer_ops ops = {
        .draw = filter_draw, .input = filter_input, .free = bar_free};
    struct list *l = dash_list(d);
    if (!l)
        return;
    struct bar *b = xcalloc(1, sizeof *b);
    edit_init(&b->edit, l->filter);
    layer_push(d, &ops, b);
}
