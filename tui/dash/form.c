/* Fields of a form: from values, to values, and what keys do to them. */
#include "tui/dash/form.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"

char *field_label(const struct field *f)
{
    char *label = xstrdup(f->name);
    for (char *p = label; *p; p++)
        *p = *p == '_' ? ' ' : *p;
    return label;
}

/* --- begin ---------------------------------------------------------------------------------------
 */

/* Fixed words, or the clients that the relay tells apart; other live things are typed. */
static void take_choices(struct dash *d, struct form_row *r)
{
    const struct field *f = r->f;
    char *word;
    if (f->choices && strcmp(f->choices, "@client") == 0) {
        for (size_t i = 0; i < d->clients.n; i++)
            strlist_add(&r->choices, json_str(d->clients.v[i], "name"));
        return;
    }
    if (!f->choices || f->choices[0] == '@')
        return;
    for (size_t i = 0; (word = field_choice(f, i)); i++) {
        strlist_add(&r->choices, word);
        free(word);
    }
}

static enum form_kind kind_of(const struct form_row *r)
{
    if (r->f->kind == F_BOOL)
        return FORM_TICK;
    if (r->f->kind == F_ENUM && r->choices.n)
        return FORM_CHOICE;
    if (r->f->kind == F_LIST && r->choices.n && r->choices.n <= 12)
        return FORM_SOME;
    return FORM_TEXT;
}

void form_set(struct form_row *r, const char *text)
{
    switch (r->kind) {
    case FORM_TICK:
        r->ticked =
            strcmp(text, "yes") == 0 || strcmp(text, "on") == 0 || strcmp(text, "true") == 0;
        break;
    case FORM_CHOICE:
        r->at = 0;
        for (size_t i = 0; i < r->choices.n; i++)
            r->at = strcmp(r->choices.v[i], text) == 0 ? i : r->at;
        break;
    case FORM_SOME:
        strlist_release(&r->on);
        strlist_split(&r->on, text, ", ");
        break;
    default:
        edit_set(&r->edit, text);
    }
}

char *row_text(const struct form_row *r)
{
    switch (r->kind) {
    case FORM_TICK:
        return xstrdup(r->ticked ? "yes" : "no");
    case FORM_CHOICE:
        return xstrdup(r->choices.v[r->at]);
    case FORM_SOME:
        return strlist_join(&r->on, ", ");
    default:
        return xstrdup(r->edit.text.data);
    }
}

static void row_init(struct dash *d, struct form_row *r, const struct field *f, const cJSON *now)
{
    struct buf b = BUF_INIT;
    const cJSON *v = json_at(now, f->name);
    *r = (struct form_row){.f = f};
    take_choices(d, r);
    r->kind = kind_of(r);
    edit_init(&r->edit, NULL);
    r->edit.secret = f->kind == F_SECRET;
    r->edit.max = f->kind == F_SECRET ? PASTE_MAX : 0;
    /* What is told of a secret is at most that there is one. */
    if (v && !cJSON_IsNull(v) && f->kind != F_SECRET)
        field_edit(f, v, &b);
    else if (!now && f->dflt)
        buf_adds(&b, f->dflt);
    form_set(r, b.data);
    r->was = row_text(r);
    r->wanted = f->flags & FIELD_REQUIRED;
    buf_release(&b);
}

void form_init(struct form *f, struct dash *d, const struct method *m, const char *const *names,
    size_t n, const cJSON *now)
{
    *f = (struct form){.m = m};
    f->rows = xcalloc(names ? n : m->n_params, sizeof *f->rows);
    for (size_t i = 0; i < (names ? n : m->n_params); i++) {
        const struct field *p =
            names ? field_find(m->params, m->n_params, names[i]) : &m->params[i];
        if (p && (names || !(p->flags & (FIELD_POSITIONAL | FIELD_HIDDEN))))
            row_init(d, &f->rows[f->n++], p, now);
    }
}

void form_release(struct form *f)
{
    for (size_t i = 0; i < f->n; i++) {
        struct form_row *r = &f->rows[i];
        edit_release(&r->edit);
        strlist_release(&r->choices);
        strlist_release(&r->on);
        free(r->was);
        free(r->problem);
    }
    free(f->rows);
    *f = (struct form){0};
}

struct form_row *form_row(struct form *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->rows[i].f->name, name) == 0)
            return &f->rows[i];
    return NULL;
}

/* --- values --------------------------------------------------------------------------------------
 */

bool row_changed(const struct form_row *r)
{
    char *now = row_text(r);
    bool differs = strcmp(now, r->was) != 0;
    free(now);
    return differs;
}

bool form_changed(const struct form *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (row_changed(&f->rows[i]))
            return true;
    return false;
}

bool form_ready(const struct form *f)
{
    bool ready = true;
    for (size_t i = 0; i < f->n && ready; i++) {
        char *text = f->rows[i].wanted ? row_text(&f->rows[i]) : NULL;
        ready = !text || *text;
        free(text);
    }
    return ready;
}

void form_revert(struct form_row *r)
{
    form_set(r, r->was);
    free(r->problem);
    r->problem = NULL;
}

/* Several things are written with commas between them. */
static cJSON *value_of(struct dash *d, const struct field *f, const char *text, struct err *err)
{
    struct field one = *f;
    struct strlist words = {0};
    if (!(f->flags & FIELD_MANY))
        return field_value(f, text, d->zone, clock_now(), err);
    one.flags &= ~(unsigned)FIELD_MANY;
    cJSON *all = xcheck(cJSON_CreateArray());
    strlist_split(&words, text, ",");
    for (size_t i = 0; all && i < words.n; i++) {
        cJSON *v = field_value(&one, words.v[i], d->zone, clock_now(), err);
        if (v) {
            cJSON_AddItemToArray(all, v);
        } else {
            cJSON_Delete(all);
            all = NULL;
        }
    }
    strlist_release(&words);
    return all;
}

static cJSON *row_value(struct dash *d, struct form_row *r)
{
    struct err err;
    char *text = row_text(r);
    cJSON *v = NULL;
    free(r->problem);
    r->problem = NULL;
    if (r->wanted && !*text)
        r->problem = xstrdup(_("needed"));
    else if (!(v = value_of(d, r->f, text, &err)))
        r->problem = xasprintf("%s%s%s", err.text, err.hint[0] ? ": " : "", err.hint);
    if (r->edit.secret)
        explicit_bzero(text, strlen(text));
    free(text);
    return v;
}

cJSON *form_params(struct dash *d, struct form *f)
{
    cJSON *params = xcheck(cJSON_CreateObject());
    bool good = true;
    for (size_t i = 0; i < f->n; i++) {
        struct form_row *r = &f->rows[i];
        if (!row_changed(r) && !r->wanted)
            continue;
        cJSON *v = row_value(d, r);
        if (v)
            json_put(params, r->f->name, v);
        good = good && v;
    }
    if (good)
        return params;
    cJSON_Delete(params);
    return NULL;
}

/* --- keys ----------------------------------------------------------------------------------------
 */

static void toggle(struct form_row *r)
{
    if (r->kind == FORM_TICK) {
        r->ticked = !r->ticked;
    } else if (r->kind == FORM_CHOICE) {
        r->at = (r->at + 1) % r->choices.n;
    } else {
        const char *word = r->choices.v[r->at];
        if (strlist_has(&r->on, word))
            strlist_remove(&r->on, word);
        else
            strlist_add(&r->on, word);
    }
}

static bool row_key(struct form_row *r, int key)
{
    if (r->kind == FORM_TEXT)
        return edit_key(&r->edit, key);
    if (key == ' ') {
        toggle(r);
        return true;
    }
    if ((key == K_LEFT || key == K_RIGHT) && r->choices.n) {
        size_t n = r->choices.n;
        r->at = (r->at + (key == K_LEFT ? n - 1 : 1)) % n;
        return true;
    }
    return false;
}

static void move(struct form *f, long by)
{
    long to = (long)f->at + by, last = (long)f->n - 1;
    f->at = (size_t)(to < 0 ? 0 : to > last ? last : to);
}

static void check(struct dash *d, struct form *f)
{
    if (f->at < f->n && row_changed(&f->rows[f->at]))
        cJSON_Delete(row_value(d, &f->rows[f->at]));
}

static bool form_key(struct dash *d, struct form *f, int key)
{
    switch (key) {
    case K_TAB:
    case K_DOWN:
    case K_ENTER:
        check(d, f);
        if (key == K_TAB && f->at + 1 == f->n)
            f->at = 0;
        else
            move(f, 1);
        return true;
    case K_BACK_TAB:
    case K_UP:
        check(d, f);
        move(f, -1);
        return true;
    case K_PAGE_DOWN:
        check(d, f);
        move(f, f->page > 1 ? f->page - 1 : 1);
        return true;
    case K_PAGE_UP:
        check(d, f);
        move(f, f->page > 1 ? 1 - f->page : -1);
        return true;
    case K_CTRL('r'):
        form_revert(&f->rows[f->at]);
        f->changed = clock_mono();
        return true;
    default:
        if (!row_key(&f->rows[f->at], key))
            return false;
        f->changed = clock_mono();
        return true;
    }
}

bool form_input(struct dash *d, struct form *f, const struct input *in)
{
    if (f->n == 0)
        return false;
    struct form_row *r = &f->rows[f->at];
    if (in->kind == INPUT_PASTE && r->kind == FORM_TEXT) {
        edit_paste(&r->edit, in->paste);
        f->changed = clock_mono();
        return true;
    }
    return in->kind == INPUT_KEY && form_key(d, f, in->key);
}
