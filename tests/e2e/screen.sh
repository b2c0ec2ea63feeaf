# A client on a terminal of its own, as a person has it before them: tmux holds the terminal, types
# and looks. Sourced by suites.
# shellcheck shell=sh disable=SC2154

pane() { tmux -L "crs-e2e-$$" -f /dev/null "$@"; }

# What a person reads in the file or on the terminal: frames and the breaks of lines left out.
read_screen() {
    if [ -n "${on_terminal-}" ]; then
        pane capture-pane -p -t client 2>/dev/null
    else
        cat "$dir/out" "$dir/err" 2>/dev/null
    fi | sed 's/[│┃╭╮╰╯─▌█]/ /g' | tr -s ' \n\t' ' '
}

# shown TEXT: TEXT, a glob, is to be read there.
shown() {
    screen=$(read_screen)
    # shellcheck disable=SC2254 # a glob it is
    case "$screen" in
    *$1*) return 0 ;;
    esac
    return 1
}

shown_either() { shown "$1" || shown "$2"; }

# terminal COMMAND...: starts the client as `client` does, but on a terminal; in $work.
terminal() {
    on_terminal=1
    {
        printf 'cd %s && exec env -i' "'$work'"
        printf " '%s'" PATH="$PATH" HOME="$home" TERM=xterm-256color LANG=C.UTF-8 TMPDIR="$dir" \
            HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1,localhost "$@"
    } >"$dir/terminal.sh"
    pane new-session -d -x 120 -y 40 -s client "sh '$dir/terminal.sh'; sleep 600"
}

# typed READY TEXT: once READY is to be seen, TEXT and Return; nothing when $expected came already.
typed() {
    wait_for 40 shown_either "$1" "${expected-$1}" || return 1
    shown "$1" || return 0
    pane send-keys -t client -l "$2"
    # Return may not come before the text is taken: what comes in one piece is pasted, not sent.
    wait_for 10 shown "$2"
    began=$(date +%s%N)
    pane send-keys -t client Enter
}

# Ends all that was started there; some clients stay when their terminal goes.
terminal_end() {
    [ -n "${on_terminal-}" ] || return 0
    session=$(pane display-message -p -t client '#{pane_pid}' 2>/dev/null)
    # shellcheck disable=SC2046 # pids
    [ -z "$session" ] || kill $(ps -o pid= -s "$session") 2>/dev/null
    pane kill-server 2>/dev/null
    on_terminal=''
}
