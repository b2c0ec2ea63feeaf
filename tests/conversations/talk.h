/* Conversations as data: what a client asks, what its upstream answers, and what must come of both.
 * README.md has the words. A line is read twice, since names in it ("${model}") may stand for one
 * text towards the client and for another towards the upstream.
 */
#ifndef CRS_TESTS_TALK_H
#define CRS_TESTS_TALK_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/buf.h"
#include "common/text.h"

enum side { SIDE_CLIENT, SIDE_UPSTREAM, SIDES };
/* By itself: chunks for events, else a length. */
enum framing { FRAMING_ITSELF, FRAMING_CHUNKED, FRAMING_LENGTH, FRAMING_CLOSE };

/* The account, and what holds for every conversation that follows. */
struct stage {
    char *kind, *login, *access, *extra, *set, *profile;
    bool frames, crlf; /* events come as AWS event-stream frames; with CRLF behind their lines */
    struct strlist names[SIDES]; /* "name=text", the last one of a name counts */
};

#define ENDS_MAX 256

struct talk {
    char *file;
    int line;
    char *title;
    struct stage *stage; /* borrowed; as it was set when the conversation was read */
    /* the client */
    struct buf ask; /* request line and fields, CRLF each */
    struct buf body;
    bool has_body;
    /* the request that the upstream must get */
    char *method, *url;
    struct strlist fields, absent; /* "name: value", a '*' at the end for any; names */
    struct buf sent;
    /* the upstream's answer */
    struct buf head, answer; /* without the framing fields; body before framing */
    enum framing framing;
    bool cut, streams;
    size_t ends[ENDS_MAX], n_ends; /* of events, in answer */
    /* what must come of it */
    struct buf heard;
    bool heard_apart; /* given by its own lines */
    char *says, *usage, *quota, *fault, *fails;
    bool incomplete;
    struct strlist shown, hidden; /* the client's head: "name: value"; names */
    char *state;                  /* of the account afterwards, when not what says tells */
};

struct talks {
    struct talk **v;
    size_t n;
    struct stage **stages;
    size_t n_stages;
};

/* Reads a file and those that it includes. now: what {now+N} is told from, epoch ms. Ends the
 * program, naming the line, when it is not to be understood. */
void talks_read(struct talks *t, const char *path, int64_t now);
void talks_release(struct talks *t);
/* The answer as it goes over the wire; ends[i] become places in it. */
void talk_wire(const struct talk *t, struct buf *out, size_t ends[ENDS_MAX]);

/* Adds one event as an AWS event-stream frame: a chunk, or an exception of that type. */
void frame_chunk(struct buf *out, const char *data);
void frame_exception(struct buf *out, const char *type, const char *data);

/* "name=" in a list of words; NULL. Heap. */
char *word_of(const char *words, const char *name);
bool word_there(const char *words, const char *word);

/* Says what is wrong with a conversation; the caller counts. */
void talk_wrong(const struct talk *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
