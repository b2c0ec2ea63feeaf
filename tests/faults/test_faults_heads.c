/* Upstreams whose answers are none, or strange: a clean error in the client's dialect, nothing of
 * theirs but what is allowed, and no connection that serves another. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "tests/faults/faults.h"
#include "tests/flow/rig_int.h"

#define ONE_TRY "[upstream]\nmax_attempts = 1\nretry_budget = 1s\n"

/* --- heads that are none --- */

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
    struct villain *v = villain_rig(r, ONE_TRY);

    villain_serves(r, v);
    long before = relay_rss_kib(r);
    for (size_t i = 0; i < LEN(heads); i++) {
        villain_set(v, heads[i].says ? heads[i].says : villain_says_text, (void *)heads[i].text);
        clean_error(r, heads[i].name, i % 2);
        /* Its connection serves nobody else. */
        int64_t limit = mono_ms() + 2000;
        while (villain_open(v))
            MUST(poll(NULL, 0, 2) == 0 && mono_ms() < limit, "%s: its connection stays",
                heads[i].name);
        villain_forgive(r);
    }
    printf("   %zu heads, %ld KiB more\n", LEN(heads), relay_rss_kib(r) - before);
    MUST(!faults_exact() || relay_rss_kib(r) - before < 1024, "%ld KiB", relay_rss_kib(r) - before);
    villain_serves(r, v);
    MUST(rig_number(r, "select coalesce(sum(input),0) from attempt where status<>200 or final=0") ==
             0,
        "tokens out of nothing");
    villain_end(r, v);
}

/* --- strange but whole --- */

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
        return villain_says_good(c);
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
    struct villain *v = villain_rig(r, ONE_TRY);
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
    villain_serves(r, v);
    villain_end(r, v);
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
    struct villain *v = villain_start(villain_says_text, (void *)"garbage\r\n\r\n");
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
    villain_end(r, v);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"bad-heads", bad_heads},
        {"strange", strange},
        {"dialects", dialects},
    };
    return rig_main(argc, argv, tests, LEN(tests));
}
