# Where commands are run that nobody thought of: full disks, closed streams, no home, odd names.
bats_require_minimum_version 1.5.0
load kit

setup_file() { relay_setup; }
teardown_file() { relay_teardown; }

@test "a full disk is told, and what was done all the same" {
    crs key create disk -q >/dev/null
    for words in 'key list' 'key list --json' help --version 'completion bash' describe; do
        # shellcheck disable=SC2086
        run --separate-stderr bash -c "crs $words >/dev/full"
        [ "$status" -eq 1 ]
        [[ $stderr == *"No space left on device"* ]]
    done
    run bash -c 'crs key create full --secret-only >/dev/full'
    [ "$status" -eq 1 ]
    [[ $output == *"its secret is lost: crs key rotate"* ]]
}

@test "a closed standard output is an error, and nothing of it goes elsewhere" {
    crs key create open -q >/dev/null
    run bash -c 'crs key list >&-'
    [ "$status" -eq 1 ]
    [[ $output == *"cannot write the result"* ]]
    run bash -c 'crs key create closed --secret-only >&- 2>&-'
    [ "$status" -eq 1 ]
    run bash -c 'crs key list -q <&-'
    [ "$status" -eq 0 ]
    run grep -c cr_ "$DIR/relay.log"
    [ "$output" = 0 ]
}

@test "a reader that leaves ends crs silently" {
    run bash -c 'set -o pipefail; crs describe | head -1; echo "${PIPESTATUS[0]}"'
    [[ $output == system.status*$'\n'@(0|141) ]]
    [[ $output != *"crs:"* ]]
}

@test "without a home, and with one that cannot be written" {
    crs key create homeless -q >/dev/null
    mkdir -p "$DIR/ro"
    for home in "$DIR/ro/none" /proc; do
        run env -u XDG_CONFIG_HOME -u XDG_CACHE_HOME HOME=$home crs key list -q
        [ "$status" -eq 0 ]
        run env -u XDG_CONFIG_HOME -u XDG_CACHE_HOME HOME=$home crs __complete key show homel
        [[ $output == homeless$'\t'* ]]
    done
    run env -u XDG_CONFIG_HOME HOME=/proc crs host add a ssh://x
    [ "$status" -ne 0 ]
}

@test "names in Chinese, with blanks and signs; a name that begins with a hyphen is refused" {
    for name in 张三 '🦊 fox' "it's \$5"; do
        crs key create "$name" -q >/dev/null
        crs key show "$name" -o name
        # The way back can be pasted into a shell.
        undo=$(crs key pause "$name" 2>&1 >/dev/null | sed -n 's/^undo: //p')
        bash -c "$undo" 2>/dev/null
        [ "$(crs key show "$name" --json | jq -r .state)" = active ]
    done
    run crs key create -- -x
    [ "$status" -eq 2 ]
    run on_tty "crs key list --fields name,state --color never --header"
    [[ $output == *$'NAME'* ]]
    # Wide signs count as two cells: the second column begins at one place.
    ends=$(crs key list --fields name,state --header -o table | sed -n 's/  *\(STATE\|active\)$//p' | wc -l)
    [ "$ends" -ge 4 ]
}

@test "a list of several MiB comes whole" {
    note=$(printf '%0450d' 7)
    tags=$(printf '%050d,%050d,%050d,%050d,%050d,%050d,%050d,%050d' 1 2 3 4 5 6 7 8)
    for i in 1 2 3 4; do
        crs key create "many$i" --count 1000 --note "$note" --tags "$tags" -q --timeout 2m >/dev/null
    done
    [ "$(crs key list -q --timeout 1m | grep -c '^many')" = 4000 ]
    crs key list --json --timeout 1m >"$DIR/list"
    [ "$(wc -c <"$DIR/list")" -gt 4500000 ] # more than a line to the relay may have
    jq -e 'length >= 4000' "$DIR/list"
    crs key list --timeout 1m | head -1 | grep -q .
}

@test "a device is written to, not replaced" {
    run --separate-stderr crs doctor --report /dev/stderr
    jq -e .checks <<<"$(grep '^{' <<<"$stderr")" >/dev/null || [[ $stderr == *'"checks"'* ]]
    mkfifo "$DIR/pipe"
    cat "$DIR/pipe" >"$DIR/piped" &
    crs doctor --report "$DIR/pipe" >/dev/null || true
    wait $!
    [ -p "$DIR/pipe" ]
    jq -e . "$DIR/piped" >/dev/null
}

@test "Chinese: headings and labels are translated, what programs read is not" {
    crs key create 李四 -q >/dev/null
    export LC_ALL=zh_CN.UTF-8
    run --separate-stderr crs key list --header --fields name,state,last_used
    [[ ${lines[0]} == 名称*状态*最近使用* ]]
    run --separate-stderr crs key show 李四
    [[ $output == *今日费用* ]]
    [[ $output != *"cost today"* ]]
    [ "$(crs key list -o csv --fields name,state,last_used 2>/dev/null | head -1)" = name,state,last_used ]
    crs key show 李四 --json 2>/dev/null | jq -e '.state == "active" and has("cost_today")'
}

@test "aliases: only what the file can hold; one that is gone is used no more; a broken file is told" {
    run crs host add 中 ssh://y
    [ "$status" -eq 2 ]
    crs host add prod "unix://$DIR/s" 2>/dev/null
    crs host use prod 2>/dev/null
    run env -u CRS_SOCKET crs key list -q
    [ "$status" -eq 0 ]
    crs host remove prod 2>/dev/null
    run cat "$XDG_CONFIG_HOME/crs/config"
    [[ $output != *prod* ]]
    printf '[host]\nbad line\n' >"$XDG_CONFIG_HOME/crs/config"
    run crs -H prod key list
    [ "$status" -eq 2 ]
    [[ $output == *"crs/config:2:"* ]]
    run crs host list
    [ "$status" -eq 2 ]
    run crs -H "unix://$DIR/s" key list -q
    [ "$status" -eq 0 ]
    rm "$XDG_CONFIG_HOME/crs/config"
}
