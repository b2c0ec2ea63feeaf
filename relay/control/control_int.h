/* Inside the control plane: who is connected (peer), one call under way (order), and what the
 * handlers share. All of it runs on the main thread; what other threads finish comes in through the
 * mailbox. */
#ifndef CRS_CONTROL_INT_H
#define CRS_CONTROL_INT_H

#include <event2/event.h>
#include "common/i18n.h"
#include "common/json.h"
#include "common/mailbox.h"
#include "common/method.h"
#include "common/rpc.h"
#include "control/control.h"
#include "store/store.h"
#include "upstream/upstream.h"

struct order;

#define CONNECTIONS_MAX 64
#define IN_FLIGHT_MAX 32              /* calls of one peer */
#define ORDERS_MAX 1024               /* calls of all peers */
#define BACKLOG_MAX ((size_t)4 << 20) /* bytes that wait for a slow reader */
#define HALF_LINE_MS 10000            /* for the rest of a line that has begun */
#define KEY_KEPT_MS (7 * MS_DAY)      /* a removed key can be restored */

/* A record of which only control knows: templates and groups. */
struct note_record {
    char *id, *name;
    int64_t created, changed;
    cJSON *doc; /* of a template its settings; of a group {"note":...} */
};
struct note_book {
    const char *kind; /* of its records in the store */
    struct note_record **v;
    size_t n;
};

#define BEGUN_MAX 64 /* sign-ins that are remembered */
struct begun_login {
    char id[24], kind[32];
    cJSON *given; /* name, groups and settings of the account to be, as they came with the begin */
};

struct control {
    struct control_parts p;
    char *socket_path;
    unsigned refs; /* orders hold it: their answers may come after control_free */
    bool dead;     /* after control_free: touch nothing of p but the mailbox */
    struct door *door;
    struct admin_door *admin; /* NULL: off */
    struct upstream *upstream;
    struct peer *peers;
    size_t n_peers;
    size_t n_orders;
    struct order *turn_first, **turn_last; /* orders that change something, one at a time */
    bool turn_busy;
    struct note_book templates, groups;
    char *token_hash; /* of the HTTP admin; NULL: none made */
    struct order *drain_waiters;
    bool draining;
    struct pulse *pulse; /* what watchers were told of requests, accounts, keys */
    struct begun_login begun[BEGUN_MAX];
    size_t n_begun;
    struct doctor *doctors; /* examinations under way */
    int64_t purged;         /* last look for removed keys */
};
void control_ref(struct control *c);
void control_unref(struct control *c);
void begun_release(struct control *c);

/* --- peers -------------------------------------------------------------------------------------
 */

struct peer_ops {
    /* One line with its newline, or more. Never closes the peer itself. */
    void (*send)(struct peer *p, const char *bytes, size_t n);
    size_t (*queued)(const struct peer *p); /* bytes not yet taken by the socket */
    void (*finish)(struct peer *p);         /* close after what is queued */
};
struct peer {
    struct control *c;
    struct peer *next, **prev;
    const struct peer_ops *ops;
    enum level level;
    int64_t uid;    /* -1: by network */
    char who[64];   /* user name, for the audit */
    char from[80];  /* "socket", "pid 12", or an address */
    enum lang lang; /* of what it is told; as its hello said */
    bool greeted;
    bool one_answer; /* gone after it: nothing can be followed */
    int in_flight;
    int status; /* of the last answer as an HTTP status, for the HTTP admin */
    bool sent;  /* something went out since the last tick */
    struct order *orders;
    struct follow *follow;   /* events */
    struct log_follow *tail; /* log lines */
};
void peer_init(struct peer *p, struct control *c, const struct peer_ops *ops);
/* Its orders run on without it; its subscriptions end. */
void peer_release(struct peer *p);
/* One line of a peer: hello, or an order. Takes the line (it may hold a secret: wiped). -1: not
 * JSON-RPC; the fault has been answered and the peer should be finished. */
int peer_line(struct peer *p, char *line, size_t n);
void peer_send(struct peer *p, const struct buf *lines);
void peer_notify(struct peer *p, const char *method, const cJSON *params);

/* --- finding things by what people write ---------------------------------------------------------
 */

/* As core_key_find and core_account_find, with a hint at the nearest name. */
const struct key *find_key(struct control *c, const char *name, bool removed, struct err *err);
const struct account *find_account(struct control *c, const char *name, struct err *err);
struct note_record *find_note(struct note_book *b, const char *name, struct err *err);
/* A name that a person gives to a new thing: 1 to 64 bytes, no control characters, no blanks at the
 * ends, no comma, not beginning with '-', not "none". */
int name_check(const char *name, struct err *err);

/* --- templates and groups ------------------------------------------------------------------------
 */

int note_book_load(struct note_book *b, struct store *s, struct err *err);
void note_book_release(struct note_book *b);
struct note_record *note_book_add(
    struct note_book *b, const char *id, const char *name); /* sorted */
void note_book_remove(struct note_book *b, struct note_record *r);
void note_book_rename(struct note_book *b, struct note_record *r, const char *name);
cJSON *note_record_doc(const struct note_record *r); /* as stored */
/* Every group that is known, by its record or because an account carries it. */
void groups_all(struct control *c, struct strlist *names);

/* --- the parts that have a life of their own
 * ------------------------------------------------------- */

struct door *door_open(struct control *c, const char *path, struct err *err);
void door_close(struct door *d);
struct admin_door *admin_open(struct control *c, const struct settings *s, struct err *err);
void admin_close(struct admin_door *d);
void admin_token_changed(struct admin_door *d);

/* Name and level of the one at the other end of a Unix socket, by the daemon's user and the groups
 * that are set. */
void peer_credentials(struct peer *p, int fd, const struct settings *s);

void follow_start(struct peer *p, unsigned topics); /* replaces a former one */
void follow_stop(struct peer *p);
void follow_pump(struct peer *p); /* there may be room in the output again */
uint64_t follow_told(const struct peer *p); /* events it was handed since follow_start */
void log_follow_start(struct peer *p, int level, int area, const char *request, const char *grep);
void log_follow_stop(struct peer *p);
void log_events_start(struct control *c); /* log lines as events, while someone wants them */
void log_events_stop(struct control *c);

/* Tells watchers what moved since the last second: requests, accounts, keys, totals. */
void pulse_tick(struct control *c, int64_t now);
void pulse_free(struct control *c);
void keys_purge_old(struct control *c, int64_t now);
void drain_tick(struct control *c);
void doctor_stop(struct control *c);

#endif
