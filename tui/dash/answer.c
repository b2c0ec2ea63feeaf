/* The answer of any method: rows as a table from which the things in it can be opened, edited and
 * removed; anything else as labelled lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/width.h"
#include "tui/dash/detail.h"

#define ID "\x01" /* member that tells rows apart: no method has one of this name */
#define WIDEST 36

struct answer {
    const struct method *m;
    cJSON *params, *result;
    struct list list;
    struct column *cols;
    const cJSON *last_act; /* newest of the log of acts when the rows came */
};

/* What can be done with a row: the sister method of the same noun. */
static const struct {
    int key;
    const char *verb, *label;
} sisters[] = {{K_ENTER, "show", N_("open")}, {'e', "edit", N_("edit")},
    {'c', "create", N_("create")}, {'D', "remove", N_("remove")}, {'X', "drop", N_("drop")},
    {'U', "restore", N_("restore")}};
#define SISTERS (sizeof sisters / sizeof sisters[0])

static const struct method *sister(const struct answer *s, size_t i)
{
    char *wire = xasprintf("%.*s.%s", (int)strcspn(s->m->wire, "."), s->m->wire, sisters[i].verb);
    const struct method *m = method_by_wire(wire);
    free(wire);
    return m;
}

static void answer_free(void *self)
{
    struct answer *s = self;
    for (size_t i = 0; i < s->list.n_cols; i++)
        free((char *)s->cols[i].head);
    list_release(&s->list);
    free(s->cols);
    cJSON_Delete(s->params);
    cJSON_Delete(s->result);
    free(s);
}

/* --- columns -------------------------------------------------------------------------------------
 */

static char *head_of(const struct field *f)
{
    char *head = xstrdup(f->head ? f->head : f->name);
    for (char *p = head; !f->head && *p; p++)
        *p = *p == '_' ? ' ' : *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
    return head;
}

static int widest(struct dash *d, const struct answer *s, const struct column *c)
{
    int w = width_text(_(c->head));
    struct buf b = BUF_INIT;
    for (const cJSON *r = json_at(s->result, "items")->child; r; r = r->next) {
        buf_reset(&b);
        cell_text(d, c, r, &b);
        int cells = width_text(b.data);
        w = cells > w ? cells : w;
    }
    buf_release(&b);
    return w < WIDEST ? w : WIDEST;
}

static void make_columns(struct dash *d, struct answer *s)
{
    const struct method *m = s->m;
    size_t n = 0;
    s->cols = xcalloc(m->n_result + 1, sizeof *s->cols);
    for (size_t i = 0; i < m->n_result; i++) {
        const struct field *f = &m->result[i];
        if (!(f->flags & (FIELD_COLUMN | FIELD_WIDE)) || f->kind == F_SECRET)
            continue;
        struct column *c = &s->cols[n];
        *c = (struct column){.head = head_of(f), .path = f->name, .kind = CELL_FIELD, .field = f};
        c->rank = f->flags & FIELD_COLUMN ? (int)n : 10 + (int)n;
        c->width = widest(d, s, c);
        c->grow = f->kind == F_TEXT;
        if (strcmp(f->name, "state") == 0)
            c->look = state_look;
        n++;
    }
    /* Rows in the order in which the relay gives them. */
    list_init(&s->list, s->cols, n, ID, -1);
}

/* --- rows ----------------------------------------------------------------------------------------
 */

static struct list *answer_list(void *self)
{
    return &((struct answer *)self)->list;
}

static void refill(struct dash *d, void *self)
{
    struct answer *s = self;
    const cJSON *items = json_at(s->result, "items");
    list_begin(&s->list);
    for (const cJSON *r = items ? items->child : NULL; r; r = r->next)
        list_add(&s->list, r);
    list_end(d, &s->list, false);
}

static void take(struct dash *d, struct answer *s, const cJSON *result)
{
    static const char *const names[] = {"id", "name"};
    int n = 0;
    cJSON_Delete(s->result);
    s->result = xcheck(cJSON_Duplicate(result, true));
    s->last_act = d->done.n ? ring_at(&d->done, d->done.n - 1) : NULL;
    cJSON *items = cJSON_GetObjectItemCaseSensitive(s->result, "items");
    for (cJSON *r = items ? items->child : NULL; r; r = r->next) {
        char number[24];
        const char *id = NULL;
        for (size_t i = 0; i < 2 && !id; i++)
            id = json_str(r, names[i]);
        snprintf(number, sizeof number, "%d", n++);
        json_put_str(r, ID, id ? id : number);
    }
}

static void came_again(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct answer *s = owner;
    if (fault) {
        dash_fail(d, s->m->wire, fault);
        return;
    }
    take(d, s, result);
    refill(d, s);
}

static void ask_again(struct dash *d, struct answer *s)
{
    s->last_act = d->done.n ? ring_at(&d->done, d->done.n - 1) : NULL;
    if (conn_usable(d))
        dash_call(d, s->m->wire, xcheck(cJSON_Duplicate(s->params, true)), came_again, s);
}

/* After an act the rows may differ. */
static void answer_tick(struct dash *d, void *self)
{
    struct answer *s = self;
    if (d->done.n && ring_at(&d->done, d->done.n - 1) != s->last_act)
        ask_again(d, s);
}

/* --- drawing, keys -------------------------------------------------------------------------------
 */

static void answer_draw(struct dash *d, void *self, struct area a)
{
    struct answer *s = self;
    struct buf keys = BUF_INIT;
    char name[KEY_NAME_MAX], *command = act_command(s->m, s->params);
    put_rule(&d->tty, a.y, a.x, a.w, command);
    free(command);
    area_top(&a, 1);
    if (s->list.all == 0)
        put(&d->tty, a.y + 1, a.x + 2, a.w - 2, LOOK_DIM, _("There are none."));
    else
        list_draw(d, &s->list, a);
    if (!d->message)
        putf(&d->tty, d->tty.h - 2, 1, d->tty.w - 2, LOOK_DIM, _("%zu of %zu   %s"), s->list.n,
            s->list.all, _(s->m->summary));
    for (size_t i = 0; i < SISTERS; i++)
        if (sister(s, i))
            buf_addf(&keys, "%s %s  ", key_spoken(sisters[i].key, name), _(sisters[i].label));
    buf_adds(&keys, _("Esc back  / filter  s sort  y copy  w wide  R again"));
    put_keys(d, d->tty.h - 1, 1, d->tty.w - 2, keys.data);
    buf_release(&keys);
}

/* The row's name is the first word that the sister wants. */
static void open_sister(struct dash *d, const struct answer *s, const struct method *m)
{
    const cJSON *row = list_row(&s->list);
    const char *verb = strrchr(m->wire, '.') + 1;
    bool fresh = strcmp(verb, "create") == 0;
    if (!row && !fresh) {
        dash_say(d, LOOK_WARN, "%s", _("nothing is chosen"));
        return;
    }
    cJSON *texts = xcheck(cJSON_CreateObject());
    if (!fresh && m->n_params) {
        const char *wanted = m->params[0].name,
                   *v = json_str(row, strncmp(wanted, "id", 2) == 0 ? "id" : "name");
        json_put_str(texts, wanted, v ? v : json_str(row, ID));
    }
    method_open(d, m, texts);
    cJSON_Delete(texts);
}

static void copy_row(struct dash *d, const cJSON *row)
{
    struct buf b = BUF_INIT;
    cJSON *copy = xcheck(cJSON_Duplicate(row, true));
    cJSON_DeleteItemFromObjectCaseSensitive(copy, ID);
    json_print(copy, &b);
    cJSON_Delete(copy);
    if (term_copy(&d->tty, b.data))
        dash_say(d, LOOK_GOOD, "%s", _("copied"));
    else
        term_alone(&d->tty, b.data, _("Enter goes back to crs-tui"));
    buf_release(&b);
}

static void answer_input(struct dash *d, void *self, const struct input *in)
{
    struct answer *s = self;
    int key = in->kind == INPUT_KEY ? in->key : 0;
    if (in->kind == INPUT_MOUSE && in->mouse == MOUSE_CLICK &&
        list_click_head(&s->list, in->y, in->x)) {
        refill(d, s);
        return;
    }
    if (in->kind == INPUT_MOUSE && list_row_at(&s->list, in->y) >= 0) {
        list_choose(&s->list, json_str(s->list.rows[list_row_at(&s->list, in->y)], ID));
        key = in->mouse == MOUSE_DOUBLE ? K_ENTER : 0;
    }
    if (in->kind == INPUT_MOUSE && in->mouse == MOUSE_WHEEL_DOWN)
        key = K_DOWN;
    if (in->kind == INPUT_MOUSE && in->mouse == MOUSE_WHEEL_UP)
        key = K_UP;
    for (size_t i = 0; key && i < SISTERS; i++)
        if (key == sisters[i].key && sister(s, i)) {
            open_sister(d, s, sister(s, i));
            return;
        }
    enum act a =
        key_act(&d->opt.keys, key, SCREEN_USAGE); /* where lists sort and widen, and mark nothing */
    if (a == ACT_FILTER)
        filter_open(d);
    else if (a == ACT_RETRY)
        ask_again(d, s);
    else if (a == ACT_COPY && list_row(&s->list))
        copy_row(d, list_row(&s->list));
    else if ((a == ACT_BACK || a == ACT_QUIT) && s->list.filter) {
        list_filter(&s->list, NULL);
        refill(d, s);
    } else if (a == ACT_BACK || a == ACT_QUIT || key == K_CTRL('c'))
        layer_pop(d);
    else if (a == ACT_SORT || a == ACT_SORT_REVERSE) {
        list_act(&s->list, a);
        refill(d, s);
    } else if (key)
        list_act(&s->list, a);
}

void answer_open(struct dash *d, const struct method *m, const cJSON *params, const cJSON *result)
{
    static const struct layer_ops ops = {.whole = true,
        .draw = answer_draw,
        .input = answer_input,
        .tick = answer_tick,
        .free = answer_free,
        .list = answer_list,
        .refill = refill};
    if (!cJSON_IsArray(json_at(result, "items"))) {
        struct buf b = BUF_INIT;
        char *command = act_command(m, params);
        record_print(d, m, result, &b);
        pager_open(d, command, buf_steal(&b, NULL));
        free(command);
        return;
    }
    struct answer *s = xcalloc(1, sizeof *s);
    s->m = m;
    s->params = xcheck(cJSON_Duplicate(params, true));
    take(d, s, result);
    make_columns(d, s);
    refill(d, s);
    layer_push(d, &ops, s);
}
