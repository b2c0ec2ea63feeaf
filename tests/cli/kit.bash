# What the suites share: one relay and one fake upstream for a file, in a directory of their own.
# CRS, CRS_RELAY, CRS_FAKE: the programs; CRS_SHIPPED: the data files.

wait_until() { # SECONDS COMMAND...: true as soon as the command is
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

relay_setup() {
    export DIR=$BATS_FILE_TMPDIR
    mkdir -p "$DIR/bin" "$DIR/home" "$DIR/state" "$DIR/run"
    chmod 700 "$DIR/state" "$DIR/run"
    ln -sf "$CRS" "$DIR/bin/crs"
    export PATH=$DIR/bin:$PATH HOME=$DIR/home XDG_CONFIG_HOME=$DIR/home/.config \
        XDG_CACHE_HOME=$DIR/home/.cache XDG_RUNTIME_DIR=$DIR/run \
        CRS_DATADIR=$CRS_SHIPPED CRS_SOCKET=$DIR/s TZ=UTC LC_ALL=C.UTF-8 COLUMNS=80 LINES=24
    unset CRS_HOST CRS_CONFIG CRS_COLOR NO_COLOR CLICOLOR_FORCE PAGER CRS_ACCESSIBLE ACCESSIBLE \
        LANGUAGE ANTHROPIC_BASE_URL http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY
    "$CRS_FAKE" --port 0 --port-file "$DIR/fake.port" --demo >"$DIR/fake.log" 2>&1 3>&- &
    echo $! >"$DIR/fake.pid"
    wait_until 20 test -s "$DIR/fake.port"
    FAKE=http://127.0.0.1:$(cat "$DIR/fake.port")
    export FAKE
    if [ -n "${CRS_ALL_FAKE-}" ]; then # every vendor is the fake one
        mkdir -p "$DIR/data"
        cp "$CRS_SHIPPED"/*.json "$DIR/data"
        sed "s|https://[^/\"]*|$FAKE|" "$CRS_SHIPPED/providers.json" >"$DIR/data/providers.json"
        export CRS_DATADIR=$DIR/data
    fi
    printf '[relay]\nlisten = 127.0.0.1:0\nsocket = %s\nsocket_group =\nstate_dir = %s\n' \
        "$DIR/s" "$DIR/state" >"$DIR/relay.conf"
    "$CRS_RELAY" --config "$DIR/relay.conf" >"$DIR/relay.log" 2>&1 3>&- &
    echo $! >"$DIR/relay.pid"
    wait_until 20 crs status --timeout 5 >/dev/null
    RELAY=http://$(crs status --json | jq -r '.daemon.listen[0]' | sed 's|^http://||')
    export RELAY
}

relay_teardown() {
    local pid
    for pid in relay fake; do
        [ -s "$DIR/$pid.pid" ] && kill "$(cat "$DIR/$pid.pid")" 2>/dev/null
    done
    return 0
}

add_account() { # NAME
    echo sk-ant-test-not-a-real-key |
        crs account add claude-console --name "$1" --url "$FAKE" --key-stdin 2>/dev/null
}

ask() { # KEY: one streaming request
    curl -sN --max-time 30 "$RELAY/api/v1/messages" -H "x-api-key: $1" \
        -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' \
        -d '{"model":"claude-sonnet-5-5","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"hello"}]}'
}

# On a terminal of 80x24. What it prints, without carriage returns; its status is that of the command.
on_tty() { # COMMAND LINE
    TERM=xterm-256color script -qefc "stty cols 80 rows 24 2>/dev/null; $1" /dev/null </dev/null |
        tr -d '\r'
    return "${PIPESTATUS[0]}"
}

expect_out() { # what $output must be, exactly
    if [ "$output" != "$1" ]; then
        diff <(printf '%s\n' "$1") <(printf '%s\n' "$output") >&2
        return 1
    fi
}
