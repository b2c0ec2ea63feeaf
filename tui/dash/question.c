/* A question before something that clients notice or that is gone afterwards. The default is always
 * to keep things as they are. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/width.h"
#include "tui/dash/dash.h"
#include "tui/dash/edit.h"

struct dialog {
    char *title, *text, *yes, *type;
    void (*answer)(struct dash *d, cJSON *params);
    enum method_id method;
    cJSON *params;
    struct edit edit;
    bool on_yes;
};

static void dialog_free(void *self)
{
    struct dialog *q = self;
    free(q->title);
    free(q->text);
    free(q->yes);
    free(q->type);
    cJSON_Delete(q->params);
    edit_release(&q->edit);
    free(q);
}

static bool may(const struct dialog *q)
{
    return !q->type || strcmp(q->edit.text.data, q->type) == 0;
}

static void draw_box(struct dash *d, struct area b)
{
    for (int y = b.y; y < b.y + b.h; y++)
        fill_row(&d->tty, y, b.x, b.w, LOOK_TEXT);
    for (int x = b.x + 1; x < b.x + b.w - 1; x++) {
        put(&d->tty, b.y, x, 1, LOOK_RULE, "-");
        put(&d->tty, b.y + b.h - 1, x, 1, LOOK_RULE, "-");
    }
    for (int y = b.y; y < b.y + b.h; y++) {
        const char *edge = y == b.y || y == b.y + b.h - 1 ? "+" : "|";
        put(&d->tty, y, b.x, 1, LOOK_RULE, edge);
        put(&d->tty, y, b.x + b.w - 1, 1, LOOK_RULE, edge);
    }
}

static void draw_type(struct dash *d, struct dialog *q, struct area a)
{
    struct buf b = BUF_INIT;
    int cursor = 0, x = a.x;
    x += putf(&d->tty, a.y, x, a.w, LOOK_TEXT, _("Type %s:"), q->type) + 1;
    int cells = a.x + a.w - x - 2;
    edit_view(&q->edit, cells, &b, &cursor);
    put(&d->tty, a.y, x, 1, LOOK_TEXT, "[");
    put_cell(&d->tty, a.y, x + 1, cells, 0, LOOK_FIELD, b.data);
    put(&d->tty, a.y, x + 1 + cells, 1, LOOK_TEXT, "]");
    d->tty.cursor_y = a.y;
    d->tty.cursor_x = x + 1 + cursor;
    buf_release(&b);
}

static void dialog_draw(struct dash *d, void *self, struct area body)
{
    struct dialog *q = self;
    int w = body.w - 8 < 68 ? body.w - 8 : 68;
    w = w < 36 ? body.w : w;
    int inner = w - 6, lines = 1;
    for (const char *p = q->text; *p; p++)
        lines += *p == '\n';
    lines += width_text(q->text) / (inner > 0 ? inner : 1);
    int h = lines + (q->type ? 7 : 5);
    h = h < body.h ? h : body.h;
    struct area b = {body.y + (body.h - h) / 2, body.x + (body.w - w) / 2, h, w};
    draw_box(d, b);
    putf(&d->tty, b.y, b.x + 3, inner, LOOK_BOLD, " %s ", q->title);
    put_wrapped(&d->tty, (struct area){b.y + 1, b.x + 3, lines, inner}, LOOK_TEXT, q->text);
    if (q->type)
        draw_type(d, q, (struct area){b.y + h - 5, b.x + 3, 1, inner});
    int y = b.y + h - 2, x = b.x + 3;
    x += putf(&d->tty, y, x, inner, q->on_yes ? LOOK_TEXT : LOOK_CURSOR, "[ %s ]", _("Keep")) + 4;
    enum look look = !may(q) ? LOOK_DIM : q->on_yes ? LOOK_CURSOR : LOOK_TEXT;
    putf(&d->tty, y, x, b.x + w - 2 - x, look, "[ %s ]%s", q->yes,
        may(q) ? "" : _(" (name not yet typed)"));
    fill_row(&d->tty, d->tty.h - 1, 0, d->tty.w, LOOK_TEXT);
    put_keys(d, d->tty.h - 1, 1, d->tty.w - 2, _("Tab choose  Enter do what is marked  Esc keep"));
    if (!q->type) {
        d->tty.cursor_y = y;
        d->tty.cursor_x = q->on_yes ? x : b.x + 3;
    }
}

static void dialog_input(struct dash *d, void *self, const struct input *in)
{
    struct dialog *q = self;
    if (in->kind == INPUT_PASTE && q->type)
        edit_paste(&q->edit, in->paste);
    if (in->kind != INPUT_KEY)
        return;
    if (in->key == K_ESC || in->key == K_CTRL('c')) {
        layer_pop(d);
    } else if (in->key == K_TAB || in->key == K_BACK_TAB || in->key == K_UP || in->key == K_DOWN ||
               (!q->type && (in->key == K_LEFT || in->key == K_RIGHT))) {
        q->on_yes = !q->on_yes;
    } else if (in->key == K_ENTER && !q->on_yes) {
        layer_pop(d);
    } else if (in->key == K_ENTER && may(q)) {
        void (*answer)(struct dash *, cJSON *) = q->answer;
        enum method_id method = q->method;
        cJSON *params = q->params;
        q->params = NULL;
        layer_pop(d);
        if (answer)
            answer(d, params);
        else
            act_call(d, method, params);
    } else if (in->key == K_ENTER) {
        dash_say(d, LOOK_WARN, _("type the name '%s' first"), q->type);
    } else if (q->type) {
        edit_key(&q->edit, in->key);
    }
}

void question_ask(struct dash *d, const struct question *ask)
{
    static const struct layer_ops ops = {
        .draw = dialog_draw, .input = dialog_input, .free = dialog_free};
    struct dialog *q = xcalloc(1, sizeof *q);
    q->title = xstrdup(ask->title);
    char *command = ask->params ? act_command(method_by_id(ask->method), ask->params) : NULL;
    q->text = command ? xasprintf("%s\n%s", ask->text, command) : xstrdup(ask->text);
    free(command);
    q->method = ask->method;
    q->yes = xstrdup(ask->yes);
    q->type = xstrdup(ask->type);
    q->answer = ask->answer;
    q->params = ask->params;
    edit_init(&q->edit, NULL);
    layer_push(d, &ops, q);
}
