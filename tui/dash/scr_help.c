/* Help: made from the key table. Typing searches, Enter does the marked act; what cannot be done
 * now says why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/width.h"
#include "tui/dash/dash.h"
#include "tui/dash/edit.h"

struct help {
    struct edit search;
    size_t at, n, top;
    const struct key_row *rows[ACTS];
};

static void help_free(void *self)
{
    struct help *h = self;
    edit_release(&h->search);
    free(h);
}

static bool matches(const struct key_row *k, const char *typed)
{
    return !*typed || strcasestr(_(k->help), typed) || (k->words && strcasestr(k->words, typed)) ||
           (k->label[0] && strcasestr(_(k->label), typed));
}

/* This screen's first, then what holds everywhere. */
static void gather(struct dash *d, struct help *h)
{
    size_t n;
    const struct key_row *rows = key_rows(&d->opt.keys, &n);
    h->n = 0;
    for (int everywhere = 0; everywhere < 2; everywhere++)
        for (size_t i = 0; i < n; i++)
            if ((rows[i].on & (1u << d->at)) &&
                ((rows[i].on & ON_ALL) == ON_ALL) == (everywhere == 1) &&
                matches(&rows[i], h->search.text.data))
                h->rows[h->n++] = &rows[i];
    h->at = h->at < h->n ? h->at : h->n ? h->n - 1 : 0;
}

static void keys_of(const struct key_row *k, char out[40])
{
    char a[KEY_NAME_MAX], b[KEY_NAME_MAX];
    if (k->key2)
        snprintf(out, 40, "%s %s", key_spoken(k->key, a), key_spoken(k->key2, b));
    else
        snprintf(out, 40, "%s", key_spoken(k->key, a));
}

static void draw_row(struct dash *d, const struct key_row *k, struct area a, bool chosen)
{
    char keys[40];
    const char *why = dash_hindrance(d, k);
    enum look look = chosen ? LOOK_CURSOR : why ? LOOK_DIM : LOOK_TEXT;
    struct buf b = BUF_INIT;
    if (chosen)
        fill_row(&d->tty, a.y, a.x, a.w, LOOK_CURSOR);
    keys_of(k, keys);
    put_cell(&d->tty, a.y, a.x + 1, 12, 0, chosen ? look : why ? LOOK_DIM : LOOK_KEY, keys);
    buf_adds(&b, _(k->help));
    if (why)
        buf_addf(&b, _("   (not now: %s)"), why);
    int words_w = a.w >= 100 && k->words ? width_text(k->words) + 5 : 0;
    put(&d->tty, a.y, a.x + 14, a.w - 15 - words_w, look, b.data);
    if (words_w)
        putf(&d->tty, a.y, a.x + a.w - words_w, words_w, chosen ? look : LOOK_DIM, "crs %s",
            k->words);
    buf_release(&b);
}

static void draw_facts(struct dash *d, struct area a)
{
    const char *term = getenv("TERM");
    const cJSON *hello = d->conn.link ? link_hello(d->conn.link) : NULL;
    const char *server = json_str(hello, "server");
    put_rule(&d->tty, a.y, a.x, a.w, _("Words, connection, terminal"));
    put(&d->tty, a.y + 1, a.x + 1, a.w - 2, LOOK_DIM,
        _("LIMITED: the upstream says wait  COOLING: a short rest  4/4 +2: 4 run, 2 wait"));
    putf(&d->tty, a.y + 2, a.x + 1, a.w - 2, LOOK_DIM,
        _("rights %s  relay %s  this program %s  host %s"), level_name(d->conn.level),
        server ? server : "-", CRS_VERSION, d->conn.host.spoken ? d->conn.host.spoken : "-");
    putf(&d->tty, a.y + 3, a.x + 1, a.w - 2, LOOK_DIM,
        _("TERM %s  %dx%d  %s  theme %s  charts %s  man crs-tui"), term ? term : "-", d->tty.w,
        d->tty.h, d->tty.utf8 ? "UTF-8" : "ASCII", theme_spoken(&d->tty),
        chart_set_name(d->tty.charts));
}

static void help_draw(struct dash *d, void *self, struct area a)
{
    struct help *h = self;
    struct buf text = BUF_INIT;
    char title[80];
    int cursor = 0;
    gather(d, h);
    snprintf(title, sizeof title, _("Help: %s"), _(screen_name(d->at)));
    put_rule(&d->tty, a.y, a.x, a.w, title);
    int x = 1 + put(&d->tty, a.y + 1, 1, a.w, LOOK_TEXT, _("type to search:")) + 1;
    edit_view(&h->search, a.w - x - 2, &text, &cursor);
    put_cell(&d->tty, a.y + 1, x, 30, 0, LOOK_FIELD, text.data);
    d->tty.cursor_y = a.y + 1;
    d->tty.cursor_x = x + cursor;
    buf_release(&text);
    area_top(&a, 2);
    if (a.h > 14) {
        draw_facts(d, (struct area){a.y + a.h - 4, a.x, 4, a.w});
        a.h -= 4;
    }
    size_t room = a.h > 0 ? (size_t)a.h : 1;
    h->top = h->at < h->top ? h->at : h->at >= h->top + room ? h->at - room + 1 : h->top;
    for (size_t i = 0; i < room && h->top + i < h->n; i++)
        draw_row(
            d, h->rows[h->top + i], (struct area){a.y + (int)i, a.x, 1, a.w}, h->top + i == h->at);
    if (d->tty.accessible && h->n) {
        d->tty.cursor_y = a.y + (int)(h->at - h->top);
        d->tty.cursor_x = 1;
    }
    if (!d->message)
        putf(&d->tty, d->tty.h - 2, 1, a.w, LOOK_DIM, _("%zu of %zu"), h->n ? h->at + 1 : 0, h->n);
    put_keys(
        d, d->tty.h - 1, 1, d->tty.w - 2, _("Enter do the marked act  Up Down choose  Esc close"));
}

static void help_input(struct dash *d, void *self, const struct input *in)
{
    struct help *h = self;
    int key = in->kind == INPUT_KEY ? in->key : 0;
    if (in->kind == INPUT_MOUSE)
        key = in->mouse == MOUSE_WHEEL_DOWN ? K_DOWN : in->mouse == MOUSE_WHEEL_UP ? K_UP : 0;
    if (in->kind == INPUT_PASTE)
        edit_paste(&h->search, in->paste);
    switch (key) {
    case 0:
        break;
    case K_ESC:
    case K_CTRL('c'):
    case K_HELP:
        layer_pop(d);
        break;
    case K_UP:
        h->at -= h->at > 0;
        break;
    case K_DOWN:
        h->at++;
        break;
    case K_PAGE_UP:
        h->at -= h->at > 10 ? 10 : h->at;
        break;
    case K_PAGE_DOWN:
        h->at += 10;
        break;
    case K_ENTER:
        if (h->n) {
            enum act a = h->rows[h->at]->act;
            layer_pop(d);
            dash_do(d, a);
        }
        break;
    default:
        /* Habit begins a search with '/'; here it has begun. */
        if (key == '/' && !h->search.text.len)
            break;
        if (edit_key(&h->search, key))
            h->at = 0;
    }
}

void help_open(struct dash *d)
{
    static const struct layer_ops ops = {
        .whole = true, .draw = help_draw, .input = help_input, .free = help_free};
    struct help *h = xcalloc(1, sizeof *h);
    edit_init(&h->search, NULL);
    layer_push(d, &ops, h);
}
