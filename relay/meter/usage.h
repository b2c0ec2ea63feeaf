/* What one upstream attempt used, and readers that find it in answers of every format. Token
 * classes never overlap: their sum is the total. */
#ifndef CRS_METER_USAGE_H
#define CRS_METER_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include "common/buf.h"

/* Upstream numbers are strangers' numbers: clamped to 0..USAGE_TOKENS_MAX each, several times what
 * the largest context window holds. A lie costs a key no more than that. */
#define USAGE_TOKENS_MAX INT64_C(10000000)

struct usage {
    int64_t input;  /* not cached, without the classes below */
    int64_t output; /* with reasoning inside */
    int64_t cache_write_5m, cache_write_1h, cache_read;
    int64_t reasoning; /* part of output, for information only */
    int64_t web_searches;
    int64_t images;       /* pictures made, where the upstream counts them so */
    int64_t output_image; /* part of output: picture tokens, dearer on some models */
    /* Tokens of an image tool, which runs on another model: not in the sum. */
    int64_t image_input, image_output;
    bool seen;             /* the upstream reported something */
    bool final;            /* it reported its last word */
    bool fast;             /* billed as fast mode */
    char service_tier[24]; /* "priority", "flex", "batch"; "" standard */
    char model[128];       /* as the upstream names what it served; "" unknown */
    char stop_reason[48];  /* as the upstream says; "" unknown */
    char upstream_id[80];  /* message or response id */
};
int64_t usage_tokens(const struct usage *u); /* all classes */

enum wire { /* the format in which an upstream answers */
    WIRE_ANTHROPIC,
    WIRE_RESPONSES, /* OpenAI Responses */
    WIRE_CHAT,      /* OpenAI chat completions, completions, embeddings */
    WIRE_GEMINI,    /* generateContent and friends, also inside {"response":...} */
    WIRE_NONE       /* nothing to meter */
};

/* Collects over one answer, of any length in little memory: bodies are scanned as they pass, and of
 * what no parser takes (bad JSON, an event over SSE_EVENT_MAX) the last USAGE_TAIL_MAX bytes are
 * searched for the usage. */
#define USAGE_TAIL_MAX (64u << 10)
enum opening {
    OPENING_PRELUDE, /* nothing yet but that an answer has begun: pings, comments, message_start */
    OPENING_CONTENT, /* it says something; stays so, whatever comes later */
    OPENING_ERROR    /* instead of an answer it told an error */
};
struct tap;
struct tap *tap_create(enum wire wire, bool stream);
void tap_feed(struct tap *t, const char *p, size_t n); /* raw decoded body bytes, either kind */
/* The service tier that served it, where the answer's head tells it (Gemini: x-gemini-service-tier). */
void tap_tier(struct tap *t, const char *p, size_t n);
/* Error event or error body seen: its type and message (redacted by the caller), NULL when none. */
const char *tap_error_type(const struct tap *t);
const char *tap_error_message(const struct tap *t);
/* How the answer opened: by its first event that is no prelude; of a stream in a JSON array by its
 * first member. An error of such an array is told by tap_finish only. */
enum opening tap_opening(const struct tap *t);
/* Streams: message_stop, response.completed, [DONE], finishReason. Bodies: after tap_finish,
 * whether they were one whole document. */
bool tap_complete(const struct tap *t);
bool tap_between_events(const struct tap *t);
/* Closes and gives the result; what was reported so far when the stream was cut. */
void tap_finish(struct tap *t, struct usage *out);
/* Output tokens so far, estimated from text bytes while the upstream has not said; for display. */
int64_t tap_output_so_far(const struct tap *t);
void tap_free(struct tap *t);

#endif
