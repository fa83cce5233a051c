#!/usr/bin/env bash
# keystone.sh - a real Keystone (SQLite, Fernet tokens) on loopback, for tests.
#
# It has the project service with the users ceilometer, gnocchi, nova and glance, whose passwords are their names, each with the
# roles admin and service there, all in the domain Default; admin/admin in the project admin; region RegionOne. Other
# services are registered by their own scripts.
#
# Usage: keystone.sh COMMAND
#   install                 the virtual environment; starts nothing
#   up             installs, starts and fills it; prints its URL
#   down           ends it and removes the state directory
#   status         whether it runs
#   url            its URL, with /v3
#   endpoint TYPE NAME URL  has the catalogue say that a service is there
#   stop | start   ends the process, and starts it again at the same port
#   hang | unhang  stops it (SIGSTOP): its port accepts and nothing answers; and lets it go on
#
# Environment:
#   KEYSTONE_STATE   the state directory, of nobody else (default /tmp/aerostat-keystone)
#   OPENSTACK_CACHE  keeps the virtual environments between runs (default /tmp/aerostat-openstack.cache)
#   KEYSTONE_PORT    its port (default: a free one)
#   KEYSTONE_TTL     how long tokens live, in seconds (default 3600)
#
# Needs Debian 12; root only to install python3-venv if that is missing. Exit status: 0 done; 1 failed, with a line
# "keystone.sh: error: ..." on standard error; 2 wrong usage.

set -euo pipefail

NAME=keystone.sh
SELF=$(readlink -f "${BASH_SOURCE[0]}")
STATE=${KEYSTONE_STATE:-/tmp/aerostat-keystone}
STATE=${STATE%/}
CACHE=${OPENSTACK_CACHE:-/tmp/aerostat-openstack.cache}
TTL=${KEYSTONE_TTL:-3600}
# shellcheck source=Tests/TestBed/openstack/service.sh
source "${SELF%/*}/openstack/service.sh"

cmd_install() { install_venv keystone keystone==30.0.0; }

manage() {
    timeout -k 5 120 "$VENV/bin/keystone-manage" --config-file "$STATE/etc/keystone.conf" "$@" >>"$LOG/manage.log" 2>&1 ||
        { show_end "$LOG/manage.log"; die "keystone-manage $1 failed"; }
}

configure() {
    cat >"$STATE/etc/keystone.conf" <<END
[database]
connection = sqlite:///$STATE/keystone.db
[token]
expiration = $TTL
allow_expired_window = 10
[fernet_tokens]
key_repository = $STATE/fernet
[credential]
key_repository = $STATE/credentials
[identity]
# The cheapest: nothing here is worth protecting.
password_hash_rounds = 4
[cache]
# As in real clouds: without it, the roles behind a token cost up to a second of CPU time, each time Nova asks.
enabled = true
backend = dogpile.cache.memory
END
    cat >"$STATE/keystone.py.new" <<'END'
import sys

sys.argv = ["keystone"]
from keystone.server import wsgi

application = wsgi.initialize_public_application()
END
    # Not keystone.py, which would hide the package of that name.
    mv "$STATE/keystone.py.new" "$STATE/keystone_api.py"
}

cmd_start() {
    [[ -e $MARK ]] || die "not up in $STATE"
    cmd_install
    export OS_KEYSTONE_CONFIG_DIR=$STATE/etc OS_KEYSTONE_CONFIG_FILES=keystone.conf
    start_wsgi keystone_api "$(cat "$STATE/port")"
    await_http keystone_api "$(cmd_url)" 200 300
}

cmd_up() {
    cmd_install
    ! pid_of keystone_api >/dev/null || die "already up in $STATE; call down first"
    [[ ! -e $STATE ]] || cmd_down
    prepare_state
    echo "${KEYSTONE_PORT:-$(free_port)}" >"$STATE/port"
    configure
    local url user
    url=$(cmd_url)
    user=(--keystone-user "$(id -un)" --keystone-group "$(id -gn)")
    manage db_sync
    manage fernet_setup "${user[@]}"
    manage credential_setup "${user[@]}"
    manage bootstrap --bootstrap-password admin --bootstrap-region-id RegionOne --bootstrap-admin-url "$url" \
        --bootstrap-internal-url "$url" --bootstrap-public-url "$url"
    cmd_start
    timeout -k 5 60 "$PYTHON" "${SELF%/*}/openstack/register.py" "$url" users >"$LOG/users.log" 2>&1 ||
        { show_end "$LOG/users.log" "$LOG/keystone_api.log"; die "could not make the users"; }
    echo "$url"
}

cmd_down() { end_state keystone_api; }
cmd_url() {
    local port
    port=$(cat "$STATE/port" 2>/dev/null) || die "not up in $STATE"
    echo "http://127.0.0.1:$port/v3"
}

cmd_endpoint() { # TYPE NAME URL
    timeout -k 5 60 "$PYTHON" "${SELF%/*}/openstack/register.py" "$(cmd_url)" service "$@" >"$LOG/endpoint.log" 2>&1 ||
        { show_end "$LOG/endpoint.log"; die "could not register $1"; }
}

check_paths
case ${1:-} in
    install) cmd_install ;;
    up) cmd_up ;;
    down) cmd_down ;;
    status) if pid=$(pid_of keystone_api); then echo "keystone $pid, $(cmd_url)"; else echo "down"; fi ;;
    url) cmd_url ;;
    endpoint) [[ $# == 4 ]] || usage; shift; cmd_endpoint "$@" ;;
    stop) stop_service keystone_api ;;
    start) cmd_start ;;
    hang) signal_service STOP keystone_api ;;
    unhang) signal_service CONT keystone_api ;;
    *) usage ;;
esac
