/* Many clients at once: each sends a request, reads its answer or leaves in the middle, and takes
 * the next. One thread, one event loop. */
#ifndef CRS_TESTS_LOAD_H
#define CRS_TESTS_LOAD_H

#include "tests/flow/ask.h"
#include "tests/flow/rig.h"

struct shot {
    char *text;        /* the whole request, heap; freed by load_run */
    long leave_events; /* close after so many events of the answer; 0: right after sending; -1: not
                        */
    long leave_ms;     /* close so long after sending; -1: not */
    bool reset;        /* leave by RST */
    long number;       /* the caller's own */
};
struct landing {
    const struct shot *shot;
    const struct answer *answer; /* as far as it came */
    bool left;                   /* this client left, as it was told to */
    bool lost;                   /* no connection, or it ended too early */
    long ms;
};
struct load {
    int port;
    int clients;
    void *arg;
    /* The next request of a client; false: this client is through (it asks no more). */
    bool (*next)(void *arg, struct shot *s);
    void (*landed)(void *arg, const struct landing *l);
    /* When set and true, all clients stop where they are: their answers land as lost. */
    bool *stop;
};
/* Returns when all clients are through; dies after so many seconds. */
void load_run(const struct load *l, int limit_s);

/* Deterministic numbers, so that a failure can be had again. */
unsigned long load_random(unsigned long *state, unsigned long below);

/* An Anthropic request as text. session: "" none. The directive is for the fake upstream. */
char *load_messages(const char *secret, const char *model, bool stream, const char *session,
    const char *directive, long number);

/* The same in OpenAI's formats: Responses, or chat completions that ask for their usage. */
char *load_openai(const char *secret, const char *model, bool responses, bool stream,
    const char *directive, long number);
/* The event that ends a stream of any format has come: for a client that is its end. */
bool load_over(const struct answer *a);

#endif
