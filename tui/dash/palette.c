/* The palette: acts of this screen, things by name, and every method of the relay by its words. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/bar.h"

#define OFFERS_MAX 120
#define TYPED_MAX 50 /* lines that Up brings back */

struct palette {
    struct edit edit;
    size_t at;   /* the chosen offer */
    size_t back; /* lines back in what was typed before; 0: the new one */
};

enum offer_kind { OFFER_ACT, OFFER_THING, OFFER_METHOD };
struct offer {
    enum offer_kind kind;
    enum act act;
    enum screen_id to; /* of a thing */
    const struct method *method;
    char *words;         /* "account test", "key ci" */
    const char *subject; /* of a thing; borrowed from the model */
    const char *text;
};
struct offers {
    struct offer v[OFFERS_MAX];
    size_t n;
};

static bool fits(const char *words, const char *typed)
{
    return strcasestr(words, typed) != NULL;
}

static void offer(struct offers *o, const struct offer *new, const char *typed)
{
    if (o->n == OFFERS_MAX || !fits(new->words, typed)) {
        free(new->words);
        return;
    }
    o->v[o->n++] = *new;
}

static int by_name(const void *a, const void *b)
{
    const char *x = json_str(*(const cJSON *const *)a, "name"),
               *y = json_str(*(const cJSON *const *)b, "name");
    return strcmp(x ? x : "", y ? y : "");
}

static void offer_things(struct offers *o, const struct row_set *s, const char *noun,
    enum screen_id to, const char *typed)
{
    const cJSON **v = xcalloc(s->n + 1, sizeof *v);
    for (size_t i = 0; i < s->n; i++)
        v[i] = s->v[i];
    /* The rows themselves are in the order of ids, which says nothing to people. */
    qsort(v, s->n, sizeof *v, by_name);
    for (size_t i = 0; i < s->n && o->n < OFFERS_MAX; i++) {
        const char *name = json_str(v[i], "name"), *state = json_str(v[i], "state");
        if (name)
            offer(o,
                &(struct offer){.kind = OFFER_THING,
                    .to = to,
                    .words = xasprintf("%s %s", noun, name),
                    .subject = name,
                    .text = state ? state : ""},
                typed);
    }
    free(v);
}

static void offer_acts(struct dash *d, struct offers *o, const char *typed)
{
    size_t n;
    const struct key_row *rows = key_rows(&d->opt.keys, &n);
    for (size_t i = 0; i < n; i++) {
        if (!(rows[i].on & (1u << d->at)) || rows[i].act == ACT_PALETTE)
            continue;
        const char *words = rows[i].words ? rows[i].words : rows[i].help;
        offer(o,
            &(struct offer){.act = rows[i].act, .words = xstrdup(words), .text = _(rows[i].help)},
            typed);
    }
}

static bool offered(const struct offers *o, const char *words)
{
    for (size_t i = 0; i < o->n; i++)
        if (strcmp(o->v[i].words, words) == 0)
            return true;
    return false;
}

/* "key show alice": the words, then what they are said of. */
static bool goes_on(const char *typed, const char *words)
{
    size_t n = strlen(words);
    return strncasecmp(typed, words, n) == 0 && typed[n] == ' ';
}

static void offer_methods(struct offers *o, const char *typed)
{
    for (int i = 0; i < METHOD_COUNT && o->n < OFFERS_MAX; i++) {
        const struct method *m = method_by_id((enum method_id)i);
        const char *words = m->words ? m->words : m->wire;
        bool wire = fits(m->wire, typed) || goes_on(typed, m->wire);
        if (m->flags & M_INTERNAL || offered(o, words) ||
            !(wire || fits(words, typed) || goes_on(typed, words)))
            continue;
        o->v[o->n++] = (struct offer){
            .kind = OFFER_METHOD, .method = m, .words = xstrdup(words), .text = _(m->summary)};
    }
}

static void make_offers(struct dash *d, const char *typed, struct offers *o)
{
    o->n = 0;
    offer_acts(d, o, typed);
    offer_things(o, &d->model.keys, "key", SCREEN_KEYS, typed);
    offer_things(o, &d->model.accounts, "account", SCREEN_ACCOUNTS, typed);
    offer_methods(o, typed);
}

static void free_offers(struct offers *o)
{
    for (size_t i = 0; i < o->n; i++)
        free(o->v[i].words);
    o->n = 0;
}

static void palette_free(void *self)
{
    struct palette *p = self;
    edit_release(&p->edit);
    free(p);
}

static void palette_draw(struct dash *d, void *self, struct area body)
{
    struct palette *p = self;
    struct offers o;
    make_offers(d, p->edit.text.data, &o);
    p->at = p->at < o.n ? p->at : o.n ? o.n - 1 : 0;
    int most = body.h < 14 ? body.h : 14, rows = (int)o.n < most ? (int)o.n : most;
    int from = d->tty.h - 2 - rows;
    size_t top = p->at >= (size_t)rows && rows > 0 ? p->at - (size_t)rows + 1 : 0;
    for (int i = 0; i < rows; i++) {
        const struct offer *v = &o.v[top + (size_t)i];
        bool here = top + (size_t)i == p->at;
        enum look look = here ? LOOK_CURSOR : LOOK_TEXT;
        fill_row(&d->tty, from + i, 0, d->tty.w, look);
        put_cell(&d->tty, from + i, 2, 30, 0, look, v->words);
        put(&d->tty, from + i, 33, d->tty.w - 34, here ? look : LOOK_DIM, v->text);
    }
    bar_draw(d, &p->edit, ":");
    fill_row(&d->tty, d->tty.h - 1, 0, d->tty.w, LOOK_TEXT);
    put_keys(d, d->tty.h - 1, 1, d->tty.w - 2,
        _("Enter do it  Up Down choose, Up further: typed before  Tab complete  Esc close"));
    if (d->tty.accessible && rows > 0) {
        d->tty.cursor_y = from + (int)(p->at - top);
        d->tty.cursor_x = 2;
    }
    free_offers(&o);
}

static void remember(struct dash *d, const char *line)
{
    if (!*line)
        return;
    strlist_remove(&d->typed, line);
    strlist_add(&d->typed, line);
    if (d->typed.n > TYPED_MAX) {
        char *oldest = xstrdup(d->typed.v[0]);
        strlist_remove(&d->typed, oldest);
        free(oldest);
    }
}

/* A line that names a method and says more is for the method, whatever else is offered. */
static void palette_run(struct dash *d, struct palette *p)
{
    struct offers o;
    char *line = xstrdup(p->edit.text.data);
    make_offers(d, line, &o);
    bool any = p->at < o.n;
    struct offer chosen = any ? o.v[p->at] : (struct offer){0};
    char *subject = xstrdup(chosen.subject);
    bool more = any && chosen.kind == OFFER_METHOD &&
                (goes_on(line, chosen.words) || goes_on(line, chosen.method->wire));
    remember(d, any && !more ? chosen.words : line);
    free_offers(&o);
    layer_pop(d);
    if ((!any || more) && method_type(d, line))
        ;
    else if (!any)
        dash_say(d, LOOK_WARN, "%s", _("no such act or thing"));
    else if (chosen.kind == OFFER_ACT)
        dash_do(d, chosen.act);
    else if (chosen.kind == OFFER_THING)
        dash_show(d, chosen.to, subject);
    else
        method_open(d, chosen.method, NULL);
    free(subject);
    free(line);
}

static void palette_complete(struct dash *d, struct palette *p)
{
    struct offers o;
    make_offers(d, p->edit.text.data, &o);
    if (p->at < o.n)
        edit_set(&p->edit, o.v[p->at].words);
    free_offers(&o);
    p->at = 0;
}

/* Up goes from the first offer on to what was typed before, Down the same way back. */
static void palette_move(struct dash *d, struct palette *p, int key)
{
    if (key == K_UP && p->at > 0 && p->back == 0) {
        p->at--;
    } else if (key == K_UP && p->back < d->typed.n) {
        edit_set(&p->edit, d->typed.v[d->typed.n - ++p->back]);
        p->at = 0;
    } else if (key == K_DOWN && p->back > 0) {
        p->back--;
        edit_set(&p->edit, p->back ? d->typed.v[d->typed.n - p->back] : "");
    } else if (key == K_DOWN) {
        p->at++;
    }
}

static void palette_input(struct dash *d, void *self, const struct input *in)
{
    struct palette *p = self;
    if (in->kind == INPUT_PASTE)
        edit_paste(&p->edit, in->paste);
    if (in->kind != INPUT_KEY)
        return;
    switch (in->key) {
    case K_ESC:
    case K_CTRL('c'):
        layer_pop(d);
        break;
    case K_ENTER:
        palette_run(d, p);
        break;
    case K_TAB:
        palette_complete(d, p);
        break;
    case K_UP:
    case K_DOWN:
        palette_move(d, p, in->key);
        break;
    default:
        if (edit_key(&p->edit, in->key))
            p->at = p->back = 0;
    }
}

void palette_open(struct dash *d)
{
    static const struct layer_ops ops = {
        .draw = palette_draw, .input = palette_input, .free = palette_free};
    struct palette *p = xcalloc(1, sizeof *p);
    edit_init(&p->edit, NULL);
    layer_push(d, &ops, p);
}
