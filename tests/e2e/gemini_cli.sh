# How the Gemini CLI is run. Sourced by suites.
# shellcheck shell=sh disable=SC2154

# gemini_settings MODE: what the CLI must not ask or tell.
gemini_settings() {
    mkdir -p "$home/.gemini"
    cat >"$home/.gemini/settings.json" <<JSON
{"security":{"auth":{"selectedType":"$1"}},"privacy":{"usageStatisticsEnabled":false},
 "telemetry":{"enabled":false},"general":{"disableAutoUpdate":true}}
JSON
}

# By key: the public API. Signed in: Code Assist, where the relay key stands for the Google token.
gemini_key() {
    gemini_settings gemini-api-key
    client env GEMINI_API_KEY="$key" GOOGLE_GEMINI_BASE_URL="$relay/gemini" \
        GEMINI_CLI_TRUST_WORKSPACE=true "$bin/gemini" -m gemini-2.5-pro -p "$@"
}
gemini_google() {
    gemini_settings oauth-personal
    client env GOOGLE_CLOUD_ACCESS_TOKEN="$key" GOOGLE_GENAI_USE_GCA=true \
        CODE_ASSIST_ENDPOINT="$relay/gemini" GEMINI_CLI_TRUST_WORKSPACE=true \
        "$bin/gemini" -m gemini-2.5-pro -p "$@"
}

# The screen in both modes, with PROMPT typed.
gemini_key_screen() {
    gemini_settings gemini-api-key
    terminal env GEMINI_API_KEY="$key" GOOGLE_GEMINI_BASE_URL="$relay/gemini" \
        GEMINI_CLI_TRUST_WORKSPACE=true "$bin/gemini" -m gemini-2.5-pro
    typed "Type your message" "$1"
}
gemini_google_screen() {
    gemini_settings oauth-personal
    terminal env GOOGLE_CLOUD_ACCESS_TOKEN="$key" GOOGLE_GENAI_USE_GCA=true \
        CODE_ASSIST_ENDPOINT="$relay/gemini" GEMINI_CLI_TRUST_WORKSPACE=true \
        "$bin/gemini" -m gemini-2.5-pro
    typed "Type your message" "$1"
}
