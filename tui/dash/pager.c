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
    char *title;
    struct strlist lines;
    size_t top;
    int page;
};

static void pager_free(void *self)
{
    struct pager *p = self;
    free(p->title);
    strlist_release(&p->lines);
    free(p);
}

static void pager_draw(struct dash *d, void *self, struct area a)
{
    struct pager *p = self;
    put_rule(&d->tty, a.y, a.x, a.w, p->title);
    area_top(&a, 1);
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
        char *all = strlist_join(&p->lines, "\n");
        bool sent = term_copy(&d->tty, all);
        dash_say(
            d, LOOK_TEXT, "%s", sent ? _("copied") : _("this terminal takes no clipboard text"));
        free(all);
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

/* Lines wrapped at the present width: what is wider goes on in the next one. */
static void add_line(struct strlist *to, const char *line, int cells)
{
    size_t n = strlen(line), from = 0;
    do {
        size_t i = from;
        int used = from ? (int)strlen(INDENT) : 0;
        while (i < n) {
            unsigned cp;
            size_t took = utf8_decode(line + i, n - i, &cp);
            if (used + width_of(cp) > cells)
                break;
            used += width_of(cp);
            i += took;
        }
        i = i == from && i < n ? i + 1 : i;
        struct buf b = BUF_INIT;
        if (from > 0) /* what goes on stands a little to the right */
            buf_adds(&b, INDENT);
        buf_add(&b, line + from, i - from);
        strlist_add(to, b.data);
        buf_release(&b);
        from = i;
    } while (from < n);
}

void pager_open(struct dash *d, const char *title, char *text)
{
    static const struct layer_ops ops = {
        .whole = true, .draw = pager_draw, .input = pager_input, .free = pager_free};
    struct pager *p = xcalloc(1, sizeof *p);
    p->title = xstrdup(title);
    for (char *line = text, *end; line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = 0;
        if (*line || end)
            add_line(&p->lines, line, d->tty.w - 2);
    }
    free(text);
    layer_push(d, &ops, p);
}
