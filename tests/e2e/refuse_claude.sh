# What Claude Code and the Anthropic SDK show of refusals.
# shellcheck shell=sh disable=SC2154
. "$here/claude_code.sh"

account=console
echo sk-ant-test-key-1 | added claude-console console --key-stdin
home refused
ask() {
    curl -sS --noproxy '*' "$relay/api/v1/messages" -H "x-api-key: $key" \
        -H 'content-type: application/json' -d "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":9,
        \"messages\":[{\"role\":\"user\",\"content\":\"$1\"}]}"
}
show_claude() { claude_code hello; }
show_claude_screen() { claude_screen hello; }
show_anthropic_sdk() { client node "$here/sdk_refused.mjs" "$CRS_CLIENTS_DIR" "$relay" "$key" anthropic; }
refusals claude claude_screen anthropic_sdk
