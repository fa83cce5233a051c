"""Domains that a recording has, as many as wanted, served over a socket in libvirtd's place."""

import os
import sys

import recording
from processes import Started, wait_for


def serve(recorded, work, sockets, count):
    """The URI of so many domains like one of `recorded`, and the process that serves them."""
    file = os.path.join(work, f"{count}.json")
    recording.write(recorded, file, count)
    # Unix sockets have short paths.
    path = os.path.join(sockets, f"{count}.sock")
    if os.path.exists(path):
        os.remove(path)
    server = Started(
        "served.py", [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "served.py"), path, file,
                      "10"], os.path.join(work, f"{count}.log"))
    try:
        wait_for("the served recording", lambda: os.path.exists(path), 120, server)
    except BaseException:
        server.end()
        raise
    return f"qemu+unix:///system?socket={path}", server
