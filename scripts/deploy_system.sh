# The system install of deploy.sh. Sourced.
# shellcheck shell=sh disable=SC2154 # variables of deploy.sh

config=/etc/crs/crs-relay.conf

have_systemd() { [ -d /run/systemd/system ]; }

make_user() {
    getent group crs >/dev/null || groupadd --system crs || die "group 'crs' could not be made"
    getent passwd crs >/dev/null ||
        useradd --system --gid crs --home-dir "$data_dir" --no-create-home \
            --shell /usr/sbin/nologin crs || die "user 'crs' could not be made"
}

make_places() {
    install -d -m 0750 -o root -g crs /etc/crs
    install -d -m 0700 -o crs -g crs "$data_dir"
    install -d -m 0755 -o crs -g crs /run/crs
}

# Writes the configuration once; a later run changes only what was asked for on its command line.
make_config() {
    if [ ! -e "$config" ]; then
        cat >"$config" <<EOF
# crs-relay: see crs-relay.conf(5). Reload with: systemctl reload crs-relay, or kill -HUP.
[relay]
listen = $listen:$port
state_dir = $data_dir
socket = /run/crs/control.sock
zone = $(system_zone)
EOF
    elif [ -n "$given" ]; then
        sed -i "s|^listen *=.*|listen = $listen:$port|; s|^state_dir *=.*|state_dir = $data_dir|" "$config"
    else
        say "keeping $config"
        listen_now=$(sed -n 's/^listen *= *//p' "$config" | head -n 1)
        listen=${listen_now%:*} port=${listen_now##*:}
        data_now=$(sed -n 's/^state_dir *= *//p' "$config" | head -n 1)
        [ -n "$data_now" ] && data_dir=$data_now
    fi
    chown root:crs "$config"
    chmod 0640 "$config"
}

system_zone() {
    zone=$(cat /etc/timezone 2>/dev/null || true)
    [ -n "$zone" ] || zone=$(readlink /etc/localtime 2>/dev/null | sed 's|.*/zoneinfo/||')
    case "$zone" in
    '' | Etc/UTC | /*) zone=UTC ;;
    esac
    echo "$zone"
}

as_crs() { setpriv --reuid crs --regid crs --init-groups -- "$@"; }

stop_supervised() {
    [ -s /run/crs/supervise.pid ] || return 0
    kill -TERM "$(cat /run/crs/supervise.pid)" 2>/dev/null || return 0
    wait_for 40 sh -c '! [ -e /run/crs/supervise.pid ]' || true
}

start_daemon() {
    if have_systemd; then
        systemctl daemon-reload
        systemctl enable -q crs-relay
        systemctl restart crs-relay || die "crs-relay did not start" "journalctl -u crs-relay -n 20"
    else
        stop_supervised
        touch "$data_dir/relay.log"
        chown crs:crs "$data_dir/relay.log" # the master key and the database come at the first start
        setsid setpriv --reuid crs --regid crs --init-groups -- \
            /usr/local/libexec/crs/supervise.sh /run/crs/supervise.pid "$data_dir/relay.log" \
            /usr/local/sbin/crs-relay --config "$config" </dev/null >/dev/null 2>&1 &
    fi
    wait_for 15 crs status || die "the relay does not answer" "$(where_log)"
}

where_log() {
    if have_systemd; then echo "journalctl -u crs-relay -n 20"; else echo "tail $data_dir/relay.log"; fi
}

deploy_system() {
    PATH=/usr/local/sbin:/usr/local/bin:$PATH # minimal root shells lack them
    [ "$(id -u)" -eq 0 ] || die "installing needs root" "sudo scripts/deploy.sh, or scripts/deploy.sh --demo"
    if [ -z "$yes" ] && [ -t 0 ] && [ ! -e "$config" ]; then
        ask listen "Listen address"
        ask port "Port"
        ask data_dir "Data directory"
    fi
    install_packages
    build "$source_dir/build-release" /usr/local
    cmake --install "$source_dir/build-release" >>"$log" 2>&1 || die "the install failed" "see $log"
    command -v ldconfig >/dev/null && ldconfig
    make_user
    make_places
    make_config
    as_crs crs-relay --config "$config" --check >>"$log" 2>&1 ||
        die "the configuration is not right" "crs-relay --config $config --check"
    rm -f "$log"
    if [ -z "$start" ]; then
        say "installed; start it with: systemctl enable --now crs-relay"
        return
    fi
    start_daemon
    cat <<EOF

crs-relay listens on http://$listen:$port   (configuration: $config)

  crs account add claude             sign in with an account (or: crs account add claude-console)
  crs key create alice --keep-secret a key for a person
  crs setup claude-code --key alice  what her client must be told; also codex, gemini-cli, droid
  crs status                         what goes on; crs top for the dashboard
EOF
}
