/* Usage out of answers of every wire: whole, cut at every byte, fed in every way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "meter/usage.h"
#include "upstream/sse.h"

struct expect {
    int64_t input, output, write_5m, write_1h, read, reasoning, searches, images;
    const char *model, *id, *stop, *tier;
    bool final, fast, complete;
};
struct answer {
    const char *name;
    enum wire wire;
    bool stream;
    const char *text;
    struct expect want;
};

#define EVENT(name, data) "event: " name "\ndata: " data "\n\n"
#define DATA(data) "data: " data "\n\n"

#define A_START(usage)                                                                             \
    EVENT("message_start",                                                                         \
        "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\","          \
        "\"role\":\"assistant\",\"model\":\"claude-opus-5-5\",\"content\":[],"                     \
        "\"stop_reason\":null,\"usage\":" usage "}}")
#define A_TEXT(text)                                                                               \
    EVENT("content_block_delta", "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":"        \
                                 "{\"type\":\"text_delta\",\"text\":\"" text "\"}}")
#define A_DELTA(usage)                                                                             \
    EVENT("message_delta", "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","  \
                           "\"stop_sequence\":null},\"usage\":" usage "}")
#define A_STOP EVENT("message_stop", "{\"type\":\"message_stop\"}")

static const struct answer answers[] = {
    {"anthropic stream with both cache lifetimes", WIRE_ANTHROPIC, true,
        A_START("{\"input_tokens\":10,\"cache_creation_input_tokens\":300,"
                "\"cache_read_input_tokens\":5000,\"cache_creation\":{"
                "\"ephemeral_5m_input_tokens\":100,\"ephemeral_1h_input_tokens\":200},"
                "\"output_tokens\":1,\"service_tier\":\"standard\"}") EVENT("ping",
            "{\"type\":\"ping\"}") A_TEXT("He said: \\\"usage\\\":{\\\"output_tokens\\\":9}")
            A_DELTA("{\"output_tokens\":77}") A_STOP,
        {10, 77, 100, 200, 5000, 0, 0, 0, "claude-opus-5-5", "msg_1", "end_turn", "", true, false,
            true}},
    {"anthropic: a delta repeats the totals without the split", WIRE_ANTHROPIC, true,
        A_START("{\"input_tokens\":10,\"cache_creation_input_tokens\":300,"
                "\"cache_read_input_tokens\":0,\"cache_creation\":{"
                "\"ephemeral_5m_input_tokens\":100,\"ephemeral_1h_input_tokens\":200},"
                "\"output_tokens\":1}")
            A_DELTA("{\"input_tokens\":12,\"cache_creation_input_tokens\":350,"
                    "\"cache_read_input_tokens\":7,\"output_tokens\":5,"
                    "\"server_tool_use\":{\"web_search_requests\":2}}") A_STOP,
        {12, 5, 150, 200, 7, 0, 2, 0, "claude-opus-5-5", "msg_1", "end_turn", "", true, false,
            true}},
    {"anthropic: input known only at the end", WIRE_ANTHROPIC, true,
        A_START("{\"input_tokens\":0,\"output_tokens\":0}") A_DELTA(
            "{\"input_tokens\":40,\"cache_read_input_tokens\":60,\"output_tokens\":5}") A_STOP,
        {40, 5, 0, 0, 60, 0, 0, 0, "claude-opus-5-5", "msg_1", "end_turn", "", true, false, true}},
    {"anthropic: input forgotten at the end", WIRE_ANTHROPIC, true,
        A_START("{\"input_tokens\":40,\"cache_read_input_tokens\":60,\"output_tokens\":0}") A_DELTA(
            "{\"input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":5}") A_STOP,
        {40, 5, 0, 0, 60, 0, 0, 0, "claude-opus-5-5", "msg_1", "end_turn", "", true, false, true}},
    {"anthropic: total of writes alone counts for five minutes", WIRE_ANTHROPIC, true,
        A_START("{\"input_tokens\":1,\"cache_creation_input_tokens\":9,\"output_tokens\":0}")
            A_DELTA("{\"output_tokens\":2}") A_STOP,
        {1, 2, 9, 0, 0, 0, 0, 0, "claude-opus-5-5", "msg_1", "end_turn", "", true, false, true}},
    {"anthropic: fast mode and a tier", WIRE_ANTHROPIC, true,
        A_START("{\"input_tokens\":1,\"output_tokens\":0,\"speed\":\"fast\","
                "\"service_tier\":\"batch\"}") A_DELTA("{\"output_tokens\":2}") A_STOP,
        {1, 2, 0, 0, 0, 0, 0, 0, "claude-opus-5-5", "msg_1", "end_turn", "batch", true, true,
            true}},
    {"anthropic: hostile numbers", WIRE_ANTHROPIC, true,
        A_START("{\"input_tokens\":-5,\"cache_read_input_tokens\":1e999,\"output_tokens\":3.9}")
            A_DELTA("{\"output_tokens\":\"many\"}") A_STOP,
        {0, 3, 0, 0, USAGE_TOKENS_MAX, 0, 0, 0, "claude-opus-5-5", "msg_1", "end_turn", "", true,
            false, true}},
    {"anthropic: events without names, keys sorted", WIRE_ANTHROPIC, true,
        DATA("{\"message\":{\"id\":\"m\",\"model\":\"x\",\"usage\":{\"input_tokens\":3}},"
             "\"type\":\"message_start\"}")
            DATA("{\"delta\":{\"stop_reason\":\"tool_use\"},\"type\":\"message_delta\","
                 "\"usage\":{\"output_tokens\":4}}") DATA("{\"type\":\"message_stop\"}"),
        {3, 4, 0, 0, 0, 0, 0, 0, "x", "m", "tool_use", "", true, false, true}},
    {"anthropic: two messages in one stream add up", WIRE_ANTHROPIC, true,
        A_START("{\"input_tokens\":3}") A_DELTA("{\"output_tokens\":4}")
            A_STOP A_START("{\"input_tokens\":30}") A_DELTA("{\"output_tokens\":40}") A_STOP,
        {33, 44, 0, 0, 0, 0, 0, 0, "claude-opus-5-5", "msg_1", "end_turn", "", true, false, true}},
    {"anthropic: Bedrock tells only in its closing metrics", WIRE_ANTHROPIC, true,
        A_START("{}") EVENT("message_stop",
            "{\"type\":\"message_stop\",\"amazon-bedrock-invocationMetrics\":{\"inputTokenCount\":"
            "9,\"outputTokenCount\":8,\"cacheReadInputTokenCount\":7,"
            "\"cacheWriteInputTokenCount\":6,\"invocationLatency\":5}}"),
        {9, 8, 6, 0, 7, 0, 0, 0, "claude-opus-5-5", "msg_1", "", "", true, false, true}},
    {"anthropic body", WIRE_ANTHROPIC, false,
        "{\"id\":\"msg_2\",\"type\":\"message\",\"model\":\"claude-haiku-5-5\",\"content\":[{"
        "\"type\":\"text\",\"text\":\"\\ud83d\\ude00\"}],\"stop_reason\":\"max_tokens\",\"usage\":"
        "{\"input_tokens\":3,\"cache_creation_input_tokens\":0,\"output_tokens\":9}}\n",
        {3, 9, 0, 0, 0, 0, 0, 0, "claude-haiku-5-5", "msg_2", "max_tokens", "", true, false, true}},
    {"anthropic body that is not quite JSON", WIRE_ANTHROPIC, false,
        "{\"id\":\"msg_2\",\"content\":[{\"text\":\"bad \xff byte, \\\"usage\\\":{\"}],"
        "\"usage\":{\"input_tokens\":3,\"output_tokens\":9}}",
        {3, 9, 0, 0, 0, 0, 0, 0, "", "", "", "", true, false, false}},
    {"count_tokens is no usage", WIRE_ANTHROPIC, false, "{\"input_tokens\":2095}",
        {0, 0, 0, 0, 0, 0, 0, 0, "", "", "", "", false, false, true}},

    {"responses stream", WIRE_RESPONSES, true,
        EVENT("response.created",
            "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\","
            "\"status\":\"in_progress\",\"model\":\"gpt-6-sol\",\"usage\":null}}")
            EVENT("response.output_text.delta",
                "{\"type\":\"response.output_text.delta\",\"delta\":\"hello\"}")
                EVENT("response.output_item.done",
                    "{\"type\":\"response.output_item.done\",\"item\":{\"type\":"
                    "\"web_search_call\",\"action\":{\"type\":\"search\"}}}")
                    EVENT("response.output_item.done",
                        "{\"type\":\"response.output_item.done\",\"item\":{\"type\":"
                        "\"web_search_call\",\"action\":{\"type\":\"open_page\"}}}")
                        EVENT("response.completed",
                            "{\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\","
                            "\"status\":\"completed\",\"model\":\"gpt-6-sol\",\"service_tier\":"
                            "\"priority\",\"usage\":{\"input_tokens\":1000,"
                            "\"input_tokens_details\":{\"cached_tokens\":600,"
                            "\"cache_write_tokens\":100},\"output_tokens\":50,"
                            "\"output_tokens_details\":{\"reasoning_tokens\":20},"
                            "\"total_tokens\":1050}}}"),
        {300, 50, 100, 0, 600, 20, 1, 0, "gpt-6-sol", "resp_1", "completed", "priority", true,
            false, true}},
    {"responses: incomplete counts too", WIRE_RESPONSES, true,
        DATA("{\"type\":\"response.incomplete\",\"response\":{\"status\":\"incomplete\","
             "\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"service_tier\":"
             "\"default\",\"usage\":{\"input_tokens\":5,\"output_tokens\":6}}}"),
        {5, 6, 0, 0, 0, 0, 0, 0, "", "", "max_output_tokens", "", true, false, true}},
    {"responses: more cached than there was", WIRE_RESPONSES, true,
        DATA("{\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":5,"
             "\"input_tokens_details\":{\"cached_tokens\":50},\"output_tokens\":6,"
             "\"output_tokens_details\":{\"reasoning_tokens\":60}}}}"),
        {0, 6, 0, 0, 5, 6, 0, 0, "", "", "", "", true, false, true}},
    {"responses body", WIRE_RESPONSES, false,
        "{\"id\":\"resp_2\",\"model\":\"gpt-5.4\",\"status\":\"completed\",\"output\":[],"
        "\"tool_usage\":{\"web_search\":{\"num_requests\":3}},\"usage\":{\"input_tokens\":5,"
        "\"input_tokens_details\":{\"cached_tokens\":1},\"output_tokens\":6}}",
        {4, 6, 0, 0, 1, 0, 3, 0, "gpt-5.4", "resp_2", "completed", "", true, false, true}},

    {"chat stream", WIRE_CHAT, true,
        DATA("{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-4o\","
             "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}],\"usage\":null}")
            DATA("{\"id\":\"c1\",\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{"
                 "\"content\":\"hi\"},\"finish_reason\":null}],\"usage\":null}")
                DATA("{\"id\":\"c1\",\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{},"
                     "\"finish_reason\":\"stop\"}],\"usage\":null}")
                    DATA("{\"id\":\"c1\",\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{"
                         "\"prompt_tokens\":20,\"completion_tokens\":8,\"total_tokens\":28,"
                         "\"prompt_tokens_details\":{\"cached_tokens\":15},"
                         "\"completion_tokens_details\":{\"reasoning_tokens\":3}}}") DATA("[DONE]"),
        {5, 8, 0, 0, 15, 3, 0, 0, "gpt-4o", "c1", "stop", "", true, false, true}},
    {"embeddings body", WIRE_CHAT, false,
        "{\"object\":\"list\",\"data\":[{\"embedding\":[0.1,-2e-3]}],\"model\":"
        "\"text-embedding-3-small\",\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}",
        {8, 0, 0, 0, 0, 0, 0, 0, "text-embedding-3-small", "", "", "", true, false, true}},
    {"image body", WIRE_CHAT, false,
        "{\"created\":1,\"data\":[{\"b64_json\":\"AAAA\"},{\"b64_json\":\"BBBB\"}],\"usage\":{"
        "\"input_tokens\":8,\"output_tokens\":2112,\"output_tokens_details\":{\"image_tokens\":"
        "2112}}}",
        {8, 2112, 0, 0, 0, 0, 0, 2, "", "", "", "", true, false, true}},

    {"gemini stream", WIRE_GEMINI, true,
        DATA("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}],\"usageMetadata\":{"
             "\"promptTokenCount\":100,\"totalTokenCount\":100},\"modelVersion\":"
             "\"gemini-2.5-pro\",\"responseId\":\"g1\"}")
            DATA("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\"}]},\"finishReason\":"
                 "\"STOP\",\"groundingMetadata\":{\"webSearchQueries\":[\"x\",\"y\"]}}],"
                 "\"usageMetadata\":{\"promptTokenCount\":100,"
                 "\"candidatesTokenCount\":7,\"thoughtsTokenCount\":30,"
                 "\"cachedContentTokenCount\":80,\"toolUsePromptTokenCount\":5,"
                 "\"totalTokenCount\":142},\"modelVersion\":\"gemini-2.5-pro\"}"),
        {25, 37, 0, 0, 80, 30, 2, 0, "gemini-2.5-pro", "g1", "STOP", "", true, false, true}},
    {"gemini inside an envelope", WIRE_GEMINI, true,
        DATA("{\"response\":{\"candidates\":[{\"finishReason\":\"MAX_TOKENS\"}],\"usageMetadata\":"
             "{\"promptTokenCount\":4,\"totalTokenCount\":9}},\"traceId\":\"t\"}"),
        {4, 5, 0, 0, 0, 0, 0, 0, "", "", "MAX_TOKENS", "", true, false, true}},
    {"gemini body, a list", WIRE_GEMINI, false,
        "[{\"candidates\":[{}],\"usageMetadata\":{\"promptTokenCount\":4}},\n{\"candidates\":[{"
        "\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":4,"
        "\"candidatesTokenCount\":2}}]",
        {4, 2, 0, 0, 0, 0, 0, 0, "", "", "STOP", "", true, false, true}},
    {"nothing to meter", WIRE_NONE, false, "{\"usage\":{\"input_tokens\":3}}",
        {0, 0, 0, 0, 0, 0, 0, 0, "", "", "", "", false, false, false}},
};
#define N_ANSWERS (sizeof answers / sizeof answers[0])

static void check(const struct answer *a, const struct usage *u, bool complete)
{
    const struct expect *w = &a->want;
    if (u->input != w->input || u->output != w->output)
        print_error("%s: input %ld output %ld\n", a->name, (long)u->input, (long)u->output);
    assert_int_equal(u->input, w->input);
    assert_int_equal(u->output, w->output);
    assert_int_equal(u->cache_write_5m, w->write_5m);
    assert_int_equal(u->cache_write_1h, w->write_1h);
    assert_int_equal(u->cache_read, w->read);
    assert_int_equal(u->reasoning, w->reasoning);
    assert_int_equal(u->web_searches, w->searches);
    assert_int_equal(u->images, w->images);
    assert_string_equal(u->model, w->model);
    assert_string_equal(u->upstream_id, w->id);
    assert_string_equal(u->stop_reason, w->stop);
    assert_string_equal(u->service_tier, w->tier);
    assert_int_equal(u->final, w->final);
    assert_int_equal(u->fast, w->fast);
    assert_int_equal(complete, w->complete);
    assert_int_equal(usage_tokens(u),
        u->input + u->output + u->cache_write_5m + u->cache_write_1h + u->cache_read);
}

static struct usage tapped(const struct answer *a, size_t n, size_t cut, bool *complete)
{
    struct usage u;
    struct tap *t = tap_create(a->wire, a->stream);
    tap_feed(t, a->text, cut);
    tap_feed(t, a->text + cut, n - cut);
    tap_finish(t, &u);
    *complete = tap_complete(t);
    tap_free(t);
    return u;
}

static void test_whole_and_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ANSWERS; i++) {
        const struct answer *a = &answers[i];
        size_t n = strlen(a->text);
        for (size_t cut = 0; cut <= n; cut++) {
            bool complete;
            struct usage u = tapped(a, n, cut, &complete);
            check(a, &u, complete);
        }
    }
}

static void test_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ANSWERS; i++) {
        const struct answer *a = &answers[i];
        struct usage u;
        struct tap *t = tap_create(a->wire, a->stream);
        for (const char *p = a->text; *p; p++)
            tap_feed(t, p, 1);
        tap_finish(t, &u);
        check(a, &u, tap_complete(t));
        tap_free(t);
    }
}

/* Whatever is left of a stream, no class is more than that of the whole one, and a stream that has
 * shown its first usage keeps it. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ANSWERS; i++) {
        const struct answer *a = &answers[i];
        size_t n = strlen(a->text);
        bool seen = false, complete;
        struct usage whole = tapped(a, n, 0, &complete);
        for (size_t cut = 0; cut < n; cut++) {
            struct usage u = tapped(a, cut, 0, &complete);
            assert_true(!seen || !a->stream || u.seen);
            seen = u.seen;
            assert_true(u.output <= whole.output);
            assert_true(usage_tokens(&u) <= usage_tokens(&whole) || a->wire == WIRE_GEMINI);
            /* Who says that it is complete has all of it (or, of two messages, the first). */
            if (a->stream && complete && !strstr(a->name, "two messages"))
                assert_int_equal(usage_tokens(&u), usage_tokens(&whole));
        }
    }
}

static void test_cut_after_message_start(void **state)
{
    (void)state;
    struct usage u;
    struct tap *t = tap_create(WIRE_ANTHROPIC, true);
    const char *text =
        A_START("{\"input_tokens\":10,\"cache_read_input_tokens\":90,"
                "\"output_tokens\":1}") A_TEXT("0123456789012345678901234567890123456789");
    tap_feed(t, text, strlen(text));
    assert_int_equal(tap_output_so_far(t), 10);
    assert_true(tap_between_events(t));
    tap_feed(t, "event: mess", 11);
    assert_false(tap_between_events(t));
    assert_false(tap_complete(t));
    tap_finish(t, &u);
    assert_true(u.seen);
    assert_false(u.final);
    assert_int_equal(u.input, 10);
    assert_int_equal(u.cache_read, 90);
    assert_int_equal(u.output, 1);
    tap_free(t);
}

/* The usage of chunks in the middle is read only when the stream ends there. */
static void test_gemini_cut(void **state)
{
    (void)state;
    struct usage u;
    struct tap *t = tap_create(WIRE_GEMINI, true);
    static const char text[] =
        DATA("{\"usageMetadata\":{\"promptTokenCount\":100},\"modelVersion\":\"g\"}")
            DATA("{\"usageMetadata\": {\"promptTokenCount\": 100, \"candidatesTokenCount\": 3}}")
                DATA("{\"usageMetadata\": {\"promptTokenCount\": 100, \"candidatesTokenCount\": 6,"
                     "\"promptTokensDetails\": [{\"modality\": \"TEXT\"}]}}");
    tap_feed(t, text, sizeof text - 1);
    tap_finish(t, &u);
    assert_true(u.seen);
    assert_false(u.final);
    assert_int_equal(u.input, 100);
    assert_int_equal(u.output, 6);
    tap_free(t);
}

/* Pictures: as part of Gemini's output, and as the tokens of an image tool besides the output. */
static void test_pictures(void **state)
{
    (void)state;
    static const struct {
        enum wire wire;
        const char *text;
        int64_t output, output_image, image_input, image_output;
    } rows[] = {
        {WIRE_GEMINI,
            "{\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":1300,"
            "\"candidatesTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":10},"
            "{\"modality\":\"IMAGE\",\"tokenCount\":1290}]}}",
            1300, 1290, 0, 0},
        {WIRE_GEMINI,
            "{\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":13,"
            "\"candidatesTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":13}]}}",
            13, 0, 0, 0},
        {WIRE_RESPONSES,
            "{\"tool_usage\":{\"image_gen\":{\"input_tokens\":50,\"output_tokens\":60}},"
            "\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}",
            2, 0, 50, 60},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct usage u;
        struct tap *t = tap_create(rows[i].wire, false);
        tap_feed(t, rows[i].text, strlen(rows[i].text));
        tap_finish(t, &u);
        assert_int_equal(u.output, rows[i].output);
        assert_int_equal(u.output_image, rows[i].output_image);
        assert_int_equal(u.image_input, rows[i].image_input);
        assert_int_equal(u.image_output, rows[i].image_output);
        tap_free(t);
    }
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        enum wire wire;
        bool stream;
        const char *text, *type, *message;
    } rows[] = {
        {WIRE_ANTHROPIC, true,
            EVENT("error", "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                           "\"message\":\"Over\\nloaded\"}}"),
            "overloaded_error", "Over loaded"},
        {WIRE_ANTHROPIC, false,
            "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"x\"}}",
            "api_error", "x"},
        {WIRE_ANTHROPIC, false, "{\"error\":\"Invalid API key\",\"message\":\"later\"}", NULL,
            "Invalid API key"},
        {WIRE_RESPONSES, true,
            DATA("{\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"slow\"}"),
            "rate_limit_exceeded", "slow"},
        {WIRE_RESPONSES, true,
            DATA("{\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{"
                 "\"code\":\"server_error\",\"message\":\"sorry\"}}}"),
            "server_error", "sorry"},
        {WIRE_RESPONSES, false, "{\"detail\":\"Unauthorized\"}", NULL, "Unauthorized"},
        {WIRE_CHAT, true, DATA("{\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":400}}"), "t",
            "m"},
        {WIRE_GEMINI, false,
            "[{\"error\":{\"code\":429,\"message\":\"quota\",\"status\":\"RESOURCE_EXHAUSTED\"}}]",
            "RESOURCE_EXHAUSTED", "quota"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct usage u;
        struct tap *t = tap_create(rows[i].wire, rows[i].stream);
        tap_feed(t, rows[i].text, strlen(rows[i].text));
        tap_finish(t, &u);
        if (rows[i].type)
            assert_string_equal(tap_error_type(t), rows[i].type);
        else
            assert_null(tap_error_type(t));
        assert_string_equal(tap_error_message(t), rows[i].message);
        assert_false(u.seen);
        tap_free(t);
    }
}

/* An event over the splitter's bound is not told; its usage is found in its last bytes. */
static void test_event_over_the_bound(void **state)
{
    (void)state;
    static const char head[] = "event: response.completed\ndata: {\"type\":\"response.completed\","
                               "\"response\":{\"id\":\"r\",\"output\":[{\"result\":\"";
    static const char tail[] = "\"}],\"usage\":{\"input_tokens\":7,\"output_tokens\":8},\"user\":"
                               "null}}\n\n";
    size_t big = SSE_EVENT_MAX + 4096;
    char *fill = xmalloc(big);
    memset(fill, 'A', big);
    for (size_t step = 100; step <= big; step += big - 100) {
        struct usage u;
        struct tap *t = tap_create(WIRE_RESPONSES, true);
        tap_feed(t, head, sizeof head - 1);
        for (size_t at = 0; at < big; at += step)
            tap_feed(t, fill + at, big - at < step ? big - at : step);
        tap_feed(t, tail, 40);
        tap_feed(t, tail + 40, sizeof tail - 1 - 40);
        assert_true(tap_complete(t));
        tap_finish(t, &u);
        assert_true(u.final);
        assert_int_equal(u.input, 7);
        assert_int_equal(u.output, 8);
        tap_free(t);
    }
    free(fill);
}

/* A body of pictures is far over any tail that is kept; its usage is read as it passes. */
static void test_huge_body(void **state)
{
    (void)state;
    static const char head[] = "{\"usage\":{\"input_tokens\":7,\"output_tokens\":8},\"data\":[{"
                               "\"b64_json\":\"";
    char block[4096];
    struct usage u;
    struct tap *t = tap_create(WIRE_CHAT, false);
    memset(block, 'A', sizeof block);
    tap_feed(t, head, sizeof head - 1);
    for (int i = 0; i < 4096; i++)
        tap_feed(t, block, sizeof block);
    tap_feed(t, "\"}]}", 4);
    tap_finish(t, &u);
    assert_int_equal(u.input, 7);
    assert_int_equal(u.output, 8);
    assert_int_equal(u.images, 1);
    tap_free(t);
}

static void test_texts_are_cut_at_characters(void **state)
{
    (void)state;
    char text[512], name[200] = "";
    struct usage u;
    for (int i = 0; i < 60; i++)
        strcat(name, "\xe2\x82\xac"); /* 180 bytes of three each; room for 127 */
    snprintf(text, sizeof text, "{\"model\":\"%s\",\"usage\":{\"input_tokens\":1}}", name);
    struct tap *t = tap_create(WIRE_ANTHROPIC, false);
    tap_feed(t, text, strlen(text));
    tap_finish(t, &u);
    assert_int_equal(strlen(u.model), 126);
    tap_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_and_split),
        cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_cut_after_message_start),
        cmocka_unit_test(test_gemini_cut),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_event_over_the_bound),
        cmocka_unit_test(test_huge_body),
        cmocka_unit_test(test_texts_are_cut_at_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
