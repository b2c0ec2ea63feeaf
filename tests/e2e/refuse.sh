# What the relay refuses, as the user of each client reads it: the rows of refusals.txt, walked.
# shellcheck shell=sh disable=SC2154,SC2034,SC2046
. "$here/screen.sh"

# A suite gives: ask TEXT (a plain request with $key), $account, and for each client of the table a
# function show_CLIENT that runs the client with $key and says hello.

# The key of one refusal, and the relay's state in which it comes.
refusal_begin() {
    held=''
    key "$1" --accounts "$account" $(refusal_limits "$1")
    case "$1" in
    expired) wait_for 10 key_is expired ;;
    daily | window) ask "[[fake: words=1]] hello" >/dev/null ;;
    line)
        ask "[[fake: hang=0]] hello" >/dev/null 2>&1 &
        held=$!
        wait_for 10 key_has running 1
        ask "[[fake: hang=0]] hello" >/dev/null 2>&1 &
        held="$held $!"
        wait_for 10 key_has waiting 1
        ;;
    off) crs account off "$account" >/dev/null 2>&1 ;;
    resting)
        ask "[[fake: status=429 retry_after=7200]] hello" >/dev/null
        wait_for 10 account_is "$account" limited
        ;;
    esac
}

refusal_limits() {
    case "$1" in
    daily) echo --daily-cost 0.000001 ;;
    model) echo --models 'no-such-*' ;;
    client) echo --clients curl ;;
    expired) echo --expires "$(node -p 'new Date(Date.now() + 1500).toISOString()')" ;;
    window) echo --rate-requests 1 --rate-window 2h ;;
    line) echo --at-once 1 --in-line 1 --wait 10m ;;
    esac
}

refusal_end() {
    # shellcheck disable=SC2086 # a list
    [ -z "$held" ] || kill $held 2>/dev/null
    case "$1" in
    off) crs account on "$account" >/dev/null 2>&1 ;;
    resting) crs account reset "$account" >/dev/null 2>&1 ;;
    esac
}

key_is() { [ "$(crs key show "$refusal" --format '{state}')" = "$1" ]; }
key_has() { crs key show "$refusal" --json | grep -q "\"$1\": *$2"; }
account_is() { [ "$(crs account show "$1" --format '{state}')" = "$2" ]; }
refusals_logged() { tail -n "+$((log_from + 1))" "$dir/relay.log" | grep -c "info *flow .*refused .* with $1: "; }

# refusal_row CLIENT STATUS SECONDS REQUESTS TEXT
refusal_row() {
    log_from=$(wc -l <"$dir/relay.log")
    began=$(date +%s%N)
    : >"$dir/out"
    : >"$dir/err"
    client_pid='' client_timeout=$3 in_background=1 expected=$5
    "show_$1"
    in_background=''
    seen=no
    while took=$((($(date +%s%N) - began) / 100000000)) && [ "$took" -lt "${3}0" ]; do
        shown "$5" && seen=yes && break
        sleep 0.1
    done
    took=$((took / 10)).$((took % 10))
    asked=$(refusals_logged "$2")
    if [ "$seen" = no ]; then
        fail "$1, $refusal: not shown in $3 s ($asked requests): $(printf '%s' "$screen" | tail -c 700)"
    elif [ "$asked" -lt 1 ] || [ "$asked" -gt "$4" ]; then
        fail "$1, $refusal: $asked requests were refused with $2, not 1 to $4: $(tail -n "+$((log_from + 1))" "$dir/relay.log" | grep refused | head -n 3)"
    else
        ok "$1, $refusal: $2 shown after $took s, requests: $asked"
    fi
    terminal_end
    [ -z "$client_pid" ] || { kill "$client_pid" 2>/dev/null; wait "$client_pid" 2>/dev/null; }
    unset client_timeout
}

# refusals CLIENT...: the rows of these clients, refusal by refusal; CRS_E2E_REFUSALS: only those.
refusals() {
    for refusal in ${CRS_E2E_REFUSALS-daily model client expired window line off resting}; do
        refusal_begin "$refusal"
        for who; do
            rows=0
            while read -r row_client row_refusal row_status row_seconds row_requests row_text; do
                [ "$row_client $row_refusal" = "$who $refusal" ] || continue
                rows=$((rows + 1))
                refusal_row "$row_client" "$row_status" "$row_seconds" "$row_requests" "$row_text" </dev/null
            done <"$here/refusals.txt"
            [ "$rows" = 1 ] || fail "refusals.txt has $rows rows of $who, $refusal"
        done
        refusal_end "$refusal"
    done
}

# curl_refused PATH: a key for one client does not work with curl, and everybody can see why.
curl_refused() {
    status=$(curl -sS --noproxy '*' -D "$dir/head" -o "$dir/out" -w '%{http_code}' "$relay$1" \
        -H "authorization: Bearer $key" -H 'content-type: application/json' \
        -d '{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hello"}]}')
    id=$(tr -d '\r' <"$dir/head" | sed -n 's/^x-relay-request-id: //p')
    [ "$status" = 403 ] && grep -q "may not be used by this client (user agent 'curl/" "$dir/out" &&
        ok "curl is refused with that key" || fail "curl was answered $status: $(cat "$dir/out")"
    grep -q "$id refused .* with 403: .*may not be used by this client (user agent 'curl/.*client=curl" \
        "$dir/relay.log" && ok "the log says why" || fail "the log of $id: $(grep "$id" "$dir/relay.log")"
    crs request show "$id" >"$dir/out" 2>&1
    grep -q "may not be used by this client (user agent 'curl/" "$dir/out" &&
        ok "crs request show says why" || fail "crs request show: $(cat "$dir/out")"
}
