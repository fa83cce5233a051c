#!/usr/bin/env bash
# soak.sh - ten minutes of live polling of fifteen guests under random faults of collectors, guests, libvirtd, the disk
# and the agent itself. In the end nothing may be lost, and memory, disk, threads and open files must be flat.
#
# Usage: Tests/soak.sh [--minutes N] [--seed N] [--release]
#   --minutes N  how long there are faults (10; at most 50)
#   --seed N     the same faults in the same order as with that seed; it is printed
#   --release    the agent as it is shipped, not the debug build
#
# Needs root on Debian 12 with Swift, as Tests/run.sh. The faults are Tests/Integration/Support/Soak. A table ends the
# output; exit status 0 only if the verdict is good.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
bed=$root/Tests/TestBed
# shellcheck source=Tests/TestBed/environment.sh
source "$bed/environment.sh"

die() { echo "soak.sh: error: $*" >&2; exit 1; }
say() { echo "soak.sh: $*" >&2; }
wrong() { echo "soak.sh: $*; see --help" >&2; exit 2; }

minutes=10
release=
while [[ $# -gt 0 ]]; do
    case $1 in
        --minutes)
            [[ ${2:-} =~ ^[0-9]{1,2}$ && 10#$2 -ge 1 && 10#$2 -le 50 ]] || wrong "--minutes takes a number from 1 to 50"
            minutes=$((10#$2)); shift ;;
        --seed)
            [[ ${2:-} =~ ^[0-9]{1,9}$ ]] || wrong "--seed takes a number"
            export AEROSTAT_SOAK_SEED=$2; shift ;;
        --release) release=1 ;;
        -h | --help) sed -n '2,/^$/{s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) wrong "unknown argument '$1'" ;;
    esac
    shift
done
command -v swift >/dev/null || die "swift is not in PATH; install Swift 6.2 or newer (https://www.swift.org/install)"
[[ $(id -u) == 0 ]] || die "must run as root: the guests need a mount namespace of their own"

prepare_environment aerostat-soak "$root"
export GUESTS_STATE=$work/g GUESTS_CACHE=$guests_cache
# shellcheck disable=SC2317 # the trap calls it
finish() {
    trap '' EXIT INT TERM HUP
    end_child "$child" 30
    # A soak that was broken off leaves its little disk mounted.
    local mount
    for mount in $(awk -v in_work="$work/" 'index($2, in_work) == 1 && $3 == "tmpfs" { print $2 }' /proc/mounts); do
        umount -l "$mount" || true
    done
    [[ ! -e $GUESTS_STATE ]] || timeout -k 5 60 "$bed/guests.sh" down >&2 || say "the guests in $GUESTS_STATE are left"
    [[ -e $GUESTS_STATE ]] || rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir "$work/tmp"
export TMPDIR=$work/tmp
cd "$root"

say "packages"
PACKAGES_LOG=$work/apt.log "$bed/packages.sh" "${BUILD_PACKAGES[@]}" nginx-light openssl ||
    { tail -n 20 "$work/apt.log" >&2; die "packages"; }
limited 900 "$bed/guests.sh" install || die "the guests could not be prepared"

say "build"
limited 1200 swift build --build-tests || die "the build failed"
configuration=debug
if [[ $release ]]; then
    configuration=release
    limited 1800 swift build -c release --static-swift-stdlib --product aerostat || die "the release build failed"
fi
binary=$(timeout 120 swift build -c "$configuration" --show-bin-path)/aerostat
[[ -x $binary ]] || die "the build made no $binary"

say "guests"
limited 300 "$bed/guests.sh" up 4 || die "the guests did not come up"
export AEROSTAT_TEST_BED=$bed AEROSTAT_TEST_GUESTS=$GUESTS_STATE AEROSTAT_BINARY=$binary AEROSTAT_SOAK_MINUTES=$minutes

say "$minutes minutes of faults"
status=0
limited $((minutes * 60 + 600)) swift test --skip-build --disable-xctest --no-parallel --filter SoakTests || status=$?
case $status in
    0) say "good: nothing was lost, and nothing grew" ;;
    124) say "error: the soak did not end" ;;
    *) say "not good: see above" ;;
esac
[[ $status == 0 ]] || exit 1
