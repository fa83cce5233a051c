#!/usr/bin/env python3
"""The measurements of peers.sh, which has started the guests and installed the peers."""

import argparse
import os
import re
import statistics
import sys
import time

from aerostat import Aerostat
from calls import CallCounter
from ceilometer import Ceilometer
from cycles import measure
from others import Collectd, Exporter, Limit
from processes import MeasurementError, Started, end_on_sigterm
from report import circumstances, figure, mb, table
from sink import Sink
from watched import Watched

HEADINGS = [
    "row", "samples", "agent ms", "(min-max)", "ratio", "libvirtd ms", "ratio", "private MB", "ratio", "broker ms",
    "calls", "requests", "kB",
]
METERS = ("memory", "all")
# Watched, but not the agent.
BESIDE = ("libvirtd", "broker")


class OurAgent:
    """Aerostat in the shape of a peer."""

    def __init__(self, options, sink):
        self.options, self.sink = options, sink
        self.agent = None

    def start(self, meters, uri, directory):
        self.agent = Aerostat(self.options.binary, directory, self.sink, meters, self.options.interval, uri=uri)
        self.agent.start()
        self.agent.settle()
        return {"agent": self.agent.process}, {}

    def end(self):
        if self.agent:
            self.agent.end()


class Nobody:
    """Nothing but the guests: what libvirtd does by itself."""

    def start(self, meters, uri, directory):
        self.process = Started("sleep", ["sleep", "infinity"], os.path.join(directory, "sleep.log"))
        return {"agent": self.process}, {}

    def end(self):
        self.process.end()


def run(peer, meters, options, sink, uri, name, cycles, calls=None):
    directory = os.path.join(options.work, name)
    os.makedirs(directory, exist_ok=True)
    try:
        agents, others = peer.start(meters, uri, directory)
        time.sleep(options.interval * 2)
        watched = {name: Watched(one.pid) for name, one in agents.items()}
        beside = {name: Watched(one.pid) for name, one in others.items()}
        beside["libvirtd"] = Watched(options.libvirtd, children=False)
        main = next(iter(agents.values()))
        return measure(main, watched, beside, sink, options.interval, cycles, calls=calls)
    finally:
        peer.end()


def counted(peer, meters, options, sink, name):
    """libvirt calls of a cycle, in a run of its own: the counting would cost libvirtd and the agent time."""
    real = re.search(r"socket=(.*)", options.uri)[1]
    path = os.path.join(options.work, "calls.sock")
    counter = CallCounter(path, real)
    try:
        result = run(peer, meters, options, sink, options.uri.replace(real, path), name + "-calls", 3,
                     calls=lambda: counter.count)
        return result.median(lambda it: it.calls)
    finally:
        counter.close()


def plan(options, sink, sizes):
    """Row -> peer and meters, in their order."""
    aerostat = OurAgent(options, sink)
    rows = []
    wanted = options.peers.split(",")
    for meters in METERS:
        rows.append((f"aerostat {meters}", aerostat, meters))
    if "limit" in wanted:
        rows += [(f"limit {meters}", Limit(options, sizes), meters) for meters in METERS]
    if "collectd" in wanted:
        rows += [(f"collectd {meters}", Collectd(options, sink), meters) for meters in ("memory", "plain", "all")]
    if "exporter" in wanted:
        rows.append(("libvirt-exporter", Exporter(options, sink), "all"))
    if "ceilometer" in wanted:
        rows += [(f"ceilometer {meters}", Ceilometer(options, sink), meters) for meters in METERS]
    rows.append(("nobody", Nobody(), None))
    rows += [(f"aerostat {meters} again", aerostat, meters) for meters in METERS]
    # What collectd does by default is beside the meters of memory.
    return [row for row in rows if not options.meters or row[2] in (None, options.meters)
            or (row[2], options.meters) == ("plain", "memory")]


def measured_row(name, peer, meters, options, sink, sizes, ours):
    slug = name.replace(" ", "-")
    result = run(peer, meters, options, sink, options.uri, slug, options.cycles)
    count = not options.no_calls and not isinstance(peer, Nobody)
    calls = counted(peer, meters, options, sink, slug) if count else None
    parts = [part for part in result.cycles[0].cpu if part not in BESIDE]
    agent = [sum(cycle.cpu[part] for part in parts) for cycle in result.cycles]
    figures = {
        "agent": statistics.median(agent), "libvirtd": result.cpu("libvirtd"),
        "private": mb(result.median(lambda it: it.private)),
    }
    if isinstance(peer, OurAgent):
        # What the limit writes, and what all are compared with.
        sizes.setdefault(meters, int(result.median(lambda it: it.bytes)))
        ours.setdefault(meters, figures)
    base = ours.get("memory" if meters == "plain" else meters, {})
    cells = [name, figure(result.median(lambda it: it.samples), 0), figure(figures["agent"]),
             f"{figure(min(agent))}-{figure(max(agent))}"]
    for key in ("agent", "libvirtd", "private"):
        if key != "agent":
            cells.append(figure(figures[key]))
        cells.append(figure(figures[key] / base[key]) if key in base else "-")
    if len(parts) > 1:
        print(f"{name}: " + ", ".join(f"{part} {figure(result.cpu(part))} ms" for part in parts), file=sys.stderr)
    broker = result.cpu("broker") if "broker" in result.cycles[0].cpu else None
    return cells + [
        figure(broker), figure(calls, 0), figure(result.median(lambda it: it.requests), 0),
        figure(result.median(lambda it: it.bytes) / 1000),
    ]


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("root", "work", "binary", "uri", "limit", "venv", "peers"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("libvirtd", "cycles", "interval"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--no-calls", action="store_true")
    parser.add_argument("--meters", choices=METERS)
    options = parser.parse_args()
    end_on_sigterm()
    os.makedirs(options.work, exist_ok=True)
    sink = Sink()
    sizes, ours, lines, failures = {}, {}, [], []
    for name, peer, meters in plan(options, sink, sizes):
        try:
            lines.append(measured_row(name, peer, meters, options, sink, sizes, ours))
            print("  ".join(lines[-1]), file=sys.stderr)
        except (MeasurementError, OSError) as error:
            failures.append(f"{name}: {error}")
            print(f"peers.sh: error: {failures[-1]}", file=sys.stderr)
    sink.close()
    print(table(HEADINGS, lines))
    print(f"\nmedians of {options.cycles} cycles of {options.interval} s; "
          "ratios are to Aerostat's first row of the same meters")
    print(circumstances(options.root))
    for failure in failures:
        print(f"not measured: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
