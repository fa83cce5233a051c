# shellcheck shell=bash
# environment.sh - to be sourced by Tests/run.sh and deploy/try.sh: an environment in which Swift and the guests work
# whatever HOME, TMPDIR and the checkout's path are, and commands that end in time.

# What builds the package, as Debian packages. The guests' own are guests.sh's.
# shellcheck disable=SC2034 # for those who source this
BUILD_PACKAGES=(git pkg-config libvirt-dev libcurl4-openssl-dev libssl-dev libxml2-dev libsqlite3-dev
    libzstd-dev libmicrohttpd-dev)

# Makes $work, a directory of our own with a short path (unix sockets live in it), and mends HOME and TMPDIR if they
# cannot be written to. $guests_cache keeps the guests' kernel between runs, $openstack_cache the virtual environments of
# Keystone and Nova, $gnocchi_cache Gnocchi's.
prepare_environment() { # name, the checkout
    export LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin"
    work=$(mktemp -d "/tmp/$1.XXXXXX")
    [[ -n ${TMPDIR:-} && -d $TMPDIR && -w $TMPDIR ]] || unset TMPDIR
    if [[ -z ${HOME:-} || ! -d $HOME || ! -w $HOME ]]; then
        mkdir "$work/home"
        export HOME=$work/home
    fi
    guests_cache=$2/.build/guests
    # shellcheck disable=SC2034 # for those who source this
    openstack_cache=$2/.build/openstack
    # shellcheck disable=SC2034
    gnocchi_cache=$2/.build/gnocchi
    [[ $guests_cache =~ ^[A-Za-z0-9/._+-]+$ ]] || {
        guests_cache=$work/guests.cache
        openstack_cache=$work/openstack.cache
        gnocchi_cache=$work/gnocchi.cache
    }
}

# Runs a command for at most so many seconds, in a session of its own. It ends with this shell: see end_child.
# A Ctrl-C interrupts the wait, which it would not if the command were in the foreground.
child=
limited() { # seconds command...
    local status=0
    setsid timeout -k 10 "$@" </dev/null &
    child=$!
    wait "$child" || status=$?
    child=
    return "$status"
}

# Ends a process that this shell started, and its session; by force after so many seconds.
end_child() { # PID seconds
    [[ -n $1 ]] || return 0
    kill -TERM -- "-$1" 2>/dev/null || kill -TERM "$1" 2>/dev/null || return 0
    local tick
    for ((tick = 0; tick < $2 * 10; tick++)); do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL -- "-$1" 2>/dev/null || kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}
