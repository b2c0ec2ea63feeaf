/* A worker: one thread with its own loop, letter box, upstream connections, exchanges and
 * listeners. What the calls below do to a running worker they do by letter. */
#ifndef CRS_THREAD_WORKER_H
#define CRS_THREAD_WORKER_H

#include "http/http.h"

struct worker;
/* addresses: what to listen on. Made and bound on the calling thread; worker_start begins to serve.
 */
struct worker *worker_create(
    struct house *h, struct gate *g, int number, const struct strlist *addresses, struct err *err);
void worker_addresses(const struct worker *w, struct strlist *out);
int worker_start(struct worker *w, struct err *err);
/* Upstream settings, from the house's present ones. Any thread. */
void worker_reload(struct worker *w);
/* Takes no new connections; idle ones are closed. done is called on the worker's thread when its
 * last exchange has ended and its last connection is closed. Any thread, once. */
void worker_drain(struct worker *w, void (*done)(void *arg), void *arg);
/* Ends all exchanges now: streams get an error event, all are booked. Any thread. */
void worker_cut(struct worker *w);
/* Ends the loop and joins the thread. */
void worker_stop(struct worker *w);
/* After the store was closed: delivers what letters are left, frees. */
void worker_free(struct worker *w);
long worker_connections(const struct worker *w); /* any thread */
long worker_running(const struct worker *w);

#endif
