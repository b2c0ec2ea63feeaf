/* The control plane: Unix socket, dispatch by the method table, handlers, HTTP admin. Main thread.
 */
#ifndef CRS_CONTROL_H
#define CRS_CONTROL_H

#include <event2/event.h>
#include "base/settings.h"
#include "care/care.h"
#include "core/live.h"
#include "provider/dataset.h"

struct control_parts { /* borrowed; all outlive the control plane */
    struct event_base *base;
    struct mailbox *mailbox;
    struct core *core;
    struct store *store;
    struct care *care;
    struct bus *bus;
    struct live *live;
    const struct vault *vault;
    const struct zone *zone;
    struct settings_holder *settings;
    struct dataset_holder *data;
    int64_t started;           /* ms */
    const char *legacy_pepper; /* of keys taken over, for key.whose; NULL: none */
    /* What only the daemon can do; results as errors. */
    void *daemon;
    int (*reload)(void *daemon, struct strlist *need_restart, struct err *err);
    void (*drain)(void *daemon, bool on); /* refuse or take new requests */
    void (*stop)(void *daemon, bool now);
    void (*facts)(void *daemon, cJSON *o); /* workers, connections, listen addresses: for status */
};
struct control;
/* Listens on the socket (a stale one is replaced, a live one is ERR_CONFLICT). */
struct control *control_create(
    const struct control_parts *p, const char *socket_path, struct err *err);
void control_free(struct control *c);
void control_reloaded(struct control *c); /* settings changed */
/* Once a second: heartbeats, request progress for subscribers. */
void control_tick(struct control *c, int64_t now);

#endif
