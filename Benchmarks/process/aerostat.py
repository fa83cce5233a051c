"""Aerostat as it is run: configuration, process, status page and log."""

import json
import os
import pathlib
import re
import shutil
import socket
import time
import urllib.request

from processes import Started, wait_for

MEMORY = ["memory", "memory.*"]
# What the polling.yaml that comes with the agent names: all but the processors' own counters.
DEFAULT = re.findall(r"^ {6}- (\S+)$", (pathlib.Path(__file__).parents[2] / "etc/aerostat/polling.yaml").read_text(), re.M)
ALL = ["*"]
# What the meters need of the bulk call: the limit is asked for the same.
GROUPS = {
    "memory": ["state", "balloon"],
    "all": ["state", "cpu", "balloon", "vcpu", "interface", "block", "perf"],
}
# All that libvirt's test driver has figures of.
STATE = ["power.state", "disk.root.size", "disk.ephemeral.size"]
METERS = {"memory": MEMORY, "default": DEFAULT, "all": ALL, "state": STATE}

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def polling_yaml(meters, interval):
    return "sources:\n  - name: all\n    interval: {}\n    meters:\n{}".format(
        interval, "".join(f'      - "{meter}"\n' for meter in meters))


def pipeline_yaml(url):
    return f"""sources:
  - name: all
    meters:
      - "*"
    sinks:
      - collector
sinks:
  - name: collector
    publishers:
      - {url}
"""


class Aerostat:
    """One configuration in a directory of its own; it may be started more than once."""

    def __init__(self, binary, directory, sink, meters, interval, uri=None):
        self.binary = binary
        self.directory = directory
        self.sink = sink
        self.status_port = free_port()
        self.process = None
        os.makedirs(directory, exist_ok=True)
        self.meters = METERS[meters]
        self.poll_every(interval)
        self._write("pipeline.yaml", pipeline_yaml(f"http://127.0.0.1:{sink.port}/v1/samples"))
        connection = f"libvirt_uri = {uri}\n" if uri else ""
        self._write("ceilometer.conf", f"""[DEFAULT]
host = bench
pipeline_cfg_file = {directory}/pipeline.yaml
{connection}
[polling]
cfg_file = {directory}/polling.yaml

[aerostat]
state_path = {directory}/state
status_listen = 127.0.0.1:{self.status_port}
log_level = debug
""")

    def poll_every(self, interval):
        """From the next start on."""
        self._write("polling.yaml", polling_yaml(self.meters, interval))

    def _write(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)

    @property
    def log(self):
        return os.path.join(self.directory, "agent.log")

    def start(self, fresh=True):
        if fresh:
            shutil.rmtree(os.path.join(self.directory, "state"), ignore_errors=True)
        if os.path.exists(self.log):
            os.remove(self.log)
        self.sink.forget_first()
        command = [self.binary, "run", "--config-file", os.path.join(self.directory, "ceilometer.conf")]
        self.process = Started("aerostat", command, self.log)
        return self.process

    def first_sample(self, seconds=120):
        """From the start of the process until the first request had arrived, in milliseconds."""
        wait_for("the first sample", lambda: self.sink.first, seconds, self.process, step=0.002)
        return (self.sink.first - self.process.at) * 1000

    def settle(self, seconds=120):
        """Waits until the first cycle is delivered as a whole."""
        self.first_sample(seconds)
        before, end = None, time.monotonic() + seconds
        while before != self.sink.counts() and time.monotonic() < end:
            before = self.sink.counts()
            time.sleep(0.5)

    def cycle_milliseconds(self):
        """How long the cycles so far took, by the log."""
        with open(self.log, encoding="utf-8") as file:
            return [int(found[1]) for line in file if (found := re.search(r"\bpolled\b.*\bms=(\d+)", line))]

    def status(self):
        with _opener.open(f"http://127.0.0.1:{self.status_port}/status", timeout=30) as answer:
            return json.load(answer)

    def end(self):
        if self.process:
            self.process.end()
            self.process = None
