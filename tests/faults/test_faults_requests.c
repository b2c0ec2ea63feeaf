/* Requests that two readers could take for two things: refused, and never seen by an upstream. */
#include <stdlib.h>
#include <string.h>
#include "tests/faults/faults.h"
#include "tests/flow/rig_int.h"

/* --- two readings of one request --- */

#define POST "POST /api/v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\n"
#define SECOND                                                                                     \
    "POST /api/v1/messages?smuggled HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\ncontent-length: "      \
    "2\r\n\r\n{}"

static const struct {
    const char *name, *text; /* %s: the key */
} smuggled[] = {
    {"CL.CL, different", POST "content-length: 2\r\ncontent-length: 0\r\n\r\n" SECOND},
    {"CL.CL, the same", POST "content-length: 2\r\ncontent-length: 2\r\n\r\n{}"},
    {"CL list", POST "content-length: 2, 2\r\n\r\n{}"},
    {"CL with sign", POST "content-length: +2\r\n\r\n{}"},
    {"CL negative", POST "content-length: -1\r\n\r\n{}"},
    {"CL hex", POST "content-length: 0x2\r\n\r\n{}"},
    {"CL empty", POST "content-length:\r\n\r\n{}"},
    {"CL over 64 bits", POST "content-length: 18446744073709551618\r\n\r\n{}"},
    {"CL.TE", POST "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" SECOND},
    {"TE.CL", POST "transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n0\r\n\r\n" SECOND},
    {"TE.TE", POST "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"TE identity", POST "transfer-encoding: identity\r\ncontent-length: 2\r\n\r\n{}"},
    {"TE list", POST "transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
    {"TE xchunked", POST "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n"},
    {"TE quoted", POST "transfer-encoding: \"chunked\"\r\n\r\n0\r\n\r\n"},
    {"TE with vertical tab", POST "transfer-encoding: \vchunked\r\n\r\n0\r\n\r\n"},
    {"TE of 1.0", "POST /api/v1/messages HTTP/1.0\r\nx-api-key: %s\r\ntransfer-encoding: "
                  "chunked\r\n\r\n0\r\n\r\n"},
    {"blank before colon", POST "transfer-encoding : chunked\r\n\r\n0\r\n\r\n"},
    {"blank before name", POST " transfer-encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"obs-fold", POST "x-a: b\r\n c\r\ncontent-length: 2\r\n\r\n{}"},
    {"obs-fold with TE", POST "x-a: b\r\n\ttransfer-encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"bare LF in head", POST "x-a: b\ncontent-length: 2\r\n\r\n{}"},
    {"bare LF at its end", POST "content-length: 2\n\n{}"},
    {"bare CR in value", POST "x-a: b\rtransfer-encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"NUL in value", POST "x-a: b%c\r\ncontent-length: 2\r\n\r\n{}"},
    {"no colon", POST "x-a\r\ncontent-length: 2\r\n\r\n{}"},
    {"empty name", POST ": b\r\ncontent-length: 2\r\n\r\n{}"},
    {"two hosts", "POST /api/v1/messages HTTP/1.1\r\nhost: a\r\nhost: b\r\nx-api-key: "
                  "%s\r\ncontent-length: 2\r\n\r\n{}"},
    {"no host", "POST /api/v1/messages HTTP/1.1\r\nx-api-key: %s\r\ncontent-length: 2\r\n\r\n{}"},
    {"version 2.0", "POST /api/v1/messages HTTP/2.0\r\nhost: a\r\nx-api-key: %s\r\n\r\n"},
    {"version 1.10", "POST /api/v1/messages HTTP/1.10\r\nhost: a\r\nx-api-key: %s\r\n\r\n"},
    {"two blanks", "POST  /api/v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\n\r\n"},
    {"blank in target", "POST /api/v1/mess ages HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\n\r\n"},
    {"h2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nx-api-key: %s"},
    {"chunk size with sign", POST "transfer-encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n"},
    {"chunk size 0x", POST "transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n"},
    {"chunk size over 64 bits",
        POST "transfer-encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n"},
    {"chunk with LF", POST "transfer-encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n"},
    {"chunk without end", POST "transfer-encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n" SECOND},
    {"chunk longer than told", POST "transfer-encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n"},
    {"bare CR in extension",
        POST "transfer-encoding: chunked\r\n\r\n2;a\rb\r\n{}\r\n0\r\n\r\n" SECOND},
    {"LF at the last chunk", POST "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\n\n" SECOND},
    {"GET with a body", "GET /health HTTP/1.1\r\nhost: a\r\ncontent-length: 90\r\n\r\n" SECOND},
};

static void smuggling(struct rig *r)
{
    long reused = 0;

    faults_begin(r, NULL);
    for (size_t i = 0; i < LEN(smuggled); i++) {
        char *text = NULL;
        size_t n;
        FILE *out = open_memstream(&text, &n);
        for (const char *p = smuggled[i].text; *p; p++) {
            if (p[0] == '%' && (p[1] == 's' || p[1] == 'c')) {
                p[1] == 's' ? fputs(r->secret, out) : fputc(0, out);
                p++;
            } else {
                fputc(*p, out);
            }
        }
        fclose(out);
        char *answer = raw_talk(r->relay_port, text, n, NULL);
        int status = raw_status(answer);
        const char *rest = strstr(answer + 1, "HTTP/1.1 ");
        bool health = strncmp(text, "GET ", 4) == 0 && status == 200;
        MUST((status >= 400 && status < 600) || health, "%s: '%s'", smuggled[i].name, answer);
        MUST(!rest, "%s: two answers: %s", smuggled[i].name, answer);
        reused += faults_reached(r);
        MUST(!reused, "%s reached the upstream", smuggled[i].name);
        free(answer);
        free(text);
    }
    printf("   %zu readings, none reached the upstream\n", LEN(smuggled));
    faults_good(r);
    rig_idle(r);
    rig_stop(r);
}

/* --- addresses --- */

static const struct {
    const char *line;
    int status;
} paths[] = {
    {"POST /api/../api/v1/messages", 400},
    {"POST /api/./v1/messages", 400},
    {"POST /api/%2e%2e/v1/messages", 400},
    {"POST /api/v1%2fmessages", 400},
    {"POST /api/v1/messages%00", 400},
    {"POST /api/v1/messages%0d%0ax:y", 400},
    {"POST /api\\v1\\messages", 400},
    {"POST /api/v1/messages%", 400},
    {"POST /api/v1/messages%zz", 400},
    {"POST /API/v1/messages", 404},
    {"POST /api/v1/messages.json", 404},
    {"POST /admin/login", 404},
    {"POST /web/auth/login", 404},
    {"POST /api/v1/messages/batches", 404},
    {"PUT /api/v1/messages", 405},
    {"DELETE /api/v1/messages", 405},
    {"OPTIONS /api/v1/messages", 405},
    {"OPTIONS *", 400},
    {"CONNECT api.anthropic.com:443", 405},
    {"TRACE /api/v1/messages", 405},
    {"GET http://169.254.169.254/latest/meta-data", 404},
    {"POST http://a/nowhere", 404},
    {"POST //api.anthropic.com/v1/nowhere", 404},
    {"POST api/v1/messages", 400},
};

static void addresses(struct rig *r)
{
    faults_begin(r, NULL);
    for (size_t i = 0; i < LEN(paths); i++) {
        char *text = text_of("%s HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\nconnection: close\r\n"
                             "%s",
            paths[i].line, r->secret,
            strncmp(paths[i].line, "POST", 4) == 0 ? "content-length: 2\r\n\r\n{}" : "\r\n");
        char *answer = raw_talk(r->relay_port, text, strlen(text), NULL);
        MUST(raw_status(answer) == paths[i].status, "%s: %s", paths[i].line, answer);
        free(answer);
        free(text);
    }
    char *q = raw_again("q", 9000, NULL);
    char *text = text_of(
        "POST /api/v1/messages?%s HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\n\r\n", q, r->secret);
    char *answer = raw_talk(r->relay_port, text, strlen(text), NULL);
    MUST(raw_status(answer) == 414 || raw_status(answer) == 431, "%s", answer);
    free(answer);
    free(text);
    free(q);
    MUST(faults_reached(r) == 0, "something reached the upstream");
    faults_good(r);
    rig_idle(r);
    rig_stop(r);
}

/* --- bodies --- */

static const struct {
    const char *name, *body;
    const char *pad; /* repeated at @ */
    size_t times;
} bodies[] = {
    {"two models", "{\"model\":\"claude-haiku-4-5\",\"model\":\"claude-opus-4-5\",\"messages\":[]}",
        NULL, 0},
    {"two models, one escaped",
        "{\"model\":\"claude-haiku-4-5\",\"mod\\u0065l\":\"claude-opus-4-5\",\"messages\":[]}",
        NULL, 0},
    {"two streams", "{\"model\":\"a\",\"stream\":true,\"stream\":false,\"messages\":[]}", NULL, 0},
    {"model is a number", "{\"model\":7,\"messages\":[]}", NULL, 0},
    {"model is null", "{\"model\":null,\"messages\":[]}", NULL, 0},
    {"no model", "{\"messages\":[]}", NULL, 0},
    {"model with NUL", "{\"model\":\"claude\\u0000x\",\"messages\":[]}", NULL, 0},
    {"stream is a text", "{\"model\":\"a\",\"stream\":\"true\",\"messages\":[]}", NULL, 0},
    {"other case", "{\"Model\":\"claude-haiku-4-5\",\"messages\":[]}", NULL, 0},
    {"byte order mark", "\xef\xbb\xbf{\"model\":\"claude-haiku-4-5\",\"messages\":[]}", NULL, 0},
    {"UTF-16", "\xff\xfe{", NULL, 0},
    {"array", "[]", NULL, 0},
    {"text", "\"model\"", NULL, 0},
    {"nothing", "", NULL, 0},
    {"blank", "  \r\n ", NULL, 0},
    {"cut", "{\"model\":\"claude-haiku-4-5\",\"messages\":[", NULL, 0},
    {"two values", "{\"model\":\"claude-haiku-4-5\",\"messages\":[]} {}", NULL, 0},
    {"comma at the end", "{\"model\":\"claude-haiku-4-5\",\"messages\":[],}", NULL, 0},
    {"comment", "{\"model\":\"claude-haiku-4-5\"/**/,\"messages\":[]}", NULL, 0},
    {"single quotes", "{'model':'claude-haiku-4-5'}", NULL, 0},
    {"NaN", "{\"model\":\"claude-haiku-4-5\",\"temperature\":NaN}", NULL, 0},
    {"control byte in a text", "{\"model\":\"claude-haiku-4-5\",\"a\":\"\x01\"}", NULL, 0},
    {"broken UTF-8", "{\"model\":\"claude-haiku-4-5\",\"a\":\"\xc3\x28\"}", NULL, 0},
    {"200,000 deep", "{\"model\":\"claude-haiku-4-5\",\"a\":@", "[", 200000},
    {"objects 100,000 deep", "{\"model\":\"claude-haiku-4-5\",\"a\":@", "{\"a\":", 100000},
    {"model of 1 MiB", "{\"model\":\"@\",\"messages\":[]}", "abcdefgh", 131072},
};

static char *body_of(size_t i)
{
    const char *at = bodies[i].pad ? strchr(bodies[i].body, '@') : NULL;

    if (!at)
        return strdup(bodies[i].body);
    char *pad = raw_again(bodies[i].pad, bodies[i].times, NULL);
    char *all = text_of("%.*s%s%s", (int)(at - bodies[i].body), bodies[i].body, pad, at + 1);
    free(pad);
    return all;
}

static void refused_body(struct rig *r, const char *name, const char *fields, const char *body)
{
    struct answer a;
    char *all = text_of("x-api-key: %s\r\ncontent-type: application/json\r\n%s", r->secret, fields);

    ask(r->relay_port, "POST", "/api/v1/messages", all, body, &a);
    MUST(a.status == 400 && a.ended, "%s: %d %s", name, a.status, a.body);
    cJSON *o = cJSON_Parse(a.body);
    MUST(o && strcmp(text_at(o, "error.type"), "invalid_request_error") == 0, "%s: %s", name,
        a.body);
    cJSON_Delete(o);
    answer_release(&a);
    free(all);
}

static void json(struct rig *r)
{
    faults_begin(r, NULL);
    faults_good(r);
    long before = relay_peak_kib(r);
    for (size_t i = 0; i < LEN(bodies); i++) {
        char *body = body_of(i);
        refused_body(r, bodies[i].name, "", body);
        free(body);
    }
    /* Decisions are taken on what is forwarded: what cannot be read cannot be decided on. */
    refused_body(r, "gzip", "content-encoding: gzip\r\n", "{\"model\":\"claude-haiku-4-5\"}");
    refused_body(r, "zstd", "content-encoding: zstd\r\n", "{\"model\":\"claude-haiku-4-5\"}");
    MUST(faults_reached(r) == 1, "something reached the upstream");
    printf("   %zu bodies refused, %ld KiB more at most\n", LEN(bodies) + 2,
        relay_peak_kib(r) - before);
    MUST(!faults_exact() || relay_peak_kib(r) - before < 8192, "%ld KiB",
        relay_peak_kib(r) - before);
    faults_good(r);
    rig_idle(r);
    rig_stop(r);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"smuggling", smuggling},
        {"addresses", addresses},
        {"json", json},
    };
    return rig_main(argc, argv, tests, LEN(tests));
}
