# How Codex is run. Sourced by suites.
# shellcheck shell=sh disable=SC2154

codex_settings() {
    mkdir -p "$home/.codex"
    cat >"$home/.codex/config.toml" <<TOML
model_provider = "crs"
model = "gpt-5.4"
check_for_update_on_startup = false
[model_providers.crs]
name = "crs"
base_url = "$relay/openai"
wire_api = "responses"
requires_openai_auth = false
env_key = "CRS_OAI_KEY"
[analytics]
enabled = false
[features]
apps = false
plugins = false
remote_plugin = false
[projects."$work"]
trust_level = "trusted"
TOML
}

# codex_exec PROMPT ARGS...: one run against the relay with $key.
codex_exec() {
    codex_settings
    prompt=$1
    shift
    client env CRS_OAI_KEY="$key" "$bin/codex" exec --skip-git-repo-check \
        --dangerously-bypass-approvals-and-sandbox "$@" "$prompt"
}

# The screen, with PROMPT typed. Without the server that would stay behind it, with another key.
codex_screen() {
    codex_settings
    terminal env CRS_OAI_KEY="$key" "$bin/codex" --no-daemon
    typed "Ask Codex to do anything" "$1"
}
