/* What is sent upstream: for each kind a client's request in, address, fields and body out. */
#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "dialect/dialect.h"
#include "provider_kit.h"

#define CLAUDE_CODE                                                                                \
    "connection: keep-alive, x-hop\nx-hop: 1\nauthorization: Bearer "                              \
    "cr_secret\n"                                                                                  \
    "x-api-key: cr_secret\nx-goog-api-key: cr_secret\napi-key: cr_secret\ncookie: a=cr_secret\n"   \
    "proxy-authorization: Basic cr_secret\ncontent-length: 3\nexpect: 100-continue\n"              \
    "accept-encoding: gzip, br\nx-forwarded-for: 192.0.2.9\nforwarded: for=192.0.2.9\nvia: 1.1 "   \
    "x\n"                                                                                          \
    "x-real-ip: 192.0.2.9\ncf-connecting-ip: 192.0.2.9\ntrue-client-ip: 192.0.2.9\n"               \
    "user-agent: claude-cli/2.1.330 (external, cli)\nx-app: cli\naccept: application/json\n"       \
    "x-claude-code-session-id: 8c0e\nanthropic-version: 2023-06-01\nx-stainless-lang: js\n"        \
    "anthropic-beta: claude-code-20250219, effort-2025-11-24\ncontent-type: application/json\n"

static void claude_passes_what_the_client_sent(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "claude", "sk-ant-oat01-token");
    kit_ask(&k, DIALECT_ANTHROPIC, OP_MESSAGES, CLAUDE_CODE, "claude-opus-4-5",
        "{ 'model' : 'claude-opus-4-5', 'x': 1 }");
    k.ask.query = "beta=true&key=cr_secret";
    k.ask.stream = true;
    kit_planned(&k);
    kit_assert_url(&k, "https://api.anthropic.com/v1/messages?beta=true");
    static const char *const same[][2] = {{"user-agent", "claude-cli/2.1.330 (external, cli)"},
        {"x-app", "cli"}, {"accept", "application/json"}, {"x-claude-code-session-id", "8c0e"},
        {"anthropic-version", "2023-06-01"}, {"x-stainless-lang", "js"},
        {"content-type", "application/json"}, {"accept-encoding", "identity"},
        {"authorization", "Bearer sk-ant-oat01-token"},
        {"anthropic-beta", "claude-code-20250219, effort-2025-11-24,oauth-2025-04-20"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        kit_assert_field(&k, same[i][0], same[i][1]);
    static const char *const gone[] = {"host", "connection", "x-hop", "x-api-key", "x-goog-api-key",
        "api-key", "cookie", "proxy-authorization", "content-length", "expect", "x-forwarded-for",
        "forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        kit_assert_field(&k, gone[i], NULL);
    assert_null(strstr(k.plan.fields.data, "cr_secret"));
    kit_assert_body(&k, "{ 'model' : 'claude-opus-4-5', 'x': 1 }");
    assert_string_equal(k.plan.method, "POST");
    assert_string_equal(k.plan.model, "claude-opus-4-5");
    assert_int_equal(k.plan.wire, WIRE_ANTHROPIC);
    assert_true(k.plan.stream);
    assert_null(k.plan.transform);
    kit_release(&k);
}

static void claude_beta_is_added_once(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"", "oauth-2025-04-20"},
        {"anthropic-beta: oauth-2025-04-20\n", "oauth-2025-04-20"},
        {"anthropic-beta: a,oauth-2025-04-20 , b\n", "a,oauth-2025-04-20 , b"},
        {"anthropic-beta: a\nanthropic-beta: b\n", "a,b,oauth-2025-04-20"},
        {"anthropic-beta: oauth-2025-04-200\n", "oauth-2025-04-200,oauth-2025-04-20"}};
    struct kit k;
    kit_init(&k, "claude", "t");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit_ask(&k, DIALECT_ANTHROPIC, OP_COUNT_TOKENS, rows[i][0], "m", "{'model':'m'}");
        kit_planned(&k);
        kit_assert_field(&k, "anthropic-beta", rows[i][1]);
        kit_assert_field(&k, "anthropic-version", "2023-06-01");
        assert_int_equal(k.plan.wire, WIRE_NONE);
    }
    kit_assert_url(&k, "https://api.anthropic.com/v1/messages/count_tokens");
    kit_release(&k);
}

static void a_mapped_model_is_the_only_change(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "claude-console", "sk-ant-api03-k");
    kit_set(&k, "{'model_map':{'claude-opus-*':'vendor/\\\\q'},'url':'https://h.example/api/'}");
    kit_ask(&k, DIALECT_ANTHROPIC, OP_MESSAGES, "", "claude-opus-4-5",
        "{'metadata':{'model':'claude-opus-4-5'},\n 'model' :\t'claude-opus-4-5'  ,'n':1e400}");
    kit_planned(&k);
    kit_assert_body(&k, "{'metadata':{'model':'claude-opus-4-5'},\n 'model' :\t'vendor/\\\\q'  "
                        ",'n':1e400}");
    assert_string_equal(k.plan.model, "vendor/\\q");
    kit_assert_url(&k, "https://h.example/api/v1/messages");
    kit_assert_field(&k, "x-api-key", "sk-ant-api03-k");
    kit_assert_field(&k, "authorization", NULL);
    kit_assert_field(&k, "anthropic-beta", NULL);
    kit_release(&k);
}

static void console_addresses(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"https://h.example", "https://h.example/v1/messages"},
        {"https://h.example///", "https://h.example/v1/messages"},
        {"https://h.example/v1", "https://h.example/v1/messages"},
        {"https://h.example/v1/messages", "https://h.example/v1/messages"},
        {"https://h.example:8443/a/v1/messages/", "https://h.example:8443/a/v1/messages"},
        {"http://127.0.0.1:9/x", "http://127.0.0.1:9/x/v1/messages"}, {"ftp://h.example", NULL},
        {"https://u:p@h.example", NULL}, {"https://h.example?x=1", NULL}, {"https://", NULL},
        {"https://h .example", NULL}};
    struct kit k;
    kit_init(&k, "claude-console", "other-token");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        free(k.account->set.url);
        k.account->set.url = strdup(rows[i][0]);
        kit_ask(&k, DIALECT_ANTHROPIC, OP_MESSAGES, "", "m", "{'model':'m'}");
        assert_int_equal(kit_plan(&k), rows[i][1] ? 0 : -1);
        if (!rows[i][1])
            continue;
        kit_assert_url(&k, rows[i][1]);
        kit_assert_field(&k, "authorization", "Bearer other-token");
        kit_assert_field(&k, "x-api-key", NULL);
    }
    kit_release(&k);
}

static void ccr_takes_its_prefix_off(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "ccr", "t");
    kit_set(&k, "{'url':'https://h.example','model_map':{'fast':'vendor-7'}}");
    kit_ask(&k, DIALECT_ANTHROPIC, OP_MESSAGES, "", "CCR, slow", "{'model':'CCR, slow'}");
    assert_true(provider_by_kind("ccr")->serves(&k.ask));
    assert_false(provider_by_kind("claude")->serves(&k.ask));
    assert_false(provider_by_kind("claude-console")->serves(&k.ask));
    kit_planned(&k);
    kit_assert_body(&k, "{'model':'slow'}");
    kit_ask(&k, DIALECT_ANTHROPIC, OP_MESSAGES, "", "ccr,fast", "{'model':'ccr,fast'}");
    kit_planned(&k);
    kit_assert_body(&k, "{'model':'vendor-7'}");
    assert_string_equal(k.plan.model, "vendor-7");
    kit_ask(&k, DIALECT_ANTHROPIC, OP_MESSAGES, "", "fast", "{'model':'fast'}");
    assert_false(provider_by_kind("ccr")->serves(&k.ask));
    kit_release(&k);
}

static void openai_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum operation op;
        const char *wanted;
    } rows[] = {{NULL, OP_RESPONSES, "https://api.openai.com/v1/responses"},
        {"https://h.example", OP_RESPONSES, "https://h.example/v1/responses"},
        {"https://h.example/v1/", OP_COMPACT, "https://h.example/v1/responses/compact"},
        {"https://h.example/api/v3", OP_CHAT, "https://h.example/api/v3/chat/completions"},
        {"https://h.example/v1/responses", OP_RESPONSES, "https://h.example/v1/responses"},
        {"https://h.example/openai", OP_EMBEDDINGS, "https://h.example/openai/v1/embeddings"},
        {"https://h.example/dev", OP_IMAGES, "https://h.example/dev/v1/images/generations"}};
    struct kit k;
    kit_init(&k, "openai-responses", "sk-1");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        free(k.account->set.url);
        k.account->set.url = rows[i].url ? strdup(rows[i].url) : NULL;
        enum dialect d = rows[i].op == OP_RESPONSES ? DIALECT_RESPONSES : DIALECT_CHAT;
        kit_ask(&k, d, rows[i].op, "openai-organization: org-x\nopenai-beta: b\n", "gpt", "{}");
        assert_true(provider_by_kind("openai-responses")->serves(&k.ask));
        kit_planned(&k);
        kit_assert_url(&k, rows[i].wanted);
        kit_assert_field(&k, "authorization", "Bearer sk-1");
        kit_assert_field(&k, "openai-organization", NULL);
        kit_assert_field(&k, "openai-beta", "b");
    }
    kit_ask(&k, DIALECT_ANTHROPIC, OP_MESSAGES, "", "gpt", "{}");
    assert_false(provider_by_kind("openai-responses")->serves(&k.ask));
    kit_release(&k);
}

static void azure_deployments(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "azure-openai", "az-key");
    kit_set(&k, "{'url':'https://r.openai.azure.example/'}");
    kit_ask(&k, DIALECT_CHAT, OP_CHAT, "", "azure/gpt-4o", "{'model':'azure/gpt-4o','n':1}");
    k.ask.query = "api-version=1999&x=1";
    kit_planned(&k);
    kit_assert_url(&k, "https://r.openai.azure.example/openai/deployments/gpt-4o/chat/completions"
                       "?api-version=2024-02-01&x=1");
    kit_assert_body(&k, "{'model':'gpt-4o','n':1}");
    kit_assert_field(&k, "api-key", "az-key");
    kit_assert_field(&k, "authorization", NULL);
    kit_set(&k, "{'deployment':'prod','api_version':'2025-01-01'}");
    kit_ask(&k, DIALECT_RESPONSES, OP_RESPONSES, "", "gpt-5", "{'model':'gpt-5'}");
    kit_planned(&k);
    kit_assert_url(&k, "https://r.openai.azure.example/openai/responses?api-version=2025-01-01");
    kit_assert_body(&k, "{'model':'prod'}");
    assert_int_equal(k.plan.wire, WIRE_RESPONSES);
    kit_release(&k);
}

static void codex_sets_what_the_backend_demands(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
        bool stream;
    } rows[] = {{"{'model':'gpt-5','stream':true,'store':false,'instructions':''}",
                    "{'model':'gpt-5','stream':true,'store':false,'instructions':''}", true},
        {"{'model':'gpt-5'}", "{'stream':true,'store':false,'instructions':'','model':'gpt-5'}",
            false},
        {" {'store' : true, 'model':'gpt-5', 'instructions':'x', 'stream' : false}",
            " {'store':false, 'model':'gpt-5', 'instructions':'x', 'stream':true}", false},
        {"{'stream':false,'model':'gpt-5'}",
            "{'store':false,'instructions':'','stream':true,'model':'gpt-5'}", false},
        {"{'store':true,'model':'gpt-5'}",
            "{'stream':true,'instructions':'','store':false,'model':'gpt-5'}", false},
        {"{'model':'gpt-5','stream':true,'input':[{'store':1,'user':2}]}",
            "{'store':false,'instructions':'','model':'gpt-5','stream':true,'input':[{'store':1,"
            "'user':2}]}",
            true},
        {"{'user':'u','model':'gpt-5','top_p':1}",
            "{'stream':true,'store':false,'instructions':'','model':'gpt-5'}", false}};
    struct kit k;
    kit_init(&k, "codex", "jwt");
    kit_ask(&k, DIALECT_RESPONSES, OP_RESPONSES, "", "gpt-5", "{'model':'gpt-5'}");
    assert_int_equal(kit_plan(&k), -1);
    assert_non_null(strstr(k.err.text, "no ChatGPT account id"));
    kit_profile(&k, "account_id", "acc-1");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit_ask(&k, DIALECT_RESPONSES, OP_RESPONSES, "chatgpt-account-id: theirs\n", "gpt-5",
            rows[i].in);
        k.ask.stream = rows[i].stream;
        kit_planned(&k);
        kit_assert_url(&k, "https://chatgpt.com/backend-api/codex/responses");
        kit_assert_body(&k, rows[i].out);
        kit_assert_field(&k, "chatgpt-account-id", "acc-1");
        assert_true(k.plan.stream);
        assert_int_equal(k.plan.transform != NULL, !rows[i].stream);
    }
    kit_release(&k);
}

static void codex_leaves_its_own_clients_alone(void **state)
{
    (void)state;
    static const char *const same[][2] = {{"originator", "codex_exec"}, {"session-id", "019a"},
        {"x-codex-turn-metadata", "{\"turn_id\":\"1\"}"},
        {"user-agent", "codex_exec/0.169.0 (Debian 12.0.0; x86_64)"}};
    struct kit k;
    kit_init(&k, "codex", "jwt");
    kit_profile(&k, "account_id", "acc-1");
    kit_ask(&k, DIALECT_RESPONSES, OP_RESPONSES,
        "originator: codex_exec\nsession-id: 019a\nx-codex-turn-metadata: {\"turn_id\":\"1\"}\n"
        "user-agent: codex_exec/0.169.0 (Debian 12.0.0; x86_64)\n",
        "gpt-6-sol", "{'model':'gpt-6-sol','stream':true,'store':false,'x':[]}");
    k.ask.stream = true;
    kit_planned(&k);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        kit_assert_field(&k, same[i][0], same[i][1]);
    kit_assert_body(&k, "{'model':'gpt-6-sol','stream':true,'store':false,'x':[]}");
    assert_null(k.plan.transform);
    kit_ask(&k, DIALECT_RESPONSES, OP_COMPACT, "", "gpt-5", "{'model':'gpt-5'}");
    kit_planned(&k);
    kit_assert_url(&k, "https://chatgpt.com/backend-api/codex/responses/compact");
    kit_assert_body(&k, "{'model':'gpt-5'}");
    kit_release(&k);
}

static void gemini_names_its_own_project(void **state)
{
    (void)state;
    static const struct {
        const char *method, *in, *out;
    } rows[] = {{"generateContent", "{'model':'g','project':'theirs','request':{'project':'x'}}",
                    "{'model':'g','project':'mine','request':{'project':'x'}}"},
        {"streamGenerateContent", "{'model':'g','request':{}}",
            "{'project':'mine','model':'g','request':{}}"},
        {"retrieveUserQuota", "{'project':'mine'}", "{'project':'mine'}"},
        {"countTokens", "{'request':{'model':'models/g'}}", "{'request':{'model':'models/g'}}"},
        {"loadCodeAssist", "{'cloudaicompanionProject':'theirs','metadata':{}}",
            "{'cloudaicompanionProject':'mine','metadata':{}}"},
        {"loadCodeAssist", "{'metadata':{}}", "{'metadata':{}}"},
        {"listExperiments", "{'project':'theirs'}", "{'project':'mine'}"}};
    struct kit k;
    kit_init(&k, "gemini", "ya29");
    kit_profile(&k, "project", "mine");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit_ask(
            &k, DIALECT_GEMINI_INTERNAL, OP_INTERNAL, "x-goog-user-project: p\n", "g", rows[i].in);
        k.ask.method_name = rows[i].method;
        k.ask.stream = i == 1;
        assert_true(provider_by_kind("gemini")->serves(&k.ask));
        kit_planned(&k);
        kit_assert_body(&k, rows[i].out);
        kit_assert_field(&k, "x-goog-user-project", NULL);
        assert_null(k.plan.transform);
        if (i == 1)
            kit_assert_url(&k, "https://cloudcode-pa.googleapis.com/"
                               "v1internal:streamGenerateContent?alt=sse");
        assert_int_equal(k.plan.wire, i < 2 ? WIRE_GEMINI : WIRE_NONE);
    }
    kit_release(&k);
}

static void gemini_wraps_the_public_format(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "gemini", "ya29");
    kit_ask(&k, DIALECT_GEMINI, OP_GENERATE, "", "gemini-2.5-pro", "{'contents':[]}");
    assert_int_equal(kit_plan(&k), -1);
    kit_set(&k, "{'project':'p1'}");
    kit_planned(&k);
    kit_assert_body(&k, "{'model':'gemini-2.5-pro','project':'p1','request':{'contents':[]}}");
    assert_non_null(k.plan.transform);
    assert_true(k.plan.transform->whole);
    kit_ask(&k, DIALECT_GEMINI, OP_STREAM_GENERATE, "", "gemini-2.5-pro", "{'contents':[]}");
    k.ask.stream = true;
    k.ask.query = "alt=sse&key=cr_1";
    kit_planned(&k);
    kit_assert_url(&k, "https://cloudcode-pa.googleapis.com/"
                       "v1internal:streamGenerateContent?alt=sse");
    assert_false(k.plan.transform->whole);
    kit_ask(&k, DIALECT_GEMINI, OP_COUNT_TOKENS, "", "gemini-2.5-pro", " {'contents':[]}");
    kit_planned(&k);
    kit_assert_body(&k, " {'request':{'model':'models/gemini-2.5-pro','contents':[]}}");
    kit_release(&k);
}

static void gemini_api_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *url, *path, *query, *wanted;
    } rows[] = {
        {NULL, "/v1beta/models/m:generateContent", "key=cr_1&alt=sse",
            "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent?alt=sse"},
        {NULL, "/v1/models/m:generateContent", "",
            "https://generativelanguage.googleapis.com/v1/models/m:generateContent"},
        {"https://h.example/v1beta/models/", "/v1/models/m:x", "",
            "https://h.example/v1beta/models/m:generateContent"},
        {"https://h.example/v1", "/v1/models/m:x", "",
            "https://h.example/v1/models/m:generateContent"},
        {"https://h.example/{model}/do:{action}", "/v1/models/m:x", "",
            "https://h.example/m/do:generateContent"},
        {"https://h.example/p/{model}", "/v1/models/m:x", "",
            "https://h.example/p/m:generateContent"}};
    struct kit k;
    kit_init(&k, "gemini-api", "AIza1");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        free(k.account->set.url);
        k.account->set.url = rows[i].url ? strdup(rows[i].url) : NULL;
        kit_ask(&k, DIALECT_GEMINI, OP_GENERATE, "", "m", "{'contents':[],'model':'other'}");
        k.ask.path = rows[i].path;
        k.ask.query = rows[i].query;
        kit_planned(&k);
        kit_assert_url(&k, rows[i].wanted);
        kit_assert_field(&k, "x-goog-api-key", "AIza1");
        kit_assert_body(&k, "{'contents':[],'model':'other'}");
    }
    kit_set(&k, "{'url':null,'model_map':{'m':'served'}}");
    kit_planned(&k);
    assert_non_null(strstr(k.plan.path, "/models/served:"));
    kit_release(&k);
}

static void vertex_serves_both_makers(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "vertex", "ya29");
    kit_set(&k, "{'region':'europe-west4','project':'p1'}");
    kit_ask(&k, DIALECT_GEMINI, OP_STREAM_GENERATE, "", "gemini-2.5-pro", "{'contents':[]}");
    k.ask.query = "alt=sse";
    kit_planned(&k);
    kit_assert_url(&k, "https://europe-west4-aiplatform.googleapis.com/v1/projects/p1/locations/"
                       "europe-west4/publishers/google/models/"
                       "gemini-2.5-pro:streamGenerateContent?alt=sse");
    kit_set(&k, "{'region':'global','model_map':{'claude-opus-4-5':'claude-opus-4-5@2025'}}");
    kit_ask(&k, DIALECT_ANTHROPIC, OP_MESSAGES, "anthropic-beta: b\n", "claude-opus-4-5",
        "{'max_tokens':1, 'model': 'claude-opus-4-5', 'stream':true}");
    k.ask.query = "beta=true";
    k.ask.stream = true;
    kit_planned(&k);
    kit_assert_url(&k, "https://aiplatform.googleapis.com/v1/projects/p1/locations/global/"
                       "publishers/anthropic/models/claude-opus-4-5%402025:streamRawPredict");
    kit_assert_body(&k, "{'max_tokens':1, 'anthropic_version':'vertex-2023-10-16', 'stream':true}");
    kit_assert_field(&k, "anthropic-beta", "b");
    assert_int_equal(k.plan.wire, WIRE_ANTHROPIC);
    kit_release(&k);
}

static void bedrock_fits_the_body(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{'model':'claude-haiku-4-5','stream':true,'max_tokens':5}",
            "{'anthropic_version':'bedrock-2023-05-31','max_tokens':5}"},
        {"{'max_tokens':5,'model':'claude-haiku-4-5','stream':true}",
            "{'max_tokens':5,'anthropic_version':'bedrock-2023-05-31'}"},
        {"{'stream' : true , 'model':'claude-haiku-4-5'}",
            "{ 'anthropic_version':'bedrock-2023-05-31'}"},
        {"{'model':'claude-haiku-4-5','a':1,'output_config':{'x':[1,2]}, 'stream':true\n}",
            "{'anthropic_version':'bedrock-2023-05-31','a':1\n}"},
        {"{'speed':1,'stream':true,'context_management':{},'b':2,'service_tier':'x',"
         "'model':'claude-haiku-4-5','c':{'stream':1}}",
            "{'b':2,'anthropic_version':'bedrock-2023-05-31','c':{'stream':1}}"}};
    struct kit k;
    kit_init(&k, "bedrock", "ABSK-bearer");
    kit_set(&k, "{'region':'us-west-2'}");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit_ask(&k, DIALECT_ANTHROPIC, OP_MESSAGES, "accept: text/event-stream\n",
            "claude-haiku-4-5", rows[i][0]);
        k.ask.query = "beta=true";
        k.ask.stream = true;
        kit_planned(&k);
        kit_assert_body(&k, rows[i][1]);
        kit_assert_url(&k, "https://bedrock-runtime.us-west-2.amazonaws.com/model/"
                           "us.anthropic.claude-haiku-4-5-20251001-v1%3A0/"
                           "invoke-with-response-stream");
        kit_assert_field(&k, "authorization", "Bearer ABSK-bearer");
        kit_assert_field(&k, "accept", "application/json");
        assert_non_null(k.plan.transform);
    }
    kit_release(&k);
}

static void bedrock_knows_models_and_regions(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"eu-central-1", "claude-sonnet-4-5[1m]", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"},
        {"ap-south-1", "claude-sonnet-4-5", "apac.anthropic.claude-sonnet-4-5-20250929-v1:0"},
        {"eu-west-1", "claude-opus-4-6", "global.anthropic.claude-opus-4-6-v1"},
        {"us-east-1", "anthropic.claude-x", "anthropic.claude-x"},
        {"us-east-1", "unknown", "unknown"}, {"us-east-1", "mapped", "arn:aws:bedrock:x/y"}};
    struct kit k;
    kit_init(&k, "bedrock", "AKIA1:secret:session");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit_set(&k, "{'model_map':{'mapped':'arn:aws:bedrock:x/y'}}");
        free(k.account->set.region);
        k.account->set.region = strdup(rows[i][0]);
        char body[128];
        snprintf(body, sizeof body, "{'model':'%s'}", rows[i][1]);
        kit_ask(&k, DIALECT_ANTHROPIC, OP_MESSAGES, "x-amz-date: theirs\n", rows[i][1], body);
        kit_planned(&k);
        assert_string_equal(k.plan.model, rows[i][2]);
        char *signature = kit_field(&k, "authorization");
        assert_non_null(strstr(signature, "AWS4-HMAC-SHA256 Credential=AKIA1/"));
        assert_non_null(strstr(signature, rows[i][0]));
        free(signature);
        kit_assert_field(&k, "x-amz-security-token", "session");
        assert_null(k.plan.transform);
    }
    assert_non_null(strstr(k.plan.path, "/model/arn%3Aaws%3Abedrock%3Ax%2Fy/invoke"));
    kit_release(&k);
}

static void droid_names_the_host(void **state)
{
    (void)state;
    static const struct {
        enum dialect d;
        enum operation op;
        const char *model, *url, *host;
    } rows[] = {{DIALECT_ANTHROPIC, OP_MESSAGES, "claude-x", "a/v1/messages", "anthropic"},
        {DIALECT_RESPONSES, OP_RESPONSES, "gpt-5", "o/v1/responses", "azure_openai"},
        {DIALECT_RESPONSES, OP_RESPONSES, "gpt-5-max", "o/v1/responses", "openai"},
        {DIALECT_CHAT, OP_CHAT, "glm-4.6", "o/v1/chat/completions", "fireworks"},
        {DIALECT_CHAT, OP_CHAT, "kimi", "o/v1/chat/completions", "baseten"}};
    struct kit k;
    kit_init(&k, "droid", "fk-1");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit_ask(&k, rows[i].d, rows[i].op, "user-agent: factory-cli/0.215.0\n", rows[i].model,
            "{'system':'s'}");
        kit_planned(&k);
        char url[128];
        snprintf(url, sizeof url, "https://api.factory.ai/api/llm/%s", rows[i].url);
        kit_assert_url(&k, url);
        kit_assert_field(&k, "x-api-provider", rows[i].host);
        kit_assert_field(&k, "user-agent", "factory-cli/0.215.0");
        kit_assert_body(&k, "{'system':'s'}");
    }
    kit_release(&k);
}

static void broken_credentials_are_not_sent(void **state)
{
    (void)state;
    static const char *const kinds[] = {
        "claude", "claude-console", "openai-responses", "gemini-api", "droid"};
    static const char *const bad[] = {"", "a\r\nx-evil: 1", "a\nb", "a\x01"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (size_t j = 0; j < sizeof bad / sizeof *bad; j++) {
            struct kit k;
            kit_init(&k, kinds[i], bad[j]);
            bool google = strcmp(kinds[i], "gemini-api") == 0;
            bool openai = strcmp(kinds[i], "openai-responses") == 0;
            kit_ask(&k,
                google   ? DIALECT_GEMINI
                : openai ? DIALECT_CHAT
                         : DIALECT_ANTHROPIC,
                google   ? OP_GENERATE
                : openai ? OP_CHAT
                         : OP_MESSAGES,
                "", "m", "{'model':'m'}");
            assert_int_equal(kit_plan(&k), -1);
            assert_null(strstr(k.err.text, "evil"));
            kit_release(&k);
        }
}

static void answer_fields(void **state)
{
    (void)state;
    static const char *const yes[] = {"Content-Type", "request-id", "anthropic-ratelimit-x",
        "Retry-After", "x-should-retry", "x-codex-primary-used-percent", "openai-model",
        "x-ratelimit-remaining-requests"};
    static const char *const no[] = {"set-cookie", "anthropic-organization-id", "server", "cf-ray",
        "openai-organization", "transfer-encoding", "content-length", "connection", "date",
        "content-encoding", "x-anthropic", "strict-transport-security"};
    size_t n;
    const struct provider *const *all = providers(&n);
    assert_int_equal(n, 12);
    for (size_t p = 0; p < n; p++) {
        for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
            assert_true(all[p]->passes(span_of(yes[i])));
        for (size_t i = 0; i < sizeof no / sizeof *no; i++)
            assert_false(all[p]->passes(span_of(no[i])));
    }
}

int main(void)
{
    secret_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claude_passes_what_the_client_sent),
        cmocka_unit_test(claude_beta_is_added_once),
        cmocka_unit_test(a_mapped_model_is_the_only_change),
        cmocka_unit_test(console_addresses),
        cmocka_unit_test(ccr_takes_its_prefix_off),
        cmocka_unit_test(openai_addresses),
        cmocka_unit_test(azure_deployments),
        cmocka_unit_test(codex_sets_what_the_backend_demands),
        cmocka_unit_test(codex_leaves_its_own_clients_alone),
        cmocka_unit_test(gemini_names_its_own_project),
        cmocka_unit_test(gemini_wraps_the_public_format),
        cmocka_unit_test(gemini_api_addresses),
        cmocka_unit_test(vertex_serves_both_makers),
        cmocka_unit_test(bedrock_fits_the_body),
        cmocka_unit_test(bedrock_knows_models_and_regions),
        cmocka_unit_test(droid_names_the_host),
        cmocka_unit_test(broken_credentials_are_not_sent),
        cmocka_unit_test(answer_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
