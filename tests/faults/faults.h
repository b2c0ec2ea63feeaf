/* What tests of faults need besides the rig: an upstream that says any bytes at all, raw bytes to
 * the relay, and what the relay costs the machine. */
#ifndef CRS_TESTS_FAULTS_H
#define CRS_TESTS_FAULTS_H

#include "tests/flow/ask.h"
#include "tests/flow/rig.h"

#define LEN(a) (sizeof(a) / sizeof *(a))

/* --- an upstream without manners: one thread a connection --- */
struct villain;
struct villain_call {
    int fd;
    long number; /* of the request, from 1 */
    void *arg;
    struct villain *villain;
};
/* Says what it likes on fd once a whole request was read; true: reads another request after it. */
typedef bool villain_says(const struct villain_call *c);
struct villain *villain_start(villain_says *says, void *arg);
void villain_set(struct villain *v, villain_says *says, void *arg);
void villain_stop(struct villain *v);
int villain_port(const struct villain *v);
long villain_requests(const struct villain *v);    /* whole ones that came */
long villain_connections(const struct villain *v); /* that were made */
long villain_open(const struct villain *v);        /* that are open */
void villain_wait_open(
    const struct villain *v, long n, int64_t ms); /* dies when not in that time */
void villain_wait_requests(const struct villain *v, long n, int64_t ms);
/* False when the peer has gone. */
bool villain_write(const struct villain_call *c, const char *p, size_t n);
bool villain_text(const struct villain_call *c, const char *text);
void villain_wait_gone(const struct villain_call *c); /* until the peer closes */
extern const char villain_start_events[];             /* head, message_start and first block of a stream */

/* An account that is reached at the villain. */
void villain_account(struct rig *r, const struct villain *v, const char *name, const char *key);

/* A rig with that account alone, and its end. */
#define VILLAIN_KEY "sk-ant-api03-CREDENTIAL-of-the-account"
struct villain *villain_rig(struct rig *r, const char *settings);
void villain_end(struct rig *r, struct villain *v);
/* What it did is no reason to wait for the account in the next test. */
void villain_forgive(struct rig *r);
bool villain_says_text(const struct villain_call *c);  /* arg, then closes */
bool villain_says_good(const struct villain_call *c);  /* a small whole answer */
void villain_serves(struct rig *r, struct villain *v); /* a good answer comes through */
int dead_port(void);                                   /* where nobody listens */

/* --- raw bytes to the relay --- */
/* Sends n bytes while it reads; returns when the peer has closed, or `enough` answers came (0: no
 * matter). What came is heap, ended by NUL. */
char *raw_talk(int port, const char *bytes, size_t n, size_t *got);
/* Status of a raw answer, 0 when it is none. */
int raw_status(const char *answer);
char *raw_again(const char *what, size_t times, size_t *n); /* heap */

/* A request for the Anthropic route, heap. directive for the fake upstream. */
char *messages_body(bool stream, const char *directive);
void messages(struct rig *r, bool stream, const char *directive, struct answer *a);
/* Sends one and returns the connection; the answer is the caller's to read. */
int messages_begin(struct rig *r, bool stream, const char *directive);

/* --- a rig with the fake upstream --- */
void faults_begin(struct rig *r, const char *settings); /* one account, one key */
int64_t faults_reached(struct rig *r);                  /* requests that reached the upstream */
void faults_good(struct rig *r);                        /* a good request is served, and soon */

#define STREAMS 50
struct streams {
    int fds[STREAMS];
    struct answer answers[STREAMS];
};
void streams_begin(struct streams *s, struct rig *r, const char *directive); /* all have begun */
/* How many came to their end; the others must have been told. */
int streams_end(struct streams *s);

long log_count(struct rig *r, const char *name, const char *text); /* in a file of the rig */
void log_wait(struct rig *r, const char *text, long n);            /* in the relay's log */

/* --- the relay's cost --- */
bool faults_exact(void); /* not under a sanitizer, where memory and time say little */
long relay_rss_kib(const struct rig *r);
long relay_own_kib(const struct rig *r); /* without what is mapped from files */
long relay_peak_kib(const struct rig *r);
int64_t relay_cpu_us(const struct rig *r);
long relay_descriptors(const struct rig *r);

#endif
