# Signing accounts in: by code, by device, in two calls, with a file, again.
bats_require_minimum_version 1.5.0
load kit

setup_file() {
    CRS_ALL_FAKE=1 relay_setup
}
teardown_file() { relay_teardown; }

# What the person would be given by the browser for this address: code#state.
code_for() { printf '%s#%s\n' "$(curl -s --max-time 10 "$1")" "$(sed 's/.*[?&]state=\([^&]*\).*/\1/' <<<"$1")"; }

@test "two calls for scripts: begin, finish" {
    run --separate-stderr crs account add claude --begin
    [ "$status" -eq 0 ]
    session=$(jq -r .session <<<"$output")
    url=$(jq -r .url <<<"$output")
    [[ $url == "$FAKE/oauth/authorize?"*code_challenge* ]]
    code=$(code_for "$url")
    [[ $code == CANARYcode*#?* ]]
    run --separate-stderr crs account add claude --finish "$session" --code-stdin --name by-script --priority 10 <<<"$code"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [[ $stderr == *"account by-script ("*") is ready"*"undo: crs account remove by-script"* ]]
    [ "$(crs account show by-script --json --fields kind,priority)" = '{"kind":"claude","priority":10}' ]
}

@test "a code of another sign-in, or none, is refused" {
    first=$(crs account add claude --begin)
    second=$(crs account add claude --begin)
    code=$(code_for "$(jq -r .url <<<"$second")")
    run crs account add claude --finish "$(jq -r .session <<<"$first")" --code-stdin <<<"$code"
    [ "$status" -ne 0 ]
    run crs account add claude --finish lg_none --code-stdin <<<"$code"
    [ "$status" -eq 3 ]
    run crs account add claude --finish lg_none </dev/null
    [ "$status" -eq 2 ]
    [[ $output == *--code-stdin* ]]
}

@test "at the terminal: address alone on its line, clipboard, pasted code not shown" {
    paste() {
        wait_until 15 grep -qs 'Paste the code' "$DIR/typed" || return 1
        code_for "$(tr -d '\r' <"$DIR/typed" | grep "^$FAKE/oauth")" | tee "$DIR/code"
    }
    paste | TERM=xterm script -qefc 'crs account add claude --name by-hand' "$DIR/typed" >/dev/null
    grep -q 'account by-hand (.*) is ready' "$DIR/typed"
    grep -q $'\e]52;c;' "$DIR/typed"
    grep -q 'copied to your clipboard' "$DIR/typed"
    run grep -cF "$(cat "$DIR/code")" "$DIR/typed"
    [ "$output" = 0 ]
}

@test "a terminal without a clipboard is told nothing of one" {
    give_up() { wait_until 15 grep -qs 'Paste the code' "$DIR/dumb" && printf '\n'; }
    give_up | TERM=dumb script -qefc 'crs account add claude' "$DIR/dumb" >/dev/null || true
    run grep -c -e $'\e]52' -e clipboard "$DIR/dumb"
    [ "$output" = 0 ]
}

@test "by device: waits until it is confirmed there" {
    confirm() {
        wait_until 15 grep -qs 'type this code there' "$DIR/device" || return 1
        user=$(tr -d '\r' <"$DIR/device" | sed -n 's/.*type this code there: *//p')
        curl -s --max-time 10 "$FAKE/fake/confirm?user_code=$user" >/dev/null
        wait_until 30 grep -q 'is ready' "$DIR/device" # the terminal stays open till then
    }
    confirm | script -qefc 'crs account add codex --mode device --name by-device' "$DIR/device" >/dev/null
    grep -q 'account by-device (.*) is ready' "$DIR/device"
}

@test "by device from a script: it waits by itself, and says what happens as events" {
    run crs account add droid </dev/null
    [ "$status" -eq 2 ]
    [[ $output == *--device* ]]
    confirm() {
        wait_until 15 grep -qs user_code "$DIR/events" || return 1
        curl -s --max-time 10 "$FAKE/fake/confirm?user_code=$(head -1 "$DIR/events" | jq -r .sign_in.user_code)" >/dev/null
    }
    confirm &
    crs account add droid --device --name device-script --json </dev/null >"$DIR/events"
    wait $!
    [ "$(jq -r .event <"$DIR/events" | paste -sd' ')" = "confirm added" ]
    [ "$(tail -1 "$DIR/events" | jq -r '.account.name + " " + .account.state')" = "device-script ready" ]
}

@test "by device from a script: declined, or not confirmed in time" {
    decline() {
        wait_until 15 grep -qs 'type this code' "$DIR/declined" || return 1
        curl -s --max-time 10 "$FAKE/fake/confirm?user_code=$(sed -n 's/.*type this code there: *//p' "$DIR/declined")&decline=1" >/dev/null
    }
    decline &
    run bash -c 'crs account add droid --device </dev/null 2>"$DIR/declined"'
    [ "$status" -eq 4 ]
    grep -q 'the person declined the sign-in' "$DIR/declined"
    grep -q 'hint: begin again' "$DIR/declined"
    run crs account add codex --device --timeout 1s </dev/null
    [ "$status" -eq 8 ]
    [[ $output == *"was not confirmed in time"* ]]
}

@test "by device in two calls" {
    begun=$(crs account add codex --device --begin)
    curl -s --max-time 10 "$FAKE/fake/confirm?user_code=$(jq -r .user_code <<<"$begun")" >/dev/null
    run crs account add codex --device --finish "$(jq -r .session <<<"$begun")" --name device-two </dev/null
    [ "$status" -eq 0 ]
    [[ $output == *"account device-two ("*") is ready"* ]]
}

@test "a wrong paste is asked for again at the terminal, the address stays good" {
    type_it() {
        wait_until 15 grep -qs 'Paste the code' "$DIR/again" || return 1
        address=$(tr -d '\r' <"$DIR/again" | grep "^$FAKE/oauth")
        echo ab
        wait_until 15 grep -qs 'this is no sign-in code' "$DIR/again" || return 1
        wait_until 15 test "$(grep -c 'Paste the code' "$DIR/again")" -ge 2 || return 1
        echo "$(curl -s --max-time 10 "$address")#another"
        wait_until 15 grep -qs 'belongs to another sign-in' "$DIR/again" || return 1
        code_for "$address"
    }
    type_it | script -qefc 'crs account add claude --name by-patience' "$DIR/again" >/dev/null
    grep -q 'account by-patience (.*) is ready' "$DIR/again"
    grep -q 'the address above is still good' "$DIR/again"
}

@test "with a token or a file" {
    run crs account add claude --name by-token --token-stdin <<<sk-ant-oat01-a-long-lived-one
    [ "$status" -eq 0 ]
    printf '{"claudeAiOauth":{"accessToken":"sk-ant-oat01-x","refreshToken":"sk-ant-ort01-y","expiresAt":%s000,"scopes":["user:inference"]}}' \
        "$(($(date +%s) + 3600))" >"$DIR/credentials.json"
    run crs account add claude --name by-file --import "$DIR/credentials.json"
    [ "$status" -eq 0 ]
    run crs account add claude --name none --import "$DIR/missing.json"
    [ "$status" -ne 0 ]
    run crs account add claude --name none --mode import
    [ "$status" -eq 2 ]
}

@test "signed in again, everything else stays" {
    crs account edit by-script --note kept -q
    begun=$(crs account login by-script --begin)
    code=$(code_for "$(jq -r .url <<<"$begun")")
    run crs account login by-script --finish "$(jq -r .session <<<"$begun")" --code-stdin <<<"$code"
    [ "$status" -eq 0 ]
    [ "$(crs account show by-script --json --fields note,priority)" = '{"note":"kept","priority":10}' ]
}

@test "nothing of it is in the log or on the screen" {
    run crs log -n 10000
    [[ $output != *CANARY* && $output != *sk-ant* && $output != *"$(cut -d'#' -f1 "$DIR/code")"* ]]
    run crs account show by-hand --json
    [[ $output != *CANARY* ]]
}
