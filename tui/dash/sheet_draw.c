/* A form over a method on the screen: its fields, help, changes, the dry run, the command. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "tui/dash/sheet_int.h"

static void add_changes(const struct form *f, struct buf *b)
{
    for (size_t i = 0; i < f->n; i++) {
        if (!row_changed(&f->rows[i]))
            continue;
        char *label = field_label(f->rows[i].f), *now = row_text(&f->rows[i]);
        bool secret = f->rows[i].edit.secret;
        const char *was = f->rows[i].was;
        buf_addf(b, "%s%s %s -> %s", b->len ? ", " : "", label, *was ? was : "-",
            secret ? "..."
            : *now ? now
                   : "-");
        if (secret)
            explicit_bzero(now, strlen(now));
        free(label);
        free(now);
    }
}

/* At 110 columns and more, help, changes and the command have a pane of their own. */
static void draw_side(struct dash *d, struct sheet *s, struct area a)
{
    struct buf b = BUF_INIT;
    put_rule(&d->tty, a.y, a.x, a.w, _("Help"));
    form_help(d, &s->form, (struct area){a.y + 1, a.x + 1, 4, a.w - 1});
    put_rule(&d->tty, a.y + 6, a.x, a.w, _("Changes"));
    add_changes(&s->form, &b);
    put_wrapped(&d->tty, (struct area){a.y + 7, a.x + 1, 6, a.w - 1}, LOOK_TEXT,
        b.len ? b.data : _("none yet"));
    put_rule(&d->tty, a.y + 14, a.x, a.w, _("What the relay says of it"));
    buf_reset(&b);
    if (s->effect)
        buf_addf(&b, "%s %s", s->effect_bad ? "!" : "ok", s->effect);
    put_wrapped(&d->tty, (struct area){a.y + 15, a.x + 1, 4, a.w - 1},
        s->effect_bad ? LOOK_WARN : LOOK_GOOD, b.data);
    put_rule(&d->tty, a.y + 20, a.x, a.w, _("The same as a command"));
    buf_reset(&b);
    sheet_command(d, s, &b);
    put_wrapped(&d->tty, (struct area){a.y + 21, a.x + 1, a.h - 21, a.w - 1}, LOOK_TEXT, b.data);
    buf_release(&b);
}

static void draw_foot(struct dash *d, struct sheet *s, struct area a)
{
    struct buf b = BUF_INIT;
    put_rule(&d->tty, a.y, a.x, a.w, NULL);
    form_help(d, &s->form, (struct area){a.y + 1, a.x + 1, 1, a.w - 2});
    sheet_command(d, s, &b);
    put(&d->tty, a.y + 2, a.x + 1, a.w - 2, LOOK_TEXT, b.data);
    if (s->effect)
        putf(&d->tty, a.y + 3, a.x + 1, a.w - 2, s->effect_bad ? LOOK_WARN : LOOK_GOOD, "%s %s",
            s->effect_bad ? "!" : "ok", s->effect);
    buf_release(&b);
}

void sheet_draw(struct dash *d, void *self, struct area a)
{
    struct sheet *s = self;
    put_rule(&d->tty, a.y, a.x, a.w, s->title);
    area_top(&a, 1);
    if (!s->record) {
        put(&d->tty, a.y + 1, a.x + 2, a.w - 2, LOOK_DIM, _("fetching ..."));
    } else if (a.w >= 110 && a.h >= 28) {
        struct area left = area_left(&a, 66, 2);
        form_draw(d, &s->form, left);
        draw_side(d, s, a);
    } else {
        struct area foot = {a.y + a.h - 4, a.x, 4, a.w};
        form_draw(d, &s->form, (struct area){a.y, a.x, a.h - 4, a.w});
        draw_foot(d, s, foot);
    }
    put_keys(d, d->tty.h - 1, 1, a.w + a.x - 2,
        !s->names && s->form.m->id != M_KEY_CREATE
            ? _("Ctrl-S do it  Tab next  Space toggle  Ctrl-T dry run  Ctrl-R revert  Esc leave  "
                "Ctrl-Y copy the command")
            : _("Ctrl-S save  Tab next  Space toggle  Ctrl-T dry run  Ctrl-R revert  Esc leave  "
                "Ctrl-Y copy the command"));
}
