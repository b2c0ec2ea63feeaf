/* The store's front: opening, and turning what callers ask for into queued writes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "common/alloc.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/text.h"
#include "store/store_int.h"

#define QUEUE_MAX 100000
#define RETRY_MS 1000

struct store *store_open(const struct store_options *o, struct err *err)
{
    return store_open_tuned(o, &(struct store_tuning){0}, err);
}

int store_thread(pthread_t *t, void *(*f)(void *), void *arg, struct err *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int e = pthread_create(t, NULL, f, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (e != 0)
        return err_set(err, ERR_FAILED, "no thread for the store: %s", strerror(e));
    return 0;
}

int store_sync_directory(const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    char *dir = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = fd >= 0 ? fsync(fd) : -1;
    if (r != 0)
        err_set(err, ERR_FAILED, "cannot sync directory '%s': %s", dir, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(dir);
    return r;
}

static struct spill *open_spill(const char *path, const struct store_tuning *t, struct err *err)
{
    char *name = xasprintf("%s-spill", path);
    struct spill *sp = spill_open(name, t->spill_bytes ? t->spill_bytes : SPILL_BYTES, err);
    free(name);
    return sp;
}

static void store_free(struct store *s)
{
    if (s->backend)
        s->backend->ops->close(s->backend);
    if (s->spill)
        spill_close(s->spill);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->query_lock);
    pthread_cond_destroy(&s->wake);
    pthread_cond_destroy(&s->query_wake);
    free(s->path);
    free(s);
}

static struct store *store_create(const struct store_options *o, const struct store_tuning *t)
{
    struct store *s = xcalloc(1, sizeof *s);
    s->path = xstrdup(o->path);
    s->vault = o->vault;
    s->max_queue = o->max_queue ? o->max_queue : QUEUE_MAX;
    s->retry_ms = t->retry_ms ? t->retry_ms : RETRY_MS;
    s->tail = &s->head;
    s->query_tail = &s->query_head;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->query_lock, NULL);
    pthread_cond_init(&s->query_wake, NULL);
    pthread_condattr_t mono;
    pthread_condattr_init(&mono);
    pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wake, &mono);
    pthread_condattr_destroy(&mono);
    return s;
}

struct store *store_open_tuned(
    const struct store_options *o, const struct store_tuning *t, struct err *err)
{
    if (text_starts(o->path, "redis://")) {
        err_set(err, ERR_USAGE, "no store of this kind: '%s'", o->path);
        err_hint(err, "give the path of a SQLite file");
        return NULL;
    }
    char *kept;
    if (store_take_staged(o->path, &kept, err) != 0)
        return NULL;
    if (kept)
        log_line(LOG_WARN, AREA_STORE, NULL,
            "a backup was restored; the database before it is kept at '%s'", kept);
    free(kept);
    struct store *s = store_create(o, t);
    /* The database first: it looks at the directory that the spill file lies in as well. */
    s->backend = sqlite_open(o, t, err);
    if (!s->backend)
        goto fail;
    s->spill = open_spill(o->path, t, err);
    if (!s->spill || writer_recover(s, err) != 0)
        goto fail;
    if (writer_start(s, err) != 0)
        goto fail;
    if (reader_start(s, err) != 0) {
        writer_stop(s);
        goto fail;
    }
    return s;
fail:
    store_free(s);
    return NULL;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    writer_stop(s);
    reader_stop(s);
    store_free(s);
}

/* --- writes ------------------------------------------------------------------------------------
 */

static void submit(
    struct store *s, enum write_kind kind, struct buf *b, store_done *done, void *arg)
{
    struct write *w = write_create(kind, b->data, b->len);
    w->done = done;
    w->arg = arg;
    buf_release(b);
    store_submit(s, w);
}

void store_put(struct store *s, const char *kind, const char *id, const char *doc,
    const void *secret, size_t n, store_done *done, void *arg)
{
    struct buf sealed = BUF_INIT, bytes = BUF_INIT;
    struct record_write r = {.kind = kind, .id = id, .doc = doc, .changed = clock_now()};
    if (secret && n == 0)
        r.change = SECRET_REMOVE;
    if (secret && n > 0) {
        char *where = xasprintf("%s/%s", kind, id);
        vault_seal(s->vault, where, secret, n, &sealed);
        free(where);
        r.change = SECRET_SET;
        r.sealed = sealed.data;
        r.n_sealed = sealed.len;
    }
    code_record(&(struct codec){.out = &bytes}, &r);
    submit(s, WRITE_PUT, &bytes, done, arg);
    buf_release(&sealed);
}

void store_delete(struct store *s, const char *kind, const char *id, store_done *done, void *arg)
{
    struct buf bytes = BUF_INIT;
    struct record_write r = {.kind = kind, .id = id, .changed = clock_now()};
    code_record(&(struct codec){.out = &bytes}, &r);
    submit(s, WRITE_DELETE, &bytes, done, arg);
}

void store_book(struct store *s, const struct attempt *attempts, size_t n,
    const struct request_row *r, store_done *done, void *arg)
{
    struct buf bytes = BUF_INIT;
    struct codec c = {.out = &bytes};
    int64_t count = (int64_t)n;
    bool has_request = r != NULL;
    code_book(&c, &count, &has_request);
    for (size_t i = 0; i < n; i++) {
        struct attempt a = attempts[i];
        code_attempt(&c, &a);
    }
    if (r) {
        struct request_row row = *r;
        code_request(&c, &row);
    }
    submit(s, WRITE_BOOK, &bytes, done, arg);
}

void store_audit(struct store *s, const struct audit_row *a)
{
    struct buf bytes = BUF_INIT;
    struct audit_row row = *a;
    code_audit(&(struct codec){.out = &bytes}, &row);
    submit(s, WRITE_AUDIT, &bytes, NULL, NULL);
}

void store_prune(struct store *s, int64_t now)
{
    pthread_mutex_lock(&s->lock);
    s->prune_at = now;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

bool store_busy(struct store *s, struct err *why)
{
    pthread_mutex_lock(&s->lock);
    bool stuck = s->stuck;
    bool full = s->waiting >= s->max_queue;
    if (stuck && why)
        *why = s->stuck_why;
    pthread_mutex_unlock(&s->lock);
    if (!stuck && full)
        err_set(why, ERR_BUSY, "too many writes wait for the store");
    return stuck || full;
}

/* --- reading at start ---------------------------------------------------------------------------
 */

struct load {
    const struct vault *vault;
    const char *kind;
    bool (*f)(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n);
    void *arg;
    struct err *err;
    bool failed;
};

static bool load_fail(struct load *l, const char *id, const char *hint)
{
    err_prefix(l->err, "%s '%s' in the store", l->kind, id);
    err_hint(l->err, "%s", hint);
    l->failed = true;
    return false;
}

static bool load_one(void *arg, const char *id, const char *doc, const void *sealed, size_t n)
{
    struct load *l = arg;
    struct buf plain = BUF_INIT;
    cJSON *tree = json_parse(doc, strlen(doc), l->err);
    if (!tree)
        return load_fail(l, id, "the database was changed by hand or is damaged: restore a backup");
    bool go_on;
    char *where = xasprintf("%s/%s", l->kind, id);
    if (sealed && vault_unseal(l->vault, where, sealed, n, &plain, l->err) != 0)
        go_on = load_fail(l, id, "the master key is not the one that this database was made with");
    else
        go_on = l->f(l->arg, id, tree, sealed ? plain.data : NULL, plain.len);
    free(where);
    buf_wipe(&plain);
    cJSON_Delete(tree);
    return go_on;
}

int store_load(struct store *s, const char *kind,
    bool (*f)(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n), void *arg,
    struct err *err)
{
    struct load l = {.vault = s->vault, .kind = kind, .f = f, .arg = arg, .err = err};
    if (s->backend->ops->load(s->backend, kind, load_one, &l, l.err) != 0)
        return -1;
    return l.failed ? -1 : 0;
}

int store_replay(struct store *s, int64_t attempts_since,
    void (*hourly)(void *, const struct store_sum *),
    void (*attempt)(void *, const struct store_sum *), void *arg, struct err *err)
{
    return s->backend->ops->replay(s->backend, attempts_since, hourly, attempt, arg, err);
}
