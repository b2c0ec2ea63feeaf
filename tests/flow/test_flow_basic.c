/* One request of each manner through the whole program: what the client gets, what the upstream
 * gets, what is booked, and what is nowhere to be found. */
#include "tests/flow/ask.h"
#include "tests/flow/rig_int.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UPSTREAM_KEY "sk-ant-api03-CANARY-upstream-key"
#define PROMPT "PROMPT-CANARY-9c41"

static char *fields_with(const char *secret)
{
    return text_of("authorization: Bearer %s\r\nanthropic-version: 2023-06-01\r\n"
                   "anthropic-beta: one-2025-01-01,two-2025-02-02\r\n"
                   "content-type: application/json\r\nuser-agent: tester/1.0 (x)\r\n"
                   "cookie: session=CANARY-cookie\r\nx-forwarded-for: 203.0.113.9\r\n",
        secret);
}

static char *body_with(bool stream, const char *text)
{
    /* Odd blanks, escapes and an unknown member: all of it must arrive as it is. */
    return text_of("{ \"model\" : \"claude-haiku-4-5\",\"max_tokens\": 64, \"stream\":%s,\n"
                   " \"unknown_thing\":[1.50,\"\\u4e2d\\/\"],\"messages\":[{\"role\":\"user\","
                   "\"content\":\"%s\"}] }",
        stream ? "true" : "false", text);
}

static void one(struct rig *r, bool stream, const char *text, struct answer *a)
{
    char *fields = fields_with(r->secret), *body = body_with(stream, text);

    ask(r->relay_port, "POST", "/api/v1/messages", fields, body, a);
    free(fields);
    free(body);
}

static void with_account(struct rig *r)
{
    rig_start(r, NULL);
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"console\",\"key\":\"" UPSTREAM_KEY "\"}");
    rig_key(r, "ci", "");
}

/* --- what comes out ----------------------------------------------------------------------------
 */

static void stream_and_whole(struct rig *r)
{
    struct answer a;

    with_account(r);
    one(r, true, "hello [[fake: words=5 thinking]]", &a);
    MUST(a.status == 200 && a.ended, "%d", a.status);
    char *type = answer_field(&a, "content-type");
    MUST(type && strstr(type, "text/event-stream"), "%s", type);
    free(type);
    MUST(answer_has(&a, "event: message_stop") && answer_has(&a, "word4"), "%s", a.body);
    answer_release(&a);
    one(r, false, "hello [[fake: words=5 in=77 out=33]]", &a);
    MUST(a.status == 200 && a.ended, "%d", a.status);
    cJSON *o = cJSON_Parse(a.body);
    MUST(number_at(o, "usage.input_tokens") == 77, "%s", a.body);
    cJSON_Delete(o);
    answer_release(&a);
    MUST(rig_number(r, "select count(*) from attempt where status=200 and final=1") == 2, "rows");
    MUST(rig_number(r, "select input from attempt order by n desc") == 77, "input");
    MUST(rig_number(r, "select output from attempt order by n desc") == 33, "output");
    MUST(rig_number(r, "select cache_write_5m from attempt") == 3, "5m");
    MUST(rig_number(r, "select cache_write_1h from attempt") == 2, "1h");
    MUST(rig_number(r, "select count(*) from request where outcome='done'") == 2, "requests");
    rig_idle(r);
    rig_stop(r);
}

/* --- what the upstream gets --------------------------------------------------------------------
 */

static const char *field_of(const cJSON *request, const char *name)
{
    const cJSON *f;

    cJSON_ArrayForEach(f, at_path(request, "headers")) if (strcasecmp(text_at(f, "0"), name) ==
                                                           0) return text_at(f, "1");
    return NULL;
}

static void faithful(struct rig *r)
{
    struct answer a;
    char *body = body_with(true, "faith");

    with_account(r);
    one(r, true, "faith", &a);
    answer_release(&a);
    cJSON *all = rig_fake(r, "requests", NULL);
    const cJSON *q = at_path(all, "0");
    MUST(strcmp(text_at(q, "body"), body) == 0, "%s", text_at(q, "body"));
    MUST(strcmp(text_at(q, "target"), "/v1/messages") == 0, "%s", text_at(q, "target"));
    MUST(strcmp(field_of(q, "x-api-key"), UPSTREAM_KEY) == 0, "credential");
    MUST(strcmp(field_of(q, "user-agent"), "tester/1.0 (x)") == 0, "user agent");
    MUST(strcmp(field_of(q, "anthropic-beta"), "one-2025-01-01,two-2025-02-02") == 0, "beta");
    static const char *const gone[] = {
        "authorization", "cookie", "x-forwarded-for", "via", "x-relay-request-id"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        MUST(!field_of(q, gone[i]), "%s: %s", gone[i], field_of(q, gone[i]));
    char *text = cJSON_PrintUnformatted(all);
    MUST(!strstr(text, r->secret), "the relay key reached the upstream");
    free(text);
    cJSON_Delete(all);
    free(body);
    rig_stop(r);
}

/* --- what is nowhere ---------------------------------------------------------------------------
 */

/* Requests that end in every way, then everything the program wrote is searched. */
static void nothing_kept(struct rig *r)
{
    static const char *const ends[] = {"words=3", "status=500 message=ANSWER-CANARY-1", "cut=4",
        "reset=0", "status=429 retry_after=1", "overload_event", "garbage",
        "status=400 "
        "message=ANSWER-CANARY-2"};
    struct answer a;
    char where[256];

    rig_start(r, "[log]\nlog_level = trace\n[upstream]\nretry_budget = 1s\nmax_attempts = 2\n");
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"console\",\"key\":\"" UPSTREAM_KEY
        "\",\"proxy_login\":\"pu:CANARY-proxy\"}");
    rig_key(r, "ci", "");
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *text = text_of(PROMPT " [[fake: %s]]", ends[i]);
        one(r, i % 2 == 0, text, &a);
        answer_release(&a);
        rig_do(r, "account.reset", "{\"names\":[\"console\"]}");
        free(text);
    }
    char *wrong = strdup("cr_0000000000000000000000000000000000000000000000000000000000CANARY");
    char *fields = fields_with(wrong);
    ask(r->relay_port, "POST", "/api/v1/messages", fields, "{\"x\":\"" PROMPT "\"}", &a);
    MUST(a.status == 401, "%d", a.status);
    answer_release(&a);
    int status = rig_relay_end(r, 15);
    MUST(status == 0, "%d", status);
    const char *const secrets[] = {
        UPSTREAM_KEY, PROMPT, "CANARY-proxy", r->secret, wrong, "CANARY-cookie", "word0"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        MUST(!rig_finds(r, secrets[i], where), "'%s' is in %s", secrets[i], where);
    free(wrong);
    free(fields);
    rig_stop(r);
}

/* A relay that is aborted leaves no core file, and its memory cannot be dumped. */
static void no_core(struct rig *r)
{
    with_account(r);
    char *path = text_of("/proc/%d/limits", (int)r->relay), *limits = read_whole(path, NULL);
    const char *core = limits ? strstr(limits, "Max core file size") : NULL;
    MUST(core && strncmp(core + 18 + strspn(core + 18, " "), "0 ", 2) == 0, "%s", limits);
    free(limits);
    free(path);
    rig_stop(r);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"stream-and-whole", stream_and_whole},
        {"faithful", faithful},
        {"nothing-kept", nothing_kept},
        {"no-core", no_core},
    };
    return rig_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
