#!/usr/bin/env bash
# Golden screens: crs-tui in tmux before a real relay with scripted traffic; each case is a file of keys,
# each picture is compared with the one kept beside it.
#   screens.sh BUILD_DIR [--update] [CASE...]
# Status 0: all alike; 1: some differ (the difference is shown); 77: a tool is missing.
set -u
here=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
build=$(cd "${1:?screens.sh BUILD_DIR [--update] [CASE...]}" && pwd) || exit 1
shift
update=
[ "${1-}" = --update ] && update=1 && shift
for tool in tmux perl curl; do
    command -v $tool >/dev/null || { echo "screens.sh: no $tool here"; exit 77; }
done
relay_program=$build/relay/crs-relay crs_program=$build/tui/crs/crs
fake_program=$build/tests/crs-fake-upstream
tui_program=${CRS_TUI_PROGRAM:-$build/tui/dash/crs-tui} # another build of it: with sanitizers
export LC_ALL=C.UTF-8

passed=0 failed=0

. "$here/rig.sh"
. "$here/hand.sh"

# With the looks in it, as <38,5,116>, the first line stays away: no sign of it is in its place then.
picture() {
    if [ -n "$with_looks" ]; then
        mux capture-pane -p -e -t 0 | perl -pe '$. == 1 and $_ = ""; s/\e\[([0-9;]*)m/"<" . ($1 =~ y,;,\,,r) . ">"/ge'
    else
        mux capture-pane -p -t 0
    fi | perl "$here/normalise.pl" "$dir" "$@"
}

# The picture once it is the same three times.
settled() {
    before='' same=0 now=$(picture "$@")
    for _ in $(seq 50); do
        [ "$now" = "$before" ] && same=$((same + 1)) || same=0
        [ $same = 2 ] && break
        before=$now
        sleep 0.12
        now=$(picture "$@")
    done
    printf '%s\n' "$now"
}

cursor_at() { [ "$(mux display-message -p -t 0 '#{cursor_x},#{cursor_y}')" = "$1" ]; }

# A button at a place, in the coding that TERM says; rows and columns from 0.
button() { # CODE X,Y
    mux send-keys -t 0 -H 1b 5b 4d "$1" "$(printf %x $((${2%,*} + 33)))" "$(printf %x $((${2#*,} + 33)))"
}

step() { # WORD REST
    case $1 in
    key) for k in $2; do mux send-keys -t 0 "$k"; done ;;
    type) mux send-keys -t 0 -l -- "$2" ;;
    paste) mux set-buffer -- "$2" && mux paste-buffer -p -t 0 ;;
    see) wait_for 6 shows "$2" || { echo "      never saw '$2'"; return 1; } ;;
    gone) wait_for 6 gone "$2" || { echo "      '$2' stayed"; return 1; } ;;
    resize) mux resize-window -t 0 -x "${2%x*}" -y "${2#*x}" ;;
    browse) browse ;;
    click) button 20 "$2" && button 23 "$2" ;;
    wheel) button 61 "$2" ;;
    relay) case $2 in
        stop) kill "$relay_pid"; wait "$relay_pid" 2>/dev/null ;;
        start) rig_relay ;;
        esac ;;
    cursor) wait_for 6 cursor_at "$2" || { echo "      the cursor is not at $2"; return 1; } ;;
    keys) for name in $2; do crs key create "$name" --secret-only >/dev/null || return 1; done ;;
    hold) ask "$alice" claude-opus-4-5 "$2" >/dev/null & held_pids="${held_pids-} $!" ;;
    *) echo "      no such step '$1'"; return 1 ;;
    esac
}

run() { # CASE SIZE LOCALE
    [ -n "${CRS_TUI_ONLY-}" ] && [ "$CRS_TUI_ONLY" != "$2.$3" ] && return
    file=$here/cases/$1 options=$(sed -n 's/^options //p' "$here/cases/$1")
    masks=$(sed -n 's/^mask //p' "$file")
    case $3 in
    utf8) language=LC_ALL=C.UTF-8 ;;
    ascii) language=LC_ALL=C ;;
    zh_CN) language=LC_ALL=zh_CN.UTF-8 ;;
    esac
    with_looks=
    grep -q '^looks' "$file" && with_looks=1
    language="$language $(sed -n 's/^environment //p' "$file")"
    if grep -q '^config ' "$file"; then
        mkdir -p "$dir/own/crs"
        sed -n 's/^config //p' "$file" >"$dir/own/crs/config"
        language="$language XDG_CONFIG_HOME=$dir/own"
    fi
    # A server of its own each: the one before may still be going.
    socket=crs-tui-test-$$-$((passed + failed))
    mux -u -f "$here/tmux.conf" new-session -d -x "${2%x*}" -y "${2#*x}" -c "$dir" \
        "exec env $language $tui_program -H $dir/control.sock $options 2>>$dir/tui.err"
    status=0
    kill -0 "$relay_pid" 2>/dev/null || rig_relay
    while read -r word rest; do
        case $word in '' | '#'* | sizes | locales | options | mask | looks | environment | config) continue ;; esac
        step "$word" "$rest" || status=1
    done <"$file"
    settled $masks >"$dir/now"
    mux kill-server 2>/dev/null
    compare "$1.$2.$3" $status
}

compare() { # NAME STATUS
    golden=$here/golden/$1.txt
    if [ -n "$update" ] && [ "$2" = 0 ]; then
        cp "$dir/now" "$golden"
        passed=$((passed + 1))
    elif [ "$2" = 0 ] && diff -u "$golden" "$dir/now" >"$dir/diff" 2>&1; then
        say "ok    $1"
        passed=$((passed + 1))
    else
        say "FAIL  $1"
        cat "$dir/diff" 2>/dev/null || cat "$dir/now"
        cp "$dir/now" "${CRS_TUI_OUT:-$dir}/$1.now" 2>/dev/null
        failed=$((failed + 1))
    fi
    rm -f "$dir/diff"
}

finish() {
    [ -n "${socket-}" ] && mux kill-server 2>/dev/null
    rig_stop
}

rig_start || exit 1
trap finish EXIT
trap 'exit 130' INT TERM
rig_traffic || exit 1
cases=${*:-$(cd "$here/cases" && ls)}
for name in $cases; do
    sizes=$(sed -n 's/^sizes //p' "$here/cases/$name")
    locales=$(sed -n 's/^locales //p' "$here/cases/$name")
    for size in ${sizes:-80x24 120x40}; do
        for locale in ${locales:-utf8 ascii zh_CN}; do
            run "$name" "$size" "$locale"
        done
    done
done
if [ -s "$dir/tui.err" ]; then
    say "FAIL  crs-tui wrote to standard error:"
    head -n 60 "$dir/tui.err"
    failed=$((failed + 1))
fi
say "$passed pictures as they should be, $failed not"
[ $failed = 0 ]
