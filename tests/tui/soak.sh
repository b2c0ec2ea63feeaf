#!/usr/bin/env bash
# Many events through who follows them: crs-tui on its Requests screen and crs event watch. Memory after a tenth of
# them and after all is the same within a MiB, and no event is missed.
#   soak.sh BUILD_DIR          CRS_SOAK_EVENTS: so many (default 15000, a few seconds; 24 hours at 50 a second are
#                              4320000, some minutes)
# Status 0: well; 1: not; 77: a tool is missing.
set -u
here=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
build=${1:?soak.sh BUILD_DIR}
events=${CRS_SOAK_EVENTS:-15000}
spread=${CRS_SOAK_SPREAD:-1024} # KiB; sanitizers keep some of what was freed
for tool in tmux perl; do
    command -v $tool >/dev/null || { echo "soak.sh: no $tool here"; exit 77; }
done
export LC_ALL=C.UTF-8 ASAN_OPTIONS="quarantine_size_mb=4:${ASAN_OPTIONS-}"
. "$here/rig.sh"
. "$here/hand.sh"
tui_program=${CRS_TUI_PROGRAM:-$build/tui/dash/crs-tui}
crs_program=$build/tui/crs/crs
nm "$tui_program" 2>/dev/null | grep -q '__asan_init\|__tsan_init' && spread=4096

dir=$(mktemp -d "${TMPDIR:-/tmp}/crs-soak.XXXXXX")
socket=crs-soak-$$
finish() {
    mux kill-server 2>/dev/null
    kill $watch_pid $feed_pid 2>/dev/null
    wait 2>/dev/null
    rm -rf "$dir"
}
watch_pid='' feed_pid=''
trap finish EXIT
trap 'exit 130' INT TERM
unset CRS_CONFIG CRS_HOST NO_COLOR
export XDG_CONFIG_HOME="$dir"

resident() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; } # KiB
spent() { awk '{ print ($14 + $15) * 10 }' "/proc/$1/stat"; } # ms, at 100 ticks a second

perl "$here/events.pl" "$dir/s" "$events" 0 "$dir" 2>"$dir/feed.err" &
feed_pid=$!
wait_for 10 test -S "$dir/s" || { cat "$dir/feed.err"; exit 1; }
mux -u -f "$here/tmux.conf" new-session -d -x 120 -y 40 "exec $tui_program -H $dir/s 2>$dir/tui.err"
tui_pid=$(mux display -p -t 0 '#{pane_pid}')
mux send-keys -t 0 4
watched=$dir/watched
[ "$events" -le 100000 ] || watched=/dev/null
"$crs_program" -H "$dir/s" event watch --output jsonl >"$watched" 2>"$dir/watch.err" &
watch_pid=$!

failed=0
look() { # NAME PID
    local name=$1 pid=$2 tenth all
    wait_for 600 test -e "$dir/$pid.10" || { say "FAIL  $name: no tenth of the events in ten minutes"; return 1; }
    tenth=$(resident "$pid")
    wait_for 3600 test -e "$dir/$pid.100" || { say "FAIL  $name: not all events in an hour"; return 1; }
    all=$(resident "$pid")
    say "$name: $events events, resident $tenth KiB after a tenth, $all KiB after all, $(spent "$pid") ms of CPU"
    [ $((all - tenth)) -le "$spread" ] || { say "FAIL  $name grows"; return 1; }
}
look crs-tui "$tui_pid" &
first=$!
look 'crs event watch' "$watch_pid" || failed=1
wait $first || failed=1
if [ "$watched" != /dev/null ]; then
    all_here() { [ "$(wc -l <"$watched")" = $((events + 1)) ]; } # with the snapshot
    wait_for 20 all_here || { say "FAIL  crs event watch wrote $(wc -l <"$watched") of $events lines"; failed=1; }
fi
wait_for 10 shows LIVE || { say "FAIL  crs-tui is not LIVE at the end"; mux capture-pane -p -t 0; failed=1; }
[ ! -s "$dir/tui.err" ] && [ ! -s "$dir/watch.err" ] || { cat "$dir/tui.err" "$dir/watch.err"; failed=1; }
exit $failed
