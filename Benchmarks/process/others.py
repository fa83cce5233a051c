"""The small peers: the limit, collectd's virt plugin, and prometheus-libvirt-exporter."""

import http.client
import os
import threading
import time

from aerostat import GROUPS, free_port
from processes import Started, wait_for

# What collectd has of Aerostat's meters: memory alone; what it does unless told otherwise; and all of it.
EXTRA_STATS = {
    "memory": "memory",
    "plain": "",
    "all": "cpu_util disk disk_allocation disk_capacity disk_physical domain_state memory pcpu perf vcpu",
}


class Limit:
    """limit.c: one bulk call with the same groups, and the same bytes written."""

    def __init__(self, options, sizes):
        self.options, self.sizes = options, sizes
        self.process = None

    def start(self, meters, uri, directory):
        self.process = Started(
            "limit", [self.options.limit, uri, str(self.options.interval), str(self.sizes.get(meters, 0)),
                      os.path.join(directory, "bytes"), *GROUPS[meters]], os.path.join(directory, "limit.log"))
        return {"agent": self.process}, {}

    def end(self):
        if self.process:
            self.process.end()


class Collectd:
    """Debian's collectd with the virt plugin, which posts its values as JSON."""

    def __init__(self, options, sink):
        self.options, self.sink = options, sink
        self.process = None

    def start(self, meters, uri, directory):
        devices = "false" if meters == "memory" else "true"
        extra = f'  ExtraStats "{EXTRA_STATS[meters]}"\n' if EXTRA_STATS[meters] else ""
        configuration = os.path.join(directory, "collectd.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(f"""Hostname "bench"
FQDNLookup false
Interval {self.options.interval}
BaseDir "{directory}"
PIDFile "{directory}/collectd.pid"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin logfile
<Plugin logfile>
  LogLevel warning
  File STDERR
</Plugin>
LoadPlugin virt
<Plugin virt>
  Connection "{uri}"
  HostnameFormat uuid
  ReportBlockDevices {devices}
  ReportNetworkInterfaces {devices}
{extra}</Plugin>
LoadPlugin write_http
<Plugin write_http>
  <Node "sink">
    URL "http://127.0.0.1:{self.sink.port}/collectd"
    Format "JSON"
  </Node>
</Plugin>
""")
        before = self.sink.counts()
        self.process = Started(
            "collectd", ["/usr/sbin/collectd", "-f", "-C", configuration], os.path.join(directory, "collectd.log"))
        wait_for("collectd's first values", lambda: self.sink.counts() != before, 60, self.process)
        return {"agent": self.process}, {}

    def end(self):
        if self.process:
            self.process.end()


class Exporter:
    """Debian's prometheus-libvirt-exporter, scraped once every interval."""

    def __init__(self, options, sink):
        self.options, self.sink = options, sink
        self.process = self.scraper = None
        self.over = threading.Event()

    def start(self, meters, uri, directory):
        port = free_port()
        self.over.clear()
        self.process = Started(
            "prometheus-libvirt-exporter",
            ["prometheus-libvirt-exporter", f"--web.listen-address=127.0.0.1:{port}", f"--libvirt.uri={uri}",
             "--libvirt.export-nova-metadata"],
            os.path.join(directory, "exporter.log"))
        wait_for("the exporter's first answer", lambda: self._scrape(port), 30, self.process)
        self.scraper = threading.Thread(target=self._scrape_on, args=(port,), daemon=True)
        self.scraper.start()
        return {"agent": self.process}, {}

    def _scrape(self, port):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
        except OSError:
            return False
        if answer.status != 200 or b"\nlibvirt_" not in body:
            return False
        self.sink.note(body, time.monotonic(), samples=body.count(b"\nlibvirt_"))
        return True

    def _scrape_on(self, port):
        due = time.monotonic()
        while not self.over.wait(max(0, due - time.monotonic())):
            self._scrape(port)
            due += self.options.interval

    def end(self):
        self.over.set()
        if self.process:
            self.process.end()
        if self.scraper:
            self.scraper.join(30)
