"""Callgrind on the agent: running it, and reading its files."""

import os
import re
import struct
import subprocess
import sys

# elf(5)
PT_LOAD, PF_W, PF_R = 1, 2, 4


def let_constants_be_written(path):
    """Valgrind 3.19 writes into the mask that sigsuspend(2) is given, and libdispatch has it among its constants."""
    with open(path, "r+b") as file:
        header = file.read(64)
        start, = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        for number in range(count):
            file.seek(start + number * size)
            kind, flags = struct.unpack("<II", file.read(8))
            if (kind, flags) == (PT_LOAD, PF_R):
                file.seek(start + number * size + 4)
                file.write(struct.pack("<I", PF_R | PF_W))


def wrapper(binary, directory):
    """A program that runs `binary` under callgrind, and where its counts go; a dump adds a number."""
    out = os.path.join(directory, "callgrind.out")
    path = os.path.join(directory, "valgrind.sh")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\nexec valgrind --tool=callgrind --demangle=no --compress-strings=no "
                   f"--callgrind-out-file='{out}' '{binary}' \"$@\"\n")
    os.chmod(path, 0o755)
    return path, out


def dump(pid):
    """Has callgrind write what it has counted, and begin anew."""
    subprocess.run(["callgrind_control", "--dump", str(pid)], check=True, timeout=60, stdout=sys.stderr)


def instructions(path):
    """(object, function) and how many instructions each ran itself, in the order of the file."""
    function, is_call = None, False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("ob="):
                where = line[3:].strip()
            elif line.startswith("fn="):
                # callgrind numbers the levels of a recursion.
                function = where, re.sub(r"'\d+$", "", line[3:].strip())
            elif line.startswith("calls="):
                is_call = True
            elif line[:1] in "+-*0123456789" and line.strip():
                if function and not is_call:
                    yield function, int(line.split()[1])
                is_call = False
