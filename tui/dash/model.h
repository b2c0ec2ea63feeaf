/* What the dashboard knows of the relay: a snapshot, kept up to date by numbered events. Knows
 * nothing of screens or connections; takes whatever JSON comes without harm.
 */
#ifndef CRS_TUI_DASH_MODEL_H
#define CRS_TUI_DASH_MODEL_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows with an id, sorted by it. */
struct row_set {
    cJSON **v;
    size_t n, cap;
};
const cJSON *rows_find(const struct row_set *s, const char *id);
/* The row whose `name` is this; NULL: none. */
const cJSON *rows_named(const struct row_set *s, const char *name);
void rows_put(struct row_set *s, cJSON *row); /* takes row; one without an id is dropped */
void rows_drop(struct row_set *s, const char *id);
void rows_clear(struct row_set *s);

/* The latest rows of something, oldest first; full ones push the oldest out. */
struct ring {
    cJSON **v;
    size_t first, n, max;
};
const cJSON *ring_at(const struct ring *r, size_t i); /* 0: oldest */
void ring_add(struct ring *r, cJSON *row);            /* takes row */
void ring_clear(struct ring *r);

/* A sum for each of the last steps of time. */
struct series {
    int64_t step; /* ms */
    int64_t last; /* number of the newest step */
    size_t n;
    int64_t *v; /* v[step % n] */
};
void series_add(struct series *s, int64_t at, int64_t amount);
int64_t series_get(const struct series *s, int64_t now, size_t back); /* 0: the step of now */

enum model_part {
    PART_STATUS,
    PART_ACCOUNTS,
    PART_KEYS,
    PART_REQUESTS,
    PART_ENDED,
    PART_EVENTS,
    PART_LOG,
    PART_USAGE,  /* something was booked */
    PART_CHANGE, /* somebody changed something */
    PARTS
};

#define ENDED_MAX 300
#define EVENTS_MAX 300
#define LOG_MAX 3000
#define ROWS_MAX 200000 /* of one kind: what no relay has, and a broken one cannot pass */

struct model {
    bool have;     /* a snapshot has come */
    int64_t seq;   /* of the last event in here */
    int64_t told;  /* events of this subscription, those of the snapshot included */
    int64_t at;    /* wall time of the last word */
    cJSON *status; /* as system.status */
    struct row_set accounts, keys, requests;
    struct ring ended, events, log;
    struct series output;        /* tokens a minute */
    struct series output_second; /* tokens a second */
    unsigned rev[PARTS];         /* counts changes */
    bool attention_old;          /* an event says that the attention list may differ */
};

void model_init(struct model *m);
void model_release(struct model *m);
/* result of event.subscribe with snapshot. */
void model_snapshot(struct model *m, const cJSON *result, int64_t now);
/* params of the notification `event`. Events that the snapshot has in it already are dropped.
 * false: one before it never came, and a new snapshot is needed. */
bool model_event(struct model *m, const cJSON *params, int64_t now);
/* params of the heartbeat: it counts an event that never came. */
bool model_missed(struct model *m, const cJSON *params);
/* result of system.status. */
void model_status(struct model *m, const cJSON *status, int64_t now);
/* Rows of request.list that ended: fills `ended` and the chart of the last hour. */
void model_history(struct model *m, const cJSON *items, int64_t now);
/* A row of log.tail. */
void model_log(struct model *m, const cJSON *row);

/* Accounts in a state; NULL: all. */
size_t model_accounts_in(const struct model *m, const char *state);
/* A member as ms, from RFC 3339 or a number of ms; 0: none. */
int64_t row_time(const cJSON *row, const char *name);

#endif
