# What Codex and the OpenAI SDK show of refusals.
# shellcheck shell=sh disable=SC2154
. "$here/refuse.sh"
. "$here/codex_cli.sh"

account=api
echo sk-openai-test-key-1 | added openai-responses api --url "$fake/v1" --key-stdin
home refused
ask() {
    curl -sS --noproxy '*' "$relay/openai/v1/responses" -H "authorization: Bearer $key" \
        -H 'content-type: application/json' -d "{\"model\":\"gpt-5.4\",\"input\":\"$1\"}"
}
show_codex() { codex_exec hello; }
show_codex_screen() { codex_screen hello; }
show_openai_sdk() { client node "$here/sdk_refused.mjs" "$CRS_CLIENTS_DIR" "$relay" "$key" responses; }
show_openai_sdk_chat() { client node "$here/sdk_refused.mjs" "$CRS_CLIENTS_DIR" "$relay" "$key" chat; }
refusals codex codex_screen openai_sdk openai_sdk_chat
