/* The relay keys: a list, and the chosen one below it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/pane.h"

#define EXTEND_DAYS 30

static void own_state(struct dash *d, const cJSON *row, struct buf *out)
{
    const char *state = json_str(row, "state");
    (void)d;
    if (state && strcmp(state, "active") == 0 && json_bool(row, "over", false))
        buf_adds(out, _("OVER"));
    else if (state && strcmp(state, "expired") == 0)
        buf_adds(out, _("EXPIRED"));
    else
        buf_adds(out, state ? state : "");
}

static void own_run(struct dash *d, const cJSON *row, struct buf *out)
{
    int64_t most = json_int(row, "at_once", 0), waiting = json_int(row, "waiting", 0);
    (void)d;
    buf_addf(out, "%lld/", (long long)json_int(row, "running", 0));
    if (most > 0)
        buf_addf(out, "%lld", (long long)most);
    else
        buf_addc(out, '-');
    if (waiting > 0)
        buf_addf(out, " +%lld", (long long)waiting);
}

static void own_day(struct dash *d, const cJSON *row, struct buf *out)
{
    double most = (double)json_money(row, "daily_cost", 0);
    (void)d;
    if (most > 0)
        buf_addf(out, "%.0f%%", (double)json_money(row, "cost_today", 0) * 100 / most);
    else
        buf_addc(out, '-');
}

static const struct column columns[] = {
    {.head = N_("NAME"), .path = "name", .width = 14, .grow = 2},
    {.head = N_("STATE"),
        .path = "state",
        .width = 7,
        .kind = CELL_OWN,
        .own = own_state,
        .look = state_look},
    {.head = N_("TODAY"), .path = "cost_today", .width = 8, .kind = CELL_MONEY},
    {.head = N_("OF"), .path = "daily_cost", .width = 8, .kind = CELL_MONEY, .rank = 2},
    {.head = N_("DAY"), .path = NULL, .width = 4, .kind = CELL_INT, .own = own_day, .rank = 3},
    {.head = N_("REQS"), .path = "requests_today", .width = 6, .kind = CELL_COUNT, .rank = 1},
    {.head = N_("RUN"), .path = "running", .width = 8, .kind = CELL_OWN, .own = own_run, .rank = 1},
    {.head = N_("USED"), .path = "last_used", .width = 4, .kind = CELL_AGE, .rank = 1},
    {.head = N_("TOTAL"), .path = "cost_total", .width = 9, .kind = CELL_MONEY, .rank = 10},
    {.head = N_("EXPIRES"), .path = "expires_at", .width = 10, .rank = 11},
    {.head = N_("SECRET"), .path = "secret_tail", .width = 6, .rank = 13},
    {.head = N_("TAGS"), .path = "tags", .width = 8, .grow = 1, .kind = CELL_LIST, .rank = 4},
    {.head = N_("NOTE"), .path = "note", .width = 10, .grow = 2, .rank = 12},
};

static void *create(struct dash *d)
{
    (void)d;
    return pane_create(columns, sizeof columns / sizeof columns[0], M_KEY_SHOW);
}

static void fill(struct dash *d, void *self, struct list *l, bool hold)
{
    (void)self;
    pane_fill(d, &d->model.keys, l, hold);
}

/* --- the chosen one ------------------------------------------------------------------------------
 */

static void limit_lines(struct dash *d, struct lines *l, const cJSON *record)
{
    const cJSON *list = json_at(record, "limits");
    for (const cJSON *m = list ? list->child : NULL; m; m = m->next) {
        const char *name = json_str(m, "name");
        char used[UNITS_MAX], of[UNITS_MAX];
        bool money = name && strstr(name, "cost");
        struct buf at = BUF_INIT;
        int64_t u = money ? json_money(m, "used", 0) : json_int(m, "used", 0),
                most = money ? json_money(m, "limit", 0) : json_int(m, "limit", 0);
        char *label = xstrdup(name ? name : "");
        for (char *p = label; *p; p++)
            *p = *p == '_' ? ' ' : *p;
        moment_text(d, row_time(m, "reset"), &at);
        lines_add(l, u >= most ? LOOK_BAD : LOOK_TEXT, label,
            at.len ? _("%s of %s, new %s") : _("%s of %s%s"),
            money ? units_money(used, u) : units_count(used, u),
            money ? units_money(of, most) : units_count(of, most), at.data);
        free(label);
        buf_release(&at);
    }
}

static void setting_lines(struct dash *d, struct lines *l, const cJSON *record)
{
    static const char *const names[] = {"at_once", "in_line", "wait", "addresses", "services",
        "clients", "models", "not_models", "from", "accounts", "groups", "weight",
        "expires_after_first_use", "tags", "note"};
    const struct method *m = method_by_id(M_KEY_SHOW);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        lines_field(d, l, m, record, names[i]);
}

static void draw_detail(struct dash *d, struct pane *s, const cJSON *row, struct area a)
{
    struct lines l = {.n = 0};
    char today[UNITS_MAX], total[UNITS_MAX], title[120];
    struct buf b = BUF_INIT;
    const cJSON *full = s->detail.record;
    const char *made = json_str(full, "made_by"), *tail = json_str(row, "secret_tail");
    snprintf(title, sizeof title, "%.60s  cr_...%.8s  %.24s", json_str(row, "name"),
        tail ? tail : "", json_str(row, "id"));
    put_rule(&d->tty, a.y, a.x, a.w, title);
    area_top(&a, 1);
    lines_add(&l, LOOK_TEXT, _("today"),
        P_("%lld request  %s   total %s", "%lld requests  %s   total %s",
            json_int(row, "requests_today", 0)),
        (long long)json_int(row, "requests_today", 0),
        units_money(today, json_money(row, "cost_today", 0)),
        units_money(total, json_money(row, "cost_total", 0)));
    limit_lines(d, &l, full);
    setting_lines(d, &l, full);
    moment_text(d, row_time(row, "expires_at"), &b);
    lines_add(&l, LOOK_TEXT, _("expires"), "%s", b.data);
    buf_reset(&b);
    moment_text(d, row_time(row, "last_used"), &b);
    lines_add(&l, LOOK_TEXT, _("last used"), "%s", b.data);
    buf_reset(&b);
    moment_text(d, row_time(full, "created"), &b);
    lines_add(&l, LOOK_TEXT, _("made"), made ? _("%s by %s") : "%s%s", b.data, made ? made : "");
    buf_release(&b);
    int rows = a.h > 14 ? (int)l.n < a.h - 6 ? (int)l.n + 1 : a.h - 6 : a.h;
    lines_draw(d, area_top(&a, rows), a.w >= 76 ? 2 : 1, &l);
    recent_draw(d, a, "key", json_str(row, "name"));
    lines_release(&l);
}

static void draw_empty(struct dash *d, struct area a)
{
    int y = a.y + a.h / 3, x = a.x + (a.w > 70 ? 22 : 2);
    put(&d->tty, y, x, a.w, LOOK_BOLD, _("No keys yet."));
    put_keys(d, y + 2, x, a.w - x, _("c   creates one, and shows its secret once"));
    put(&d->tty, y + 4, x, a.w - x, LOOK_DIM, _("or  crs key create NAME --daily-cost 20"));
}

static void draw(struct dash *d, void *self, struct area a)
{
    struct pane *s = self;
    struct list *l = dash_list(d);
    const cJSON *row = list_row(l);
    size_t active = 0;
    if (l->all == 0) {
        draw_empty(d, a);
        return;
    }
    for (size_t i = 0; i < d->model.keys.n; i++) {
        const char *state = json_str(d->model.keys.v[i], "state");
        active += state && strcmp(state, "active") == 0;
    }
    int want = (int)l->n + 2, most = a.h > 14 ? a.h - 8 : a.h;
    struct area top = area_top(&a, want < most ? want : most);
    list_draw(d, l, top);
    if (row && a.h > 3)
        draw_detail(d, s, row, a);
    char head[80];
    snprintf(head, sizeof head, _("%zu keys, %zu active"), l->all, active);
    pane_sum(d, l, a, head);
}

static void tick(struct dash *d, void *self)
{
    struct pane *s = self;
    const cJSON *row = list_row(dash_list(d));
    unsigned sum = (unsigned)json_int(row, "requests_today", 0) * 8 +
                   (unsigned)json_int(row, "at_once", 0) + (unsigned)row_time(row, "expires_at");
    pane_tick(d, s, sum);
}

/* --- acts ----------------------------------------------------------------------------------------
 */

/* A key in use is removed only by who writes its name. */
static void ask_remove(struct dash *d, struct list *l)
{
    cJSON *params = pane_names(l);
    const cJSON *names = json_at(params, "names"), *row = list_row(l);
    int n = cJSON_GetArraySize(names);
    struct buf text = BUF_INIT;
    char cost[UNITS_MAX];
    bool used = clock_now() - row_time(row, "last_used") < MS_HOUR;
    const char *name = names->child ? names->child->valuestring : "";
    buf_adds(&text, _("Clients that use it get 401 from now on.\n"));
    buf_addf(&text, _("%lld requests and %s of today stay in the records.\n"),
        (long long)json_int(row, "requests_today", 0),
        units_money(cost, json_money(row, "cost_today", 0)));
    char *word = text_shell_quoted(name);
    buf_addf(&text, _("Kept for 7 days: U, or crs key restore %s"), word);
    free(word);
    char *title =
        n == 1 ? xasprintf(_("Remove key %s?"), name) : xasprintf(_("Remove %d keys?"), n);
    question_ask(d, &(struct question){.title = title,
                        .text = text.data,
                        .yes = _("Remove"),
                        .type = n == 1 && used ? name : NULL,
                        .method = M_KEY_REMOVE,
                        .params = params});
    free(title);
    buf_release(&text);
}

static void ask_rotate(struct dash *d, const char *name)
{
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_str(params, "name", name);
    json_put_int(params, "grace", 3600);
    char *title = xasprintf(_("New secret for key %s?"), name);
    question_ask(d, &(struct question){.title = title,
                        .text = _("The old secret works for one more hour.\n"
                                  "The new one is shown once, here."),
                        .yes = _("New secret"),
                        .method = M_KEY_ROTATE,
                        .params = params});
    free(title);
}

static void extend(struct dash *d, const char *name)
{
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_str(params, "name", name);
    json_put_int(params, "by", EXTEND_DAYS * MS_DAY / MS_SECOND);
    act_call(d, M_KEY_EXTEND, params);
}

static void reveal(struct dash *d, const char *name)
{
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_str(params, "name", name);
    act_call(d, M_KEY_REVEAL, params);
}

static bool act(struct dash *d, void *self, enum act a)
{
    struct list *l = dash_list(d);
    const cJSON *row = list_row(l), *bound = json_at(row, "accounts");
    const char *name = json_str(row, "name"), *state = json_str(row, "state");
    (void)self;
    switch (a) {
    case ACT_OPEN_DETAIL:
        detail_open(d, M_KEY_SHOW, name);
        return true;
    case ACT_KEY_CREATE:
        call_form_open(d, M_KEY_CREATE, NULL);
        return true;
    case ACT_KEY_EDIT:
        edit_form_open(d, M_KEY_EDIT, M_KEY_SHOW, list_names(l, "name"));
        return true;
    case ACT_KEY_PAUSE:
        act_call(
            d, state && strcmp(state, "paused") == 0 ? M_KEY_RESUME : M_KEY_PAUSE, pane_names(l));
        return true;
    case ACT_KEY_ROTATE:
        ask_rotate(d, name);
        return true;
    case ACT_KEY_EXTEND:
        extend(d, name);
        return true;
    case ACT_KEY_REMOVE:
        ask_remove(d, l);
        return true;
    case ACT_KEY_REVEAL:
        reveal(d, name);
        return true;
    case ACT_TO_ACCOUNT:
        dash_show(d, SCREEN_ACCOUNTS,
            bound && cJSON_IsString(bound->child) ? bound->child->valuestring : NULL);
        return true;
    case ACT_TO_REQUESTS:
        pane_requests(d, "key", name);
        return true;
    default:
        return false;
    }
}

static bool subject(void *self, const char **kind, const char **name)
{
    const cJSON *row = list_row(pane_list(self));
    *kind = "key";
    *name = json_str(row, "name");
    return *name != NULL;
}

const struct screen_ops scr_keys = {
    .create = create,
    .free = pane_free,
    .draw = draw,
    .tick = tick,
    .act = act,
    .list = pane_list,
    .fill = fill,
    .subject = subject,
};
