/* Forms over a method: keys and accounts, new and edited, with the relay's dry run as warnings
 * while one types, and the same as a command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/form.h"

#define DRY_AFTER 400 /* ms after the last change */

struct sheet {
    struct form form;
    char *title, *name; /* name: of what is edited; NULL: a new thing */
    cJSON *record;      /* as it was; NULL: not here yet */
    enum method_id show;
    char *effect; /* what the dry run said */
    bool effect_bad, saving;
};

static void sheet_free(void *self)
{
    struct sheet *s = self;
    form_release(&s->form);
    free(s->title);
    free(s->name);
    cJSON_Delete(s->record);
    free(s->effect);
    free(s);
}

static bool is_new(const struct sheet *s)
{
    return s->name == NULL;
}

/* --- what would be sent --------------------------------------------------------------------------
 */

static cJSON *sheet_params(struct dash *d, struct sheet *s)
{
    cJSON *params = form_params(d, &s->form);
    if (!params || is_new(s))
        return params;
    cJSON *names = xcheck(cJSON_CreateArray());
    cJSON_AddItemToArray(names, xcheck(cJSON_CreateString(s->name)));
    json_put(params, "names", names);
    const cJSON *changed = json_at(s->record, "changed");
    if (changed && !cJSON_IsNull(changed))
        json_put(params, "revision", xcheck(cJSON_Duplicate(changed, true)));
    return params;
}

static void set_effect(struct sheet *s, bool bad, char *text)
{
    free(s->effect);
    s->effect = text;
    s->effect_bad = bad;
}

static void dry_came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct sheet *s = owner;
    const cJSON *items = json_at(result, "items"), *row = items ? items->child : result;
    const char *effect = json_str(row, "effect"), *why = json_str(row, "error.message");
    (void)d;
    if (fault)
        set_effect(
            s, true, xasprintf("%s%s%s", fault->text, fault->hint[0] ? "; " : "", fault->hint));
    else if (why)
        set_effect(s, true, xstrdup(why));
    else
        set_effect(s, false,
            effect ? xasprintf(_("effect: %s"), effect) : xstrdup(_("the relay would take it")));
}

static void dry_run(struct dash *d, struct sheet *s)
{
    cJSON *params = sheet_params(d, s);
    s->form.changed = 0;
    if (!params)
        return;
    json_put_bool(params, "dry_run", true);
    dash_forget(d, s);
    dash_call(d, s->form.m->wire, params, dry_came, s);
}

static void sheet_tick(struct dash *d, void *self)
{
    struct sheet *s = self;
    if (s->form.changed && clock_mono() - s->form.changed >= DRY_AFTER && !s->saving &&
        conn_usable(d) && s->record) {
        dry_run(d, s);
        d->dirty = true;
    }
}

/* --- saving --------------------------------------------------------------------------------------
 */

static void saved(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct sheet *s = owner;
    const cJSON *items = json_at(result, "items");
    const char *why = json_str(items ? items->child : NULL, "error.message"),
               *undo = json_str(result, "undo");
    cJSON *params = sheet_params(d, s);
    char *command = act_command(s->form.m, params);
    cJSON_Delete(params);
    s->saving = false;
    dash_log_act(d, command, !fault && !why, fault ? fault->text : why, NULL);
    if (fault) {
        dash_fail(d, s->form.m->wire, fault);
    } else if (why) {
        dash_say(d, LOOK_BAD, "%s", why);
    } else {
        char *secret = xstrdup(json_str(result, "secret")),
             *name = xstrdup(json_str(result, "name"));
        cJSON *env = cJSON_Duplicate(json_at(result, "env"), true);
        layer_close(d, s); /* s is gone */
        dash_say(d, LOOK_GOOD, undo ? _("saved   undo: %s") : _("saved%s"), undo ? undo : "");
        if (secret)
            secret_open(d, name, secret, env);
        if (secret)
            explicit_bzero(secret, strlen(secret));
        free(secret);
        free(name);
        cJSON_Delete(env);
    }
    free(command);
}

static void save(struct dash *d, struct sheet *s)
{
    cJSON *params = sheet_params(d, s);
    if (!params) {
        dash_say(d, LOOK_BAD, "%s", _("a field is not good yet; see the marked one"));
        return;
    }
    if (!conn_usable(d)) {
        dash_say(d, LOOK_WARN, "%s", _("the relay is away; what you typed stays here"));
        cJSON_Delete(params);
        return;
    }
    if (!is_new(s) && !form_changed(&s->form)) {
        dash_say(d, LOOK_TEXT, "%s", _("nothing is changed"));
        cJSON_Delete(params);
        return;
    }
    s->saving = true;
    dash_forget(d, s);
    dash_call(d, s->form.m->wire, params, saved, s);
}

/* --- drawing -------------------------------------------------------------------------------------
 */

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

static void add_command(struct dash *d, struct sheet *s, struct buf *b)
{
    cJSON *params = sheet_params(d, s);
    char *command = params ? act_command(s->form.m, params) : NULL;
    if (command)
        buf_adds(b, command);
    free(command);
    cJSON_Delete(params);
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
    add_command(d, s, &b);
    put_wrapped(&d->tty, (struct area){a.y + 21, a.x + 1, a.h - 21, a.w - 1}, LOOK_TEXT, b.data);
    buf_release(&b);
}

static void draw_foot(struct dash *d, struct sheet *s, struct area a)
{
    struct buf b = BUF_INIT;
    put_rule(&d->tty, a.y, a.x, a.w, NULL);
    form_help(d, &s->form, (struct area){a.y + 1, a.x + 1, 1, a.w - 2});
    add_command(d, s, &b);
    put(&d->tty, a.y + 2, a.x + 1, a.w - 2, LOOK_TEXT, b.data);
    if (s->effect)
        putf(&d->tty, a.y + 3, a.x + 1, a.w - 2, s->effect_bad ? LOOK_WARN : LOOK_GOOD, "%s %s",
            s->effect_bad ? "!" : "ok", s->effect);
    buf_release(&b);
}

static void sheet_draw(struct dash *d, void *self, struct area a)
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
        _("Ctrl-S save  Tab next  Space toggle  Ctrl-T dry run  Ctrl-R revert  Esc leave  "
          "Ctrl-Y copy the command"));
}

/* --- input ---------------------------------------------------------------------------------------
 */

static void leave_yes(struct dash *d, cJSON *params)
{
    cJSON_Delete(params);
    layer_pop(d);
}

static void leave(struct dash *d, struct sheet *s)
{
    if (!form_changed(&s->form)) {
        layer_pop(d);
        return;
    }
    question_ask(d, &(struct question){.title = _("Leave without saving?"),
                        .text = _("What you changed here is lost then."),
                        .yes = _("Leave"),
                        .answer = leave_yes});
}

static void copy_command(struct dash *d, struct sheet *s)
{
    struct buf b = BUF_INIT;
    add_command(d, s, &b);
    if (!term_copy(&d->tty, b.data))
        term_alone(&d->tty, b.data, _("Enter goes back to crs-tui"));
    else
        dash_say(d, LOOK_TEXT, "%s", _("copied"));
    buf_release(&b);
}

static void sheet_input(struct dash *d, void *self, const struct input *in)
{
    struct sheet *s = self;
    int key = in->kind == INPUT_KEY ? in->key : 0;
    if (key == K_CTRL('s'))
        save(d, s);
    else if (key == K_CTRL('t'))
        dry_run(d, s);
    else if (key == K_CTRL('y'))
        copy_command(d, s);
    else if (key == K_ESC || key == K_CTRL('c'))
        leave(d, s);
    else
        form_input(d, &s->form, in);
}

static const struct layer_ops sheet_ops = {.whole = true,
    .draw = sheet_draw,
    .input = sheet_input,
    .tick = sheet_tick,
    .free = sheet_free};

/* --- opening -------------------------------------------------------------------------------------
 */

static void fields_of(const struct method *m, const char **names, size_t *n)
{
    static const char *const left_out[] = {"revision", "tagged", "count", "names"};
    *n = 0;
    for (size_t i = 0; i < m->n_params; i++) {
        bool out = m->params[i].flags & FIELD_HIDDEN;
        for (size_t k = 0; k < sizeof left_out / sizeof left_out[0]; k++)
            out |= strcmp(m->params[i].name, left_out[k]) == 0;
        if (!out)
            names[(*n)++] = m->params[i].name;
    }
}

static void record_came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct sheet *s = owner;
    const char *names[64];
    size_t n;
    if (fault) {
        dash_fail(d, method_by_id(s->show)->wire, fault);
        layer_close(d, s);
        return;
    }
    s->record = xcheck(cJSON_Duplicate(result, true));
    fields_of(s->form.m, names, &n);
    form_init(&s->form, d, s->form.m, names, n, s->record);
}

/* title is taken. */
static void sheet_open(
    struct dash *d, enum method_id m, enum method_id show, const char *name, char *title)
{
    struct sheet *s = xcalloc(1, sizeof *s);
    const char *names[64];
    size_t n;
    s->form.m = method_by_id(m);
    s->show = show;
    s->title = title;
    s->name = xstrdup(name);
    if (!name) {
        s->record = xcheck(cJSON_CreateObject());
        fields_of(s->form.m, names, &n);
        form_init(&s->form, d, s->form.m, names, n, NULL);
    }
    layer_push(d, &sheet_ops, s);
    if (!name)
        return;
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_str(params, "name", name);
    dash_call(d, method_by_id(show)->wire, params, record_came, s);
}

void key_form_open(struct dash *d, const char *name)
{
    if (name)
        sheet_open(d, M_KEY_EDIT, M_KEY_SHOW, name, xasprintf(_("Edit key %s"), name));
    else
        sheet_open(d, M_KEY_CREATE, M_KEY_SHOW, NULL, xstrdup(_("Create a key")));
}

void account_form_open(struct dash *d, const char *name)
{
    sheet_open(d, M_ACCOUNT_EDIT, M_ACCOUNT_SHOW, name, xasprintf(_("Edit account %s"), name));
}
