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
