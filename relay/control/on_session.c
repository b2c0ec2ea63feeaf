/* session.*: which account a conversation is bound to. */
#include "control/act_int.h"
#include "control/view_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

struct choice { /* ids; NULL: any */
    char *key, *account;
};

static int choose(struct order *o, struct choice *ch, struct err *err)
{
    const char *key = order_text(o, "key"), *account = order_text(o, "account");
    *ch = (struct choice){0};
    if (key) {
        const struct key *k = find_key(o->c, key, true, err);
        if (!k)
            return -1;
        ch->key = xstrdup(k->id);
        key_unref(k);
    }
    if (account) {
        const struct account *a = find_account(o->c, account, err);
        if (!a) {
            free(ch->key);
            return -1;
        }
        ch->account = xstrdup(a->id);
        account_unref(a);
    }
    return 0;
}

static void choice_release(struct choice *ch)
{
    free(ch->key);
    free(ch->account);
}

static bool chosen(const struct choice *ch, const struct session_view *v)
{
    return (!ch->key || strcmp(ch->key, v->key) == 0) &&
           (!ch->account || strcmp(ch->account, v->account) == 0);
}

void on_SESSION_LIST(struct order *o)
{
    struct err err;
    struct choice ch;
    if (choose(o, &ch, &err) < 0) {
        order_fail(o, &err);
        return;
    }
    size_t n;
    struct session_view *v = core_sessions(o->c->p.core, &n);
    cJSON *items = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < n; i++) {
        if (!chosen(&ch, &v[i]))
            continue;
        cJSON *row = xcheck(cJSON_CreateObject());
        char *key = key_name_of(o->c, v[i].key), *account = account_name_of(o->c, v[i].account);
        json_put_str(row, "id", v[i].session);
        json_put_str(row, "key", key);
        json_put_str(row, "account", account);
        json_put_time(row, "last_used", v[i].last);
        json_put_time(row, "until", v[i].until);
        free(key);
        free(account);
        cJSON_AddItemToArray(items, row);
    }
    free(v);
    choice_release(&ch);
    order_done(o, list_result(items));
}

static bool named(const cJSON *ids, const char *session)
{
    for (const cJSON *v = ids ? ids->child : NULL; v; v = v->next)
        if (strcmp(v->valuestring, session) == 0)
            return true;
    return false;
}

static void drop_one(struct act *a, const struct session_view *v)
{
    cJSON *row = act_row(a, v->session, v->session);
    const struct key *k = core_key_by_id(a->o->c->p.core, v->key);
    if (k && !a->o->dry_run)
        core_session_forget(a->o->c->p.core, k, v->session);
    key_unref(k);
    json_put_str(row, "state", "gone");
    act_row_done(a, row);
}

static void drop_missing(struct act *a, const cJSON *ids)
{
    for (const cJSON *v = ids ? ids->child : NULL; v; v = v->next) {
        struct err err;
        if (act_has(a, v->valuestring))
            continue;
        err_set(&err, ERR_NOT_FOUND, "no such session '%.80s'", v->valuestring);
        act_row_fail(a, act_row(a, v->valuestring, NULL), &err);
    }
}

void on_SESSION_DROP(struct order *o)
{
    struct err err;
    struct choice ch;
    const cJSON *ids = order_list(o, "ids");
    int r = choose(o, &ch, &err);
    if (r == 0 && !ids && !ch.key && !ch.account) {
        err_set(&err, ERR_USAGE, "session.drop needs 'ids', 'account' or 'key'");
        r = -1;
    }
    if (r < 0) {
        order_fail(o, &err);
        return;
    }
    size_t n;
    struct session_view *v = core_sessions(o->c->p.core, &n);
    struct act *a = act_begin(o);
    for (size_t i = 0; i < n; i++)
        if (chosen(&ch, &v[i]) && (!ids || named(ids, v[i].session)))
            drop_one(a, &v[i]);
    drop_missing(a, ids);
    free(v);
    choice_release(&ch);
    act_end(a);
}
