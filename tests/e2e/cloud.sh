# Claude Code and the Anthropic SDK over Bedrock and Vertex, the Google SDK over Vertex.
# shellcheck shell=sh disable=SC2154
. "$here/claude_code.sh"
. "$here/google_sdk.sh"

echo 'AKIATEST:secret-test-key:session-test' | added bedrock aws --region us-west-2 --key-stdin
tested aws
claude_turns aws bedrock
echo bedrock-api-key-test | added bedrock aws-key --region eu-west-1 --key-stdin
tested aws-key

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$dir/key.pem" 2>/dev/null
node -p 'JSON.stringify({ type: "service_account", project_id: "fake-project",
    private_key: fs.readFileSync(process.argv[1], "utf8"),
    client_email: "relay@fake-project.iam.gserviceaccount.com" })' "$dir/key.pem" >"$dir/service.json"
added vertex gcp --region us-east5 --import "$dir/service.json"
tested gcp
claude_turns gcp vertex
google_sdk gcp vertex turns

# A router is only met by the models that are asked for with its prefix.
echo other-host-key | added ccr router --url "$fake" --key-stdin
tested router
home claude-router
key claude-router --accounts router --clients claude-code
mark
claude_code "[[fake: words=3]] hello" --model ccr,claude-sonnet-4-5
says "claude code on ccr: text" "word2"
claude_code "[[fake: words=2 tool=Read tool_input={\"file_path\":\"$work/note.txt\"}]] read it" \
    --model ccr,claude-sonnet-4-5
says "claude code on ccr: tool" "word1"
fake_get requests | grep -q 'xylophone' && ok "claude code on ccr: the tool's result went up" ||
    fail "claude code on ccr: no tool result reached the upstream"
booked router
account_state router ready

# The SDK on both; neither counts tokens beforehand.
for account in aws gcp; do
    kind=bedrock
    [ "$account" = gcp ] && kind=vertex
    home "sdk-$account"
    key "sdk-$account" --accounts "$account" --clients anthropic-sdk
    mark
    sdk "anthropic sdk on $kind" sdk_anthropic.mjs claude-sonnet-4-5 good nocount
    faithful "$kind"
    booked "$account"
done
