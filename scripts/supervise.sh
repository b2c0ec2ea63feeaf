#!/bin/sh
# Keeps crs-relay running where no service manager does. Usage: supervise.sh PIDFILE LOG COMMAND...
# A stop is a SIGTERM to this process (its pid is in PIDFILE): it stops the relay and ends.
set -u
pidfile=$1
log=$2
shift 2
echo $$ >"$pidfile"
child=
stopping=
wait_s=1
on_term() {
    stopping=1
    [ -n "$child" ] && kill -TERM "$child" 2>/dev/null
}
trap on_term TERM INT
trap '[ -n "$child" ] && kill -HUP "$child" 2>/dev/null' HUP
while [ -z "$stopping" ]; do
    began=$(date +%s)
    "$@" >>"$log" 2>&1 &
    child=$!
    # wait returns early when a signal comes: ask again until the relay is really gone.
    while kill -0 "$child" 2>/dev/null; do
        wait "$child"
        status=$?
    done
    child=
    [ -n "$stopping" ] && break
    # A wrong configuration (exit 2) does not heal by trying again.
    [ "$status" -eq 2 ] && break
    [ $(($(date +%s) - began)) -gt 60 ] && wait_s=1
    sleep "$wait_s" &
    wait $!
    wait_s=$((wait_s < 30 ? wait_s * 2 : 30))
done
rm -f "$pidfile"
