# A relay with scripted traffic behind the dashboard, in a directory of its own, at a time that is always
# the same. Sourced by screens.sh; source_dir, relay_program, crs_program, fake_program are its.
# shellcheck shell=sh disable=SC2154

. "$source_dir/tests/rig.sh"

rig_stop() {
    # shellcheck disable=SC2086 # a list
    rig_end "${CRS_TUI_KEEP-}" ${held_pids-} ${relay_pid-} ${fake_pid-}
}

# 8 bytes, host order: how far the clock of relay and dashboard is from the machine's, so that they begin
# at 2026-03-02 12:00 UTC (a Monday) whenever the test runs.   clock_file [DAYS]: so many days from then.
# Written over, never made anew: programs that run have it mapped.
clock_file() {
    DAYS=${1-0} perl -e 'open(my $f, -e $ARGV[0] ? "+<" : ">", $ARGV[0]) or die;
        print $f pack("q", (1772452800 + 86400 * $ENV{DAYS} - time()) * 1000)' "$dir/clock"
}

rig_start() {
    rig_dir tui
    clock_file "${first_day-0}"
    unset NO_COLOR
    export CRS_TEST_CLOCK="$dir/clock" TZ=UTC XDG_CONFIG_HOME="$dir/config"
    # Where people are sent to stays: they see it.
    rig_fake 'authorize|redirect_uri|device_page' && rig_relay
}

rig_relay() {
    rig_daemon 'public_url = http://relay.example:3000' || return 1
    relay=http://127.0.0.1:$relay_port
}

account() { # KIND NAME SECRET [options]
    kind=$1 name=$2 secret=$3
    shift 3
    printf '%s' "$secret" | crs account add "$kind" --name "$name" --key-stdin "$@" >/dev/null
}

# ask KEY MODEL WORDS: one request whose answer the words of the fake describe.
ask() {
    curl -sN --noproxy '*' --max-time 20 "$relay/api/v1/messages" -H "x-api-key: $1" \
        -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' \
        -H 'user-agent: claude-cli/2.1.4 (external, cli)' \
        -d "{\"model\":\"$2\",\"max_tokens\":64,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"[[fake: $3]]\"}]}"
}

# Accounts, keys and what has happened to them. The order is the order of times.
rig_traffic() {
    account claude-console console-main sk-ant-api03-one --url "$fake" --at-once 8 --note 'the company key'
    account claude-console spare sk-ant-api03-two --url "$fake" --priority 90 --at-once 4
    account claude-console old-box sk-ant-api03-three --url "$fake"
    account claude-console 日本語チーム sk-ant-api03-four --url "$fake" --priority 80
    crs account off old-box >/dev/null 2>&1
    ci=$(crs key create ci-build --daily-cost 20 --at-once 4 --in-line 10 --tags ci --note 'runners 1 to 6' --secret-only)
    alice=$(crs key create alice-laptop --secret-only)
    nightly=$(crs key create nightly-batch --daily-cost 0.05 --secret-only)
    crs key create 研发一组-备用 --expires 2026-12-31 --daily-cost 5 >/dev/null
    crs key create intern --daily-cost 5 >/dev/null
    crs key pause intern >/dev/null 2>&1
    ask "$ci" claude-sonnet-4-5 'in=12000 out=800 read=40000' >"$dir/answer.1"
    ask "$alice" claude-opus-4-5 'in=9000 out=1500 cache5=2000' >"$dir/answer.2"
    ask "$nightly" claude-opus-4-5 'in=20000 out=2000' >"$dir/answer.3"
    ask "$nightly" claude-opus-4-5 'in=10 out=10' >"$dir/answer.4"
    ask "$alice" claude-haiku-4-5 'in=900 out=50' >"$dir/answer.5"
}
