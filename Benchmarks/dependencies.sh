#!/usr/bin/env bash
# dependencies.sh - what each library costs an agent: private memory in steady polls, and instructions until the first
# sample, on twenty real guests and with all meters.
#
# Usage: Benchmarks/dependencies.sh [--keep DIRECTORY]
#   --keep DIRECTORY  keeps the link map and the profile there
#
# Memory is what no other process shares, so a library that libvirtd has mapped as well costs only what it writes. Pages
# of the executable count for the library that has most of a page. Instructions are counted by valgrind; a million take
# about a third of a millisecond.
#
# Needs root on Debian 12 with Swift, as Tests/run.sh; Debian packages that are missing are installed. Exit status: 0 all
# was measured; 1 it was not, with the reason; 2 wrong usage.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
bed=$root/Tests/TestBed
# shellcheck source=Tests/TestBed/environment.sh
source "$bed/environment.sh"
# shellcheck source=Benchmarks/process/setup.sh
source "$root/Benchmarks/process/setup.sh"

keep=
while [[ $# -gt 0 ]]; do
    case $1 in
        --keep) [[ -n ${2:-} ]] || wrong "--keep takes a directory"; keep=$2; shift ;;
        -h | --help) help ;;
        *) wrong "unknown argument '$1'" ;;
    esac
    shift
done
[[ -z $keep ]] || { mkdir -p "$keep"; keep=$(cd "$keep" && pwd -P); }

prepare aerostat-dependencies valgrind binutils
mkdir -p "${keep:=$work/dependencies}"
build -Xlinker "-Map=$keep/map"
strip --strip-debug -o "$keep/aerostat" "$binary"
start_guests
drop_page_cache
say "measuring"
limited 600 "$PYTHON" "$root/Benchmarks/process/dependencies.py" --root "$root" --work "$keep" --binary "$binary" \
    --stripped "$keep/aerostat" --uri "$uri" --map "$keep/map" || die "not measured"
