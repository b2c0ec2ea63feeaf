/* Forms over a method: keys and accounts, new and edited, with the relay's dry run as warnings
 * while one types, and the same as a command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/sheet_int.h"

static const struct layer_ops sheet_ops;

#define DRY_AFTER 400 /* ms after the last change */

static void sheet_free(void *self)
{
    struct sheet *s = self;
    form_release(&s->form);
    free(s->title);
    cJSON_Delete(s->names);
    cJSON_Delete(s->record);
    free(s->effect);
    free(s);
}

static bool is_new(const struct sheet *s)
{
    return s->names == NULL;
}

/* --- what would be sent --------------------------------------------------------------------------
 */

cJSON *sheet_params(struct dash *d, struct sheet *s)
{
    cJSON *params = form_params(d, &s->form);
    if (!params || is_new(s))
        return params;
    if (field_find(s->form.m->params, s->form.m->n_params, "names"))
        json_put(params, "names", xcheck(cJSON_Duplicate(s->names, true)));
    else
        json_put_str(params, "name", s->names->child->valuestring);
    const cJSON *changed = json_at(s->record, "changed");
    if (changed && !cJSON_IsNull(changed))
        json_put(params, "revision", xcheck(cJSON_Duplicate(changed, true)));
    return params;
}

void sheet_command(struct dash *d, struct sheet *s, struct buf *b)
{
    cJSON *params = sheet_params(d, s);
    char *command = params ? act_command(s->form.m, params) : NULL;
    if (command)
        buf_adds(b, command);
    free(command);
    cJSON_Delete(params);
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
    if (!params || !(s->form.m->flags & M_MUTATES)) {
        cJSON_Delete(params);
        return;
    }
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

/* An act tells what came of it, anything else shows its answer. The sheet is gone afterwards. */
static void saved(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct sheet *s = owner;
    const struct method *m = s->form.m;
    const cJSON *items = json_at(result, "items"),
                *only = items && cJSON_GetArraySize(items) == 1 ? items->child : NULL;
    const char *why = json_str(only, "error.message");
    cJSON *params = sheet_params(d, s);
    s->saving = false;
    if (fault || why) {
        char *command = act_command(m, params);
        dash_log_act(d, command, false, fault ? fault->text : why, NULL);
        free(command);
        if (fault)
            dash_fail(d, m->wire, fault);
        else
            dash_say(d, LOOK_BAD, "%s", why);
    } else {
        layer_close(d, s);
        method_answered(d, m, params, result);
    }
    cJSON_Delete(params);
}

static void send(struct dash *d, struct sheet *s, cJSON *params)
{
    s->saving = true;
    dash_forget(d, s);
    dash_call(d, s->form.m->wire, params, saved, s);
}

static void send_yes(struct dash *d, cJSON *params)
{
    struct layer *top = d->n_layers ? &d->layers[d->n_layers - 1] : NULL;
    if (top && top->ops == &sheet_ops)
        send(d, top->self, params);
    else
        cJSON_Delete(params);
}

/* What clients notice is asked about; what cannot be undone wants the name. */
static void ask(struct dash *d, struct sheet *s, cJSON *params)
{
    const struct method *m = s->form.m;
    const cJSON *name = m->n_params ? json_at(params, m->params[0].name) : NULL;
    name = cJSON_IsArray(name) ? name->child : name;
    bool destroys = m->flags & M_DESTROYS;
    question_ask(d, &(struct question){.title = _(m->summary),
                        .text = destroys ? _("It cannot be undone.") : _("Clients may notice it."),
                        .yes = _("Do it"),
                        .type = destroys && cJSON_IsString(name) ? name->valuestring : NULL,
                        .method = m->id,
                        .answer = send_yes,
                        .params = params});
}

static void save(struct dash *d, struct sheet *s)
{
    cJSON *params = sheet_params(d, s);
    const char *refused = dash_refusal(d, s->form.m->level);
    if (!params)
        dash_say(d, LOOK_BAD, "%s", _("a field is not good yet; see the marked one"));
    else if (s->saving) /* its answer may hold a secret that is shown once */
        dash_say(d, LOOK_TEXT, "%s", _("the relay is at work; a moment"));
    else if (!conn_usable(d))
        dash_say(d, LOOK_WARN, "%s", _("the relay is away; what you typed stays here"));
    else if (refused)
        dash_say(d, LOOK_WARN, "%s", refused);
    else if (!is_new(s) && !form_changed(&s->form))
        dash_say(d, LOOK_TEXT, "%s", _("nothing is changed"));
    else if (s->form.m->flags & (M_BREAKS | M_DESTROYS)) {
        ask(d, s, params);
        return;
    } else {
        send(d, s, params);
        return;
    }
    cJSON_Delete(params);
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
    sheet_command(d, s, &b);
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
    else if (key == K_CTRL('t') && !s->saving)
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

/* The names of things to edit are in the title, not in a field. */
static bool is_field(const struct sheet *s, const struct field *f)
{
    static const char *const left_out[] = {"names", "name", "tagged"};
    if (f->flags & FIELD_HIDDEN || strcmp(f->name, "revision") == 0)
        return false;
    for (size_t i = 0; !is_new(s) && i < sizeof left_out / sizeof left_out[0]; i++)
        if (strcmp(f->name, left_out[i]) == 0)
            return false;
    if (s->names && cJSON_GetArraySize(s->names) > 1 && strcmp(f->name, "rename") == 0)
        return false; /* of one thing only */
    /* One secret is shown at a time. */
    return s->form.m->id != M_KEY_CREATE || strcmp(f->name, "count") != 0;
}

/* texts: what is in the fields to begin with, by name, beside what is now; may be NULL. */
static void begin(struct dash *d, struct sheet *s, const cJSON *texts)
{
    const struct method *m = s->form.m;
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < m->n_params && n < 64; i++)
        if (is_field(s, &m->params[i]))
            names[n++] = m->params[i].name;
    form_init(&s->form, d, m, names, n, is_new(s) ? NULL : s->record);
    for (const cJSON *t = texts ? texts->child : NULL; t; t = t->next) {
        struct form_row *r = form_row(&s->form, t->string);
        if (r)
            form_set(r, t->valuestring);
        if (r && s->form.at + 1 < s->form.n && r == &s->form.rows[s->form.at])
            s->form.at++; /* what is given is not what is typed next */
    }
    s->form.changed = form_changed(&s->form) ? clock_mono() : 0;
}

static void record_came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct sheet *s = owner;
    if (fault) {
        dash_fail(d, method_by_id(s->show)->wire, fault);
        layer_close(d, s);
        return;
    }
    s->record = xcheck(cJSON_Duplicate(result, true));
    begin(d, s, NULL);
}

void edit_form_open(struct dash *d, enum method_id m, enum method_id show, cJSON *names)
{
    struct sheet *s = xcalloc(1, sizeof *s);
    const char *first = names->child ? names->child->valuestring : "";
    int n = cJSON_GetArraySize(names);
    s->form.m = method_by_id(m);
    s->show = show;
    s->names = names;
    s->title = n > 1 ? xasprintf(_("%s: %d at once, only what is filled in changes"),
                           _(s->form.m->summary), n)
                     : xasprintf("%s: %s", _(s->form.m->summary), first);
    if (n > 1) {
        s->record = xcheck(cJSON_CreateObject());
        begin(d, s, NULL);
    }
    layer_push(d, &sheet_ops, s);
    if (n > 1)
        return;
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_str(params, "name", first);
    dash_call(d, method_by_id(show)->wire, params, record_came, s);
}

void call_form_open(struct dash *d, enum method_id m, const cJSON *texts)
{
    struct sheet *s = xcalloc(1, sizeof *s);
    s->form.m = method_by_id(m);
    s->record = xcheck(cJSON_CreateObject());
    s->title = xstrdup(_(s->form.m->summary));
    begin(d, s, texts);
    bool looks = !(s->form.m->flags & (M_MUTATES | M_SECRET)) && form_ready(&s->form);
    cJSON *params = looks ? sheet_params(d, s) : NULL;
    layer_push(d, &sheet_ops, s);
    /* What only looks, and misses nothing, is not asked about. */
    if (params)
        send(d, s, params);
}
