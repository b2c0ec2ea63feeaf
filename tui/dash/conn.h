/* The connection of the dashboard: tries until there is one, subscribes, notices silence, takes a
 * new snapshot when events were lost.
 */
#ifndef CRS_TUI_DASH_CONN_H
#define CRS_TUI_DASH_CONN_H

#include "tui/link/link.h"
#include "common/method.h"

struct dash;

enum conn_state {
    CONN_CONNECTING, /* never been there yet */
    CONN_SYNC,       /* a snapshot is under way */
    CONN_LIVE,
    CONN_STALE,  /* no word for three seconds, also while a snapshot is waited for */
    CONN_AWAY,   /* lost; tried again by and by */
    CONN_REFUSED /* another protocol: trying again is no use until someone says so */
};

struct call_note;
struct conn {
    struct host host;
    struct link *link; /* NULL between tries */
    enum conn_state state;
    int64_t since;    /* monotonic ms: in this state */
    int64_t heard;    /* monotonic ms of the last word */
    int64_t heard_at; /* wall time of it */
    int64_t retry_at; /* monotonic ms */
    int tries;
    struct err why; /* of AWAY and REFUSED */
    enum level level;
    int64_t asked_status; /* monotonic ms of the last system.status */
    bool asking;          /* event.subscribe is under way: what is here may have gaps */
    struct call_note *notes;
};
int conn_init(struct dash *d, struct err *err);
void conn_release(struct dash *d);
/* Moves bytes, tries again, asks what is due. Call after each wait. */
void conn_tick(struct dash *d);
/* Until when conn_tick has nothing to do, in ms from now. */
int64_t conn_due(const struct dash *d, int64_t mono);
void conn_retry(struct dash *d);        /* at once; a live one takes a new snapshot */
bool conn_usable(const struct dash *d); /* calls can be made */
bool conn_old(const struct dash *d);    /* what is known is so old that it is shown faded */
const char *conn_word(const struct dash *d, char out[40]); /* "LIVE", "AWAY 00:12" */

#endif
