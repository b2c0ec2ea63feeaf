/* The inside of an exchange, shared by the steps. */
#ifndef CRS_FLOW_EXCHANGE_INT_H
#define CRS_FLOW_EXCHANGE_INT_H

#include <event2/event_struct.h>

#include "flow/fault.h"
#include "flow/flow.h"
#include "flow/hold.h"
#include "flow/reading_int.h"
#include "flow/route.h"
#include "flow/trail.h"

enum step_verdict {
    STEP_NEXT,  /* go on */
    STEP_WAIT,  /* exchange_go will be called */
    STEP_RETRY, /* back to choose: from forward, before a byte of an answer went out */
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

/* A whole reply: ours, or an upstream's error that is passed on. */
struct reply {
    int status; /* 0: none */
    struct buf fields, body;
};

/* One upstream attempt while it runs. */
struct trial {
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
    const struct account *served; /* reference: whom the last attempt was made with */
    char **tried;                 /* NULL-ended account ids */
    size_t n_tried;
    int64_t forward_since; /* monotonic ms of the first attempt */
    unsigned same_again;
    bool renewing, renewed;
    struct plan plan;
    struct call *call;
    struct trial trial;
    struct head_copy *answer_head; /* of an answer that is being judged */
    struct reply answer;           /* its status, the fields that pass, and what came of its body */
    int64_t answer_length;         /* -1 unknown */
    bool answer_events;            /* it is a stream of events */
    bool answer_ended;             /* its body is complete */
    size_t scrub_held;             /* bytes of an error that may be the credential's beginning */
    struct reply kept;             /* the last error of an upstream, in case nothing better comes */
    struct fault kept_fault;       /* or what is said instead of it */
    bool has_kept;

    /* stream */
    struct tap *tap;
    struct hold hold;
    struct buf whole; /* a reply that is sent in one piece */
    bool paused;      /* the call is, until the client has read */
    bool gathering;   /* an error body, to be judged */
    bool opening;     /* a stream's beginning, to be judged: it waits in answer.body */
    bool opened;      /* it was one: what waits there is transformed and metered */
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
    atomic_size_t running; /* others look at it */
    int64_t not_booked_at; /* monotonic ms of the last line about it */
};

/* exchange.c: the loop and the door out */
void exchange_go(struct exchange *x, enum step_verdict v);
/* The one way out: whatever waits is cancelled, then meter and record run, then the last bytes go.
 * Once only; later calls change nothing. */
void exchange_finish(struct exchange *x, enum finish how);
void exchange_fail(struct exchange *x);        /* with x->fault: refused or failed, by what it is */
int64_t exchange_ms(const struct exchange *x); /* since it began */
void exchange_state(struct exchange *x, enum live_state s);
/* Authenticated; takes the reference. */
void exchange_known(struct exchange *x, const struct key *key);

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
void tick_init(struct exchange *x);
void tick_start(struct exchange *x);
void tick_stop(struct exchange *x);
/* One wait at a time, for what the walk itself waits for; waited is called when it is over. */
void wait_start(struct exchange *x, int64_t ms, void (*waited)(struct exchange *x));
void wait_stop(struct exchange *x);
void tick_progress(struct exchange *x); /* tells the dashboard, not too often */
#endif
