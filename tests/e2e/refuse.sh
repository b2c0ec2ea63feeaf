# What the relay refuses, as the user of each client reads it. Each case is a key of its own:
#   402 its money is spent, 403 not this model, not this client, 429 its window is used up,
#   503 its account is off. $case_text is the sentence, $key the key.
# shellcheck shell=sh disable=SC2154

# refusals WHAT CLIENT_NAME ACCOUNT COMMAND...: all cases. COMMAND runs the client with $key; the
# first run of the cases 402 and 429 uses up what the key has.
refusals() {
    refusals_at_once "$@"
    refusals_later "$@"
}

# Those that no client tries again.
refusals_at_once() {
    what=$1 name=$2 account=$3
    shift 3

    key "$name-money" --accounts "$account" --total-cost 0.000001
    "$@" "[[fake: words=1]] hello"
    "$@" "[[fake: words=1]] hello"
    refused "$what: 402" "total cost limit of the relay key '$name-money' reached"

    key "$name-model" --accounts "$account" --models "no-such-*"
    "$@" "[[fake: words=1]] hello"
    refused "$what: 403 model" "the relay key '$name-model' may not use this model"

    key "$name-client" --accounts "$account" --clients "${other_client-curl}"
    "$@" "[[fake: words=1]] hello"
    refused "$what: 403 client" "the relay key '$name-client' may not be used by this client"
}

# Those that may heal.
refusals_later() {
    what=$1 name=$2 account=$3
    shift 3

    key "$name-rate" --accounts "$account" --rate-requests 1 --rate-window 2h
    "$@" "[[fake: words=1]] hello"
    "$@" "[[fake: words=1]] hello"
    limit="request limit of the relay key '$name-rate' reached"
    refused "$what: 429" "${rate_text-$limit}"

    key "$name-off" --accounts "$account"
    crs account off "$account" >/dev/null 2>&1
    "$@" "[[fake: words=1]] hello"
    crs account on "$account" >/dev/null 2>&1
    refused "$what: 503" "no upstream account can serve this request"
}

# curl_refused PATH: a key for one client does not work with curl.
curl_refused() {
    status=$(curl -sS --noproxy '*' -o "$dir/out" -w '%{http_code}' "$relay$1" \
        -H "authorization: Bearer $key" -H 'content-type: application/json' \
        -d '{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hello"}]}')
    [ "$status" = 403 ] && grep -q 'may not be used by this client' "$dir/out" &&
        ok "curl is refused with that key" || fail "curl was answered $status: $(cat "$dir/out")"
}
