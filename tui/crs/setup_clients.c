/* One row a client: what it reads, from where. */
#include "tui/crs/setup.h"

#include <string.h>
#include "tui/crs/command_rows.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define SETTINGS(array) .v = array, .n = LENGTH(array)

/* https://docs.claude.com/en/docs/claude-code/settings: env of settings.json. */
static const struct setup_setting claude_json[] = {
    {"env/ANTHROPIC_BASE_URL", "{url}/api"},
    {"env/ANTHROPIC_AUTH_TOKEN", "{secret}"},
    {"model", "{model}"},
};
static const struct setup_setting claude_shell[] = {
    {"ANTHROPIC_BASE_URL", "{url}/api"},
    {"ANTHROPIC_AUTH_TOKEN", "{secret}"},
    {"ANTHROPIC_MODEL", "{model}"},
};

/* Without requires_openai_auth, for with it the screen wants a ChatGPT sign-in. Codex reads .env of
 * its directory at its start, so that the secret need not stand in config.toml. */
static const struct setup_setting codex_toml[] = {
    {"model_provider", "crs"},
    {"model", "{model}"},
    {"model_providers/crs/name", "crs"},
    {"model_providers/crs/base_url", "{url}/openai"},
    {"model_providers/crs/wire_api", "responses"},
    {"model_providers/crs/env_key", "CRS_KEY"},
};
static const struct setup_setting codex_env[] = {{"CRS_KEY", "{secret}"}};

/* selectedType, for with a base URL alone it chooses a method that it then refuses. */
static const struct setup_setting gemini_key_json[] = {
    {"security/auth/selectedType", "gemini-api-key"},
    {"model/name", "{model}"},
};
static const struct setup_setting gemini_key_env[] = {
    {"GEMINI_API_KEY", "{secret}"},
    {"GOOGLE_GEMINI_BASE_URL", "{url}/gemini"},
};
static const struct setup_setting gemini_google_json[] = {
    {"security/auth/selectedType", "oauth-personal"},
    {"model/name", "{model}"},
};
static const struct setup_setting gemini_google_env[] = {
    {"GOOGLE_CLOUD_ACCESS_TOKEN", "{secret}"},
    {"GOOGLE_GENAI_USE_GCA", "true"},
    {"CODE_ASSIST_ENDPOINT", "{url}/gemini"},
};

#define DROID_MODEL "customModels/[displayName={model} (crs)]/"
static const struct setup_setting droid_json[] = {
    {DROID_MODEL "model", "{model}"},
    {DROID_MODEL "baseUrl", "{url}{base}"},
    {DROID_MODEL "apiKey", "{secret}"},
    {DROID_MODEL "provider", "{provider}"},
};

static const struct setup_link cherry[] = {
    {"Anthropic", "anthropic", "{url}/claude"},
    {"OpenAI", "openai", "{url}/openai"},
    {"Gemini", "gemini", "{url}/gemini"},
};

#define CLAUDE_FILE(name_, format_, array)                                                         \
    {                                                                                              \
        .variable = "CLAUDE_CONFIG_DIR", .dir = ".claude", .name = name_, .format = #format_,      \
        .put = edit_##format_, SETTINGS(array)                                                     \
    }
#define CODEX_FILE(name_, format_, array)                                                          \
    {                                                                                              \
        .variable = "CODEX_HOME", .dir = ".codex", .name = name_, .format = #format_,              \
        .put = edit_##format_, SETTINGS(array)                                                     \
    }
#define GEMINI_FILE(name_, format_, array)                                                         \
    {                                                                                              \
        .variable = "GEMINI_CLI_HOME", .dir = ".gemini", .below = ".gemini", .name = name_,        \
        .format = #format_, .put = edit_##format_, SETTINGS(array)                                 \
    }
#define DROID_FILE(name_, format_, array)                                                          \
    {                                                                                              \
        .variable = "FACTORY_HOME_OVERRIDE", .dir = ".factory", .below = ".factory",               \
        .name = name_, .format = #format_, .put = edit_##format_, SETTINGS(array)                  \
    }
#define SHELL(array) .shell = array, .n_shell = LENGTH(array)
#define TRUST                                                                                      \
    N_("Gemini CLI reads its .env only in directories that it trusts: answer its question, or "    \
       "give "                                                                                     \
       "--skip-trust")

static const struct setup_client rows[] = {
    {.name = "claude-code",
        .title = "Claude Code",
        .client = "claude-code",
        .services = "claude",
        SHELL(claude_shell),
        .shell_whole = true,
        .file = {CLAUDE_FILE("settings.json", json, claude_json)},
        .n_files = 1,
        .start = "claude"},
    {.name = "codex",
        .title = "Codex",
        .client = "codex",
        .services = "openai",
        SHELL(codex_env),
        .file = {CODEX_FILE("config.toml", toml, codex_toml), CODEX_FILE(".env", env, codex_env)},
        .n_files = 2,
        .start = "codex"},
    {.name = "gemini-cli",
        .mode = "key",
        .title = "Gemini CLI",
        .client = "gemini-cli",
        .services = "gemini",
        SHELL(gemini_key_env),
        .file = {GEMINI_FILE("settings.json", json, gemini_key_json),
            GEMINI_FILE(".env", env, gemini_key_env)},
        .n_files = 2,
        .start = "gemini",
        .note = TRUST},
    {.name = "gemini-cli",
        .mode = "google",
        .title = "Gemini CLI",
        .client = "gemini-cli",
        .services = "gemini",
        SHELL(gemini_google_env),
        .file = {GEMINI_FILE("settings.json", json, gemini_google_json),
            GEMINI_FILE(".env", env, gemini_google_env)},
        .n_files = 2,
        .start = "gemini",
        .note = TRUST},
    {.name = "droid",
        .title = "Droid",
        .client = "droid",
        .services = "droid",
        .models = "claude-sonnet-5-5 gpt-5.4",
        .many_models = true,
        .file = {DROID_FILE("settings.json", json, droid_json)},
        .n_files = 1,
        .start = "droid",
        .note = N_("its screen wants a sign-in at Factory, or FACTORY_AIRGAP_ENABLED=true; choose the "
                   "model with /model, or with droid exec -m custom:MODEL")},
    {.name = "cherry-studio",
        .title = "Cherry Studio",
        .services = "claude openai gemini",
        .link = cherry,
        .n_links = LENGTH(cherry),
        .note = N_("open a link on the machine that has Cherry Studio, or type the fields under "
                   "Settings, Model Provider, Add")},
};

const struct setup_client *setup_clients(size_t *n)
{
    *n = LENGTH(rows);
    return rows;
}

const struct setup_client *setup_client_find(const char *name, const char *mode, struct err *err)
{
    const char *own = NULL;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (strcmp(rows[i].name, name) != 0)
            continue;
        if (!mode || (rows[i].mode && strcmp(rows[i].mode, mode) == 0))
            return &rows[i];
        own = rows[i].mode;
    }
    err_set(err, ERR_USAGE, _("%s has no mode '%s'"), name, mode ? mode : "");
    if (!own)
        err_hint(err, _("leave --mode out"));
    return NULL;
}
