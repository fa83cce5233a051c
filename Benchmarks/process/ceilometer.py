"""The real Ceilometer: its polling agent, RabbitMQ, and its notification agent, which posts to the same collector."""

import os
import socket
import time

from aerostat import METERS, free_port, pipeline_yaml, polling_yaml
from processes import Started, wait_for

RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def _listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _connections(port):
    """How many are connected to a port here."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        return sum(line.split()[2].endswith(f":{port:04X}") and line.split()[3] == "01" for line in file)


class Ceilometer:
    def __init__(self, options, sink):
        self.options, self.sink = options, sink
        self.started = []

    def start(self, meters, uri, directory):
        self.started = []
        port = self._start_broker(directory)
        configuration = self._configure(directory, meters, uri, port)
        # The notification agent first: it makes the queue, without which notifications are dropped.
        notification = self._start("ceilometer-agent-notification", [], configuration, directory)
        wait_for("the notification agent's connection", lambda: _connections(port), 60, notification)
        time.sleep(3)
        polling = self._start("ceilometer-polling", ["--polling-namespaces", "compute"], configuration, directory)
        before = self.sink.counts()
        wait_for("Ceilometer's first samples", lambda: self.sink.counts() != before, 90, polling)
        broker = self.started[1]
        return {"polling": polling, "notification": notification}, {"broker": broker}

    def _start(self, program, arguments, configuration, directory):
        process = Started(
            program, [os.path.join(self.options.venv, "bin", program), "--config-file", configuration, *arguments],
            os.path.join(directory, f"{program}.log"), directory=directory)
        self.started.append(process)
        return process

    def _start_broker(self, directory):
        """RabbitMQ on loopback, with its name server and all its files in the directory."""
        names, port, distribution = free_port(), free_port(), free_port()
        environment = {
            "HOME": directory, "ERL_EPMD_PORT": str(names), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "bench@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port), "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": f"{directory}/mnesia", "RABBITMQ_LOG_BASE": f"{directory}/rabbitmq",
            "RABBITMQ_CONFIG_FILE": f"{directory}/rabbitmq", "RABBITMQ_CONF_ENV_FILE": f"{directory}/none",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{directory}/plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        with open(f"{directory}/plugins", "w", encoding="utf-8") as file:
            file.write("[].\n")
        with open(f"{directory}/rabbitmq.conf", "w", encoding="utf-8") as file:
            file.write("disk_free_limit.absolute = 50MB\n")
        self.started.append(Started("epmd", ["epmd"], f"{directory}/epmd.log", environment))
        broker = Started("rabbitmq-server", [RABBITMQ], f"{directory}/rabbitmq.log", environment, directory)
        self.started.append(broker)
        wait_for("RabbitMQ", lambda: _listens(port), 90, broker)
        return port

    def _configure(self, directory, meters, uri, port):
        files = {
            "polling.yaml": polling_yaml(METERS[meters], self.options.interval),
            "pipeline.yaml": pipeline_yaml(f"http://127.0.0.1:{self.sink.port}/v1/samples"),
            "ceilometer.conf": f"""[DEFAULT]
host = bench
transport_url = rabbit://guest:guest@127.0.0.1:{port}/
libvirt_uri = {uri}
pipeline_cfg_file = {directory}/pipeline.yaml

[polling]
cfg_file = {directory}/polling.yaml

[notification]
pipelines = meter
""",
        }
        for name, text in files.items():
            with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
                file.write(text)
        return os.path.join(directory, "ceilometer.conf")

    def end(self):
        for process in reversed(self.started):
            process.end(20)
        self.started = []
