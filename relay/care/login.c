/* Sign-ins under way: begun with an address (or a user code), ended with what was pasted (or a
 * poll). They live here, not in the store: ten minutes, or until the daemon stops. */
#include "care/care_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/secret.h"

#define SLOW_DOWN 5    /* s, RFC 8628 3.5 */
#define POLL_SLACK 200 /* ms that a punctual asker may come early */

struct signing {
    struct signing *next;
    struct login login;
    const struct provider *provider;
    bool busy;         /* its code is being exchanged */
    int64_t next_poll; /* device: not before, in monotonic ms */
};

static void signing_free(struct signing *s)
{
    login_release(&s->login);
    free(s);
}

void signings_expire(struct care *c, int64_t now)
{
    for (struct signing **at = &c->signings; *at;) {
        struct signing *s = *at;
        if (s->busy || s->login.expires > now) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        signing_free(s);
    }
}

void signings_release(struct care *c)
{
    for (struct signing *s = c->signings, *next; s; s = next) {
        next = s->next;
        signing_free(s);
    }
    c->signings = NULL;
}

static struct signing *signing_find(struct care *c, const char *id)
{
    for (struct signing *s = c->signings; s; s = s->next)
        if (strcmp(s->login.id, id) == 0)
            return s;
    return NULL;
}

static void signing_remove(struct care *c, struct signing *s)
{
    for (struct signing **at = &c->signings; *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            signing_free(s);
            return;
        }
}

static struct way way_of_login(const struct login *l)
{
    return (struct way){.identity = l->id,
        .proxy = l->proxy,
        .proxy_user = l->proxy_user,
        .proxy_password = l->proxy_password};
}

/* What a person can try when nobody was reached. */
static void hint_way(const struct login *l, struct err *err)
{
    if ((err->code != ERR_UNREACHABLE && err->code != ERR_TIMEOUT) || err->hint[0])
        return;
    if (l->proxy)
        err_hint(err, "does the proxy '%s' work? give another one with --proxy", l->proxy);
    else
        err_hint(err, "can the relay's machine reach it? if only by a proxy, give it with --proxy");
}

/* --- begin ---------------------------------------------------------------------------------------
 */

struct beginning {
    struct op op;
    struct signing *signing; /* not in the list yet */
    care_login_begun *done;
    void *arg;
};

static void beginning_drop(struct op *op)
{
    struct beginning *b = (struct beginning *)op;
    if (b->signing)
        signing_free(b->signing);
    free(b);
}

static void beginning_end(struct beginning *b, const struct err *failure)
{
    struct care *c = b->op.care;
    care_login_begun *done = b->done;
    void *arg = b->arg;
    struct signing *s = b->signing;
    if (!failure) {
        s->next = c->signings;
        c->signings = s;
        b->signing = NULL;
    }
    op_end(&b->op);
    done(arg, failure ? NULL : &s->login, failure);
}

static void beginning_answered(struct op *op, const struct fetch_answer *ans)
{
    struct beginning *b = (struct beginning *)op;
    struct err err = {0};
    int r = b->signing->provider->login_device(
        b->op.care->data, ans, clock_now(), &b->signing->login, &err);
    hint_way(&b->signing->login, &err);
    beginning_end(b, r ? &err : NULL);
}

/* Fills what does not depend on the kind; the kind fills the rest. */
static int signing_fill(struct care *c, struct signing *s, const char *kind, const char *mode,
    const char *proxy, struct err *err)
{
    s->provider = provider_by_kind(kind);
    if (!s->provider)
        return err_set(err, ERR_USAGE, "no such kind of account: '%s'", kind);
    if (!s->provider->login_begin)
        return err_set(err, ERR_USAGE, "accounts of kind '%s' have no sign-in", kind);
    if (proxy && *proxy && proxy_check(proxy, err))
        return -1;
    size_t n = 0;
    for (struct signing *other = c->signings; other; other = other->next)
        n++;
    if (n >= LOGINS_MAX)
        return err_set(err, ERR_BUSY, "too many sign-ins are under way");
    struct login *l = &s->login;
    memcpy(l->id, "lg_", 3);
    secret_id(l->id + 3, 10);
    l->kind = xstrdup(kind);
    l->created = clock_now();
    l->expires = l->created + LOGIN_LIFE;
    return s->provider->login_begin(c->data, mode, l, err);
}

void care_login_begin(struct care *c, const char *kind, const char *mode, const char *proxy,
    const char *proxy_user, const char *proxy_password, care_login_begun *done, void *arg)
{
    struct err err = {0};
    struct beginning *b = xcalloc(1, sizeof *b);
    op_begin(&b->op, c, beginning_drop);
    b->done = done;
    b->arg = arg;
    b->signing = xcalloc(1, sizeof *b->signing);
    signings_expire(c, clock_now());
    struct login *l = &b->signing->login;
    l->proxy = proxy && *proxy ? xstrdup(proxy) : NULL;
    l->proxy_user = xstrdup(proxy_user);
    l->proxy_password = xstrdup(proxy_password);
    struct token_request q;
    bool ask = false;
    int r = signing_fill(c, b->signing, kind, mode, proxy, &err);
    if (r == 0 && !l->url && b->signing->provider->login_device) {
        r = b->signing->provider->login_request(c->data, l, NULL, &q, &err);
        ask = r == 0;
    }
    if (!ask) {
        beginning_end(b, r ? &err : NULL);
        return;
    }
    struct way way = way_of_login(l);
    op_fetch(&b->op, &way, &q, beginning_answered);
}

/* --- finish
 * ---------------------------------------------------------------------------------------- */

struct finishing {
    struct op op;
    char login_id[24];
    struct account *account; /* to be added, or the present one to be signed in again */
    bool present;
    care_added *done;
    void *arg;
};

static void finishing_drop(struct op *op)
{
    struct finishing *f = (struct finishing *)op;
    account_unref(f->account);
    free(f);
}

static void finishing_fail(struct finishing *f, const struct err *failure)
{
    struct signing *s = signing_find(f->op.care, f->login_id);
    if (s)
        s->busy = false;
    care_added *done = f->done;
    void *arg = f->arg;
    struct err told = *failure;
    op_end(&f->op);
    done(arg, NULL, &told);
}

static struct credential *credential_of(const struct login *l)
{
    struct credential *cr = credential_create();
    cr->proxy_user = xstrdup(l->proxy_user);
    cr->proxy_password = xstrdup(l->proxy_password);
    return cr;
}

/* What the kind keeps beside the tokens outlasts a new sign-in. */
static void keep_extra(struct care *c, const char *id, struct credential *cr)
{
    const struct credential *old = core_credential(c->o.core, id);
    if (old && !cr->extra)
        cr->extra = xstrdup(old->extra);
    credential_unref(old);
}

static void finishing_add(struct finishing *f, struct credential *cr)
{
    struct care *c = f->op.care;
    struct account *a = f->account;
    care_added *done = f->done;
    void *arg = f->arg;
    bool present = f->present;
    f->account = NULL;
    op_end(&f->op);
    if (present)
        care_put(c, a, cr, done, arg);
    else
        care_add(c, a, cr, done, arg);
}

static int finishing_send(
    struct finishing *f, struct signing *s, const char *code, struct err *err);

/* A device code outlives a fault on the way to whoever gave it: the next poll may get through. */
static bool poll_again(struct signing *s, const struct fetch_answer *ans, struct err *err)
{
    if (login_slow_down(ans))
        s->login.interval_s += SLOW_DOWN;
    s->next_poll = clock_mono() + s->login.interval_s * MS_SECOND - POLL_SLACK;
    if (ans->status && ans->status < 500)
        return false;
    if (ans->status)
        err_set(
            err, ERR_BUSY, "the upstream answered %d when asked for the confirmation", ans->status);
    else
        err_set(err, ERR_BUSY, "%s", ans->err.text);
    err_hint(err, "asked again until the code ends");
    return true;
}

/* What a refusal means here, and what to do. */
static void tell_refused(const struct login *l, const struct fetch_answer *ans, struct err *err)
{
    if (err->code != ERR_DENIED)
        return;
    char *was = xstrdup(err->text);
    const char *what = login_refusal(ans);
    if (l->device_code) {
        err_set(err, ERR_DENIED, "%s (%s)", what ? what : "the sign-in was refused", was);
        err_hint(err, "begin again: it gives a new code");
    } else {
        err_set(err, ERR_DENIED, "the code was not taken (%s)", was);
        err_hint(err, "a code works once and for some minutes: open the address again, paste the "
                      "new one");
    }
    free(was);
}

static void finishing_answered(struct op *op, const struct fetch_answer *ans)
{
    struct finishing *f = (struct finishing *)op;
    struct signing *s = signing_find(op->care, f->login_id);
    struct err err = {0};
    struct login *l = &s->login;
    if (l->device_code && poll_again(s, ans, &err)) {
        finishing_fail(f, &err);
        return;
    }
    if (l->device_code && s->provider->login_poll && !l->code) {
        /* Confirmed: what the poll gave is exchanged in one more step. */
        if (s->provider->login_poll(ans, l, &err) || finishing_send(f, s, NULL, &err)) {
            tell_refused(l, ans, &err);
            finishing_fail(f, &err);
        }
        return;
    }
    struct credential *cr = credential_of(l);
    if (s->provider->token_read(ans, clock_now(), cr, f->account, &err)) {
        credential_unref(cr);
        tell_refused(l, ans, &err);
        hint_way(l, &err);
        finishing_fail(f, &err);
        return;
    }
    if (f->present)
        keep_extra(op->care, f->account->id, cr);
    signing_remove(op->care, s);
    finishing_add(f, cr);
}

static int finishing_send(struct finishing *f, struct signing *s, const char *code, struct err *err)
{
    struct token_request q;
    if (s->provider->login_request(f->op.care->data, &s->login, code, &q, err))
        return -1;
    s->busy = true;
    struct way way = way_of_login(&s->login);
    op_fetch(&f->op, &way, &q, finishing_answered);
    return 0;
}

/* The record that the sign-in is for. */
static int finishing_account(struct care *c, struct finishing *f, const struct signing *s,
    const struct account *proto, struct err *err)
{
    const struct login *l = &s->login;
    const struct account *present;
    if (*proto->id && care_latest(c, proto->id, &present, NULL, NULL)) {
        f->present = true;
        f->account = account_copy(present);
        account_unref(present);
        if (strcmp(f->account->kind, l->kind) != 0)
            return err_set(err, ERR_USAGE, "account '%s' is of kind '%s', the sign-in of '%s'",
                f->account->name, f->account->kind, l->kind);
    } else {
        f->account = account_copy(proto);
        free(f->account->kind);
        f->account->kind = xstrdup(l->kind);
    }
    struct account *a = f->account;
    free(a->login);
    a->login = xstrdup(strcmp(l->mode, "setup-token") == 0 ? "setup-token" : "oauth");
    if (l->proxy) {
        free(a->set.proxy);
        a->set.proxy = xstrdup(l->proxy);
    }
    /* Now, not after the exchange: a code can be used once only. */
    return account_prepare(c, a, err);
}

static int finishing_ask(
    struct finishing *f, struct signing *s, const char *pasted, struct err *err)
{
    char *code = NULL;
    if (!s->login.device_code && login_parse_paste(&s->login, pasted, &code, err))
        return -1;
    int r = finishing_send(f, s, code, err);
    secret_free(code);
    return r;
}

void care_login_finish(struct care *c, const char *login_id, const char *pasted,
    const struct account *proto, care_added *done, void *arg)
{
    struct err err = {0};
    struct finishing *f = xcalloc(1, sizeof *f);
    op_begin(&f->op, c, finishing_drop);
    f->done = done;
    f->arg = arg;
    signings_expire(c, clock_now());
    struct signing *s = signing_find(c, login_id);
    if (!s) {
        err_set(&err, ERR_NOT_FOUND, "no such sign-in '%.40s'", login_id);
        err_hint(&err, "a sign-in ends after 10 minutes; begin a new one");
    } else if (s->busy) {
        err_set(&err, ERR_BUSY, "this sign-in is being finished already");
    } else if (s->login.device_code && clock_mono() < s->next_poll) {
        err_set(&err, ERR_BUSY, "the sign-in is not confirmed yet");
    } else {
        memcpy(f->login_id, s->login.id, sizeof f->login_id);
        if (finishing_account(c, f, s, proto, &err) == 0 && finishing_ask(f, s, pasted, &err) == 0)
            return;
    }
    *f->login_id = 0; /* a failure here leaves the flag of an exchange under way alone */
    finishing_fail(f, &err);
}
