# shellcheck shell=bash
# service.sh - to be sourced by keystone.sh and nova.sh: virtual environments, and services under gunicorn on loopback.
# Uses NAME (of the script), STATE and CACHE (absolute paths).

export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin" PYTHONDONTWRITEBYTECODE=1
# Debian's own: another Python in PATH need not have venv, nor wheels for its version.
PYTHON=/usr/bin/python3
MARK=$STATE/.made-by-$NAME
RUN=$STATE/run
LOG=$STATE/log

die() { echo "$NAME: error: $*" >&2; exit 1; }
say() { echo "$NAME: $*" >&2; }
usage() { sed -n '/^# Usage:/,/^$/{/^#/s/^# \{0,1\}//p}' "$SELF" >&2; exit 2; }
now() { date +%s; }
show_end() { local file; for file; do [[ ! -s $file ]] || { echo "--- $file" >&2; tail -n 20 "$file" >&2; }; done; }

check_paths() {
    [[ $STATE == /* && $CACHE == /* && $STATE$CACHE =~ ^[A-Za-z0-9/._+-]+$ ]] ||
        die "state directory and cache must be absolute paths of letters, digits and /._+-: $STATE $CACHE"
}

# The virtual environment $CACHE/$1 with these requirements, by the constraints file of that name. It is made once; a
# change of the constraints makes it anew.
install_venv() { # name requirement...
    local name=$1 wanted constraints=${SELF%/*}/openstack/constraints/$1.txt
    shift
    VENV=$CACHE/$name
    mkdir -p "$CACHE"
    wanted=$(cat "$constraints" - <<<"$* $("$PYTHON" --version 2>&1)" | cksum)
    exec 9>"$CACHE/$name.lock"
    flock -w 2100 9 || die "another $NAME has been preparing $VENV for 35 minutes"
    if [[ $(cat "$VENV/.installed" 2>/dev/null) != "$wanted" ]]; then
        PACKAGES_LOG=${PACKAGES_LOG:-$CACHE/apt.log} "${SELF%/*}/packages.sh" python3 python3-venv ||
            die "could not install python3-venv (see ${PACKAGES_LOG:-$CACHE/apt.log})"
        rm -rf "$VENV"
        timeout -k 10 120 "$PYTHON" -m venv "$VENV" || die "could not make the virtual environment $VENV"
        timeout -k 10 1800 "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check \
            -c "$constraints" "$@" gunicorn >"$CACHE/$name.log" 2>&1 9>&- ||
            { show_end "$CACHE/$name.log"; die "could not install $*"; }
        echo "$wanted" >"$VENV/.installed"
    fi
    exec 9>&-
}

prepare_state() {
    mkdir -p "$STATE"
    [[ -e $MARK || -z $(ls -A "$STATE") ]] || die "$STATE exists, is not empty and is not ours"
    : >"$MARK"
    mkdir -p "$RUN" "$LOG" "$STATE/etc"
}

# A port of 127.0.0.1 that nobody listens at.
free_port() {
    "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# The status with which a URL answers within 5 seconds; 000 for none.
http_status() { # URL
    "$PYTHON" - "$1" <<'END'
import sys, urllib.error, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    print(opener.open(sys.argv[1], timeout=5).status)
except urllib.error.HTTPError as error:
    print(error.code)
except OSError:
    print("000")
END
}

# The PID of a service of ours, which runs in $STATE; a process that got the number later is none.
pid_of() { # service
    local pid
    pid=$(cat "$RUN/$1.pid" 2>/dev/null) && [[ -n $pid ]] || return 1
    [[ /proc/$pid/cwd -ef $STATE ]] || return 1
    echo "$pid"
}

# Starts a command in $STATE, in a session of its own, with no other open files: whoever called us may be waiting until
# nobody holds an end of its pipes and sockets any more (Foundation's Process does).
start_service() { # service command...
    local service=$1
    shift
    (
        cd "$STATE"
        exec </dev/null >>"$LOG/$service.log" 2>&1
        for file in /proc/self/fd/*; do
            [[ ${file##*/} -le 2 ]] || eval "exec ${file##*/}>&-"
        done
        exec setsid "$@"
    ) &
    echo $! >"$RUN/$service.pid"
}

# A WSGI application under gunicorn: $STATE/$service.py, at 127.0.0.1:PORT.
start_wsgi() { # service PORT
    start_service "$1" "$VENV/bin/python" -m gunicorn --pythonpath "$STATE" --bind "127.0.0.1:$2" --workers 1 \
        --threads 4 --no-control-socket --keep-alive 75 --timeout 600 --capture-output --access-logfile "$LOG/$1.access" \
        "$1:application"
}

await_http() { # service URL STATUS seconds
    local end=$(($(now) + $4))
    until [[ $(http_status "$2") == "$3" ]]; do
        pid_of "$1" >/dev/null || { show_end "$LOG/$1.log"; die "$1 ended while it was starting"; }
        [[ $(now) -lt $end ]] || { show_end "$LOG/$1.log"; die "$1 did not answer at $2 in $4 s"; }
        sleep 0.1
    done
}

stop_service() { # service
    local pid end
    pid=$(pid_of "$1") || { rm -f "$RUN/$1.pid"; return 0; }
    # It leads a session of its own, so its workers are in its process group.
    kill -CONT -- "-$pid" 2>/dev/null || true
    kill -TERM "$pid" 2>/dev/null || true
    end=$(($(now) + 10))
    while pid_of "$1" >/dev/null && [[ $(now) -lt $end ]]; do sleep 0.05; done
    kill -KILL -- "-$pid" 2>/dev/null || true
    rm -f "$RUN/$1.pid"
}

signal_service() { # signal service
    local pid
    pid=$(pid_of "$2") || die "$2 is not running"
    kill "-$1" -- "-$pid"
}

end_state() { # service...
    [[ -e $STATE ]] || return 0
    [[ -e $MARK ]] || die "$STATE is not ours"
    local service
    for service; do stop_service "$service"; done
    rm -rf "$STATE"
}
