#!/bin/sh
# Installs crs on this machine and starts it, or shows it with a made-up upstream (--demo).
# May be run again at any time: it keeps configuration, keys and accounts, and upgrades the rest.
set -eu

usage() {
    cat <<'USAGE'
usage: scripts/deploy.sh [--yes] [--listen ADDRESS] [--port PORT] [--data-dir DIR] [--no-start]
       scripts/deploy.sh --demo [--keep]

  --yes            ask nothing, take the defaults
  --listen ADDRESS address of the public door      (default 127.0.0.1)
  --port PORT      its port                        (default 3000)
  --data-dir DIR   database and master key         (default /var/lib/crs)
  --no-start       install only
  --demo           build, run and use it once in a temporary directory with the bundled fake
                   upstream; touches nothing else and needs no account
  --keep           demo: leave it running until Enter (or Ctrl-C)
USAGE
}

source_dir=$(cd "$(dirname "$0")/.." && pwd)
. "$source_dir/scripts/packages.sh"
. "$source_dir/scripts/wait_for.sh"

say() { printf '%s\n' "$*"; }
die() {
    printf 'deploy: %s\n' "$1" >&2
    [ -n "${2-}" ] && printf 'hint: %s\n' "$2" >&2
    exit 1
}

yes='' demo='' keep='' start=1 listen=127.0.0.1 port=3000 data_dir=/var/lib/crs given=''
while [ $# -gt 0 ]; do
    case "$1" in
    --yes | -y) yes=1 ;;
    --demo) demo=1 ;;
    --keep) keep=1 ;;
    --no-start) start='' ;;
    --listen | --port | --data-dir)
        [ $# -ge 2 ] || die "$1 needs a value"
        case "$1" in
        --listen) listen=$2 ;;
        --port) port=$2 ;;
        --data-dir) data_dir=$2 ;;
        esac
        given=1
        shift
        ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && die "unknown option '$1'" ;;
    esac
    shift
done
case "$port" in
'' | *[!0-9]*) die "bad port '$port'" "a number from 1 to 65535" ;;
esac
[ "$port" -ge 1 ] && [ "$port" -le 65535 ] || die "bad port '$port'" "a number from 1 to 65535"
case "$data_dir" in
/*) ;;
*) die "bad data directory '$data_dir'" "give an absolute path" ;;
esac

install_packages() {
    missing=$(packages_missing build | tr '\n' ' ')
    [ -z "${missing% }" ] && return 0
    manager=$(package_manager)
    [ -n "$manager" ] || die "no known package manager (apt, dnf, pacman, brew)" \
        "install: $(packages build apt | tr '\n' ' ')"
    if [ "$manager" != brew ] && [ "$(id -u)" -ne 0 ]; then
        [ "$manager" = apt ] || return 0 # others: let the build say what it lacks
        die "these packages are missing: $missing" "as root: apt-get install $missing"
    fi
    say "installing packages: $missing"
    packages_install build >"$log" 2>&1 ||
        die "the packages could not be installed" "see $log; then run this again"
}

# build DIR PREFIX TARGETS...
build() {
    build_dir=$1
    prefix=$2
    shift 2
    say "building in $build_dir"
    cmake -S "$source_dir" -B "$build_dir" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCRS_HARDEN=ON \
        -DCMAKE_INSTALL_PREFIX="$prefix" -DBUILD_TESTING="${testing:-OFF}" >"$log" 2>&1 &&
        cmake --build "$build_dir" ${1+--target "$@"} >>"$log" 2>&1 ||
        die "the build failed" "the last lines of $log tell why"
}

ask() { # ask VARIABLE QUESTION
    eval "default=\$$1"
    printf '%s [%s]: ' "$2" "$default"
    read -r answer || answer=
    [ -n "$answer" ] && eval "$1=\$answer"
    return 0
}

. "$source_dir/scripts/deploy_system.sh"
. "$source_dir/scripts/deploy_demo.sh"

log=$(mktemp "${TMPDIR:-/tmp}/crs-deploy.XXXXXX")
if [ -n "$demo" ]; then
    deploy_demo
else
    deploy_system
fi
