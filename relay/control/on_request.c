/* request.*: those in the house out of the live list, those that ended out of the store. */
#include "control/act_int.h"
#include "control/view_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

struct listing {
    cJSON *items;
    int64_t limit;
};

static bool live_passes(
    struct order *o, const struct live_view *v, const char *key, const char *account)
{
    const char *state = order_text(o, "state");
    if (state && strcmp(state, v->state == LIVE_LINE ? "waiting" : "running") != 0)
        return false;
    int64_t since = order_time(o, "since", 0), until = order_time(o, "until", INT64_MAX);
    return (!key || strcmp(key, v->key) == 0) && (!account || strcmp(account, v->account) == 0) &&
           v->started >= since && v->started < until;
}

/* Newest first, as the rest of the list is. */
static void add_live(struct order *o, struct listing *l, const cJSON *ask)
{
    if (!o->c->p.live || order_text(o, "before") || order_int(o, "status", 0))
        return;
    unsigned long n;
    struct live_view *v = live_list(o->c->p.live, &n);
    for (unsigned long i = n; i-- > 0 && cJSON_GetArraySize(l->items) < l->limit;)
        if (live_passes(o, &v[i], json_str(ask, "key"), json_str(ask, "account")))
            cJSON_AddItemToArray(l->items, request_live_row(&v[i], o->now));
    free(v);
}

static bool listed(const cJSON *items, const char *id)
{
    for (const cJSON *r = items->child; r; r = r->next)
        if (strcmp(json_str(r, "id"), id) == 0)
            return true;
    return false;
}

static void list_came(struct order *o, void *arg, cJSON *result, const struct err *failure)
{
    struct listing *l = arg;
    const cJSON *rows = json_at(result, "items");
    if (failure) {
        cJSON_Delete(l->items);
        order_fail(o, failure);
    } else {
        int64_t n = cJSON_GetArraySize(l->items);
        for (const cJSON *r = rows ? rows->child : NULL; r && n < l->limit; r = r->next)
            /* One may have ended between the two looks. */
            if (!listed(l->items, json_str(r, "id"))) {
                cJSON_AddItemToArray(l->items, request_stored_row(o->c, r));
                n++;
            }
        order_done(o, list_result(l->items));
    }
    cJSON_Delete(result);
    free(l);
}

/* What the store is asked; -1 with the fault of a name. */
static int list_ask(struct order *o, cJSON *ask, struct err *err)
{
    const char *key = order_text(o, "key"), *account = order_text(o, "account");
    if (key) {
        const struct key *k = find_key(o->c, key, true, err);
        if (!k)
            return -1;
        json_put_str(ask, "key", k->id);
        key_unref(k);
    }
    if (account) {
        const struct account *a = find_account(o->c, account, err);
        if (!a)
            return -1;
        json_put_str(ask, "account", a->id);
        account_unref(a);
    }
    if (order_int(o, "status", 0))
        json_put_int(ask, "status", order_int(o, "status", 0));
    if (order_time(o, "since", 0))
        json_put_int(ask, "since", order_time(o, "since", 0));
    if (order_time(o, "until", 0))
        json_put_int(ask, "until", order_time(o, "until", 0));
    json_put_str(ask, "before", order_text(o, "before"));
    json_put_int(ask, "limit", order_int(o, "limit", 50));
    return 0;
}

void on_REQUEST_LIST(struct order *o)
{
    struct err err;
    cJSON *ask = xcheck(cJSON_CreateObject());
    if (list_ask(o, ask, &err) < 0) {
        cJSON_Delete(ask);
        order_fail(o, &err);
        return;
    }
    const char *state = order_text(o, "state");
    bool here = state && (strcmp(state, "running") == 0 || strcmp(state, "waiting") == 0);
    struct listing *l = xcalloc(1, sizeof *l);
    l->items = xcheck(cJSON_CreateArray());
    l->limit = order_int(o, "limit", 50);
    if (!state || here)
        add_live(o, l, ask);
    if (state && !here)
        json_put_str(ask, "outcome", state);
    if (!here) {
        order_query(o, "requests", ask, list_came, l);
        return;
    }
    cJSON_Delete(ask);
    list_came(o, l, NULL, NULL);
}

/* --- one
 * -------------------------------------------------------------------------------------------- */

static cJSON *live_one(struct order *o, const char *id)
{
    if (!o->c->p.live)
        return NULL;
    unsigned long n;
    struct live_view *v = live_list(o->c->p.live, &n);
    cJSON *row = NULL;
    for (unsigned long i = 0; i < n && !row; i++)
        if (strcmp(v[i].id, id) == 0)
            row = request_live_row(&v[i], o->now);
    free(v);
    return row;
}

/* Attempts with names for ids. */
static cJSON *attempts(struct control *c, const cJSON *stored)
{
    cJSON *list = xcheck(cJSON_CreateArray());
    for (const cJSON *a = stored ? stored->child : NULL; a; a = a->next) {
        cJSON *o = xcheck(cJSON_Duplicate(a, true));
        char *name = account_name_of(c, json_str(a, "account"));
        cJSON_DeleteItemFromObjectCaseSensitive(o, "account");
        json_put_str(o, "account", name);
        free(name);
        cJSON_AddItemToArray(list, o);
    }
    return list;
}

/* Answered, but no usage was told: 0 tokens are then no measure. */
static int64_t unmetered(const cJSON *attempts)
{
    int64_t n = 0;
    for (const cJSON *a = attempts ? attempts->child : NULL; a; a = a->next) {
        int64_t status = json_int(a, "status", 0);
        n += status >= 200 && status < 300 && !json_bool(a, "seen", true);
    }
    return n;
}

static void show_came(struct order *o, void *arg, cJSON *result, const struct err *failure)
{
    (void)arg;
    if (failure) {
        order_fail(o, failure);
    } else {
        cJSON *r = request_stored_row(o->c, result);
        cJSON_DeleteItemFromObjectCaseSensitive(r, "attempts");
        int64_t n = unmetered(json_at(result, "attempts"));
        if (n)
            json_put_int(r, "unmetered", n);
        json_put(r, "attempts", attempts(o->c, json_at(result, "attempts")));
        order_done(o, r);
    }
    cJSON_Delete(result);
}

static void ask_one(struct order *o, const char *id, order_result *next)
{
    cJSON *ask = xcheck(cJSON_CreateObject());
    json_put_str(ask, "id", id);
    order_query(o, "request", ask, next, NULL);
}

void on_REQUEST_SHOW(struct order *o)
{
    const char *id = order_text(o, "id");
    cJSON *here = live_one(o, id ? id : "");
    if (here)
        order_done(o, here);
    else
        ask_one(o, id, show_came);
}

static void why_came(struct order *o, void *arg, cJSON *result, const struct err *failure)
{
    (void)arg;
    if (failure) {
        order_fail(o, failure);
    } else {
        cJSON *row = request_stored_row(o->c, result), *r = xcheck(cJSON_CreateObject());
        static const char *const kept[] = {"id", "state", "status", "reason"};
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
            cJSON *v = cJSON_DetachItemFromObjectCaseSensitive(row, kept[i]);
            if (v)
                json_put(r, kept[i], v);
        }
        cJSON_Delete(row);
        cJSON *trail = cJSON_DetachItemFromObjectCaseSensitive(result, "trail");
        json_put(r, "trail", trail ? trail : xcheck(cJSON_CreateArray()));
        order_done(o, r);
    }
    cJSON_Delete(result);
}

/* Where it stands, as the last of its decisions so far. */
static cJSON *standing(const struct live_view *v, int64_t now)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    char text[160];
    if (v->state == LIVE_LINE)
        snprintf(text, sizeof text, "stands in line, on place %d", v->place);
    else if (v->attempts)
        snprintf(text, sizeof text, "under way, attempt %d on '%s'", v->attempts, v->account_name);
    else
        snprintf(text, sizeof text, "under way");
    json_put_int(o, "at", now > v->started ? now - v->started : 0);
    json_put_str(o, "step", live_state_name(v->state));
    json_put_str(o, "text", text);
    return o;
}

/* Of one in the house what was decided until now; NULL: it is not there. */
static cJSON *why_so_far(struct order *o, const char *id)
{
    struct live_view v;
    struct buf text = BUF_INIT;
    char *trail;
    if (!o->c->p.live || live_look(o->c->p.live, id, &v, &trail) < 0)
        return NULL;
    cJSON *r = xcheck(cJSON_CreateObject());
    buf_addf(&text, "[%s]", trail);
    free(trail);
    cJSON *list = json_parse(text.data, text.len, NULL);
    buf_release(&text);
    if (!list)
        list = xcheck(cJSON_CreateArray());
    cJSON_AddItemToArray(list, standing(&v, o->now));
    json_put_str(r, "id", v.id);
    json_put_str(r, "state", live_state_name(v.state));
    json_put(r, "trail", list);
    return r;
}

void on_REQUEST_WHY(struct order *o)
{
    const char *id = order_text(o, "id");
    cJSON *here = why_so_far(o, id ? id : "");
    if (here)
        order_done(o, here);
    else
        ask_one(o, id, why_came);
}

void on_REQUEST_CANCEL(struct order *o)
{
    const cJSON *ids = order_list(o, "ids");
    struct act *a = act_begin(o);
    for (const cJSON *v = ids ? ids->child : NULL; v; v = v->next) {
        struct err err;
        cJSON *here = live_one(o, v->valuestring),
              *row = act_row(a, v->valuestring, v->valuestring);
        if (!here || (!o->dry_run && live_cancel(o->c->p.live, v->valuestring) < 0)) {
            err_set(&err, ERR_NOT_FOUND, "no request '%.40s' is under way", v->valuestring);
            act_row_fail(a, row, &err);
        } else {
            json_put_str(row, "state", o->dry_run ? json_str(here, "state") : "cancelled");
            act_row_done(a, row);
        }
        cJSON_Delete(here);
    }
    act_end(a);
}
