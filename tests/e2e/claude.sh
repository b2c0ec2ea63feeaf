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

# Helper calls: /context has tokens counted many times at once, which a key of one request at once may.
home context
key context --accounts console --clients claude-code --at-once 1
log_from=$(wc -l <"$dir/relay.log")
record_from=$(wc -l <"$dir/record")
claude_screen /context
wait_for 20 shown "Context Usage" && ok "claude code: /context is shown" ||
    fail "claude code: no /context: $(read_screen | tail -c 600)"
counted=$(tail -n "+$((record_from + 1))" "$dir/record" | grep -c count_tokens)
[ "$counted" -gt 5 ] && ! tail -n "+$((log_from + 1))" "$dir/relay.log" | grep -q ' refused ' &&
    ok "claude code: $counted calls of count_tokens, none refused" ||
    fail "claude code: $counted calls of count_tokens, refused: $(grep ' refused ' "$dir/relay.log" | tail -n 2)"
terminal_end
