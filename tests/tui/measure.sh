#!/usr/bin/env bash
# Figures of the terminal programs, as a table to read; no test: a busy machine makes them worse.
#   measure.sh BUILD_DIR      needs tmux, perl, curl
set -u
here=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
build=${1:?measure.sh BUILD_DIR}
relay_program=$build/relay/crs-relay crs_program=$build/tui/crs/crs fake_program=$build/tests/crs-fake-upstream
tui_program=$build/tui/dash/crs-tui
export LC_ALL=C.UTF-8
. "$here/rig.sh"
. "$here/hand.sh"

row() { printf '%-58s %-14s %s\n' "$1" "$2" "$3"; }
now_ms() { perl -MTime::HiRes=time -e 'printf "%d\n", time * 1000'; }
spent() { awk '{ print ($14 + $15) * 10 }' "/proc/$1/stat"; } # ms, at 100 ticks a second
# until COMMAND...: looked at without a pause, at most ten seconds; how many ms it took.
until_ms() {
    local from to
    from=$(now_ms)
    to=$((SECONDS + 10))
    until "$@"; do [ $SECONDS -lt $to ] || break; done
    echo $(($(now_ms) - from))
}
# best N COMMAND...: the shortest of N runs, in ms of wall time and of CPU.
best() {
    perl -MTime::HiRes=time -e '
        my $n = shift; my ($wall, $cpu) = (1e9, 1e9);
        open(STDOUT_KEPT, ">&STDOUT"); open(STDOUT, ">/dev/null");
        for (1 .. $n) {
            my ($t, @c) = (time, times); system(@ARGV); my @d = times;
            my ($w, $u) = ((time - $t) * 1000, ($d[2] + $d[3] - $c[2] - $c[3]) * 1000);
            $wall = $w if $w < $wall; $cpu = $u if $u < $cpu;
        }
        printf STDOUT_KEPT "%.0f ms, CPU %.0f ms\n", $wall, $cpu;' "$@"
}
# The bytes that crs-tui sends to its terminal in SECONDS.
bytes_in() { # SECONDS
    local before
    before=$(stat -c %s "$dir/bytes")
    sleep "$1"
    echo $(($(stat -c %s "$dir/bytes") - before))
}
open_tui() { # [options]
    socket=crs-tui-measure-$$-$((++opened))
    : >"$dir/bytes"
    mux -u -f "$here/tmux.conf" new-session -d -x 120 -y 40 "exec $tui_program $*"
    mux pipe-pane -t 0 "cat >>$dir/bytes"
    tui_pid=$(mux display -p -t 0 '#{pane_pid}')
}
finish() {
    mux kill-server 2>/dev/null
    [ -n "${feed_pid-}" ] && kill "$feed_pid" 2>/dev/null
    rig_stop
}

minute=${CRS_MEASURE_MINUTE:-60} # seconds that are looked at, and counted as a minute
opened=0 socket=none
rig_start || exit 1
trap finish EXIT
rig_traffic >/dev/null 2>&1
row MEASURE GOAL FIGURE

crs key create n --count 1000 >/dev/null 2>&1
row "crs key list, 1,000 keys" '< 30 ms' "$(best 10 "$crs_program" key list)"
row "completion of a key name among 1,000" '< 100 ms' "$(best 10 "$crs_program" __complete key show n-9)"

painted() { mux capture-pane -p -t 0 2>/dev/null | grep -q 'LIVE'; }
least=99999
for _ in 1 2 3; do
    open_tui -H "$dir/control.sock"
    ms=$(until_ms painted)
    [ "$ms" -lt "$least" ] && least=$ms
    cpu=$(spent "$tui_pid")
    mux kill-server
done
row 'crs-tui: LIVE on the screen after start, tmux included' '< 150 ms' "$least ms, CPU $cpu ms"

open_tui -H "$dir/control.sock"
wait_for 10 painted
sleep 3
row 'bytes to the terminal a minute, idle dashboard' '< 3 KiB' "$(($(bytes_in "$minute") * 60 / minute)) bytes"
mux send-keys -t 0 4
for i in $(seq 50); do
    ask "$alice" claude-sonnet-4-5 'in=3000 out=4000 words=400 event_delay=100' >/dev/null &
    held_pids="${held_pids-} $!"
done
running() { crs status --json | tr -d ' \n' | grep -q '"running":[1-9][0-9]'; }
wait_for 10 running
sleep 2
row "bytes a second, $(crs status --json | tr -d ' \n' | sed 's/.*"running":\([0-9]*\).*/\1/') requests running, Requests" '< 6 KiB' "$(($(bytes_in 10) / 10)) bytes"
kill $held_pids 2>/dev/null
mux send-keys -t 0 1
wait_for 5 shows '[1 Dashboard]'

kill -9 "$relay_pid"
wait "$relay_pid" 2>/dev/null
wait_for 10 shows AWAY
sleep 4
"$relay_program" --config "$dir/relay.conf" >>"$dir/relay.log" 2>&1 &
relay_pid=$!
listens() { crs status >/dev/null 2>&1; }
until_ms listens >/dev/null
row 'relay killed and started: LIVE after it listens' '< 1 s' "$(until_ms painted) ms"
mux kill-server

# An ssh that is 200 ms away: what goes through it comes a fifth of a second later, both ways.
mkdir -p "$dir/bin"
cat >"$dir/bin/ssh" <<SSH
#!/usr/bin/env perl
use Time::HiRes qw(time sleep);
use IO::Select;
use IPC::Open2;
my \$pid = open2(my \$out, my \$in, "$crs_program", "-H", "$dir/control.sock", "dial-stdio");
my (@there, @back);
my \$sel = IO::Select->new(*STDIN, \$out);
for (;;) {
    for my \$h (\$sel->can_read(0.005)) {
        sysread(\$h, my \$b, 65536) or exit 0;
        push @{ \$h == \$out ? \\@back : \\@there }, [time + 0.1, \$b];
    }
    for ([\\@there, \$in], [\\@back, *STDOUT]) {
        my (\$q, \$to) = @\$_;
        syswrite(\$to, (shift @\$q)->[1]) while @\$q && \$q->[0][0] <= time;
    }
}
SSH
chmod +x "$dir/bin/ssh"
PATH=$dir/bin:$PATH open_tui -H ssh://far
wait_for 20 painted
sleep 1
for key in 3 2 3 2; do
    case $key in 2) head='[2 Accounts]' ;; 3) head='[3 Keys]' ;; esac
    mux send-keys -t 0 $key
    last=$(until_ms shows "$head")
done
row 'key to paint, the relay 200 ms away, tmux included' '< 50 ms' "$last ms"
mux kill-server

perl "$here/events.pl" "$dir/stream" 100000000 50 "$dir" 2>/dev/null &
feed_pid=$!
wait_for 5 test -S "$dir/stream"
open_tui -H "$dir/stream"
wait_for 10 painted
mux send-keys -t 0 4
sleep 2
before=$(spent "$tui_pid")
sleep 30
row 'CPU of crs-tui at 50 events a second, Requests' '< 2 %' "$(perl -e "printf '%.1f %%', ($(spent "$tui_pid") - $before) / 300") of a core"
