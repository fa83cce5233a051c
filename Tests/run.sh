#!/usr/bin/env bash
# run.sh - runs every test: format, unit tests, and the ones with real guests, a TLS server, a real Keystone,
# Nova and Gnocchi, and the built command.
#
# Usage: Tests/run.sh [--full] [--filter REGEX]
#   --full          the long tests too (AEROSTAT_TEST_FULL=1)
#   --filter REGEX  only the tests that match, as `swift test --filter`
#
# Needs root on Debian 12 with Swift: missing Debian packages are installed, Keystone, Nova and Gnocchi are from PyPI into
# .build, and the guests run under a libvirtd of their own (Tests/TestBed/guests.sh). It ends with how many tests there
# were and what failed, and with the test runner's exit status.
#
# What the tests get: AEROSTAT_TEST_BED, the folder of guests.sh, keystone.sh, nova.sh and gnocchi.sh;
# AEROSTAT_TEST_GUESTS, the guests' state directory; KEYSTONE_STATE and NOVA_STATE, those of two others;
# AEROSTAT_TEST_KEYSTONE, AEROSTAT_TEST_NOVA and AEROSTAT_TEST_GNOCCHI, URLs; AEROSTAT_BINARY, the built command.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
bed=$root/Tests/TestBed
# shellcheck source=Tests/TestBed/environment.sh
source "$bed/environment.sh"

PACKAGES=("${BUILD_PACKAGES[@]}" curl nginx-light openssl postgresql python3-venv)
PLAIN=9 # with the other eleven: twenty guests

die() { echo "run.sh: error: $*" >&2; exit 1; }
say() { echo "run.sh: $*" >&2; }

filter=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --full) export AEROSTAT_TEST_FULL=1 ;;
        --filter) [[ -n ${2:-} ]] || die "--filter takes a regular expression"; filter=(--filter "$2"); shift ;;
        -h | --help) sed -n '2,/^$/{s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) echo "run.sh: unknown argument '$1'; see --help" >&2; exit 2 ;;
    esac
    shift
done
command -v swift >/dev/null || die "swift is not in PATH; install Swift 6.2 or newer (https://www.swift.org/install)"
[[ $(id -u) == 0 ]] || die "must run as root: the guests need a mount namespace of their own"

prepare_environment aerostat-test "$root"
# PostgreSQL, which runs as a user of its own, must get through to its directory.
chmod 711 "$work"
export GUESTS_STATE=$work/g GUESTS_CACHE=$guests_cache
export KEYSTONE_STATE=$work/k NOVA_STATE=$work/n OPENSTACK_CACHE=$openstack_cache
export GNOCCHI_STATE=$work/m GNOCCHI_CACHE=$gnocchi_cache
cloud=
gnocchi=
heavy=
# shellcheck disable=SC2317 # the trap calls it
finish() {
    trap '' EXIT INT TERM HUP
    end_child "$child" 10
    end_child "$cloud" 10
    end_child "$gnocchi" 10
    end_child "$heavy" 10
    local service
    for service in gnocchi nova keystone; do
        timeout -k 5 60 "$bed/$service.sh" down >&2 || say "$service is left; its state is in $work"
    done
    [[ ! -e $GUESTS_STATE ]] || timeout -k 5 60 "$bed/guests.sh" down >&2 || say "the guests in $GUESTS_STATE are left"
    [[ -e $GUESTS_STATE || -e $KEYSTONE_STATE || -e $NOVA_STATE || -e $GNOCCHI_STATE ]] || rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
cd "$root"

say "packages"
PACKAGES_LOG=$work/apt.log "$bed/packages.sh" "${PACKAGES[@]}" || { tail -n 20 "$work/apt.log" >&2; die "packages"; }
limited 1800 "$bed/guests.sh" install || die "the guests could not be prepared"

say "format"
# A checkout that belongs to another user is no reason for git to refuse its list.
git -c safe.directory='*' ls-files -z -- '*.swift' >"$work/swift-files" 2>"$work/git.log" ||
    find . -path ./.build -prune -o -name '*.swift' -print0 >"$work/swift-files"
limited 120 xargs -0 -a "$work/swift-files" swift format lint --strict --parallel ||
    die "swift format lint found something; swift format -i FILE mends it"

say "build; Keystone, Nova and Gnocchi meanwhile"
# shellcheck disable=SC2016 # the inner shell expands it
setsid timeout -k 10 5400 bash -c '"$1/keystone.sh" up && "$1/nova.sh" up' up "$bed" </dev/null >"$work/cloud.log" 2>&1 &
cloud=$!
setsid timeout -k 10 2400 "$bed/gnocchi.sh" install >"$work/gnocchi.log" 2>&1 </dev/null &
gnocchi=$!
limited 3600 swift build --build-tests || die "the build failed"
binary=$(timeout 120 swift build --show-bin-path)/aerostat
[[ -x $binary ]] || die "the build made no $binary"

wait "$cloud" || { cloud=; tail -n 40 "$work/cloud.log" >&2; die "Keystone and Nova did not come up"; }
cloud=
AEROSTAT_TEST_KEYSTONE=$("$bed/keystone.sh" url)
AEROSTAT_TEST_NOVA=$("$bed/nova.sh" url)
wait "$gnocchi" || { gnocchi=; tail -n 40 "$work/gnocchi.log" >&2; die "Gnocchi could not be installed"; }
gnocchi=
GNOCCHI_KEYSTONE=$AEROSTAT_TEST_KEYSTONE limited 900 "$bed/gnocchi.sh" up >"$work/gnocchi" 2>"$work/gnocchi.log" ||
    { tail -n 40 "$work/gnocchi.log" >&2; die "Gnocchi did not come up"; }
AEROSTAT_TEST_GNOCCHI=$(<"$work/gnocchi")
export AEROSTAT_TEST_KEYSTONE AEROSTAT_TEST_NOVA AEROSTAT_TEST_GNOCCHI

say "guests"
GUESTS_TIMEOUT=900 limited 1000 "$bed/guests.sh" up "$PLAIN" || die "the guests did not come up"
export AEROSTAT_TEST_BED=$bed AEROSTAT_TEST_GUESTS=$GUESTS_STATE AEROSTAT_BINARY=$binary

say "tests"
# For what hangs; each test has a limit of its own.
limit=3600
[[ -z ${AEROSTAT_TEST_FULL:-} ]] || limit=7200
status=0
# One test after the other: side by side on two cores they would be each other's load.
tests=(swift test --skip-build --disable-xctest --no-parallel --ignore-lock)
# Notes what came of a phase. One without a single test is none, whatever its exit status.
tested() { # log, exit status
    local result=$2
    if [[ $result == 0 ]] && ! grep -a -q 'Test run with [1-9]' "$work/$1.log"; then
        say "error: there are no $1 tests"
        result=1
    fi
    [[ $result != 124 && $result != 137 ]] ||
        say "error: the $1 tests were ended, after $((limit / 60)) minutes or for want of memory"
    [[ $result != 0 ]] || return 0
    status=$result
    failed+=("$1")
    # Behind what failed, what it ended with, unless that is the runner's own end.
    [[ $result == 1 ]] || { echo "run.sh: exit status $result"; tail -n 40 "$work/$1.log"; } >>"$work/$1.end"
}
failed=()
shown() { # log, arguments of swift test: runs them, and shows what they say
    local log=$1 result=0 output reader
    shift
    exec {output}> >(exec tee "$work/$log.log")
    reader=$!
    limited "$limit" "${tests[@]}" "$@" >&"$output" 2>&1 || result=$?
    exec {output}>&-
    # What a test has left running may hold the pipe open.
    timeout 5 tail --pid="$reader" -f /dev/null || true
    tested "$log" "$result"
}
if [[ ${#filter[@]} -gt 0 ]]; then
    shown tests "${filter[@]}"
else
    # What needs a processor and a disk has one of the two to itself as long as no agent is watched with guests.
    heavy_tests='FuzzTests|OutboxTests'
    setsid timeout -k 10 "$limit" "${tests[@]}" --filter "^($heavy_tests)\\." >"$work/heavy.log" 2>&1 </dev/null &
    heavy=$!
    shown light --skip "^($heavy_tests|IntegrationTests)\\."
    result=0
    wait "$heavy" || result=$?
    heavy=
    cat "$work/heavy.log"
    tested heavy "$result"
    shown integration --filter '^IntegrationTests\.'
    say "$(cat "$work"/{light,heavy,integration}.log |
        sed -n 's/.*Test run with \([0-9]*\) tests\{0,1\} in \([0-9]*\) suites\{0,1\}.*/\1 \2/p' |
        awk '{ tests += $1; suites += $2 } END { print tests + 0, "tests in", suites + 0, "suites" }')"
fi
# Whoever reads only the end of it, as of CI's log, is to see what failed.
if [[ $status == 0 ]]; then say "passed"; fi
for log in "${failed[@]}"; do
    say "what failed of the $log tests:"
    grep -a -A 12 -- '✘' "$work/$log.log" | grep -a -v -e '◇' -e '✔' || true
    [[ ! -e $work/$log.end ]] || cat "$work/$log.end"
done
exit "$status"
