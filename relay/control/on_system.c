/* system.*, backup.create, admin.token: the relay itself. */
#include "control/view_int.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/log.h"
#include "common/alloc.h"
#include "common/secret.h"

void on_SYSTEM_STATUS(struct order *o)
{
    order_done(o, status_json(o->c, o->now));
}

void on_SYSTEM_DESCRIBE(struct order *o)
{
    const char *wanted = order_text(o, "method");
    cJSON *list = xcheck(cJSON_CreateArray());
    for (int i = 0; i < (int)METHOD_COUNT; i++) {
        const struct method *m = method_by_id((enum method_id)i);
        if (!wanted || strcmp(wanted, m->wire) == 0)
            cJSON_AddItemToArray(list, method_describe(m));
    }
    if (wanted && !list->child) {
        struct err err;
        err_set(&err, ERR_NOT_FOUND, "no such method '%.60s'", wanted);
        cJSON_Delete(list);
        order_fail(o, &err);
        return;
    }
    cJSON *r = xcheck(cJSON_CreateObject());
    json_put(r, "methods", list);
    order_done(o, r);
}

void on_SYSTEM_RELOAD(struct order *o)
{
    struct err err;
    struct strlist need = {0};
    if (o->dry_run) {
        on_CONFIG_CHECK(o);
        return;
    }
    if (o->c->p.reload(o->c->p.daemon, &need, &err) < 0) {
        order_fail(o, &err);
        return;
    }
    const struct settings *s = settings_get(o->c->p.settings);
    cJSON *r = xcheck(cJSON_CreateObject());
    json_put_strlist(r, "need_restart", &need);
    json_put_str(r, "path", s->path);
    settings_unref(s);
    strlist_release(&need);
    order_done(o, r);
}

/* --- drain and stop
 * ---------------------------------------------------------------------------------- */

static int64_t running(const struct control *c)
{
    return c->p.live ? live_count(c->p.live) : 0;
}

static cJSON *drain_state(const struct control *c)
{
    cJSON *r = xcheck(cJSON_CreateObject());
    json_put_bool(r, "draining", c->draining);
    json_put_int(r, "running", running(c));
    return r;
}

void on_SYSTEM_DRAIN(struct order *o)
{
    struct control *c = o->c;
    if (!o->dry_run) {
        c->p.drain(c->p.daemon, true);
        c->draining = true;
    }
    if (o->dry_run || !order_flag(o, "wait") || running(c) == 0) {
        order_done(o, drain_state(c));
        return;
    }
    o->next_waiter = c->drain_waiters;
    c->drain_waiters = o;
    order_yield(o);
}

/* Those who wait for the last request; all of them at the end of the relay or of the drain. */
void drain_tick(struct control *c)
{
    if (!c->drain_waiters || (!c->dead && c->draining && running(c) > 0))
        return;
    struct order *o = c->drain_waiters;
    c->drain_waiters = NULL;
    while (o) {
        struct order *next = o->next_waiter;
        struct err err;
        if (c->draining || c->dead) {
            order_done(o, drain_state(c));
        } else {
            err_set(&err, ERR_DECLINED, "new requests are taken again: the drain was ended");
            order_fail(o, &err);
        }
        o = next;
    }
}

void on_SYSTEM_RESUME(struct order *o)
{
    struct control *c = o->c;
    if (!o->dry_run) {
        c->p.drain(c->p.daemon, false);
        c->draining = false;
        drain_tick(c);
    }
    order_done(o, drain_state(c));
}

void on_SYSTEM_STOP(struct order *o)
{
    struct control *c = o->c;
    bool now = order_flag(o, "now"), act = !o->dry_run;
    cJSON *r = xcheck(cJSON_CreateObject());
    json_put_int(r, "running", running(c));
    /* The order's end lets go of c; this one call more needs it. */
    control_ref(c);
    order_done(o, r);
    if (act)
        c->p.stop(c->p.daemon, now);
    control_unref(c);
}

/* --- backup
 * ------------------------------------------------------------------------------------------- */

static void backed_up(struct order *o, void *arg, const struct err *failure)
{
    (void)arg;
    const char *file = order_text(o, "file");
    if (failure) {
        order_fail(o, failure);
        return;
    }
    struct stat st = {0};
    stat(file, &st);
    cJSON *r = xcheck(cJSON_CreateObject());
    json_put_str(r, "file", file);
    json_put_int(r, "bytes", st.st_size);
    order_done(o, r);
}

/* The caller's directory means nothing to the relay. */
static bool is_absolute(const char *file, struct err *err)
{
    if (file && file[0] == '/')
        return true;
    err_set(err, ERR_USAGE, "the path of a backup is not absolute: '%.200s'", file ? file : "");
    return false;
}

void on_BACKUP_CREATE(struct order *o)
{
    struct err err = {0};
    struct stat st;
    const char *file = order_text(o, "file");
    order_subject(o, "%s", file ? file : "");
    if (!is_absolute(file, &err))
        err_hint(&err, "it is written by the relay, on its machine: begin it with /");
    else if (lstat(file, &st) == 0)
        err_set(&err, ERR_CONFLICT, "'%.200s' is there already", file);
    if (err.code)
        order_fail(o, &err);
    else if (o->dry_run)
        order_done(o, NULL);
    else
        order_backup(o, file, backed_up, NULL);
}

static void staged(struct order *o, void *arg, cJSON *result, const struct err *failure)
{
    (void)arg;
    if (failure) {
        order_fail(o, failure);
        return;
    }
    json_put_str(
        result, "next", o->dry_run ? NULL : _("restart the relay: systemctl restart crs-relay"));
    order_done(o, result);
}

void on_BACKUP_RESTORE(struct order *o)
{
    struct err err;
    const char *file = order_text(o, "file");
    order_subject(o, "%s", file ? file : "");
    if (!is_absolute(file, &err)) {
        err_hint(&err, "it is read by the relay, on its machine: begin it with /");
        order_fail(o, &err);
        return;
    }
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_str(params, "file", file);
    json_put_bool(params, "only_check", o->dry_run);
    order_query(o, "restore", params, staged, NULL);
}

/* --- token of the HTTP admin
 * ---------------------------------------------------------------------------- */

struct token {
    char *token, *hash;
};

static void token_kept(struct order *o, void *arg, const struct err *failure)
{
    struct token *t = arg;
    struct control *c = o->c;
    if (failure) {
        order_fail(o, failure);
    } else {
        free(c->token_hash);
        c->token_hash = xstrdup(t->hash);
        if (c->admin)
            admin_token_changed(c->admin);
        const struct settings *s = settings_get(c->p.settings);
        cJSON *r = xcheck(cJSON_CreateObject());
        json_put_str(r, "token", t->token);
        json_put_str(r, "listen", s->v.admin_listen);
        settings_unref(s);
        order_done(o, r);
    }
    secret_free(t->token);
    free(t->hash);
    free(t);
}

void on_ADMIN_TOKEN(struct order *o)
{
    unsigned char random[32];
    order_subject(o, "admin token");
    if (o->dry_run) {
        order_done(o, NULL);
        return;
    }
    struct token *t = xcalloc(1, sizeof *t);
    secret_random(random, sizeof random);
    t->token = text_base64url(random, sizeof random);
    t->hash = secret_token_hash(t->token);
    cJSON *doc = xcheck(cJSON_CreateObject());
    json_put_str(doc, "hash", t->hash);
    json_put_time(doc, "made", o->now);
    order_put(o, "meta", "admin-token", doc, NULL, 0, token_kept, t);
}
