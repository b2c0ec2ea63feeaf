/* Text on the whole body: a record, a log of acts. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/text.h"
#include "common/width.h"
#include "tui/dash/dash.h"

#define INDENT "      "

struct pager {
    char *title, *text;
    struct strlist lines; /* of text, for a screen as wide as */
    int cells;
    size_t top;
    int page;
};

static void pager_free(void *self)
{
    struct pager *p = self;
    free(p->title);
    free(p->text);
    strlist_release(&p->lines);
    free(p);
}

/* Cuts the text into lines of at most `cells`: what goes on in a further one stands a little to the
 * right. */
static void wrap(struct pager *p, int cells)
{
    strlist_release(&p->lines);
    for (const char *at = p->text, *begin = at; *at;) {
        struct buf line = BUF_INIT;
        size_t skip;
        if (at != begin)
            buf_adds(&line, INDENT);
        size_t n = width_line(at, cells - (at != begin ? (int)strlen(INDENT) : 0), &skip);
        buf_add(&line, at, n);
        strlist_add(&p->lines, line.data ? line.data : "");
        buf_release(&line);
        if (memchr(at + n, '\n', skip))
            begin = at + n + skip;
        at += n + skip;
    }
    p->cells = cells;
}

static void pager_draw(struct dash *d, void *self, struct area a)
{
    struct pager *p = self;
    put_rule(&d->tty, a.y, a.x, a.w, p->title);
    area_top(&a, 1);
    if (p->cells != a.w - 2)
        wrap(p, a.w - 2);
    p->page = a.h;
    size_t most = p->lines.n > (size_t)a.h ? p->lines.n - (size_t)a.h : 0;
    p->top = p->top < most ? p->top : most;
    for (int i = 0; i < a.h && p->top + (size_t)i < p->lines.n; i++)
        put(&d->tty, a.y + i, a.x + 1, a.w - 2, LOOK_TEXT, p->lines.v[p->top + (size_t)i]);
    if (most)
        putf(&d->tty, d->tty.h - 2, 1, a.w, LOOK_DIM, _("lines %zu to %zu of %zu"), p->top + 1,
            p->top + (size_t)a.h < p->lines.n ? p->top + (size_t)a.h : p->lines.n, p->lines.n);
    put_keys(d, d->tty.h - 1, 1, a.w, _("j down  k up  y copy  Esc back"));
}

static void pager_input(struct dash *d, void *self, const struct input *in)
{
    struct pager *p = self;
    size_t half = p->page > 2 ? (size_t)p->page / 2 : 1;
    int key = in->kind == INPUT_KEY ? in->key : 0;
    if (in->kind == INPUT_MOUSE)
        key = in->mouse == MOUSE_WHEEL_DOWN ? K_DOWN : in->mouse == MOUSE_WHEEL_UP ? K_UP : 0;
    switch (key) {
    case K_DOWN:
    case 'j':
        p->top++;
        break;
    case K_UP:
    case 'k':
        p->top -= p->top > 0;
        break;
    case K_PAGE_DOWN:
    case ' ':
    case K_CTRL('d'):
        p->top += half;
        break;
    case K_PAGE_UP:
    case K_CTRL('u'):
        p->top -= p->top > half ? half : p->top;
        break;
    case K_HOME:
    case 'g':
        p->top = 0;
        break;
    case K_END:
    case 'G':
        p->top = p->lines.n;
        break;
    case 'y': {
        bool sent = term_copy(&d->tty, p->text);
        dash_say(
            d, LOOK_TEXT, "%s", sent ? _("copied") : _("this terminal takes no clipboard text"));
        break;
    }
    case K_ESC:
    case 'q':
    case K_ENTER:
    case K_CTRL('c'):
        layer_pop(d);
        break;
    default:
        break;
    }
}

void pager_open(struct dash *d, const char *title, char *text)
{
    static const struct layer_ops ops = {
        .whole = true, .draw = pager_draw, .input = pager_input, .free = pager_free};
    struct pager *p = xcalloc(1, sizeof *p);
    p->title = xstrdup(title);
    p->text = text ? text : xstrdup("");
    layer_push(d, &ops, p);
}
