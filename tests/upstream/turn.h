/* One turn to answer, in whatever format: what was asked, what is to be told of it, and how the
 * answer misbehaves. */
#ifndef CRS_TESTS_TURN_H
#define CRS_TESTS_TURN_H

#include "tests/upstream/fake.h"

struct turn {
    cJSON *body;
    const char *model; /* asked for */
    char *text;        /* last user text */
    char *told;        /* the last one with a directive: it holds for the whole conversation */
    bool stream, after_tool;
    struct directive d;
    struct tokens t;
    long words;
    char id[40];
};
/* Parses the body, reads model and stream. The format then says what users said, in order. */
void turn_begin(struct turn *t, const struct request *r);
void turn_said(struct turn *t, const char *text);
/* Text of a content value: a string, or the text blocks of an array. */
void turn_said_content(struct turn *t, const cJSON *content);
/* Directive and numbers. A bad credential becomes status 401. prefix: of the id, "msg", "resp". */
void turn_set(struct turn *t, struct fake *f, const struct request *r, const char *prefix);
void turn_release(struct turn *t);

const char *turn_model(const struct turn *t); /* that answers */
bool turn_wants_tool(const struct turn *t);   /* and did not have its result yet */
char *turn_words(const struct turn *t);       /* the whole answer's text, heap */
/* Header lines: those of all answers, more (or NULL), those that the directive asks for. Heap. */
char *turn_headers(const struct turn *t, const char *more);
/* Whole usage told, request done. */
void turn_count(struct conn *c, const struct turn *t);
/* What ends an answer before it begins: true when it was done. error gives the error's body. */
typedef cJSON *turn_error_fn(const struct turn *t);
bool turn_misbehaves(struct conn *c, const struct turn *t, turn_error_fn *error);
/* An error that the format itself makes. */
void turn_refuse(struct conn *c, struct turn *t, int status, const char *type, const char *text,
    turn_error_fn *error);
/* 200 and the body, which it takes. */
void turn_json(struct conn *c, const struct turn *t, const char *headers, cJSON *body);

/* A stream under construction: counts events so that cut, reset and hang come at the right one. */
struct sse_out;
typedef void sse_write_fn(struct sse_out *s, const char *name, const char *data);
typedef void sse_fail_fn(struct sse_out *s);
struct sse_out {
    struct conn *c;
    const struct turn *t;
    sse_write_fn *write; /* in another form than server-sent events; NULL: these */
    const char *end;     /* bytes behind the last one; NULL: none */
    sse_fail_fn *fail;   /* the format's error event, which ends the stream; NULL: it has none */
    long events;
    bool ended;
};
/* The head, and what hangs right behind it. type NULL: text/event-stream. */
void sse_begin(
    struct sse_out *s, struct conn *c, const struct turn *t, const char *type, const char *headers);
/* Bytes that are one event. */
void sse_bytes(struct sse_out *s, const void *bytes, size_t n);
void sse_event(struct sse_out *s, const char *name, const char *data); /* name NULL: data alone */
void sse_json(struct sse_out *s, const char *name, cJSON *o);          /* takes o */
void sse_end(struct sse_out *s);

/* Members of JSON: NULL when absent or of another kind. */
const cJSON *at(const cJSON *o, const char *name);
const char *text_at(const cJSON *o, const char *name);
bool ends_with(const char *text, const char *tail);

#endif
