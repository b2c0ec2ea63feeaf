# What the Gemini CLI, by key and signed in, and the Google SDK show of refusals.
# shellcheck shell=sh disable=SC2154
. "$here/refuse.sh"
. "$here/gemini_cli.sh"

account=one
signed_in one gemini
home refused
ask() {
    curl -sS --noproxy '*' "$relay/gemini/v1beta/models/gemini-2.5-pro:generateContent" \
        -H "x-goog-api-key: $key" -H 'content-type: application/json' \
        -d "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"$1\"}]}]}"
}
show_gemini_key() { gemini_key hello; }
show_gemini_google() { gemini_google hello; }
show_gemini_key_screen() { gemini_key_screen hello; }
show_gemini_google_screen() { gemini_google_screen hello; }
show_google_sdk() { client node "$here/sdk_refused.mjs" "$CRS_CLIENTS_DIR" "$relay" "$key" google; }
refusals gemini_key gemini_key_screen gemini_google gemini_google_screen google_sdk
