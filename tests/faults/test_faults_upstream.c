/* Upstreams that are broken or malicious: the client gets a clean error in its dialect, or an error
 * event and an abnormal end, and never an end that the upstream did not say. */
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/faults/faults.h"
#include "tests/flow/rig_int.h"

#define UPSTREAM_KEY "sk-ant-api03-CREDENTIAL-of-the-account"
#define ONE_TRY "[upstream]\nmax_attempts = 1\nretry_budget = 1s\n"

static struct villain *begin(struct rig *r, const char *settings)
{
    struct villain *v = villain_start(NULL, NULL);

    rig_start(r, settings);
    villain_account(r, v, "console", UPSTREAM_KEY);
    rig_key(r, "ci", "");
    return v;
}

static void end(struct rig *r, struct villain *v)
{
    rig_idle(r);
    rig_stop(r);
    villain_stop(v);
}

/* What it did is no reason to wait for the account in the next test. */
static void forgive(struct rig *r)
{
    rig_do(r, "account.reset", "{\"names\":[\"console\"]}");
}

static bool say_text(const struct villain_call *c)
{
    villain_text(c, c->arg);
    return false;
}

static bool say_good(const struct villain_call *c)
{
    return villain_text(c,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
        "content-length: 100\r\n\r\n"
        "{\"id\":\"m1\",\"type\":\"message\",\"model\":\"claude-haiku-4-5\",\"usage\":{"
        "\"input_tokens\":3,\"output_tokens\":2}}");
}

static void serves_again(struct rig *r, struct villain *v)
{
    struct answer a;

    forgive(r);
    villain_set(v, say_good, NULL);
    messages(r, false, "", &a);
    MUST(a.status == 200 && a.ended, "%d %s", a.status, a.body);
    answer_release(&a);
}

/* --- heads that are none -------------------------------------------------------------------------
 */

static bool endless_head(const struct villain_call *c)
{
    bool open = villain_text(c, "HTTP/1.1 200 OK\r\n");

    for (long i = 0; open && i < 200000; i++)
        open = villain_text(c, "x-header: 0123456789012345678901234567890123456789\r\n");
    return false;
}

static bool long_field(const struct villain_call *c)
{
    char *pad = raw_again("0123456789abcdef", 65536, NULL);

    if (villain_text(c, "HTTP/1.1 200 OK\r\nx-header: "))
        villain_text(c, pad);
    free(pad);
    return false;
}

static bool many_fields(const struct villain_call *c)
{
    char *pad = raw_again("a: b\r\n", 200, NULL);

    if (villain_text(c, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n") && villain_text(c, pad))
        villain_text(c, "\r\n");
    free(pad);
    return false;
}

static bool endless_continue(const struct villain_call *c)
{
    char *pad = raw_again("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", 1000, NULL);
    bool open = true;

    for (int i = 0; open && i < 1000; i++)
        open = villain_text(c, pad);
    free(pad);
    return false;
}

static bool nul_in_head(const struct villain_call *c)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 2\r\n\r\n{}";

    villain_write(c, head, sizeof head - 1);
    return false;
}

#define OK "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
static const struct {
    const char *name, *text;
    villain_says *says;
} heads[] = {
    {"no HTTP", "this is not HTTP at all\r\n\r\n", NULL},
    {"closes", "", NULL},
    {"half a line", "HTTP/1.1 20", NULL},
    {"half a head", "HTTP/1.1 200 OK\r\ncontent-type: text/ev", NULL},
    {"SSH", "SSH-2.0-OpenSSH_9.2\r\n", NULL},
    {"101", "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nhello",
        NULL},
    {"302", "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        NULL},
    {"307", "HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 2\r\n\r\n{}", NULL},
    {"304", "HTTP/1.1 304 Not Modified\r\n\r\n", NULL},
    {"web page",
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: "
        "20\r\n\r\n<html>log in</html>\n",
        NULL},
    {"two lengths", OK "content-length: 2\r\ncontent-length: 3\r\n\r\n{}", NULL},
    {"length list", OK "content-length: 2, 2\r\n\r\n{}", NULL},
    {"length and chunked",
        OK "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", NULL},
    {"negative length", OK "content-length: -2\r\n\r\n{}", NULL},
    {"length over 64 bits", OK "content-length: 99999999999999999999\r\n\r\n{}", NULL},
    {"coding gzip", OK "transfer-encoding: gzip\r\n\r\n{}", NULL},
    {"coding gzip, chunked", OK "transfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        NULL},
    {"coding twice", OK "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        NULL},
    {"status 99", "HTTP/1.1 99 Low\r\ncontent-length: 2\r\n\r\n{}", NULL},
    {"status 1000", "HTTP/1.1 1000 High\r\ncontent-length: 2\r\n\r\n{}", NULL},
    {"status 2x0", "HTTP/1.1 2x0 X\r\ncontent-length: 2\r\n\r\n{}", NULL},
    {"HTTP/2.0", "HTTP/2.0 200 OK\r\ncontent-length: 2\r\n\r\n{}", NULL},
    {"obs-fold", OK "x: a\r\n b\r\ncontent-length: 2\r\n\r\n{}", NULL},
    {"blank before colon", OK "content-length : 2\r\n\r\n{}", NULL},
    {"bare CR", OK "x: a\rb\r\ncontent-length: 2\r\n\r\n{}", NULL},
    {"NUL", NULL, nul_in_head},
    {"endless head", NULL, endless_head},
    {"field of 1 MiB", NULL, long_field},
    {"200 fields", NULL, many_fields},
    {"endless 103", NULL, endless_continue},
};

static void clean_error(struct rig *r, const char *name, bool stream)
{
    struct answer a;

    messages(r, stream, "", &a);
    MUST(a.status == 502 && a.ended, "%s: %d %s", name, a.status, a.body);
    cJSON *o = cJSON_Parse(a.body);
    MUST(o && strcmp(text_at(o, "type"), "error") == 0 && text_at(o, "error.message"), "%s: %s",
        name, a.body);
    MUST(!answer_has(&a, "html") && !strstr(a.head, "location"), "%s: %s%s", name, a.head, a.body);
    cJSON_Delete(o);
    answer_release(&a);
}

static void bad_heads(struct rig *r)
{
    struct villain *v = begin(r, ONE_TRY);

    serves_again(r, v);
    long before = relay_rss_kib(r);
    for (size_t i = 0; i < LEN(heads); i++) {
        villain_set(v, heads[i].says ? heads[i].says : say_text, (void *)heads[i].text);
        clean_error(r, heads[i].name, i % 2);
        /* Its connection serves nobody else. */
        villain_wait_open(v, 0, 2000);
        forgive(r);
    }
    printf("   %zu heads, %ld KiB more\n", LEN(heads), relay_rss_kib(r) - before);
    MUST(relay_rss_kib(r) - before < 1024, "%ld KiB", relay_rss_kib(r) - before);
    serves_again(r, v);
    MUST(rig_number(r, "select coalesce(sum(input),0) from attempt where status<>200 or final=0") ==
             0,
        "tokens out of nothing");
    end(r, v);
}

/* --- bodies that break off
 * ------------------------------------------------------------------------
 */

#define CHUNKED                                                                                    \
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
#define PING "13\r\nevent: ping\ndata:\n\n\r\n"
static const struct {
    const char *name, *text; /* behind a good message_start */
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
    struct villain *v = begin(r, ONE_TRY "idle_timeout = 700ms\n");
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
        forgive(r);
    }
    rig_idle(r);
    int64_t rows = rig_number(r, "select count(*) from attempt where partial=1 and input=11");
    MUST(rows == (int64_t)LEN(breaks), "%lld rows are partial and have the input that was told",
        (long long)rows);
    serves_again(r, v);
    end(r, v);
}

/* The fake's stream is cut behind each of its events. */
static void cut_anywhere(struct rig *r)
{
    static const char *const ways[] = {"cut", "reset"};
    struct answer a;
    long asked = 0;

    rig_start(r, ONE_TRY);
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"console\",\"key\":\"" UPSTREAM_KEY "\"}");
    rig_key(r, "ci", "");
    for (size_t w = 0; w < LEN(ways); w++) {
        for (int at = 1; at <= 9; at++) { /* message_stop is the tenth */
            char directive[64];
            snprintf(directive, sizeof directive, "words=5 in=50 %s=%d", ways[w], at);
            messages(r, true, directive, &a);
            /* A reset may overtake bytes, in front of the head even. */
            if (a.status == 502 && w == 1)
                MUST(a.ended && answer_has(&a, "\"type\":\"error\""), "%s", a.body);
            else
                abnormal_end(&a, directive, true);
            answer_release(&a);
            forgive(r);
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

/* --- strange but whole ---------------------------------------------------------------------------
 */

static bool say_trailer(const struct villain_call *c)
{
    return villain_text(c,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nTrailer: x-secret\r\n"
        "connection: x-hop\r\nx-hop: 1\r\nset-cookie: a=b\r\nkeep-alive: 3\r\n"
        "proxy-authenticate: Basic\r\nupgrade: h2c\r\n"
        "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx-secret: 1\r\n\r\n");
}

static bool say_and_more(const struct villain_call *c)
{
    if (c->number > 1)
        return say_good(c);
    villain_text(c,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
        "10\r\n\r\n\"poisoned\"");
    villain_wait_gone(c);
    return false;
}

static bool say_slowly(const struct villain_call *c)
{
    static const char rest[] =
        "16\r\nevent: ping\ndata: {}\n\n\r\n"
        "33\r\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n\r\n";
    bool open = true;

    for (const char *p = villain_start_events; open && *p; p++)
        open = villain_write(c, p, 1);
    for (const char *p = rest; open && *p; p++)
        open = villain_write(c, p, 1);
    return open && villain_text(c, "0\r\n\r\n");
}

static void strange(struct rig *r)
{
    static const char *const gone[] = {"trailer", "x-hop", "set-cookie", "keep-alive",
        "proxy-authenticate", "upgrade", "x-secret"};
    struct villain *v = begin(r, ONE_TRY);
    struct answer a;

    villain_set(v, say_and_more, NULL);
    messages(r, false, "", &a);
    MUST(a.status == 200 && strcmp(a.body, "{}") == 0, "%d %s", a.status, a.body);
    answer_release(&a);
    messages(r, false, "", &a);
    MUST(a.status == 200 && !answer_has(&a, "poisoned"), "%d %s", a.status, a.body);
    MUST(villain_connections(v) == 2, "a connection with bytes behind its answer was used again");
    answer_release(&a);
    villain_set(v, say_trailer, NULL);
    messages(r, false, "", &a);
    MUST(a.status == 200 && a.ended, "%d", a.status);
    for (size_t i = 0; i < LEN(gone); i++) {
        char *f = answer_field(&a, gone[i]);
        MUST(!f, "%s: %s", gone[i], f);
    }
    answer_release(&a);
    villain_set(v, say_slowly, NULL);
    messages(r, true, "", &a);
    MUST(a.status == 200 && a.ended && answer_has(&a, "message_stop"), "%d %s", a.status, a.body);
    answer_release(&a);
    serves_again(r, v);
    end(r, v);
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
    struct villain *v = begin(r, ONE_TRY);
    char last[64] = "";

    serves_again(r, v);
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
        MUST(relay_peak_kib(r) - before < 8192, "%s: %ld KiB", ways[i].name,
            relay_peak_kib(r) - before);
        rig_idle(r);
    }
    MUST(rig_number(r, "select sum(input) from attempt where final=1") >= 3 + 11 + 11, "input");
    serves_again(r, v);
    end(r, v);
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
    struct villain *v = begin(r, ONE_TRY);
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
    end(r, v);
}

/* --- the credential comes back
 * --------------------------------------------------------------------
 */

static bool say_credential(const struct villain_call *c)
{
    int status = *(const int *)c->arg;
    char *pad = raw_again(" ", 70000, NULL);
    char *body =
        text_of("{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
                "\"message\":\"key " UPSTREAM_KEY " of you, " UPSTREAM_KEY "\"},%s\"again\":"
                "\"" UPSTREAM_KEY "\"}",
            status == 400 ? "" : pad);
    char *all = text_of("HTTP/1.1 %d X\r\ncontent-type: application/json\r\nrequest-id: r1\r\n"
                        "x-request-id: " UPSTREAM_KEY "\r\ncontent-length: %zu\r\n\r\n%s",
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
    struct villain *v = begin(r, "[log]\nlog_level = trace\n" ONE_TRY);
    struct answer a;
    char where[256];

    for (size_t i = 0; i < LEN(statuses); i++) {
        for (int stream = 0; stream < 2; stream++) {
            villain_set(v, say_credential, (void *)&statuses[i]);
            messages(r, stream, "", &a);
            MUST(a.status >= 400 && a.ended, "%d: %d %s", statuses[i], a.status, a.body);
            MUST(!strstr(a.head, UPSTREAM_KEY), "%d: in the head: %s", statuses[i], a.head);
            MUST(!answer_has(&a, UPSTREAM_KEY), "%d: in the body: %.400s", statuses[i], a.body);
            answer_release(&a);
            forgive(r);
        }
    }
    rig_idle(r);
    rig_do(r, "request.list", "{}");
    MUST(rig_relay_end(r, 15) == 0, "end");
    MUST(!rig_finds(r, UPSTREAM_KEY, where), "in %s", where);
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
    struct villain *v = begin(r, ONE_TRY "first_byte_timeout = 500ms\nidle_timeout = 1s\n");
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
    end(r, v);
}

/* --- nobody there, and the words of each dialect
 * --------------------------------------------------
 */

static void dialects(struct rig *r)
{
    static const struct {
        const char *kind, *path, *body, *field, *at;
    } ways[] = {
        {"claude-console", "/api/v1/messages", "{\"model\":\"claude-haiku-4-5\",\"messages\":[]}",
            "x-api-key", "error.type"},
        {"openai-responses", "/openai/v1/responses", "{\"model\":\"gpt-5\",\"input\":\"x\"}",
            "x-api-key", "error.code"},
        {"gemini-api", "/gemini/v1beta/models/gemini-2.5-pro:generateContent", "{\"contents\":[]}",
            "x-goog-api-key", "error.status"},
    };
    struct villain *v = villain_start(say_text, (void *)"garbage\r\n\r\n");
    struct answer a;

    rig_start(r, ONE_TRY);
    rig_key(r, "ci", "");
    for (size_t i = 0; i < LEN(ways); i++) {
        rig_do(r, "account.add",
            "{\"kind\":\"%s\",\"name\":\"a%zu\",\"key\":\"sk-x\",\"url\":\"http://127.0.0.1:%d\"}",
            ways[i].kind, i, villain_port(v));
        char fields[200];
        snprintf(fields, sizeof fields, "content-type: application/json\r\n%s: %s\r\n",
            ways[i].field, r->secret);
        long before = villain_requests(v);
        ask(r->relay_port, "POST", ways[i].path, fields, ways[i].body, &a);
        cJSON *o = cJSON_Parse(a.body);
        MUST(a.status == 502 && a.ended && o && *text_at(o, "error.message") &&
                 at_path(o, ways[i].at),
            "%s: %d %s", ways[i].kind, a.status, a.body);
        MUST(villain_requests(v) == before + 1, "%s: it was not asked", ways[i].kind);
        cJSON_Delete(o);
        answer_release(&a);
    }
    end(r, v);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"bad-heads", bad_heads},
        {"breaks-off", breaks_off},
        {"cut-anywhere", cut_anywhere},
        {"strange", strange},
        {"much", much},
        {"absurd-usage", absurd_usage},
        {"credential-back", credential_back},
        {"times", times},
        {"dialects", dialects},
    };
    return rig_main(argc, argv, tests, LEN(tests));
}
