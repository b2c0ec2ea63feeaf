# Words, acts, formats, exit statuses, errors.
bats_require_minimum_version 1.5.0
load kit

setup_file() {
    relay_setup
    add_account demo
    crs key create alice --note "first of all" --secret-only >"$DIR/alice" 2>/dev/null
    crs key create bob --daily-cost 20 --at-once 4 --secret-only >"$DIR/bob" 2>/dev/null
    chmod 600 "$DIR/alice" "$DIR/bob"
}
teardown_file() { relay_teardown; }

@test "a list without a terminal: no headings, plain values, every column" {
    run --separate-stderr crs key list
    [ "$status" -eq 0 ]
    expect_out "alice  active  0   -  0  0  0  -  -  first of all
bob    active  0  20  0  0  0  -  -  -"
    [ -z "$stderr" ]
}

@test "the same with headings" {
    run crs key list --header
    expect_out "NAME   STATE   TODAY  OF  REQUESTS  RUN  IN LINE  LAST USED  EXPIRES  NOTE
alice  active      0   -         0    0        0  -          -        first of all
bob    active      0  20         0    0        0  -          -        -"
}

@test "on a terminal: headings, colour, money" {
    run on_tty "crs key list --fields name,state,daily_cost"
    [ "$status" -eq 0 ]
    expect_out $'\e[1mNAME \e[0m  \e[1mSTATE \e[0m  \e[1m    OF\e[0m
alice  \e[32mactive\e[0m       -
bob    \e[32mactive\e[0m  $20.00'
}

@test "colour: NO_COLOR, --color, dumb terminals" {
    run env NO_COLOR=1 bash -c ". $BATS_TEST_DIRNAME/kit.bash; on_tty 'crs key list'"
    [[ $output != *$'\e['* ]]
    NO_COLOR=1 run crs key list --color always
    [[ $output == *$'\e[32mactive'* ]]
    run crs key list
    [[ $output != *$'\e['* ]]
    CLICOLOR_FORCE=1 run crs key list
    [[ $output == *$'\e['* ]]
    CRS_COLOR=never CLICOLOR_FORCE=1 run crs key list
    [[ $output != *$'\e['* ]]
    run on_tty "TERM=dumb crs key list"
    [[ $output != *$'\e['* ]]
}

@test "JSON of every list and page is JSON" {
    local words
    while read -r words; do
        # shellcheck disable=SC2086
        run --separate-stderr crs $words --json
        [ "$status" -eq 0 ]
        jq -e . <<<"$output" >/dev/null || { echo "$words: $output" >&2; return 1; }
    done <<'WORDS'
status
key list
key show alice
account list
account show demo
group list
template list
usage
request list
session list
model list
client list
price list
config list
config get listen
config check
audit list
log
doctor
describe key.create
WORDS
}

@test "formats: csv, jsonl, name, template, fields, sort, limit" {
    run crs key list -o csv --fields name,daily_cost,note
    expect_out "name,daily_cost,note
alice,,first of all
bob,20,"
    run crs key list -o jsonl --fields name,at_once
    expect_out '{"name":"alice","at_once":null}
{"name":"bob","at_once":4}'
    run crs key list -q
    expect_out "alice
bob"
    run crs key list --format '{name}:{daily_cost:.2}\n'
    expect_out "alice:
bob:20.00"
    run crs key list -q --sort -name --limit 1
    expect_out "bob"
    run crs key list --json --fields name
    expect_out '[{"name":"alice"},{"name":"bob"}]'
    run crs key list --fields help
    [[ $output == *daily_cost*Ceiling* ]]
}

@test "an act says what it did and how to take it back, on standard error" {
    run --separate-stderr crs key pause alice
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [[ $stderr == *alice*paused*"undo: crs key resume alice"* ]]
    run --separate-stderr crs -q key resume alice
    [ "$status" -eq 0 ]
    [ -z "$output$stderr" ]
}

@test "the undo of an edit takes it back" {
    crs key show bob --json --fields at_once,daily_cost,tags >"$DIR/before"
    run --separate-stderr crs key edit bob --at-once 6 --daily-cost 0.5 --tags x,y
    [ "$status" -eq 0 ]
    undo=$(sed -n 's/^undo: //p' <<<"$stderr")
    [[ $(crs key show bob --json --fields at_once) == '{"at_once":6}' ]]
    eval "$undo" 2>/dev/null
    crs key show bob --json --fields at_once,daily_cost,tags >"$DIR/after"
    diff "$DIR/before" "$DIR/after"
}

@test "a dry run changes nothing" {
    run --separate-stderr crs key edit bob --at-once 9 --dry-run
    [ "$status" -eq 0 ]
    [[ $stderr == *"at once 4 -> 9"*"nothing was changed"* ]]
    [ "$(crs key show bob --json --fields at_once)" = '{"at_once":4}' ]
    run crs key list --dry-run
    [ "$status" -eq 2 ]
}

@test "several names: all are tried, the status is the highest" {
    run --separate-stderr crs key pause nobody bob nothing
    [ "$status" -eq 3 ]
    [[ $stderr == *"no such key 'nobody'"*bob*paused*"no such key 'nothing'"* ]]
    crs -q key resume bob
}

@test "exit statuses" {
    run crs key show nobody
    [ "$status" -eq 3 ]
    run crs ky
    [ "$status" -eq 2 ]
    run crs key create bob
    [ "$status" -eq 5 ]
    run crs -H "$DIR/none" --timeout 1 status
    [ "$status" -eq 7 ]
    run crs wait drained --timeout 200ms
    [ "$status" -eq 8 ]
    run crs status --check
    [ "$status" -eq 0 ]
    crs -q account off demo
    run crs status --check
    [ "$status" -eq 6 ]
    crs -q account on demo
}

@test "errors: two lines for people, one object for programs" {
    run --separate-stderr crs key show bobb
    [ "$stderr" = "crs: no such key 'bobb'
hint: did you mean 'bob'?" ] || { echo "$stderr" >&2; false; }
    [ -z "$output" ]
    run --separate-stderr crs key show bobb --json
    [ "$status" -eq 3 ]
    [ "$(jq -r .error.code <<<"$stderr")" = not_found ]
    [[ $(jq -r .error.hint <<<"$stderr") == *bob* ]]
}

@test "what clients notice is asked about, and without a terminal refused" {
    run --separate-stderr crs key remove bob </dev/null
    [ "$status" -eq 2 ]
    [[ $stderr == *--yes* ]]
    run bash -c "printf 'n\n' | script -qefc 'crs key remove bob' /dev/null"
    [ "$status" -eq 9 ]
    [[ $output == *"[y/N]"* ]]
    [ "$(crs key show bob --json --fields state)" = '{"state":"active"}' ]
    run bash -c "printf 'y\n' | script -qefc 'crs key remove bob' /dev/null"
    [ "$status" -eq 0 ]
    crs -q key restore bob
    run crs key remove bob --yes
    [ "$status" -eq 0 ]
    crs -q key restore bob
}

@test "what cannot be undone wants the name" {
    crs key create doomed -q --secret-only >/dev/null 2>&1
    crs -q key remove doomed --yes
    run --separate-stderr crs key purge doomed --yes
    [ "$status" -eq 2 ]
    [[ $stderr == *--yes=doomed* ]]
    run crs key purge doomed --yes=other
    [ "$status" -eq 2 ]
    run bash -c "printf 'dooomed\n' | script -qefc 'crs key purge doomed' /dev/null"
    [ "$status" -eq 9 ]
    run crs key purge doomed --yes=doomed
    [ "$status" -eq 0 ]
    run crs key restore doomed
    [ "$status" -eq 3 ]
}

@test "a secret is shown once, and never taken from the command line" {
    run --separate-stderr crs key create once --secret-only
    [[ $output =~ ^cr_[0-9a-f]{64}$ ]]
    [ -z "$stderr" ] || [[ $stderr != *"$output"* ]]
    secret=$output
    run crs key show once --json
    [[ $output != *"$secret"* ]]
    run crs key whose --secret "$secret"
    [ "$status" -eq 2 ]
    [[ $output == *--secret-stdin* ]]
    run bash -c "echo $secret | crs key whose --secret-stdin --fields name --json"
    [ "$output" = '{"name":"once"}' ]
    run --separate-stderr crs -v key create verbose --secret-only
    [[ $stderr != *"$output"* ]]
    run crs account add claude-console --name x --url "$FAKE" </dev/null
    [ "$status" -eq 2 ]
    [[ $output == *--key-stdin* ]]
    run crs log -n 1000
    [[ $output != *"$secret"* ]]
}

@test "a hidden question hides the answer" {
    # The answer comes only when it is asked for: what was typed before is thrown away.
    answer() { wait_until 10 grep -q 'The secret:' "$DIR/typescript" && cat "$DIR/alice"; }
    answer | script -qefc 'crs key whose' "$DIR/typescript" >/dev/null
    grep -q alice "$DIR/typescript"
    run grep -c "$(cat "$DIR/alice")" "$DIR/typescript"
    [ "$output" = 0 ]
}

@test "Ctrl-C at a hidden question: 130, and the echo is back" {
    give_up() { wait_until 10 grep -qs 'The secret:' "$DIR/given-up" && printf '\003' && sleep 0.5; }
    give_up | script -qefc 'stty echo; crs key whose; echo status $?; stty -a' "$DIR/given-up" >/dev/null
    grep -q 'status 130' "$DIR/given-up"
    grep -qE '(^| )echo( |;)' "$DIR/given-up"
}

@test "config check is a check" {
    crs config check
    cp "$DIR/relay.conf" "$DIR/relay.conf.good"
    echo 'no_such_setting = 1' >>"$DIR/relay.conf"
    run crs config check
    cp "$DIR/relay.conf.good" "$DIR/relay.conf"
    [ "$status" -eq 6 ]
    [[ $output == *no_such_setting* ]]
}

@test "a closed pipe ends it without a word" {
    run bash -c "crs price list 2>'$DIR/pipe.err' | head -1"
    [ ! -s "$DIR/pipe.err" ]
}

@test "help: commands, one command, topics, half a command" {
    run crs help
    [[ $output == *"key create"*"exit-status"* ]]
    run crs key create --help
    [[ $output == *"crs key create ci"*"--daily-cost MONEY"*"--timeout TIME"* ]]
    run crs help exit-status
    [[ $output == *"130  interrupted"* ]]
    run crs key --help
    [[ $output == *"key create"* ]]
    [[ $output != *"account add"* ]]
    run crs help nonsense
    [ "$status" -eq 2 ]
}

@test "hosts: add, list, use, remove; other lines of the file stay" {
    mkdir -p "$XDG_CONFIG_HOME/crs"
    printf '# mine\n[tui]\ntheme = dark\n' >"$XDG_CONFIG_HOME/crs/config"
    crs -q host add lab "$DIR/s"
    crs -q host add prod ssh://ops@relay-1
    run crs host list
    expect_out "lab   $DIR/s  false
prod  ssh://ops@relay-1$(printf '%*s' $((${#DIR} + 2 - 17)) '')  false"
    CRS_SOCKET='' run crs -H lab key list -q
    [ "$status" -eq 0 ]
    crs -q host use lab
    run env -u CRS_SOCKET crs key list -q
    [ "$status" -eq 0 ]
    crs -q host remove prod
    run cat "$XDG_CONFIG_HOME/crs/config"
    expect_out "# mine
host = lab
[tui]
theme = dark

[host]
lab = $DIR/s"
    # A section that has become empty is used again.
    crs -q host remove lab
    crs -q host add lab "$DIR/s"
    [ "$(grep -c '^.host.$' "$XDG_CONFIG_HOME/crs/config")" = 1 ]
    run grep '^host =' "$XDG_CONFIG_HOME/crs/config"
    [ "$status" -eq 1 ]
    run crs host use prod
    [ "$status" -eq 3 ]
    run crs host add -- -x ssh://h
    [ "$status" -eq 2 ]
    rm -r "$XDG_CONFIG_HOME/crs"
}

@test "dial-stdio bridges to the socket" {
    run bash -c '{ printf "%s\n" "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":{\"protocol\":1}}"; sleep 0.3; } |
        crs dial-stdio'
    [ "$status" -eq 0 ]
    [ "$(jq -r .result.protocol <<<"$output")" = 1 ]
}

@test "ssh: the same through a stand-in that runs the command here" {
    cat >"$DIR/bin/ssh" <<'SSH'
#!/bin/sh
while [ "$1" != -- ]; do shift; done
[ "$2" = relay-1 ] || exit 255
shift 2
exec sh -c "$1"
SSH
    chmod +x "$DIR/bin/ssh"
    run crs -H ssh://ops@relay-1 key list -q
    [[ $output == *alice* ]]
    run crs -H "ssh://relay-1$DIR/s" key list -q
    [[ $output == *alice* ]]
    run --separate-stderr crs -H ssh://other key list
    [ "$status" -eq 7 ]
    [[ $stderr == *"ssh://other"* ]]
}

@test "call and describe" {
    run crs call key.list state=active --json
    [ "$(jq -r '.items[0].name' <<<"$output")" = alice ]
    run crs call key.edit 'names:=["bob"]' note=hello dry_run:=true
    [ "$(jq -r '.items[0].change.note.to' <<<"$output")" = hello ]
    run crs call key.lst
    [ "$status" -ne 0 ]
    [[ $output == *key.list* ]]
    run crs call key.list --curl state=active
    [[ $output == *'"method":"key.list","params":{"state":"active"}'* ]]
    run crs describe key.pause
    [[ $output == *names* ]]
}

@test "doctor tests the way as well" {
    run crs doctor --report "$DIR/report.json"
    [[ $output == "ok    relay"* ]]
    jq -e '.checks | length > 3' "$DIR/report.json"
    run crs -H "$DIR/none" doctor
    [ "$status" -eq 6 ]
    [[ $output == *"FAIL  relay"*"1 failure"* || $output == *"failures"* ]]
}

@test "accessible: nothing is painted over" {
    run on_tty "timeout 1.5 crs status --watch --accessible"
    [[ $output != *$'\e['*A* ]]
}
