#!/usr/bin/env bash
# host.sh - what the whole agent costs as a process: CPU time of the agent and of libvirtd, memory, start-up, calls,
# requests, open files, threads and wake-ups, cycle by cycle, on twenty real guests and on many domains.
#
# Usage: Benchmarks/host.sh [--rows A,B,...] [--cycles N] [--interval S] [--starts N] [--idle S] [--keep DIRECTORY]
#   --rows A,B,...    which rows (default: all). A row is guests:METERS, twenty real guests under a libvirtd of their own;
#                     NUMBER:METERS, so many domains whose figures a recording has, served over a socket in libvirtd's
#                     place, beside a libvirtd that is idle; or testNUMBER:state, so many of libvirt's test driver in a
#                     real libvirtd, which knows descriptions and states alone. METERS is memory (those of memory
#                     alone), default (those of etc/aerostat/polling.yaml), state or all
#   --cycles N        how many cycles are measured; the figures are their medians (9; at least 3)
#   --interval S      seconds between cycles (10; at least 3, and well above what a cycle takes)
#   --starts N        how many starts are timed (7)
#   --idle S          for how long wake-ups are counted (30)
#   --keep DIRECTORY  keeps configurations, logs and recordings there
#
# The agent is the release build. Its samples wait in its outbox on disk and are posted over HTTP to a collector on
# loopback that only counts. The columns:
#   samples     that a cycle delivered            calls      to libvirt in a cycle, by the status page
#   agent ms    CPU time of a cycle, (min-max)    requests   in a cycle, and kB of their bodies
#   libvirtd ms the same of libvirtd              files      open descriptors
#   cycle ms    time from a poll to the outbox    threads    at the end
#   private MB  that no other process shares      wakes/s    how often a thread wakes between two polls
#   peak MB     resident, also what is shared     first ms   from the start to the first sample at the collector
#   growth kB   how much more private memory the last third of the cycles has than the first
#
# The page cache is dropped before: code that was just written to the disk is mapped in larger pieces than after a boot.
#
# Needs root on Debian 12 with Swift, as Tests/run.sh; Debian packages that are missing are installed. Who wakes is told
# on standard error. Exit status: 0 all was measured; 1 something was not, with the reason; 2 wrong usage.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
bed=$root/Tests/TestBed
# shellcheck source=Tests/TestBed/environment.sh
source "$bed/environment.sh"
# shellcheck source=Benchmarks/process/setup.sh
source "$root/Benchmarks/process/setup.sh"

rows=guests:memory,guests:default,guests:all
for domains in 10 100 500 1000 5000; do rows+=,$domains:default,$domains:all; done
rows+=,test500:state
cycles=9 interval=10 starts=7 idle=30 keep=
while [[ $# -gt 0 ]]; do
    case $1 in
        --rows)
            [[ ${2:-} =~ ^((guests|(test)?[1-9][0-9]{0,4}):(memory|default|all|state),?)+$ ]] || wrong "--rows takes rows such as 500:all"
            rows=${2%,}; shift ;;
        --cycles) cycles=$(number "$1" "${2:-}" 3 1000); shift ;;
        --interval) interval=$(number "$1" "${2:-}" 3 600); shift ;;
        --starts) starts=$(number "$1" "${2:-}" 1 100); shift ;;
        --idle) idle=$(number "$1" "${2:-}" 5 600); shift ;;
        --keep) [[ -n ${2:-} ]] || wrong "--keep takes a directory"; keep=$2; shift ;;
        -h | --help) help ;;
        *) wrong "unknown argument '$1'" ;;
    esac
    shift
done
[[ -z $keep ]] || { mkdir -p "$keep"; keep=$(cd "$keep" && pwd -P); }

prepare aerostat-host
build
start_guests
record_guests

drop_page_cache
status=0
count=$(tr ',' '\n' <<<"$rows" | wc -l)
arguments=(--root "$root" --work "${keep:-$work/rows}" --binary "$binary" --uri "$uri" --libvirtd "$libvirtd"
    --recording "$work/guests.json" --cycles "$cycles" --interval "$interval" --starts "$starts"
    --idle "$idle" --sockets "$work")
say "measuring: $rows"
limited $((count * ((cycles + 5) * interval + starts * 30 + idle + 400))) \
    "$PYTHON" "$root/Benchmarks/process/host.py" "${arguments[@]}" --rows "$rows" \
    --end-guests "$bed/guests.sh" || status=$?
case $status in
    0) ;;
    124) die "the measurements did not end" ;;
    *) exit 1 ;;
esac
