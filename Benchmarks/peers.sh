#!/usr/bin/env bash
# peers.sh - Aerostat beside what people would use instead, one after the other in the same run, on the same twenty real
# guests: CPU time of a cycle of each and of libvirtd, private memory, calls to libvirt, and their ratios to Aerostat's.
#
# Usage: Benchmarks/peers.sh [--peers A,B,...] [--meters memory|all] [--bare N] [--cycles N] [--interval S]
#                           [--no-calls] [--keep DIRECTORY]
#   --peers A,B,...   which of limit, collectd, exporter, ceilometer (default: all). Aerostat is always there, as the
#                     first and again as the last, which shows how much the machine has drifted
#   --meters M        only the rows of these meters (default: of both)
#   --bare N          so many guests more, whose QEMU has nothing to boot from (0)
#   --cycles N        how many cycles are measured; the figures are their medians (9; at least 3)
#   --interval S      seconds between cycles (5; at least 5)
#   --no-calls        does not count calls to libvirt, which takes a second, short run of each
#   --keep DIRECTORY  keeps configurations and logs there
#
#   aerostat          the release build; outbox on disk, HTTP. memory: the meters of memory; all: every meter
#   limit             limit.c: one bulk call with the same groups, and as many bytes written to a file
#   collectd          5.12 (Debian), plugin virt and write_http. memory: memory figures alone; plain: as it is
#                     configured by default; all: devices and every ExtraStats that Aerostat has a meter for
#   libvirt-exporter  prometheus-libvirt-exporter (Debian), scraped once every interval
#   ceilometer        27.0.0 (PyPI): ceilometer-polling and ceilometer-agent-notification with the publisher http.
#                     RabbitMQ (Debian) is between them; its CPU time is in a column of its own, its memory nowhere
#   nobody            what libvirtd does when nobody asks it
#
# All post to the same collector on loopback that only counts. calls counts the messages on libvirtd's socket, in a run
# of its own. Ratios are to the first row of Aerostat's with the same meters; collectd's plain one is beside memory.
#
# Needs root on Debian 12 with Swift, as Tests/run.sh; Debian packages that are missing are installed (no service is
# started), and Ceilometer from PyPI into .build/peers. Exit status: 0 all was measured; 1 something was not, with the
# reason; 2 wrong usage.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
bed=$root/Tests/TestBed
# shellcheck source=Tests/TestBed/environment.sh
source "$bed/environment.sh"
# shellcheck source=Benchmarks/process/setup.sh
source "$root/Benchmarks/process/setup.sh"

peers=limit,collectd,exporter,ceilometer
cycles=9 interval=5 keep= bare=0
options=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --peers)
            [[ ${2:-} =~ ^((limit|collectd|exporter|ceilometer),?)+$ ]] ||
                wrong "--peers takes names out of limit, collectd, exporter and ceilometer"
            peers=${2%,}; shift ;;
        --meters)
            [[ ${2:-} == memory || ${2:-} == all ]] || wrong "--meters takes memory or all"
            options+=(--meters "$2"); shift ;;
        --bare) bare=$(number "$1" "${2:-}" 0 1000); shift ;;
        --cycles) cycles=$(number "$1" "${2:-}" 3 1000); shift ;;
        --interval) interval=$(number "$1" "${2:-}" 5 600); shift ;;
        --no-calls) options+=(--no-calls) ;;
        --keep) [[ -n ${2:-} ]] || wrong "--keep takes a directory"; keep=$2; shift ;;
        -h | --help) help ;;
        *) wrong "unknown argument '$1'" ;;
    esac
    shift
done
[[ -z $keep ]] || { mkdir -p "$keep"; keep=$(cd "$keep" && pwd -P); }

packages=()
[[ $peers != *limit* ]] || packages+=(gcc libc6-dev)
[[ $peers != *collectd* ]] || packages+=(collectd-core libyajl2)
[[ $peers != *exporter* ]] || packages+=(prometheus-libvirt-exporter)
[[ $peers != *ceilometer* ]] || packages+=(rabbitmq-server python3-venv python3-dev gcc libc6-dev)

prepare aerostat-peers "${packages[@]}"

venv=$root/.build/peers
if [[ $peers == *ceilometer* ]]; then
    constraints=$root/Benchmarks/process/ceilometer-constraints.txt
    # Of libvirt's Python binding the version that Debian's libvirt has.
    requirements=(ceilometer==27.0.0 "libvirt-python==$(pkg-config --modversion libvirt)")
    wanted=$(cat "$constraints" - <<<"${requirements[*]} $("$PYTHON" --version 2>&1)" | cksum)
    if [[ $(cat "$venv/.installed" 2>/dev/null) != "$wanted" ]]; then
        say "Ceilometer"
        rm -rf "$venv"
        mkdir -p "${venv%/*}"
        limited 120 "$PYTHON" -m venv "$venv" || die "could not make the virtual environment $venv"
        limited 900 "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c "$constraints" \
            "${requirements[@]}" >"$work/pip.log" 2>&1 || { tail -n 20 "$work/pip.log" >&2; die "Ceilometer"; }
        # A service compiles what it imports, once.
        limited 300 "$venv/bin/python" -m compileall -q "$venv/lib" >"$work/compile.log" 2>&1 || true
        echo "$wanted" >"$venv/.installed"
    fi
fi
build
if [[ $peers == *limit* ]]; then
    gcc -O2 -Wall -Wextra -Werror -o "$work/limit" "$root/Benchmarks/limit/limit.c" -lvirt || die "limit.c"
fi
start_guests
drop_page_cache

say "measuring"
status=0
# Eleven rows, each twice.
limited $((12 * ((cycles + 10) * interval + 300) * 2)) \
    "$PYTHON" "$root/Benchmarks/process/peers.py" --root "$root" --work "${keep:-$work/rows}" --binary "$binary" \
    --uri "$uri" --libvirtd "$libvirtd" --limit "$work/limit" --venv "$venv" --peers "$peers" --cycles "$cycles" \
    --interval "$interval" "${options[@]}" || status=$?
case $status in
    0) ;;
    124) die "the measurements did not end" ;;
    *) exit 1 ;;
esac
