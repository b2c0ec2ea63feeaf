# Package names by package manager, for deploy.sh and test.sh. Sourced.
# shellcheck shell=sh

# package_manager: prints apt, dnf, pacman or brew; empty when none is known.
package_manager() {
    for manager in apt-get dnf pacman brew; do
        if command -v "$manager" >/dev/null 2>&1; then
            echo "${manager%-get}"
            return
        fi
    done
}

# packages build|test MANAGER: what building, or building and testing, takes.
packages() {
    case "$2" in
    apt)
        echo gcc libc6-dev make cmake ninja-build pkg-config gettext ca-certificates tzdata \
            libevent-dev libcurl4-openssl-dev libssl-dev libsodium-dev libcjson-dev \
            libncurses-dev libsqlite3-dev libhiredis-dev
        [ "$1" = test ] && echo libcmocka-dev clang clang-format cppcheck libclang-rt-14-dev \
            mandoc tmux jq curl bats zsh fish sqlite3 redis-server procps iproute2 strace \
            locales bsdutils
        ;;
    dnf)
        echo gcc make cmake ninja-build pkgconf-pkg-config gettext ca-certificates tzdata \
            libevent-devel libcurl-devel openssl-devel libsodium-devel cjson-devel \
            ncurses-devel sqlite-devel hiredis-devel
        [ "$1" = test ] && echo libcmocka-devel clang cppcheck compiler-rt mandoc tmux jq \
            curl bats zsh fish sqlite redis procps-ng iproute strace
        ;;
    pacman)
        echo gcc make cmake ninja pkgconf gettext ca-certificates tzdata libevent curl openssl \
            libsodium cjson ncurses sqlite hiredis
        [ "$1" = test ] && echo cmocka clang cppcheck compiler-rt mandoc tmux jq bats zsh fish \
            redis procps-ng iproute2 strace
        ;;
    brew)
        echo cmake ninja pkg-config gettext libevent curl openssl@3 libsodium cjson ncurses \
            sqlite hiredis
        [ "$1" = test ] && echo cmocka llvm cppcheck mandoc tmux jq bats-core fish redis
        ;;
    esac
    return 0
}

# packages_missing build|test: those of them that are not installed (apt only; others: all).
packages_missing() {
    manager=$(package_manager)
    # shellcheck disable=SC2046 # one word a package
    set -- $(packages "$1" "$manager")
    if [ "$manager" != apt ]; then
        echo "$@"
        return
    fi
    for name in "$@"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || echo "$name"
    done
}

# packages_install build|test: installs what is missing; needs root, except with brew.
packages_install() {
    missing=$(packages_missing "$1" | tr '\n' ' ')
    [ -z "${missing% }" ] && return 0
    # shellcheck disable=SC2086 # one word a package
    case $(package_manager) in
    apt)
        DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
        ;;
    dnf) dnf install -y -q $missing ;;
    pacman) pacman -S --needed --noconfirm $missing ;;
    brew) brew install -q $missing ;;
    *) return 1 ;;
    esac
}
