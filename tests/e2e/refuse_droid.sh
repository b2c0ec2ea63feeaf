# What Droid shows of refusals, in two of its formats.
# shellcheck shell=sh disable=SC2154
. "$here/refuse.sh"
. "$here/droid_cli.sh"

account=factory
by_device factory droid
home refused
ask() {
    curl -sS --noproxy '*' "$relay/droid/claude/v1/messages" -H "x-api-key: $key" \
        -H 'content-type: application/json' -d "{\"model\":\"claude-sonnet-4-5-20250929\",\"max_tokens\":9,
        \"messages\":[{\"role\":\"user\",\"content\":\"$1\"}]}"
}
# As text Droid says only that it failed; its events have the sentence.
show_droid() {
    droid_provider=anthropic droid_path=/droid/claude droid_model=claude-sonnet-4-5-20250929
    droid_exec hello -o stream-json
}
show_droid_openai() {
    droid_provider=openai droid_path=/droid/openai droid_model=gpt-5.4
    droid_exec hello -o stream-json
}
refusals droid droid_openai
