/* The way from a terminal program to the daemon: a Unix socket here, or `crs dial-stdio` on another
 * machine through ssh. Non-blocking underneath, so that a dashboard can wait on it together with
 * the keyboard; a blocking call on top for commands.
 *
 * One thread. Callbacks come from link_pump only.
 */
#ifndef CRS_TUI_LINK_H
#define CRS_TUI_LINK_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/err.h"

/* Where the daemon is: "unix:///path", "/path", "ssh://[user@]host[:port][/path]", or an alias. */
struct host {
    bool ssh;
    char *path; /* of the socket; NULL over ssh: that machine's own default */
    char *user, *name, *port;
    char *spoken; /* as the person wrote it, for messages */
};
/* text NULL: CRS_HOST, then `host` of the user's configuration, then the local socket. Aliases are
 * `NAME = URL` lines of the section [host] in that file. */
int host_find(const char *text, struct host *out, struct err *err);
void host_release(struct host *h);
/* The command that reaches it: argv, NULL-ended, heap; for ssh only. */
char **host_ssh_argv(const struct host *h);
void argv_free(char **argv);

enum link_state {
    LINK_CONNECTING, /* until the hello is answered */
    LINK_READY,
    LINK_LOST /* see link_error; only link_close is left */
};

struct link;
/* Begins. client is "crs 0.1.0". verbose: protocol lines go to standard error, secrets removed. */
struct link *link_open(const struct host *h, const char *client, bool verbose);
void link_close(struct link *l);
enum link_state link_state(const struct link *l);
const struct err *link_error(const struct link *l); /* why it is LOST */
bool link_refused(const struct link *l); /* LOST since the two speak different protocols */
/* Gives it up, as if the other end had gone: for who waited long enough. */
void link_abandon(struct link *l, const struct err *why);
/* From the answer to hello: protocol, server, name, level, uid, zone. NULL before READY. */
const cJSON *link_hello(const struct link *l);
const char *link_spoken(const struct link *l); /* the host as the person wrote it */

/* For poll(): the descriptor (-1: none) and what to wait for. */
int link_fd(const struct link *l);
short link_events(const struct link *l);
/* Moves bytes as far as they go without waiting, and calls back. 0, or -1 once LOST. */
int link_pump(struct link *l);

/* An answer: result, or failure; both only during the call. On a lost link every call under way
 * gets ERR_UNREACHABLE. */
typedef void link_answer(void *arg, const cJSON *result, const struct err *failure);
/* Sends; params are borrowed and may be NULL. Calls made while CONNECTING are sent after the hello.
 */
int64_t link_call(
    struct link *l, const char *method, const cJSON *params, link_answer *f, void *arg);
void link_forget(struct link *l, int64_t id); /* its answer is dropped */
/* Notifications: method and params, params only during the call. */
void link_on_notify(
    struct link *l, void (*f)(void *arg, const char *method, const cJSON *params), void *arg);

/* Blocking, on top: pumps until the answer of this call is there. timeout_ms 0: no bound. The
 * result is the caller's (cJSON_Delete); NULL with err. */
cJSON *link_wait(
    struct link *l, const char *method, const cJSON *params, int64_t timeout_ms, struct err *err);
/* Pumps until READY; a daemon that is just starting is waited for up to wait_ms (retries). */
struct link *link_connect(
    const struct host *h, const char *client, bool verbose, int64_t wait_ms, struct err *err);
/* Only the connected byte stream to a relay on this machine, for a bridge; -1 with err. */
int link_socket(const struct host *h, struct err *err);
/* Pumps until something has come, a signal arrives, or ms are over; -1 once LOST. */
int link_poll(struct link *l, int64_t ms);

#endif
