# Completion: what crs offers, and that each shell takes it.
bats_require_minimum_version 1.5.0
load kit

setup_file() {
    relay_setup
    add_account demo
    crs key create ci-build --note "of the build server" --secret-only >/dev/null 2>&1
    crs key create ci-deploy --secret-only >/dev/null 2>&1
    for shell in bash zsh fish; do crs completion $shell >"$DIR/crs.$shell"; done
}
teardown_file() { relay_teardown; }

offers() { # what crs __complete gives for these words, without the descriptions
    run crs __complete "$@"
    [ "$status" -eq 0 ]
    output=$(cut -f1 <<<"$output")
}

@test "words, options, values" {
    offers ke
    expect_out key
    offers key pau
    expect_out pause
    offers key list --sta
    expect_out --state
    offers key list --state ""
    expect_out "active
paused
expired
removed"
    offers key list --state=pa
    expect_out --state=paused
    offers key create x --services claude,ge
    expect_out claude,gemini
    offers account add cod
    expect_out codex
    offers help exit
    expect_out exit-status
    offers help key cre
    expect_out create
    offers call key.cre
    expect_out key.create
    offers account add claude --import ""
    expect_out :files
    offers completion f
    expect_out fish
    offers nonsense ""
    expect_out ""
}

@test "live names, with what they are" {
    run crs __complete key show ci-
    expect_out "ci-build	active, of the build server
ci-deploy	active"
    offers key pause ci-build ci-d
    expect_out ci-deploy
    offers account show d
    expect_out demo
    offers key create x --accounts de
    expect_out demo
}

@test "without a relay: silent, and quick" {
    export XDG_CACHE_HOME=$DIR/empty
    run --separate-stderr env CRS_SOCKET="$DIR/none" crs __complete key show c
    [ "$status" -eq 0 ]
    [ -z "$output$stderr" ]
}

@test "a stuck relay costs at most its patience" {
    export XDG_CACHE_HOME=$DIR/empty2
    kill -STOP "$(cat "$DIR/relay.pid")"
    begun=$(date +%s%N)
    run crs __complete key show c
    took=$((($(date +%s%N) - begun) / 1000000))
    kill -CONT "$(cat "$DIR/relay.pid")"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    echo "$took ms"
    [ "$took" -lt 2000 ] # 300 ms and what a busy machine adds
}

@test "bash takes it" {
    run bash --norc -c ". '$DIR/crs.bash'
        try() { COMP_WORDS=(\"\$@\"); COMP_CWORD=\$((\$# - 1)); _crs; printf '%s|' \"\${COMPREPLY[@]}\"; echo; }
        try crs key show ci-b; try crs key li; try crs key list --state = pa; try crs key list --outp"
    expect_out "ci-build|
list|
paused|
--output|"
}

@test "zsh takes it" {
    command -v zsh >/dev/null || skip "no zsh"
    run zsh -f -c "autoload -Uz compinit; compinit -u -d '$DIR/zcompdump'; . '$DIR/crs.zsh'; print \${_comps[crs]}"
    [ "$output" = _crs ]
    run zsh -f -c "compdef() { : }; compadd() { print -l -- \$values }
        . '$DIR/crs.zsh'; words=(crs key show ci-b); CURRENT=4; _crs"
    expect_out ci-build
}

@test "fish takes it" {
    command -v fish >/dev/null || skip "no fish"
    run fish --no-config -c "source '$DIR/crs.fish'; complete -C 'crs key show ci-b'; complete -C 'crs key list --state=pa'"
    expect_out "ci-build	active, of the build server
--state=paused"
}
