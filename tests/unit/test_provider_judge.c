/* What an upstream's answer says of its account: one row an answer as it comes over the wire. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "provider_kit.h"

#define IN(s) (NOW + (int64_t)(s)*MS_SECOND)
#define DENIED IN(30 * 60) /* the setting cool_denied by default */

struct row {
    const char *kind, *login, *head, *body;
    enum verdict_action action;
    enum health health;
    int64_t until;
    enum family family; /* FAMILY_OTHER: the whole account */
    int64_t retry_ms;
};

/* NOW is 1800000000 seconds. */
static const struct row rows[] = {
    /* all kinds */
    {"claude", "oauth", "HTTP/1.1 200 OK\n", "", ACT_OK, HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 400 x\n", "{}", ACT_CLIENT, HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 404 x\n", "{}", ACT_CLIENT, HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 413 x\n", "", ACT_CLIENT, HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 422 x\n", "", ACT_CLIENT, HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 500 x\n", "", ACT_NEXT, HEALTH_COOLING, 0, FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 503 x\nretry-after: 60\n", "", ACT_NEXT, HEALTH_COOLING, IN(60),
        FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 503 x\nretry-after: 999999\n", "", ACT_NEXT, HEALTH_COOLING,
        IN(30 * 60), FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 408 x\n", "", ACT_NEXT, HEALTH_COOLING, 0, FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 302 x\nlocation: /\n", "", ACT_NEXT, HEALTH_COOLING, 0,
        FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 402 x\n", "", ACT_NEXT, HEALTH_COOLING, DENIED, FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 403 x\n", "<html>", ACT_NEXT, HEALTH_COOLING, DENIED,
        FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 529 x\n", "", ACT_SAME_AGAIN, HEALTH_COOLING, 0, FAMILY_OTHER,
        2000},
    {"claude", "oauth", "HTTP/1.1 529 x\nretry-after: 3\n", "", ACT_SAME_AGAIN, HEALTH_COOLING, 0,
        FAMILY_OTHER, 3000},
    {"claude", "oauth", "HTTP/1.1 401 x\n", "", ACT_RENEW, HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"claude", "import", "HTTP/1.1 401 x\n", "", ACT_RENEW, HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"claude", "setup-token", "HTTP/1.1 401 x\n", "", ACT_NEXT, HEALTH_LOGIN, 0, FAMILY_OTHER, 0},
    {"claude-console", "key", "HTTP/1.1 401 x\n", "", ACT_NEXT, HEALTH_LOGIN, 0, FAMILY_OTHER, 0},

    /* 429 without a word on windows */
    {"claude", "oauth", "HTTP/1.1 429 x\nretry-after: 5\n", "", ACT_SAME_AGAIN, HEALTH_COOLING, 0,
        FAMILY_OTHER, 5000},
    {"claude", "oauth", "HTTP/1.1 429 x\nretry-after: 0\n", "", ACT_SAME_AGAIN, HEALTH_COOLING, 0,
        FAMILY_OTHER, 100},
    {"claude", "oauth", "HTTP/1.1 429 x\nretry-after-ms: 1500\nretry-after: 99\n", "",
        ACT_SAME_AGAIN, HEALTH_COOLING, 0, FAMILY_OTHER, 1500},
    {"claude", "oauth", "HTTP/1.1 429 x\nretry-after: 11\n", "", ACT_NEXT, HEALTH_LIMITED, IN(11),
        FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 429 x\nretry-after: Fri, 15 Jan 2027 08:01:00 GMT\n", "",
        ACT_NEXT, HEALTH_LIMITED, IN(60), FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 429 x\nretry-after: soon\n", "", ACT_SAME_AGAIN, HEALTH_COOLING,
        0, FAMILY_OTHER, 2000},
    {"claude", "oauth", "HTTP/1.1 429 x\n", "", ACT_SAME_AGAIN, HEALTH_COOLING, 0, FAMILY_OTHER,
        2000},

    /* Claude: windows */
    {"claude", "oauth",
        "HTTP/1.1 429 x\nretry-after: 3\nanthropic-ratelimit-unified-status: rejected\n"
        "anthropic-ratelimit-unified-reset: 1800003600\n"
        "anthropic-ratelimit-unified-representative-claim: five_hour\n",
        "", ACT_NEXT, HEALTH_LIMITED, IN(3600), FAMILY_OTHER, 0},
    {"claude", "oauth",
        "HTTP/1.1 429 x\nanthropic-ratelimit-unified-status: rejected\n"
        "anthropic-ratelimit-unified-reset: 2027-01-15T10:00:00Z\n"
        "anthropic-ratelimit-unified-representative-claim: seven_day\n",
        "", ACT_NEXT, HEALTH_LIMITED, IN(7200), FAMILY_OTHER, 0},
    {"claude", "oauth",
        "HTTP/1.1 429 x\nanthropic-ratelimit-unified-reset: 1800003600\n"
        "anthropic-ratelimit-unified-representative-claim: seven_day_opus\n",
        "", ACT_NEXT, HEALTH_LIMITED, IN(3600), FAMILY_OPUS, 0},
    {"claude", "oauth",
        "HTTP/1.1 429 x\nanthropic-ratelimit-unified-7d_sonnet-status: rejected\n"
        "anthropic-ratelimit-unified-7d_sonnet-reset: 1800003600\n",
        "", ACT_NEXT, HEALTH_LIMITED, IN(3600), FAMILY_SONNET, 0},
    {"claude", "oauth", "HTTP/1.1 429 x\nanthropic-ratelimit-unified-reset: 1800003600\n", "",
        ACT_NEXT, HEALTH_LIMITED, IN(3600), FAMILY_OTHER, 0},
    /* the window has room: the request ran into something shorter */
    {"claude", "oauth",
        "HTTP/1.1 429 x\nretry-after: 4\nanthropic-ratelimit-unified-status: allowed\n"
        "anthropic-ratelimit-unified-reset: 1800003600\n",
        "", ACT_SAME_AGAIN, HEALTH_COOLING, 0, FAMILY_OTHER, 4000},
    /* resets that are past, absurd, garbage */
    {"claude", "oauth", "HTTP/1.1 429 x\nanthropic-ratelimit-unified-reset: 1799999999\n", "",
        ACT_SAME_AGAIN, HEALTH_COOLING, 0, FAMILY_OTHER, 2000},
    {"claude", "oauth", "HTTP/1.1 429 x\nanthropic-ratelimit-unified-reset: 9999999999\n", "",
        ACT_SAME_AGAIN, HEALTH_COOLING, 0, FAMILY_OTHER, 2000},
    {"claude", "oauth", "HTTP/1.1 429 x\nanthropic-ratelimit-unified-reset: 1e400\n", "",
        ACT_SAME_AGAIN, HEALTH_COOLING, 0, FAMILY_OTHER, 2000},
    {"claude", "oauth",
        "HTTP/1.1 429 x\nretry-after: 60\nanthropic-ratelimit-unified-reset: 1800003600\n",
        "{'error':{'message':'Extra usage is required for long context requests.'}}", ACT_CLIENT,
        HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 403 x\n",
        "{'error':{'message':'This organization has been disabled.'}}", ACT_NEXT, HEALTH_BLOCKED, 0,
        FAMILY_OTHER, 0},
    {"claude", "oauth", "HTTP/1.1 400 x\n",
        "{'error':{'message':'OAuth authentication is currently not allowed for this'}}", ACT_NEXT,
        HEALTH_BLOCKED, 0, FAMILY_OTHER, 0},

    /* other hosts of Anthropic's API */
    {"claude-console", "key", "HTTP/1.1 400 x\n",
        "{'error':{'message':'Your credit balance is too low to access'}}", ACT_NEXT,
        HEALTH_COOLING, DENIED, FAMILY_OTHER, 0},
    {"claude-console", "key",
        "HTTP/1.1 429 x\nanthropic-ratelimit-requests-remaining: 0\n"
        "anthropic-ratelimit-requests-reset: 2027-01-15T08:00:40Z\n"
        "anthropic-ratelimit-tokens-remaining: 7\nanthropic-ratelimit-tokens-reset: "
        "2027-01-15T09:00:00Z\n",
        "", ACT_NEXT, HEALTH_LIMITED, IN(40), FAMILY_OTHER, 0},
    {"ccr", "key", "HTTP/1.1 529 x\n", "", ACT_SAME_AGAIN, HEALTH_COOLING, 0, FAMILY_OTHER, 2000},

    /* Codex */
    {"codex", "oauth", "HTTP/1.1 429 x\n",
        "{'error':{'type':'usage_limit_reached','resets_in_seconds':7200,'plan_type':'plus'}}",
        ACT_NEXT, HEALTH_LIMITED, IN(7200), FAMILY_OTHER, 0},
    {"codex", "oauth", "HTTP/1.1 429 x\n",
        "{'error':{'type':'usage_limit_reached','resets_at':1800000600}}", ACT_NEXT, HEALTH_LIMITED,
        IN(600), FAMILY_OTHER, 0},
    {"codex", "oauth",
        "HTTP/1.1 429 x\nx-codex-primary-used-percent: 100\nx-codex-primary-window-minutes: 300\n"
        "x-codex-primary-reset-at: 1800000900\n",
        "{'error':{'type':'usage_limit_reached'}}", ACT_NEXT, HEALTH_LIMITED, IN(900), FAMILY_OTHER,
        0},
    {"codex", "oauth", "HTTP/1.1 429 x\n", "{'error':{'type':'usage_limit_reached'}}", ACT_NEXT,
        HEALTH_LIMITED, IN(3600), FAMILY_OTHER, 0},
    {"codex", "oauth", "HTTP/1.1 429 x\n", "{'error':{'type':'usage_not_included'}}", ACT_NEXT,
        HEALTH_COOLING, DENIED, FAMILY_OTHER, 0},
    {"codex", "oauth", "HTTP/1.1 429 x\n", "{'error':{'code':'rate_limit_exceeded'}}",
        ACT_SAME_AGAIN, HEALTH_COOLING, 0, FAMILY_OTHER, 2000},
    {"codex", "oauth", "HTTP/1.1 401 x\n", "", ACT_RENEW, HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"codex", "oauth", "HTTP/1.1 402 x\n", "{'detail':{'code':'deactivated_workspace'}}", ACT_NEXT,
        HEALTH_BLOCKED, 0, FAMILY_OTHER, 0},

    /* OpenAI by key */
    {"openai-responses", "key", "HTTP/1.1 429 x\n", "{'error':{'type':'insufficient_quota'}}",
        ACT_NEXT, HEALTH_COOLING, DENIED, FAMILY_OTHER, 0},
    {"openai-responses", "key", "HTTP/1.1 429 x\n", "{'error':{'resets_in':120}}", ACT_NEXT,
        HEALTH_LIMITED, IN(120), FAMILY_OTHER, 0},
    {"openai-responses", "key", "HTTP/1.1 429 x\n", "{'error':{'resets_at':99999999999999}}",
        ACT_NEXT, HEALTH_LIMITED, IN(31 * 86400), FAMILY_OTHER, 0},
    {"azure-openai", "key", "HTTP/1.1 429 x\nretry-after: 12\n", "not json", ACT_NEXT,
        HEALTH_LIMITED, IN(12), FAMILY_OTHER, 0},

    /* Google */
    {"gemini", "oauth", "HTTP/1.1 429 x\n",
        "{'error':{'code':429,'details':[{'@type':'type.googleapis.com/google.rpc.ErrorInfo',"
        "'reason':'QUOTA_EXHAUSTED'},{'@type':'type.googleapis.com/google.rpc.RetryInfo',"
        "'retryDelay':'13320.5s'}]}}",
        ACT_NEXT, HEALTH_LIMITED, NOW + 13320500, FAMILY_OTHER, 0},
    {"gemini", "oauth", "HTTP/1.1 429 x\n",
        "[{'error':{'details':[{'@type':'google.rpc.ErrorInfo','reason':'QUOTA_EXHAUSTED'}]}}]",
        ACT_NEXT, HEALTH_LIMITED, IN(3600), FAMILY_OTHER, 0},
    {"gemini-api", "key", "HTTP/1.1 429 x\n",
        "{'error':{'details':[{'@type':'google.rpc.RetryInfo','retryDelay':'2.5s'}]}}",
        ACT_SAME_AGAIN, HEALTH_COOLING, 0, FAMILY_OTHER, 2500},
    {"gemini-api", "key", "HTTP/1.1 429 x\n",
        "{'error':{'details':[{'@type':'google.rpc.RetryInfo','retryDelay':'45s'}]}}", ACT_NEXT,
        HEALTH_LIMITED, IN(45), FAMILY_OTHER, 0},
    {"gemini-api", "key", "HTTP/1.1 400 x\n",
        "{'error':{'details':[{'@type':'google.rpc.ErrorInfo','reason':'API_KEY_INVALID'}]}}",
        ACT_NEXT, HEALTH_LOGIN, 0, FAMILY_OTHER, 0},
    {"gemini-api", "key", "HTTP/1.1 400 x\n", "{'error':{'message':'bad contents'}}", ACT_CLIENT,
        HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"vertex", "import", "HTTP/1.1 401 x\n", "", ACT_RENEW, HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"antigravity", "oauth", "HTTP/1.1 401 x\n", "", ACT_RENEW, HEALTH_READY, 0, FAMILY_OTHER, 0},

    /* Bedrock, Droid */
    {"bedrock", "key", "HTTP/1.1 403 x\n",
        "{'message':'The security token included in the request is invalid.'}", ACT_NEXT,
        HEALTH_LOGIN, 0, FAMILY_OTHER, 0},
    {"bedrock", "key", "HTTP/1.1 403 x\n", "{'message':'no access to the model'}", ACT_NEXT,
        HEALTH_COOLING, DENIED, FAMILY_OTHER, 0},
    {"bedrock", "key", "HTTP/1.1 424 x\n", "", ACT_NEXT, HEALTH_COOLING, 0, FAMILY_OTHER, 0},
    {"bedrock", "key", "HTTP/1.1 429 x\n", "{'message':'Too many requests'}", ACT_SAME_AGAIN,
        HEALTH_COOLING, 0, FAMILY_OTHER, 2000},
    {"droid", "oauth", "HTTP/1.1 401 x\n", "", ACT_RENEW, HEALTH_READY, 0, FAMILY_OTHER, 0},
    {"droid", "key", "HTTP/1.1 401 x\n", "", ACT_NEXT, HEALTH_LOGIN, 0, FAMILY_OTHER, 0},
};

static void verdicts(void **state)
{
    (void)state;
    int bad = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        struct kit k;
        kit_init(&k, r->kind, "t");
        free(k.account->login);
        k.account->login = xstrdup(r->login);
        struct verdict v = kit_judge(&k, r->head, r->body);
        bool same = v.action == r->action && v.health == r->health && v.until == r->until &&
                    v.family == r->family && v.family_only == (r->family != FAMILY_OTHER) &&
                    v.retry_ms == r->retry_ms && (v.action == ACT_OK || *v.reason);
        if (!same) {
            print_error("row %zu (%s %.60s): action %d health %d until %+lld s family %d retry "
                        "%lld '%s'\n",
                i, r->kind, r->head, (int)v.action, (int)v.health,
                (long long)(v.until ? (v.until - NOW) / 1000 : 0), (int)v.family,
                (long long)v.retry_ms, v.reason);
            bad++;
        }
        kit_release(&k);
    }
    assert_int_equal(bad, 0);
}

static void network_faults_cool_every_kind(void **state)
{
    (void)state;
    static const enum call_fault faults[] = {CALL_DNS, CALL_CONNECT, CALL_PROXY, CALL_TLS,
        CALL_RESET, CALL_TRUNCATED, CALL_PROTOCOL, CALL_TIMEOUT};
    size_t n;
    const struct provider *const *all = providers(&n);
    for (size_t p = 0; p < n; p++) {
        struct kit k;
        kit_init(&k, all[p]->kind, "t");
        for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
            struct verdict v = kit_fault(&k, faults[i]);
            assert_int_equal(v.action, ACT_NEXT);
            assert_int_equal(v.health, HEALTH_COOLING);
            assert_int_equal(v.status, 0);
            assert_int_equal(v.until, 0);
            assert_non_null(strstr(v.reason, call_fault_name(faults[i])));
            assert_false(v.quota.five_hour.known);
        }
        kit_release(&k);
    }
}

static void assert_window(const struct window_use *w, double used, int64_t reset)
{
    assert_true(w->known);
    assert_true(w->used > used - 0.0001 && w->used < used + 0.0001);
    assert_int_equal(w->reset, reset);
    assert_int_equal(w->at, NOW);
}

static void claude_windows_are_read(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "claude", "t");
    struct verdict v = kit_judge(&k,
        "HTTP/1.1 200 OK\nanthropic-ratelimit-unified-status: allowed_warning\n"
        "anthropic-ratelimit-unified-5h-status: allowed\n"
        "anthropic-ratelimit-unified-5h-reset: 1800001000\n"
        "anthropic-ratelimit-unified-5h-utilization: 0.42\n"
        "anthropic-ratelimit-unified-7d-utilization: 1.5\n"
        "anthropic-ratelimit-unified-7d-reset: 2027-01-16T08:00:00+01:00\n"
        "anthropic-ratelimit-unified-7d_opus-status: rejected\n"
        "anthropic-ratelimit-unified-7d_opus-reset: 1800002000\n",
        "");
    assert_int_equal(v.action, ACT_OK);
    assert_window(&v.quota.five_hour, 0.42, IN(1000));
    assert_window(&v.quota.seven_day, 1.5, IN(23 * 3600));
    assert_window(&v.quota.seven_day_opus, 1, IN(2000));
    assert_false(v.quota.seven_day_sonnet.known);
    v = kit_judge(&k,
        "HTTP/1.1 200 OK\nanthropic-ratelimit-unified-5h-utilization: -1\n"
        "anthropic-ratelimit-unified-7d-utilization: nan\n",
        "");
    assert_false(v.quota.five_hour.known);
    assert_false(v.quota.seven_day.known);
    kit_release(&k);
}

static void counters_are_read(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "claude-console", "t");
    struct verdict v = kit_judge(&k,
        "HTTP/1.1 200 OK\nanthropic-ratelimit-requests-limit: 50\n"
        "anthropic-ratelimit-requests-remaining: 40\n"
        "anthropic-ratelimit-requests-reset: 2027-01-15T08:00:30Z\n"
        "anthropic-ratelimit-tokens-limit: 0\nanthropic-ratelimit-tokens-remaining: 0\n",
        "");
    assert_window(&v.quota.requests, 0.2, IN(30));
    assert_false(v.quota.tokens.known);
    kit_release(&k);
    kit_init(&k, "openai-responses", "t");
    v = kit_judge(&k,
        "HTTP/1.1 200 OK\nx-ratelimit-limit-tokens: 1000\nx-ratelimit-remaining-tokens: 250\n"
        "x-ratelimit-reset-tokens: 6m0.5s\nx-ratelimit-limit-requests: 10\n"
        "x-ratelimit-remaining-requests: 99\nx-ratelimit-reset-requests: 20ms\n",
        "");
    assert_window(&v.quota.tokens, 0.75, NOW + 360500);
    assert_window(&v.quota.requests, 0, NOW + 20);
    kit_release(&k);
}

static void codex_windows_are_known_by_length(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k, "codex", "t");
    struct verdict v = kit_judge(&k,
        "HTTP/1.1 200 OK\nx-codex-primary-used-percent: 12.5\n"
        "x-codex-primary-window-minutes: 10080\nx-codex-primary-reset-after-seconds: 86400\n"
        "x-codex-secondary-used-percent: 80\nx-codex-secondary-window-minutes: 299\n"
        "x-codex-secondary-reset-at: 1800000060\n",
        "");
    assert_window(&v.quota.seven_day, 0.125, IN(86400));
    assert_window(&v.quota.five_hour, 0.8, IN(60));
    kit_release(&k);
}

static void reasons_tell_no_text_of_the_upstream(void **state)
{
    (void)state;
    static const int statuses[] = {400, 401, 402, 403, 404, 408, 424, 429, 500, 529};
    size_t n;
    const struct provider *const *all = providers(&n);
    for (size_t p = 0; p < n; p++) {
        struct kit k;
        kit_init(&k, all[p]->kind, "t");
        for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
            char head[40];
            snprintf(head, sizeof head, "HTTP/1.1 %d x\n", statuses[i]);
            struct verdict v = kit_judge(&k, head,
                "{'error':{'type':'usage_limit_reached','code':'PROMPT','message':'PROMPT account "
                "is disabled','details':[{'@type':'google.rpc.ErrorInfo','reason':'PROMPT'}]}}");
            assert_null(strstr(v.reason, "PROMPT"));
            assert_int_equal(v.status, statuses[i]);
        }
        kit_release(&k);
    }
}

int main(void)
{
    secret_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(network_faults_cool_every_kind),
        cmocka_unit_test(claude_windows_are_read),
        cmocka_unit_test(counters_are_read),
        cmocka_unit_test(codex_windows_are_known_by_length),
        cmocka_unit_test(reasons_tell_no_text_of_the_upstream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
