# The demonstration of deploy.sh: everything in one temporary directory. Sourced.
# shellcheck shell=sh disable=SC2154 # variables of deploy.sh

demo_stop() {
    [ -n "${relay_pid-}" ] && kill "$relay_pid" 2>/dev/null && wait "$relay_pid" 2>/dev/null
    [ -n "${fake_pid-}" ] && kill "$fake_pid" 2>/dev/null && wait "$fake_pid" 2>/dev/null
    [ -n "${demo_dir-}" ] && rm -rf "$demo_dir"
    return 0
}

step() { printf '\n$ %s\n' "$*"; }

deploy_demo() {
    install_packages
    demo_dir=$(mktemp -d "${TMPDIR:-/tmp}/crs-demo.XXXXXX")
    trap demo_stop EXIT
    trap 'exit 130' INT TERM
    testing=ON build "${CRS_DEMO_BUILD:-$source_dir/build-demo}" "$demo_dir/usr" \
        crs-relay crs crs-fake-upstream
    bin=${CRS_DEMO_BUILD:-$source_dir/build-demo}
    PATH=$(find "$bin" -type f \( -name crs -o -name crs-relay -o -name crs-fake-upstream \) \
        -exec dirname {} \; | sort -u | tr '\n' ':')$PATH
    export CRS_DATADIR="$source_dir/relay/data" CRS_SOCKET="$demo_dir/control.sock"
    unset CRS_CONFIG CRS_HOST http_proxy https_proxy all_proxy

    crs-fake-upstream --port 0 --port-file "$demo_dir/fake.port" --demo >"$demo_dir/fake.log" 2>&1 &
    fake_pid=$!
    wait_for 10 test -s "$demo_dir/fake.port" || die "the fake upstream did not start" "$(cat "$demo_dir/fake.log")"
    fake=http://127.0.0.1:$(cat "$demo_dir/fake.port")

    mkdir -m 700 "$demo_dir/state"
    cat >"$demo_dir/relay.conf" <<EOF
[relay]
listen = 127.0.0.1:0
socket = $demo_dir/control.sock
socket_group =
state_dir = $demo_dir/state
EOF
    crs-relay --config "$demo_dir/relay.conf" >"$demo_dir/relay.log" 2>&1 &
    relay_pid=$!
    wait_for 15 crs status || die "the relay did not start" "$(tail -n 3 "$demo_dir/relay.log")"
    relay=http://$(crs status --json | tr -d " \n" | sed -n 's/.*"listen":\["\([^"]*\)".*/\1/p')
    say "crs-relay runs at $relay, its upstream is the bundled fake at $fake"

    step "crs account add claude-console --name demo --url $fake --key-stdin"
    echo sk-ant-demo-not-a-real-key | crs account add claude-console --name demo --url "$fake" --key-stdin
    step "crs key create alice --secret-only"
    key=$(crs key create alice --secret-only)
    say "$key"
    step "curl $relay/api/v1/messages   (a streaming request with alice's key)"
    curl -sN --max-time 30 "$relay/api/v1/messages" -H "x-api-key: $key" -H 'content-type: application/json' \
        -H 'anthropic-version: 2023-06-01' \
        -d '{"model":"claude-sonnet-5-5","max_tokens":256,"stream":true,"messages":[{"role":"user","content":"Say hello to the person who is trying crs."}]}' \
        >"$demo_dir/answer" || die "the request failed" "$(cat "$demo_dir/answer")"
    grep -c '^event: message_stop' "$demo_dir/answer" >/dev/null || die "no complete answer came" "$(cat "$demo_dir/answer")"
    sed -n 's/^data: .*"text_delta","text":"\([^"]*\)".*/\1/p' "$demo_dir/answer" | tr -d '\n'
    say ""
    step "crs usage --by key --show all"
    crs usage --by key --show all -o table --header
    step "crs request list"
    crs request list -o table --header
    if [ -n "$keep" ]; then
        say ""
        say "It goes on running; in another terminal: export CRS_SOCKET=$CRS_SOCKET"
        say "Point Claude Code at it:  ANTHROPIC_BASE_URL=$relay/api ANTHROPIC_AUTH_TOKEN=$key claude"
        printf 'Enter ends it. '
        read -r _ || true
    fi
    rm -f "$log"
}
