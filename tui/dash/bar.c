/* One line at the bottom: the filter as it is typed, and the palette of acts and things. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/width.h"
#include "tui/dash/dash.h"
#include "tui/dash/edit.h"

/* --- filter --------------------------------------------------------------------------------------
 */

struct bar {
    struct edit edit;
    char *before; /* what the filter was: Esc brings it back */
    size_t at;    /* palette: the chosen line */
};

static void bar_free(void *self)
{
    struct bar *b = self;
    edit_release(&b->edit);
    free(b->before);
    free(b);
}

static void put_line(struct dash *d, const struct bar *b, int y, const char *sign)
{
    struct buf text = BUF_INIT;
    int cursor = 0, w = d->tty.w - 4;
    fill_row(&d->tty, y, 0, d->tty.w, LOOK_TEXT);
    put(&d->tty, y, 1, 1, LOOK_KEY, sign);
    edit_view(&b->edit, w, &text, &cursor);
    put_cell(&d->tty, y, 2, w, 0, LOOK_FIELD, text.data);
    d->tty.cursor_y = y;
    d->tty.cursor_x = 2 + cursor;
    buf_release(&text);
}

static void filter_draw(struct dash *d, void *self, struct area body)
{
    struct list *l = dash_list(d);
    (void)body;
    put_line(d, self, d->tty.h - 2, "/");
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
        filter_apply(d, b->before);
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

/* --- palette -------------------------------------------------------------------------------------
 */

#define OFFERS_MAX 14

struct offer {
    enum act act; /* ACT_NONE: go to a thing */
    enum screen_id to;
    char *words;         /* "account test", "key ci" */
    const char *subject; /* of a thing; borrowed from the model */
    const char *text;
};
struct offers {
    struct offer v[OFFERS_MAX];
    size_t n;
};

static bool begins(const char *words, const char *typed)
{
    return strncasecmp(words, typed, strlen(typed)) == 0 || strcasestr(words, typed) != NULL;
}

static void offer(struct offers *o, const struct offer *new, const char *typed)
{
    if (o->n == OFFERS_MAX || !begins(new->words, typed)) {
        free(new->words);
        return;
    }
    o->v[o->n++] = *new;
}

static int by_name(const void *a, const void *b)
{
    const char *x = json_str(*(const cJSON *const *)a, "name"),
               *y = json_str(*(const cJSON *const *)b, "name");
    return strcmp(x ? x : "", y ? y : "");
}

static void offer_things(struct offers *o, const struct row_set *s, const char *noun,
    enum screen_id to, const char *typed)
{
    const cJSON **v = xcalloc(s->n + 1, sizeof *v);
    for (size_t i = 0; i < s->n; i++)
        v[i] = s->v[i];
    /* The rows themselves are in the order of ids, which says nothing to people. */
    qsort(v, s->n, sizeof *v, by_name);
    for (size_t i = 0; i < s->n && o->n < OFFERS_MAX; i++) {
        const char *name = json_str(v[i], "name"), *state = json_str(v[i], "state");
        if (name)
            offer(o,
                &(struct offer){.to = to,
                    .words = xasprintf("%s %s", noun, name),
                    .subject = name,
                    .text = state ? state : ""},
                typed);
    }
    free(v);
}

static void make_offers(struct dash *d, const char *typed, struct offers *o)
{
    size_t n;
    const struct key_row *rows = key_rows(&n);
    o->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(rows[i].on & (1u << d->at)) || rows[i].act == ACT_PALETTE)
            continue;
        const char *words = rows[i].words ? rows[i].words : rows[i].help;
        offer(o,
            &(struct offer){.act = rows[i].act, .words = xstrdup(words), .text = _(rows[i].help)},
            typed);
    }
    offer_things(o, &d->model.keys, "key", SCREEN_KEYS, typed);
    offer_things(o, &d->model.accounts, "account", SCREEN_ACCOUNTS, typed);
}

static void free_offers(struct offers *o)
{
    for (size_t i = 0; i < o->n; i++)
        free(o->v[i].words);
    o->n = 0;
}

static void palette_draw(struct dash *d, void *self, struct area body)
{
    struct bar *b = self;
    struct offers o;
    make_offers(d, b->edit.text.data, &o);
    b->at = b->at < o.n ? b->at : o.n ? o.n - 1 : 0;
    int rows = (int)o.n < body.h ? (int)o.n : body.h, from = d->tty.h - 2 - rows;
    for (int i = 0; i < rows; i++) {
        enum look look = (size_t)i == b->at ? LOOK_CURSOR : LOOK_TEXT;
        fill_row(&d->tty, from + i, 0, d->tty.w, look);
        put_cell(&d->tty, from + i, 2, 30, 0, look, o.v[i].words);
        put(&d->tty, from + i, 33, d->tty.w - 34, (size_t)i == b->at ? look : LOOK_DIM,
            o.v[i].text);
    }
    put_line(d, b, d->tty.h - 2, ":");
    fill_row(&d->tty, d->tty.h - 1, 0, d->tty.w, LOOK_TEXT);
    put_keys(d, d->tty.h - 1, 1, d->tty.w - 2,
        _("Enter do it  Up Down choose  Tab complete  Esc close"));
    free_offers(&o);
}

static void palette_run(struct dash *d, struct bar *b)
{
    struct offers o;
    make_offers(d, b->edit.text.data, &o);
    struct offer chosen = b->at < o.n ? o.v[b->at] : (struct offer){0};
    bool any = b->at < o.n;
    char *subject = xstrdup(chosen.subject);
    free_offers(&o);
    layer_pop(d);
    if (!any)
        dash_say(d, LOOK_WARN, "%s", _("no such act or thing"));
    else if (chosen.act != ACT_NONE)
        dash_do(d, chosen.act);
    else
        dash_show(d, chosen.to, subject);
    free(subject);
}

static void palette_complete(struct dash *d, struct bar *b)
{
    struct offers o;
    make_offers(d, b->edit.text.data, &o);
    if (b->at < o.n)
        edit_set(&b->edit, o.v[b->at].words);
    free_offers(&o);
    b->at = 0;
}

static void palette_input(struct dash *d, void *self, const struct input *in)
{
    struct bar *b = self;
    if (in->kind == INPUT_PASTE)
        edit_paste(&b->edit, in->paste);
    if (in->kind != INPUT_KEY)
        return;
    switch (in->key) {
    case K_ESC:
    case K_CTRL('c'):
        layer_pop(d);
        break;
    case K_ENTER:
        palette_run(d, b);
        break;
    case K_TAB:
        palette_complete(d, b);
        break;
    case K_UP:
        b->at -= b->at > 0;
        break;
    case K_DOWN:
        b->at++;
        break;
    default:
        if (edit_key(&b->edit, in->key))
            b->at = 0;
    }
}

void palette_open(struct dash *d)
{
    static const struct layer_ops ops = {
        .draw = palette_draw, .input = palette_input, .free = bar_free};
    struct bar *b = xcalloc(1, sizeof *b);
    edit_init(&b->edit, NULL);
    layer_push(d, &ops, b);
}
