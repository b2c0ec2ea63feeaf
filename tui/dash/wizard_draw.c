/* The wizard on the screen, and its keys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/width.h"
#include "tui/dash/wizard_int.h"

static void wizard_free(void *self)
{
    struct wizard *w = self;
    form_release(&w->form);
    edit_release(&w->code);
    cJSON_Delete(w->login);
    buf_release(&w->report);
    free(w->account);
    free(w->kind);
    free(w->trouble);
    free(w->made);
    free(w);
}

static void draw_ways(struct dash *d, struct wizard *w, struct area a)
{
    const struct way *way;
    put(&d->tty, a.y, a.x + 2, a.w - 4, LOOK_TEXT,
        w->account ? _("How shall it sign in?") : _("What shall be added?"));
    area_top(&a, 2);
    size_t from = a.h > 0 && w->at >= (size_t)a.h ? w->at - (size_t)a.h + 1 : 0;
    for (int i = 0; i < a.h && (way = wizard_way(w, from + (size_t)i)); i++) {
        bool here = from + (size_t)i == w->at;
        enum look look = here ? LOOK_CURSOR : LOOK_TEXT;
        if (here) {
            fill_row(&d->tty, a.y + i, a.x, a.w, look);
            d->tty.cursor_y = a.y + i;
            d->tty.cursor_x = a.x;
        }
        put(&d->tty, a.y + i, a.x, 1, look, here ? ">" : " ");
        put_cell(&d->tty, a.y + i, a.x + 2, 17, 0, here ? look : LOOK_BOLD, way->kind);
        put_cell(&d->tty, a.y + i, a.x + 20, 12, 0, here ? look : LOOK_DIM, way->mode);
        put(&d->tty, a.y + i, a.x + 33, a.w - 34, look, _(way->text));
    }
}

/* The whole address stands there even on 24 rows; room between the parts comes last. */
static int draw_address(struct dash *d, struct wizard *w, struct area a)
{
    const char *url = json_str(w->login, "url"), *code = json_str(w->login, "user_code");
    char left[UNITS_MAX];
    bool airy = a.h > 15;
    int y = a.y, x = a.x + 1;
    int64_t end = row_time(w->login, "expires"), now = clock_now();
    put(&d->tty, y++, x, a.w - 2, LOOK_TEXT,
        _("1. Open this address in a browser on any machine, signed in as the account:"));
    y += airy;
    y += put_wrapped(
        &d->tty, (struct area){y, a.x + 3, a.h - 6, a.w - 6}, LOOK_BOLD, url ? url : "");
    y += airy;
    put_keys(d, y, x, a.w - 2, _("Ctrl-O  shows it alone, unwrapped  Ctrl-Y  copies it"));
    if (end > now)
        putf(&d->tty, y, x + 55, a.w - 57, LOOK_DIM, _("good for %s"),
            units_duration(left, end - now));
    else if (end)
        put(&d->tty, y, x + 55, a.w - 57, LOOK_BAD, _("over: Esc, again"));
    y += 1 + airy;
    if (code)
        putf(&d->tty, y++, x, a.w - 2, LOOK_TEXT, _("2. Type there this code:   %s"), code);
    return y;
}

static void draw_code(struct dash *d, struct wizard *w, int y, struct area a)
{
    struct buf b = BUF_INIT;
    int cursor = 0, cells = a.w - 14;
    bool good;
    const char *note = wizard_code_note(w, &good);
    put(&d->tty, y, a.x + 1, a.w - 2, LOOK_TEXT,
        _("2. Paste what the page shows, or the whole address you are sent to:"));
    y += a.h > 15 ? 2 : 1;
    put(&d->tty, y, a.x + 3, 5, LOOK_TEXT, _("Code"));
    put(&d->tty, y, a.x + 9, 1, LOOK_DIM, "[");
    edit_view(&w->code, cells, &b, &cursor);
    put_cell(&d->tty, y, a.x + 10, cells, 0, LOOK_FIELD, b.data);
    put(&d->tty, y, a.x + 10 + cells, 1, LOOK_DIM, "]");
    d->tty.cursor_y = y;
    d->tty.cursor_x = a.x + 10 + (cursor < cells ? cursor : cells - 1);
    if (note)
        putf(&d->tty, y + 1, a.x + 3, a.w - 4, good ? LOOK_GOOD : LOOK_WARN,
            _("%zu characters; %s"), w->code.text.len, note);
    buf_release(&b);
}

static void draw_sign_in(struct dash *d, struct wizard *w, struct area a)
{
    int y = draw_address(d, w, a);
    if (!wizard_is_device(w)) {
        draw_code(d, w, y, a);
        return;
    }
    put(&d->tty, y + 1, a.x + 1, a.w - 2, LOOK_DIM,
        _("Waiting until it is confirmed there ... this window may be left open."));
}

static void draw_check(struct dash *d, struct wizard *w, struct area a)
{
    putf(&d->tty, a.y + 1, a.x + 3, a.w - 4, LOOK_GOOD,
        _("[x] account %s is there, its credentials sealed"), w->made);
    putf(&d->tty, a.y + 3, a.x + 3, a.w - 4,
        !w->tested       ? LOOK_TEXT
        : w->report_good ? LOOK_GOOD
                         : LOOK_BAD,
        "[%s] %s",
        !w->tested       ? " "
        : w->report_good ? "x"
                         : "!",
        _("one small request through it"));
    if (!w->tested)
        put(&d->tty, a.y + 5, a.x + 7, a.w - 8, LOOK_DIM, _("under way ..."));
    put_wrapped(&d->tty, (struct area){a.y + 5, a.x + 7, 4, a.w - 8}, LOOK_TEXT, w->report.data);
    if (w->tested && !w->report_good)
        put(&d->tty, a.y + 10, a.x + 3, a.w - 4, LOOK_DIM,
            _("It stays as it is; T tests it again, S signs it in again, D removes it."));
}

static void draw_title(struct dash *d, const struct wizard *w, struct area a)
{
    static const char *const names[] = {
        N_("1 What"), N_("2 Name and place"), N_("3 Sign in"), N_("4 Check")};
    char title[120];
    snprintf(title, sizeof title, w->account ? _("Sign in %.60s again") : _("Add account%s%.60s"),
        w->account ? w->account
        : w->way   ? ": "
                   : "",
        w->way && !w->account ? w->way->kind : "");
    put_rule(&d->tty, a.y, a.x, a.w, title);
    int x = a.x + 2;
    for (int i = 0; i < 4; i++)
        x += put(&d->tty, a.y + 1, x, a.x + a.w - x,
                 i == (int)w->step  ? LOOK_BOLD
                 : i < (int)w->step ? LOOK_GOOD
                                    : LOOK_DIM,
                 _(names[i])) +
             4;
}

void wizard_draw(struct dash *d, void *self, struct area a)
{
    static const char *const keys[] = {N_("Enter choose  j k down and up  Esc leave"),
        N_("Ctrl-S next  Tab next field  Ctrl-R revert  Esc back"),
        N_("Enter finish  Ctrl-O show address  Ctrl-Y copy  Ctrl-U clear  Esc back"),
        N_("Enter to the account  Esc close")};
    struct wizard *w = self;
    draw_title(d, w, a);
    area_top(&a, 3);
    struct area low = {a.y + a.h - 3, a.x + 1, 3, a.w - 2};
    a.h -= 3;
    switch (w->step) {
    case STEP_WAY:
        draw_ways(d, w, a);
        break;
    case STEP_FORM:
        form_draw(d, &w->form, a);
        form_help(d, &w->form, (struct area){low.y + 2, low.x, 1, low.w});
        break;
    case STEP_SIGN_IN:
        draw_sign_in(d, w, a);
        break;
    case STEP_CHECK:
        draw_check(d, w, a);
        break;
    }
    if (w->trouble)
        put_wrapped(&d->tty, (struct area){low.y, low.x, 2, low.w}, LOOK_BAD, w->trouble);
    else if (w->busy && w->step != STEP_CHECK)
        put(&d->tty, low.y + 1, low.x, low.w, LOOK_DIM, _("asking the relay ..."));
    put_keys(d, d->tty.h - 1, 1, d->tty.w - 2, _(keys[w->step]));
}

/* --- keys ----------------------------------------------------------------------------------------
 */

static void way_key(struct dash *d, struct wizard *w, int key)
{
    if ((key == K_UP || key == 'k') && w->at > 0)
        w->at--;
    else if ((key == K_DOWN || key == 'j') && wizard_way(w, w->at + 1))
        w->at++;
    else if (key == K_ENTER)
        wizard_next(d, w);
}

static void form_step(struct dash *d, struct wizard *w, const struct input *in)
{
    bool last = w->form.at + 1 >= w->form.n;
    if (in->kind == INPUT_KEY && (in->key == K_CTRL('s') || (in->key == K_ENTER && last)))
        wizard_next(d, w);
    else
        form_input(d, &w->form, in);
}

static void sign_in_step(struct dash *d, struct wizard *w, const struct input *in)
{
    const char *url = json_str(w->login, "url");
    int key = in->kind == INPUT_KEY ? in->key : 0;
    if (in->kind == INPUT_PASTE)
        edit_paste(&w->code, in->paste);
    else if (key == K_ENTER)
        wizard_next(d, w);
    else if (key == K_CTRL('o') && url)
        term_alone(&d->tty, url, _("Enter goes back to crs-tui"));
    else if (key == K_CTRL('y') && url)
        dash_say(d, LOOK_TEXT, "%s",
            term_copy(&d->tty, url) ? _("copied") : _("no clipboard here: Ctrl-O shows it alone"));
    else if (key && !wizard_is_device(w))
        edit_key(&w->code, key);
}

static void wizard_input(struct dash *d, void *self, const struct input *in)
{
    struct wizard *w = self;
    if (in->kind == INPUT_KEY && (in->key == K_ESC || in->key == K_CTRL('c'))) {
        wizard_back(d, w);
        return;
    }
    switch (w->step) {
    case STEP_WAY:
        if (in->kind == INPUT_KEY)
            way_key(d, w, in->key);
        break;
    case STEP_FORM:
        form_step(d, w, in);
        break;
    case STEP_SIGN_IN:
        sign_in_step(d, w, in);
        break;
    case STEP_CHECK:
        if (in->kind == INPUT_KEY && in->key == K_ENTER)
            wizard_next(d, w);
        break;
    }
}

void wizard_open(struct dash *d, const char *account)
{
    static const struct layer_ops ops = {.whole = true,
        .draw = wizard_draw,
        .input = wizard_input,
        .tick = wizard_tick,
        .free = wizard_free};
    struct wizard *w = xcalloc(1, sizeof *w);
    const cJSON *row = rows_named(&d->model.accounts, account);
    edit_init(&w->code, NULL);
    buf_init(&w->report);
    w->account = xstrdup(account);
    w->kind = xstrdup(json_str(row, "kind"));
    layer_push(d, &ops, w);
}
