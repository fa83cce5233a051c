#!/usr/bin/env python3
"""What each library costs: private memory in steady polls, and instructions until the first sample."""

import argparse
import bisect
import collections
import os
import re
import struct
import subprocess
import sys
import time

import callgrind
import linkmap
from aerostat import Aerostat
from processes import MeasurementError, end_on_sigterm
from report import circumstances, figure, mb, table
from sink import Sink

INTERVAL = 4
PAGE = 4096
# Object files by what they belong to; what is none of these is the agent's own.
PACKAGES = [
    ("GRDB", r"/GRDB\.build/"), ("Yams", r"/(Yams|CYaml)\.build/"),
    ("swift-argument-parser", r"/ArgumentParser(ToolInfo)?\.build/"), ("swift-log", r"/Logging\.build/"),
    ("Foundation", r"lib(_?Foundation\w*|CoreFoundation)\.a"),
    ("Swift's runtime and libraries", r"/swift_static/|swiftrt\.o"),
]
OWN = "Aerostat's modules"
# The map has C++ names demangled, and callgrind has not. All C++ of note is in here.
CPP = "Swift's runtime and libraries"


def package(file):
    return next((name for name, pattern in PACKAGES if re.search(pattern, file)), OWN)


def library(path):
    return re.sub(r"[-.]?[0-9.]*\.so.*", "", os.path.basename(path))


def resident(pid, binary, sections):
    """Private bytes of the process by what they belong to."""
    starts = [section.address for section in sections]
    sizes, mapping, base = collections.Counter(), None, None
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as file, open(f"/proc/{pid}/pagemap", "rb") as pages:
        for line in file:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \S+ *(.*)", line)
            if match:
                start, end, offset, path = int(match[1], 16), int(match[2], 16), int(match[3], 16), match[4]
                mapping = path
                if path == binary:
                    base = start if offset == 0 else base
                    for owner, count in owners(pages, start, end, base, sections, starts).items():
                        sizes[owner] += count
            elif mapping != binary and (match := re.match(r"Private_(Clean|Dirty): +(\d+) kB", line)):
                sizes[memory_of(mapping)] += int(match[2]) * 1024
    return sizes


def owners(pages, start, end, base, sections, starts):
    """Resident pages of a mapping of the executable; nobody else runs it."""
    pages.seek(start // PAGE * 8)
    sizes = collections.Counter()
    for number, (entry,) in enumerate(struct.iter_unpack("<Q", pages.read((end - start) // PAGE * 8))):
        if entry >> 63:
            sizes[owner_of_page(start + number * PAGE - base, sections, starts)] += PAGE
    return sizes


def owner_of_page(address, sections, starts):
    weights = collections.Counter()
    index = max(0, bisect.bisect_right(starts, address) - 1)
    while index < len(sections) and sections[index].address < address + PAGE:
        section = sections[index]
        weights[package(section.file)] += max(
            0, min(address + PAGE, section.address + section.size) - max(address, section.address))
        index += 1
    return weights.most_common(1)[0][0] if weights.total() else "tables of the executable"


def memory_of(path):
    if path.startswith("/") and ".so" in path:
        return library(path)
    if path.endswith(".sqlite-shm"):
        return "libsqlite3"
    return "heap" if path in ("[heap]", "") else "stack and kernel"


def started(agent):
    agent.start()
    return agent.first_sample()


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("root", "work", "binary", "stripped", "uri", "map"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    end_on_sigterm()
    sections = sorted(linkmap.sections(options.map), key=lambda section: section.address)
    sections = [section for section in sections if section.size and section.address]
    sink = Sink()
    try:
        binary = os.path.realpath(options.binary)
        agent = Aerostat(binary, os.path.join(options.work, "agent"), sink, "all", INTERVAL, uri=options.uri)
        try:
            first = started(agent)
            time.sleep(INTERVAL * 6)
            sizes = resident(agent.process.pid, binary, sections)
        finally:
            agent.end()
        callgrind.let_constants_be_written(options.stripped)
        wrapper, out = callgrind.wrapper(options.stripped, options.work)
        agent = Aerostat(wrapper, os.path.join(options.work, "counted"), sink, "all", 60, uri=options.uri)
        try:
            started(agent)
            callgrind.dump(agent.process.pid)
        finally:
            agent.end()
    except (MeasurementError, OSError, subprocess.SubprocessError) as error:
        print(f"dependencies.sh: error: {error}", file=sys.stderr)
        return 1
    sink.close()
    by_name = {name: package(section.file) for section in sections for name in section.symbols}
    counts = collections.Counter()
    for (where, function), count in callgrind.instructions(f"{out}.1"):
        counts[by_name.get(function, CPP) if where == options.stripped else library(where)] += count
    rows = [[name, figure(mb(sizes[name]), 2), figure(counts[name] / 1e6, 2)]
            for name in sorted(set(sizes) | set(counts), key=lambda name: (-sizes[name], -counts[name]))
            if sizes[name] >= 50_000 or counts[name] >= 200_000]
    others = [figure(mb(sizes.total()) - sum(float(row[1]) for row in rows), 2),
              figure(counts.total() / 1e6 - sum(float(row[2]) for row in rows), 2)]
    total = ["together", figure(mb(sizes.total()), 2), figure(counts.total() / 1e6, 2)]
    print(table(["what", "private MB", "M instructions"], [*rows, ["the rest", *others], total]))
    print(f"\nfirst sample after {first:.0f} ms")
    print(circumstances(options.root))
    return 0


if __name__ == "__main__":
    sys.exit(main())
