# With requests on their way: usage, requests, why, streams, watch, wait, me.
bats_require_minimum_version 1.5.0
load kit

setup_file() {
    relay_setup
    add_account demo
    crs key create alice --daily-cost 20 --secret-only >"$DIR/alice" 2>/dev/null
    crs key create bob --secret-only >"$DIR/bob" 2>/dev/null
    ask "$(cat "$DIR/alice")" >"$DIR/answer"
    ask "$(cat "$DIR/alice")" >>"$DIR/answer"
    ask "$(cat "$DIR/bob")" >>"$DIR/answer"
}
teardown_file() { relay_teardown; }

@test "usage: rows, the others, the total; programs get the rows alone" {
    run crs usage --by key --show requests
    expect_out "alice  2  0
bob    1  0
total  3  0"
    run crs usage --by key --show requests --limit 1
    expect_out "alice     2  0
1 others  1  0
total     3  0"
    run crs usage --by key --show requests --limit 1 -o csv
    expect_out "name,requests,errors
alice,2,0"
    run crs usage --by key --chart
    [[ $output == *"alice"*"####"* ]]
}

@test "requests: list, show, why, their ids alone" {
    run crs request list -o csv --fields key,account,status --sort key
    expect_out "key,account,status
alice,demo,200
alice,demo,200
bob,demo,200"
    id=$(crs request list -q --limit 1)
    run crs request show "$id"
    [[ $output == *"account  "*demo*attempts* ]]
    run crs why "$id"
    [ "$status" -eq 0 ]
    [[ $output == "request $id: done, status 200"*"took 'demo'"*"attempt 1 on 'demo'"* ]]
    run crs why "$id" --json
    jq -e .trail <<<"$output"
}

@test "streams: a line when something happens, as an object for programs" {
    timeout 20 crs request watch -o jsonl --fields key,status,state >"$DIR/watch" 2>"$DIR/watch.err" 3>&- &
    timeout 20 crs event watch key -o jsonl >"$DIR/events" 2>&1 3>&- &
    timeout 20 crs log -f -n 0 >"$DIR/log" 2>&1 3>&- &
    # They are subscribed when the relay has three connections besides ours.
    wait_until 10 eval '[ "$(crs status --json | jq .daemon.control_connections)" -ge 4 ]'
    some_request() { ask "$(cat "$DIR/bob")" >/dev/null; grep -q '"state":"done"' "$DIR/watch"; }
    wait_until 15 some_request
    grep -q '"key":"bob","status":200' "$DIR/watch"
    crs -q key pause bob
    wait_until 10 grep -q '"topic":"key"' "$DIR/events"
    jq -e '.at | test("^20.*Z$")' <(head -1 "$DIR/events")
    wait_until 10 grep -q 'key.pause' "$DIR/log"
    crs -q key resume bob
    kill %1 %2 %3 2>/dev/null || true
    [ ! -s "$DIR/watch.err" ]
}

@test "--watch prints what has changed" {
    timeout 20 crs key list --watch -o jsonl --fields name,state >"$DIR/keys" 2>&1 3>&- &
    wait_until 10 grep -q '"name":"bob","state":"active"' "$DIR/keys"
    crs -q key pause bob
    wait_until 10 grep -q '"name":"bob","state":"paused"' "$DIR/keys"
    crs -q key resume bob
    kill %1 2>/dev/null || true
    [ "$(grep -c '"name":"alice"' "$DIR/keys")" -eq 1 ]
}

@test "wait ends when it is so" {
    crs -q account off demo
    crs wait account-ready demo --timeout 20 3>&- &
    sleep 0.1
    crs -q account on demo
    wait $!
    run crs wait key-idle alice --timeout 10
    [ "$status" -eq 0 ]
    run crs wait account-ready nobody
    [ "$status" -eq 3 ]
    run crs wait account-ready
    [ "$status" -eq 2 ]
}

@test "me: with the key and nothing else" {
    run crs me --url "$RELAY" --key-file "$DIR/alice"
    [ "$status" -eq 0 ]
    [[ $output == "alice (key_"*"today"*"2 requests"*"daily cost"*"of \$20.00"*"services"*"all"*"models"*"all"* ]]
    run bash -c "env -u CRS_SOCKET ANTHROPIC_BASE_URL=$RELAY/api crs me --json --key-stdin <'$DIR/alice'"
    [ "$(jq -r .name <<<"$output")" = alice ]
    run bash -c "echo cr_wrong | crs me --url $RELAY --key-stdin"
    [ "$status" -eq 4 ]
    run bash -c "echo cr_wrong | crs me --url http://127.0.0.1:9 --key-stdin"
    [ "$status" -eq 7 ]
}

@test "account test passes and fails as a check" {
    run crs account test demo
    [ "$status" -eq 0 ]
    crs account edit demo --url http://127.0.0.1:9 -q
    run crs account test demo
    [ "$status" -eq 6 ]
    crs account edit demo --url "$FAKE" -q
    crs account reset demo -q || true
}

@test "a relay that goes away is waited for by streams, and told by calls" {
    timeout 30 crs event watch -o jsonl >"$DIR/again" 2>"$DIR/again.err" 3>&- &
    wait_until 10 eval '[ "$(crs status --json | jq .daemon.control_connections)" -ge 2 ]'
    kill "$(cat "$DIR/relay.pid")"
    wait_until 20 grep -q 'lost' "$DIR/again.err"
    run crs --timeout 1 status
    [ "$status" -eq 7 ]
    "$CRS_RELAY" --config "$DIR/relay.conf" >>"$DIR/relay.log" 2>&1 3>&- &
    echo $! >"$DIR/relay.pid"
    changed() { crs -q key pause bob; crs -q key resume bob; grep -q '"topic":"key"' "$DIR/again"; }
    wait_until 20 changed
    kill %1 2>/dev/null || true
}
