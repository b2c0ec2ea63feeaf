# Tokens that end while many wait: renewed once. Refused for good: a person is called, and what the
# account was is there again after the new sign-in. Every kind that renews.
# shellcheck shell=sh disable=SC2154

calls() { fake_get counters | node -pe 'JSON.parse(fs.readFileSync(0)).calls[process.argv[1]] ?? 0' "$1"; }

# The lives of tokens are longer than what the clock renews ahead, and shorter than what a request
# takes without asking: so the requests themselves find them wanting.
short() {
    fake_post reset '{}'
    fake_post config '{"expires_in":40}'
}

# one_of N: a request, or for a kind without clients a test; its status goes to a file of its own.
one_of() {
    if [ -z "$path" ]; then
        crs account test "$name" >/dev/null 2>&1 && echo 200 >"$dir/one.$1" || echo failed >"$dir/one.$1"
    else
        curl -sS --noproxy '*' --max-time 60 -o /dev/null -w '%{http_code}' "$relay$path" \
            -H "authorization: Bearer $key" -H 'content-type: application/json' -d "$body" \
            >"$dir/one.$1" 2>/dev/null
    fi
}

# 20 at once while the token is stale and its renewal takes its time.
many() {
    asked=$(($(calls refresh) + $(calls statement)))
    fake_post config '{"token_delay":700}'
    waiters=''
    for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        one_of "$n" &
        waiters="$waiters $!"
    done
    # shellcheck disable=SC2086 # a list
    wait $waiters
    good=$(cat "$dir"/one.* | grep -o 200 | wc -l)
    asked=$(($(calls refresh) + $(calls statement) - asked))
    [ "$good" -eq 20 ] && [ "$asked" -eq 1 ] && [ "$(calls 401)" -eq 0 ] &&
        ok "$name: 20 waited on one renewal" ||
        fail "$name: $good of 20 were answered, $asked renewals, $(calls 401) refused"
    rm -f "$dir"/one.*
}

# What must outlast a new sign-in.
kept() { crs account show "$name" --json --fields id,note,priority,keys,requests_today; }

# refused: the renewal is refused for good, and the account says what to do.
refused_for_good() {
    fake_post config '{"refresh_refused":1,"expires_in":40}'
    before=$(kept)
    wait_for 10 crs account renew "$name" && fail "$name: was renewed with a refused token"
    account_state "$name" login
    crs account show "$name" >"$dir/out"
    grep -q 'invalid_grant' "$dir/out" && grep -q "crs account login $name" "$dir/out" &&
        ok "$name: says why, and how it comes back" || fail "$name: says: $(grep reason "$dir/out")"
    crs status >"$dir/out"
    grep -q "$name" "$dir/out" && crs status --check >/dev/null 2>&1
    [ $? -eq 6 ] && ok "$name: asks for attention" || fail "$name: no attention: $(cat "$dir/out")"
    if [ -n "$path" ]; then
        one_of 1
        [ "$(cat "$dir/one.1")" = 503 ] && ok "$name: its key is told" || fail "$name: $(cat "$dir/one.1")"
    fi
    fake_post config '{}'
}

# Everything is as before but for the token.
same_again() {
    account_state "$name" ready
    [ "$(kept)" = "$before" ] && ok "$name: id, settings, keys and tally stayed" ||
        fail "$name: was $before, is $(kept)"
    one_of 1
    [ "$(cat "$dir/one.1")" = 200 ] && ok "$name: answers again" || fail "$name: $(cat "$dir/one.1")"
}

back_by_code() {
    begun=$(crs account login "$name" "$@" --begin)
    url=$(printf '%s' "$begun" | node -pe 'JSON.parse(fs.readFileSync(0)).url')
    session=$(printf '%s' "$begun" | node -pe 'JSON.parse(fs.readFileSync(0)).session')
    curl -fsS --noproxy '*' "$url" |
        crs account login "$name" --finish "$session" --code-stdin >"$dir/out" 2>&1 ||
        fail "account login $name: $(cat "$dir/out")"
    same_again
}

back_by_device() {
    begun=$(crs account login "$name" --device --begin)
    user_code=$(printf '%s' "$begun" | node -pe 'JSON.parse(fs.readFileSync(0)).user_code')
    session=$(printf '%s' "$begun" | node -pe 'JSON.parse(fs.readFileSync(0)).session')
    curl -fsS --noproxy '*' "$fake/fake/confirm?user_code=$user_code" >/dev/null
    crs account login "$name" --device --finish "$session" >"$dir/out" 2>&1 ||
        fail "account login $name: $(cat "$dir/out")"
    same_again
}

back_by_file() {
    crs account login "$name" --import "$1" >"$dir/out" 2>&1 ||
        fail "account login $name: $(cat "$dir/out")"
    same_again
}

# walk NAME PATH BODY BACK...: all of it for an account that was added a moment ago.
walk() {
    name=$1 path=$2 body=$3
    shift 3
    [ -n "$path" ] && key "key-$name" --accounts "$name"
    crs account edit "$name" --note "kept" --priority 7 -q
    many
    refused_for_good
    "$@"
}

hello='{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"hello"}]}'
parts='{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}'
short
signed_in claude-r claude
walk claude-r /api/v1/messages "$hello" back_by_code
short
signed_in codex-r codex --mode code
walk codex-r /openai/responses '{"model":"gpt-5.4","input":"hello"}' back_by_code --mode code
short
signed_in gemini-r gemini
walk gemini-r /gemini/v1beta/models/gemini-2.5-flash:generateContent "$parts" back_by_code
short
signed_in antigravity-r antigravity
walk antigravity-r '' '' back_by_code
short
by_device droid-r droid
walk droid-r /droid/claude/v1/messages "$hello" back_by_device
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$dir/key.pem" 2>/dev/null
node -p 'JSON.stringify({ type: "service_account", project_id: "fake-project",
    private_key: fs.readFileSync(process.argv[1], "utf8"),
    client_email: "relay@fake-project.iam.gserviceaccount.com" })' "$dir/key.pem" >"$dir/service.json"
short
added vertex vertex-r --region us-east5 --import "$dir/service.json"
walk vertex-r /api/v1/messages "$hello" back_by_file "$dir/service.json"
