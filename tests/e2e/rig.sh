# One relay between a recorder in front and the fake upstream behind, in a directory of its own.
# Sourced by clients.sh; the suites use these words.
# shellcheck shell=sh disable=SC2154 # relay_program, crs_program, fake_program, here: of clients.sh

. "$source_dir/tests/rig.sh"

failures=0
checks=0

ok() {
    checks=$((checks + 1))
    say "ok    $*"
}
fail() {
    checks=$((checks + 1))
    failures=$((failures + 1))
    say "FAIL  $*"
}

fake_get() { curl -fsS --noproxy '*' "$fake/fake/$1"; }
fake_post() { curl -fsS --noproxy '*' "$fake/fake/$1" -d "$2" >/dev/null; }

rig_stop() {
    [ -z "${on_terminal-}" ] || terminal_end
    # shellcheck disable=SC2086 # a list
    rig_end "${CRS_E2E_KEEP-}" ${tee_pid-} ${relay_pid-} ${fake_pid-}
}

rig_start() {
    rig_dir e2e
    trap rig_stop EXIT
    trap 'exit 130' INT TERM
    export NO_COLOR=1
    # Where people are sent back to stays.
    rig_fake 'redirect_uri|\/auth\/|device_page' || exit 1
    sed -E 's/"(client_id|client_secret)": ""/"\1": "test"/' "$dir/providers.json" >"$dir/with_ids"
    mv "$dir/with_ids" "$dir/providers.json"
    rig_daemon '[log]
log_level = debug
[upstream]
renew_ahead = 10s' || exit 1

    : >"$dir/record"
    node "$here/tee.mjs" "$relay_port" "$dir/tee.port" "$dir/record" >"$dir/tee.log" 2>&1 &
    tee_pid=$!
    wait_for 10 test -s "$dir/tee.port" || { cat "$dir/tee.log"; exit 1; }
    relay=http://127.0.0.1:$(cat "$dir/tee.port")
    secrets=''
}

# key NAME OPTIONS...: a relay key; its secret is in $key afterwards.
key() {
    key=$(crs key create "$@" --secret-only) || { fail "key $1"; return 1; }
    secrets="$secrets $key"
}

# home NAME: a fresh home and working directory for a client, in $home and $work.
home() {
    home=$dir/home-$1 work=$dir/work-$1
    mkdir -p "$home" "$work"
    printf 'The magic word is xylophone.\n' >"$work/note.txt"
}

# client COMMAND...: runs it in $work as a person would, with nothing of this machine in its
# environment and nothing but the relay within reach. Output in $out, $dir/out and $dir/err, status
# in $rc. Where $in_background is set it is only started, as $client_pid.
client() {
    rc=0
    (cd "$work" && exec env -i PATH="$PATH" HOME="$home" TERM=dumb LANG=C.UTF-8 TMPDIR="$dir" \
        HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1,localhost \
        timeout "${client_timeout:-60}" "$@" </dev/null) >"$dir/out" 2>"$dir/err" &
    client_pid=$!
    [ -z "${in_background-}" ] || return 0
    wait "$client_pid" || rc=$?
    out=$(cat "$dir/out" "$dir/err")
}

# says WHAT TEXT: the client ended well and printed TEXT.
says() {
    case "$rc:$(cat "$dir/out")" in
    0:*"$2"*) ok "$1" ;;
    *) fail "$1: status $rc, printed: $(printf '%s' "$out" | tail -c 600)" ;;
    esac
}

# sdk WHAT SCRIPT ARGS...: a program of ours on a real SDK; it checks by itself.
sdk() {
    what=$1 script=$2
    shift 2
    client node "$here/$script" "$CRS_CLIENTS_DIR" "$relay" "$key" "$@"
    [ "$rc" -eq 0 ] && ok "$what: $(grep -c '^ok' "$dir/out") checks" || fail "$what: status $rc
$(grep -v '^ok' "$dir/out" | head -c 1500)$(head -c 800 "$dir/err")"
}

# Forgets what the upstream counted, remembers what is booked and where the record is.
mark() {
    fake_post reset '{}'
    record_from=$(wc -l <"$dir/record")
    crs usage --by account --json >"$dir/usage.before"
}

# faithful KIND: what was sent since mark reached the upstream as it was, but for what is documented.
faithful() {
    # shellcheck disable=SC2086 # secrets is a list
    if text=$(node "$here/faithful.mjs" "$dir/record" "$fake" "$record_from" 0 "$1" $secrets 2>&1); then
        ok "$1: $text"
    else
        fail "$1: not what was sent
$text"
    fi
}

# booked ACCOUNT [tokens]: the ledger of the account grew since mark by what the upstream told.
booked() {
    crs usage --by account --json >"$dir/usage.after"
    if text=$(node "$here/books.mjs" "$fake" "$dir/usage.before" "$dir/usage.after" "$@" 2>&1); then
        ok "$1: $text"
    else
        fail "$1: books
$text"
    fi
}

# account_state NAME WORD
account_state() {
    state=$(crs account show "$1" --format '{state}')
    [ "$state" = "$2" ] && ok "account $1 is $2" || fail "account $1 is '$state', not $2"
}

# signed_in NAME KIND [OPTIONS]: an account by sign-in with a pasted code, the fake plays the person.
signed_in() {
    name=$1 kind=$2
    shift 2
    began=$(crs account add "$kind" --name "$name" "$@" --begin) || { fail "sign-in of $name"; return 1; }
    url=$(printf '%s' "$began" | node -pe 'JSON.parse(fs.readFileSync(0)).url')
    session=$(printf '%s' "$began" | node -pe 'JSON.parse(fs.readFileSync(0)).session')
    code=$(curl -fsS --noproxy '*' "$url") || { fail "$name: the person found no page at $url"; return 1; }
    printf '%s\n' "$code" | crs account add "$kind" --name "$name" "$@" --finish "$session" \
        --code-stdin >"$dir/out" 2>&1 && ok "account add $kind: signed in as $name" ||
        fail "account add $kind: $(cat "$dir/out")"
}

# added KIND NAME OPTIONS...: an account whose secret comes from standard input or a file.
added() {
    kind=$1 name=$2
    shift 2
    crs account add "$kind" --name "$name" "$@" >"$dir/out" 2>&1 && ok "account add $kind" ||
        fail "account add $kind: $(cat "$dir/out")"
}

# tested NAME: crs account test succeeds.
tested() {
    text=$(crs account test "$1" 2>&1) && ok "account test $1" || fail "account test $1: $text"
}

# by_device NAME KIND: an account by device code, which the fake confirms.
by_device() {
    began=$(crs account add "$2" --name "$1" --mode device --begin) ||
        { fail "account add $2 by device"; return 1; }
    session=$(printf '%s' "$began" | node -pe 'JSON.parse(fs.readFileSync(0)).session')
    user_code=$(printf '%s' "$began" | node -pe 'JSON.parse(fs.readFileSync(0)).user_code')
    crs call oauth.poll login="$session" name="$1" >"$dir/out" 2>&1 &&
        fail "account add $2: was there before anybody confirmed"
    curl -fsS --noproxy '*' "$fake/fake/confirm?user_code=$user_code" >/dev/null ||
        fail "account add $2: nobody asked for the code '$user_code'"
    wait_for 10 crs call oauth.poll login="$session" name="$1" &&
        ok "account add $2 by device" || fail "account add $2 by device: $(cat "$dir/out")"
}
