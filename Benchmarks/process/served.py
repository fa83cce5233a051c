#!/usr/bin/env python3
"""libvirtd's answers out of a recording, over a real socket: what an agent's library reads of thousands of domains.

    served.py SOCKET RECORDING SECONDS    a recording whose cycles are so many seconds apart; until it is ended

Just what Aerostat asks for (libvirt's src/remote/remote_protocol.x and src/rpc/virnetprotocol.x): connecting, events
that never come, the bulk call, descriptions. Counters grow from call to call.
"""

import json
import os
import socket
import struct
import sys
import threading
import time

from recording import COUNTERS

PROGRAM, KEEPALIVE = 0x20008086, 0x6B656570
CALL, REPLY, MESSAGE = 0, 1, 2
OPEN, CLOSE, XML, LOOKUP, FEATURE, AUTH, VERSION = 1, 2, 14, 24, 60, 66, 157
REGISTER, DEREGISTER, STATS, ON_CLOSE = 316, 317, 344, 360
PING, PONG = 1, 2
UNSUPPORTED = 3
INT, ULLONG, LLONG, STRING = 1, 4, 3, 7


def text(value):
    data = value.encode()
    return struct.pack(">I", len(data)) + data + bytes(-len(data) % 4)


class Domain:
    """A domain as it is on the wire; what changes from call to call is patched into it."""

    def __init__(self, recorded, grown, seconds):
        self.xml = text(recorded["xml"])
        self.wire = (text(recorded["name"]) + bytes.fromhex(recorded["uuid"].replace("-", ""))
                     + struct.pack(">i", recorded["id"]))
        fields = []
        self.stats = bytearray()
        self.grows = []
        for name, value in recorded["stats"].items():
            fields.append(name)
            self.stats += text(name)
            if isinstance(value, str):
                self.stats += struct.pack(">I", STRING) + text(value)
            elif name == "state.state":
                self.stats += struct.pack(">Ii", INT, value)
            else:
                self.stats += struct.pack(">I", LLONG if value < 0 else ULLONG)
                if name == "balloon.last-update":
                    self.grows.append((len(self.stats), None, 0))
                elif COUNTERS.match(name):
                    self.grows.append((len(self.stats), value, (grown["stats"][name] - value) / seconds))
                self.stats += struct.pack(">q", value)
        self.head = self.wire + struct.pack(">I", len(fields))

    def record(self, seconds, now):
        for place, value, pace in self.grows:
            struct.pack_into(">q", self.stats, place, now if value is None else int(value + pace * seconds))
        return self.head + self.stats


class ServedRecording:
    """A socket that speaks as libvirtd does."""

    def __init__(self, path, recording, seconds):
        with open(recording, encoding="utf-8") as file:
            cycles = json.load(file)["cycles"]
        self._domains = [Domain(*both, seconds) for both in
                         zip(cycles[0]["domains"], cycles[1]["domains"], strict=True)]
        self._by_uuid = {bytes.fromhex(one["uuid"].replace("-", "")): domain
                         for one, domain in zip(cycles[0]["domains"], self._domains, strict=True)}
        self._began = time.monotonic()
        if os.path.exists(path):
            os.remove(path)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(16)

    def serve(self):
        while True:
            client, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, client.makefile("rb") as stream:
            try:
                while head := stream.read(28):
                    length, program, version, procedure, kind, serial, _ = struct.unpack(">IIIIIiI", head)
                    body = stream.read(length - 28)
                    if program == KEEPALIVE:
                        if procedure == PING:
                            client.sendall(struct.pack(">IIIIIiI", 28, KEEPALIVE, 1, PONG, MESSAGE, 0, 0))
                        continue
                    if program != PROGRAM or kind != CALL:
                        return
                    answer = self._answer(procedure, body)
                    # Status 1 and an error without words: what the library makes of it is an error.
                    status, data = (0, answer) if answer is not None else (1, self._error())
                    client.sendall(
                        struct.pack(">IIIIIiI", 28 + len(data), PROGRAM, version, procedure, REPLY, serial, status) + data)
                    if procedure == CLOSE:
                        return
            except OSError:
                return

    @staticmethod
    def _error():
        """VIR_ERR_NO_SUPPORT of the driver (remote_error)."""
        nothing = struct.pack(">I", 0)
        return (struct.pack(">ii", UNSUPPORTED, 0) + struct.pack(">I", 1) + text("not served")
                + struct.pack(">i", 2) + nothing * 4 + struct.pack(">ii", 0, 0) + nothing)

    def _answer(self, procedure, body):
        if procedure == AUTH:
            return struct.pack(">II", 1, 0)
        if procedure == FEATURE:
            return struct.pack(">i", 1)
        if procedure in (OPEN, CLOSE, ON_CLOSE, DEREGISTER):
            return b""
        if procedure == VERSION:
            return struct.pack(">Q", 9_000_000)
        if procedure == REGISTER:
            return struct.pack(">i", 1)
        if procedure == STATS:
            seconds, now = time.monotonic() - self._began, int(time.time())
            records = [domain.record(seconds, now) for domain in self._domains]
            return struct.pack(">I", len(records)) + b"".join(records)
        if procedure == LOOKUP:
            domain = self._by_uuid.get(bytes(body[:16]))
            return domain.wire if domain else None
        if procedure == XML:
            # A name, then the UUID.
            start = 4 + (struct.unpack_from(">I", body)[0] + 3) // 4 * 4
            domain = self._by_uuid.get(bytes(body[start:start + 16]))
            return domain.xml if domain else None
        return None


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    ServedRecording(sys.argv[1], sys.argv[2], int(sys.argv[3])).serve()
