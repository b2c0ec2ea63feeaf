/* An order that waits for the store. The store answers on threads of its own; the answer comes back
 * through the mailbox. */
#include "control/order_int.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "common/alloc.h"
#include "control/view_int.h"

struct wait {
    struct order *o;
    struct mailbox *mailbox;
    order_next *next;
    order_result *result_next;
    void *arg;
    struct key *key; /* to be put into the core */
    cJSON *result;
    struct err failure;
    bool failed;
};

static struct wait *wait_create(struct order *o, order_next *next, void *arg)
{
    struct wait *w = xcalloc(1, sizeof *w);
    w->o = o;
    w->mailbox = o->c->p.mailbox;
    w->next = next;
    w->arg = arg;
    return w;
}

static void check_alive(struct wait *w)
{
    if (w->failed || !w->o->c->dead)
        return;
    err_set(&w->failure, ERR_FAILED, "the relay is stopping");
    w->failed = true;
}

/* Whether requests that run with the key came with a secret that is good no more. */
static bool is_revoked(struct control *c, const struct key *k)
{
    const struct key *was = core_key_by_id(c->p.core, k->id);
    bool other = was && memcmp(was->hash, k->hash, sizeof k->hash) != 0;
    key_unref(was);
    return k->paused || k->removed || (other && !k->has_old);
}

static void put_into_core(struct wait *w)
{
    struct control *c = w->o->c;
    if (!w->key)
        return;
    if (w->failed) {
        key_unref(w->key);
        return;
    }
    const struct key *seen = key_ref(w->key);
    bool revoked = is_revoked(c, seen);
    if (core_key_put(c->p.core, w->key, &w->failure) < 0)
        w->failed = true;
    else
        key_tell(c, seen, "changed");
    /* What a thief has begun ends with the key. */
    long cut = revoked && !w->failed ? live_cancel_key(c->p.live, seen->id) : 0;
    if (cut)
        log_line(LOG_INFO, AREA_CONTROL, NULL, "%ld requests of key %s cut", cut, seen->name);
    key_unref(seen);
}

static void came(void *arg)
{
    struct wait *w = arg;
    enum lang was = i18n_speak(w->o->lang);
    check_alive(w);
    put_into_core(w);
    if (w->result_next)
        w->result_next(w->o, w->arg, w->result, w->failed ? &w->failure : NULL);
    else
        w->next(w->o, w->arg, w->failed ? &w->failure : NULL);
    free(w);
    i18n_speak(was);
}

static void stored(void *arg, const struct err *failure)
{
    struct wait *w = arg;
    if (failure) {
        w->failure = *failure;
        w->failed = true;
    }
    mailbox_post(w->mailbox, came, w);
}

static void reported(void *arg, cJSON *result, const struct err *failure)
{
    struct wait *w = arg;
    w->result = result;
    stored(w, failure);
}

static void put(
    struct wait *w, const char *kind, const char *id, cJSON *doc, const void *secret, size_t n)
{
    struct buf text = BUF_INIT;
    json_print(doc, &text);
    store_put(w->o->c->p.store, kind, id, text.data, secret, n, stored, w);
    buf_release(&text);
    cJSON_Delete(doc);
}

void order_put(struct order *o, const char *kind, const char *id, cJSON *doc, const void *secret,
    size_t n, order_next *next, void *arg)
{
    put(wait_create(o, next, arg), kind, id, doc, secret, n);
}

void order_put_key(
    struct order *o, struct key *k, const void *secret, size_t n, order_next *next, void *arg)
{
    struct wait *w = wait_create(o, next, arg);
    k->changed = o->now;
    w->key = k;
    put(w, "key", k->id, key_to_json(k), secret, n);
}

void order_delete(struct order *o, const char *kind, const char *id, order_next *next, void *arg)
{
    store_delete(o->c->p.store, kind, id, stored, wait_create(o, next, arg));
}

void order_backup(struct order *o, const char *path, order_next *next, void *arg)
{
    store_backup(o->c->p.store, path, stored, wait_create(o, next, arg));
}

void order_query(struct order *o, const char *what, cJSON *params, order_result *next, void *arg)
{
    struct wait *w = wait_create(o, NULL, arg);
    w->result_next = next;
    store_query(o->c->p.store, what, params, reported, w);
    cJSON_Delete(params);
}
