/* The accounts: a list, and the chosen one below it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/pane.h"

static void own_run(struct dash *d, const cJSON *row, struct buf *out)
{
    int64_t most = json_int(row, "at_once", 0);
    (void)d;
    buf_addf(out, "%lld", (long long)json_int(row, "running", 0));
    if (most > 0)
        buf_addf(out, "/%lld", (long long)most);
}

/* States that want attention are in capitals: colour alone says nothing. */
static void own_state(struct dash *d, const cJSON *row, struct buf *out)
{
    const char *state = json_str(row, "state");
    (void)d;
    bool alarm = state && (strcmp(state, "ready") != 0 && strcmp(state, "off") != 0);
    for (const char *p = state ? state : ""; *p; p++)
        buf_addc(out, alarm && *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p);
}

static void own_note(struct dash *d, const cJSON *row, struct buf *out)
{
    char at[UNITS_MAX];
    const char *reason = json_str(row, "reason"), *note = json_str(row, "note"),
               *state = json_str(row, "state");
    int64_t until = row_time(row, "until");
    bool well = state && strcmp(state, "ready") == 0;
    if (!well && until > clock_now())
        buf_addf(out, _("back %.5s"), units_clock(at, d->zone, until));
    if (!well && reason)
        buf_addf(out, "%s%s", out->len ? ", " : "", reason);
    if (out->len == 0 && note)
        buf_adds(out, note);
}

static const struct column columns[] = {
    {.head = N_("NAME"), .path = "name", .width = 13, .grow = 2},
    {.head = N_("TYPE"), .path = "kind", .width = 14, .rank = 4},
    {.head = N_("STATE"),
        .path = "state",
        .width = 8,
        .kind = CELL_OWN,
        .own = own_state,
        .look = state_look},
    {.head = N_("RUN"), .path = "running", .width = 5, .kind = CELL_INT, .own = own_run},
    {.head = N_("5H"), .path = "five_hour", .width = 4, .kind = CELL_PERCENT, .rank = 1},
    {.head = N_("7D"), .path = "seven_day", .width = 4, .kind = CELL_PERCENT, .rank = 2},
    {.head = N_("TODAY"), .path = "cost_today", .width = 7, .kind = CELL_MONEY, .rank = 1},
    {.head = N_("REQS"), .path = "requests_today", .width = 6, .kind = CELL_COUNT, .rank = 11},
    {.head = N_("ERR"), .path = "errors_today", .width = 4, .kind = CELL_INT, .rank = 12},
    {.head = N_("PRIO"), .path = "priority", .width = 4, .kind = CELL_INT, .rank = 13},
    {.head = N_("GROUPS"), .path = "groups", .width = 8, .kind = CELL_LIST, .rank = 14},
    {.head = N_("USED"), .path = "last_used", .width = 4, .kind = CELL_AGE, .rank = 15},
    {.head = N_("NOTE"),
        .path = "reason",
        .width = 12,
        .grow = 3,
        .kind = CELL_OWN,
        .own = own_note,
        .rank = 3},
};

static void *create(struct dash *d)
{
    (void)d;
    return pane_create(columns, sizeof columns / sizeof columns[0], M_ACCOUNT_SHOW);
}

static void fill(struct dash *d, void *self, struct list *l, bool hold)
{
    (void)self;
    pane_fill(d, &d->model.accounts, l, hold);
}

/* --- the chosen one ------------------------------------------------------------------------------
 */

static void window_lines(struct dash *d, struct lines *l, const cJSON *record)
{
    const cJSON *list = json_at(record, "windows");
    for (const cJSON *w = list ? list->child : NULL; w; w = w->next) {
        const char *name = json_str(w, "name");
        struct buf b = BUF_INIT;
        moment_text(d, row_time(w, "reset"), &b);
        lines_add(l, LOOK_TEXT, name ? name : "", b.len ? _("%lld%% used, new at %s") : "%lld%%%s",
            (long long)json_int(w, "used", 0), b.data);
        buf_release(&b);
    }
}

static void state_lines(struct dash *d, struct lines *l, const cJSON *row)
{
    struct buf b = BUF_INIT;
    const char *reason = json_str(row, "reason");
    own_state(d, row, &b);
    if (row_time(row, "since")) {
        buf_adds(&b, _(" since "));
        moment_text(d, row_time(row, "since"), &b);
    }
    if (reason)
        buf_addf(&b, ", %s", reason);
    lines_add(l, state_look(row), _("state"), "%s", b.data);
    buf_reset(&b);
    moment_text(d, row_time(row, "until"), &b);
    lines_add(l, LOOK_TEXT, _("back at"), "%s", b.data);
    buf_reset(&b);
    moment_text(d, row_time(row, "token_expires"), &b);
    lines_add(l, LOOK_TEXT, _("token until"), "%s", b.data);
    buf_release(&b);
}

static void setting_lines(struct dash *d, struct lines *l, const cJSON *record)
{
    static const char *const names[] = {"login", "groups", "keys", "models", "not_models",
        "model_map", "proxy", "url", "region", "project", "priority", "pool", "pause_at", "reserve",
        "fair_share", "daily_cost", "sessions", "expires", "created", "note"};
    const struct method *m = method_by_id(M_ACCOUNT_SHOW);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        lines_field(d, l, m, record, names[i]);
}

static void draw_detail(struct dash *d, struct pane *s, const cJSON *row, struct area a)
{
    struct lines l = {.n = 0};
    char cost[UNITS_MAX], title[100];
    const cJSON *full = s->detail.record;
    snprintf(title, sizeof title, "%.40s  %.20s  %.20s", json_str(row, "name"),
        json_str(row, "kind"), json_str(row, "id"));
    put_rule(&d->tty, a.y, a.x, a.w, title);
    area_top(&a, 1);
    state_lines(d, &l, row);
    window_lines(d, &l, full);
    lines_add(&l, LOOK_TEXT, _("today"),
        P_("%lld request  %s  %lld errors", "%lld requests  %s  %lld errors",
            json_int(row, "requests_today", 0)),
        (long long)json_int(row, "requests_today", 0),
        units_money(cost, json_money(row, "cost_today", 0)),
        (long long)json_int(row, "errors_today", 0));
    setting_lines(d, &l, full);
    int rows = a.h > 14 ? (int)l.n < a.h - 6 ? (int)l.n + 1 : a.h - 6 : a.h;
    lines_draw(d, area_top(&a, rows), a.w >= 76 ? 2 : 1, &l);
    recent_draw(d, a, "account", json_str(row, "name"));
    lines_release(&l);
}

static void draw_empty(struct dash *d, struct area a)
{
    int y = a.y + a.h / 3, x = a.x + (a.w > 70 ? 22 : 2);
    put(&d->tty, y, x, a.w, LOOK_BOLD, _("No accounts yet."));
    put_keys(d, y + 2, x, a.w - x, _("a   adds one (Claude, Codex, Gemini, Bedrock ...)"));
    put(&d->tty, y + 4, x, a.w - x, LOOK_DIM, _("or  crs account add claude --name NAME"));
}

static void draw(struct dash *d, void *self, struct area a)
{
    struct pane *s = self;
    struct list *l = dash_list(d);
    const cJSON *row = list_row(l);
    if (l->all == 0) {
        draw_empty(d, a);
        return;
    }
    int want = (int)l->n + 2, most = a.h > 14 ? a.h - 10 : a.h;
    struct area top = area_top(&a, want < most ? want : most);
    list_draw(d, l, top);
    if (row && a.h > 4)
        draw_detail(d, s, row, a);
    char head[80];
    snprintf(head, sizeof head, _("%zu accounts, %zu ready"), l->all,
        model_accounts_in(&d->model, "ready"));
    pane_sum(d, l, a, head);
}

static void tick(struct dash *d, void *self)
{
    struct pane *s = self;
    const cJSON *row = list_row(dash_list(d));
    /* What is fetched again when it differs: not the running count, which differs all the time. */
    unsigned sum = (unsigned)json_int(row, "requests_today", 0) + (unsigned)row_time(row, "since") +
                   (unsigned)json_int(row, "priority", 0);
    pane_tick(d, s, sum);
}

/* --- acts ----------------------------------------------------------------------------------------
 */

static void ask_remove(struct dash *d, struct list *l)
{
    cJSON *params = pane_names(l);
    const cJSON *names = json_at(params, "names"), *row = list_row(l);
    int n = cJSON_GetArraySize(names);
    char *one = xasprintf(_("Remove account %s?"), names->child ? names->child->valuestring : ""),
         *many = xasprintf(_("Remove %d accounts?"), n);
    char *text = xasprintf(
        _("Its credentials are gone afterwards; what was booked stays in the usage.\n"
          "Refused while keys are bound to it.\n%lld requests run on it now, %lld today."),
        (long long)json_int(row, "running", 0), (long long)json_int(row, "requests_today", 0));
    question_ask(d, &(struct question){.title = n == 1 ? one : many,
                        .text = text,
                        .yes = _("Remove"),
                        .type = n == 1 ? names->child->valuestring : NULL,
                        .method = M_ACCOUNT_REMOVE,
                        .params = params});
    free(one);
    free(many);
    free(text);
}

static bool act(struct dash *d, void *self, enum act a)
{
    struct list *l = dash_list(d);
    const cJSON *row = list_row(l);
    const char *name = json_str(row, "name"), *state = json_str(row, "state");
    (void)self;
    switch (a) {
    case ACT_OPEN_DETAIL:
        detail_open(d, M_ACCOUNT_SHOW, name);
        return true;
    case ACT_ACCOUNT_ADD:
        wizard_open(d, NULL);
        return true;
    case ACT_ACCOUNT_LOGIN:
        wizard_open(d, name);
        return true;
    case ACT_ACCOUNT_EDIT:
        edit_form_open(d, M_ACCOUNT_EDIT, M_ACCOUNT_SHOW, list_names(l, "name"));
        return true;
    case ACT_ACCOUNT_TOGGLE:
        act_call(
            d, state && strcmp(state, "off") == 0 ? M_ACCOUNT_ON : M_ACCOUNT_OFF, pane_names(l));
        return true;
    case ACT_ACCOUNT_TEST:
        act_call(d, M_ACCOUNT_TEST, pane_names(l));
        return true;
    case ACT_ACCOUNT_RENEW:
        act_call(d, M_ACCOUNT_RENEW, pane_names(l));
        return true;
    case ACT_ACCOUNT_RESET:
        act_call(d, M_ACCOUNT_RESET, pane_names(l));
        return true;
    case ACT_ACCOUNT_REMOVE:
        ask_remove(d, l);
        return true;
    case ACT_TO_REQUESTS:
        pane_requests(d, "account", name);
        return true;
    default:
        return false;
    }
}

static bool subject(void *self, const char **kind, const char **name)
{
    const cJSON *row = list_row(pane_list(self));
    *kind = "account";
    *name = json_str(row, "name");
    return *name != NULL;
}

const struct screen_ops scr_accounts = {
    .create = create,
    .free = pane_free,
    .draw = draw,
    .tick = tick,
    .act = act,
    .list = pane_list,
    .fill = fill,
    .subject = subject,
};
