# What people give wrongly when they add an account: each time a sentence says what, and what to do.
# shellcheck shell=sh disable=SC2154

# wrong WHAT TEXT COMMAND...: the command fails, says TEXT, and gives a next step or names a value.
wrong() {
    what=$1 text=$2
    shift 2
    rc=0
    "$@" >"$dir/out" 2>&1 </dev/null || rc=$?
    if [ "$rc" -ne 0 ] && grep -q -- "$text" "$dir/out" && grep -q "hint:\|'" "$dir/out"; then
        ok "$what: $(grep -o "crs: .*" "$dir/out" | head -n 1)"
    else
        fail "$what: status $rc: $(cat "$dir/out")"
    fi
}
# With a text on standard input: wrong_paste WHAT TEXT PASTED
wrong_paste() {
    printf '%s\n' "$3" >"$dir/pasted"
    wrong "$1" "$2" sh -c 'exec "$1" account add "$2" --finish "$3" --code-stdin <"$4"' - \
        "$crs_program" "$kind" "$session" "$dir/pasted"
}
begin() {
    kind=$1
    begun=$(crs account add "$@" --begin)
    session=$(printf '%s' "$begun" | node -pe 'JSON.parse(fs.readFileSync(0)).session')
    url=$(printf '%s' "$begun" | node -pe 'JSON.parse(fs.readFileSync(0)).url')
}

for kind in claude codex gemini antigravity; do
    begin "$kind"
    wrong_paste "$kind, cut short" 'no sign-in code' ab
    wrong_paste "$kind, another state" 'another sign-in' 'http://localhost:1455/?code=CANARY12345&state=other'
    wrong_paste "$kind, refused in the browser" "'access_denied'" 'http://localhost:1455/?error=access_denied'
    wrong_paste "$kind, address without a code" 'has no code' 'https://example.org/done'
    wrong_paste "$kind, expired code" "'invalid_grant'" CANARY-expired-code
done
kind=claude session=lg_0000000000
wrong_paste 'a sign-in that is over' 'no such sign-in' CANARY-code-1234
wrong 'nothing given' 'standard input is no terminal' crs account add claude
wrong 'a kind without device code' "'device'" crs account add claude --device
wrong 'a device code that nobody confirms' 'not confirmed in time' crs account add droid --device --timeout 1s

echo '{"not":"it"}' >"$dir/other.json"
echo '{"tokens":' >"$dir/half.json"
: >"$dir/empty.json"
for kind in claude codex gemini antigravity droid; do
    wrong "$kind, a file of something else" 'has no\|is no\|have no' crs account add "$kind" --import "$dir/other.json"
    wrong "$kind, half a file" 'file: ' crs account add "$kind" --import "$dir/half.json"
done
wrong 'vertex, a file of something else' 'no service account file' \
    crs account add vertex --region us-east5 --import "$dir/other.json"
wrong 'vertex without its region' "needs 'region'" crs account add vertex --import "$dir/other.json"
wrong 'an empty file' 'holds no secret' crs account add codex --import "$dir/empty.json"
wrong 'a file that is not there' 'no such file' crs account add codex --import "$dir/none.json"
wrong 'a directory' 'directory' crs account add codex --import "$dir"
wrong 'bedrock, a file without keys' 'no AWS keys' \
    crs account add bedrock --region us-east-1 --import "$dir/other.json"
wrong 'bedrock without its region' "needs 'region'" crs account add bedrock --import "$dir/other.json"
wrong 'azure without an address' "needs 'url'" crs account add azure-openai --import "$dir/other.json"
wrong 'an address that is none' 'is no address' crs account add ccr --url ftp://x --key-file "$dir/half.json"
wrong 'an API key for a kind that has none' 'not added with a key' \
    crs account add codex --key-file "$dir/half.json"
if [ "$(id -u)" -ne 0 ]; then
    chmod 0 "$dir/half.json"
    wrong 'a file that may not be read' 'denied' crs account add codex --import "$dir/half.json"
fi

# A proxy where nobody listens, and one that takes the connection and says nothing.
node -e 'const s = require("net").createServer(() => {}).listen(0, "127.0.0.1",
    () => require("fs").writeFileSync(process.argv[1], String(s.address().port)))' "$dir/mute.port" &
mute_pid=$!
wait_for 10 test -s "$dir/mute.port"
begin claude --proxy http://127.0.0.1:9
wrong_paste 'a proxy where nobody listens' '127.0.0.1:9\|proxy' CANARY-code-1234
wrong 'device code over a proxy where nobody listens' '127.0.0.1:9\|proxy' \
    crs account add droid --device --proxy http://127.0.0.1:9
wrong 'a proxy of a kind that is none' 'unknown kind of proxy' crs account add droid --device --proxy gopher://x
begin claude --proxy "http://127.0.0.1:$(cat "$dir/mute.port")"
wrong_paste 'a proxy that does not answer' 'time\|proxy' CANARY-code-1234
kill "$mute_pid"
wait "$mute_pid" 2>/dev/null

[ "$(crs account list -o name | wc -l)" -eq 0 ] && ok "none of these made an account" ||
    fail "accounts were made: $(crs account list -o name)"
grep -q CANARY "$dir/relay.log" && fail "a pasted code is in the log" || ok "no code is in the log"
