# A fake upstream and a relay before it, in a directory of their own ($dir). Sourced by the rigs of
# e2e and tui; source_dir, relay_program, crs_program, fake_program are of those who source them.
# shellcheck shell=sh disable=SC2034,SC2154
. "$source_dir/scripts/wait_for.sh"

say() { printf '%s\n' "$*"; }
crs() { "$crs_program" "$@"; }

# rig_dir NAME: the directory, and nothing of this machine's settings.
rig_dir() {
    dir=$(mktemp -d "${TMPDIR:-/tmp}/crs-$1.XXXXXX")
    mkdir -m 700 "$dir/state"
    unset CRS_CONFIG CRS_HOST http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
    export CRS_DATADIR="$source_dir/relay/data" CRS_SOCKET="$dir/control.sock"
}

# rig_fake PATTERN: the fake upstream as $fake, and provider endpoints that lead to it, but for the
# lines that match.
rig_fake() {
    "$fake_program" --port-file "$dir/fake.port" >"$dir/fake.log" 2>&1 &
    fake_pid=$!
    wait_for 10 test -s "$dir/fake.port" || { cat "$dir/fake.log"; return 1; }
    fake=http://127.0.0.1:$(cat "$dir/fake.port")
    sed -E "/$1/!s#https://[^/\"]+#$fake#" "$source_dir/relay/data/providers.json" >"$dir/providers.json"
}

# rig_daemon [SETTINGS]: the relay with settings of ours and these behind them. Started again it has
# the same port: $relay_port.
rig_daemon() {
    cat >"$dir/relay.conf" <<CONF
[data]
providers = $dir/providers.json
[relay]
listen = 127.0.0.1:${relay_port-0}
socket = $dir/control.sock
socket_group =
state_dir = $dir/state
${1-}
CONF
    "$relay_program" --config "$dir/relay.conf" >>"$dir/relay.log" 2>&1 &
    relay_pid=$!
    wait_for 15 crs status || { tail -n 5 "$dir/relay.log"; return 1; }
    relay_port=$(crs status --json | tr -d ' \n' | sed -n 's/.*"listen":\["[^"]*:\([0-9]*\)".*/\1/p')
}

# rig_end KEEP PID...: ends these, and keeps the directory when KEEP is not empty.
rig_end() {
    keep=$1
    shift
    for pid; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    [ -n "$keep" ] && say "kept: $dir" || rm -rf "$dir"
}
