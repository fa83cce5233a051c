#!/usr/bin/env bash
# try.sh - shows Aerostat at work on this machine: real guests, the agent, a collector, and a table of what it received.
#
# Usage: deploy/try.sh [--for SECONDS] [--replay]
#   --for SECONDS  ends by itself; exit status 0 only if the collector received what it should have
#   --replay       replays the bundled recording instead of starting guests
#
# On Debian 12 with Swift, as root: installs the missing Debian packages, builds the agent and the collector, starts
# three tiny emulated guests under a libvirtd of its own (one idle, one that fills memory, one without a balloon
# device), and shows their memory as it arrives at the collector, until Ctrl-C. Then everything that it made is removed
# but the packages and the build (.build). Without root, or where guests cannot run, it replays a recording.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
bed=$root/Tests/TestBed
# shellcheck source=Tests/TestBed/environment.sh
source "$bed/environment.sh"

# The recording's instances: two with balloon statistics, one without a balloon device.
RECORDED=(6e7d0001-0000-4000-8000-000000000001 6e7d0002-0000-4000-8000-000000000002
          6e7d0003-0000-4000-8000-000000000003)

die() { echo "try.sh: error: $*" >&2; exit 1; }
say() { echo "try.sh: $*"; }

seconds='' replay='' collector='' agent='' timer=''
while [[ $# -gt 0 ]]; do
    case $1 in
        --for)
            [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { echo "try.sh: --for takes a number of seconds" >&2; exit 2; }
            seconds=$2
            shift
            ;;
        --replay) replay="as asked for" ;;
        -h | --help) sed -n '2,/^$/{s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) echo "try.sh: unknown argument '$1'; see --help" >&2; exit 2 ;;
    esac
    shift
done
command -v swift >/dev/null || die "swift is not in PATH; install Swift 6.2 or newer (https://www.swift.org/install)"

prepare_environment aerostat-try "$root"
export GUESTS_STATE=$work/g GUESTS_CACHE=$guests_cache
finish() {
    trap '' EXIT INT TERM HUP
    end_child "$timer" 1
    end_child "$child" 10
    end_child "$agent" 8
    end_child "$collector" 3
    [[ ! -e $GUESTS_STATE ]] || timeout -k 5 60 "$bed/guests.sh" down || say "the guests in $GUESTS_STATE are left"
    [[ -e $GUESTS_STATE ]] || rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
cd "$root"

# Runs a long step and counts the seconds: in place on a terminal, else at the beginning and the end. What it prints
# goes to a file, and its end to the terminal if it fails.
step() { # title, limit in seconds, command...
    local title=$1 start=$SECONDS status=0
    shift
    printf 'try.sh: %s ...' "$title"
    [[ -t 1 ]] || echo
    setsid timeout -k 10 "$@" </dev/null >"$work/step.log" 2>&1 &
    child=$!
    while kill -0 "$child" 2>/dev/null; do
        [[ ! -t 1 ]] || printf '\rtry.sh: %s ... %d s' "$title" $((SECONDS - start))
        sleep 0.5
    done
    wait "$child" || status=$?
    child=
    [[ ! -t 1 ]] || printf '\r'
    if [[ $status == 0 ]]; then
        say "$title: done in $((SECONDS - start)) s   "
    else
        say "$title: failed after $((SECONDS - start)) s   "
        [[ $status != 124 ]] || echo "    it took longer than $1 s"
        tail -n 15 "$work/step.log" | sed 's/^/    /'
    fi
    return "$status"
}

# ---- packages, build, guests ----------------------------------------------------------------------------------------
if ! "$bed/packages.sh" --list-missing "${BUILD_PACKAGES[@]}" >"$work/missing"; then
    [[ $(id -u) == 0 ]] || die "missing Debian packages; as root: apt-get install $(<"$work/missing")"
    step "Installing $(<"$work/missing")" 1200 "$bed/packages.sh" "${BUILD_PACKAGES[@]}" || die "packages are missing"
fi
for product in aerostat collector; do
    step "Building $product (release)" 1800 swift build -c release --static-swift-stdlib --product "$product" ||
        die "the build failed"
done
binaries=$(timeout 120 swift build -c release --static-swift-stdlib --show-bin-path)

if [[ -z $replay && $(id -u) != 0 ]]; then
    replay="guests need root"
elif [[ -z $replay ]]; then
    if ! step "Preparing the guests (QEMU, libvirt, a kernel)" 1200 "$bed/guests.sh" install; then
        replay="the guests could not be prepared"
    elif ! step "Starting three guests" 240 "$bed/guests.sh" up --only idle,fill,none; then
        replay="the guests did not start"
    fi
fi
if [[ -n $replay ]]; then
    say "NO REAL GUESTS ($replay): replaying the recording deploy/try-recording.json"
    uuids=("${RECORDED[@]}")
    source=(--replay "$root/deploy/try-recording.json")
    uri=
else
    uri=$("$bed/guests.sh" uri)
    uuids=()
    for name in idle fill none; do uuids+=("$("$bed/guests.sh" uuid "$name")"); done
    source=()
fi

# ---- collector and agent --------------------------------------------------------------------------------------------
is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# Below the ports that the system hands out by itself.
status_port=0
for ((attempt = 0; attempt < 50; attempt++)); do
    status_port=$((20000 + RANDOM % 12000))
    ! is_free "$status_port" || break
done

cat >"$work/polling.yaml" <<END
sources:
  - name: memory
    interval: 5
    meters:
      - memory
      - memory.usage
      - memory.available
      - memory.resident
END

say "agent's log: $work/agent.log, configuration: $work/ceilometer.conf; Ctrl-C ends and removes everything"
echo
record=()
[[ -z $seconds ]] || record=(--jsonl "$work/received.jsonl")
"$binaries/collector" --listen 127.0.0.1:0 --port-file "$work/port" --table \
    --status-url "http://127.0.0.1:$status_port/status" "${record[@]}" </dev/null 2>"$work/collector.log" &
collector=$!
for ((tick = 0; tick < 100; tick++)); do
    [[ ! -s $work/port ]] || break
    kill -0 "$collector" 2>/dev/null || break
    sleep 0.1
done
[[ -s $work/port ]] || die "the collector did not start: $(tail -n 1 "$work/collector.log")"
port=$(<"$work/port")

cat >"$work/pipeline.yaml" <<END
sources:
  - name: all
    meters:
      - "*"
    sinks:
      - collector
sinks:
  - name: collector
    publishers:
      - http://127.0.0.1:$port/v1/samples
END
cat >"$work/ceilometer.conf" <<END
[DEFAULT]
host = try-host
pipeline_cfg_file = $work/pipeline.yaml
${uri:+libvirt_uri = $uri}

[polling]
cfg_file = $work/polling.yaml

[aerostat]
state_path = $work/state
status_listen = 127.0.0.1:$status_port
END
"$binaries/aerostat" run --config-file "$work/ceilometer.conf" "${source[@]}" </dev/null >"$work/agent.log" 2>&1 &
agent=$!
[[ -z $seconds ]] || { sleep "$seconds" & timer=$!; }

# ---- until Ctrl-C, the end of --for, or the end of one of the two ---------------------------------------------------
ended=
wait -n -p ended "$collector" "$agent" ${timer:+"$timer"} || true
case $ended in
    "$agent")
        agent=
        echo
        tail -n 15 "$work/agent.log" | sed 's/^/    /' >&2
        die "the agent ended; its log is above"
        ;;
    "$collector")
        collector=
        tail -n 5 "$work/collector.log" >&2
        die "the collector ended"
        ;;
esac
timer=

received() { # meter, UUID
    # One process that reads all of the file: behind a pipe, a grep -q that ends early would end the one before it.
    awk -v meter="\"name\": *\"${1//./\\\\.}\"" -v resource="\"resource_id\": *\"$2\"" \
        '$0 ~ meter && $0 ~ resource { found = 1 } END { exit !found }' "$work/received.jsonl"
}
lacking=()
received memory.usage "${uuids[0]}" || lacking+=("memory.usage of ${uuids[0]}")
received memory.usage "${uuids[1]}" || lacking+=("memory.usage of ${uuids[1]}")
received memory.resident "${uuids[2]}" || lacking+=("memory.resident of ${uuids[2]}")
echo
if [[ ${#lacking[@]} -gt 0 ]]; then
    tail -n 15 "$work/agent.log" | sed 's/^/    /' >&2
    die "not received in $seconds s: $(IFS=,; echo "${lacking[*]}"); the agent's log is above"
fi
say "received memory.usage of two instances and memory.resident of the third${replay:+ (replayed)}"
