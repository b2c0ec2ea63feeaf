/* The requests that are in the house right now, for request.list, cancel and the dashboard. Written
 * by the worker that owns the exchange, read by the control thread. */
#ifndef CRS_CORE_LIVE_H
#define CRS_CORE_LIVE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
enum live_state { LIVE_READ, LIVE_LINE, LIVE_CHOOSE, LIVE_FIRST, LIVE_STREAM, LIVE_RECORD };
const char *live_state_name(enum live_state s); /* "read", "line", "choose", "first", "stream", "record" */

struct live_view {
    char id[24], key[24], key_name[64], account[24], account_name[64];
    char model[96], client[48], address[64], path[128];
    enum live_state state;
    bool stream;
    int64_t started, first_byte; /* ms; 0 not yet */
    int place;                   /* in line, as of the moment when the view is copied */
    int64_t line_since;          /* monotonic ms; while in line */
    int attempts;
    int64_t input, output;       /* so far */
    int64_t cost_nano;           /* so far, estimated */
    uint64_t bytes_out;
};

struct live;
struct live_entry;
struct live *live_create(void);
void live_free(struct live *l);
/* cancel is called at most once, on another thread, under no lock: it only posts. */
struct live_entry *live_begin(struct live *l, const struct live_view *first,
    void (*cancel)(void *arg), void *arg);
/* Owner edits its view: between these two the entry's own small lock is held. */
struct live_view *live_edit(struct live_entry *e);
void live_edit_done(struct live_entry *e);
/* What others may read of the owner's decisions so far: borrowed until live_end, and added to only
 * between live_edit and live_edit_done. */
void live_trail(struct live_entry *e, const struct buf *trail);
void live_end(struct live_entry *e); /* no cancel comes after it returned */
/* Copies of all, oldest first; heap. */
struct live_view *live_list(struct live *l, unsigned long *n);
/* A copy of one's view and of its trail ("" when it has none), heap. -1: no such request. */
int live_look(struct live *l, const char *id, struct live_view *v, char **trail);
int live_cancel(struct live *l, const char *id); /* -1: no such request */
long live_cancel_key(struct live *l, const char *key); /* all of a key's, by its id; how many */
long live_count(struct live *l);

#endif
