/* Upstreams that break off, say too much, lie, or quote what they were asked with: the client gets
 * an error event and an abnormal end, and never an end that the upstream did not say. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/faults/faults.h"
#include "tests/flow/rig_int.h"

#define ONE_TRY "[upstream]\nmax_attempts = 1\nretry_budget = 1s\n"

/* --- bodies that break off
 * ------------------------------------------------------------------------
 */

#define CHUNKED                                                                                    \
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
#define PING "13\r\nevent: ping\ndata:\n\n\r\n"
static const struct {
    const char *name, *text; /* behind a good beginning */
    bool hang;
} breaks[] = {
    {"close", "", false},
    {"close in a chunk", "20\r\nevent: content", false},
    {"close in a size", "2", false},
    {"close behind an event", PING, false},
    {"size is no number", "zz\r\n\r\n", false},
    {"size of 17 digits", "00000000000000013\r\nevent: ping\ndata:\n\n\r\n", false},
    {"size over 63 bits", "fffffffffffffff0\r\nevent: ping\n", false},
    {"chunk without its end", "5\r\nevent0\r\n\r\n", false},
    {"LF for CRLF", "13\nevent: ping\ndata:\n\n\n0\n\n", false},
    {"silence", PING, true},
    {"silence in a chunk", "20\r\nevent: con", true},
};

static bool say_break(const struct villain_call *c)
{
    size_t i = *(size_t *)c->arg;

    if (villain_text(c, villain_start_events) && villain_text(c, breaks[i].text) && breaks[i].hang)
        villain_wait_gone(c);
    return false;
}

/* An event of an error, no end that was not said, and no last chunk. */
static void abnormal_end(const struct answer *a, const char *name, bool told)
{
    MUST(a->status == 200, "%s: %d %s", name, a->status, a->body);
    MUST(!a->ended && a->closes, "%s: ended as if whole: %s", name, a->body);
    MUST(!answer_has(a, "message_stop"), "%s: an invented end: %s", name, a->body);
    MUST(
        !told || answer_has(a, "event: error\ndata: {\"type\":\"error\""), "%s: %s", name, a->body);
}

static void breaks_off(struct rig *r)
{
    struct villain *v = villain_rig(r, ONE_TRY "idle_timeout = 700ms\n");
    struct answer a;

    for (size_t i = 0; i < LEN(breaks); i++) {
        villain_set(v, say_break, &i);
        long before = villain_requests(v);
        messages(r, true, "", &a);
        bool inside = strstr(breaks[i].text, "20\r\n") || strstr(breaks[i].name, "without its end");
        abnormal_end(&a, breaks[i].name, !inside);
        answer_release(&a);
        MUST(villain_requests(v) == before + 1, "%s: asked again", breaks[i].name);
        villain_wait_open(v, 0, 2000);
        villain_forgive(r);
    }
    rig_idle(r);
    int64_t rows = rig_number(r, "select count(*) from attempt where partial=1 and input=11");
    MUST(rows == (int64_t)LEN(breaks), "%lld rows are partial and have the input that was told",
        (long long)rows);
    villain_serves(r, v);
    villain_end(r, v);
}

/* The fake's stream is cut behind each of its events. */
static void cut_anywhere(struct rig *r)
{
    static const char *const ways[] = {"cut", "reset"};
    struct answer a;
    long asked = 0;

    rig_start(r, ONE_TRY);
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"console\",\"key\":\"" VILLAIN_KEY "\"}");
    rig_key(r, "ci", "");
    for (size_t w = 0; w < LEN(ways); w++) {
        for (int at = 1; at <= 9; at++) { /* message_stop is the tenth */
            char directive[64];
            snprintf(directive, sizeof directive, "words=5 in=50 %s=%d", ways[w], at);
            messages(r, true, directive, &a);
            /* Behind message_start alone nothing was said yet; and a reset may overtake bytes, in
             * front of the head even. */
            if (at == 1 || (a.status == 502 && w == 1))
                MUST(a.status == 502 && a.ended && answer_has(&a, "\"type\":\"error\""), "%s",
                    a.body);
            else
                abnormal_end(&a, directive, true);
            answer_release(&a);
            villain_forgive(r);
            asked++;
        }
    }
    rig_idle(r);
    cJSON *all = rig_fake(r, "requests", NULL);
    MUST(cJSON_GetArraySize(all) == asked, "%d upstream requests for %ld", cJSON_GetArraySize(all),
        asked);
    cJSON_Delete(all);
    MUST(rig_number(r, "select count(*) from attempt") == asked, "rows");
    MUST(rig_number(r, "select count(*) from attempt where partial=1 and input=50") >= 9, "input");
    rig_stop(r);
}

/* --- much
 * -----------------------------------------------------------------------------------------
 */

#define LINE_BYTES (64l << 20)

static bool say_line(const struct villain_call *c)
{
    char *part = raw_again("0123456789abcdef", 4096, NULL), head[64];
    bool open = villain_text(c, villain_start_events) && villain_text(c, "6\r\ndata: \r\n");

    snprintf(head, sizeof head, "%x\r\n", 65536);
    for (long i = 0; open && i < LINE_BYTES / 65536; i++)
        open = villain_text(c, head) && villain_write(c, part, 65536) && villain_text(c, "\r\n");
    free(part);
    return open && villain_text(c, "2\r\n\n\n\r\n33\r\nevent: message_stop\ndata: {\"type\":"
                                   "\"message_stop\"}\n\n\r\n0\r\n\r\n");
}

static bool say_json(const struct villain_call *c)
{
    char *part = raw_again("0123456789abcdef", 4096, NULL);
    bool open =
        villain_text(c, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"a\":\"");

    for (long i = 0; open && i < LINE_BYTES / 65536; i++)
        open = villain_write(c, part, 65536);
    free(part);
    if (open)
        villain_text(c, "\",\"usage\":{\"input_tokens\":5,\"output_tokens\":6}}");
    return false;
}

static bool say_events(const struct villain_call *c)
{
    char *many = raw_again(
        "35\r\nevent: content_block_delta\ndata: {\"type\":\"x\",\"a\":1}\n\n\r\n", 20000, NULL);
    bool open = villain_text(c, villain_start_events) && villain_text(c, many);

    free(many);
    return open &&
           villain_text(c, "33\r\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
                           "\r\n0\r\n\r\n");
}

/* Reads all, keeps only the number of bytes and the last few. */
static size_t read_away(int fd, char last[64])
{
    char part[65536];
    size_t total = 0;

    for (;;) {
        ssize_t n = recv(fd, part, sizeof part, 0);
        MUST(n >= 0, "reading");
        total += (size_t)n;
        if (n >= 64)
            memcpy(last, part + n - 64, 64);
        if (n <= 0 || (n >= 5 && memcmp(part + n - 5, "0\r\n\r\n", 5) == 0))
            return total;
    }
}

static void much(struct rig *r)
{
    static const struct {
        const char *name;
        villain_says *says;
        bool stream;
        size_t least;
    } ways[] = {{"a line of 64 MiB", say_line, true, LINE_BYTES},
        {"JSON of 64 MiB", say_json, false, LINE_BYTES},
        {"20,000 events", say_events, true, 1000000}};
    struct villain *v = villain_rig(r, ONE_TRY);
    char last[64] = "";

    villain_serves(r, v);
    for (size_t i = 0; i < LEN(ways); i++) {
        long before = relay_peak_kib(r);
        int64_t began = mono_ms();
        villain_set(v, ways[i].says, NULL);
        int fd = messages_begin(r, ways[i].stream, "");
        size_t n = read_away(fd, last);
        close(fd);
        MUST(n >= ways[i].least, "%s: %zu bytes", ways[i].name, n);
        printf("   %s: %lld ms, %ld KiB more at most\n", ways[i].name,
            (long long)(mono_ms() - began), relay_peak_kib(r) - before);
        MUST(!faults_exact() || relay_peak_kib(r) - before < 8192, "%s: %ld KiB", ways[i].name,
            relay_peak_kib(r) - before);
        rig_idle(r);
    }
    MUST(rig_number(r, "select sum(input) from attempt where final=1") >= 3 + 11 + 11, "input");
    villain_serves(r, v);
    villain_end(r, v);
}

/* --- absurd numbers
 * -------------------------------------------------------------------------------
 */

static const char *const usages[] = {
    "{\"input_tokens\":1e308,\"output_tokens\":1e308}",
    "{\"input_tokens\":-5,\"output_tokens\":-1}",
    "{\"input_tokens\":9223372036854775807,\"output_tokens\":9223372036854775807}",
    "{\"input_tokens\":99999999999999999999999999,\"output_tokens\":1}",
    "{\"input_tokens\":1.5,\"output_tokens\":\"7\"}",
    "{\"input_tokens\":null,\"output_tokens\":[]}",
    "{\"input_tokens\":{\"input_tokens\":5},\"output_tokens\":true}",
    "[]",
    "\"many\"",
    "{\"cache_creation\":{\"ephemeral_5m_input_tokens\":-9,\"ephemeral_1h_input_tokens\":1e400},"
    "\"input_tokens\":1,\"output_tokens\":1}",
};

static bool say_usage(const struct villain_call *c)
{
    char *body =
        text_of("{\"id\":\"m\",\"model\":\"claude-haiku-4-5\",\"usage\":%s}", (const char *)c->arg);
    char *all =
        text_of("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n"
                "\r\n%s",
            strlen(body), body);
    bool open = villain_text(c, all);

    free(all);
    free(body);
    return open;
}

static void absurd_usage(struct rig *r)
{
    struct villain *v = villain_rig(r, ONE_TRY);
    struct answer a;

    for (size_t i = 0; i < LEN(usages); i++) {
        villain_set(v, say_usage, (void *)usages[i]);
        messages(r, false, "", &a);
        MUST(a.status == 200 && a.ended && answer_has(&a, usages[i]), "%zu: %d %s", i, a.status,
            a.body);
        answer_release(&a);
    }
    rig_idle(r);
    MUST(rig_number(r, "select count(*) from attempt") == (int64_t)LEN(usages), "rows");
    MUST(rig_number(r, "select count(*) from attempt where input<0 or output<0 or "
                       "cache_write_1h<0 or cache_write_5m<0 or cost<0") == 0,
        "negative numbers");
    int64_t most = rig_number(r, "select max(max(input),max(output)) from attempt");
    int64_t cost = rig_number(r, "select max(cost) from attempt");
    printf("   most tokens believed: %lld, most dear: %.2f dollars\n", (long long)most,
        (double)cost / 1e9);
    MUST(most <= 10000000, "%lld tokens", (long long)most);
    /* The sums still add up, and the key can still be read. */
    MUST(rig_number(r, "select sum(cost) from attempt") ==
             rig_number(r, "select sum(cost) from tally"),
        "sums");
    rig_do(r, "usage.query", "{}");
    villain_end(r, v);
}

/* --- the credential comes back
 * --------------------------------------------------------------------
 */

static bool say_credential(const struct villain_call *c)
{
    int status = *(const int *)c->arg;
    char *pad = raw_again(" ", 70000, NULL);
    char *body = text_of("{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
                         "\"message\":\"key " VILLAIN_KEY " of you, " VILLAIN_KEY "\"},%s\"again\":"
                         "\"" VILLAIN_KEY "\"}",
        status == 400 ? "" : pad);
    char *all = text_of("HTTP/1.1 %d X\r\ncontent-type: application/json\r\nrequest-id: r1\r\n"
                        "x-request-id: " VILLAIN_KEY "\r\ncontent-length: %zu\r\n\r\n%s",
        status, strlen(body), body);
    bool open = villain_text(c, all);

    free(all);
    free(body);
    free(pad);
    return open;
}

static void credential_back(struct rig *r)
{
    static const int statuses[] = {400, 413, 422, 404, 401, 403, 429, 500, 503, 529};
    struct villain *v = villain_rig(r, "[log]\nlog_level = trace\n" ONE_TRY);
    struct answer a;
    char where[256];

    for (size_t i = 0; i < LEN(statuses); i++) {
        for (int stream = 0; stream < 2; stream++) {
            villain_set(v, say_credential, (void *)&statuses[i]);
            messages(r, stream, "", &a);
            MUST(a.status >= 400 && a.ended, "%d: %d %s", statuses[i], a.status, a.body);
            MUST(!strstr(a.head, VILLAIN_KEY), "%d: in the head: %s", statuses[i], a.head);
            MUST(!answer_has(&a, VILLAIN_KEY), "%d: in the body: %.400s", statuses[i], a.body);
            answer_release(&a);
            villain_forgive(r);
        }
    }
    rig_idle(r);
    rig_do(r, "request.list", "{}");
    MUST(rig_relay_end(r, 15) == 0, "end");
    MUST(!rig_finds(r, VILLAIN_KEY, where), "in %s", where);
    rig_stop(r);
    villain_stop(v);
}

/* --- time
 * -----------------------------------------------------------------------------------------
 */

static bool say_nothing(const struct villain_call *c)
{
    villain_wait_gone(c);
    return false;
}

static void times(struct rig *r)
{
    struct villain *v = villain_rig(r, ONE_TRY "first_byte_timeout = 500ms\nidle_timeout = 1s\n");
    struct answer a;

    villain_set(v, say_nothing, NULL);
    int64_t began = mono_ms();
    messages(r, true, "", &a);
    int64_t took = mono_ms() - began;
    MUST(a.status == 504 && a.ended && took >= 450 && took < 3000, "%d after %lld ms: %s", a.status,
        (long long)took, a.body);
    answer_release(&a);
    villain_wait_open(v, 0, 1000);
    /* Pings are life: longer than the silence that is allowed, and not cut. */
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"fake\",\"key\":\"sk-ant-x\",\"priority\":1}");
    messages(r, true, "words=1 pings=8 event_delay=300", &a);
    MUST(a.status == 200 && a.ended && answer_has(&a, "message_stop"), "%d %s", a.status, a.body);
    answer_release(&a);
    villain_end(r, v);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"breaks-off", breaks_off},
        {"cut-anywhere", cut_anywhere},
        {"much", much},
        {"absurd-usage", absurd_usage},
        {"credential-back", credential_back},
        {"times", times},
    };
    return rig_main(argc, argv, tests, LEN(tests));
}
