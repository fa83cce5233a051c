#!/usr/bin/env python3
"""Lists the functions that a poll runs, in the order in which a linker is to put them (lld's --symbol-ordering-file)."""

import argparse
import collections
import os
import re
import struct
import subprocess
import sys
import time

from aerostat import Aerostat
from processes import MeasurementError, end_on_sigterm
from sink import Sink

INTERVAL = 10
# The first two polls are unlike the others: they discover, and the second is the first that knows an earlier one.
SETTLED, POLLS = 2.5, 3
# Bytes of a section from which on it is rather a library's file, of which a poll needs a part, than a function.
LARGE = 20_000
# elf(5)
PT_LOAD, PF_W, PF_R = 1, 2, 4
HEADER = """\
# The functions that a poll runs, side by side in the release build. Made by Benchmarks/layout.sh; Package.swift hands it
# to the linker.
"""


def profile(options):
    """Runs the agent under valgrind; the path of what callgrind counted in steady polls alone."""
    out = os.path.join(options.work, "callgrind.out")
    wrapper = os.path.join(options.work, "valgrind.sh")
    with open(wrapper, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\nexec valgrind --tool=callgrind --demangle=no --compress-strings=no "
                   f"--callgrind-out-file='{out}' '{options.binary}' \"$@\"\n")
    os.chmod(wrapper, 0o755)
    sink = Sink()
    agent = Aerostat(wrapper, os.path.join(options.work, "agent"), sink, "all", INTERVAL, uri=options.uri)
    try:
        agent.start()
        agent.first_sample()
        dumps = []
        for seconds in (SETTLED * INTERVAL, POLLS * INTERVAL):
            time.sleep(seconds)
            agent.process.check()
            subprocess.run(["callgrind_control", "--dump", str(agent.process.pid)], check=True, timeout=60,
                           stdout=sys.stderr)
            dumps.append(f"{out}.{len(dumps) + 1}")
        if sink.counts()[0] < POLLS:
            raise MeasurementError("the agent delivered too little")
    finally:
        agent.end()
        sink.close()
    return dumps[-1]


def let_constants_be_written(path):
    """Valgrind 3.19 writes into the mask that sigsuspend(2) is given, and libdispatch has it among its constants."""
    with open(path, "r+b") as file:
        header = file.read(64)
        start, = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        for number in range(count):
            file.seek(start + number * size)
            kind, flags = struct.unpack("<II", file.read(8))
            if (kind, flags) == (PT_LOAD, PF_R):
                file.seek(start + number * size + 4)
                file.write(struct.pack("<I", PF_R | PF_W))


def instructions(path, binary):
    """Function of the binary -> how many instructions it ran itself."""
    counts = collections.Counter()
    function, is_call = None, False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("ob="):
                ours = line[3:].strip() == binary
            elif line.startswith("fn="):
                # callgrind numbers the levels of a recursion.
                function = re.sub(r"'\d+$", "", line[3:].strip()) if ours else None
            elif line.startswith("calls="):
                is_call = True
            elif line[:1] in "+-*0123456789" and line.strip():
                if function and not is_call:
                    counts[function] += int(line.split()[1])
                is_call = False
    return counts


def sections(path):
    """The code's sections as the link map has them: (size, [names])."""
    found, in_code = [], False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            match = re.match(r" *[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +\d+ ( *)(.*)", line)
            if not match:
                continue
            depth, name = len(match[2]), match[3]
            if depth == 0:
                in_code = name == ".text"
            elif in_code and depth == 8:
                found.append((int(match[1], 16), []))
            elif in_code:
                found[-1][1].append(name)
    return found


def ordered(counts, all_sections):
    """Small sections first, which are as good as the functions in them; each by what it runs most."""
    large = {name for size, names in all_sections if size > LARGE for name in names}
    known = {name for _, names in all_sections for name in names}
    names = [name for name, _ in counts.most_common() if name in known]
    return [name for name in names if name not in large] + [name for name in names if name in large]


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("work", "binary", "uri", "map", "output"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    end_on_sigterm()
    try:
        let_constants_be_written(options.binary)
        counts = instructions(profile(options), options.binary)
        names = ordered(counts, sections(options.map))
        if len(names) < 500:
            raise MeasurementError(f"only {len(names)} functions of {len(counts)} were found in {options.map}")
    except (MeasurementError, OSError, subprocess.SubprocessError) as error:
        print(f"layout.sh: error: {error}", file=sys.stderr)
        return 1
    with open(options.output, "w", encoding="utf-8") as file:
        file.write(HEADER + "".join(f"{name}\n" for name in names))
    print(f"{len(names)} functions are in {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
