/* account.list, show, add, login, edit. */
#include "control/account_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/secret.h"

void on_ACCOUNT_LIST(struct order *o)
{
    const char *kind = order_text(o, "kind"), *state = order_text(o, "state"),
               *group = order_text(o, "group");
    cJSON *items = xcheck(cJSON_CreateArray());
    size_t n;
    const struct account **v = core_accounts(o->c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        const struct account *a = v[i];
        struct account_live l;
        core_account_live(o->c->p.core, a->id, o->now, &l);
        if ((!kind || strcmp(kind, a->kind) == 0) &&
            (!state || strcmp(state, account_state(a, &l, o->now)) == 0) &&
            (!group || strlist_has(&a->groups, group)))
            cJSON_AddItemToArray(items, account_row(o->c, a, o->now));
        account_unref(a);
    }
    free(v);
    order_done(o, list_result(items));
}

void on_ACCOUNT_SHOW(struct order *o)
{
    struct err err;
    const struct account *a = find_account(o->c, order_text(o, "name"), &err);
    if (!a) {
        order_fail(o, &err);
        return;
    }
    order_done(o, account_full(o->c, a, o->now));
    account_unref(a);
}

/* --- add and login -------------------------------------------------------------------------------
 */

void account_added(void *arg, const struct account *a, const struct err *failure)
{
    struct order *o = arg;
    struct err err;
    if (o->c->dead && !failure) {
        err_set(&err, ERR_FAILED, "the relay is stopping");
        failure = &err;
    }
    if (failure) {
        order_fail(o, failure);
        return;
    }
    cJSON *result = account_full(o->c, a, o->now);
    order_subject(o, "account %s", a->name);
    account_tell(o->c, a, "changed");
    order_done(o, result);
}

static bool takes(const struct provider *p, const char *mode)
{
    struct strlist modes = {0};
    strlist_split(&modes, p->login_modes ? p->login_modes : "", " ");
    bool found = strlist_has(&modes, mode);
    strlist_release(&modes);
    return found;
}

/* Which file it is that can be imported, for those who gave another, or half of it. */
static void hint_import(const char *kind, struct err *err)
{
    static const char *const files[][2] = {{"claude", "~/.claude/.credentials.json"},
        {"codex", "~/.codex/auth.json"}, {"gemini", "~/.gemini/oauth_creds.json"},
        {"antigravity", "its credentials, with refresh_token"},
        {"droid", "its credentials, with access_token and refresh_token"},
        {"vertex", "the JSON key of a service account"}, {"bedrock", "~/.aws/credentials"}};
    for (size_t i = 0; i < sizeof files / sizeof files[0] && !err->hint[0]; i++)
        if (strcmp(files[i][0], kind) == 0)
            err_hint(
                err, "for kind '%s' give the whole file as it was written: %s", kind, files[i][1]);
}

/* The credential that the call brings along: a key, or a file that the client wrote. NULL with a
 * fault when there is none, or it is not what the kind takes. */
static struct credential *given_credential(
    struct order *o, const struct provider *p, struct account *a, struct err *err)
{
    const char *key = order_text(o, "key"), *import = order_text(o, "import");
    if (!key && !import) {
        err_set(
            err, ERR_USAGE, "an account of kind '%s' needs a credential: none was given", p->kind);
        if (p->login_begin)
            err_hint(err, "sign in with oauth.begin and oauth.finish (crs account add does)");
        else
            err_hint(err, "give 'key' or 'import'");
        return NULL;
    }
    struct credential *cr = credential_create();
    int r = credential_proxy(o, cr, err);
    if (r == 0 && key && !takes(p, "key"))
        r = err_set(err, ERR_USAGE, "accounts of kind '%s' are not added with a key", p->kind);
    else if (r == 0 && import && !p->import)
        r = err_set(err, ERR_USAGE, "accounts of kind '%s' cannot be imported", p->kind);
    else if (r == 0 && import)
        r = p->import(import, strlen(import), a, cr, err);
    else if (r == 0)
        r = provider_take_keys(p, key, cr, err);
    if (r < 0 && import)
        hint_import(p->kind, err);
    if (r == 0) {
        const char *mode = order_text(o, "mode");
        free(a->login);
        a->login = xstrdup(import ? "import" : mode ? mode : "key");
        cr->renewed = o->now;
        return cr;
    }
    credential_unref(cr);
    return NULL;
}

void on_ACCOUNT_ADD(struct order *o)
{
    struct err err;
    const char *kind = order_text(o, "kind");
    struct account *a = account_make(o, kind ? kind : "", &err);
    struct credential *cr = a ? given_credential(o, provider_by_kind(a->kind), a, &err) : NULL;
    if (!cr) {
        account_unref(a);
        order_fail(o, &err);
        return;
    }
    order_subject(o, "account %s", a->name);
    if (o->dry_run) {
        cJSON *r = account_to_json(a);
        account_unref(a);
        credential_unref(cr);
        order_done(o, r);
    } else {
        care_add(o->c->p.care, a, cr, account_added, o);
    }
}

void on_ACCOUNT_LOGIN(struct order *o)
{
    struct err err;
    const struct account *was = find_account(o->c, order_text(o, "name"), &err);
    if (!was) {
        order_fail(o, &err);
        return;
    }
    order_subject(o, "account %s", was->name);
    struct account *a = account_copy(was);
    const struct provider *p = provider_by_kind(a->kind);
    struct credential *cr = p ? given_credential(o, p, a, &err) : NULL;
    const struct credential *old = core_credential(o->c->p.core, a->id);
    account_unref(was);
    if (cr && old) {
        if (!cr->proxy_user) {
            cr->proxy_user = xstrdup(old->proxy_user);
            cr->proxy_password = xstrdup(old->proxy_password);
        }
        cr->generation = old->generation + 1;
    }
    credential_unref(old);
    if (!p)
        err_set(&err, ERR_FAILED, "kind '%s' is not built into this relay", a->kind);
    if (!cr || o->dry_run) {
        account_unref(a);
        credential_unref(cr);
        if (cr)
            order_done(o, NULL);
        else
            order_fail(o, &err);
        return;
    }
    a->changed = o->now;
    care_put(o->c->p.care, a, cr, account_added, o);
}

/* --- edit ----------------------------------------------------------------------------------------
 */

static int edited(struct order *o, struct account *a, struct err *err)
{
    const char *rename = order_text(o, "rename");
    int64_t revision = order_time(o, "revision", 0);
    if (revision && a->changed > revision) {
        err_set(err, ERR_CONFLICT, "account '%s' was changed meanwhile", a->name);
        char *name = text_shell_quoted(a->name);
        err_hint(err, "look at it again: crs account show %s", name);
        free(name);
        return -1;
    }
    if (rename) {
        if (name_check(rename, err) < 0)
            return -1;
        free(a->name);
        a->name = xstrdup(rename);
    }
    return account_patch(o, a, err);
}

/* A new credential only when the call changes that of the proxy. */
static int edited_credential(
    struct order *o, const struct account *a, struct credential **out, struct err *err)
{
    *out = NULL;
    if (!json_at(o->params, "proxy_login"))
        return 0;
    const struct credential *was = core_credential(o->c->p.core, a->id);
    *out = was ? credential_copy(was) : credential_create();
    credential_unref(was);
    if (credential_proxy(o, *out, err) == 0)
        return 0;
    credential_unref(*out);
    *out = NULL;
    return -1;
}

static void edit_one(struct act *act, cJSON *row, const struct account *was, void *arg)
{
    (void)arg;
    struct err err;
    struct account *a = account_copy(was);
    struct credential *cr = NULL;
    if (edited(act->o, a, &err) < 0 || edited_credential(act->o, a, &cr, &err) < 0) {
        act_row_fail(act, row, &err);
        account_unref(a);
        return;
    }
    cJSON *change = account_diff(was, a);
    if (cr)
        json_put_str(change, "proxy_login", "changed");
    act_row_change(row, change);
    act_put_account(act, row, a, cr);
}

void on_ACCOUNT_EDIT(struct order *o)
{
    const cJSON *names = order_list(o, "names");
    if (order_text(o, "rename") && cJSON_GetArraySize(names) != 1) {
        struct err err;
        err_set(&err, ERR_USAGE, "only one account at a time can be renamed");
        order_fail(o, &err);
        return;
    }
    struct act *a = act_begin(o);
    act_accounts(a, edit_one, NULL);
    act_end(a);
}
