/* The client side of HTTP for tests: answers read as they come, and one whole request. Written
 * apart from the relay's own codec, so that both being wrong in the same way is unlikely. */
#ifndef CRS_TESTS_ASK_H
#define CRS_TESTS_ASK_H

#include <stdbool.h>
#include <stddef.h>

/* An answer as far as it has come. */
struct answer {
    int status; /* 0: no whole head yet */
    char *head; /* heap, with its lines */
    char *body; /* heap, NUL behind it, chunks put together */
    size_t n;
    bool ended;  /* complete by its own framing */
    bool closes; /* the connection cannot take another request */
    bool bad;    /* this is no HTTP */
    /* private: */
    char *raw;
    size_t raw_n;
    bool chunked;
    size_t left; /* of the body or chunk; with chunked: and its CRLF */
    int phase;
};
void answer_init(struct answer *a);
void answer_release(struct answer *a);
void answer_feed(struct answer *a, const char *p, size_t n);
void answer_closed(struct answer *a); /* the peer closed */
/* The value of a field, heap; NULL: not there. */
char *answer_field(const struct answer *a, const char *name);
/* Complete server-sent events so far. */
size_t answer_events(const struct answer *a);
bool answer_has(const struct answer *a, const char *text); /* in its body */

/* A connection to 127.0.0.1; dies when there is none. */
int ask_connect(int port);
/* fields: lines with CRLF each; body NULL: none. Host and content-length are added. Heap. */
char *ask_text(const char *method, const char *path, const char *fields, const char *body);
void ask_send(int fd, const char *text, size_t n);
/* Reads until the answer has ended, has so many events (0: no matter), or the connection ended. */
void ask_read(int fd, struct answer *a, size_t events);
/* All of it. */
void ask(int port, const char *method, const char *path, const char *fields, const char *body,
    struct answer *a);

#endif
