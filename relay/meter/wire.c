/* Where each wire keeps its numbers: the tables that the reader watches. */
#include "meter/meter_int.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */

/* Anthropic Messages: https://docs.claude.com/en/api/messages ("usage"). */
#define ANTHROPIC_MESSAGE(at) \
    {T_ID, at "id"}, \
    {T_MODEL, at "model"}, \
    {T_STOP, at "stop_reason"}, \
    {N_INPUT, at "usage.input_tokens"}, \
    {N_OUTPUT, at "usage.output_tokens"}, \
    {N_READ, at "usage.cache_read_input_tokens"}, \
    {N_WRITE, at "usage.cache_creation_input_tokens"}, \
    {N_WRITE_5M, at "usage.cache_creation.ephemeral_5m_input_tokens"}, \
    {N_WRITE_1H, at "usage.cache_creation.ephemeral_1h_input_tokens"}, \
    {N_SEARCHES, at "usage.server_tool_use.web_search_requests"}, \
    {T_TIER, at "usage.service_tier"}, \
    {T_SPEED, at "usage.speed"}

static const struct row anthropic_start[] = {{T_TYPE, "type"}, ANTHROPIC_MESSAGE("message.")};

static const struct row anthropic[] = {
    {T_TYPE, "type"},
    ANTHROPIC_MESSAGE(""),
    {T_STOP, "delta.stop_reason"},
    {T_ERROR, "error.type"},
    {T_MESSAGE, "error.message"},
    {T_MESSAGE, "error"},
    {T_MESSAGE, "message"},
    /* Bedrock repeats the totals in its message_stop. */
    {N_INPUT, "amazon-bedrock-invocationMetrics.inputTokenCount"},
    {N_OUTPUT, "amazon-bedrock-invocationMetrics.outputTokenCount"},
    {N_READ, "amazon-bedrock-invocationMetrics.cacheReadInputTokenCount"},
    {N_WRITE, "amazon-bedrock-invocationMetrics.cacheWriteInputTokenCount"},
};

/* OpenAI Responses and chat completions: https://platform.openai.com/docs/api-reference. The names
 * of both stand in one table, because compatible servers mix them. */
#define OPENAI_ANSWER(at) \
    {T_ID, at "id"}, \
    {T_MODEL, at "model"}, \
    {T_TIER, at "service_tier"}, \
    {T_STOP, at "incomplete_details.reason"}, \
    {T_STOP, at "status"}, \
    {T_ERROR, at "error.type"}, \
    {T_ERROR, at "error.code"}, \
    {T_MESSAGE, at "error.message"}, \
    {N_INPUT, at "usage.input_tokens"}, \
    {N_INPUT, at "usage.prompt_tokens"}, \
    {N_OUTPUT, at "usage.output_tokens"}, \
    {N_OUTPUT, at "usage.completion_tokens"}, \
    {N_READ, at "usage.input_tokens_details.cached_tokens"}, \
    {N_READ, at "usage.prompt_tokens_details.cached_tokens"}, \
    {N_WRITE, at "usage.input_tokens_details.cache_write_tokens"}, \
    {N_WRITE, at "usage.prompt_tokens_details.cache_write_tokens"}, \
    {N_WRITE, at "usage.input_tokens_details.cache_creation_tokens"}, \
    {N_REASONING, at "usage.output_tokens_details.reasoning_tokens"}, \
    {N_REASONING, at "usage.completion_tokens_details.reasoning_tokens"}, \
    {N_OUTPUT_IMAGE, at "usage.output_tokens_details.image_tokens"}, \
    {N_SEARCHES, at "tool_usage.web_search.num_requests"}, \
    {N_IMAGE_IN, at "tool_usage.image_gen.input_tokens"}, \
    {N_IMAGE_OUT, at "tool_usage.image_gen.output_tokens"}

static const struct row openai_event[] = {{T_TYPE, "type"}, OPENAI_ANSWER("response.")};

static const struct row openai[] = {
    {T_TYPE, "type"},
    OPENAI_ANSWER(""),
    {T_STOP, "choices.[].finish_reason"},
    {T_OBJECT, "object"},
    {N_IMAGES, "data"},
    {T_ERROR, "code"},
    {T_MESSAGE, "message"},
    {T_MESSAGE, "error"},
    {T_MESSAGE, "detail"},
};

/* Gemini: https://ai.google.dev/api/generate-content (UsageMetadata). */
#define GEMINI_ANSWER(at) \
    {T_ID, at "responseId"}, \
    {T_MODEL, at "modelVersion"}, \
    {T_STOP, at "candidates.[].finishReason"}, \
    {N_INPUT, at "usageMetadata.promptTokenCount"}, \
    {N_OUTPUT, at "usageMetadata.candidatesTokenCount"}, \
    {N_REASONING, at "usageMetadata.thoughtsTokenCount"}, \
    {N_READ, at "usageMetadata.cachedContentTokenCount"}, \
    {N_TOOL, at "usageMetadata.toolUsePromptTokenCount"}, \
    {N_TOTAL, at "usageMetadata.totalTokenCount"}, \
    {T_MODALITY, at "usageMetadata.candidatesTokensDetails.[].modality"}, \
    {N_OUTPUT_IMAGE, at "usageMetadata.candidatesTokensDetails.[].tokenCount"}, \
    {N_SEARCHES, at "candidates.[].groundingMetadata.webSearchQueries"}

static const struct row gemini[] = {
    GEMINI_ANSWER(""),
    GEMINI_ANSWER("response."),
    {T_ERROR, "error.status"},
    {T_ERROR, "error.code"},
    {T_MESSAGE, "error.message"},
};
static const struct row gemini_list[] = {
    GEMINI_ANSWER("[]."),
    GEMINI_ANSWER("[].response."),
    {T_ERROR, "[].error.status"},
    {T_ERROR, "[].error.code"},
    {T_MESSAGE, "[].error.message"},
};
/* clang-format on */

const struct rows rows_anthropic = {anthropic, COUNT(anthropic)};
const struct rows rows_anthropic_start = {anthropic_start, COUNT(anthropic_start)};
const struct rows rows_openai = {openai, COUNT(openai)};
const struct rows rows_openai_event = {openai_event, COUNT(openai_event)};
const struct rows rows_gemini = {gemini, COUNT(gemini)};
const struct rows rows_gemini_list = {gemini_list, COUNT(gemini_list)};

_Static_assert(COUNT(openai) <= JSCAN_PATHS_MAX, "too many paths for the scanner");
_Static_assert(COUNT(openai_event) <= JSCAN_PATHS_MAX, "too many paths for the scanner");
_Static_assert(COUNT(gemini) <= JSCAN_PATHS_MAX, "too many paths for the scanner");
_Static_assert(COUNT(anthropic) <= JSCAN_PATHS_MAX, "too many paths for the scanner");
