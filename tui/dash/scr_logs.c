/* The log as it comes, and the audit: what was changed by whom. Level and area are chosen at the
 * relay, so that debug lines cost nothing unless somebody looks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/export.h"

#define TAIL_LINES 500
#define AUDIT_ROWS 500
#define WRITTEN_MS 300 /* from the word of a change to its row in the audit, amply */

static const char *const levels[] = {"error", "warn", "info", "debug", "trace"};
enum { LEVELS = 5, LEVEL_USUAL = 2 };

struct logs {
    struct list log, audit;
    bool is_audit, wrap, asked, stopped;
    int level, area;   /* area -1: all */
    cJSON *rows;       /* of the audit, each with an id made of what it says */
    unsigned audit_of; /* revision of the changes that the rows are of */
    int64_t audit_due; /* monotonic ms: when they are fetched anew; 0: no need */
};

static void own_change(struct dash *d, const cJSON *row, struct buf *out)
{
    const cJSON *change = json_at(row, "change");
    (void)d;
    for (const cJSON *c = cJSON_IsObject(change) ? change->child : NULL; c; c = c->next) {
        const cJSON *from = json_at(c, "from"), *to = json_at(c, "to");
        buf_addf(out, "%s%s ", out->len ? ", " : "", c->string ? c->string : "");
        if (!from && !to) { /* of a new thing: only what it is */
            json_print(c, out);
            continue;
        }
        if (from)
            json_print(from, out);
        buf_adds(out, " -> ");
        if (to)
            json_print(to, out);
    }
}

static enum look ok_look(const cJSON *row)
{
    return json_bool(row, "ok", true) ? LOOK_GOOD : LOOK_BAD;
}

static const struct column log_columns[] = {
    {.head = N_("TIME"), .path = "at", .width = 8, .kind = CELL_CLOCK},
    {.head = N_("LEVEL"), .path = "level", .width = 5, .look = state_look},
    {.head = N_("AREA"), .path = "area", .width = 8, .rank = 2},
    {.head = N_("REQUEST"), .path = "request", .width = 10, .rank = 10},
    {.head = N_("TEXT"), .path = "text", .width = 30, .grow = 1},
};
static const struct column audit_columns[] = {
    {.head = N_("TIME"), .path = "at", .width = 8, .kind = CELL_CLOCK},
    {.head = N_("WHO"), .path = "who", .width = 8},
    {.head = N_("METHOD"), .path = "method", .width = 15},
    {.head = N_("ON"), .path = "subject", .width = 20, .grow = 1},
    {.head = N_("DONE"), .path = "ok", .width = 4, .kind = CELL_YES, .look = ok_look},
    {.head = N_("CHANGE"),
        .path = NULL,
        .width = 16,
        .grow = 2,
        .kind = CELL_OWN,
        .own = own_change},
    {.head = N_("FROM"), .path = "from", .width = 8, .rank = 10},
};

static void *create(struct dash *d)
{
    struct logs *s = xcalloc(1, sizeof *s);
    (void)d;
    list_init(&s->log, log_columns, sizeof log_columns / sizeof log_columns[0], "id", -1);
    list_init(&s->audit, audit_columns, sizeof audit_columns / sizeof audit_columns[0], "id", -1);
    s->level = LEVEL_USUAL;
    s->area = -1;
    return s;
}

static void destroy(void *self)
{
    struct logs *s = self;
    if (!s)
        return;
    list_release(&s->log);
    list_release(&s->audit);
    cJSON_Delete(s->rows);
    free(s);
}

static struct list *get_list(void *self)
{
    struct logs *s = self;
    return s->is_audit ? &s->audit : &s->log;
}

/* The last line stays chosen as long as the person is on it: that is following. */
static void fill(struct dash *d, void *self, struct list *l, bool hold)
{
    struct logs *s = self;
    (void)hold;
    if (s->is_audit) {
        for (const cJSON *r = s->rows ? s->rows->child : NULL; r; r = r->next)
            list_add(l, r);
        list_end(d, l, false);
        return;
    }
    bool follows =
        !l->chosen || l->order.n == 0 || strcmp(l->chosen, l->order.v[l->order.n - 1]) == 0;
    for (size_t i = 0; i < d->model.log.n; i++)
        list_add(l, ring_at(&d->model.log, i));
    list_end(d, l, false);
    if (follows)
        list_act(l, ACT_BOTTOM);
}

/* --- asking --------------------------------------------------------------------------------------
 */

static void log_came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    (void)owner;
    if (fault) {
        dash_fail(d, "log.tail", fault);
        return;
    }
    const cJSON *items = json_at(result, "items");
    ring_clear(&d->model.log);
    for (const cJSON *r = items ? items->child : NULL; r; r = r->next)
        model_log(&d->model, r);
    d->model.rev[PART_LOG]++;
}

static const char *area_name(int i, char out[24])
{
    const struct method *m = method_by_id(M_LOG_TAIL);
    char *word = field_choice(field_find(m->params, m->n_params, "area"), (size_t)i);
    out[0] = 0;
    if (!word)
        return NULL;
    snprintf(out, 24, "%s", word);
    free(word);
    return out;
}

static void ask_log(struct dash *d, struct logs *s, bool follow)
{
    char area[24];
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_int(params, "lines", follow ? TAIL_LINES : 0);
    json_put_bool(params, "follow", follow);
    json_put_str(params, "level", levels[s->level]);
    if (s->area >= 0)
        json_put_str(params, "area", area_name(s->area, area));
    dash_call(d, "log.tail", params, follow ? log_came : NULL, s);
}

static void audit_came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct logs *s = owner;
    if (fault) {
        dash_fail(d, "audit.list", fault);
        return;
    }
    cJSON_Delete(s->rows);
    s->rows = xcheck(cJSON_Duplicate(json_at(result, "items"), true));
    for (cJSON *r = s->rows->child; r; r = r->next) {
        const char *at = json_str(r, "at"), *what = json_str(r, "method"),
                   *of = json_str(r, "subject");
        char *id = xasprintf("%s %s %s", at ? at : "", what ? what : "", of ? of : "");
        cJSON_DeleteItemFromObjectCaseSensitive(r, "id");
        json_put_str(r, "id", id);
        free(id);
    }
    dash_refill(d);
}

static void ask(struct dash *d, struct logs *s)
{
    if (!conn_usable(d))
        return;
    if (s->is_audit) {
        cJSON *params = xcheck(cJSON_CreateObject());
        json_put_int(params, "limit", AUDIT_ROWS);
        s->audit_of = d->model.rev[PART_CHANGE];
        dash_call(d, "audit.list", params, audit_came, s);
    } else {
        s->stopped = false;
        ask_log(d, s, true);
    }
}

static void enter(struct dash *d, void *self)
{
    ask(d, self);
}

/* A change that the relay tells of is in the audit as soon as it is written down. */
static void tick(struct dash *d, void *self)
{
    struct logs *s = self;
    int64_t now = clock_mono();
    if (s->is_audit && s->audit_of != d->model.rev[PART_CHANGE]) {
        s->audit_of = d->model.rev[PART_CHANGE];
        s->audit_due = s->audit_due ? s->audit_due : now + WRITTEN_MS;
    }
    if (s->is_audit && s->audit_due && now >= s->audit_due) {
        s->audit_due = 0;
        ask(d, s);
    }
}

/* Lines that nobody sees cost nothing. */
static void leave(struct dash *d, void *self)
{
    struct logs *s = self;
    if (conn_usable(d))
        ask_log(d, s, false);
}

/* --- drawing -------------------------------------------------------------------------------------
 */

static void draw_dials(struct dash *d, struct logs *s, struct area a)
{
    char area[24];
    if (s->is_audit) {
        put(&d->tty, a.y, a.x + 1, a.w, LOOK_TAB, _("[audit]"));
        put(&d->tty, a.y, a.x + 10, a.w - 10, LOOK_DIM,
            _("what was changed, by whom; v: back to the log"));
        return;
    }
    struct list *l = &s->log;
    bool last = l->n == 0 || l->at + 1 == l->n;
    putf(&d->tty, a.y, a.x + 1, a.w - 2, LOOK_TEXT, _("Level [%s] and up   Area [%s]   Text: %s"),
        levels[s->level], s->area >= 0 ? area_name(s->area, area) : _("all"),
        l->filter ? l->filter : _("all"));
    const char *word = s->stopped ? _("STOPPED") : last ? _("following") : _("G follows");
    enum look look = s->stopped ? LOOK_WARN : last ? LOOK_GOOD : LOOK_DIM;
    put(&d->tty, a.y, a.x + a.w - 11, 10, look, word);
}

static void draw_line(struct dash *d, const cJSON *row, struct area a)
{
    const char *text = json_str(row, "text"), *request = json_str(row, "request");
    put_rule(&d->tty, a.y, a.x, a.w, request ? request : NULL);
    area_top(&a, 1);
    struct buf b = BUF_INIT;
    buf_adds(&b, text ? text : "");
    if (!text)
        own_change(d, row, &b);
    put_wrapped(&d->tty, (struct area){a.y, a.x + 1, a.h, a.w - 2}, LOOK_TEXT, b.data);
    buf_release(&b);
}

static void draw(struct dash *d, void *self, struct area a)
{
    struct logs *s = self;
    struct list *l = dash_list(d);
    draw_dials(d, s, area_top(&a, 1));
    struct area line = {a.y + a.h - 5, a.x, 5, a.w};
    const cJSON *row = list_row(l);
    if (s->wrap && row)
        a.h -= 5;
    if (l->all == 0)
        put(&d->tty, a.y + 2, a.x + 2, a.w, LOOK_DIM,
            s->is_audit ? _("Nothing was changed yet.") : _("No lines of this level yet."));
    else
        list_draw(d, l, a);
    if (s->wrap && row)
        draw_line(d, row, line);
    if (!d->message)
        putf(&d->tty, d->tty.h - 2, 1, a.w - 2, LOOK_DIM, _("%zu lines, %zu shown"), l->all, l->n);
}

/* --- acts ----------------------------------------------------------------------------------------
 */

static void export_lines(struct dash *d, struct list *l)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < l->n; i++) {
        json_print(l->rows[i], &b);
        buf_addc(&b, '\n');
    }
    export_file(d, "log", "jsonl", &b);
    buf_release(&b);
}

static void open_line(struct dash *d, struct logs *s, const cJSON *row)
{
    const char *request = json_str(row, "request"), *subject = json_str(row, "subject");
    if (request) {
        request_open(d, request);
    } else if (subject && strncmp(subject, "key ", 4) == 0) {
        dash_show(d, SCREEN_KEYS, subject + 4);
    } else if (subject && strncmp(subject, "account ", 8) == 0) {
        dash_show(d, SCREEN_ACCOUNTS, subject + 8);
    } else {
        s->wrap = true;
    }
}

static bool act(struct dash *d, void *self, enum act a)
{
    struct logs *s = self;
    struct list *l = dash_list(d);
    char area[24];
    switch (a) {
    case ACT_LOG_OPEN:
        open_line(d, s, list_row(l));
        return true;
    case ACT_LOG_LEVEL:
        s->level = (s->level + 1) % LEVELS;
        s->is_audit = false;
        ask(d, s);
        return true;
    case ACT_LOG_AREA:
        s->area++;
        if (!area_name(s->area, area))
            s->area = -1;
        s->is_audit = false;
        ask(d, s);
        return true;
    case ACT_LOG_FOLLOW:
        s->stopped = !s->stopped;
        s->is_audit = false;
        if (conn_usable(d))
            ask_log(d, s, !s->stopped);
        return true;
    case ACT_LOG_AUDIT:
        s->is_audit = !s->is_audit;
        ask(d, s);
        dash_refill(d);
        return true;
    case ACT_LOG_WRAP:
        s->wrap = !s->wrap;
        return true;
    case ACT_EXPORT:
        export_lines(d, l);
        return true;
    default:
        return false;
    }
}

static bool subject(void *self, const char **kind, const char **name)
{
    struct logs *s = self;
    const cJSON *row = list_row(get_list(s));
    *kind = "line";
    *name = json_str(row, s->is_audit ? "subject" : "text");
    return *name != NULL;
}

const struct screen_ops scr_logs = {
    .create = create,
    .free = destroy,
    .enter = enter,
    .leave = leave,
    .tick = tick,
    .draw = draw,
    .act = act,
    .list = get_list,
    .fill = fill,
    .subject = subject,
};
