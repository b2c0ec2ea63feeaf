# Pointing clients at the relay: what is printed, what is written, what is refused.
bats_require_minimum_version 1.5.0
load kit

setup_file() {
    relay_setup
    add_account console
    SECRET=$(crs key create alice --keep-secret --secret-only)
    crs key create bob 2>/dev/null >/dev/null
    export SECRET
}
teardown_file() { relay_teardown; }

setup() { # a home of its own for each test
    export HOME=$BATS_TEST_TMPDIR/home SHELL=/bin/bash
    mkdir "$HOME"
    unset CLAUDE_CONFIG_DIR CODEX_HOME GEMINI_CLI_HOME FACTORY_HOME_OVERRIDE
}

backups() { find "$HOME" -name '*.bak-*' | wc -l; }

@test "printed: the file and the environment, with the secret that the relay keeps" {
    run --separate-stderr crs setup claude-code --key alice
    [ "$status" -eq 0 ]
    expect_out "# ~/.claude/settings.json
{
  \"env\": {
    \"ANTHROPIC_BASE_URL\": \"$RELAY/api\",
    \"ANTHROPIC_AUTH_TOKEN\": \"$SECRET\"
  }
}

# or, for one shell
export ANTHROPIC_BASE_URL=$RELAY/api
export ANTHROPIC_AUTH_TOKEN=$SECRET"
    [[ $stderr == *"can be reached from this machine only"* ]]
    [ -z "$(ls -A "$HOME")" ]
    crs audit list --json | grep -q '"key.reveal"'
}

@test "the environment alone, for each shell; it works" {
    eval "$(crs setup claude-code --key alice --shell bash)"
    run curl -s -o /dev/null -w '%{http_code}' "$ANTHROPIC_BASE_URL/v1/models" -H "x-api-key: $ANTHROPIC_AUTH_TOKEN"
    [ "$output" = 200 ]
    run --separate-stderr crs setup gemini-cli --mode google --key alice --shell fish
    expect_out "set -gx GOOGLE_CLOUD_ACCESS_TOKEN $SECRET
set -gx GOOGLE_GENAI_USE_GCA true
set -gx CODE_ASSIST_ENDPOINT $RELAY/gemini"
    [ -z "$stderr" ]
    run --separate-stderr crs setup claude-code --url 'http://[::1]:3000/' --secret-stdin --shell zsh \
        --model 'claude-opus-5-5[1m]' <<<cr_1
    expect_out "export ANTHROPIC_BASE_URL='http://[::1]:3000/api'
export ANTHROPIC_AUTH_TOKEN=cr_1
export ANTHROPIC_MODEL='claude-opus-5-5[1m]'"
}

@test "a secret that is not kept: a placeholder and a sentence; nothing is written" {
    run --separate-stderr crs setup codex --key bob
    [ "$status" -eq 0 ]
    [[ $output == *CRS_KEY=cr_YOUR_KEY* ]]
    [[ $stderr == *"does not keep the secret of key bob"*"--secret-stdin"*"crs key rotate bob"* ]]
    run crs setup codex --key bob --write </dev/null
    [ "$status" -eq 2 ]
    [[ $output == *--secret-stdin* ]]
    run crs setup codex --key nobody
    [ "$status" -eq 3 ]
    [ -z "$(ls -A "$HOME")" ]
}

@test "written, for every client; a second time changes nothing" {
    for client in claude-code codex gemini-cli 'gemini-cli --mode google' droid; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr crs setup $client --key alice --write
        [ "$status" -eq 0 ]
        [[ $output != *"$SECRET"* ]]
        [[ $stderr != *"$SECRET"* ]]
        sums=$(cd "$HOME" && find . -type f -exec sha256sum {} + | sort)
        was=$(backups)
        # shellcheck disable=SC2086
        run --separate-stderr crs setup $client --key alice --write
        [[ $output == *"nothing to change"* ]]
        [[ $output != *" = "* ]]
        [ "$sums" = "$(cd "$HOME" && find . -type f -exec sha256sum {} + | sort)" ]
        [ "$was" = "$(backups)" ]
    done
    [ "$(jq -r .env.ANTHROPIC_AUTH_TOKEN "$HOME/.claude/settings.json")" = "$SECRET" ]
    [ "$(jq -r '.customModels[1].baseUrl' "$HOME/.factory/settings.json")" = "$RELAY/droid/openai" ]
    grep -qx "base_url = \"$RELAY/openai\"" "$HOME/.codex/config.toml"
    grep -qx "CRS_KEY=$SECRET" "$HOME/.codex/.env"
    [ -z "$(find "$HOME" -mindepth 1 \( -type f ! -perm 0600 -o -type d ! -perm 0700 \))" ]
}

@test "what was there stays, and is kept beside" {
    mkdir -p "$HOME/.codex" "$HOME/real"
    printf '# mine\nmodel = "x" # why\n[model_providers.crs]\nname = "old"\n[tui]\nx = [\n 1,\n]\n' >"$HOME/real/config.toml"
    chmod 640 "$HOME/real/config.toml"
    ln -s ../real/config.toml "$HOME/.codex/config.toml"
    cp "$HOME/real/config.toml" "$HOME/before"
    run --separate-stderr crs setup codex --key alice --write
    [ "$status" -eq 0 ]
    [[ $output == *'~ model_providers.crs.name = old -> crs'* ]]
    [[ $stderr == *"chmod 600"* ]]
    [ -L "$HOME/.codex/config.toml" ]
    [ "$(stat -c %a "$HOME/real/config.toml")" = 640 ]
    cmp "$HOME"/real/config.toml.bak-* "$HOME/before"
    [ "$(stat -c %a "$HOME"/real/config.toml.bak-*)" = 640 ]
    expected="# mine
model = \"x\" # why
model_provider = \"crs\"
[model_providers.crs]
name = \"crs\"
base_url = \"$RELAY/openai\"
wire_api = \"responses\"
env_key = \"CRS_KEY\"
[tui]
x = [
 1,
]"
    diff <(printf '%s\n' "$expected") "$HOME/real/config.toml"
}

@test "backups of one second do not write over each other" {
    for i in 1 2 3; do
        crs setup claude-code --url "http://relay-$i" --secret-stdin --write -q <<<"cr_$i" 2>/dev/null
    done
    [ "$(backups)" = 2 ]
    [ "$(jq -r .env.ANTHROPIC_BASE_URL "$HOME/.claude/settings.json")" = http://relay-3/api ]
    cat "$HOME"/.claude/*.bak-* | jq -r .env.ANTHROPIC_BASE_URL | sort >"$HOME/urls"
    diff <(printf 'http://relay-1/api\nhttp://relay-2/api\n') "$HOME/urls"
}

@test "a dry run shows the difference, redacted, and writes nothing" {
    mkdir -p "$HOME/.claude"
    printf '{"env":{"ANTHROPIC_AUTH_TOKEN":"sk-ant-somebody-elses-secret"}}' >"$HOME/.claude/settings.json"
    run --separate-stderr crs setup claude-code --key alice --write --dry-run
    [ "$status" -eq 0 ]
    [[ $output == *"+ env.ANTHROPIC_BASE_URL = $RELAY/api"* ]]
    [[ $output == *'~ env.ANTHROPIC_AUTH_TOKEN = '*…*' -> cr_'*…* ]]
    [[ $output != *somebody* ]]
    [[ $output != *"$SECRET"* ]]
    [ "$(cat "$HOME/.claude/settings.json")" = '{"env":{"ANTHROPIC_AUTH_TOKEN":"sk-ant-somebody-elses-secret"}}' ]
    [ "$(backups)" = 0 ]
    run --separate-stderr crs setup claude-code --key alice --dry-run --json
    [ "$(jq -c '[.dry_run, .files[0].changed, .files[0].changes[0].setting]' <<<"$output")" = \
        '[true,true,"env.ANTHROPIC_BASE_URL"]' ]
    [[ $output != *"$SECRET"* ]]
}

@test "a broken file is named with its line, and no file is written" {
    mkdir -p "$HOME/.codex"
    printf 'what is this\n' >"$HOME/.codex/.env"
    run --separate-stderr crs setup codex --key alice --write
    [ "$status" -eq 2 ]
    [[ $stderr == *".codex/.env: line 1: neither"* ]]
    [ ! -e "$HOME/.codex/config.toml" ]
    mkdir -p "$HOME/.claude"
    printf '{\n "env": {\n}' >"$HOME/.claude/settings.json"
    run --separate-stderr crs setup claude-code --key alice --write
    [ "$status" -eq 2 ]
    [[ $stderr == *"settings.json: line 3: not JSON"* ]]
    [ "$(backups)" = 0 ]
    mkdir "$HOME/.factory"
    mkfifo "$HOME/.factory/settings.json"
    run --separate-stderr crs setup droid --key alice --write
    [ "$status" -eq 2 ]
    [[ $stderr == *"is no file"* ]]
}

@test "without a relay: address and secret from the person, the secret never as an argument" {
    export CRS_SOCKET=$HOME/none
    run --separate-stderr crs setup gemini-cli --url https://relay.example.org/ --secret-stdin --write <<<cr_mine
    [ "$status" -eq 0 ]
    diff <(printf 'GEMINI_API_KEY=cr_mine\nGOOGLE_GEMINI_BASE_URL=https://relay.example.org/gemini\n') "$HOME/.gemini/.env"
    [ "$(jq -r .security.auth.selectedType "$HOME/.gemini/settings.json")" = gemini-api-key ]
    run crs setup gemini-cli --secret-stdin --write <<<cr_mine
    [ "$status" -eq 7 ]
    [[ $output == *"--url ADDRESS --secret-stdin"* ]]
    run crs setup codex --secret cr_mine
    [ "$status" -eq 2 ]
}

@test "the directories that clients are told by the environment" {
    CODEX_HOME=$HOME/c crs setup codex --key alice --write -q 2>/dev/null
    GEMINI_CLI_HOME=$HOME/g crs setup gemini-cli --key alice --write -q 2>/dev/null
    CLAUDE_CONFIG_DIR=$HOME/cl crs setup claude-code --key alice --write -q 2>/dev/null
    [ -s "$HOME/c/config.toml" ] && [ -s "$HOME/g/.gemini/.env" ] && [ -s "$HOME/cl/settings.json" ]
}

@test "Cherry Studio: links that carry what they say; nothing to write" {
    run --separate-stderr crs setup cherry-studio --key alice --json
    [ "$status" -eq 0 ]
    data=$(jq -r '.links[0].link' <<<"$output" | sed 's/.*data=//' | tr '_-' '+/' | base64 -d)
    [ "$(jq -r '.baseUrl, .apiKey, .type' <<<"$data")" = "$RELAY/claude
$SECRET
anthropic" ]
    run crs setup cherry-studio --key alice --write
    [ "$status" -eq 2 ]
    [[ $output == *"keeps its settings to itself"* ]]
}

@test "over ssh: the files are here, the relay there, and a tunnel is named" {
    mkdir "$HOME/bin"
    printf '#!/bin/sh\nexec env CRS_SOCKET=%s crs dial-stdio\n' "$CRS_SOCKET" >"$HOME/bin/ssh"
    chmod +x "$HOME/bin/ssh"
    PATH=$HOME/bin:$PATH CRS_SOCKET=$HOME/none \
        run --separate-stderr crs -H ssh://ops@there:2222 setup codex --key alice --write
    [ "$status" -eq 0 ]
    port=${RELAY##*:}
    [[ $stderr == *"ssh -N -L $port:127.0.0.1:$port -p 2222 ops@there"* ]]
    grep -qx "CRS_KEY=$SECRET" "$HOME/.codex/.env"
}

@test "what cannot be is refused" {
    for line in 'nope' '' 'codex --mode google' 'droid --shell bash' 'codex --model a,b' \
        'claude-code --url ftp://x' 'claude-code --url http://' 'claude-code --url http://u@h' \
        "claude-code --url http://h/'x" 'cherry-studio --model x' 'codex --shell bash --write'; do
        # shellcheck disable=SC2086 # words
        run crs setup $line --key alice
        [ "$status" -eq 2 ] || { echo "$line: $status $output" >&2; return 1; }
    done
    run crs setup codex --url http://h --secret-stdin <<<'two words'
    [ "$status" -eq 2 ]
    [[ $output != *"two words"* ]]
}

@test "a key that may not be used by the client, and a plain address, are warned of" {
    crs key create claude-only --keep-secret --clients claude-code 2>/dev/null >/dev/null
    run --separate-stderr crs setup codex --key claude-only --url http://relay.example.org
    [ "$status" -eq 0 ]
    [[ $stderr == *"key claude-only may not be used by codex"* ]]
    [[ $stderr == *"over http anybody"* ]]
    crs key pause claude-only 2>/dev/null
    run --separate-stderr crs setup claude-code --key claude-only
    [[ $stderr == *"key claude-only is paused"* ]]
    [[ $stderr != *"may not be used"* ]]
}
