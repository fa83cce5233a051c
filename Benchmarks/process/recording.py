#!/usr/bin/env python3
"""Makes a recording of so many domains out of one: the first running one with all its figures.

recording.py FROM TO DOMAINS [CYCLES]

Every domain has a UUID, names, a MAC address, a port, a disk and a NIC of its own; every counter grows from cycle to
cycle, at a pace of its own. Cycles are ten seconds apart. FROM is what `aerostat record` wrote.
"""

import datetime
import json
import re
import sys

# Such as a NIC with a tap device has; a guest with a user-mode one has no figures of it.
NIC = {
    "net.count": 1, "net.0.rx.bytes": 4096000, "net.0.rx.pkts": 5200, "net.0.rx.errs": 0, "net.0.rx.drop": 3,
    "net.0.tx.bytes": 1024000, "net.0.tx.pkts": 4100, "net.0.tx.errs": 0, "net.0.tx.drop": 0,
}
TAP = """<interface type='bridge'>
      <mac address='fa:16:3e:{0:02x}:{1:02x}:{2:02x}'/>
      <source bridge='br-int'/>
      <target dev='{name}'/>
      <model type='virtio'/>
      <alias name='net0'/>
    </interface>"""
COUNTERS = re.compile(
    r"^(cpu\.(time|user|system)|vcpu\.\d+\.(time|wait|delay)|balloon\.(swap_in|swap_out|major_fault|minor_fault)"
    r"|(block|net)\.\d+\.(rd|wr|rx|tx)\.(bytes|reqs|times|pkts))$")


def pattern(recording):
    """The domain to be like: of those with a fresh balloon and a disk, the first."""
    for domain in recording["cycles"][0]["domains"]:
        stats = domain["stats"]
        if stats.get("state.state") == 1 and "balloon.usable" in stats and "block.0.name" in stats:
            if "<nova:flavor" in domain["xml"] and re.search(r"<interface .*?</interface>", domain["xml"], re.DOTALL):
                return domain
    raise SystemExit("recording.py: no domain has all figures")


class Domain:
    def __init__(self, like, index):
        number = index + 1
        name = f"instance-{number:08x}"
        self.identity = {"uuid": f"6e7e{number:04x}-0000-4000-8000-{number:012x}", "name": name, "id": number}
        self.index = index
        self.tap = f"tap{number:08x}"
        xml = re.sub(
            r"<interface .*?</interface>",
            lambda _: TAP.format(number >> 16 & 255, number >> 8 & 255, number & 255, name=self.tap),
            like["xml"], count=1, flags=re.DOTALL)
        display = re.search(r"<nova:name>(.*?)</nova:name>", xml)[1]
        xml = re.sub(r"<domain type='\w+' id='\d+'>", f"<domain type='kvm' id='{number}'>", xml)
        xml = xml.replace(f"<nova:name>{display}<", f"<nova:name>server-{number}<")
        xml = re.sub(r"<nova:port uuid=\"[^\"]*\"", f'<nova:port uuid="b0a70001-0000-4000-8000-{number:012x}"', xml)
        self.xml = xml.replace(like["uuid"], self.identity["uuid"]).replace(like["name"], name)
        self.like = like["stats"]

    def reading(self, cycle, seconds):
        pace = 1 + self.index % 17
        stats = {}
        for key, value in {**self.like, **NIC, "net.0.name": self.tap}.items():
            if COUNTERS.match(key):
                # A counter that stands at nothing would hide what its meters cost.
                value = (value or 1000) * pace + cycle * 977 * pace
            elif key == "balloon.last-update":
                value = value + cycle * seconds
            elif key == "block.0.path":
                value = f"/var/lib/nova/instances/{self.identity['uuid']}/disk"
            stats[key] = value
        return {**self.identity, "xml": self.xml, "stats": stats}


def write_test_driver(source, target, domains):
    """The same domains as a file of libvirt's test driver (https://libvirt.org/drvtest.html), which knows their
    descriptions and states, and no figures."""
    with open(source, encoding="utf-8") as file:
        like = pattern(json.load(file))
    with open(target, "w", encoding="utf-8") as file:
        file.write("<node>\n")
        for index in range(domains):
            xml = Domain(like, index).xml
            # It runs them itself, gives them ids, and knows neither QEMU nor its devices.
            xml = re.sub(r"<domain type='kvm' id='\d+'>", "<domain type='test'>", xml, count=1)
            xml = re.sub(r"<devices>.*</devices>", "<devices/>", xml, flags=re.DOTALL)
            xml = re.sub(r"<(cpu|seclabel|os)\b.*?</\1>|<seclabel[^>]*/>", "", xml, flags=re.DOTALL)
            file.write(xml.replace("<features>", "<os><type arch='x86_64'>hvm</type></os>\n<features>", 1) + "\n")
        file.write("</node>\n")


def write(source, target, domains, cycles=2, seconds=10):
    with open(source, encoding="utf-8") as file:
        recording = json.load(file)
    like = pattern(recording)
    start = datetime.datetime.fromisoformat(recording["cycles"][0]["at"].replace("Z", "+00:00"))
    made = [Domain(like, index) for index in range(domains)]
    with open(target, "w", encoding="utf-8") as file:
        # A cycle at a time: five thousand domains are many megabytes.
        file.write('{"format": "libvirt-recording", "version": 1, "host": "bench", "cycles": [')
        for cycle in range(cycles):
            at = start + datetime.timedelta(seconds=cycle * seconds)
            file.write(", " if cycle else "")
            json.dump({
                "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "domains": [domain.reading(cycle, seconds) for domain in made]}, file)
        file.write("]}\n")


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        raise SystemExit(__doc__)
    write(sys.argv[1], sys.argv[2], int(sys.argv[3]), *map(int, sys.argv[4:]))
