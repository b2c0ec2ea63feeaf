#!/usr/bin/env bash
# The one test command: installs what the tests need (as root, with apt), builds and runs them all.
#   scripts/test.sh                 everything
#   scripts/test.sh STAGE...        only these: check build asan tsan fuzz lint
# CRS_BUILD_ROOT: where the build directories go (default: the checkout).
# CRS_CLIENTS_DIR: a directory with node_modules of the real clients; their tests run when it is set.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

root=${CRS_BUILD_ROOT:-$PWD}
jobs=$(nproc 2>/dev/null || echo 2)
stages=${*:-deps check build asan tsan fuzz lint}
passed=0 failed=0 failures=()
export LC_ALL=C.UTF-8 ASAN_OPTIONS=abort_on_error=1:detect_stack_use_after_return=1 \
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

note() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }
result() { # result NAME STATUS
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        failures+=("$1")
    fi
}

stage_deps() {
    note "packages"
    if [ "$(id -u)" -eq 0 ] && [ "$(package_manager)" = apt ]; then
        packages_install test >/tmp/crs-test-packages.log 2>&1 ||
            { tail -n 5 /tmp/crs-test-packages.log; exit 1; }
    fi
}

configure_and_build() { # PRESET BINARY_DIR TARGET [cmake options]
    mkdir -p "$root"
    cmake --preset "$1" -B "$2" "${@:4}" >"$2.log" 2>&1 &&
        cmake --build "$2" --target "$3" -j "$jobs" >>"$2.log" 2>&1 ||
        { tail -n 30 "$2.log"; return 1; }
}

run_suite() { # NAME PRESET
    note "$1: build"
    configure_and_build "$2" "$root/build-$1" all
    local status=$?
    result "$1 build" $status
    [ $status -eq 0 ] || return
    note "$1: tests"
    ctest --test-dir "$root/build-$1" --output-on-failure -j "$jobs" --timeout 600
    status=$?
    # A bound of time may be missed beside a busy neighbour: what failed gets one try alone.
    if [ $status -ne 0 ]; then
        note "$1: failed ones again, alone"
        ctest --test-dir "$root/build-$1" --output-on-failure --rerun-failed -j 1 --timeout 600
        status=$?
    fi
    result "$1 tests" $status
}

stage_check() {
    note "house rules"
    scripts/check.sh
    result "house rules" $?
}
stage_build() { run_suite test dev; }
stage_asan() { run_suite asan asan; }
stage_tsan() { run_suite tsan tsan; }

fuzz_one() { # TARGET: its output and status go into files beside it
    local name=${1##*/}
    mkdir -p "$root/build-fuzz/corpus/$name" "tests/fuzz/corpus/$name"
    "$1" -max_total_time="${CRS_FUZZ_SECONDS:-8}" -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
        -print_final_stats=0 -artifact_prefix="$root/build-fuzz/" "$root/build-fuzz/corpus/$name" \
        "tests/fuzz/corpus/$name" >"$root/build-fuzz/$name.log" 2>&1
    echo $? >"$root/build-fuzz/$name.status"
}

stage_fuzz() {
    note "fuzz: build"
    configure_and_build fuzz "$root/build-fuzz" fuzzers -DBUILD_TESTING=OFF
    local status=$? target name
    result "fuzz build" $status
    [ $status -eq 0 ] || return
    rm -f "$root"/build-fuzz/*.status
    for target in "$root"/build-fuzz/tests/fuzz_*; do
        [ -x "$target" ] && [ -f "$target" ] || continue
        note "fuzz: ${target##*/}"
        while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
        fuzz_one "$target" &
    done
    wait
    for target in "$root"/build-fuzz/*.status; do
        name=${target##*/} name=${name%.status} status=$(cat "$target")
        [ "$status" -eq 0 ] || { note "fuzz: $name failed"; tail -n 30 "$root/build-fuzz/$name.log"; }
        result "$name" "$status"
    done
}

stage_lint() {
    note "static analysis"
    if command -v cppcheck >/dev/null; then
        cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability -j "$jobs" \
            --inline-suppr --suppressions-list=.cppcheck-suppressions -D_GNU_SOURCE -I . -I relay common relay tui
        result "cppcheck" $?
    fi
}

for stage in $stages; do
    "stage_$stage"
done
note "done"
if [ "$failed" -gt 0 ]; then
    printf 'failed: %s\n' "${failures[@]}"
fi
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
