# The Google SDK on an account. Sourced by suites.
# shellcheck shell=sh disable=SC2154

# google_sdk ACCOUNT KIND PART...: each with books of its own.
google_sdk() {
    account=$1 kind=$2
    shift 2
    home "genai-$account"
    key "genai-$account" --accounts "$account" --clients google-genai-sdk || return
    for part; do
        mark
        sdk "google sdk on $kind, $part" sdk_google.mjs gemini-2.5-flash "$part"
        faithful "$kind"
        [ "$part" = more ] || booked "$account"
    done
}
