# Every kind of account, added in each way that it has, tested, and kept alive past its token.
# shellcheck shell=sh disable=SC2154

# began KIND NAME OPTIONS...: a sign-in up to the code; $session, $code and $state are its own.
began() {
    kind=$1 name=$2
    shift 2
    begun=$(crs account add "$kind" --name "$name" "$@" --begin) || { fail "begin $kind"; return 1; }
    session=$(printf '%s' "$begun" | node -pe 'JSON.parse(fs.readFileSync(0)).session')
    url=$(printf '%s' "$begun" | node -pe 'JSON.parse(fs.readFileSync(0)).url')
    state=$(node -pe 'new URL(process.argv[1]).searchParams.get("state")' "$url")
    code=$(curl -fsS --noproxy '*' "$url") || fail "$kind: the person found no page at $url"
}

# pasted WHAT TEXT: ends the sign-in that was begun; refused when WHAT begins with "not".
pasted() {
    printf '%s\n' "$2" | crs account add "$kind" --name "$name" --finish "$session" --code-stdin \
        >"$dir/out" 2>&1 && done=yes || done=no
    case "$1:$done" in
    not*:no | [!n]*:yes) ok "account add $kind: $1" ;;
    *) fail "account add $kind: $1: $(cat "$dir/out")" ;;
    esac
}

# shows NAME TEXT WHAT
shows() {
    crs account show "$1" >"$dir/out" 2>&1
    grep -q -- "$2" "$dir/out" && ok "account show $1: $3" || fail "$3 is not in: $(cat "$dir/out")"
}

began claude claude-1 && pasted "code#state" "$code#$state"
began claude claude-2 --mode setup-token && pasted "setup token" "$code"
began claude claude-3 && pasted "not a wrong code" "CANARYwrong-code"
began claude claude-4 && pasted "not the code of another sign-in" "$code#another-state"
began codex codex-1 --mode code &&
    pasted "whole address" "http://localhost:1455/auth/callback?code=$code&state=$state"
began gemini gemini-1 && pasted "code" "$code"
began antigravity antigravity-1 &&
    pasted "whole address" "http://localhost:45462/?state=$state&code=$code"
by_device codex-2 codex
by_device droid-1 droid

echo sk-ant-test-key | added claude-console console-1 --key-stdin
echo other-host-key | added ccr ccr-1 --url "$fake" --key-stdin
echo sk-test-key | added openai-responses openai-1 --key-stdin
echo azure-test-key | added azure-openai azure-1 --url "$fake" --deployment gpt-test --key-stdin
echo AIza-test-key | added gemini-api gemini-api-1 --key-stdin
echo AKIATEST:secret-test-key | added bedrock bedrock-1 --region us-east-1 --key-stdin
echo fk-test-key | added droid droid-2 --mode key --key-stdin

# Several keys in one account: the first is refused, the second answers, and stays.
printf 'bad-key, fk-good\n' | added droid droid-keys --mode key --key-stdin
tested droid-keys
spare=$(crs account show droid-keys --json --fields spare_keys)
[ "$spare" = '{"spare_keys":null}' ] && ok "the refused key is gone" || fail "spare keys: $spare"
printf 'bad-1 bad-2 fk-good\n' | added droid droid-more --mode key --key-stdin
key droid-more --accounts droid-more
status=$(curl -sS --noproxy '*' --max-time 30 -o "$dir/out" -w '%{http_code}' \
    "$relay/droid/claude/v1/messages" -H "authorization: Bearer $key" \
    -H 'content-type: application/json' \
    -d '{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"hello"}]}')
[ "$status" = 200 ] && ok "a request goes on with the third key" || fail "$status: $(cat "$dir/out")"

# The files that clients write.
printf '[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s1\n
[work]\naws_access_key_id=AKIAWORK\naws_secret_access_key = s2\naws_session_token = t2\n' >"$dir/aws"
added bedrock bedrock-2 --region us-east-1 --import "$dir/aws" --profile work
crs account add bedrock --region us-east-1 --import "$dir/aws" --profile none >"$dir/out" 2>&1 ||
    grep -q "has no profile 'none'" "$dir/out" && ok "a profile that is not there" || fail "profile none"
echo '{"claudeAiOauth":{"accessToken":"sk-ant-oat01-import","refreshToken":"seed-claude",
  "expiresAt":4102444800000,"scopes":["user:inference","user:profile"],
  "subscriptionType":"max"}}' >"$dir/claude.json"
added claude claude-5 --import "$dir/claude.json"
claims=$(node -pe 'Buffer.from(JSON.stringify({ email: "fake@example.org",
    "https://api.openai.com/auth": { chatgpt_account_id: "acct-import" } })).toString("base64url")')
echo '{"OPENAI_API_KEY":null,"tokens":{"id_token":"e30.'"$claims"'.c2ln","access_token":"oai-import",
  "refresh_token":"seed-codex","account_id":"acct-import"}}' >"$dir/codex.json"
added codex codex-3 --import "$dir/codex.json"
echo '{"access_token":"ya29-import","refresh_token":"seed-gemini","expiry_date":4102444800000}' \
    >"$dir/gemini.json"
added gemini gemini-2 --import "$dir/gemini.json"
echo '{"access_token":"wos-import","refresh_token":"seed-droid"}' >"$dir/droid.json"
added droid droid-3 --import "$dir/droid.json"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$dir/key.pem" 2>/dev/null
node -p 'JSON.stringify({ type: "service_account", project_id: "fake-project",
    private_key: fs.readFileSync(process.argv[1], "utf8"),
    client_email: "relay@fake-project.iam.gserviceaccount.com" })' "$dir/key.pem" >"$dir/service.json"
added vertex vertex-1 --region us-east5 --import "$dir/service.json"

for name in claude-1 claude-2 codex-1 codex-2 gemini-1 antigravity-1 droid-1 console-1 ccr-1 openai-1 \
    azure-1 gemini-api-1 bedrock-1 bedrock-2 droid-2 claude-5 codex-3 gemini-2 droid-3 vertex-1; do
    tested "$name"
done
shows claude-1 41 "the five-hour window"
shows claude-1 22 "the seven-day window"
shows codex-1 12.5 "the short window"
shows codex-1 fake@example.org "whose it is"
shows gemini-1 fake-project "the project"
shows droid-1 org_fake_1 "the organisation"

# asked PATH BODY: a request with $key is answered 200.
asked() {
    status=$(curl -sS --noproxy '*' --max-time 30 -o "$dir/out" -w '%{http_code}' "$relay$1" \
        -H "authorization: Bearer $key" -H 'content-type: application/json' -d "$2")
    [ "$status" = 200 ]
}
calls() { fake_get counters | node -pe 'JSON.parse(fs.readFileSync(0)).calls[process.argv[1]] ?? 0' "$1"; }
renewed() { [ "$(calls refresh)" -ge 1 ] || [ "$(calls statement)" -ge 2 ]; }

# outlives NAME PATH BODY: the token of the account was made short, so it is renewed before its end,
# and requests after that know of nothing.
outlives() {
    fake_post config '{}'
    wait_for 30 renewed || fail "$1: was not renewed"
    key "$1" --accounts "$1"
    asked "$2" "$3" || fail "$1: answered $status after the renewal: $(cat "$dir/out")"
    [ "$(calls 401)" -eq 0 ] && ok "$1 outlives its token" || fail "$1: a dead token was sent"
}
short() {
    fake_post reset '{}'
    fake_post config '{"expires_in":12}'
}

hello='{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"hello"}]}'
short
signed_in claude-short claude
outlives claude-short /api/v1/messages "$hello"
short
signed_in codex-short codex --mode code
outlives codex-short /openai/responses '{"model":"gpt-5.4","input":"hello"}'
short
signed_in gemini-short gemini
outlives gemini-short /gemini/v1beta/models/gemini-2.5-flash:generateContent \
    '{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}'
short
added vertex vertex-short --region us-east5 --import "$dir/service.json"
outlives vertex-short /api/v1/messages "$hello"
short
by_device droid-short droid
outlives droid-short /droid/claude/v1/messages "$hello"
