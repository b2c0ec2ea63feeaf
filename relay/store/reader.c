/* The reader thread: reports and backups, one after the other, so that none of them holds up a
 * request. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "store/store_int.h"

#define QUERIES_MAX 256

struct query {
    struct query *next;
    char *what; /* NULL: a backup to path */
    char *path;
    cJSON *params;
    store_answer *answer;
    store_done *done;
    void *arg;
};

static void query_free(struct query *q)
{
    cJSON_Delete(q->params);
    free(q->what);
    free(q->path);
    free(q);
}

static void query_fail(struct query *q, const struct err *why)
{
    if (q->what)
        q->answer(q->arg, NULL, why);
    else
        q->done(q->arg, why);
    query_free(q);
}

static void query_submit(struct store *s, struct query *q)
{
    struct err why;
    pthread_mutex_lock(&s->query_lock);
    bool full = s->queries >= QUERIES_MAX;
    if (!full) {
        *s->query_tail = q;
        s->query_tail = &q->next;
        s->queries++;
        pthread_cond_signal(&s->query_wake);
    }
    pthread_mutex_unlock(&s->query_lock);
    if (!full)
        return;
    err_set(&why, ERR_BUSY, "too many reports wait for the store");
    query_fail(q, &why);
}

void store_query(
    struct store *s, const char *what, const cJSON *params, store_answer *done, void *arg)
{
    struct query *q = xcalloc(1, sizeof *q);
    q->what = xstrdup(what);
    q->params = params ? xcheck(cJSON_Duplicate(params, true)) : NULL;
    q->answer = done;
    q->arg = arg;
    query_submit(s, q);
}

void store_backup(struct store *s, const char *path, store_done *done, void *arg)
{
    struct query *q = xcalloc(1, sizeof *q);
    q->path = xstrdup(path);
    q->done = done;
    q->arg = arg;
    query_submit(s, q);
}

/* What only the store itself knows of its state. */
static void add_state(struct store *s, cJSON *check)
{
    pthread_mutex_lock(&s->lock);
    size_t waiting = s->waiting, spilled = s->spilled;
    int64_t last = s->last_commit;
    bool stuck = s->stuck;
    pthread_mutex_unlock(&s->lock);
    json_put_int(check, "waiting", (int64_t)waiting);
    json_put_int(check, "spilled", (int64_t)spilled);
    json_put_bool(check, "busy", stuck || waiting >= s->max_queue);
    json_put_time(check, "last_commit", last);
}

static void run_query(struct store *s, struct query *q)
{
    struct err err;
    const char *file = json_str(q->params, "file");
    cJSON *r;
    if (strcmp(q->what, "restore") == 0 && file)
        r = store_stage(s->path, file, s->vault, json_bool(q->params, "only_check", false), &err);
    else
        r = s->backend->ops->query(s->backend, q->what, q->params, &err);
    if (r && strcmp(q->what, "check") == 0)
        add_state(s, r);
    q->answer(q->arg, r, r ? NULL : &err);
}

static void run_backup(struct store *s, struct query *q)
{
    struct err err;
    pthread_mutex_lock(&s->lock);
    bool spilled = s->spilled > 0;
    pthread_mutex_unlock(&s->lock);
    int r;
    if (spilled)
        r = err_set(&err, ERR_BUSY, "the database lacks writes that wait in the spill file");
    else
        r = s->backend->ops->backup(s->backend, q->path, &err);
    q->done(q->arg, r == 0 ? NULL : &err);
}

static struct query *next_query(struct store *s, bool *closing)
{
    pthread_mutex_lock(&s->query_lock);
    while (!s->query_head && !s->reader_closing)
        pthread_cond_wait(&s->query_wake, &s->query_lock);
    struct query *q = s->query_head;
    if (q) {
        s->query_head = q->next;
        if (!s->query_head)
            s->query_tail = &s->query_head;
        s->queries--;
    }
    *closing = s->reader_closing;
    pthread_mutex_unlock(&s->query_lock);
    return q;
}

static void *reader_main(void *arg)
{
    struct store *s = arg;
    struct query *q;
    bool closing;
    while ((q = next_query(s, &closing))) {
        struct err why;
        if (closing) {
            err_set(&why, ERR_FAILED, "the store is closing");
            query_fail(q, &why);
            continue;
        }
        if (q->what)
            run_query(s, q);
        else
            run_backup(s, q);
        query_free(q);
    }
    return NULL;
}

int reader_start(struct store *s, struct err *err)
{
    return store_thread(&s->reader, reader_main, s, err);
}

void reader_stop(struct store *s)
{
    pthread_mutex_lock(&s->query_lock);
    s->reader_closing = true;
    pthread_cond_signal(&s->query_wake);
    pthread_mutex_unlock(&s->query_lock);
    s->backend->ops->interrupt(s->backend);
    pthread_join(s->reader, NULL);
}
