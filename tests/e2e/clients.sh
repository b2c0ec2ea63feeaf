#!/bin/sh
# Real clients through the relay to the fake upstream.
# usage: clients.sh RELAY CRS FAKE SUITE...    CRS_CLIENTS_DIR: directory with node_modules
# Skipped (77) where there are no clients, or no node to run them. CRS_E2E_KEEP=1 keeps the directory of the run.
set -u

here=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
relay_program=$1 crs_program=$2 fake_program=$3
shift 3

[ -n "${CRS_CLIENTS_DIR-}" ] || { echo "CRS_CLIENTS_DIR is not set"; exit 77; }
modules=$CRS_CLIENTS_DIR/node_modules
for tool in node curl timeout; do
    command -v "$tool" >/dev/null || { echo "$tool is missing"; exit 77; }
done
[ -d "$modules" ] || { echo "no clients in '$CRS_CLIENTS_DIR'"; exit 77; }
bin=$modules/.bin

. "$here/rig.sh"
rig_start
for suite; do
    say "--- $suite"
    . "$here/$suite.sh"
done
[ "$checks" -gt 0 ] || fail "nothing was checked"
say "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
