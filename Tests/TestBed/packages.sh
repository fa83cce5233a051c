#!/usr/bin/env bash
# packages.sh - installs the Debian packages that are missing, and does nothing when none is.
#
# Usage: packages.sh [--list-missing] PACKAGE...
#   --list-missing  prints their names in one line and exits with 1, instead of installing them
#
# Exit status: 0 all are there; 1 some are missing and could not be installed, with one line on standard error that
# names them. Without root nothing is installed. PACKAGES_LOG: where apt's output goes (default: standard error).
# PACKAGES_NO_APT: if set, apt is never called.

set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin" DEBIAN_FRONTEND=noninteractive

die() { echo "packages.sh: error: $*" >&2; exit 1; }

list=
[[ ${1:-} != --list-missing ]] || { list=yes; shift; }
missing=()
for package in "$@"; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [[ $status == *"ok installed"* ]] || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0
[[ -z $list ]] || { echo "${missing[*]}"; exit 1; }
command -v apt-get >/dev/null || die "no apt-get here; these Debian packages are needed: ${missing[*]}"
[[ $(id -u) == 0 ]] || die "missing Debian packages; as root: apt-get install ${missing[*]}"
[[ -z ${PACKAGES_NO_APT:-} ]] || die "PACKAGES_NO_APT is set, but these packages are missing: ${missing[*]}"
[[ -z ${PACKAGES_LOG:-} ]] || exec 2>>"$PACKAGES_LOG"
exec 1>&2

# An apt that is killed half-way leaves dpkg to be repaired by hand, so a Ctrl-C waits for it; its time is limited.
trap '' INT TERM HUP
apt() { timeout -k 10 600 apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }

# Another apt may hold the package lists, for which apt itself does not wait.
update() {
    local attempt
    for attempt in 1 2 3 4 5 6; do
        apt update && return 0
        echo "packages.sh: apt-get update failed ($attempt of 6)"
        sleep 5
    done
    return 1
}

apt install -y --no-install-recommends "${missing[@]}" ||
    { update && apt install -y --no-install-recommends "${missing[@]}"; } ||
    die "apt-get could not install ${missing[*]}"
