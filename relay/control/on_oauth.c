/* oauth.begin, finish, poll: signing in, in two calls, for everyone who asks a person for a code.
 */
#include "control/account_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

/* The login of the proxy stays with the sign-in itself: nothing secret is kept here. */
static cJSON *given_of(const struct order *o)
{
    static const char *const others[] = {"kind", "account", "mode", "proxy_login"};
    cJSON *given = o->params ? xcheck(cJSON_Duplicate(o->params, 1)) : NULL;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(given, others[i]);
    return given;
}

/* Which kind a sign-in is of, so that what comes with its end can be checked before the code, which
 * works only once, is spent; and what the account was to be. */
static void note_begun(const struct order *o, const struct login *l)
{
    struct begun_login *b = &o->c->begun[o->c->n_begun++ % BEGUN_MAX];
    cJSON_Delete(b->given);
    b->given = given_of(o);
    snprintf(b->id, sizeof b->id, "%s", l->id);
    snprintf(b->kind, sizeof b->kind, "%s", l->kind);
}

static const struct begun_login *find_begun(const struct control *c, const char *id)
{
    for (size_t i = 0; i < BEGUN_MAX && id; i++)
        if (strcmp(c->begun[i].id, id) == 0)
            return &c->begun[i];
    return NULL;
}

void begun_release(struct control *c)
{
    for (size_t i = 0; i < BEGUN_MAX; i++)
        cJSON_Delete(c->begun[i].given);
    memset(c->begun, 0, sizeof c->begun);
}

static void begun(void *arg, const struct login *l, const struct err *failure)
{
    struct order *o = arg;
    if (failure) {
        order_fail(o, failure);
        return;
    }
    note_begun(o, l);
    cJSON *r = xcheck(cJSON_CreateObject());
    json_put_str(r, "login", l->id);
    json_put_str(r, "kind", l->kind);
    json_put_str(r, "mode", l->mode);
    json_put_str(r, "url", l->url);
    json_put_str(r, "user_code", l->user_code);
    if (l->interval_s)
        json_put_span(r, "interval", l->interval_s * MS_SECOND);
    json_put_time(r, "expires", l->expires);
    order_done(o, r);
}

/* The first of a kind's own ways in that goes through a browser. */
static char *first_mode(const struct provider *p)
{
    struct strlist modes = {0};
    char *mode = NULL;
    strlist_split(&modes, p->login_modes ? p->login_modes : "", " ");
    for (size_t i = 0; i < modes.n && !mode; i++)
        if (strcmp(modes.v[i], "key") != 0 && strcmp(modes.v[i], "import") != 0)
            mode = xstrdup(modes.v[i]);
    strlist_release(&modes);
    return mode;
}

static int begin_with(struct order *o, const char *kind, const char *proxy,
    struct credential *proxy_login, struct err *err)
{
    const struct provider *p = provider_by_kind(kind);
    const char *wanted = order_text(o, "mode");
    if (!p || !p->login_begin) {
        err_set(err, ERR_USAGE, "accounts of kind '%s' do not sign in", kind);
        return err_hint(err, "they are added with a key: crs account add %s", kind);
    }
    if (proxy && *proxy && proxy_check(proxy, err) < 0)
        return -1;
    if (!order_text(o, "account")) {
        /* Told now, not after a person has been through the browser. */
        struct account *a = account_make(o, kind, err);
        account_unref(a);
        if (!a)
            return -1;
    }
    char *mode = wanted ? xstrdup(wanted) : first_mode(p);
    care_login_begin(o->c->p.care, kind, mode ? mode : "code", proxy && *proxy ? proxy : NULL,
        proxy_login->proxy_user, proxy_login->proxy_password, begun, o);
    free(mode);
    return 0;
}

void on_OAUTH_BEGIN(struct order *o)
{
    struct err err;
    const char *name = order_text(o, "account"), *kind = order_text(o, "kind"),
               *proxy = order_text(o, "proxy");
    const struct account *a = name ? find_account(o->c, name, &err) : NULL;
    const struct credential *old = a ? core_credential(o->c->p.core, a->id) : NULL;
    struct credential *cr = old ? credential_copy(old) : credential_create();
    int r = name && !a ? -1 : credential_proxy(o, cr, &err);
    if (r == 0 && !a && !kind)
        r = err_set(&err, ERR_USAGE, "oauth.begin needs 'kind' or 'account'");
    if (r == 0)
        r = begin_with(o, a ? a->kind : kind, proxy ? proxy : a ? a->set.proxy : NULL, cr, &err);
    if (r < 0)
        order_fail(o, &err);
    credential_unref(cr);
    credential_unref(old);
    account_unref(a);
}

static cJSON *params_with(const cJSON *given, const cJSON *params)
{
    cJSON *both = xcheck(cJSON_Duplicate(params, 1));
    for (const cJSON *m = given ? given->child : NULL; m; m = m->next)
        if (!cJSON_GetObjectItemCaseSensitive(both, m->string))
            json_put(both, m->string, xcheck(cJSON_Duplicate(m, 1)));
    return both;
}

/* The record that the sign-in fills: a new one, or that of an account which is there. */
static struct account *proto_of(struct order *o, struct err *err)
{
    const char *name = order_text(o, "account");
    if (name) {
        const struct account *was = find_account(o->c, name, err);
        struct account *a = was ? account_copy(was) : NULL;
        account_unref(was);
        return a;
    }
    const struct begun_login *b = find_begun(o->c, order_text(o, "login"));
    if (!b) {
        err_set(err, ERR_NOT_FOUND, "no such sign-in, or its ten minutes are over");
        err_hint(err, "begin again");
        return NULL;
    }
    const cJSON *params = o->params;
    cJSON *both = params_with(b->given, params);
    o->params = both;
    struct account *a = account_make(o, b->kind, err);
    o->params = params;
    cJSON_Delete(both);
    return a;
}

static void finish(struct order *o, const char *code)
{
    struct err err;
    struct account *a = proto_of(o, &err);
    if (!a) {
        order_fail(o, &err);
        return;
    }
    order_subject(o, "account %s", a->name);
    if (o->dry_run)
        order_done(o, account_to_json(a));
    else
        care_login_finish(o->c->p.care, order_text(o, "login"), code, a, account_added, o);
    account_unref(a);
}

void on_OAUTH_FINISH(struct order *o)
{
    finish(o, order_text(o, "code"));
}

/* Asking whether it has been confirmed yet is no act; that it was is one. */
void on_OAUTH_POLL(struct order *o)
{
    finish(o, NULL);
}
