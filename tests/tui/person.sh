#!/usr/bin/env bash
# A person's day at crs-tui, in tmux before a real relay: adds an account by code, makes a limited key, watches
# its request, cancels another, pauses the key, finds yesterday's dearest one. Meanwhile the terminal changes
# its size and the relay is killed and started, both at random out of a seed. After each step the screen is
# looked at: whole, alive, the same as drawn anew.
#   person.sh BUILD_DIR [SEED...]     status 0: well; 1: not; 77: a tool is missing
set -u
here=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
build=$(cd "${1:?person.sh BUILD_DIR [SEED...]}" && pwd) || exit 1
shift
for tool in tmux perl curl; do
    command -v $tool >/dev/null || { echo "person.sh: no $tool here"; exit 77; }
done
relay_program=$build/relay/crs-relay crs_program=$build/tui/crs/crs
fake_program=$build/tests/crs-fake-upstream
tui_program=${CRS_TUI_PROGRAM:-$build/tui/dash/crs-tui}
export LC_ALL=C.UTF-8
patience=15 # seconds for what takes a moment on a machine at rest
terms=(tmux-256color xterm-256color screen linux vt100)
sizes=(40x12 60x20 79x23 80x24 100x30 120x40 200x60)
. "$here/rig.sh"
. "$here/hand.sh"

trouble() {
    say "FAIL  seed $seed, $TERM_OF_PERSON, ${width}x$height, at '$doing': $*"
    mux capture-pane -p -t 0
    tail -n 5 "$dir/relay.log"
    exit 1
}

# --- the terminal

resize() { # WIDTHxHEIGHT
    width=${1%x*} height=${1#*x}
    mux resize-window -t 0 -x "$width" -y "$height"
    sized() { [ "$(mux display -p -t 0 '#{pane_width}x#{pane_height}')" = "${width}x$height" ]; }
    wait_for 5 sized || trouble "tmux does not take the size"
}

# Any size, of the usual ones or not; now and then one that is too small for anything.
resize_somehow() {
    case $((RANDOM % 6)) in
    0) resize "$((20 + RANDOM % 30))x$((6 + RANDOM % 8))" ;;
    1 | 2) resize "$((40 + RANDOM % 161))x$((12 + RANDOM % 49))" ;;
    *) resize "${sizes[RANDOM % ${#sizes[@]}]}" ;;
    esac
}

# Who must read something makes room for it.
make_room() {
    [ "$width" -ge 80 ] && [ "$height" -ge 24 ] && return
    resize "$((80 + RANDOM % 121))x$((24 + RANDOM % 37))"
}

# --- the relay

kill_relay() {
    kill -9 "$relay_pid"
    wait "$relay_pid" 2>/dev/null
    killed=$((killed + 1))
}

# The next key must not meet the frame before: that the relay is gone is seen first.
restart_relay() {
    kill_relay
    if [ $((RANDOM % 3)) = 1 ]; then
        rig_relay || trouble "the relay does not come back"
        kill_relay
    fi
    wait_for $patience gone LIVE || trouble "the relay is gone and the screen does not say so"
    rig_relay || trouble "the relay does not come back"
}

live() {
    [ "$width" -ge 40 ] || make_room
    wait_for $patience shows 'LIVE' || trouble "never LIVE again"
}

# --- looking

masked() { sed -E 's/[0-9]+([.,:][0-9]+)*(ms|[kMsmhd])?/0/g; s/ +/ /g; s/ $//'; }
screen() { mux capture-pane -p -t 0; }

# The same four times in a row, moving figures apart.
calm() {
    local before='' now same=0
    for _ in $(seq 60); do
        now=$(screen | masked)
        [ "$now" = "$before" ] && same=$((same + 1)) || same=0
        [ $same = 3 ] && break
        before=$now
        sleep 0.05
    done
    printf '%s\n' "$now"
}

# The frame is whole at this size.
framed() {
    screen | W=$width H=$height perl -CS -Mutf8 -e '
        my ($w, $h) = @ENV{qw(W H)};
        my @l = map { chomp; $_ } <STDIN>;
        sub bad { print "@_\n"; exit 1 }
        bad("too small a screen without the sentence for it") if ($w < 40 || $h < 12) && "@l" !~ /needs 40x12|q +quit|Q +quit/s;
        exit 0 if $w < 40 || $h < 12;
        bad("remains of a control sequence: $1") if "@l" =~ /(\x{FFFD}|\e|\[\d+(;\d+)*m(?! *\])|\?2026|\?2004)/;
        bad("the first line: $l[0]") if $l[0] !~ ($w < 80 ? qr/^ [1-6] \w.* \d\d:\d\d:\d\d$/ : qr/^ crs-tui .* \d\d:\d\d:\d\d$/);
        bad("the clock is not at the right end") if length($l[0]) != $w - 1;
        bad("the tabs: $l[1]") if $w >= 80 && $l[1] !~ /^ .*\[[1-6] \w+\].*\? help$/;
        bad("the rule: $l[2]") if $w >= 80 && $l[2] ne "-" x $w;
        bad("nothing in the last line") if $l[$h - 1] !~ /\S/;'
}

# Nothing stands there that a full redraw takes away. What has another state of the connection by then is looked
# at again, and so is what only came late; what is moving is drawn anew and must be whole.
state() { sed -n '1s/ [0 ]*$//; 1s/.* //p' "$1"; }
redrawn() {
    local gone
    [ "$1" = moving ] && { press C-l; return; }
    for _ in 1 2 3 4; do
        calm >"$dir/before"
        press C-l
        sleep 0.05
        calm >"$dir/after"
        gone=$(diff "$dir/before" "$dir/after" | grep '^< *[^ <]')
        [ -z "$gone" ] && cmp -s "$dir/before" "$dir/after" && return
        [ -n "$gone" ] && [ "$(state "$dir/before")" = "$(state "$dir/after")" ] && break
    done
    [ -z "$gone" ] && return
    diff "$dir/before" "$dir/after"
    return 1
}

# The clock goes on.
ticks() {
    local before
    before=$(screen | sed -n '1s/.* //p')
    moved() { [ "$(screen | sed -n '1s/.* //p')" != "$before" ]; }
    wait_for $patience moved
}

sound() { # [moving]
    local why
    looked=$((looked + 1))
    # A frame after a new size may be under way.
    wait_for 3 framed || { why=$(framed); trouble "not whole: $why"; }
    why=$(redrawn "${1-still}") || trouble "other after a redraw: $why"
    wait_for 3 framed || { why=$(framed); trouble "not whole after a redraw: $why"; }
    [ $((looked % 4)) = 0 ] && [ "$width" -ge 40 ] && [ "$height" -ge 12 ] &&
        { ticks || trouble "frozen"; }
    return 0
}

# --- doing

step() { doing=$*; }
press() { for k in "$@"; do mux send-keys -t 0 "$k"; done; }
write() { mux send-keys -t 0 -l -- "$1"; }
see() {
    make_room
    wait_for $patience shows "$1" || trouble "never saw '$1'"
}

# What may happen between two steps: "size" where the relay is needed without a break.
meanwhile() { # size|any [moving]
    resize_somehow
    if [ "$1" = any ] && [ $((RANDOM % 4)) = 0 ]; then
        restart_relay
        live
    fi
    sound "${2-still}"
    live
}

# The field whose label begins so is the present one.
at_field() { screen | grep -q "^> $1"; }
to_next_field() { # KEY
    local before
    before=$(screen | grep '^>')
    press "$1"
    stepped() { [ "$(screen | grep '^>')" != "$before" ]; }
    wait_for 5 stepped
}
reach() {
    make_room
    for _ in $(seq 50); do
        at_field "$1" && return
        to_next_field Tab || trouble "Tab does nothing"
    done
    trouble "no field '$1'"
}

# --- the day

yesterday() {
    rig_traffic
}

today() {
    kill "$relay_pid" && wait "$relay_pid" 2>/dev/null
    clock_file 0
    rig_relay || return 1
    ask "$alice" claude-opus-4-5 'in=90000 out=9000' >"$dir/answer.6"
}

add_an_account() {
    step "adding an account"
    press 2
    see spare
    press a
    see 'signed in with a browser'
    meanwhile any
    press Enter
    see priority
    write 'eu-max'
    step "the relay goes while the form is open"
    kill_relay
    wait_for $patience shows AWAY || trouble "the relay is gone and the screen does not say so"
    write '-2'
    sound
    rig_relay || trouble "the relay does not come back"
    live
    meanwhile any
    see 'eu-max-2'
    step "signing in"
    press C-s
    see 'Paste what the page shows'
    meanwhile size
    make_room
    browse || trouble "no address"
    see 'state matches'
    step "the relay goes between the address and the code"
    restart_relay
    live
    make_room
    press Enter
    see 'here is a new one'
    browse || trouble "no new address"
    see 'state matches'
    meanwhile size
    press Enter
    see 'status 200'
    sound
    press Enter
    see '>eu-max-2'
}

make_a_key() {
    step "making a key"
    press 3
    see alice-laptop
    meanwhile any
    press c
    see template
    write 'person-key'
    reach 'daily cost'
    write 2.5
    meanwhile any
    reach 'at once'
    write 3
    step "the relay goes while the key is made"
    restart_relay
    live
    sound
    reach clients
    press Right Space
    see '\[x\] claude-code|[x] claude-code'
    meanwhile any
    for field in 'name .*person-key' 'daily cost .*2\.5' 'at once .*3' 'clients .*\[x\] claude-code'; do
        press BTab
        until screen | grep -q "^[> ] $field"; do
            at_field name && break
            to_next_field BTab || trouble "no way back to '$field'"
        done
        screen | grep -q "^[> ] $field" || [ "$field" != "${field#clients}" ] || at_field name || trouble "'$field' is lost"
    done
    press C-s
    see 'shown once'
    sound
    secret=$(screen | grep -o 'cr_[0-9a-f]\{64\}' | head -n 1)
    [ -n "$secret" ] || trouble "no secret to copy"
    meanwhile size
    press Escape
    see 'person-key'
    got=$(crs key show person-key --json | tr -d ' \n')
    for part in '"daily_cost":2.5' '"at_once":3' '"clients":\["claude-code"\]'; do
        grep -q "$part" <<<"$got" || trouble "the key was made without $part"
    done
}

# As the client sends it that the key is for: with all that it is told by.
ask_as_claude_code() { # WORDS
    local id
    id=user_$(printf '0%.0s' $(seq 64))_account__session_01234567-89ab-4def-8123-456789abcdef
    curl -sN --noproxy '*' --max-time 20 "$relay/api/v1/messages" -H "x-api-key: $secret" \
        -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' -H 'x-app: cli' \
        -H 'anthropic-beta: claude-code-20250219' -H 'user-agent: claude-cli/2.1.4 (external, cli)' \
        -d "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":64,\"stream\":true,\"metadata\":{\"user_id\":\"$id\"},\"messages\":[{\"role\":\"user\",\"content\":\"[[fake: $1]]\"}]}"
}

watch_a_request() {
    step "watching a request"
    press 4
    see opus-4-5
    ask_as_claude_code 'in=3000 out=400 words=30 event_delay=120' >"$dir/answer.7" &
    local client=$!
    see 'person-key'
    see 'stream'
    meanwhile size moving
    wait $client
    grep -q message_stop "$dir/answer.7" || trouble "the request did not end well"
    make_room
    ended() { screen | grep -E '^[> ].*person-k' | grep -q '200 done'; }
    wait_for $patience ended || trouble "its end is not on the screen"
    press g Enter
    see 'cost'
    see 'cost         $0.02'
    sound
    press Escape
    step "a client that the key is not for"
    local status
    status=$(curl -s -o /dev/null -w '%{http_code}' --noproxy '*' "$relay/api/v1/messages" -H "x-api-key: $secret" \
        -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' -H 'user-agent: curl/8' \
        -d '{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"x"}]}')
    [ "$status" = 403 ] || trouble "another client got $status"
}

cancel_a_request() {
    step "cancelling a request"
    ask "$alice" claude-opus-4-5 'out=100 hang=3' >"$dir/answer.8" 2>&1 &
    local client=$!
    running() { screen | grep -E '^[> ].*alice' | grep -qE 'stream|first'; }
    make_room
    wait_for $patience running || trouble "the second request does not show"
    meanwhile size moving
    make_room
    press g K
    see 'Cancel it'
    sound moving
    press Tab Enter
    wait $client
    cancelled() { screen | grep -E '^[> ].*alice' | head -n 1 | grep -qE 'cancel|ended|cut'; }
    wait_for $patience gone 'Cancel it' || trouble "the question stays"
    none_runs() { ! running; }
    wait_for $patience none_runs || trouble "the cancelled request still runs on the screen"
    sound
}

pause_the_key() {
    step "pausing the key"
    press 3
    see person-key
    meanwhile any
    press /
    see 'Enter keep'
    write person
    press Enter
    see '>person-key'
    restart_relay
    live
    see '>person-key'
    gone alice-laptop || trouble "the filter is lost"
    press x
    paused() { screen | grep -E '^>person-key' | grep -q paused; }
    make_room
    wait_for $patience paused || trouble "the key is not paused"
    sound
    press Escape
    see alice-laptop
}

find_the_dearest() {
    step "finding yesterday's dearest key"
    press 5
    see 'today'
    press Right
    see 'yesterday'
    meanwhile any
    make_room
    dearest() { screen | grep -A 1 '^ NAME' | grep -q '^[> ]nightly-batch .* 49%'; }
    wait_for $patience dearest || trouble "yesterday's dearest key is not the first row"
    ask "$alice" claude-opus-4-5 'in=50000 out=100' >/dev/null # today's: changes nothing of it
    sound
    dearest || trouble "yesterday changed"
    press Left
    pushed() { screen | grep -q '^[> ]alice-laptop .*  [23] .* 14[0-9]k '; }
    make_room
    wait_for $patience pushed || trouble "today is not brought up to date by itself"
}

leave() {
    step "leaving"
    press 1
    see 'Today'
    meanwhile any
    press Q
    ended() { [ -s "$dir/status" ]; } # tmux now and then knows nothing of how a pane ended
    wait_for $patience ended || trouble "it does not end"
    status=$(cat "$dir/status")
    [ "$status" = 0 ] || { head -n 60 "$dir/tui.err"; trouble "it ended with $status"; }
    [ ! -s "$dir/tui.err" ] || { head -n 60 "$dir/tui.err"; trouble "it wrote to standard error"; }
}

finish() {
    [ -n "${socket-}" ] && mux kill-server 2>/dev/null
    rig_stop
}

day() { # SEED
    seed=$1 first_day=-1 killed=0 looked=0 doing=beginning
    RANDOM=$seed
    TERM_OF_PERSON=${CRS_TUI_TERM:-${terms[seed % ${#terms[@]}]}}
    trap finish EXIT
    trap 'exit 130' INT TERM
    rig_start && yesterday >/dev/null 2>&1 && today || exit 1
    # For this terminal ncurses loads libgpm, which keeps ten bytes when it is unloaded.
    [ "$TERM_OF_PERSON" = linux ] && export ASAN_OPTIONS="detect_leaks=0:${ASAN_OPTIONS-}"
    socket=crs-tui-person-$$-$seed width=80 height=24
    mux -u -f "$here/tmux.conf" new-session -d -x 80 -y 24 -c "$dir" \
        "TERM=$TERM_OF_PERSON $tui_program -H $dir/control.sock 2>>$dir/tui.err; echo \$? >$dir/status"
    live
    add_an_account
    make_a_key
    watch_a_request
    cancel_a_request
    pause_the_key
    find_the_dearest
    leave
    say "ok    seed $seed: $TERM_OF_PERSON, $looked looks, relay killed $killed times, ${SECONDS}s"
}

status=0
for s in "${@:-1}"; do
    SECONDS=0
    (day "$s") || status=1
done
exit $status
