# Codex and the OpenAI SDK over ChatGPT and API-key accounts.
# shellcheck shell=sh disable=SC2154
. "$here/refuse.sh"
. "$here/codex_cli.sh"

# codex_turns ACCOUNT KIND
codex_turns() {
    home "codex-$1"
    key "codex-$1" --accounts "$1" --clients codex || return
    curl_refused /openai/v1/chat/completions
    mark
    codex_exec "[[fake: words=3 thinking]] hello"
    says "codex on $2: text" "word0 word1 word2"
    codex_exec '[[fake: words=2 tool=exec_command tool_input={"cmd":"cat+note.txt"}]] read it' --json
    says "codex on $2: tool" '"text":"word0 word1"'
    fake_get requests | grep -q 'xylophone' && ok "codex on $2: the tool's result went up" ||
        fail "codex on $2: no tool result reached the upstream"
    faithful "$2"
    booked "$1"
    account_state "$1" ready
}

# openai_sdk ACCOUNT KIND PART...: each with books of its own.
openai_sdk() {
    account=$1 kind=$2
    shift 2
    home "openai-$account"
    key "openai-$account" --accounts "$account" --clients openai-sdk || return
    for part; do
        mark
        sdk "openai sdk on $kind, $part" sdk_openai.mjs gpt-5.4 "$part"
        faithful "$kind"
        [ "$part" = more ] && booked "$account" tokens || booked "$account"
    done
}

signed_in plus codex --mode code
tested plus
codex_turns plus codex
openai_sdk plus codex responses

by_device team codex
tested team
crs account show team >"$dir/out"
grep -q '12.5' "$dir/out" && grep -q '40' "$dir/out" && ok "codex: both windows are shown" ||
    fail "codex: no windows in: $(cat "$dir/out")"

echo sk-openai-test-key-1 | crs account add openai-responses --name api --url "$fake/v1" --key-stdin \
    >"$dir/out" 2>&1 && ok "account add openai-responses" || fail "account add: $(cat "$dir/out")"
tested api
codex_turns api openai-responses
openai_sdk api openai-responses responses chat more
