/* Inside the meter: which members of an answer count, for each wire, and how they are picked up. */
#ifndef CRS_METER_INT_H
#define CRS_METER_INT_H

#include "common/jscan.h"
#include "meter/usage.h"
#include "upstream/sse.h"

/* What can be found. Several paths may lead to one place. */
enum place {
    N_INPUT,  /* Anthropic: not cached; others: the whole prompt */
    N_OUTPUT, /* Gemini: without thoughts; others: all of it */
    N_READ,   /* cache read */
    N_WRITE,  /* cache written, any lifetime */
    N_WRITE_5M,
    N_WRITE_1H,
    N_REASONING,
    N_TOOL,  /* Gemini: prompt tokens that tools brought in */
    N_TOTAL, /* Gemini */
    N_SEARCHES,
    N_OUTPUT_IMAGE, /* picture tokens in the output */
    N_IMAGE_IN,     /* tokens of an image tool, billed apart from the model's */
    N_IMAGE_OUT,
    N_IMAGES, /* pictures in an image answer */
    N_PLACES, /* above: numbers; below: texts */
    T_TYPE = N_PLACES,
    T_ID,
    T_MODEL,
    T_STOP,
    T_TIER,
    T_SPEED,
    T_OBJECT,
    T_MODALITY, /* Gemini: of N_OUTPUT_IMAGE */
    T_ERROR,
    T_MESSAGE,
    PLACES
};

struct row {
    enum place place;
    const char *path; /* as in jscan_create */
};
struct rows {
    const struct row *v; /* of two rows for one place the first that is there counts */
    size_t n;            /* <= JSCAN_PATHS_MAX */
};

extern const struct rows rows_anthropic;       /* bodies, message_delta, message_stop, error */
extern const struct rows rows_anthropic_start; /* message_start */
extern const struct rows rows_openai;          /* bodies and chunks, both OpenAI wires */
extern const struct rows rows_openai_event;    /* {"response":{...}} */
extern const struct rows rows_gemini;          /* objects, also {"response":{...}} */
extern const struct rows rows_gemini_list;     /* an array of such: a stream without alt=sse */

/* One document's findings. Numbers are clamped, -1 when not there; texts are NULL or live until the
 * reader takes the next document. */
struct found {
    int64_t n[N_PLACES];
    const char *t[PLACES - N_PLACES];
};
const char *found_text(const struct found *f, enum place place);

/* Reads documents for one set of rows at a time. */
struct reader {
    const struct rows *rows; /* NULL: never used */
    struct jscan *scan;
    bool bad; /* the document is not JSON; nothing more is read of it */
    const char *paths[JSCAN_PATHS_MAX];
};
void reader_release(struct reader *r);
void reader_begin(struct reader *r, const struct rows *rows);
void reader_feed(struct reader *r, const char *p, size_t n);
int reader_end(struct reader *r, struct found *out); /* -1: not one whole document */
/* What stands whole in a document that is cut. */
void reader_so_far(struct reader *r, struct found *out);
int reader_document(
    struct reader *r, const struct rows *rows, const char *p, size_t n, struct found *out);

/* The last object in p[0..n) that is the value of member `name`, told from the same word inside a
 * string by its quotes. Gives its bytes with the braces; NULL when there is none or it is cut. */
const char *salvage_object(const char *p, size_t n, const char *name, size_t *len);
/* Whether a member of that name has a value that begins with `first` ('{', '"', ...). */
bool salvage_has(const char *p, size_t n, const char *name, char first);
/* Bytes of all strings that are values of members of that name, as written. */
size_t salvage_text_bytes(const char *p, size_t n, const char *name);

/* What an answer said so far, as it said it; usage_settle makes classes of it that do not overlap.
 */
struct said {
    int64_t n[N_PLACES];                      /* -1: nothing */
    int64_t counted_searches, counted_images; /* tool calls seen in the stream */
};
void said_clear(struct said *s);
/* Takes over the numbers that are there. */
void said_put(struct said *s, const struct found *f);
/* Only where nothing was said before. */
void said_fill(struct said *s, const struct found *f);
/* As put, for Anthropic's running totals: see usage.c. */
void said_put_delta(struct said *s, const struct found *f);
bool said_any(const struct said *s);
/* Adds the token classes of s to u. */
void usage_settle(struct usage *u, enum wire wire, const struct said *s);
/* A Gemini answer details its output by kind; only pictures are of interest. */
void found_modality(struct found *f);
/* Copies text that others will show: at most size - 1 bytes, whole characters, no control bytes. */
void usage_keep_text(char *to, size_t size, const char *from);

struct tap {
    enum wire wire;
    enum opening opening;
    bool stream, complete, closed;
    bool met;     /* the first chunk with the model's name has been read */
    bool stopped; /* a stop reason was given */
    struct sse sse;
    unsigned oversize; /* as of the last feed */
    struct reader reader;
    struct buf tail; /* the end of a body, or of an event too long to be told */
    struct said said;
    struct usage usage; /* texts, and the classes of earlier messages in the same stream */
    uint64_t text_bytes;
    char error_type[64], error_message[512];
};

/* opening.c. The event's name, else the type inside its data, put into `to`; "" when there is none.
 */
#define EVENT_TYPE_MAX 64
const char *event_type(char to[EVENT_TYPE_MAX], const char *event, const char *data, size_t n);
/* While nothing but prelude was seen: what the event just read, or the body so far, makes of it. */
void opening_event(struct tap *t, const char *event, const char *data, size_t n);
void opening_body(struct tap *t);

/* One event of a stream, by the wire; self is the tap. */
void tap_event(void *self, const char *event, const char *data, size_t n);
/* The texts and errors of a document. */
void tap_take_texts(struct tap *t, const struct found *f);
void tap_take_error(struct tap *t, const struct found *f);

#endif
