# What is kept: backups made and put back, settings changed in their file.
bats_require_minimum_version 1.5.0
load kit

setup_file() { relay_setup; }
teardown_file() { relay_teardown; }

restart() {
    kill "$(cat "$DIR/relay.pid")"
    wait_until 20 test ! -S "$DIR/s" || true
    "$CRS_RELAY" --config "$DIR/relay.conf" >>"$DIR/relay.log" 2>&1 3>&- &
    echo $! >"$DIR/relay.pid"
    wait_until 20 crs status --timeout 5 >/dev/null
}

@test "a backup is put back at the next start, and the database before it is kept" {
    crs key create alice -q >/dev/null
    crs backup create "$DIR/b.db"
    crs key create bob -q >/dev/null
    run crs backup restore "$DIR/b.db" </dev/null
    [ "$status" -eq 2 ]
    [[ $output == *"--yes=$DIR/b.db"* ]]
    run --separate-stderr crs backup restore "$DIR/b.db" --yes="$DIR/b.db" --json
    [ "$status" -eq 0 ]
    [ "$(jq -r .keys <<<"$output")" = 1 ]
    [[ $(jq -r .next <<<"$output") == *restart* ]]
    [ "$(crs key list -q)" = $'alice\nbob' ] # until then nothing changes
    restart
    [ "$(crs key list -q)" = alice ]
    compgen -G "$DIR/state/crs.db-before-*Z" >/dev/null
}

@test "what is no backup is refused" {
    echo hello >"$DIR/hello"
    run crs backup restore "$DIR/hello" --yes="$DIR/hello"
    [ "$status" -eq 5 ]
    [[ $output == *"is no backup of crs-relay"* ]]
    run crs backup restore relative --dry-run
    [ "$status" -eq 2 ]
    run "$CRS_RELAY" --config "$DIR/relay.conf" --restore "$DIR/hello"
    [ "$status" -eq 5 ]
    [ ! -e "$DIR/state/crs.db-restore" ]
}

@test "config set keeps the file as it was written, checks it whole, and says what needs a restart" {
    printf '# what we agreed on\n[log]\nlog_level = info   # not more\n\n[flow]\nping_after = 20s\n' \
        >>"$DIR/relay.conf"
    crs relay reload -q
    run --separate-stderr crs config set log_level debug
    [ "$status" -eq 0 ]
    [[ $stderr == *"undo: crs config set log.log_level info"* ]]
    grep -qx 'log_level = debug   # not more' "$DIR/relay.conf"
    grep -qx '# what we agreed on' "$DIR/relay.conf"
    [ "$(crs config get log_level --json | jq -r .value)" = debug ]
    # Behind the last one of its section, and a section that was not there.
    crs config set flow.sticky 2h -q
    crs config set max_attempts 3 -q
    run tail -n 6 "$DIR/relay.conf"
    expect_out $'[flow]\nping_after = 20s\nsticky = 2h\n\n[upstream]\nmax_attempts = 3'
    [ "$(crs config set workers 3 --json | jq .need_restart)" = true ]
    crs config unset workers -q
    run grep workers "$DIR/relay.conf"
    [ "$status" -eq 1 ]
    crs audit --json --method config.set | jq -e '[.[].subject] | index("setting log.log_level")'
}

@test "config set refuses what would not load, and changes nothing" {
    cp "$DIR/relay.conf" "$DIR/before.conf"
    run crs config set log_level loud
    [ "$status" -eq 2 ]
    run crs config set max_body 900MiB # above body_budget
    [ "$status" -eq 2 ]
    run crs config set log_levle debug
    [ "$status" -eq 3 ]
    [[ $output == *"did you mean"* ]]
    run crs config set log_level
    [ "$status" -eq 2 ]
    run crs config set public_url $'http://x\nsocket = /tmp/y'
    [ "$status" -eq 2 ]
    run crs config set log_level trace --dry-run
    [ "$status" -eq 0 ]
    cmp "$DIR/relay.conf" "$DIR/before.conf"
}

@test "price set lays an own price over the list, exactly, and reset takes it away" {
    run --separate-stderr crs price set claude-opus-5-5 --input 3.600000001 --cache-read 0
    [ "$status" -eq 0 ]
    [[ $stderr == *"input \$4.00 -> \$3.60"* ]]
    [[ $stderr == *"undo: crs price reset claude-opus-5-5"* ]]
    run bash -c "crs price list --own --json --fields model,origin,input,output,cache_read | jq -c '.[0]'"
    expect_out '{"model":"claude-opus-5-5","origin":"own","input":3.600000001,"output":20,"cache_read":0}'
    # It is there after a reload and in the file; a second change is undone to the first.
    crs relay reload -q
    [ "$(crs price list --own --json | jq -c '[.[].input]')" = '[3.600000001]' ]
    [ "$(stat -c %a "$DIR/state/own-prices.json")" = 600 ]
    run --separate-stderr crs price set claude-opus-5-5 --input 5 --output 6
    [[ $stderr == *"undo: crs price set claude-opus-5-5 --input 3.600000001 --output none"* ]]
    crs price set claude-opus-5-5 --input 3.600000001 --output none -q
    [ "$(crs price list --own --json | jq -c '[.[]|.input,.output]')" = '[3.600000001,20]' ]
    run --separate-stderr crs price reset claude-opus-5-5
    [ "$status" -eq 0 ]
    [[ $stderr == *"undo: crs price set claude-opus-5-5 --input 3.600000001 --cache-read 0"* ]]
    [ "$(crs price list --own --json | jq length)" = 0 ]
    crs audit --json --method price.set | jq -e '[.[].subject] | index("price claude-opus-5-5")'
}

@test "price set refuses what is no price, and a dry run changes nothing" {
    run crs price set house-model --input 1
    [ "$status" -eq 2 ]
    [[ $output == *"not in the price list"* ]]
    run crs price set house-model
    [ "$status" -eq 2 ]
    run crs price set 'claude-*' --input 1
    [ "$status" -eq 2 ]
    run crs price set claude-opus-5-5 --input 20000
    [ "$status" -eq 2 ]
    run crs price set claude-opus-5-5 --input -1
    [ "$status" -eq 2 ]
    run crs price reset claude-opus-5-5
    [ "$status" -eq 3 ]
    run crs price set house-model --input 1 --output 2 --dry-run
    [ "$status" -eq 0 ]
    [[ $output == *"nothing was changed"* ]]
    [ "$(crs price list --own --json | jq length)" = 0 ]
    crs price set house-model --input 1 --output 2 -q
    crs price set claude-opus-5-5 --output 2 -q
    [ "$(crs price list --own --json | jq length)" = 2 ]
    crs price reset -q
    [ "$(crs price list --own --json | jq length)" = 0 ]
    # A file that was broken by hand is named, and nothing is taken in.
    echo '{"claude-opus-5-5":{"input_cost_per_token":3}}' >"$DIR/state/own-prices.json"
    run crs relay reload
    [ "$status" -ne 0 ]
    [[ $output == *"own-prices.json"*"out of range"* ]]
    rm "$DIR/state/own-prices.json"
    crs relay reload -q
}
