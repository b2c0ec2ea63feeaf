/* The inside of an exchange, shared by the steps. */
#ifndef CRS_FLOW_EXCHANGE_INT_H
#define CRS_FLOW_EXCHANGE_INT_H

#include <event2/event_struct.h>

#include "common/jscan.h"
#include "dialect/transform.h"
#include "flow/fault.h"
#include "flow/flow.h"
#include "flow/hold.h"
#include "flow/route.h"
#include "flow/trail.h"

enum step_verdict {
    STEP_NEXT,  /* go on */
    STEP_WAIT,  /* exchange_go will be called */
    STEP_RETRY, /* back to choose: only from forward, and only before a byte of an answer went out
                 */
    STEP_FAIL,  /* x->fault (or the kept upstream answer) is the reply */
    STEP_DONE   /* x->reply is the reply: answered here */
};
enum step_id {
    AT_ROUTE,
    AT_AUTHENTICATE,
    AT_READ,
    AT_ADMIT,
    AT_CHOOSE,
    AT_FORWARD,
    AT_STREAM,
    AT_METER,
    AT_RECORD,
    STEPS
};
struct step {
    const char *name;
    enum step_verdict (*enter)(struct exchange *x);
};
extern const struct step flow_steps[STEPS];

enum finish { FINISH_DONE, FINISH_REFUSED, FINISH_FAILED, FINISH_ABORTED, FINISH_CANCELLED };

/* A head of which all spans lie in its own memory. */
struct head_copy {
    struct h1_head head;
    char bytes[];
};
struct head_copy *head_copy(const struct h1_head *head);

/* A whole reply: ours, or an upstream's error that is passed on. */
struct reply {
    int status; /* 0: none */
    struct buf fields, body;
};

/* What the body says of itself, from the watched members. */
struct facts {
    char *model; /* "" none */
    char *session, *user_id;
    bool stream; /* asked for a stream */
    bool events; /* of server-sent events */
    bool has_system;
    int64_t max_tokens;
    uint64_t model_begin, model_end;
};

/* One upstream attempt while it runs. */
struct
try {
    int number;
    int64_t started, first_byte; /* wall ms */
    int status;
    char fault[64];
    bool open;    /* begun and not booked */
    bool partial; /* its stream was cut */
};

struct exchange {
    struct flow *flow;
    uint64_t handle; /* by which letters of other threads find it */
    struct exchange *next_dead;
    char id[24], address[64];
    enum step_id step;
    enum finish how;
    bool finishing, buried;

    /* the client */
    struct h1_conn *conn; /* NULL: it left, or has its reply */
    struct door door;
    struct head_copy *head;
    bool replied;       /* a reply head went out */
    bool line_answered; /* it was ours: 200 and pings, while the request waited in line */
    bool events;        /* the client reads server-sent events */
    int64_t out_at;     /* monotonic ms of the last byte out */
    uint64_t bytes_out;

    /* route, authenticate */
    const struct settings *settings;
    const struct dataset *data;
    struct route_match match;
    enum dialect dialect;
    enum service service;
    const struct key *key;
    int64_t began, began_mono;

    /* read */
    struct body *body;
    struct jscan *scan;
    struct facts facts;
    struct client_match client;
    uint64_t budgeted; /* body bytes counted in the house */
    bool long_context; /* asked for by header */

    /* admit */
    struct ticket *ticket;
    int64_t line_since; /* monotonic ms; 0: not in line */
    int line_place;     /* when it came there */

    /* choose, forward */
    struct lease lease;
    bool leased;
    char **tried; /* NULL-ended account ids */
    size_t n_tried;
    int64_t forward_since; /* monotonic ms of the first attempt */
    unsigned same_again;
    bool renewing, renewed;
    struct plan plan;
    struct call *call;
    struct try try;
    struct head_copy *answer_head; /* of an answer that is being judged */
    struct reply answer;           /* its status, the fields that pass, and what came of its body */
    int64_t answer_length;         /* -1 unknown */
    bool answer_events;            /* it is a stream of events */
    bool answer_ended;             /* its body is complete */
    struct reply kept;             /* the last error of an upstream, in case nothing better comes */
    struct fault kept_fault;       /* or what is said instead of it */
    bool has_kept;

    /* stream */
    struct tap *tap;
    struct hold hold;
    struct buf whole; /* of a transform that makes one */
    bool paused;      /* the call is, until the client has read */
    bool gathering;   /* an error body, to be judged */
    bool streaming;

    /* meter, record */
    struct usage usage;
    struct cost cost;
    struct reply reply;
    struct fault fault;
    bool has_fault;
    struct trail trail;
    struct live_entry *live;
    int64_t live_at; /* monotonic ms of the last progress report */

    struct event tick, wait;
    void (*waited)(struct exchange *x); /* what follows the wait */
};

struct flow {
    struct house *house;
    struct event_base *base;
    struct mailbox *mailbox;
    struct upstream *upstream;
    struct event reap;
    struct exchange *dead;
    struct slot {
        struct exchange *x;
        uint32_t generation, next_free;
    } * slots;
    uint32_t n_slots, free_slot;
    size_t running;
};

/* exchange.c: the loop and the door out */
void exchange_go(struct exchange *x, enum step_verdict v);
/* The one way out: whatever waits is cancelled, then meter and record run, then the last bytes go.
 * Once only; later calls change nothing. */
void exchange_finish(struct exchange *x, enum finish how);
void exchange_fail(struct exchange *x); /* with x->fault: refused or failed, by what it is */
void exchange_state(struct exchange *x, enum live_state s);
void exchange_known(
    struct exchange *x, const struct key *key); /* authenticated; takes the reference */

/* last.c: the end of the reply, and of the exchange */
void exchange_last_bytes(struct exchange *x);
void exchange_bury(struct exchange *x);
void exchange_forget_request(struct exchange *x); /* head, body and scanner: no retry can come */

/* slots.c: handles, and letters from other threads */
void flow_slot_take(struct flow *f, struct exchange *x);
void flow_slot_give(struct flow *f, struct exchange *x);
struct exchange *flow_find(struct flow *f, uint64_t handle);
struct letter {
    struct flow *flow;
    uint64_t handle;
    void (*run)(struct exchange *x, const struct letter *l);
    bool failed;
    struct err err;
};
struct letter *letter_create(
    struct exchange *x, void (*run)(struct exchange *, const struct letter *));
/* Any thread: delivers it; it frees itself, also when the exchange has gone meanwhile. */
void letter_post(struct letter *l);

/* tick.c: what time brings */
void tick_start(struct exchange *x);
void tick_stop(struct exchange *x);
void tick_init(struct exchange *x);
/* One wait at a time, for what the walk itself waits for; waited is called when it is over. */
void wait_start(struct exchange *x, int64_t ms, void (*waited)(struct exchange *x));
void wait_stop(struct exchange *x);
void tick_progress(struct exchange *x); /* tells the dashboard, not too often */

/* reply.c: bytes to the client */
void reply_set_fault(struct exchange *x);
void reply_release(struct reply *r);
void reply_head(struct exchange *x, int status, const struct buf *fields, int64_t length);
void reply_bytes(void *self, const char *p, size_t n);
void reply_line(struct exchange *x); /* answers 200 and a first ping, if that can be done now */
void reply_ping(struct exchange *x);

/* the steps, a file each */
enum step_verdict step_route(struct exchange *x);
enum step_verdict step_authenticate(struct exchange *x);
enum step_verdict step_read(struct exchange *x);
enum step_verdict step_admit(struct exchange *x);
enum step_verdict step_choose(struct exchange *x);
enum step_verdict step_forward(struct exchange *x);
enum step_verdict step_stream(struct exchange *x);
enum step_verdict step_meter(struct exchange *x);
enum step_verdict step_record(struct exchange *x);

/* bearer.c */
/* The relay key of the request, trimmed; an empty span when there is none. *keep is what it may
 * point into, to be freed with secret_free. */
struct span bearer_find(const struct h1_head *head, const char *query, char **keep);

/* session.c */
/* An id that stays the same through one conversation, heap; "" when nothing shows one. */
char *session_find(const struct h1_head *head, const struct jscan *scan, const struct body *body);
/* The session in a metadata.user_id of either form, heap or NULL. */
char *session_of_user_id(const char *user_id);

/* facts.c: the members that decide something */
extern const char *const fact_paths[];
extern const size_t fact_count;
enum {
    FACT_MODEL,
    FACT_STREAM,
    FACT_USER_ID,
    FACT_CACHE_KEY,
    FACT_CLIENT_SESSION,
    FACT_SYSTEM,
    FACT_INSTRUCTIONS,
    FACT_SYSTEM_INSTRUCTION,
    FACT_INNER_SYSTEM,
    FACT_INNER_SESSION,
    FACT_MAX_TOKENS,
    FACT_MAX_OUTPUT,
    FACT_MAX_COMPLETION,
    FACT_MAX_GEMINI,
    FACT_MAX_INNER,
    FACT_SPEED,
    FACT_TIER,
    FACT_THINKING
};
int facts_read(struct facts *f, const struct jscan *scan, struct fault *fault);
void facts_release(struct facts *f);

/* judge.c: what an upstream's answer leads to */
void judge_answer(struct exchange *x, enum call_fault fault, const char *text);
/* The reply that is left when no account could serve it. */
void judge_give_up(struct exchange *x, const struct refusal *r);

/* The sentence of an upstream's error, into x->fault, for where its bytes cannot go. */
void judge_words(struct exchange *x, const struct reply *r);

/* step_choose.c: the lease */
void choose_release(struct exchange *x);
void choose_exclude(struct exchange *x); /* this account is not to be taken again; releases it */
void choose_renew(struct exchange *x);   /* its token, then forward with the same lease */

/* step_stream.c */
void stream_bytes(struct exchange *x, const char *p, size_t n);
void stream_end(struct exchange *x);
void stream_broken(struct exchange *x, enum call_fault fault, const char *text);

/* pump.c: callbacks of the call */
extern const struct call_ops pump_ops;
void pump_fill_ask(struct exchange *x, struct ask *ask);

/* attempt.c: booking of what was tried */
void attempt_begin(struct exchange *x);
/* Fills a for the store from the present attempt. */
void attempt_fill(struct exchange *x, struct attempt *a);
/* Closes the present one and books it alone: another follows. */
void attempt_close(struct exchange *x);
void attempt_fault(struct exchange *x, const char *word);
/* Whether the present attempt is one for the ledger: begun, and not a helper call. */
bool attempt_is_booked(const struct exchange *x);

/* answer.c: what the relay answers itself. Sets x->reply. */
enum step_verdict answer_own(struct exchange *x);

#endif
