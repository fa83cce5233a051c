#!/usr/bin/env bash
# layout.sh - finds the functions that a poll runs and lists them for the linker (Sources/aerostat/Layout/poll.order), which
# puts them side by side in the release build: most of what an agent keeps in memory is code, and the kernel maps it by
# 64 KiB.
#
# Usage: Benchmarks/layout.sh [--output FILE] [--keep DIRECTORY]
#   --output FILE     where the list goes (Sources/aerostat/Layout/poll.order)
#   --keep DIRECTORY  keeps the profiles and the link map there
#
# The agent polls all meters of twenty real guests under valgrind and delivers them over HTTP, and then those of fifty
# domains that a recording has. To be run again when much of what a poll does has changed, or with a new compiler: a name
# that is not there any more is passed over, and a new function is where the linker puts it, so an old list only does less.
#
# Needs root on Debian 12 with Swift, as Tests/run.sh; Debian packages that are missing are installed. Exit status: 0 the
# list was written; 1 it was not, with the reason; 2 wrong usage.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
bed=$root/Tests/TestBed
# shellcheck source=Tests/TestBed/environment.sh
source "$bed/environment.sh"
# shellcheck source=Benchmarks/process/setup.sh
source "$root/Benchmarks/process/setup.sh"

output=$root/Sources/aerostat/Layout/poll.order keep=
while [[ $# -gt 0 ]]; do
    case $1 in
        --output) [[ -n ${2:-} ]] || wrong "--output takes a file"; output=$(realpath -m "$2"); shift ;;
        --keep) [[ -n ${2:-} ]] || wrong "--keep takes a directory"; keep=$2; shift ;;
        -h | --help) help ;;
        *) wrong "unknown argument '$1'" ;;
    esac
    shift
done
[[ -z $keep ]] || { mkdir -p "$keep"; keep=$(cd "$keep" && pwd -P); }

prepare aerostat-layout valgrind binutils
mkdir -p "${keep:=$work/layout}"
# The names as they are, which C++'s in the runtime are not otherwise.
build -Xlinker "-Map=$keep/map" -Xlinker --no-demangle
# Valgrind cannot read Swift's debug information.
strip --strip-debug -o "$keep/aerostat" "$binary"
start_guests
record_guests
say "polling"
limited 900 "$PYTHON" "$root/Benchmarks/process/layout.py" --work "$keep" --binary "$keep/aerostat" --uri "$uri" \
    --recording "$work/guests.json" --sockets "$work" --map "$keep/map" --output "$output" || die "no list was made"
