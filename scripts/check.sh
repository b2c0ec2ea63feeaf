#!/usr/bin/env bash
# House rules that a program can check: sizes, arrows between rooms, words that must not be there.
# Prints file:line: what, and fails when there is anything.
set -uo pipefail
cd "$(dirname "$0")/.."
bad=0
complain() {
    printf '%s\n' "$*"
    bad=1
}

mapfile -t sources < <(git ls-files --cached --others --exclude-standard -- 'common/*.[ch]' 'relay/*.[ch]' 'tui/*.[ch]')

# Sizes: files at most 400 lines (headers 200), functions at most 100 (60 is the aim).
for file in "${sources[@]}"; do
    [ -f "$file" ] || continue
    lines=$(wc -l <"$file")
    limit=400
    case "$file" in
    common/method_*.c | common/help_topics.c) limit=700 ;; # tables
    relay/core/core.h) limit=360 ;;                        # the one door to the state
    *.h) limit=200 ;;
    esac
    [ "$lines" -le "$limit" ] || complain "$file: $lines lines, more than $limit"
done
awk 'FNR == 1 { start = 0 }
     /^{/ { start = FNR }
     /^}/ { if (start && FNR - start > 100) printf "%s:%d: function of %d lines, more than 100\n", FILENAME, start, FNR - start; start = 0 }' \
    $(printf '%s\n' "${sources[@]}" | grep '\.c$') >/tmp/crs-check.$$ 2>/dev/null
[ -s /tmp/crs-check.$$ ] && { cat /tmp/crs-check.$$; bad=1; }
rm -f /tmp/crs-check.$$

# Arrows between rooms: who may include whom (besides itself and common).
allowed() {
    case "$1" in
    http1) echo "" ;;
    base) echo "" ;;
    upstream) echo "http1" ;;
    meter) echo "upstream" ;;
    rule) echo "http1" ;;
    core) echo "meter rule" ;;
    dialect) echo "meter upstream" ;;
    store) echo "meter base" ;;
    provider) echo "core upstream http1 meter dialect rule base" ;;
    care) echo "provider store core upstream http1 meter base" ;;
    http) echo "provider http1 upstream core base flow rule" ;;
    flow) echo "http care provider store core upstream http1 meter dialect rule base" ;;
    thread) echo "flow http care provider store core upstream http1 base" ;;
    control) echo "care provider store core upstream http1 meter rule base" ;;
    *) echo "*" ;;
    esac
}
for file in "${sources[@]}"; do
    [ -f "$file" ] || continue
    case "$file" in
    common/*) room=common may="" ;;
    relay/*/*)
        room=${file#relay/}
        room=${room%%/*}
        may=$(allowed "$room")
        ;;
    tui/*/*)
        room=${file#tui/}
        room=${room%%/*}
        may="link"
        [ "$room" = link ] && may=""
        ;;
    *) continue ;;
    esac
    while IFS=: read -r line text; do
        target=$(sed 's/.*"\([^"]*\)".*/\1/' <<<"$text")
        target=${target#relay/}
        target=${target#tui/}
        case "$target" in
        */*) into=${target%%/*} ;;
        *) continue ;;
        esac
        [ "$into" = "$room" ] || [ "$into" = common ] && continue
        case " $may " in
        *" $into "* | " * ") ;;
        *) complain "$file:$line: $room must not include $target" ;;
        esac
    done < <(grep -n '^#include "' "$file")
done

# tui/ knows nothing of the daemon; cJSON never prints a client's body; one place writes headers.
for file in "${sources[@]}"; do
    [ -f "$file" ] || continue
    grep -nHE '\b(strcpy|strcat|sprintf|gets|strtok)\(' "$file" | grep -v 'snprintf\|vsprintf' &&
        bad=1
    grep -nHE '\b(TODO|FIXME|XXX)\b' "$file" && bad=1
done
exit $bad
