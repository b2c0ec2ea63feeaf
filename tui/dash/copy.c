/* The copy menu, and secrets that are shown once. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/secret.h"
#include "common/width.h"
#include "tui/dash/dash.h"

/* To the clipboard of the terminal; where that cannot be, alone on the normal screen. */
static void give(struct dash *d, const char *text)
{
    if (term_copy(&d->tty, text)) {
        dash_say(d, LOOK_GOOD, _("copied: %.60s"), text);
        return;
    }
    term_alone(&d->tty, text, _("Enter goes back to crs-tui"));
}

struct menu {
    char *kind, *name, *id, *row;
    size_t at;
};

static void menu_free(void *self)
{
    struct menu *m = self;
    free(m->kind);
    free(m->name);
    free(m->id);
    free(m->row);
    free(m);
}

static char *command_of(const struct menu *m)
{
    static const char *const kinds[] = {"request", "key", "account"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(m->kind, kinds[i]) != 0)
            continue;
        char *name = text_shell_quoted(m->name);
        char *command = xasprintf("crs %s show %s", m->kind, name);
        free(name);
        return command;
    }
    return NULL;
}

static const struct {
    char letter;
    const char *what;
} choices[] = {
    {'n', N_("name")}, {'i', N_("id")}, {'j', N_("the row as JSON")}, {'c', N_("the crs command")}};
#define CHOICES (sizeof choices / sizeof choices[0])

static void menu_draw(struct dash *d, void *self, struct area body)
{
    struct menu *m = self;
    int from = d->tty.h - 2 - (int)CHOICES;
    (void)body;
    put_rule(&d->tty, from - 1, 0, d->tty.w, m->name);
    for (size_t i = 0; i < CHOICES; i++) {
        enum look look = i == m->at ? LOOK_CURSOR : LOOK_TEXT;
        fill_row(&d->tty, from + (int)i, 0, d->tty.w, look);
        putf(&d->tty, from + (int)i, 1, d->tty.w - 2, look, "%c  %s", choices[i].letter,
            _(choices[i].what));
    }
    fill_row(&d->tty, d->tty.h - 2, 0, d->tty.w, LOOK_TEXT);
    fill_row(&d->tty, d->tty.h - 1, 0, d->tty.w, LOOK_TEXT);
    put_keys(d, d->tty.h - 1, 1, d->tty.w - 2, _("Enter copy  j k choose  Esc close"));
    d->tty.cursor_y = from + (int)m->at;
    d->tty.cursor_x = 1;
}

static void menu_take(struct dash *d, struct menu *m, size_t i)
{
    char *command = command_of(m);
    const char *texts[CHOICES] = {m->name, m->id, m->row, command};
    char *text = xstrdup(texts[i]);
    free(command);
    layer_pop(d);
    if (text)
        give(d, text);
    else
        dash_say(d, LOOK_WARN, "%s", _("there is no such thing to copy here"));
    free(text);
}

static void menu_input(struct dash *d, void *self, const struct input *in)
{
    struct menu *m = self;
    if (in->kind != INPUT_KEY)
        return;
    for (size_t i = 0; i < CHOICES; i++)
        if (in->key == choices[i].letter) {
            menu_take(d, m, i);
            return;
        }
    if (in->key == K_ESC || in->key == 'q' || in->key == K_CTRL('c'))
        layer_pop(d);
    else if (in->key == K_ENTER)
        menu_take(d, m, m->at);
    else if (in->key == K_UP || in->key == 'k')
        m->at -= m->at > 0;
    else if (in->key == K_DOWN || in->key == 'j')
        m->at += m->at + 1 < CHOICES;
}

void copy_open(struct dash *d)
{
    static const struct layer_ops ops = {.draw = menu_draw, .input = menu_input, .free = menu_free};
    const char *kind = "", *name = NULL;
    struct list *l = dash_list(d);
    const cJSON *row = l ? list_row(l) : NULL;
    bool any = d->ops[d->at]->subject && d->ops[d->at]->subject(d->screen[d->at], &kind, &name);
    if (!any) {
        dash_say(d, LOOK_WARN, "%s", _("nothing is chosen that could be copied"));
        return;
    }
    struct menu *m = xcalloc(1, sizeof *m);
    struct buf b = BUF_INIT;
    if (row)
        json_print(row, &b);
    m->kind = xstrdup(kind);
    m->name = xstrdup(name);
    m->id = xstrdup(json_str(row, "id"));
    m->row = row ? buf_steal(&b, NULL) : NULL;
    layer_push(d, &ops, m);
}

/* --- a secret, once ------------------------------------------------------------------------------
 */

struct once {
    char *title, *secret;
    struct strlist env;
    bool again;
};

static void once_free(void *self)
{
    struct once *o = self;
    free(o->title);
    secret_free(o->secret);
    for (size_t i = 0; i < o->env.n; i++)
        explicit_bzero(o->env.v[i], strlen(o->env.v[i]));
    strlist_release(&o->env);
    free(o);
}

static void once_draw(struct dash *d, void *self, struct area a)
{
    struct once *o = self;
    put_rule(&d->tty, a.y, a.x, a.w, o->title);
    area_top(&a, 2);
    put(&d->tty, a.y, a.x + 2, a.w - 4, o->again ? LOOK_TEXT : LOOK_WARN,
        o->again ? _("The relay keeps this one: it can be shown again.")
                 : _("This is shown once and cannot be fetched again."));
    area_top(&a, 2);
    put(&d->tty, a.y, a.x + 4, a.w - 4, LOOK_BOLD, o->secret);
    area_top(&a, 2);
    if (o->env.n)
        put(&d->tty, a.y, a.x + 2, a.w - 4, LOOK_DIM, _("For the shell of who uses it:"));
    area_top(&a, 1);
    for (size_t i = 0; i < o->env.n && (int)i < a.h; i++)
        put(&d->tty, a.y + (int)i, a.x + 4, a.w - 4, LOOK_TEXT, o->env.v[i]);
    put_keys(d, d->tty.h - 1, 1, d->tty.w - 2,
        _("y copy the secret  e copy the lines  Ctrl-O alone on the screen  Esc close"));
}

static void once_input(struct dash *d, void *self, const struct input *in)
{
    struct once *o = self;
    if (in->kind != INPUT_KEY)
        return;
    if (in->key == 'y') {
        bool sent = term_copy(&d->tty, o->secret);
        dash_say(
            d, LOOK_TEXT, "%s", sent ? _("copied") : _("no clipboard here: Ctrl-O shows it alone"));
    } else if (in->key == 'e') {
        char *all = strlist_join(&o->env, "\n");
        bool sent = term_copy(&d->tty, all);
        dash_say(
            d, LOOK_TEXT, "%s", sent ? _("copied") : _("no clipboard here: Ctrl-O shows it alone"));
        secret_free(all);
    } else if (in->key == K_CTRL('o')) {
        term_alone(&d->tty, o->secret, _("Enter goes back to crs-tui"));
    } else if (in->key == K_ESC || in->key == 'q') {
        layer_pop(d);
    }
}

void secret_open(struct dash *d, const struct secret_shown *shown)
{
    static const struct layer_ops ops = {
        .whole = true, .draw = once_draw, .input = once_input, .free = once_free};
    struct once *o = xcalloc(1, sizeof *o);
    o->title = shown->title ? xasprintf(_("The secret of key %s"), shown->title)
                            : xstrdup(_("The token of the HTTP admin"));
    o->secret = xstrdup(shown->secret);
    o->again = shown->again;
    for (const cJSON *e = cJSON_IsArray(shown->env) ? shown->env->child : NULL; e; e = e->next)
        if (cJSON_IsString(e))
            strlist_add(&o->env, e->valuestring);
    layer_push(d, &ops, o);
}
