# Every client set up by crs setup --write in a home of its own, and nothing else: a text turn and a
# tool turn with what it wrote; then again after an upgrade of what people had in their files.
# shellcheck shell=sh disable=SC2154

# set_up CLIENT OPTIONS...: the client's files in $home point at the relay, with $key.
set_up() {
    text=$(printf '%s\n' "$key" | HOME="$home" crs setup "$@" --url "$relay" --secret-stdin --write 2>&1) &&
        ok "setup $1" || fail "setup $*: $text"
    case "$text" in
    *"$key"*) fail "setup $1 shows the secret" ;;
    esac
}

# again CLIENT OPTIONS...: a second time nothing changes.
again() {
    (cd "$home" && find . -type f -exec cksum {} + | sort) >"$dir/sums"
    set_up "$@"
    (cd "$home" && find . -type f -exec cksum {} + | sort) | cmp -s "$dir/sums" - &&
        ok "setup $1 again changes nothing" || fail "setup $1 again changed something"
}

# turns WHAT TOOL INPUT RUN...: both turns; RUN with the prompt behind it is the client.
turns() {
    what=$1 tool=$2 input=$3
    shift 3
    mark
    client "$@" "[[fake: words=3]] hello"
    says "$what: text" word2
    client "$@" "[[fake: words=2 tool=$tool tool_input=$input]] read it"
    says "$what: tool" word1
    fake_get requests | grep -q xylophone && ok "$what: the tool's result went up" ||
        fail "$what: no tool result reached the upstream"
}

client_timeout=120 # each start of a client is one more on a busy machine
signed_in setup-claude claude
signed_in setup-codex codex --mode code
signed_in setup-gemini gemini
by_device setup-droid droid
key setup

home setup-claude
mkdir -p "$home/.claude"
printf '{\n  // mine\n  "env": {"DISABLE_TELEMETRY": "1"},\n}\n' >"$home/.claude/settings.json"
set_up claude-code
again claude-code
grep -q '// mine' "$home/.claude/settings.json" && ok "a comment stays" || fail "a comment is gone"
rm -r "$home/.claude"
set_up claude-code
turns "claude code" Read "{\"file_path\":\"$work/note.txt\"}" \
    env CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 "$bin/claude" -p

home setup-codex
mkdir -p "$home/.codex"
cat >"$home/.codex/config.toml" <<'TOML'
# mine
check_for_update_on_startup = false
[features]
apps = false
plugins = false
remote_plugin = false
TOML
set_up codex --model gpt-5.4
again codex --model gpt-5.4
turns codex exec_command '{"cmd":"cat+note.txt"}' \
    "$bin/codex" exec --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox

for mode in key google; do
    home "setup-gemini-$mode"
    set_up gemini-cli --mode "$mode" --model gemini-2.5-pro
    again gemini-cli --mode "$mode" --model gemini-2.5-pro
    turns "gemini cli, $mode" read_file "{\"file_path\":\"$work/note.txt\"}" \
        "$bin/gemini" --skip-trust -p
done
# From one way to the other in one home.
set_up gemini-cli --mode key --model gemini-2.5-pro
client "$bin/gemini" --skip-trust -p "[[fake: words=3]] hello"
says "gemini cli, from google to key" word2
grep -q '/v1beta/.*x-goog-api-key' "$dir/record" && ok "gemini cli by key: the public API" ||
    fail "gemini cli: no request of the public API"

home setup-droid
set_up droid --model claude-sonnet-4-5-20250929,gpt-5.4,glm-5
again droid --model claude-sonnet-4-5-20250929,gpt-5.4,glm-5
for model in claude-sonnet-4-5-20250929 gpt-5.4 glm-5; do
    turns "droid, $model" Read "{\"file_path\":\"$work/note.txt\"}" \
        env FACTORY_AIRGAP_ENABLED=true "$bin/droid" exec -m "custom:$model"
done

unset client_timeout
