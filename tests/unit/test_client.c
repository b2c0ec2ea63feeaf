/* Clients as they show themselves today, and who is sent away with which reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rule/rule.h"
#include "rule/rule_int.h"

#define SHIPPED CRS_SOURCE_DIR "/relay/data/clients.json"
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define USER_JSON "{\"device_id\":\"" HEX64 "\",\"account_uuid\":\"\",\"session_id\":\"5c-1\"}"
#define USER_OLD "user_" HEX64 "_account__session_0a-1b"
#define CC "x-app: cli\r\nanthropic-beta: claude-code-20250219\r\nanthropic-version: 2023-06-01\r\n"
#define CC_SCREEN "User-Agent: claude-cli/2.1.330 (external, cli)\r\n"
#define CC_PRINT "User-Agent: claude-cli/2.1.330 (external, sdk-cli)\r\n"
#define CODEX_UA                                                                                   \
    "user-agent: codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)\r\n"
#define CODEX_TUI                                                                                  \
    "user-agent: codex-tui/0.169.0 (Debian 12.0.0; x86_64) xterm (codex-tui; 0.169.0)\r\n"
#define GEMINI_UA                                                                                  \
    "User-Agent: GeminiCLI-tui/0.61.0/gemini-2.5-pro (linux; x64; terminal) "                      \
    "google-api-nodejs-client/10.9.0\r\n"

struct request {
    const char *headers, *path, *user_id;
    bool helper;
};

static struct clients *shipped(void)
{
    struct err err = {0};
    struct clients *c = clients_load(SHIPPED, &err);
    if (!c)
        print_error("%s\n", err.text);
    assert_non_null(c);
    return c;
}

static bool allowed(const struct clients *c, const char *names, const struct request *r,
    char why[160], struct client_match *match)
{
    char text[2048];
    struct h1_head head;
    struct strlist list = {0};
    snprintf(
        text, sizeof text, "POST / HTTP/1.1\r\nHost: x\r\n%sContent-Length: 1\r\n\r\n", r->headers);
    assert_int_equal(h1_parse_request(text, strlen(text), &head), H1_OK);
    struct client_facts f = {&head, r->path, r->user_id, true, r->helper};
    strlist_split(&list, names, ",");
    bool yes = clients_allowed(c, &list, &f, why);
    clients_recognise(c, &f, match);
    strlist_release(&list);
    return yes;
}

static void test_clients_of_today(void **state)
{
    (void)state;
    static const struct {
        const char *allowed;
        struct request r;
        const char *name, *version;
        const char *why; /* NULL: let in */
    } rows[] = {
        {"claude-code", {CC_SCREEN CC, "/api/v1/messages", USER_JSON, false}, "claude-code",
            "2.1.330", NULL},
        {"claude-code", {CC_PRINT CC, "/api/v1/messages", USER_OLD, false}, "claude-code",
            "2.1.330", NULL},
        {"claude_code", {CC_PRINT CC, "/claude/v1/messages", USER_OLD, false}, "claude-code",
            "2.1.330", NULL},
        {"claude-code", {CC_PRINT, "/api/v1/messages/count_tokens", NULL, true}, "claude-code",
            "2.1.330", NULL},
        {"claude-code", {CC_PRINT, "/v1/models", NULL, false}, "claude-code", "2.1.330", NULL},
        {"claude-code",
            {CC_PRINT "x-app: cli\r\nanthropic-version: 2023-06-01\r\n", "/api/v1/messages",
                USER_OLD, false},
            "claude-code", "2.1.330", "no header 'anthropic-beta', which claude-code always sends"},
        {"claude-code", {CC_PRINT CC, "/api/v1/messages", NULL, false}, "claude-code", "2.1.330",
            "metadata.user_id does not have the form of claude-code"},
        {"claude-code", {CC_PRINT CC, "/api/v1/messages", "me", false}, "claude-code", "2.1.330",
            "metadata.user_id does not have the form of claude-code"},
        {"claude-code", {CC_PRINT CC, "/openai/responses", USER_OLD, false}, "claude-code",
            "2.1.330", "client claude-code has no business on this path"},
        {"claude-code", {"User-Agent: curl/8.5.0\r\n", "/api/v1/messages", NULL, false}, "curl",
            "8.5.0", "user agent 'curl/8.5.0' is not claude-code"},
        {"claude-code", {"User-Agent: curl/8.5.0\r\n", "/api/v1/messages/count_tokens", NULL, true},
            "curl", "8.5.0", "user agent 'curl/8.5.0' is not claude-code"},
        {"claude-code", {"", "/api/v1/messages", NULL, false}, "other", "",
            "no user agent, so not claude-code"},
        {"claude-code",
            {"User-Agent: Anthropic/JS 1.12.0\r\n" CC, "/api/v1/messages", USER_OLD, false},
            "anthropic-sdk", "1.12.0", "user agent 'Anthropic/JS 1.12.0' is not claude-code"},
        {"codex", {CODEX_TUI, "/openai/responses", NULL, false}, "codex", "0.169.0", NULL},
        {"codex_cli", {CODEX_UA, "/openai/v1/responses", NULL, false}, "codex", "0.169.0", NULL},
        {"codex", {"user-agent: codex_vscode/0.50.1\r\n", "/azure/responses", NULL, false}, "codex",
            "0.50.1", NULL},
        {"codex", {"user-agent: codex_cli_rs/0.77.0\r\n", "/openai/responses", NULL, false},
            "codex", "0.77.0", NULL},
        {"codex", {"user-agent: OpenAI/Python 2.1.0\r\n", "/openai/responses", NULL, false},
            "openai-sdk", "2.1.0", "user agent 'OpenAI/Python 2.1.0' is not codex"},
        {"gemini-cli", {GEMINI_UA, "/gemini/v1internal:streamGenerateContent", NULL, false},
            "gemini-cli", "0.61.0", NULL},
        {"gemini_cli",
            {"User-Agent: GeminiCLI/0.9.0/gemini-2.5-pro (linux; x64)\r\n",
                "/gemini/v1beta/models/gemini-2.5-pro:generateContent", NULL, false},
            "gemini-cli", "0.9.0", NULL},
        {"gemini-cli",
            {"User-Agent: google-api-nodejs-client/9.15.1\r\n", "/gemini/v1internal:loadCodeAssist",
                NULL, true},
            "gemini-cli", "", NULL},
        {"gemini-cli",
            {"User-Agent: google-genai-sdk/3.1.0 gl-node/v20\r\n",
                "/gemini/v1/models/gemini-2.5-pro:generateContent", NULL, false},
            "google-genai-sdk", "3.1.0",
            "user agent 'google-genai-sdk/3.1.0 gl-node/v20' is not gemini-cli"},
        {"droid", {"User-Agent: factory-cli/0.215.0\r\n", "/droid/claude/v1/messages", NULL, false},
            "droid", "0.215.0", NULL},
        {"droid_cli",
            {"User-Agent: node\r\nx-factory-client: droid-cli\r\n", "/droid/openai/responses", NULL,
                false},
            "droid", "", NULL},
        /* Of two the one that came nearer is explained. */
        {"codex,claude-code", {CC_PRINT CC, "/api/v1/messages", "", false}, "claude-code",
            "2.1.330", "metadata.user_id does not have the form of claude-code"},
        {"claude-code,codex", {CODEX_TUI, "/openai/responses", NULL, false}, "codex", "0.169.0",
            NULL},
        {"cursor", {CODEX_TUI, "/openai/responses", NULL, false}, "codex", "0.169.0",
            "no client is known as 'cursor'"},
        {"", {"User-Agent: x\r\n", "/anything", NULL, false}, "other", "", NULL},
        {"codex",
            {"User-Agent: \x80\xff"
             "evil\r\n",
                "/openai/responses", NULL, false},
            "other", "", "user agent '?\?evil' is not codex"},
    };
    struct clients *c = shipped();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char why[160];
        struct client_match match;
        bool yes = allowed(c, rows[i].allowed, &rows[i].r, why, &match);
        if (yes != !rows[i].why || strcmp(match.name, rows[i].name) != 0)
            print_error("row %zu: %s, %s\n", i, why, match.name);
        assert_int_equal(yes, !rows[i].why);
        assert_string_equal(why, rows[i].why ? rows[i].why : "");
        assert_string_equal(match.name, rows[i].name);
        assert_string_equal(match.version, rows[i].version);
    }
    clients_unref(c);
}

static void test_user_ids(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        bool valid;
    } rows[] = {
        {USER_OLD, true},
        {"user_" HEX64 "_account_5c0_session_0a", true},
        {"user_" HEX64 "_account_a_session_b_session_0a", true},
        {USER_JSON, true},
        {"{\"device_id\":\"d\",\"session_id\":\"s\"}", true},
        {"{\"device_id\":\"d\",\"session_id\":\"s\",\"more\":[1]}", true},
        {"{\"device_id\":\"\",\"session_id\":\"s\"}", false},
        {"{\"device_id\":\"d\"}", false},
        {"{\"device_id\":\"d\",\"session_id\":7}", false},
        {"{\"device_id\":\"d\",\"session_id\":\"s\",\"account_uuid\":1}", false},
        {"{\"device_id\":\"d\",\"session_id\":\"s\"", false},
        {"user_" HEX64 "_account__session_", false},
        {"user_" HEX64 "_account__session_xyz", false},
        {"user_" HEX64 "_session_0a", false},
        {"user_0123_account__session_0a", false},
        {"", false},
        {NULL, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (user_id_valid(rows[i].id) != rows[i].valid)
            print_error("%s\n", rows[i].id);
        assert_int_equal(user_id_valid(rows[i].id), rows[i].valid);
    }
}

static void count_client(void *arg, const char *name, const char *help)
{
    assert_true(name[0] && help[0]);
    ++*(int *)arg;
}

static void test_own_entries(void **state)
{
    (void)state;
    static const char text[] =
        "[{\"include\":\"shipped\"},"
        "{\"name\":\"codex\",\"user_agent\":[\"^my-codex/\"]},"
        "{\"name\":\"house-tool\",\"help\":\"Ours\",\"user_agent\":\"^house/\"}]";
    int n = 0;
    char why[160];
    struct err err = {0};
    struct client_match match;
    setenv("CRS_DATADIR", CRS_SOURCE_DIR "/relay/data", 1);
    struct clients *c = clients_parse(text, sizeof text - 1, &err);
    assert_non_null(c);
    clients_each(c, count_client, &n);
    assert_int_equal(n, 9);
    struct request r = {"User-Agent: my-codex/1\r\n", "/openai/responses", NULL, false};
    assert_true(allowed(c, "codex", &r, why, &match));
    r.headers = CODEX_TUI;
    assert_true(allowed(c, "codex", &r, why, &match));
    r.headers = "User-Agent: house/1\r\n";
    assert_true(allowed(c, "house-tool", &r, why, &match));
    assert_string_equal(match.name, "house-tool");
    clients_unref(clients_ref(c));
    clients_unref(c);
}

static void test_bad_files(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "{}", "[{}]", "[{\"name\":\"x\"}]",
        "[{\"name\":\"x\",\"user_agent\":\"(\"}]", "[{\"name\":\"x\",\"user_agent\":[1]}]",
        "[{\"name\":\"x\",\"user_agent\":1}]", "[{\"include\":\"/etc/passwd\"}]",
        "[{\"name\":\"x\",\"marks\":{\"a\":1}}]",
        "[{\"name\":\"0123456789012345678901234567890123456789\",\"user_agent\":\"x\"}]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = {0};
        assert_null(clients_parse(bad[i], strlen(bad[i]), &err));
        assert_true(err.code != ERR_NONE && err.text[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clients_of_today),
        cmocka_unit_test(test_user_ids),
        cmocka_unit_test(test_own_entries),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
