#!/usr/bin/env bash
# gnocchi.sh - a real Gnocchi for tests: its API, its metricd and a PostgreSQL of its own, on loopback.
#
# Gnocchi comes from PyPI into a virtual environment, pinned by constraints/gnocchi.txt; PostgreSQL is Debian's, under a
# directory of our own. Authentication is basic: any user, no password; the user admin may do everything. Or it is
# Keystone's: then Gnocchi is in its catalogue, and the user ceilometer of the project service may do everything.
#
# Usage: gnocchi.sh COMMAND
#   install         Debian packages and the virtual environment; starts nothing
#   up              starts everything and waits until the API answers; prints the URL. After a failure everything is left
#                   to be looked at
#   down            ends everything and removes the state directory
#   status          what runs
#   url             http://127.0.0.1:PORT
#   client ARGS...  gnocchiclient's command, as the user admin, or ceilometer
#   measures        by gnocchiclient, what every metric of every resource holds: a line of JSON each, of resource, its
#                   original id, type and creator, metric, unit, archive policy and the measures of its finest mean
#   stop|start      ends the API, and starts it again at the same port
#   hang|unhang     stops the API (SIGSTOP): its port accepts and nothing answers; and lets it go on
#   database-stop|database-start  the same as stop and start for PostgreSQL
#
# Environment:
#   GNOCCHI_STATE   the state directory: absolute, short (it holds a unix socket), of nobody else
#                   (default /tmp/aerostat-gnocchi)
#   GNOCCHI_CACHE   keeps the virtual environment between runs (default $GNOCCHI_STATE.cache)
#
#   GNOCCHI_KEYSTONE  the URL of a Keystone of keystone.sh; by default there is none, and authentication is basic
#
# Needs root on Debian 12. Exit status: 0 done; 1 failed, with a line "gnocchi.sh: error: ..." on standard error; 2 wrong
# usage.

set -euo pipefail
export LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin"

SELF=$(readlink -f "${BASH_SOURCE[0]}")
HERE=$(dirname "$SELF")
STATE=${GNOCCHI_STATE:-/tmp/aerostat-gnocchi}
STATE=${STATE%/}
CACHE=${GNOCCHI_CACHE:-$STATE.cache}
CACHE=${CACHE%/}
CONSTRAINTS=$HERE/constraints/gnocchi.txt
MARK=$STATE/.made-by-gnocchi.sh
LOG=$STATE/log
CONF=$STATE/gnocchi.conf

die() { echo "gnocchi.sh: error: $*" >&2; exit 1; }
say() { echo "gnocchi.sh: $*" >&2; }
usage() { sed -n '/^# Usage:/,/^# *database-stop/{s/^# \{0,1\}//;p}' "$SELF" >&2; exit 2; }
REQUIREMENTS=('gnocchi[keystone]' gnocchiclient psycopg2-binary oslo.db sqlalchemy sqlalchemy-utils alembic gunicorn)
show() { local file; for file in "$@"; do [[ ! -s $file ]] || { echo "--- $file"; tail -n 20 "$file"; } >&2; done; }

# ---- installation ---------------------------------------------------------------------------------------------------

postgres_bin() { local folder; for folder in /usr/lib/postgresql/*/bin; do [[ ! -x $folder/initdb ]] || echo "$folder"; done | tail -n 1; }

install() {
    [[ $(id -u) == 0 ]] || die "must run as root: PostgreSQL runs as a user of its own"
    "$HERE/packages.sh" postgresql python3-venv || exit 1
    [[ -n $(postgres_bin) ]] || die "the package postgresql has no initdb"
    # Named after what is in it: other requirements make another environment.
    local venv
    venv=$(venv)
    [[ -x $venv/bin/gnocchi-upgrade && -e $venv/.complete ]] && return 0
    say "installing Gnocchi into $venv"
    rm -rf "$venv"
    mkdir -p "$CACHE"
    python3 -m venv "$venv" || die "python3 -m venv failed"
    timeout 1800 "$venv/bin/pip" install -q --disable-pip-version-check -c "$CONSTRAINTS" \
        "${REQUIREMENTS[@]}" >"$venv.log" 2>&1 ||
        { show "$venv.log"; die "pip could not install Gnocchi"; }
    touch "$venv/.complete"
}
venv() { echo "$CACHE/venv-$( (cat "$CONSTRAINTS"; echo "${REQUIREMENTS[@]}") | sha256sum | cut -c1-12)"; }

# ---- processes ------------------------------------------------------------------------------------------------------

pid_of() { cat "$STATE/$1.pid" 2>/dev/null || true; }
is_alive() { local pid; pid=$(pid_of "$1"); [[ -n $pid ]] && kill -0 "$pid" 2>/dev/null; }

# Ends a process of ours, and its session, by force after so many seconds.
end() { # name signal seconds
    local pid tick
    pid=$(pid_of "$1")
    if [[ -n $pid ]] && kill -"$2" "$pid" 2>/dev/null; then
        for ((tick = 0; tick < $3 * 10; tick++)); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
        kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$STATE/$1.pid"
}

as_postgres() { (cd / && setpriv --reuid=postgres --regid=postgres --init-groups env -i PATH="$PATH" LC_ALL=C "$@"); }

start_database() {
    is_alive postgres && return 0
    # A test may lose its database; the host's disk has better things to do than to sync it.
    local options="-c listen_addresses= -c unix_socket_directories=$STATE/socket -c fsync=off -c synchronous_commit=off"
    as_postgres timeout 60 "$(postgres_bin)/pg_ctl" -D "$STATE/postgres" -w -t 30 -l "$LOG/postgres.log" \
        -o "$options -c full_page_writes=off -c max_connections=60" start >"$LOG/pg_ctl.log" 2>&1 ||
        { show "$LOG/pg_ctl.log" "$LOG/postgres.log"; die "PostgreSQL did not start"; }
    head -n 1 "$STATE/postgres/postmaster.pid" >"$STATE/postgres.pid"
}

start_api() {
    is_alive api && return 0
    local port end=$((SECONDS + 120))
    port=$(cat "$STATE/port")
    (cd / && exec setsid "$(venv)/bin/gunicorn" --pythonpath "$STATE" -b "127.0.0.1:$port" -w 2 --threads 4 \
        --keep-alive 75 --timeout 600 --access-logfile "$LOG/access.log" --error-logfile "$LOG/api.log" \
        --capture-output --no-control-socket api:application >"$LOG/api.out" 2>&1 </dev/null) &
    echo $! >"$STATE/api.pid"
    while [[ $SECONDS -lt $end ]]; do
        is_alive api || { show "$LOG/api.log" "$LOG/api.out"; die "the API ended"; }
        # The policies are in the database: an answer means that everything works.
        [[ $(probe "$port") != @(200|401) ]] || return 0
        sleep 0.1
    done
    show "$LOG/api.log" "$LOG/api.out"
    die "the API did not answer in 120 s"
}
probe() {
    python3 - "http://127.0.0.1:$1/v1/archive_policy" <<'END' 2>/dev/null || true
import base64, sys, urllib.error, urllib.request
request = urllib.request.Request(sys.argv[1])
request.add_header("Authorization", "Basic " + base64.b64encode(b"admin:").decode())
try:
    print(urllib.request.urlopen(request, timeout=10).status)
except urllib.error.HTTPError as error:
    print(error.code)
END
}

start_metricd() {
    is_alive metricd && return 0
    setsid "$(venv)/bin/gnocchi-metricd" --config-file "$CONF" >"$LOG/metricd.log" 2>&1 </dev/null &
    echo $! >"$STATE/metricd.pid"
}

register() { # command...
    timeout 60 /usr/bin/python3 "$HERE/openstack/register.py" "$(cat "$STATE/keystone")" "$@" >>"$LOG/register.log" 2>&1 ||
        { show "$LOG/register.log"; die "Keystone does not take it: $*"; }
}

# ---- commands -------------------------------------------------------------------------------------------------------

configure() {
    cat >"$CONF" <<END
[DEFAULT]
coordination_url = file://$STATE/coordination
[api]
auth_mode = $([[ -e $STATE/keystone ]] && echo keystone || echo basic)
operation_timeout = 10
paste_config = $STATE/api-paste.ini
[indexer]
url = postgresql+psycopg2://gnocchi@/gnocchi?host=$STATE/socket
[storage]
driver = file
file_basepath = $STATE/data
[incoming]
driver = file
file_basepath = $STATE/data
[metricd]
workers = 1
metric_processing_delay = 1
greedy = true
END
    # The middleware reads a file of its own, which it would look for in /etc.
    sed "s|^oslo_config_project = gnocchi|&\noslo_config_file = $CONF|" \
        "$(venv)"/lib/python3*/site-packages/gnocchi/rest/api-paste.ini >"$STATE/api-paste.ini" || die "no api-paste.ini"
    if [[ -e $STATE/keystone ]]; then
        cat >>"$CONF" <<END
[keystone_authtoken]
www_authenticate_uri = $(cat "$STATE/keystone")
auth_url = $(cat "$STATE/keystone")
auth_type = password
username = gnocchi
password = gnocchi
project_name = service
user_domain_name = Default
project_domain_name = Default
service_token_roles_required = true
service_token_roles = service
END
    fi
    cat >"$STATE/api.py" <<END
from gnocchi import opts, service
from gnocchi.rest import app
opts.set_defaults()
application = app.load_app(service.prepare_service(["--config-file", "$CONF"], default_config_files=["$CONF"]))
END
}

up() {
    install
    [[ ! -e $STATE || -e $MARK ]] || die "$STATE is not ours; set GNOCCHI_STATE to another directory"
    [[ ! -e $MARK ]] || die "$STATE is in use; gnocchi.sh down first"
    mkdir -p "$STATE"/{log,data,coordination,socket,postgres}
    touch "$MARK" "$LOG/postgres.log"
    chown postgres "$STATE/socket" "$STATE/postgres" "$LOG/postgres.log"
    chmod 700 "$STATE/postgres"
    # A port that is free now; the API takes it in a moment.
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' >"$STATE/port"
    as_postgres timeout 60 "$(postgres_bin)/initdb" -D "$STATE/postgres" -U postgres -A trust -E UTF8 \
        --locale=C.UTF-8 --no-sync >"$LOG/initdb.log" 2>&1 || { show "$LOG/initdb.log"; die "initdb failed"; }
    start_database
    local sql
    for sql in "create role gnocchi login" "create database gnocchi owner gnocchi"; do
        "$(postgres_bin)/psql" -q -h "$STATE/socket" -U postgres -c "$sql" postgres >&2 || die "psql: $sql"
    done
    [[ -z ${GNOCCHI_KEYSTONE:-} ]] || echo "$GNOCCHI_KEYSTONE" >"$STATE/keystone"
    configure
    timeout 120 "$(venv)/bin/gnocchi-upgrade" --config-file "$CONF" --sacks-number 8 >"$LOG/upgrade.log" 2>&1 ||
        { show "$LOG/upgrade.log"; die "gnocchi-upgrade failed"; }
    start_metricd
    start_api
    [[ ! -e $STATE/keystone ]] || register service metric gnocchi "http://127.0.0.1:$(cat "$STATE/port")"
    echo "http://127.0.0.1:$(cat "$STATE/port")"
}

down() {
    [[ -e $MARK ]] || { [[ ! -e $STATE ]] || die "$STATE is not ours"; return 0; }
    end api TERM 15
    end metricd TERM 15
    end postgres INT 20
    rm -rf "$STATE"
}

# Runs something of the virtual environment as gnocchiclient's user.
as_client() { # command...
    local url
    url=http://127.0.0.1:$(cat "$STATE/port")
    if [[ -e $STATE/keystone ]]; then
        export OS_AUTH_TYPE=password OS_USERNAME=ceilometer OS_PASSWORD=ceilometer OS_PROJECT_NAME=service \
            OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default OS_IDENTITY_API_VERSION=3
        OS_AUTH_URL=$(cat "$STATE/keystone")
        export OS_AUTH_URL
    else
        export OS_AUTH_TYPE=gnocchi-basic GNOCCHI_USER=admin
    fi
    GNOCCHI_ENDPOINT=$url timeout 120 "$(venv)/bin/$1" "${@:2}"
}

status() {
    local name
    for name in postgres metricd api; do
        if is_alive "$name"; then echo "$name: process $(pid_of "$name")"; else echo "$name: not running"; fi
    done
}

case ${1:-} in
    install) install ;;
    up) up ;;
    down) down ;;
    status) status ;;
    url) [[ -e $STATE/port ]] || die "there is no Gnocchi in $STATE"; echo "http://127.0.0.1:$(cat "$STATE/port")" ;;
    stop) end api TERM 15 ;;
    start) start_api ;;
    hang) kill -STOP -- "-$(pid_of api)" || die "the API does not run" ;;
    unhang) kill -CONT -- "-$(pid_of api)" || die "the API does not run" ;;
    client) shift; as_client gnocchi "$@" ;;
    measures) as_client python "$HERE/openstack/measures.py" ;;
    database-stop) end postgres INT 20 ;;
    database-start) start_database ;;
    *) usage ;;
esac
