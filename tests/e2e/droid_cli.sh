# How Droid is run. Sourced by suites.
# shellcheck shell=sh disable=SC2154

# droid_exec PROMPT ARGS...: with the model of $droid_provider at $droid_path.
droid_exec() {
    mkdir -p "$home/.factory"
    cat >"$home/.factory/config.json" <<JSON
{"custom_models":[{"model_display_name":"relay","model":"$droid_model","base_url":"$relay$droid_path",
  "api_key":"$key","provider":"$droid_provider","max_tokens":8192}]}
JSON
    client env FACTORY_AIRGAP_ENABLED=true "$bin/droid" exec -m "custom:$droid_model" "$@"
}
