"""Counts calls to libvirtd: a socket between an agent and the daemon's that looks at the messages that pass.

A message is its length (4 bytes, itself included), then program, version, procedure, type, serial and status, 4 bytes
each, big-endian (libvirt's src/rpc/virnetprotocol.x).
"""

import os
import socket
import struct
import threading

REMOTE, CALL = 0x20008086, 0


class CallCounter:
    def __init__(self, path, target):
        self.count = 0
        self._target = target
        self._lock = threading.Lock()
        if os.path.exists(path):
            os.remove(path)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            daemon = socket.socket(socket.AF_UNIX)
            try:
                daemon.connect(self._target)
            except OSError:
                client.close()
                daemon.close()
                continue
            threading.Thread(target=self._pass, args=(client, daemon, self._note), daemon=True).start()
            threading.Thread(target=self._pass, args=(daemon, client, lambda bytes: None), daemon=True).start()

    def _pass(self, source, target, note):
        note = note() if note == self._note else note
        try:
            while data := source.recv(1 << 20):
                note(data)
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _note(self):
        """A function that is told the bytes of one connection, in order."""
        rest = bytearray()

        def told(data):
            rest.extend(data)
            while len(rest) >= 28:
                length, program, _, _, kind = struct.unpack_from(">IIIII", rest)
                if len(rest) < length:
                    return
                if program == REMOTE and kind == CALL:
                    with self._lock:
                        self.count += 1
                del rest[:length]

        return told

    def close(self):
        self._listener.close()
