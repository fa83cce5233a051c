#!/usr/bin/env python3
"""Lists the functions that a poll runs, in the order in which a linker is to put them (lld's --symbol-ordering-file)."""

import argparse
import collections
import os
import subprocess
import sys
import time

import callgrind
import linkmap
import served_recording
from aerostat import Aerostat
from processes import MeasurementError, end_on_sigterm
from sink import Sink

INTERVAL = 10
# The first two polls are unlike the others: they discover, and the second is the first that knows an earlier one.
SETTLED, POLLS = 2.5, 3
# Bytes of a section from which on it is rather a library's file, of which a poll needs a part, than a function.
LARGE = 20_000
HEADER = """\
# The functions that a poll runs, side by side in the release build. Made by Benchmarks/layout.sh; Package.swift hands it
# to the linker.
"""


def profile(options, name, uri):
    """Runs the agent under valgrind; instructions of its functions in steady polls alone."""
    work = os.path.join(options.work, name)
    os.makedirs(work, exist_ok=True)
    wrapper, out = callgrind.wrapper(options.binary, work)
    sink = Sink()
    agent = Aerostat(wrapper, os.path.join(work, "agent"), sink, "all", INTERVAL, uri=uri)
    try:
        agent.start()
        agent.first_sample()
        for seconds in (SETTLED * INTERVAL, POLLS * INTERVAL):
            time.sleep(seconds)
            agent.process.check()
            callgrind.dump(agent.process.pid)
        if sink.counts()[0] < POLLS:
            raise MeasurementError("the agent delivered too little")
    finally:
        agent.end()
        sink.close()
    counts = collections.Counter()
    for (where, function), count in callgrind.instructions(f"{out}.2"):
        if where == options.binary:
            counts[function] += count
    return counts


def ordered(counts, sections):
    """Small sections first, which are as good as the functions in them; each by what it runs most."""
    code = [section for section in sections if section.output == ".text"]
    large = {name for section in code if section.size > LARGE for name in section.symbols}
    known = {name for section in code for name in section.symbols}
    names = [name for name, _ in counts.most_common() if name in known]
    return [name for name in names if name not in large] + [name for name in names if name in large]


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("work", "sockets", "binary", "uri", "recording", "map", "output"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    end_on_sigterm()
    try:
        callgrind.let_constants_be_written(options.binary)
        counts = profile(options, "guests", options.uri)
        # Domains with figures of NICs, which the guests have none of, and more samples than a request takes.
        uri, server = served_recording.serve(options.recording, options.work, options.sockets, 50)
        try:
            counts += profile(options, "recording", uri)
        finally:
            server.end()
        names = ordered(counts, linkmap.sections(options.map))
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
