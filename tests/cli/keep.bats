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
