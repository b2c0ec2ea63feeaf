# Droid in all three formats that its custom models speak.
# shellcheck shell=sh disable=SC2154
. "$here/refuse.sh"
. "$here/droid_cli.sh"

# droid_turns PROVIDER PATH MODEL
droid_turns() {
    droid_provider=$1 droid_path=$2 droid_model=$3
    home "droid-$1"
    key "droid-$1" --accounts factory --clients droid || return
    mark
    droid_exec "[[fake: words=3 thinking]] hello"
    says "droid, $1: text" "word2"
    droid_exec "[[fake: words=2 tool=Read tool_input={\"file_path\":\"$work/note.txt\"}]] read it"
    says "droid, $1: tool" "word1"
    fake_get requests | grep -q 'xylophone' && ok "droid, $1: the tool's result went up" ||
        fail "droid, $1: no tool result reached the upstream"
    faithful droid
    booked factory
    account_state factory ready
    curl_refused "$2${4-/v1/messages}"
}

by_device factory droid
tested factory
droid_turns anthropic /droid/claude claude-sonnet-4-5-20250929
droid_turns openai /droid/openai gpt-5.4 /responses
droid_turns generic-chat-completion-api /droid/comm/v1 glm-5 /chat/completions
