/* Numbered events for dashboards and watchers. Publishing costs nothing while nobody listens. */
#ifndef CRS_CORE_EVENT_H
#define CRS_CORE_EVENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

enum topic { TOPIC_ACCOUNT, TOPIC_KEY, TOPIC_REQUEST, TOPIC_USAGE, TOPIC_LOG, TOPIC_CONFIG,
    TOPIC_ADMIN, TOPICS };
const char *topic_name(enum topic t);
int topic_by_name(const char *name); /* -1 unknown */

struct bus;
struct bus *bus_create(void);
void bus_free(struct bus *b); /* with its subscribers; nobody may publish any more */
/* Whether anyone would get it: check before building a payload. Lock-free. */
bool bus_wants(const struct bus *b, enum topic t);
/* Takes payload (NULL gives null); stamps {"seq":n,"topic":...,"at":ms,"data":payload}. Any thread.
 * What nobody listens to gets no number. */
void bus_publish(struct bus *b, enum topic t, cJSON *payload);
uint64_t bus_seq(struct bus *b);

/* A subscriber: a bounded queue. wake is called (any thread, no lock held) when the queue becomes
 * non-empty; it only posts. When the bound is passed the queue is emptied and lost is set. */
struct subscriber;
struct subscriber *bus_subscribe(struct bus *b, unsigned topics_mask, size_t max_bytes,
    void (*wake)(void *arg), void *arg);
void bus_unsubscribe(struct subscriber *s); /* waits for a wake under way */
/* Next event as one line of JSON (heap), or NULL. *lost tells once that events were dropped. */
char *subscriber_next(struct subscriber *s, bool *lost);

#endif
