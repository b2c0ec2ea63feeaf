# How Claude Code is run, and the turns that it takes on an account. Sourced by suites.
# shellcheck shell=sh disable=SC2154
. "$here/refuse.sh"

# claude_code WHAT PROMPT ARGS...: one run against the relay with $key.
claude_code() {
    client env ANTHROPIC_BASE_URL="$relay/api" ANTHROPIC_AUTH_TOKEN="$key" \
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 DISABLE_TELEMETRY=1 \
        DISABLE_ERROR_REPORTING=1 "$bin/claude" -p "$@"
}

# The screen, with PROMPT typed.
claude_screen() {
    printf '{"hasCompletedOnboarding":true,"theme":"dark","projects":{"%s":{"hasTrustDialogAccepted":true}}}\n' \
        "$work" >"$home/.claude.json"
    terminal env ANTHROPIC_BASE_URL="$relay/api" ANTHROPIC_AUTH_TOKEN="$key" \
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 DISABLE_TELEMETRY=1 \
        DISABLE_ERROR_REPORTING=1 "$bin/claude"
    typed "for shortcuts" "$1"
}

# claude_turns ACCOUNT KIND: a text turn, a tool turn and another model on that account.
claude_turns() {
    home "claude-$1"
    key "claude-$1" --accounts "$1" --clients claude-code || return
    curl_refused /api/v1/messages
    mark
    claude_code "[[fake: words=3 thinking]] hello"
    says "claude code on $2: text" "word2"
    claude_code "[[fake: words=2 tool=Read tool_input={\"file_path\":\"$work/note.txt\"}]] read it"
    says "claude code on $2: tool" "word1"
    fake_get requests | grep -q 'xylophone' && ok "claude code on $2: the tool's result went up" ||
        fail "claude code on $2: no tool result reached the upstream"
    claude_code "[[fake: words=4]] hello" --model haiku --output-format json
    says "claude code on $2: json" '"subtype":"success"'
    faithful "$2"
    booked "$1"
    account_state "$1" ready
}
