# Claude Code over every kind of account that serves it.
# shellcheck shell=sh disable=SC2154
. "$here/claude_code.sh"

signed_in max claude
tested max
claude_turns max claude

echo sk-ant-test-key-1 | crs account add claude-console --name console --key-stdin >"$dir/out" 2>&1 &&
    ok "account add claude-console" || fail "account add claude-console"
tested console
claude_turns console claude-console

# The SDK: all that it can do, then what goes wrong. Books are compared account by account, so each
# part has its own.
for part in good bad; do
    echo "sk-ant-test-key-$part" |
        crs account add claude-console --name "sdk-$part" --key-stdin >"$dir/out" 2>&1 ||
        fail "account add claude-console: $(cat "$dir/out")"
    home "sdk-$part"
    key "sdk-$part" --accounts "sdk-$part" --clients anthropic-sdk
    mark
    sdk "anthropic sdk, $part" sdk_anthropic.mjs claude-sonnet-5-5 "$part"
    faithful claude-console
    [ "$part" = good ] && booked sdk-good || booked sdk-bad tokens
done
