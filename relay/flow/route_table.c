/* The routes themselves: every path that clients use today, and the aliases that people have in
 * their settings from before. */
#include "flow/route.h"

#define CLAUDE_KINDS "claude claude-console bedrock vertex ccr"
#define OPENAI_KINDS "codex openai-responses azure-openai"
#define GEMINI_KINDS "gemini gemini-api vertex antigravity"
#define ALL_KINDS CLAUDE_KINDS " " OPENAI_KINDS " gemini gemini-api antigravity"

#define P_CLAUDE "/api /claude /api/claude -"
#define P_OPENAI "/openai /openai/v1 /v1 -"
#define P_UNIFIED "/api /openai -"
#define P_GEMINI "/gemini -"

static const struct route table[] = {
    /* Anthropic Messages */
    {"POST", "/v1/messages", P_CLAUDE, DIALECT_ANTHROPIC, OP_MESSAGES, SERVICE_CLAUDE, CLAUDE_KINDS,
        0, 0},
    {"POST", "/v1/messages/count_tokens", P_CLAUDE, DIALECT_ANTHROPIC, OP_COUNT_TOKENS,
        SERVICE_CLAUDE, CLAUDE_KINDS, ROUTE_FREE, 0},
    {"POST", "/v1/messages", "/antigravity/api /antigravity/api/claude", DIALECT_ANTHROPIC,
        OP_MESSAGES, SERVICE_GEMINI, "antigravity", 0, 0},
    {"POST", "/v1/messages/count_tokens", "/antigravity/api", DIALECT_ANTHROPIC, OP_COUNT_TOKENS,
        SERVICE_GEMINI, "antigravity", ROUTE_FREE, 0},
    {"POST", "/v1/messages", "/gemini-cli/api /gemini-cli/api/claude", DIALECT_ANTHROPIC,
        OP_MESSAGES, SERVICE_GEMINI, "gemini", 0, 0},
    {"POST", "/v1/messages/count_tokens", "/gemini-cli/api", DIALECT_ANTHROPIC, OP_COUNT_TOKENS,
        SERVICE_GEMINI, "gemini", ROUTE_FREE, 0},
    {"POST", "/claude/v1/messages", "/droid", DIALECT_ANTHROPIC, OP_MESSAGES, SERVICE_DROID,
        "droid", 0, 0},

    /* OpenAI Responses */
    {"POST", "/responses", P_OPENAI, DIALECT_RESPONSES, OP_RESPONSES, SERVICE_OPENAI, OPENAI_KINDS,
        0, 0},
    {"POST", "/responses/compact", P_OPENAI, DIALECT_RESPONSES, OP_COMPACT, SERVICE_OPENAI,
        OPENAI_KINDS, 0, 0},
    {"POST", "/responses", "/azure", DIALECT_RESPONSES, OP_RESPONSES, SERVICE_OPENAI,
        "azure-openai", 0, 0},
    {"POST", "/openai/v1/responses", "/droid", DIALECT_RESPONSES, OP_RESPONSES, SERVICE_DROID,
        "droid", 0, 0},
    {"POST", "/openai/responses", "/droid", DIALECT_RESPONSES, OP_RESPONSES, SERVICE_DROID, "droid",
        0, 0},
    {"POST", "/images/generations", P_OPENAI, DIALECT_CHAT, OP_IMAGES, SERVICE_OPENAI, OPENAI_KINDS,
        0, 0},

    /* OpenAI chat and its relatives */
    {"POST", "/v1/chat/completions", P_UNIFIED, DIALECT_CHAT, OP_CHAT, SERVICE_CLAUDE, ALL_KINDS,
        ROUTE_BY_MODEL, 0},
    {"POST", "/v1/completions", P_UNIFIED, DIALECT_CHAT, OP_COMPLETIONS, SERVICE_CLAUDE, ALL_KINDS,
        ROUTE_BY_MODEL, 0},
    {"POST", "/v1/embeddings", P_UNIFIED, DIALECT_CHAT, OP_EMBEDDINGS, SERVICE_OPENAI,
        "openai-responses azure-openai", 0, 0},
    {"POST", "/v1/chat/completions", "/openai/claude", DIALECT_CHAT, OP_CHAT, SERVICE_CLAUDE,
        CLAUDE_KINDS, 0, 0},
    {"POST", "/v1/completions", "/openai/claude", DIALECT_CHAT, OP_COMPLETIONS, SERVICE_CLAUDE,
        CLAUDE_KINDS, 0, 0},
    {"POST", "/v1/chat/completions", "/openai/gemini", DIALECT_CHAT, OP_CHAT, SERVICE_GEMINI,
        "gemini gemini-api", 0, 0},
    {"POST", "/comm/v1/chat/completions", "/droid", DIALECT_CHAT, OP_CHAT, SERVICE_DROID, "droid",
        0, 0},
    {"POST", "/chat/completions", "/azure", DIALECT_CHAT, OP_CHAT, SERVICE_OPENAI, "azure-openai",
        0, 0},
    {"POST", "/embeddings", "/azure", DIALECT_CHAT, OP_EMBEDDINGS, SERVICE_OPENAI, "azure-openai",
        0, 0},

    /* Gemini API: the SDK of today says v1, the CLI v1beta */
    {"POST", "/v1beta/models/{model}:generateContent", P_GEMINI, DIALECT_GEMINI, OP_GENERATE,
        SERVICE_GEMINI, GEMINI_KINDS, 0, 0},
    {"POST", "/v1beta/models/{model}:streamGenerateContent", P_GEMINI, DIALECT_GEMINI,
        OP_STREAM_GENERATE, SERVICE_GEMINI, GEMINI_KINDS, 0, 0},
    {"POST", "/v1beta/models/{model}:countTokens", P_GEMINI, DIALECT_GEMINI, OP_COUNT_TOKENS,
        SERVICE_GEMINI, GEMINI_KINDS, ROUTE_FREE, 0},
    {"POST", "/v1beta/models/{model}:embedContent", P_GEMINI, DIALECT_GEMINI, OP_EMBED,
        SERVICE_GEMINI, "gemini-api vertex", 0, 0},
    {"POST", "/v1beta/models/{model}:batchEmbedContents", P_GEMINI, DIALECT_GEMINI, OP_EMBED,
        SERVICE_GEMINI, "gemini-api vertex", 0, 0},
    {"POST", "/v1/models/{model}:generateContent", P_GEMINI, DIALECT_GEMINI, OP_GENERATE,
        SERVICE_GEMINI, GEMINI_KINDS, 0, 0},
    {"POST", "/v1/models/{model}:streamGenerateContent", P_GEMINI, DIALECT_GEMINI,
        OP_STREAM_GENERATE, SERVICE_GEMINI, GEMINI_KINDS, 0, 0},
    {"POST", "/v1/models/{model}:countTokens", P_GEMINI, DIALECT_GEMINI, OP_COUNT_TOKENS,
        SERVICE_GEMINI, GEMINI_KINDS, ROUTE_FREE, 0},
    {"POST", "/v1/models/{model}:embedContent", P_GEMINI, DIALECT_GEMINI, OP_EMBED, SERVICE_GEMINI,
        "gemini-api vertex", 0, 0},
    {"POST", "/v1/models/{model}:batchEmbedContents", P_GEMINI, DIALECT_GEMINI, OP_EMBED,
        SERVICE_GEMINI, "gemini-api vertex", 0, 0},

    /* Code Assist, as the Gemini CLI speaks it when signed in with Google */
    {"POST", "/v1internal:generateContent", P_GEMINI, DIALECT_GEMINI_INTERNAL, OP_GENERATE,
        SERVICE_GEMINI, "gemini", 0, 0},
    {"POST", "/v1internal:streamGenerateContent", P_GEMINI, DIALECT_GEMINI_INTERNAL,
        OP_STREAM_GENERATE, SERVICE_GEMINI, "gemini", 0, 0},
    {"POST", "/v1internal:countTokens", P_GEMINI, DIALECT_GEMINI_INTERNAL, OP_COUNT_TOKENS,
        SERVICE_GEMINI, "gemini", ROUTE_FREE, 0},
    {"POST", "/v1internal:{method}", P_GEMINI, DIALECT_GEMINI_INTERNAL, OP_INTERNAL, SERVICE_GEMINI,
        "gemini", ROUTE_FREE, 0},

    /* Answered here */
    {"GET", "/v1beta/models", P_GEMINI, DIALECT_GEMINI, OP_MODELS, SERVICE_GEMINI, "", ROUTE_OWN,
        OWN_MODELS},
    {"GET", "/v1beta/models/{model}", P_GEMINI, DIALECT_GEMINI, OP_MODEL, SERVICE_GEMINI, "",
        ROUTE_OWN, OWN_MODEL},
    {"GET", "/v1/models", "/gemini", DIALECT_GEMINI, OP_MODELS, SERVICE_GEMINI, "", ROUTE_OWN,
        OWN_MODELS},
    {"GET", "/models", "/gemini", DIALECT_GEMINI, OP_MODELS, SERVICE_GEMINI, "", ROUTE_OWN,
        OWN_MODELS},
    {"GET", "/v1/models/{model}", "/gemini", DIALECT_GEMINI, OP_MODEL, SERVICE_GEMINI, "",
        ROUTE_OWN, OWN_MODEL},
    {"GET", "/v1/models",
        "/api /claude /api/claude /antigravity/api /gemini-cli/api /droid/claude -",
        DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE, "", ROUTE_OWN, OWN_MODELS},
    {"GET", "/v1/models/{model}", "/api /claude /api/claude -", DIALECT_ANTHROPIC, OP_MODEL,
        SERVICE_CLAUDE, "", ROUTE_OWN, OWN_MODEL},
    {"GET", "/v1/models", "/openai /openai/claude /openai/gemini /droid/openai /droid/comm",
        DIALECT_CHAT, OP_MODELS, SERVICE_OPENAI, "", ROUTE_OWN, OWN_MODELS},
    {"GET", "/models", "/openai /openai/gemini /azure", DIALECT_CHAT, OP_MODELS, SERVICE_OPENAI, "",
        ROUTE_OWN, OWN_MODELS},
    {"GET", "/v1/models/{model}", "/openai /openai/claude /openai/gemini", DIALECT_CHAT, OP_MODEL,
        SERVICE_OPENAI, "", ROUTE_OWN, OWN_MODEL},
    {"GET", "/v1/me", "/api /claude", DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE, "", ROUTE_OWN,
        OWN_ME},
    {"GET", "/v1/key-info", "/api /claude", DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE, "",
        ROUTE_OWN, OWN_KEY_INFO},
    {"GET", "/v1/usage", "/api /claude", DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE, "",
        ROUTE_OWN, OWN_USAGE},
    {"GET", "/v1/organizations/{any}/usage", "/api /claude", DIALECT_ANTHROPIC, OP_MODELS,
        SERVICE_CLAUDE, "", ROUTE_OWN, OWN_CREDIT},
    {"GET", "/key-info", "/openai", DIALECT_CHAT, OP_MODELS, SERVICE_OPENAI, "", ROUTE_OWN,
        OWN_KEY_INFO},
    {"GET", "/usage", "/openai /azure", DIALECT_CHAT, OP_MODELS, SERVICE_OPENAI, "", ROUTE_OWN,
        OWN_USAGE},
    {"GET", "/key-info", "/gemini", DIALECT_GEMINI, OP_MODELS, SERVICE_GEMINI, "", ROUTE_OWN,
        OWN_KEY_INFO},
    {"GET", "/usage", "/gemini", DIALECT_GEMINI, OP_MODELS, SERVICE_GEMINI, "", ROUTE_OWN,
        OWN_USAGE},
    {"POST", "/api/event_logging/batch", "/api /claude /antigravity/api /gemini-cli/api -",
        DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE, "", ROUTE_OWN | ROUTE_OPEN, OWN_SUCCESS},
    {"GET", "/health", "/api /azure -", DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE, "",
        ROUTE_OWN | ROUTE_OPEN, OWN_HEALTH},
    {"GET", "/", "-", DIALECT_ANTHROPIC, OP_MODELS, SERVICE_CLAUDE, "", ROUTE_OWN | ROUTE_OPEN,
        OWN_ROOT},
    {"GET", "/", "/api /claude /openai /gemini /droid /azure", DIALECT_ANTHROPIC, OP_MODELS,
        SERVICE_CLAUDE, "", ROUTE_OWN | ROUTE_OPEN, OWN_ROOT},
};

const struct route *routes(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}
