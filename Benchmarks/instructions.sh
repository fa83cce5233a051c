#!/usr/bin/env bash
# instructions.sh - counts the instructions and allocations of each benchmark, which a busy machine does not change, and
# compares them with a baseline.
#
# Usage: Benchmarks/instructions.sh [--baseline FILE] [--save FILE] [--filter REGEX] [--tolerance PERCENT]
#        Benchmarks/instructions.sh --profile NAME
#   --baseline FILE      what to compare with (Benchmarks/instructions.txt); "none": nothing
#   --save FILE          where to save the counts as a baseline
#   --filter REGEX       only the scenarios whose whole name matches
#   --tolerance PERCENT  how much more than the baseline is no regression (3)
#   --profile NAME       instead: the functions in which one scenario spends its instructions
#
# Needs valgrind (apt-get install valgrind) and Swift in PATH. Exit status 1 if anything is a regression, 2 for wrong
# usage. A baseline counts for the compiler that made it: its first line says which.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

die() { echo "instructions.sh: error: $*" >&2; exit 2; }

baseline=$here/instructions.txt
save=
filter='.*'
tolerance=3
profile=
while [[ $# -gt 0 ]]; do
    case $1 in
        --baseline | --save | --filter | --tolerance | --profile)
            [[ $# -gt 1 && -n $2 ]] || die "$1 needs a value; see --help"
            declare "${1#--}=$2"
            shift ;;
        -h | --help) sed -n '2,/^$/{s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) die "unknown argument '$1'; see --help" ;;
    esac
    shift
done
[[ $tolerance =~ ^[0-9]+(\.[0-9]+)?$ ]] || die "--tolerance takes a number"
[[ $baseline == none ]] && baseline=
[[ -z $baseline || -r $baseline ]] || die "there is no baseline $baseline; --save makes one"
command -v swift >/dev/null || die "swift is not in PATH"
command -v valgrind >/dev/null || die "valgrind is not installed; apt-get install valgrind"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The runtime is linked in, as into the agent. A build directory of its own: `swift package benchmark` links otherwise.
build=(swift build --package-path "$here" --scratch-path "$here/.build/static" -c release --static-swift-stdlib)
"${build[@]}" --product repeat-scenario >&2
# Valgrind cannot read Swift's debug information.
strip --strip-debug -o "$work/repeat-scenario" "$("${build[@]}" --show-bin-path)/repeat-scenario"

# Runs a scenario so many times; leaves the profile at $work/profile and what it printed at $work/output.
count() {
    SWIFT_DETERMINISTIC_HASHING=1 TMPDIR=$work valgrind --tool=callgrind --compress-strings=no \
        --callgrind-out-file="$work/profile" "$work/repeat-scenario" "$1" "$2" >"$work/output" 2>"$work/errors" || {
        cat "$work/output" "$work/errors" >&2
        die "$1 failed"
    }
    awk '
        /^cfn=/ { callee = substr($0, 5) }
        /^calls=/ && callee ~ /^(malloc|calloc|realloc|posix_memalign|aligned_alloc)$/ {
            split($1, calls, "="); allocations += calls[2]
        }
        /^(summary|totals):/ { instructions = $2 }
        END { print instructions, allocations + 0 }' "$work/profile"
}

if [[ -n $profile ]]; then
    count "$profile" 10 >/dev/null
    callgrind_annotate "$work/profile" 2>/dev/null | sed -n '/file:function/,$p' | head -60 |
        sed -E 's/^( *[0-9,]+ \([ 0-9.]+%\)) +[^:]*:/\1  /; s/ \[[^]]*\]$//' | swift demangle --simplified
    exit 0
fi

scenarios=$("$work/repeat-scenario")
counts=$work/counts
: >"$counts"
while IFS=$'\t' read -r name items unit; do
    [[ $name =~ ^($filter)$ ]] || continue
    # What is done once cancels out between a few repetitions and a few more. It is not quite the same each time (libxml2
    # hashes with a random seed), so that cheap ones are repeated more often.
    case $name in
        "cycle of 5000") more=1 ;;
        cycle* | *cycle | discovery | gnocchi\ *) more=4 ;;
        *) more=20 ;;
    esac
    few=$(count "$name" 2)
    many=$(count "$name" $((2 + more)))
    bytes=$(awk -F'\t' 'END { print $3 }' "$work/output")
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$items" "$unit" $(((${many% *} - ${few% *}) / more)) \
        $(((${many#* } - ${few#* }) / more)) "$bytes" | tee -a "$counts" >&2
done <<<"$scenarios"
[[ -s $counts ]] || die "no scenario matches $filter"

tools="# $(swift --version 2>/dev/null | grep -o 'Swift version [0-9.]*'), $(uname -m), $(valgrind --version)"
[[ -z $baseline || $(head -n 1 "$baseline") == "$tools" ]] ||
    echo "instructions.sh: warning: $baseline was made by other tools: $(head -n 1 "$baseline")" >&2
if [[ -n $save ]]; then
    {
        echo "$tools"
        echo "# scenario, things in a repetition, what they are; in a repetition: instructions, allocations, bytes made"
        cat "$counts"
    } >"$save"
fi

awk -F'\t' -v tolerance="$tolerance" '
    function change(now, before, floor) {
        if (before == "") return "new"
        if (now > before * (1 + tolerance / 100) + floor) { worse = 1; mark = " !" } else mark = ""
        return before > 0 ? sprintf("%+.1f %%%s", (now / before - 1) * 100, mark) : (now > floor ? "+" now mark : "=")
    }
    /^#/ { next }
    FILENAME != ARGV[ARGC - 1] { instructions[$1] = $4; allocations[$1] = $5; bytes[$1] = $6; next }
    FNR == 1 {
        printf "%-24s %9s  %14s %10s  %12s %10s  %10s %9s\n", "", "things", "instructions", "", "allocations", "",
            "bytes", ""
    }
    {
        printf "%-24s %9s  %14.1f %10s  %12.3f %10s  %10.1f %9s  / %s\n", $1, $2,
            $4 / $2, change($4, instructions[$1], 0), $5 / $2, change($5, allocations[$1], 20), $6 / $2,
            change($6, bytes[$1], 0), $3
    }
    END { exit worse }' ${baseline:+"$baseline"} "$counts" || exit 1
