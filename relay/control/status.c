/* The front page: how the relay is, and what wants a person. */
#include "control/view_int.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/i18n.h"

struct counts {
    int ready, limited, cooling, blocked, login, off, expired;
    bool any;
};

cJSON *totals_json(const struct core_totals *t)
{
    cJSON *o = xcheck(cJSON_CreateObject()), *today = xcheck(cJSON_CreateObject()),
          *tokens = xcheck(cJSON_CreateObject());
    json_put_int(o, "running", t->running);
    json_put_int(o, "waiting", t->waiting);
    json_put_int(o, "requests_per_minute", t->requests_last_minute);
    json_put_int(o, "errors_per_minute", t->errors_last_minute);
    json_put_money(today, "cost", t->cost_today);
    json_put_int(today, "requests", t->requests_today);
    json_put_int(today, "errors", t->errors_today);
    json_put_int(tokens, "in", t->input_today);
    json_put_int(tokens, "out", t->output_today);
    json_put_int(tokens, "cache_read", t->cache_read_today);
    json_put_int(tokens, "cache_write", t->cache_write_today);
    json_put(today, "tokens", tokens);
    json_put(o, "today", today);
    return o;
}

static void attend(cJSON *list, const char *kind, const char *id, const char *subject,
    const char *text, const char *command, const char *options)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "kind", kind);
    json_put_str(o, "id", id);
    json_put_str(o, "subject", subject);
    json_put_str(o, "text", text);
    if (command) {
        struct buf b = BUF_INIT;
        buf_adds(&b, command);
        if (subject) {
            buf_addc(&b, ' ');
            text_shell_word(&b, subject);
        }
        if (options)
            buf_addf(&b, " %s", options);
        json_put_str(o, "command", b.data);
        buf_release(&b);
    } else {
        json_put_null(o, "command");
    }
    cJSON_AddItemToArray(list, o);
}

static void attend_account(struct control *c, cJSON *list, const struct account *a,
    const struct account_live *l, int64_t now)
{
    char at[UNITS_MAX], in[UNITS_MAX], why[REASON_MAX], *text;
    if (a->off)
        return;
    reason_text(l->reason, why, sizeof why);
    if (l->health == HEALTH_LOGIN) {
        text = xasprintf(
            _("sign in again%s%s%s"), l->reason[0] ? " (" : "", why, l->reason[0] ? ")" : "");
        attend(list, "account", a->id, a->name, text, "crs account login", NULL);
    } else if (l->health == HEALTH_BLOCKED) {
        text = xasprintf(_("blocked%s%s"), l->reason[0] ? ": " : "", why);
        attend(list, "account", a->id, a->name, text, "crs account reset", NULL);
    } else if (l->health == HEALTH_LIMITED && l->until > now) {
        text = xasprintf(_("limited until %s (in %s)"), units_clock(at, c->p.zone, l->until),
            units_duration(in, l->until - now));
        attend(list, "account", a->id, a->name, text, NULL, NULL);
    } else {
        return;
    }
    cJSON *o = cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
    json_put_time(o, "since", l->since);
    json_put_time(o, "until", l->until);
    free(text);
}

static void count_account(struct counts *n, const char *state)
{
    const struct {
        const char *state;
        int *count;
    } rows[] = {{"ready", &n->ready}, {"limited", &n->limited}, {"cooling", &n->cooling},
        {"blocked", &n->blocked}, {"login", &n->login}, {"off", &n->off}, {"expired", &n->expired}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].state, state) == 0)
            ++*rows[i].count;
}

static cJSON *accounts(struct control *c, cJSON *attention, struct counts *n, int64_t now)
{
    size_t count;
    const struct account **v = core_accounts(c->p.core, &count);
    for (size_t i = 0; i < count; i++) {
        struct account_live l;
        core_account_live(c->p.core, v[i]->id, now, &l);
        n->any = true;
        count_account(n, account_state(v[i], &l, now));
        attend_account(c, attention, v[i], &l, now);
        account_unref(v[i]);
    }
    free(v);
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_int(o, "ready", n->ready);
    json_put_int(o, "limited", n->limited);
    json_put_int(o, "cooling", n->cooling);
    json_put_int(o, "blocked", n->blocked);
    json_put_int(o, "login", n->login);
    json_put_int(o, "off", n->off);
    json_put_int(o, "expired", n->expired);
    return o;
}

static void attend_key(cJSON *list, const struct key *k, const struct key_live *l)
{
    char in[UNITS_MAX];
    if (l->waiting && l->oldest_wait_ms >= MS_SECOND) {
        char *text = xasprintf(_("%d request%s in line, the oldest for %s"), l->waiting,
            l->waiting == 1 ? "" : "s", units_duration(in, l->oldest_wait_ms));
        char *more = xasprintf("--at-once %lld", (long long)k->set.at_once + l->waiting);
        attend(list, "key", k->id, k->name, text, "crs key edit", more);
        free(more);
        free(text);
    } else if (key_over(l)) {
        attend(list, "key", k->id, k->name, _("at its cost ceiling"), "crs key show", NULL);
    }
}

static cJSON *keys(struct control *c, cJSON *attention, int64_t now)
{
    static const char *const states[] = {"active", "paused", "expired", "removed"};
    int counts[4] = {0}, over = 0;
    size_t n;
    const struct key **v = core_keys(c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        const char *state = key_state(v[i], now);
        struct key_live l;
        core_key_live(c->p.core, v[i]->id, now, &l);
        for (int s = 0; s < 4; s++)
            counts[s] += strcmp(states[s], state) == 0;
        if (strcmp(state, "active") == 0) {
            over += key_over(&l);
            attend_key(attention, v[i], &l);
        }
        key_unref(v[i]);
    }
    free(v);
    cJSON *o = xcheck(cJSON_CreateObject());
    for (int s = 0; s < 4; s++)
        json_put_int(o, states[s], counts[s]);
    json_put_int(o, "over", over);
    return o;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static cJSON *first_byte(struct control *c)
{
    unsigned long n = 0, m = 0;
    struct live_view *v = c->p.live ? live_list(c->p.live, &n) : NULL;
    int64_t *ms = xcalloc(n + 1, sizeof *ms);
    for (unsigned long i = 0; i < n; i++)
        if (v[i].first_byte)
            ms[m++] = v[i].first_byte - v[i].started;
    qsort(ms, m, sizeof *ms, by_number);
    cJSON *o = m ? xcheck(cJSON_CreateObject()) : xcheck(cJSON_CreateNull());
    if (m) {
        json_put_span(o, "p50", ms[m / 2]);
        json_put_span(o, "p95", ms[m * 95 / 100]);
    }
    free(ms);
    free(v);
    return o;
}

static bool store_state(struct control *c, cJSON *o, cJSON *attention)
{
    struct err why;
    bool busy = store_busy(c->p.store, &why);
    cJSON *s = xcheck(cJSON_CreateObject());
    json_put_bool(s, "ok", !busy);
    if (busy) {
        json_put_str(s, "reason", why.text);
        attend(attention, "store", NULL, NULL, why.text, "crs doctor", NULL);
    }
    json_put(o, "store", s);
    return !busy;
}

cJSON *status_json(struct control *c, int64_t now)
{
    struct core_totals t;
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    core_totals(c->p.core, now, &t);
    struct counts n = {0};
    cJSON *o = totals_json(&t), *attention = xcheck(cJSON_CreateArray());
    bool store = store_state(c, o, attention);
    json_put_str(o, "name", host);
    char *url = control_address(c);
    json_put_str(o, "version", CRS_VERSION);
    json_put_str(o, "url", url);
    free(url);
    json_put_time(o, "started", c->p.started);
    json_put_span(o, "uptime", now > c->p.started ? now - c->p.started : 0);
    json_put(o, "accounts", accounts(c, attention, &n, now));
    json_put(o, "keys", keys(c, attention, now));
    json_put_bool(o, "healthy", store && n.ready > 0 && !c->draining);
    json_put_bool(o, "draining", c->draining);
    if (c->draining)
        attend(
            attention, "relay", NULL, NULL, _("turns new requests away"), "crs relay resume", NULL);
    if (n.ready == 0)
        attend(attention, "relay", NULL, NULL,
            n.any ? _("no account is ready") : _("there is no account"),
            n.any ? "crs account list" : "crs account add claude", NULL);
    json_put(o, "first_byte", first_byte(c));
    json_put(o, "attention", attention);
    cJSON *daemon = xcheck(cJSON_CreateObject());
    if (c->p.facts)
        c->p.facts(c->p.daemon, daemon);
    json_put_int(daemon, "control_connections", (int64_t)c->n_peers);
    json_put(o, "daemon", daemon);
    return o;
}
