/* Routes: every path that clients use, the aliases, and what must not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/route.h"

static const struct good {
    const char *method, *target;
    enum dialect dialect;
    enum operation op;
    enum service service;
    const char *path, *model, *method_name;
    unsigned flags;
} goods[] = {
    {"POST", "/api/v1/messages?beta=true", DIALECT_ANTHROPIC, OP_MESSAGES, SERVICE_CLAUDE,
        "/v1/messages", NULL, NULL, 0},
    {"POST", "/api//v1/messages", DIALECT_ANTHROPIC, OP_MESSAGES, SERVICE_CLAUDE, "/v1/messages",
        NULL, NULL, 0},
    {"POST", "/v1/messages/", DIALECT_ANTHROPIC, OP_MESSAGES, SERVICE_CLAUDE, "/v1/messages", NULL,
        NULL, 0},
    {"POST", "/api/claude/v1/messages", DIALECT_ANTHROPIC, OP_MESSAGES, SERVICE_CLAUDE,
        "/v1/messages", NULL, NULL, 0},
    {"POST", "/claude/v1/messages/count_tokens", DIALECT_ANTHROPIC, OP_COUNT_TOKENS, SERVICE_CLAUDE,
        "/v1/messages/count_tokens", NULL, NULL, ROUTE_FREE},
    {"POST", "/antigravity/api/v1/messages", DIALECT_ANTHROPIC, OP_MESSAGES, SERVICE_GEMINI,
        "/v1/messages", NULL, NULL, 0},
    {"POST", "/droid/claude/v1/messages", DIALECT_ANTHROPIC, OP_MESSAGES, SERVICE_DROID,
        "/claude/v1/messages", NULL, NULL, 0},
    {"POST", "/openai/responses", DIALECT_RESPONSES, OP_RESPONSES, SERVICE_OPENAI, "/responses",
        NULL, NULL, 0},
    {"POST", "/openai/v1/responses", DIALECT_RESPONSES, OP_RESPONSES, SERVICE_OPENAI, "/responses",
        NULL, NULL, 0},
    {"POST", "/v1/responses/compact", DIALECT_RESPONSES, OP_COMPACT, SERVICE_OPENAI,
        "/responses/compact", NULL, NULL, 0},
    {"POST", "/droid/openai/responses", DIALECT_RESPONSES, OP_RESPONSES, SERVICE_DROID,
        "/openai/responses", NULL, NULL, 0},
    {"POST", "/api/v1/chat/completions", DIALECT_CHAT, OP_CHAT, SERVICE_CLAUDE,
        "/v1/chat/completions", NULL, NULL, ROUTE_BY_MODEL},
    {"POST", "/openai/claude/v1/chat/completions", DIALECT_CHAT, OP_CHAT, SERVICE_CLAUDE,
        "/v1/chat/completions", NULL, NULL, 0},
    {"POST", "/azure/embeddings", DIALECT_CHAT, OP_EMBEDDINGS, SERVICE_OPENAI, "/embeddings", NULL,
        NULL, 0},
    {"POST", "/gemini/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", DIALECT_GEMINI,
        OP_STREAM_GENERATE, SERVICE_GEMINI, "/v1beta/models/gemini-2.5-pro:streamGenerateContent",
        "gemini-2.5-pro", "streamGenerateContent", 0},
    {"POST", "/gemini/v1/models/gemini-2.5-pro%3AgenerateContent", DIALECT_GEMINI, OP_GENERATE,
        SERVICE_GEMINI, "/v1/models/gemini-2.5-pro:generateContent", "gemini-2.5-pro",
        "generateContent", 0},
    {"POST", "/v1/models/tuned:7:countTokens", DIALECT_GEMINI, OP_COUNT_TOKENS, SERVICE_GEMINI,
        "/v1/models/tuned:7:countTokens", "tuned:7", "countTokens", ROUTE_FREE},
    {"POST", "/gemini/v1internal:streamGenerateContent?alt=sse", DIALECT_GEMINI_INTERNAL,
        OP_STREAM_GENERATE, SERVICE_GEMINI, "/v1internal:streamGenerateContent", NULL,
        "streamGenerateContent", 0},
    {"POST", "/gemini/v1internal:loadCodeAssist", DIALECT_GEMINI_INTERNAL, OP_INTERNAL,
        SERVICE_GEMINI, "/v1internal:loadCodeAssist", NULL, "loadCodeAssist", ROUTE_FREE},
    {"GET", "/api/v1/models", DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE, "/v1/models", NULL,
        NULL, ROUTE_OWN},
    {"GET", "/openai/v1/models/gpt-5", DIALECT_CHAT, OP_MODEL, SERVICE_OPENAI, "/v1/models/gpt-5",
        "gpt-5", NULL, ROUTE_OWN},
    {"GET", "/api/v1/organizations/org%20x/usage", DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE,
        "/v1/organizations/org x/usage", NULL, NULL, ROUTE_OWN},
    {"POST", "/api/api/event_logging/batch", DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE,
        "/api/event_logging/batch", NULL, NULL, ROUTE_OWN | ROUTE_OPEN},
    {"HEAD", "/", DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE, "/", NULL, NULL,
        ROUTE_OWN | ROUTE_OPEN},
    {"HEAD", "/api", DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE, "/", NULL, NULL,
        ROUTE_OWN | ROUTE_OPEN},
};

static void same_text(const char *got, const char *want)
{
    if (want) {
        assert_non_null(got);
        assert_string_equal(got, want);
    } else {
        assert_null(got);
    }
}

static void good_paths_find_their_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goods / sizeof *goods; i++) {
        const struct good *g = &goods[i];
        struct route_match m;
        enum dialect d;
        struct err err;
        err_clear(&err);
        if (route_find(span_of(g->method), span_of(g->target), &m, &d, &err) < 0)
            fail_msg("%s %s: %s", g->method, g->target, err.text);
        assert_int_equal(d, g->dialect);
        assert_int_equal(m.route->op, g->op);
        assert_int_equal(m.route->service, g->service);
        assert_int_equal(m.route->flags, g->flags);
        same_text(m.path, g->path);
        same_text(m.model, g->model);
        same_text(m.method_name, g->method_name);
        route_match_release(&m);
    }
}

static const struct bad {
    const char *method, *target;
    enum err_code code;
    enum dialect dialect;
} bads[] = {
    {"POST", "/nope", ERR_NOT_FOUND, DIALECT_ANTHROPIC},
    {"POST", "/openai/nope", ERR_NOT_FOUND, DIALECT_RESPONSES},
    {"POST", "/openai/v1/chat/nope", ERR_NOT_FOUND, DIALECT_CHAT},
    {"POST", "/gemini/v1beta/nope", ERR_NOT_FOUND, DIALECT_GEMINI},
    {"POST", "/gemini/v1beta/models/x:deleteIt", ERR_CONFLICT, DIALECT_GEMINI},
    {"POST", "/apiv1/messages", ERR_NOT_FOUND, DIALECT_ANTHROPIC},
    {"POST", "/api/v1/messagesx", ERR_NOT_FOUND, DIALECT_ANTHROPIC},
    {"POST", "/API/v1/messages", ERR_NOT_FOUND, DIALECT_ANTHROPIC},
    {"GET", "/api/v1/messages", ERR_CONFLICT, DIALECT_ANTHROPIC},
    {"OPTIONS", "/openai/responses", ERR_CONFLICT, DIALECT_RESPONSES},
    {"DELETE", "/gemini/v1beta/models", ERR_CONFLICT, DIALECT_GEMINI},
    {"POST", "/api/../v1/messages", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "/api/%2e%2e/v1/messages", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "/api/./v1/messages", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "/api%2fv1/messages", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "/api%5cv1/messages", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "/api\\v1/messages", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "/api/v1/messages%00", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "/api/v1/messages%0a", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "/api/v1/messages%", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "/api/v1/messages%4", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "/api/v1/messages%zz", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "", ERR_USAGE, DIALECT_ANTHROPIC},
    {"POST", "*", ERR_USAGE, DIALECT_ANTHROPIC},
};

static void bad_paths_are_refused_in_the_nearest_dialect(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        const struct bad *b = &bads[i];
        struct route_match m;
        enum dialect d;
        struct err err;
        err_clear(&err);
        if (route_find(span_of(b->method), span_of(b->target), &m, &d, &err) == 0)
            fail_msg("%s %s was routed", b->method, b->target);
        if (err.code != b->code || d != b->dialect)
            fail_msg("%s %s: code %d dialect %d (%s)", b->method, b->target, (int)err.code, (int)d,
                err.text);
        route_match_release(&m);
    }
}

static void a_known_path_tells_its_method(void **state)
{
    (void)state;
    struct route_match m;
    enum dialect d;
    assert_int_equal(route_find(span_of("GET"), span_of("/api/v1/messages"), &m, &d, NULL), -1);
    assert_string_equal(m.allow, "POST");
    route_match_release(&m);
}

static void queries_stay_raw(void **state)
{
    (void)state;
    struct route_match m;
    enum dialect d;
    assert_int_equal(route_find(span_of("POST"), span_of("/v1/messages?a=%2f&b"), &m, &d, NULL), 0);
    assert_string_equal(m.query, "a=%2f&b");
    route_match_release(&m);
}

/* Each row must be reachable by its own first prefix: a row above must not hide it. */
static void no_row_hides_another(void **state)
{
    (void)state;
    size_t n;
    const struct route *r = routes(&n);
    for (size_t i = 0; i < n; i++) {
        char target[256] = "", word[64];
        struct route_match m;
        enum dialect d;
        size_t k = strcspn(r[i].prefixes, " ");
        memcpy(word, r[i].prefixes, k);
        word[k] = 0;
        if (strcmp(word, "-") != 0)
            strcat(target, word);
        for (const char *p = r[i].pattern; *p; p++) {
            if (*p == '{') {
                strcat(target, "thing");
                p = strchr(p, '}');
            } else {
                strncat(target, p, 1);
            }
        }
        assert_int_equal(route_find(span_of(r[i].method), span_of(target), &m, &d, NULL), 0);
        if (m.route != &r[i])
            fail_msg("%s is hidden", target);
        route_match_release(&m);
    }
}

static void kinds_of_rows_exist(void **state)
{
    (void)state;
    size_t n;
    const struct route *r = routes(&n);
    for (size_t i = 0; i < n; i++) {
        struct strlist kinds = {0};
        strlist_split(&kinds, r[i].kinds, " ");
        for (size_t k = 0; k < kinds.n; k++)
            if (!provider_by_kind(kinds.v[k]))
                fail_msg("%s: no kind '%s'", r[i].pattern, kinds.v[k]);
        if (!(r[i].flags & ROUTE_OWN))
            assert_true(kinds.n > 0);
        strlist_release(&kinds);
    }
}

static void models_have_a_service(void **state)
{
    (void)state;
    assert_int_equal(service_of_model("claude-opus-4"), SERVICE_CLAUDE);
    assert_int_equal(service_of_model("gpt-5.1-codex"), SERVICE_OPENAI);
    assert_int_equal(service_of_model("o3-mini"), SERVICE_OPENAI);
    assert_int_equal(service_of_model("Gemini-2.5-pro"), SERVICE_GEMINI);
    assert_int_equal(service_of_model("something"), SERVICE_CLAUDE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_paths_find_their_row),
        cmocka_unit_test(bad_paths_are_refused_in_the_nearest_dialect),
        cmocka_unit_test(a_known_path_tells_its_method),
        cmocka_unit_test(queries_stay_raw),
        cmocka_unit_test(no_row_hides_another),
        cmocka_unit_test(kinds_of_rows_exist),
        cmocka_unit_test(models_have_a_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
