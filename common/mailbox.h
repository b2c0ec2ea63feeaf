/* A thread's letter box: the only way across threads. Anyone posts; the owner's event loop runs what
 * was posted, in order. */
#ifndef CRS_COMMON_MAILBOX_H
#define CRS_COMMON_MAILBOX_H

#include <event2/event.h>

struct mailbox;
/* Belongs to the thread that runs base. */
struct mailbox *mailbox_create(struct event_base *base);
/* Runs what is left, then frees. Nobody may post any more. */
void mailbox_free(struct mailbox *m);
/* Any thread; never blocks, never runs f itself. One small allocation. */
void mailbox_post(struct mailbox *m, void (*f)(void *arg), void *arg);

#endif
