/* Connecting, subscribing, and calls with owners. */
#include "tui/dash/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/dash.h"

#define STALE_MS 3000
#define FADED_MS 5000             /* without a word: what is shown is no longer the present */
#define HELLO_MS (10 * MS_SECOND) /* a relay on this machine greets at once, or is stuck */
#define AGAIN_MS MS_SECOND        /* after a subscription that was refused */
#define STATUS_EVERY 2000         /* at most, and only when an event says that it may differ */
#define HISTORY_ROWS 1000

static void set_state(struct conn *c, enum conn_state s)
{
    if (c->state != s)
        c->since = clock_mono();
    c->state = s;
}

/* A word from the relay, of whatever kind. */
static void heard(struct conn *c)
{
    c->heard = clock_mono();
    c->heard_at = clock_now();
    if (c->state == CONN_STALE)
        set_state(c, c->asking ? CONN_SYNC : CONN_LIVE);
}

/* --- calls with an owner -------------------------------------------------------------------------
 */

struct call_note {
    struct call_note *next;
    struct dash *d;
    call_answer *answer;
    void *owner;
};

static void unlink_note(struct conn *c, struct call_note *n)
{
    struct call_note **at = &c->notes;
    while (*at && *at != n)
        at = &(*at)->next;
    if (*at)
        *at = n->next;
}

static void answered(void *arg, const cJSON *result, const struct err *failure)
{
    struct call_note *n = arg;
    struct dash *d = n->d;
    unlink_note(&d->conn, n);
    if (link_state(d->conn.link) != LINK_LOST)
        heard(&d->conn);
    d->dirty = true;
    if (n->answer)
        n->answer(d, n->owner, result, failure);
    free(n);
}

void dash_call(struct dash *d, const char *method, cJSON *params, call_answer *f, void *owner)
{
    struct err away;
    if (!conn_usable(d)) {
        err_set(&away, ERR_UNREACHABLE, _("the relay is away"));
        if (f)
            f(d, owner, NULL, &away);
        cJSON_Delete(params);
        return;
    }
    struct call_note *n = xcalloc(1, sizeof *n);
    *n = (struct call_note){.next = d->conn.notes, .d = d, .answer = f, .owner = owner};
    d->conn.notes = n;
    link_call(d->conn.link, method, params, answered, n);
    cJSON_Delete(params);
}

void dash_forget(struct dash *d, const void *owner)
{
    for (struct call_note *n = d->conn.notes; n; n = n->next)
        if (n->owner == owner)
            n->answer = NULL;
}

/* --- what comes ----------------------------------------------------------------------------------
 */

static void on_history(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    (void)owner;
    if (!fault)
        model_history(&d->model, json_at(result, "items"), clock_now());
}

static void on_clients(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    (void)owner;
    const cJSON *items = json_at(result, "items");
    for (const cJSON *r = !fault && items ? items->child : NULL; r; r = r->next) {
        cJSON *row = xcheck(cJSON_Duplicate(r, true));
        json_put_str(row, "id", json_str(r, "name"));
        rows_put(&d->clients, row);
    }
}

static void on_snapshot(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct conn *c = &d->conn;
    (void)owner;
    c->asking = false;
    if (fault) {
        c->why = *fault;
        c->retry_at = clock_mono() + AGAIN_MS;
        if (link_state(c->link) != LINK_LOST)
            dash_fail(d, "event.subscribe", fault);
        return;
    }
    model_snapshot(&d->model, result, clock_now());
    c->tries = 0;
    c->asked_status = clock_mono();
    set_state(c, CONN_LIVE);
    cJSON *ask = xcheck(cJSON_CreateObject());
    json_put_time(ask, "since", clock_now() - MS_HOUR);
    json_put_int(ask, "limit", HISTORY_ROWS);
    dash_call(d, "request.list", ask, on_history, NULL);
    if (d->clients.n == 0)
        dash_call(d, "client.list", NULL, on_clients, NULL);
    dash_refill(d);
    if (d->ops[d->at]->enter)
        d->ops[d->at]->enter(d, d->screen[d->at]);
}

static void subscribe(struct dash *d)
{
    static const char *const topics[] = {"account", "key", "request", "usage", "config", "admin"};
    if (d->conn.asking)
        return; /* its snapshot is newer than what made us ask */
    cJSON *params = xcheck(cJSON_CreateObject()), *list = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        cJSON_AddItemToArray(list, xcheck(cJSON_CreateString(topics[i])));
    json_put(params, "topics", list);
    json_put_bool(params, "snapshot", true);
    set_state(&d->conn, CONN_SYNC);
    d->conn.asking = true;
    dash_call(d, "event.subscribe", params, on_snapshot, NULL);
}

static void on_notify(void *arg, const char *method, const cJSON *params)
{
    struct dash *d = arg;
    struct conn *c = &d->conn;
    bool was_stale = c->state == CONN_STALE;
    heard(c);
    if (strcmp(method, "event") == 0 && !model_event(&d->model, params, clock_now()))
        subscribe(d);
    else if (strcmp(method, "event.lost") == 0)
        subscribe(d);
    else if (strcmp(method, "log") == 0)
        model_log(&d->model, params);
    else if (strcmp(method, "event.heartbeat") == 0) {
        /* It changes nothing on the screen, but tells how many events there were. */
        if (model_missed(&d->model, params))
            subscribe(d);
        else if (!was_stale)
            return;
    }
    d->dirty = true;
}

/* --- states --------------------------------------------------------------------------------------
 */

static enum level level_of(const cJSON *hello)
{
    const char *name = json_str(hello, "level");
    for (int l = LEVEL_NONE; name && l <= LEVEL_ADMIN; l++)
        if (strcmp(level_name((enum level)l), name) == 0)
            return (enum level)l;
    return LEVEL_READ;
}

static void open_link(struct dash *d)
{
    struct conn *c = &d->conn;
    c->tries++;
    c->asking = false;
    c->heard = clock_mono();
    c->link = link_open(&c->host, "crs-tui " CRS_VERSION, false);
    link_on_notify(c->link, on_notify, d);
}

/* A socket of this machine is tried for next to nothing: a relay that comes back is on the screen
 * within a second. An ssh is dear, and tried less and less often. */
static int64_t pause_before(const struct conn *c)
{
    static const int64_t ms[] = {250, 500, 500, 1000, 1000, 2000, 5000};
    int last = c->host.ssh ? (int)(sizeof ms / sizeof ms[0]) - 1 : 1;
    return ms[c->tries < last ? c->tries : last];
}

static void lost(struct dash *d)
{
    struct conn *c = &d->conn;
    c->why = *link_error(c->link);
    bool refused = link_refused(c->link);
    link_close(c->link);
    c->link = NULL;
    if (c->state != CONN_AWAY && c->state != CONN_CONNECTING)
        c->tries = 0;
    c->retry_at = clock_mono() + pause_before(c);
    if (refused)
        set_state(c, CONN_REFUSED);
    else
        set_state(c, d->model.have || c->tries > 8 ? CONN_AWAY : CONN_CONNECTING);
    d->dirty = true;
}

static void on_status(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    (void)owner;
    if (!fault)
        model_status(&d->model, result, clock_now());
}

static void watch(struct dash *d, int64_t now)
{
    struct conn *c = &d->conn;
    if ((c->state == CONN_LIVE || c->state == CONN_SYNC) && now - c->heard > STALE_MS) {
        set_state(c, CONN_STALE);
        d->dirty = true;
    }
    if (c->state == CONN_SYNC && !c->asking && now >= c->retry_at)
        subscribe(d);
    if (c->state == CONN_LIVE && d->model.attention_old && now - c->asked_status >= STATUS_EVERY) {
        c->asked_status = now;
        d->model.attention_old = false;
        dash_call(d, "system.status", NULL, on_status, NULL);
    }
}

/* A relay that takes the connection and says nothing is as good as away. Over ssh somebody may be
 * typing a password. */
static void watch_hello(struct conn *c, int64_t now)
{
    struct err why;
    if (link_state(c->link) != LINK_CONNECTING || c->host.ssh || now - c->heard < HELLO_MS)
        return;
    err_set(&why, ERR_UNREACHABLE, _("the relay takes the connection and does not answer"));
    link_abandon(c->link, &why);
}

void conn_tick(struct dash *d)
{
    struct conn *c = &d->conn;
    int64_t now = clock_mono();
    if (d->opt.demo)
        return;
    if (!c->link && c->state != CONN_REFUSED && now >= c->retry_at) {
        open_link(d);
        d->dirty = true;
    }
    if (!c->link)
        return;
    link_pump(c->link);
    watch_hello(c, now);
    if (link_state(c->link) == LINK_LOST) {
        lost(d);
        return;
    }
    if (link_state(c->link) == LINK_READY &&
        (c->state == CONN_CONNECTING || c->state == CONN_AWAY || c->state == CONN_REFUSED)) {
        c->level = level_of(link_hello(c->link));
        subscribe(d);
        d->dirty = true;
        link_pump(c->link);
    }
    if (link_state(c->link) == LINK_READY)
        watch(d, now);
}

int64_t conn_due(const struct dash *d, int64_t mono)
{
    const struct conn *c = &d->conn;
    int64_t due = 1000;
    if (d->opt.demo)
        return due;
    if (!c->link)
        due = c->state == CONN_REFUSED ? 1000 : c->retry_at - mono;
    else if (c->state == CONN_LIVE && d->model.attention_old)
        due = c->asked_status + STATUS_EVERY - mono;
    return due < 0 ? 0 : due > 1000 ? 1000 : due;
}

void conn_retry(struct dash *d)
{
    struct conn *c = &d->conn;
    if (c->link && link_state(c->link) == LINK_READY) {
        subscribe(d);
        return;
    }
    c->tries = 0;
    c->retry_at = 0;
    if (c->state == CONN_REFUSED)
        set_state(c, CONN_AWAY);
}

bool conn_usable(const struct dash *d)
{
    return d->conn.link && link_state(d->conn.link) == LINK_READY;
}

bool conn_old(const struct dash *d)
{
    const struct conn *c = &d->conn;
    if (d->opt.demo || c->state == CONN_CONNECTING)
        return false;
    return c->state == CONN_AWAY || c->state == CONN_REFUSED || clock_mono() - c->heard > FADED_MS;
}

/* The relay's version where it is not ours, the third number apart; NULL: the same. */
static const char *other_version(const struct conn *c)
{
    const char *theirs = c->link ? json_str(link_hello(c->link), "server") : NULL;
    const char *dot = strrchr(CRS_VERSION, '.');
    size_t n = dot ? (size_t)(dot - CRS_VERSION) + 1 : strlen(CRS_VERSION);
    return theirs && strncmp(theirs, CRS_VERSION, n) != 0 ? theirs : NULL;
}

const char *conn_word(const struct dash *d, char out[40])
{
    const struct conn *c = &d->conn;
    int s = (int)((clock_mono() - c->since) / 1000);
    const char *other = other_version(c);
    if (d->opt.demo)
        snprintf(out, 40, "%s", _("DEMO"));
    else if (c->state == CONN_CONNECTING)
        snprintf(out, 40, "%s", _("CONNECTING"));
    else if (c->state == CONN_SYNC)
        snprintf(out, 40, "%s", _("SYNC"));
    else if (c->state == CONN_STALE)
        snprintf(out, 40, _("STALE %ds"), s + STALE_MS / 1000);
    else if (c->state == CONN_AWAY)
        snprintf(out, 40, _("AWAY %02d:%02d"), s / 60 % 1000, s % 60);
    else if (c->state == CONN_REFUSED)
        snprintf(out, 40, "%s", _("OTHER VERSION"));
    else if (json_bool(d->model.status, "draining", false))
        snprintf(out, 40, _("DRAINING %lld"), (long long)json_int(d->model.status, "running", 0));
    else if (other)
        snprintf(out, 40, _("RELAY %.12s"), other);
    else
        snprintf(
            out, 40, "%s", d->opt.read_only || c->level < LEVEL_OPERATE ? _("READ") : _("LIVE"));
    return out;
}

int conn_init(struct dash *d, struct err *err)
{
    struct conn *c = &d->conn;
    *c = (struct conn){.since = clock_mono()};
    if (d->opt.demo)
        return 0;
    return host_find(d->opt.host, &c->host, err);
}

void conn_release(struct dash *d)
{
    struct conn *c = &d->conn;
    link_close(c->link);
    for (struct call_note *n = c->notes, *next; n; n = next) {
        next = n->next;
        free(n);
    }
    if (!d->opt.demo)
        host_release(&c->host);
    *c = (struct conn){0};
}
