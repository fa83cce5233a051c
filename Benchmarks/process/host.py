#!/usr/bin/env python3
"""The measurements of host.sh, which has started the guests and has built the agent."""

import argparse
import os
import statistics
import subprocess
import sys
import time

import recording
import served_recording
from aerostat import Aerostat
from cycles import measure, wake_ups
from processes import MeasurementError, end_on_sigterm
from report import circumstances, figure, mb, table
from sink import Sink
from watched import Watched

HEADINGS = [
    "row", "samples", "agent ms", "(min-max)", "libvirtd ms", "cycle ms", "private MB", "peak MB", "first ms",
    "calls", "requests", "kB", "files", "threads", "wakes/s", "growth kB",
]


def measured_row(name, options, sink):
    where, meters = name.split(":")
    directory = os.path.join(options.work, name.replace(":", "-"))
    uri, server = hypervisor(where, options)
    agent = Aerostat(options.binary, directory, sink, meters, options.interval, uri=uri)
    libvirtd = {} if server else {"libvirtd": Watched(options.libvirtd, children=False)}
    try:
        starts = []
        for number in range(options.starts):
            agent.start(fresh=number == 0)
            starts.append(agent.first_sample())
            if number < options.starts - 1:
                agent.end()
        agent.settle()
        # The second cycle has what a counter's growth needs, and the memory that the first one took is known by then.
        time.sleep(options.interval)
        cycles_before = len(agent.cycle_milliseconds())
        process = Watched(agent.process.pid)
        result = measure(agent.process, {"agent": process}, libvirtd, sink, options.interval, options.cycles)
        took = agent.cycle_milliseconds()[cycles_before:]
        status = agent.status()
        if status["problems"] or status["cycles"]["failed"]:
            raise MeasurementError(f"the agent reports problems: {status['problems']} {status['cycles']}")
        agent.end()
        # Only a pause that is longer than the library's keep-alive shows who wakes by himself.
        agent.poll_every(3600)
        agent.start(fresh=False)
        agent.settle()
        time.sleep(8)
        woken = wake_ups(Watched(agent.process.pid), options.idle)
    finally:
        agent.end()
        if server:
            server.end()
    low, high = result.spread("agent")
    print(f"{name}: wake-ups a second by thread: " + (", ".join(
        f"{thread} {rate:.2f}" for thread, rate in sorted(woken.items(), key=lambda it: -it[1])) or "none"),
        file=sys.stderr)
    return [
        name, figure(result.median(lambda it: it.samples), 0), figure(result.cpu("agent")),
        f"{figure(low)}-{figure(high)}", figure(result.cpu("libvirtd")) if libvirtd else "-",
        figure(statistics.median(took), 0) if took else "-", figure(mb(result.median(lambda it: it.private))),
        figure(mb(result.peak)), figure(statistics.median(starts), 0),
        str(status["last_cycle"]["libvirt_calls"]),
        figure(result.median(lambda it: it.requests), 0), figure(result.median(lambda it: it.bytes) / 1000),
        str(result.descriptors), str(result.threads), figure(sum(woken.values())),
        figure(result.growth() / 1000, 0),
    ]


def hypervisor(where, options):
    """The URI of a row's domains, and the process that serves them, unless libvirtd does."""
    if where == "guests":
        return options.uri, None
    if where.startswith("test"):
        file = os.path.join(options.work, f"{where}.xml")
        recording.write_test_driver(options.recording, file, int(where[4:]))
        return options.uri.replace("qemu+unix:///system", f"test+unix://{file}"), None
    return served_recording.serve(options.recording, options.work, options.sockets, int(where))


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("root", "work", "sockets", "binary", "uri", "recording"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--libvirtd", type=int, required=True)
    parser.add_argument("--end-guests", required=True, help="guests.sh, to end them before the first row without them")
    parser.add_argument("--rows", required=True)
    for name in ("cycles", "interval", "starts", "idle"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    end_on_sigterm()
    os.makedirs(options.work, exist_ok=True)
    sink = Sink()
    rows, failures = [], []
    # What needs libvirtd first: each guest takes a little of a processor, so they are ended before the others.
    names = sorted(options.rows.split(","), key=lambda name: name[0].isdigit())
    guests_are_up = True
    for name in names:
        try:
            if guests_are_up and name[0].isdigit():
                subprocess.run([options.end_guests, "down"], check=True, timeout=90, stdout=sys.stderr)
                # An agent runs beside a libvirtd, which has much of the same code in memory. One that is defined and off.
                subprocess.run(
                    [options.end_guests, "up", "0", "--only", "shutoff"], check=True, timeout=90, stdout=sys.stderr)
                guests_are_up = False
            rows.append(measured_row(name, options, sink))
            print("  ".join(rows[-1]), file=sys.stderr)
        except (MeasurementError, OSError, subprocess.SubprocessError) as error:
            failures.append(f"{name}: {error}")
            print(f"host.sh: error: {failures[-1]}", file=sys.stderr)
    sink.close()
    print(table(HEADINGS, rows))
    print(f"\nmedians of {options.cycles} cycles of {options.interval} s, and of {options.starts} starts")
    print(circumstances(options.root))
    for failure in failures:
        print(f"not measured: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
