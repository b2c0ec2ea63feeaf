/* The tap: reads along while an answer passes, and says at the end what it used. Most events of a
 * stream only carry text; they are told apart by name or by a byte search, and never parsed. */
#include "meter/meter_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/text.h"
#include "upstream/sse.h"

struct tap *tap_create(enum wire wire, bool stream)
{
    struct tap *t = xcalloc(1, sizeof *t);
    t->wire = wire;
    t->stream = stream;
    said_clear(&t->said);
    buf_init(&t->tail);
    sse_init(&t->sse, tap_event, t);
    return t;
}

void tap_free(struct tap *t)
{
    if (!t)
        return;
    sse_release(&t->sse);
    reader_release(&t->reader);
    buf_release(&t->tail);
    free(t);
}

/* ---- whole bodies, and what no parser takes ---- */

static const struct rows *body_rows(enum wire wire, const char *p, size_t n)
{
    if (wire == WIRE_ANTHROPIC)
        return &rows_anthropic;
    if (wire != WIRE_GEMINI)
        return &rows_openai;
    while (n && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++, n--;
    return n && *p == '[' ? &rows_gemini_list : &rows_gemini;
}

static void tail_keep(struct tap *t, const char *p, size_t n)
{
    if (n > USAGE_TAIL_MAX) {
        p += n - USAGE_TAIL_MAX;
        n = USAGE_TAIL_MAX;
    }
    if (t->tail.len + n > 2 * USAGE_TAIL_MAX)
        buf_drop(&t->tail, t->tail.len - USAGE_TAIL_MAX);
    buf_add(&t->tail, p, n);
}

/* A usage that was found outside of any document: what is sure of it. */
static void salvaged(struct tap *t, struct found *f)
{
    found_modality(f);
    if (t->wire == WIRE_ANTHROPIC)
        said_put_delta(&t->said, f);
    else
        said_put(&t->said, f);
    tap_take_texts(t, f);
    /* Of Responses only the closing event has a usage; Gemini says with which chunk it stopped. */
    if (t->stream && t->wire == WIRE_RESPONSES)
        t->complete = true;
    if (t->wire == WIRE_GEMINI && salvage_has(t->tail.data, t->tail.len, "finishReason", '"'))
        t->complete = t->stopped = true;
    t->usage.final = t->usage.final || t->complete;
}

/* Reads the last usage object in the tail as if it stood alone. */
static void tail_salvage(struct tap *t)
{
    const char *name = t->wire == WIRE_GEMINI ? "usageMetadata" : "usage";
    struct buf doc = BUF_INIT;
    struct found f;
    size_t n;
    const char *object = salvage_object(t->tail.data, t->tail.len, name, &n);
    if (object) {
        buf_addf(&doc, "{\"%s\":", name);
        buf_add(&doc, object, n);
        buf_addc(&doc, '}');
        const struct rows *rows = body_rows(t->wire, doc.data, doc.len);
        if (reader_document(&t->reader, rows, doc.data, doc.len, &f) == 0)
            salvaged(t, &f);
        reader_release(&t->reader);
    }
    buf_release(&doc);
    buf_release(&t->tail);
}

/* An event beyond SSE_EVENT_MAX is not told; its usage, near its end, is. */
static void stream_feed(struct tap *t, const char *p, size_t n)
{
    bool skipped = t->sse.skip;
    sse_feed(&t->sse, p, n);
    bool over = t->sse.oversize != t->oversize;
    if (skipped || over || t->sse.skip)
        tail_keep(t, p, n);
    if ((skipped || over) && !t->sse.skip)
        tail_salvage(t);
    t->oversize = t->sse.oversize;
}

void tap_feed(struct tap *t, const char *p, size_t n)
{
    if (t->closed || t->wire == WIRE_NONE || n == 0)
        return;
    if (t->stream) {
        stream_feed(t, p, n);
        return;
    }
    if (!t->met) {
        reader_begin(&t->reader, body_rows(t->wire, p, n));
        t->met = true;
    }
    reader_feed(&t->reader, p, n);
    tail_keep(t, p, n);
    if (t->opening == OPENING_PRELUDE)
        opening_body(t);
}

void tap_tier(struct tap *t, const char *p, size_t n)
{
    char text[sizeof t->usage.service_tier] = "";
    memcpy(text, p, n < sizeof text ? n : 0);
    usage_keep_text(t->usage.service_tier, sizeof t->usage.service_tier, text);
}

static void body_take(struct tap *t, struct found *f)
{
    const char *object = found_text(f, T_OBJECT);
    if (object && strcmp(object, "list") == 0)
        f->n[N_IMAGES] = -1; /* of embeddings */
    found_modality(f);
    said_put(&t->said, f);
    tap_take_texts(t, f);
}

/* A body that was cut: what stands at its place counts. A search for the word alone would find it
 * in what the model wrote as well. */
static void body_cut(struct tap *t)
{
    struct found f;
    if (t->reader.bad) {
        tail_salvage(t);
        return;
    }
    reader_so_far(&t->reader, &f);
    body_take(t, &f);
}

static void body_end(struct tap *t)
{
    struct found f;
    if (!t->met)
        return;
    if (reader_end(&t->reader, &f)) {
        body_cut(t);
    } else {
        t->complete = true;
        body_take(t, &f);
        tap_take_error(t, &f);
        if (t->opening == OPENING_PRELUDE)
            t->opening = OPENING_ERROR;
    }
    t->usage.final = said_any(&t->said);
}

/* "standard", "default" and "auto" are the plain price. */
static void tier_settle(struct usage *u)
{
    static const char *const plain[] = {"standard", "default", "auto"};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(u->service_tier, plain[i]) == 0)
            u->service_tier[0] = 0;
    }
}

void tap_finish(struct tap *t, struct usage *out)
{
    if (!t->closed) {
        t->closed = true;
        if (!t->stream && t->wire != WIRE_NONE)
            body_end(t);
        else if (t->tail.len)
            tail_salvage(t);
        usage_settle(&t->usage, t->wire, &t->said);
        tier_settle(&t->usage);
    }
    *out = t->usage;
}

const char *tap_error_type(const struct tap *t)
{
    return t->error_type[0] ? t->error_type : NULL;
}

const char *tap_error_message(const struct tap *t)
{
    return t->error_message[0] ? t->error_message : NULL;
}

bool tap_complete(const struct tap *t)
{
    return t->complete;
}

bool tap_between_events(const struct tap *t)
{
    return t->stream && sse_between(&t->sse);
}

int64_t tap_output_so_far(const struct tap *t)
{
    struct usage u = {0};
    usage_settle(&u, t->wire, &t->said);
    int64_t guess = (int64_t)(t->text_bytes / 4);
    if (t->usage.final || u.output > guess)
        return u.output;
    return guess;
}
