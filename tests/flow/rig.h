/* The whole program under test: one fake upstream and one relay, with a directory of their own, and
 * the ways in which a test talks to them. What goes wrong here ends the test program with a
 * message; the directory stays then, for a look, and is named.
 */
#ifndef CRS_TESTS_RIG_H
#define CRS_TESTS_RIG_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct rig {
    char dir[64];
    pid_t fake, relay; /* 0: not running */
    int fake_port, relay_port;
    int notify;     /* where the relay tells that it is ready */
    FILE *control;  /* connection to its control socket */
    long serial;    /* of the last call */
    int64_t *clock; /* mapped: how far the relay's wall clock is turned, ms */
    char *settings; /* lines of its configuration besides the rig's own */
    char *secret;   /* of the key that rig_key made last */
};

/* Settings are the text of a configuration file; [relay] is open at its start. NULL: none. */
void rig_start(struct rig *r, const char *settings);
/* Stops both and removes the directory. The relay must end with 0 by SIGTERM. */
void rig_stop(struct rig *r);

void rig_relay_start(struct rig *r); /* returns when it serves */
/* Waits for its end. 0 or the exit status; -1 when it died by a signal. */
int rig_relay_end(struct rig *r, int signal);
void rig_settings(struct rig *r, const char *settings); /* writes them; rig_call "system.reload" */
void rig_turn_clock(struct rig *r, int64_t ms); /* the relay's wall clock, further by so much */
void rig_tick(struct rig *r); /* waits for a round of what the relay does each second */

/* Control calls. Parameters are JSON in printf form. The result, the caller's to delete. */
cJSON *rig_call(struct rig *r, const char *method, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* For a call that must fail: its error object. */
cJSON *rig_refused(struct rig *r, const char *method, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A call whose result does not matter. */
void rig_do(struct rig *r, const char *method, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* One that may fail: whether it went well. */
bool rig_try(struct rig *r, const char *method, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Creates a key; its secret, also in r->secret. settings: JSON members with a comma before, or "".
 */
char *rig_key(struct rig *r, const char *name, const char *settings);
/* Waits until the number at path ("running", "keys.active") of a call's result is as wanted. */
void rig_wait_for(
    struct rig *r, const char *method, const char *params, const char *path, int64_t wanted);

/* The fake upstream's own door: POST when there is a body. */
cJSON *rig_fake(struct rig *r, const char *what, const char *body);
void rig_rule(struct rig *r, const char *credential, const char *directive, long times);

/* The ledger, read beside the running relay. A number, or all rows as objects. */
int64_t rig_number(struct rig *r, const char *sql);
cJSON *rig_rows(struct rig *r, const char *sql);

/* Nothing runs, waits, or is held; open descriptors and connections are back. */
void rig_idle(struct rig *r);

/* Looks for a text in every file of the directory: database, logs, settings. */
bool rig_finds(struct rig *r, const char *text, char where[256]);

/* Small things for tests. */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
#define MUST(ok, ...) ((ok) ? (void)0 : die_at(__FILE__, __LINE__, #ok, __VA_ARGS__))
void die_at(const char *file, int line, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), noreturn));
/* What a failure does instead of ending the program, when set; must not return. */
void rig_on_failure(void (*f)(void));
const cJSON *at_path(const cJSON *o, const char *path); /* "a.b.0"; NULL when it is not there */
int64_t number_at(const cJSON *o, const char *path);    /* dies when there is none */
const char *text_at(const cJSON *o, const char *path);  /* dies when there is none */
int64_t mono_ms(void);
int64_t wall_ms(void); /* not the relay's: its clock may be turned */
/* Tests under a sanitizer are many times slower: how many of n to do (at least one). */
long scaled(long n);

struct rig_test {
    const char *name;
    void (*run)(struct rig *r);
};
/* argv[1], argv[2]: the relay, the fake upstream; then names of tests, none: all. */
int rig_main(int argc, char **argv, const struct rig_test *tests, size_t n);

#endif
