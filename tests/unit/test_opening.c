/* How streams open, wire by wire: prelude, content, error; also byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <string.h>
#include "meter/usage.h"

#define EVENT(name, data) "event: " name "\ndata: " data "\n\n"
#define DATA(data) "data: " data "\n\n"
#define START EVENT("message_start", "{\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}")
#define PING EVENT("ping", "{\"type\":\"ping\"}")
#define CREATED                                                                                    \
    EVENT("response.created",                                                                      \
        "{\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"error\":null}}")

static const struct {
    const char *name;
    enum wire wire;
    bool stream;
    const char *text;
    enum opening want;
    const char *type;
} openings[] = {
    {"nothing", WIRE_ANTHROPIC, true, "", OPENING_PRELUDE, NULL},
    {"comments", WIRE_CHAT, true, ": wait\n\n: wait\n\n", OPENING_PRELUDE, NULL},
    {"pings", WIRE_ANTHROPIC, true, PING START PING, OPENING_PRELUDE, NULL},
    {"a block", WIRE_ANTHROPIC, true,
        START EVENT("content_block_start", "{\"type\":\"content_block_start\"}"), OPENING_CONTENT,
        NULL},
    {"an event that nobody knows", WIRE_ANTHROPIC, true, EVENT("new", "{\"type\":\"new\"}"),
        OPENING_CONTENT, NULL},
    {"an error", WIRE_ANTHROPIC, true,
        EVENT("error", "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}"),
        OPENING_ERROR, "overloaded_error"},
    {"an error without an event's name", WIRE_ANTHROPIC, true,
        DATA("{\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}"), OPENING_ERROR,
        "api_error"},
    {"an error that says nothing", WIRE_ANTHROPIC, true, EVENT("error", "{}"), OPENING_ERROR, NULL},
    {"an error behind the prelude", WIRE_ANTHROPIC, true,
        START PING EVENT("error", "{\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}"),
        OPENING_ERROR, "api_error"},
    {"an error behind content", WIRE_ANTHROPIC, true,
        START EVENT("content_block_start", "{}")
            EVENT("error", "{\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}"),
        OPENING_CONTENT, "api_error"},
    {"created", WIRE_RESPONSES, true,
        CREATED EVENT("response.in_progress", "{\"type\":\"response.in_progress\"}"),
        OPENING_PRELUDE, NULL},
    {"created without events' names", WIRE_RESPONSES, true,
        DATA("{\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}"), OPENING_PRELUDE, NULL},
    {"an item", WIRE_RESPONSES, true,
        CREATED EVENT("response.output_item.added", "{\"type\":\"response.output_item.added\"}"),
        OPENING_CONTENT, NULL},
    {"failed", WIRE_RESPONSES, true,
        CREATED EVENT("response.failed", "{\"type\":\"response.failed\",\"response\":{\"error\":"
                                         "{\"code\":\"server_error\",\"message\":\"no\"}}}"),
        OPENING_ERROR, "server_error"},
    {"a bare error", WIRE_RESPONSES, true,
        CREATED EVENT("error", "{\"type\":\"error\",\"code\":\"rate_limit_exceeded\"}"),
        OPENING_ERROR, "rate_limit_exceeded"},
    {"a chunk", WIRE_CHAT, true,
        DATA("{\"choices\":[{\"delta\":{\"content\":\"\\\"error\\\"\"}}],\"error\":null}"),
        OPENING_CONTENT, NULL},
    {"an error chunk", WIRE_CHAT, true, DATA("{\"error\":{\"message\":\"no\",\"code\":\"c\"}}"),
        OPENING_ERROR, "c"},
    {"an error chunk with a number", WIRE_CHAT, true,
        DATA("{\"id\":\"x\",\"error\":{\"code\":502,\"message\":\"no\"},\"choices\":[]}"),
        OPENING_ERROR, "502"},
    {"a candidate", WIRE_GEMINI, true, DATA("{\"candidates\":[]}"), OPENING_CONTENT, NULL},
    {"Google's error", WIRE_GEMINI, true,
        DATA("{\"error\":{\"code\":503,\"message\":\"no\",\"status\":\"UNAVAILABLE\"}}"),
        OPENING_ERROR, "UNAVAILABLE"},
    {"an array's beginning", WIRE_GEMINI, false, "[\r\n {", OPENING_PRELUDE, NULL},
    {"a candidate in an array", WIRE_GEMINI, false, "[{\"candidates\":[", OPENING_CONTENT, NULL},
    {"an error in an array", WIRE_GEMINI, false,
        "[{\n  \"error\": {\"code\":429,\"message\":\"no\",\"status\":\"RESOURCE_EXHAUSTED\"}}]",
        OPENING_ERROR, "RESOURCE_EXHAUSTED"},
};

static void opening_is(size_t i, size_t piece)
{
    struct tap *t = tap_create(openings[i].wire, openings[i].stream);
    const char *p = openings[i].text, *type;
    size_t n = strlen(p);
    struct usage u;

    for (size_t at = 0; at < n; at += piece)
        tap_feed(t, p + at, n - at < piece ? n - at : piece);
    /* Of an array's error the end tells. */
    if (!openings[i].stream && openings[i].want == OPENING_ERROR)
        tap_finish(t, &u);
    if (tap_opening(t) != openings[i].want)
        fail_msg("%s, by %zu: %d", openings[i].name, piece, (int)tap_opening(t));
    type = tap_error_type(t);
    if (openings[i].type)
        assert_string_equal(type ? type : "none", openings[i].type);
    else
        assert_null(type);
    tap_free(t);
}

static void streams_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        opening_is(i, 1);
        opening_is(i, 7);
        opening_is(i, 1000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(streams_open)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
