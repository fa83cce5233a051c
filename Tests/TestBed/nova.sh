#!/usr/bin/env bash
# nova.sh - a real Nova API (SQLite, cell0 and cell1) on loopback, with servers that exist in its database only.
#
# It asks the Keystone of keystone.sh, and registers itself and the image service there. Neutron and Glance do not run:
# openstack/stubs.py answers what Nova asks of them, and tells of one image, cirros. There are the flavors m1.small (1),
# m1.large (2) and the private c1.private (f-private).
#
# Usage: nova.sh COMMAND
#   install                   the virtual environment; starts nothing
#   up [HOST=N,...]           installs, starts and fills it (default compute-1=25,compute-2=25); prints its URL
#   down                      ends it and removes the state directory
#   status                    whether it runs
#   url                       its URL, with /v2.1
#   stop | start              ends the API, and starts it again at the same port
#   hang | unhang             stops it (SIGSTOP): its port accepts and nothing answers; and lets it go on
#   seed HOST=N,...           makes servers until each host has so many
#   adopt UUID HOST           makes a server of that UUID on a host
#   uuid HOST INDEX           the UUID of a host's server, from 0 on
#   delete UUID               deletes a server, as Nova does when its host has done so
#   move UUID HOST            has it on another host
#   state UUID STATE          sets its vm_state
#   rename-flavor ID NAME     gives a flavor another name
#
# Environment:
#   NOVA_STATE       the state directory, of nobody else (default /tmp/aerostat-nova)
#   KEYSTONE_STATE   that of keystone.sh
#   OPENSTACK_CACHE  as for keystone.sh
#   NOVA_PORT        its port (default: a free one)
#   NOVA_PAGE        how many servers an answer holds at most (default 1000)
#
# Needs Debian 12; root only to install python3-venv if that is missing. Exit status: 0 done; 1 failed, with a line
# "nova.sh: error: ..." on standard error; 2 wrong usage.

set -euo pipefail

NAME=nova.sh
SELF=$(readlink -f "${BASH_SOURCE[0]}")
STATE=${NOVA_STATE:-/tmp/aerostat-nova}
STATE=${STATE%/}
CACHE=${OPENSTACK_CACHE:-/tmp/aerostat-openstack.cache}
PAGE=${NOVA_PAGE:-1000}
# shellcheck source=Tests/TestBed/openstack/service.sh
source "${SELF%/*}/openstack/service.sh"

cmd_install() { install_venv nova nova==34.0.0; }

manage() {
    (cd "$STATE" && timeout -k 5 300 "$VENV/bin/nova-manage" --config-file "$STATE/etc/nova.conf" "$@") \
        >>"$LOG/manage.log" 2>&1 || { show_end "$LOG/manage.log"; die "nova-manage $* failed"; }
}

# Works on Nova's database through its own objects.
database() {
    [[ -e $MARK ]] || die "not up in $STATE"
    cmd_install
    (cd "$STATE" && timeout -k 5 120 "$VENV/bin/python" "${SELF%/*}/openstack/nova-database.py" "$STATE/etc/nova.conf" "$@") \
        2>"$LOG/database.log" || { show_end "$LOG/database.log"; die "$* failed"; }
}

configure() { # Keystone's URL, the stubs' port
    local credentials="auth_type = password
auth_url = $1
username = nova
password = nova
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne"
    cat >"$STATE/etc/nova.conf" <<END
[DEFAULT]
host = controller
my_ip = 127.0.0.1
state_path = $STATE
transport_url = fake:///
use_stderr = true
[api]
max_limit = $PAGE
[api_database]
connection = sqlite:///$STATE/api.db
[database]
connection = sqlite:///$STATE/cell1.db
[oslo_concurrency]
lock_path = $STATE/lock
[cache]
enabled = false
[neutron]
endpoint_override = http://127.0.0.1:$2
$credentials
[glance]
endpoint_override = http://127.0.0.1:$2
[service_user]
$credentials
[keystone_authtoken]
www_authenticate_uri = $1
service_token_roles_required = true
# Whether a token was revoked is asked each time.
token_cache_time = -1
$credentials
END
    cp "$VENV/etc/nova/api-paste.ini" "$STATE/etc/"
    cat >"$STATE/nova_api.py" <<'END'
import sys

sys.argv = ["nova-api"]
from nova.wsgi.osapi_compute import application
END
}

cmd_start() {
    [[ -e $MARK ]] || die "not up in $STATE"
    cmd_install
    export OS_NOVA_CONFIG_DIR=$STATE/etc
    start_wsgi nova_api "$(cat "$STATE/port")"
    await_http nova_api "http://127.0.0.1:$(cat "$STATE/port")/" 200 300
}

cmd_up() { # HOST=N,...
    local keystone stubs register=("$PYTHON" "${SELF%/*}/openstack/register.py")
    keystone=$("${SELF%/*}/keystone.sh" url)
    cmd_install
    ! pid_of nova_api >/dev/null || die "already up in $STATE; call down first"
    [[ ! -e $STATE ]] || cmd_down
    prepare_state
    echo "${NOVA_PORT:-$(free_port)}" >"$STATE/port"
    stubs=$(free_port)
    configure "$keystone" "$stubs"
    start_service stubs "$PYTHON" "${SELF%/*}/openstack/stubs.py" "$stubs"
    manage api_db sync
    manage cell_v2 map_cell0 --database_connection "sqlite:///$STATE/cell0.db"
    manage cell_v2 create_cell --name cell1 --database_connection "sqlite:///$STATE/cell1.db" --transport-url fake:///
    manage db sync
    database seed "$1" >/dev/null
    cmd_start
    {
        timeout -k 5 60 "${register[@]}" "$keystone" service compute nova "$(cmd_url)" &&
            timeout -k 5 60 "${register[@]}" "$keystone" service image glance "http://127.0.0.1:$stubs"
    } >"$LOG/register.log" 2>&1 || { show_end "$LOG/register.log"; die "could not register with Keystone"; }
    cmd_url
}

cmd_down() { end_state nova_api stubs; }
cmd_url() {
    local port
    port=$(cat "$STATE/port" 2>/dev/null) || die "not up in $STATE"
    echo "http://127.0.0.1:$port/v2.1"
}

check_paths
case ${1:-}:$# in
    install:1) cmd_install ;;
    up:[12]) cmd_up "${2:-compute-1=25,compute-2=25}" ;;
    down:1) cmd_down ;;
    status:1) if pid=$(pid_of nova_api); then echo "nova $pid, $(cmd_url)"; else echo "down"; fi ;;
    url:1) cmd_url ;;
    stop:1) stop_service nova_api ;;
    start:1) cmd_start ;;
    hang:1) signal_service STOP nova_api ;;
    unhang:1) signal_service CONT nova_api ;;
    seed:2 | adopt:3 | uuid:3 | delete:2 | move:3 | state:3 | rename-flavor:3) database "$@" ;;
    *) usage ;;
esac
