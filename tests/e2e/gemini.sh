# The Gemini CLI, signed in with Google and by key, and the Google SDK.
# shellcheck shell=sh disable=SC2154
. "$here/refuse.sh"
. "$here/gemini_cli.sh"
. "$here/google_sdk.sh"

quota_asked() { fake_get requests | grep -q retrieveUserQuota; }

# gemini_turns ACCOUNT KIND COMMAND
gemini_turns() {
    home "$3-$1"
    key "$3-$1" --accounts "$1" --clients gemini-cli || return
    mark
    "$3" "[[fake: words=3 thinking]] hello"
    says "$3 on $2: text" "word0 word1 word2"
    "$3" "[[fake: words=2 tool=read_file tool_input={\"file_path\":\"$work/note.txt\"}]] read it"
    says "$3 on $2: tool" "word0 word1"
    fake_get requests | grep -q 'xylophone' && ok "$3 on $2: the tool's result went up" ||
        fail "$3 on $2: no tool result reached the upstream"
    # Of its own the relay asks about accounts, here about one that is added meanwhile.
    signed_in "other-$3-$1" gemini
    wait_for 10 quota_asked || fail "nobody asked for the quota of 'other-$3-$1'"
    faithful "$2"
    booked "$1"
    account_state "$1" ready
    curl_refused /gemini/v1beta/models/gemini-2.5-pro:generateContent
}

signed_in one gemini
tested one
crs account show one >"$dir/out"
grep -q fake-project "$dir/out" && ok "gemini: the account's project was found" ||
    fail "gemini: no project in: $(cat "$dir/out")"
gemini_turns one gemini gemini_google
gemini_turns one gemini gemini_key
google_sdk one gemini turns

echo AIza-test-key-1 | crs account add gemini-api --name api --key-stdin >"$dir/out" 2>&1 &&
    ok "account add gemini-api" || fail "account add gemini-api: $(cat "$dir/out")"
tested api
gemini_turns api gemini-api gemini_key
google_sdk api gemini-api turns more
