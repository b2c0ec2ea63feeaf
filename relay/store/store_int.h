/* Inside the store: what is queued, where it goes when the database cannot take it, and what a
 * backend has to offer. Threads: any (store.c), one writer (writer.c), one reader (reader.c). */
#ifndef CRS_STORE_INT_H
#define CRS_STORE_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include "store/store.h"

/* --- one queued write ------------------------------------------------------------------------- */

enum write_kind { WRITE_PUT = 1, WRITE_DELETE, WRITE_BOOK, WRITE_AUDIT };

/* A write is bytes from the moment it is asked for: the queue, the spill file and the backends all
 * read the same form. Secrets in it are sealed already. */
struct write {
    struct write *next;
    store_done *done; /* may be NULL */
    void *arg;
    struct err *failure; /* heap; NULL: committed */
    enum write_kind kind;
    size_t size;
    unsigned char bytes[];
};

enum secret_change { SECRET_KEEP, SECRET_REMOVE, SECRET_SET };
struct record_write { /* PUT; of DELETE only kind and id are set */
    const char *kind, *id, *doc;
    int64_t changed; /* ms */
    enum secret_change change;
    const char *sealed;
    size_t n_sealed;
};

/* Both directions of one form: with `out` the fields are added to it, without they are taken from
 * p..end. Strings come out borrowed and NUL-terminated. `bad` is set, and all later fields are
 * empty, when the bytes do not hold what is asked for. */
struct codec {
    struct buf *out;
    const unsigned char *p, *end;
    bool bad;
};
void code_record(struct codec *c, struct record_write *r);
void code_book(struct codec *c, int64_t *n_attempts, bool *has_request);
void code_attempt(struct codec *c, struct attempt *a);
void code_request(struct codec *c, struct request_row *r);
void code_audit(struct codec *c, struct audit_row *a);

struct write *write_create(enum write_kind kind, const void *bytes, size_t n);
void write_free(struct write *w);
void write_free_list(struct write *list);
void write_fail(struct write *w, const struct err *why);
struct codec write_codec(const struct write *w); /* for reading it */

/* --- the spill file: durable writes while the database takes none -------------------------------
 */

#define SPILL_BYTES (16u << 20)
#define SPILL_MARK 16 /* bytes of a mark: names one filling of the file */

struct spill;
/* Makes or opens the file (mode 0600, `bytes` preallocated) and locks it: ERR_CONFLICT when another
 * process has it. Keeps what an earlier process left in it. */
struct spill *spill_open(const char *path, size_t bytes, struct err *err);
void spill_close(struct spill *s);
bool spill_empty(const struct spill *s);
size_t spill_used(const struct spill *s); /* bytes */
size_t spill_size(const struct spill *s);
const unsigned char *spill_mark(const struct spill *s);
/* Adds writes of the list as long as there is room and makes them durable; gives the first one that
 * was not taken (NULL: all were), and then why. */
struct write *spill_add(struct spill *s, struct write *list, struct err *why);
/* All of it, oldest first, as a list that the caller frees. */
struct write *spill_read(struct spill *s, struct err *err);
void spill_clear(struct spill *s);

/* --- a backend ---------------------------------------------------------------------------------
 */

struct backend;
struct backend_ops {
    void (*close)(struct backend *b);
    /* Writer thread. All or nothing, durable on 0. A write that can never succeed gets its failure
     * and the others are written. With a mark: remembers in the same transaction that the spill of
     * this mark has been taken over. */
    int (*write)(struct backend *b, struct write *list, const unsigned char *mark, struct err *err);
    bool (*has_mark)(struct backend *b, const unsigned char *mark);
    /* Writer thread, after the waiters were told: housekeeping. */
    void (*rest)(struct backend *b);
    /* Writer thread. Deletes a bounded slice of what is over its time; true: there is more. */
    bool (*prune)(struct backend *b, int64_t now);
    /* Any thread, at start. The secrets are still sealed. */
    int (*load)(struct backend *b, const char *kind,
        bool (*f)(void *arg, const char *id, const char *doc, const void *sealed, size_t n),
        void *arg, struct err *err);
    int (*replay)(struct backend *b, int64_t since, void (*sum)(void *, const struct store_sum *),
        void (*attempt)(void *, const struct store_sum *), void *arg, struct err *err);
    /* Reader thread. */
    cJSON *(*query)(struct backend *b, const char *what, const cJSON *params, struct err *err);
    int (*backup)(struct backend *b, const char *path, struct err *err);
    /* Any thread: makes a query or backup under way, and all later ones, fail soon. */
    void (*interrupt)(struct backend *b);
};
struct backend {
    const struct backend_ops *ops;
};

/* What only the tests change; zeros are the real thing. */
struct store_tuning {
    const char *vfs;   /* SQLite VFS to use */
    int64_t max_pages; /* of the database file */
    size_t spill_bytes;
    int64_t retry_ms; /* between attempts to write again, default 1000 */
};
struct store *store_open_tuned(
    const struct store_options *o, const struct store_tuning *t, struct err *err);
struct backend *sqlite_open(
    const struct store_options *o, const struct store_tuning *t, struct err *err);

/* --- the store ---------------------------------------------------------------------------------
 */

struct query;
struct store {
    char *path;
    struct backend *backend;
    struct spill *spill; /* writer thread after open */
    const struct vault *vault;
    size_t max_queue;
    int64_t retry_ms;
    int64_t retry_at;  /* writer only: monotonic ms of the next try; 0: all is well */
    struct err broken; /* writer only: why the database took nothing */

    pthread_t writer;
    pthread_mutex_t lock; /* guards all from here to busy_why */
    pthread_cond_t wake;
    struct write *head, **tail;
    size_t waiting;   /* queued or being written */
    int64_t prune_at; /* wall ms of a prune that was asked for; 0: none */
    bool closing;
    bool stuck; /* admission has to stop */
    struct err stuck_why;
    size_t spilled;      /* bytes in the spill file */
    int64_t last_commit; /* wall ms */

    pthread_t reader;
    pthread_mutex_t query_lock; /* guards all below */
    pthread_cond_t query_wake;
    struct query *query_head, **query_tail;
    size_t queries;
    bool reader_closing;
};

void store_submit(struct store *s, struct write *w);
/* A thread that takes no signals: those are the main thread's. */
int store_thread(pthread_t *t, void *(*f)(void *), void *arg, struct err *err);
/* Takes in what store_stage() laid beside the database. *kept (heap): where the old one is now;
 * NULL when nothing was there to take in. ERR_CONFLICT while another process has the database. */
int store_take_staged(const char *path, char **kept, struct err *err);
/* Makes the name `path` itself durable. */
int store_sync_directory(const char *path, struct err *err);
int writer_start(struct store *s, struct err *err);
void writer_stop(struct store *s); /* after all that is queued */
/* Takes over what an earlier process left in the spill file. */
int writer_recover(struct store *s, struct err *err);
int reader_start(struct store *s, struct err *err);
void reader_stop(struct store *s); /* answers what waits with an error */

#endif
