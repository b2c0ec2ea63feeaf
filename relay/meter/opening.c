/* How a stream opens: whether it has said anything yet that a client waits for, or that it failed.
 * One row a wire. */
#include "meter/meter_int.h"

#include <string.h>
#include "common/text.h"

#define NAMES_MAX 5

/* prelude: events that only say that an answer has begun. errors: those that say that there will be
 * none; where a wire does not name its events, the member `error` does. */
static const struct {
    const char *prelude[NAMES_MAX], *errors[NAMES_MAX];
} wires[WIRE_NONE] = {
    [WIRE_ANTHROPIC] = {.prelude = {"message_start", "ping"}, .errors = {"error"}},
    [WIRE_RESPONSES] = {.prelude = {"response.created", "response.queued", "response.in_progress",
                            "keepalive"},
        .errors = {"response.failed", "error"}},
};

static bool listed(const char *const names[NAMES_MAX], const char *name)
{
    for (size_t i = 0; i < NAMES_MAX && names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

const char *event_type(char to[EVENT_TYPE_MAX], const char *event, const char *data, size_t n)
{
    struct span s = {data, n < 96 ? n : 96};

    if (*event)
        return event;
    /* OpenAI and Anthropic write the type first; whoever does not must name the event. */
    const char *p = memmem(s.p, s.n, "\"type\"", 6);
    const char *q = p ? memchr(p + 6, '"', (size_t)(s.p + s.n - p - 6)) : NULL;
    const char *e = q ? memchr(q + 1, '"', (size_t)(s.p + s.n - q - 1)) : NULL;
    if (!e || (size_t)(e - q) > EVENT_TYPE_MAX)
        return "";
    memcpy(to, q + 1, (size_t)(e - q - 1));
    to[e - q - 1] = 0;
    return to;
}

void opening_event(struct tap *t, const char *event, const char *data, size_t n)
{
    char room[EVENT_TYPE_MAX];
    const char *type = event_type(room, event, data, n);

    if (t->error_type[0] || t->error_message[0] || listed(wires[t->wire].errors, type))
        t->opening = OPENING_ERROR;
    else if (!listed(wires[t->wire].prelude, type))
        t->opening = OPENING_CONTENT;
}

/* Gemini's array of chunks: an error is the only member of the first one. */
void opening_body(struct tap *t)
{
    static const char error[] = "\"error\"";
    const char *p = t->tail.data;
    size_t n = t->tail.len, want = sizeof error - 1;

    while (n && memchr(" \r\n\t[{", *p, 6))
        p++, n--;
    if (memcmp(p, error, n < want ? n : want) != 0)
        t->opening = OPENING_CONTENT;
}

enum opening tap_opening(const struct tap *t)
{
    return t->opening;
}
