/* Store first, core afterwards. Two writes of one account may be under way together (an edit and a
 * renewed token): each is made from the record as the ones before it will leave it, so that neither
 * undoes the other on disk. */
#include "care/care_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"

struct pending {
    struct pending *next;
    struct op *op;
    char id[24];
    const struct account *account;       /* NULL: only the credential */
    const struct credential *credential; /* NULL: stays */
    bool removal;
    bool failed;
    struct err err;
};

static void pending_free(struct pending *p)
{
    account_unref(p->account);
    credential_unref(p->credential);
    free(p);
}

void keep_release(struct care *c)
{
    /* Each entry is the argument of a write under way and is freed when that comes back. */
    c->pending = NULL;
}

bool care_latest(struct care *c, const char *account_id, const struct account **a,
    const struct credential **cr, struct err *err)
{
    const struct account *account = NULL;
    const struct credential *credential = NULL;
    bool removal = false;
    for (struct pending *p = c->pending; p; p = p->next) {
        if (strcmp(p->id, account_id) != 0)
            continue;
        removal = p->removal;
        account = p->account ? p->account : account;
        credential = p->credential ? p->credential : credential;
    }
    account = account ? account_ref(account) : core_account_find(c->o.core, account_id, err);
    if (removal || !account || strcmp(account->id, account_id) != 0) {
        account_unref(account);
        err_set(err, ERR_NOT_FOUND, "no such account '%s'", account_id);
        return false;
    }
    *a = account;
    if (cr)
        *cr = credential ? credential_ref(credential) : core_credential(c->o.core, account_id);
    return true;
}

int keep_name_check(const struct care *c, const struct account *a, struct err *err)
{
    for (const struct pending *p = c->pending; p; p = p->next)
        if (p->account && strcmp(p->account->name, a->name) == 0 && strcmp(p->id, a->id) != 0)
            return err_set(err, ERR_CONFLICT, "account name '%s' is taken", a->name);
    return core_account_check(c->o.core, a, err);
}

static void pending_unlink(struct care *c, struct pending *p)
{
    for (struct pending **at = &c->pending; *at; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            return;
        }
}

/* What is committed becomes what is in force. */
static void pending_apply(struct care *c, struct pending *p)
{
    if (p->removal) {
        core_account_drop(c->o.core, p->id);
    } else if (p->account) {
        struct credential *cr = p->credential ? credential_copy(p->credential) : NULL;
        if (core_account_put(c->o.core, account_copy(p->account), cr, &p->err))
            p->failed = true;
    } else {
        core_credential_put(c->o.core, p->id, credential_copy(p->credential));
    }
}

/* Main thread again. */
static void pending_done(void *arg)
{
    struct pending *p = arg;
    struct op *op = p->op;
    struct care *c = op->care;
    op->at_store = false;
    pending_unlink(c, p);
    if (c->closed) {
        pending_free(p);
        op_end(op);
        return;
    }
    if (!p->failed)
        pending_apply(c, p);
    struct err failure = p->err;
    bool failed = p->failed;
    pending_free(p);
    op->kept(op, failed ? &failure : NULL);
}

/* The writer's thread. */
static void pending_committed(void *arg, const struct err *failure)
{
    struct pending *p = arg;
    p->failed = failure != NULL;
    if (failure)
        p->err = *failure;
    mailbox_post(p->op->care->o.mailbox, pending_done, p);
}

static struct pending *pending_add(
    struct op *op, const char *id, void (*kept)(struct op *, const struct err *))
{
    struct care *c = op->care;
    struct pending *p = xcalloc(1, sizeof *p), **at = &c->pending;
    p->op = op;
    memcpy(p->id, id, strnlen(id, sizeof p->id - 1));
    while (*at)
        at = &(*at)->next;
    *at = p;
    op->kept = kept;
    op->at_store = true;
    return p;
}

static void write_record(
    struct care *c, struct pending *p, const struct account *a, const struct credential *cr)
{
    cJSON *tree = account_to_json(a);
    struct buf doc = BUF_INIT, secret = BUF_INIT;
    json_print(tree, &doc);
    cJSON_Delete(tree);
    if (cr)
        credential_write(cr, &secret);
    store_put(c->o.store, "account", p->id, doc.data, cr ? secret.data : NULL, secret.len,
        pending_committed, p);
    buf_release(&doc);
    buf_wipe(&secret);
}

void op_put(struct op *op, const struct account *a, const struct credential *cr,
    void (*kept)(struct op *, const struct err *))
{
    struct pending *p = pending_add(op, a->id, kept);
    p->account = account_ref(a);
    p->credential = cr ? credential_ref(cr) : NULL;
    write_record(op->care, p, a, cr);
}

void op_put_credential(struct op *op, const char *account_id, const struct credential *cr,
    void (*kept)(struct op *, const struct err *))
{
    const struct account *a;
    struct err err;
    bool there = care_latest(op->care, account_id, &a, NULL, &err);
    struct pending *p = pending_add(op, account_id, kept);
    p->credential = credential_ref(cr);
    if (!there) {
        /* Removed meanwhile: nothing to write; tell it as any other result, later. */
        p->failed = true;
        p->err = err;
        mailbox_post(op->care->o.mailbox, pending_done, p);
        return;
    }
    write_record(op->care, p, a, cr);
    account_unref(a);
}

void op_delete(struct op *op, const char *account_id, void (*kept)(struct op *, const struct err *))
{
    struct pending *p = pending_add(op, account_id, kept);
    p->removal = true;
    store_delete(op->care->o.store, "health", account_id, NULL, NULL);
    store_delete(op->care->o.store, "account", account_id, pending_committed, p);
}
