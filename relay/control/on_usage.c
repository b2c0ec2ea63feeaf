/* usage.query and audit.list: reports of the store, with names for ids. */
#include "control/view_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

static int put_key_id(struct order *o, cJSON *ask, struct err *err)
{
    const char *name = order_text(o, "key");
    if (!name)
        return 0;
    const struct key *k = find_key(o->c, name, true, err);
    if (!k)
        return -1;
    json_put_str(ask, "key", k->id);
    key_unref(k);
    return 0;
}

static int put_account_id(struct order *o, cJSON *ask, struct err *err)
{
    const char *name = order_text(o, "account");
    if (!name)
        return 0;
    const struct account *a = find_account(o->c, name, err);
    if (!a)
        return -1;
    json_put_str(ask, "account", a->id);
    account_unref(a);
    return 0;
}

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

/* The store tells costs as exact decimals, which may be strings. */
static double dollars(const cJSON *o, const char *name)
{
    const cJSON *v = json_at(o, name);
    return cJSON_IsString(v) ? strtod(v->valuestring, NULL) : json_num(o, name, 0);
}

static cJSON *usage_row(struct control *c, const char *by, const cJSON *r, double whole)
{
    static const char *const copied[] = {"at", "cost", "requests", "input", "output", "cache_read",
        "cache_write", "tokens", "errors", "unmetered"};
    cJSON *o = xcheck(cJSON_CreateObject());
    const char *what = json_str(r, by);
    what = what ? what : "";
    bool key = strcmp(by, "key") == 0, account = strcmp(by, "account") == 0;
    char *name = key ? key_name_of(c, what) : account ? account_name_of(c, what) : xstrdup(what);
    json_put_str(o, "name", name);
    free(name);
    if (key || account)
        json_put_str(o, "id", what);
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++) {
        const cJSON *v = json_at(r, copied[i]);
        if (v)
            json_put(o, copied[i], xcheck(cJSON_Duplicate(v, true)));
    }
    json_put_percent(o, "share", share(dollars(r, "cost"), whole));
    double read = json_num(r, "cache_read", 0);
    json_put_percent(
        o, "hit", share(read, read + json_num(r, "input", 0) + json_num(r, "cache_write", 0)));
    return o;
}

static void usage_came(struct order *o, void *arg, cJSON *result, const struct err *failure)
{
    char *by = arg;
    if (failure) {
        order_fail(o, failure);
    } else {
        cJSON *items = xcheck(cJSON_CreateArray()), *r = list_result(items);
        const cJSON *rows = json_at(result, "rows"), *total = json_at(result, "total");
        double whole = dollars(total, "cost");
        for (const cJSON *row = rows ? rows->child : NULL; row; row = row->next)
            cJSON_AddItemToArray(items, usage_row(o->c, by, row, whole));
        if (total)
            json_put(r, "total", xcheck(cJSON_Duplicate(total, true)));
        json_put_int(r, "more", json_int(result, "more", 0));
        order_done(o, r);
    }
    cJSON_Delete(result);
    free(by);
}

void on_USAGE_QUERY(struct order *o)
{
    struct err err;
    const char *by = order_text(o, "by");
    cJSON *ask = xcheck(cJSON_CreateObject());
    by = by ? by : "key";
    json_put_str(ask, "by", by);
    json_put_int(ask, "since", order_time(o, "since", edge_day(o->c->p.zone, o->now)));
    if (order_time(o, "until", 0))
        json_put_int(ask, "until", order_time(o, "until", 0));
    json_put_str(ask, "model", order_text(o, "model"));
    json_put_str(ask, "client", order_text(o, "client"));
    if (put_key_id(o, ask, &err) < 0 || put_account_id(o, ask, &err) < 0) {
        cJSON_Delete(ask);
        order_fail(o, &err);
        return;
    }
    order_query(o, "usage", ask, usage_came, xstrdup(by));
}

static void audit_came(struct order *o, void *arg, cJSON *result, const struct err *failure)
{
    (void)arg;
    if (!failure) {
        order_done(o, result);
        return;
    }
    cJSON_Delete(result);
    order_fail(o, failure);
}

void on_AUDIT_LIST(struct order *o)
{
    cJSON *ask = xcheck(cJSON_CreateObject());
    if (order_time(o, "since", 0))
        json_put_int(ask, "since", order_time(o, "since", 0));
    json_put_str(ask, "who", order_text(o, "who"));
    json_put_str(ask, "method", order_text(o, "method"));
    json_put_int(ask, "limit", order_int(o, "limit", 100));
    order_query(o, "audit", ask, audit_came, NULL);
}
