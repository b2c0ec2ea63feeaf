/* Events of a stream, wire by wire. Most only carry text: they are told apart by name or by a byte
 * search, and never parsed. */
#include "meter/meter_int.h"

#include <string.h>
#include "common/text.h"

/* ---- what a document says besides numbers ---- */

void tap_take_texts(struct tap *t, const struct found *f)
{
    struct usage *u = &t->usage;
    const char *id = found_text(f, T_ID), *model = found_text(f, T_MODEL);
    const char *stop = found_text(f, T_STOP), *tier = found_text(f, T_TIER);
    const char *speed = found_text(f, T_SPEED);
    if (id && *id)
        usage_keep_text(u->upstream_id, sizeof u->upstream_id, id);
    if (model && *model)
        usage_keep_text(u->model, sizeof u->model, model);
    if (stop && *stop) {
        usage_keep_text(u->stop_reason, sizeof u->stop_reason, stop);
        t->stopped = true;
    }
    if (tier)
        usage_keep_text(u->service_tier, sizeof u->service_tier, tier);
    if (speed)
        u->fast = strcmp(speed, "fast") == 0;
}

void tap_take_error(struct tap *t, const struct found *f)
{
    const char *type = found_text(f, T_ERROR), *message = found_text(f, T_MESSAGE);
    if (type)
        usage_keep_text(t->error_type, sizeof t->error_type, type);
    if (message)
        usage_keep_text(t->error_message, sizeof t->error_message, message);
}

/* Counts the bytes of text in an event: it has one kind of it, under the first name that is there.
 */
static void take_text(struct tap *t, const char *data, size_t n, const char *const *names)
{
    size_t bytes = 0;
    for (; *names && bytes == 0; names++)
        bytes = salvage_text_bytes(data, n, *names);
    t->text_bytes += bytes;
}

/* ---- Anthropic ---- */

/* A second message in one stream: what the first one used stays booked. */
static void message_start(struct tap *t, const struct found *f)
{
    if (t->usage.final)
        usage_settle(&t->usage, t->wire, &t->said);
    said_clear(&t->said);
    t->usage.final = t->complete = false;
    said_put(&t->said, f);
    tap_take_texts(t, f);
}

static void message_delta(struct tap *t, const struct found *f)
{
    said_put_delta(&t->said, f);
    tap_take_texts(t, f);
    if (f->n[N_OUTPUT] >= 0)
        t->usage.final = true;
}

static void anthropic_document(struct tap *t, const char *data, size_t n)
{
    struct found f;
    if (reader_document(&t->reader, &rows_anthropic, data, n, &f))
        return;
    const char *type = found_text(&f, T_TYPE);
    if (!type)
        return;
    if (strcmp(type, "message_delta") == 0) {
        message_delta(t, &f);
    } else if (strcmp(type, "message_stop") == 0) {
        said_fill(&t->said, &f);
        t->usage.final = said_any(&t->said);
        t->complete = true;
    } else if (strcmp(type, "error") == 0) {
        tap_take_error(t, &f);
    } else if (strcmp(type, "message_start") == 0 &&
               reader_document(&t->reader, &rows_anthropic_start, data, n, &f) == 0) {
        message_start(t, &f);
    }
}

static void anthropic_event(struct tap *t, const char *event, const char *data, size_t n)
{
    static const char *const named[] = {"message_start", "message_delta", "message_stop", "error"};
    static const char *const idle[] = {
        "content_block_delta", "content_block_start", "content_block_stop", "ping"};
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(event, named[i]) == 0) {
            anthropic_document(t, data, n);
            return;
        }
    }
    if (strcmp(event, idle[0]) == 0 || event[0] == 0) {
        static const char *const texts[] = {"text", "thinking", "partial_json", NULL};
        take_text(t, data, n, texts);
    }
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(event, idle[i]) == 0)
            return;
    }
    /* No name, or one of the server's own: the type inside decides. */
    for (size_t i = 0; i < 4; i++) {
        if (memmem(data, n, named[i], strlen(named[i]))) {
            anthropic_document(t, data, n);
            return;
        }
    }
}

/* ---- OpenAI Responses ---- */

static void responses_end(struct tap *t, const char *data, size_t n, bool last)
{
    struct found f;
    if (reader_document(&t->reader, &rows_openai_event, data, n, &f))
        return;
    said_put(&t->said, &f);
    tap_take_texts(t, &f);
    tap_take_error(t, &f);
    t->met = true;
    if (last) {
        t->complete = true;
        t->usage.final = said_any(&t->said);
    } else {
        t->usage.stop_reason[0] = 0; /* "in_progress" is none */
    }
}

/* Calls of tools that are billed by the piece. Opening a page found by a search costs nothing. */
static void responses_item(struct tap *t, const char *data, size_t n)
{
    if (memmem(data, n, "\"web_search_call\"", 17) && memmem(data, n, "\"search\"", 8))
        t->said.counted_searches++;
    else if (memmem(data, n, "\"image_generation_call\"", 23))
        t->said.counted_images++;
}

static void responses_event(struct tap *t, const char *event, const char *data, size_t n)
{
    char type[EVENT_TYPE_MAX];
    event = event_type(type, event, data, n);
    if (text_ends(event, ".delta")) {
        t->text_bytes += salvage_text_bytes(data, n, "delta");
    } else if (strcmp(event, "response.completed") == 0 || strcmp(event, "response.done") == 0 ||
               strcmp(event, "response.incomplete") == 0 || strcmp(event, "response.failed") == 0) {
        responses_end(t, data, n, true);
    } else if (strcmp(event, "response.created") == 0 && !t->met) {
        responses_end(t, data, n, false);
    } else if (strcmp(event, "response.output_item.done") == 0) {
        responses_item(t, data, n);
    } else if (strcmp(event, "error") == 0) {
        struct found f;
        if (reader_document(&t->reader, &rows_openai, data, n, &f) == 0)
            tap_take_error(t, &f);
    }
}

/* ---- OpenAI chat ---- */

static void chat_event(struct tap *t, const char *data, size_t n)
{
    static const char *const texts[] = {"content", "reasoning_content", "arguments", NULL};
    struct found f;
    if (n >= 6 && memcmp(data, "[DONE]", 6) == 0) {
        t->complete = true;
        t->usage.final = said_any(&t->said);
        return;
    }
    take_text(t, data, n, texts);
    bool usage = salvage_has(data, n, "usage", '{');
    bool error = memmem(data, n, "\"error\"", 7) != NULL;
    if (t->met && !usage && !error && !salvage_has(data, n, "finish_reason", '"'))
        return;
    if (reader_document(&t->reader, &rows_openai, data, n, &f))
        return;
    t->met = true;
    tap_take_texts(t, &f);
    if (usage)
        said_put(&t->said, &f);
    if (error)
        tap_take_error(t, &f);
    t->usage.final = t->stopped && said_any(&t->said);
}

/* ---- Gemini ---- */

/* Every chunk repeats the usage so far, and the last one counts: of those between the first and the
 * last it is kept as it stands, to be read only when no other follows. */
static bool gemini_keep(struct tap *t, const char *data, size_t n)
{
    static const char name[] = "\"usageMetadata\":";
    size_t len;
    if (!t->met || salvage_has(data, n, "finishReason", '"') || memmem(data, n, "\"error\"", 7))
        return false;
    const char *object = salvage_object(data, n, "usageMetadata", &len);
    if (object) {
        buf_reset(&t->tail);
        buf_add(&t->tail, name, sizeof name - 1);
        buf_add(&t->tail, object, len);
    }
    return true;
}

static void gemini_event(struct tap *t, const char *data, size_t n)
{
    struct found f;
    t->text_bytes += salvage_text_bytes(data, n, "text");
    if (gemini_keep(t, data, n) || reader_document(&t->reader, &rows_gemini, data, n, &f))
        return;
    t->met = true;
    buf_release(&t->tail);
    found_modality(&f);
    said_put(&t->said, &f);
    tap_take_texts(t, &f);
    tap_take_error(t, &f);
    t->complete = t->stopped;
    t->usage.final = t->stopped && said_any(&t->said);
}

void tap_event(void *self, const char *event, const char *data, size_t n)
{
    struct tap *t = self;
    switch (t->wire) {
    case WIRE_ANTHROPIC:
        anthropic_event(t, event, data, n);
        break;
    case WIRE_RESPONSES:
        responses_event(t, event, data, n);
        break;
    case WIRE_CHAT:
        chat_event(t, data, n);
        break;
    case WIRE_GEMINI:
        gemini_event(t, data, n);
        break;
    case WIRE_NONE:
        break;
    }
    if (t->opening == OPENING_PRELUDE)
        opening_event(t, event, data, n);
    /* A scanner weighs some KiB, and in most streams two or three events need one. */
    reader_release(&t->reader);
}
