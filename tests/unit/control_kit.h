/* A control plane to talk to: real core, store, care and bus in a directory of its own, driven by
 * one event loop in the test's thread. Peers are in memory, with the level a test gives them; the
 * socket is real as well. */
#ifndef CRS_TEST_CONTROL_KIT_H
#define CRS_TEST_CONTROL_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "control/order_int.h"

struct kit {
    char dir[64], socket[96], config[96];
    struct event_base *base;
    struct mailbox *mailbox;
    struct vault *vault;
    struct zone *zone;
    struct store *store;
    struct core *core;
    struct bus *bus;
    struct live *live;
    struct care *care;
    struct settings_holder *settings;
    struct dataset_holder *data;
    struct control *control;
    bool draining, stopped;
    int reloads;
};
struct test_peer {
    struct peer peer;
    struct kit *kit;
    struct buf out;
    size_t taken;   /* bytes of out that were looked at */
    size_t blocked; /* pretended backlog */
    bool finished;
};

/* config: lines of the daemon's configuration, or NULL. */
void kit_open(struct kit *k, const char *config);
void kit_close(struct kit *k);
/* Closes and opens the daemon's parts again over the same store. */
void kit_restart(struct kit *k);

void peer_open(struct kit *k, struct test_peer *p, enum level level);
void peer_close(struct test_peer *p);
/* params: JSON with ' for ", or NULL. The whole answer; runs the loop till it is there. */
cJSON *peer_call(struct test_peer *p, const char *method, const char *params);
/* Next line that was sent, parsed; runs the loop up to 10 s. */
cJSON *peer_next(struct test_peer *p);
bool peer_quiet(struct test_peer *p); /* nothing unread, after what is under way was run */

/* As admin: the result (asserts that there is no error), or the error's code name. */
cJSON *kit_do(struct kit *k, const char *method, const char *params);
void kit_ok(struct kit *k, const char *method, const char *params);
void kit_fails(struct kit *k, const char *method, const char *params, const char *code);
/* Runs the loop until *flag or 10 s have passed (asserts). */
void kit_run_until(struct kit *k, bool (*done)(void *arg), void *arg);
/* Waits until all that was queued at the store is in it: the audit has no word of its own. */
void kit_settle(struct kit *k);
/* An account of kind claude-console with key "sk-test", put there without the network. */
void kit_account(struct kit *k, const char *name, const char *params);

void assert_text(const cJSON *o, const char *path, const char *text);
/* JSON with ' for ". */
cJSON *json_of(const char *text);

#endif
