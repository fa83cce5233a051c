# shellcheck shell=bash
# setup.sh - to be sourced by host.sh, peers.sh, layout.sh and dependencies.sh: twenty real guests, the agent as it is shipped, and their end.

# Those who source this set root, bed, and by environment.sh child and work.
# shellcheck disable=SC2154
NAME=${0##*/}
die() { echo "$NAME: error: $*" >&2; exit 1; }
say() { echo "$NAME: $*" >&2; }
wrong() { echo "$NAME: $*; see --help" >&2; exit 2; }
help() { sed -n '2,/^$/{s/^# \{0,1\}//;p}' "$0"; exit 0; }
# Debian's own: another Python in PATH need not have venv, nor wheels for its version.
# shellcheck disable=SC2034
PYTHON=/usr/bin/python3
# All of guests.sh but `old`, and plain ones, twenty together: the flavor of `old` has no id, so Ceilometer asks Nova, and
# without one it finds no instance at all.
GUESTS=idle,fill,nostats,none,nodriver,paused,shutoff,volume,nometa,transient
PLAIN=10

number() { # option value smallest largest: prints the value
    if ! [[ $2 =~ ^[0-9]{1,6}$ ]] || ((10#$2 < $3 || 10#$2 > $4)); then wrong "$1 takes a number from $3 to $4"; fi
    echo $((10#$2))
}

# A package that brings a service would start it. What runs here is started by us, on loopback and in our own directory.
policy=
without_services() {
    [[ ! -e /usr/sbin/policy-rc.d ]] || return 0
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

# shellcheck disable=SC2317 # the trap calls it
finish() {
    trap '' EXIT INT TERM HUP
    end_child "$child" 60
    [[ -z $policy ]] || rm -f "$policy"
    [[ ! -e $GUESTS_STATE ]] || timeout -k 5 60 "$bed/guests.sh" down >&2 || say "the guests in $GUESTS_STATE are left"
    [[ -e $GUESTS_STATE ]] || rm -rf "$work"
}

prepare() { # name, packages...
    command -v swift >/dev/null || die "swift is not in PATH; install Swift 6.2 or newer (https://www.swift.org/install)"
    [[ $(id -u) == 0 ]] || die "must run as root: the guests need a mount namespace of their own"
    prepare_environment "$1" "$root"
    shift
    export GUESTS_STATE=$work/g GUESTS_CACHE=$guests_cache PYTHONDONTWRITEBYTECODE=1
    trap finish EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    cd "$root" || die "$root is gone"
    say "packages"
    without_services
    PACKAGES_LOG=$work/apt.log "$bed/packages.sh" "${BUILD_PACKAGES[@]}" python3 "$@" ||
        { tail -n 20 "$work/apt.log" >&2; die "packages"; }
    [[ -z $policy ]] || rm -f "$policy"
    policy=
}

# Sets $binary.
build() { # arguments for `swift build`...
    say "build (release)"
    limited 1800 swift build -c release --static-swift-stdlib --product aerostat "$@" >"$work/build.log" 2>&1 ||
        { tail -n 20 "$work/build.log" >&2; die "the build failed"; }
    binary=$(timeout 120 swift build -c release --static-swift-stdlib --show-bin-path)/aerostat
    [[ -x $binary ]] || die "the build made no $binary"
}

# How much of an executable the kernel maps around a page depends on how the page cache came by it.
drop_page_cache() {
    sync
    echo 3 >/proc/sys/vm/drop_caches || say "the page cache could not be dropped: private memory may be more than after a boot"
}

# Sets $uri and $libvirtd. So many more guests as $bare says are there with nothing to boot from.
start_guests() {
    say "guests"
    limited 900 "$bed/guests.sh" install || die "the guests could not be prepared"
    GUESTS_TIMEOUT=600 limited 900 "$bed/guests.sh" up "$PLAIN" --only "$GUESTS" --bare "${bare:-0}" >/dev/null || die "the guests did not come up"
    # shellcheck disable=SC2034
    uri=$("$bed/guests.sh" uri)
    libvirtd=$(<"$GUESTS_STATE/run/libvirtd.pid")
    [[ -d /proc/$libvirtd ]] || die "libvirtd has ended"
    # What they do after their start is no agent's doing.
    sleep 10
}

# Makes $work/guests.json of the guests.
record_guests() {
    cat >"$work/record.conf" <<<"[DEFAULT]
libvirt_uri = $uri"
    limited 60 "$binary" record --config-file "$work/record.conf" "$work/guests.json" >"$work/record.log" 2>&1 ||
        { tail -n 5 "$work/record.log" >&2; die "the guests could not be recorded"; }
}
