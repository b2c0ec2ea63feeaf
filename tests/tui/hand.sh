# Keys, sight and patience: crs-tui in tmux by hand. Sourced by screens.sh and person.sh after rig.sh;
# socket is the name of the tmux server, here the directory of these files.
# shellcheck shell=bash disable=SC2154

mux() { tmux -L "$socket" "$@"; }

# shows TEXT or shows TEXT|TEXT: one of them stands on the screen.
shows() { mux capture-pane -p -t 0 | grep -qF -- "$(printf '%s' "$1" | tr '|' '\n')"; }
gone() { ! shows "$1"; }

# The person in the browser: from the address on the screen to the code that it gives.
browse() {
    mux send-keys -t 0 C-o
    wait_for 5 shows 'Enter goes back' || return 1
    address=$(mux capture-pane -pJ -t 0 | grep -o 'https://[^ ]*' | head -n 1)
    mux send-keys -t 0 Enter
    wait_for 5 gone 'Enter goes back' || return 1
    code=$(curl -s --noproxy '*' "$fake/oauth/authorize?${address#*\?}")
    mux set-buffer -- "$code#${address##*state=}"
    mux paste-buffer -p -t 0
}
