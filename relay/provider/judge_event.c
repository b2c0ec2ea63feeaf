/* What an error inside an answer that began well says of the account: the same as if it had come as
 * the status it would have had. */
#include "provider/provider_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/json.h"

/* Anthropic's error types (docs: "Errors"), OpenAI's codes of response.failed, Google's RPC codes.
 */
static int status_of(const char *type, const char *message)
{
    static const struct {
        const char *type;
        int status;
    } known[] = {
        {"overloaded_error", 529},
        {"rate_limit_error", 429},
        {"api_error", 500},
        {"timeout_error", 504},
        {"authentication_error", 401},
        {"billing_error", 402},
        {"permission_error", 403},
        {"rate_limit_exceeded", 429},
        {"usage_limit_reached", 429},
        {"usage_not_included", 429},
        {"insufficient_quota", 429},
        {"server_error", 500},
        {"server_is_overloaded", 503},
        {"slow_down", 503},
        {"internal_server_error", 500},
        {"invalid_api_key", 401},
        {"token_expired", 401},
        {"token_invalidated", 401},
        {"account_deactivated", 403},
        {"RESOURCE_EXHAUSTED", 429},
        {"UNAVAILABLE", 503},
        {"INTERNAL", 500},
        {"UNKNOWN", 500},
        {"DEADLINE_EXCEEDED", 504},
        {"UNAUTHENTICATED", 401},
        {"PERMISSION_DENIED", 403},
    };
    if (message && strstr(message, "exceed your account's rate limit"))
        return 429;
    for (size_t i = 0; type && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(type, known[i].type) == 0)
            return known[i].status;
    /* Servers that are compatible with others tell the status that they had from theirs. */
    long code = type && strlen(type) == 3 ? strtol(type, NULL, 10) : 0;
    bool upstreams_own = code == 401 || code == 402 || code == 403 || code == 408 || code == 429;
    return upstreams_own || (code >= 500 && code < 600) ? (int)code : 0;
}

bool provider_judge_event(
    const struct account *a, const char *type, const char *message, int64_t now, struct verdict *v)
{
    struct h1_head head = {.status = status_of(type, message)};
    cJSON *o = cJSON_CreateObject(), *e = cJSON_AddObjectToObject(o, "error");
    struct buf body = BUF_INIT;
    if (head.status) {
        json_put_str(e, "type", type);
        json_put_str(e, "message", message);
        json_print(o, &body);
        struct upstream_answer ans = {
            .fault = CALL_OK, .head = &head, .body = body.data, .n = body.len, .now = now};
        provider_by_kind(a->kind)->judge(a, &ans, v);
    }
    buf_release(&body);
    cJSON_Delete(o);
    return head.status != 0;
}
